/*
 * rtnl: routes, nexthop objects, links and addresses of the kernel, over rtnetlink (rtnetlink(7)).
 *
 * Two sockets: requests go out on one, in batches, and are answered before the send returns; the
 * other hears what others do. A filter in the kernel keeps the echoes of our own requests from the
 * second. When notifications were lost, or a dump was interrupted, everything is dumped anew,
 * between resync_begin and resync_end.
 *
 * Ours are routes with our protocol, table and metric, and nexthop objects with our protocol and an
 * id in our range; nothing else is ever changed.
 */
#ifndef LEAFPEER_IO_RTNL_H
#define LEAFPEER_IO_RTNL_H

#include "agent/io/loop.h"
#include "agent/lib/histogram.h"
#include "agent/rib/fib.h"

#define RTNL_MONITOR_RCVBUF (8 * 1024 * 1024)
#define RTNL_BATCH_BYTES    65536

struct rtnl_conf {
	uint32_t table;
	uint8_t protocol;
	uint32_t metric;
	bool no_objects;
	uint32_t id_base, id_count; /* as struct fib_conf */
};

struct rtnl_ops {
	/* All that there is follows; what came before, of a dump that was interrupted, is void. */
	void (*dump_begin)(void *ctx);
	void (*link)(void *ctx, uint32_t ifindex, const char *name, bool up);
	void (*link_gone)(void *ctx, uint32_t ifindex);
	void (*addr)(void *ctx, uint32_t ifindex, const struct prefix *subnet, const struct addr *a,
		     bool added);
	/* A neighbour on the link does not answer, ARP's or neighbour discovery's questions. */
	void (*neigh_failed)(void *ctx, uint32_t ifindex, const struct addr *a);
	/* A route that is not ours, in the main or the local table. */
	void (*kroute)(void *ctx, const struct kroute *r, bool added);
	void (*our_route)(void *ctx, const struct prefix *p, uint32_t id, bool discard, bool added);
	/* Not ours, but in our table and with our metric: its place is that of ours. */
	void (*foreign_route)(void *ctx, const struct prefix *p, bool added);
	void (*our_nexthop)(void *ctx, uint32_t id, const struct hop *hop);
	void (*our_group)(void *ctx, uint32_t id, const uint32_t *members, size_t n);
	void (*object_gone)(void *ctx, uint32_t id);
	void (*id_taken)(void *ctx, uint32_t id);
	/* Notifications were lost: call rtnl_dump when it suits. */
	void (*lost)(void *ctx);
	/* An operation's result, a positive errno or 0; from inside rtnl_room, rtnl_put, rtnl_send,
	 * rtnl_drain, or before heard. */
	void (*ack)(void *ctx, uint64_t seq, int error);
	/* Something was heard: there may be work. */
	void (*heard)(void *ctx);
};

struct rtnl;

/* 0 or -errno, with *why what was being done. */
int rtnl_open(struct loop *l, const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
	      struct rtnl **out, const char **why);
void rtnl_close(struct rtnl *r); /* NULL is fine */
/* The kernel has nexthop objects. */
bool rtnl_has_objects(const struct rtnl *r);
/* Reports links, addresses, routes and objects, everything that there is. Nothing may be under way.
 * 0 or -errno. */
int rtnl_dump(struct rtnl *r);
/* Something happened that was not heard yet. */
bool rtnl_pending(const struct rtnl *r);
/* The link-layer neighbour at the gateway is known to the kernel, which is made to ask for it if
 * not: then the answer is known some time later. True as well if the kernel cannot say. */
bool rtnl_answers(struct rtnl *r, const struct hop *h);
/* One operation may be put; false: as many as may be are under way, and heard is called when some
 * are answered. */
bool rtnl_room(struct rtnl *r);
/* Adds to the batch, for which there must be room, and sends it if it is full. rtnl_send sends what
 * is there: a few are answered before it returns, many are left to a thread (rtnl_sender.h);
 * rtnl_drain waits for that. */
void rtnl_put(struct rtnl *r, const struct fib_op *op);
void rtnl_send(struct rtnl *r);
void rtnl_drain(struct rtnl *r);
/* What the kernel said last, in its own words, about an operation that it refused; "": nothing.
 * Lends until the next call. */
const char *rtnl_words(const struct rtnl *r);
/* How long operations took, from their batch's sending to its answer. Lends. */
const struct histogram *rtnl_latency(const struct rtnl *r);

#endif
