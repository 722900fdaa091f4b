/*
 * What is in no other test's reach: a RIB that has as many prefixes as it can name. Its table is
 * made smaller for that.
 */
#include "test/unit/test.h"

#include "agent/rib/rib_impl.h"

#define SMALL 8192

static struct nexthop_table *nexthops;
static struct rib *rib;
static struct rib_peer *peers[2];

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	(void)e;
	(void)hops;
	(void)n;
}

static enum rib_result announce(struct rib_peer *p, uint32_t i)
{
	static const uint8_t path[] = {2, 1, 0, 0, 0xfd, 0xe9};
	uint8_t buf[] = {32, (uint8_t)(100 + (i >> 24)), (uint8_t)(i >> 16), (uint8_t)(i >> 8),
			 (uint8_t)i};
	struct bgp_update u = {
		.attrs = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			  .nexthop = p->addr,
			  .as_path = path,
			  .as_path_len = sizeof(path)},
		.reach = {.rd = rd_init(buf, sizeof(buf)), .afi = AFI_IP4},
	};

	return rib_update(rib, p, &u, 0);
}

static void work(void)
{
	while (rib_work(rib, 100))
		;
}

static void full(void **state)
{
	const struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 32};
	const struct rib_ops ops = {.route = on_route};
	uint32_t n, both;

	(void)state;
	nexthops = nexthop_table_new();
	rib = rib_new(&conf, nexthops, &ops, NULL);
	rib->table.index_max = SMALL - 1;
	for (int i = 0; i < 2; i++) {
		peers[i] = rib_peer_new(rib);
		peers[i]->addr = addr_ip4(0x0a5ae062u + (uint32_t)i);
		peers[i]->remote_as = 65001;
	}
	for (n = 0; announce(peers[0], n) == RIB_OK; n++)
		assert_true(n < SMALL);
	assert_true(n > SMALL / 2);
	assert_int_equal(announce(peers[0], n), RIB_FULL);
	assert_int_equal(peers[0]->received[FAMILY_IP4], n);
	work();
	assert_int_equal(peers[0]->received[FAMILY_IP4], n);
	/* what is there may say something else, and have a second path: those have a slab of
	 * theirs, and that is full, too, in the end */
	assert_int_equal(announce(peers[0], 7), RIB_OK);
	for (both = 0; both < n && announce(peers[1], both) == RIB_OK; both++)
		;
	assert_in_range(both, SMALL / 2, n);
	work();
	assert_int_equal(peers[1]->received[FAMILY_IP4], both);
	/* whoever is too much goes, and the other one's are as they were; and there is room again
	 */
	rib_peer_down(rib, peers[1], 0);
	work();
	assert_int_equal(peers[0]->received[FAMILY_IP4], n);
	assert_int_equal(peers[1]->received[FAMILY_IP4], 0);
	rib_peer_down(rib, peers[0], 0);
	work();
	assert_int_equal(rib->table.n_entries, 0);
	assert_int_equal(announce(peers[1], n), RIB_OK);
	work();
	for (int i = 0; i < 2; i++) {
		rib_peer_down(rib, peers[i], 0);
		rib_peer_free(rib, peers[i]);
	}
	work();
	rib_free(rib);
	nexthop_table_free(nexthops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
