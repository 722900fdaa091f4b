/* The table of paths: import, decision, multipath, sessions that come and go, against a naive
 * model. */
#include "test/unit/test.h"

#include "agent/rib/policy.h"
#include "agent/rib/rib.h"

#define PREFIXES 40
#define PEERS    4

static struct rib *rib;
static struct nexthop_table *nexthops;
static struct rib_peer *peers[PEERS];
static struct prefix own;
static int told[PREFIXES]; /* hops as bits of the peers' gateways; 0: none */

static struct prefix prefix_of(unsigned int i)
{
	struct addr a = addr_ip4(0xac100000 + (i << 8));

	return prefix_make(&a, 24);
}

static struct addr gateway_of(unsigned int peer)
{
	return addr_ip4(0x0a5ae062 + (peer << 16));
}

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		if (!prefix_eq(&p, &e->prefix))
			continue;
		told[i] = 0;
		for (size_t h = 0; h < n; h++) {
			for (unsigned int k = 0; k < PEERS; k++) {
				struct addr gw = gateway_of(k);

				if (addr_eq(&gw, &hops[h].gateway))
					told[i] |= 1 << k;
			}
		}
	}
}

static void work(void)
{
	while (rib_work(rib, 7)) /* in slices that end anywhere */
		;
}

static void setup_rib(void)
{
	static const struct rib_ops ops = {on_route};
	struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 32};

	own = test_prefix("10.233.0.0/24");
	conf.own = &own;
	conf.n_own = 1;
	memset(told, 0, sizeof(told));
	nexthops = nexthop_table_new();
	for (unsigned int k = 0; k < PEERS; k++) {
		struct addr gw = gateway_of(k);
		struct kroute r = {.table = 254, .type = 1, .n_hops = 1};

		r.prefix = prefix_make(&gw, 24);
		r.hops[0].ifindex = k + 1;
		nexthop_kroute_add(nexthops, &r);
	}
	rib = rib_new(&conf, nexthops, &ops, NULL);
	for (unsigned int k = 0; k < PEERS; k++) {
		peers[k] = rib_peer_new(rib);
		peers[k]->addr = gateway_of(k);
		peers[k]->remote_as = 65001;
		peers[k]->remote_id = k + 1;
		peers[k]->connected = true;
		peers[k]->allowas_in = 1;
		peers[k]->enforce_first_as = true;
	}
}

static void teardown_rib(void)
{
	rib_free(rib);
	nexthop_table_free(nexthops);
}

/* An AS path of hops times the peer's AS, in path; returns its length. */
static uint16_t make_path(uint32_t as, unsigned int hops, uint8_t *path)
{
	struct wr wr = wr_init(path, 256);

	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, (uint8_t)hops);
	for (unsigned int i = 0; i < hops; i++)
		wr_u32(&wr, as);
	return (uint16_t)wr_len(&wr);
}

static struct attr_set set_of(unsigned int peer, unsigned int hops, uint8_t *path)
{
	struct attr_set s = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			     .nexthop = gateway_of(peer),
			     .as_path = path};

	s.as_path_len = make_path(65001, hops, path);
	return s;
}

static void put_nlri(struct wr *wr, const struct prefix *p)
{
	wr_u8(wr, p->len);
	wr_bytes(wr, p->b, ((size_t)p->len + 7) / 8);
}

static bool announce(unsigned int peer, const struct prefix *p, const struct attr_set *set,
		     uint32_t limit)
{
	uint8_t buf[32];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_update u = {.attrs = *set};

	put_nlri(&wr, p);
	u.reach = (struct nlri){.rd = rd_init(buf, wr_len(&wr)), .afi = AFI_IP4};
	return rib_update(rib, peers[peer], &u, limit) == RIB_OK;
}

static void withdraw(unsigned int peer, const struct prefix *p)
{
	uint8_t buf[32];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_update u = {0};

	put_nlri(&wr, p);
	u.withdrawn = (struct nlri){.rd = rd_init(buf, wr_len(&wr)), .afi = AFI_IP4};
	rib_update(rib, peers[peer], &u, 0);
}

static enum reject reject_of(unsigned int peer, const char *prefix, const struct attr_set *set)
{
	struct prefix p = test_prefix(prefix);
	const struct rib_entry *e;

	announce(peer, &p, set, 0);
	work();
	e = rib_find(rib, &p);
	assert_non_null(e);
	return (enum reject)e->paths[0].reject;
}

static void imports(void **state)
{
	uint8_t path[256];
	struct attr_set good = set_of(0, 2, path), s;
	struct kroute local = {.table = 255, .type = 2, .n_hops = 1};
	struct wr wr;

	(void)state;
	setup_rib();
	local.prefix = test_prefix("10.90.224.105/32");
	nexthop_kroute_add(nexthops, &local);
	assert_int_equal(reject_of(0, "172.20.0.0/16", &good), REJECT_NONE);
	assert_int_equal(reject_of(0, "0.0.0.0/0", &good), REJECT_DEFAULT_ROUTE);
	assert_int_equal(reject_of(0, "127.0.0.0/8", &good), REJECT_MARTIAN);
	assert_int_equal(reject_of(0, "10.233.0.0/24", &good), REJECT_OWN_PREFIX);
	assert_int_equal(reject_of(0, "10.233.0.7/32", &good), REJECT_OWN_PREFIX);
	assert_int_equal(reject_of(0, "10.233.0.0/16", &good), REJECT_NONE);
	assert_int_equal(reject_of(0, "10.90.224.0/24", &good), REJECT_CONNECTED);
	assert_int_equal(reject_of(0, "10.90.224.128/25", &good), REJECT_CONNECTED);
	s = good;
	s.nexthop = test_addr("10.90.224.105");
	assert_int_equal(reject_of(0, "172.21.0.0/16", &s), REJECT_NEXT_HOP_SELF);
	/* our AS once is what all nodes in one AS look like; twice is a loop */
	wr = wr_init(path, sizeof(path));
	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, 3);
	wr_u32(&wr, 65001);
	wr_u32(&wr, 65000);
	wr_u32(&wr, 65002);
	s = good;
	s.as_path_len = (uint16_t)wr_len(&wr);
	assert_int_equal(reject_of(0, "172.22.0.0/16", &s), REJECT_NONE);
	memcpy(path + 10, path + 6, 4);
	assert_int_equal(reject_of(0, "172.23.0.0/16", &s), REJECT_AS_LOOP);
	make_path(65009, 2, path);
	s.as_path_len = 10;
	assert_int_equal(reject_of(0, "172.24.0.0/16", &s), REJECT_FIRST_AS);
	make_path(65001, 2, path);
	s.originator_id = 99;
	s.has |= ATTR_HAS_ORIGINATOR_ID;
	assert_int_equal(reject_of(0, "172.25.0.0/16", &s), REJECT_ORIGINATOR);
	s = good;
	s.otc = 65005;
	s.has |= ATTR_HAS_OTC;
	peers[0]->role = ROLE_PROVIDER; /* it is our customer, and sends what went down before */
	assert_int_equal(reject_of(0, "172.26.0.0/16", &s), REJECT_OTC);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 14);
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], 3);
	teardown_rib();
}

/* Each step of the decision, in order: what differs there decides, whatever comes behind. */
static void decisions(void **state)
{
	uint8_t p1[256], p2[256];
	struct prefix p = prefix_of(0);
	struct attr_set a, b;
	uint8_t gshut[4] = {0xff, 0xff, 0, 0};

	(void)state;
	setup_rib();
	a = set_of(0, 2, p1);
	b = set_of(1, 2, p2);
	announce(0, &p, &a, 0);
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 3); /* equal: both */
	b = set_of(1, 1, p2);
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 2); /* shorter path */
	b = set_of(1, 2, p2);
	b.origin = ORIGIN_INCOMPLETE;
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 1); /* lower origin */
	b = set_of(1, 2, p2);
	b.med = 10;
	b.has |= ATTR_HAS_MED;
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 1); /* lower MED, same neighbouring AS */
	make_path(65002, 2, p2);
	peers[1]->remote_as = 65002;
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 3); /* another neighbouring AS: MED says nothing */
	a = set_of(0, 2, p1);
	a.communities = gshut;
	a.communities_len = 4;
	announce(0, &p, &a, 0);
	work();
	assert_int_equal(told[0], 2); /* RFC 8326: about to go */
	withdraw(1, &p);
	work();
	assert_int_equal(told[0], 1); /* but better than nothing */
	withdraw(0, &p);
	work();
	assert_int_equal(told[0], 0);
	assert_null(rib_find(rib, &p));
	teardown_rib();
}

static void next_hops(void **state)
{
	uint8_t path[256];
	struct prefix p = prefix_of(0);
	struct attr_set a = set_of(0, 2, path), b;
	struct nexthop *nh;

	(void)state;
	setup_rib();
	announce(0, &p, &a, 0);
	b = set_of(1, 2, path);
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 3);
	nexthop_link(nexthops, 1, false);
	while ((nh = nexthop_changed(nexthops)))
		rib_nexthop_changed(rib, nh);
	work();
	assert_int_equal(told[0], 2);
	nexthop_link(nexthops, 1, true);
	while ((nh = nexthop_changed(nexthops)))
		rib_nexthop_changed(rib, nh);
	work();
	assert_int_equal(told[0], 3);
	teardown_rib();
}

static void sessions(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix p0 = prefix_of(0), p1 = prefix_of(1);

	(void)state;
	setup_rib();
	announce(0, &p0, &a, 0);
	announce(0, &p1, &a, 0);
	work();
	/* graceful: they stay, and what is announced again is no longer stale */
	rib_peer_down(rib, peers[0], FAMILY_BIT(FAMILY_IP4));
	work();
	assert_int_equal(told[0], 1);
	assert_int_equal(peers[0]->stale[FAMILY_IP4], 2);
	assert_true(rib_path_stale(rib, rib_find(rib, &p0), &rib_find(rib, &p0)->paths[0]));
	announce(0, &p0, &a, 0);
	assert_int_equal(peers[0]->stale[FAMILY_IP4], 1);
	rib_peer_sweep(rib, peers[0], FAMILY_IP4);
	work();
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 0);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 1);
	assert_int_equal(peers[0]->stale[FAMILY_IP4], 0);
	/* down and up again before the old paths are freed */
	announce(0, &p1, &a, 0);
	work();
	rib_peer_down(rib, peers[0], 0);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 0);
	announce(0, &p1, &a, 0);
	work();
	assert_int_equal(told[0], 0);
	assert_int_equal(told[1], 1);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 1);
	/* the neighbour is taken out of the configuration */
	rib_peer_free(rib, peers[0]);
	work();
	assert_int_equal(told[1], 0);
	teardown_rib();
}

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
	rib_peer_down(rib, peers[0], 0);
	work();
	assert_int_equal(attr_table_bytes(rib_attr_table(rib)), 0);
	teardown_rib();
}

static void policy(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct policy *pol = policy_new();
	struct prefix_list_entry e = {.seq = 10, .permit = true, .ge = 24, .le = 24};
	struct rib_conf conf = {
		.local_as = 65000, .router_id = 99, .maximum_paths = 32, .policy = pol};
	struct prefix p = prefix_of(3);

	(void)state;
	setup_rib();
	announce(0, &p, &a, 0);
	work();
	assert_int_equal(told[3], 1);
	/* it changes under way: nothing is asked of the peer */
	e.prefix = test_prefix("10.0.0.0/8");
	policy_prefix_list_add(pol, "PODS", &e);
	peers[0]->import_prefix_list[FAMILY_IP4] = "PODS";
	rib_set_conf(rib, &conf);
	work();
	assert_int_equal(told[3], 0);
	assert_int_equal(rib_find(rib, &p)->paths[0].reject, REJECT_PREFIX_LIST);
	e.seq = 20;
	e.prefix = test_prefix("172.16.0.0/12");
	policy_prefix_list_add(pol, "PODS", &e);
	rib_peer_reimport(rib, peers[0]);
	work();
	assert_int_equal(told[3], 1);
	teardown_rib();
	policy_free(pol);
}

static void walking(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct addr inside = test_addr("172.16.7.9"), outside = test_addr("8.8.8.8");
	struct prefix seven = prefix_of(7);
	const struct rib_entry *e;
	struct rib_walk *w;
	unsigned int n = 0;

	(void)state;
	setup_rib();
	for (unsigned int i = PREFIXES; i > 0; i--) {
		struct prefix p = prefix_of(i - 1);

		announce(0, &p, &a, 0);
	}
	work();
	w = rib_walk_new(rib, AFI_IP4);
	withdraw(0, &seven);
	work();
	while ((e = rib_walk_next(w))) {
		struct prefix p = prefix_of(n == 7 ? ++n : n);

		assert_true(prefix_eq(&p, &e->prefix));
		n++;
	}
	assert_int_equal(n, PREFIXES);
	rib_walk_free(w);
	assert_null(rib_match(rib, &inside));
	announce(0, &seven, &a, 0);
	assert_true(prefix_eq(&rib_match(rib, &inside)->prefix, &seven));
	assert_null(rib_match(rib, &outside));
	teardown_rib();
}

/* Sessions up and down, paths announced, withdrawn, stale and swept, links that fail, in any order;
 * the model keeps who announces what at which path length. */
static void anything(void **state)
{
	uint8_t length[PEERS][PREFIXES] = {{0}}; /* 0: not announced */
	bool fresh[PEERS][PREFIXES] = {{0}};
	bool link[PEERS] = {true, true, true, true};
	uint32_t rnd = 4711;

	(void)state;
	setup_rib();
	for (int step = 0; step < 20000; step++) {
		unsigned int k = test_random(&rnd) % PEERS, i = test_random(&rnd) % PREFIXES;
		uint32_t what = test_random(&rnd) % 1000;
		struct prefix p = prefix_of(i);
		struct nexthop *nh;

		if (what < 600) {
			uint8_t path[256];
			unsigned int hops = 1 + test_random(&rnd) % 3;
			struct attr_set s = set_of(k, hops, path);

			announce(k, &p, &s, 0);
			length[k][i] = (uint8_t)hops;
			fresh[k][i] = true;
		} else if (what < 900) {
			withdraw(k, &p);
			length[k][i] = 0;
		} else if (what < 920) {
			rib_peer_down(rib, peers[k], 0);
			memset(length[k], 0, sizeof(length[k]));
		} else if (what < 940) {
			/* again while some are stale: those are too old */
			if (peers[k]->stale[FAMILY_IP4]) {
				for (unsigned int x = 0; x < PREFIXES; x++)
					length[k][x] = fresh[k][x] ? length[k][x] : 0;
			}
			rib_peer_down(rib, peers[k], FAMILY_BIT(FAMILY_IP4));
			memset(fresh[k], 0, sizeof(fresh[k]));
		} else if (what < 960) {
			for (unsigned int x = 0; x < PREFIXES; x++)
				length[k][x] = fresh[k][x] ? length[k][x] : 0;
			rib_peer_sweep(rib, peers[k], FAMILY_IP4);
		} else if (what < 970) {
			link[k] = !link[k];
			nexthop_link(nexthops, k + 1, link[k]);
			while ((nh = nexthop_changed(nexthops)))
				rib_nexthop_changed(rib, nh);
		} else {
			rib_work(rib, test_random(&rnd) % 50);
		}
		if (step % 500)
			continue;
		work();
		for (unsigned int x = 0; x < PREFIXES; x++) {
			int want = 0;
			uint8_t best = 255;

			for (unsigned int y = 0; y < PEERS; y++) {
				if (!length[y][x] || !link[y] || length[y][x] > best)
					continue;
				want = length[y][x] < best ? 1 << y : want | 1 << y;
				best = length[y][x];
			}
			if (told[x] != want)
				fail_msg("step %d, prefix %u: %d, not %d", step, x, told[x], want);
		}
		for (unsigned int y = 0; y < PEERS; y++) {
			uint32_t n = 0;

			for (unsigned int x = 0; x < PREFIXES; x++)
				n += length[y][x] != 0;
			assert_int_equal(peers[y]->received[FAMILY_IP4], n);
			assert_int_equal(peers[y]->accepted[FAMILY_IP4], n);
		}
	}
	teardown_rib();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imports),   cmocka_unit_test(decisions),
		cmocka_unit_test(next_hops), cmocka_unit_test(sessions),
		cmocka_unit_test(limit),     cmocka_unit_test(attribute_bytes),
		cmocka_unit_test(policy),    cmocka_unit_test(walking),
		cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
