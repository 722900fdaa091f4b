/* slots: see slots.h. */
#include "agent/rib/slots.h"

#include "agent/lib/mem.h"

#include <stdlib.h>

static struct slots_segment segment_new(uint32_t n_words, uint32_t depth)
{
	return (struct slots_segment){.words = mem_zalloc(n_words * sizeof(uint32_t)),
				      .mask = n_words - 1,
				      .depth = (uint8_t)depth};
}

static void put(struct slots_segment *g, uint32_t hash, uint32_t word)
{
	uint32_t i = hash & g->mask;

	while (g->words[i])
		i = (i + 1) & g->mask;
	g->words[i] = word;
	g->n++;
}

static void widen(const struct slots *s, struct slots_segment *g)
{
	struct slots_segment wide = segment_new((g->mask + 1) * 2, g->depth);

	for (uint32_t i = 0; i <= g->mask; i++) {
		if (g->words[i])
			put(&wide, s->hash_of(s->owner, g->words[i]), g->words[i]);
	}
	free(g->words);
	*g = wide;
}

static void deepen(struct slots *s)
{
	uint32_t *directory = mem_grow(NULL, (size_t)2 << s->depth, sizeof(*directory));

	for (uint32_t i = 0; i < 1u << s->depth; i++)
		directory[2 * i] = directory[2 * i + 1] = s->directory[i];
	free(s->directory);
	s->directory = directory;
	s->depth++;
}

/* Those whose next bit is 1 get a segment of their own, and half of the directory's entries. */
static void split(struct slots *s, uint32_t hash)
{
	uint32_t name = s->directory[hash >> (32 - s->depth)], first, n;
	struct slots_segment old = s->segments[name], *halves[2];

	if (old.depth == s->depth)
		deepen(s);
	if ((s->n_segments & (s->n_segments - 1)) == 0)
		s->segments =
			mem_grow(s->segments, s->n_segments * (size_t)2, sizeof(*s->segments));
	halves[0] = &s->segments[name];
	halves[1] = &s->segments[s->n_segments];
	for (int i = 0; i < 2; i++)
		*halves[i] = segment_new(old.mask + 1, old.depth + 1u);
	for (uint32_t i = 0; i <= old.mask; i++) {
		uint32_t h;

		if (!old.words[i])
			continue;
		h = s->hash_of(s->owner, old.words[i]);
		put(halves[h >> (31 - old.depth) & 1], h, old.words[i]);
	}
	free(old.words);
	n = 1u << (s->depth - old.depth - 1);
	first = (hash >> (31 - old.depth) | 1) * n;
	for (uint32_t i = 0; i < n; i++)
		s->directory[first + i] = s->n_segments;
	s->n_segments++;
}

static struct slots_segment *segment_of(struct slots *s, uint32_t hash)
{
	return &s->segments[s->directory[hash >> (32 - s->depth)]];
}

/* Once is enough: if all went to the same half there is still a free slot, and the next word
 * divides that. */
static void make_room(struct slots *s, uint32_t hash)
{
	struct slots_segment *g = segment_of(s, hash);

	if ((g->n + 1) * 4ull <= (g->mask + 1) * 3ull)
		return;
	if (g->mask + 1 < SLOTS_SEGMENT || g->depth == SLOTS_DEPTH_MAX)
		widen(s, g);
	else
		split(s, hash);
}

void slots_put(struct slots *s, uint32_t hash, uint32_t word)
{
	make_room(s, hash);
	put(segment_of(s, hash), hash, word);
	s->n++;
}

/* Words behind in the same run move up, so that no probing ever stops short. */
void slots_take(struct slots *s, uint32_t hash, uint32_t *slot)
{
	struct slots_segment *g = segment_of(s, hash);
	uint32_t mask = g->mask, hole = (uint32_t)(slot - g->words);

	for (uint32_t i = (hole + 1) & mask; g->words[i]; i = (i + 1) & mask) {
		uint32_t home = s->hash_of(s->owner, g->words[i]) & mask;

		/* it stays if its home lies behind the hole */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		g->words[hole] = g->words[i];
		hole = i;
	}
	g->words[hole] = 0;
	g->n--;
	s->n--;
}

void slots_init(struct slots *s, uint32_t (*hash_of)(const void *owner, uint32_t word),
		const void *owner)
{
	*s = (struct slots){.hash_of = hash_of, .owner = owner, .depth = 1, .n_segments = 1};
	s->segments = mem_grow(NULL, 1, sizeof(*s->segments));
	s->segments[0] = segment_new(SLOTS_FIRST, 0);
	s->directory = mem_zalloc(2 * sizeof(*s->directory));
}

void slots_fini(struct slots *s)
{
	for (uint32_t i = 0; i < s->n_segments; i++)
		free(s->segments[i].words);
	free(s->segments);
	free(s->directory);
}

size_t slots_bytes(const struct slots *s)
{
	size_t bytes = ((size_t)1 << s->depth) * sizeof(*s->directory);

	for (uint32_t i = 0; i < s->n_segments; i++)
		bytes += (s->segments[i].mask + 1) * sizeof(uint32_t) + sizeof(*s->segments);
	return bytes;
}
