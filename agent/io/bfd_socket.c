/* bfd_socket: see bfd_socket.h. */
#include "agent/io/bfd_socket.h"

#include "agent/io/sockaddr.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define PORT_FIRST   49152 /* RFC 5881 section 4 */
#define PORT_COUNT   (65536 - PORT_FIRST)
#define PORT_TRIES   64
#define TOS_CS6      0xc0
#define TTL          255
#define CONTROL_SIZE 128
#define BATCH        32

static int udp_socket(enum afi afi)
{
	int fd = socket(afi == AFI_IP4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = afi == AFI_IP6 ? socket_set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int bfd_socket_listen(enum afi afi, bool multihop)
{
	struct addr any = {.afi = (uint8_t)afi};
	union sockaddr_any sa;
	socklen_t len = sockaddr_put(&sa, &any, 0, multihop ? BFD_PORT_MULTIHOP : BFD_PORT);
	int fd = udp_socket(afi);
	int err;

	if (fd < 0)
		return fd;
	if (afi == AFI_IP4) {
		err = socket_set_int(fd, IPPROTO_IP, IP_RECVTTL, 1);
		err = err ? err : socket_set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	} else {
		err = socket_set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
		err = err ? err : socket_set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	}
	if (!err && bind(fd, &sa.sa, len) != 0)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* A free one from anywhere in the range, so that it is hard to guess. */
static int bind_port(int fd, const struct bfd_io_want *w, uint16_t *port)
{
	struct addr any = {.afi = w->remote.afi};
	uint32_t start = 0;
	int err = -EADDRINUSE;

	if (getrandom(&start, sizeof(start), 0) != (ssize_t)sizeof(start))
		return -EAGAIN;
	for (uint32_t i = 0; i < PORT_TRIES; i++) {
		uint16_t p = (uint16_t)(PORT_FIRST + (start + i * 31) % PORT_COUNT);
		union sockaddr_any sa;
		socklen_t len = sockaddr_put(&sa, w->local.afi ? &w->local : &any, w->ifindex, p);

		if (bind(fd, &sa.sa, len) == 0) {
			*port = p;
			return 0;
		}
		err = -errno;
		if (err != -EADDRINUSE)
			break;
	}
	return err;
}

int bfd_socket_send(const struct bfd_io_want *w, uint16_t *port)
{
	bool v4 = w->remote.afi == AFI_IP4;
	int fd = udp_socket((enum afi)w->remote.afi);
	int err;

	if (fd < 0)
		return fd;
	err = socket_set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS,
			     TTL);
	/* marked, and first in our own queues, as all of a network's own traffic is */
	socket_set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, TOS_CS6);
	socket_set_int(fd, SOL_SOCKET, SO_PRIORITY, 6);
	if (!err)
		err = bind_port(fd, w, port);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int bfd_socket_put(int fd, const struct bfd_io_want *w, const uint8_t *data, size_t len)
{
	union sockaddr_any sa;
	socklen_t n = sockaddr_put(&sa, &w->remote, w->ifindex,
				   w->multihop ? BFD_PORT_MULTIHOP : BFD_PORT);

	return sendto(fd, data, len, MSG_DONTWAIT, &sa.sa, n) == (ssize_t)len ? 0 : -errno;
}

/* A control message's payload, carved: false if it is not of this size. */
static bool get_control(const struct cmsghdr *c, void *out, size_t len)
{
	if (c->cmsg_len < CMSG_LEN(len))
		return false;
	memcpy(out, CMSG_DATA(c), len);
	return true;
}

static void read_control(struct msghdr *h, struct bfd_datagram *d)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) {
			get_control(c, &d->ttl, sizeof(d->ttl));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
			get_control(c, &d->ttl, sizeof(d->ttl));
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
			   get_control(c, &info, sizeof(info))) {
			d->local = addr_make(AFI_IP4, (const uint8_t *)&info.ipi_addr);
			d->ifindex = (uint32_t)info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			   get_control(c, &info6, sizeof(info6))) {
			d->local = addr_make(AFI_IP6, (const uint8_t *)&info6.ipi6_addr);
			d->ifindex = (uint32_t)info6.ipi6_ifindex;
		}
	}
}

size_t bfd_socket_get(int fd, struct bfd_datagram *out, size_t cap)
{
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_SIZE];
	union sockaddr_any from[BATCH] = {0};
	struct mmsghdr msgs[BATCH] = {0};
	struct iovec iov[BATCH];
	size_t taken = 0;
	int n;

	if (cap > BATCH)
		cap = BATCH;
	for (size_t i = 0; i < cap; i++) {
		iov[i] = (struct iovec){out[i].payload, sizeof(out[i].payload)};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						  .msg_namelen = sizeof(from[i]),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1,
						  .msg_control = control[i],
						  .msg_controllen = sizeof(control[i])};
	}
	n = recvmmsg(fd, msgs, (unsigned int)cap, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct bfd_datagram *d = &out[taken];

		if (msgs[i].msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
			continue;
		if (d != &out[i])
			memcpy(d->payload, out[i].payload, msgs[i].msg_len);
		d->len = msgs[i].msg_len;
		d->remote = sockaddr_addr(&from[i], NULL);
		d->local.afi = AFI_NONE;
		d->ifindex = 0;
		d->ttl = -1;
		read_control(&msgs[i].msg_hdr, d);
		taken++;
	}
	return taken;
}
