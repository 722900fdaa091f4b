/*
 * orphan: whether what a record is about is gone, though nobody took the record away.
 *
 * Runtimes do not always come with their DEL, and hardly any calls GC yet. A record whose network
 * namespace and host interface are both gone is an orphan after a grace time. What cannot be seen
 * is not gone: the agent may look at another directory than the runtime does (a container without
 * the mount), and everything would be missing there. So absence counts only in a directory that has
 * shown something: this record's own namespace, earlier, or another record's, now; with the host's
 * interface beside it, for the same reason. Directories are the same by device and inode.
 *
 * Times are monotonic microseconds.
 */
#ifndef LEAFPEER_LIB_ORPHAN_H
#define LEAFPEER_LIB_ORPHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORPHAN_PATH_MAX 256 /* NUL included; as long as a record's */

enum orphan_sight {
	ORPHAN_UNKNOWN, /* cannot be told: nothing follows from it */
	ORPHAN_THERE,
	ORPHAN_GONE,
};

struct orphan_dir {
	uint64_t dev, ino;
};

/* What was seen of one record. */
struct orphan_look {
	enum orphan_sight netns, interface;
	struct orphan_dir dir; /* the namespace's; unless netns is unknown */
};

/* A record's past; begins as all zeros. */
struct orphan {
	struct orphan_look look; /* the last */
	bool proven;             /* that proven_in is where its namespace was */
	struct orphan_dir proven_in;
	bool missing; /* since then */
	int64_t since;
};

/* The path by which to look for a namespace: /var/run is /run, wherever it is a link. False for
 * what cannot be judged by looking: below /proc its number may be of another PID namespace, and
 * what is relative or has dots in it may lead anywhere. */
bool orphan_netns_path(const char *netns, char out[static ORPHAN_PATH_MAX]);
/* Alive, with all that belongs to it in sight. */
bool orphan_alive(const struct orphan *o);
/* After a look: whether its record is to be removed. witness: another record's, orphan_alive(),
 * was seen in look.dir in the same round. */
bool orphan_judge(struct orphan *o, bool witness, int64_t now, int64_t grace);
bool orphan_same_dir(const struct orphan_dir *a, const struct orphan_dir *b);

#endif
