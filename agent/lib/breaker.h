/*
 * breaker: stops two who undo each other's work.
 *
 * What is done again and again, because somebody else takes it back each time, is done a few times
 * and then left for a pause that doubles. Times are monotonic microseconds.
 */
#ifndef LEAFPEER_LIB_BREAKER_H
#define LEAFPEER_LIB_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BREAKER_TIMES     5
#define BREAKER_WINDOW_US (60LL * 1000 * 1000)
#define BREAKER_PAUSE_US  (60LL * 1000 * 1000) /* the first */
#define BREAKER_PAUSE_MAX_US \
	(30LL * 60 * 1000 * 1000) /* after twice that without one, it begins anew */

struct breaker {
	int64_t at[BREAKER_TIMES]; /* the oldest first */
	size_t n;
	int64_t until; /* of the pause */
	int64_t pause; /* how long the last one was */
};

/* Whether it may be done now; counts it if so. */
bool breaker_try(struct breaker *b, int64_t now);
/* When it may be done again: in the past, unless there is a pause. */
int64_t breaker_until(const struct breaker *b);

#endif
