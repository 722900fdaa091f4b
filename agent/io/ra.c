/* ra: see ra.h. */
#include "agent/io/ra.h"

#include "agent/bgp/nd.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_MAX 2048 /* octets of a message that are looked at; longer ones are not valid here */

struct ra {
	const struct ra_ops *ops;
	void *ctx;
	int fd;
	struct loop_fd *watch;
};

/* Where it came from and with which hop limit; false: the kernel did not say. */
static bool take_control(struct msghdr *mh, uint32_t *ifindex, uint8_t *hop_limit)
{
	bool have_if = false, have_limit = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			*ifindex = info.ipi6_ifindex;
			have_if = true;
		} else if (c->cmsg_type == IPV6_HOPLIMIT) {
			int limit;

			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
			*hop_limit = (uint8_t)limit;
			have_limit = true;
		}
	}
	return have_if && have_limit;
}

/* False: there was nothing to read. */
static bool read_one(struct ra *r)
{
	uint8_t buf[READ_MAX], hop_limit = 0;
	union {
		struct cmsghdr align;
		uint8_t b[256];
	} control;
	struct sockaddr_in6 sa = {0};
	struct iovec iov = {buf, sizeof(buf)};
	struct msghdr mh = {.msg_name = &sa,
			    .msg_namelen = sizeof(sa),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.b,
			    .msg_controllen = sizeof(control.b)};
	ssize_t n = recvmsg(r->fd, &mh, 0);
	uint32_t ifindex = 0;
	struct addr from;

	if (n < 0)
		return errno == EINTR;
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !take_control(&mh, &ifindex, &hop_limit))
		return true;
	from = addr_make(AFI_IP6, (const uint8_t *)&sa.sin6_addr);
	switch (nd_decode(rd_init(buf, (size_t)n), &from, hop_limit)) {
	case ND_ADVERT:
		r->ops->router(r->ctx, ifindex, &from);
		break;
	case ND_SOLICIT:
		r->ops->asked(r->ctx, ifindex);
		break;
	case ND_NONE:
		break;
	}
	return true;
}

static void on_ready(void *ctx, unsigned int events)
{
	struct ra *r = ctx;

	(void)events;
	for (int i = 0; i < RA_READS_MAX && read_one(r); i++)
		;
}

static int set_int(int fd, int name, int value)
{
	return setsockopt(fd, IPPROTO_IPV6, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static int set_up(int fd)
{
	struct icmp6_filter filter;
	int err;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_SOLICIT, &filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) != 0)
		return -errno;
	err = set_int(fd, IPV6_RECVPKTINFO, 1);
	if (!err)
		err = set_int(fd, IPV6_RECVHOPLIMIT, 1);
	if (!err)
		err = set_int(fd, IPV6_MULTICAST_HOPS, ND_HOP_LIMIT);
	if (!err) /* we are not our own neighbour */
		err = set_int(fd, IPV6_MULTICAST_LOOP, 0);
	return err;
}

int ra_open(struct loop *l, const struct ra_ops *ops, void *ctx, struct ra **out)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	struct ra *r;
	int err;

	if (fd < 0)
		return -errno;
	err = set_up(fd);
	if (err) {
		close(fd);
		return err;
	}
	r = mem_zalloc(sizeof(*r));
	*r = (struct ra){.ops = ops, .ctx = ctx, .fd = fd};
	r->watch = loop_fd_new(l, fd, LOOP_READ, on_ready, r);
	if (!r->watch) {
		close(fd);
		free(r);
		return -EMFILE;
	}
	*out = r;
	return 0;
}

void ra_close(struct ra *r)
{
	if (!r)
		return;
	loop_fd_free(r->watch);
	close(r->fd);
	free(r);
}

/* ff02::1 is all nodes, ff02::2 all routers (RFC 4291 section 2.7.1). */
static struct in6_addr all_of(uint8_t which)
{
	return (struct in6_addr){.s6_addr = {0xff, 0x02, [15] = which}};
}

int ra_join(struct ra *r, uint32_t ifindex)
{
	struct ipv6_mreq mreq = {.ipv6mr_multiaddr = all_of(2), .ipv6mr_interface = ifindex};

	if (setsockopt(r->fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) != 0 &&
	    errno != EADDRINUSE)
		return -errno;
	return 0;
}

static int send_to(struct ra *r, uint32_t ifindex, uint8_t which, const struct wr *wr)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6, .sin6_addr = all_of(which), .sin6_scope_id = ifindex};

	if (sendto(r->fd, wr->base, wr_len(wr), MSG_NOSIGNAL, (struct sockaddr *)&sa, sizeof(sa)) <
	    0)
		return -errno;
	return 0;
}

int ra_advertise(struct ra *r, uint32_t ifindex)
{
	uint8_t buf[ND_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));

	nd_encode_advert(NULL, &wr);
	return send_to(r, ifindex, 1, &wr);
}

int ra_solicit(struct ra *r, uint32_t ifindex)
{
	uint8_t buf[ND_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));

	nd_encode_solicit(NULL, &wr);
	return send_to(r, ifindex, 2, &wr);
}
