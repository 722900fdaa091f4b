/* model: see model.h. */
#include "agent/conf/model.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conf *conf_new(void)
{
	struct conf *c = mem_zalloc(sizeof(*c));

	c->maximum_paths = CONF_DEFAULT_MAXIMUM_PATHS;
	c->keepalive = CONF_DEFAULT_KEEPALIVE;
	c->hold = CONF_DEFAULT_HOLD;
	c->restart_time = CONF_DEFAULT_RESTART_TIME;
	c->stale_time = CONF_DEFAULT_STALE_TIME;
	c->hold_down = CONF_DEFAULT_HOLD_DOWN;
	c->host_routes = true;
	c->bfd_interval = c->bfd_min_rx = 300;
	c->bfd_multiplier = 3;
	strcpy(c->cni_provider, "cilium");
	return c;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	free(c->neighbors);
	free(c->groups);
	free(c->networks);
	free(c->pod_cidrs);
	free(c->prefix_lists);
	free(c->route_maps);
	free(c);
}

void conf_error_add(struct conf_errors *e, unsigned int line, unsigned int column,
		    const char *format, ...)
{
	va_list ap;

	if (e->n == CONF_ERRORS_MAX) {
		e->more++;
		return;
	}
	e->errors[e->n].line = line;
	e->errors[e->n].column = column;
	va_start(ap, format);
	vsnprintf(e->errors[e->n].text, sizeof(e->errors[e->n].text), format, ap);
	va_end(ap);
	e->n++;
}

struct conf_group *conf_find_group(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_groups; i++) {
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i];
	}
	return NULL;
}

struct conf_neighbor *conf_find_neighbor(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_neighbors; i++) {
		if (addr_eq(&c->neighbors[i].addr, a))
			return &c->neighbors[i];
	}
	return NULL;
}

/* ---- options ----------------------------------------------------------------------------------
 */

#define FIELD(f)                                                                        \
	{                                                                               \
		offsetof(struct conf_options, f), sizeof(((struct conf_options *)0)->f) \
	}

/* One option: its bit, and where its values are. */
static const struct {
	uint32_t bit;
	struct {
		size_t at, size;
	} fields[2];
} option_fields[] = {
	{OPT_REMOTE_AS, {FIELD(remote_as)}},
	{OPT_LOCAL_AS, {FIELD(local_as)}},
	{OPT_DESCRIPTION, {FIELD(description)}},
	{OPT_PASSWORD_FILE, {FIELD(password_file)}},
	{OPT_BFD, {FIELD(bfd)}},
	{OPT_MAXIMUM_ROUTES, {FIELD(maximum_routes), FIELD(maximum_routes_warn)}},
	{OPT_ALLOWAS_IN, {FIELD(allowas_in)}},
	{OPT_EBGP_MULTIHOP, {FIELD(ebgp_multihop)}},
	{OPT_TTL_MAXIMUM_HOPS, {FIELD(ttl_maximum_hops)}},
	{OPT_UPDATE_SOURCE, {FIELD(update_source)}},
	{OPT_TIMERS, {FIELD(keepalive), FIELD(hold)}},
	{OPT_PREFIX_LIST_IN, {FIELD(prefix_list_in)}},
	{OPT_PREFIX_LIST_OUT, {FIELD(prefix_list_out)}},
	{OPT_ROUTE_MAP_IN, {FIELD(route_map_in)}},
	{OPT_ROUTE_MAP_OUT, {FIELD(route_map_out)}},
	{OPT_SHUTDOWN, {FIELD(shutdown), FIELD(shutdown_text)}},
	{OPT_PASSIVE, {FIELD(passive)}},
	{OPT_ENFORCE_FIRST_AS, {FIELD(enforce_first_as)}},
	{OPT_PEER_GROUP, {FIELD(peer_group)}},
};

/* Takes from src what dst has not got. */
static void options_fill(struct conf_options *dst, const struct conf_options *src)
{
	for (size_t i = 0; i < sizeof(option_fields) / sizeof(option_fields[0]); i++) {
		uint32_t bit = option_fields[i].bit;

		if ((dst->set & bit) || !(src->set & bit))
			continue;
		for (int f = 0; f < 2 && option_fields[i].fields[f].size; f++)
			memcpy((char *)dst + option_fields[i].fields[f].at,
			       (const char *)src + option_fields[i].fields[f].at,
			       option_fields[i].fields[f].size);
		dst->set |= bit;
	}
}

void conf_effective(const struct conf *c, const struct conf_neighbor *n, struct conf_options *out)
{
	const struct conf_group *g = NULL;
	struct conf_options d = {
		.set = OPT_REMOTE_AS | OPT_LOCAL_AS | OPT_MAXIMUM_ROUTES | OPT_TIMERS |
		       OPT_ENFORCE_FIRST_AS,
		.local_as = c->local_as,
		.maximum_routes = CONF_DEFAULT_MAXIMUM_ROUTES,
		.keepalive = c->keepalive,
		.hold = c->hold,
		.enforce_first_as = true,
	};

	*out = n->opt;
	if (out->set & OPT_PEER_GROUP)
		g = conf_find_group(c, out->peer_group);
	if (g)
		options_fill(out, &g->opt);
	/* without a remote AS it is iBGP: BGP_AS is both */
	d.remote_as = out->set & OPT_LOCAL_AS ? out->local_as : c->local_as;
	options_fill(out, &d);
	/* all nodes in one AS behind ToRs of another: paths come back with our AS once. Safe, since
	 * nothing learned is ever sent on */
	if (!(out->set & OPT_ALLOWAS_IN))
		out->allowas_in = out->remote_as != out->local_as;
}

/* ---- merging ----------------------------------------------------------------------------------
 */

#define TAKE(bit, field)                                                   \
	do {                                                               \
		if (over->set & (bit))                                     \
			memcpy(&c->field, &over->field, sizeof(c->field)); \
	} while (0)

#define TAKE_LIST(list, n)                                                    \
	do {                                                                  \
		const struct conf *from = over->n ? over : under;             \
		c->n = from->n;                                               \
		c->list = mem_dup(from->list, from->n * sizeof(*from->list)); \
	} while (0)

static void merge_neighbors(struct conf *c, const struct conf *under, const struct conf *over)
{
	c->neighbors = mem_zalloc((under->n_neighbors + over->n_neighbors) * sizeof(*c->neighbors));
	c->n_neighbors = 0;
	/* over's first: the order is that in which people see them */
	for (size_t i = 0; i < over->n_neighbors; i++) {
		const struct conf_neighbor *u = conf_find_neighbor(under, &over->neighbors[i].addr);

		c->neighbors[c->n_neighbors] = over->neighbors[i];
		if (u)
			options_fill(&c->neighbors[c->n_neighbors].opt, &u->opt);
		c->n_neighbors++;
	}
	for (size_t i = 0; i < under->n_neighbors; i++) {
		if (!conf_find_neighbor(over, &under->neighbors[i].addr))
			c->neighbors[c->n_neighbors++] = under->neighbors[i];
	}
}

struct conf *conf_merge(const struct conf *under, const struct conf *over)
{
	struct conf *c = mem_zalloc(sizeof(*c));

	*c = *under;
	c->set = under->set | over->set;
	TAKE(CONF_HOSTNAME, hostname);
	TAKE(CONF_LOCAL_AS, local_as);
	TAKE(CONF_ROUTER_ID, router_id);
	TAKE(CONF_MAXIMUM_PATHS, maximum_paths);
	TAKE(CONF_TIMERS, keepalive);
	TAKE(CONF_TIMERS, hold);
	TAKE(CONF_RESTART_TIME, restart_time);
	TAKE(CONF_STALE_TIME, stale_time);
	TAKE(CONF_ADVERTISE, advertise_always);
	TAKE(CONF_HOLD_DOWN, hold_down);
	TAKE(CONF_HOST_ROUTES, host_routes);
	TAKE(CONF_CNI_PROVIDER, cni_provider);
	TAKE(CONF_INTERFACE_MTU, interface_mtu);
	TAKE(CONF_ON_STOP, withdraw_on_stop);
	TAKE(CONF_BFD, bfd_interval);
	TAKE(CONF_BFD, bfd_min_rx);
	TAKE(CONF_BFD, bfd_multiplier);
	TAKE(CONF_ALWAYS_COMPARE_MED, always_compare_med);
	merge_neighbors(c, under, over);
	TAKE_LIST(groups, n_groups);
	TAKE_LIST(networks, n_networks);
	TAKE_LIST(pod_cidrs, n_pod_cidrs);
	TAKE_LIST(prefix_lists, n_prefix_lists);
	TAKE_LIST(route_maps, n_route_maps);
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

static void note_missing(const struct conf *c, const struct conf_options *o,
			 struct conf_errors *notes)
{
	const char *lists[] = {o->prefix_list_in, o->prefix_list_out};
	const char *maps[] = {o->route_map_in, o->route_map_out};

	for (int i = 0; i < 2; i++) {
		if (*lists[i] && !has_list(c, lists[i]))
			conf_error_add(notes, 0, 0,
				       "prefix list %s does not exist: it refuses everything",
				       lists[i]);
		if (*maps[i] && !has_map(c, maps[i]))
			conf_error_add(notes, 0, 0,
				       "route map %s does not exist: it permits everything",
				       maps[i]);
	}
}

bool conf_validate(const struct conf *c, struct conf_errors *errors, struct conf_errors *notes)
{
	size_t before = errors->n;
	char text[ADDR_STRLEN], p1[PREFIX_STRLEN], p2[PREFIX_STRLEN];

	if (c->n_neighbors && !(c->set & CONF_LOCAL_AS))
		conf_error_add(errors, 0, 0,
			       "no local AS: set BGP_AS, or router bgp AS in the startup-config");
	for (size_t i = 0; i < c->n_neighbors; i++) {
		const struct conf_options *o = &c->neighbors[i].opt;

		if ((o->set & OPT_PEER_GROUP) && !conf_find_group(c, o->peer_group))
			conf_error_add(errors, 0, 0, "neighbor %s: peer group %s does not exist",
				       addr_str(&c->neighbors[i].addr, text), o->peer_group);
		note_missing(c, o, notes);
	}
	for (size_t i = 0; i < c->n_groups; i++)
		note_missing(c, &c->groups[i].opt, notes);
	for (size_t i = 0; i < c->n_pod_cidrs; i++) {
		for (size_t k = 0; k < i; k++) {
			if (prefix_overlaps(&c->pod_cidrs[i], &c->pod_cidrs[k]))
				conf_error_add(errors, 0, 0, "pod-cidr %s and %s overlap",
					       prefix_str(&c->pod_cidrs[k], p1),
					       prefix_str(&c->pod_cidrs[i], p2));
		}
	}
	return errors->n == before;
}
