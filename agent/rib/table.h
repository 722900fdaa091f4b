/*
 * table: the entries of the RIB, by prefix.
 *
 * Entries lie in slabs, one for each number of paths that an entry has room for (a power of two),
 * and are named by handles of 32 bits; a hash table with linear probing holds the handles. So a
 * route of one path costs 52 octets and its share of the slots, and nothing is asked of malloc for
 * it. An entry that needs more room moves, and its handle changes: pointers to entries hold until
 * the next table_get or table_room. Slabs keep what was freed for the next entries.
 *
 * Private to rib.c and walk.c.
 */
#ifndef LEAFPEER_RIB_TABLE_H
#define LEAFPEER_RIB_TABLE_H

#include "agent/rib/rib.h"

#define TABLE_CLASSES   9   /* room for 1, 2, 4 ... 256 paths */
#define TABLE_PATHS_MAX 255 /* of an entry */

struct slab {
	uint8_t **chunks;
	uint32_t used; /* entries carved so far, the first of all unused: handle 0 is none */
	uint32_t free; /* handle of the first free one, 0: none */
};

struct table {
	struct slab slabs[TABLE_CLASSES];
	uint32_t *slots; /* handles; 0: free */
	size_t n_slots, n_entries;
};

/* Where a walk over all entries has come to; zero: at the beginning. */
struct table_at {
	uint32_t class, index;
};

void table_init(struct table *t);
void table_fini(struct table *t); /* what the paths hold is the caller's to give back before */
struct rib_entry *table_entry(const struct table *t, uint32_t handle);
uint32_t table_find(const struct table *t, const struct prefix *p); /* 0: there is none */
/* The entry of the prefix, made if there is none. */
uint32_t table_get(struct table *t, const struct prefix *p);
/* Makes room for one more path; the new handle if the entry had to move. The entry has less than
 * TABLE_PATHS_MAX paths. */
uint32_t table_room(struct table *t, uint32_t handle);
void table_remove(struct table *t, uint32_t handle);
/* The next entry in an order of no meaning; 0 at the end. Entries that were there at the beginning
 * come once, or twice if they move meanwhile: they only move ahead. */
uint32_t table_next(const struct table *t, struct table_at *at);
/* Octets of memory for entries and slots. */
size_t table_bytes(const struct table *t);
/* rib.c's, for walk.c. */
const struct table *rib_table(const struct rib *r);

#endif
