/* fib_kernel: what the kernel has and what it loses, told to the FIB (fib.h). */
#include "agent/rib/fib_impl.h"

#include <string.h>

/* ---- failures ---------------------------------------------------------------------------------
 */

static void make_urgent(struct fib *f, struct object *o)
{
	if (o->urgent || !o->present)
		return;
	o->urgent = true;
	f->n_urgent++;
}

/* A group consists of it alone, or a route points at it: without it they would be nothing. */
static bool is_indispensable(const struct fib *f, const struct object *m)
{
	for (const struct object *o = f->objects; o; o = o->all_next) {
		if (object_is_group(o) && o->n == 1 && o->members[0] == m)
			return true;
	}
	return m->want || m->have;
}

/* Returns how many. */
static size_t groups_lose(struct fib *f, const struct object *m, bool replace)
{
	size_t n = 0;

	for (struct object *o = f->objects; o; o = o->all_next) {
		for (size_t i = 0; object_is_group(o) && o->n > 1 && i < o->n; i++) {
			if (o->members[i] != m)
				continue;
			group_lose(f, o, i);
			n++;
			if (replace)
				make_urgent(f, o);
			break;
		}
	}
	return n;
}

static void member_down(struct fib *f, struct object *m)
{
	bool replace = f->conf.objects && is_indispensable(f, m);

	f->counters.failovers += groups_lose(f, m, replace);
	if (f->conf.objects && !replace)
		make_urgent(f, m);
}

/* Where there are no objects, each route that had the hop has to be written. */
static void inline_routes_dirty(struct fib *f)
{
	for (uint32_t h = 0; (h = route_next(f, h));) {
		struct route *r = route_at(f, h);

		if (!r->have || !object_is_group(object_named(f, r->have)))
			continue;
		route_set_flag(r, ROUTE_FOREIGN, true);
		route_dirty(f, h);
	}
}

void fib_hop_down(struct fib *f, const struct hop *hop)
{
	uint64_t before = f->counters.failovers;

	for (struct object *o = f->objects; o; o = o->all_next) {
		if (o->groups && hop_eq(&o->hops[0], hop))
			member_down(f, o);
	}
	if (!f->conf.objects && f->counters.failovers != before)
		inline_routes_dirty(f);
}

void fib_link_down(struct fib *f, uint32_t ifindex)
{
	for (struct object *o = f->objects; o; o = o->all_next) {
		if (o->groups && o->hops[0].ifindex == ifindex)
			fib_hop_down(f, &o->hops[0]);
	}
}

void object_lost(struct fib *f, struct object *o, bool sure)
{
	if (!o->present)
		return;
	o->present = false;
	f->counters.objects--;
	for (uint32_t h = 0; o->have && (h = route_next(f, h));) {
		struct route *r = route_at(f, h);

		if (object_named(f, r->have) != o)
			continue;
		route_set_have(f, r, NULL, false);
		route_set_stale(f, r, false);
		if (sure) {
			route_dirty(f, h);
			continue;
		}
		route_set_flag(r, ROUTE_FOREIGN, true);
		route_set_failed(f, r, true);
	}
}

/* ---- what the kernel has ----------------------------------------------------------------------
 */

void fib_dump_begin(struct fib *f)
{
	f->dumping = true;
	f->confused = false;
	leavings_forget(f);
	memset(f->taken, 0, f->conf.id_count / 8 + 1);
	occupied_clear(&f->occupied);
	for (struct object *o = f->objects; o; o = o->all_next)
		o->seen = false;
	for (uint32_t h = 0; (h = route_next(f, h));) {
		struct route *r = route_at(f, h);

		route_set_flag(r, ROUTE_SEEN, false);
		route_set_flag(r, ROUTE_FOREIGN, false);
		route_set_flag(r, ROUTE_BUSY, false);
	}
}

/* The object of that id with that content; one that the kernel has made into something else loses
 * its id and, if it is still needed, will be made anew. */
static struct object *adopt(struct fib *f, uint32_t id, const struct hop *hops, size_t n)
{
	struct object *o = object_by_id(f, id);

	if (id - f->conf.id_base >= f->conf.id_count)
		return NULL;
	if (o && !object_same(o, hops, n)) {
		object_lost(f, o, true);
		f->by_id[id - f->conf.id_base] = NULL;
		o->id = 0;
		f->counters.repaired++;
		f->maybe_unused = true;
		o = NULL;
	}
	if (!o)
		o = object_adopt(f, id, hops, n);
	if (!o)
		return NULL;
	if (!o->present)
		f->counters.objects++;
	o->present = true;
	o->seen = true;
	return o;
}

void fib_kernel_nexthop(struct fib *f, uint32_t id, const struct hop *hop)
{
	adopt(f, id, hop, 1);
}

void fib_kernel_group(struct fib *f, uint32_t id, const uint32_t *members, size_t n)
{
	struct object *singles[FIB_HOPS_MAX];
	struct hop hops[FIB_HOPS_MAX];
	struct object *o;
	size_t count = 0;

	for (size_t i = 0; i < n && count < FIB_HOPS_MAX; i++) {
		struct object *m = object_by_id(f, members[i]);
		size_t at = count;

		if (!m || object_is_group(m))
			return; /* of parts that we do not know: not a group of ours */
		for (; at > 0 && hop_cmp(&m->hops[0], &hops[at - 1]) < 0; at--) {
			hops[at] = hops[at - 1];
			singles[at] = singles[at - 1];
		}
		hops[at] = m->hops[0];
		singles[at] = m;
		count++;
	}
	if (!count)
		return;
	o = object_by_id(f, id);
	/* the echo of our own change, older than what we have sent since */
	if (!f->dumping && o && object_is_group(o))
		return;
	o = adopt(f, id, hops, count);
	for (size_t i = 0; o && !o->members[i] && i < count; i++) {
		object_set_member(f, singles[i]);
		o->members[i] = singles[i];
		singles[i]->groups++;
	}
}

/* No news: it is what is known to be there. */
static bool is_known(const struct fib *f, const struct route *r, const struct object *o,
		     uint32_t id, bool discard)
{
	if (!f->conf.objects)
		return discard ? r->flags & ROUTE_HAVE_DISCARD : !id && r->have;
	return o ? r->have == o->name : discard && (r->flags & ROUTE_HAVE_DISCARD);
}

/* Somebody has changed a route of ours, and left it looking like one. */
static void route_changed(struct fib *f, uint32_t handle, struct object *o)
{
	struct route *r = route_at(f, handle);

	if (r->flags & ROUTE_BUSY)
		f->confused = true; /* before our own operation, or behind it? */
	else if (o && r->have)
		route_set_have(f, r, o, false);
	else
		r->flags |= ROUTE_FOREIGN;
	f->counters.repaired++;
	route_dirty(f, handle);
}

/* A second one of ours in the same place: an agent was killed while it moved the route, or somebody
 * else has made one that looks like ours (without one of our objects: NULL). The first is used; the
 * second stays if it is what is wanted. */
static void one_too_many(struct fib *f, uint32_t handle, struct object *second)
{
	struct route *r = route_at(f, handle);
	struct object *first = object_named(f, r->have), *go = second;
	struct prefix p = route_prefix(f, handle);

	if (!first || !second) {
		go = NULL;
		r->flags &= (uint8_t)~ROUTE_FOREIGN;
	} else if (r->want == second->name) {
		go = first;
	}
	if (go)
		go->have++;
	if (second && go != second)
		route_set_have(f, r, second, false);
	leaving_add(f, &p, go);
	r->flags |= ROUTE_BUSY;
}

static void dumped_route(struct fib *f, uint32_t handle, struct object *o, bool discard)
{
	struct route *r = route_at(f, handle);

	if (f->conf.objects && (r->flags & ROUTE_SEEN) && (!o || r->have != o->name)) {
		one_too_many(f, handle, o);
		return;
	}
	r->flags |= ROUTE_SEEN;
	if (o != object_named(f, r->have) || discard != !!(r->flags & ROUTE_HAVE_DISCARD))
		route_set_have(f, r, o, discard || !o);
	if (!o && !discard) /* of ours by its marks, but not made as we make them */
		r->flags |= ROUTE_FOREIGN | ROUTE_HAVE_DISCARD;
	if (route_wanted(r)) {
		if (!route_is_right(f, r)) {
			/* unless it was about to be changed by us */
			f->counters.repaired += f->dumped_once && !(r->flags & ROUTE_DIRTY);
			route_dirty(f, handle);
		}
	} else if (!f->dumped_once || f->n_stale) {
		/* of an earlier run, also if it is read again before the peers have spoken */
		route_set_stale(f, r, true);
	} else {
		route_dirty(f, handle);
	}
}

void fib_kernel_route(struct fib *f, const struct prefix *p, uint32_t id, bool discard)
{
	struct object *o = id ? object_by_id(f, id) : NULL;
	uint32_t handle = f->dumping ? route_get(f, p) : route_find(f, p);
	struct route *r = handle ? route_at(f, handle) : NULL;

	if (!r)
		return;
	if (f->dumping) {
		dumped_route(f, handle, o, discard);
	} else if (!is_known(f, r, o, id, discard)) {
		route_changed(f, handle, o);
	}
}

void fib_dump_end(struct fib *f)
{
	for (struct object *o = f->objects; o; o = o->all_next) {
		if (!o->seen)
			object_lost(f, o, true);
		object_index(f, o); /* a single may have stood in the way that is a member now */
	}
	for (uint32_t h = 0; (h = route_next(f, h));) {
		struct route *r = route_at(f, h);

		if ((r->flags & ROUTE_SEEN) && occupied_by(f, h))
			route_dirty(f, h);
		if (r->flags & ROUTE_SEEN)
			continue;
		if (route_there(r)) {
			f->counters.repaired += f->dumped_once;
			f->counters.deleted += f->dumped_once;
			route_set_have(f, r, NULL, false);
		}
		route_set_stale(f, r, false);
		route_dirty(f, h);
	}
	f->dumping = false;
	f->dumped_once = true;
}

void fib_kernel_object_gone(struct fib *f, uint32_t id)
{
	struct object *o = object_by_id(f, id);

	if (!o || !o->present || f->dumping)
		return;
	/* the kernel takes a single that goes out of the groups by itself */
	groups_lose(f, o, false);
	object_lost(f, o, true);
	for (struct object *g = f->objects; o->groups && g; g = g->all_next) {
		if (object_is_group(g) && g->n == 1 && g->members[0] == o)
			object_lost(f, g, true); /* its last member */
	}
}

void fib_kernel_route_gone(struct fib *f, const struct prefix *p, uint32_t id)
{
	uint32_t handle = route_find(f, p);
	struct route *r = handle ? route_at(f, handle) : NULL;

	if (!r || f->dumping || !route_there(r))
		return;
	/* the one beside it, which was to go */
	if (id && r->have && object_named(f, r->have)->id != id)
		return;
	route_set_have(f, r, NULL, false);
	route_set_stale(f, r, false);
	f->counters.repaired += route_wanted(r);
	f->counters.deleted += route_wanted(r);
	route_dirty(f, handle);
}

void fib_id_taken(struct fib *f, uint32_t id)
{
	uint32_t i = id - f->conf.id_base;

	if (i < f->conf.id_count)
		f->taken[i / 8] |= (uint8_t)(1u << i % 8);
}

void fib_sweep(struct fib *f, enum afi afi)
{
	for (uint32_t h = 0; f->n_stale && (h = route_next(f, h));) {
		struct route *r = route_at(f, h);

		if (!(r->flags & ROUTE_STALE) || (afi != AFI_NONE && route_prefix(f, h).afi != afi))
			continue;
		route_set_stale(f, r, false);
		f->counters.swept++;
		route_dirty(f, h);
	}
}

size_t fib_stale(const struct fib *f)
{
	return f->n_stale;
}
