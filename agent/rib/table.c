/* table: see table.h. */
#include "agent/rib/table.h"

#include "agent/lib/mem.h"
#include "agent/rib/slots.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_FIRST   256u
#define CHUNK_ENTRIES 4096u
/* A handle: the family above, the class, the index. A slot has bits of the hash between the class
 * and the index. */
#define FAMILY_SHIFT  31
#define CLASS_SHIFT   27
#define CLASS_MASK    15u
#define INDEX_MASK    TABLE_INDEX_MAX
#define TAG_SHIFT     23
#define TAG_MASK      (15u << TAG_SHIFT)

static const uint8_t octets_of[FAMILY_COUNT] = {[FAMILY_IP4] = 4, [FAMILY_IP6] = 16};

enum family table_family(uint32_t handle)
{
	return handle >> FAMILY_SHIFT ? FAMILY_IP6 : FAMILY_IP4;
}

static unsigned int class_of(uint32_t handle)
{
	return handle >> CLASS_SHIFT & CLASS_MASK;
}

static size_t size_of(enum family f, unsigned int class)
{
	return sizeof(struct entry) + octets_of[f] + ((size_t)1 << class) * sizeof(struct path);
}

static struct entry *chunk_at(const struct chunk *c, size_t size, uint32_t place)
{
	void *at = c->entries + place * size;

	return at;
}

struct entry *table_entry(const struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	unsigned int class = class_of(handle);
	uint32_t index = handle & INDEX_MASK;

	return chunk_at(&t->slabs[f][class].chunks[index / CHUNK_ENTRIES], size_of(f, class),
			index % CHUNK_ENTRIES);
}

struct path *table_paths(uint32_t handle, struct entry *e)
{
	void *at = e->b + octets_of[table_family(handle)];

	return at;
}

struct prefix table_prefix(const struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	const struct entry *e = table_entry(t, handle);
	struct prefix p = {.afi = f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, .len = e->len};

	memcpy(p.b, e->b, octets_of[f]);
	return p;
}

/* ---- slabs ------------------------------------------------------------------------------------
 */

static void chunk_list(struct slab *s, uint32_t i)
{
	s->chunks[i].next = s->open;
	s->chunks[i].listed = true;
	s->open = i + 1;
}

/* A chunk with room, by its index; false: the slab has as many as it may. */
static bool chunk_with_room(struct slab *s, size_t size, uint32_t index_max, uint32_t *out)
{
	struct chunk *c;

	if (!s->open) {
		if ((s->n_chunks + 1) * CHUNK_ENTRIES > index_max + 1)
			return false;
		s->chunks = mem_grow(s->chunks, s->n_chunks + 1, sizeof(*s->chunks));
		s->chunks[s->n_chunks] = (struct chunk){0};
		chunk_list(s, s->n_chunks++);
	}
	*out = s->open - 1;
	c = &s->chunks[*out];
	if (!c->entries) {
		c->entries = mem_grow(NULL, CHUNK_ENTRIES, size);
		c->fresh = c->free = 0;
		s->n_empty++;
	}
	return true;
}

static uint32_t entry_alloc(struct table *t, enum family f, unsigned int class)
{
	struct slab *s = &t->slabs[f][class];
	size_t size = size_of(f, class);
	uint32_t i, place, base;
	struct chunk *c;
	struct entry *e;

	if (!chunk_with_room(s, size, t->index_max, &i))
		return 0;
	c = &s->chunks[i];
	base = (uint32_t)f << FAMILY_SHIFT | (uint32_t) class << CLASS_SHIFT | i * CHUNK_ENTRIES;
	if (!base && !c->fresh)
		chunk_at(c, size, c->fresh++)->flags = 0; /* handle 0 is none */
	s->n_empty -= !c->used++;
	place = c->free ? c->free - 1 : c->fresh++;
	e = chunk_at(c, size, place);
	if (c->free)
		c->free = e->hopset;
	if (!c->free && c->fresh == CHUNK_ENTRIES) {
		s->open = c->next;
		c->listed = false;
	}
	memset(e, 0, sizeof(*e));
	e->flags = ENTRY_USED;
	return base + place;
}

static void entry_free(struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	struct slab *s = &t->slabs[f][class_of(handle)];
	uint32_t index = handle & INDEX_MASK, i = index / CHUNK_ENTRIES;
	struct chunk *c = &s->chunks[i];
	struct entry *e = table_entry(t, handle);

	e->flags = 0;
	e->hopset = c->free;
	c->free = index % CHUNK_ENTRIES + 1;
	if (!c->listed)
		chunk_list(s, i);
	if (--c->used)
		return;
	/* one is kept, lest a route that comes and goes is a chunk that comes and goes */
	if (s->n_empty) {
		free(c->entries);
		c->entries = NULL;
	} else {
		s->n_empty++;
	}
}

bool table_has(const struct table *t, uint32_t handle)
{
	const struct slab *s = &t->slabs[table_family(handle)][class_of(handle)];

	uint32_t index = handle & INDEX_MASK;

	return s->chunks[index / CHUNK_ENTRIES].used &&
	       index % CHUNK_ENTRIES < s->chunks[index / CHUNK_ENTRIES].fresh &&
	       table_entry(t, handle)->flags;
}

uint32_t table_next(const struct table *t, struct table_at *at)
{
	for (; at->slab < FAMILY_COUNT * TABLE_CLASSES; at->slab++, at->index = 0) {
		enum family f = at->slab / TABLE_CLASSES;
		unsigned int class = at->slab % TABLE_CLASSES;
		const struct slab *s = &t->slabs[f][class];
		size_t size = size_of(f, class);

		while (at->index < s->n_chunks * CHUNK_ENTRIES) {
			uint32_t index = at->index++;
			const struct chunk *c = &s->chunks[index / CHUNK_ENTRIES];

			if (!c->used || index % CHUNK_ENTRIES >= c->fresh)
				at->index = (index / CHUNK_ENTRIES + 1) * CHUNK_ENTRIES;
			else if (chunk_at(c, size, index % CHUNK_ENTRIES)->flags)
				return (uint32_t)f << FAMILY_SHIFT |
				       (uint32_t) class << CLASS_SHIFT | index;
		}
	}
	return 0;
}

/* ---- slots ------------------------------------------------------------------------------------
 */

static uint32_t hash_of(const struct table *t, enum family f, uint32_t handle)
{
	const struct entry *e = table_entry(t, handle);

	return slots_hash(e->b, octets_of[f], e->len);
}

/* The home slot is the hash's lower bits, the tag its upper ones. */
static uint32_t tag_of(uint32_t hash)
{
	return hash >> 28 << TAG_SHIFT;
}

/* The slot of the prefix, or the free one where it would be. */
static uint32_t slot_of(const struct table *t, enum family f, const struct prefix *p, uint32_t hash)
{
	const uint32_t *slots = t->slots[f];
	uint32_t mask = t->n_slots[f] - 1, i = hash & mask, tag = tag_of(hash);

	for (; slots[i]; i = (i + 1) & mask) {
		const struct entry *e;

		if ((slots[i] & TAG_MASK) != tag)
			continue;
		e = table_entry(t, slots[i] & ~TAG_MASK);
		if (e->len == p->len && memcmp(e->b, p->b, octets_of[f]) == 0)
			break;
	}
	return i;
}

static enum family family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

static uint32_t prefix_slot(const struct table *t, const struct prefix *p)
{
	enum family f = family_of(p);

	return slot_of(t, f, p, slots_hash(p->b, octets_of[f], p->len));
}

static void grow(struct table *t, enum family f)
{
	struct table_at at = {.slab = f * TABLE_CLASSES};
	uint32_t handle, mask;

	free(t->slots[f]);
	t->n_slots[f] *= 2;
	mask = t->n_slots[f] - 1;
	t->slots[f] = mem_zalloc(t->n_slots[f] * sizeof(uint32_t));
	while ((handle = table_next(t, &at)) && table_family(handle) == f) {
		uint32_t hash = hash_of(t, f, handle), i = hash & mask;

		while (t->slots[f][i])
			i = (i + 1) & mask;
		t->slots[f][i] = handle | tag_of(hash);
	}
}

uint32_t table_find(const struct table *t, const struct prefix *p)
{
	return t->slots[family_of(p)][prefix_slot(t, p)] & ~TAG_MASK;
}

uint32_t table_get(struct table *t, const struct prefix *p)
{
	enum family f = family_of(p);
	uint32_t hash = slots_hash(p->b, octets_of[f], p->len), i, handle;
	struct entry *e;

	i = slot_of(t, f, p, hash);
	if (t->slots[f][i])
		return t->slots[f][i] & ~TAG_MASK;
	if ((t->counts[f] + 1) * 4ull > t->n_slots[f] * 3ull) {
		grow(t, f);
		i = slot_of(t, f, p, hash);
	}
	handle = entry_alloc(t, f, 0);
	if (!handle)
		return 0;
	e = table_entry(t, handle);
	e->len = p->len;
	memcpy(e->b, p->b, octets_of[f]);
	t->slots[f][i] = handle | tag_of(hash);
	t->counts[f]++;
	t->n_entries++;
	return handle;
}

uint32_t table_room(struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	unsigned int class = class_of(handle);
	struct entry *e = table_entry(t, handle);
	struct prefix p;
	uint32_t moved, *slot;

	assert(e->n_paths < TABLE_PATHS_MAX);
	if (e->n_paths < 1u << class)
		return handle;
	moved = entry_alloc(t, f, class + 1);
	if (!moved)
		return 0;
	memcpy(table_entry(t, moved), e, size_of(f, class));
	p = table_prefix(t, handle);
	slot = &t->slots[f][prefix_slot(t, &p)];
	*slot = moved | (*slot & TAG_MASK);
	entry_free(t, handle);
	return moved;
}

/* Entries behind in the same run move up, so that no probing ever stops short. */
void table_remove(struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	struct prefix p = table_prefix(t, handle);
	uint32_t mask = t->n_slots[f] - 1, hole = prefix_slot(t, &p), *slots = t->slots[f];

	assert((slots[hole] & ~TAG_MASK) == handle);
	for (uint32_t i = (hole + 1) & mask; slots[i]; i = (i + 1) & mask) {
		uint32_t home = hash_of(t, f, slots[i] & ~TAG_MASK) & mask;

		/* it stays if its home lies behind the hole */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		slots[hole] = slots[i];
		hole = i;
	}
	slots[hole] = 0;
	t->counts[f]--;
	t->n_entries--;
	entry_free(t, handle);
}

/* ---- life -------------------------------------------------------------------------------------
 */

void table_init(struct table *t)
{
	*t = (struct table){.index_max = TABLE_INDEX_MAX};
	for (int f = 0; f < FAMILY_COUNT; f++) {
		t->n_slots[f] = SLOTS_FIRST;
		t->slots[f] = mem_zalloc(SLOTS_FIRST * sizeof(uint32_t));
	}
}

void table_fini(struct table *t)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		for (unsigned int c = 0; c < TABLE_CLASSES; c++) {
			struct slab *s = &t->slabs[f][c];

			for (uint32_t i = 0; i < s->n_chunks; i++)
				free(s->chunks[i].entries);
			free(s->chunks);
		}
		free(t->slots[f]);
	}
}

size_t table_bytes(const struct table *t)
{
	size_t bytes = 0;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		bytes += t->n_slots[f] * sizeof(uint32_t);
		for (unsigned int c = 0; c < TABLE_CLASSES; c++) {
			const struct slab *s = &t->slabs[f][c];

			for (uint32_t i = 0; i < s->n_chunks; i++)
				bytes += s->chunks[i].entries ? CHUNK_ENTRIES * size_of(f, c) : 0;
			bytes += s->n_chunks * sizeof(*s->chunks);
		}
	}
	return bytes;
}
