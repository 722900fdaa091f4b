/*
 * limit: how often each of several may do something: a burst at once, then so many a second.
 *
 * What was refused is counted, until it is asked for. A bounded number of names is known; one more
 * takes the place of the one that has been quiet for longest.
 */
#ifndef LEAFPEER_LIB_LIMIT_H
#define LEAFPEER_LIB_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_NAMES    64
#define LIMIT_NAME_MAX 64 /* octets, the NUL included; what is longer is cut */

struct limit_name {
	char name[LIMIT_NAME_MAX]; /* "": free */
	int64_t last;              /* when it did something last */
	int64_t credit_us;         /* time saved up: an event costs interval_us of it */
	uint64_t refused;          /* not told yet */
};

struct limit {
	uint32_t burst;      /* events */
	int64_t interval_us; /* between events, when the burst is used up */
	struct limit_name names[LIMIT_NAMES];
	uint64_t refused; /* of all, since the beginning */
};

/* May it, now? Times never go back. */
bool limit_take(struct limit *l, const char *name, int64_t now);
/* One of those that were refused something and may again: its name, and how often, which is
 * forgotten then. NULL: there is none (all: whether it may again or not). */
const char *limit_refused(struct limit *l, int64_t now, bool all, uint64_t *n);

#endif
