/* takeover: see takeover.h. A tag is never used again for another value. */
#include "agent/takeover.h"

#include "agent/agent.h"
#include "agent/io/handover.h"
#include "agent/io/log.h"
#include "agent/lib/carry.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long each waits for the other. The old one serves nobody meanwhile, so less than any hold
 * time; BFD's thread goes on until the last moment. */
#define WAIT_MS  2000
#define READY    'r'
#define LINE_FOR "take-over\n"

enum {
	TAG_VERSION = 1,
	TAG_SESSION,
	TAG_LISTENER,
	TAG_DRAIN, /* when the prefixes are withdrawn */
	TAG_DRAIN_REASONS,
};

enum { /* of a session, or a listener */
       TAG_FD = 1,
       TAG_BODY,
       TAG_AFI,
};

struct takeover {
	struct text data; /* what the sessions' bodies lie in */
	int fds[HANDOVER_FDS_MAX];
	size_t n_fds;
	struct rd sessions[CONF_NEIGHBORS_MAX];
	size_t n_sessions;
	int session_fds[CONF_NEIGHBORS_MAX];
	int listeners[2]; /* IPv4, IPv6; -1: none */
	bool draining;
	unsigned int drain_reasons; /* enum drain_reason; 0: it did not say */
	int64_t withdraw_at;
	struct bfd_io_export bfd;
	bool bfd_taken; /* its sockets are the caller's */
};

/* ---- the old one ------------------------------------------------------------------------------
 */

static size_t put_state(struct agent *a, struct text *out, int *fds, size_t *n_sessions)
{
	size_t n = 0;

	carry_put(out, TAG_VERSION, leafpeer_version(), strlen(leafpeer_version()));
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		struct text body = {0};
		size_t begun;
		int fd;

		if (n == HANDOVER_FDS_MAX - 2 || !session_carry(s, &body, &fd)) {
			text_free(&body);
			continue;
		}
		begun = carry_begin(out, TAG_SESSION);
		carry_put_number(out, TAG_FD, n);
		carry_put(out, TAG_BODY, body.s, body.len);
		carry_end(out, begun);
		text_free(&body);
		fds[n++] = fd;
		++*n_sessions;
	}
	for (int i = 0; i < 2; i++) {
		enum afi afi = i ? AFI_IP6 : AFI_IP4;
		int fd = listener_fd(a->listener, afi);
		size_t begun;

		if (fd < 0)
			continue;
		begun = carry_begin(out, TAG_LISTENER);
		carry_put_number(out, TAG_AFI, afi);
		carry_put_number(out, TAG_FD, n);
		carry_end(out, begun);
		fds[n++] = fd;
	}
	if (a->draining) {
		carry_put_number(out, TAG_DRAIN, (uint64_t)a->drain_withdraw_at);
		carry_put_number(out, TAG_DRAIN_REASONS, a->drain_reasons);
	}
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
		takeover_bfd_put(e, &data, fds, &n);
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

static bool read_item(struct rd in, uint64_t *fd, uint64_t *afi, struct rd *item)
{
	struct rd body;
	uint16_t tag;
	bool ok = true;

	*fd = UINT64_MAX;
	*afi = 0;
	*item = rd_init(NULL, 0);
	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_FD)
			ok = carry_number(body, fd);
		else if (tag == TAG_AFI)
			ok = carry_number(body, afi);
		else if (tag == TAG_BODY)
			*item = body;
	}
	return ok && !rd_left(&in);
}

/* The descriptor, out of those that are still to be closed; -1: there is no such, or no more. */
static int claim(struct takeover *t, uint64_t i)
{
	int fd = i < t->n_fds ? t->fds[i] : -1;

	if (fd >= 0)
		t->fds[i] = -1;
	return fd;
}

static bool take_item(struct takeover *t, uint16_t tag, struct rd body)
{
	uint64_t at, afi;
	struct rd item;
	int fd;

	if (!read_item(body, &at, &afi, &item))
		return false;
	fd = claim(t, at);
	if (fd < 0)
		return false;
	if (tag == TAG_LISTENER && (afi == AFI_IP4 || afi == AFI_IP6) &&
	    t->listeners[afi == AFI_IP6] < 0) {
		t->listeners[afi == AFI_IP6] = fd;
		return true;
	}
	if (tag == TAG_SESSION && t->n_sessions < CONF_NEIGHBORS_MAX) {
		t->session_fds[t->n_sessions] = fd;
		t->sessions[t->n_sessions++] = item;
		return true;
	}
	close(fd);
	return false;
}

static bool read_state(struct takeover *t)
{
	struct rd in = rd_init(t->data.s, t->data.len), body;
	uint16_t tag;
	uint64_t at;
	bool ok = true;

	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_SESSION || tag == TAG_LISTENER)
			ok = take_item(t, tag, body);
		else if (tag == TAG_DRAIN) {
			ok = carry_number(body, &at) && at <= INT64_MAX;
			t->draining = ok;
			t->withdraw_at = ok ? (int64_t)at : 0;
		} else if (tag == TAG_DRAIN_REASONS) {
			ok = carry_number(body, &at) && at <= DRAIN_ALL;
			t->drain_reasons = ok ? (unsigned int)at : 0;
		}
	}
	return ok && !rd_left(&in);
}

/* From "yours" on nothing is a failure any more: a session of BFD that is not understood is begun
 * anew. */
static void take_bfd(struct takeover *t, const struct text *data, int *fds, size_t n)
{
	if (!takeover_bfd_get(rd_init(data->s, data->len), fds, n, &t->bfd)) {
		log_warning("BFD begins anew: what the other leafpeerd said of it makes no sense",
			    "");
		t->bfd.n = 0;
		for (int i = 0; i < BFD_IO_LISTENERS; i++)
			t->bfd.listeners[i] = -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static int receive(struct takeover *t, int fd)
{
	int fds[HANDOVER_FDS_MAX];
	struct text bfd = {0};
	size_t n;
	int err = handover_receive(fd, &t->data, t->fds, &t->n_fds, WAIT_MS);

	if (err)
		return err;
	if (!read_state(t))
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

enum takeover_result takeover_begin(const char *path, struct takeover **out)
{
	struct takeover *t;
	int fd = handover_connect(path, LINE_FOR), err;

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return TAKEOVER_NOBODY;
	if (fd < 0) {
		log_error("cannot take over: the other leafpeerd is not reached",
			  "socket=%s reason=%s", path, strerror(-fd));
		return TAKEOVER_REFUSED;
	}
	t = mem_zalloc(sizeof(*t));
	t->listeners[0] = t->listeners[1] = -1;
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		t->bfd.listeners[i] = -1;
	err = receive(t, fd);
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
	for (size_t i = 0; t && i < t->n_sessions; i++) {
		if (t->session_fds[i] < 0 || !session_adopt(s, t->sessions[i], t->session_fds[i]))
			continue;
		t->session_fds[i] = -1;
		return true;
	}
	return false;
}

int takeover_listener(struct takeover *t, enum afi afi)
{
	int fd = t ? t->listeners[afi == AFI_IP6] : -1;

	if (fd >= 0)
		t->listeners[afi == AFI_IP6] = -1;
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
	if (!t || !t->draining)
		return false;
	*reasons = t->drain_reasons ? t->drain_reasons : DRAIN_COMMAND;
	*withdraw_at = t->withdraw_at;
	return true;
}

void takeover_end(struct takeover *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_fds; i++) {
		if (t->fds[i] >= 0)
			close(t->fds[i]);
	}
	for (size_t i = 0; i < t->n_sessions; i++) {
		if (t->session_fds[i] >= 0)
			close(t->session_fds[i]);
	}
	for (int i = 0; i < 2; i++) {
		if (t->listeners[i] >= 0)
			close(t->listeners[i]);
	}
	for (int i = 0; !t->bfd_taken && i < BFD_IO_LISTENERS; i++) {
		if (t->bfd.listeners[i] >= 0)
			close(t->bfd.listeners[i]);
	}
	text_free(&t->data);
	free(t);
}
