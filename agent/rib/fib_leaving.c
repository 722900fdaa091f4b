/* fib_leaving: routes of ours that go because another of ours has come beside them (fib_impl.h). */
#include "agent/rib/fib_impl.h"

#include "agent/lib/mem.h"

#define LEAVINGS_FIRST 64u

void leaving_add(struct fib *f, const struct prefix *p, struct object *old)
{
	if (f->n_leavings == f->leavings_cap) {
		f->leavings_cap = f->leavings_cap ? f->leavings_cap * 2 : LEAVINGS_FIRST;
		f->leavings = mem_grow(f->leavings, f->leavings_cap, sizeof(*f->leavings));
	}
	f->leavings[f->n_leavings++] = (struct leaving){*p, old, old ? old->id : 0};
}

bool leaving_next(struct fib *f, struct fib_op *op)
{
	const struct leaving *l;

	if (!f->n_leavings)
		return false;
	l = &f->leavings[--f->n_leavings];
	op->type = FIB_ROUTE_DEL;
	op->prefix = l->prefix;
	op->id = l->id;
	op->n = 0;
	op->discard = op->create = op->beside = false;
	f->queue_old = l->old;
	f->queue_old_discard = false;
	f->queue_leaving = true;
	return true;
}

void leaving_done(struct fib *f, const struct prefix *p)
{
	uint32_t handle = route_find(f, p);

	if (!handle)
		return;
	route_set_flag(route_at(f, handle), ROUTE_BUSY, false);
	route_dirty(f, handle);
}

void leavings_forget(struct fib *f)
{
	while (f->n_leavings) {
		struct object *old = f->leavings[--f->n_leavings].old;

		if (old && !--old->have)
			f->maybe_unused = true;
	}
}
