/*
 * listener: where neighbours that dial us come in, one socket a family.
 */
#ifndef LEAFPEER_LISTENER_H
#define LEAFPEER_LISTENER_H

#include "agent/io/loop.h"
#include "agent/lib/prefix.h"

struct listener;

/* Somebody connected: the callee owns fd. */
typedef void listener_fn(void *ctx, int fd, const struct addr *remote, uint32_t ifindex,
			 const struct addr *local);

/* A family that this host does not have is left out, with a warning; a port that is taken too:
 * dialling still works. */
struct listener *listener_new(struct loop *l, uint16_t port, listener_fn *fn, void *ctx);
void listener_free(struct listener *ls); /* NULL is fine */
/* The MD5 key (RFC 2385) of connections from remote; NULL: none. 0 or -errno. */
int listener_md5(struct listener *ls, const struct addr *remote, uint32_t ifindex, const char *key);
/* It asks the address for a key. */
bool listener_has_md5(const struct listener *ls, const struct addr *remote);

#endif
