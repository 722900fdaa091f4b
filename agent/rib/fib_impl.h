/* fib_impl: what fib.c, fib_object.c, fib_route.c, fib_occupied.c and fib_kernel.c share. */
#ifndef LEAFPEER_RIB_FIB_IMPL_H
#define LEAFPEER_RIB_FIB_IMPL_H

#include "agent/rib/fib.h"
#include "agent/rib/slots.h"

#define FIB_BUCKETS     1024               /* of objects, by content */
#define FIB_QUEUE_MAX   (FIB_HOPS_MAX + 2) /* operations that one route can need */
#define FIB_OBJECTS_MAX 65535u             /* names have 16 bits, 0 is none */
/* Sets of several hops; beyond it a route uses its first hop alone. */
#define FIB_GROUPS_MAX  32767u
/* Of a family: what a slot can name; beyond it, errors. */
#define FIB_ROUTES_MAX  ((1u << 24) - 1)

/* A set of hops. */
struct object {
	struct object *next;     /* in its bucket */
	struct object *all_next; /* in the list of all */
	uint32_t id;             /* 0: none yet */
	uint32_t want, have;     /* routes */
	uint32_t groups;         /* that contain this single */
	uint16_t name;
	bool several; /* was made of several hops: counts against FIB_GROUPS_MAX */
	bool present; /* in the kernel */
	bool indexed;
	bool seen;   /* by the dump under way */
	bool member; /* a single for groups; routes have one of their own of that hop */
	bool urgent; /* a group that lost a member: replace it now; a member: delete it now */
	uint8_t n;
	struct object
		*members[FIB_HOPS_MAX]; /* of a group, in hops' order; each counted in its groups */
	struct hop hops[];
};

enum route_flag {
	ROUTE_BUSY = 1, /* moves from one object to another, see struct leaving */
	ROUTE_DIRTY = 2,
	ROUTE_STALE = 4, /* found in the kernel at start, wanted by nobody yet */
	ROUTE_FAILED = 8,
	ROUTE_FOREIGN = 16, /* the kernel has something of ours there that is not what we know */
	ROUTE_SEEN = 32,
	ROUTE_WANT_DISCARD = 64,
	ROUTE_HAVE_DISCARD = 128,
};

/* 10 octets, or 22: there may be millions. */
struct route {
	uint16_t want, have; /* names of objects; 0: none */
	uint8_t flags;
	uint8_t len; /* ROUTE_FREE: of no route */
	uint8_t b[]; /* the prefix's octets, 4 or 16; of a free one the index of the next */
};
#define ROUTE_FREE 0xff

/* The routes of a family: an array, and a hash table over it. A slot holds the index and, so that
 * strangers need not be looked at, eight bits of the hash. */
struct route_table {
	uint8_t *routes;
	uint32_t cap, used; /* the first is unused, so that index 0 is none */
	uint32_t free;      /* the first of the free ones */
	struct slots slots;
	uint8_t octets; /* of an address */
};

/* What an operation under way was about. Of a route it holds what the kernel has until then, which
 * stays in use until the answer comes, and is what the kernel still has if the answer is no. */
struct flight {
	uint64_t seq; /* 0: free */
	enum fib_op_type type;
	struct prefix prefix;
	uint32_t id;
	struct object *old;
	bool old_discard;
	bool beside, leaving;
	bool foreign; /* ROUTE_FOREIGN, before it was sent */
};

/* A route of ours that is no longer needed, since another of ours is beside it.
 *
 * To replace (NLM_F_REPLACE) is to take away whatever is first in the place, which may be what
 * somebody else has put there since we looked: the kernel does not ask whose it is. So a route that
 * moves to another object is made anew beside the old one, and when the kernel has said that it is
 * there, the old one goes, by its protocol and its object, which no other route has. In between
 * both are ours, and either will do.
 *
 * What is still replaced: inline hops, where a second IPv6 route with a gateway would not be beside
 * the first but become one with it; a blackhole by an object, or the other way round, since IPv6
 * does not ask for the type of what is to be deleted; and what is not known (ROUTE_FOREIGN), for
 * then nothing names what would have to go. That is kernels before 5.3, a node's own aggregates,
 * and what others have meddled with. */
struct leaving {
	struct prefix prefix;
	struct object *old; /* counted in its have; NULL: none of ours, so the first of them goes */
	uint32_t id;
};

/* fib_occupied.c */
struct occupied_set {
	struct occupied *slots;
	uint32_t n_slots, n; /* a power of two, or 0 */
};

struct fib {
	struct fib_conf conf;
	struct occupied_set occupied;
	struct route_table tables[2]; /* IPv4, IPv6 */
	uint32_t *dirty;              /* handles, a ring: [head, tail) */
	uint32_t dirty_cap;           /* a power of two */
	uint32_t dirty_head, dirty_tail;
	struct object *buckets[FIB_BUCKETS];
	struct object *objects;
	struct object *last; /* what was looked for last, if it still is */
	struct object **by_name;
	uint32_t n_names;
	uint16_t *free_names;
	uint32_t n_free_names, n_several;
	struct object **by_id; /* id - id_base */
	uint8_t *taken;        /* a bit an id: somebody else's */
	uint32_t next_id;
	struct fib_op queue[FIB_QUEUE_MAX]; /* made, and not yet asked for */
	size_t queue_at, queue_len;
	struct object *queue_old; /* of the route operation made last */
	bool queue_old_discard, queue_leaving, queue_foreign;
	struct leaving *leavings; /* in any order */
	size_t n_leavings, leavings_cap;
	struct flight flights[FIB_BATCH_MAX];
	size_t n_flights;
	uint64_t seq;
	size_t n_urgent, n_failed, n_stale;
	bool maybe_unused; /* an object may have lost its last use */
	bool dumping, dumped_once;
	bool confused;         /* see fib_confused */
	struct prefix refused; /* last */
	int refused_error;
	struct fib_counters counters;
};

/* ---- fib_object.c -----------------------------------------------------------------------------
 */

bool object_same(const struct object *o, const struct hop *hops, size_t n);
/* Sorted hops; made if there is none. NULL: there are too many already. */
struct object *object_get(struct fib *f, const struct hop *hops, size_t n);
/* To be found by its content, unless there is another of the same. */
void object_index(struct fib *f, struct object *o);
/* It was found in a group. */
void object_set_member(struct fib *f, struct object *o);
/* One more of that content, with this id, as the kernel has it; NULL: there are too many. */
struct object *object_adopt(struct fib *f, uint32_t id, const struct hop *hops, size_t n);
struct object *object_by_id(const struct fib *f, uint32_t id);
bool object_assign_id(struct fib *f, struct object *o);
bool object_in_use(const struct object *o);
void object_free(struct fib *f, struct object *o);
void objects_init(struct fib *f);
void objects_fini(struct fib *f);
/* A group in the kernel, even when one member is left. */
bool object_is_group(const struct object *o);
/* The group loses its i-th hop, here; the kernel is told, or has done it itself. */
void group_lose(struct fib *f, struct object *o, size_t i);

static inline struct object *object_named(const struct fib *f, uint16_t name)
{
	return f->by_name[name];
}

/* ---- fib_route.c ------------------------------------------------------------------------------
 *
 * Routes are named by handles, of which 0 is none; a pointer holds until the next route_get. */

void routes_init(struct fib *f);
void routes_fini(struct fib *f);
uint32_t route_find(const struct fib *f, const struct prefix *p);
uint32_t route_get(struct fib *f, const struct prefix *p); /* made if there is none; 0: too many */
void route_free(struct fib *f, uint32_t handle);
struct route *route_at(const struct fib *f, uint32_t handle);
struct prefix route_prefix(const struct fib *f, uint32_t handle);
/* All of them: begins after 0, ends with 0. */
uint32_t route_next(const struct fib *f, uint32_t handle);
void route_dirty(struct fib *f, uint32_t handle);
uint32_t route_next_dirty(struct fib *f); /* 0: there is none */
void route_set_want(struct fib *f, struct route *r, struct object *o, bool discard);
void route_set_have(struct fib *f, struct route *r, struct object *o, bool discard);
void route_set_stale(struct fib *f, struct route *r, bool stale);
void route_set_failed(struct fib *f, struct route *r, bool failed);
/* The kernel has what is wanted. */
bool route_is_right(const struct fib *f, const struct route *r);

/* ---- fib_leaving.c ----------------------------------------------------------------------------
 */

/* Of the two routes of ours the one that points at the object is to go; the object is counted in
 * its have. */
void leaving_add(struct fib *f, const struct prefix *p, struct object *old);
/* The next one's operation; false: there is none. */
bool leaving_next(struct fib *f, struct fib_op *op);
/* The move is over, or has failed. */
void leaving_done(struct fib *f, const struct prefix *p);
/* A dump tells what there is. */
void leavings_forget(struct fib *f);

static inline bool route_wanted(const struct route *r)
{
	return r->want || (r->flags & ROUTE_WANT_DISCARD);
}

static inline bool route_used(const struct route *r)
{
	return r->len != ROUTE_FREE;
}

static inline bool route_there(const struct route *r)
{
	return r->have || (r->flags & ROUTE_HAVE_DISCARD);
}

static inline void route_set_flag(struct route *r, enum route_flag flag, bool on)
{
	r->flags = (uint8_t)(on ? r->flags | flag : r->flags & ~(unsigned int)flag);
}

/* ---- fib_occupied.c ---------------------------------------------------------------------------
 */

enum occupied_by {
	OCCUPIED_BY_NOBODY,
	OCCUPIED_PERHAPS, /* until a dump says whether ours is still there beside it */
	OCCUPIED_BY_OTHERS,
};

/* Whether somebody else's route is where the route would be. */
enum occupied_by occupied_by(const struct fib *f, uint32_t handle);
void occupied_clear(struct occupied_set *s);

/* ---- fib_kernel.c -----------------------------------------------------------------------------
 */

/* The kernel lost it, so the routes on it are gone as well; or, not so sure, would not have it:
 * then nothing is known of them, and they are tried again with what was refused. */
void object_lost(struct fib *f, struct object *o, bool sure);

#endif
