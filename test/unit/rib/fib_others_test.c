/* The difference to the kernel where others have a hand in it: routes and objects that go, come in
 * the place of ours, or were left behind. */
#include "test/unit/rib/mock_kernel.h"

/* Killed while it moved its routes: of two in the same place the one that is wanted stays. */
static void two_of_ours(void **state)
{
	struct prefix p = route_prefix(0);
	uint32_t first, second;

	(void)state;
	kernel_reset();
	fib_begin();
	want(0, 1);
	want(1, 2);
	want(2, 1);
	pump();
	first = routes[0].id;
	second = routes[1].id;
	for (int wanted = 1; wanted <= 2; wanted++) {
		fib_free(fib);
		routes[0].id = first;
		routes[0].second = second;
		fib_begin();
		assert_int_equal(fib_stale(fib), 3);
		pump();
		/* either will do until somebody wants one */
		assert_int_equal(kernel_hops(0), 1);
		want(0, (unsigned int)wanted);
		want(1, 2);
		want(2, 1);
		settle();
		assert_int_equal(kernel_hops(0), wanted);
		assert_int_equal(routes[0].second, 0);
		/* and when it is already known which */
		routes[0].id = first;
		routes[0].second = second;
		dump();
		settle();
		assert_int_equal(kernel_hops(0), wanted);
		assert_int_equal(routes[0].second, 0);
	}
	/* one that only looks like ours, and points at nothing of ours, is behind it or before it
	 */
	for (int before = 0; before < 2; before++) {
		routes[0].second = before ? routes[0].id : 0;
		routes[0].id = before ? 0 : routes[0].id;
		if (before)
			dump();
		else
			fib_kernel_route(fib, &p, 0, false);
		settle();
		assert_int_equal(kernel_hops(0), 2);
		assert_int_equal(routes[0].second, 0);
	}
	assert_true(fib_idle(fib));
	fib_free(fib);
}

/* The answer to a move that others disturb. */
static void moves(void **state)
{
	struct prefix p = route_prefix(0);
	struct fib_op op, other;
	uint32_t old;

	(void)state;
	kernel_reset();
	fib_begin();
	want(0, 1);
	want(1, 1);
	want(2, 2);
	pump();
	old = routes[0].id;
	/* nothing of ours goes before the other is there, and nothing else is done to it meanwhile
	 */
	want(0, 2);
	assert_true(fib_next(fib, &op));
	assert_true(op.beside);
	want(0, 3);
	assert_false(fib_ready(fib) && fib_next(fib, &op));
	/* theirs comes in between */
	routes[0] = (struct kernel_route){.foreign = true};
	fib_ack(fib, op.seq, kernel_do(&op));
	assert_true(fib_next(fib, &op));
	assert_int_equal(op.type, FIB_ROUTE_DEL);
	assert_int_equal(op.id, old);
	fib_ack(fib, op.seq, kernel_do(&op));
	pump();
	assert_true(routes[0].foreign);
	fib_kernel_foreign(fib, &p, true);
	settle();
	assert_int_equal(kernel_hops(0), -1);
	routes[0].foreign = false;
	fib_kernel_foreign(fib, &p, false);
	pump();
	assert_int_equal(kernel_hops(0), 3);
	/* refused: the old one is still there, and what was wanted meanwhile is done */
	want(0, 1);
	assert_true(fib_next(fib, &op));
	want(0, 2);
	assert_false(fib_next(fib, &other));
	fib_ack(fib, op.seq, 12);
	assert_int_equal(kernel_hops(0), 3);
	pump();
	assert_int_equal(kernel_hops(0), 2);
	assert_int_equal(routes[0].second, 0);
	/* refused, and nothing else is wanted: nothing goes until it is tried again */
	want(0, 1);
	assert_true(fib_next(fib, &op));
	fib_ack(fib, op.seq, 12);
	pump();
	assert_int_equal(kernel_hops(0), 2);
	assert_int_equal(fib_retry(fib), 1);
	pump();
	assert_int_equal(kernel_hops(0), 1);
	/* others let it point at another object of ours */
	routes[0].id = routes[2].id;
	fib_kernel_route(fib, &p, routes[2].id, false);
	pump();
	assert_int_equal(kernel_hops(0), 1);
	assert_int_equal(routes[0].second, 0);
	assert_false(fib_confused(fib));
	want(0, 2);
	pump();
	/* somebody deletes the one that was to go anyway */
	want(0, 1);
	assert_true(fib_next(fib, &op));
	fib_ack(fib, op.seq, kernel_do(&op));
	old = routes[0].id;
	assert_true(kernel_route_del(&routes[0], old));
	fib_kernel_route_gone(fib, &p, old);
	pump();
	assert_int_equal(kernel_hops(0), 1);
	assert_int_equal(fib_counters(fib)->deleted, 0);
	assert_true(fib_idle(fib));
	fib_free(fib);
}

static void repairs(void **state)
{
	struct prefix p = route_prefix(5);

	(void)state;
	kernel_reset();
	fib_begin();
	want(5, 1);
	pump();
	routes[5].there = false;
	fib_kernel_route_gone(fib, &p, 0);
	pump();
	assert_int_equal(kernel_hops(5), 1);
	assert_int_equal(fib_counters(fib)->repaired, 1);
	/* somebody deletes the object, and the route with it */
	kernel_object_gone(routes[5].id - BASE, true);
	pump();
	assert_int_equal(kernel_hops(5), 1);
	/* what nobody wants is not put back */
	want(5, 0);
	pump();
	fib_kernel_route_gone(fib, &p, 0);
	pump();
	assert_int_equal(kernel_hops(5), -1);
	fib_free(fib);
}

static void ids_of_others(void **state)
{
	(void)state;
	kernel_reset();
	fib_begin();
	for (uint32_t i = 0; i < 10; i++)
		fib_id_taken(fib, BASE + i);
	want(0, 3);
	pump();
	for (uint32_t i = 0; i < 10; i++)
		assert_false(objects[i].there);
	assert_int_equal(kernel_hops(0), 3);
	fib_free(fib);
}

/* Somebody else's route with our table and metric stays, whenever it came; ours waits for it to go.
 */
static void routes_of_others(void **state)
{
	struct prefix p0 = route_prefix(0), p1 = route_prefix(1), one;

	(void)state;
	kernel_reset();
	routes[0].foreign = true;
	fib_begin();
	want(0, 3);
	pump();
	assert_int_equal(kernel_hops(0), -1);
	assert_int_equal(ops, 0);
	assert_int_equal(fib_blocked(fib, &one), 1);
	assert_true(prefix_eq(&one, &p0));
	assert_true(fib_idle(fib));
	/* it goes */
	routes[0].foreign = false;
	fib_kernel_foreign(fib, &p0, false);
	pump();
	assert_int_equal(kernel_hops(0), 3);
	assert_int_equal(fib_blocked(fib, &one), 0);
	/* one takes the place of ours: nothing is done until it is known what there is */
	want(1, 3);
	pump();
	ops = 0;
	routes[1] = (struct kernel_route){.foreign = true};
	fib_kernel_foreign(fib, &p1, true);
	want(1, 1);
	pump();
	assert_int_equal(ops, 0);
	assert_true(fib_confused(fib));
	settle();
	assert_int_equal(kernel_hops(1), -1);
	assert_false(fib_confused(fib));
	routes[1].foreign = false;
	fib_kernel_foreign(fib, &p1, false);
	pump();
	assert_int_equal(kernel_hops(1), 1);
	/* one that was not heard of yet: the kernel refuses ours, which is a reason to look */
	routes[2].foreign = true;
	want(2, 3);
	pump();
	assert_true(fib_confused(fib));
	assert_int_equal(fib_failed(fib), 1);
	settle();
	assert_int_equal(kernel_hops(2), -1);
	assert_int_equal(fib_blocked(fib, &one), 1);
	assert_int_equal(fib_failed(fib), 0);
	/* beside ours, which goes then */
	routes[0].foreign = true;
	fib_kernel_foreign(fib, &p0, true);
	settle();
	assert_int_equal(kernel_hops(0), -1);
	/* nobody wants it any more, and wants it again when theirs has gone */
	want(0, 0);
	settle();
	assert_int_equal(fib_blocked(fib, &one), 1);
	routes[0].foreign = false;
	fib_kernel_foreign(fib, &p0, false);
	pump();
	assert_int_equal(kernel_hops(0), -1);
	want(0, 3);
	pump();
	assert_int_equal(kernel_hops(0), 3);
	fib_free(fib);
}

/* A route that looks like ours takes the place of ours: to another object, or to none of ours. */
static void others_change(size_t r)
{
	struct prefix p = route_prefix(r);
	uint32_t id = test_random(&rnd) % OBJECTS;

	if (!routes[r].there || !objects[id].there)
		return;
	id = test_random(&rnd) % 3 && BASE + id != routes[r].second ? BASE + id : 0;
	routes[r].id = id;
	routes[r].moved = true;
	if (test_random(&rnd) % 2)
		pump();
	fib_kernel_route(fib, &p, id, false);
}

/* Anything in any order, with refusals, restarts, thieves and dead links: in the end what was
 * wanted is there, and nothing else. */
static void anything(void **state)
{
	unsigned int wanted[ROUTES] = {0};
	struct prefix one;
	size_t blocked = 0;

	(void)state;
	kernel_reset();
	fib_begin();
	for (int step = 0; step < 20000; step++) {
		uint32_t what = test_random(&rnd) % 100;
		size_t r = test_random(&rnd) % ROUTES;
		struct prefix p = route_prefix(r);
		struct hop h = hop_of(test_random(&rnd) % 4);
		uint32_t id;

		refuse = step < 15000 ? 50 : 0;
		if (what < 60) {
			wanted[r] = test_random(&rnd) % 16;
			want(r, wanted[r]);
		} else if (what < 75) {
			pump();
		} else if (what < 80) {
			fib_hop_down(fib, &h);
			/* the RIB hears of it as well, and of its return */
			for (size_t i = 0; i < ROUTES; i++)
				want(i, wanted[i]);
		} else if (what < 90) {
			pump();
			id = routes[r].id;
			if (kernel_route_del(&routes[r], 0))
				fib_kernel_route_gone(fib, &p, id);
		} else if (what < 95) {
			id = test_random(&rnd) % OBJECTS;
			pump();
			if (objects[id].there)
				kernel_object_gone(id, true);
			/* the RIB decides anew when a link goes */
			for (size_t i = 0; i < ROUTES; i++)
				want(i, wanted[i]);
		} else if (what < 97) {
			fib_retry(fib);
			if (fib_confused(fib))
				dump();
		} else if (what < 98) {
			pump();
			routes[r].foreign = !routes[r].foreign;
			/* in the place of ours, or beside it */
			if (routes[r].foreign && test_random(&rnd) % 2)
				kernel_route_del(&routes[r], 0);
			/* and is heard of before or after ours is changed */
			if (test_random(&rnd) % 2)
				pump();
			fib_kernel_foreign(fib, &p, routes[r].foreign);
		} else if (what < 99) {
			others_change(r);
		} else {
			fib_free(fib);
			fib_begin();
			for (size_t i = 0; i < ROUTES; i++) {
				if (wanted[i])
					want(i, wanted[i]);
			}
			fib_sweep(fib, AFI_NONE);
		}
	}
	refuse = 0;
	settle();
	for (size_t i = 0; i < ROUTES; i++) {
		struct prefix p = route_prefix(i);
		int want_bits = wanted[i] && !routes[i].foreign ? (int)wanted[i] : -1;

		assert_int_equal(fib_is_blocked(fib, &p), wanted[i] && routes[i].foreign);
		blocked += fib_is_blocked(fib, &p);

		assert_int_equal(routes[i].second, 0);
		if (kernel_hops(i) != want_bits)
			fail_msg("route %zu: %d, wanted %d", i, kernel_hops(i), want_bits);
	}
	assert_true(blocked > 0);
	assert_int_equal(fib_blocked(fib, &one), blocked);
	for (size_t i = 0; i < ROUTES; i++) {
		struct prefix p = route_prefix(i);

		if (routes[i].foreign)
			fib_kernel_foreign(fib, &p, false);
		routes[i].foreign = false;
	}
	pump();
	for (size_t i = 0; i < ROUTES; i++)
		assert_int_equal(kernel_hops(i), wanted[i] ? (int)wanted[i] : -1);
	for (size_t i = 0; i < ROUTES; i++)
		want(i, 0);
	pump();
	assert_int_equal(objects_there(), 0);
	assert_int_equal(fib_failed(fib), 0);
	assert_int_equal(fib_stale(fib), 0);
	fib_free(fib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_of_ours),      cmocka_unit_test(moves),
		cmocka_unit_test(repairs),          cmocka_unit_test(ids_of_others),
		cmocka_unit_test(routes_of_others), cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
