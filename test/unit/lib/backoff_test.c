/* backoff: what keeps failing is tried less and less, and what is new is not made to wait for it.
 */
#include "test/unit/test.h"

#include "agent/lib/backoff.h"

#define SECOND (1000 * 1000)

/* Time goes on to the next try, of which so many fail at once; returns how long it took, in
 * seconds. */
static int64_t try_again(struct backoff *b, int64_t *now, size_t tried, size_t fail)
{
	int64_t waited;

	assert_true(b->at != INT64_MAX);
	waited = b->at - *now;
	*now = b->at;
	backoff_tried(b, tried);
	assert_true(b->at == INT64_MAX);
	for (size_t i = 1; i <= fail; i++)
		backoff_failed(b, i, *now);
	return waited / SECOND;
}

static void less_and_less(void **state)
{
	static const int64_t pauses[] = {1, 1, 2, 4, 8, 16, 32, 60, 60, 60};
	int64_t now = 5 * SECOND;
	struct backoff b;

	(void)state;
	backoff_init(&b);
	assert_true(b.at == INT64_MAX);
	for (size_t i = 1; i <= 3; i++)
		backoff_failed(&b, i, now);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++)
		assert_int_equal(try_again(&b, &now, 3, 3), pauses[i]);
}

static void others_are_not_made_to_wait(void **state)
{
	int64_t now = 0;
	struct backoff b;

	(void)state;
	backoff_init(&b);
	backoff_failed(&b, 1, now);
	for (int i = 0; i < 10; i++)
		try_again(&b, &now, 1, 1);
	assert_true(b.at == now + 60 * SECOND);
	/* one more */
	now += 7 * SECOND;
	backoff_failed(&b, 2, now);
	assert_int_equal(try_again(&b, &now, 2, 1), 1);
	/* and that one does not fail again: the other begins anew */
	assert_int_equal(try_again(&b, &now, 1, 1), 1);
	assert_int_equal(try_again(&b, &now, 1, 1), 1);
	assert_int_equal(try_again(&b, &now, 1, 1), 2);
}

/* Who fails while others wait does not put them off. */
static void never_later(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b);
	backoff_failed(&b, 1, 0);
	backoff_failed(&b, 2, SECOND / 2);
	assert_true(b.at == SECOND);
}

static void cured_perhaps(void **state)
{
	int64_t now = 0;
	struct backoff b;

	(void)state;
	backoff_init(&b);
	backoff_hurry(&b, now);
	assert_true(b.at == INT64_MAX); /* nothing to be tried */
	backoff_failed(&b, 4, now);
	for (int i = 0; i < 8; i++)
		try_again(&b, &now, 4, 4);
	backoff_hurry(&b, now);
	assert_int_equal(try_again(&b, &now, 4, 4), 1);
	assert_int_equal(try_again(&b, &now, 4, 4), 2);
	/* not before the time, and not put off either */
	now = b.at - 1;
	backoff_hurry(&b, now);
	assert_true(b.at == now + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(less_and_less),
		cmocka_unit_test(others_are_not_made_to_wait),
		cmocka_unit_test(never_later),
		cmocka_unit_test(cured_perhaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
