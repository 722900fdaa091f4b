/* table: see table.h. */
#include "agent/rib/table.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST   1024
#define CHUNK_ENTRIES 1024u
#define CLASS_SHIFT   28 /* of a handle: the class above, the index below */
#define INDEX_MASK    ((1u << CLASS_SHIFT) - 1)

static size_t size_of(unsigned int class)
{
	return sizeof(struct rib_entry) + ((size_t)1 << class) * sizeof(struct path);
}

static struct rib_entry *slab_at(const struct slab *s, unsigned int class, uint32_t index)
{
	void *at = s->chunks[index / CHUNK_ENTRIES] + index % CHUNK_ENTRIES * size_of(class);

	return at;
}

struct rib_entry *table_entry(const struct table *t, uint32_t handle)
{
	unsigned int class = handle >> CLASS_SHIFT;

	return slab_at(&t->slabs[class], class, handle & INDEX_MASK);
}

/* ---- slabs ------------------------------------------------------------------------------------
 */

/* A free entry has no family, and the handle of the next free one in its hop set. */
static uint32_t entry_alloc(struct table *t, unsigned int class)
{
	struct slab *s = &t->slabs[class];
	uint32_t handle = s->free;
	struct rib_entry *e;

	if (handle) {
		e = table_entry(t, handle);
		s->free = e->hopset;
	} else {
		if (s->used % CHUNK_ENTRIES == 0) {
			size_t n = s->used / CHUNK_ENTRIES;

			assert(s->used < INDEX_MASK);
			s->chunks = mem_grow(s->chunks, n + 1, sizeof(*s->chunks));
			s->chunks[n] = mem_grow(NULL, CHUNK_ENTRIES, size_of(class));
			if (!n)
				slab_at(s, class, s->used++)->prefix.afi = AFI_NONE;
		}
		handle = (uint32_t) class << CLASS_SHIFT | s->used++;
		e = table_entry(t, handle);
	}
	memset(e, 0, sizeof(*e));
	e->class = (uint8_t) class;
	return handle;
}

static void entry_free(struct table *t, uint32_t handle)
{
	struct rib_entry *e = table_entry(t, handle);
	struct slab *s = &t->slabs[e->class];

	e->prefix.afi = AFI_NONE;
	e->hopset = s->free;
	s->free = handle;
}

uint32_t table_next(const struct table *t, struct table_at *at)
{
	for (; at->class < TABLE_CLASSES; at->class ++, at->index = 0) {
		const struct slab *s = &t->slabs[at->class];

		while (at->index < s->used) {
			uint32_t index = at->index++;

			if (slab_at(s, at->class, index)->prefix.afi != AFI_NONE)
				return at->class << CLASS_SHIFT | index;
		}
	}
	return 0;
}

/* ---- slots ------------------------------------------------------------------------------------
 */

static size_t home_of(const struct table *t, uint32_t handle)
{
	return prefix_hash(&table_entry(t, handle)->prefix) & (t->n_slots - 1);
}

static size_t slot_of(const struct table *t, const struct prefix *p)
{
	size_t i = prefix_hash(p) & (t->n_slots - 1);

	while (t->slots[i] && !prefix_eq(&table_entry(t, t->slots[i])->prefix, p))
		i = (i + 1) & (t->n_slots - 1);
	return i;
}

static void grow(struct table *t)
{
	struct table_at at = {0};
	uint32_t handle;

	free(t->slots);
	t->n_slots *= 2;
	t->slots = mem_zalloc(t->n_slots * sizeof(*t->slots));
	while ((handle = table_next(t, &at))) {
		size_t i = home_of(t, handle);

		while (t->slots[i])
			i = (i + 1) & (t->n_slots - 1);
		t->slots[i] = handle;
	}
}

uint32_t table_find(const struct table *t, const struct prefix *p)
{
	return t->slots[slot_of(t, p)];
}

uint32_t table_get(struct table *t, const struct prefix *p)
{
	size_t i = slot_of(t, p);
	uint32_t handle = t->slots[i];

	if (handle)
		return handle;
	if ((t->n_entries + 1) * 4 > t->n_slots * 3) {
		grow(t);
		i = slot_of(t, p);
	}
	handle = entry_alloc(t, 0);
	table_entry(t, handle)->prefix = *p;
	t->slots[i] = handle;
	t->n_entries++;
	return handle;
}

uint32_t table_room(struct table *t, uint32_t handle)
{
	struct rib_entry *e = table_entry(t, handle), *to;
	uint32_t moved;
	uint8_t class = (uint8_t)(e->class + 1);

	assert(e->n_paths < TABLE_PATHS_MAX);
	if (e->n_paths < 1u << e->class)
		return handle;
	moved = entry_alloc(t, class);
	to = table_entry(t, moved);
	memcpy(to, e, sizeof(*e) + e->n_paths * sizeof(e->paths[0]));
	to->class = class;
	t->slots[slot_of(t, &e->prefix)] = moved;
	entry_free(t, handle);
	return moved;
}

/* Entries behind in the same run move up, so that no probing ever stops short. */
void table_remove(struct table *t, uint32_t handle)
{
	size_t mask = t->n_slots - 1;
	size_t hole = slot_of(t, &table_entry(t, handle)->prefix);

	assert(t->slots[hole] == handle);
	for (size_t i = (hole + 1) & mask; t->slots[i]; i = (i + 1) & mask) {
		/* it stays if its home lies behind the hole */
		if (((i - home_of(t, t->slots[i])) & mask) < ((i - hole) & mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole] = 0;
	t->n_entries--;
	entry_free(t, handle);
}

/* ---- life -------------------------------------------------------------------------------------
 */

void table_init(struct table *t)
{
	*t = (struct table){.n_slots = SLOTS_FIRST};
	t->slots = mem_zalloc(t->n_slots * sizeof(*t->slots));
}

static size_t chunks_of(const struct slab *s)
{
	return (s->used + CHUNK_ENTRIES - 1) / CHUNK_ENTRIES;
}

void table_fini(struct table *t)
{
	for (unsigned int c = 0; c < TABLE_CLASSES; c++) {
		for (size_t i = 0; i < chunks_of(&t->slabs[c]); i++)
			free(t->slabs[c].chunks[i]);
		free(t->slabs[c].chunks);
	}
	free(t->slots);
}

size_t table_bytes(const struct table *t)
{
	size_t bytes = t->n_slots * sizeof(*t->slots);

	for (unsigned int c = 0; c < TABLE_CLASSES; c++)
		bytes += chunks_of(&t->slabs[c]) * CHUNK_ENTRIES * size_of(c);
	return bytes;
}
