/* rib_impl: what rib.c and rib_decide.c share. */
#ifndef LEAFPEER_RIB_RIB_IMPL_H
#define LEAFPEER_RIB_RIB_IMPL_H

#include "agent/rib/import.h"
#include "agent/rib/share.h"
#include "agent/rib/table.h"

enum walk_reason {
	WALK_PURGE = 1,
	WALK_IMPORT = 2,
	WALK_DECIDE = 4,
	WALK_NEXTHOP = 8,    /* decide what uses a next hop that is looked at */
	WALK_TELL = 16,      /* decide, and tell the host, whatever it was told before */
	WALK_CONNECTED = 32, /* import what is in a subnet that has come or gone */
};

#define RIB_CONNECTED_MAX 8 /* such subnets of one walk; with more all is imported */

struct rib {
	struct rib_conf conf;
	struct nexthop_table *nexthops;
	struct rib_ops ops;
	void *ctx;
	struct attr_table *attrs;
	struct share_table shares;
	struct hopset_table hopsets;
	struct table table;
	size_t n_paths, n_routes;
	uint32_t *queue; /* handles of entries to be decided, a ring: [head, tail) */
	uint32_t queue_cap, queue_head, queue_tail;
	struct rib_peer **peers; /* by index; NULL: free */
	size_t n_peers;
	struct nexthop **looked_at; /* one reference each */
	size_t n_looked_at;
	struct prefix connected[RIB_CONNECTED_MAX]; /* of WALK_CONNECTED */
	size_t n_connected;
	uint32_t seq;
	struct rib_entry *views; /* what looking lends, by turns */
	uint32_t *views_at;
	struct import import;          /* of the UPDATE in hand */
	const struct attrs *importing; /* its attributes; NULL: none is */
	uint32_t import_share;         /* of what is not refused; one reference; 0: not known yet */
	struct table_at walk_at;
	unsigned int walk_why;  /* 0: none under way */
	unsigned int walk_then; /* why there will be another */
	uint64_t updates, withdraws, decisions;
	uint8_t scratch[POLICY_SCRATCH];
};

static inline enum family family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

static inline bool has_flag(const struct entry *e, enum entry_flag flag)
{
	return e->flags & flag;
}

static inline void set_flag(struct entry *e, enum entry_flag flag, bool on)
{
	e->flags = (uint8_t)(on ? e->flags | flag : e->flags & ~(unsigned int)flag);
}

static inline const struct share *share_of(const struct rib *r, const struct path *p)
{
	return &r->shares.shares[p->share];
}

/* Generations are compared round the clock. */
static inline bool gen_before(uint32_t a, uint32_t b)
{
	return (int16_t)(uint16_t)(a - b) < 0;
}

/* ---- rib_decide.c ---- */

bool path_stale(const struct rib *r, const struct path *p, int f);
bool path_dead(const struct rib *r, const struct path *p, int f);
bool path_llgr(const struct rib *r, const struct path *p, int f);
bool path_usable(const struct rib *r, const struct path *p, int f);
struct rib_entry rib_view_of(const struct rib *r, uint32_t handle);

void rib_queue_init(struct rib *r);
/* The entry is to be decided. */
void rib_dirty(struct rib *r, uint32_t handle);
/* Decides the entry that waits longest; there must be one. Returns what that was worth, by the
 * budget of rib_work. */
unsigned int rib_decide_next(struct rib *r);

static inline bool rib_queued(const struct rib *r)
{
	return r->queue_head != r->queue_tail;
}

#endif
