/* histogram: see histogram.h. */
#include "agent/lib/histogram.h"

const uint32_t histogram_bounds[HISTOGRAM_BOUNDS] = {
	10,   25,    50,    100,   250,    500,    1000,   2500,
	5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
};

void histogram_add(struct histogram *h, int64_t us, uint64_t n)
{
	uint64_t t = us < 0 ? 0 : (uint64_t)us;
	unsigned int i = 0;

	while (i < HISTOGRAM_BOUNDS && t > histogram_bounds[i])
		i++;
	h->counts[i] += n;
	h->sum += t * n;
}
