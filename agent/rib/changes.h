/*
 * changes: what has changed since somebody last looked, each thing once, in order, and bounded.
 *
 * Level-triggered: a change is the name of what to look at (a peer's path, or a prefix of the
 * Loc-RIB), never what it looked like. Where there are more than CHANGES_MAX the names of what is
 * there are forgotten, since a walk over the RIB finds those again (changes_walk); only what is no
 * longer there would be missed by a walk, so those names are kept, and when even they are too many
 * it is said (changes_lost) and whoever keeps a copy of the RIB has to begin anew.
 */
#ifndef LEAFPEER_RIB_CHANGES_H
#define LEAFPEER_RIB_CHANGES_H

#include "agent/lib/prefix.h"

#define CHANGES_MAX     65536 /* at 28 octets, and 8 of the index over them */
#define CHANGES_LOC_RIB UINT16_MAX

struct change {
	struct prefix prefix;
	uint16_t peer; /* rib_peer.index, or CHANGES_LOC_RIB */
	uint32_t path_id;
	bool lost; /* a walk would not find it */
};

struct changes;

struct changes *changes_new(void);
void changes_free(struct changes *c); /* NULL is fine */
void changes_clear(struct changes *c);
void changes_add(struct changes *c, const struct change *change);
/* The oldest, taken out; false: there is none. */
bool changes_next(struct changes *c, struct change *out);
/* Looks at it without taking it out; NULL: there is none. */
const struct change *changes_peek(const struct changes *c);
size_t changes_count(const struct changes *c);
/* Names were forgotten since this was last asked, or since changes_clear: a walk is due. */
bool changes_walk(struct changes *c);
/* Something was missed that no walk finds. */
bool changes_lost(const struct changes *c);

#endif
