/* control: see control.h. */
#include "agent/io/control.h"

#include "agent/io/log.h"
#include "agent/io/sockaddr.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum client_phase {
	CLIENT_READING,
	CLIENT_WAITING, /* for the answer */
	CLIENT_WRITING,
};

struct control_client {
	struct control *control;
	struct control_client *next;
	int fd;
	struct loop_fd *watch;
	struct loop_timer *timer;
	enum client_phase phase;
	struct ask_line line;
	char head[ASK_HEAD_MAX];
	size_t head_len;
	struct text body;                    /* of a stream: its piece */
	size_t written;                      /* of head and body together */
	const struct control_stream *stream; /* NULL: the body is the whole */
	void *stream_ctx;
	bool hungry; /* all of the piece is on its way: the next */
};

struct control {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	control_fn *fn;
	control_gone_fn *gone;
	void *ctx;
	struct control_client *clients;
	unsigned int n_clients;
	struct loop_work *work;   /* on while a client is hungry */
	struct loop_timer *timer; /* there was no descriptor for the next client */
};

static void client_free(struct control_client *cl)
{
	struct control *c = cl->control;

	for (struct control_client **at = &c->clients; *at; at = &(*at)->next) {
		if (*at == cl) {
			*at = cl->next;
			break;
		}
	}
	if (c->n_clients-- == CONTROL_CLIENTS_MAX)
		loop_fd_set(c->watch, LOOP_READ);
	if (cl->phase == CLIENT_WAITING)
		c->gone(c->ctx, cl);
	loop_fd_free(cl->watch);
	loop_timer_free(cl->timer);
	if (cl->fd >= 0)
		close(cl->fd);
	if (cl->stream)
		cl->stream->done(cl->stream_ctx);
	text_free(&cl->body);
	free(cl);
}

static void client_timeout(void *ctx)
{
	client_free(ctx);
}

static void client_write(struct control_client *cl)
{
	size_t total = cl->head_len + cl->body.len;

	while (cl->written < total) {
		const char *at = cl->written < cl->head_len
					 ? cl->head + cl->written
					 : cl->body.s + (cl->written - cl->head_len);
		size_t len = cl->written < cl->head_len ? cl->head_len - cl->written
							: total - cl->written;
		ssize_t n = send(cl->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_fd_set(cl->watch, LOOP_WRITE);
			loop_timer_set(cl->timer,
				       loop_now(cl->control->loop) +
					       (cl->stream ? CONTROL_STREAM_US : CONTROL_IDLE_US));
			return;
		}
		if (n < 0) {
			client_free(cl);
			return;
		}
		cl->written += (size_t)n;
	}
	if (!cl->stream) {
		client_free(cl);
		return;
	}
	loop_fd_set(cl->watch, 0);
	cl->head_len = cl->body.len = cl->written = 0;
	cl->hungry = true;
	loop_work_set(cl->control->work, true);
}

static void mark_end(struct control_client *cl)
{
	if (cl->line.marked)
		text_append(&cl->body, "", 1);
}

/* Makes a piece; the last one makes the client one with a whole body. */
static void client_feed(struct control_client *cl)
{
	int64_t until = loop_now(cl->control->loop) + CONTROL_SLICE_US;
	bool more;

	do
		more = cl->stream->more(cl->stream_ctx, &cl->body);
	while (more && cl->body.len < CONTROL_PIECE && loop_now(cl->control->loop) < until);
	if (!more) {
		cl->stream->done(cl->stream_ctx);
		cl->stream = NULL;
		mark_end(cl);
	}
	/* a walk that finds nothing for a while has nothing to send yet */
	cl->hungry = more && !cl->body.len;
	if (!cl->hungry)
		client_write(cl);
}

/* One client a turn; who was served goes to the end of the list. */
static void control_work(void *ctx)
{
	struct control *c = ctx;
	struct control_client **at = &c->clients, *cl;

	while (*at && !(*at)->hungry)
		at = &(*at)->next;
	cl = *at;
	if (!cl) {
		loop_work_set(c->work, false);
		return;
	}
	*at = cl->next;
	cl->next = NULL;
	while (*at)
		at = &(*at)->next;
	*at = cl;
	client_feed(cl);
}

/* The head is written. */
static void client_answer(struct control_client *cl)
{
	cl->phase = CLIENT_WRITING;
	cl->head_len = strlen(cl->head);
	client_write(cl);
}

static void head_ok(struct control_client *cl)
{
	snprintf(cl->head, sizeof(cl->head), cl->line.marked ? "ok end\n" : "ok\n");
}

void control_ok(struct control_client *client, char *body, size_t len)
{
	head_ok(client);
	client->body = (struct text){.s = body, .len = len, .cap = len};
	mark_end(client);
	client_answer(client);
}

void control_stream(struct control_client *client, const struct control_stream *stream, void *ctx)
{
	client->stream = stream;
	client->stream_ctx = ctx;
	head_ok(client);
	client_answer(client);
}

void control_fail(struct control_client *client, const char *text)
{
	ask_fail(text, client->head);
	client_answer(client);
}

static void client_ready(void *ctx, unsigned int events)
{
	struct control_client *cl = ctx;
	struct ask_line *line = &cl->line;
	ssize_t n;

	if (cl->phase == CLIENT_WRITING) {
		if (events & LOOP_WRITE)
			client_write(cl);
		return;
	}
	if (cl->phase == CLIENT_WAITING) {
		char byte;

		/* nothing is expected: either it goes on waiting, or it has gone */
		n = recv(cl->fd, &byte, 1, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			client_free(cl);
		return;
	}
	n = recv(cl->fd, line->text + line->len, sizeof(line->text) - line->len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(cl);
		return;
	}
	switch (ask_line_add(line, (size_t)n)) {
	case ASK_MORE:
		break;
	case ASK_TOO_LONG:
		control_fail(cl, "the command is longer than 4095 octets");
		break;
	case ASK_NO_TEXT:
		control_fail(cl, "% Invalid input: there are control characters in it");
		break;
	case ASK_WHOLE:
		cl->phase = CLIENT_WAITING;
		loop_timer_set(cl->timer, INT64_MAX);
		cl->control->fn(cl->control->ctx, cl, line->text);
		break;
	}
}

static void control_accept(void *ctx, unsigned int events)
{
	struct control *c = ctx;
	struct control_client *cl;
	int fd;

	(void)events;
	fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && socket_no_room(errno)) {
		loop_fd_set(c->watch, 0);
		loop_timer_set(c->timer, loop_now(c->loop) + CONTROL_ROOM_US);
	}
	if (fd < 0)
		return;
	cl = mem_zalloc(sizeof(*cl));
	cl->control = c;
	cl->fd = fd;
	cl->watch = loop_fd_new(c->loop, fd, LOOP_READ, client_ready, cl);
	if (!cl->watch) {
		close(fd);
		free(cl);
		return;
	}
	cl->timer = loop_timer_new(c->loop, client_timeout, cl);
	loop_timer_set(cl->timer, loop_now(c->loop) + CONTROL_IDLE_US);
	cl->next = c->clients;
	c->clients = cl;
	/* further clients wait in the backlog until one of these is done */
	if (++c->n_clients == CONTROL_CLIENTS_MAX)
		loop_fd_set(c->watch, 0);
}

/* There may be descriptors again. */
static void control_resume(void *ctx)
{
	struct control *c = ctx;

	if (c->n_clients < CONTROL_CLIENTS_MAX)
		loop_fd_set(c->watch, LOOP_READ);
}

/* Whether an agent answers at the address, so its socket must not be taken away. */
static bool somebody_answers(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers;

	if (fd < 0)
		return false;
	answers = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;
	close(fd);
	return answers;
}

int control_open(struct loop *l, const char *path, control_fn *fn, control_gone_fn *gone, void *ctx,
		 struct control **out)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct control *c;
	mode_t mask;
	int err = 0;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	if (somebody_answers(&sa))
		return -EADDRINUSE;
	if (unlink(path) != 0 && errno != ENOENT)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* the mask rather than a chmod afterwards: there is no moment in which others may connect
	 */
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(fd, CONTROL_CLIENTS_MAX) != 0)
		err = -errno;
	umask(mask);
	if (err) {
		close(fd);
		return err;
	}
	c = mem_zalloc(sizeof(*c));
	c->loop = l;
	c->fd = fd;
	strcpy(c->path, path);
	c->fn = fn;
	c->gone = gone;
	c->ctx = ctx;
	c->watch = loop_fd_new(l, fd, LOOP_READ, control_accept, c);
	c->work = loop_work_new(l, control_work, c);
	c->timer = loop_timer_new(l, control_resume, c);
	*out = c;
	return 0;
}

int control_detach(struct control_client *client)
{
	int fd = client->fd;

	client->phase = CLIENT_WRITING; /* as if answered: nobody is told that it has gone */
	loop_fd_free(client->watch);
	client->watch = NULL;
	client->fd = -1;
	client_free(client);
	return fd;
}

void control_abandon(struct control *c)
{
	if (!c)
		return;
	while (c->clients)
		client_free(c->clients);
	loop_fd_free(c->watch);
	loop_work_free(c->work);
	loop_timer_free(c->timer);
	close(c->fd);
	free(c);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	unlink(c->path);
	control_abandon(c);
}
