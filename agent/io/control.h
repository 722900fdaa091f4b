/*
 * control: the Unix socket that leafpeerctl and the plugin talk to.
 *
 * One command a connection: a line ended by a newline (CONTROL_LINE_MAX octets at most). The answer
 * is "ok\n" or "error TEXT\n" and then, after ok, the body until end of file. The socket belongs to
 * root and nobody else may open it: what it tells and does is the node's routing.
 */
#ifndef LEAFPEER_IO_CONTROL_H
#define LEAFPEER_IO_CONTROL_H

#include "agent/io/loop.h"

#include <stddef.h>

#define CONTROL_LINE_MAX    4096
#define CONTROL_CLIENTS_MAX 32
#define CONTROL_IDLE_US     (30 * 1000 * 1000) /* for a client to send its line or take its answer */

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
/* Takes over body (malloc'd, freed when sent); NULL with 0 for none. */
void control_ok(struct control_client *client, char *body, size_t len);
void control_fail(struct control_client *client, const char *text);

#endif
