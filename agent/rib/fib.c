/*
 * fib: see fib.h.
 *
 * An object is a set of hops: of one hop it is a single nexthop in the kernel, of several a group
 * whose members are singles. Routes hold pointers to two objects: the one wanted, and the one that
 * the kernel has (as of the operations sent so far: the kernel carries them out in order, and an
 * error that comes back makes the route dirty again). Two objects of equal content are as good as
 * one.
 *
 * Objects are made when the first route that needs them is sent, and deleted when no route wants or
 * has them and no group contains them, after all routes have been moved.
 */
#include "agent/rib/fib.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024
#define BUCKETS     1024               /* of objects, by content */
#define QUEUE_MAX   (FIB_HOPS_MAX + 2) /* operations that one route can need */

struct object {
	struct object *next;     /* in its bucket */
	struct object *all_next; /* in the list of all */
	uint32_t id;             /* 0: none yet */
	uint32_t want, have;     /* routes */
	uint32_t groups;         /* that contain this single */
	bool present;            /* in the kernel */
	bool indexed;
	bool seen;   /* by the dump under way */
	bool urgent; /* a member was lost: replace it now */
	uint8_t n;
	struct object
		*members[FIB_HOPS_MAX]; /* of a group, in hops' order; each counted in its groups */
	struct hop hops[];
};

struct route {
	struct route *next_dirty;
	struct object *want, *have; /* NULL: none */
	struct prefix prefix;
	bool want_discard, have_discard;
	bool dirty;
	bool stale; /* found in the kernel at start, wanted by nobody yet */
	bool failed;
	bool foreign; /* the kernel has something of ours there that is not what we know */
	bool seen;
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
};

struct fib {
	struct fib_conf conf;
	struct route **slots;
	size_t n_slots, n_routes;
	struct route *dirty, **dirty_end;
	struct object *buckets[BUCKETS];
	struct object *objects;
	struct object **by_id; /* id - id_base */
	uint8_t *taken;        /* a bit an id: somebody else's */
	uint32_t next_id;
	struct fib_op queue[QUEUE_MAX]; /* made, and not yet asked for */
	struct object *queue_old;       /* of the route operation among them */
	bool queue_old_discard;
	size_t queue_at, queue_len;
	struct flight flights[FIB_BATCH_MAX];
	size_t n_flights;
	uint64_t seq;
	size_t n_urgent, n_failed, n_stale;
	bool maybe_unused; /* an object may have lost its last use */
	bool dumping, dumped_once;
	struct fib_counters counters;
};

/* ---- objects ----------------------------------------------------------------------------------
 */

static uint32_t content_hash(const struct hop *hops, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++) {
		struct prefix p = {.afi = hops[i].gateway.afi, .len = (uint8_t)i};

		memcpy(p.b, hops[i].gateway.b, sizeof(p.b));
		h = (h ^ prefix_hash(&p) ^ hops[i].ifindex) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 32);
}

static bool same_content(const struct object *a, const struct hop *hops, size_t n)
{
	if (a->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!hop_eq(&a->hops[i], &hops[i]))
			return false;
	}
	return true;
}

static struct object *object_find(const struct fib *f, const struct hop *hops, size_t n)
{
	for (struct object *o = f->buckets[content_hash(hops, n) % BUCKETS]; o; o = o->next) {
		if (same_content(o, hops, n))
			return o;
	}
	return NULL;
}

static void object_index(struct fib *f, struct object *o)
{
	struct object **b = &f->buckets[content_hash(o->hops, o->n) % BUCKETS];

	if (object_find(f, o->hops, o->n))
		return; /* one of that content will do for newcomers */
	o->next = *b;
	*b = o;
	o->indexed = true;
}

static void object_unindex(struct fib *f, struct object *o)
{
	struct object **at;

	if (!o->indexed)
		return;
	for (at = &f->buckets[content_hash(o->hops, o->n) % BUCKETS]; *at != o; at = &(*at)->next)
		;
	*at = o->next;
	o->indexed = false;
}

static struct object *object_new(struct fib *f, const struct hop *hops, size_t n)
{
	struct object *o = mem_zalloc(sizeof(*o) + n * sizeof(o->hops[0]));

	o->n = (uint8_t)n;
	memcpy(o->hops, hops, n * sizeof(o->hops[0]));
	o->all_next = f->objects;
	f->objects = o;
	return o;
}

static struct object *object_get(struct fib *f, const struct hop *hops, size_t n)
{
	struct object *o = object_find(f, hops, n);

	if (o)
		return o;
	o = object_new(f, hops, n);
	object_index(f, o);
	for (size_t i = 0; n > 1 && i < n; i++) {
		o->members[i] = object_get(f, &hops[i], 1);
		o->members[i]->groups++;
	}
	return o;
}

static struct object *object_by_id(const struct fib *f, uint32_t id)
{
	uint32_t i = id - f->conf.id_base;

	return i < f->conf.id_count ? f->by_id[i] : NULL;
}

static bool id_is_taken(const struct fib *f, uint32_t i)
{
	return f->by_id[i] || (f->taken[i / 8] & (1u << i % 8));
}

static bool object_assign_id(struct fib *f, struct object *o)
{
	if (o->id)
		return true;
	for (uint32_t tries = 0; tries < f->conf.id_count; tries++) {
		uint32_t i = f->next_id++ % f->conf.id_count;

		if (id_is_taken(f, i))
			continue;
		o->id = f->conf.id_base + i;
		f->by_id[i] = o;
		return true;
	}
	return false;
}

static bool object_in_use(const struct object *o)
{
	return o->want || o->have || o->groups;
}

static void object_free(struct fib *f, struct object *o)
{
	struct object **at;

	object_unindex(f, o);
	for (size_t i = 0; o->n > 1 && i < o->n; i++) {
		if (o->members[i])
			o->members[i]->groups--;
	}
	if (o->n == 1 && o->members[0])
		o->members[0]->groups--; /* what was a group once */
	if (o->id)
		f->by_id[o->id - f->conf.id_base] = NULL;
	if (o->urgent)
		f->n_urgent--;
	for (at = &f->objects; *at != o; at = &(*at)->all_next)
		;
	*at = o->all_next;
	f->maybe_unused = true;
	free(o);
}

/* A group in the kernel, even when one member is left. */
static bool is_group(const struct object *o)
{
	return o->n > 1 || o->members[0];
}

/* The group loses its i-th hop, here; the kernel is told, or has done it itself. */
static void group_lose(struct fib *f, struct object *o, size_t i)
{
	struct object *m = o->members[i];

	object_unindex(f, o);
	memmove(&o->hops[i], &o->hops[i + 1], (o->n - i - 1u) * sizeof(o->hops[0]));
	memmove(&o->members[i], &o->members[i + 1], (o->n - i - 1u) * sizeof(o->members[0]));
	o->n--;
	o->members[o->n] = NULL;
	m->groups--;
	f->maybe_unused = true;
	object_index(f, o);
}

/* ---- routes -----------------------------------------------------------------------------------
 */

static size_t slot_of(const struct fib *f, const struct prefix *p)
{
	size_t i = prefix_hash(p) & (f->n_slots - 1);

	while (f->slots[i] && !prefix_eq(&f->slots[i]->prefix, p))
		i = (i + 1) & (f->n_slots - 1);
	return i;
}

static struct route *route_find(const struct fib *f, const struct prefix *p)
{
	return f->slots[slot_of(f, p)];
}

static struct route *route_get(struct fib *f, const struct prefix *p)
{
	size_t i = slot_of(f, p);

	if (f->slots[i])
		return f->slots[i];
	if ((f->n_routes + 1) * 4 > f->n_slots * 3) {
		struct route **old = f->slots;
		size_t n = f->n_slots;

		f->n_slots *= 2;
		f->slots = mem_zalloc(f->n_slots * sizeof(struct route *));
		for (size_t k = 0; k < n; k++) {
			if (old[k])
				f->slots[slot_of(f, &old[k]->prefix)] = old[k];
		}
		free(old);
		i = slot_of(f, p);
	}
	f->slots[i] = mem_zalloc(sizeof(struct route));
	f->slots[i]->prefix = *p;
	f->n_routes++;
	return f->slots[i];
}

static void route_free(struct fib *f, struct route *r)
{
	size_t hole = slot_of(f, &r->prefix), i = hole;

	assert(!r->dirty && !r->want && !r->have);
	f->slots[hole] = NULL;
	for (;;) {
		size_t home;

		i = (i + 1) & (f->n_slots - 1);
		if (!f->slots[i])
			break;
		home = prefix_hash(&f->slots[i]->prefix) & (f->n_slots - 1);
		if (((i - home) & (f->n_slots - 1)) < ((i - hole) & (f->n_slots - 1)))
			continue;
		f->slots[hole] = f->slots[i];
		f->slots[i] = NULL;
		hole = i;
	}
	f->n_routes--;
	free(r);
}

static void route_dirty(struct fib *f, struct route *r)
{
	if (r->dirty)
		return;
	r->dirty = true;
	r->next_dirty = NULL;
	*f->dirty_end = r;
	f->dirty_end = &r->next_dirty;
}

static void set_want(struct fib *f, struct route *r, struct object *o, bool discard)
{
	if (o)
		o->want++;
	if (r->want && !--r->want->want)
		f->maybe_unused = true;
	r->want = o;
	r->want_discard = discard;
}

static void set_have(struct fib *f, struct route *r, struct object *o, bool discard)
{
	bool had = r->have || r->have_discard, has = o || discard;

	if (o)
		o->have++;
	if (r->have && !--r->have->have)
		f->maybe_unused = true;
	r->have = o;
	r->have_discard = discard;
	f->counters.routes += (uint64_t)has - (uint64_t)had;
}

static void set_stale(struct fib *f, struct route *r, bool stale)
{
	f->n_stale += (size_t)stale - (size_t)r->stale;
	r->stale = stale;
}

static void set_failed(struct fib *f, struct route *r, bool failed)
{
	f->n_failed += (size_t)failed - (size_t)r->failed;
	r->failed = failed;
}

static bool is_right(const struct route *r)
{
	if (r->foreign || r->want_discard != r->have_discard)
		return false;
	if (!r->want || !r->have)
		return r->want == r->have;
	return r->want == r->have || same_content(r->have, r->want->hops, r->want->n);
}

void fib_want(struct fib *f, const struct prefix *p, const struct hop *hops, size_t n, bool discard)
{
	struct route *r = route_get(f, p);
	struct hop sorted[FIB_HOPS_MAX];

	if (n > FIB_HOPS_MAX)
		n = FIB_HOPS_MAX;
	/* by insertion: they come sorted nearly always */
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && hop_cmp(&hops[i], &sorted[at - 1]) < 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = hops[i];
	}
	set_want(f, r, n ? object_get(f, sorted, n) : NULL, discard && !n);
	set_stale(f, r, false);
	if (!is_right(r))
		route_dirty(f, r);
}

void fib_unwant(struct fib *f, const struct prefix *p)
{
	struct route *r = route_find(f, p);

	/* what is stale is kept until the sweep: nobody wanted it yet, so nobody can stop to */
	if (!r || r->stale)
		return;
	set_want(f, r, NULL, false);
	route_dirty(f, r);
}

/* ---- operations -------------------------------------------------------------------------------
 */

static struct fib_op *queue_op(struct fib *f, enum fib_op_type type)
{
	struct fib_op *op = &f->queue[f->queue_len++];

	assert(f->queue_len <= QUEUE_MAX);
	op->type = type;
	op->n = 0;
	op->id = 0;
	op->discard = false;
	return op;
}

static void queue_single(struct fib *f, struct object *o)
{
	struct fib_op *op;

	if (o->present || !object_assign_id(f, o))
		return;
	op = queue_op(f, FIB_NEXTHOP_REPLACE);
	op->id = o->id;
	op->n = 1;
	op->hops[0] = o->hops[0];
	o->present = true;
	f->counters.objects++;
}

static void queue_group(struct fib *f, struct object *o)
{
	struct fib_op *op;

	if (!object_assign_id(f, o))
		return;
	for (size_t i = 0; i < o->n; i++)
		queue_single(f, o->members[i]);
	op = queue_op(f, FIB_GROUP_REPLACE);
	op->id = o->id;
	op->n = o->n;
	for (size_t i = 0; i < o->n; i++)
		op->members[i] = o->members[i]->id;
	if (!o->present)
		f->counters.objects++;
	o->present = true;
}

static void queue_object(struct fib *f, struct object *o)
{
	if (o->present)
		return;
	if (is_group(o))
		queue_group(f, o);
	else
		queue_single(f, o);
}

static void queue_route(struct fib *f, struct route *r)
{
	struct fib_op *op;

	f->queue_old = r->have;
	f->queue_old_discard = r->have_discard;
	if (r->have)
		r->have->have++;
	if (!r->want && !r->want_discard) {
		op = queue_op(f, FIB_ROUTE_DEL);
		op->prefix = r->prefix;
		r->foreign = false;
		set_have(f, r, NULL, false);
		return;
	}
	if (r->want && f->conf.objects)
		queue_object(f, r->want);
	op = queue_op(f, FIB_ROUTE_REPLACE);
	op->prefix = r->prefix;
	op->discard = r->want_discard;
	if (r->want) {
		op->id = f->conf.objects ? r->want->id : 0;
		op->n = r->want->n;
		memcpy(op->hops, r->want->hops, r->want->n * sizeof(op->hops[0]));
	}
	r->foreign = false;
	set_have(f, r, r->want, r->want_discard);
}

/* False: there is none. */
static bool next_dirty(struct fib *f)
{
	while (f->dirty) {
		struct route *r = f->dirty;

		f->dirty = r->next_dirty;
		if (!f->dirty)
			f->dirty_end = &f->dirty;
		r->dirty = false;
		if (!is_right(r)) {
			queue_route(f, r);
			return true;
		}
		if (!r->want && !r->want_discard && !r->have && !r->have_discard)
			route_free(f, r);
	}
	return false;
}

static bool next_urgent(struct fib *f)
{
	if (!f->n_urgent)
		return false;
	for (struct object *o = f->objects; o; o = o->all_next) {
		if (!o->urgent)
			continue;
		o->urgent = false;
		f->n_urgent--;
		queue_group(f, o);
		return true;
	}
	return false;
}

/* Groups before their members: a single that is deleted is taken out of groups by the kernel. */
static bool next_unused(struct fib *f)
{
	if (!f->maybe_unused)
		return false;
	for (struct object *o = f->objects, *next; o; o = next) {
		next = o->all_next;
		if (object_in_use(o))
			continue;
		if (o->present) {
			struct fib_op *op = queue_op(f, FIB_OBJECT_DEL);

			op->id = o->id;
			f->counters.objects--;
			object_free(f, o);
			return true;
		}
		object_free(f, o);
		next = f->objects;
	}
	f->maybe_unused = false;
	return false;
}

bool fib_next(struct fib *f, struct fib_op *op)
{
	struct flight *fl;

	if (f->queue_at == f->queue_len) {
		f->queue_at = f->queue_len = 0;
		if (f->dumping || f->n_flights + QUEUE_MAX > FIB_BATCH_MAX)
			return false;
		/* objects go last, when nothing under way may still need them */
		if (!next_urgent(f) && !next_dirty(f) && (f->n_flights || !next_unused(f)))
			return false;
		if (!f->queue_len)
			return false;
	}
	*op = f->queue[f->queue_at++];
	op->seq = ++f->seq;
	fl = &f->flights[op->seq % FIB_BATCH_MAX];
	for (size_t i = 1; fl->seq; i++) /* one that is slow to be answered */
		fl = &f->flights[(op->seq + i) % FIB_BATCH_MAX];
	*fl = (struct flight){op->seq, op->type, op->prefix, op->id, NULL, false};
	if (op->type == FIB_ROUTE_REPLACE || op->type == FIB_ROUTE_DEL) {
		fl->old = f->queue_old;
		fl->old_discard = f->queue_old_discard;
		f->queue_old = NULL;
	}
	f->n_flights++;
	f->counters.ops++;
	return true;
}

static struct flight *find_flight(struct fib *f, uint64_t seq)
{
	for (size_t i = 0; i < FIB_BATCH_MAX; i++) {
		struct flight *fl = &f->flights[(seq + i) % FIB_BATCH_MAX];

		if (fl->seq == seq)
			return fl;
	}
	return NULL;
}

/* The kernel lost it, or never had it: the routes on it are gone as well. */
static void object_lost(struct fib *f, struct object *o)
{
	if (!o->present)
		return;
	o->present = false;
	f->counters.objects--;
	for (size_t i = 0; o->have && i < f->n_slots; i++) {
		struct route *r = f->slots[i];

		if (!r || r->have != o)
			continue;
		set_have(f, r, NULL, false);
		set_stale(f, r, false);
		route_dirty(f, r);
	}
}

/* The kernel has what it had. */
static void route_refused(struct fib *f, struct route *r, const struct flight *was)
{
	bool still = was->old && was->old->present;

	f->counters.errors++;
	set_have(f, r, still ? was->old : NULL, was->old_discard);
	set_failed(f, r, true);
}

/* ENOENT, ESRCH: what was to be deleted is not there; numbers, since no header of the system's is
 * read here. */
static bool is_gone(int error)
{
	return error == 2 || error == 3;
}

void fib_ack(struct fib *f, uint64_t seq, int error)
{
	struct flight *fl = find_flight(f, seq);
	struct flight was;
	struct object *o;
	struct route *r;

	if (!fl)
		return;
	was = *fl;
	fl->seq = 0;
	f->n_flights--;
	switch (was.type) {
	case FIB_NEXTHOP_REPLACE:
	case FIB_GROUP_REPLACE:
		o = error ? object_by_id(f, was.id) : NULL;
		if (!o)
			break;
		f->counters.errors++;
		object_lost(f, o);
		break;
	case FIB_OBJECT_DEL:
		break; /* gone is gone */
	case FIB_ROUTE_REPLACE:
		r = route_find(f, &was.prefix);
		if (error && r)
			route_refused(f, r, &was);
		break;
	case FIB_ROUTE_DEL:
		r = route_find(f, &was.prefix);
		if (r && error && !is_gone(error))
			route_refused(f, r, &was);
		else if (r && !r->dirty && !r->want && !r->want_discard && !r->have &&
			 !r->have_discard)
			route_free(f, r);
		break;
	}
	if (was.old && !--was.old->have)
		f->maybe_unused = true;
}

size_t fib_retry(struct fib *f)
{
	size_t n = 0;

	for (size_t i = 0; f->n_failed && i < f->n_slots; i++) {
		struct route *r = f->slots[i];

		if (!r || !r->failed)
			continue;
		set_failed(f, r, false);
		route_dirty(f, r);
		n++;
	}
	return n;
}

bool fib_idle(const struct fib *f)
{
	return !f->dirty && !f->n_flights && !f->n_urgent && !f->maybe_unused &&
	       f->queue_at == f->queue_len;
}

size_t fib_failed(const struct fib *f)
{
	return f->n_failed;
}

/* ---- failures ---------------------------------------------------------------------------------
 */

static void make_urgent(struct fib *f, struct object *o)
{
	if (o->urgent || !o->present)
		return;
	o->urgent = true;
	f->n_urgent++;
}

static void each_group_loses(struct fib *f, const struct hop *hop, bool tell)
{
	for (struct object *o = f->objects; o; o = o->all_next) {
		for (size_t i = 0; is_group(o) && o->n > 1 && i < o->n; i++) {
			if (!hop_eq(&o->hops[i], hop))
				continue;
			group_lose(f, o, i);
			if (!tell)
				break;
			f->counters.failovers++;
			if (f->conf.objects)
				make_urgent(f, o);
			break;
		}
	}
}

/* Where there are no objects, each route that had the hop has to be written. */
static void inline_routes_dirty(struct fib *f)
{
	for (size_t i = 0; i < f->n_slots; i++) {
		if (f->slots[i] && f->slots[i]->have && is_group(f->slots[i]->have)) {
			f->slots[i]->foreign = true;
			route_dirty(f, f->slots[i]);
		}
	}
}

void fib_hop_down(struct fib *f, const struct hop *hop)
{
	uint64_t before = f->counters.failovers;

	each_group_loses(f, hop, true);
	if (!f->conf.objects && f->counters.failovers != before)
		inline_routes_dirty(f);
}

void fib_link_down(struct fib *f, uint32_t ifindex)
{
	for (struct object *o = f->objects; o; o = o->all_next) {
		if (!is_group(o) && o->hops[0].ifindex == ifindex)
			fib_hop_down(f, &o->hops[0]);
	}
}

/* ---- what the kernel has ----------------------------------------------------------------------
 */

void fib_dump_begin(struct fib *f)
{
	f->dumping = true;
	for (struct object *o = f->objects; o; o = o->all_next)
		o->seen = false;
	for (size_t i = 0; i < f->n_slots; i++) {
		if (f->slots[i])
			f->slots[i]->seen = false;
	}
}

/* The object of that id with that content; one that the kernel has made into something else loses
 * its id and, if it is still needed, will be made anew. */
static struct object *adopt(struct fib *f, uint32_t id, const struct hop *hops, size_t n)
{
	struct object *o = object_by_id(f, id);

	if (id - f->conf.id_base >= f->conf.id_count)
		return NULL;
	if (o && !same_content(o, hops, n)) {
		object_lost(f, o);
		f->by_id[id - f->conf.id_base] = NULL;
		o->id = 0;
		f->counters.repaired++;
		f->maybe_unused = true;
		o = NULL;
	}
	if (!o) {
		o = object_new(f, hops, n);
		o->id = id;
		f->by_id[id - f->conf.id_base] = o;
		object_index(f, o);
		f->maybe_unused = true;
	}
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

		if (!m || is_group(m))
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
	if (!f->dumping && o && is_group(o))
		return;
	o = adopt(f, id, hops, count);
	for (size_t i = 0; o && !o->members[i] && i < count; i++) {
		o->members[i] = singles[i];
		singles[i]->groups++;
	}
}

void fib_kernel_route(struct fib *f, const struct prefix *p, uint32_t id, bool discard)
{
	struct object *o = id ? object_by_id(f, id) : NULL;
	struct route *r = route_find(f, p);

	if (!f->dumping) {
		/* the echo of one of our operations, perhaps not of the last one */
		if (!r || (o && r->have) || (discard && r->have_discard) || r->want != r->have)
			return;
		if (!f->conf.objects && !id && r->have)
			return;
		r->foreign = true;
		f->counters.repaired++;
		route_dirty(f, r);
		return;
	}
	r = route_get(f, p);
	r->seen = true;
	if (o != r->have || discard != r->have_discard)
		set_have(f, r, o, discard || !o);
	if (!o && !discard) {
		r->foreign = true; /* of ours by its marks, but not made as we make them */
		r->have_discard = true;
	}
	if (r->want || r->want_discard) {
		if (!is_right(r)) {
			f->counters.repaired += f->dumped_once;
			route_dirty(f, r);
		}
	} else if (!f->dumped_once) {
		set_stale(f, r, true);
	} else {
		route_dirty(f, r);
	}
}

void fib_dump_end(struct fib *f)
{
	for (struct object *o = f->objects; o; o = o->all_next) {
		if (!o->seen)
			object_lost(f, o);
	}
	for (size_t i = 0; i < f->n_slots; i++) {
		struct route *r = f->slots[i];

		if (!r || r->seen)
			continue;
		if (r->have || r->have_discard) {
			f->counters.repaired += f->dumped_once;
			set_have(f, r, NULL, false);
		}
		set_stale(f, r, false);
		r->foreign = false;
		route_dirty(f, r);
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
	if (!is_group(o))
		each_group_loses(f, &o->hops[0], false);
	object_lost(f, o);
	for (struct object *g = f->objects; g && !is_group(o); g = g->all_next) {
		if (is_group(g) && g->n == 1 && hop_eq(&g->hops[0], &o->hops[0]))
			object_lost(f, g); /* its last member */
	}
}

void fib_kernel_route_gone(struct fib *f, const struct prefix *p)
{
	struct route *r = route_find(f, p);

	if (!r || f->dumping)
		return;
	if (!r->have && !r->have_discard)
		return;
	set_have(f, r, NULL, false);
	set_stale(f, r, false);
	if (r->want || r->want_discard)
		f->counters.repaired++;
	route_dirty(f, r);
}

void fib_id_taken(struct fib *f, uint32_t id)
{
	uint32_t i = id - f->conf.id_base;

	if (i < f->conf.id_count)
		f->taken[i / 8] |= (uint8_t)(1u << i % 8);
}

void fib_sweep(struct fib *f, enum afi afi)
{
	for (size_t i = 0; f->n_stale && i < f->n_slots; i++) {
		struct route *r = f->slots[i];

		if (!r || !r->stale || (afi != AFI_NONE && r->prefix.afi != afi))
			continue;
		set_stale(f, r, false);
		f->counters.swept++;
		route_dirty(f, r);
	}
}

size_t fib_stale(const struct fib *f)
{
	return f->n_stale;
}

/* ---- life and looking -------------------------------------------------------------------------
 */

struct fib *fib_new(const struct fib_conf *conf)
{
	struct fib *f = mem_zalloc(sizeof(*f));

	f->conf = *conf;
	f->n_slots = SLOTS_FIRST;
	f->slots = mem_zalloc(f->n_slots * sizeof(struct route *));
	f->by_id = mem_zalloc(conf->id_count * sizeof(struct object *));
	f->taken = mem_zalloc(conf->id_count / 8 + 1);
	f->dirty_end = &f->dirty;
	return f;
}

void fib_free(struct fib *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_slots; i++)
		free(f->slots[i]);
	while (f->objects) {
		struct object *next = f->objects->all_next;

		free(f->objects);
		f->objects = next;
	}
	free(f->slots);
	free(f->by_id);
	free(f->taken);
	free(f);
}

bool fib_lookup(const struct fib *f, const struct prefix *p, struct hop *hops, size_t cap,
		size_t *n, bool *discard)
{
	const struct route *r = route_find(f, p);

	if (!r || (!r->have && !r->have_discard))
		return false;
	*discard = r->have_discard;
	*n = r->have ? r->have->n : 0;
	if (*n > cap)
		*n = cap;
	if (*n)
		memcpy(hops, r->have->hops, *n * sizeof(*hops));
	return true;
}

const struct fib_counters *fib_counters(const struct fib *f)
{
	return &f->counters;
}
