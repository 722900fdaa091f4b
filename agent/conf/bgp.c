/* bgp: the lines of the block router bgp; those about a neighbour are in neighbor.c. */
#include "agent/conf/parse.h"

#include <string.h>

/* Whether "no" has undone the value; the caller puts the default back. */
static bool taken_back(struct parser *p, uint32_t bit)
{
	if (!p->no)
		return false;
	p->conf->set &= ~bit;
	p->at = p->n;
	return true;
}

static void done(struct parser *p, uint32_t bit)
{
	if (parse_end(p) && !p->to_default)
		p->conf->set |= bit;
	else
		p->conf->set &= ~bit;
}

/* Of a yes or no, which is usual at the beginning and with "default". */
static bool yes(const struct parser *p, bool usual)
{
	return p->to_default ? usual : !p->no;
}

static void take_router_id(struct parser *p)
{
	struct addr a;

	if (taken_back(p, CONF_ROUTER_ID)) {
		p->conf->router_id = 0;
		return;
	}
	if (!parse_addr(p, &a))
		return;
	if (a.afi != AFI_IP4 || addr_is_zero(&a)) {
		p->at--;
		parse_expected(p, "a router ID in the form of an IPv4 address");
		return;
	}
	p->conf->router_id = addr_to_ip4(&a);
	done(p, CONF_ROUTER_ID);
}

static void take_maximum_paths(struct parser *p)
{
	uint32_t n, ecmp;

	if (taken_back(p, CONF_MAXIMUM_PATHS)) {
		p->conf->maximum_paths = CONF_DEFAULT_MAXIMUM_PATHS;
		return;
	}
	if (!parse_number(p, 1, 64, "a number of paths", &n))
		return;
	if (parse_word(p, "ecmp") && !parse_number(p, 1, 64, "a number of paths", &ecmp))
		return;
	p->conf->maximum_paths = (uint8_t)n;
	done(p, CONF_MAXIMUM_PATHS);
}

static void take_timers(struct parser *p)
{
	if (!parse_word(p, "bgp")) {
		parse_expected(p, "bgp");
		return;
	}
	if (taken_back(p, CONF_TIMERS)) {
		p->conf->keepalive = CONF_DEFAULT_KEEPALIVE;
		p->conf->hold = CONF_DEFAULT_HOLD;
	} else if (parse_timers(p, &p->conf->keepalive, &p->conf->hold)) {
		done(p, CONF_TIMERS);
	}
}

static void take_restart_seconds(struct parser *p, uint32_t max, uint16_t normal, uint16_t *out,
				 uint32_t bit)
{
	uint32_t s;

	if (taken_back(p, bit)) {
		*out = normal;
		return;
	}
	if (!parse_number(p, 1, max, "seconds", &s))
		return;
	*out = (uint16_t)s;
	done(p, bit);
}

/* 24 bits in the capability (RFC 9494 section 3.1) */
static void take_long_lived(struct parser *p)
{
	if (taken_back(p, CONF_LLGR_TIME))
		p->conf->llgr_time = 0;
	else if (parse_number(p, 1, 0xffffff, "seconds", &p->conf->llgr_time))
		done(p, CONF_LLGR_TIME);
}

static void take_graceful_restart(struct parser *p)
{
	if (!parse_more(p)) {
		p->conf->graceful_restart = yes(p, true);
		done(p, CONF_GRACEFUL_RESTART);
		return;
	}
	switch (parse_choice(p, "restart-time|stalepath-time|long-lived")) {
	case 0: /* 12 bits in the capability (RFC 4724 section 3) */
		take_restart_seconds(p, 4095, CONF_DEFAULT_RESTART_TIME, &p->conf->restart_time,
				     CONF_RESTART_TIME);
		return;
	case 1:
		take_restart_seconds(p, 3600, CONF_DEFAULT_STALE_TIME, &p->conf->stale_time,
				     CONF_STALE_TIME);
		return;
	case 2:
		take_long_lived(p);
		return;
	default:
		parse_expected(p, "restart-time, stalepath-time or long-lived");
	}
}

static void take_network(struct parser *p)
{
	struct conf *c = p->conf;
	struct prefix prefix, *at;
	size_t i = 0;

	if (!parse_prefix(p, &prefix))
		return;
	if (p->sub == SUB_FAMILY && (prefix.afi == AFI_IP6) != (p->family == CONF_IP6)) {
		p->at--;
		parse_expected(p, "a prefix of this address family");
		return;
	}
	if (!parse_end(p))
		return;
	while (i < c->n_networks && !prefix_eq(&c->networks[i], &prefix))
		i++;
	if (p->no && i < c->n_networks) {
		memmove(&c->networks[i], &c->networks[i + 1],
			(c->n_networks - i - 1) * sizeof(prefix));
		c->n_networks--;
	}
	if (p->no || i < c->n_networks)
		return;
	at = parse_append(p, &c->networks, &c->n_networks, sizeof(*at), CONF_PREFIXES_MAX,
			  "networks");
	if (at)
		*at = prefix;
}

static void take_aggregate_address(struct parser *p)
{
	struct conf *c = p->conf;
	struct conf_aggregate a = {.summary_only = false}, *at = NULL;
	size_t i = 0;

	if (!parse_prefix(p, &a.prefix))
		return;
	a.summary_only = parse_word(p, "summary-only");
	if (!parse_end(p))
		return;
	while (i < c->n_aggregates && !prefix_eq(&c->aggregates[i].prefix, &a.prefix))
		i++;
	if (i < c->n_aggregates)
		at = &c->aggregates[i];
	if (p->no && at) {
		memmove(at, at + 1, (c->n_aggregates - i - 1) * sizeof(*at));
		c->n_aggregates--;
	}
	if (p->no)
		return;
	if (!at)
		at = parse_append(p, &c->aggregates, &c->n_aggregates, sizeof(*at),
				  CONF_PREFIXES_MAX, "aggregates");
	if (at)
		*at = a;
}

static void ignore(struct parser *p)
{
	parse_ignored(p, 2);
}

static void take_default_family(struct parser *p)
{
	int f = parse_choice(p, "ipv4-unicast|ipv6-unicast");

	if (f < 0) {
		parse_expected(p, "ipv4-unicast or ipv6-unicast");
		return;
	}
	p->conf->default_active[f] = yes(p, true);
	done(p, f == CONF_IP4 ? CONF_DEFAULT_IP4 : CONF_DEFAULT_IP6);
}

static void take_bgp(struct parser *p)
{
	if (parse_word(p, "always-compare-med")) {
		p->conf->always_compare_med = yes(p, false);
		done(p, CONF_ALWAYS_COMPARE_MED);
	} else if (parse_word(p, "default")) {
		take_default_family(p);
	} else if (!p->no && parse_more(p) && strcmp(p->words[p->at], "monitoring") == 0) {
		p->at++; /* all of them are */
		parse_end(p);
	} else if (parse_more(p)) {
		ignore(p);
	} else {
		parse_expected(p, "always-compare-med or default");
	}
}

/* Lines of a family or a vrf that is not ours, as far as they are indented deeper. */
static void ignore_sub(struct parser *p)
{
	ignore(p);
	p->sub = SUB_IGNORED;
	p->sub_indent = p->indent;
}

static void take_address_family(struct parser *p)
{
	int f = parse_choice(p, "ipv4|ipv6");

	if (f < 0 && !p->bad && parse_more(p)) {
		ignore_sub(p); /* evpn, flow-spec and the like */
		return;
	}
	if (f < 0) {
		parse_expected(p, "ipv4 or ipv6");
		return;
	}
	if (parse_more(p) && !parse_word(p, "unicast")) {
		ignore_sub(p); /* labeled-unicast, multicast */
		return;
	}
	if (!parse_end(p))
		return;
	p->sub = SUB_FAMILY;
	p->sub_indent = p->indent;
	p->family = (enum conf_family)f;
}

static const struct parse_row family_rows[] = {
	{"neighbor", parse_family_neighbor, true},
	{"network", take_network, true},
	{"bgp", ignore, true},
	{"graceful-restart", ignore, true},
	{"redistribute", ignore, true},
};

static const struct parse_row bgp_rows[] = {
	{"neighbor", parse_neighbor, true},
	{"router-id", take_router_id, true},
	{"maximum-paths", take_maximum_paths, true},
	{"timers", take_timers, true},
	{"graceful-restart", take_graceful_restart, true},
	{"network", take_network, true},
	{"aggregate-address", take_aggregate_address, true},
	{"bgp", take_bgp, true},
	{"address-family", take_address_family, false},
	{"distance", ignore, true},
	{"dynamic", ignore, true},
	{"graceful-restart-helper", ignore, true},
	{"monitoring", parse_monitoring, true},
	{"redistribute", ignore, true},
	{"rpki", ignore_sub, true},
	{"update", ignore, true},
	{"vlan", ignore_sub, true},
	{"vlan-aware-bundle", ignore_sub, true},
	{"vrf", ignore_sub, true},
};
#define BGP_ROWS (sizeof(bgp_rows) / sizeof(bgp_rows[0]))

bool parse_bgp_line(struct parser *p, enum parse_match match)
{
	enum parse_sub was = p->sub;
	bool deeper = p->indent > p->sub_indent;
	/* without any indentation a family ends with exit, or with what is none of its lines */
	bool inside = deeper || (!p->indent && !p->sub_indent);

	if (p->sub == SUB_IGNORED && deeper)
		return true;
	if (p->sub == SUB_FAMILY && inside) {
		if (parse_dispatch(p, family_rows, sizeof(family_rows) / sizeof(family_rows[0]),
				   match))
			return true;
		if (deeper)
			return false;
	}
	if (p->sub == SUB_STATION && inside && parse_station_line(p, match))
		return true;
	if (p->sub == SUB_STATION && deeper)
		return false;
	p->sub = SUB_NONE;
	if (parse_dispatch(p, bgp_rows, BGP_ROWS, match))
		return true;
	p->sub = inside ? was : SUB_NONE;
	return false;
}

void parse_bgp_end(struct parser *p)
{
	struct conf *c = p->conf;
	size_t kept = 0;

	for (size_t i = 0; i < c->n_groups; i++) {
		if (!p->groups[i].made)
			conf_error_add(
				p->errors, p->groups[i].line, p->groups[i].column,
				"%s is no IP address, and no line \"neighbor %s peer group\" "
				"makes it a peer group",
				c->groups[i].name, c->groups[i].name);
	}
	/* nothing was said that counts, or all of it was taken back: then it was never there */
	for (size_t i = 0; i < c->n_neighbors; i++) {
		if (conf_options_say(&c->neighbors[i].opt))
			c->neighbors[kept++] = c->neighbors[i];
	}
	c->n_neighbors = kept;
}
