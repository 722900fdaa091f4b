/* listener: see listener.h. */
#include "agent/listener.h"

#include "agent/io/log.h"
#include "agent/io/tcp.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACCEPTS_MAX 16 /* a wake-up */

struct socket_of_family {
	struct listener *listener;
	int fd; /* -1: none */
	struct loop_fd *watch;
};

struct listener {
	listener_fn *fn;
	void *ctx;
	struct socket_of_family sockets[2];
	struct addr *keyed; /* who must have a key */
	size_t n_keyed;
};

static void on_ready(void *ctx, unsigned int events)
{
	struct socket_of_family *sock = ctx;

	(void)events;
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct addr remote, local;
		uint32_t ifindex;
		int fd = tcp_accept(sock->fd, &remote, &ifindex, &local);

		if (fd == -EAGAIN)
			return;
		if (fd < 0)
			continue; /* this one went away again; others may wait */
		sock->listener->fn(sock->listener->ctx, fd, &remote, ifindex, &local);
	}
}

struct listener *listener_new(struct loop *l, uint16_t port, listener_fn *fn, void *ctx)
{
	static const enum afi families[2] = {AFI_IP4, AFI_IP6};
	struct listener *ls = mem_zalloc(sizeof(*ls));

	ls->fn = fn;
	ls->ctx = ctx;
	for (int i = 0; i < 2; i++) {
		struct socket_of_family *sock = &ls->sockets[i];

		sock->listener = ls;
		sock->fd = tcp_listen(families[i], NULL, port);
		if (sock->fd < 0) {
			log_warning("cannot listen for BGP, only dialling",
				    "family=%s port=%u reason=%s",
				    families[i] == AFI_IP4 ? "ipv4" : "ipv6", port,
				    strerror(-sock->fd));
			sock->fd = -1;
			continue;
		}
		sock->watch = loop_fd_new(l, sock->fd, LOOP_READ, on_ready, sock);
	}
	return ls;
}

void listener_free(struct listener *ls)
{
	if (!ls)
		return;
	for (int i = 0; i < 2; i++) {
		if (ls->sockets[i].fd < 0)
			continue;
		loop_fd_free(ls->sockets[i].watch);
		close(ls->sockets[i].fd);
	}
	free(ls->keyed);
	free(ls);
}

int listener_md5(struct listener *ls, const struct addr *remote, uint32_t ifindex, const char *key)
{
	int fd = ls->sockets[remote->afi == AFI_IP4 ? 0 : 1].fd;

	int err = fd < 0 ? 0 : tcp_listen_md5(fd, remote, ifindex, key);
	size_t i;

	for (i = 0; i < ls->n_keyed && !addr_eq(&ls->keyed[i], remote); i++)
		;
	if (key && !err && i == ls->n_keyed) {
		ls->keyed = mem_grow(ls->keyed, ls->n_keyed + 1, sizeof(*ls->keyed));
		ls->keyed[ls->n_keyed++] = *remote;
	} else if ((!key || err) && i < ls->n_keyed) {
		ls->keyed[i] = ls->keyed[--ls->n_keyed];
	}
	return err;
}

bool listener_has_md5(const struct listener *ls, const struct addr *remote)
{
	for (size_t i = 0; i < ls->n_keyed; i++) {
		if (addr_eq(&ls->keyed[i], remote))
			return true;
	}
	return false;
}
