/*
 * rib: see rib.h.
 *
 * Entries sit in a hash table of pointers with linear probing. An entry that changed is on the
 * dirty list, once; rib_work() takes entries off it and decides them.
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
 * The walk goes round the whole table once, in slices, for whatever reason it was started: it frees
 * dead paths, imports anew, and makes entries dirty.
 */
#include "agent/rib/rib.h"

#include "agent/lib/mem.h"
#include "agent/rib/decide.h"
#include "agent/rib/import.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024
#define PATHS_FIRST 1

enum walk_reason {
	WALK_PURGE = 1,
	WALK_IMPORT = 2,
	WALK_DECIDE = 4,
};

struct rib {
	struct rib_conf conf;
	struct nexthop_table *nexthops;
	struct rib_ops ops;
	void *ctx;
	struct attr_table *attrs;
	struct rib_entry **slots; /* NULL: free */
	size_t n_slots, n_entries, n_paths;
	struct rib_entry *dirty, **dirty_end;
	struct rib_peer **peers; /* by index; NULL: free */
	size_t n_peers;
	uint32_t seq;
	size_t walk_at, walk_left; /* slots */
	unsigned int walk_why;
	uint64_t updates, withdraws, decisions;
	uint8_t scratch[POLICY_SCRATCH];
};

static int family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

/* ---- the table --------------------------------------------------------------------------------
 */

static size_t slot_of(const struct rib *r, const struct prefix *p)
{
	size_t i = prefix_hash(p) & (r->n_slots - 1);

	while (r->slots[i] && !prefix_eq(&r->slots[i]->prefix, p))
		i = (i + 1) & (r->n_slots - 1);
	return i;
}

static void walk_start(struct rib *r, unsigned int why)
{
	r->walk_why |= why;
	r->walk_left = r->n_slots;
}

static void grow(struct rib *r)
{
	struct rib_entry **old = r->slots;
	size_t n = r->n_slots;

	r->n_slots *= 2;
	r->slots = mem_zalloc(r->n_slots * sizeof(struct rib_entry *));
	for (size_t i = 0; i < n; i++) {
		if (old[i])
			r->slots[slot_of(r, &old[i]->prefix)] = old[i];
	}
	free(old);
	/* places have changed: a walk under way goes round again */
	if (r->walk_why)
		r->walk_left = r->n_slots;
}

static struct rib_entry *entry_get(struct rib *r, const struct prefix *p)
{
	size_t i = slot_of(r, p);
	struct rib_entry *e = r->slots[i];

	if (e)
		return e;
	if ((r->n_entries + 1) * 4 > r->n_slots * 3) {
		grow(r);
		i = slot_of(r, p);
	}
	e = mem_zalloc(sizeof(*e));
	e->prefix = *p;
	r->slots[i] = e;
	r->n_entries++;
	return e;
}

static void make_dirty(struct rib *r, struct rib_entry *e)
{
	if (e->dirty)
		return;
	e->dirty = true;
	e->next_dirty = NULL;
	*r->dirty_end = e;
	r->dirty_end = &e->next_dirty;
}

/* ---- paths ------------------------------------------------------------------------------------
 */

static struct rib_peer_family *peer_family(const struct rib *r, const struct path *p, int f)
{
	return &r->peers[p->peer]->families[f];
}

/* Generations are compared round the clock: 32767 sessions fit between a path and its burial. */
static bool gen_before(uint16_t a, uint16_t b)
{
	return (int16_t)(a - b) < 0;
}

static bool path_dead(const struct rib *r, const struct path *p, int f)
{
	return gen_before(p->gen, peer_family(r, p, f)->live_from);
}

bool rib_path_stale(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	int f = family_of(&e->prefix);

	return gen_before(p->gen, peer_family(r, p, f)->gen);
}

bool rib_path_llgr(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	return (rib_path_stale(r, e, p) && peer_family(r, p, family_of(&e->prefix))->llgr) ||
	       attr_has_community(&p->attrs->set, COMMUNITY_LLGR_STALE);
}

static void count(struct rib *r, const struct path *p, int f, int by)
{
	struct rib_peer *peer = r->peers[p->peer];

	if (gen_before(p->gen, peer->families[f].counted_from))
		return;
	peer->received[f] += (uint32_t)by;
	if (!p->reject)
		peer->accepted[f] += (uint32_t)by;
	if (gen_before(p->gen, peer->families[f].gen))
		peer->stale[f] += (uint32_t)by;
}

/* Gives back what the path holds; the place in the entry stays. */
static void path_clear(struct rib *r, struct path *p)
{
	nexthop_unref(r->nexthops, p->nh);
	p->nh = NULL;
	if (p->attrs != p->in)
		attrs_unref(r->attrs, p->attrs);
	attrs_unref(r->attrs, p->in);
	p->in = p->attrs = NULL;
}

static void path_remove(struct rib *r, struct rib_entry *e, size_t i)
{
	struct path *p = &e->paths[i];

	count(r, p, family_of(&e->prefix), -1);
	r->peers[p->peer]->held--;
	path_clear(r, p);
	memmove(p, p + 1, (e->n_paths - i - 1u) * sizeof(*p));
	e->n_paths--;
	r->n_paths--;
	/* the order of the others has not changed, the set has */
	e->n_multipath = 0;
	make_dirty(r, e);
}

/* Judges the path: its attributes after policy, its next hop. */
static void path_import(struct rib *r, const struct rib_entry *e, struct path *p)
{
	const struct rib_peer *peer = r->peers[p->peer];
	struct attr_set set = p->in->set;
	const struct attrs *old = p->attrs;
	struct nexthop *nh = NULL;

	p->reject = (uint8_t)import_path(&r->conf, r->nexthops, peer, &e->prefix, &set, r->scratch);
	if (p->reject) {
		p->attrs = p->in;
	} else {
		const struct attrs *now = attrs_intern(r->attrs, &set);
		const struct addr *a =
			addr_is_linklocal6(&set.nexthop) || (peer->ifindex && set.nexthop_local.afi)
				? &set.nexthop_local
				: &set.nexthop;

		nh = nexthop_ref(r->nexthops, a, peer->ifindex);
		p->attrs = now;
		if (now == p->in)
			attrs_unref(r->attrs, now);
	}
	if (old && old != p->in)
		attrs_unref(r->attrs, old);
	nexthop_unref(r->nexthops, p->nh);
	p->nh = nh;
}

static struct path *path_find(struct rib_entry *e, const struct rib_peer *peer, uint32_t path_id)
{
	for (size_t i = 0; i < e->n_paths; i++) {
		if (e->paths[i].peer == peer->index && e->paths[i].path_id == path_id)
			return &e->paths[i];
	}
	return NULL;
}

static struct path *path_add(struct rib *r, struct rib_entry *e, struct rib_peer *peer,
			     uint32_t path_id)
{
	struct path *p;

	if (e->n_paths == e->cap_paths) {
		e->cap_paths = (uint16_t)(e->cap_paths ? e->cap_paths * 2 : PATHS_FIRST);
		e->paths = mem_grow(e->paths, e->cap_paths, sizeof(*e->paths));
	}
	p = &e->paths[e->n_paths++];
	*p = (struct path){.peer = peer->index, .path_id = path_id};
	peer->held++;
	r->n_paths++;
	return p;
}

/* An announcement of the prefix by the peer. in: one reference, taken over. */
static void announce(struct rib *r, struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id, const struct attrs *in)
{
	int f = family_of(prefix);
	struct rib_entry *e = entry_get(r, prefix);
	struct path *p = path_find(e, peer, path_id);
	bool fresh = !p;

	r->updates++;
	if (!p) {
		if (e->n_paths == UINT8_MAX) {
			/* more paths than anybody has neighbours: ADD-PATH gone wild */
			attrs_unref(r->attrs, in);
			return;
		}
		p = path_add(r, e, peer, path_id);
	} else {
		count(r, p, f, -1);
		if (p->in == in && p->gen == peer->families[f].gen) {
			count(r, p, f, 1);
			attrs_unref(r->attrs, in);
			return; /* the same again */
		}
		if (p->in != in) {
			path_clear(r, p);
			fresh = true;
		} else {
			attrs_unref(r->attrs, in);
		}
	}
	p->gen = peer->families[f].gen;
	if (fresh) {
		p->in = in;
		p->seq = r->seq++;
		path_import(r, e, p);
	}
	count(r, p, f, 1);
	make_dirty(r, e);
}

static void withdraw(struct rib *r, const struct rib_peer *peer, const struct prefix *prefix,
		     uint32_t path_id)
{
	struct rib_entry *e = r->slots[slot_of(r, prefix)];
	struct path *p = e ? path_find(e, peer, path_id) : NULL;

	r->withdraws++;
	if (p)
		path_remove(r, e, (size_t)(p - e->paths));
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
		announce(r, peer, &p, id, attrs_ref(attrs));
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

/* ---- visiting and removing ---------------------------------------------------------------------
 */

static void visit(struct rib *r, struct rib_entry *e)
{
	int f = family_of(&e->prefix);

	for (size_t i = e->n_paths; i > 0; i--) {
		struct path *p = &e->paths[i - 1];

		if (path_dead(r, p, f)) {
			path_remove(r, e, i - 1);
			continue;
		}
		if (r->walk_why & WALK_IMPORT) {
			count(r, p, f, -1);
			path_import(r, e, p);
			count(r, p, f, 1);
		}
	}
	if (r->walk_why & (WALK_IMPORT | WALK_DECIDE))
		make_dirty(r, e);
}

/* The walk under way has not been at the slot yet. */
static bool walk_comes_to(const struct rib *r, size_t slot)
{
	return ((slot - r->walk_at - 1) & (r->n_slots - 1)) < r->walk_left;
}

/* Entries behind in the same run move up, so that no probing ever stops short. */
static void entry_remove(struct rib *r, struct rib_entry *e)
{
	size_t hole = slot_of(r, &e->prefix);
	size_t i = hole;

	assert(r->slots[hole] == e && !e->dirty);
	r->slots[hole] = NULL;
	for (;;) {
		size_t home;

		i = (i + 1) & (r->n_slots - 1);
		if (!r->slots[i])
			break;
		home = prefix_hash(&r->slots[i]->prefix) & (r->n_slots - 1);
		/* may it stay? if its home lies cyclically in (hole, i] */
		if (((i - home) & (r->n_slots - 1)) < ((i - hole) & (r->n_slots - 1)))
			continue;
		r->slots[hole] = r->slots[i];
		r->slots[i] = NULL;
		/* from before the walk to behind it: it would be passed over */
		if (walk_comes_to(r, i) && !walk_comes_to(r, hole))
			visit(r, r->slots[hole]);
		hole = i;
	}
	r->n_entries--;
	free(e->paths);
	free(e);
}

/* ---- deciding ---------------------------------------------------------------------------------
 */

static int cmp_hops(const void *a, const void *b)
{
	return hop_cmp(a, b);
}

static size_t add_hop(struct hop *hops, size_t n, const struct hop *h)
{
	for (size_t i = 0; i < n; i++) {
		if (hop_eq(&hops[i], h))
			return n;
	}
	if (n < RIB_MULTIPATH_MAX)
		hops[n++] = *h;
	return n;
}

static void tell_route(struct rib *r, struct rib_entry *e)
{
	struct hop hops[RIB_MULTIPATH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < e->n_multipath; i++) {
		const struct nexthop *nh = e->paths[i].nh;

		for (size_t h = 0; h < nh->n_hops; h++)
			n = add_hop(hops, n, &nh->hops[h]);
	}
	if (!n && !e->routed)
		return;
	qsort(hops, n, sizeof(hops[0]), cmp_hops);
	e->routed = n != 0;
	r->ops.route(r->ctx, e, hops, n);
}

/* Orders the paths best first: few, so by insertion. */
static void order(struct rib *r, const struct decide_ctx *ctx, struct rib_entry *e,
		  struct candidate *c)
{
	int f = family_of(&e->prefix);
	enum decide_step step;

	for (size_t i = 0; i < e->n_paths; i++) {
		const struct path *p = &e->paths[i];

		c[i] = (struct candidate){.path = p};
		c[i].usable = !p->reject && !path_dead(r, p, f) && p->nh && p->nh->reachable &&
			      (!r->peers[p->peer]->connected || p->nh->connected);
		c[i].llgr = c[i].usable && rib_path_llgr(r, e, p);
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
	struct rib_entry *e = r->dirty;

	r->dirty = e->next_dirty;
	if (!r->dirty)
		r->dirty_end = &r->dirty;
	e->dirty = false;
	decide(r, e);
	if (!e->n_paths)
		entry_remove(r, e);
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

bool rib_work(struct rib *r, unsigned int budget)
{
	while (budget && r->dirty) {
		decide_next(r);
		budget--;
	}
	while (budget && r->walk_left) {
		struct rib_entry *e;

		r->walk_at = (r->walk_at + 1) & (r->n_slots - 1);
		r->walk_left--;
		e = r->slots[r->walk_at];
		if (!e)
			continue;
		visit(r, e);
		budget--;
	}
	if (!r->walk_left && r->walk_why) {
		r->walk_why = 0;
		peers_bury(r);
	}
	return rib_busy(r);
}

bool rib_busy(const struct rib *r)
{
	return r->dirty || r->walk_left;
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
	walk_start(r, WALK_DECIDE);
}

const struct rib_peer *rib_peer_at(const struct rib *r, uint16_t index)
{
	return index < r->n_peers ? r->peers[index] : NULL;
}

void rib_redecide(struct rib *r)
{
	walk_start(r, WALK_DECIDE);
}

void rib_nexthop_changed(struct rib *r, struct nexthop *nh)
{
	(void)nh;
	rib_redecide(r);
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
	r->n_slots = SLOTS_FIRST;
	r->slots = mem_zalloc(r->n_slots * sizeof(struct rib_entry *));
	r->dirty_end = &r->dirty;
	return r;
}

void rib_free(struct rib *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_slots; i++) {
		struct rib_entry *e = r->slots[i];

		if (!e)
			continue;
		for (size_t k = 0; k < e->n_paths; k++)
			path_clear(r, &e->paths[k]);
		free(e->paths);
		free(e);
	}
	for (size_t i = 0; i < r->n_peers; i++)
		free(r->peers[i]);
	free(r->peers);
	free(r->slots);
	attr_table_free(r->attrs);
	free(r);
}

void rib_set_conf(struct rib *r, const struct rib_conf *conf)
{
	r->conf = *conf;
	if (r->n_entries)
		walk_start(r, WALK_IMPORT);
}

struct attr_table *rib_attr_table(struct rib *r)
{
	return r->attrs;
}

void rib_stats(const struct rib *r, struct rib_stats *out)
{
	*out = (struct rib_stats){
		.entries = r->n_entries,
		.paths = r->n_paths,
		.attrs = attr_table_count(r->attrs),
		.attr_bytes = attr_table_bytes(r->attrs),
		.updates = r->updates,
		.withdraws = r->withdraws,
		.decisions = r->decisions,
	};
}

/* ---- looking ----------------------------------------------------------------------------------
 */

const struct rib_entry *rib_find(const struct rib *r, const struct prefix *p)
{
	return r->slots[slot_of(r, p)];
}

const struct rib_entry *rib_match(const struct rib *r, const struct addr *a)
{
	for (int len = (int)afi_bits(a->afi); len >= 0; len--) {
		struct prefix p = prefix_make(a, (unsigned int)len);
		const struct rib_entry *e = rib_find(r, &p);

		if (e)
			return e;
	}
	return NULL;
}

struct rib_walk {
	const struct rib *rib;
	struct prefix *prefixes;
	size_t n, at;
};

static int cmp_prefixes(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

struct rib_walk *rib_walk_new(const struct rib *r, enum afi afi)
{
	struct rib_walk *w = mem_zalloc(sizeof(*w));

	w->rib = r;
	w->prefixes = mem_zalloc(r->n_entries * sizeof(struct prefix));
	for (size_t i = 0; i < r->n_slots; i++) {
		if (r->slots[i] && (afi == AFI_NONE || r->slots[i]->prefix.afi == afi))
			w->prefixes[w->n++] = r->slots[i]->prefix;
	}
	qsort(w->prefixes, w->n, sizeof(struct prefix), cmp_prefixes);
	return w;
}

const struct rib_entry *rib_walk_next(struct rib_walk *w)
{
	while (w->at < w->n) {
		const struct rib_entry *e = rib_find(w->rib, &w->prefixes[w->at++]);

		if (e)
			return e;
	}
	return NULL;
}

void rib_walk_free(struct rib_walk *w)
{
	if (!w)
		return;
	free(w->prefixes);
	free(w);
}
