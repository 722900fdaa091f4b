/*
 * rib: see rib.h.
 *
 * Entries lie in table.h's slabs, what their paths have in common is in share.h. An entry that
 * changed is queued, once; rib_work() takes entries off the queue and decides them.
 *
 * What concerns all paths of a peer is not done path by path at once but by generations: each
 * session of a peer has a number for each family, and each path the number of the session that
 * announced it. So "all are stale" and "all are dead" are one assignment, however many there are,
 * and a session that comes back while the old one's paths are still being freed is no special case:
 *
 *      gen < live_from          dead: not considered, freed by the walk
 *      live_from <= gen < now   stale (RFC 4724)
 *      gen == now               fresh
 *
 * The walk goes over the whole table, in slices: it frees dead paths, imports anew, and queues
 * entries. Reasons for a walk that come while one is under way make another one after it.
 */
#include "agent/rib/rib.h"

#include "agent/lib/mem.h"
#include "agent/rib/decide.h"
#include "agent/rib/import.h"
#include "agent/rib/share.h"
#include "agent/rib/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_FIRST 256

enum walk_reason {
	WALK_PURGE = 1,
	WALK_IMPORT = 2,
	WALK_DECIDE = 4,
	WALK_NEXTHOP = 8, /* decide what uses a next hop that is looked at */
	WALK_TELL = 16,   /* decide, and tell the host, whatever it was told before */
};

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
	uint32_t seq;
	struct table_at walk_at;
	unsigned int walk_why;  /* 0: none under way */
	unsigned int walk_then; /* why there will be another */
	uint64_t updates, withdraws, decisions;
	uint8_t scratch[POLICY_SCRATCH];
};

static int family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

/* ---- the queue --------------------------------------------------------------------------------
 */

static uint32_t *queue_at(const struct rib *r, uint32_t at)
{
	return &r->queue[at & (r->queue_cap - 1)];
}

static void queue_grow(struct rib *r)
{
	uint32_t *old = r->queue, cap = r->queue_cap;

	r->queue_cap *= 2;
	r->queue = mem_grow(NULL, r->queue_cap, sizeof(*r->queue));
	for (uint32_t at = r->queue_head; at != r->queue_tail; at++)
		*queue_at(r, at) = old[at & (cap - 1)];
	free(old);
}

static void make_dirty(struct rib *r, uint32_t handle)
{
	struct rib_entry *e = table_entry(&r->table, handle);

	if (e->dirty)
		return;
	if (r->queue_tail - r->queue_head == r->queue_cap)
		queue_grow(r);
	e->dirty = true;
	e->dirty_at = r->queue_tail++;
	*queue_at(r, e->dirty_at) = handle;
}

static void walk_start(struct rib *r, unsigned int why)
{
	if (r->walk_why) {
		r->walk_then |= why;
		return;
	}
	r->walk_why = why;
	r->walk_at = (struct table_at){0};
}

/* ---- paths ------------------------------------------------------------------------------------
 */

static struct rib_peer_family *peer_family(const struct rib *r, const struct path *p, int f)
{
	return &r->peers[p->peer]->families[f];
}

static const struct share *share_of(const struct rib *r, const struct path *p)
{
	return &r->shares.shares[p->share];
}

const struct attrs *rib_path_received(const struct rib *r, const struct path *p)
{
	return share_of(r, p)->in;
}

const struct attrs *rib_path_attrs(const struct rib *r, const struct path *p)
{
	return share_of(r, p)->attrs;
}

const struct nexthop *rib_path_nexthop(const struct rib *r, const struct path *p)
{
	return share_of(r, p)->nh;
}

/* Generations are compared round the clock. */
static bool gen_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static bool path_stale(const struct rib *r, const struct path *p, int f)
{
	return gen_before(p->gen, peer_family(r, p, f)->gen);
}

static bool path_dead(const struct rib *r, const struct path *p, int f)
{
	const struct rib_peer_family *pf = peer_family(r, p, f);

	if (gen_before(p->gen, pf->live_from))
		return true;
	/* RFC 9494 section 4.3: not to be kept for long */
	return pf->llgr && path_stale(r, p, f) &&
	       attr_has_community(&rib_path_received(r, p)->set, COMMUNITY_NO_LLGR);
}

bool rib_path_stale(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	return path_stale(r, p, family_of(&e->prefix));
}

bool rib_path_llgr(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	int f = family_of(&e->prefix);

	return (peer_family(r, p, f)->llgr && path_stale(r, p, f)) ||
	       attr_has_community(&rib_path_attrs(r, p)->set, COMMUNITY_LLGR_STALE);
}

bool rib_path_usable(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	const struct nexthop *nh = rib_path_nexthop(r, p);

	return !p->reject && nh->reachable && (!r->peers[p->peer]->connected || nh->connected) &&
	       !path_dead(r, p, family_of(&e->prefix));
}

static void count(struct rib *r, const struct path *p, int f, int by)
{
	struct rib_peer *peer = r->peers[p->peer];

	if (gen_before(p->gen, peer->families[f].counted_from))
		return;
	peer->received[f] += (uint32_t)by;
	if (!p->reject)
		peer->accepted[f] += (uint32_t)by;
	if (path_stale(r, p, f))
		peer->stale[f] += (uint32_t)by;
}

static void tell_path(struct rib *r, const struct prefix *prefix, const struct path *p, bool lost)
{
	if (r->ops.path)
		r->ops.path(r->ctx, prefix, p->peer, p->path_id, lost);
}

/* Nothing of the entry is to be taken for decided, since what was is no longer there. */
static void undecide(struct rib *r, uint32_t handle)
{
	table_entry(&r->table, handle)->n_multipath = 0;
	make_dirty(r, handle);
}

static void path_remove(struct rib *r, uint32_t handle, size_t i)
{
	struct rib_entry *e = table_entry(&r->table, handle);
	struct path *p = &e->paths[i];

	count(r, p, family_of(&e->prefix), -1);
	tell_path(r, &e->prefix, p, true);
	r->peers[p->peer]->held--;
	share_unref(&r->shares, p->share);
	memmove(p, p + 1, (e->n_paths - i - 1u) * sizeof(*p));
	e->n_paths--;
	r->n_paths--;
	undecide(r, handle);
}

/* Judges what was received: its attributes after policy, its next hop. */
static void path_import(struct rib *r, const struct rib_entry *e, struct path *p,
			const struct attrs *in)
{
	const struct rib_peer *peer = r->peers[p->peer];
	const struct attrs *attrs = in;
	struct nexthop *nh = NULL;
	struct attr_set set = in->set;
	uint32_t old = p->share;

	p->reject = (uint8_t)import_path(&r->conf, r->nexthops, peer, &e->prefix, &set, r->scratch);
	if (!p->reject) {
		attrs = attrs_intern(r->attrs, &set);
		if (attrs == in)
			attrs_unref(r->attrs, attrs);
		nh = nexthop_ref(r->nexthops, import_next_hop(peer, &set), peer->ifindex);
	}
	p->share = share_get(&r->shares, attrs_ref(in), attrs, nh);
	share_unref(&r->shares, old);
}

static struct path *path_find(struct rib_entry *e, const struct rib_peer *peer, uint32_t path_id)
{
	for (size_t i = 0; i < e->n_paths; i++) {
		if (e->paths[i].peer == peer->index && e->paths[i].path_id == path_id)
			return &e->paths[i];
	}
	return NULL;
}

/* ---- visiting ---------------------------------------------------------------------------------
 */

static void visit(struct rib *r, uint32_t handle)
{
	struct rib_entry *e = table_entry(&r->table, handle);
	int f = family_of(&e->prefix);

	for (size_t i = e->n_paths; i > 0; i--) {
		struct path *p = &e->paths[i - 1];

		if (path_dead(r, p, f)) {
			path_remove(r, handle, i - 1);
			continue;
		}
		if (r->walk_why & WALK_IMPORT) {
			uint32_t share = p->share;
			bool accepted = !p->reject;

			count(r, p, f, -1);
			path_import(r, e, p, rib_path_received(r, p));
			count(r, p, f, 1);
			if (p->share != share) {
				tell_path(r, &e->prefix, p, accepted && p->reject);
				undecide(r, handle);
			}
		}
		if ((r->walk_why & WALK_NEXTHOP) && share_of(r, p)->nh &&
		    share_of(r, p)->nh->looked_at)
			make_dirty(r, handle);
	}
	if (r->walk_why & WALK_TELL)
		e->tell = true;
	if (r->walk_why & (WALK_IMPORT | WALK_DECIDE | WALK_TELL))
		make_dirty(r, handle);
}

/* ---- updates ----------------------------------------------------------------------------------
 */

/* The entry's handle afterwards; the new path is its last. */
static uint32_t path_add(struct rib *r, uint32_t handle, struct rib_peer *peer, uint32_t path_id)
{
	uint32_t to = table_room(&r->table, handle);
	struct rib_entry *e = table_entry(&r->table, to);

	if (to != handle && e->dirty)
		*queue_at(r, e->dirty_at) = to;
	e->paths[e->n_paths++] = (struct path){.peer = peer->index, .path_id = path_id};
	peer->held++;
	r->n_paths++;
	return to;
}

/* An announcement of the prefix by the peer. */
static void announce(struct rib *r, struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id, const struct attrs *in)
{
	int f = family_of(prefix);
	uint32_t gen = peer->families[f].gen;
	uint32_t handle = table_get(&r->table, prefix);
	struct rib_entry *e = table_entry(&r->table, handle);
	struct path *p = path_find(e, peer, path_id);
	bool accepted = p && !p->reject;

	r->updates++;
	if (!p && e->n_paths == TABLE_PATHS_MAX)
		return; /* more paths than anybody has neighbours: ADD-PATH gone wild */
	if (!p) {
		handle = path_add(r, handle, peer, path_id);
		e = table_entry(&r->table, handle);
		p = &e->paths[e->n_paths - 1];
	} else if (rib_path_received(r, p) != in) {
		count(r, p, f, -1);
		undecide(r, handle);
	} else if (p->gen == gen) {
		return; /* the same again */
	} else {
		count(r, p, f, -1);
		p->gen = gen;
		count(r, p, f, 1);
		tell_path(r, prefix, p, false);
		make_dirty(r, handle);
		return;
	}
	p->gen = gen;
	p->seq = r->seq++;
	path_import(r, e, p, in);
	count(r, p, f, 1);
	tell_path(r, prefix, p, accepted && p->reject);
	make_dirty(r, handle);
}

static void withdraw(struct rib *r, const struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id)
{
	uint32_t handle = table_find(&r->table, prefix);
	struct rib_entry *e = handle ? table_entry(&r->table, handle) : NULL;
	struct path *p = e ? path_find(e, peer, path_id) : NULL;

	r->withdraws++;
	if (p)
		path_remove(r, handle, (size_t)(p - e->paths));
}

static void withdraw_all(struct rib *r, const struct rib_peer *peer, struct nlri n)
{
	struct prefix p;
	uint32_t id;

	while (nlri_next(&n, &p, &id))
		withdraw(r, peer, &p, id);
}

static bool within(const struct rib_peer *peer, uint32_t limit)
{
	return !limit ||
	       (peer->received[FAMILY_IP4] <= limit && peer->received[FAMILY_IP6] <= limit);
}

static bool announce_all(struct rib *r, struct rib_peer *peer, struct nlri n,
			 const struct attr_set *set, uint32_t limit)
{
	const struct attrs *attrs;
	struct prefix p;
	uint32_t id;
	bool ok = true;

	if (!rd_left(&n.rd))
		return true;
	attrs = attrs_intern(r->attrs, set);
	while (ok && nlri_next(&n, &p, &id)) {
		announce(r, peer, &p, id, attrs);
		ok = within(peer, limit);
	}
	attrs_unref(r->attrs, attrs);
	return ok;
}

enum rib_result rib_update(struct rib *r, struct rib_peer *p, const struct bgp_update *u,
			   uint32_t limit)
{
	size_t max;

	withdraw_all(r, p, u->withdrawn);
	withdraw_all(r, p, u->mp_withdrawn);
	if (u->verdict >= UPDATE_TREAT_WITHDRAW) {
		withdraw_all(r, p, u->reach);
		withdraw_all(r, p, u->mp_reach);
		return RIB_OK;
	}
	if (!announce_all(r, p, u->reach, &u->attrs, limit) ||
	    !announce_all(r, p, u->mp_reach, &u->mp_attrs, limit))
		return RIB_OVER_LIMIT;
	max = r->conf.attr_bytes_max ? r->conf.attr_bytes_max : RIB_ATTR_BYTES_MAX;
	return attr_table_bytes(r->attrs) > max ? RIB_OVER_BYTES : RIB_OK;
}

/* ---- deciding ---------------------------------------------------------------------------------
 */

/* Keeps them sorted, each once. */
static size_t add_hop(struct hop *hops, size_t n, const struct hop *h)
{
	size_t at = n;
	int c = 1;

	while (at > 0 && (c = hop_cmp(h, &hops[at - 1])) < 0)
		at--;
	if (n == RIB_MULTIPATH_MAX || (at > 0 && c == 0))
		return n;
	memmove(&hops[at + 1], &hops[at], (n - at) * sizeof(*hops));
	hops[at] = *h;
	return n + 1;
}

static void tell_route(struct rib *r, struct rib_entry *e)
{
	struct hop hops[RIB_MULTIPATH_MAX];
	uint32_t hopset;
	bool tell;
	size_t n = 0;

	for (size_t i = 0; i < e->n_multipath; i++) {
		const struct nexthop *nh = rib_path_nexthop(r, &e->paths[i]);

		for (size_t h = 0; h < nh->n_hops; h++)
			n = add_hop(hops, n, &nh->hops[h]);
	}
	hopset = hopset_get(&r->hopsets, hops, n);
	hopset_unref(&r->hopsets, e->hopset);
	r->n_routes += (hopset != 0);
	r->n_routes -= (e->hopset != 0);
	tell = hopset != e->hopset || (e->tell && hopset);
	e->tell = false;
	e->hopset = hopset;
	if (!tell)
		return;
	r->ops.route(r->ctx, e, hops, n);
}

/* Orders the paths best first: few, so by insertion. */
static void order(struct rib *r, const struct decide_ctx *ctx, struct rib_entry *e,
		  struct candidate *c)
{
	enum decide_step step;

	for (size_t i = 0; i < e->n_paths; i++) {
		const struct path *p = &e->paths[i];

		c[i] = (struct candidate){.path = p, .attrs = rib_path_attrs(r, p)};
		c[i].usable = rib_path_usable(r, e, p);
		if (c[i].usable) {
			c[i].llgr = rib_path_llgr(r, e, p);
			c[i].metric = rib_path_nexthop(r, p)->metric;
		}
	}
	decide_med(ctx, c, e->n_paths);
	for (size_t i = 1; i < e->n_paths; i++) {
		struct candidate x = c[i];
		size_t at = i;

		for (; at > 0 && decide_compare(ctx, &x, &c[at - 1], &step) < 0; at--)
			c[at] = c[at - 1];
		c[at] = x;
	}
}

static void decide(struct rib *r, struct rib_entry *e)
{
	const struct decide_ctx ctx = {.peers = r->peers,
				       .always_compare_med = r->conf.always_compare_med};
	struct candidate few[8];
	struct candidate *c = few;
	struct path paths_few[8];
	struct path *paths = paths_few;
	enum decide_step step;

	r->decisions++;
	if (e->n_paths > 8) {
		c = mem_zalloc(e->n_paths * sizeof(*c));
		paths = mem_zalloc(e->n_paths * sizeof(*paths));
	}
	order(r, &ctx, e, c);
	e->n_multipath = 0;
	for (size_t i = 0; i < e->n_paths && c[i].usable && i < r->conf.maximum_paths; i++) {
		if (i && decide_compare(&ctx, &c[0], &c[i], &step) != 0 && step <= STEP_METRIC)
			break;
		e->n_multipath++;
	}
	for (size_t i = 0; i < e->n_paths; i++)
		paths[i] = *c[i].path;
	memcpy(e->paths, paths, e->n_paths * sizeof(*paths));
	if (c != few) {
		free(c);
		free(paths);
	}
	tell_route(r, e);
}

static void decide_next(struct rib *r)
{
	uint32_t handle = *queue_at(r, r->queue_head++);
	struct rib_entry *e = table_entry(&r->table, handle);
	struct path best = e->n_multipath ? e->paths[0] : (struct path){0};
	bool had = e->hopset != 0;

	e->dirty = false;
	decide(r, e);
	if (r->ops.decided && (!best.share || !e->n_multipath || e->paths[0].share != best.share ||
			       e->paths[0].peer != best.peer))
		r->ops.decided(r->ctx, e, had && !e->n_multipath);
	if (!e->n_paths)
		table_remove(&r->table, handle);
}

/* ---- the walk ---------------------------------------------------------------------------------
 */

static void peers_bury(struct rib *r)
{
	for (size_t i = 0; i < r->n_peers; i++) {
		if (!r->peers[i] || !r->peers[i]->gone || r->peers[i]->held)
			continue;
		free(r->peers[i]);
		r->peers[i] = NULL;
	}
}

static void looked_at_forget(struct rib *r)
{
	for (size_t i = 0; i < r->n_looked_at; i++) {
		r->looked_at[i]->looked_at = false;
		nexthop_unref(r->nexthops, r->looked_at[i]);
	}
	r->n_looked_at = 0;
}

static void walk_finish(struct rib *r)
{
	r->walk_why = r->walk_then;
	r->walk_then = 0;
	r->walk_at = (struct table_at){0};
	if (!(r->walk_why & WALK_NEXTHOP))
		looked_at_forget(r);
	peers_bury(r);
}

bool rib_work(struct rib *r, unsigned int budget)
{
	/* neither changes without end nor a long walk may starve the other */
	unsigned int reserve = r->walk_why ? budget / 2 : 0;

	for (; budget > reserve && r->queue_head != r->queue_tail; budget--)
		decide_next(r);
	while (budget && r->walk_why) {
		uint32_t handle = table_next(&r->table, &r->walk_at);

		if (!handle) {
			walk_finish(r);
			continue;
		}
		visit(r, handle);
		budget--;
	}
	for (; budget && r->queue_head != r->queue_tail; budget--)
		decide_next(r);
	return rib_busy(r);
}

bool rib_busy(const struct rib *r)
{
	return r->queue_head != r->queue_tail || r->walk_why;
}

/* ---- peers ------------------------------------------------------------------------------------
 */

struct rib_peer *rib_peer_new(struct rib *r)
{
	struct rib_peer *p = mem_zalloc(sizeof(*p));
	size_t i;

	for (i = 0; i < r->n_peers && r->peers[i]; i++)
		;
	if (i == r->n_peers) {
		r->peers = mem_grow(r->peers, ++r->n_peers, sizeof(struct rib_peer *));
		assert(r->n_peers < UINT16_MAX);
	}
	r->peers[i] = p;
	p->index = (uint16_t)i;
	p->role = ROLE_NONE;
	return p;
}

static void family_flush(struct rib *r, struct rib_peer *p, int f)
{
	struct rib_peer_family *pf = &p->families[f];

	pf->gen++;
	pf->live_from = pf->counted_from = pf->gen;
	pf->llgr = false;
	p->received[f] = p->accepted[f] = p->stale[f] = 0;
	walk_start(r, WALK_PURGE);
}

void rib_peer_free(struct rib *r, struct rib_peer *p)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		family_flush(r, p, f);
		p->import_prefix_list[f] = p->import_route_map[f] = NULL;
	}
	p->gone = true;
	p->ctx = NULL;
}

void rib_peer_reimport(struct rib *r, struct rib_peer *p)
{
	if (p->held)
		walk_start(r, WALK_IMPORT);
}

void rib_peer_mark_stale(struct rib *r, struct rib_peer *p, enum family family)
{
	(void)r;
	/* what was stale already stays so: the older generation is still not dead */
	p->families[family].gen++;
	p->stale[family] = p->received[family];
}

void rib_peer_down(struct rib *r, struct rib_peer *p, unsigned int stale_families)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (stale_families & FAMILY_BIT(f)) {
			/* a second restart in a row: what was stale before is too old (RFC 4724
			 * section 4.2) */
			if (p->stale[f])
				rib_peer_sweep(r, p, (enum family)f);
			rib_peer_mark_stale(r, p, (enum family)f);
		} else {
			family_flush(r, p, f);
		}
	}
}

void rib_peer_sweep(struct rib *r, struct rib_peer *p, enum family family)
{
	struct rib_peer_family *pf = &p->families[family];

	pf->llgr = false;
	if (pf->live_from == pf->gen)
		return;
	pf->live_from = pf->gen;
	if (p->stale[family])
		walk_start(r, WALK_PURGE);
}

void rib_peer_llgr(struct rib *r, struct rib_peer *p, enum family family)
{
	p->families[family].llgr = true;
	walk_start(r, WALK_PURGE | WALK_DECIDE);
}

const struct rib_peer *rib_peer_at(const struct rib *r, uint16_t index)
{
	return index < r->n_peers ? r->peers[index] : NULL;
}

void rib_redecide(struct rib *r)
{
	walk_start(r, WALK_TELL);
}

void rib_nexthop_changed(struct rib *r, struct nexthop *nh)
{
	if (!nh->looked_at) {
		nh->looked_at = true;
		r->looked_at = mem_grow(r->looked_at, r->n_looked_at + 1, sizeof(struct nexthop *));
		r->looked_at[r->n_looked_at++] = nexthop_ref(r->nexthops, &nh->addr, nh->ifindex);
	}
	walk_start(r, WALK_NEXTHOP);
}

void rib_connected_changed(struct rib *r)
{
	walk_start(r, WALK_IMPORT);
}

/* ---- life -------------------------------------------------------------------------------------
 */

struct rib *rib_new(const struct rib_conf *conf, struct nexthop_table *nexthops,
		    const struct rib_ops *ops, void *ctx)
{
	struct rib *r = mem_zalloc(sizeof(*r));

	r->conf = *conf;
	r->nexthops = nexthops;
	r->ops = *ops;
	r->ctx = ctx;
	r->attrs = attr_table_new();
	share_table_init(&r->shares, r->attrs, nexthops);
	hopset_table_init(&r->hopsets);
	table_init(&r->table);
	r->queue_cap = QUEUE_FIRST;
	r->queue = mem_grow(NULL, r->queue_cap, sizeof(*r->queue));
	return r;
}

void rib_free(struct rib *r)
{
	struct table_at at = {0};
	uint32_t handle;

	if (!r)
		return;
	while ((handle = table_next(&r->table, &at))) {
		struct rib_entry *e = table_entry(&r->table, handle);

		for (size_t i = 0; i < e->n_paths; i++)
			share_unref(&r->shares, e->paths[i].share);
	}
	looked_at_forget(r);
	free(r->looked_at);
	for (size_t i = 0; i < r->n_peers; i++)
		free(r->peers[i]);
	free(r->peers);
	free(r->queue);
	share_table_fini(&r->shares);
	hopset_table_fini(&r->hopsets);
	table_fini(&r->table);
	attr_table_free(r->attrs);
	free(r);
}

void rib_set_conf(struct rib *r, const struct rib_conf *conf)
{
	r->conf = *conf;
	if (r->table.n_entries)
		walk_start(r, WALK_IMPORT);
}

struct attr_table *rib_attr_table(struct rib *r)
{
	return r->attrs;
}

void rib_stats(const struct rib *r, struct rib_stats *out)
{
	*out = (struct rib_stats){
		.entries = r->table.n_entries,
		.paths = r->n_paths,
		.routes = r->n_routes,
		.attrs = attr_table_count(r->attrs),
		.attr_bytes = attr_table_bytes(r->attrs),
		.table_bytes = table_bytes(&r->table),
		.updates = r->updates,
		.withdraws = r->withdraws,
		.decisions = r->decisions,
	};
}

/* ---- looking ----------------------------------------------------------------------------------
 */

const struct rib_entry *rib_find(const struct rib *r, const struct prefix *p)
{
	uint32_t handle = table_find(&r->table, p);

	return handle ? table_entry(&r->table, handle) : NULL;
}

const struct table *rib_table(const struct rib *r)
{
	return &r->table;
}
