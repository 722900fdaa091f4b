/* rtnl_encode: the messages that operations become, read back as the kernel reads them: what is not
 * asked for there is as important as what is. */
#include "test/unit/test.h"

#include "agent/io/rtnl_impl.h"

#include <sys/socket.h>

#define PROTOCOL 186
#define METRIC   20u
#define TABLE    1000u

static const struct rtnl_conf conf = {.table = TABLE, .protocol = PROTOCOL, .metric = METRIC};

static char buf[RTNL_OP_BYTES] __attribute__((aligned(8)));
static const struct nlattr *attrs[64];
static struct fib_op op;

static struct hop hop_of(uint32_t ifindex, const char *gateway)
{
	return (struct hop){.ifindex = ifindex, .gateway = test_addr(gateway)};
}

static int take_attr(const struct nlattr *a, void *ctx)
{
	(void)ctx;
	assert_true(mnl_attr_get_type(a) < 64);
	assert_null(attrs[mnl_attr_get_type(a)]);
	attrs[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

/* Encodes op and takes apart what comes of it; returns the header behind the message's. */
static const void *encode(uint16_t type, uint16_t flags, size_t header)
{
	struct nlmsghdr *nlh;

	memset(buf, 0x5a, sizeof(buf)); /* nothing may rely on what was there */
	memset(attrs, 0, sizeof(attrs));
	op.seq = 0x100000007;
	nlh = rtnl_encode(&conf, &op, buf);
	assert_ptr_equal(nlh, buf);
	assert_true(nlh->nlmsg_len <= RTNL_OP_BYTES);
	assert_int_equal(nlh->nlmsg_type, type);
	assert_int_equal(nlh->nlmsg_flags, NLM_F_REQUEST | flags);
	assert_int_equal(nlh->nlmsg_seq, 7);
	mnl_attr_parse(nlh, (unsigned int)header, take_attr, NULL);
	return mnl_nlmsg_get_payload(nlh);
}

static void assert_u32(uint16_t type, uint32_t want)
{
	assert_non_null(attrs[type]);
	assert_int_equal(mnl_attr_get_payload_len(attrs[type]), 4);
	assert_int_equal(mnl_attr_get_u32(attrs[type]), want);
}

static void assert_address(const struct nlattr *a, const char *want)
{
	struct addr w = test_addr(want);

	assert_non_null(a);
	assert_int_equal(mnl_attr_get_payload_len(a), afi_bits(w.afi) / 8);
	assert_memory_equal(mnl_attr_get_payload(a), w.b, afi_bits(w.afi) / 8);
}

static unsigned int n_attrs(void)
{
	unsigned int n = 0;

	for (int i = 0; i < 64; i++)
		n += attrs[i] != NULL;
	return n;
}

static void objects(void **state)
{
	const struct nexthop_grp *grp;
	const struct nhmsg *nh;

	(void)state;
	op = (struct fib_op){.type = FIB_NEXTHOP_REPLACE, .id = 1005, .n = 1};
	op.hops[0] = hop_of(9, "10.0.0.1");
	nh = encode(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*nh));
	assert_int_equal(nh->nh_family, AF_INET);
	assert_int_equal(nh->nh_protocol, PROTOCOL);
	assert_u32(NHA_ID, 1005);
	assert_u32(NHA_OIF, 9);
	assert_address(attrs[NHA_GATEWAY], "10.0.0.1");
	assert_int_equal(n_attrs(), 3);
	op.hops[0] = hop_of(9, "fe80::1");
	nh = encode(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*nh));
	assert_int_equal(nh->nh_family, AF_INET6);
	assert_address(attrs[NHA_GATEWAY], "fe80::1");

	op = (struct fib_op){.type = FIB_GROUP_REPLACE, .id = 1000, .n = FIB_HOPS_MAX};
	for (uint32_t i = 0; i < FIB_HOPS_MAX; i++)
		op.members[i] = 2000 + i;
	nh = encode(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*nh));
	assert_int_equal(nh->nh_family, AF_UNSPEC);
	assert_int_equal(n_attrs(), 2);
	assert_u32(NHA_ID, 1000);
	assert_int_equal(mnl_attr_get_payload_len(attrs[NHA_GROUP]), FIB_HOPS_MAX * sizeof(*grp));
	grp = mnl_attr_get_payload(attrs[NHA_GROUP]);
	for (uint32_t i = 0; i < FIB_HOPS_MAX; i++) {
		assert_int_equal(grp[i].id, 2000 + i);
		assert_int_equal(grp[i].weight, 0); /* which is one */
	}

	/* the kernel takes no protocol with a deletion */
	op = (struct fib_op){.type = FIB_OBJECT_DEL, .id = 1000};
	nh = encode(RTM_DELNEXTHOP, 0, sizeof(*nh));
	assert_int_equal(nh->nh_protocol, 0);
	assert_int_equal(nh->nh_family, AF_UNSPEC);
	assert_u32(NHA_ID, 1000);
	assert_int_equal(n_attrs(), 1);
}

/* All that a route of ours says, whatever it leads to. */
static const struct rtmsg *route(uint16_t type, uint16_t flags, const char *dst)
{
	const struct rtmsg *rtm;

	op.prefix = test_prefix(dst);
	rtm = encode(type, flags, sizeof(*rtm));
	assert_int_equal(rtm->rtm_family, op.prefix.afi == AFI_IP4 ? AF_INET : AF_INET6);
	assert_int_equal(rtm->rtm_dst_len, op.prefix.len);
	assert_int_equal(rtm->rtm_protocol, PROTOCOL);
	assert_int_equal(rtm->rtm_table, RT_TABLE_COMPAT);
	assert_int_equal(rtm->rtm_tos, 0);
	assert_u32(RTA_TABLE, TABLE);
	assert_u32(RTA_PRIORITY, METRIC);
	assert_non_null(attrs[RTA_DST]);
	return rtm;
}

static void routes(void **state)
{
	static const struct {
		bool create, beside;
		uint16_t how;
	} cases[] = {{true, false, NLM_F_EXCL},
		     {false, true, NLM_F_APPEND},
		     {false, false, NLM_F_REPLACE}};
	const struct rtmsg *rtm;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		op = (struct fib_op){.type = FIB_ROUTE_REPLACE,
				     .id = 1007,
				     .create = cases[i].create,
				     .beside = cases[i].beside};
		rtm = route(RTM_NEWROUTE, NLM_F_CREATE | cases[i].how, "10.1.2.0/24");
		assert_int_equal(rtm->rtm_type, RTN_UNICAST);
		assert_int_equal(rtm->rtm_scope, RT_SCOPE_UNIVERSE);
		assert_address(attrs[RTA_DST], "10.1.2.0");
		assert_u32(RTA_NH_ID, 1007);
		assert_int_equal(n_attrs(), 4);
		route(RTM_NEWROUTE, NLM_F_CREATE | cases[i].how, "2001:db8::/48");
		assert_address(attrs[RTA_DST], "2001:db8::");
		assert_u32(RTA_NH_ID, 1007);
		assert_int_equal(n_attrs(), 4);
	}
	op = (struct fib_op){.type = FIB_ROUTE_REPLACE, .create = true, .discard = true};
	rtm = route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "10.1.2.0/24");
	assert_int_equal(rtm->rtm_type, RTN_BLACKHOLE);
	assert_int_equal(n_attrs(), 3);
	/* one of ours by its object, and no other; or any of ours, of any scope and type */
	op = (struct fib_op){.type = FIB_ROUTE_DEL, .id = 1007};
	rtm = route(RTM_DELROUTE, 0, "10.1.2.0/24");
	assert_int_equal(rtm->rtm_type, RTN_UNSPEC);
	assert_int_equal(rtm->rtm_scope, RT_SCOPE_NOWHERE);
	assert_u32(RTA_NH_ID, 1007);
	assert_int_equal(n_attrs(), 4);
	op.id = 0;
	route(RTM_DELROUTE, 0, "2001:db8::/48");
	assert_int_equal(n_attrs(), 3);
}

/* Where there are no objects. */
static void inline_hops(void **state)
{
	const struct rtnexthop *rtnh;
	const uint8_t *via;
	uint16_t family;

	(void)state;
	op = (struct fib_op){.type = FIB_ROUTE_REPLACE, .create = true, .n = 1};
	op.hops[0] = hop_of(4, "10.0.0.1");
	route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "10.1.2.0/24");
	assert_address(attrs[RTA_GATEWAY], "10.0.0.1");
	assert_u32(RTA_OIF, 4);
	assert_int_equal(n_attrs(), 5);
	/* RFC 8950 */
	op.hops[0] = hop_of(4, "fe80::1");
	route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "10.1.2.0/24");
	assert_null(attrs[RTA_GATEWAY]);
	assert_int_equal(mnl_attr_get_payload_len(attrs[RTA_VIA]), 18);
	via = mnl_attr_get_payload(attrs[RTA_VIA]);
	memcpy(&family, via, 2);
	assert_int_equal(family, AF_INET6);
	assert_memory_equal(via + 2, op.hops[0].gateway.b, 16);
	/* several, of both families */
	op.n = FIB_HOPS_MAX;
	for (uint32_t i = 0; i < FIB_HOPS_MAX; i++)
		op.hops[i] = hop_of(i + 1, i % 2 ? "fe80::1" : "10.0.0.1");
	route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "10.1.2.0/24");
	assert_int_equal(n_attrs(), 4);
	rtnh = mnl_attr_get_payload(attrs[RTA_MULTIPATH]);
	for (int i = 0; i < FIB_HOPS_MAX; i++) {
		const struct nlattr *a = (const void *)(rtnh + 1);

		assert_int_equal(rtnh->rtnh_ifindex, i + 1);
		assert_int_equal(rtnh->rtnh_hops, 0);
		assert_int_equal(rtnh->rtnh_flags, 0);
		assert_int_equal(mnl_attr_get_type(a), i % 2 ? RTA_VIA : RTA_GATEWAY);
		assert_int_equal(rtnh->rtnh_len, sizeof(*rtnh) + MNL_ALIGN(a->nla_len));
		rtnh = (const void *)((const char *)rtnh + rtnh->rtnh_len);
	}
	assert_ptr_equal(rtnh, (const char *)attrs[RTA_MULTIPATH] + attrs[RTA_MULTIPATH]->nla_len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(routes),
		cmocka_unit_test(inline_hops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
