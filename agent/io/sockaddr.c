/* sockaddr: see sockaddr.h. */
#include "agent/io/sockaddr.h"

#include <errno.h>
#include <string.h>

socklen_t sockaddr_put(union sockaddr_any *sa, const struct addr *a, uint32_t ifindex,
		       uint16_t port)
{
	memset(sa, 0, sizeof(*sa));
	if (a->afi == AFI_IP4) {
		sa->in.sin_family = AF_INET;
		sa->in.sin_port = htons(port);
		memcpy(&sa->in.sin_addr, a->b, 4);
		return sizeof(sa->in);
	}
	sa->in6.sin6_family = AF_INET6;
	sa->in6.sin6_port = htons(port);
	memcpy(&sa->in6.sin6_addr, a->b, 16);
	if (addr_is_linklocal6(a))
		sa->in6.sin6_scope_id = ifindex;
	return sizeof(sa->in6);
}

struct addr sockaddr_addr(const union sockaddr_any *sa, uint32_t *ifindex)
{
	struct addr a;

	if (sa->sa.sa_family == AF_INET)
		a = addr_make(AFI_IP4, (const uint8_t *)&sa->in.sin_addr);
	else
		a = addr_make(AFI_IP6, (const uint8_t *)&sa->in6.sin6_addr);
	if (ifindex)
		*ifindex = addr_is_linklocal6(&a) ? sa->in6.sin6_scope_id : 0;
	return a;
}

int socket_set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

bool socket_no_room(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}
