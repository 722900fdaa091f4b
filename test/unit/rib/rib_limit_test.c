/* What a peer may not do to the table of paths: more prefixes, attributes or paths than fit. */
#include "test/unit/rib/rib_fixture.h"

static void limit(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);

	(void)state;
	setup_rib();
	for (unsigned int i = 0; i < 10; i++) {
		struct prefix p = prefix_of(i);

		assert_int_equal(announce(0, &p, &a, 9), i < 9);
	}
	teardown_rib();
}

/* Each family has the limit for itself, and is kept to it whatever the other one has. */
static void limit_of_each_family(void **state)
{
	uint8_t path[256], buf[32];
	struct attr_set a = set_of(0, 2, path);
	struct bgp_update u = {.attrs = a, .mp_attrs = a};

	(void)state;
	setup_rib();
	u.mp_attrs.nexthop = test_addr("2001:db8::1");
	for (unsigned int i = 0; i < 10; i++) {
		struct prefix p = prefix_of(i), p6 = {AFI_IP6, 64, {0x20, 1, [7] = (uint8_t)i}};
		struct wr wr = wr_init(buf, sizeof(buf));

		put_nlri(&wr, &p6, 0);
		u.mp_reach = nlri_of(buf, &wr, AFI_IP6);
		assert_int_equal(rib_update(rib, peers[0], &u, 9), i < 9 ? RIB_OK : RIB_OVER_LIMIT);
		if (i < 9)
			assert_true(announce(0, &p, &a, 9));
	}
	assert_int_equal(peers[0]->received[FAMILY_IP4], 9);
	assert_int_equal(peers[0]->received[FAMILY_IP6], 10);
	teardown_rib();
}

/* What was announced before a restart, and is not again, takes none of the places: else a neighbour
 * that comes back with other routes would be put off for as many as it ever had. */
static void limit_over_a_restart(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);

	(void)state;
	setup_rib();
	for (unsigned int i = 0; i < 9; i++) {
		struct prefix p = prefix_of(i);

		assert_true(announce(0, &p, &a, 9));
	}
	rib_peer_down(rib, peers[0], FAMILY_BIT(FAMILY_IP4));
	work();
	/* three of before, six new ones, and one more */
	for (unsigned int i = 6; i < 16; i++) {
		struct prefix p = prefix_of(i);

		assert_int_equal(announce(0, &p, &a, 9), i < 15);
	}
	assert_int_equal(peers[0]->received[FAMILY_IP4], 16);
	assert_int_equal(peers[0]->stale[FAMILY_IP4], 6);
	teardown_rib();
}

/* A peer that sends each route with attributes of its own is stopped, and what it sent goes with
 * it. */
static void attribute_bytes(void **state)
{
	struct rib_conf conf = {
		.local_as = 65000, .router_id = 99, .maximum_paths = 32, .attr_bytes_max = 4096};
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	unsigned int i;

	(void)state;
	setup_rib();
	rib_set_conf(rib, &conf);
	a.has |= ATTR_HAS_MED;
	for (i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		a.med = i;
		if (!announce(0, &p, &a, 0))
			break;
	}
	assert_true(i > 2 && i < PREFIXES);
	for (unsigned int k = 0; k < 3; k++) {
		struct prefix p = prefix_of(k);

		/* the first are the same as the other's, and his */
		a.med = k < 2 ? k : 1000;
		assert_true(announce(1, &p, &a, 0));
	}
	assert_true(attr_table_bytes_of(rib_attr_table(rib), peers[0]->index) > 4096);
	assert_in_range(attr_table_bytes_of(rib_attr_table(rib), peers[1]->index), 1, 2048);
	rib_peer_down(rib, peers[0], 0);
	work();
	assert_in_range(attr_table_bytes_of(rib_attr_table(rib), peers[0]->index), 1, 2048);
	/* and may come back */
	a.med = 2000;
	assert_true(announce(0, &(struct prefix){AFI_IP4, 24, {9}}, &a, 0));
	rib_peer_down(rib, peers[0], 0);
	rib_peer_down(rib, peers[1], 0);
	work();
	assert_int_equal(attr_table_bytes_of(rib_attr_table(rib), peers[1]->index), 0);
	assert_int_equal(attr_table_bytes(rib_attr_table(rib)), 0);
	teardown_rib();
}

/* More paths than an entry holds: what does not fit is not taken, the rest is none the worse. */
static void too_many_paths(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix p = prefix_of(0);

	(void)state;
	setup_rib();
	for (uint32_t id = 1; id <= 300; id++) {
		announce_id(0, &p, id, &a, 0);
		if (id % 50 == 0)
			work();
	}
	work();
	assert_int_equal(rib_find(rib, &p)->n_paths, 255);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 255);
	assert_int_equal(peers[0]->crowded, 300 - 255);
	assert_int_equal(rib_find(rib, &p)->n_multipath, 32);
	assert_int_equal(told[0], 1);
	for (uint32_t id = 300; id > 0; id--)
		withdraw_id(0, &p, id);
	work();
	assert_null(rib_find(rib, &p));
	assert_int_equal(told[0], 0);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 0);
	teardown_rib();
}

/* A turn of work is as long with many paths a prefix as with one. */
static void many_paths_cost_more(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct rib_stats st;
	unsigned int turns = 0;

	(void)state;
	setup_rib();
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		announce(0, &p, &a, 0);
	}
	assert_false(rib_work(rib, PREFIXES)); /* one path: one entry, one of the budget */
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		for (uint32_t id = 1; id < 200; id++)
			announce_id(0, &p, id, &a, 0);
	}
	rib_stats(rib, &st);
	while (rib_work(rib, 2048)) {
		uint64_t before = st.decisions;

		rib_stats(rib, &st);
		assert_in_range(st.decisions - before, 1, 4);
		turns++;
	}
	assert_in_range(turns, PREFIXES / 5, PREFIXES);
	/* and so is a walk over them, which may not fail to come to its end either */
	rib_peer_reimport(rib, peers[0]);
	for (turns = 1; rib_work(rib, 100); turns++)
		assert_true(turns < 100 * PREFIXES);
	assert_in_range(turns, PREFIXES / 4, 100 * PREFIXES);
	for (turns = 0; rib_work(rib, 1); turns++)
		;
	assert_int_equal(told[PREFIXES - 1], 1);
	teardown_rib();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit),
		cmocka_unit_test(limit_of_each_family),
		cmocka_unit_test(limit_over_a_restart),
		cmocka_unit_test(attribute_bytes),
		cmocka_unit_test(too_many_paths),
		cmocka_unit_test(many_paths_cost_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
