/*
 * fib_object: the objects of the FIB (fib.h), which are sets of hops: of one hop it is a single
 * nexthop in the kernel, of several a group whose members are singles. Two objects of equal content
 * are as good as one.
 *
 * No route points at a member: so it can be deleted when its hop is dead, which takes it out of all
 * groups and costs the kernel 0.1 ms, however many routes there are. To replace the groups would
 * cost it a notification a route (nexthop_compat_mode is on by default): 0.8 s for a million.
 */
#include "agent/rib/fib_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_FIRST 64 /* a power of two */

bool object_same(const struct object *o, const struct hop *hops, size_t n)
{
	if (o->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!hop_eq(&o->hops[i], &hops[i]))
			return false;
	}
	return true;
}

static struct object *find(const struct fib *f, const struct hop *hops, size_t n, bool member)
{
	struct object *o = f->buckets[hops_hash(hops, n) % FIB_BUCKETS];

	while (o && (o->member != member || !object_same(o, hops, n)))
		o = o->next;
	return o;
}

void object_index(struct fib *f, struct object *o)
{
	struct object **b = &f->buckets[hops_hash(o->hops, o->n) % FIB_BUCKETS];

	if (o->indexed || find(f, o->hops, o->n, o->member))
		return; /* one of that content will do for newcomers */
	o->next = *b;
	*b = o;
	o->indexed = true;
}

static void object_unindex(struct fib *f, struct object *o)
{
	struct object **at;

	if (f->last == o)
		f->last = NULL;
	if (!o->indexed)
		return;
	for (at = &f->buckets[hops_hash(o->hops, o->n) % FIB_BUCKETS]; *at != o;)
		at = &(*at)->next;
	*at = o->next;
	o->indexed = false;
}

static uint16_t take_name(struct fib *f)
{
	if (f->n_free_names)
		return f->free_names[--f->n_free_names];
	if (f->n_names > FIB_OBJECTS_MAX)
		return 0;
	if (f->n_names >= NAMES_FIRST && (f->n_names & (f->n_names - 1)) == 0) {
		size_t cap = f->n_names * (size_t)2;

		f->by_name = mem_grow(f->by_name, cap, sizeof(struct object *));
		f->free_names = mem_grow(f->free_names, cap, sizeof(*f->free_names));
	}
	return (uint16_t)f->n_names++;
}

static struct object *object_new(struct fib *f, const struct hop *hops, size_t n)
{
	struct object *o;
	uint16_t name;

	if (n > 1 && f->n_several == FIB_GROUPS_MAX)
		return NULL;
	name = take_name(f);
	if (!name)
		return NULL;
	o = mem_zalloc(sizeof(*o) + n * sizeof(o->hops[0]));
	o->name = name;
	f->by_name[name] = o;
	o->n = (uint8_t)n;
	o->several = n > 1;
	f->n_several += o->several;
	memcpy(o->hops, hops, n * sizeof(o->hops[0]));
	o->all_next = f->objects;
	f->objects = o;
	return o;
}

static struct object *get_member(struct fib *f, const struct hop *hop)
{
	struct object *o = find(f, hop, 1, true);

	if (o)
		return o;
	o = object_new(f, hop, 1);
	if (!o)
		return NULL;
	o->member = true;
	object_index(f, o);
	f->maybe_unused = true;
	return o;
}

void object_set_member(struct fib *f, struct object *o)
{
	if (o->member)
		return;
	object_unindex(f, o);
	o->member = true;
	object_index(f, o);
}

struct object *object_get(struct fib *f, const struct hop *hops, size_t n)
{
	struct object *o = f->last;

	/* most routes go where the one before went */
	if (o && object_same(o, hops, n))
		return o;
	o = find(f, hops, n, false);
	if (!o) {
		struct object *members[FIB_HOPS_MAX];

		for (size_t i = 0; n > 1 && i < n; i++) {
			members[i] = get_member(f, &hops[i]);
			if (!members[i])
				return NULL;
		}
		o = object_new(f, hops, n);
		if (!o)
			return NULL;
		object_index(f, o);
		for (size_t i = 0; n > 1 && i < n; i++) {
			o->members[i] = members[i];
			o->members[i]->groups++;
		}
	}
	f->last = o;
	return o;
}

struct object *object_adopt(struct fib *f, uint32_t id, const struct hop *hops, size_t n)
{
	struct object *o = object_new(f, hops, n);

	if (!o)
		return NULL;
	o->id = id;
	f->by_id[id - f->conf.id_base] = o;
	object_index(f, o);
	f->maybe_unused = true;
	return o;
}

struct object *object_by_id(const struct fib *f, uint32_t id)
{
	uint32_t i = id - f->conf.id_base;

	return i < f->conf.id_count ? f->by_id[i] : NULL;
}

static bool id_is_taken(const struct fib *f, uint32_t i)
{
	return f->by_id[i] || (f->taken[i / 8] & (1u << i % 8));
}

bool object_assign_id(struct fib *f, struct object *o)
{
	if (o->id)
		return true;
	for (uint32_t tries = 0; tries < f->conf.id_count; tries++) {
		uint32_t i = f->next_id++ % f->conf.id_count;

		if (id_is_taken(f, i))
			continue;
		o->id = f->conf.id_base + i;
		f->by_id[i] = o;
		return true;
	}
	return false;
}

bool object_in_use(const struct object *o)
{
	return o->want || o->have || o->groups;
}

void object_free(struct fib *f, struct object *o)
{
	struct object **at;

	object_unindex(f, o);
	for (size_t i = 0; o->n > 1 && i < o->n; i++) {
		if (o->members[i])
			o->members[i]->groups--;
	}
	if (o->n == 1 && o->members[0])
		o->members[0]->groups--; /* what was a group once */
	if (o->id)
		f->by_id[o->id - f->conf.id_base] = NULL;
	if (o->urgent)
		f->n_urgent--;
	for (at = &f->objects; *at != o; at = &(*at)->all_next)
		;
	*at = o->all_next;
	f->maybe_unused = true;
	f->n_several -= o->several;
	f->by_name[o->name] = NULL;
	f->free_names[f->n_free_names++] = o->name;
	free(o);
}

void objects_init(struct fib *f)
{
	f->by_name = mem_zalloc(NAMES_FIRST * sizeof(struct object *));
	f->free_names = mem_zalloc(NAMES_FIRST * sizeof(*f->free_names));
	f->n_names = 1; /* 0 is none */
}

void objects_fini(struct fib *f)
{
	while (f->objects) {
		struct object *next = f->objects->all_next;

		free(f->objects);
		f->objects = next;
	}
	free(f->by_name);
	free(f->free_names);
}

bool object_is_group(const struct object *o)
{
	return o->n > 1 || o->members[0];
}

void group_lose(struct fib *f, struct object *o, size_t i)
{
	struct object *m = o->members[i];

	object_unindex(f, o);
	memmove(&o->hops[i], &o->hops[i + 1], (o->n - i - 1u) * sizeof(o->hops[0]));
	memmove(&o->members[i], &o->members[i + 1], (o->n - i - 1u) * sizeof(o->members[0]));
	o->n--;
	o->members[o->n] = NULL;
	m->groups--;
	f->maybe_unused = true;
	object_index(f, o);
}
