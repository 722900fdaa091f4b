/*
 * backoff: when to try again what keeps failing.
 *
 * Things fail, and are tried again together, after a pause. While the same number fails again and
 * again, as it may do for ever, the pause doubles. When it is another number something has changed,
 * and the pause is the first again. Times are monotonic microseconds.
 */
#ifndef LEAFPEER_LIB_BACKOFF_H
#define LEAFPEER_LIB_BACKOFF_H

#include <stddef.h>
#include <stdint.h>

#define BACKOFF_FIRST_US (1LL * 1000 * 1000)
#define BACKOFF_MOST_US  (60LL * 1000 * 1000)

struct backoff {
	int64_t at;    /* when they are to be tried; INT64_MAX: nothing has failed since */
	int64_t pause; /* of those that were tried last, should they fail again */
	size_t tried;  /* how many those were */
};

void backoff_init(struct backoff *b);
/* So many have failed since they were tried last. */
void backoff_failed(struct backoff *b, size_t n, int64_t now);
/* So many are tried now. */
void backoff_tried(struct backoff *b, size_t n);
/* Something has happened that may have cured them. */
void backoff_hurry(struct backoff *b, int64_t now);

#endif
