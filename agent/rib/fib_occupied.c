/*
 * fib_occupied: prefixes for which somebody else's route has our table and our metric (fib.h). The
 * kernel has one place for both, and NLM_F_REPLACE would take theirs away. Nearly always there are
 * none. A hash table with linear probing; an entry without family is free.
 */
#include "agent/rib/fib_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define OCCUPIED_FIRST 16u

struct occupied {
	struct prefix prefix;
	bool sure; /* what ours was, if there was one, is known, too */
};

static uint32_t slot_of(const struct occupied_set *s, const struct prefix *p)
{
	uint32_t i = prefix_hash(p) & (s->n_slots - 1);

	while (s->slots[i].prefix.afi && !prefix_eq(&s->slots[i].prefix, p))
		i = (i + 1) & (s->n_slots - 1);
	return i;
}

static void grow(struct occupied_set *s)
{
	struct occupied_set old = *s;

	s->n_slots = old.n_slots ? old.n_slots * 2 : OCCUPIED_FIRST;
	s->slots = mem_zalloc(s->n_slots * sizeof(*s->slots));
	for (uint32_t i = 0; i < old.n_slots; i++) {
		if (old.slots[i].prefix.afi)
			s->slots[slot_of(s, &old.slots[i].prefix)] = old.slots[i];
	}
	free(old.slots);
}

static void add(struct occupied_set *s, const struct prefix *p, bool sure)
{
	struct occupied *o;

	if ((s->n + 1) * 2 > s->n_slots) {
		if (s->n == FIB_ROUTES_MAX)
			return; /* the kernel still refuses what it has (NLM_F_EXCL) */
		grow(s);
	}
	o = &s->slots[slot_of(s, p)];
	s->n += !o->prefix.afi;
	*o = (struct occupied){*p, sure};
}

static void take_away(struct occupied_set *s, const struct prefix *p)
{
	uint32_t mask = s->n_slots - 1, hole;

	if (!s->n)
		return;
	hole = slot_of(s, p);
	if (!s->slots[hole].prefix.afi)
		return;
	for (uint32_t i = (hole + 1) & mask; s->slots[i].prefix.afi; i = (i + 1) & mask) {
		uint32_t home = prefix_hash(&s->slots[i].prefix) & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		s->slots[hole] = s->slots[i];
		hole = i;
	}
	memset(&s->slots[hole], 0, sizeof(s->slots[hole]));
	s->n--;
}

enum occupied_by occupied_by(const struct fib *f, uint32_t handle)
{
	const struct occupied *o;
	struct prefix p;

	if (!f->occupied.n)
		return OCCUPIED_BY_NOBODY;
	p = route_prefix(f, handle);
	o = &f->occupied.slots[slot_of(&f->occupied, &p)];
	return !o->prefix.afi ? OCCUPIED_BY_NOBODY
	       : o->sure      ? OCCUPIED_BY_OTHERS
			      : OCCUPIED_PERHAPS;
}

void occupied_clear(struct occupied_set *s)
{
	free(s->slots);
	*s = (struct occupied_set){0};
}

void fib_kernel_foreign(struct fib *f, const struct prefix *p, bool added)
{
	uint32_t handle = route_find(f, p);
	struct route *r = handle ? route_at(f, handle) : NULL;
	bool have = r && route_there(r);

	if (!added) {
		take_away(&f->occupied, p);
		if (r && !f->dumping)
			route_dirty(f, handle);
		return;
	}
	/* Beside ours, or in its place? And did ours, sent since, take the place of theirs? */
	add(&f->occupied, p, f->dumping || !have);
	f->confused |= have && !f->dumping;
}

size_t fib_blocked(const struct fib *f, struct prefix *example)
{
	size_t n = 0;

	for (uint32_t i = 0; f->occupied.n && i < f->occupied.n_slots; i++) {
		const struct prefix *p = &f->occupied.slots[i].prefix;
		uint32_t handle = p->afi ? route_find(f, p) : 0;

		if (!handle || !route_wanted(route_at(f, handle)))
			continue;
		if (!n++)
			*example = *p;
	}
	return n;
}

bool fib_is_blocked(const struct fib *f, const struct prefix *p)
{
	uint32_t handle = f->occupied.n ? route_find(f, p) : 0;

	return handle && route_wanted(route_at(f, handle)) &&
	       occupied_by(f, handle) != OCCUPIED_BY_NOBODY;
}
