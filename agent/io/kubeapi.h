/*
 * kubeapi: requests to the Kubernetes API server: libcurl's multi interface on our loop.
 *
 * All requests share a connection (HTTP/2) where the server can. Certificates are always verified,
 * against the CA file, or the system's where none is given. The token and the CA are read from
 * their files for every request and every connection, so those that are rotated are used as soon as
 * they are there; the token is in no log, no error and no other memory than libcurl's.
 *
 * Nothing is initialised, and no memory is used, before the first kubeapi_open().
 */
#ifndef LEAFPEER_IO_KUBEAPI_H
#define LEAFPEER_IO_KUBEAPI_H

#include "agent/io/loop.h"

#include <stddef.h>

#define KUBEAPI_TOKEN_MAX (16 * 1024)
#define KUBEAPI_URL_MAX   2048
#define KUBEAPI_CONNECT_S 10 /* for a connection with its TLS */
#define KUBEAPI_REQUESTS  16 /* at the same time */
#define KUBEAPI_KEEPALIVE_S                                                  \
	10 /* TCP's: a peer that is gone is found out in about half a minute \
	    */

struct kubeapi_conf {
	const char *base;       /* "https://10.96.0.1:443"; https only */
	const char *token_file; /* NULL none */
	const char *ca_file;    /* NULL: the system's */
};

struct kubeapi;
struct kubeapi_request;

struct kubeapi_ops {
	/* The answer begins. retry_after_s: 0 none. */
	void (*status)(void *ctx, unsigned int status, uint32_t retry_after_s);
	/* The next octets of its body; false: no more of it, end the request. */
	bool (*data)(void *ctx, const char *data, size_t len);
	/* It is over, and the request no longer there; error: NULL, or why (text, lent). Always the
	 * last call, and never from inside a call of kubeapi_send(). */
	void (*done)(void *ctx, const char *error);
};

/* Called when something has happened, after all calls for it: the place to send and cancel. */
typedef void kubeapi_fn(void *ctx);

/* 0, or -errno: -EINVAL if base is no https address, -ELIBACC if GnuTLS cannot be loaded. conf's
 * texts are copied. */
int kubeapi_open(struct loop *l, const struct kubeapi_conf *conf, kubeapi_fn *after, void *ctx,
		 struct kubeapi **out);
/* Ends all requests without a call. NULL is fine. */
void kubeapi_close(struct kubeapi *k);
/* path: with its query. type and body: NULL for a GET; body is copied. NULL with *why (static text)
 * if it cannot be sent. ctx must live until done, or until it is cancelled. */
struct kubeapi_request *kubeapi_send(struct kubeapi *k, const char *method, const char *path,
				     const char *type, const char *body,
				     const struct kubeapi_ops *ops, void *ctx, const char **why);
/* Without a call of done. Not from inside a call of ops. */
void kubeapi_cancel(struct kubeapi_request *r);
/* Closes all connections: every request ends with done and that error. For when a connection has
 * been found to be half open: others on it must not wait for it, and nothing new may go over it.
 * Not from inside a call of ops. */
void kubeapi_reset(struct kubeapi *k, const char *error);

#endif
