/* rib_decide: the entries of the RIB (rib.h) that are to be decided, and how that is done; what a
 * path is good for. */
#include "agent/rib/rib_impl.h"

#include "agent/lib/mem.h"
#include "agent/rib/decide.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_FIRST 256

/* ---- paths ------------------------------------------------------------------------------------
 */

static struct rib_peer_family *peer_family(const struct rib *r, const struct path *p, int f)
{
	return &r->peers[p->peer]->families[f];
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

bool path_stale(const struct rib *r, const struct path *p, int f)
{
	return gen_before(p->gen, peer_family(r, p, f)->gen);
}

bool path_dead(const struct rib *r, const struct path *p, int f)
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

bool path_llgr(const struct rib *r, const struct path *p, int f)
{
	return (peer_family(r, p, f)->llgr && path_stale(r, p, f)) ||
	       attr_has_community(&rib_path_attrs(r, p)->set, COMMUNITY_LLGR_STALE);
}

bool rib_path_llgr(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	return path_llgr(r, p, family_of(&e->prefix));
}

bool path_usable(const struct rib *r, const struct path *p, int f)
{
	const struct nexthop *nh = rib_path_nexthop(r, p);

	return !p->reject && nh->reachable && (!r->peers[p->peer]->connected || nh->connected) &&
	       !path_dead(r, p, f);
}

bool rib_path_usable(const struct rib *r, const struct rib_entry *e, const struct path *p)
{
	return path_usable(r, p, family_of(&e->prefix));
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

void rib_dirty(struct rib *r, uint32_t handle)
{
	struct entry *e = table_entry(&r->table, handle);

	if (has_flag(e, ENTRY_DIRTY))
		return;
	if (r->queue_tail - r->queue_head == r->queue_cap)
		queue_grow(r);
	set_flag(e, ENTRY_DIRTY, true);
	*queue_at(r, r->queue_tail++) = handle;
}

void rib_queue_init(struct rib *r)
{
	r->queue_cap = QUEUE_FIRST;
	r->queue = mem_grow(NULL, r->queue_cap, sizeof(*r->queue));
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

static void tell_route(struct rib *r, struct entry *e, const struct rib_entry *view)
{
	struct hop hops[RIB_MULTIPATH_MAX];
	uint32_t hopset;
	bool tell;
	size_t n = 0;

	for (size_t i = 0; i < view->n_multipath; i++) {
		const struct nexthop *nh = rib_path_nexthop(r, &view->paths[i]);

		for (size_t h = 0; h < nh->n_hops; h++)
			n = add_hop(hops, n, &nh->hops[h]);
	}
	hopset = hopset_get(&r->hopsets, hops, n);
	hopset_unref(&r->hopsets, e->hopset);
	r->n_routes += (hopset != 0);
	r->n_routes -= (e->hopset != 0);
	tell = hopset != e->hopset || (has_flag(e, ENTRY_TELL) && hopset);
	set_flag(e, ENTRY_TELL, false);
	e->hopset = hopset;
	if (tell)
		r->ops.route(r->ctx, view, hops, n);
}

/* Orders the paths best first: few, so by insertion. */
static void order(struct rib *r, const struct decide_ctx *ctx, const struct path *paths, size_t n,
		  enum family f, struct candidate *c)
{
	enum decide_step step;

	for (size_t i = 0; i < n; i++) {
		const struct path *p = &paths[i];

		c[i] = (struct candidate){.path = p, .attrs = rib_path_attrs(r, p)};
		c[i].usable = path_usable(r, p, f);
		if (c[i].usable) {
			c[i].llgr = path_llgr(r, p, f);
			c[i].metric = rib_path_nexthop(r, p)->metric;
		}
	}
	decide_med(ctx, c, n);
	for (size_t i = 1; i < n; i++) {
		struct candidate x = c[i];
		size_t at = i;

		for (; at > 0 && decide_compare(ctx, &x, &c[at - 1], &step) < 0; at--)
			c[at] = c[at - 1];
		c[at] = x;
	}
}

/* Puts several paths in order; returns how many of them are used. */
static uint8_t choose(struct rib *r, struct path *paths, size_t n, enum family f)
{
	const struct decide_ctx ctx = {.peers = r->peers,
				       .always_compare_med = r->conf.always_compare_med};
	struct candidate few[8];
	struct candidate *c = few;
	struct path ordered_few[8];
	struct path *ordered = ordered_few;
	enum decide_step step;
	uint8_t used = 0;

	if (n > 8) {
		c = mem_zalloc(n * sizeof(*c));
		ordered = mem_zalloc(n * sizeof(*ordered));
	}
	order(r, &ctx, paths, n, f, c);
	for (size_t i = 0; i < n && c[i].usable && i < r->conf.maximum_paths; i++) {
		if (i && decide_compare(&ctx, &c[0], &c[i], &step) != 0 && step <= STEP_METRIC)
			break;
		used++;
	}
	for (size_t i = 0; i < n; i++)
		ordered[i] = *c[i].path;
	memcpy(paths, ordered, n * sizeof(*paths));
	if (c != few) {
		free(c);
		free(ordered);
	}
	return used;
}

struct rib_entry rib_view_of(const struct rib *r, uint32_t handle)
{
	struct entry *e = table_entry(&r->table, handle);

	return (struct rib_entry){table_prefix(&r->table, handle), e->n_paths, e->n_multipath,
				  table_paths(handle, e)};
}

static void decide(struct rib *r, uint32_t handle)
{
	struct entry *e = table_entry(&r->table, handle);
	struct path *paths = table_paths(handle, e);
	struct path best = e->n_multipath ? paths[0] : (struct path){0};
	enum family f = table_family(handle);
	bool had = e->hopset != 0;
	struct rib_entry view;

	r->decisions++;
	if (e->n_paths == 1)
		e->n_multipath = path_usable(r, &paths[0], f) && r->conf.maximum_paths;
	else
		e->n_multipath = choose(r, paths, e->n_paths, f);
	view = rib_view_of(r, handle);
	tell_route(r, e, &view);
	if (r->ops.decided && (!best.share || !e->n_multipath || paths[0].share != best.share ||
			       paths[0].peer != best.peer))
		r->ops.decided(r->ctx, &view, had && !e->n_multipath);
}

unsigned int rib_decide_next(struct rib *r)
{
	uint32_t handle = *queue_at(r, r->queue_head++);
	struct entry *e;
	unsigned int n;

	/* it may have moved, and was queued again then; or gone, and another is in its place */
	if (!table_has(&r->table, handle))
		return 1;
	e = table_entry(&r->table, handle);
	if (!has_flag(e, ENTRY_DIRTY))
		return 1;
	n = e->n_paths;
	set_flag(e, ENTRY_DIRTY, false);
	decide(r, handle);
	if (!n)
		table_remove(&r->table, handle);
	/* each path is compared with each: up to 7 that is nothing beside the rest */
	return 1 + n * n / 64;
}
