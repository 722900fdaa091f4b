/* listener: see listener.h. */
#include "agent/listener.h"

#include "agent/io/log.h"
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

struct keyed {
	struct addr remote;
	uint32_t ifindex;
	struct tcp_auth auth; /* without the key */
};

struct listener {
	listener_fn *fn;
	void *ctx;
	struct socket_of_family sockets[2];
	struct keyed *keyed; /* who must have a key */
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

struct listener *listener_adopt(struct loop *l, int fd4, int fd6, listener_fn *fn, void *ctx)
{
	struct listener *ls = mem_zalloc(sizeof(*ls));

	ls->fn = fn;
	ls->ctx = ctx;
	for (int i = 0; i < 2; i++) {
		struct socket_of_family *sock = &ls->sockets[i];

		sock->listener = ls;
		sock->fd = i ? fd6 : fd4;
		if (sock->fd >= 0)
			sock->watch = loop_fd_new(l, sock->fd, LOOP_READ, on_ready, sock);
	}
	return ls;
}

int listener_fd(const struct listener *ls, enum afi afi)
{
	return ls ? ls->sockets[afi == AFI_IP4 ? 0 : 1].fd : -1;
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

static struct keyed *find_keyed(const struct listener *ls, const struct addr *remote,
				uint32_t ifindex)
{
	for (size_t i = 0; i < ls->n_keyed; i++) {
		if (addr_eq(&ls->keyed[i].remote, remote) && ls->keyed[i].ifindex == ifindex)
			return &ls->keyed[i];
	}
	return NULL;
}

int listener_auth(struct listener *ls, const struct addr *remote, uint32_t ifindex,
		  const struct tcp_auth *auth)
{
	int fd = ls->sockets[remote->afi == AFI_IP4 ? 0 : 1].fd, err;
	struct keyed *k = find_keyed(ls, remote, ifindex);

	/* MD5's key is replaced by the next one; TCP-AO's stands until it is taken away */
	if (k && (!auth || auth->ao || k->auth.ao)) {
		if (fd >= 0)
			tcp_listen_auth(fd, remote, ifindex, &k->auth);
		*k = ls->keyed[--ls->n_keyed];
		k = NULL;
	}
	if (!auth)
		return 0;
	err = fd < 0 ? 0 : tcp_listen_auth(fd, remote, ifindex, auth);
	if (err && k)
		*k = ls->keyed[--ls->n_keyed];
	if (err || k)
		return err;
	ls->keyed = mem_grow(ls->keyed, ls->n_keyed + 1, sizeof(*ls->keyed));
	ls->keyed[ls->n_keyed] = (struct keyed){*remote, ifindex, *auth};
	ls->keyed[ls->n_keyed++].auth.key = NULL; /* is not ours */
	return 0;
}

bool listener_has_auth(const struct listener *ls, const struct addr *remote, uint32_t ifindex)
{
	return find_keyed(ls, remote, ifindex) != NULL;
}
