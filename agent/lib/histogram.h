/*
 * histogram: how long things took, counted in buckets from 10 microseconds to a second.
 */
#ifndef LEAFPEER_LIB_HISTOGRAM_H
#define LEAFPEER_LIB_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BOUNDS 16

struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* up to a bound, beyond the one before; the last:
						* beyond all */
	uint64_t sum;                          /* microseconds */
};

extern const uint32_t histogram_bounds[HISTOGRAM_BOUNDS]; /* microseconds, rising */

/* n things took that long each; a negative time counts as none. */
void histogram_add(struct histogram *h, int64_t us, uint64_t n);

#endif
