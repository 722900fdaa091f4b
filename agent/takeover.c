/* takeover: see takeover.h. */
#include "agent/takeover.h"

#include "agent/agent.h"
#include "agent/bgp/handed.h"
#include "agent/io/handover.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long each waits for the other. The old one serves nobody meanwhile, so less than any hold
 * time; BFD's thread goes on until the last moment. */
#define WAIT_MS  2000
/* How long one that broke off may take to go, until it is believed that it stays. */
#define LEAVE_MS 5000
#define LOOK_MS  20
#define READY    'r'
#define LINE_FOR "take-over\n"

_Static_assert(HANDED_SESSIONS_MAX >= HANDOVER_FDS_MAX, "every descriptor may be a session's");

struct takeover {
	struct text data; /* what the sessions' bodies lie in */
	struct handed handed;
	struct bfd_io_export bfd;
	bool bfd_taken; /* its sockets are the caller's */
};

/* ---- the old one ------------------------------------------------------------------------------
 */

static size_t put_state(struct agent *a, struct text *out, int *fds, size_t *n_sessions)
{
	size_t n = 0;

	handed_put_version(out, leafpeer_version());
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		struct text body = {0};
		int fd;

		if (n < HANDOVER_FDS_MAX - 2 && session_carry(s, &body, &fd)) {
			handed_put_session(out, n, &body);
			++*n_sessions;
			fds[n++] = fd;
		}
		text_free(&body);
	}
	for (int i = 0; i < 2; i++) {
		enum afi afi = i ? AFI_IP6 : AFI_IP4;
		int fd = listener_fd(a->listener, afi);

		if (fd < 0)
			continue;
		handed_put_listener(out, n, afi);
		fds[n++] = fd;
	}
	if (a->draining)
		handed_put_drain(out, a->drain_reasons, a->drain_withdraw_at);
	return n;
}

static int give_state(struct agent *a, int fd, size_t *n_sessions)
{
	int fds[HANDOVER_FDS_MAX];
	struct text data = {0};
	size_t n = put_state(a, &data, fds, n_sessions);
	int err = handover_send(fd, &data, fds, n, WAIT_MS);

	text_free(&data);
	if (err)
		return err;
	err = handover_hear(fd, WAIT_MS);
	return err < 0 ? err : err == READY ? 0 : -EPIPE;
}

/* The last word. BFD stands still for as long as it takes to say it. */
static int give_bfd(struct agent *a, int fd)
{
	struct bfd_io *io = liveness_io(a->liveness);
	struct bfd_io_export *e = mem_zalloc(sizeof(*e));
	int fds[HANDOVER_FDS_MAX];
	struct text data = {0};
	size_t n = 0;
	int err;

	if (io) {
		bfd_io_pause(io, e);
		bfd_handed_put(e, &data, fds, &n, HANDOVER_FDS_MAX);
	}
	err = handover_send(fd, &data, fds, n, WAIT_MS);
	if (err && io)
		bfd_io_resume(io);
	text_free(&data);
	free(e);
	return err;
}

void takeover_offer(struct agent *a, struct control_client *client)
{
	int fd = control_detach(client);
	size_t n_sessions = 0;
	int err;

	for (struct session *s = a->sessions; s; s = session_next(s))
		session_freeze(s);
	/* nothing of ours may reach the kernel after the other has begun */
	fibsync_settle(a->kernel);
	err = give_state(a, fd, &n_sessions);
	if (!err)
		err = give_bfd(a, fd);
	if (err) {
		log_warning("another leafpeerd asked to take over and did not, going on",
			    "reason=%s", err == -EPIPE ? "it has gone" : strerror(-err));
		close(fd);
		for (struct session *s = a->sessions; s; s = session_next(s))
			session_thaw(s);
		return;
	}
	log_info("another leafpeerd has taken over", "sessions=%zu", n_sessions);
	a->handed_over = true;
	a->handover_fd = fd;
	loop_stop(a->loop);
}

void takeover_gone(struct agent *a)
{
	close(a->handover_fd);
}

/* ---- the new one ------------------------------------------------------------------------------
 */

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* From "yours" on nothing is a failure any more: a session of BFD that is not understood is begun
 * anew. */
static void take_bfd(struct takeover *t, const struct text *data, int *fds, size_t n)
{
	if (!bfd_handed_get(rd_init(data->s, data->len), fds, n, &t->bfd)) {
		log_warning("BFD begins anew: what the other leafpeerd said of it makes no sense",
			    "");
	}
	close_all(fds, n);
}

static int receive(struct takeover *t, int fd)
{
	int fds[HANDOVER_FDS_MAX];
	struct text bfd = {0};
	size_t n;
	int err = handover_receive(fd, &t->data, fds, &n, WAIT_MS);
	bool ok;

	if (err)
		return err;
	ok = handed_get(rd_init(t->data.s, t->data.len), fds, n, &t->handed) &&
	     t->handed.drain_reasons <= DRAIN_ALL;
	close_all(fds, n);
	if (!ok)
		return -EPROTO;
	err = handover_say(fd, READY, WAIT_MS);
	/* a moment more than the old one waits: it must not be in doubt whose the sessions are */
	err = err ? err : handover_receive(fd, &bfd, fds, &n, WAIT_MS + WAIT_MS / 2);
	if (err)
		return err;
	take_bfd(t, &bfd, fds, n);
	text_free(&bfd);
	return 0;
}

bool takeover_possible(const char *path)
{
	int fd = handover_connect(path, "");

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The other one broke off. One that was told to stop just then does not hear its socket any more,
 * closes it last, and is gone; one that lives on could not hand over. */
static bool leaves(const char *path)
{
	for (int ms = 0; ms < LEAVE_MS; ms += LOOK_MS) {
		if (!takeover_possible(path))
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

enum takeover_result takeover_begin(const char *path, struct takeover **out)
{
	struct takeover *t;
	int fd = handover_connect(path, LINE_FOR), err;

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return TAKEOVER_NOBODY;
	if (fd == -EPIPE && leaves(path))
		return TAKEOVER_GONE;
	if (fd < 0) {
		log_error("cannot take over: the other leafpeerd is not reached",
			  "socket=%s reason=%s", path, strerror(-fd));
		return TAKEOVER_REFUSED;
	}
	t = mem_zalloc(sizeof(*t));
	t->handed.listeners[0] = t->handed.listeners[1] = -1;
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		t->bfd.listeners[i] = -1;
	err = receive(t, fd);
	if ((err == -ECONNRESET || err == -EPIPE) && leaves(path)) {
		takeover_end(t);
		close(fd);
		return TAKEOVER_GONE;
	}
	if (err) {
		log_error("cannot take over, the other leafpeerd goes on", "reason=%s",
			  err == -EPROTO ? "it does not know how to hand over, or "
					   "differently: stop it, the restart is graceful"
					 : strerror(-err));
		takeover_end(t);
		close(fd);
		return TAKEOVER_REFUSED;
	}
	/* until its ports are free; one that hangs is no reason to wait longer */
	if (handover_hear(fd, WAIT_MS) != 0)
		log_warning("the other leafpeerd is slow to go", "");
	close(fd);
	*out = t;
	return TAKEOVER_OK;
}

bool takeover_session(struct takeover *t, struct session *s)
{
	for (size_t i = 0; t && i < t->handed.n_sessions; i++) {
		struct handed_session *h = &t->handed.sessions[i];

		if (h->fd < 0 || !session_adopt(s, h->body, h->fd))
			continue;
		h->fd = -1;
		return true;
	}
	return false;
}

int takeover_listener(struct takeover *t, enum afi afi)
{
	int fd = t ? t->handed.listeners[afi == AFI_IP6] : -1;

	if (fd >= 0)
		t->handed.listeners[afi == AFI_IP6] = -1;
	return fd;
}

const struct bfd_io_export *takeover_bfd(struct takeover *t)
{
	if (!t || !t->bfd.n)
		return NULL;
	t->bfd_taken = true;
	return &t->bfd;
}

bool takeover_drain(const struct takeover *t, unsigned int *reasons, int64_t *withdraw_at)
{
	if (!t || !t->handed.draining)
		return false;
	*reasons = t->handed.drain_reasons ? (unsigned int)t->handed.drain_reasons : DRAIN_COMMAND;
	*withdraw_at = t->handed.withdraw_at;
	return true;
}

void takeover_end(struct takeover *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->handed.n_sessions; i++)
		close_all(&t->handed.sessions[i].fd, 1);
	close_all(t->handed.listeners, 2);
	if (!t->bfd_taken)
		close_all(t->bfd.listeners, BFD_IO_LISTENERS);
	text_free(&t->data);
	free(t);
}
