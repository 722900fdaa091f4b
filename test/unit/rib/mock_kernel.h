/*
 * A mock of the kernel, in memory, that has its rules: a route needs its object, a group its
 * members, and what goes takes with it what hangs on it. The real one is in test/system.
 */
#ifndef LEAFPEER_TEST_MOCK_KERNEL_H
#define LEAFPEER_TEST_MOCK_KERNEL_H

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

static inline struct prefix route_prefix(size_t i)
{
	struct addr a = addr_ip4(0x0a000000 + ((uint32_t)i << 8));

	return prefix_make(&a, 24);
}

static inline struct hop hop_of(unsigned int i)
{
	return (struct hop){.ifindex = i + 1, .gateway = addr_ip4(0xc0a80001 + (i << 8))};
}

static inline void kernel_reset(void)
{
	memset(objects, 0, sizeof(objects));
	memset(routes, 0, sizeof(routes));
	ops = route_ops = 0;
	refuse = 0;
	rnd = 12345;
}

static inline void dump(void)
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

static inline void fib_begin(void)
{
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS, .objects = true};

	fib = fib_new(&conf);
	dump();
}

/* The first of ours, or that of the object; false: there is none. */
static inline bool kernel_route_del(struct kernel_route *r, uint32_t id)
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

static inline int kernel_route_new(struct kernel_route *r, const struct fib_op *op)
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

static inline void kernel_object_gone(uint32_t i, bool notify)
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

static inline int kernel_do(const struct fib_op *op)
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

static inline void pump(void)
{
	struct fib_op op;

	for (int i = 0; fib_next(fib, &op); i++) {
		assert_true(i < 100000);
		ops++;
		fib_ack(fib, op.seq, kernel_do(&op));
	}
}

static inline void want(size_t route, unsigned int hops)
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
static inline int kernel_hops(size_t route)
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

static inline unsigned int objects_there(void)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < OBJECTS; i++)
		n += objects[i].there;
	return n;
}

/* What the host does until nothing is left to do. */
static inline void settle(void)
{
	for (int i = 0; i < 5; i++) {
		pump();
		if (fib_confused(fib))
			dump();
		fib_retry(fib);
	}
	pump();
}

#endif
