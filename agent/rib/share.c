/* share: see share.h. */
#include "agent/rib/share.h"

#include "agent/lib/hash.h"
#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

/* ---- shares -----------------------------------------------------------------------------------
 */

static uint32_t *share_bucket(const struct share_table *t, const struct share *s)
{
	uint64_t h = hash_pair(hash_begin(), (uintptr_t)s->in, (uintptr_t)s->nh);

	h = hash_pair(h, (uintptr_t)s->attrs, 0);
	return &t->buckets[hash_end(h) & (t->n_buckets - 1)];
}

static void grow_shares(struct share_table *t)
{
	free(t->buckets);
	t->n_buckets *= 2;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(*t->buckets));
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t *b;

		if (!t->shares[i].refs)
			continue;
		b = share_bucket(t, &t->shares[i]);
		t->shares[i].next = *b;
		*b = i;
	}
}

/* A name that nobody has. */
static uint32_t share_alloc(struct share_table *t)
{
	uint32_t name = t->free;

	if (name) {
		t->free = t->shares[name].next;
		return name;
	}
	if (t->n >= 64 && (t->n & (t->n - 1)) == 0)
		t->shares = mem_grow(t->shares, t->n * (size_t)2, sizeof(*t->shares));
	return t->n++;
}

static void give_back(struct share_table *t, const struct share *s)
{
	nexthop_unref(t->nexthops, s->nh);
	if (s->attrs != s->in)
		attrs_unref(t->attrs, s->attrs);
	attrs_unref(t->attrs, s->in);
}

uint32_t share_get(struct share_table *t, const struct attrs *in, const struct attrs *attrs,
		   struct nexthop *nh)
{
	const struct share want = {.in = in, .attrs = attrs, .nh = nh, .refs = 1};
	uint32_t *b = share_bucket(t, &want);
	uint32_t name;

	for (name = *b; name; name = t->shares[name].next) {
		struct share *s = &t->shares[name];

		if (s->in == in && s->attrs == attrs && s->nh == nh) {
			s->refs++;
			give_back(t, &want);
			return name;
		}
	}
	if (t->count++ >= t->n_buckets) {
		grow_shares(t);
		b = share_bucket(t, &want);
	}
	name = share_alloc(t);
	t->shares[name] = want;
	t->shares[name].next = *b;
	*b = name;
	return name;
}

void share_ref(struct share_table *t, uint32_t name)
{
	t->shares[name].refs++;
}

void share_unref(struct share_table *t, uint32_t name)
{
	struct share *s = &t->shares[name];
	uint32_t *at;

	if (!name || --s->refs)
		return;
	for (at = share_bucket(t, s); *at != name; at = &t->shares[*at].next)
		;
	*at = s->next;
	give_back(t, s);
	*s = (struct share){.next = t->free};
	t->free = name;
	t->count--;
}

void share_table_init(struct share_table *t, struct attr_table *attrs,
		      struct nexthop_table *nexthops)
{
	*t = (struct share_table){.attrs = attrs, .nexthops = nexthops, .n = 1};
	t->shares = mem_zalloc(64 * sizeof(*t->shares));
	t->n_buckets = BUCKETS_FIRST;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(*t->buckets));
}

void share_table_fini(struct share_table *t)
{
	assert(t->count == 0);
	free(t->shares);
	free(t->buckets);
}

/* ---- hop sets ---------------------------------------------------------------------------------
 */

static void grow_hopsets(struct hopset_table *t)
{
	free(t->buckets);
	t->n_buckets *= 2;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(*t->buckets));
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t *b;

		if (!t->sets[i])
			continue;
		b = &t->buckets[t->sets[i]->hash & (t->n_buckets - 1)];
		t->sets[i]->next = *b;
		*b = i;
	}
}

static bool same_hops(const struct hopset *s, const struct hop *hops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!hop_eq(&s->hops[i], &hops[i]))
			return false;
	}
	return true;
}

uint32_t hopset_get(struct hopset_table *t, const struct hop *hops, size_t n)
{
	uint32_t hash, name, *b;
	struct hopset *s;

	if (!n)
		return 0;
	hash = hops_hash(hops, n);
	b = &t->buckets[hash & (t->n_buckets - 1)];
	for (name = *b; name; name = s->next) {
		s = t->sets[name];
		if (s->hash == hash && s->n == n && same_hops(s, hops, n)) {
			s->refs++;
			return name;
		}
	}
	if (t->count++ >= t->n_buckets) {
		grow_hopsets(t);
		b = &t->buckets[hash & (t->n_buckets - 1)];
	}
	if (t->n_free) {
		name = t->free[--t->n_free];
	} else {
		name = t->n++;
		t->sets = mem_grow(t->sets, t->n, sizeof(struct hopset *));
		t->free = mem_grow(t->free, t->n, sizeof(*t->free));
	}
	s = mem_zalloc(sizeof(*s) + n * sizeof(*hops));
	s->refs = 1;
	s->hash = hash;
	s->n = (uint32_t)n;
	memcpy(s->hops, hops, n * sizeof(*hops));
	s->next = *b;
	*b = name;
	t->sets[name] = s;
	return name;
}

void hopset_unref(struct hopset_table *t, uint32_t name)
{
	struct hopset *s = name ? t->sets[name] : NULL;
	uint32_t *at;

	if (!s || --s->refs)
		return;
	for (at = &t->buckets[s->hash & (t->n_buckets - 1)]; *at != name; at = &t->sets[*at]->next)
		;
	*at = s->next;
	free(s);
	t->sets[name] = NULL;
	t->free[t->n_free++] = name;
	t->count--;
}

void hopset_table_init(struct hopset_table *t)
{
	*t = (struct hopset_table){.n = 1, .n_buckets = BUCKETS_FIRST};
	t->buckets = mem_zalloc(t->n_buckets * sizeof(*t->buckets));
	t->sets = mem_zalloc(sizeof(struct hopset *));
}

void hopset_table_fini(struct hopset_table *t)
{
	for (uint32_t i = 1; i < t->n; i++)
		free(t->sets[i]);
	free(t->sets);
	free(t->free);
	free(t->buckets);
}
