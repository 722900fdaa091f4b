/* policy: see policy.h. Lists are few and short: sorted arrays, walked from the front. */
#include "agent/rib/policy.h"

#include "agent/lib/mem.h"

#include <stdlib.h>

#define NAME_MAX_LEN 64

struct prefix_list {
	char name[NAME_MAX_LEN];
	struct prefix_list_entry *entries;
	size_t n;
};

struct route_map {
	char name[NAME_MAX_LEN];
	struct route_map_entry *entries;
	size_t n;
};

struct policy {
	struct prefix_list *lists;
	size_t n_lists;
	struct route_map *maps;
	size_t n_maps;
};

struct policy *policy_new(void)
{
	return mem_zalloc(sizeof(struct policy));
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_lists; i++)
		free(p->lists[i].entries);
	for (size_t i = 0; i < p->n_maps; i++)
		free(p->maps[i].entries);
	free(p->lists);
	free(p->maps);
	free(p);
}

static struct prefix_list *find_list(const struct policy *p, const char *name)
{
	for (size_t i = 0; p && i < p->n_lists; i++) {
		if (strcmp(p->lists[i].name, name) == 0)
			return &p->lists[i];
	}
	return NULL;
}

static struct route_map *find_map(const struct policy *p, const char *name)
{
	for (size_t i = 0; p && i < p->n_maps; i++) {
		if (strcmp(p->maps[i].name, name) == 0)
			return &p->maps[i];
	}
	return NULL;
}

bool policy_prefix_list_add(struct policy *p, const char *name, const struct prefix_list_entry *e)
{
	struct prefix_list *l = find_list(p, name);
	size_t at;

	if (strlen(name) >= NAME_MAX_LEN)
		return false;
	if (!l) {
		p->lists = mem_grow(p->lists, p->n_lists + 1, sizeof(*p->lists));
		l = &p->lists[p->n_lists++];
		memset(l, 0, sizeof(*l));
		strcpy(l->name, name);
	}
	for (at = 0; at < l->n && l->entries[at].seq <= e->seq; at++) {
		if (l->entries[at].seq == e->seq && l->entries[at].prefix.afi == e->prefix.afi)
			return false;
	}
	l->entries = mem_grow(l->entries, l->n + 1, sizeof(*l->entries));
	memmove(l->entries + at + 1, l->entries + at, (l->n - at) * sizeof(*l->entries));
	l->entries[at] = *e;
	l->n++;
	return true;
}

bool policy_route_map_add(struct policy *p, const char *name, const struct route_map_entry *e)
{
	struct route_map *m = find_map(p, name);
	size_t at;

	if (strlen(name) >= NAME_MAX_LEN)
		return false;
	if (!m) {
		p->maps = mem_grow(p->maps, p->n_maps + 1, sizeof(*p->maps));
		m = &p->maps[p->n_maps++];
		memset(m, 0, sizeof(*m));
		strcpy(m->name, name);
	}
	for (at = 0; at < m->n && m->entries[at].seq < e->seq; at++)
		;
	if (at < m->n && m->entries[at].seq == e->seq)
		return false;
	m->entries = mem_grow(m->entries, m->n + 1, sizeof(*m->entries));
	memmove(m->entries + at + 1, m->entries + at, (m->n - at) * sizeof(*m->entries));
	m->entries[at] = *e;
	m->n++;
	return true;
}

bool policy_prefix_list_permits(const struct policy *p, const char *name, const struct prefix *pfx)
{
	const struct prefix_list *l = find_list(p, name);

	for (size_t i = 0; l && i < l->n; i++) {
		const struct prefix_list_entry *e = &l->entries[i];

		if (prefix_covers(&e->prefix, pfx) && pfx->len >= e->ge && pfx->len <= e->le)
			return e->permit;
	}
	return false; /* the end of every list refuses, and so does one that is not there */
}

static bool clause_matches(const struct policy *p, const struct route_map_entry *e,
			   const struct prefix *pfx, const struct attr_set *set)
{
	if (e->match_prefix_list && !policy_prefix_list_permits(p, e->prefix_list, pfx))
		return false;
	if (e->match_as_path_length) {
		unsigned int hops = as_path_hops(set);

		if (hops < e->as_path_min || hops > e->as_path_max)
			return false;
	}
	if (e->match_community) {
		bool any = false;

		for (int i = 0; i < e->n_communities; i++)
			any |= attr_has_community(set, e->communities[i]);
		return any;
	}
	return true;
}

static bool set_communities(const struct route_map_entry *e, struct attr_set *set, struct wr *wr)
{
	const uint8_t *start = wr->at;

	if (e->set_communities_additive)
		wr_bytes(wr, set->communities, set->communities_len);
	for (int i = 0; i < e->n_set_community; i++) {
		if (!e->set_communities_additive || !attr_has_community(set, e->set_community[i]))
			wr_u32(wr, e->set_community[i]);
	}
	if (!wr_ok(wr))
		return false;
	set->communities_len = (uint16_t)(wr->at - start);
	set->communities = set->communities_len ? start : NULL;
	return true;
}

static bool prepend(const struct route_map_entry *e, struct attr_set *set, struct wr *wr)
{
	for (int i = e->prepend_n; i > 0; i--) {
		uint8_t *start = wr->at;
		uint16_t len;

		if (!as_path_prepend(set, e->prepend[i - 1], 1, start, wr_room(wr), &len))
			return false;
		wr->at += len;
		set->as_path = start;
		set->as_path_len = len;
	}
	return true;
}

/* False: what it makes does not fit. A route that cannot be changed as asked is refused. */
static bool apply_sets(const struct route_map_entry *e, struct attr_set *set, uint8_t *scratch)
{
	struct wr wr = wr_init(scratch, POLICY_SCRATCH);

	if (e->set_local_pref) {
		set->local_pref = e->local_pref;
		set->has |= ATTR_HAS_LOCAL_PREF;
	}
	if (e->set_med) {
		set->med = e->med;
		set->has |= ATTR_HAS_MED;
	}
	if (e->set_communities && !set_communities(e, set, &wr))
		return false;
	return prepend(e, set, &wr);
}

bool policy_route_map_apply(const struct policy *p, const char *name, const struct prefix *pfx,
			    struct attr_set *set, uint8_t *scratch)
{
	const struct route_map *m = find_map(p, name);

	if (!m)
		return true;
	for (size_t i = 0; i < m->n; i++) {
		if (!clause_matches(p, &m->entries[i], pfx, set))
			continue;
		return m->entries[i].permit && apply_sets(&m->entries[i], set, scratch);
	}
	return false;
}
