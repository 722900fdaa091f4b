/* rtnl_encode: operations of the FIB as rtnetlink messages. */
#include "agent/io/rtnl_impl.h"

#include <string.h>
#include <sys/socket.h>

static unsigned char af_of(uint8_t afi)
{
	return afi == AFI_IP4 ? AF_INET : AF_INET6;
}

static size_t octets(const struct addr *a)
{
	return afi_bits(a->afi) / 8;
}

static struct nhmsg *put_nexthop(const struct rtnl_conf *conf, struct nlmsghdr *nlh, uint16_t type,
				 uint32_t id, unsigned char family)
{
	struct nhmsg *nh;

	nlh->nlmsg_type = type;
	nh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nh));
	nh->nh_family = family;
	nh->nh_protocol = type == RTM_NEWNEXTHOP ? conf->protocol : 0;
	mnl_attr_put_u32(nlh, NHA_ID, id);
	return nh;
}

static void put_single(const struct rtnl_conf *conf, struct nlmsghdr *nlh, const struct fib_op *op)
{
	const struct hop *h = &op->hops[0];

	put_nexthop(conf, nlh, RTM_NEWNEXTHOP, op->id, af_of(h->gateway.afi));
	mnl_attr_put_u32(nlh, NHA_OIF, h->ifindex);
	mnl_attr_put(nlh, NHA_GATEWAY, octets(&h->gateway), h->gateway.b);
}

static void put_group(const struct rtnl_conf *conf, struct nlmsghdr *nlh, const struct fib_op *op)
{
	struct nexthop_grp grp[FIB_HOPS_MAX] = {0};

	put_nexthop(conf, nlh, RTM_NEWNEXTHOP, op->id, AF_UNSPEC);
	for (int i = 0; i < op->n; i++)
		grp[i].id = op->members[i]; /* weight 0 is one */
	mnl_attr_put(nlh, NHA_GROUP, op->n * sizeof(grp[0]), grp);
}

/* A gateway of the route's family, or of the other one (RTA_VIA). */
static void put_gateway(struct nlmsghdr *nlh, uint8_t afi, const struct addr *gw)
{
	uint8_t via[2 + 16];
	uint16_t family = af_of(gw->afi);

	if (gw->afi == afi) {
		mnl_attr_put(nlh, RTA_GATEWAY, octets(gw), gw->b);
		return;
	}
	memcpy(via, &family, 2);
	memcpy(via + 2, gw->b, 16);
	mnl_attr_put(nlh, RTA_VIA, 2 + octets(gw), via);
}

/* Where there are no nexthop objects. */
static void put_inline_hops(struct nlmsghdr *nlh, const struct fib_op *op)
{
	struct nlattr *nest;

	if (op->n == 1) {
		put_gateway(nlh, op->prefix.afi, &op->hops[0].gateway);
		mnl_attr_put_u32(nlh, RTA_OIF, op->hops[0].ifindex);
		return;
	}
	nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	for (int i = 0; i < op->n; i++) {
		struct rtnexthop *rtnh = mnl_nlmsg_get_payload_tail(nlh);

		memset(rtnh, 0, sizeof(*rtnh));
		rtnh->rtnh_ifindex = (int)op->hops[i].ifindex;
		nlh->nlmsg_len += sizeof(*rtnh);
		put_gateway(nlh, op->prefix.afi, &op->hops[i].gateway);
		rtnh->rtnh_len =
			(unsigned short)((char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)rtnh);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void put_route(const struct rtnl_conf *conf, struct nlmsghdr *nlh, const struct fib_op *op,
		      bool del)
{
	struct addr dst = prefix_addr(&op->prefix);
	struct rtmsg *rtm;

	nlh->nlmsg_type = del ? RTM_DELROUTE : RTM_NEWROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = af_of(op->prefix.afi);
	rtm->rtm_dst_len = op->prefix.len;
	rtm->rtm_table = conf->table < 256 ? (unsigned char)conf->table : RT_TABLE_COMPAT;
	rtm->rtm_protocol = conf->protocol;
	rtm->rtm_scope = del ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
	rtm->rtm_type = del ? RTN_UNSPEC : op->discard ? RTN_BLACKHOLE : RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, octets(&dst), dst.b);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, conf->metric);
	mnl_attr_put_u32(nlh, RTA_TABLE, conf->table);
	if (op->discard || (del && !op->id))
		return;
	if (op->id)
		mnl_attr_put_u32(nlh, RTA_NH_ID, op->id);
	else
		put_inline_hops(nlh, op);
}

struct nlmsghdr *rtnl_encode(const struct rtnl_conf *conf, const struct fib_op *op, void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = (uint32_t)op->seq;
	switch (op->type) {
	case FIB_NEXTHOP_REPLACE:
		nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
		put_single(conf, nlh, op);
		break;
	case FIB_GROUP_REPLACE:
		nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
		put_group(conf, nlh, op);
		break;
	case FIB_OBJECT_DEL:
		put_nexthop(conf, nlh, RTM_DELNEXTHOP, op->id, AF_UNSPEC);
		break;
	case FIB_ROUTE_REPLACE:
		/* to replace would take away what somebody else may have put there meanwhile */
		nlh->nlmsg_flags |= NLM_F_CREATE | (op->create   ? NLM_F_EXCL
						    : op->beside ? NLM_F_APPEND
								 : NLM_F_REPLACE);
		put_route(conf, nlh, op, false);
		break;
	case FIB_ROUTE_DEL:
		put_route(conf, nlh, op, true);
		break;
	}
	return nlh;
}
