/*
 * tcp: sockets of BGP sessions, non-blocking and close-on-exec.
 *
 * Functions return a descriptor or 0, or -errno.
 */
#ifndef LEAFPEER_IO_TCP_H
#define LEAFPEER_IO_TCP_H

#include "agent/lib/prefix.h"

#include <stddef.h>

#define TCP_KEY_MAX 80 /* octets, of either kind */
#define TCP_BACKLOG 64 /* connections that wait to be accepted */

/* How segments of a connection are authenticated. */
struct tcp_auth {
	const char *key; /* borrowed */
	/* TCP-AO (RFC 5925), else MD5 (RFC 2385). Where the kernel has none (before Linux 6.7, or
	 * built without): -ENOPROTOOPT. */
	bool ao;
	uint8_t id;    /* KeyID of both directions */
	bool aes_cmac; /* AES-128-CMAC-96 (RFC 5926), else HMAC-SHA-1-96 */
};

struct tcp_opts {
	struct addr local;           /* source address, or AFI_NONE */
	uint32_t ifindex;            /* of a link-local peer, else 0 */
	uint8_t ttl;                 /* of what we send; 0: the kernel's */
	uint8_t min_ttl;             /* GTSM (RFC 5082): the least that is accepted; 0: any */
	const struct tcp_auth *auth; /* borrowed; NULL: none */
};

/* Starts to connect; the descriptor becomes writable when that is decided: tcp_connect_result. */
int tcp_dial(const struct addr *remote, uint16_t port, const struct tcp_opts *opts);
int tcp_connect_result(int fd);
/* Listens on the port, for IPv4 or IPv6 alone, any address unless local is given. */
int tcp_listen(enum afi afi, const struct addr *local, uint16_t port);
/* Connections from this peer to the listener must be authenticated by this from now on, or (key
 * NULL) no longer by it. */
int tcp_listen_auth(int fd, const struct addr *remote, uint32_t ifindex,
		    const struct tcp_auth *auth);
/* -EAGAIN: none is waiting. Fills who called, and on which address of ours. */
int tcp_accept(int fd, struct addr *remote, uint32_t *ifindex, struct addr *local);
/* What tcp_dial did before connecting, for an accepted one. */
int tcp_apply(int fd, enum afi afi, const struct tcp_opts *opts);
/* The local address of a connected socket. */
int tcp_local(int fd, struct addr *local);
/* The ports of a connected socket; 0 where there is none. */
void tcp_ports(int fd, uint16_t *local, uint16_t *remote);
/* The connection is given up when nothing that was sent is taken for so long; 0: as long as the
 * kernel's default. */
int tcp_user_timeout(int fd, unsigned int ms);

#endif
