/*
 * intern: one copy of each distinct set of attributes (attr.h).
 *
 * A chained hash table that doubles. An interned set's strings lie behind the struct, in a fixed
 * order; whatever is not there is zero, so equal content is equal scalars and equal data.
 */
#include "agent/bgp/attr.h"

#include "agent/lib/hash.h"
#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>

#define BUCKETS_FIRST 64
#define STRINGS       6

struct attr_table {
	struct attrs **buckets;
	size_t n_buckets; /* a power of two */
	size_t count;
	size_t bytes;
	size_t *owned; /* bytes, by owner */
	size_t n_owned;
	uint32_t *free_ids;
	size_t n_free, cap_free;
	uint32_t next_id;
};

struct string {
	const uint8_t *s;
	uint16_t len;
};

static void strings_of(const struct attr_set *set, struct string out[STRINGS])
{
	out[0] = (struct string){set->as_path, set->as_path_len};
	out[1] = (struct string){set->communities, set->communities_len};
	out[2] = (struct string){set->ext_communities, set->ext_communities_len};
	out[3] = (struct string){set->large_communities, set->large_communities_len};
	out[4] = (struct string){set->cluster_list, set->cluster_list_len};
	out[5] = (struct string){set->unknown, set->unknown_len};
}

static uint64_t hash_addr(uint64_t h, const struct addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof(w));
	return hash_pair(h, w[0], w[1]);
}

static uint32_t hash_of(const struct attr_set *a)
{
	struct string strings[STRINGS];
	uint64_t h = hash_begin();

	h = hash_pair(h, (uint64_t)a->has << 32 | a->otc, (uint64_t)a->med << 32 | a->local_pref);
	h = hash_pair(h, (uint64_t)a->aggregator_as << 32 | a->aggregator_id,
		      (uint64_t)a->originator_id << 32 | (uint32_t)a->origin << 16 |
			      (uint32_t)a->nexthop.afi << 8 | a->nexthop_local.afi);
	h = hash_addr(h, &a->nexthop);
	h = hash_addr(h, &a->nexthop_local);
	strings_of(a, strings);
	h = hash_pair(h,
		      (uint64_t)strings[0].len << 48 | (uint64_t)strings[1].len << 32 |
			      (uint32_t)strings[2].len << 16 | strings[3].len,
		      (uint64_t)strings[4].len << 32 | strings[5].len);
	for (int i = 0; i < STRINGS; i++)
		h = hash_octets(h, strings[i].s, strings[i].len);
	return hash_end(h);
}

static bool same(const struct attr_set *a, const struct attr_set *b)
{
	struct string sa[STRINGS], sb[STRINGS];

	if (a->has != b->has || a->origin != b->origin || a->med != b->med ||
	    a->local_pref != b->local_pref || a->aggregator_as != b->aggregator_as ||
	    a->aggregator_id != b->aggregator_id || a->originator_id != b->originator_id ||
	    a->otc != b->otc || !addr_eq(&a->nexthop, &b->nexthop) ||
	    !addr_eq(&a->nexthop_local, &b->nexthop_local))
		return false;
	strings_of(a, sa);
	strings_of(b, sb);
	for (int i = 0; i < STRINGS; i++) {
		if (sa[i].len != sb[i].len ||
		    (sa[i].len && memcmp(sa[i].s, sb[i].s, sa[i].len) != 0))
			return false;
	}
	return true;
}

struct attr_table *attr_table_new(void)
{
	struct attr_table *t = mem_zalloc(sizeof(*t));

	t->n_buckets = BUCKETS_FIRST;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(struct attrs *));
	return t;
}

void attr_table_free(struct attr_table *t)
{
	if (!t)
		return;
	assert(t->count == 0);
	free(t->buckets);
	free(t->owned);
	free(t->free_ids);
	free(t);
}

static void grow(struct attr_table *t)
{
	size_t n = t->n_buckets * 2;
	struct attrs **buckets = mem_zalloc(n * sizeof(struct attrs *));
	struct attrs *a, *next;

	for (size_t i = 0; i < t->n_buckets; i++) {
		for (a = t->buckets[i]; a; a = next) {
			next = a->next;
			a->next = buckets[a->hash & (n - 1)];
			buckets[a->hash & (n - 1)] = a;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->n_buckets = n;
}

static void take(const uint8_t **s, uint16_t len, uint8_t **at)
{
	if (!len) {
		*s = NULL;
		return;
	}
	memcpy(*at, *s, len);
	*s = *at;
	*at += len;
}

static struct attrs *copy_of(const struct attr_set *set)
{
	size_t len = (size_t)set->as_path_len + set->communities_len + set->ext_communities_len +
		     set->large_communities_len + set->cluster_list_len + set->unknown_len;
	struct attrs *a = mem_zalloc(sizeof(*a) + len);
	uint8_t *at = a->data;

	a->set = *set;
	a->data_len = (uint32_t)len;
	take(&a->set.as_path, set->as_path_len, &at);
	take(&a->set.communities, set->communities_len, &at);
	take(&a->set.ext_communities, set->ext_communities_len, &at);
	take(&a->set.large_communities, set->large_communities_len, &at);
	take(&a->set.cluster_list, set->cluster_list_len, &at);
	take(&a->set.unknown, set->unknown_len, &at);
	return a;
}

static void charge(struct attr_table *t, const struct attrs *a)
{
	size_t bytes = sizeof(*a) + a->data_len;

	t->bytes += bytes;
	if (a->owner == ATTRS_NOBODYS)
		return;
	while (t->n_owned <= a->owner) {
		t->owned = mem_grow(t->owned, t->n_owned + 1, sizeof(*t->owned));
		t->owned[t->n_owned++] = 0;
	}
	t->owned[a->owner] += bytes;
}

static void discharge(struct attr_table *t, const struct attrs *a)
{
	size_t bytes = sizeof(*a) + a->data_len;

	t->bytes -= bytes;
	if (a->owner != ATTRS_NOBODYS)
		t->owned[a->owner] -= bytes;
}

const struct attrs *attrs_intern(struct attr_table *t, const struct attr_set *set)
{
	return attrs_intern_for(t, set, ATTRS_NOBODYS);
}

const struct attrs *attrs_intern_for(struct attr_table *t, const struct attr_set *set,
				     uint16_t owner)
{
	uint32_t hash = hash_of(set);
	struct attrs *a;
	unsigned int hops;

	for (a = t->buckets[hash & (t->n_buckets - 1)]; a; a = a->next) {
		if (a->hash == hash && same(&a->set, set)) {
			a->refs++;
			return a;
		}
	}
	if (t->count >= t->n_buckets)
		grow(t);
	a = copy_of(set);
	hops = as_path_hops(set);
	a->refs = 1;
	a->hash = hash;
	a->hops = (uint16_t)(hops < UINT16_MAX ? hops : UINT16_MAX);
	a->neighbor_as = as_path_first(set);
	a->id = t->n_free ? t->free_ids[--t->n_free] : t->next_id++;
	a->next = t->buckets[hash & (t->n_buckets - 1)];
	t->buckets[hash & (t->n_buckets - 1)] = a;
	a->owner = owner;
	t->count++;
	charge(t, a);
	return a;
}

/* Immutable to everybody, but for the count, which is the table's. */
static struct attrs *counted(const struct attrs *a)
{
	union {
		const struct attrs *in;
		struct attrs *out;
	} u = {.in = a};

	return u.out;
}

const struct attrs *attrs_ref(const struct attrs *a)
{
	counted(a)->refs++;
	return a;
}

void attrs_unref(struct attr_table *t, const struct attrs *ca)
{
	struct attrs *a = ca ? counted(ca) : NULL;
	struct attrs **at;

	if (!a || --a->refs)
		return;
	for (at = &t->buckets[a->hash & (t->n_buckets - 1)]; *at != a; at = &(*at)->next)
		;
	*at = a->next;
	if (t->n_free == t->cap_free) {
		t->cap_free = t->cap_free ? t->cap_free * 2 : 64;
		t->free_ids = mem_grow(t->free_ids, t->cap_free, sizeof(*t->free_ids));
	}
	t->free_ids[t->n_free++] = a->id;
	t->count--;
	discharge(t, a);
	free(a);
}

size_t attr_table_count(const struct attr_table *t)
{
	return t->count;
}

size_t attr_table_bytes(const struct attr_table *t)
{
	return t->bytes;
}

size_t attr_table_bytes_of(const struct attr_table *t, uint16_t owner)
{
	return owner < t->n_owned ? t->owned[owner] : 0;
}
