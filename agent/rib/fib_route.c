/* fib_route: the table of routes of the FIB (fib.h), their queue, and their counts. */
#include "agent/rib/fib_impl.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_FIRST 64u
#define DIRTY_FIRST  256u
#define IP6          0x80000000u /* of a handle: the family; the rest is the index */
#define INDEX_MASK   0x00ffffffu /* of a slot; the rest is the hash's */
#define TAG_SHIFT    24

static const struct route_table *table_of(const struct fib *f, uint32_t handle)
{
	return &f->tables[handle >> 31];
}

static size_t size_of(const struct route_table *t)
{
	return sizeof(struct route) + t->octets;
}

static struct route *at(const struct route_table *t, uint32_t i)
{
	void *r = t->routes + i * size_of(t);

	return r;
}

struct route *route_at(const struct fib *f, uint32_t handle)
{
	return at(table_of(f, handle), handle & ~IP6);
}

struct prefix route_prefix(const struct fib *f, uint32_t handle)
{
	const struct route *r = route_at(f, handle);
	struct prefix p = {.afi = handle & IP6 ? AFI_IP6 : AFI_IP4, .len = r->len};

	memcpy(p.b, r->b, table_of(f, handle)->octets);
	return p;
}

/* ---- slots ------------------------------------------------------------------------------------
 */

static uint32_t prefix_hash_of(const struct route_table *t, const uint8_t *b, uint8_t len)
{
	return slots_hash(b, t->octets, len);
}

static uint32_t hash_of(const void *owner, uint32_t word)
{
	const struct route *r = at(owner, word & INDEX_MASK);

	return prefix_hash_of(owner, r->b, r->len);
}

static uint32_t tag_of(uint32_t hash)
{
	return hash >> SLOTS_TAG_SHIFT << TAG_SHIFT;
}

/* The slot of the prefix, or the free one where it would be. */
static uint32_t *slot_of(const struct route_table *t, const uint8_t *b, uint8_t len, uint32_t hash)
{
	const struct slots_segment *g = slots_segment(&t->slots, hash);
	uint32_t i = hash & g->mask, tag = tag_of(hash);

	for (; g->words[i]; i = (i + 1) & g->mask) {
		const struct route *r;

		if ((g->words[i] ^ tag) & ~INDEX_MASK)
			continue;
		r = at(t, g->words[i] & INDEX_MASK);
		if (r->len == len && memcmp(r->b, b, t->octets) == 0)
			break;
	}
	return &g->words[i];
}

/* An index that no route has; 0: there are too many. */
static uint32_t route_alloc(struct route_table *t)
{
	uint32_t i = t->free;

	if (i) {
		memcpy(&t->free, at(t, i)->b, sizeof(t->free));
		return i;
	}
	if (t->used > FIB_ROUTES_MAX)
		return 0;
	if (t->used == t->cap) {
		t->cap = t->cap ? t->cap * 2 : ROUTES_FIRST;
		t->routes = mem_grow(t->routes, t->cap, size_of(t));
	}
	return t->used++;
}

uint32_t route_find(const struct fib *f, const struct prefix *p)
{
	uint32_t family = p->afi == AFI_IP4 ? 0 : IP6, i;
	const struct route_table *t = table_of(f, family);

	i = *slot_of(t, p->b, p->len, prefix_hash_of(t, p->b, p->len)) & INDEX_MASK;
	return i ? family | i : 0;
}

uint32_t route_get(struct fib *f, const struct prefix *p)
{
	uint32_t family = p->afi == AFI_IP4 ? 0 : IP6;
	struct route_table *t = &f->tables[family >> 31];
	uint32_t hash = prefix_hash_of(t, p->b, p->len), i;
	struct route *r;

	i = *slot_of(t, p->b, p->len, hash) & INDEX_MASK;
	if (i)
		return family | i;
	i = route_alloc(t);
	if (!i)
		return 0;
	r = at(t, i);
	memset(r, 0, sizeof(*r));
	r->len = p->len;
	memcpy(r->b, p->b, t->octets);
	slots_put(&t->slots, hash, tag_of(hash) | i);
	return family | i;
}

void route_free(struct fib *f, uint32_t handle)
{
	struct route_table *t = &f->tables[handle >> 31];
	struct route *r = route_at(f, handle);
	uint32_t hash = prefix_hash_of(t, r->b, r->len);

	assert(!(r->flags & (ROUTE_DIRTY | ROUTE_BUSY)) && !r->want && !r->have);
	route_set_failed(f, r, false);
	route_set_stale(f, r, false);
	slots_take(&t->slots, hash, slot_of(t, r->b, r->len, hash));
	r->flags = 0;
	r->len = ROUTE_FREE;
	memcpy(r->b, &t->free, sizeof(t->free));
	t->free = handle & ~IP6;
}

uint32_t route_next(const struct fib *f, uint32_t handle)
{
	uint32_t i = handle & ~IP6;

	for (uint32_t family = handle & IP6;; family = IP6, i = 0) {
		const struct route_table *t = table_of(f, family);

		while (++i < t->used) {
			if (route_used(at(t, i)))
				return family | i;
		}
		if (family)
			return 0;
	}
}

void routes_init(struct fib *f)
{
	for (int i = 0; i < 2; i++) {
		struct route_table *t = &f->tables[i];

		t->octets = i ? 16 : 4;
		t->used = 1;
		t->cap = ROUTES_FIRST;
		t->routes = mem_grow(NULL, t->cap, size_of(t));
		slots_init(&t->slots, hash_of, t);
	}
	f->dirty_cap = DIRTY_FIRST;
	f->dirty = mem_grow(NULL, f->dirty_cap, sizeof(*f->dirty));
}

void routes_fini(struct fib *f)
{
	for (int i = 0; i < 2; i++) {
		free(f->tables[i].routes);
		slots_fini(&f->tables[i].slots);
	}
	free(f->dirty);
}

/* ---- the queue --------------------------------------------------------------------------------
 */

void route_dirty(struct fib *f, uint32_t handle)
{
	struct route *r = route_at(f, handle);

	if (r->flags & ROUTE_DIRTY)
		return;
	r->flags |= ROUTE_DIRTY;
	if (f->dirty_tail - f->dirty_head == f->dirty_cap) {
		uint32_t *old = f->dirty, cap = f->dirty_cap;

		f->dirty_cap *= 2;
		f->dirty = mem_grow(NULL, f->dirty_cap, sizeof(*f->dirty));
		for (uint32_t i = f->dirty_head; i != f->dirty_tail; i++)
			f->dirty[i & (f->dirty_cap - 1)] = old[i & (cap - 1)];
		free(old);
	}
	f->dirty[f->dirty_tail++ & (f->dirty_cap - 1)] = handle;
}

uint32_t route_next_dirty(struct fib *f)
{
	uint32_t handle;

	if (f->dirty_head == f->dirty_tail)
		return 0;
	handle = f->dirty[f->dirty_head++ & (f->dirty_cap - 1)];
	route_set_flag(route_at(f, handle), ROUTE_DIRTY, false);
	return handle;
}

/* ---- what is counted --------------------------------------------------------------------------
 */

void route_set_want(struct fib *f, struct route *r, struct object *o, bool discard)
{
	struct object *old = object_named(f, r->want);

	if (o)
		o->want++;
	if (old && !--old->want)
		f->maybe_unused = true;
	r->want = o ? o->name : 0;
	route_set_flag(r, ROUTE_WANT_DISCARD, discard);
}

void route_set_have(struct fib *f, struct route *r, struct object *o, bool discard)
{
	struct object *old = object_named(f, r->have);
	bool had = route_there(r), has = o || discard;

	if (o)
		o->have++;
	if (old && !--old->have)
		f->maybe_unused = true;
	r->have = o ? o->name : 0;
	route_set_flag(r, ROUTE_HAVE_DISCARD, discard);
	f->counters.routes += (uint64_t)has - (uint64_t)had;
}

void route_set_stale(struct fib *f, struct route *r, bool stale)
{
	f->n_stale += (size_t)stale - !!(r->flags & ROUTE_STALE);
	route_set_flag(r, ROUTE_STALE, stale);
}

void route_set_failed(struct fib *f, struct route *r, bool failed)
{
	f->n_failed += (size_t)failed - !!(r->flags & ROUTE_FAILED);
	route_set_flag(r, ROUTE_FAILED, failed);
}

bool route_is_right(const struct fib *f, const struct route *r)
{
	const struct object *want;

	if ((r->flags & ROUTE_FOREIGN) ||
	    !(r->flags & ROUTE_WANT_DISCARD) != !(r->flags & ROUTE_HAVE_DISCARD))
		return false;
	if (!r->want || !r->have || r->want == r->have)
		return r->want == r->have;
	want = object_named(f, r->want);
	return object_same(object_named(f, r->have), want->hops, want->n);
}
