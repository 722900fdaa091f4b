/* What runs BFD's sessions, handed over: the other process gets the same, each descriptor once;
 * what is cut, damaged or a lie is refused as a whole, and no descriptor is lost. */
#include "test/unit/test.h"

#include "agent/bfd/handed.h"

enum { FDS = 4, FIRST_FD = 200 };

#define NOW 5000000LL

static void make_fds(int *fds)
{
	for (int i = 0; i < FDS; i++)
		fds[i] = FIRST_FD + i;
}

static bool untouched(const int *fds)
{
	for (int i = 0; i < FDS; i++) {
		if (fds[i] != FIRST_FD + i)
			return false;
	}
	return true;
}

static void assert_whole(const struct bfd_io_export *e, const int *fds)
{
	unsigned int seen[FDS] = {0};

	for (int i = 0; i < FDS; i++) {
		if (fds[i] >= 0)
			seen[fds[i] - FIRST_FD]++;
	}
	for (size_t i = 0; i < e->n; i++) {
		if (e->sessions[i].fd >= 0)
			seen[e->sessions[i].fd - FIRST_FD]++;
	}
	for (int i = 0; i < BFD_IO_LISTENERS; i++) {
		if (e->listeners[i] >= 0)
			seen[e->listeners[i] - FIRST_FD]++;
	}
	for (int i = 0; i < FDS; i++)
		assert_int_equal(seen[i], 1);
}

static struct bfd_io_carried carried(uint32_t id, const char *remote, int fd)
{
	struct bfd_session_conf conf = {.min_tx = 50000, .min_rx = 60000, .mult = 3};
	struct bfd_io_carried c = {
		.want = {.id = id, .remote = test_addr(remote), .ifindex = 7, .multihop = id == 2},
		.state = {.id = id, .port = 50000, .counters = {.rx = 12, .tx = 34}},
		.fd = fd};

	bfd_session_init(&c.state.session, &conf, 40 + id, NOW);
	c.want.conf = conf;
	return c;
}

/* Two sessions, one of which has no socket, and two listeners: descriptors 0, 1, 2 of FDS. */
static struct bfd_io_export all(void)
{
	struct bfd_io_export e = {.n = 2, .listeners = {11, -1, -1, 12}};

	e.sessions[0] = carried(1, "10.90.224.98", 10);
	e.sessions[1] = carried(2, "2001:db8::1", -1);
	return e;
}

static struct text example(void)
{
	struct bfd_io_export e = all();
	struct text t = {0};
	int fds[FDS];
	size_t n = 0;

	bfd_handed_put(&e, &t, fds, &n, FDS);
	assert_int_equal(n, 3);
	assert_int_equal(fds[0], 10);
	assert_int_equal(fds[1], 11);
	assert_int_equal(fds[2], 12);
	return t;
}

static void the_same(void **state)
{
	struct text t = example(), again = {0};
	struct bfd_io_export e;
	int fds[FDS], back[FDS];
	size_t n = 0;

	(void)state;
	make_fds(fds);
	assert_true(bfd_handed_get(rd_init(t.s, t.len), fds, FDS, &e));
	assert_whole(&e, fds);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.sessions[0].fd, FIRST_FD);
	assert_int_equal(e.sessions[1].fd, -1);
	assert_true(e.sessions[1].want.multihop);
	assert_int_equal(e.sessions[0].want.ifindex, 7);
	assert_int_equal(e.sessions[0].state.port, 50000);
	assert_int_equal(e.sessions[0].state.counters.tx, 34);
	assert_int_equal(e.sessions[1].want.conf.min_rx, 60000);
	assert_int_equal(e.listeners[0], FIRST_FD + 1);
	assert_int_equal(e.listeners[3], FIRST_FD + 2);
	assert_int_equal(e.listeners[1], -1);
	bfd_handed_put(&e, &again, back, &n, FDS);
	assert_int_equal(n, 3);
	assert_int_equal(t.len, again.len);
	assert_memory_equal(t.s, again.s, t.len);
	text_free(&t);
	text_free(&again);
}

/* Where there is room for no more descriptors, sessions go without. */
static void no_room(void **state)
{
	struct bfd_io_export e = all(), back;
	struct text t = {0};
	int fds[1];
	size_t n = 0;

	(void)state;
	bfd_handed_put(&e, &t, fds, &n, 1);
	assert_int_equal(n, 1);
	assert_true(bfd_handed_get(rd_init(t.s, t.len), fds, n, &back));
	assert_int_equal(back.n, 2);
	assert_int_equal(back.sessions[0].fd, 10);
	assert_int_equal(back.listeners[0], -1);
	text_free(&t);
}

static void every_length(void **state)
{
	struct text t = example();
	unsigned int taken = 0;

	(void)state;
	for (size_t len = 0; len < t.len; len++) {
		char *part = malloc(len ? len : 1);
		struct bfd_io_export e;
		int fds[FDS];

		assert_non_null(part);
		memcpy(part, t.s, len);
		make_fds(fds);
		if (bfd_handed_get(rd_init(part, len), fds, FDS, &e))
			taken++;
		else
			assert_true(untouched(fds));
		assert_whole(&e, fds);
		free(part);
	}
	/* nothing, and behind each of four records but the last */
	assert_int_equal(taken, 4);
	text_free(&t);
}

static void damaged(void **state)
{
	struct text t = example();
	uint32_t rnd = 9;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *bad = malloc(t.len);
		struct bfd_io_export e;
		int fds[FDS];

		assert_non_null(bad);
		memcpy(bad, t.s, t.len);
		for (int k = 0; k < 1 + i % 3; k++)
			bad[test_random(&rnd) % t.len] = (char)test_random(&rnd);
		make_fds(fds);
		if (!bfd_handed_get(rd_init(bad, t.len), fds, FDS, &e)) {
			assert_true(untouched(fds));
			assert_int_equal(e.n, 0);
		}
		assert_whole(&e, fds);
		free(bad);
	}
	text_free(&t);
}

static void assert_refused(struct bfd_io_export *e, size_t n_fds)
{
	struct bfd_io_export back;
	struct text t = {0};
	int fds[FDS];
	size_t n = 0;

	bfd_handed_put(e, &t, fds, &n, FDS);
	make_fds(fds);
	assert_false(bfd_handed_get(rd_init(t.s, t.len), fds, n_fds, &back));
	assert_true(untouched(fds));
	assert_int_equal(back.n, 0);
	assert_int_equal(back.listeners[0], -1);
	text_free(&t);
}

static void lies(void **state)
{
	struct bfd_io_export e = all(), back;
	struct text t = example(), twice = {0};
	int fds[FDS];

	(void)state;
	/* fewer descriptors than are named; a session without a number, or a neighbour */
	assert_refused(&e, 2);
	e.sessions[0].want.id = 0;
	assert_refused(&e, FDS);
	e = all();
	e.sessions[1].want.remote.afi = AFI_NONE;
	assert_refused(&e, FDS);
	/* everything said twice: each descriptor would be in two places */
	text_append(&twice, t.s, t.len);
	text_append(&twice, t.s, t.len);
	make_fds(fds);
	assert_false(bfd_handed_get(rd_init(twice.s, twice.len), fds, FDS, &back));
	assert_true(untouched(fds));
	text_free(&t);
	text_free(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same),     cmocka_unit_test(no_room),
		cmocka_unit_test(every_length), cmocka_unit_test(damaged),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
