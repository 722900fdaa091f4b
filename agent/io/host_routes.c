/* host_routes: routes of other routing daemons, by one dump of the kernel's (rtnetlink(7)). */
#include "agent/io/host.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

struct counting {
	const struct doctor_node *node;
	struct doctor_host *out;
};

/* The kernel's own, an administrator's, and those of address configuration are nobody's. */
static bool is_daemons(uint8_t protocol)
{
	return protocol > RTPROT_STATIC && protocol != RTPROT_RA && protocol != RTPROT_DHCP;
}

static int on_attr(const struct nlattr *attr, void *data)
{
	struct doctor_foreign *f = data;

	if (mnl_attr_get_type(attr) == RTA_TABLE && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		f->table = mnl_attr_get_u32(attr);
	if (mnl_attr_get_type(attr) == RTA_PRIORITY && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		f->metric = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct counting *c = data;
	struct doctor_host *out = c->out;
	struct doctor_foreign f;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    !is_daemons(rtm->rtm_protocol))
		return MNL_CB_OK;
	f = (struct doctor_foreign){.table = rtm->rtm_table, .protocol = rtm->rtm_protocol};
	mnl_attr_parse(nlh, sizeof(*rtm), on_attr, &f);
	if (f.protocol == c->node->route_protocol && f.table == c->node->route_table &&
	    f.metric == c->node->route_metric)
		return MNL_CB_OK;
	for (size_t i = 0; i < out->n_foreign; i++) {
		struct doctor_foreign *have = &out->foreign[i];

		if (have->table == f.table && have->metric == f.metric &&
		    have->protocol == f.protocol) {
			have->routes++;
			return MNL_CB_OK;
		}
	}
	if (out->n_foreign < DOCTOR_FOREIGN_MAX) {
		f.routes = 1;
		out->foreign[out->n_foreign++] = f;
	}
	return MNL_CB_OK;
}

static bool dump(struct mnl_socket *nl, unsigned char family, struct counting *c)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	ssize_t n;
	int more = MNL_CB_OK;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = family;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return false;
	while (more == MNL_CB_OK && (n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
		more = mnl_cb_run(buf, (size_t)n, family, mnl_socket_get_portid(nl), on_route, c);
	return more == MNL_CB_STOP;
}

void host_look_routes(const struct doctor_node *node, struct doctor_host *out)
{
	struct counting c = {.node = node, .out = out};
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!nl)
		return;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0) {
		out->routes_known = dump(nl, AF_INET, &c);
		dump(nl, AF_INET6, &c);
	}
	mnl_socket_close(nl);
}
