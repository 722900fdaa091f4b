/* rtnl: see rtnl.h. Sockets, dumps and batches. */
#include "agent/io/rtnl_sender.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READS_MAX  64 /* buffers a wake-up */
#define RECV_BYTES 32768
#define DUMP_TRIES 5

struct rtnl {
	struct rtnl_conf conf;
	struct loop *loop;
	const struct rtnl_ops *ops;
	void *ctx;
	struct mnl_socket *req, *mon;
	struct mnl_socket *ask; /* about neighbours; NULL: not needed yet */
	struct loop_fd *watch;
	bool objects;
	uint32_t dump_seq;
	struct rtnl_sender *sender;
	char recv[RECV_BYTES];
	char heard[RECV_BYTES]; /* the monitor's own: what is heard may make us send */
};

/* ---- the monitor ------------------------------------------------------------------------------
 */

static void on_heard(void *ctx, unsigned int events)
{
	struct rtnl *r = ctx;

	(void)events;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = mnl_socket_recvfrom(r->mon, r->heard, sizeof(r->heard));
		const struct nlmsghdr *nlh = (const void *)r->heard;
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* ENOBUFS, or a message larger than any there is: something was missed */
			if (errno != EAGAIN)
				r->ops->lost(r->ctx);
			break;
		}
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			rtnl_decode(&r->conf, r->ops, r->ctx, nlh);
	}
	r->ops->heard(r->ctx);
}

bool rtnl_pending(const struct rtnl *r)
{
	char c;

	return recv(mnl_socket_get_fd(r->mon), &c, sizeof(c), MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	       errno != EAGAIN;
}

/* Lets pass what others did: nlmsg_pid is not the port of our requests. Of link-layer neighbours,
 * of which a node with many pods has news all the time, only those that do not answer. */
static int filter_monitor(const struct rtnl *r)
{
	/* BPF loads in network order, the fields are in the host's */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(mnl_socket_get_portid(r->req)), 5, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELNEIGH), 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEIGH), 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_state)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NUD_FAILED), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(mnl_socket_get_fd(r->mon), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) == 0
		       ? 0
		       : -errno;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static struct mnl_socket *open_socket(int flags, unsigned int groups)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);
	int one = 1;

	if (!nl)
		return NULL;
	if (mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	/* old kernels have not all of them; they are a comfort, not a need */
	mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	return nl;
}

static void set_rcvbuf(struct mnl_socket *nl)
{
	int size = RTNL_MONITOR_RCVBUF;
	int fd = mnl_socket_get_fd(nl);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int join(struct mnl_socket *nl, unsigned int group)
{
	return mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ? -errno
											    : 0;
}

static int open_monitor(struct rtnl *r)
{
	static const unsigned int groups[] = {RTNLGRP_LINK,        RTNLGRP_IPV4_IFADDR,
					      RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
					      RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEIGH};
	int err = filter_monitor(r);

	set_rcvbuf(r->mon);
	for (size_t i = 0; !err && i < sizeof(groups) / sizeof(groups[0]); i++)
		err = join(r->mon, groups[i]);
	r->objects = !r->conf.no_objects && join(r->mon, RTNLGRP_NEXTHOP) == 0;
	return err;
}

int rtnl_open(struct loop *l, const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
	      struct rtnl **out, const char **why)
{
	struct rtnl *r = mem_zalloc(sizeof(*r));
	int err;

	r->conf = *conf;
	r->loop = l;
	r->ops = ops;
	r->ctx = ctx;
	*why = "open a netlink socket";
	r->req = open_socket(0, 0);
	r->mon = r->req ? open_socket(SOCK_NONBLOCK, 0) : NULL;
	err = r->mon ? 0 : -errno;
	if (!err) {
		*why = "listen to the kernel's notifications";
		set_rcvbuf(r->req);
		err = open_monitor(r);
	}
	if (!err) {
		r->watch = loop_fd_new(l, mnl_socket_get_fd(r->mon), LOOP_READ, on_heard, r);
		err = r->watch ? rtnl_sender_open(l, r->req, ops, ctx, &r->sender) : -EMFILE;
	}
	if (err) {
		rtnl_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void rtnl_close(struct rtnl *r)
{
	if (!r)
		return;
	rtnl_sender_close(r->sender);
	loop_fd_free(r->watch);
	if (r->mon)
		mnl_socket_close(r->mon);
	if (r->req)
		mnl_socket_close(r->req);
	if (r->ask)
		mnl_socket_close(r->ask);
	free(r);
}

bool rtnl_has_objects(const struct rtnl *r)
{
	return r->objects;
}

/* ---- dumps ------------------------------------------------------------------------------------
 */

/* Reads a dump's answer; -EINTR: the kernel's table changed meanwhile and the dump has holes. */
static int read_dump(struct rtnl *r, uint32_t seq)
{
	bool interrupted = false;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(r->req, r->recv, sizeof(r->recv));
		const struct nlmsghdr *nlh = (const void *)r->recv;
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			interrupted |= (nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return interrupted ? -EINTR : 0;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

				return e->error ? e->error : -EPROTO;
			}
			rtnl_decode(&r->conf, r->ops, r->ctx, nlh);
		}
	}
}

static int dump(struct rtnl *r, uint16_t type, size_t header, unsigned char family, uint32_t table,
		bool groups)
{
	char buf[256] = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned char *h;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = --r->dump_seq; /* from the top, away from the operations' */
	h = mnl_nlmsg_put_extra_header(nlh, header);
	h[0] = family; /* the first octet of each of the headers */
	if (table)
		mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (groups)
		mnl_attr_put(nlh, NHA_GROUPS, 0, NULL);
	if (mnl_socket_sendto(r->req, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return read_dump(r, nlh->nlmsg_seq);
}

static int dump_all(struct rtnl *r)
{
	static const unsigned char families[] = {AF_INET, AF_INET6};
	const uint32_t tables[] = {RT_TABLE_LOCAL, RT_TABLE_MAIN, r->conf.table};
	int err;

	r->ops->dump_begin(r->ctx);
	err = dump(r, RTM_GETLINK, sizeof(struct ifinfomsg), AF_UNSPEC, 0, false);

	for (int f = 0; !err && f < 2; f++) {
		err = dump(r, RTM_GETADDR, 8, families[f], 0, false);
		/* a kernel without IPv6 */
		if (err == -EAFNOSUPPORT || err == -EOPNOTSUPP)
			err = 0;
	}
	/* a group may stand before its members: those are asked for again when all singles are
	 * known */
	for (int groups = 0; !err && r->objects && groups < 2; groups++)
		err = dump(r, RTM_GETNEXTHOP, sizeof(struct nhmsg), AF_UNSPEC, 0, groups);
	for (int f = 0; !err && f < 2; f++) {
		for (int t = 0; !err && t < 3; t++) {
			if (t == 2 && tables[t] == RT_TABLE_MAIN)
				continue;
			err = dump(r, RTM_GETROUTE, sizeof(struct rtmsg), families[f], tables[t],
				   false);
			if (err == -ENOENT || err == -EAFNOSUPPORT || err == -EOPNOTSUPP)
				err = 0; /* a table that does not exist yet is empty */
		}
	}
	return err;
}

int rtnl_dump(struct rtnl *r)
{
	int err = -EINTR;

	/* a table that never stands still is taken as it is, and the notifications mend it */
	for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++) {
		err = dump_all(r);
		if (err == -EINTR)
			log_debug("the kernel's tables changed while they were read", "try=%d",
				  i + 1);
	}
	return err == -EINTR ? 0 : err;
}

/* ---- link-layer neighbours --------------------------------------------------------------------
 */

/* NUD_VALID of the kernel's own: somebody has answered, be it some time ago. */
#define NUD_ANSWERED (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

/* Sends one message about the neighbour and waits for the one answer, which the kernel gives at
 * once: its state if that is the question. Returns 0 or -errno. */
static int ask_neigh(struct rtnl *r, uint16_t type, uint16_t flags, uint8_t ntf,
		     const struct hop *h, uint16_t *state)
{
	char buf[RTNL_OP_BYTES] __attribute__((aligned(8))) = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *nd;
	ssize_t n;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	nd->ndm_family = h->gateway.afi == AFI_IP4 ? AF_INET : AF_INET6;
	nd->ndm_ifindex = (int)h->ifindex;
	nd->ndm_flags = ntf;
	mnl_attr_put(nlh, NDA_DST, afi_bits(h->gateway.afi) / 8, h->gateway.b);
	if (mnl_socket_sendto(r->ask, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = recv(mnl_socket_get_fd(r->ask), buf, sizeof(buf), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	if (!mnl_nlmsg_ok(nlh, (int)n))
		return -EPROTO;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*nd))
		return -EPROTO;
	*state = nd->ndm_state;
	return 0;
}

bool rtnl_answers(struct rtnl *r, const struct hop *h)
{
	uint16_t state = 0;
	int err;

	if (!r->ask)
		r->ask = open_socket(0, 0);
	if (!r->ask)
		return true;
	err = ask_neigh(r, RTM_GETNEIGH, 0, 0, h, &state);
	if (err && err != -ENOENT)
		return true; /* before Linux 5.0; or its link is gone */
	if (state & NUD_ANSWERED)
		return true;
	if (!(state & NUD_INCOMPLETE)) /* else it is being asked for */
		ask_neigh(r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK, NTF_USE, h, &state);
	return false;
}

/* ---- operations -------------------------------------------------------------------------------
 */

bool rtnl_room(struct rtnl *r)
{
	return rtnl_sender_batch(r->sender);
}

void rtnl_send(struct rtnl *r)
{
	rtnl_sender_send(r->sender);
}

void rtnl_drain(struct rtnl *r)
{
	rtnl_sender_drain(r->sender);
}

void rtnl_put(struct rtnl *r, const struct fib_op *op)
{
	struct rtnl_batch *b = rtnl_sender_batch(r->sender);

	b->last = rtnl_encode(&r->conf, op, b->buf + b->len);
	b->len += NLMSG_ALIGN(b->last->nlmsg_len);
	b->seqs[b->n] = op->seq;
	b->errors[b->n++] = 0;
	if (b->len >= RTNL_BATCH_BYTES || b->n == RTNL_BATCH_OPS)
		rtnl_send(r);
}

const char *rtnl_words(const struct rtnl *r)
{
	return rtnl_sender_words(r->sender);
}

const struct histogram *rtnl_latency(const struct rtnl *r)
{
	return rtnl_sender_latency(r->sender);
}
