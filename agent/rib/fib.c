/*
 * fib: see fib.h.
 *
 * Routes name two objects: the one wanted, and the one that the kernel has (as of the operations
 * sent so far: the kernel carries them out in order, and an error that comes back makes the route
 * dirty again). Objects are made when the first route that needs them is sent, and deleted when no
 * route wants or has them and no group contains them, after all routes have been moved.
 *
 * Objects are in fib_object.c, the table of routes in fib_route.c, how a route moves from one
 * object to another in fib_leaving.c, what the kernel tells and what fails in fib_kernel.c.
 */
#include "agent/rib/fib_impl.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is wanted ---------------------------------------------------------------------------
 */

static bool is_sorted(const struct hop *hops, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (hop_cmp(&hops[i - 1], &hops[i]) > 0)
			return false;
	}
	return true;
}

/* Few and nearly always sorted: by insertion. */
static void sort_hops(const struct hop *hops, size_t n, struct hop *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && hop_cmp(&hops[i], &out[at - 1]) < 0; at--)
			out[at] = out[at - 1];
		out[at] = hops[i];
	}
}

void fib_want(struct fib *f, const struct prefix *p, const struct hop *hops, size_t n, bool discard)
{
	uint32_t handle = route_get(f, p);
	struct hop sorted[FIB_HOPS_MAX];
	struct object *o = NULL;
	struct route *r;

	if (!handle) {
		f->counters.errors++;
		return;
	}
	r = route_at(f, handle);
	if (n > FIB_HOPS_MAX)
		n = FIB_HOPS_MAX;
	if (!is_sorted(hops, n)) {
		sort_hops(hops, n, sorted);
		hops = sorted;
	}
	if (n) {
		o = object_get(f, hops, n);
		if (!o) /* more sets of hops than there are names: without multipath, then */
			o = object_get(f, hops, 1);
		if (!o)
			f->counters.errors++;
	}
	route_set_want(f, r, o, discard && !n);
	if (r->flags & ROUTE_STALE)
		route_set_stale(f, r, false);
	if (!route_is_right(f, r))
		route_dirty(f, handle);
}

void fib_unwant(struct fib *f, const struct prefix *p)
{
	uint32_t handle = route_find(f, p);
	struct route *r = handle ? route_at(f, handle) : NULL;

	/* what is stale is kept until the sweep: nobody wanted it yet, so nobody can stop to */
	if (!r || (r->flags & ROUTE_STALE))
		return;
	route_set_want(f, r, NULL, false);
	route_dirty(f, handle);
}

/* ---- operations -------------------------------------------------------------------------------
 *
 * A route's operation is written where the caller wants it; only when objects have to be made
 * before it does it wait in the queue behind theirs. */

static void op_init(struct fib_op *op, enum fib_op_type type, uint32_t id)
{
	op->type = type;
	op->n = 0;
	op->id = id;
	op->discard = false;
	op->create = op->beside = false;
}

static struct fib_op *queue_op(struct fib *f, enum fib_op_type type, uint32_t id)
{
	struct fib_op *op = &f->queue[f->queue_len++];

	assert(f->queue_len <= FIB_QUEUE_MAX);
	op_init(op, type, id);
	return op;
}

/* An op is large, and most of it is not used. */
static void op_copy(struct fib_op *to, const struct fib_op *from)
{
	op_init(to, from->type, from->id);
	to->prefix = from->prefix;
	to->discard = from->discard;
	to->create = from->create;
	to->beside = from->beside;
	to->n = from->n;
	memcpy(to->hops, from->hops, from->n * sizeof(from->hops[0]));
	memcpy(to->members, from->members, from->n * sizeof(from->members[0]));
}

static void queue_single(struct fib *f, struct object *o)
{
	struct fib_op *op;

	if (o->present || !object_assign_id(f, o))
		return;
	op = queue_op(f, FIB_NEXTHOP_REPLACE, o->id);
	op->n = 1;
	op->hops[0] = o->hops[0];
	op->members[0] = 0;
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
	op = queue_op(f, FIB_GROUP_REPLACE, o->id);
	op->n = o->n;
	memcpy(op->hops, o->hops, o->n * sizeof(op->hops[0]));
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
	if (object_is_group(o))
		queue_group(f, o);
	else
		queue_single(f, o);
}

/* From one object to another, and nothing is there that is not known. */
static bool moves(const struct fib *f, const struct route *r)
{
	return f->conf.objects && r->want && r->have && !(r->flags & ROUTE_FOREIGN);
}

static void route_op(struct fib *f, uint32_t handle, struct fib_op *op)
{
	struct route *r = route_at(f, handle);
	struct object *want = object_named(f, r->want);
	bool create = !route_there(r) && !(r->flags & ROUTE_FOREIGN), beside = moves(f, r);

	op->prefix = route_prefix(f, handle);
	f->queue_old = object_named(f, r->have);
	f->queue_old_discard = r->flags & ROUTE_HAVE_DISCARD;
	if (f->queue_old)
		f->queue_old->have++;
	f->queue_foreign = r->flags & ROUTE_FOREIGN;
	route_set_failed(f, r, false);
	route_set_flag(r, ROUTE_FOREIGN, false);
	if (!route_wanted(r) || occupied_by(f, handle)) {
		op_init(op, FIB_ROUTE_DEL, 0);
		route_set_have(f, r, NULL, false);
		return;
	}
	op_init(op, FIB_ROUTE_REPLACE, want && f->conf.objects ? want->id : 0);
	op->discard = r->flags & ROUTE_WANT_DISCARD;
	op->create = create;
	op->beside = beside;
	route_set_flag(r, ROUTE_BUSY, beside);
	if (want && !op->id) {
		op->n = want->n;
		memcpy(op->hops, want->hops, want->n * sizeof(op->hops[0]));
		memset(op->members, 0, want->n * sizeof(op->members[0]));
	}
	route_set_have(f, r, want, op->discard);
}

/* Somebody else's route is in its place, and there is none of ours to be taken away. */
static bool has_to_wait(const struct fib *f, uint32_t handle)
{
	const struct route *r = route_at(f, handle);
	enum occupied_by by = occupied_by(f, handle);

	return route_wanted(r) && (by == OCCUPIED_PERHAPS || (by && !route_there(r)));
}

/* And there is one of ours beside it. */
static bool has_to_go(const struct fib *f, uint32_t handle)
{
	return occupied_by(f, handle) == OCCUPIED_BY_OTHERS && route_there(route_at(f, handle));
}

/* The next route's operation; false: there is none in *op, though perhaps some in the queue. */
static bool next_dirty(struct fib *f, struct fib_op *op)
{
	uint32_t handle;

	while ((handle = route_next_dirty(f))) {
		struct route *r = route_at(f, handle);

		/* looked at again when that is over */
		if ((r->flags & ROUTE_BUSY) || has_to_wait(f, handle) ||
		    ((r->flags & ROUTE_STALE) && !has_to_go(f, handle)))
			continue;
		if (!route_is_right(f, r) || has_to_go(f, handle)) {
			if (r->want && f->conf.objects && !has_to_go(f, handle))
				queue_object(f, object_named(f, r->want));
			if (!f->queue_len) {
				route_op(f, handle, op);
				return true;
			}
			route_op(f, handle, queue_op(f, FIB_ROUTE_REPLACE, 0));
			return false;
		}
		route_set_failed(f, r, false);
		if (!route_wanted(r) && !route_there(r))
			route_free(f, handle);
	}
	return false;
}

static void next_urgent(struct fib *f)
{
	for (struct object *o = f->n_urgent ? f->objects : NULL; o; o = o->all_next) {
		if (!o->urgent)
			continue;
		o->urgent = false;
		f->n_urgent--;
		if (object_is_group(o)) {
			queue_group(f, o);
			return;
		}
		if (!o->present)
			continue;
		queue_op(f, FIB_OBJECT_DEL, o->id);
		o->present = false;
		f->counters.objects--;
		return;
	}
}

/* Groups before their members: a single that is deleted is taken out of groups by the kernel. */
static void next_unused(struct fib *f)
{
	if (!f->maybe_unused)
		return;
	for (struct object *o = f->objects, *next; o; o = next) {
		next = o->all_next;
		if (object_in_use(o))
			continue;
		if (o->present) {
			queue_op(f, FIB_OBJECT_DEL, o->id);
			f->counters.objects--;
			object_free(f, o);
			return;
		}
		object_free(f, o);
		next = f->objects;
	}
	f->maybe_unused = false;
}

/* What is made for one route fits into what may be under way. */
static bool may_begin(const struct fib *f)
{
	return !f->dumping && f->n_flights + FIB_QUEUE_MAX <= FIB_BATCH_MAX;
}

bool fib_urgent(const struct fib *f)
{
	return !f->dumping && (f->n_urgent || f->queue_at < f->queue_len);
}

/* The next operation, without its number. */
static bool next_op(struct fib *f, struct fib_op *op)
{
	if (f->queue_at == f->queue_len) {
		f->queue_at = f->queue_len = 0;
		if (!may_begin(f))
			return false;
		/* objects go last, when nothing under way may still need them */
		next_urgent(f);
		if (!f->queue_len && (leaving_next(f, op) || next_dirty(f, op)))
			return true;
		if (!f->queue_len && !f->n_flights)
			next_unused(f);
		if (!f->queue_len)
			return false;
	}
	op_copy(op, &f->queue[f->queue_at++]);
	return true;
}

bool fib_next(struct fib *f, struct fib_op *op)
{
	struct flight *fl;

	if (!next_op(f, op))
		return false;
	op->seq = ++f->seq;
	fl = &f->flights[op->seq % FIB_BATCH_MAX];
	for (size_t i = 1; fl->seq; i++) /* one that is slow to be answered */
		fl = &f->flights[(op->seq + i) % FIB_BATCH_MAX];
	*fl = (struct flight){.seq = op->seq, .type = op->type, .id = op->id};
	if (op->type == FIB_ROUTE_REPLACE || op->type == FIB_ROUTE_DEL) {
		fl->prefix = op->prefix;
		fl->old = f->queue_old;
		fl->old_discard = f->queue_old_discard;
		fl->beside = op->beside;
		fl->leaving = f->queue_leaving;
		fl->foreign = f->queue_foreign;
		f->queue_old = NULL;
		f->queue_leaving = false;
	}
	f->n_flights++;
	f->counters.ops++;
	f->counters.ops_of[op->type]++;
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

/* Numbers of errno, since no header of the system's is read here. */
#define GONE_OBJECT 2 /* ENOENT */
#define GONE_ROUTE  3 /* ESRCH */
#define EXISTS      17

/* The kernel has what it had. */
static void route_refused(struct fib *f, struct route *r, const struct flight *was, int error)
{
	bool still = was->old && was->old->present;

	if (error == EXISTS)
		f->confused = true;
	f->counters.errors++;
	route_set_have(f, r, still ? was->old : NULL, was->old_discard);
	route_set_flag(r, ROUTE_FOREIGN, was->foreign);
	route_set_failed(f, r, true);
	f->refused = was->prefix;
	f->refused_error = error;
}

/* The kernel would not delete it: its id is not ours any more, until a dump says what is there. */
static void object_outlived(struct fib *f, uint32_t id)
{
	struct object *o = object_by_id(f, id);

	f->counters.errors++;
	f->confused = true;
	if (o) {
		f->by_id[id - f->conf.id_base] = NULL;
		o->id = 0;
	}
	fib_id_taken(f, id);
}

/* What was to be deleted is not there. */
static bool is_gone(int error)
{
	return error == GONE_OBJECT || error == GONE_ROUTE;
}

/* It has what it had; what was wanted meanwhile has waited. */
static void move_refused(struct fib *f, uint32_t handle, const struct flight *was)
{
	struct route *r = route_at(f, handle);

	route_set_flag(r, ROUTE_BUSY, false);
	if (!r->want || object_named(f, r->want)->id != was->id)
		route_dirty(f, handle);
}

static void route_ack(struct fib *f, const struct flight *was, int error)
{
	bool del = was->type == FIB_ROUTE_DEL;
	uint32_t handle;
	struct route *r;

	if (!del && !error)
		return;
	handle = route_find(f, &was->prefix);
	r = handle ? route_at(f, handle) : NULL;
	if (!r)
		return;
	if (error && !(del && is_gone(error))) {
		route_refused(f, r, was, error);
		if (was->beside)
			move_refused(f, handle, was);
	} else if (!(r->flags & ROUTE_DIRTY) && !route_wanted(r) && !route_there(r)) {
		route_free(f, handle);
	}
}

/* Both are there if it was not taken away, and stay as they are until a dump; and of two of which
 * one was not known, which is left only a dump can tell. */
static void leaving_ack(struct fib *f, const struct flight *was, int error)
{
	bool failed = error && !is_gone(error);

	f->counters.errors += failed;
	f->confused |= failed || !was->id;
	if (!failed)
		leaving_done(f, &was->prefix);
}

void fib_ack(struct fib *f, uint64_t seq, int error)
{
	struct flight *fl = find_flight(f, seq);
	struct flight was;
	struct object *o;

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
		object_lost(f, o, false);
		break;
	case FIB_OBJECT_DEL:
		if (error && !is_gone(error))
			object_outlived(f, was.id);
		break;
	case FIB_ROUTE_REPLACE:
	case FIB_ROUTE_DEL:
		if (was.leaving) {
			leaving_ack(f, &was, error);
		} else if (was.beside && !error) {
			leaving_add(f, &was.prefix, was.old);
			was.old = NULL; /* the leaving's now */
		} else {
			route_ack(f, &was, error);
		}
		break;
	}
	if (was.old && !--was.old->have)
		f->maybe_unused = true;
}

size_t fib_retry(struct fib *f)
{
	size_t n = 0;

	for (uint32_t h = 0; f->n_failed && (h = route_next(f, h));) {
		if (!(route_at(f, h)->flags & ROUTE_FAILED))
			continue;
		route_set_failed(f, route_at(f, h), false);
		route_dirty(f, h);
		n++;
	}
	f->counters.retried += n;
	return n;
}

bool fib_ready(const struct fib *f)
{
	if (f->queue_at != f->queue_len)
		return true;
	return may_begin(f) && (fib_backlog(f) || f->n_urgent || f->n_leavings ||
				(f->maybe_unused && !f->n_flights));
}

size_t fib_backlog(const struct fib *f)
{
	return f->dirty_tail - f->dirty_head;
}

bool fib_idle(const struct fib *f)
{
	return f->dirty_head == f->dirty_tail && !f->n_flights && !f->n_urgent && !f->n_leavings &&
	       !f->maybe_unused && f->queue_at == f->queue_len;
}

bool fib_confused(const struct fib *f)
{
	return f->confused;
}

size_t fib_failed(const struct fib *f)
{
	return f->n_failed;
}

int fib_refusal(const struct fib *f, struct prefix *p)
{
	*p = f->refused;
	return f->refused_error;
}

/* ---- life and looking -------------------------------------------------------------------------
 */

struct fib *fib_new(const struct fib_conf *conf)
{
	struct fib *f = mem_zalloc(sizeof(*f));

	f->conf = *conf;
	routes_init(f);
	objects_init(f);
	f->by_id = mem_zalloc(conf->id_count * sizeof(struct object *));
	f->taken = mem_zalloc(conf->id_count / 8 + 1);
	return f;
}

void fib_free(struct fib *f)
{
	if (!f)
		return;
	routes_fini(f);
	objects_fini(f);
	occupied_clear(&f->occupied);
	free(f->leavings);
	free(f->by_id);
	free(f->taken);
	free(f);
}

bool fib_lookup(const struct fib *f, const struct prefix *p, struct hop *hops, size_t cap,
		size_t *n, bool *discard)
{
	uint32_t handle = route_find(f, p);
	const struct route *r = handle ? route_at(f, handle) : NULL;
	const struct object *have;

	if (!r || !route_there(r))
		return false;
	have = object_named(f, r->have);
	*discard = r->flags & ROUTE_HAVE_DISCARD;
	*n = have ? have->n : 0;
	if (*n > cap)
		*n = cap;
	if (*n)
		memcpy(hops, have->hops, *n * sizeof(*hops));
	return true;
}

const struct fib_counters *fib_counters(const struct fib *f)
{
	return &f->counters;
}
