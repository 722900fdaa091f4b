/* policy: the lines of prefix lists and route maps. */
#include "agent/conf/parse.h"

#include <stdlib.h>
#include <string.h>

/* ---- ip prefix-list NAME seq N permit|deny PREFIX [eq N] [ge N] [le N] -------------------------
 */

/* Whether the number is above all that are known of the name. */
static bool is_above(const struct parse_top *top, const char *name, enum afi afi, uint32_t seq)
{
	return top->known && top->afi == afi && strcmp(top->name, name) == 0 && seq > top->seq;
}

static void top_set(struct parse_top *top, const char *name, enum afi afi, uint32_t seq)
{
	top->known = true;
	memset(top->name, 0, sizeof(top->name));
	strcpy(top->name, name);
	top->afi = afi;
	top->seq = seq;
}

/* ip and ipv6 prefix-list of one name are two, as EOS has it. */
static bool is_of(const struct conf_prefix_list_entry *e, const char *name, enum afi afi)
{
	return e->prefix.afi == afi && strcmp(e->name, name) == 0;
}

static uint32_t next_seq(const struct parser *p, const char *name, enum afi afi)
{
	const struct conf *c = p->conf;
	uint32_t seq = 0;

	if (is_above(&p->list_top, name, afi, UINT32_MAX))
		return p->list_top.seq / 10 * 10 + 10;
	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		if (is_of(&c->prefix_lists[i], name, afi) && c->prefix_lists[i].seq > seq)
			seq = c->prefix_lists[i].seq;
	}
	return seq / 10 * 10 + 10;
}

/* What entries of lists and of maps have in common. */
struct numbered {
	const char *name;
	enum afi afi; /* of a list; AFI_NONE of a map */
	uint32_t seq;
};

static struct numbered entry_at(const struct conf *c, size_t i)
{
	const struct conf_prefix_list_entry *e = &c->prefix_lists[i];

	return (struct numbered){e->name, (enum afi)e->prefix.afi, e->seq};
}

static struct numbered map_at(const struct conf *c, size_t i)
{
	return (struct numbered){c->route_maps[i].name, AFI_NONE, c->route_maps[i].seq};
}

/* Whether one of the n is the wanted one; if not, it is going to be. */
static bool has(const struct conf *c, struct numbered (*at)(const struct conf *c, size_t i),
		size_t n, struct numbered want, struct parse_top *top)
{
	uint32_t most = want.seq;

	for (size_t i = 0; !is_above(top, want.name, want.afi, want.seq) && i < n; i++) {
		struct numbered it = at(c, i);

		if (it.afi != want.afi || strcmp(it.name, want.name) != 0)
			continue;
		if (it.seq == want.seq)
			return true;
		if (it.seq > most)
			most = it.seq;
	}
	top_set(top, want.name, want.afi, most);
	return false;
}

static bool has_entry(struct parser *p, const char *name, enum afi afi, uint32_t seq)
{
	return has(p->conf, entry_at, p->conf->n_prefix_lists, (struct numbered){name, afi, seq},
		   &p->list_top);
}

static bool has_map(struct parser *p, const char *name, uint32_t seq)
{
	return has(p->conf, map_at, p->conf->n_route_maps, (struct numbered){name, AFI_NONE, seq},
		   &p->map_top);
}

static bool take_action(struct parser *p, bool *permit)
{
	int action = parse_choice(p, "permit|deny");

	if (action < 0)
		parse_expected(p, "permit or deny");
	*permit = action == 0;
	return !p->bad;
}

static bool take_lengths(struct parser *p, struct conf_prefix_list_entry *e)
{
	uint32_t len = e->prefix.len, bits = afi_bits(e->prefix.afi), v;
	uint32_t ge = len, le = parse_more(p) ? bits : len;

	while (parse_more(p)) {
		int which = parse_choice(p, "ge|le|eq");

		if (which < 0) {
			parse_expected(p, "ge, le or eq");
			return false;
		}
		if (!parse_number(p, len, bits, "a prefix length", &v))
			return false;
		if (which != 1)
			ge = v;
		if (which != 0)
			le = v;
	}
	if (ge > le) {
		parse_wrong(p, "ge %u is above le %u", ge, le);
		return false;
	}
	/* one way to say each: ge alone is up to host routes, le alone from the length on */
	e->ge = ge > len ? (uint8_t)ge : 0;
	e->le = le != (e->ge ? bits : len) ? (uint8_t)le : 0;
	return true;
}

/* [seq N] permit|deny PREFIX [eq N] [ge N] [le N] of the list */
static void take_entry(struct parser *p, const char *name, enum afi afi)
{
	struct conf *c = p->conf;
	struct conf_prefix_list_entry e = {.seq = next_seq(p, name, afi)}, *at;

	strcpy(e.name, name);
	if (parse_word(p, "seq") && !parse_number(p, 0, 65535, "a sequence number", &e.seq))
		return;
	if (!take_action(p, &e.permit) || !parse_prefix(p, &e.prefix))
		return;
	if (e.prefix.afi != afi) {
		p->at--;
		parse_expected(p, afi == AFI_IP4 ? "an IPv4 prefix; others go into an ipv6 "
						   "prefix-list"
						 : "an IPv6 prefix; others go into an ip "
						   "prefix-list");
		return;
	}
	if (!take_lengths(p, &e))
		return;
	if (has_entry(p, e.name, afi, e.seq)) {
		parse_wrong(p, "prefix list %s has an entry %u already", e.name, e.seq);
		return;
	}
	at = parse_append(p, &c->prefix_lists, &c->n_prefix_lists, sizeof(*at), CONF_LISTS_MAX,
			  "entries of prefix lists");
	if (at)
		*at = e;
}

/* Behind "no": [seq N [what it said]]; without a number all of the list. */
static void forget_entries(struct parser *p, const char *name, enum afi afi)
{
	struct conf *c = p->conf;
	bool all = !parse_word(p, "seq");
	uint32_t seq = 0;
	size_t kept = 0;

	if (!all && !parse_number(p, 0, 65535, "a sequence number", &seq))
		return;
	if (all && parse_more(p)) {
		parse_expected(p, "seq and the number of an entry, or the end of the line");
		return;
	}
	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		const struct conf_prefix_list_entry *e = &c->prefix_lists[i];

		if (!is_of(e, name, afi) || (!all && e->seq != seq))
			c->prefix_lists[kept++] = *e;
	}
	c->n_prefix_lists = kept;
	p->list_top.known = false;
}

void parse_prefix_list(struct parser *p, enum afi afi)
{
	char name[CONF_NAME_MAX + 1];

	p->block = BLOCK_TOP;
	if (!parse_text(p, "a prefix list's name", name, sizeof(name)))
		return;
	if (p->no) {
		forget_entries(p, name, afi);
		return;
	}
	if (parse_more(p)) {
		take_entry(p, name, afi);
		return;
	}
	/* its entries are on the lines to come */
	p->block = BLOCK_PREFIX_LIST;
	p->list_afi = afi;
	memcpy(p->list_name, name, sizeof(name));
}

static void take_list_line(struct parser *p)
{
	p->at--;
	if (p->no)
		forget_entries(p, p->list_name, p->list_afi);
	else
		take_entry(p, p->list_name, p->list_afi);
}

static const struct parse_row list_rows[] = {
	{"seq", take_list_line, true},
	{"permit", take_list_line, false},
	{"deny", take_list_line, false},
};

bool parse_prefix_list_line(struct parser *p, enum parse_match match)
{
	return parse_dispatch(p, list_rows, sizeof(list_rows) / sizeof(list_rows[0]), match);
}

/* ---- route-map NAME permit|deny SEQ -------------------------------------------------------------
 */

/* Behind "no": with a number that entry, else the whole map. */
static void forget_map(struct conf *c, const struct conf_route_map_entry *what, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_route_maps; i++) {
		const struct conf_route_map_entry *e = &c->route_maps[i];

		if (strcmp(e->name, what->name) != 0 || (!all && e->seq != what->seq))
			c->route_maps[kept++] = *e;
	}
	c->n_route_maps = kept;
}

void parse_route_map(struct parser *p)
{
	struct conf *c = p->conf;
	struct conf_route_map_entry e = {.permit = true, .seq = 10}, *at;
	bool numbered;

	p->block = BLOCK_TOP;
	if (!parse_text(p, "a route map's name", e.name, sizeof(e.name)))
		return;
	if (parse_more(p) && !take_action(p, &e.permit))
		return;
	numbered = parse_more(p);
	if (numbered && !parse_number(p, 0, 65535, "a sequence number", &e.seq))
		return;
	if (!parse_end(p))
		return;
	if (p->no) {
		forget_map(c, &e, !numbered);
		p->map_top.known = false;
		return;
	}
	if (has_map(p, e.name, e.seq)) {
		parse_wrong(p, "route map %s has an entry %u already", e.name, e.seq);
		return;
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
		if (strcmp(s, names[i].name) == 0) {
			*out = names[i].value;
			p->at++;
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

static void match_prefix_list(struct parser *p, struct conf_route_map_entry *e)
{
	char name[CONF_NAME_MAX + 1];

	if (!parse_word(p, "address") || !parse_word(p, "prefix-list")) {
		parse_expected(p, "address prefix-list NAME");
		return;
	}
	if (!parse_text(p, "a prefix list's name", name, sizeof(name)))
		return;
	if (*e->match_prefix_list && strcmp(e->match_prefix_list, name) != 0) {
		p->at--;
		parse_wrong(p,
			    "entry %u matches prefix list %s already; one can have both families",
			    e->seq, e->match_prefix_list);
		return;
	}
	memcpy(e->match_prefix_list, name, sizeof(name));
}

static void match_as_path_length(struct parser *p, struct conf_route_map_entry *e)
{
	uint32_t v;
	int compare;

	if (!parse_word(p, "length")) {
		parse_expected(p, "length");
		return;
	}
	compare = parse_choice(p, "=|>=|<=");
	if (!parse_number(p, 0, UINT16_MAX, "a length", &v))
		return;
	e->as_path_min = compare == 2 ? 0 : (uint16_t)v;
	e->as_path_max = compare == 1 ? UINT16_MAX : (uint16_t)v;
	e->match_as_path_length = true;
}

static void take_match(struct parser *p)
{
	struct conf_route_map_entry *e = current(p);

	switch (parse_choice(p, "ip|ipv6|community|as-path")) {
	case 0:
	case 1:
		match_prefix_list(p, e);
		break;
	case 2:
		take_communities(p, e->match_community, &e->n_match_community);
		break;
	case 3:
		match_as_path_length(p, e);
		break;
	default:
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

	switch (parse_choice(p, "local-preference|metric|med|community|as-path")) {
	case 0:
		e->set_local_pref = parse_number(p, 0, UINT32_MAX, "a preference", &e->local_pref);
		break;
	case 1:
	case 2:
		e->set_med = parse_number(p, 0, UINT32_MAX, "a metric", &e->med);
		break;
	case 3:
		take_communities(p, e->set_community, &e->n_set_community);
		e->set_additive = parse_word(p, "additive");
		break;
	case 4:
		take_prepend(p, e);
		break;
	default:
		parse_expected(p, "local-preference, metric, community or as-path prepend");
	}
	parse_end(p);
}

/* For whoever reads the file. */
static void ignore(struct parser *p)
{
	parse_ignored(p, 1 + p->no);
}

static const struct parse_row rows[] = {
	{"match", take_match, false},
	{"set", take_set, false},
	{"description", ignore, true},
};

bool parse_policy_line(struct parser *p, enum parse_match match)
{
	return parse_dispatch(p, rows, sizeof(rows) / sizeof(rows[0]), match);
}
