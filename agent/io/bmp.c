/* bmp: see bmp.h. */
#include "agent/io/bmp.h"

#include "agent/io/tcp.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct bmp_link {
	struct loop *loop;
	struct addr station;
	uint16_t port;
	struct bmp_link_ops ops;
	void *ctx;
	int fd; /* -1: waiting to dial */
	struct loop_fd *watch;
	struct loop_timer *timer; /* of the next dial */
	int64_t wait;
	bool up;
	uint8_t *buf; /* [at, len) waits; there while it is up */
	size_t at, len;
	uint64_t octets;
};

static void dial(void *ctx);

static void shut(struct bmp_link *k)
{
	if (k->fd >= 0) {
		loop_fd_free(k->watch);
		close(k->fd);
	}
	k->fd = -1;
	k->watch = NULL;
	k->up = false;
	free(k->buf);
	k->buf = NULL;
	k->at = k->len = 0;
}

/* A wait between three quarters of its length and the whole, so that nodes that lost one station
 * together do not come back together. */
static void dial_later(struct bmp_link *k)
{
	int64_t part = k->wait / 4;

	loop_timer_set(k->timer, loop_now(k->loop) + k->wait - loop_random() % (part + 1));
	k->wait *= 2;
	if (k->wait > BMP_LINK_RETRY_MAX_US)
		k->wait = BMP_LINK_RETRY_MAX_US;
}

static void fail(struct bmp_link *k, const char *why)
{
	shut(k);
	dial_later(k);
	k->ops.down(k->ctx, why);
}

/* -EAGAIN: the rest waits; 0: nothing waits. */
static int push(struct bmp_link *k)
{
	while (k->at < k->len) {
		ssize_t n = send(k->fd, k->buf + k->at, k->len - k->at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
		k->at += (size_t)n;
		k->octets += (uint64_t)n;
	}
	k->at = k->len = 0;
	return 0;
}

bool bmp_link_flush(struct bmp_link *k)
{
	int err = push(k);

	if (err && err != -EAGAIN) {
		fail(k, strerror(-err));
		return false;
	}
	loop_fd_set(k->watch, err ? LOOP_READ | LOOP_WRITE : LOOP_READ);
	return true;
}

/* A station has nothing to say (RFC 7854 section 3.2); but its end of the connection is seen here.
 * False: it has gone. */
static bool read_and_drop(struct bmp_link *k)
{
	char buf[4096];

	for (;;) {
		ssize_t n = recv(k->fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			fail(k, n < 0 ? strerror(errno) : "the station closed the connection");
			return false;
		}
		if ((size_t)n < sizeof(buf))
			return true;
	}
}

static void connected(struct bmp_link *k)
{
	int err = tcp_connect_result(k->fd);

	if (err) {
		fail(k, strerror(-err));
		return;
	}
	k->up = true;
	k->buf = mem_zalloc(BMP_LINK_BUFFER);
	loop_fd_set(k->watch, LOOP_READ);
	k->ops.up(k->ctx);
}

static void on_ready(void *ctx, unsigned int events)
{
	struct bmp_link *k = ctx;

	if (!k->up) {
		connected(k);
		return;
	}
	if ((events & LOOP_READ) && !read_and_drop(k))
		return;
	if (!(events & LOOP_WRITE) || !bmp_link_flush(k))
		return;
	if (k->len - k->at < BMP_LINK_BUFFER / 2)
		k->ops.room(k->ctx);
}

static void dial(void *ctx)
{
	struct bmp_link *k = ctx;
	struct tcp_opts opts = {.ttl = 0};
	int fd = tcp_dial(&k->station, k->port, &opts);

	if (fd < 0) {
		fail(k, strerror(-fd));
		return;
	}
	tcp_user_timeout(fd, BMP_LINK_STALL_MS);
	k->fd = fd;
	k->watch = loop_fd_new(k->loop, fd, LOOP_WRITE, on_ready, k);
	if (!k->watch) {
		close(fd);
		k->fd = -1;
		fail(k, strerror(EMFILE));
	}
}

struct bmp_link *bmp_link_new(struct loop *l, const struct addr *station, uint16_t port,
			      const struct bmp_link_ops *ops, void *ctx)
{
	struct bmp_link *k = mem_zalloc(sizeof(*k));

	k->loop = l;
	k->station = *station;
	k->port = port;
	k->ops = *ops;
	k->ctx = ctx;
	k->fd = -1;
	k->wait = BMP_LINK_RETRY_MIN_US;
	k->timer = loop_timer_new(l, dial, k);
	loop_timer_set(k->timer, loop_now(l));
	return k;
}

void bmp_link_free(struct bmp_link *k)
{
	if (!k)
		return;
	if (k->up)
		push(k);
	shut(k);
	loop_timer_free(k->timer);
	free(k);
}

bool bmp_link_is_up(const struct bmp_link *k)
{
	return k->up;
}

bool bmp_link_has_room(const struct bmp_link *k, size_t len)
{
	return k->up && BMP_LINK_BUFFER - (k->len - k->at) >= len;
}

struct wr bmp_link_write(struct bmp_link *k)
{
	if (k->at && BMP_LINK_BUFFER - k->len < BMP_LINK_BUFFER / 3) {
		memmove(k->buf, k->buf + k->at, k->len - k->at);
		k->len -= k->at;
		k->at = 0;
	}
	return wr_init(k->buf + k->len, BMP_LINK_BUFFER - k->len);
}

void bmp_link_wrote(struct bmp_link *k, const struct wr *wr)
{
	k->len += wr_len(wr);
}

void bmp_link_settled(struct bmp_link *k)
{
	k->wait = BMP_LINK_RETRY_MIN_US;
}

void bmp_link_again(struct bmp_link *k)
{
	if (k->up)
		push(k);
	shut(k);
	dial_later(k);
}

uint64_t bmp_link_octets(const struct bmp_link *k)
{
	return k->octets;
}
