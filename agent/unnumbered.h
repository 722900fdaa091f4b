/*
 * unnumbered: who is at the other end of an interface, for neighbours that are configured by it
 * (neighbor interface eth1).
 *
 * As EOS and FRR do: both ends send Router Advertisements (RFC 4861), and take the link-local
 * address that one comes from for their neighbour's. On an interface with such a neighbour we
 * advertise, solicit until somebody is known, and answer solicitations; on others nothing is sent
 * or joined.
 */
#ifndef LEAFPEER_UNNUMBERED_H
#define LEAFPEER_UNNUMBERED_H

#include "agent/io/loop.h"
#include "agent/lib/prefix.h"

struct unnumbered;

/* A router has been heard on the interface: again, for the first time, or another one. */
typedef void unnumbered_fn(void *ctx, uint32_t ifindex, const struct addr *router);

struct unnumbered *unnumbered_new(struct loop *l, unnumbered_fn *fn, void *ctx);
void unnumbered_free(struct unnumbered *u); /* NULL is fine */
/* The interfaces to look at from now on, n of them; those with index 0 are left out. Opens the
 * socket with the first one; what cannot be is logged, and tried again the next time. */
void unnumbered_set(struct unnumbered *u, const uint32_t *ifindexes, size_t n);
/* The link is up: says at once that we are here. */
void unnumbered_link_up(struct unnumbered *u, uint32_t ifindex);

#endif
