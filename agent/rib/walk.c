/* walk: looking into the RIB (rib.h): the longest match, and all entries in order. */
#include "agent/lib/mem.h"
#include "agent/rib/table.h"

#include <stdlib.h>

#define WALK_AHEAD 16384 /* prefixes found ahead, 18 octets each: what a walk may hold */
#define WALK_SCAN  32    /* entries looked at for one of the budget */

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

const struct rib_entry *rib_next(const struct rib *r, struct rib_cursor *at)
{
	struct table_at t = {at->slab, at->index};
	uint32_t handle = table_next(rib_table(r), &t);

	*at = (struct rib_cursor){t.slab, t.index};
	return handle ? rib_view(r, handle) : NULL;
}

const struct path *rib_path_of(const struct rib *r, const struct rib_entry *e, uint16_t peer,
			       uint32_t path_id)
{
	for (size_t i = 0; i < e->n_paths; i++) {
		const struct path *p = &e->paths[i];

		if (p->peer == peer && p->path_id == path_id)
			return rib_path_stale(r, e, p) ? NULL : p;
	}
	return NULL;
}

/*
 * The table has no order, so a walk looks through all of it for the WALK_AHEAD least prefixes
 * behind the one that it gave last, gives those, and looks again. Looking costs some nanoseconds an
 * entry, and there is no index to keep up to date with every route that comes and goes.
 */
struct rib_walk {
	const struct rib *rib;
	enum afi afi;
	struct prefix within; /* AFI_NONE: everything */
	struct prefix last;   /* given last; AFI_NONE: none yet */
	/* a heap: while looking the greatest is on top, while giving the least */
	struct prefix *heap;
	size_t n, cap;
	struct table_at at;
	bool looking;
	bool more; /* there are some behind those in the heap */
	bool over;
};

/* Moves heap[i] down to its place; sign 1: greatest on top, -1: least. */
static void sift(struct prefix *heap, size_t n, size_t i, int sign)
{
	struct prefix p = heap[i];

	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && prefix_cmp(&heap[child + 1], &heap[child]) * sign > 0)
			child++;
		if (prefix_cmp(&heap[child], &p) * sign <= 0)
			break;
		heap[i] = heap[child];
	}
	heap[i] = p;
}

static void push(struct rib_walk *w, const struct prefix *p)
{
	size_t i = w->n++;

	if (i == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->heap = mem_grow(w->heap, w->cap, sizeof(*w->heap));
	}
	for (size_t up; i && prefix_cmp(&w->heap[up = (i - 1) / 2], p) < 0; i = up)
		w->heap[i] = w->heap[up];
	w->heap[i] = *p;
}

static void look_at(struct rib_walk *w, const struct prefix *p)
{
	if (w->afi != AFI_NONE && p->afi != w->afi)
		return;
	if (w->last.afi != AFI_NONE && prefix_cmp(p, &w->last) <= 0)
		return;
	if (w->within.afi != AFI_NONE && !prefix_covers(&w->within, p))
		return;
	if (w->n < WALK_AHEAD) {
		push(w, p);
		return;
	}
	w->more = true;
	if (prefix_cmp(p, &w->heap[0]) < 0) {
		w->heap[0] = *p;
		sift(w->heap, w->n, 0, 1);
	}
}

/* Looks on; false: the budget is spent. */
static bool look(struct rib_walk *w, unsigned int *budget)
{
	const struct table *t = rib_table(w->rib);
	uint32_t handle = 0;

	do {
		for (unsigned int i = 0; i < WALK_SCAN && (handle = table_next(t, &w->at)); i++) {
			struct prefix p = table_prefix(t, handle);

			look_at(w, &p);
		}
		*budget -= *budget > 0;
	} while (handle && *budget);
	if (handle)
		return false;
	w->looking = false;
	for (size_t i = w->n / 2; i > 0; i--)
		sift(w->heap, w->n, i - 1, -1);
	return true;
}

struct rib_walk *rib_walk_new(const struct rib *r, enum afi afi)
{
	struct rib_walk *w = mem_zalloc(sizeof(*w));

	w->rib = r;
	w->afi = afi;
	w->looking = true;
	return w;
}

struct rib_walk *rib_walk_within(const struct rib *r, const struct prefix *p)
{
	struct rib_walk *w = rib_walk_new(r, p->afi);

	w->within = *p;
	return w;
}

/* The least of the heap, if it is still in the table; one that moved while the walk looked is
 * there twice. */
static const struct rib_entry *give(struct rib_walk *w)
{
	struct prefix p = w->heap[0];

	w->heap[0] = w->heap[--w->n];
	if (w->n)
		sift(w->heap, w->n, 0, -1);
	if (prefix_eq(&p, &w->last))
		return NULL;
	w->last = p;
	return rib_find(w->rib, &p);
}

const struct rib_entry *rib_walk_next(struct rib_walk *w, unsigned int *budget)
{
	while (!w->over && *budget) {
		const struct rib_entry *e;

		if (w->looking && !look(w, budget))
			return NULL;
		if (!w->n && w->more) {
			w->looking = true;
			w->more = false;
			w->at = (struct table_at){0};
			continue;
		}
		if (!w->n) {
			w->over = true;
			break;
		}
		*budget -= *budget > 0;
		e = give(w);
		if (e)
			return e;
	}
	return NULL;
}

bool rib_walk_over(const struct rib_walk *w)
{
	return w->over;
}

void rib_walk_free(struct rib_walk *w)
{
	if (!w)
		return;
	free(w->heap);
	free(w);
}
