/*
 * listener: where neighbours that dial us come in, one socket a family.
 */
#ifndef LEAFPEER_LISTENER_H
#define LEAFPEER_LISTENER_H

#include "agent/io/loop.h"
#include "agent/io/tcp.h"
#include "agent/lib/prefix.h"

struct listener;

/* Somebody connected: the callee owns fd. */
typedef void listener_fn(void *ctx, int fd, const struct addr *remote, uint32_t ifindex,
			 const struct addr *local);

/* A family that this host does not have is left out, with a warning: dialling still works. A port
 * that is taken is tried again every few seconds. */
struct listener *listener_new(struct loop *l, uint16_t port, listener_fn *fn, void *ctx);
/* The same on sockets that are there already, which become the listener's; -1: none of the family.
 */
struct listener *listener_adopt(struct loop *l, uint16_t port, int fd4, int fd6, listener_fn *fn,
				void *ctx);
void listener_free(struct listener *ls);                  /* NULL is fine */
int listener_fd(const struct listener *ls, enum afi afi); /* lends; -1: none */
/* How connections from remote must be authenticated; NULL: not at all. 0 or -errno: then it is as
 * if there were none, see listener_has_auth. The first key of an address closes the connections of
 * any that were not accepted yet. */
int listener_auth(struct listener *ls, const struct addr *remote, uint32_t ifindex,
		  const struct tcp_auth *auth);
/* It asks the address for a key. */
bool listener_has_auth(const struct listener *ls, const struct addr *remote, uint32_t ifindex);

#endif
