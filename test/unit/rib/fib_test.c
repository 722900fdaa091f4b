/*
 * The difference to the kernel, against a kernel in memory that has its rules: a route needs its
 * object, a group its members, and what goes takes with it what hangs on it.
 */
#include "test/unit/test.h"

#include "agent/rib/fib.h"

#define BASE    1000u
#define OBJECTS 256u
#define ROUTES  64u

struct kobject {
	bool there;
	bool group;
	struct hop hop;
	uint32_t members[FIB_HOPS_MAX];
	uint8_t n;
};

struct kernel_route {
	bool there;
	bool discard;
	bool foreign;        /* somebody else's, in the same place */
	bool moved;          /* by others, and the FIB may not know it */
	uint32_t id, second; /* of ours the first, which is used, and one beside it, or 0 */
};

static struct kobject objects[OBJECTS];
static struct kernel_route routes[ROUTES];
static struct fib *fib;
static uint64_t ops, route_ops, group_ops;
static unsigned int refuse; /* one of so many operations; 0: none */
static uint32_t rnd;

static struct prefix route_prefix(size_t i)
{
	struct addr a = addr_ip4(0x0a000000 + ((uint32_t)i << 8));

	return prefix_make(&a, 24);
}

static struct hop hop_of(unsigned int i)
{
	return (struct hop){.ifindex = i + 1, .gateway = addr_ip4(0xc0a80001 + (i << 8))};
}

static void kernel_reset(void)
{
	memset(objects, 0, sizeof(objects));
	memset(routes, 0, sizeof(routes));
	ops = route_ops = 0;
	refuse = 0;
	rnd = 12345;
}

static void dump(void)
{
	fib_dump_begin(fib);
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < OBJECTS; i++) {
			if (!objects[i].there)
				continue;
			if (!objects[i].group)
				fib_kernel_nexthop(fib, BASE + i, &objects[i].hop);
			else
				fib_kernel_group(fib, BASE + i, objects[i].members, objects[i].n);
		}
	}
	for (size_t i = 0; i < ROUTES; i++) {
		struct prefix p = route_prefix(i);

		routes[i].moved = false;
		if (routes[i].there)
			fib_kernel_route(fib, &p, routes[i].id, routes[i].discard);
		if (routes[i].second)
			fib_kernel_route(fib, &p, routes[i].second, false);
		if (routes[i].foreign)
			fib_kernel_foreign(fib, &p, true);
	}
	fib_dump_end(fib);
}

static void fib_begin(void)
{
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS, .objects = true};

	fib = fib_new(&conf);
	dump();
}

/* The first of ours, or that of the object; false: there is none. */
static bool kernel_route_del(struct kernel_route *r, uint32_t id)
{
	if (!r->there || (id && r->id != id && r->second != id))
		return false;
	if (id && r->second == id) {
		r->second = 0;
	} else if (r->second) {
		*r = (struct kernel_route){.there = true, .foreign = r->foreign, .id = r->second};
	} else {
		r->there = false;
	}
	return true;
}

static int kernel_route_new(struct kernel_route *r, const struct fib_op *op)
{
	uint32_t id = op->discard ? 0 : op->id;

	if (op->create && (r->there || r->foreign))
		return 17;
	if (!op->create && r->there && (r->second == id ? id != 0 : op->beside && r->id == id))
		return 17; /* it is there, and it is not what would be replaced */
	if (op->beside && r->there) {
		if (r->second)
			return 12; /* two are enough for this model */
		r->second = id;
		return 0;
	}
	/* NLM_F_REPLACE: it would be gone */
	assert_false(r->foreign && !op->beside);
	r->there = true;
	r->discard = op->discard;
	r->id = id;
	return 0;
}

static void kernel_object_gone(uint32_t i, bool notify)
{
	objects[i].there = false;
	if (notify)
		fib_kernel_object_gone(fib, BASE + i);
	for (size_t r = 0; r < ROUTES; r++) {
		kernel_route_del(&routes[r], BASE + i); /* without a word, as the kernel does */
	}
	for (uint32_t g = 0; !objects[i].group && g < OBJECTS; g++) {
		for (uint8_t m = 0; objects[g].there && objects[g].group && m < objects[g].n; m++) {
			if (objects[g].members[m] != BASE + i)
				continue;
			memmove(objects[g].members + m, objects[g].members + m + 1,
				(objects[g].n - m - 1u) * sizeof(uint32_t));
			if (--objects[g].n == 0)
				kernel_object_gone(g, notify);
			break;
		}
	}
}

static int kernel_do(const struct fib_op *op)
{
	uint32_t i = op->id - BASE;
	size_t r = ROUTES;

	for (size_t k = 0; k < ROUTES; k++) {
		struct prefix p = route_prefix(k);

		if (prefix_eq(&p, &op->prefix))
			r = k;
	}
	if (refuse && test_random(&rnd) % refuse == 0)
		return 12;
	switch (op->type) {
	case FIB_NEXTHOP_REPLACE:
		assert_true(i < OBJECTS);
		assert_false(objects[i].there && objects[i].group);
		objects[i] = (struct kobject){.there = true, .hop = op->hops[0]};
		return 0;
	case FIB_GROUP_REPLACE:
		group_ops++;
		for (uint8_t m = 0; m < op->n; m++) {
			struct kobject *o = &objects[op->members[m] - BASE];

			if (!o->there || o->group)
				return 22;
		}
		assert_true(op->n > 0);
		objects[i] = (struct kobject){.there = true, .group = true, .n = op->n};
		memcpy(objects[i].members, op->members, op->n * sizeof(uint32_t));
		return 0;
	case FIB_OBJECT_DEL:
		if (!objects[i].there)
			return 2;
		/* no route may hang on what we delete of our own will, unless others have made it
		 * so, or it is known that a dump is due */
		for (size_t k = 0; k < ROUTES; k++)
			assert_false(routes[k].there && !routes[k].moved && !fib_confused(fib) &&
				     (routes[k].id == op->id || routes[k].second == op->id));
		kernel_object_gone(i, false);
		return 0;
	case FIB_ROUTE_REPLACE:
		route_ops++;
		if (!op->discard && !objects[i].there)
			return 22;
		return kernel_route_new(&routes[r], op);
	default:
		route_ops++;
		return kernel_route_del(&routes[r], op->id) ? 0 : 3;
	}
}

static void pump(void)
{
	struct fib_op op;

	for (int i = 0; fib_next(fib, &op); i++) {
		assert_true(i < 100000);
		ops++;
		fib_ack(fib, op.seq, kernel_do(&op));
	}
}

static void want(size_t route, unsigned int hops)
{
	struct prefix p = route_prefix(route);
	struct hop h[8];
	size_t n = 0;

	for (unsigned int i = 0; i < 8; i++) {
		if (hops & 1u << i)
			h[n++] = hop_of(i);
	}
	if (n)
		fib_want(fib, &p, h, n, false);
	else
		fib_unwant(fib, &p);
}

/* The hops that the kernel would send the route's packets to, as bits; -1: no route. */
static int kernel_hops(size_t route)
{
	const struct kobject *o;
	int bits = 0;

	if (!routes[route].there)
		return -1;
	if (routes[route].discard)
		return 0;
	o = &objects[routes[route].id - BASE];
	assert_true(o->there);
	for (uint8_t m = 0; m < (o->group ? o->n : 1); m++) {
		const struct kobject *s = o->group ? &objects[o->members[m] - BASE] : o;

		assert_true(s->there && !s->group);
		for (unsigned int i = 0; i < 8; i++) {
			struct hop h = hop_of(i);

			if (hop_eq(&h, &s->hop))
				bits |= 1 << i;
		}
	}
	return bits;
}

static unsigned int objects_there(void)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < OBJECTS; i++)
		n += objects[i].there;
	return n;
}

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

/* What the host does until nothing is left to do. */
static void settle(void)
{
	for (int i = 0; i < 5; i++) {
		pump();
		if (fib_confused(fib))
			dump();
		fib_retry(fib);
	}
	pump();
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

static struct prefix many_prefix(uint32_t i)
{
	struct addr a = addr_ip4(0x14000000 + (i << 8));

	if (i % 3 == 0) { /* equal in their last octets, and in their first */
		a = (struct addr){.afi = AFI_IP6, .b = {0x20, 1}};
		a.b[6] = (uint8_t)(i >> 8);
		a.b[7] = (uint8_t)i;
		return prefix_make(&a, i % 2 ? 64 : 65);
	}
	return prefix_make(&a, i % 2 ? 24 : 25);
}

static void acknowledge_all(void)
{
	struct fib_op op;

	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
}

static bool is_there(uint32_t i)
{
	struct prefix p = many_prefix(i);
	struct hop h[FIB_HOPS_MAX];
	bool discard;
	size_t n;

	return fib_lookup(fib, &p, h, FIB_HOPS_MAX, &n, &discard);
}

/* The table of routes: both families, growth, removal in another order, room used again. */
static void many_routes(void **state)
{
	enum { MANY = 5000 };
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS, .objects = true};
	struct hop h = hop_of(0);

	(void)state;
	fib = fib_new(&conf);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			struct prefix p = many_prefix(i);

			fib_want(fib, &p, &h, 1, false);
		}
		acknowledge_all();
		assert_int_equal(fib_counters(fib)->routes, MANY);
		for (uint32_t i = 0; i < MANY; i++)
			assert_true(is_there(i));
		assert_false(is_there(MANY));
		for (uint32_t k = 0; k < MANY; k++) {
			uint32_t i = k * 1237 % MANY;
			struct prefix p = many_prefix(i);

			fib_unwant(fib, &p);
			if (k % 7 == 0)
				acknowledge_all();
			if (k % 500 == 0) {
				acknowledge_all();
				for (uint32_t m = 0; m < MANY; m++)
					assert_int_equal(is_there(m * 1237 % MANY), m > k);
			}
		}
		acknowledge_all();
		assert_int_equal(fib_counters(fib)->routes, 0);
		assert_true(fib_idle(fib));
	}
	fib_free(fib);
}

/* More sets of hops than there are names for: what has none does without multipath. */
static void too_many_sets(void **state)
{
	enum { HOPS = 258 }; /* of which there are 33153 pairs */
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS};
	size_t pairs = 0, alone = 0;
	uint32_t i = 0;

	(void)state;
	fib = fib_new(&conf);
	for (unsigned int a = 0; a < HOPS; a++) {
		for (unsigned int b = 0; b < a; b++, i++) {
			struct hop two[2] = {hop_of(a), hop_of(b)}; /* not sorted */
			struct prefix p = many_prefix(i);

			fib_want(fib, &p, two, 2, false);
		}
	}
	acknowledge_all();
	for (uint32_t k = 0; k < i; k++) {
		struct prefix p = many_prefix(k);
		struct hop h[FIB_HOPS_MAX];
		bool discard;
		size_t n;

		assert_true(fib_lookup(fib, &p, h, FIB_HOPS_MAX, &n, &discard));
		pairs += n == 2;
		alone += n == 1;
	}
	assert_int_equal(pairs, 32767);
	assert_int_equal(pairs + alone, i);
	assert_int_equal(fib_counters(fib)->errors, 0);
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
		cmocka_unit_test(under_way),        cmocka_unit_test(shares_groups),
		cmocka_unit_test(hop_down),         cmocka_unit_test(hop_down_is_first),
		cmocka_unit_test(hop_down_in_many), cmocka_unit_test(restart),
		cmocka_unit_test(repairs),          cmocka_unit_test(ids_of_others),
		cmocka_unit_test(anything),         cmocka_unit_test(inline_hops),
		cmocka_unit_test(routes_of_others), cmocka_unit_test(many_routes),
		cmocka_unit_test(too_many_sets),    cmocka_unit_test(restart_looks_twice),
		cmocka_unit_test(two_of_ours),      cmocka_unit_test(moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
