/*
 * slots: the hash table that the tables of prefixes have in common, which grows a little at a time.
 *
 * A slot holds a word of its owner's: some bits name an entry, others may be some of the hash, so
 * that strangers need not be looked at; 0 is a free one. Words lie in segments, each of which is a
 * small table with linear probing. The first bits of the hash say in which segment, by a directory
 * (extendible hashing, Fagin, Nievergelt, Pippenger and Strong 1979), the last bits where in it.
 * One that is full becomes two, so a word that is added moves no more than SLOTS_MOVED_MAX others,
 * however many there are. To double one large table would be to stand still for a tenth of a second
 * at a million.
 *
 *	hash | first bits: directory -> segment | some for the owner | last bits: place in the
 *segment
 *
 * Segments are not given back before slots_fini.
 */
#ifndef LEAFPEER_RIB_SLOTS_H
#define LEAFPEER_RIB_SLOTS_H

#include "agent/lib/hash.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SLOTS_FIRST     256u  /* of the first segment, which doubles until it is */
#define SLOTS_SEGMENT   1024u /* then they become two */
#define SLOTS_MOVED_MAX (SLOTS_SEGMENT * 3 / 4 + SLOTS_DEPTH_MAX)
/* Bits that say the segment, at most. More than 2^16 segments are not needed for what a word can
 * name; where so many hashes begin alike, segments double instead, as one table would. */
#define SLOTS_DEPTH_MAX 16u
/* From here on up are bits of the hash that say nothing about the place in a segment. */
#define SLOTS_TAG_SHIFT 10u

struct slots_segment {
	uint32_t *words;
	uint32_t mask; /* how many there are, a power of two, less one */
	uint32_t n;    /* not free */
	uint8_t depth; /* bits of the hash that all in it have in common */
};

struct slots {
	struct slots_segment *segments;
	uint32_t *directory; /* 2^depth indices of segments */
	uint32_t depth;      /* at least 1 */
	uint32_t n_segments;
	size_t n;
	uint32_t (*hash_of)(const void *owner, uint32_t word);
	const void *owner;
};

/* hash_of: of the entry that a word names. The owner is lent until slots_fini. */
void slots_init(struct slots *s, uint32_t (*hash_of)(const void *owner, uint32_t word),
		const void *owner);
void slots_fini(struct slots *s);
/* A word that is not there yet; slots found before do not hold any more. */
void slots_put(struct slots *s, uint32_t hash, uint32_t word);
/* Frees the slot; others may move. */
void slots_take(struct slots *s, uint32_t hash, uint32_t *slot);
size_t slots_bytes(const struct slots *s);

/* Where to look for the hash: from place hash & mask on, in a ring, until a free slot. */
static inline const struct slots_segment *slots_segment(const struct slots *s, uint32_t hash)
{
	return &s->segments[s->directory[hash >> (32 - s->depth)]];
}

/* Of a prefix of 4 or 16 octets. */
static inline uint32_t slots_hash(const uint8_t *b, uint8_t octets, uint8_t len)
{
	uint64_t w[2];
	uint32_t w4;

	if (octets == 4) {
		memcpy(&w4, b, sizeof(w4));
		return hash_end(hash_pair(hash_begin(), (uint64_t)len << 32 | w4, 0));
	}
	memcpy(w, b, sizeof(w));
	return hash_end(hash_pair(hash_begin(), w[0], w[1]) ^ len);
}

#endif
