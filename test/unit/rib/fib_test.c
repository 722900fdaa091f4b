/* The difference to the kernel: what it is asked for, and how little that is. */
#include "test/unit/rib/mock_kernel.h"

static void shares_groups(void **state)
{
	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), 3);
	assert_int_equal(objects_there(), 3); /* two nexthops, one group */
	assert_int_equal(route_ops, ROUTES);
	/* the same again costs nothing */
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	assert_int_equal(ops, ROUTES + 3);
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 0);
	pump();
	assert_int_equal(objects_there(), 0);
	assert_true(fib_idle(fib));
	fib_free(fib);
}

/* The loss of a ToR: one operation, whatever the number of groups, and none a route, before and
 * after the RIB has caught up. */
static void hop_down(void **state)
{
	struct hop dead = hop_of(0);
	uint64_t groups;

	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	ops = route_ops = 0;
	groups = group_ops;
	fib_hop_down(fib, &dead);
	pump();
	assert_int_equal(route_ops, 0);
	/* the kernel is not asked to replace a group, which costs it something for each route */
	assert_int_equal(ops, 1);
	assert_int_equal(group_ops, groups);
	for (size_t i = 0; i < ROUTES; i++) {
		assert_int_equal(kernel_hops(i), 2);
		want(i, 2);
	}
	pump();
	assert_int_equal(route_ops, 0);
	/* it is back: a new group, and each route moves to it */
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	assert_int_equal(route_ops, 2 * ROUTES);
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), 3);
	fib_free(fib);
}

/* A dead hop is the next thing, however many routes wait, and then nothing is urgent. */
static void hop_down_is_first(void **state)
{
	struct hop dead = hop_of(0);
	struct fib_op op;

	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES / 2; i++)
		want(i, 3);
	pump();
	for (size_t i = ROUTES / 2; i < ROUTES; i++)
		want(i, 3);
	assert_false(fib_urgent(fib));
	fib_hop_down(fib, &dead);
	assert_true(fib_urgent(fib));
	assert_true(fib_next(fib, &op));
	assert_int_equal(op.type, FIB_OBJECT_DEL);
	assert_false(fib_urgent(fib));
	fib_ack(fib, op.seq, kernel_do(&op));
	assert_int_equal(kernel_hops(0), 2);
	pump();
	/* who waited for the group gets it as it is now */
	assert_int_equal(kernel_hops(ROUTES - 1), 2);
	fib_free(fib);
}

/* Many groups of one member, and routes that go over its hop alone: those stay, since there is
 * nothing better. */
static void hop_down_in_many(void **state)
{
	struct hop dead = hop_of(0);

	(void)state;
	kernel_reset();
	fib_begin();
	want(0, 1);
	want(1, 3);
	want(2, 5);
	want(3, 7);
	want(4, 2);
	pump();
	ops = 0;
	fib_hop_down(fib, &dead);
	pump();
	assert_int_equal(ops, 1);
	assert_int_equal(kernel_hops(0), 1);
	assert_int_equal(kernel_hops(1), 2);
	assert_int_equal(kernel_hops(2), 4);
	assert_int_equal(kernel_hops(3), 6);
	assert_int_equal(kernel_hops(4), 2);
	/* the next one: of {1,2} nothing is left to lose */
	dead = hop_of(1);
	fib_hop_down(fib, &dead);
	pump();
	assert_int_equal(kernel_hops(1), 2);
	assert_int_equal(kernel_hops(3), 4);
	assert_int_equal(kernel_hops(4), 2);
	fib_free(fib);
}

static void restart(void **state)
{
	struct prefix p = route_prefix(0);

	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES; i++)
		want(i, i % 3 + 1);
	fib_want(fib, &p, NULL, 0, true);
	pump();
	fib_free(fib);
	ops = 0;
	fib_begin();
	assert_int_equal(fib_stale(fib), ROUTES);
	pump();
	assert_int_equal(ops, 0);
	/* all but the last eight are wanted as before */
	for (size_t i = 1; i < ROUTES - 8; i++)
		want(i, i % 3 + 1);
	fib_want(fib, &p, NULL, 0, true);
	pump();
	assert_int_equal(ops, 0);
	assert_int_equal(fib_stale(fib), 8);
	fib_sweep(fib, AFI_NONE);
	pump();
	assert_int_equal(fib_counters(fib)->swept, 8);
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(routes[i].there, i < ROUTES - 8);
	fib_free(fib);
}

/* A second look while the routes of an earlier run wait for the peers: they wait on, and so does
 * what that run has made between the looks (it handed over). */
static void restart_looks_twice(void **state)
{
	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	fib_free(fib);
	routes[0].there = false;
	fib_begin();
	want(1, 3);
	routes[0].there = true;
	ops = 0;
	dump();
	pump();
	assert_int_equal(ops, 0);
	assert_int_equal(fib_stale(fib), ROUTES - 1);
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), 3);
	fib_sweep(fib, AFI_NONE);
	pump();
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), i == 1 ? 3 : -1);
	/* later what is found and not wanted is not ours to keep */
	routes[0] = (struct kernel_route){.there = true, .id = routes[1].id};
	dump();
	pump();
	assert_int_equal(kernel_hops(0), -1);
	fib_free(fib);
}

/* Without nexthop objects. */
static void inline_hops(void **state)
{
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS};
	struct prefix p = route_prefix(0);
	struct hop h[2] = {hop_of(0), hop_of(1)};
	struct fib_op op;

	(void)state;
	fib = fib_new(&conf);
	fib_want(fib, &p, h, 2, false);
	assert_true(fib_next(fib, &op));
	assert_int_equal(op.type, FIB_ROUTE_REPLACE);
	assert_int_equal(op.id, 0);
	assert_int_equal(op.n, 2);
	fib_ack(fib, op.seq, 0);
	assert_false(fib_next(fib, &op));
	fib_hop_down(fib, &h[0]);
	assert_true(fib_next(fib, &op));
	assert_int_equal(op.n, 1);
	fib_ack(fib, op.seq, 0);
	fib_free(fib);
}

/* Both operations of a route that needs an object of its own, refused. */
static void refuse_both(bool beside)
{
	struct fib_op object, route;

	assert_true(fib_next(fib, &object));
	assert_int_equal(object.type, FIB_NEXTHOP_REPLACE);
	assert_true(fib_next(fib, &route));
	assert_int_equal(route.type, FIB_ROUTE_REPLACE);
	assert_int_equal(route.beside, beside);
	assert_int_equal(route.create, !beside);
	fib_ack(fib, object.seq, 22);
	fib_ack(fib, route.seq, 22);
	assert_false(fib_next(fib, &object));
}

/* What is refused is not tried again before fib_retry(), nor is what it was made for, and is then
 * made as safely as the first time. */
static void refused(void **state)
{
	struct prefix p;

	(void)state;
	kernel_reset();
	fib_begin();
	assert_int_equal(fib_refusal(fib, &p), 0);
	refuse = 1; /* whatever it is */
	for (size_t i = 0; i < 8; i++)
		want(i, (unsigned int)i + 1);
	for (int round = 0; round < 3; round++) {
		ops = 0;
		pump();
		assert_true(ops > 8 && ops < 40);
		assert_int_equal(fib_failed(fib), 8);
		assert_true(fib_idle(fib));
		assert_int_equal(fib_refusal(fib, &p), 12);
		assert_int_equal(fib_counters(fib)->retried, 8 * round);
		assert_int_equal(fib_retry(fib), 8);
	}
	refuse = 0;
	pump();
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(kernel_hops(i), (int)i + 1);
	assert_int_equal(fib_failed(fib), 0);
	for (size_t i = 0; i < 8; i++)
		want(i, 0);
	pump();
	assert_int_equal(objects_there(), 0);
	/* nothing is replaced for it: neither what nobody may know of yet, nor what was there */
	want(0, 1);
	refuse_both(false);
	fib_retry(fib);
	refuse_both(false);
	fib_retry(fib);
	pump();
	assert_int_equal(kernel_hops(0), 1);
	want(0, 2);
	refuse_both(true);
	fib_retry(fib);
	refuse_both(true);
	/* something else is wanted that can be had */
	assert_int_equal(fib_failed(fib), 1);
	want(0, 4);
	pump();
	assert_int_equal(fib_failed(fib), 0);
	assert_int_equal(kernel_hops(0), 4);
	want(1, 8);
	refuse_both(false);
	assert_int_equal(fib_failed(fib), 1);
	want(1, 4);
	pump();
	assert_int_equal(fib_failed(fib), 0);
	assert_int_equal(kernel_hops(1), 4);
	fib_free(fib);
}

/* What was not read is not gone. */
static void dump_that_fails(void **state)
{
	struct fib_op op;

	(void)state;
	kernel_reset();
	fib_begin();
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	pump();
	ops = 0;
	fib_dump_begin(fib);
	want(0, 1);
	assert_false(fib_ready(fib));
	assert_false(fib_next(fib, &op));
	dump();
	pump();
	assert_int_equal(kernel_hops(0), 1);
	assert_int_equal(ops, 3); /* an object, its route, and the one before */
	assert_int_equal(fib_counters(fib)->deleted, 0);
	assert_int_equal(fib_counters(fib)->repaired, 0);
	fib_free(fib);
}

/* Takes all there is, unanswered; returns how many. */
static size_t take(uint64_t *seqs, int *errors)
{
	struct fib_op op;
	size_t n = 0;

	for (; fib_next(fib, &op); n++) {
		assert_true(n < FIB_BATCH_MAX);
		seqs[n] = op.seq;
		errors[n] = kernel_do(&op);
	}
	return n;
}

/* What is answered late, and in any order, is bounded; what there is to do now is told from what
 * has to wait for answers. */
static void under_way(void **state)
{
	static uint64_t seqs[FIB_BATCH_MAX];
	static int errors[FIB_BATCH_MAX];
	size_t n;

	(void)state;
	kernel_reset();
	fib_begin();
	assert_false(fib_ready(fib));
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 3);
	assert_int_equal(fib_backlog(fib), ROUTES);
	assert_true(fib_ready(fib));
	while ((n = take(seqs, errors))) {
		/* full, or all sent: nothing to do until somebody answers */
		assert_false(fib_ready(fib));
		assert_false(fib_idle(fib));
		while (n--)
			fib_ack(fib, seqs[n], errors[n]);
		assert_true(fib_ready(fib) || !fib_backlog(fib));
	}
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), 3);
	assert_true(fib_idle(fib));
	/* objects are for when nothing under way may need them */
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 0);
	while (fib_backlog(fib)) {
		n = take(seqs, errors);
		assert_false(fib_ready(fib));
		assert_int_equal(objects_there(), 3);
		while (n--)
			fib_ack(fib, seqs[n], errors[n]);
	}
	assert_true(fib_ready(fib));
	pump();
	assert_int_equal(objects_there(), 0);
	assert_true(fib_idle(fib));
	assert_false(fib_ready(fib));
	fib_free(fib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_groups),     cmocka_unit_test(hop_down),
		cmocka_unit_test(hop_down_is_first), cmocka_unit_test(hop_down_in_many),
		cmocka_unit_test(restart),           cmocka_unit_test(restart_looks_twice),
		cmocka_unit_test(inline_hops),       cmocka_unit_test(under_way),
		cmocka_unit_test(refused),           cmocka_unit_test(dump_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
