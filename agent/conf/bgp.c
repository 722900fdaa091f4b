/* bgp: the lines of the block router bgp. */
#include "agent/conf/parse.h"

#include <stdio.h>
#include <string.h>

/* ---- options ----------------------------------------------------------------------------------
 */

static void done(struct parser *p, uint32_t bit)
{
	if (parse_end(p))
		p->opt->set |= bit;
}

static void opt_remote_as(struct parser *p)
{
	if (parse_asn(p, &p->opt->remote_as))
		done(p, OPT_REMOTE_AS);
}

static void opt_local_as(struct parser *p)
{
	if (!parse_asn(p, &p->opt->local_as))
		return;
	/* EOS wants these words behind it; there is no other way here */
	parse_word(p, "no-prepend");
	parse_word(p, "replace-as");
	done(p, OPT_LOCAL_AS);
}

static void opt_description(struct parser *p)
{
	if (parse_rest(p, "a description", p->opt->description, sizeof(p->opt->description)))
		done(p, OPT_DESCRIPTION);
}

static void opt_password_file(struct parser *p)
{
	if (!parse_text(p, "a file name", p->opt->password_file, sizeof(p->opt->password_file)))
		return;
	if (p->opt->password_file[0] != '/') {
		p->at--;
		parse_expected(p, "an absolute path");
		return;
	}
	done(p, OPT_PASSWORD_FILE);
}

static void opt_password(struct parser *p)
{
	/* a password in the configuration would be one in the API server, in logs and in show */
	parse_wrong(p, "passwords are read from files: neighbor X password-file PATH");
}

static void opt_bfd(struct parser *p)
{
	p->opt->bfd = true;
	done(p, OPT_BFD);
}

static void opt_maximum_routes(struct parser *p)
{
	if (!parse_number(p, 0, UINT32_MAX, "a number of routes", &p->opt->maximum_routes))
		return;
	p->opt->maximum_routes_warn = parse_word(p, "warning-only");
	done(p, OPT_MAXIMUM_ROUTES);
}

static void opt_allowas_in(struct parser *p)
{
	uint32_t times = 3; /* what EOS takes without a number */

	if (parse_more(p) && !parse_number(p, 0, 10, "a number of times", &times))
		return;
	p->opt->allowas_in = (uint8_t)times;
	done(p, OPT_ALLOWAS_IN);
}

static void opt_ebgp_multihop(struct parser *p)
{
	uint32_t hops = 255;

	if (parse_more(p) && !parse_number(p, 1, 255, "a number of hops", &hops))
		return;
	p->opt->ebgp_multihop = (uint8_t)hops;
	done(p, OPT_EBGP_MULTIHOP);
}

static void opt_ttl(struct parser *p)
{
	uint32_t hops;

	if (!parse_word(p, "maximum-hops")) {
		parse_expected(p, "maximum-hops");
		return;
	}
	if (!parse_number(p, 0, 254, "a number of hops", &hops))
		return;
	p->opt->ttl_maximum_hops = (uint8_t)hops;
	done(p, OPT_TTL_MAXIMUM_HOPS);
}

static void opt_update_source(struct parser *p)
{
	if (parse_addr(p, &p->opt->update_source))
		done(p, OPT_UPDATE_SOURCE);
}

static bool take_timers(struct parser *p, uint16_t *keepalive, uint16_t *hold)
{
	uint32_t k, h;

	if (!parse_number(p, 0, 3600, "the keepalive time in seconds", &k) ||
	    !parse_number(p, 0, 7200, "the hold time in seconds", &h))
		return false;
	if (h == 1 || h == 2) {
		p->at--;
		parse_expected(p, "a hold time of 0 or at least 3 seconds (RFC 4271)");
		return false;
	}
	if (h && (!k || k > h)) {
		p->at -= 2;
		parse_expected(p, "a keepalive time of at least 1 and below the hold time");
		return false;
	}
	*keepalive = (uint16_t)k;
	*hold = (uint16_t)h;
	return true;
}

static void opt_timers(struct parser *p)
{
	if (take_timers(p, &p->opt->keepalive, &p->opt->hold))
		done(p, OPT_TIMERS);
}

/* NAME in|out */
static void take_direction(struct parser *p, char *in, char *out, uint32_t bit_in, uint32_t bit_out)
{
	char name[CONF_NAME_MAX + 1];

	if (!parse_text(p, "a name", name, sizeof(name)))
		return;
	if (parse_word(p, "in")) {
		strcpy(in, name);
		done(p, bit_in);
	} else if (parse_word(p, "out")) {
		strcpy(out, name);
		done(p, bit_out);
	} else {
		parse_expected(p, "in or out");
	}
}

static void opt_prefix_list(struct parser *p)
{
	take_direction(p, p->opt->prefix_list_in, p->opt->prefix_list_out, OPT_PREFIX_LIST_IN,
		       OPT_PREFIX_LIST_OUT);
}

static void opt_route_map(struct parser *p)
{
	take_direction(p, p->opt->route_map_in, p->opt->route_map_out, OPT_ROUTE_MAP_IN,
		       OPT_ROUTE_MAP_OUT);
}

static void opt_shutdown(struct parser *p)
{
	parse_word(p, "reason");
	if (parse_more(p) &&
	    !parse_rest(p, "a reason", p->opt->shutdown_text, sizeof(p->opt->shutdown_text)))
		return;
	p->opt->shutdown = true;
	done(p, OPT_SHUTDOWN);
}

static void opt_passive(struct parser *p)
{
	p->opt->passive = true;
	done(p, OPT_PASSIVE);
}

static void opt_enforce_first_as(struct parser *p)
{
	p->opt->enforce_first_as = true;
	done(p, OPT_ENFORCE_FIRST_AS);
}

/* What a ToR's configuration says and a leaf node has no choice in. */
static void opt_nothing(struct parser *p)
{
	conf_error_add(p->notes, p->line, 1, "ignored: %.150s", p->whole);
}

static const struct parse_row option_rows[] = {
	{"remote-as", opt_remote_as},
	{"local-as", opt_local_as},
	{"description", opt_description},
	{"password-file", opt_password_file},
	{"password", opt_password},
	{"bfd", opt_bfd},
	{"maximum-routes", opt_maximum_routes},
	{"allowas-in", opt_allowas_in},
	{"ebgp-multihop", opt_ebgp_multihop},
	{"ttl", opt_ttl},
	{"update-source", opt_update_source},
	{"timers", opt_timers},
	{"prefix-list", opt_prefix_list},
	{"route-map", opt_route_map},
	{"shutdown", opt_shutdown},
	{"passive", opt_passive},
	{"enforce-first-as", opt_enforce_first_as},
	{"send-community", opt_nothing},
	{"graceful-restart", opt_nothing},
	{"soft-reconfiguration", opt_nothing},
	{"next-hop-self", opt_nothing},
	{"route-reflector-client", opt_nothing},
	{"activate", opt_nothing},
	{"fall-over", opt_nothing},
	{"weight", opt_nothing},
};

/* ---- neighbor ---------------------------------------------------------------------------------
 */

/* The address's neighbour or the name's group, made when it is first named. */
static bool find_target(struct parser *p)
{
	struct conf *c = p->conf;
	const char *word = p->words[p->at++];
	struct conf_neighbor *n;
	struct conf_group *g;
	struct addr a;

	if (addr_parse(word, &a)) {
		if (!addr_is_host(&a) || addr_is_linklocal6(&a)) {
			p->at--;
			parse_expected(p, "the address of a neighbour");
			return false;
		}
		n = conf_find_neighbor(c, &a);
		if (!n) {
			n = parse_append(p, &c->neighbors, &c->n_neighbors, sizeof(*n),
					 CONF_NEIGHBORS_MAX, "neighbours");
			if (!n)
				return false;
			n->addr = a;
		}
		p->opt = &n->opt;
		p->group = NULL;
		return true;
	}
	if (strlen(word) > CONF_NAME_MAX || (word[0] >= '0' && word[0] <= '9')) {
		p->at--;
		parse_expected(p, "an IP address, or a peer group's name");
		return false;
	}
	g = conf_find_group(c, word);
	if (!g) {
		g = parse_append(p, &c->groups, &c->n_groups, sizeof(*g), CONF_GROUPS_MAX,
				 "peer groups");
		if (!g)
			return false;
		strcpy(g->name, word);
	}
	p->opt = &g->opt;
	p->group = g->name;
	return true;
}

static void take_neighbor(struct parser *p)
{
	if (!parse_more(p)) {
		parse_expected(p, "an IP address, or a peer group's name");
		return;
	}
	if (!find_target(p))
		return;
	/* peer group, in both spellings; without a name it makes the group */
	if (parse_word(p, "peer-group") || (parse_word(p, "peer") && parse_word(p, "group"))) {
		if (p->group) {
			parse_end(p);
			return;
		}
		if (parse_text(p, "a peer group's name", p->opt->peer_group,
			       sizeof(p->opt->peer_group)))
			done(p, OPT_PEER_GROUP);
		return;
	}
	if (!parse_dispatch(p, option_rows, sizeof(option_rows) / sizeof(option_rows[0])))
		parse_expected(p, "remote-as, peer group or another option of a neighbour");
}

/* ---- the block --------------------------------------------------------------------------------
 */

static void take_router_id(struct parser *p)
{
	struct addr a;

	if (!parse_addr(p, &a))
		return;
	if (a.afi != AFI_IP4 || addr_is_zero(&a)) {
		p->at--;
		parse_expected(p, "a router ID in the form of an IPv4 address");
		return;
	}
	if (!parse_end(p))
		return;
	p->conf->router_id = addr_to_ip4(&a);
	p->conf->set |= CONF_ROUTER_ID;
}

static void take_maximum_paths(struct parser *p)
{
	uint32_t n, ecmp;

	if (!parse_number(p, 1, 64, "a number of paths", &n))
		return;
	if (parse_word(p, "ecmp") && !parse_number(p, 1, 64, "a number of paths", &ecmp))
		return;
	if (!parse_end(p))
		return;
	p->conf->maximum_paths = (uint8_t)n;
	p->conf->set |= CONF_MAXIMUM_PATHS;
}

static void take_bgp_timers(struct parser *p)
{
	if (!parse_word(p, "bgp")) {
		parse_expected(p, "bgp");
		return;
	}
	if (take_timers(p, &p->conf->keepalive, &p->conf->hold) && parse_end(p))
		p->conf->set |= CONF_TIMERS;
}

static void take_graceful_restart(struct parser *p)
{
	uint32_t s;

	if (!parse_more(p))
		return; /* it is always on */
	if (parse_word(p, "restart-time")) {
		if (!parse_number(p, 1, 3600, "seconds", &s) || !parse_end(p))
			return;
		p->conf->restart_time = (uint16_t)s;
		p->conf->set |= CONF_RESTART_TIME;
	} else if (parse_word(p, "stalepath-time")) {
		if (!parse_number(p, 1, 3600, "seconds", &s) || !parse_end(p))
			return;
		p->conf->stale_time = (uint16_t)s;
		p->conf->set |= CONF_STALE_TIME;
	} else {
		parse_expected(p, "restart-time or stalepath-time");
	}
}

static void take_network(struct parser *p)
{
	struct prefix prefix, *at;

	if (!parse_prefix(p, &prefix) || !parse_end(p))
		return;
	for (size_t i = 0; i < p->conf->n_networks; i++) {
		if (prefix_eq(&p->conf->networks[i], &prefix))
			return;
	}
	at = parse_append(p, &p->conf->networks, &p->conf->n_networks, sizeof(*at),
			  CONF_PREFIXES_MAX, "networks");
	if (at)
		*at = prefix;
}

static void take_bgp(struct parser *p)
{
	if (parse_word(p, "always-compare-med")) {
		if (!parse_end(p))
			return;
		p->conf->always_compare_med = true;
		p->conf->set |= CONF_ALWAYS_COMPARE_MED;
		return;
	}
	conf_error_add(p->notes, p->line, 1, "ignored: %.150s", p->whole);
}

static const struct parse_row bgp_rows[] = {
	{"neighbor", take_neighbor},
	{"router-id", take_router_id},
	{"maximum-paths", take_maximum_paths},
	{"timers", take_bgp_timers},
	{"graceful-restart", take_graceful_restart},
	{"network", take_network},
	{"bgp", take_bgp},
	{"address-family", opt_nothing},
	{"distance", opt_nothing},
	{"redistribute", opt_nothing},
	{"graceful-restart-helper", opt_nothing},
	{"no", opt_nothing},
	{"activate", opt_nothing},
};

bool parse_bgp_line(struct parser *p)
{
	return parse_dispatch(p, bgp_rows, sizeof(bgp_rows) / sizeof(bgp_rows[0]));
}
