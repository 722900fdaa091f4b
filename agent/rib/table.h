/*
 * table: the entries of the RIB, by prefix.
 *
 * Entries lie in slabs, one for each family and number of paths that an entry has room for (a power
 * of two), and are named by handles of 32 bits; a hash table (slots.h) holds the handles, with some
 * bits of the hash, so that strangers need not be looked at. So an IPv4 route of one path
 * costs 28 octets and its share of the slots, and nothing is asked of malloc for it. An entry that
 * needs more room moves, and its handle changes: pointers to entries hold until the next table_get
 * or table_room. Slabs keep what was freed for the next entries, and give back whole chunks.
 *
 *	+------------+---------+-------------+-----+-------+-----------------+----------------
 *	| hopset (4) | n_paths | n_multipath | len | flags | prefix (4 / 16) | paths (16 each)
 *	+------------+---------+-------------+-----+-------+-----------------+----------------
 *
 * Private to rib.c and walk.c.
 */
#ifndef LEAFPEER_RIB_TABLE_H
#define LEAFPEER_RIB_TABLE_H

#include "agent/rib/rib.h"
#include "agent/rib/slots.h"

#define TABLE_CLASSES   9                /* room for 1, 2, 4 ... 256 paths */
#define TABLE_PATHS_MAX 255              /* of an entry */
#define TABLE_INDEX_MAX ((1u << 23) - 1) /* entries of a slab: what a slot can name */

enum entry_flag {
	ENTRY_USED = 1,
	ENTRY_DIRTY = 2, /* to be decided */
	ENTRY_TELL = 4,  /* and told, even if it is what was told before */
};

struct entry {
	uint32_t hopset; /* what ops->route was told last, see share.h; 0: no route. Of a free entry
			  * the index of the next. */
	uint8_t n_paths;
	uint8_t n_multipath; /* paths[0..n_multipath) are used */
	uint8_t len;
	uint8_t flags;
	uint8_t b[]; /* the prefix's octets, then the paths: best first once decided */
};

struct chunk {
	uint8_t *entries; /* NULL: given back */
	uint32_t used;    /* entries in it */
	uint32_t fresh;   /* from this place on nothing was ever used */
	uint32_t free;    /* the first of those given back, as its place + 1; 0: none */
	uint32_t next;    /* of those with room, + 1 */
	bool listed;      /* among those with room */
};

struct slab {
	struct chunk *chunks;
	uint32_t n_chunks, open; /* open: the first chunk with room, + 1 */
	uint32_t n_empty;        /* chunks kept though nothing is in them */
};

struct table {
	struct slab slabs[FAMILY_COUNT][TABLE_CLASSES];
	struct slots slots[FAMILY_COUNT]; /* handles and bits of the hash */
	uint32_t index_max;               /* TABLE_INDEX_MAX; less is for tests, in whole chunks */
	size_t n_entries;
};

/* Where a walk over all entries has come to; zero: at the beginning. */
struct table_at {
	uint32_t slab, index;
};

void table_init(struct table *t); /* which does not move from then on */
void table_fini(struct table *t); /* what the paths hold is the caller's to give back before */
struct entry *table_entry(const struct table *t, uint32_t handle);
struct path *table_paths(uint32_t handle, struct entry *e);
struct prefix table_prefix(const struct table *t, uint32_t handle);
enum family table_family(uint32_t handle);
uint32_t table_find(const struct table *t, const struct prefix *p); /* 0: there is none */
/* The entry of the prefix, made if there is none; 0: there are too many. */
uint32_t table_get(struct table *t, const struct prefix *p);
/* Makes room for one more path; the new handle if the entry had to move; 0: there are too many. The
 * entry has less than TABLE_PATHS_MAX paths. */
uint32_t table_room(struct table *t, uint32_t handle);
void table_remove(struct table *t, uint32_t handle);
/* The handle is of an entry, though perhaps of another one than it once was. */
bool table_has(const struct table *t, uint32_t handle);
/* The next entry in an order of no meaning; 0 at the end. Entries that were there at the beginning
 * come once, or twice if they move meanwhile: they only move ahead. */
uint32_t table_next(const struct table *t, struct table_at *at);
/* Octets of memory for entries and slots. */
size_t table_bytes(const struct table *t);
/* rib.c's, for walk.c. */
const struct table *rib_table(const struct rib *r);
const struct rib_entry *rib_view(const struct rib *r, uint32_t handle);

#endif
