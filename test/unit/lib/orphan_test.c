/* orphan: absence counts only where presence was seen. */
#include "test/unit/test.h"

#include "agent/lib/orphan.h"

#include <string.h>

#define S     1000000LL
#define GRACE (300 * S)

static const struct orphan_dir here = {1, 2}, elsewhere = {1, 3};

static bool step(struct orphan *o, enum orphan_sight netns, enum orphan_sight interface,
		 struct orphan_dir dir, bool witness, int64_t now)
{
	o->look = (struct orphan_look){netns, interface, dir};
	return orphan_judge(o, witness, now, GRACE);
}

static void paths(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"/var/run/netns/cni-1", "/run/netns/cni-1"},
		{"/run/netns/cni-1", "/run/netns/cni-1"},
		{"/run/docker/netns/a", "/run/docker/netns/a"},
		{"/var/runs/netns/a", "/var/runs/netns/a"},
		{"/proc/1234/ns/net", NULL},
		{"/proc/self/ns/net", NULL},
		{"/run/../proc/1/ns/net", NULL},
		{"/run/./netns/a", NULL},
		{"//proc/1/ns/net", NULL},
		{"/var/run//proc", NULL},
		{"/run/netns/", NULL},
		{"/var/run/", NULL},
		{"run/netns/a", NULL},
		{"/", NULL},
		{"/a", NULL},
		{"", NULL},
	};
	char out[ORPHAN_PATH_MAX], longest[ORPHAN_PATH_MAX + 5];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = orphan_netns_path(rows[i].in, out);

		if (ok != (rows[i].out != NULL) || (ok && strcmp(out, rows[i].out) != 0))
			fail_msg("%s: %s", rows[i].in, ok ? out : "refused");
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "/var/run/netns/", 15);
	longest[ORPHAN_PATH_MAX + 3] = '\0';
	assert_true(orphan_netns_path(longest, out));
	assert_int_equal(strlen(out), ORPHAN_PATH_MAX - 1);
	longest[ORPHAN_PATH_MAX + 3] = 'x';
	longest[ORPHAN_PATH_MAX + 4] = '\0';
	assert_false(orphan_netns_path(longest, out));
}

static void seen_before(void **state)
{
	struct orphan o = {0};

	(void)state;
	assert_false(step(&o, ORPHAN_THERE, ORPHAN_THERE, here, false, 0));
	assert_true(orphan_alive(&o));
	assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 10 * S));
	assert_false(orphan_alive(&o));
	assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 10 * S + GRACE - 1));
	assert_true(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 10 * S + GRACE));
}

/* An agent that sees nothing of the runtime's directory may wait as long as it will. */
static void never_seen(void **state)
{
	struct orphan o = {0};

	(void)state;
	for (int64_t now = 0; now < 100 * GRACE; now += GRACE)
		assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, now));
	/* and one whose directory is another by now */
	assert_false(step(&o, ORPHAN_THERE, ORPHAN_THERE, here, false, 0));
	for (int64_t now = 0; now < 100 * GRACE; now += GRACE)
		assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, elsewhere, false, now));
	/* which shows nothing of when it was gone, either */
	assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 100 * GRACE));
	assert_true(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 101 * GRACE));
}

static void witnessed(void **state)
{
	struct orphan o = {0};

	(void)state;
	assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 0));
	assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, true, GRACE));
	/* the witness may go */
	assert_true(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, false, 2 * GRACE));
}

/* Whatever is there, or cannot be told, begins the time anew. */
static void signs_of_life(void **state)
{
	static const enum orphan_sight all[] = {ORPHAN_UNKNOWN, ORPHAN_THERE, ORPHAN_GONE};

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		enum orphan_sight netns = all[i / 3], interface = all[i % 3];
		struct orphan o = {0};

		assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, true, 0));
		if (netns == ORPHAN_GONE && interface == ORPHAN_GONE)
			continue;
		for (int64_t now = S; now < 5 * GRACE; now += GRACE)
			assert_false(step(&o, netns, interface, here, true, now));
		assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, true, 6 * GRACE));
		assert_false(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, true, 7 * GRACE - 1));
		assert_true(step(&o, ORPHAN_GONE, ORPHAN_GONE, here, true, 7 * GRACE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),         cmocka_unit_test(seen_before),
		cmocka_unit_test(never_seen),    cmocka_unit_test(witnessed),
		cmocka_unit_test(signs_of_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
