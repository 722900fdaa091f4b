/*
 * control: the Unix socket that leafpeerctl and the plugin talk to.
 *
 * One command a connection: a line ended by a newline (ASK_LINE_MAX octets at most). The answer is
 * "ok\n" or "error TEXT\n" and then, after ok, the body until end of file (lib/ask.h). A long body
 * is made in pieces as the client takes it: no more than a piece waits in memory, and one client a
 * turn of the loop gets one. The socket belongs to root and nobody else may open it: what it tells
 * and does is the node's routing.
 */
#ifndef LEAFPEER_IO_CONTROL_H
#define LEAFPEER_IO_CONTROL_H

#include "agent/io/loop.h"
#include "agent/lib/ask.h"
#include "agent/lib/text.h"

#include <stddef.h>

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_IDLE_US     (30 * 1000 * 1000) /* for a client to send its line or take its answer */
#define CONTROL_STREAM_US   (600LL * 1000 * 1000) /* somebody may be reading a long one, by pages */
#define CONTROL_ROOM_US \
	(1000 * 1000) /* until a client is accepted again when there was no descriptor */
#define CONTROL_PIECE    (64 * 1024) /* octets after which a piece should be sent */
#define CONTROL_SLICE_US 1000        /* for making a piece */

struct control;
struct control_client;

/* A command came. Answer at once or later, once, with control_ok or control_fail. */
typedef void control_fn(void *ctx, struct control_client *client, const char *line);
/* A client that was not answered yet has gone: forget it. */
typedef void control_gone_fn(void *ctx, struct control_client *client);

/* Listens on path; a socket there that nobody answers on is replaced. 0 or -errno (-EADDRINUSE:
 * another agent answers there). */
int control_open(struct loop *l, const char *path, control_fn *fn, control_gone_fn *gone, void *ctx,
		 struct control **out);
/* Unanswered clients are dropped, and the path is removed. NULL is fine. */
void control_close(struct control *c);
/* The same, but the path stays: it is another process's from now on. */
void control_abandon(struct control *c);
/* Instead of an answer: the connection, the caller's from now on, non-blocking. */
int control_detach(struct control_client *client);
/* Takes over body (malloc'd, freed when sent); NULL with 0 for none. */
void control_ok(struct control_client *client, char *body, size_t len);
void control_fail(struct control_client *client, const char *text);

/* An answer in pieces. more adds to out, some at a time (true: there is more), and is called until
 * there are CONTROL_PIECE octets, or CONTROL_SLICE_US are over: its steps should be far shorter.
 * done frees ctx: at the end, or when the client has gone. */
struct control_stream {
	bool (*more)(void *ctx, struct text *out);
	void (*done)(void *ctx);
};
void control_stream(struct control_client *client, const struct control_stream *stream, void *ctx);

#endif
