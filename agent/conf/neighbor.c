/*
 * neighbor: the options of a neighbour or a peer group, in router bgp and its address families.
 *
 * With "no" an option that is a yes or no becomes a no, over what the peer group says; any other,
 * and with "default" each, is as if it had never been given.
 */
#include "agent/conf/parse.h"
#include "agent/conf/table.h"

#include <stdio.h>
#include <string.h>

static void done(struct parser *p, uint64_t bit)
{
	if (!parse_end(p))
		return;
	if (p->to_default)
		options_unset(p->opt, bit);
	else
		p->opt->set |= bit;
}

/* Of "no": forgets the option and whatever follows. */
static bool taken_back(struct parser *p, uint64_t bit)
{
	if (!p->no)
		return false;
	options_unset(p->opt, bit);
	p->at = p->n;
	return true;
}

/* A number, or with external and internal whichever the other side has, as FRR and Cumulus say for
 * neighbours that are not known by an address. */
static bool take_remote_as(struct parser *p)
{
	static const uint32_t kinds[] = {CONF_AS_EXTERNAL, CONF_AS_INTERNAL};
	int kind = parse_choice(p, "external|internal");

	if (kind >= 0)
		p->opt->remote_as = kinds[kind];
	else if (!parse_asn(p, &p->opt->remote_as))
		return false;
	return true;
}

static void opt_remote_as(struct parser *p)
{
	if (!taken_back(p, OPT_REMOTE_AS) && take_remote_as(p))
		done(p, OPT_REMOTE_AS);
}

static void opt_local_as(struct parser *p)
{
	if (taken_back(p, OPT_LOCAL_AS) || !parse_asn(p, &p->opt->local_as))
		return;
	/* EOS wants these words behind it; there is no other way here */
	parse_word(p, "no-prepend");
	parse_word(p, "replace-as");
	done(p, OPT_LOCAL_AS);
}

static void opt_description(struct parser *p)
{
	if (!taken_back(p, OPT_DESCRIPTION) &&
	    parse_rest(p, "a description", p->opt->description, sizeof(p->opt->description)))
		done(p, OPT_DESCRIPTION);
}

/* [tcp-ao KEY-ID [ALGORITHM]] */
static bool take_ao(struct parser *p, struct conf_ao *ao)
{
	uint32_t id;
	int algorithm;

	*ao = (struct conf_ao){.on = false};
	if (!parse_word(p, "tcp-ao"))
		return true;
	if (!parse_number(p, 0, UINT8_MAX, "a key ID", &id))
		return false;
	algorithm = parse_choice(p, "hmac-sha1-96|aes-128-cmac-96");
	if (algorithm < 0 && parse_more(p)) {
		parse_expected(p, "hmac-sha1-96 or aes-128-cmac-96");
		return false;
	}
	ao->on = true;
	ao->id = (uint8_t)id;
	ao->algorithm = algorithm < 0 ? CONF_AO_HMAC_SHA1_96 : (uint8_t)algorithm;
	return true;
}

static void opt_password_file(struct parser *p)
{
	if (taken_back(p, OPT_PASSWORD_FILE) ||
	    !parse_text(p, "a file name", p->opt->password_file, sizeof(p->opt->password_file)))
		return;
	if (p->opt->password_file[0] != '/') {
		p->at--;
		parse_expected(p, "an absolute path");
		return;
	}
	if (take_ao(p, &p->opt->ao))
		done(p, OPT_PASSWORD_FILE);
}

static void opt_password(struct parser *p)
{
	/* a password in the configuration would be one in the API server, in logs and in show */
	parse_wrong(p, "passwords are read from files: neighbor X password-file PATH");
}

/* bfd, bfd strict: it is used; bfd interval ...: how, if it is. */
static void opt_bfd(struct parser *p)
{
	struct conf_options *o = p->opt;

	if (parse_word(p, "interval")) {
		if (!taken_back(p, OPT_BFD_TIMERS) &&
		    parse_bfd_timers(p, &o->bfd_interval, &o->bfd_min_rx, &o->bfd_multiplier))
			done(p, OPT_BFD_TIMERS);
		return;
	}
	o->bfd = !p->no;
	o->bfd_strict = parse_word(p, "strict") && !p->no;
	done(p, OPT_BFD);
}

static void opt_fall_over(struct parser *p)
{
	if (parse_word(p, "bfd"))
		opt_bfd(p);
	else
		parse_expected(p, "bfd");
}

static void opt_maximum_routes(struct parser *p)
{
	uint32_t limit;
	int which;

	if (taken_back(p, OPT_MAXIMUM_ROUTES) ||
	    !parse_number(p, 0, UINT32_MAX, "a number of routes", &p->opt->maximum_routes))
		return;
	while ((which = parse_choice(p, "warning-limit|warning-only")) == 0) {
		if (!parse_number(p, 0, UINT32_MAX, "a number of routes", &limit))
			return;
		parse_word(p, "percent");
		conf_error_add(p->notes, p->line, p->columns[p->at - 1],
			       "ignored: warning-limit; the limit itself is heeded");
	}
	p->opt->maximum_routes_warn = which == 1;
	done(p, OPT_MAXIMUM_ROUTES);
}

static void opt_allowas_in(struct parser *p)
{
	uint32_t times = 3; /* what EOS takes without a number */

	if (p->no) {
		times = 0;
		p->at = p->n;
	} else if (parse_more(p) && !parse_number(p, 0, 10, "a number of times", &times))
		return;
	p->opt->allowas_in = (uint8_t)times;
	done(p, OPT_ALLOWAS_IN);
}

static void opt_ebgp_multihop(struct parser *p)
{
	uint32_t hops = 255;

	if (taken_back(p, OPT_EBGP_MULTIHOP) ||
	    (parse_more(p) && !parse_number(p, 1, 255, "a number of hops", &hops)))
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
	if (taken_back(p, OPT_TTL_MAXIMUM_HOPS) ||
	    !parse_number(p, 0, 254, "a number of hops", &hops))
		return;
	p->opt->ttl_maximum_hops = (uint8_t)hops;
	done(p, OPT_TTL_MAXIMUM_HOPS);
}

static void opt_update_source(struct parser *p)
{
	const char *word = parse_more(p) ? p->words[p->at] : "";
	struct addr a;

	if (taken_back(p, OPT_UPDATE_SOURCE))
		return;
	options_unset(p->opt, OPT_UPDATE_SOURCE);
	if (addr_parse(word, &a) && addr_is_host(&a)) {
		p->opt->update_source = a;
	} else if (ifname_ok(word) && (word[0] < '0' || word[0] > '9')) {
		strcpy(p->opt->update_source_if, word);
	} else {
		parse_expected(p, "an address of this host, or an interface");
		return;
	}
	p->at++;
	done(p, OPT_UPDATE_SOURCE);
}

bool parse_timers(struct parser *p, uint16_t *keepalive, uint16_t *hold)
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
	if (!taken_back(p, OPT_TIMERS) && parse_timers(p, &p->opt->keepalive, &p->opt->hold))
		done(p, OPT_TIMERS);
}

/* NAME in|out */
static void take_direction(struct parser *p, char *in, char *out, uint64_t bit_in, uint64_t bit_out)
{
	char name[CONF_NAME_MAX + 1];
	int direction;

	if (!parse_text(p, "a name", name, sizeof(name)))
		return;
	direction = parse_choice(p, "in|out");
	if (direction < 0)
		parse_expected(p, "in or out");
	else if (!taken_back(p, direction ? bit_out : bit_in)) {
		memcpy(direction ? out : in, name, sizeof(name));
		done(p, direction ? bit_out : bit_in);
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
	options_unset(p->opt, OPT_SHUTDOWN);
	p->opt->shutdown = !p->no;
	/* not abbreviated: "r" may be the message itself */
	if (parse_more(p) && !p->no && strcmp(p->words[p->at], "reason") == 0)
		p->at++;
	if (p->no)
		p->at = p->n; /* whatever the reason was */
	if (parse_more(p) &&
	    !parse_rest(p, "a reason", p->opt->shutdown_text, sizeof(p->opt->shutdown_text)))
		return;
	done(p, OPT_SHUTDOWN);
}

static void opt_passive(struct parser *p)
{
	p->opt->passive = !p->no;
	done(p, OPT_PASSIVE);
}

/* transport connection-mode passive, as EOS had it before passive */
static void opt_transport(struct parser *p)
{
	if (parse_word(p, "connection-mode") && parse_word(p, "passive"))
		opt_passive(p);
	else
		parse_expected(p, "connection-mode passive");
}

static void opt_enforce_first_as(struct parser *p)
{
	p->opt->enforce_first_as = !p->no;
	done(p, OPT_ENFORCE_FIRST_AS);
}

static void opt_send_community(struct parser *p)
{
	/* all kinds, or none */
	while (parse_choice(p, "add|standard|extended|large|both|all") >= 0)
		;
	p->opt->send_community = !p->no;
	done(p, OPT_SEND_COMMUNITY);
}

static void opt_graceful_restart(struct parser *p)
{
	p->opt->graceful_restart = !p->no;
	done(p, OPT_GRACEFUL_RESTART);
}

static void opt_role(struct parser *p)
{
	if (taken_back(p, OPT_ROLE))
		return;
	for (uint8_t i = 0; i < CONF_ROLE_COUNT; i++) {
		if (!parse_more(p) || strcmp(p->words[p->at], conf_role_names[i]) != 0)
			continue;
		p->at++;
		p->opt->role = i;
		p->opt->role_strict = parse_word(p, "strict");
		done(p, OPT_ROLE);
		return;
	}
	parse_expected(p, "provider, rs, rs-client, customer or peer: what this node is");
}

static void opt_peer_group(struct parser *p)
{
	if (p->group) { /* without a name it makes the group */
		if (p->no)
			parse_wrong(p, "a peer group cannot be taken back: leave its lines out");
		else if (parse_end(p))
			p->groups[conf_find_group(p->conf, p->group) - p->conf->groups].made = true;
		return;
	}
	if (taken_back(p, OPT_PEER_GROUP) ||
	    !parse_text(p, "a peer group's name", p->opt->peer_group, sizeof(p->opt->peer_group)))
		return;
	/* EOS: neighbor interface Et1 peer-group TOR remote-as 65001 */
	if (!parse_word(p, "remote-as"))
		done(p, OPT_PEER_GROUP);
	else if (take_remote_as(p))
		done(p, OPT_PEER_GROUP | OPT_REMOTE_AS);
}

static void opt_peer(struct parser *p)
{
	if (parse_word(p, "group"))
		opt_peer_group(p);
	else
		parse_expected(p, "group");
}

/* All of them are. */
static void opt_monitoring(struct parser *p)
{
	if (p->no)
		parse_ignored(p, p->at);
	else
		parse_end(p);
}

/* What a ToR's configuration says and a node has no choice in. */
static void opt_nothing(struct parser *p)
{
	parse_ignored(p, p->at);
}

static const struct parse_row option_words[] = {
	{"remote-as", opt_remote_as, true},
	{"local-as", opt_local_as, true},
	{"description", opt_description, true},
	{"password-file", opt_password_file, true},
	{"password", opt_password, false},
	{"bfd", opt_bfd, true},
	{"fall-over", opt_fall_over, true},
	{"maximum-routes", opt_maximum_routes, true},
	{"allowas-in", opt_allowas_in, true},
	{"ebgp-multihop", opt_ebgp_multihop, true},
	{"ttl", opt_ttl, true},
	{"update-source", opt_update_source, true},
	{"timers", opt_timers, true},
	{"prefix-list", opt_prefix_list, true},
	{"route-map", opt_route_map, true},
	{"shutdown", opt_shutdown, true},
	{"passive", opt_passive, true},
	{"transport", opt_transport, true},
	{"enforce-first-as", opt_enforce_first_as, true},
	{"send-community", opt_send_community, true},
	{"graceful-restart", opt_graceful_restart, true},
	{"role", opt_role, true},
	{"peer", opt_peer, true},
	{"peer-group", opt_peer_group, true},
	{"activate", opt_nothing, true},
	{"additional-paths", opt_nothing, true},
	{"auto-local-addr", opt_nothing, true},
	{"default-originate", opt_nothing, true},
	{"export-localpref", opt_nothing, true},
	{"graceful-restart-helper", opt_nothing, true},
	{"idle-restart-timer", opt_nothing, true},
	{"import-localpref", opt_nothing, true},
	{"link-bandwidth", opt_nothing, true},
	{"metric-out", opt_nothing, true},
	{"monitoring", opt_monitoring, true},
	{"next-hop-self", opt_nothing, true},
	{"next-hop-unchanged", opt_nothing, true},
	{"out-delay", opt_nothing, true},
	{"remove-private-as", opt_nothing, true},
	{"rib-in", opt_nothing, true},
	{"route-reflector-client", opt_nothing, true},
	{"route-to-peer", opt_nothing, true},
	{"session", opt_nothing, true},
	{"soft-reconfiguration", opt_nothing, true},
	{"weight", opt_nothing, true},
};
#define OPTION_WORDS (sizeof(option_words) / sizeof(option_words[0]))

/* ---- whom it is about -------------------------------------------------------------------------
 */

/* A neighbour as the line writes it: an address, one with its interface, an interface. */
static bool take_name(struct parser *p, struct conf_neighbor *out)
{
	const char *word = p->words[p->at];
	const char *percent = strchr(word, '%');
	char text[ADDR_STRLEN] = "";
	size_t len = percent ? (size_t)(percent - word) : strlen(word);

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	if (!addr_parse(text, &out->addr))
		return false;
	if (percent) {
		if (!ifname_ok(percent + 1) || !addr_is_linklocal6(&out->addr)) {
			parse_expected(p,
				       "a link-local address and its interface, as fe80::1%eth1");
			return false;
		}
		strcpy(out->ifname, percent + 1);
	} else if (addr_is_linklocal6(&out->addr)) {
		parse_expected(p, "the address of a neighbour; a link-local one with its "
				  "interface, as fe80::1%eth1");
		return false;
	} else if (!addr_is_host(&out->addr)) {
		parse_expected(p, "the address of a neighbour");
		return false;
	}
	return true;
}

static bool target_neighbor(struct parser *p, const struct conf_neighbor *name, bool make)
{
	struct conf *c = p->conf;
	struct conf_neighbor *n = conf_find_neighbor_on(c, &name->addr, name->ifname);

	if (!n && !make) {
		p->opt = NULL;
		return true;
	}
	if (!n) {
		n = parse_append(p, &c->neighbors, &c->n_neighbors, sizeof(*n), CONF_NEIGHBORS_MAX,
				 "neighbours");
		if (!n)
			return false;
		n->addr = name->addr;
		strcpy(n->ifname, name->ifname);
	}
	p->opt = &n->opt;
	return true;
}

static bool target_group(struct parser *p, bool make)
{
	struct conf *c = p->conf;
	const char *word = p->words[p->at];
	struct conf_group *g = conf_find_group(c, word);

	if (!g && !make) {
		p->opt = NULL;
		return true;
	}
	if (!g) {
		g = parse_append(p, &c->groups, &c->n_groups, sizeof(*g), CONF_GROUPS_MAX,
				 "peer groups");
		if (!g)
			return false;
		strcpy(g->name, word);
		p->groups[c->n_groups - 1].line = p->line;
		p->groups[c->n_groups - 1].column = p->columns[p->at];
	}
	p->opt = &g->opt;
	p->group = g->name;
	return true;
}

/* Finds, or makes, what the line is about: p->opt, NULL if it is not there and is not to be. */
static bool find_target(struct parser *p, bool may_make)
{
	struct conf_neighbor name = {.addr = {.afi = AFI_NONE}};
	const char *word;
	bool make;

	p->group = NULL;
	if (!parse_more(p)) {
		parse_expected(p, "an IP address, or a peer group's name");
		return false;
	}
	word = p->words[p->at];
	if (strcmp(word, "interface") == 0) {
		p->at++;
		if (!parse_more(p) || !ifname_ok(p->words[p->at])) {
			parse_expected(p, "an interface");
			return false;
		}
		strcpy(name.ifname, p->words[p->at]);
	} else if (p->at + 1 < p->n && strcmp(p->words[p->at + 1], "interface") == 0 &&
		   ifname_ok(word)) {
		/* FRR's order of the words */
		strcpy(name.ifname, word);
		p->at++;
	} else if (!take_name(p, &name)) {
		if (p->bad)
			return false;
		if (strlen(word) > CONF_NAME_MAX || (word[0] >= '0' && word[0] <= '9') ||
		    strchr(word, ':')) {
			parse_expected(p, "an IP address, or a peer group's name");
			return false;
		}
	}
	p->at++;
	make = may_make && !p->no;
	if (name.addr.afi != AFI_NONE || *name.ifname)
		return target_neighbor(p, &name, make);
	p->at--;
	if (!target_group(p, make))
		return false;
	p->at++;
	return true;
}

/* "no neighbor X": as if there had been no line about it. */
static void forget_neighbor(struct parser *p)
{
	struct conf *c = p->conf;

	if (p->group) {
		parse_wrong(p, "a peer group cannot be taken back: leave its lines out");
		return;
	}
	for (size_t i = 0; i < c->n_neighbors; i++) {
		if (&c->neighbors[i].opt != p->opt)
			continue;
		memmove(&c->neighbors[i], &c->neighbors[i + 1],
			(c->n_neighbors - i - 1) * sizeof(c->neighbors[0]));
		c->n_neighbors--;
		return;
	}
}

void parse_neighbor(struct parser *p)
{
	struct conf_options nobody = {.set = 0}; /* takes what is said of who is not there */

	if (!find_target(p, true))
		return;
	if (p->no && !parse_more(p)) {
		forget_neighbor(p);
		return;
	}
	if (!p->opt)
		p->opt = &nobody;
	if (!parse_dispatch(p, option_words, OPTION_WORDS, MATCH_ABBREVIATED))
		parse_expected(p, "remote-as, peer group or another option of a neighbour");
	p->opt = NULL;
}

/* ---- address families -------------------------------------------------------------------------
 */

static void family_activate(struct parser *p)
{
	p->opt->family[p->family].activate = !p->no;
	done(p, OPT_FAMILY_ACTIVATE(p->family));
}

static void family_prefix_list(struct parser *p)
{
	struct conf_family_options *f = &p->opt->family[p->family];

	take_direction(p, f->prefix_list_in, f->prefix_list_out,
		       OPT_FAMILY_PREFIX_LIST_IN(p->family), OPT_FAMILY_PREFIX_LIST_OUT(p->family));
}

static void family_route_map(struct parser *p)
{
	struct conf_family_options *f = &p->opt->family[p->family];

	take_direction(p, f->route_map_in, f->route_map_out, OPT_FAMILY_ROUTE_MAP_IN(p->family),
		       OPT_FAMILY_ROUTE_MAP_OUT(p->family));
}

/* next-hop address-family ipv6 [originate] */
static void family_next_hop(struct parser *p)
{
	if (p->family != CONF_IP4 || !parse_word(p, "address-family") || !parse_word(p, "ipv6")) {
		parse_expected(p, "address-family ipv6, within address-family ipv4");
		return;
	}
	parse_word(p, "originate");
	p->opt->family[CONF_IP4].extended_nexthop = !p->no;
	done(p, OPT_FAMILY_EXTENDED_NEXTHOP(CONF_IP4));
}

static const struct parse_row family_words[] = {
	{"activate", family_activate, true},
	{"prefix-list", family_prefix_list, true},
	{"route-map", family_route_map, true},
	{"next-hop", family_next_hop, true},
	{"additional-paths", opt_nothing, true},
	{"default-originate", opt_nothing, true},
	{"graceful-restart", opt_nothing, true},
	{"next-hop-self", opt_nothing, true},
	{"next-hop-unchanged", opt_nothing, true},
	{"route-reflector-client", opt_nothing, true},
	{"weight", opt_nothing, true},
};

void parse_family_neighbor(struct parser *p)
{
	size_t who = p->at;

	if (!find_target(p, false))
		return;
	if (!p->opt) {
		p->at = who;
		parse_expected(p, "a neighbour or group that router bgp has already");
		return;
	}
	if (!parse_dispatch(p, family_words, sizeof(family_words) / sizeof(family_words[0]),
			    MATCH_ABBREVIATED))
		parse_expected(p, "activate, prefix-list, route-map or next-hop");
	p->opt = NULL;
}
