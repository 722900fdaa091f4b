/* The wait of an agent that has found routes of an earlier run: for the peers, and not for ever. */
#include "test/unit/test.h"

#include "agent/rib/restart.h"

#define T0 INT64_C(5000000)

static void no_restart(void **state)
{
	struct restart r = {0};

	(void)state;
	assert_int_equal(restart_deadline(&r), INT64_MAX);
	assert_int_equal(restart_look(&r, true, false, T0), RESTART_NOTHING);
	assert_int_equal(restart_look(&r, false, false, INT64_MAX), RESTART_NOTHING);
}

/* The peers have spoken: what is the same costs nothing, and the rest goes once all is decided. */
static void peers_speak(void **state)
{
	struct restart r = {0};

	(void)state;
	restart_begin(&r, T0);
	assert_true(r.deferring);
	assert_int_equal(restart_deadline(&r), T0 + RESTART_DEFER_US);
	assert_int_equal(restart_look(&r, false, false, T0 + 1), RESTART_NOTHING);
	assert_int_equal(restart_look(&r, true, true, T0 + 2), RESTART_SYNCED);
	assert_false(r.deferring);
	assert_int_equal(restart_deadline(&r), T0 + RESTART_SWEEP_US);
	assert_int_equal(restart_look(&r, true, true, T0 + 3), RESTART_NOTHING);
	/* one of them is lost again: what it had said may come again */
	assert_int_equal(restart_look(&r, false, false, T0 + 4), RESTART_NOTHING);
	assert_int_equal(restart_look(&r, true, false, T0 + 5), RESTART_SWEEP);
	assert_int_equal(restart_look(&r, true, false, T0 + 6), RESTART_NOTHING);
	assert_int_equal(restart_deadline(&r), INT64_MAX);
	assert_int_equal(r.defer_until, T0 + RESTART_DEFER_US);
}

static void nothing_to_decide(void **state)
{
	struct restart r = {0};

	(void)state;
	restart_begin(&r, T0);
	assert_int_equal(restart_look(&r, true, false, T0), RESTART_SYNCED | RESTART_SWEEP);
	assert_int_equal(restart_deadline(&r), INT64_MAX);
}

/* A peer that never comes back holds up the others for so long, to the microsecond, and its routes
 * for a while more. */
static void time_is_over(void **state)
{
	struct restart r = {0};

	(void)state;
	restart_begin(&r, T0);
	assert_int_equal(restart_look(&r, false, true, T0 + RESTART_DEFER_US - 1), RESTART_NOTHING);
	assert_true(r.deferring);
	assert_int_equal(restart_look(&r, false, true, T0 + RESTART_DEFER_US), RESTART_LATE);
	assert_int_equal(restart_look(&r, false, false, T0 + RESTART_SWEEP_US - 1),
			 RESTART_NOTHING);
	assert_int_equal(restart_deadline(&r), T0 + RESTART_SWEEP_US);
	assert_int_equal(restart_look(&r, false, true, T0 + RESTART_SWEEP_US), RESTART_SWEEP);
	assert_int_equal(restart_deadline(&r), INT64_MAX);
	/* and who slept through both does both */
	restart_begin(&r, T0);
	assert_int_equal(restart_look(&r, false, true, T0 + RESTART_SWEEP_US),
			 RESTART_LATE | RESTART_SWEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_restart),
		cmocka_unit_test(peers_speak),
		cmocka_unit_test(nothing_to_decide),
		cmocka_unit_test(time_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
