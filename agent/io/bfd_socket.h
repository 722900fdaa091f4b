/*
 * bfd_socket: BFD's UDP sockets: what RFC 5881 and RFC 5883 ask of ports, TTL and addresses.
 *
 * Functions return a descriptor or 0, or -errno.
 */
#ifndef LEAFPEER_IO_BFD_SOCKET_H
#define LEAFPEER_IO_BFD_SOCKET_H

#include "agent/io/bfd.h"

#include <stddef.h>

struct bfd_datagram {
	struct addr remote, local;
	uint32_t ifindex;
	int ttl; /* as received; -1: not told */
	size_t len;
	uint8_t payload[BFD_PAYLOAD_MAX];
};

int bfd_socket_listen(enum afi afi, bool multihop);
/* On a source port of its own, which is told in *port. */
int bfd_socket_send(const struct bfd_io_want *w, uint16_t *port);
int bfd_socket_put(int fd, const struct bfd_io_want *w, const uint8_t *data, size_t len);
/* What has come, at most cap; longer datagrams are left out. */
size_t bfd_socket_get(int fd, struct bfd_datagram *out, size_t cap);

#endif
