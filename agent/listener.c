/* listener: see listener.h. */
#include "agent/listener.h"

#include "agent/io/log.h"
#include "agent/io/sockaddr.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACCEPTS_MAX 16               /* a wake-up */
#define AGAIN_US    INT64_C(5000000) /* until a port that was taken is tried again */
#define ROOM_US     INT64_C(1000000) /* until descriptors may be free again */

struct socket_of_family {
	struct listener *listener;
	enum afi afi;
	int fd; /* -1: none */
	struct loop_fd *watch;
	struct loop_timer *timer;
};

struct keyed {
	struct addr remote;
	uint32_t ifindex;
	struct tcp_auth auth; /* without the key */
};

struct listener {
	struct loop *loop;
	uint16_t port;
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
		if (socket_no_room(-fd)) {
			/* who waits is still there when there is room again; asked at once, accept
			 * would say the same, again and again */
			log_warning("neighbours that dial must wait", "reason=%s", strerror(-fd));
			loop_fd_set(sock->watch, 0);
			loop_timer_set(sock->timer, loop_now(sock->listener->loop) + ROOM_US);
			return;
		}
		if (fd < 0)
			continue; /* this one went away again; others may wait */
		sock->listener->fn(sock->listener->ctx, fd, &remote, ifindex, &local);
	}
}

static const char *family_name(const struct socket_of_family *sock)
{
	return sock->afi == AFI_IP4 ? "ipv4" : "ipv6";
}

static void drop_keys(struct listener *ls, enum afi afi)
{
	for (size_t i = 0; i < ls->n_keyed;) {
		if (ls->keyed[i].remote.afi == afi)
			ls->keyed[i] = ls->keyed[--ls->n_keyed];
		else
			i++;
	}
}

static void watch_socket(struct socket_of_family *sock)
{
	sock->watch = loop_fd_new(sock->listener->loop, sock->fd, LOOP_READ, on_ready, sock);
}

/* Another program has the port, and may let it go; or there was no descriptor, as in on_ready. */
static bool may_come(int err)
{
	return err == EADDRINUSE || socket_no_room(err);
}

static void open_again(struct socket_of_family *sock)
{
	struct listener *ls = sock->listener;

	sock->fd = tcp_listen(sock->afi, NULL, ls->port);
	if (sock->fd < 0) {
		if (may_come(-sock->fd))
			loop_timer_set(sock->timer, loop_now(ls->loop) + AGAIN_US);
		sock->fd = -1;
		return;
	}
	/* this socket asks nobody for a key yet; each neighbour's is set as it is next dialled */
	drop_keys(ls, sock->afi);
	watch_socket(sock);
	log_info("listening for BGP", "family=%s port=%u", family_name(sock), ls->port);
}

static void on_timer(void *ctx)
{
	struct socket_of_family *sock = ctx;

	if (sock->fd < 0)
		open_again(sock);
	else
		loop_fd_set(sock->watch, LOOP_READ);
}

static struct listener *listener_alloc(struct loop *l, uint16_t port, listener_fn *fn, void *ctx)
{
	static const enum afi families[2] = {AFI_IP4, AFI_IP6};
	struct listener *ls = mem_zalloc(sizeof(*ls));

	ls->loop = l;
	ls->port = port;
	ls->fn = fn;
	ls->ctx = ctx;
	for (int i = 0; i < 2; i++) {
		ls->sockets[i] = (struct socket_of_family){
			.listener = ls,
			.afi = families[i],
			.fd = -1,
			.timer = loop_timer_new(l, on_timer, &ls->sockets[i]),
		};
	}
	return ls;
}

struct listener *listener_new(struct loop *l, uint16_t port, listener_fn *fn, void *ctx)
{
	struct listener *ls = listener_alloc(l, port, fn, ctx);

	for (int i = 0; i < 2; i++) {
		struct socket_of_family *sock = &ls->sockets[i];

		sock->fd = tcp_listen(sock->afi, NULL, port);
		if (sock->fd >= 0) {
			watch_socket(sock);
			continue;
		}
		log_warning("cannot listen for BGP, only dialling", "family=%s port=%u reason=%s",
			    family_name(sock), port, strerror(-sock->fd));
		if (may_come(-sock->fd))
			loop_timer_set(sock->timer, loop_now(l) + AGAIN_US);
		sock->fd = -1;
	}
	return ls;
}

struct listener *listener_adopt(struct loop *l, uint16_t port, int fd4, int fd6, listener_fn *fn,
				void *ctx)
{
	struct listener *ls = listener_alloc(l, port, fn, ctx);

	for (int i = 0; i < 2; i++) {
		struct socket_of_family *sock = &ls->sockets[i];

		sock->fd = i ? fd6 : fd4;
		if (sock->fd >= 0)
			watch_socket(sock);
		else
			loop_timer_set(sock->timer, loop_now(l));
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
		loop_timer_free(ls->sockets[i].timer);
		loop_fd_free(ls->sockets[i].watch);
		if (ls->sockets[i].fd >= 0)
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

/* Who came before the socket asked its address for a key was not asked, and cannot be told from who
 * was: all that wait are sent away, and may come again. */
static void refuse_waiting(int fd)
{
	for (int i = 0; i < TCP_BACKLOG * 2; i++) {
		struct addr remote, local;
		int conn = tcp_accept(fd, &remote, NULL, &local);

		if (conn >= 0)
			close(conn);
		else if (conn == -EAGAIN || socket_no_room(-conn))
			return;
	}
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
	if (fd >= 0)
		refuse_waiting(fd);
	ls->keyed = mem_grow(ls->keyed, ls->n_keyed + 1, sizeof(*ls->keyed));
	ls->keyed[ls->n_keyed] = (struct keyed){*remote, ifindex, *auth};
	ls->keyed[ls->n_keyed++].auth.key = NULL; /* is not ours */
	return 0;
}

bool listener_has_auth(const struct listener *ls, const struct addr *remote, uint32_t ifindex)
{
	return find_keyed(ls, remote, ifindex) != NULL;
}
