/* merge: sources to one configuration, the judgement of the whole, and differences; see model.h. */
#include "agent/conf/table.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- merging ----------------------------------------------------------------------------------
 */

#define TAKE_LIST(list, n)                                                    \
	do {                                                                  \
		const struct conf *from = over->n ? over : under;             \
		c->n = from->n;                                               \
		c->list = mem_dup(from->list, from->n * sizeof(*from->list)); \
	} while (0)

static struct conf_neighbor *find_same(const struct conf *c, const struct conf_neighbor *n)
{
	return conf_find_neighbor_on(c, &n->addr, n->ifname);
}

static void merge_neighbors(struct conf *c, const struct conf *under, const struct conf *over)
{
	c->neighbors = mem_zalloc((under->n_neighbors + over->n_neighbors) * sizeof(*c->neighbors));
	c->n_neighbors = 0;
	/* over's first: the order is that in which people see them */
	for (size_t i = 0; i < over->n_neighbors; i++) {
		struct conf_neighbor *n = &c->neighbors[c->n_neighbors++];
		const struct conf_neighbor *u = find_same(under, &over->neighbors[i]);

		*n = over->neighbors[i];
		if (u)
			options_fill(&n->opt, &u->opt);
		/* so that its printed line names it */
		if (!n->opt.set && (c->set & CONF_LOCAL_AS)) {
			n->opt.remote_as = c->local_as;
			n->opt.set = OPT_REMOTE_AS;
		}
	}
	for (size_t i = 0; i < under->n_neighbors; i++) {
		if (!find_same(over, &under->neighbors[i]))
			c->neighbors[c->n_neighbors++] = under->neighbors[i];
	}
}

static void merge_networks(struct conf *c, const struct conf *under, const struct conf *over)
{
	size_t n = over->n_networks;

	c->networks = mem_zalloc((under->n_networks + n) * sizeof(*c->networks));
	for (size_t i = 0; i < n; i++)
		c->networks[i] = over->networks[i];
	for (size_t i = 0; i < under->n_networks; i++) {
		size_t k = 0;

		while (k < n && !prefix_eq(&under->networks[i], &c->networks[k]))
			k++;
		if (k == n)
			c->networks[n++] = under->networks[i];
	}
	c->n_networks = n;
}

static void merge_stations(struct conf *c, const struct conf *under, const struct conf *over)
{
	size_t n = over->n_stations;

	c->stations = mem_zalloc((under->n_stations + n) * sizeof(*c->stations));
	for (size_t i = 0; i < n; i++)
		c->stations[i] = over->stations[i];
	for (size_t i = 0; i < under->n_stations; i++) {
		size_t k = 0;

		while (k < n && strcmp(under->stations[i].name, c->stations[k].name) != 0)
			k++;
		if (k == n)
			c->stations[n++] = under->stations[i];
	}
	c->n_stations = n;
}

struct conf *conf_merge(const struct conf *under, const struct conf *over)
{
	struct conf *c = mem_zalloc(sizeof(*c));

	*c = *under;
	c->set = under->set | over->set;
	for (size_t i = 0; i < value_rows_n; i++) {
		if (over->set & value_rows[i].bit)
			value_copy(c, over, &value_rows[i]);
	}
	merge_neighbors(c, under, over);
	TAKE_LIST(groups, n_groups);
	TAKE_LIST(pod_cidrs, n_pod_cidrs);
	TAKE_LIST(aggregates, n_aggregates);
	TAKE_LIST(prefix_lists, n_prefix_lists);
	TAKE_LIST(route_maps, n_route_maps);
	merge_networks(c, under, over);
	merge_stations(c, under, over);
	return c;
}

/* ---- validation -------------------------------------------------------------------------------
 */

static bool has_list(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		if (strcmp(c->prefix_lists[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool has_map(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_route_maps; i++) {
		if (strcmp(c->route_maps[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A note, unless it was made already. */
__attribute__((format(printf, 2, 3))) static void note_once(struct conf_errors *notes,
							    const char *format, ...)
{
	char text[sizeof(notes->errors[0].text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (size_t i = 0; i < notes->n; i++) {
		if (strcmp(notes->errors[i].text, text) == 0)
			return;
	}
	conf_error_add(notes, 0, 0, "%s", text);
}

static void note_lists(const struct conf *c, const char *list_in, const char *list_out,
		       const char *map_in, const char *map_out, struct conf_errors *notes)
{
	const char *lists[] = {list_in, list_out}, *maps[] = {map_in, map_out};

	for (int i = 0; i < 2; i++) {
		if (*lists[i] && !has_list(c, lists[i]))
			note_once(notes, "prefix list %s does not exist: it refuses everything",
				  lists[i]);
		if (*maps[i] && !has_map(c, maps[i]))
			note_once(notes, "route map %s does not exist: it permits everything",
				  maps[i]);
	}
}

static void note_missing(const struct conf *c, const struct conf_options *o,
			 struct conf_errors *notes)
{
	note_lists(c, o->prefix_list_in, o->prefix_list_out, o->route_map_in, o->route_map_out,
		   notes);
	for (int f = 0; f < CONF_FAMILIES; f++)
		note_lists(c, o->family[f].prefix_list_in, o->family[f].prefix_list_out,
			   o->family[f].route_map_in, o->family[f].route_map_out, notes);
}

static void check_neighbor(const struct conf *c, const struct conf_neighbor *n,
			   struct conf_errors *errors, struct conf_errors *notes)
{
	char who[CONF_NEIGHBOR_STRLEN];
	struct conf_options o;

	conf_neighbor_str(n, who);
	if ((n->opt.set & OPT_PEER_GROUP) && !conf_find_group(c, n->opt.peer_group)) {
		conf_error_add(errors, 0, 0, "neighbor %s: peer group %s does not exist", who,
			       n->opt.peer_group);
		return;
	}
	conf_effective(c, n, &o);
	if (!o.family[CONF_IP4].activate && !o.family[CONF_IP6].activate)
		conf_error_add(errors, 0, 0,
			       "neighbor %s: no family is active: activate one in its "
			       "address-family",
			       who);
	if ((o.set & OPT_TTL_MAXIMUM_HOPS) && (o.set & OPT_EBGP_MULTIHOP))
		conf_error_add(errors, 0, 0,
			       "neighbor %s: ttl maximum-hops and ebgp-multihop exclude each other",
			       who);
	note_missing(c, &n->opt, notes);
}

bool conf_validate(const struct conf *c, struct conf_errors *errors, struct conf_errors *notes)
{
	size_t before = errors->n + errors->more;
	char p1[PREFIX_STRLEN], p2[PREFIX_STRLEN];

	if (c->n_neighbors && !(c->set & CONF_LOCAL_AS))
		conf_error_add(errors, 0, 0,
			       "no local AS: set BGP_AS, or router bgp AS in the startup-config");
	/* each source has kept the limits, both together may not */
	if (c->n_neighbors > CONF_NEIGHBORS_MAX)
		conf_error_add(errors, 0, 0, "more than %d neighbours in all sources",
			       CONF_NEIGHBORS_MAX);
	if (c->n_networks > CONF_PREFIXES_MAX)
		conf_error_add(errors, 0, 0, "more than %d networks in all sources",
			       CONF_PREFIXES_MAX);
	if (c->n_stations > CONF_STATIONS_MAX)
		conf_error_add(errors, 0, 0, "more than %d stations in all sources",
			       CONF_STATIONS_MAX);
	for (size_t i = 0; i < c->n_neighbors; i++)
		check_neighbor(c, &c->neighbors[i], errors, notes);
	for (size_t i = 0; i < c->n_groups; i++)
		note_missing(c, &c->groups[i].opt, notes);
	for (size_t i = 0; i < c->n_route_maps; i++) {
		if (*c->route_maps[i].match_prefix_list)
			note_lists(c, c->route_maps[i].match_prefix_list, "", "", "", notes);
	}
	for (size_t i = 0; i < c->n_pod_cidrs; i++) {
		for (size_t k = 0; k < i; k++) {
			if (prefix_overlaps(&c->pod_cidrs[i], &c->pod_cidrs[k]))
				conf_error_add(errors, 0, 0, "pod-cidr %s and %s overlap",
					       prefix_str(&c->pod_cidrs[k], p1),
					       prefix_str(&c->pod_cidrs[i], p2));
		}
	}
	return errors->n + errors->more == before;
}

/* ---- differences ------------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void change(struct conf_changes *out, bool resets,
							 const char *format, ...)
{
	struct conf_change *row;
	va_list ap;

	out->rows = mem_grow(out->rows, out->n + 1, sizeof(*out->rows));
	row = &out->rows[out->n++];
	row->resets = resets;
	va_start(ap, format);
	vsnprintf(row->text, sizeof(row->text), format, ap);
	va_end(ap);
}

static void diff_neighbor(const struct conf *from, const struct conf_neighbor *a,
			  const struct conf *to, const struct conf_neighbor *b,
			  struct conf_changes *out)
{
	char who[CONF_NEIGHBOR_STRLEN];
	struct conf_options x, y;
	struct text names = {0};
	bool resets = false;

	conf_effective(from, a, &x);
	conf_effective(to, b, &y);
	for (size_t i = 0; i < option_rows_n; i++) {
		const struct option_row *row = &option_rows[i];

		/* the group shows in the options that come from it; a general list in those of
		 * the families */
		if (row->bit & (OPT_PEER_GROUP | OPT_PREFIX_LIST_IN | OPT_PREFIX_LIST_OUT |
				OPT_ROUTE_MAP_IN | OPT_ROUTE_MAP_OUT))
			continue;
		if (option_equal(&x, &y, row))
			continue;
		text_printf(&names, "%s%s", names.len ? ", " : "", row->name);
		resets |= row->resets;
	}
	if (names.len)
		change(out, resets, "neighbor %s: %s", conf_neighbor_str(b, who), names.s);
	text_free(&names);
}

static void diff_neighbors(const struct conf *from, const struct conf *to, struct conf_changes *out)
{
	char who[CONF_NEIGHBOR_STRLEN];

	for (size_t i = 0; i < from->n_neighbors; i++) {
		const struct conf_neighbor *n = &from->neighbors[i];

		if (!find_same(to, n))
			change(out, true, "neighbor %s: removed", conf_neighbor_str(n, who));
	}
	for (size_t i = 0; i < to->n_neighbors; i++) {
		const struct conf_neighbor *n = &to->neighbors[i], *old = find_same(from, n);

		if (old)
			diff_neighbor(from, old, to, n, out);
		else
			change(out, false, "neighbor %s: added", conf_neighbor_str(n, who));
	}
}

void conf_diff(const struct conf *from, const struct conf *to, struct conf_changes *out)
{
	*out = (struct conf_changes){0};
	for (size_t i = 0; i < value_rows_n; i++) {
		const struct value_row *row = &value_rows[i];

		if (!value_equal(from, to, row))
			change(out, row->resets, "%s", row->name);
	}
	diff_neighbors(from, to, out);
	if (!prefixes_equal(from->networks, from->n_networks, to->networks, to->n_networks))
		change(out, false, "network");
	if (!prefixes_equal(from->pod_cidrs, from->n_pod_cidrs, to->pod_cidrs, to->n_pod_cidrs))
		change(out, false, "pod-cidr");
	if (!aggregates_equal(from, to))
		change(out, false, "aggregate-address");
	if (!prefix_lists_equal(from, to))
		change(out, false, "prefix-list");
	if (!route_maps_equal(from, to))
		change(out, false, "route-map");
	if (!stations_equal(from, to))
		change(out, false, "monitor station");
}

void conf_changes_free(struct conf_changes *c)
{
	free(c->rows);
	*c = (struct conf_changes){0};
}
