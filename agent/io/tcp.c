/* tcp: see tcp.h. */
#include "agent/io/tcp.h"

#include "agent/io/sockaddr.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define TCP_TOS_CS6    0xc0 /* RFC 4271 has no word on it; every router marks BGP as CS6 */
#define TCP_KEEPIDLE_S 30
#define TTL_MAX        255

static int set_md5(int fd, const struct addr *remote, uint32_t ifindex, const char *key)
{
	struct tcp_md5sig md5 = {0};
	union sockaddr_any sa;
	size_t len = key ? strlen(key) : 0;
	int err = 0;

	sockaddr_put(&sa, remote, ifindex, 0);
	memcpy(&md5.tcpm_addr, &sa.ss, sizeof(md5.tcpm_addr));
	md5.tcpm_keylen = (uint16_t)len;
	if (len)
		memcpy(md5.tcpm_key, key, len);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5)) != 0)
		err = -errno;
	explicit_bzero(&md5, sizeof(md5));
	/* taking a key away that is not there is no error to us */
	return !key && err == -ENOENT ? 0 : err;
}

/* Linux 6.7's <linux/tcp.h>, which Debian 12's headers are too old for. */
enum { AO_ADD_KEY = 38, AO_DEL_KEY = 39 };

struct ao_add {
	struct sockaddr_storage addr;
	char algorithm[64];
	int32_t ifindex;
	uint32_t flags; /* 1: current key, 2: RNextKeyID */
	uint16_t reserved;
	uint8_t prefix, send_id, recv_id, mac_len, key_flags, key_len;
	uint8_t key[TCP_KEY_MAX];
} __attribute__((aligned(8)));

struct ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t flags;
	uint16_t reserved;
	uint8_t prefix, send_id, recv_id, current_key, rnext, key_flags;
} __attribute__((aligned(8)));

#define AO_MAC_LEN 12 /* 96 bits: both of RFC 5926 */

static int add_ao(int fd, const struct addr *remote, uint32_t ifindex, const struct tcp_auth *auth)
{
	struct ao_add add = {.prefix = (uint8_t)afi_bits(remote->afi),
			     .send_id = auth->id,
			     .recv_id = auth->id,
			     .mac_len = AO_MAC_LEN,
			     .key_len = (uint8_t)strlen(auth->key)};
	union sockaddr_any sa;
	int err = 0;

	sockaddr_put(&sa, remote, ifindex, 0);
	memcpy(&add.addr, &sa.ss, sizeof(add.addr));
	strcpy(add.algorithm, auth->aes_cmac ? "cmac(aes128)" : "hmac(sha1)");
	memcpy(add.key, auth->key, add.key_len);
	if (setsockopt(fd, IPPROTO_TCP, AO_ADD_KEY, &add, sizeof(add)) != 0)
		err = -errno;
	explicit_bzero(&add, sizeof(add));
	return err;
}

static int del_ao(int fd, const struct addr *remote, uint32_t ifindex, uint8_t id)
{
	struct ao_del del = {
		.prefix = (uint8_t)afi_bits(remote->afi), .send_id = id, .recv_id = id};
	union sockaddr_any sa;

	sockaddr_put(&sa, remote, ifindex, 0);
	memcpy(&del.addr, &sa.ss, sizeof(del.addr));
	if (setsockopt(fd, IPPROTO_TCP, AO_DEL_KEY, &del, sizeof(del)) != 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int set_auth(int fd, const struct addr *remote, uint32_t ifindex,
		    const struct tcp_auth *auth)
{
	int err;

	if (auth->key && strlen(auth->key) > TCP_KEY_MAX)
		return -EINVAL;
	if (!auth->ao)
		return set_md5(fd, remote, ifindex, auth->key);
	/* a key of the same ID cannot be replaced */
	err = del_ao(fd, remote, ifindex, auth->id);
	return err || !auth->key ? err : add_ao(fd, remote, ifindex, auth);
}

int tcp_apply(int fd, enum afi afi, const struct tcp_opts *opts)
{
	bool v4 = afi == AFI_IP4;
	int err;

	/* BGP's own timers decide when a session is dead; this is for what they cannot see */
	socket_set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	socket_set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, TCP_KEEPIDLE_S);
	socket_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	socket_set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, TCP_TOS_CS6);
	if (opts->ttl) {
		err = socket_set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
				     v4 ? IP_TTL : IPV6_UNICAST_HOPS, opts->ttl);
		if (err)
			return err;
	}
	if (opts->min_ttl) {
		err = socket_set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
				     v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, opts->min_ttl);
		if (err)
			return err;
	}
	return 0;
}

int tcp_dial(const struct addr *remote, uint16_t port, const struct tcp_opts *opts)
{
	union sockaddr_any sa;
	socklen_t len = sockaddr_put(&sa, remote, opts->ifindex, port);
	int fd = socket(sa.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = tcp_apply(fd, remote->afi, opts);
	if (!err && opts->auth)
		err = set_auth(fd, remote, opts->ifindex, opts->auth);
	if (!err && opts->local.afi) {
		union sockaddr_any local;
		socklen_t n = sockaddr_put(&local, &opts->local, opts->ifindex, 0);

		if (bind(fd, &local.sa, n) != 0)
			err = -errno;
	}
	if (!err && connect(fd, &sa.sa, len) != 0 && errno != EINPROGRESS)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int tcp_connect_result(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return -errno;
	return -err;
}

int tcp_listen(enum afi afi, const struct addr *local, uint16_t port)
{
	struct addr any = {.afi = (uint8_t)afi};
	union sockaddr_any sa;
	socklen_t len = sockaddr_put(&sa, local ? local : &any, 0, port);
	int fd = socket(sa.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	socket_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* the handshake's answer is sent with the listener's TTL: a peer with GTSM (RFC 5082) that
	 * dials us would not hear any other; what is sent behind it has the neighbour's, or this */
	if (afi == AFI_IP4) {
		socket_set_int(fd, IPPROTO_IP, IP_TTL, TTL_MAX);
	} else {
		socket_set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL_MAX);
		err = socket_set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	}
	if (!err && (bind(fd, &sa.sa, len) != 0 || listen(fd, TCP_BACKLOG) != 0))
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int tcp_listen_auth(int fd, const struct addr *remote, uint32_t ifindex,
		    const struct tcp_auth *auth)
{
	return set_auth(fd, remote, ifindex, auth);
}

int tcp_accept(int fd, struct addr *remote, uint32_t *ifindex, struct addr *local)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);
	int conn = accept4(fd, &sa.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int err;

	if (conn < 0)
		return -errno;
	*remote = sockaddr_addr(&sa, ifindex);
	err = tcp_local(conn, local);
	if (err) {
		close(conn);
		return err;
	}
	return conn;
}

int tcp_local(int fd, struct addr *local)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, &sa.sa, &len) != 0)
		return -errno;
	*local = sockaddr_addr(&sa, NULL);
	return 0;
}

static uint16_t port_of(const union sockaddr_any *sa)
{
	return ntohs(sa->sa.sa_family == AF_INET ? sa->in.sin_port : sa->in6.sin6_port);
}

void tcp_ports(int fd, uint16_t *local, uint16_t *remote)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);

	*local = getsockname(fd, &sa.sa, &len) == 0 ? port_of(&sa) : 0;
	len = sizeof(sa);
	*remote = getpeername(fd, &sa.sa, &len) == 0 ? port_of(&sa) : 0;
}

int tcp_user_timeout(int fd, unsigned int ms)
{
	return socket_set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)ms);
}
