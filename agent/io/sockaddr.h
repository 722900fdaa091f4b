/* sockaddr: addresses as the kernel's socket calls take them, and back. */
#ifndef LEAFPEER_IO_SOCKADDR_H
#define LEAFPEER_IO_SOCKADDR_H

#include "agent/lib/prefix.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage ss;
};

/* The length for the socket call. ifindex is the scope of a link-local address, and is not looked
 * at elsewhere. */
socklen_t sockaddr_put(union sockaddr_any *sa, const struct addr *a, uint32_t ifindex,
		       uint16_t port);

/* ifindex, where not NULL: the scope of a link-local address, otherwise 0. */
struct addr sockaddr_addr(const union sockaddr_any *sa, uint32_t *ifindex);

/* setsockopt() with an int: 0, or -errno. */
int socket_set_int(int fd, int level, int name, int value);

/* An errno that says that there is no descriptor or memory for a connection, which waits: accept
 * says it again and again, so it is to be asked again only when some time has passed. */
bool socket_no_room(int err);

#endif
