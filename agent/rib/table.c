/* table: see table.h. */
#include "agent/rib/table.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>

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

static uint32_t prefix_hash_of(enum family f, const uint8_t *b, uint8_t len)
{
	return slots_hash(b, octets_of[f], len);
}

static uint32_t hash_of(const void *owner, uint32_t word)
{
	const struct entry *e = table_entry(owner, word & ~TAG_MASK);

	return prefix_hash_of(table_family(word), e->b, e->len);
}

static uint32_t tag_of(uint32_t hash)
{
	return hash >> SLOTS_TAG_SHIFT << TAG_SHIFT & TAG_MASK;
}

/* The slot of the prefix, or the free one where it would be. */
static uint32_t *slot_of(const struct table *t, enum family f, const struct prefix *p,
			 uint32_t hash)
{
	const struct slots_segment *g = slots_segment(&t->slots[f], hash);
	uint32_t i = hash & g->mask, tag = tag_of(hash);

	for (; g->words[i]; i = (i + 1) & g->mask) {
		const struct entry *e;

		if ((g->words[i] & TAG_MASK) != tag)
			continue;
		e = table_entry(t, g->words[i] & ~TAG_MASK);
		if (e->len == p->len && memcmp(e->b, p->b, octets_of[f]) == 0)
			break;
	}
	return &g->words[i];
}

static enum family family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

uint32_t table_find(const struct table *t, const struct prefix *p)
{
	enum family f = family_of(p);

	return *slot_of(t, f, p, prefix_hash_of(f, p->b, p->len)) & ~TAG_MASK;
}

uint32_t table_get(struct table *t, const struct prefix *p)
{
	enum family f = family_of(p);
	uint32_t hash = prefix_hash_of(f, p->b, p->len), handle;
	struct entry *e;

	handle = *slot_of(t, f, p, hash) & ~TAG_MASK;
	if (handle)
		return handle;
	handle = entry_alloc(t, f, 0);
	if (!handle)
		return 0;
	e = table_entry(t, handle);
	e->len = p->len;
	memcpy(e->b, p->b, octets_of[f]);
	slots_put(&t->slots[f], hash, handle | tag_of(hash));
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
	slot = slot_of(t, f, &p, prefix_hash_of(f, p.b, p.len));
	*slot = moved | (*slot & TAG_MASK);
	entry_free(t, handle);
	return moved;
}

void table_remove(struct table *t, uint32_t handle)
{
	enum family f = table_family(handle);
	struct prefix p = table_prefix(t, handle);
	uint32_t hash = prefix_hash_of(f, p.b, p.len), *slot = slot_of(t, f, &p, hash);

	assert((*slot & ~TAG_MASK) == handle);
	slots_take(&t->slots[f], hash, slot);
	t->n_entries--;
	entry_free(t, handle);
}

/* ---- life -------------------------------------------------------------------------------------
 */

void table_init(struct table *t)
{
	*t = (struct table){.index_max = TABLE_INDEX_MAX};
	for (int f = 0; f < FAMILY_COUNT; f++)
		slots_init(&t->slots[f], hash_of, t);
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
		slots_fini(&t->slots[f]);
	}
}

size_t table_bytes(const struct table *t)
{
	size_t bytes = 0;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		bytes += slots_bytes(&t->slots[f]);
		for (unsigned int c = 0; c < TABLE_CLASSES; c++) {
			const struct slab *s = &t->slabs[f][c];

			for (uint32_t i = 0; i < s->n_chunks; i++)
				bytes += s->chunks[i].entries ? CHUNK_ENTRIES * size_of(f, c) : 0;
			bytes += s->n_chunks * sizeof(*s->chunks);
		}
	}
	return bytes;
}
