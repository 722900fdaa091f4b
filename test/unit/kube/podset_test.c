/* Which addresses of the API's pods count as allocated. */
#include "test/unit/test.h"

#include "agent/kube/podset.h"

static char told[256];

static void add(void *ctx, const struct addr *a)
{
	char text[ADDR_STRLEN];

	(void)ctx;
	strcat(told, "+");
	strcat(told, addr_str(a, text));
}

static void del(void *ctx, const struct addr *a)
{
	char text[ADDR_STRLEN];

	(void)ctx;
	strcat(told, "-");
	strcat(told, addr_str(a, text));
}

static struct kube_pod pod(const char *uid, const char *a1, const char *a2)
{
	struct kube_pod p = {0};

	strcpy(p.meta.uid, uid);
	if (a1)
		p.addresses[p.n_addresses++] = test_addr(a1);
	if (a2)
		p.addresses[p.n_addresses++] = test_addr(a2);
	return p;
}

static struct prefix owned[2];

static void expect(struct podset *s, size_t n_owned, const char *text)
{
	podset_refresh(s, owned, n_owned, add, del, NULL);
	assert_string_equal(told, text);
	told[0] = '\0';
	podset_refresh(s, owned, n_owned, add, del, NULL);
	assert_string_equal(told, ""); /* told once */
}

static void comes_and_goes(void **state)
{
	struct podset *s = podset_new();
	struct kube_pod a = pod("a", "10.1.0.5", "fd00::5"), b = pod("b", "10.1.0.6", NULL);
	struct kube_pod host = pod("h", "10.90.0.1", NULL), over = pod("o", "10.1.0.7", NULL);

	(void)state;
	owned[0] = test_prefix("10.1.0.0/24");
	owned[1] = test_prefix("fd00::/64");
	host.host_network = true;
	over.over = true;
	podset_begin(s);
	podset_take(s, &a, false);
	podset_take(s, &b, false);
	podset_take(s, &host, false);
	podset_take(s, &over, false);
	podset_end(s);
	assert_int_equal(podset_count(s), 4);
	/* nothing is ours yet */
	expect(s, 0, "");
	expect(s, 1, "+10.1.0.5+10.1.0.6");
	expect(s, 2, "+fd00::5");
	/* it ends, though its object stays for a while */
	b.over = true;
	podset_take(s, &b, false);
	expect(s, 2, "-10.1.0.6");
	podset_take(s, &a, true);
	expect(s, 2, "-10.1.0.5-fd00::5");
	assert_int_equal(podset_count(s), 3);
	podset_free(s);
}

static void list_anew(void **state)
{
	struct podset *s = podset_new();
	struct kube_pod a = pod("a", "10.1.0.5", NULL), b = pod("b", "10.1.0.6", NULL);

	(void)state;
	owned[0] = test_prefix("10.1.0.0/24");
	podset_take(s, &a, false);
	podset_take(s, &b, false);
	expect(s, 1, "+10.1.0.5+10.1.0.6");
	/* a list that broke off: nothing is gone */
	podset_begin(s);
	podset_take(s, &a, false);
	expect(s, 1, "");
	podset_begin(s);
	podset_take(s, &b, false);
	podset_end(s);
	expect(s, 1, "-10.1.0.5");
	podset_free(s);
}

/* The address of one that goes is given to one that comes; and a pod gets another address. */
static void handed_over(void **state)
{
	struct podset *s = podset_new();
	struct kube_pod a = pod("a", "10.1.0.5", NULL), b = pod("b", "10.1.0.5", NULL);

	(void)state;
	owned[0] = test_prefix("10.1.0.0/24");
	podset_take(s, &a, false);
	expect(s, 1, "+10.1.0.5");
	podset_take(s, &a, true);
	podset_take(s, &b, false);
	expect(s, 1, "+10.1.0.5-10.1.0.5"); /* counted: it is never free in between */
	b.addresses[0] = test_addr("10.1.0.9");
	podset_take(s, &b, false);
	expect(s, 1, "+10.1.0.9-10.1.0.5");
	/* the node's prefix changes */
	owned[0] = test_prefix("10.2.0.0/24");
	expect(s, 1, "-10.1.0.9");
	podset_free(s);
}

static void limit(void **state)
{
	struct podset *s = podset_new();

	(void)state;
	for (int i = 0; i < PODSET_MAX + 10; i++) {
		char uid[16];
		struct kube_pod p;

		snprintf(uid, sizeof(uid), "%d", i);
		p = pod(uid, NULL, NULL);
		podset_take(s, &p, false);
	}
	assert_int_equal(podset_count(s), PODSET_MAX);
	podset_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(list_anew),
		cmocka_unit_test(handed_over),
		cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
