/*
 * http: metrics and health over HTTP, read-only, through libmicrohttpd on the agent's own loop.
 *
 * Whoever asks is answered, however many hold a connection and ask nothing: when there are more
 * than HTTP_CONNECTIONS_MAX, the quietest of the address that has most is closed.
 */
#ifndef LEAFPEER_IO_HTTP_H
#define LEAFPEER_IO_HTTP_H

#include "agent/io/loop.h"
#include "agent/lib/text.h"

#define HTTP_CONNECTIONS_MAX 32
#define HTTP_TIMEOUT_S       10

struct http;

/* Answers GET of path into out, with *type its content type; the HTTP status, 404 for what is not
 * there. */
typedef unsigned int http_fn(void *ctx, const char *path, struct text *out, const char **type);

/* where: "127.0.0.1:9179", "[::1]:9179". 0 or -errno; -EINVAL: where is no address with a port.
 * After any other there is an *out all the same: it tries again every few seconds, since whoever
 * has the port may go, and the address may come. */
int http_open(struct loop *l, const char *where, http_fn *fn, void *ctx, struct http **out);
void http_close(struct http *h); /* NULL is fine */

#endif
