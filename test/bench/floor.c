/*
 * floor: what the kernel itself takes to install a set of routes, and to remove it, written to it
 *as fast as rtnetlink takes them: in batches, and only the last of each is acknowledged. Nobody who
 * has the kernel forward for him can be faster.
 *
 *	floor ROUTES inline|object|group BATCH GATEWAY...
 *
 * inline: the gateways in each route; object: all routes on one nexthop object (one gateway);
 *group: on one group of such. Prints one line of JSON with seconds. Runs in the current network
 *namespace and leaves nothing behind.
 */
#include "test/bench/routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATEWAYS_MAX 8
#define OBJECT_ID    77000u
#define METRIC       20
#define PROTOCOL     186
#define BATCH_MAX    4096
#define MESSAGE_MAX  256

enum mode { MODE_INLINE, MODE_OBJECT, MODE_GROUP };

struct floor {
	struct mnl_socket *nl;
	struct routes routes;
	enum mode mode;
	uint32_t batch;
	uint32_t gateways[GATEWAYS_MAX];
	uint32_t ifindex[GATEWAYS_MAX];
	uint32_t n_gateways;
	uint32_t seq;
	char *buf;
	size_t len;
	struct nlmsghdr *last;
};

static struct nlmsghdr *begin(struct floor *f, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(f->buf + f->len);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++f->seq;
	f->last = nlh;
	return nlh;
}

/* Sends what is there and reads until the last is acknowledged; any error ends the program. */
static void flush(struct floor *f)
{
	char answer[8192];

	if (!f->len)
		return;
	f->last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(f->nl, f->buf, f->len) < 0)
		bench_fail("write to the kernel");
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(f->nl, answer, sizeof(answer));
		const struct nlmsghdr *nlh = (const void *)answer;
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

		if (n < 0)
			bench_fail("read from the kernel");
		errno = -e->error;
		if (nlh->nlmsg_type != NLMSG_ERROR || e->error)
			bench_fail("the kernel refused an operation");
		if (nlh->nlmsg_seq == f->last->nlmsg_seq)
			break;
	}
	f->len = 0;
}

static void objects(struct floor *f, bool add)
{
	uint16_t type = add ? RTM_NEWNEXTHOP : RTM_DELNEXTHOP;
	uint16_t flags = add ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct nexthop_grp group[GATEWAYS_MAX] = {0};
	struct nlmsghdr *nlh;
	struct nhmsg *nh;

	for (uint32_t i = 0; i < f->n_gateways; i++) {
		group[i].id = OBJECT_ID + 1 + i;
		nlh = begin(f, type, flags);
		nh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nh));
		mnl_attr_put_u32(nlh, NHA_ID, group[i].id);
		if (add) {
			nh->nh_family = AF_INET;
			nh->nh_protocol = PROTOCOL;
			mnl_attr_put_u32(nlh, NHA_OIF, f->ifindex[i]);
			mnl_attr_put_u32(nlh, NHA_GATEWAY, htonl(f->gateways[i]));
		}
		f->len += nlh->nlmsg_len;
	}
	/* a group goes by itself when its last member does */
	if (f->mode == MODE_GROUP && add) {
		nlh = begin(f, type, flags);
		nh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nh));
		nh->nh_protocol = PROTOCOL;
		mnl_attr_put_u32(nlh, NHA_ID, OBJECT_ID);
		mnl_attr_put(nlh, NHA_GROUP, f->n_gateways * sizeof(group[0]), group);
		f->len += nlh->nlmsg_len;
	}
	flush(f);
}

static void put_inline(struct floor *f, struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	if (f->n_gateways == 1) {
		mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl(f->gateways[0]));
		mnl_attr_put_u32(nlh, RTA_OIF, f->ifindex[0]);
		return;
	}
	nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	for (uint32_t i = 0; i < f->n_gateways; i++) {
		struct rtnexthop *hop = mnl_nlmsg_get_payload_tail(nlh);

		memset(hop, 0, sizeof(*hop));
		hop->rtnh_ifindex = (int)f->ifindex[i];
		hop->rtnh_len = sizeof(*hop) + 8;
		nlh->nlmsg_len += sizeof(*hop);
		mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl(f->gateways[i]));
	}
	mnl_attr_nest_end(nlh, nest);
}

static void route(struct floor *f, uint32_t i, bool add)
{
	struct nlmsghdr *nlh =
		begin(f, add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = f->routes.len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = PROTOCOL;
	rtm->rtm_scope = add ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE;
	rtm->rtm_type = add ? RTN_UNICAST : RTN_UNSPEC;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(routes_addr(&f->routes, i)));
	mnl_attr_put_u32(nlh, RTA_PRIORITY, METRIC);
	if (add && f->mode == MODE_INLINE)
		put_inline(f, nlh);
	else if (add)
		mnl_attr_put_u32(nlh, RTA_NH_ID, OBJECT_ID + (f->mode == MODE_OBJECT));
	f->len += nlh->nlmsg_len;
}

static double routes_all(struct floor *f, bool add)
{
	double began = bench_now();

	for (uint32_t i = 0; i < f->routes.n; i++) {
		route(f, i, add);
		if ((i + 1) % f->batch == 0)
			flush(f);
	}
	flush(f);
	return bench_now() - began;
}

/* The interface over which the kernel reaches the gateway. */
static uint32_t interface_to(struct floor *f, uint32_t gateway)
{
	char answer[8192];
	struct nlmsghdr *nlh = begin(f, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct nlattr *attr;

	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(gateway));
	if (mnl_socket_sendto(f->nl, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(f->nl, answer, sizeof(answer)) < 0)
		bench_fail("ask for the way to a gateway");
	nlh = (void *)answer;
	errno = 0;
	if (nlh->nlmsg_type != RTM_NEWROUTE)
		bench_fail("there is no way to a gateway");
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF)
			return mnl_attr_get_u32(attr);
	}
	bench_fail("the way to a gateway has no interface");
}

static enum mode mode_parse(const char *text)
{
	if (strcmp(text, "inline") == 0)
		return MODE_INLINE;
	if (strcmp(text, "object") == 0)
		return MODE_OBJECT;
	if (strcmp(text, "group") == 0)
		return MODE_GROUP;
	errno = 0;
	bench_fail("the mode is inline, object or group");
}

int main(int argc, char **argv)
{
	struct floor f = {0};
	double install, removal;

	if (argc < 5 || argc - 4 > GATEWAYS_MAX) {
		fprintf(stderr, "usage: floor ROUTES inline|object|group BATCH GATEWAY...\n");
		return 2;
	}
	f.routes = routes_parse(argv[1]);
	f.mode = mode_parse(argv[2]);
	f.batch = (uint32_t)strtoul(argv[3], NULL, 10);
	errno = 0;
	if (!f.batch || f.batch > BATCH_MAX)
		bench_fail("a batch is 1 to 4096 messages");
	f.nl = mnl_socket_open(NETLINK_ROUTE);
	f.buf = malloc((size_t)BATCH_MAX * MESSAGE_MAX);
	if (!f.nl || !f.buf || mnl_socket_bind(f.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		bench_fail("open a netlink socket");
	for (int i = 4; i < argc; i++) {
		f.gateways[f.n_gateways] = bench_addr(argv[i]);
		f.ifindex[f.n_gateways] = interface_to(&f, f.gateways[f.n_gateways]);
		f.n_gateways++;
	}
	if (f.mode != MODE_INLINE)
		objects(&f, true);
	install = routes_all(&f, true);
	removal = routes_all(&f, false);
	if (f.mode != MODE_INLINE)
		objects(&f, false);
	printf("{\"install\": %.6f, \"remove\": %.6f}\n", install, removal);
	free(f.buf);
	mnl_socket_close(f.nl);
	return 0;
}
