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
#include "agent/rib/rib_impl.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(REJECT_COUNT <= 32, "path.reject has five bits");

#define VIEWS        4
#define GEN_SPAN_MAX 16384 /* generations of living paths: they are compared in 16 bits */

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

static void count(struct rib *r, const struct path *p, int f, int by)
{
	struct rib_peer *peer = r->peers[p->peer];

	if (gen_before(p->gen, peer->families[f].counted_from))
		return;
	peer->received[f] += (uint32_t)by;
	if (!p->reject)
		peer->accepted[f] += (uint32_t)by;
	else
		peer->rejected[f][p->reject] += (uint32_t)by;
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
	rib_dirty(r, handle);
}

static void path_remove(struct rib *r, uint32_t handle, size_t i)
{
	struct entry *e = table_entry(&r->table, handle);
	struct path *p = &table_paths(handle, e)[i];

	count(r, p, table_family(handle), -1);
	if (r->ops.path) {
		struct prefix prefix = table_prefix(&r->table, handle);

		tell_path(r, &prefix, p, true);
	}
	r->peers[p->peer]->held--;
	share_unref(&r->shares, p->share);
	memmove(p, p + 1, (e->n_paths - i - 1u) * sizeof(*p));
	e->n_paths--;
	r->n_paths--;
	undecide(r, handle);
}

/* The share of attributes that are used as they are in set. Takes over the reference to in. */
static uint32_t share_used(struct rib *r, const struct rib_peer *peer, const struct attrs *in,
			   const struct attr_set *set)
{
	const struct attrs *attrs = attrs_intern_for(r->attrs, set, peer->index);
	struct nexthop *nh = nexthop_ref(r->nexthops, import_next_hop(peer, set), peer->ifindex);

	if (attrs == in)
		attrs_unref(r->attrs, attrs);
	return share_get(&r->shares, in, attrs, nh);
}

/* Judges what was received, after import_begin: its attributes after policy, its next hop. */
static void path_judge(struct rib *r, const struct prefix *prefix, struct path *p,
		       const struct attrs *in)
{
	const struct rib_peer *peer = r->import.peer;
	enum reject why = import_prefix(&r->import, prefix);
	uint32_t old = p->share;
	struct attr_set set;

	if (!why && !import_has_map(&r->import, prefix)) {
		/* the same for all of an UPDATE */
		if (!r->import_share)
			r->import_share = share_used(r, peer, attrs_ref(in), &r->import.set);
		p->share = r->import_share;
		share_ref(&r->shares, p->share);
	} else if (!why && !(why = import_map(&r->import, prefix, &set, r->scratch))) {
		p->share = share_used(r, peer, attrs_ref(in), &set);
	} else {
		p->share = share_get(&r->shares, attrs_ref(in), in, NULL);
	}
	p->reject = why & 31u;
	share_unref(&r->shares, old);
}

/* What was found out of an UPDATE's attributes holds while nothing else changes: for one UPDATE, or
 * one slice of a walk. in NULL: it is over. */
static void import_of(struct rib *r, const struct rib_peer *peer, const struct attrs *in)
{
	share_unref(&r->shares, r->import_share);
	attrs_unref(r->attrs, r->importing);
	r->import_share = 0;
	r->importing = in ? attrs_ref(in) : NULL;
	if (in)
		import_begin(&r->import, &r->conf, r->nexthops, peer, &in->set);
}

static struct path *path_find(uint32_t handle, struct entry *e, const struct rib_peer *peer,
			      uint32_t path_id)
{
	struct path *paths = table_paths(handle, e);

	for (size_t i = 0; i < e->n_paths; i++) {
		if (paths[i].peer == peer->index && paths[i].path_id == path_id)
			return &paths[i];
	}
	return NULL;
}

/* ---- visiting ---------------------------------------------------------------------------------
 */

/* Judges a path anew. */
static void reimport(struct rib *r, uint32_t handle, const struct prefix *prefix, struct path *p)
{
	const struct attrs *in = rib_path_received(r, p);
	enum family f = table_family(handle);
	uint32_t share = p->share;
	bool accepted = !p->reject;

	count(r, p, f, -1);
	if (r->importing != in || r->import.peer != r->peers[p->peer])
		import_of(r, r->peers[p->peer], in);
	path_judge(r, prefix, p, in);
	count(r, p, f, 1);
	if (p->share != share) {
		tell_path(r, prefix, p, accepted && p->reject);
		undecide(r, handle);
	}
}

static bool is_in_changed(const struct rib *r, const struct prefix *p)
{
	for (size_t i = 0; i < r->n_connected; i++) {
		if (prefix_covers(&r->connected[i], p))
			return true;
	}
	return false;
}

static void visit(struct rib *r, uint32_t handle)
{
	struct entry *e = table_entry(&r->table, handle);
	struct path *paths = table_paths(handle, e);
	struct prefix prefix = table_prefix(&r->table, handle);
	enum family f = table_family(handle);
	bool import = (r->walk_why & WALK_IMPORT) ||
		      ((r->walk_why & WALK_CONNECTED) && is_in_changed(r, &prefix));

	for (size_t i = e->n_paths; i > 0; i--) {
		struct path *p = &paths[i - 1];

		if (path_dead(r, p, f)) {
			path_remove(r, handle, i - 1);
			continue;
		}
		if (import)
			reimport(r, handle, &prefix, p);
		if ((r->walk_why & WALK_NEXTHOP) && share_of(r, p)->nh &&
		    share_of(r, p)->nh->looked_at)
			rib_dirty(r, handle);
	}
	if (r->walk_why & WALK_TELL)
		set_flag(e, ENTRY_TELL, true);
	if (r->walk_why & (WALK_IMPORT | WALK_DECIDE | WALK_TELL))
		rib_dirty(r, handle);
}

/* ---- updates ----------------------------------------------------------------------------------
 */

/* The new path is the last of the entry, which may have moved; 0: the table is full. What was
 * queued under the handle it had is passed over, and it is queued anew. */
static uint32_t path_add(struct rib *r, uint32_t handle, struct rib_peer *peer, uint32_t path_id)
{
	uint32_t to = table_room(&r->table, handle);
	struct entry *e;

	if (!to)
		return 0;
	e = table_entry(&r->table, to);
	if (to != handle)
		set_flag(e, ENTRY_DIRTY, false);
	table_paths(to, e)[e->n_paths++] =
		(struct path){.peer = peer->index & (RIB_PEERS_MAX - 1), .path_id = path_id};
	peer->held++;
	r->n_paths++;
	return to;
}

/* An announcement of the prefix by the peer; false: the table is full. */
static bool announce(struct rib *r, struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id, const struct attrs *in)
{
	enum family f = family_of(prefix);
	uint16_t gen = (uint16_t)peer->families[f].gen;
	uint32_t handle = table_get(&r->table, prefix), to;
	bool accepted;
	struct entry *e;
	struct path *p;

	r->updates++;
	if (!handle)
		return false;
	e = table_entry(&r->table, handle);
	p = path_find(handle, e, peer, path_id);
	accepted = p && !p->reject;
	if (!p && e->n_paths == TABLE_PATHS_MAX) {
		/* more paths than anybody has neighbours: ADD-PATH gone wild */
		peer->crowded++;
		return true;
	}
	if (!p) {
		to = path_add(r, handle, peer, path_id);
		if (!to) {
			rib_dirty(r, handle); /* it may be without any path */
			return false;
		}
		handle = to;
		e = table_entry(&r->table, handle);
		p = &table_paths(handle, e)[e->n_paths - 1];
	} else if (rib_path_received(r, p) != in) {
		count(r, p, f, -1);
		undecide(r, handle);
	} else if (p->gen == gen) {
		return true; /* the same again */
	} else {
		count(r, p, f, -1);
		p->gen = gen;
		count(r, p, f, 1);
		tell_path(r, prefix, p, false);
		rib_dirty(r, handle);
		return true;
	}
	p->gen = gen;
	p->seq = r->seq++;
	path_judge(r, prefix, p, in);
	count(r, p, f, 1);
	tell_path(r, prefix, p, accepted && p->reject);
	rib_dirty(r, handle);
	return true;
}

static void withdraw(struct rib *r, const struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id)
{
	uint32_t handle = table_find(&r->table, prefix);
	struct entry *e = handle ? table_entry(&r->table, handle) : NULL;
	struct path *p = e ? path_find(handle, e, peer, path_id) : NULL;

	r->withdraws++;
	if (p)
		path_remove(r, handle, (size_t)(p - table_paths(handle, e)));
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
	return !limit || (rib_peer_announced(peer, FAMILY_IP4) <= limit &&
			  rib_peer_announced(peer, FAMILY_IP6) <= limit);
}

static enum rib_result announce_all(struct rib *r, struct rib_peer *peer, struct nlri n,
				    const struct attr_set *set, uint32_t limit)
{
	enum rib_result result = RIB_OK;
	const struct attrs *attrs;
	struct prefix p;
	uint32_t id;

	if (!rd_left(&n.rd))
		return RIB_OK;
	attrs = attrs_intern_for(r->attrs, set, peer->index);
	import_of(r, peer, attrs);
	while (result == RIB_OK && nlri_next(&n, &p, &id)) {
		if (!announce(r, peer, &p, id, attrs))
			result = RIB_FULL;
		else if (!within(peer, limit))
			result = RIB_OVER_LIMIT;
	}
	import_of(r, NULL, NULL);
	attrs_unref(r->attrs, attrs);
	return result;
}

enum rib_result rib_update(struct rib *r, struct rib_peer *p, const struct bgp_update *u,
			   uint32_t limit)
{
	enum rib_result result;
	size_t max;

	withdraw_all(r, p, u->withdrawn);
	withdraw_all(r, p, u->mp_withdrawn);
	if (u->verdict >= UPDATE_TREAT_WITHDRAW) {
		withdraw_all(r, p, u->reach);
		withdraw_all(r, p, u->mp_reach);
		return RIB_OK;
	}
	result = announce_all(r, p, u->reach, &u->attrs, limit);
	if (result == RIB_OK)
		result = announce_all(r, p, u->mp_reach, &u->mp_attrs, limit);
	max = r->conf.attr_bytes_max ? r->conf.attr_bytes_max : RIB_ATTR_BYTES_MAX;
	if (result == RIB_OK && attr_table_bytes_of(r->attrs, p->index) > max)
		result = RIB_OVER_BYTES;
	return result;
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
	import_of(r, NULL, NULL); /* its peer may go */
	r->walk_why = r->walk_then;
	r->walk_then = 0;
	r->walk_at = (struct table_at){0};
	if (!(r->walk_why & WALK_NEXTHOP))
		looked_at_forget(r);
	if (!(r->walk_why & WALK_CONNECTED))
		r->n_connected = 0;
	peers_bury(r);
}

static unsigned int spend(unsigned int budget, unsigned int cost)
{
	return cost < budget ? budget - cost : 0;
}

bool rib_work(struct rib *r, unsigned int budget)
{
	/* neither changes without end nor a long walk may starve the other */
	unsigned int reserve = r->walk_why ? budget / 2 : 0;

	budget -= reserve;
	while (budget && rib_queued(r))
		budget = spend(budget, rib_decide_next(r));
	budget += reserve;
	while (budget && r->walk_why) {
		uint32_t handle = table_next(&r->table, &r->walk_at);

		if (!handle) {
			walk_finish(r);
			continue;
		}
		/* a few paths are looked at in the time that it takes to come to them */
		budget = spend(budget, 1 + table_entry(&r->table, handle)->n_paths / 8u);
		visit(r, handle);
	}
	import_of(r, NULL, NULL);
	while (budget && rib_queued(r))
		budget = spend(budget, rib_decide_next(r));
	return rib_busy(r);
}

bool rib_busy(const struct rib *r)
{
	return rib_queued(r) || r->walk_why;
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
		assert(r->n_peers <= RIB_PEERS_MAX);
	}
	r->peers[i] = p;
	p->index = (uint16_t)i;
	p->role = ROLE_NONE;
	return p;
}

/* Paths have 16 bits of their generation: long before these go round, those of the peer are
 * numbered anew, for which the four kinds that there are need four numbers. */
static void renumber(struct rib *r, const struct rib_peer *peer, enum family f)
{
	const struct rib_peer_family *pf = &peer->families[f];
	struct table_at at = {0};
	uint32_t handle;

	while ((handle = table_next(&r->table, &at))) {
		struct entry *e = table_entry(&r->table, handle);
		struct path *p = table_paths(handle, e);

		for (size_t i = 0; table_family(handle) == f && i < e->n_paths; i++, p++) {
			uint32_t back = 0;

			if (p->peer != peer->index)
				continue;
			back += gen_before(p->gen, pf->gen);          /* stale */
			back += gen_before(p->gen, pf->live_from);    /* dead */
			back += gen_before(p->gen, pf->counted_from); /* and not counted */
			p->gen = (uint16_t)(pf->gen - back);
		}
	}
}

/* A new generation. */
static void family_next(struct rib *r, struct rib_peer *p, enum family f)
{
	struct rib_peer_family *pf = &p->families[f];

	if (pf->gen - pf->oldest >= GEN_SPAN_MAX) {
		renumber(r, p, f);
		pf->live_from = pf->live_from == pf->gen ? pf->gen : pf->gen - 1;
		pf->counted_from = pf->counted_from == pf->gen ? pf->gen : pf->gen - 2;
		pf->oldest = pf->gen - 3;
	}
	pf->gen++;
}

static void family_flush(struct rib *r, struct rib_peer *p, enum family f)
{
	struct rib_peer_family *pf = &p->families[f];

	family_next(r, p, f);
	pf->live_from = pf->counted_from = pf->gen;
	pf->llgr = pf->refreshing = false;
	p->received[f] = p->accepted[f] = p->stale[f] = 0;
	memset(p->rejected[f], 0, sizeof(p->rejected[f]));
	walk_start(r, WALK_PURGE);
}

void rib_peer_free(struct rib *r, struct rib_peer *p)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		family_flush(r, p, (enum family)f);
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

static void mark_stale(struct rib *r, struct rib_peer *p, enum family family)
{
	/* what was stale already stays so: the older generation is still not dead */
	family_next(r, p, family);
	p->stale[family] = p->received[family];
}

void rib_peer_mark_stale(struct rib *r, struct rib_peer *p, enum family family)
{
	p->families[family].refreshing = true;
	mark_stale(r, p, family);
}

void rib_peer_down(struct rib *r, struct rib_peer *p, unsigned int stale_families)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (stale_families & FAMILY_BIT(f)) {
			/* a second restart in a row: what was stale before is too old (RFC 4724
			 * section 4.2), unless a refresh that was cut off has made it so */
			if (p->stale[f] && !p->families[f].refreshing)
				rib_peer_sweep(r, p, (enum family)f);
			p->families[f].refreshing = false;
			mark_stale(r, p, (enum family)f);
		} else {
			family_flush(r, p, (enum family)f);
		}
	}
}

void rib_peer_sweep(struct rib *r, struct rib_peer *p, enum family family)
{
	struct rib_peer_family *pf = &p->families[family];

	pf->llgr = pf->refreshing = false;
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

/* Who announces routes by way of an address of ours is refused them. */
static bool is_next_hop(const struct rib *r, const struct prefix *p)
{
	struct addr a = prefix_addr(p);

	for (uint32_t i = 1; i < r->shares.n; i++) {
		const struct share *s = &r->shares.shares[i];

		if (s->refs &&
		    (addr_eq(&s->in->set.nexthop, &a) || addr_eq(&s->in->set.nexthop_local, &a)))
			return true;
	}
	return false;
}

/* With each pod come several: its link's own addresses, and a route to it. None is worth a walk. */
void rib_connected_changed(struct rib *r, const struct prefix *p)
{
	bool host = p->len == afi_bits(p->afi);
	uint32_t handle = host ? table_find(&r->table, p) : 0;

	if (!p->len || (host && is_next_hop(r, p))) {
		walk_start(r, WALK_IMPORT);
	} else if (handle) {
		struct entry *e = table_entry(&r->table, handle);

		for (size_t i = 0; i < e->n_paths; i++) {
			struct path *path = &table_paths(handle, e)[i];

			if (!path_dead(r, path, (int)family_of(p)))
				reimport(r, handle, p, path);
		}
		import_of(r, NULL, NULL);
	} else if (!host && r->table.slots[family_of(p)].n && !prefix_is_martian(p)) {
		if (r->n_connected == RIB_CONNECTED_MAX) {
			walk_start(r, WALK_IMPORT);
			return;
		}
		r->connected[r->n_connected++] = *p;
		walk_start(r, WALK_CONNECTED);
	}
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
	rib_queue_init(r);
	r->views = mem_zalloc(VIEWS * sizeof(*r->views));
	r->views_at = mem_zalloc(sizeof(*r->views_at));
	return r;
}

void rib_free(struct rib *r)
{
	struct table_at at = {0};
	uint32_t handle;

	if (!r)
		return;
	while ((handle = table_next(&r->table, &at))) {
		struct entry *e = table_entry(&r->table, handle);

		for (size_t i = 0; i < e->n_paths; i++)
			share_unref(&r->shares, table_paths(handle, e)[i].share);
	}
	import_of(r, NULL, NULL);
	looked_at_forget(r);
	free(r->looked_at);
	for (size_t i = 0; i < r->n_peers; i++)
		free(r->peers[i]);
	free(r->peers);
	free(r->queue);
	free(r->views);
	free(r->views_at);
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

const struct rib_entry *rib_view(const struct rib *r, uint32_t handle)
{
	struct rib_entry *view = &r->views[(*r->views_at)++ % VIEWS];

	*view = rib_view_of(r, handle);
	return view;
}

const struct rib_entry *rib_find(const struct rib *r, const struct prefix *p)
{
	uint32_t handle = table_find(&r->table, p);

	return handle ? rib_view(r, handle) : NULL;
}

const struct table *rib_table(const struct rib *r)
{
	return &r->table;
}
