/*
 * fib: the difference between the routes we want in the kernel and those that are there.
 *
 * Routes point at nexthop groups, and equal sets of hops share a group, so that the loss of a hop
 * costs one operation a group, whatever the number of routes. State in, difference out: the RIB
 * says what it wants, io/rtnl says what the kernel has, fib_next() yields the operations that make
 * the second the first, in an order in which packets always have somewhere to go.
 *
 *      wanted: prefix -> set of hops          installed: prefix -> object id
 *      set of hops -> object (single nexthop, or group of single nexthops)
 */
#ifndef LEAFPEER_RIB_FIB_H
#define LEAFPEER_RIB_FIB_H

#include "agent/rib/nexthop.h"

#define FIB_HOPS_MAX  64   /* hops of one route */
#define FIB_BATCH_MAX 2048 /* operations under way at a time */

enum fib_op_type {
	FIB_NEXTHOP_REPLACE, /* single nexthop object: id, hops[0] */
	FIB_GROUP_REPLACE,   /* group object: id, members */
	FIB_OBJECT_DEL,      /* id */
	FIB_ROUTE_REPLACE,   /* prefix -> id; or prefix -> hops[] where objects are missing (id 0);
			      * or, with discard, a blackhole */
	FIB_ROUTE_DEL,       /* prefix; that of ours which points at id, or with id 0 any of ours */
};
#define FIB_OP_TYPES (FIB_ROUTE_DEL + 1)

struct fib_op {
	enum fib_op_type type;
	uint64_t seq; /* for fib_ack */
	struct prefix prefix;
	bool discard;
	/* Of a route: refuse it if anything is there; or put it beside what is there, of which what
	 * is ours goes by a FIB_ROUTE_DEL of its own. Neither: replace it. */
	bool create, beside;
	uint32_t id;
	uint8_t n;
	struct hop hops[FIB_HOPS_MAX];
	uint32_t members[FIB_HOPS_MAX];
};

struct fib_conf {
	uint32_t id_base;  /* first object id that is ours */
	uint32_t id_count; /* how many */
	bool objects;      /* the kernel has nexthop objects (5.3 and later); else inline hops */
};

struct fib_counters {
	uint64_t routes;               /* installed now */
	uint64_t objects;              /* nexthop objects installed now */
	uint64_t ops;                  /* sent so far */
	uint64_t errors;               /* refused by the kernel */
	uint64_t ops_of[FIB_OP_TYPES]; /* the same by enum fib_op_type */
	uint64_t repaired;             /* deletions and changes by others, undone */
	uint64_t deleted;              /* of these, routes that were deleted */
	uint64_t retried;              /* routes that were refused, tried again */
	uint64_t swept;                /* stale routes removed */
	uint64_t failovers;            /* hops taken out of groups by fib_hop_down */
};

struct fib;

struct fib *fib_new(const struct fib_conf *conf);
void fib_free(struct fib *f); /* NULL is fine; the kernel keeps all */

/* What the RIB wants for the prefix: n hops in any order without duplicates (n 0 with discard: a
 * blackhole). */
void fib_want(struct fib *f, const struct prefix *p, const struct hop *hops, size_t n,
	      bool discard);
void fib_unwant(struct fib *f, const struct prefix *p);
/* The hop is dead: groups that contain it lose it at once, ahead of all else, by one operation and
 * with none on any route. A group that has lost a hop is another set from then on, so routes for
 * which the RIB, when it has caught up, wants just that set need not be touched; those that want
 * the hop again get a new group. A hop that is alone in its group stays: there is nothing better.
 */
void fib_hop_down(struct fib *f, const struct hop *hop);
/* The same for all hops over the link. */
void fib_link_down(struct fib *f, uint32_t ifindex);

/*
 * What the kernel has of ours, from the dump at start and after a lost notification, and from
 * notifications in between. In a dump: fib_dump_begin, all objects, all routes, fib_dump_end, which
 * takes what was not named for gone; until then there is nothing to do (fib_next), so a dump that
 * failed is begun anew. Routes found at the first dump that nobody wants yet, and at
 * later ones while there are such, are stale: kept, and counted, until fib_sweep(). A notification
 * that echoes our own operation is no change.
 */
void fib_dump_begin(struct fib *f);
void fib_kernel_nexthop(struct fib *f, uint32_t id, const struct hop *hop);
void fib_kernel_group(struct fib *f, uint32_t id, const uint32_t *members, size_t n);
void fib_kernel_route(struct fib *f, const struct prefix *p, uint32_t id, bool discard);
void fib_dump_end(struct fib *f);
void fib_kernel_object_gone(struct fib *f, uint32_t id);
/* id: what it pointed at, or 0. */
void fib_kernel_route_gone(struct fib *f, const struct prefix *p, uint32_t id);
/* Somebody else's route for the prefix has our table and metric, which is the place of ours, or has
 * gone. It stays; what is wanted there waits. */
void fib_kernel_foreign(struct fib *f, const struct prefix *p, bool added);
/* Somebody else's object has this id: never use it. */
void fib_id_taken(struct fib *f, uint32_t id);

/* Removes what is stale of the family (AFI_NONE: of all). */
void fib_sweep(struct fib *f, enum afi afi);
size_t fib_stale(const struct fib *f);

/* The next operation; false: nothing to do now. Each must be answered by fib_ack, error 0 or a
 * positive errno; order of answers is free. A refused operation is tried again after fib_retry().
 */
bool fib_next(struct fib *f, struct fib_op *op);
/* What fib_next yields now cannot wait: a group lost a member. */
bool fib_urgent(const struct fib *f);
void fib_ack(struct fib *f, uint64_t seq, int error);
/* Failed operations are wanted again; the host calls it now and then. Returns how many. */
size_t fib_retry(struct fib *f);
/* The kernel has something that we do not know of: a dump is needed. */
bool fib_confused(const struct fib *f);
/* fib_next() may have one, without an answer to anything first. */
bool fib_ready(const struct fib *f);
size_t fib_backlog(const struct fib *f); /* routes that wait to be looked at */
bool fib_idle(const struct fib *f);      /* nothing to do and nothing under way */
size_t fib_failed(const struct fib *f);  /* routes that wait for fib_retry */
/* The route that was refused last, and the positive errno; 0: none was. */
int fib_refusal(const struct fib *f, struct prefix *p);

/* The installed hops of a prefix, for show; false if it is not installed. */
bool fib_lookup(const struct fib *f, const struct prefix *p, struct hop *hops, size_t cap,
		size_t *n, bool *discard);
/* Wanted routes in whose place somebody else's is: how many, and one of them. */
size_t fib_blocked(const struct fib *f, struct prefix *example);
bool fib_is_blocked(const struct fib *f, const struct prefix *p);
const struct fib_counters *fib_counters(const struct fib *f);

#endif
