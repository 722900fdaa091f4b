/*
 * ra: the socket for Router Solicitations and Advertisements (bgp/nd.h), on interfaces that are
 * named to it and no others.
 *
 * Needs CAP_NET_RAW. What the kernel does with advertisements of its own accord (accept_ra) stays
 * the kernel's business.
 */
#ifndef LEAFPEER_IO_RA_H
#define LEAFPEER_IO_RA_H

#include "agent/io/loop.h"
#include "agent/lib/prefix.h"

#define RA_READS_MAX \
	64 /* messages a wake-up; more wait in the socket, or are lost: they come again */

struct ra_ops {
	/* A router on the interface says that it is there. */
	void (*router)(void *ctx, uint32_t ifindex, const struct addr *from);
	/* Somebody on the interface asks for routers. */
	void (*asked)(void *ctx, uint32_t ifindex);
};

struct ra;

/* ops is borrowed. 0 or -errno. */
int ra_open(struct loop *l, const struct ra_ops *ops, void *ctx, struct ra **out);
void ra_close(struct ra *r); /* NULL is fine */
/* Hears solicitations on the interface, too (ff02::2); again is fine. 0 or -errno. */
int ra_join(struct ra *r, uint32_t ifindex);
/* To all nodes: we are here. 0 or -errno: an interface that has just come up has no usable address
 * yet (EADDRNOTAVAIL). */
int ra_advertise(struct ra *r, uint32_t ifindex);
/* To all routers: who is there? */
int ra_solicit(struct ra *r, uint32_t ifindex);

#endif
