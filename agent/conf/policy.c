/* policy: the lines of prefix lists and route maps. */
#include "agent/conf/parse.h"

#include <stdlib.h>
#include <string.h>

/* ---- ip prefix-list NAME seq N permit|deny PREFIX [ge N] [le N]
 * ----------------------------------- */

static uint32_t next_seq(const struct conf *c, const char *name)
{
	uint32_t seq = 0;

	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		if (strcmp(c->prefix_lists[i].name, name) == 0 && c->prefix_lists[i].seq > seq)
			seq = c->prefix_lists[i].seq;
	}
	return seq / 10 * 10 + 10;
}

static bool take_action(struct parser *p, bool *permit)
{
	if (parse_word(p, "permit"))
		*permit = true;
	else if (parse_word(p, "deny"))
		*permit = false;
	else
		parse_expected(p, "permit or deny");
	return !p->bad;
}

static bool take_lengths(struct parser *p, struct conf_prefix_list_entry *e)
{
	uint32_t v, bits = afi_bits(e->prefix.afi);

	while (parse_more(p) && !p->bad) {
		bool ge = parse_word(p, "ge");

		if (!ge && !parse_word(p, "le") && !parse_word(p, "eq")) {
			parse_expected(p, "ge or le");
			return false;
		}
		if (!parse_number(p, e->prefix.len, bits, "a prefix length", &v))
			return false;
		if (ge)
			e->ge = (uint8_t)v;
		else
			e->le = (uint8_t)v;
	}
	if (e->ge && e->le && e->ge > e->le)
		parse_wrong(p, "ge %u is above le %u", e->ge, e->le);
	return !p->bad;
}

void parse_prefix_list(struct parser *p)
{
	struct conf *c = p->conf;
	struct conf_prefix_list_entry e = {0}, *at;

	if (!parse_text(p, "a prefix list's name", e.name, sizeof(e.name)))
		return;
	e.seq = next_seq(c, e.name);
	if (parse_word(p, "seq") && !parse_number(p, 0, 65535, "a sequence number", &e.seq))
		return;
	if (!take_action(p, &e.permit) || !parse_prefix(p, &e.prefix) || !take_lengths(p, &e))
		return;
	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		if (strcmp(c->prefix_lists[i].name, e.name) == 0 &&
		    c->prefix_lists[i].seq == e.seq) {
			parse_wrong(p, "prefix list %s has an entry %u already", e.name, e.seq);
			return;
		}
	}
	at = parse_append(p, &c->prefix_lists, &c->n_prefix_lists, sizeof(*at), CONF_LISTS_MAX,
			  "entries of prefix lists");
	if (at)
		*at = e;
}

/* ---- route-map NAME permit|deny SEQ -------------------------------------------------------------
 */

void parse_route_map(struct parser *p)
{
	struct conf *c = p->conf;
	struct conf_route_map_entry e = {.permit = true, .seq = 10}, *at;

	p->block = BLOCK_TOP;
	if (!parse_text(p, "a route map's name", e.name, sizeof(e.name)))
		return;
	if (parse_more(p) && !take_action(p, &e.permit))
		return;
	if (parse_more(p) && !parse_number(p, 0, 65535, "a sequence number", &e.seq))
		return;
	if (!parse_end(p))
		return;
	for (size_t i = 0; i < c->n_route_maps; i++) {
		if (strcmp(c->route_maps[i].name, e.name) == 0 && c->route_maps[i].seq == e.seq) {
			parse_wrong(p, "route map %s has an entry %u already", e.name, e.seq);
			return;
		}
	}
	at = parse_append(p, &c->route_maps, &c->n_route_maps, sizeof(*at), CONF_LISTS_MAX,
			  "entries of route maps");
	if (!at)
		return;
	*at = e;
	p->block = BLOCK_ROUTE_MAP;
}

static struct conf_route_map_entry *current(struct parser *p)
{
	return &p->conf->route_maps[p->conf->n_route_maps - 1];
}

/* 65000:1, or one of the names everybody knows. */
static bool take_community(struct parser *p, uint32_t *out)
{
	static const struct {
		const char *name;
		uint32_t value;
	} names[] = {
		{"GSHUT", 0xffff0000u},     {"graceful-shutdown", 0xffff0000u},
		{"no-export", 0xffffff01u}, {"no-advertise", 0xffffff02u},
		{"local-as", 0xffffff03u},  {"internet", 0},
	};
	const char *s = p->at < p->n ? p->words[p->at] : "";
	char *end;
	unsigned long high, low;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (parse_word(p, names[i].name)) {
			*out = names[i].value;
			return true;
		}
	}
	high = strtoul(s, &end, 10);
	if (*s >= '0' && *s <= '9' && *end == ':' && high <= UINT16_MAX && end[1] >= '0' &&
	    end[1] <= '9') {
		low = strtoul(end + 1, &end, 10);
		if (!*end && low <= UINT16_MAX) {
			*out = (uint32_t)high << 16 | (uint32_t)low;
			p->at++;
			return true;
		}
	}
	parse_expected(p, "a community such as 65000:1");
	return false;
}

static void take_communities(struct parser *p, uint32_t *list, uint8_t *n)
{
	*n = 0;
	do {
		if (*n == CONF_COMMUNITIES_MAX) {
			parse_wrong(p, "more than %d communities", CONF_COMMUNITIES_MAX);
			return;
		}
		if (!take_community(p, &list[*n]))
			return;
		++*n;
	} while (parse_more(p) && strcmp(p->words[p->at], "additive") != 0);
}

static void take_match(struct parser *p)
{
	struct conf_route_map_entry *e = current(p);
	uint32_t v;

	if (parse_word(p, "ip") || parse_word(p, "ipv6")) {
		if (!parse_word(p, "address") || !parse_word(p, "prefix-list")) {
			parse_expected(p, "address prefix-list NAME");
			return;
		}
		parse_text(p, "a prefix list's name", e->match_prefix_list,
			   sizeof(e->match_prefix_list));
	} else if (parse_word(p, "community")) {
		take_communities(p, e->match_community, &e->n_match_community);
	} else if (parse_word(p, "as-path")) {
		if (!parse_word(p, "length")) {
			parse_expected(p, "length");
			return;
		}
		e->as_path_min = 0;
		e->as_path_max = UINT16_MAX;
		if (parse_word(p, ">=")) {
			if (parse_number(p, 0, UINT16_MAX, "a length", &v))
				e->as_path_min = (uint16_t)v;
		} else if (parse_word(p, "<=")) {
			if (parse_number(p, 0, UINT16_MAX, "a length", &v))
				e->as_path_max = (uint16_t)v;
		} else {
			parse_word(p, "=");
			if (parse_number(p, 0, UINT16_MAX, "a length", &v))
				e->as_path_min = e->as_path_max = (uint16_t)v;
		}
		e->match_as_path_length = !p->bad;
	} else {
		parse_expected(p, "ip address prefix-list, community or as-path length");
	}
	parse_end(p);
}

static void take_prepend(struct parser *p, struct conf_route_map_entry *e)
{
	if (!parse_word(p, "prepend")) {
		parse_expected(p, "prepend");
		return;
	}
	e->n_prepend = 0;
	do {
		if (e->n_prepend == CONF_PREPEND_MAX) {
			parse_wrong(p, "more than %d ASes", CONF_PREPEND_MAX);
			return;
		}
		if (!parse_asn(p, &e->prepend[e->n_prepend]))
			return;
		e->n_prepend++;
	} while (parse_more(p));
}

static void take_set(struct parser *p)
{
	struct conf_route_map_entry *e = current(p);

	if (parse_word(p, "local-preference")) {
		e->set_local_pref = parse_number(p, 0, UINT32_MAX, "a preference", &e->local_pref);
	} else if (parse_word(p, "metric") || parse_word(p, "med")) {
		e->set_med = parse_number(p, 0, UINT32_MAX, "a metric", &e->med);
	} else if (parse_word(p, "community")) {
		take_communities(p, e->set_community, &e->n_set_community);
		e->set_additive = parse_word(p, "additive");
	} else if (parse_word(p, "as-path")) {
		take_prepend(p, e);
	} else {
		parse_expected(p, "local-preference, metric, community or as-path prepend");
	}
	parse_end(p);
}

static const struct parse_row rows[] = {{"match", take_match}, {"set", take_set}};

bool parse_policy_line(struct parser *p)
{
	return parse_dispatch(p, rows, sizeof(rows) / sizeof(rows[0]));
}
