/* rtnl_decode: what each message of the kernel's tells, and what tells nothing. */
#include "test/unit/test.h"

#include "agent/io/rtnl_impl.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <sys/socket.h>

#define TABLE    100u
#define METRIC   20u
#define PROTOCOL 186

static const struct rtnl_conf conf = {.table = RT_TABLE_MAIN,
				      .protocol = PROTOCOL,
				      .metric = METRIC,
				      .id_base = 1000,
				      .id_count = 100};

/* ---- what was told ----------------------------------------------------------------------------
 */

static struct {
	unsigned int n; /* calls of any kind */
	const char *what;
	uint32_t ifindex, id;
	char name[16];
	bool yes; /* up, or added */
	bool discard;
	struct prefix prefix;
	struct addr addr;
	struct kroute kroute;
	struct hop hop;
	uint32_t members[FIB_HOPS_MAX];
	size_t n_members;
} told;

static void tell(const char *what)
{
	told.n++;
	told.what = what;
}

static void on_link(void *ctx, uint32_t ifindex, const char *name, bool up)
{
	(void)ctx;
	tell("link");
	told.ifindex = ifindex;
	snprintf(told.name, sizeof(told.name), "%s", name);
	told.yes = up;
}

static void on_link_gone(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	tell("link gone");
	told.ifindex = ifindex;
}

static void on_addr(void *ctx, uint32_t ifindex, const struct prefix *subnet, const struct addr *a,
		    bool added)
{
	(void)ctx;
	tell("addr");
	told.ifindex = ifindex;
	told.prefix = *subnet;
	told.addr = *a;
	told.yes = added;
}

static void on_neigh_failed(void *ctx, uint32_t ifindex, const struct addr *a)
{
	(void)ctx;
	tell("neigh failed");
	told.ifindex = ifindex;
	told.addr = *a;
}

static void on_kroute(void *ctx, const struct kroute *r, bool added)
{
	(void)ctx;
	tell(told.what ? "foreign and kroute" : "kroute");
	told.kroute = *r;
	told.yes = added;
}

static void on_our_route(void *ctx, const struct prefix *p, uint32_t id, bool discard, bool added)
{
	(void)ctx;
	tell("our route");
	told.prefix = *p;
	told.id = id;
	told.discard = discard;
	told.yes = added;
}

static void on_foreign_route(void *ctx, const struct prefix *p, bool added)
{
	(void)ctx;
	tell("foreign");
	told.prefix = *p;
	told.yes = added;
}

static void on_our_nexthop(void *ctx, uint32_t id, const struct hop *hop)
{
	(void)ctx;
	tell("our nexthop");
	told.id = id;
	told.hop = *hop;
}

static void on_our_group(void *ctx, uint32_t id, const uint32_t *members, size_t n)
{
	(void)ctx;
	tell("our group");
	told.id = id;
	told.n_members = n;
	memcpy(told.members, members, n * sizeof(*members));
}

static void on_object_gone(void *ctx, uint32_t id)
{
	(void)ctx;
	tell("object gone");
	told.id = id;
}

static void on_id_taken(void *ctx, uint32_t id)
{
	(void)ctx;
	tell("id taken");
	told.id = id;
}

static const struct rtnl_ops ops = {
	.link = on_link,
	.link_gone = on_link_gone,
	.addr = on_addr,
	.neigh_failed = on_neigh_failed,
	.kroute = on_kroute,
	.our_route = on_our_route,
	.foreign_route = on_foreign_route,
	.our_nexthop = on_our_nexthop,
	.our_group = on_our_group,
	.object_gone = on_object_gone,
	.id_taken = on_id_taken,
};

/* ---- messages ---------------------------------------------------------------------------------
 */

static char buf[16384] __attribute__((aligned(8)));
static struct nlmsghdr *msg;

static void *begin(uint16_t type, size_t header)
{
	memset(buf, 0, sizeof(buf));
	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = type;
	return mnl_nlmsg_put_extra_header(msg, header);
}

static void put_addr(uint16_t type, const char *s)
{
	struct addr a = test_addr(s);

	mnl_attr_put(msg, type, afi_bits(a.afi) / 8, a.b);
}

/* Decodes; what it told, or "nothing". */
static const char *decoded(void)
{
	struct nlmsghdr *alone = malloc(msg->nlmsg_len); /* so that reading further is noticed */

	assert_non_null(alone);
	memcpy(alone, msg, msg->nlmsg_len);
	memset(&told, 0, sizeof(told));
	rtnl_decode(&conf, &ops, NULL, alone);
	free(alone);
	return told.what ? told.what : "nothing";
}

/* And that all of it has to be there: cut off anywhere in the header it tells nothing. */
static void check(const char *what, size_t header)
{
	uint32_t whole = msg->nlmsg_len;

	for (uint32_t len = NLMSG_HDRLEN; len < NLMSG_HDRLEN + header; len++) {
		msg->nlmsg_len = len;
		assert_string_equal(decoded(), "nothing");
	}
	msg->nlmsg_len = whole;
	assert_string_equal(decoded(), what);
}

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_STRLEN];

	assert_string_equal(a->afi ? addr_str(a, text) : "none", want);
}

static void assert_prefix(const struct prefix *p, const char *want)
{
	char text[PREFIX_STRLEN];

	assert_string_equal(prefix_str(p, text), want);
}

/* ---- links, addresses, neighbours -------------------------------------------------------------
 */

static void links(void **state)
{
	static const struct {
		unsigned int flags;
		bool up;
	} cases[] = {
		{IFF_UP | IFF_RUNNING, true}, {IFF_UP, false}, {IFF_RUNNING, false}, {0, false}};
	struct ifinfomsg *ifi;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ifi = begin(RTM_NEWLINK, sizeof(*ifi));
		ifi->ifi_index = 7;
		ifi->ifi_flags = cases[i].flags;
		mnl_attr_put_strz(msg, IFLA_IFNAME, "eth1");
		check("link", sizeof(*ifi));
		assert_int_equal(told.ifindex, 7);
		assert_string_equal(told.name, "eth1");
		assert_int_equal(told.yes, cases[i].up);
	}
	/* a name without an end is none */
	ifi = begin(RTM_NEWLINK, sizeof(*ifi));
	mnl_attr_put(msg, IFLA_IFNAME, 4, "eth1");
	check("link", sizeof(*ifi));
	assert_string_equal(told.name, "");
	ifi = begin(RTM_DELLINK, sizeof(*ifi));
	ifi->ifi_index = 7;
	check("link gone", sizeof(*ifi));
	assert_int_equal(told.ifindex, 7);
	/* it leaves its bridge, and stays */
	ifi->ifi_family = AF_BRIDGE;
	check("nothing", sizeof(*ifi));
}

static void addresses(void **state)
{
	struct ifaddrmsg *ifa = begin(RTM_NEWADDR, sizeof(*ifa));

	(void)state;
	ifa->ifa_family = AF_INET;
	ifa->ifa_index = 3;
	ifa->ifa_prefixlen = 24;
	put_addr(IFA_ADDRESS, "10.0.7.9");
	put_addr(IFA_LOCAL, "10.0.7.9");
	check("addr", sizeof(*ifa));
	assert_int_equal(told.ifindex, 3);
	assert_true(told.yes);
	assert_prefix(&told.prefix, "10.0.7.0/24");
	assert_addr(&told.addr, "10.0.7.9");
	msg->nlmsg_type = RTM_DELADDR;
	check("addr", sizeof(*ifa));
	assert_false(told.yes);
	ifa->ifa_prefixlen = 33;
	check("nothing", sizeof(*ifa));
	ifa->ifa_prefixlen = 24;
	ifa->ifa_family = AF_BRIDGE;
	check("nothing", sizeof(*ifa));
	/* on a point-to-point link the subnet is the other end's */
	ifa = begin(RTM_NEWADDR, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 32;
	put_addr(IFA_ADDRESS, "10.0.8.1");
	put_addr(IFA_LOCAL, "10.0.7.9");
	check("addr", sizeof(*ifa));
	assert_addr(&told.addr, "10.0.7.9");
	assert_prefix(&told.prefix, "10.0.8.1/32");
	ifa = begin(RTM_NEWADDR, sizeof(*ifa));
	ifa->ifa_family = AF_INET6;
	ifa->ifa_prefixlen = 64;
	put_addr(IFA_ADDRESS, "2001:db8::9");
	check("addr", sizeof(*ifa));
	assert_prefix(&told.prefix, "2001:db8::/64");
	assert_addr(&told.addr, "2001:db8::9");
	/* of another length than its family's */
	ifa = begin(RTM_NEWADDR, sizeof(*ifa));
	ifa->ifa_family = AF_INET6;
	put_addr(IFA_ADDRESS, "10.0.7.9");
	check("nothing", sizeof(*ifa));
}

/* Only what does not answer is of interest; what is being asked for may yet. */
static void neighbours(void **state)
{
	static const struct {
		uint16_t state;
		const char *what;
	} cases[] = {
		{NUD_FAILED, "neigh failed"},
		{NUD_INCOMPLETE, "nothing"},
		{NUD_REACHABLE, "nothing"},
		{NUD_STALE, "nothing"},
		{NUD_PROBE, "nothing"},
		{NUD_DELAY, "nothing"},
		{NUD_PERMANENT, "nothing"},
		{NUD_NOARP, "nothing"},
		{0, "nothing"},
	};
	struct ndmsg *nd;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nd = begin(RTM_NEWNEIGH, sizeof(*nd));
		nd->ndm_family = AF_INET6;
		nd->ndm_ifindex = 5;
		nd->ndm_state = cases[i].state;
		put_addr(NDA_DST, "fe80::7");
		check(cases[i].what, sizeof(*nd));
	}
	nd->ndm_state = NUD_FAILED;
	check("neigh failed", sizeof(*nd));
	assert_int_equal(told.ifindex, 5);
	assert_addr(&told.addr, "fe80::7");
	/* forgotten is not failed */
	msg->nlmsg_type = RTM_DELNEIGH;
	check("nothing", sizeof(*nd));
	/* a bridge's are MAC addresses, and one without an address is nobody */
	msg->nlmsg_type = RTM_NEWNEIGH;
	nd->ndm_family = AF_BRIDGE;
	check("nothing", sizeof(*nd));
	nd = begin(RTM_NEWNEIGH, sizeof(*nd));
	nd->ndm_family = AF_INET;
	nd->ndm_state = NUD_FAILED;
	check("nothing", sizeof(*nd));
}

/* ---- routes -----------------------------------------------------------------------------------
 */

static struct rtmsg *begin_route(unsigned char family, uint32_t table, uint32_t metric,
				 unsigned char protocol)
{
	struct rtmsg *rtm = begin(RTM_NEWROUTE, sizeof(*rtm));

	rtm->rtm_family = family;
	rtm->rtm_dst_len = family == AF_INET ? 24 : 64;
	rtm->rtm_table = table < 256 ? (unsigned char)table : RT_TABLE_COMPAT;
	rtm->rtm_protocol = protocol;
	rtm->rtm_type = RTN_UNICAST;
	put_addr(RTA_DST, family == AF_INET ? "10.1.2.0" : "2001:db8:1::");
	mnl_attr_put_u32(msg, RTA_TABLE, table);
	mnl_attr_put_u32(msg, RTA_PRIORITY, metric);
	return rtm;
}

static void whose_routes(void **state)
{
	static const struct {
		uint32_t table, metric;
		unsigned char protocol, tos;
		const char *what;
	} cases[] = {
		{RT_TABLE_MAIN, METRIC, PROTOCOL, 0, "our route"},
		/* in the place of ours, and a route to be counted with */
		{RT_TABLE_MAIN, METRIC, RTPROT_STATIC, 0, "foreign and kroute"},
		/* beside it */
		{RT_TABLE_MAIN, METRIC, RTPROT_STATIC, 8, "kroute"},
		{RT_TABLE_MAIN, METRIC + 1, PROTOCOL, 0, "kroute"},
		{RT_TABLE_MAIN, METRIC + 1, RTPROT_STATIC, 0, "kroute"},
		{RT_TABLE_LOCAL, METRIC, PROTOCOL, 0, "kroute"},
		/* no packet of ours looks there */
		{TABLE, METRIC, PROTOCOL, 0, "nothing"},
		{1000, METRIC, RTPROT_STATIC, 0, "nothing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rtmsg *rtm = begin_route(i % 2 ? AF_INET6 : AF_INET, cases[i].table,
						cases[i].metric, cases[i].protocol);

		rtm->rtm_tos = cases[i].tos;
		check(cases[i].what, sizeof(*rtm));
		assert_true(!told.n || told.yes);
		msg->nlmsg_type = RTM_DELROUTE;
		assert_string_equal(decoded(), cases[i].what);
		assert_false(told.yes);
		/* what the cache has of it is none */
		rtm->rtm_flags = RTM_F_CLONED;
		assert_string_equal(decoded(), "nothing");
	}
}

static void our_routes(void **state)
{
	struct rtmsg *rtm = begin_route(AF_INET, RT_TABLE_MAIN, METRIC, PROTOCOL);

	(void)state;
	mnl_attr_put_u32(msg, RTA_NH_ID, 1007);
	check("our route", sizeof(*rtm));
	assert_prefix(&told.prefix, "10.1.2.0/24");
	assert_int_equal(told.id, 1007);
	assert_false(told.discard);
	rtm = begin_route(AF_INET6, RT_TABLE_MAIN, METRIC, PROTOCOL);
	rtm->rtm_type = RTN_BLACKHOLE;
	check("our route", sizeof(*rtm));
	assert_prefix(&told.prefix, "2001:db8:1::/64");
	assert_int_equal(told.id, 0);
	assert_true(told.discard);
	/* a default route has no destination; another one has */
	rtm = begin(RTM_NEWROUTE, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = PROTOCOL;
	mnl_attr_put_u32(msg, RTA_PRIORITY, METRIC);
	check("our route", sizeof(*rtm));
	assert_prefix(&told.prefix, "0.0.0.0/0");
	rtm->rtm_dst_len = 24;
	check("nothing", sizeof(*rtm));
	rtm->rtm_dst_len = 33;
	check("nothing", sizeof(*rtm));
	rtm->rtm_dst_len = 0;
	rtm->rtm_family = AF_BRIDGE;
	check("nothing", sizeof(*rtm));
}

static void hops_of_routes(void **state)
{
	uint8_t via[2 + 16] = {0};
	struct addr a = test_addr("fe80::1");
	uint16_t family = AF_INET6;
	struct rtmsg *rtm = begin_route(AF_INET, RT_TABLE_MAIN, 0, RTPROT_STATIC);

	(void)state;
	/* nothing that it goes over */
	check("kroute", sizeof(*rtm));
	assert_int_equal(told.kroute.n_hops, 0);
	mnl_attr_put_u32(msg, RTA_OIF, 4);
	check("kroute", sizeof(*rtm));
	assert_int_equal(told.kroute.n_hops, 1);
	assert_int_equal(told.kroute.hops[0].ifindex, 4);
	assert_addr(&told.kroute.hops[0].gateway, "none");
	put_addr(RTA_GATEWAY, "10.0.0.1");
	check("kroute", sizeof(*rtm));
	assert_addr(&told.kroute.hops[0].gateway, "10.0.0.1");
	/* RFC 8950 */
	rtm = begin_route(AF_INET, RT_TABLE_MAIN, 0, RTPROT_STATIC);
	mnl_attr_put_u32(msg, RTA_OIF, 4);
	memcpy(via, &family, 2);
	memcpy(via + 2, a.b, 16);
	mnl_attr_put(msg, RTA_VIA, sizeof(via), via);
	check("kroute", sizeof(*rtm));
	assert_addr(&told.kroute.hops[0].gateway, "fe80::1");
	/* of another length than its family's */
	rtm = begin_route(AF_INET, RT_TABLE_MAIN, 0, RTPROT_STATIC);
	mnl_attr_put_u32(msg, RTA_OIF, 4);
	mnl_attr_put(msg, RTA_VIA, 6, via);
	check("kroute", sizeof(*rtm));
	assert_addr(&told.kroute.hops[0].gateway, "none");
	for (size_t i = 0; i < 3; i++) {
		static const unsigned char types[] = {RTN_BROADCAST, RTN_MULTICAST, RTN_ANYCAST};

		rtm->rtm_type = types[i];
		check("nothing", sizeof(*rtm));
	}
}

static void put_hop(uint32_t ifindex, const char *gateway)
{
	struct rtnexthop *rtnh = mnl_nlmsg_get_payload_tail(msg);

	memset(rtnh, 0, sizeof(*rtnh));
	rtnh->rtnh_ifindex = (int)ifindex;
	msg->nlmsg_len += sizeof(*rtnh);
	if (gateway)
		put_addr(RTA_GATEWAY, gateway);
	rtnh->rtnh_len = (unsigned short)((char *)mnl_nlmsg_get_payload_tail(msg) - (char *)rtnh);
}

static void several_hops(void **state)
{
	struct rtmsg *rtm = begin_route(AF_INET, RT_TABLE_MAIN, 0, RTPROT_STATIC);
	struct nlattr *nest = mnl_attr_nest_start(msg, RTA_MULTIPATH);
	struct rtnexthop *first = mnl_nlmsg_get_payload_tail(msg);
	unsigned int all;

	(void)state;
	put_hop(1, "10.0.1.1");
	put_hop(2, NULL);
	put_hop(3, "10.0.3.1");
	mnl_attr_nest_end(msg, nest);
	all = mnl_attr_get_payload_len(nest);
	check("kroute", sizeof(*rtm));
	assert_int_equal(told.kroute.n_hops, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(told.kroute.hops[i].ifindex, i + 1);
	assert_addr(&told.kroute.hops[0].gateway, "10.0.1.1");
	assert_addr(&told.kroute.hops[1].gateway, "none");
	assert_addr(&told.kroute.hops[2].gateway, "10.0.3.1");
	/* lengths that lead nowhere: no endless way through it, and nothing beyond its end */
	for (unsigned int len = 0; len < 200; len++) {
		first->rtnh_len = (unsigned short)len;
		check("kroute", sizeof(*rtm));
		assert_true(told.kroute.n_hops <= 5);
		assert_true((len >= sizeof(*first) && len <= all) || !told.kroute.n_hops);
	}
	/* more than are looked at */
	rtm = begin_route(AF_INET, RT_TABLE_MAIN, 0, RTPROT_STATIC);
	nest = mnl_attr_nest_start(msg, RTA_MULTIPATH);
	for (uint32_t i = 0; i < NEXTHOP_HOPS_MAX + 5; i++)
		put_hop(i + 1, "10.0.1.1");
	mnl_attr_nest_end(msg, nest);
	check("kroute", sizeof(*rtm));
	assert_int_equal(told.kroute.n_hops, NEXTHOP_HOPS_MAX);
}

/* ---- objects ----------------------------------------------------------------------------------
 */

static struct nhmsg *begin_nexthop(uint16_t type, uint32_t id, unsigned char protocol)
{
	struct nhmsg *nh = begin(type, sizeof(*nh));

	nh->nh_protocol = protocol;
	mnl_attr_put_u32(msg, NHA_ID, id);
	return nh;
}

static void objects(void **state)
{
	struct nexthop_grp grp[FIB_HOPS_MAX + 3] = {0};
	struct nhmsg *nh = begin_nexthop(RTM_NEWNEXTHOP, 1005, PROTOCOL);

	(void)state;
	nh->nh_family = AF_INET6;
	mnl_attr_put_u32(msg, NHA_OIF, 9);
	put_addr(NHA_GATEWAY, "fe80::5");
	check("our nexthop", sizeof(*nh));
	assert_int_equal(told.id, 1005);
	assert_int_equal(told.hop.ifindex, 9);
	assert_addr(&told.hop.gateway, "fe80::5");
	/* not made as ours are: a blackhole, or one without a gateway */
	nh = begin_nexthop(RTM_NEWNEXTHOP, 1005, PROTOCOL);
	check("id taken", sizeof(*nh));
	assert_int_equal(told.id, 1005);
	/* of somebody else, with a number of ours */
	nh = begin_nexthop(RTM_NEWNEXTHOP, 1099, RTPROT_STATIC);
	nh->nh_family = AF_INET6;
	mnl_attr_put_u32(msg, NHA_OIF, 9);
	put_addr(NHA_GATEWAY, "fe80::5");
	check("id taken", sizeof(*nh));
	assert_int_equal(told.id, 1099);
	/* none of our numbers, whoever has it */
	for (uint32_t id = 999; id <= 1100; id += 101) {
		nh = begin_nexthop(RTM_NEWNEXTHOP, id, PROTOCOL);
		check("nothing", sizeof(*nh));
		msg->nlmsg_type = RTM_DELNEXTHOP;
		check("nothing", sizeof(*nh));
	}
	nh = begin_nexthop(RTM_DELNEXTHOP, 1000, 0);
	check("object gone", sizeof(*nh));
	assert_int_equal(told.id, 1000);
	for (uint32_t i = 0; i < FIB_HOPS_MAX + 3; i++)
		grp[i].id = 1001 + i;
	for (uint32_t n = 2; n <= FIB_HOPS_MAX + 3; n += FIB_HOPS_MAX + 1) {
		nh = begin_nexthop(RTM_NEWNEXTHOP, 1000, PROTOCOL);
		mnl_attr_put(msg, NHA_GROUP, n * sizeof(grp[0]), grp);
		check("our group", sizeof(*nh));
		assert_int_equal(told.n_members, n > FIB_HOPS_MAX ? FIB_HOPS_MAX : n);
		for (uint32_t i = 0; i < told.n_members; i++)
			assert_int_equal(told.members[i], 1001 + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),        cmocka_unit_test(addresses),
		cmocka_unit_test(neighbours),   cmocka_unit_test(whose_routes),
		cmocka_unit_test(our_routes),   cmocka_unit_test(hops_of_routes),
		cmocka_unit_test(several_hops), cmocka_unit_test(objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
