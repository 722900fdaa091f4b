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

/* Attributes and next hops that come in pairs lie in memory in step, so their addresses differ
 * always in the same: no reason to be in one bucket. The addresses are of nothing, and only
 * hashed. */
static void addresses_in_step(void **state)
{
	enum { N = 1024, STEP = 1024, HALF = N * STEP };
	uint8_t *arena = aligned_alloc(HALF, (size_t)2 * HALF);
	struct share_table t;

	(void)state;
	share_table_init(&t, attrs, nexthops);
	for (size_t i = 0; i < N; i++) {
		void *in = arena + i * STEP, *nh = arena + HALF + i * STEP;

		share_get(&t, in, in, nh);
	}
	assert_int_equal(t.count, N);
	for (size_t b = 0; b < t.n_buckets; b++) {
		unsigned int n = 0;

		for (uint32_t name = t.buckets[b]; name; name = t.shares[name].next)
			n++;
		assert_in_range(n, 0, 12);
	}
	t.count = 0;
	share_table_fini(&t);
	free(arena);
}

static int u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* A gateway on one link is not another gateway on another one. */
static void gateways_and_links(void **state)
{
	enum { N = 64 };
	static uint32_t hashes[N * N];
	uint32_t n = 0, same = 0;

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		for (uint32_t k = 0; k < N; k++) {
			struct hop h = {.ifindex = k,
					.gateway = {.afi = AFI_IP6, .b = {0xfe, 0x80}}};

			h.gateway.b[8] = (uint8_t)i;
			hashes[n++] = hops_hash(&h, 1);
		}
	}
	qsort(hashes, n, sizeof(hashes[0]), u32_cmp);
	for (uint32_t i = 1; i < n; i++)
		same += hashes[i] == hashes[i - 1];
	assert_in_range(same, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shares, setup_tables, teardown_tables),
		cmocka_unit_test_setup_teardown(hopsets, setup_tables, teardown_tables),
		cmocka_unit_test_setup_teardown(addresses_in_step, setup_tables, teardown_tables),
		cmocka_unit_test(gateways_and_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
