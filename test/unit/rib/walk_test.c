/* Walks over more entries than a walk may hold, in steps of any budget, while entries come, go and
 * move: what stays comes once, in order. */
#include "test/unit/test.h"

#include "agent/rib/rib.h"

#define PREFIXES 40000 /* more than two looks' worth */
#define PEERS    3

static struct rib *rib;
static struct nexthop_table *nexthops;
static struct rib_peer *peers[PEERS];
static uint8_t there[PREFIXES];     /* peers that announce it, as bits */
static uint32_t index_of[PREFIXES]; /* by the two octets that prefix_of makes of the index */

/* Of both families, and in no order of the index. */
static struct prefix prefix_of(uint32_t i)
{
	struct addr a = addr_ip4(0x0b000000u + (i * 7919u % PREFIXES << 8));

	if (i % 16)
		return prefix_make(&a, 24);
	a.afi = AFI_IP6;
	a.b[0] = 0x20;
	return prefix_make(&a, 64);
}

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	(void)e;
	(void)hops;
	(void)n;
}

static void tell(unsigned int peer, uint32_t i, bool announce)
{
	static const uint8_t path[] = {AS_SEQUENCE, 1, 0, 0, 0xfd, 0xe9};
	uint8_t buf[32];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct prefix p = prefix_of(i);
	struct bgp_update u = {
		.attrs = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			  .as_path = path,
			  .as_path_len = sizeof(path),
			  .nexthop = test_addr("10.90.224.98")}};
	struct nlri n = {.afi = p.afi};

	u.mp_attrs = u.attrs;
	wr_u8(&wr, p.len);
	wr_bytes(&wr, p.b, p.len / 8u);
	n.rd = rd_init(buf, wr_len(&wr));
	if (announce)
		u.mp_reach = n;
	else
		u.mp_withdrawn = n;
	rib_update(rib, peers[peer], &u, 0);
	if (announce)
		there[i] |= (uint8_t)(1 << peer);
	else
		there[i] &= (uint8_t) ~(1 << peer);
}

static int setup_walk(void **state)
{
	static const struct rib_ops ops = {.route = on_route};
	const struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 2};

	(void)state;
	memset(there, 0, sizeof(there));
	for (uint32_t i = 0; i < PREFIXES; i++)
		index_of[i * 7919u % PREFIXES] = i;
	nexthops = nexthop_table_new();
	rib = rib_new(&conf, nexthops, &ops, NULL);
	for (unsigned int k = 0; k < PEERS; k++) {
		peers[k] = rib_peer_new(rib);
		peers[k]->addr = addr_ip4(0x0a5ae062 + k);
		peers[k]->remote_as = 65001;
		peers[k]->remote_id = k + 1;
	}
	return 0;
}

static int teardown_walk(void **state)
{
	(void)state;
	rib_free(rib);
	nexthop_table_free(nexthops);
	return 0;
}

static void work(void)
{
	while (rib_work(rib, 1000))
		;
}

static void empty(void **state)
{
	struct rib_walk *w = rib_walk_new(rib, AFI_NONE);
	unsigned int budget = 1;

	(void)state;
	while (!rib_walk_over(w)) {
		assert_null(rib_walk_next(w, &budget));
		budget = 1;
	}
	rib_walk_free(w);
}

static int compare(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

/* All of a family, or what is inside a prefix, is what sorting gives. */
static void sorted(struct rib_walk *w, enum afi afi, const struct prefix *within)
{
	struct prefix *all = calloc(PREFIXES, sizeof(*all));
	const struct rib_entry *e;
	unsigned int budget = RIB_WALK_ALL;
	size_t n = 0;

	assert_non_null(all);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		if (there[i] && (afi == AFI_NONE || p.afi == afi) &&
		    (!within || prefix_covers(within, &p)))
			all[n++] = p;
	}
	assert_true(n > 0);
	qsort(all, n, sizeof(*all), compare);
	for (size_t i = 0; i < n; i++) {
		e = rib_walk_next(w, &budget);
		assert_non_null(e);
		assert_true(prefix_eq(&e->prefix, &all[i]));
	}
	assert_null(rib_walk_next(w, &budget));
	assert_true(rib_walk_over(w));
	rib_walk_free(w);
	free(all);
}

static void in_order(void **state)
{
	struct prefix within = test_prefix("11.16.0.0/14"), one = prefix_of(17);

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++)
		tell(i % PEERS, i, true);
	work();
	sorted(rib_walk_new(rib, AFI_NONE), AFI_NONE, NULL);
	sorted(rib_walk_new(rib, AFI_IP4), AFI_IP4, NULL);
	sorted(rib_walk_new(rib, AFI_IP6), AFI_IP6, NULL);
	sorted(rib_walk_within(rib, &within), AFI_IP4, &within);
	sorted(rib_walk_within(rib, &one), AFI_IP4, &one);
}

/* No step does more than its budget, however far the next entry is. */
static void bounded(void **state)
{
	struct rib_walk *w;
	unsigned int steps = 0, given = 0;

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++)
		tell(0, i, true);
	work();
	w = rib_walk_new(rib, AFI_NONE);
	while (!rib_walk_over(w)) {
		unsigned int budget = 10;

		while (rib_walk_next(w, &budget))
			given++;
		steps++;
	}
	assert_int_equal(given, PREFIXES);
	/* three looks through all of it, 32 entries for one, and each entry given */
	assert_in_range(steps, PREFIXES / 10 + 3 * PREFIXES / 320,
			PREFIXES / 10 + 3 * PREFIXES / 320 + 10);
	rib_walk_free(w);
}

static void while_it_changes(void **state)
{
	uint8_t *always = calloc(PREFIXES, 1), *given = calloc(PREFIXES, 1);
	struct prefix last = {0};
	const struct rib_entry *e;
	struct rib_walk *w;
	uint32_t rnd = 4711;

	(void)state;
	assert_true(always && given);
	for (uint32_t i = 0; i < PREFIXES; i += 2)
		tell(i % PEERS, i, true);
	work();
	memcpy(always, there, PREFIXES);
	w = rib_walk_new(rib, AFI_NONE);
	while (!rib_walk_over(w)) {
		unsigned int budget = 1 + test_random(&rnd) % 200;

		while ((e = rib_walk_next(w, &budget))) {
			assert_true(last.afi == AFI_NONE || prefix_cmp(&last, &e->prefix) < 0);
			last = e->prefix;
			given[index_of[last.b[1] << 8 | last.b[2]]] = 1;
		}
		for (unsigned int k = 0; k < 20; k++) {
			uint32_t i = test_random(&rnd) % PREFIXES;

			tell(test_random(&rnd) % PEERS, i, test_random(&rnd) % 2);
			if (!there[i])
				always[i] = 0;
		}
		work();
	}
	for (uint32_t i = 0; i < PREFIXES; i++)
		assert_true(given[i] || !always[i]);
	rib_walk_free(w);
	free(always);
	free(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty, setup_walk, teardown_walk),
		cmocka_unit_test_setup_teardown(in_order, setup_walk, teardown_walk),
		cmocka_unit_test_setup_teardown(bounded, setup_walk, teardown_walk),
		cmocka_unit_test_setup_teardown(while_it_changes, setup_walk, teardown_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
