/* breaker: a few times, then pauses that double. */
#include "test/unit/test.h"

#include "agent/lib/breaker.h"

#define S 1000000LL

static void now_and_then(void **state)
{
	struct breaker b = {0};

	(void)state;
	/* five in a minute are fine for ever */
	for (int64_t now = 0; now < 86400 * S; now += 13 * S)
		assert_true(breaker_try(&b, now));
}

static void pauses(void **state)
{
	static const int64_t expected[] = {60, 120, 240, 480, 960, 1800, 1800};
	struct breaker b = {0};
	int64_t now = 5 * S;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		for (int k = 0; k < BREAKER_TIMES; k++)
			assert_true(breaker_try(&b, now += S));
		assert_false(breaker_try(&b, now));
		assert_int_equal(breaker_until(&b) - now, expected[i] * S);
		assert_false(breaker_try(&b, breaker_until(&b) - 1));
		now = breaker_until(&b);
	}
	/* after a long peace it begins anew */
	now += 2 * BREAKER_PAUSE_MAX_US + S;
	for (int k = 0; k < BREAKER_TIMES; k++)
		assert_true(breaker_try(&b, now));
	assert_false(breaker_try(&b, now));
	assert_int_equal(breaker_until(&b) - now, 60 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_and_then),
		cmocka_unit_test(pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
