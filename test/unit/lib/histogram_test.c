/* Buckets and sum of a histogram. */
#include "test/unit/test.h"

#include "agent/lib/histogram.h"

static void bounds(void **state)
{
	struct histogram h = {0};

	(void)state;
	for (unsigned int i = 0; i < HISTOGRAM_BOUNDS; i++) {
		assert_true(!i || histogram_bounds[i] > histogram_bounds[i - 1]);
		/* a bound is inside its bucket, what is more is not */
		histogram_add(&h, histogram_bounds[i], 1);
		histogram_add(&h, (int64_t)histogram_bounds[i] + 1, 2);
	}
	assert_int_equal(h.counts[0], 1);
	for (unsigned int i = 1; i < HISTOGRAM_BOUNDS; i++)
		assert_int_equal(h.counts[i], 3);
	assert_int_equal(h.counts[HISTOGRAM_BOUNDS], 2);
}

static void sum(void **state)
{
	struct histogram h = {0};

	(void)state;
	histogram_add(&h, 300, 512);
	histogram_add(&h, -7, 1); /* a clock that went back */
	histogram_add(&h, INT32_MAX, 0);
	assert_int_equal(h.sum, 300 * 512);
	assert_int_equal(h.counts[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
