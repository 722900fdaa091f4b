/* model: see model.h. Here: its life, options and their inheritance, equality. */
#include "agent/conf/table.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const conf_ao_algorithms[CONF_AO_ALGORITHMS] = {"hmac-sha1-96", "aes-128-cmac-96"};

const char *const conf_role_names[CONF_ROLE_COUNT] = {
	[CONF_ROLE_PROVIDER] = "provider",   [CONF_ROLE_RS] = "rs",
	[CONF_ROLE_RS_CLIENT] = "rs-client", [CONF_ROLE_CUSTOMER] = "customer",
	[CONF_ROLE_PEER] = "peer",
};

struct conf *conf_new(void)
{
	struct conf *c = mem_zalloc(sizeof(*c));

	c->maximum_paths = CONF_DEFAULT_MAXIMUM_PATHS;
	c->keepalive = CONF_DEFAULT_KEEPALIVE;
	c->hold = CONF_DEFAULT_HOLD;
	c->restart_time = CONF_DEFAULT_RESTART_TIME;
	c->stale_time = CONF_DEFAULT_STALE_TIME;
	c->hold_down = CONF_DEFAULT_HOLD_DOWN;
	c->record_grace = CONF_DEFAULT_RECORD_GRACE;
	c->drain_time = CONF_DEFAULT_DRAIN_TIME;
	c->host_routes = true;
	c->graceful_restart = true;
	c->default_active[CONF_IP4] = c->default_active[CONF_IP6] = true;
	c->bfd_interval = c->bfd_min_rx = CONF_DEFAULT_BFD_MS;
	c->bfd_multiplier = CONF_DEFAULT_BFD_MULTIPLIER;
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
	free(c->aggregates);
	free(c->prefix_lists);
	free(c->route_maps);
	free(c->stations);
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

bool conf_options_say(const struct conf_options *o)
{
	uint64_t no = OPT_FAMILIES;

	no |= o->bfd ? 0 : OPT_BFD;
	no |= o->shutdown ? 0 : OPT_SHUTDOWN;
	no |= o->passive ? 0 : OPT_PASSIVE;
	no |= o->graceful_restart ? 0 : OPT_GRACEFUL_RESTART;
	no |= o->enforce_first_as ? 0 : OPT_ENFORCE_FIRST_AS;
	no |= o->send_community ? 0 : OPT_SEND_COMMUNITY;
	return (o->set & ~no) != 0;
}

struct conf_group *conf_find_group(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_groups; i++) {
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i];
	}
	return NULL;
}

struct conf_neighbor *conf_find_neighbor_on(const struct conf *c, const struct addr *a,
					    const char *ifname)
{
	for (size_t i = 0; i < c->n_neighbors; i++) {
		if (addr_eq(&c->neighbors[i].addr, a) &&
		    strcmp(c->neighbors[i].ifname, ifname) == 0)
			return &c->neighbors[i];
	}
	return NULL;
}

struct conf_neighbor *conf_find_neighbor(const struct conf *c, const struct addr *a)
{
	return conf_find_neighbor_on(c, a, "");
}

const char *conf_neighbor_str(const struct conf_neighbor *n, char *buf)
{
	char text[ADDR_STRLEN];

	if (n->addr.afi == AFI_NONE)
		snprintf(buf, CONF_NEIGHBOR_STRLEN, "interface %s", n->ifname);
	else
		snprintf(buf, CONF_NEIGHBOR_STRLEN, "%s%s%s", addr_str(&n->addr, text),
			 *n->ifname ? "%" : "", n->ifname);
	return buf;
}

/* ---- options ----------------------------------------------------------------------------------
 */

#define FIELD(f)                                                                        \
	{                                                                               \
		offsetof(struct conf_options, f), sizeof(((struct conf_options *)0)->f) \
	}
#define FAMILY_ROWS(f, words)                                                           \
	{OPT_FAMILY_ACTIVATE(f), words " activate", true, {FIELD(family[f].activate)}}, \
		{OPT_FAMILY_PREFIX_LIST_IN(f),                                          \
		 words " prefix-list in",                                               \
		 false,                                                                 \
		 {FIELD(family[f].prefix_list_in)}},                                    \
		{OPT_FAMILY_PREFIX_LIST_OUT(f),                                         \
		 words " prefix-list out",                                              \
		 false,                                                                 \
		 {FIELD(family[f].prefix_list_out)}},                                   \
		{OPT_FAMILY_ROUTE_MAP_IN(f),                                            \
		 words " route-map in",                                                 \
		 false,                                                                 \
		 {FIELD(family[f].route_map_in)}},                                      \
		{OPT_FAMILY_ROUTE_MAP_OUT(f),                                           \
		 words " route-map out",                                                \
		 false,                                                                 \
		 {FIELD(family[f].route_map_out)}},                                     \
	{                                                                               \
		OPT_FAMILY_EXTENDED_NEXTHOP(f), words " next-hop", true,                \
		{                                                                       \
			FIELD(family[f].extended_nexthop)                               \
		}                                                                       \
	}

const struct option_row option_rows[] = {
	{OPT_REMOTE_AS, "remote-as", true, {FIELD(remote_as)}},
	{OPT_LOCAL_AS, "local-as", true, {FIELD(local_as)}},
	{OPT_DESCRIPTION, "description", false, {FIELD(description)}},
	{OPT_PASSWORD_FILE, "password-file", true, {FIELD(password_file), FIELD(ao)}},
	{OPT_BFD, "bfd", false, {FIELD(bfd), FIELD(bfd_strict)}},
	{OPT_BFD_TIMERS,
	 "bfd interval",
	 false,
	 {FIELD(bfd_interval), FIELD(bfd_min_rx), FIELD(bfd_multiplier)}},
	{OPT_MAXIMUM_ROUTES,
	 "maximum-routes",
	 false,
	 {FIELD(maximum_routes), FIELD(maximum_routes_warn)}},
	{OPT_ALLOWAS_IN, "allowas-in", false, {FIELD(allowas_in)}},
	{OPT_EBGP_MULTIHOP, "ebgp-multihop", true, {FIELD(ebgp_multihop)}},
	{OPT_TTL_MAXIMUM_HOPS, "ttl maximum-hops", true, {FIELD(ttl_maximum_hops)}},
	{OPT_UPDATE_SOURCE, "update-source", true, {FIELD(update_source), FIELD(update_source_if)}},
	{OPT_TIMERS, "timers", true, {FIELD(keepalive), FIELD(hold)}},
	{OPT_PREFIX_LIST_IN, "prefix-list in", false, {FIELD(prefix_list_in)}},
	{OPT_PREFIX_LIST_OUT, "prefix-list out", false, {FIELD(prefix_list_out)}},
	{OPT_ROUTE_MAP_IN, "route-map in", false, {FIELD(route_map_in)}},
	{OPT_ROUTE_MAP_OUT, "route-map out", false, {FIELD(route_map_out)}},
	{OPT_SHUTDOWN, "shutdown", true, {FIELD(shutdown), FIELD(shutdown_text)}},
	{OPT_PASSIVE, "passive", false, {FIELD(passive)}},
	{OPT_ENFORCE_FIRST_AS, "enforce-first-as", false, {FIELD(enforce_first_as)}},
	{OPT_PEER_GROUP, "peer group", false, {FIELD(peer_group)}},
	{OPT_SEND_COMMUNITY, "send-community", false, {FIELD(send_community)}},
	{OPT_GRACEFUL_RESTART, "graceful-restart", true, {FIELD(graceful_restart)}},
	{OPT_ROLE, "role", true, {FIELD(role), FIELD(role_strict)}},
	FAMILY_ROWS(CONF_IP4, "ipv4"),
	FAMILY_ROWS(CONF_IP6, "ipv6"),
};
const size_t option_rows_n = sizeof(option_rows) / sizeof(option_rows[0]);

/* Copies one option's values. */
static void option_copy(struct conf_options *dst, const struct conf_options *src,
			const struct option_row *row)
{
	for (int f = 0; f < OPTION_FIELDS && row->fields[f].size; f++)
		memcpy((char *)dst + row->fields[f].at, (const char *)src + row->fields[f].at,
		       row->fields[f].size);
	dst->set |= row->bit;
}

void options_fill(struct conf_options *dst, const struct conf_options *src)
{
	for (size_t i = 0; i < option_rows_n; i++) {
		uint64_t bit = option_rows[i].bit;

		if (!(dst->set & bit) && (src->set & bit))
			option_copy(dst, src, &option_rows[i]);
	}
}

void options_unset(struct conf_options *o, uint64_t bit)
{
	static const struct conf_options none;

	for (size_t i = 0; i < option_rows_n; i++) {
		if (option_rows[i].bit & bit)
			option_copy(o, &none, &option_rows[i]);
	}
	o->set &= ~bit;
}

bool option_equal(const struct conf_options *a, const struct conf_options *b,
		  const struct option_row *row)
{
	for (int f = 0; f < OPTION_FIELDS && row->fields[f].size; f++) {
		if (memcmp((const char *)a + row->fields[f].at, (const char *)b + row->fields[f].at,
			   row->fields[f].size) != 0)
			return false;
	}
	return true;
}

static bool options_equal(const struct conf_options *a, const struct conf_options *b)
{
	if (a->set != b->set)
		return false;
	for (size_t i = 0; i < option_rows_n; i++) {
		if ((a->set & option_rows[i].bit) && !option_equal(a, b, &option_rows[i]))
			return false;
	}
	return true;
}

static void family_effective(const struct conf *c, struct conf_options *o, enum conf_family f)
{
	struct conf_family_options *fo = &o->family[f];

	if (!(o->set & OPT_FAMILY_ACTIVATE(f)))
		fo->activate = c->default_active[f];
	/* asked of everybody, used with who has it too */
	if (!(o->set & OPT_FAMILY_EXTENDED_NEXTHOP(f)))
		fo->extended_nexthop = f == CONF_IP4;
	if (!(o->set & OPT_FAMILY_PREFIX_LIST_IN(f)))
		memcpy(fo->prefix_list_in, o->prefix_list_in, sizeof(fo->prefix_list_in));
	if (!(o->set & OPT_FAMILY_PREFIX_LIST_OUT(f)))
		memcpy(fo->prefix_list_out, o->prefix_list_out, sizeof(fo->prefix_list_out));
	if (!(o->set & OPT_FAMILY_ROUTE_MAP_IN(f)))
		memcpy(fo->route_map_in, o->route_map_in, sizeof(fo->route_map_in));
	if (!(o->set & OPT_FAMILY_ROUTE_MAP_OUT(f)))
		memcpy(fo->route_map_out, o->route_map_out, sizeof(fo->route_map_out));
}

void conf_effective(const struct conf *c, const struct conf_neighbor *n, struct conf_options *out)
{
	const struct conf_group *g = NULL;
	struct conf_options d = {
		.set = OPT_REMOTE_AS | OPT_LOCAL_AS | OPT_MAXIMUM_ROUTES | OPT_TIMERS |
		       OPT_ENFORCE_FIRST_AS | OPT_SEND_COMMUNITY | OPT_GRACEFUL_RESTART | OPT_ROLE,
		.local_as = c->local_as,
		.maximum_routes = CONF_DEFAULT_MAXIMUM_ROUTES,
		.keepalive = c->keepalive,
		.hold = c->hold,
		.enforce_first_as = true,
		.send_community = true,
		.graceful_restart = c->graceful_restart,
		.role = CONF_ROLE_NONE,
	};

	*out = n->opt;
	if (out->set & OPT_PEER_GROUP)
		g = conf_find_group(c, out->peer_group);
	if (g)
		options_fill(out, &g->opt);
	/* without a remote AS it is iBGP: BGP_AS is both */
	d.remote_as = out->set & OPT_LOCAL_AS ? out->local_as : c->local_as;
	options_fill(out, &d);
	if (out->remote_as == CONF_AS_INTERNAL)
		out->remote_as = out->local_as;
	/* all nodes in one AS behind ToRs of another: paths come back with our AS once. Safe, since
	 * nothing learned is ever sent on */
	if (!(out->set & OPT_ALLOWAS_IN))
		out->allowas_in = out->remote_as != out->local_as;
	family_effective(c, out, CONF_IP4);
	family_effective(c, out, CONF_IP6);
}

/* ---- values of the whole ----------------------------------------------------------------------
 */

#define VALUE(f)                                                        \
	{                                                               \
		offsetof(struct conf, f), sizeof(((struct conf *)0)->f) \
	}

const struct value_row value_rows[] = {
	{CONF_HOSTNAME, "hostname", true, {VALUE(hostname)}},
	{CONF_LOCAL_AS, "router bgp", false, {VALUE(local_as)}},
	{CONF_ROUTER_ID, "router-id", true, {VALUE(router_id)}},
	{CONF_MAXIMUM_PATHS, "maximum-paths", false, {VALUE(maximum_paths)}},
	{CONF_TIMERS, "timers bgp", false, {VALUE(keepalive), VALUE(hold)}},
	{CONF_RESTART_TIME, "graceful-restart restart-time", true, {VALUE(restart_time)}},
	{CONF_STALE_TIME, "graceful-restart stalepath-time", false, {VALUE(stale_time)}},
	{CONF_ADVERTISE, "advertise", false, {VALUE(advertise_always)}},
	{CONF_HOLD_DOWN, "hold-down", false, {VALUE(hold_down)}},
	{CONF_RECORD_GRACE, "record-grace", false, {VALUE(record_grace)}},
	{CONF_HOST_ROUTES, "host-routes", false, {VALUE(host_routes)}},
	{CONF_CNI_PROVIDER, "cni-provider", false, {VALUE(cni_provider)}},
	{CONF_INTERFACE_MTU, "interface-mtu", false, {VALUE(interface_mtu)}},
	{CONF_ON_STOP, "on-stop", false, {VALUE(withdraw_on_stop)}},
	{CONF_BFD,
	 "router bfd",
	 false,
	 {VALUE(bfd_interval), VALUE(bfd_min_rx), VALUE(bfd_multiplier)}},
	{CONF_ALWAYS_COMPARE_MED, "bgp always-compare-med", false, {VALUE(always_compare_med)}},
	{CONF_LLGR_TIME, "graceful-restart long-lived", true, {VALUE(llgr_time)}},
	{CONF_GRACEFUL_RESTART, "graceful-restart", false, {VALUE(graceful_restart)}},
	{CONF_DEFAULT_IP4, "bgp default ipv4-unicast", false, {VALUE(default_active[CONF_IP4])}},
	{CONF_DEFAULT_IP6, "bgp default ipv6-unicast", false, {VALUE(default_active[CONF_IP6])}},
	{CONF_KUBERNETES, "kubernetes", false, {VALUE(kubernetes_off)}},
	{CONF_MULTIPATH_HASH, "multipath-hash", false, {VALUE(multipath_hash_l4)}},
	{CONF_WRITE_BACK, "write-back", false, {VALUE(write_back)}},
	{CONF_DRAIN, "drain", false, {VALUE(drain)}},
	{CONF_DRAIN_TIME, "drain time", false, {VALUE(drain_time)}},
	{CONF_DRAIN_ON, "drain on", false, {VALUE(drain_on)}},
};
const size_t value_rows_n = sizeof(value_rows) / sizeof(value_rows[0]);

void value_copy(struct conf *dst, const struct conf *src, const struct value_row *row)
{
	for (int f = 0; f < 3 && row->fields[f].size; f++)
		memcpy((char *)dst + row->fields[f].at, (const char *)src + row->fields[f].at,
		       row->fields[f].size);
}

bool value_equal(const struct conf *a, const struct conf *b, const struct value_row *row)
{
	for (int f = 0; f < 3 && row->fields[f].size; f++) {
		if (memcmp((const char *)a + row->fields[f].at, (const char *)b + row->fields[f].at,
			   row->fields[f].size) != 0)
			return false;
	}
	return true;
}

/* ---- equality ---------------------------------------------------------------------------------
 */

bool prefix_list_entry_equal(const struct conf_prefix_list_entry *a,
			     const struct conf_prefix_list_entry *b)
{
	return strcmp(a->name, b->name) == 0 && a->seq == b->seq && a->permit == b->permit &&
	       prefix_eq(&a->prefix, &b->prefix) && a->ge == b->ge && a->le == b->le;
}

static bool words_equal(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	return n_a == n_b && memcmp(a, b, n_a * sizeof(*a)) == 0;
}

bool route_map_entry_equal(const struct conf_route_map_entry *a,
			   const struct conf_route_map_entry *b)
{
	return strcmp(a->name, b->name) == 0 && a->seq == b->seq && a->permit == b->permit &&
	       strcmp(a->match_prefix_list, b->match_prefix_list) == 0 &&
	       words_equal(a->match_community, a->n_match_community, b->match_community,
			   b->n_match_community) &&
	       a->match_as_path_length == b->match_as_path_length &&
	       a->as_path_min == b->as_path_min && a->as_path_max == b->as_path_max &&
	       a->set_local_pref == b->set_local_pref && a->local_pref == b->local_pref &&
	       a->set_med == b->set_med && a->med == b->med && a->set_additive == b->set_additive &&
	       words_equal(a->set_community, a->n_set_community, b->set_community,
			   b->n_set_community) &&
	       words_equal(a->prepend, a->n_prepend, b->prepend, b->n_prepend);
}

bool prefixes_equal(const struct prefix *a, size_t n_a, const struct prefix *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++) {
		if (!prefix_eq(&a[i], &b[i]))
			return false;
	}
	return true;
}

bool aggregates_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_aggregates != b->n_aggregates)
		return false;
	for (size_t i = 0; i < a->n_aggregates; i++) {
		if (!prefix_eq(&a->aggregates[i].prefix, &b->aggregates[i].prefix) ||
		    a->aggregates[i].summary_only != b->aggregates[i].summary_only)
			return false;
	}
	return true;
}

bool stations_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_stations != b->n_stations)
		return false;
	for (size_t i = 0; i < a->n_stations; i++) {
		const struct conf_station *x = &a->stations[i], *y = &b->stations[i];

		if (strcmp(x->name, y->name) != 0 || !addr_eq(&x->addr, &y->addr) ||
		    x->port != y->port || x->shutdown != y->shutdown)
			return false;
	}
	return true;
}

bool prefix_lists_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_prefix_lists != b->n_prefix_lists)
		return false;
	for (size_t i = 0; i < a->n_prefix_lists; i++) {
		if (!prefix_list_entry_equal(&a->prefix_lists[i], &b->prefix_lists[i]))
			return false;
	}
	return true;
}

bool route_maps_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_route_maps != b->n_route_maps)
		return false;
	for (size_t i = 0; i < a->n_route_maps; i++) {
		if (!route_map_entry_equal(&a->route_maps[i], &b->route_maps[i]))
			return false;
	}
	return true;
}

static bool peers_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_neighbors != b->n_neighbors || a->n_groups != b->n_groups)
		return false;
	for (size_t i = 0; i < a->n_neighbors; i++) {
		const struct conf_neighbor *x = &a->neighbors[i], *y = &b->neighbors[i];

		if (!addr_eq(&x->addr, &y->addr) || strcmp(x->ifname, y->ifname) != 0 ||
		    !options_equal(&x->opt, &y->opt))
			return false;
	}
	for (size_t i = 0; i < a->n_groups; i++) {
		const struct conf_group *x = &a->groups[i], *y = &b->groups[i];

		if (strcmp(x->name, y->name) != 0 || !options_equal(&x->opt, &y->opt))
			return false;
	}
	return true;
}

bool conf_equal(const struct conf *a, const struct conf *b)
{
	if (a->set != b->set)
		return false;
	for (size_t i = 0; i < value_rows_n; i++) {
		if ((a->set & value_rows[i].bit) && !value_equal(a, b, &value_rows[i]))
			return false;
	}
	return peers_equal(a, b) &&
	       prefixes_equal(a->networks, a->n_networks, b->networks, b->n_networks) &&
	       prefixes_equal(a->pod_cidrs, a->n_pod_cidrs, b->pod_cidrs, b->n_pod_cidrs) &&
	       aggregates_equal(a, b) && prefix_lists_equal(a, b) && route_maps_equal(a, b) &&
	       stations_equal(a, b);
}
