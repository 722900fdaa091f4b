/* The table of paths: import, decision, multipath, sessions that come and go. */
#include "test/unit/rib/rib_fixture.h"

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
	peers[1]->ibgp = true;
	withdraw(1, &p);
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 1); /* eBGP before iBGP, and not both */
	peers[1]->ibgp = false;
	withdraw(1, &p);
	announce(1, &p, &b, 0);
	work();
	assert_int_equal(told[0], 3);
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

/* iBGP: as good a path by a dearer way is not used beside the nearer one, an equally dear one is.
 */
static void nearer_next_hops(void **state)
{
	static const struct {
		uint32_t metrics[3];
		int hops;
	} rows[] = {{{10, 20, 30}, 1}, {{30, 20, 10}, 4}, {{20, 20, 30}, 3}, {{7, 7, 7}, 7}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = prefix_of(0);

		setup_rib();
		for (unsigned int k = 0; k < 3; k++) {
			struct addr far = addr_ip4(0x0a620001 + (k << 8));
			struct kroute r = {.table = 254, .type = 1, .n_hops = 1};
			uint8_t path[256];
			struct attr_set a = set_of(k, 2, path);

			r.prefix = prefix_make(&far, 24);
			r.metric = rows[i].metrics[k];
			r.hops[0] = (struct hop){.gateway = gateway_of(k), .ifindex = k + 1};
			nexthop_kroute_add(nexthops, &r);
			peers[k]->ibgp = true;
			peers[k]->connected = peers[k]->enforce_first_as = false;
			a.nexthop = far;
			announce(k, &p, &a, 0);
		}
		work();
		if (told[0] != rows[i].hops)
			fail_msg("row %zu: %d", i, told[0]);
		/* a directly attached eBGP peer's are to be on its own link (RFC 4271 section
		 * 5.1.3) */
		for (unsigned int k = 0; k < 3; k++)
			peers[k]->connected = true;
		rib_redecide(rib);
		work();
		assert_int_equal(told[0], 0);
		teardown_rib();
	}
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
	unsigned int n = 0, all = RIB_WALK_ALL;

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
	while ((e = rib_walk_next(w, &all))) {
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

/* What an UPDATE holds, in its order: what it withdraws, then what it announces. */
static void updates(void **state)
{
	uint8_t path[256], buf[32], buf6[32];
	struct wr wr = wr_init(buf, sizeof(buf)), wr6 = wr_init(buf6, sizeof(buf6));
	struct prefix p = prefix_of(0), p6 = test_prefix("2001:db8::/32");
	struct bgp_update u = {.attrs = set_of(0, 2, path)};

	(void)state;
	setup_rib();
	put_nlri(&wr, &p, 0);
	put_nlri(&wr6, &p6, 0);
	u.mp_attrs = u.attrs;
	u.withdrawn = u.reach = nlri_of(buf, &wr, AFI_IP4);
	u.mp_withdrawn = u.mp_reach = nlri_of(buf6, &wr6, AFI_IP6);
	rib_update(rib, peers[0], &u, 0);
	work();
	assert_int_equal(told[0], 1);
	assert_int_equal(rib_find(rib, &p6)->n_multipath, 1);
	assert_int_equal(peers[0]->received[FAMILY_IP6], 1);
	/* RFC 7606: what it would announce is withdrawn */
	u.withdrawn = u.mp_withdrawn = (struct nlri){.afi = AFI_IP4};
	u.verdict = UPDATE_TREAT_WITHDRAW;
	rib_update(rib, peers[0], &u, 0);
	work();
	assert_int_equal(told[0], 0);
	assert_null(rib_find(rib, &p6));
	assert_int_equal(peers[0]->received[FAMILY_IP4], 0);
	assert_int_equal(peers[0]->received[FAMILY_IP6], 0);
	teardown_rib();
}

static uint64_t decisions_so_far(void)
{
	struct rib_stats st;

	rib_stats(rib, &st);
	return st.decisions;
}

/* The host hears of what packets should do, and only when that is another thing. */
static void tells_what_changes(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix p = prefix_of(0), q = prefix_of(1);
	struct nexthop *nh;
	uint64_t before;

	(void)state;
	setup_rib();
	n_told = 0;
	announce(0, &p, &a, 0);
	work();
	assert_int_equal(n_told, 1);
	peers[1]->connected = false;
	announce(1, &p, &a, 0); /* the other says the same next hop */
	work();
	assert_int_equal(rib_find(rib, &p)->n_multipath, 2);
	a.med = 7;
	a.has |= ATTR_HAS_MED;
	announce(0, &p, &a, 0); /* another best path, to the same place */
	work();
	assert_int_equal(rib_find(rib, &p)->n_multipath, 1);
	assert_int_equal(n_told, 1);
	/* a next hop changes: nothing that does not use it is looked at */
	a.nexthop = gateway_of(2);
	announce(2, &q, &a, 0);
	work();
	assert_int_equal(n_told, 2);
	before = decisions_so_far();
	nexthop_link(nexthops, 3, false);
	while ((nh = nexthop_changed(nexthops)))
		rib_nexthop_changed(rib, nh);
	work();
	assert_int_equal(decisions_so_far(), before + 1);
	assert_int_equal(n_told, 3);
	assert_int_equal(told[1], 0);
	/* asked for, it is told again; of what has no route there is nothing to tell */
	rib_redecide(rib);
	work();
	assert_int_equal(n_told, 4);
	teardown_rib();
}

static void long_lived_stale(void **state)
{
	uint8_t path[256], path1[256], no_llgr[4] = {0xff, 0xff, 0, 7};
	struct attr_set a = set_of(0, 2, path), b = set_of(1, 3, path1);
	struct prefix p0 = prefix_of(0), p1 = prefix_of(1);

	(void)state;
	setup_rib();
	announce(0, &p0, &a, 0);
	announce(1, &p0, &b, 0); /* longer */
	a.communities = no_llgr;
	a.communities_len = 4;
	announce(0, &p1, &a, 0);
	rib_peer_down(rib, peers[0], FAMILY_BIT(FAMILY_IP4));
	work();
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 1);
	rib_peer_llgr(rib, peers[0], FAMILY_IP4);
	work();
	assert_int_equal(told[0], 2); /* anything else is better */
	assert_int_equal(told[1], 0); /* NO_LLGR */
	assert_int_equal(peers[0]->received[FAMILY_IP4], 1);
	assert_int_equal(peers[0]->stale[FAMILY_IP4], 1);
	withdraw(1, &p0);
	work();
	assert_int_equal(told[0], 1); /* and better than nothing */
	/* the peer is back: what it says again is as good as ever */
	announce(0, &p1, &a, 0);
	rib_peer_sweep(rib, peers[0], FAMILY_IP4);
	announce(1, &p0, &b, 0);
	work();
	assert_int_equal(told[0], 2);
	assert_int_equal(told[1], 1);
	teardown_rib();
}

/* A peer may refresh for ever, and announce one path in each round or none (RFC 7313). */
static void refreshes_for_ever(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix p0 = prefix_of(0), p1 = prefix_of(1);

	(void)state;
	setup_rib();
	announce(0, &p1, &a, 0);
	for (int i = 0; i < 70000; i++) {
		announce(0, &p0, &a, 0);
		assert_int_equal(peers[0]->received[FAMILY_IP4], 2);
		assert_int_equal(peers[0]->stale[FAMILY_IP4], i ? 1 : 0);
		rib_peer_mark_stale(rib, peers[0], FAMILY_IP4);
	}
	work();
	assert_int_equal(told[0], 1);
	assert_true(rib_path_stale(rib, rib_find(rib, &p1), &rib_find(rib, &p1)->paths[0]));
	rib_peer_sweep(rib, peers[0], FAMILY_IP4);
	work();
	assert_int_equal(told[0], 0);
	assert_int_equal(told[1], 0);
	assert_int_equal(peers[0]->received[FAMILY_IP4], 0);
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], 0);
	teardown_rib();
}

/* Equals beyond maximum-paths are not used: the older ones stay. */
static void maximum_paths(void **state)
{
	uint8_t path[PEERS][256];
	struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 2};
	struct prefix p = prefix_of(0);

	(void)state;
	setup_rib();
	rib_set_conf(rib, &conf);
	for (unsigned int k = PEERS; k > 0; k--) {
		struct attr_set s = set_of(k - 1, 2, path[k - 1]);

		announce(k - 1, &p, &s, 0);
	}
	work();
	assert_int_equal(told[0], 1 << 3 | 1 << 2);
	withdraw(3, &p);
	work();
	assert_int_equal(told[0], 1 << 2 | 1 << 1);
	conf.maximum_paths = 32;
	rib_set_conf(rib, &conf);
	work();
	assert_int_equal(told[0], 1 << 2 | 1 << 1 | 1);
	teardown_rib();
}

/* The same attributes over two links: two next hops. */
static void one_address_on_two_links(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix p = prefix_of(0);
	const struct rib_entry *e;

	(void)state;
	setup_rib();
	a.nexthop = test_addr("2001:db8::1");
	a.nexthop_local = test_addr("fe80::1");
	peers[0]->ifindex = 1;
	peers[1]->ifindex = 2;
	announce(0, &p, &a, 0);
	announce(1, &p, &a, 0);
	work();
	e = rib_find(rib, &p);
	assert_int_equal(e->n_multipath, 2);
	assert_ptr_equal(rib_path_attrs(rib, &e->paths[0]), rib_path_attrs(rib, &e->paths[1]));
	for (uint32_t i = 0; i < 2; i++) {
		const struct nexthop *nh = rib_path_nexthop(rib, &e->paths[i]);

		assert_int_equal(nh->n_hops, 1);
		assert_int_equal(nh->hops[0].ifindex, i + 1);
		assert_true(rib_path_usable(rib, e, &e->paths[i]));
	}
	teardown_rib();
}

/* More of everything than tables begin with; in the end nothing is left. */
static void many_routes(void **state)
{
	uint8_t path[256];
	struct rib_stats st;

	(void)state;
	setup_rib();
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 6000; i++) {
			unsigned int k = i % PEERS;
			struct attr_set a = set_of(k, 2, path);
			struct addr addr = addr_ip4(0xac200000 + (i << 6));
			struct prefix p = prefix_make(&addr, 26);

			a.med = i % 700;
			a.has |= ATTR_HAS_MED;
			announce(k, &p, &a, 0);
		}
		work();
		rib_stats(rib, &st);
		assert_int_equal(st.entries, 6000);
		assert_int_equal(st.paths, 6000);
		assert_int_equal(st.attrs, 700);
		rib_peer_down(rib, peers[round], 0);
		work();
		rib_stats(rib, &st);
		assert_int_equal(st.entries, 4500);
	}
	for (unsigned int k = 0; k < PEERS; k++)
		rib_peer_down(rib, peers[k], 0);
	work();
	rib_stats(rib, &st);
	assert_int_equal(st.entries, 0);
	assert_int_equal(st.paths, 0);
	assert_int_equal(st.attrs, 0);
	teardown_rib();
}

/* What comes to be connected, or an address of ours, is refused from then on, and taken when it is
 * no longer: at once, behind what a walk under way has passed, and for many. */
static void connected(void **state)
{
	uint8_t path[256];
	struct attr_set a = set_of(0, 2, path);
	struct prefix host = test_prefix("172.16.3.7/32"), p;
	uint64_t before;

	(void)state;
	setup_rib();
	tell_connected();
	for (unsigned int i = 0; i < PREFIXES; i++) {
		p = prefix_of(i);
		announce(0, &p, &a, 0);
	}
	announce(0, &host, &a, 0);
	work();
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], PREFIXES + 1);

	connect_subnet("172.16.8.0/22", 1, true);
	work();
	assert_int_equal(peers[0]->rejected[FAMILY_IP4][REJECT_CONNECTED], 4);
	assert_int_equal(told[8], 0);
	assert_int_equal(told[12], 1);
	connect_subnet("172.16.8.0/22", 1, false);
	work();
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], PREFIXES + 1);
	assert_int_equal(told[8], 1);

	/* a pod's route, an address of a link, the same again: nothing is decided for them */
	connect_subnet("172.16.3.7/32", 1, true);
	work();
	assert_int_equal(peers[0]->rejected[FAMILY_IP4][REJECT_CONNECTED], 1);
	connect_subnet("172.16.3.7/32", 1, false);
	work();
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], PREFIXES + 1);
	before = decisions_so_far();
	connect_subnet("10.233.0.5/32", 1, true);
	connect_subnet("10.233.0.5/32", 1, true);
	connect_subnet("fe80::/64", 1, true);
	connect_subnet("fe80::1/128", 2, true);
	connect_subnet("2001:db8::/64", 1, true);
	assert_false(rib_busy(rib));
	assert_int_equal(decisions_so_far(), before);

	/* two, the second while a walk for the first has passed its place; and too many */
	connect_subnet("172.16.8.0/22", 1, true);
	rib_work(rib, 20);
	connect_subnet("172.16.0.0/23", 1, true);
	work();
	assert_int_equal(peers[0]->rejected[FAMILY_IP4][REJECT_CONNECTED], 6);
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct kroute r = {.table = 254, .type = 1, .n_hops = 1, .prefix = prefix_of(i)};

		r.hops[0].ifindex = 1;
		nexthop_kroute_add(nexthops, &r);
	}
	tell_connected();
	work();
	assert_int_equal(peers[0]->rejected[FAMILY_IP4][REJECT_CONNECTED], PREFIXES + 1);

	/* their next hop comes to be an address of ours */
	p = test_prefix("10.90.224.98/32");
	a = set_of(0, 2, path);
	host = test_prefix("203.0.113.0/24");
	announce(0, &host, &a, 0);
	work();
	assert_int_equal(peers[0]->accepted[FAMILY_IP4], 1);
	connect_subnet("10.90.224.98/32", 2, true);
	work();
	assert_int_equal(peers[0]->rejected[FAMILY_IP4][REJECT_NEXT_HOP_SELF], 1);
	teardown_rib();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imports),
		cmocka_unit_test(decisions),
		cmocka_unit_test(nearer_next_hops),
		cmocka_unit_test(next_hops),
		cmocka_unit_test(sessions),
		cmocka_unit_test(policy),
		cmocka_unit_test(walking),
		cmocka_unit_test(updates),
		cmocka_unit_test(tells_what_changes),
		cmocka_unit_test(long_lived_stale),
		cmocka_unit_test(refreshes_for_ever),
		cmocka_unit_test(maximum_paths),
		cmocka_unit_test(one_address_on_two_links),
		cmocka_unit_test(many_routes),
		cmocka_unit_test(connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
