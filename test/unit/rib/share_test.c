/* Shares and hop sets: equal is one name, different is another, and nothing is kept for nobody. */
#include "test/unit/test.h"

#include "agent/rib/share.h"

#define MANY 1000

static struct attr_table *attrs;
static struct nexthop_table *nexthops;

static int setup_tables(void **state)
{
	(void)state;
	attrs = attr_table_new();
	nexthops = nexthop_table_new();
	return 0;
}

static int teardown_tables(void **state)
{
	(void)state;
	assert_int_equal(attr_table_count(attrs), 0);
	attr_table_free(attrs);
	nexthop_table_free(nexthops);
	return 0;
}

static const struct attrs *make_attrs(uint32_t med)
{
	struct attr_set set = {.has = ATTR_HAS_MED, .med = med};

	return attrs_intern(attrs, &set);
}

/* The i-th of many combinations, one after the other in what they differ. */
static uint32_t get(struct share_table *t, uint32_t i)
{
	const struct attrs *in = make_attrs(i % 10), *after = in;
	struct addr a = addr_ip4(0x0a000000u + i / 100);

	if (i / 10 % 10)
		after = make_attrs(1000 + i / 10 % 10);
	return share_get(t, in, after, i / 100 ? nexthop_ref(nexthops, &a, 0) : NULL);
}

static void shares(void **state)
{
	static uint32_t names[MANY];
	static bool taken[MANY + 2];
	struct share_table t;
	uint32_t n = 0;

	(void)state;
	share_table_init(&t, attrs, nexthops);
	for (int round = 0; round < 5; round++) {
		memset(taken, 0, sizeof(taken));
		for (uint32_t i = 0; i < MANY; i++) {
			names[i] = get(&t, i);
			assert_in_range(names[i], 1, MANY);
			assert_false(taken[names[i]]); /* nobody else's */
			taken[names[i]] = true;
		}
		for (uint32_t i = 0; i < MANY; i++) {
			assert_int_equal(get(&t, i), names[i]);
			assert_int_equal(t.shares[names[i]].in->set.med, i % 10);
			share_ref(&t, names[i]);
			share_unref(&t, names[i]);
		}
		assert_int_equal(t.count, MANY);
		for (uint32_t i = 0; i < MANY; i++) {
			share_unref(&t, names[i]);
			assert_ptr_not_equal(t.shares[names[i]].in, NULL); /* one is left */
			share_unref(&t, names[i]);
		}
		assert_int_equal(t.count, 0);
		assert_int_equal(attr_table_count(attrs), 0);
		/* names are used again */
		if (n)
			assert_int_equal(t.n, n);
		n = t.n;
	}
	share_unref(&t, 0);
	share_table_fini(&t);
}

static uint32_t get_hops(struct hopset_table *t, uint32_t i)
{
	struct hop hops[4] = {{0}};
	size_t n = 1 + i % 4;

	for (size_t k = 0; k < n; k++) {
		hops[k].ifindex = 1 + i / 4 % 5;
		hops[k].gateway = addr_ip4(0x0a000000u + i / 20 * 4 + (uint32_t)k);
	}
	return hopset_get(t, hops, n);
}

static void hopsets(void **state)
{
	static uint32_t names[MANY];
	struct hopset_table t;
	uint32_t n = 0;

	(void)state;
	hopset_table_init(&t);
	assert_int_equal(hopset_get(&t, NULL, 0), 0);
	for (int round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			names[i] = get_hops(&t, i);
			assert_int_not_equal(names[i], 0);
			assert_int_equal(t.count, i + 1);
		}
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(get_hops(&t, i), names[i]);
		assert_int_equal(t.count, MANY);
		for (uint32_t i = 0; i < MANY; i++) {
			hopset_unref(&t, names[i]);
			hopset_unref(&t, names[i]);
			assert_int_equal(t.count, MANY - 1 - i);
		}
		if (n)
			assert_int_equal(t.n, n);
		n = t.n;
	}
	hopset_unref(&t, 0);
	hopset_table_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shares, setup_tables, teardown_tables),
		cmocka_unit_test_setup_teardown(hopsets, setup_tables, teardown_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
