/* rtnl_decode: what the kernel says, told to rtnl_ops. Messages that do not make sense are passed
 * over. */
#include "agent/io/rtnl_impl.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

#define ATTRS_MAX 64

struct attrs_of {
	const struct nlattr *tb[ATTRS_MAX];
};

static int take_attr(const struct nlattr *attr, void *data)
{
	struct attrs_of *a = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < ATTRS_MAX)
		a->tb[type] = attr;
	return MNL_CB_OK;
}

static enum afi afi_of(unsigned char family)
{
	return family == AF_INET ? AFI_IP4 : family == AF_INET6 ? AFI_IP6 : AFI_NONE;
}

static bool get_addr(const struct nlattr *attr, enum afi afi, struct addr *out)
{
	if (!attr || !afi || mnl_attr_get_payload_len(attr) != afi_bits(afi) / 8)
		return false;
	*out = addr_make(afi, mnl_attr_get_payload(attr));
	return true;
}

static bool get_u32(const struct nlattr *attr, uint32_t *out)
{
	if (!attr || mnl_attr_get_payload_len(attr) != 4)
		return false;
	*out = mnl_attr_get_u32(attr);
	return true;
}

/* RTA_VIA: a family, and an address of it. */
static bool get_via(const struct nlattr *attr, struct addr *out)
{
	const uint8_t *p;
	uint16_t family;
	enum afi afi;

	if (!attr || mnl_attr_get_payload_len(attr) < 2)
		return false;
	p = mnl_attr_get_payload(attr);
	memcpy(&family, p, 2);
	afi = afi_of((unsigned char)family);
	if (!afi || mnl_attr_get_payload_len(attr) != 2 + afi_bits(afi) / 8)
		return false;
	*out = addr_make(afi, p + 2);
	return true;
}

/* ---- links and addresses ----------------------------------------------------------------------
 */

static void decode_link(const struct rtnl_ops *ops, void *ctx, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct attrs_of a = {0};
	const char *name = "";

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return;
	if (nlh->nlmsg_type == RTM_DELLINK) {
		/* of another family (a bridge port leaves its bridge) it means another thing */
		if (ifi->ifi_family == AF_UNSPEC)
			ops->link_gone(ctx, (uint32_t)ifi->ifi_index);
		return;
	}
	mnl_attr_parse(nlh, sizeof(*ifi), take_attr, &a);
	if (a.tb[IFLA_IFNAME] && mnl_attr_validate(a.tb[IFLA_IFNAME], MNL_TYPE_NUL_STRING) >= 0)
		name = mnl_attr_get_str(a.tb[IFLA_IFNAME]);
	ops->link(ctx, (uint32_t)ifi->ifi_index, name,
		  (ifi->ifi_flags & IFF_UP) && (ifi->ifi_flags & IFF_RUNNING));
}

static void decode_addr(const struct rtnl_ops *ops, void *ctx, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct attrs_of a = {0};
	struct addr addr, end;
	struct prefix subnet;
	enum afi afi;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return;
	afi = afi_of(ifa->ifa_family);
	mnl_attr_parse(nlh, sizeof(*ifa), take_attr, &a);
	/* on a point-to-point link IFA_ADDRESS is the other end's, and the subnet is where that is
	 */
	if ((!get_addr(a.tb[IFA_LOCAL], afi, &addr) && !get_addr(a.tb[IFA_ADDRESS], afi, &addr)) ||
	    ifa->ifa_prefixlen > afi_bits(afi))
		return;
	if (!get_addr(a.tb[IFA_ADDRESS], afi, &end))
		end = addr;
	subnet = prefix_make(&end, ifa->ifa_prefixlen);
	ops->addr(ctx, ifa->ifa_index, &subnet, &addr, nlh->nlmsg_type == RTM_NEWADDR);
}

static void decode_neigh(const struct rtnl_ops *ops, void *ctx, const struct nlmsghdr *nlh)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct attrs_of a = {0};
	struct addr addr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nd) || !(nd->ndm_state & NUD_FAILED))
		return;
	mnl_attr_parse(nlh, sizeof(*nd), take_attr, &a);
	if (get_addr(a.tb[NDA_DST], afi_of(nd->ndm_family), &addr))
		ops->neigh_failed(ctx, (uint32_t)nd->ndm_ifindex, &addr);
}

/* ---- routes -----------------------------------------------------------------------------------
 */

static void add_hop(struct kroute *r, uint32_t ifindex, const struct addr *gw)
{
	if (r->n_hops < NEXTHOP_HOPS_MAX)
		r->hops[r->n_hops++] = (struct hop){ifindex, *gw};
}

static void decode_multipath(const struct nlattr *attr, enum afi afi, struct kroute *r)
{
	const char *at = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr);

	while (left >= sizeof(struct rtnexthop)) {
		struct rtnexthop rtnh;
		struct attrs_of a = {0};
		struct addr gw = {.afi = AFI_NONE};
		size_t step;

		memcpy(&rtnh, at, sizeof(rtnh));
		if (rtnh.rtnh_len < sizeof(rtnh) || rtnh.rtnh_len > left)
			return;
		mnl_attr_parse_payload(at + sizeof(rtnh), rtnh.rtnh_len - sizeof(rtnh), take_attr,
				       &a);
		if (!get_addr(a.tb[RTA_GATEWAY], afi, &gw))
			get_via(a.tb[RTA_VIA], &gw);
		add_hop(r, (uint32_t)rtnh.rtnh_ifindex, &gw);
		step = MNL_ALIGN(rtnh.rtnh_len);
		if (step >= left)
			return;
		at += step;
		left -= step;
	}
}

static void decode_hops(const struct attrs_of *a, enum afi afi, struct kroute *r)
{
	struct addr gw = {.afi = AFI_NONE};
	uint32_t oif = 0;

	if (a->tb[RTA_MULTIPATH]) {
		decode_multipath(a->tb[RTA_MULTIPATH], afi, r);
		return;
	}
	if (!get_u32(a->tb[RTA_OIF], &oif))
		return;
	if (!get_addr(a->tb[RTA_GATEWAY], afi, &gw))
		get_via(a->tb[RTA_VIA], &gw);
	add_hop(r, oif, &gw);
}

static void decode_route(const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
			 const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	bool added = nlh->nlmsg_type == RTM_NEWROUTE;
	struct attrs_of a = {0};
	struct kroute r = {0};
	struct addr dst;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) || !afi_of(rtm->rtm_family) ||
	    (rtm->rtm_flags & RTM_F_CLONED) || rtm->rtm_dst_len > afi_bits(afi_of(rtm->rtm_family)))
		return;
	mnl_attr_parse(nlh, sizeof(*rtm), take_attr, &a);
	dst = (struct addr){.afi = (uint8_t)afi_of(rtm->rtm_family)};
	if (rtm->rtm_dst_len && !get_addr(a.tb[RTA_DST], afi_of(rtm->rtm_family), &dst))
		return;
	r.prefix = prefix_make(&dst, rtm->rtm_dst_len);
	r.table = rtm->rtm_table;
	get_u32(a.tb[RTA_TABLE], &r.table);
	get_u32(a.tb[RTA_PRIORITY], &r.metric);
	get_u32(a.tb[RTA_NH_ID], &r.nhid);
	r.protocol = rtm->rtm_protocol;
	r.type = rtm->rtm_type;
	r.scope = rtm->rtm_scope;
	if (r.table == conf->table && r.protocol == conf->protocol && r.metric == conf->metric) {
		ops->our_route(ctx, &r.prefix, r.nhid, r.type == RTN_BLACKHOLE, added);
		return;
	}
	if (r.table == conf->table && r.metric == conf->metric && !rtm->rtm_tos)
		ops->foreign_route(ctx, &r.prefix, added);
	if (r.table != RT_TABLE_MAIN && r.table != RT_TABLE_LOCAL)
		return;
	if (r.type == RTN_BROADCAST || r.type == RTN_MULTICAST || r.type == RTN_ANYCAST)
		return;
	decode_hops(&a, afi_of(rtm->rtm_family), &r);
	ops->kroute(ctx, &r, added);
}

/* ---- nexthop objects --------------------------------------------------------------------------
 */

static void decode_nexthop(const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
			   const struct nlmsghdr *nlh)
{
	const struct nhmsg *nh = mnl_nlmsg_get_payload(nlh);
	uint32_t members[FIB_HOPS_MAX];
	struct attrs_of a = {0};
	struct hop hop = {0};
	uint32_t id = 0;
	size_t n = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nh))
		return;
	mnl_attr_parse(nlh, sizeof(*nh), take_attr, &a);
	if (!get_u32(a.tb[NHA_ID], &id) || id - conf->id_base >= conf->id_count)
		return;
	if (nlh->nlmsg_type == RTM_DELNEXTHOP) {
		ops->object_gone(ctx, id);
		return;
	}
	if (nh->nh_protocol != conf->protocol) {
		ops->id_taken(ctx, id);
		return;
	}
	if (!a.tb[NHA_GROUP]) {
		if (get_u32(a.tb[NHA_OIF], &hop.ifindex) &&
		    get_addr(a.tb[NHA_GATEWAY], afi_of(nh->nh_family), &hop.gateway))
			ops->our_nexthop(ctx, id, &hop);
		else
			ops->id_taken(ctx, id);
		return;
	}
	for (size_t at = 0;
	     at + sizeof(struct nexthop_grp) <= mnl_attr_get_payload_len(a.tb[NHA_GROUP]) &&
	     n < FIB_HOPS_MAX;
	     at += sizeof(struct nexthop_grp)) {
		struct nexthop_grp g;

		memcpy(&g, (const char *)mnl_attr_get_payload(a.tb[NHA_GROUP]) + at, sizeof(g));
		members[n++] = g.id;
	}
	ops->our_group(ctx, id, members, n);
}

void rtnl_decode(const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
		 const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		decode_link(ops, ctx, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		decode_addr(ops, ctx, nlh);
		break;
	case RTM_NEWNEIGH:
		decode_neigh(ops, ctx, nlh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		decode_route(conf, ops, ctx, nlh);
		break;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		decode_nexthop(conf, ops, ctx, nlh);
		break;
	default:
		break;
	}
}
