/* Bursts, rates, and what was refused. */
#include "test/unit/test.h"

#include "agent/lib/limit.h"

#define SECOND 1000000LL

static void burst(void **state)
{
	static struct limit l = {.burst = 3, .interval_us = SECOND};
	uint64_t n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(&l, "a", 10));
	assert_false(limit_take(&l, "a", 10));
	assert_true(limit_take(&l, "b", 10)); /* another has its own */
	assert_false(limit_take(&l, "a", 10 + SECOND - 1));
	assert_null(limit_refused(&l, 10 + SECOND - 1, false, &n));
	assert_string_equal(limit_refused(&l, 10 + SECOND, false, &n), "a");
	assert_int_equal(n, 2);
	assert_null(limit_refused(&l, 10 + SECOND, true, &n)); /* told once */
	assert_true(limit_take(&l, "a", 10 + SECOND));
	assert_false(limit_take(&l, "a", 10 + SECOND));
	/* before it may again, if all are asked for */
	assert_string_equal(limit_refused(&l, 10 + SECOND, true, &n), "a");
	assert_int_equal(n, 1);
	assert_int_equal(l.refused, 3);
	/* a quiet year is worth no more than a burst */
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(&l, "a", 31536000 * SECOND));
	assert_false(limit_take(&l, "a", 31536000 * SECOND));
}

/* More names than there is room for: the quietest is forgotten, nothing else. */
static void names(void **state)
{
	static struct limit l = {.burst = 1, .interval_us = 1000 * SECOND};
	char name[100];

	(void)state;
	for (int i = 0; i < LIMIT_NAMES; i++) {
		snprintf(name, sizeof(name), "peer %d", i);
		assert_true(limit_take(&l, name, i));
	}
	assert_false(limit_take(&l, "peer 0", 100));
	assert_true(limit_take(&l, "new", 101)); /* in the place of peer 1 */
	assert_false(limit_take(&l, "peer 2", 102));
	assert_true(limit_take(&l, "peer 1", 103));
	/* names that differ behind what is kept are one */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(limit_take(&l, name, 104));
	name[80] = 'y';
	assert_false(limit_take(&l, name, 105));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
