/* Import: each reason to refuse a path, in its order, and what becomes of the attributes of those
 * that are not. */
#include "test/unit/test.h"

#include "agent/rib/import.h"

#define LOCAL_AS 65000
#define PEER_AS  65001

static struct nexthop_table *nexthops;
static struct policy *policy;
static struct rib_conf conf;
static struct rib_peer peer;
static struct attr_set set;
static struct prefix own, network, prefix;
static uint8_t scratch[POLICY_SCRATCH];
static uint8_t path[64];

static void set_path(size_t n, const uint32_t *asns)
{
	struct wr wr = wr_init(path, sizeof(path));

	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		wr_u32(&wr, asns[i]);
	set.as_path = path;
	set.as_path_len = (uint16_t)wr_len(&wr);
}

#define SET_PATH(...) \
	set_path(sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

static void add_route(const char *p, uint32_t table, uint8_t type)
{
	struct kroute r = {.table = table, .type = type, .n_hops = 1};

	r.prefix = test_prefix(p);
	r.hops[0].ifindex = 3;
	nexthop_kroute_add(nexthops, &r);
}

static int setup_import(void **state)
{
	(void)state;
	nexthops = nexthop_table_new();
	policy = policy_new();
	add_route("10.90.224.0/24", 254, 1);
	add_route("10.90.224.105/32", 255, 2);
	add_route("2001:db8:1::/64", 254, 1);
	add_route("fe80::105/128", 255, 2);
	add_route("2001:db8:1::105/128", 255, 2);
	own = test_prefix("10.233.0.0/24");
	network = test_prefix("172.20.0.0/16");
	prefix = test_prefix("10.233.7.0/24");
	conf = (struct rib_conf){.local_as = LOCAL_AS,
				 .router_id = 77,
				 .own = &own,
				 .n_own = 1,
				 .networks = &network,
				 .n_networks = 1,
				 .policy = policy};
	peer = (struct rib_peer){.addr = test_addr("10.90.224.98"),
				 .remote_as = PEER_AS,
				 .enforce_first_as = true,
				 .allowas_in = 1,
				 .role = ROLE_NONE};
	set = (struct attr_set){.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
				.nexthop = test_addr("10.90.224.98")};
	SET_PATH(PEER_AS, LOCAL_AS);
	return 0;
}

static int teardown_import(void **state)
{
	(void)state;
	policy_free(policy);
	nexthop_table_free(nexthops);
	return 0;
}

static void expect(enum reject want)
{
	struct attr_set copy = set;
	enum reject got = import_path(&conf, nexthops, &peer, &prefix, &copy, scratch);

	if (got != want)
		fail_msg("%s, not %s", reject_str(got), reject_str(want));
}

/* What is used instead of what was received. */
static struct attr_set imported(void)
{
	struct attr_set copy = set;

	assert_int_equal(import_path(&conf, nexthops, &peer, &prefix, &copy, scratch), REJECT_NONE);
	return copy;
}

static void for_prefix(const char *p, enum reject want)
{
	struct prefix before = prefix;

	prefix = test_prefix(p);
	expect(want);
	prefix = before;
}

static void loops(void **state)
{
	(void)state;
	expect(REJECT_NONE);
	SET_PATH(PEER_AS, LOCAL_AS, LOCAL_AS);
	expect(REJECT_AS_LOOP);
	peer.allowas_in = 2;
	expect(REJECT_NONE);
	peer.allowas_in = 0;
	SET_PATH(PEER_AS, LOCAL_AS);
	expect(REJECT_AS_LOOP);
	SET_PATH(PEER_AS, 65002);
	expect(REJECT_NONE);
	/* of a peer of our own AS as it is configured, too */
	peer.ibgp = true;
	peer.remote_as = LOCAL_AS;
	peer.enforce_first_as = false;
	SET_PATH(PEER_AS, LOCAL_AS);
	expect(REJECT_AS_LOOP);
	peer.allowas_in = 1;
	expect(REJECT_NONE);
	/* the AS that we are to this peer is ours as well */
	peer.local_as = 64999;
	SET_PATH(PEER_AS, 64999);
	expect(REJECT_NONE);
	SET_PATH(PEER_AS, 64999, 64999);
	expect(REJECT_AS_LOOP);
	SET_PATH(PEER_AS, 64999, LOCAL_AS);
	expect(REJECT_AS_LOOP);
	peer.local_as = LOCAL_AS; /* counted once */
	SET_PATH(PEER_AS, LOCAL_AS);
	expect(REJECT_NONE);
}

static void originator(void **state)
{
	(void)state;
	set.has |= ATTR_HAS_ORIGINATOR_ID;
	set.originator_id = 78;
	expect(REJECT_NONE);
	set.originator_id = 77;
	expect(REJECT_ORIGINATOR);
	set.has &= ~(uint32_t)ATTR_HAS_ORIGINATOR_ID;
	expect(REJECT_NONE);
}

/* RFC 4456 section 8: round through a cluster that is said to be ours. */
static void cluster_list(void **state)
{
	static const uint8_t others[] = {0, 0, 0, 78, 0, 0, 77, 0},
			     ours[] = {0, 0, 0, 78, 0, 0, 0, 77};

	(void)state;
	set.cluster_list = others;
	set.cluster_list_len = sizeof(others);
	expect(REJECT_NONE);
	set.cluster_list = ours;
	expect(REJECT_CLUSTER);
	set.cluster_list_len = 4;
	expect(REJECT_NONE);
}

/* RFC 9234 section 5, by our role towards the peer. */
static void otc_in(void **state)
{
	static const struct {
		uint8_t role;
		uint32_t otc;
		enum reject want;
	} rows[] = {
		{ROLE_PROVIDER, 65009, REJECT_OTC},   {ROLE_PROVIDER, PEER_AS, REJECT_OTC},
		{ROLE_RS, 65009, REJECT_OTC},         {ROLE_PEER, 65009, REJECT_OTC},
		{ROLE_PEER, PEER_AS, REJECT_NONE},    {ROLE_CUSTOMER, 65009, REJECT_NONE},
		{ROLE_RS_CLIENT, 65009, REJECT_NONE}, {ROLE_NONE, 65009, REJECT_NONE},
	};

	(void)state;
	set.has |= ATTR_HAS_OTC;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		peer.role = rows[i].role;
		set.otc = rows[i].otc;
		expect(rows[i].want);
		if (!rows[i].want)
			assert_int_equal(imported().otc, rows[i].otc);
	}
	peer.role = ROLE_PROVIDER;
	peer.ibgp = true; /* roles are between ASes */
	expect(REJECT_NONE);
}

static void otc_marked(void **state)
{
	static const struct {
		uint8_t role;
		bool marked;
	} rows[] = {
		{ROLE_PROVIDER, false}, {ROLE_RS, false},      {ROLE_NONE, false},
		{ROLE_PEER, true},      {ROLE_CUSTOMER, true}, {ROLE_RS_CLIENT, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct attr_set s;

		peer.role = rows[i].role;
		s = imported();
		assert_int_equal((s.has & ATTR_HAS_OTC) != 0, rows[i].marked);
		assert_int_equal(s.otc, rows[i].marked ? PEER_AS : 0);
	}
}

static void destinations(void **state)
{
	(void)state;
	for_prefix("10.233.0.0/24", REJECT_OWN_PREFIX);
	for_prefix("10.233.0.5/32", REJECT_OWN_PREFIX);
	for_prefix("10.233.0.128/25", REJECT_OWN_PREFIX);
	for_prefix("10.233.0.0/23", REJECT_NONE); /* our own is the longer one */
	/* a network is refused itself; what is inside it may be anybody's */
	for_prefix("172.20.0.0/16", REJECT_OWN_PREFIX);
	for_prefix("172.20.1.0/24", REJECT_NONE);
	for_prefix("172.16.0.0/12", REJECT_NONE);
	for_prefix("0.0.0.0/0", REJECT_DEFAULT_ROUTE);
	for_prefix("::/0", REJECT_DEFAULT_ROUTE);
	for_prefix("127.0.0.0/8", REJECT_MARTIAN);
	for_prefix("169.254.1.1/32", REJECT_MARTIAN);
	for_prefix("224.0.0.0/4", REJECT_MARTIAN);
	for_prefix("fe80::/64", REJECT_MARTIAN);
	for_prefix("10.90.224.0/24", REJECT_CONNECTED);
	for_prefix("10.90.224.64/26", REJECT_CONNECTED);
	for_prefix("10.90.0.0/16", REJECT_NONE);
	for_prefix("2001:db8:1::/64", REJECT_CONNECTED);
	for_prefix("2001:db8:2::/64", REJECT_NONE);
}

static void next_hops(void **state)
{
	static const char *const none[] = {"10.90.224.105", "0.0.0.0", "127.0.0.1", "224.0.0.5",
					   "240.0.0.1",     "::1",     "::",        "ff02::1",
					   "fe80::105"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		set.nexthop = test_addr(none[i]);
		expect(REJECT_NEXT_HOP_SELF);
	}
	set.nexthop = test_addr("10.90.224.99"); /* a third party's */
	expect(REJECT_NONE);
	set.has &= ~(uint32_t)ATTR_HAS_NEXT_HOP;
	expect(REJECT_NEXT_HOP_SELF);
}

/* RFC 2545: which of two addresses is used. */
static void link_local_next_hops(void **state)
{
	struct addr global = test_addr("2001:db8:1::1"), local = test_addr("fe80::1");

	(void)state;
	set.nexthop = global;
	set.nexthop_local = local;
	assert_true(addr_eq(import_next_hop(&peer, &set), &global));
	peer.ifindex = 3;
	assert_true(addr_eq(import_next_hop(&peer, &set), &local));
	expect(REJECT_NONE);
	set.nexthop_local = test_addr("fe80::105"); /* our own */
	expect(REJECT_NEXT_HOP_SELF);
	peer.ifindex = 0; /* it is not used */
	expect(REJECT_NONE);
	set.nexthop_local = (struct addr){.afi = AFI_NONE};
	peer.ifindex = 3;
	assert_true(addr_eq(import_next_hop(&peer, &set), &global));
	/* a route through us is none, whoever would carry it there */
	set.nexthop = test_addr("2001:db8:1::105");
	set.nexthop_local = local;
	expect(REJECT_NEXT_HOP_SELF);
	peer.ifindex = 0;
	expect(REJECT_NEXT_HOP_SELF);
}

static void first_as(void **state)
{
	(void)state;
	SET_PATH(65009, PEER_AS);
	expect(REJECT_FIRST_AS);
	peer.enforce_first_as = false;
	expect(REJECT_NONE);
	peer.enforce_first_as = true;
	set.as_path_len = 0;
	set.as_path = NULL;
	expect(REJECT_FIRST_AS);
}

static void policies(void **state)
{
	struct prefix_list_entry pods = {.seq = 10, .permit = true, .ge = 24, .le = 24};
	struct route_map_entry deny = {.seq = 10, .permit = false},
			       raise = {.seq = 10, .permit = true};
	uint8_t shut[4] = {0xff, 0xff, 0, 0};

	(void)state;
	pods.prefix = test_prefix("10.233.0.0/16");
	raise.set_local_pref = true;
	raise.local_pref = 300;
	assert_true(policy_prefix_list_add(policy, "PODS", &pods));
	assert_true(policy_route_map_add(policy, "DENY", &deny));
	assert_true(policy_route_map_add(policy, "RAISE", &raise));
	peer.import_prefix_list[FAMILY_IP4] = "PODS";
	expect(REJECT_NONE);
	for_prefix("10.233.7.0/25", REJECT_PREFIX_LIST);
	for_prefix("172.16.0.0/16", REJECT_PREFIX_LIST);
	for_prefix("2001:db8:2::/64", REJECT_NONE); /* of the other family */
	peer.import_route_map[FAMILY_IP4] = "DENY";
	expect(REJECT_ROUTE_MAP);
	for_prefix("172.16.0.0/16", REJECT_PREFIX_LIST);
	peer.import_route_map[FAMILY_IP4] = "RAISE";
	assert_int_equal(imported().local_pref, 300);
	/* the operator's word is the last, about a peer that is going, too (RFC 8326) */
	set.communities = shut;
	set.communities_len = 4;
	assert_int_equal(imported().local_pref, 300);
	peer.import_prefix_list[FAMILY_IP4] = "GONE"; /* a list that is not there permits nothing */
	expect(REJECT_PREFIX_LIST);
}

static void local_preference(void **state)
{
	uint8_t shut[8] = {0, 1, 0, 1, 0xff, 0xff, 0, 0};

	(void)state;
	/* of another AS it means nothing */
	set.has |= ATTR_HAS_LOCAL_PREF;
	set.local_pref = 500;
	assert_int_equal(imported().has & ATTR_HAS_LOCAL_PREF, 0);
	assert_int_equal(imported().local_pref, 0);
	peer.ibgp = true;
	assert_int_equal(imported().local_pref, 500);
	set.communities = shut;
	set.communities_len = 8;
	assert_int_equal(imported().local_pref, 0);
	assert_true(imported().has & ATTR_HAS_LOCAL_PREF);
	peer.ibgp = false;
	set.has &= ~(uint32_t)ATTR_HAS_LOCAL_PREF;
	assert_true(imported().has & ATTR_HAS_LOCAL_PREF);
	assert_int_equal(imported().local_pref, 0);
}

/* All that is wrong at once: the reasons come in the order of enum reject. */
static void reasons_in_order(void **state)
{
	struct route_map_entry deny = {.seq = 10, .permit = false};
	static const uint8_t own_cluster[] = {0, 0, 0, 77};

	(void)state;
	assert_true(policy_route_map_add(policy, "DENY", &deny));
	peer.import_prefix_list[FAMILY_IP4] = "GONE";
	peer.import_route_map[FAMILY_IP4] = "DENY";
	peer.role = ROLE_PROVIDER;
	set.nexthop = test_addr("10.90.224.105");
	set.has |= ATTR_HAS_ORIGINATOR_ID | ATTR_HAS_OTC;
	set.originator_id = 77;
	prefix = own = test_prefix("127.0.0.0/8");
	SET_PATH(65009, LOCAL_AS, LOCAL_AS);
	expect(REJECT_AS_LOOP);
	peer.allowas_in = 2;
	expect(REJECT_ORIGINATOR);
	set.originator_id = 1;
	set.cluster_list = own_cluster;
	set.cluster_list_len = 4;
	expect(REJECT_CLUSTER);
	set.cluster_list_len = 0;
	expect(REJECT_OTC);
	peer.role = ROLE_CUSTOMER;
	expect(REJECT_OWN_PREFIX);
	own = test_prefix("10.233.0.0/24");
	expect(REJECT_MARTIAN);
	prefix = test_prefix("10.90.224.0/24");
	expect(REJECT_CONNECTED);
	prefix = test_prefix("10.233.7.0/24");
	expect(REJECT_NEXT_HOP_SELF);
	set.nexthop = test_addr("10.90.224.98");
	expect(REJECT_FIRST_AS);
	peer.enforce_first_as = false;
	expect(REJECT_PREFIX_LIST);
	peer.import_prefix_list[FAMILY_IP4] = NULL;
	expect(REJECT_ROUTE_MAP);
	peer.import_route_map[FAMILY_IP4] = NULL;
	expect(REJECT_NONE);
	for (int r = 0; r < REJECT_COUNT; r++)
		assert_true(strlen(reject_str((enum reject)r)) > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_import, teardown_import)
	const struct CMUnitTest tests[] = {
		TEST(loops),     TEST(originator),           TEST(cluster_list),
		TEST(otc_in),    TEST(otc_marked),           TEST(destinations),
		TEST(next_hops), TEST(link_local_next_hops), TEST(first_as),
		TEST(policies),  TEST(local_preference),     TEST(reasons_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
