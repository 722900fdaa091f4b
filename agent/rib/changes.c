/*
 * changes: see changes.h. A list, [at, n) of which waits, and a hash table over it with linear
 * probing. What was taken leaves its name in the table, which is made anew when the list is empty,
 * or full and moved to its beginning.
 */
#include "agent/rib/changes.h"

#include "agent/lib/hash.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 256

struct changes {
	struct change *list;
	uint32_t *slots; /* index into list + 1; 0: free; twice as many as the list has room */
	size_t cap, at, n;
	bool walk, lost;
};

static bool same(const struct change *a, const struct change *b)
{
	return a->peer == b->peer && a->path_id == b->path_id && prefix_eq(&a->prefix, &b->prefix);
}

/* The slot that has it, or the free one where it would be. */
static uint32_t *slot_of(const struct changes *c, const struct change *x)
{
	size_t mask = c->cap * 2 - 1, i;
	uint64_t w[2], h;

	memcpy(w, x->prefix.b, sizeof(w));
	h = hash_pair(hash_begin(), w[0], w[1]);
	h = hash_pair(h, (uint32_t)x->prefix.afi << 8 | x->prefix.len,
		      (uint64_t)x->path_id << 16 | x->peer);
	i = hash_end(h) & mask;
	while (c->slots[i] && !same(&c->list[c->slots[i] - 1], x))
		i = (i + 1) & mask;
	return &c->slots[i];
}

static void index_anew(struct changes *c)
{
	memset(c->slots, 0, c->cap * 2 * sizeof(*c->slots));
	for (size_t i = c->at; i < c->n; i++)
		*slot_of(c, &c->list[i]) = (uint32_t)i + 1;
}

static void move_to_front(struct changes *c)
{
	memmove(c->list, c->list + c->at, (c->n - c->at) * sizeof(*c->list));
	c->n -= c->at;
	c->at = 0;
	index_anew(c);
}

struct changes *changes_new(void)
{
	return mem_zalloc(sizeof(struct changes));
}

static void give_back(struct changes *c)
{
	free(c->list);
	free(c->slots);
	c->list = NULL;
	c->slots = NULL;
	c->cap = c->at = c->n = 0;
}

void changes_free(struct changes *c)
{
	if (!c)
		return;
	give_back(c);
	free(c);
}

void changes_clear(struct changes *c)
{
	give_back(c);
	c->walk = c->lost = false;
}

/* What a walk finds is left to one. */
static void forget_found(struct changes *c)
{
	size_t out = 0;

	for (size_t i = c->at; i < c->n; i++) {
		if (c->list[i].lost)
			c->list[out++] = c->list[i];
	}
	c->at = 0;
	c->n = out;
	c->walk = true;
	index_anew(c);
}

/* False: there is none to be had for it. */
static bool make_room(struct changes *c, const struct change *x)
{
	if (c->n < c->cap)
		return true;
	/* a quarter at least, so that moving is rare */
	if (c->at > c->cap / 4) {
		move_to_front(c);
		return true;
	}
	if (c->cap < CHANGES_MAX) {
		c->cap = c->cap ? c->cap * 2 : FIRST;
		c->list = mem_grow(c->list, c->cap, sizeof(*c->list));
		free(c->slots);
		c->slots = mem_zalloc(c->cap * 2 * sizeof(*c->slots));
		index_anew(c);
		return true;
	}
	if (!x->lost) {
		c->walk = true;
		return false;
	}
	forget_found(c);
	c->lost |= c->n == c->cap;
	return c->n < c->cap;
}

void changes_add(struct changes *c, const struct change *change)
{
	uint32_t *slot = c->cap ? slot_of(c, change) : NULL;

	if (c->lost)
		return; /* nothing of it is of use any more */
	if (slot && *slot > c->at) {
		c->list[*slot - 1].lost |= change->lost;
		return;
	}
	if (!make_room(c, change))
		return;
	slot = slot_of(c, change);
	c->list[c->n++] = *change;
	*slot = (uint32_t)c->n;
}

const struct change *changes_peek(const struct changes *c)
{
	return c->at < c->n ? &c->list[c->at] : NULL;
}

bool changes_next(struct changes *c, struct change *out)
{
	if (c->at == c->n)
		return false;
	*out = c->list[c->at++];
	if (c->at == c->n)
		give_back(c);
	return true;
}

size_t changes_count(const struct changes *c)
{
	return c->n - c->at;
}

bool changes_walk(struct changes *c)
{
	bool walk = c->walk;

	c->walk = false;
	return walk;
}

bool changes_lost(const struct changes *c)
{
	return c->lost;
}
