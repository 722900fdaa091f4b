/* walk: looking into the RIB (rib.h): the longest match, and all entries in order. */
#include "agent/lib/mem.h"
#include "agent/rib/table.h"

#include <stdlib.h>

const struct rib_entry *rib_match(const struct rib *r, const struct addr *a)
{
	for (int len = (int)afi_bits(a->afi); len >= 0; len--) {
		struct prefix p = prefix_make(a, (unsigned int)len);
		const struct rib_entry *e = rib_find(r, &p);

		if (e)
			return e;
	}
	return NULL;
}

struct rib_walk {
	const struct rib *rib;
	struct prefix *prefixes;
	size_t n, at;
};

static int cmp_prefixes(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

struct rib_walk *rib_walk_new(const struct rib *r, enum afi afi)
{
	struct rib_walk *w = mem_zalloc(sizeof(*w));
	const struct table *t = rib_table(r);
	struct table_at at = {0};
	uint32_t handle;

	w->rib = r;
	w->prefixes = mem_zalloc(t->n_entries * sizeof(struct prefix));
	while ((handle = table_next(t, &at))) {
		const struct prefix *p = &table_entry(t, handle)->prefix;

		if (afi == AFI_NONE || p->afi == afi)
			w->prefixes[w->n++] = *p;
	}
	qsort(w->prefixes, w->n, sizeof(struct prefix), cmp_prefixes);
	return w;
}

const struct rib_entry *rib_walk_next(struct rib_walk *w)
{
	while (w->at < w->n) {
		const struct rib_entry *e = rib_find(w->rib, &w->prefixes[w->at++]);

		if (e)
			return e;
	}
	return NULL;
}

void rib_walk_free(struct rib_walk *w)
{
	if (!w)
		return;
	free(w->prefixes);
	free(w);
}
