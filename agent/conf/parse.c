/*
 * parse: the grammar's frame: lines, words, blocks. See model.h for what comes out.
 *
 * A line belongs to the open block if that block knows its first word, else to the top, as EOS has
 * it; so indentation is for people. What EOS knows and leafpeer has no use for is noted once a
 * block and passed over, since people paste whole fragments of their switches' configuration.
 */
#include "agent/conf/parse.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AS_TRANS 23456u /* RFC 6793 section 9 */

/* First words of EOS configuration that are not ours to do. */
static const char *const ignored_words[] = {
	"aaa",           "agent",         "alias",       "arp",           "banner",
	"boot",          "class-map",     "clock",       "cvx",           "daemon",
	"default",       "dhcp",          "dns",         "domain",        "dot1x",
	"email",         "enable",        "environment", "errdisable",    "event-handler",
	"event-monitor", "exec-timeout",  "hardware",    "interface",     "key",
	"l2-protocol",   "license",       "lldp",        "load-interval", "logging",
	"mac",           "maintenance",   "management",  "match-list",    "mlag",
	"mpls",          "ntp",           "peer-filter", "platform",      "policy-map",
	"privilege",     "ptp",           "qos",         "queue-monitor", "radius-server",
	"redundancy",    "schedule",      "security",    "service",       "sflow",
	"snmp-server",   "spanning-tree", "switchport",  "system",        "tacacs-server",
	"tap",           "tcam",          "terminal",    "track",         "traffic-policies",
	"transceiver",   "tunnel",        "username",    "vlan",          "vrf",
	"vxlan",
};

/* ---- values -----------------------------------------------------------------------------------
 */

void parse_wrong(struct parser *p, const char *format, ...)
{
	unsigned int column = p->at < p->n ? p->columns[p->at] : (unsigned int)strlen(p->whole) + 1;
	char text[160];
	va_list ap;

	if (p->bad)
		return;
	p->bad = true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	conf_error_add(p->errors, p->line, column, "%s", text);
}

void parse_expected(struct parser *p, const char *what)
{
	if (p->at < p->n)
		parse_wrong(p, "%.60s: expected %s", p->words[p->at], what);
	else
		parse_wrong(p, "the line ends where %s is expected", what);
}

bool parse_more(const struct parser *p)
{
	return p->at < p->n;
}

bool parse_word(struct parser *p, const char *word)
{
	const char *s = p->at < p->n ? p->words[p->at] : "";

	if (!*s || strncmp(word, s, strlen(s)) != 0)
		return false;
	p->at++;
	return true;
}

int parse_choice(struct parser *p, const char *words)
{
	const char *s = p->at < p->n ? p->words[p->at] : "";
	size_t len = strlen(s);
	int found = -1, n = 0, i = 0;

	for (const char *w = words; len; i++) {
		size_t w_len = strcspn(w, "|");

		if (len <= w_len && memcmp(w, s, len) == 0) {
			found = i;
			n = len == w_len ? 1 : n + 1;
			if (len == w_len)
				break;
		}
		if (!w[w_len])
			break;
		w += w_len + 1;
	}
	if (n > 1) {
		parse_wrong(p, "%.60s is ambiguous here: %s", s, words);
		return -1;
	}
	if (n == 1)
		p->at++;
	return found;
}

bool parse_number(struct parser *p, uint32_t min, uint32_t max, const char *what, uint32_t *out)
{
	uint64_t v = 0;
	const char *s = p->at < p->n ? p->words[p->at] : "";
	size_t len = strlen(s);
	char expected[96];

	for (size_t i = 0; i < len && i < 11; i++) {
		if (s[i] < '0' || s[i] > '9')
			len = 0;
		else
			v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (!len || len > 10 || v < min || v > max) {
		snprintf(expected, sizeof(expected), "%s, %u to %u", what, min, max);
		parse_expected(p, expected);
		return false;
	}
	p->at++;
	*out = (uint32_t)v;
	return true;
}

static bool asn_part(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;

	if (!len || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*out = (uint32_t)v;
	return v <= max;
}

bool asn_from_text(const char *s, uint32_t *out)
{
	const char *dot = strchr(s, '.');
	uint32_t high = 0, low = 0;
	bool ok = dot ? asn_part(s, (size_t)(dot - s), UINT16_MAX, &high) &&
				  asn_part(dot + 1, strlen(dot + 1), UINT16_MAX, &low)
		      : asn_part(s, strlen(s), UINT32_MAX, &low);

	low |= high << 16;
	if (!ok || !low || low == UINT32_MAX || low == AS_TRANS) /* RFC 7607, RFC 7300 */
		return false;
	*out = low;
	return true;
}

bool ifname_ok(const char *s)
{
	size_t len = strlen(s);

	return len && len <= CONF_IFNAME_MAX && strcspn(s, "/%:") == len && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

bool parse_asn(struct parser *p, uint32_t *out)
{
	if (!asn_from_text(p->at < p->n ? p->words[p->at] : "", out)) {
		parse_expected(p, PARSE_AS);
		return false;
	}
	p->at++;
	return true;
}

bool parse_addr(struct parser *p, struct addr *out)
{
	if (p->at >= p->n || !addr_parse(p->words[p->at], out)) {
		parse_expected(p, "an IP address");
		return false;
	}
	p->at++;
	return true;
}

bool parse_prefix(struct parser *p, struct prefix *out)
{
	char text[PREFIX_STRLEN];
	bool host_bits;

	if (p->at >= p->n || !strchr(p->words[p->at], '/') ||
	    !prefix_parse(p->words[p->at], out, &host_bits)) {
		parse_expected(p, "a prefix such as 10.233.0.0/24");
		return false;
	}
	if (host_bits) {
		parse_wrong(p, "%s has bits set behind its length: did you mean %s?",
			    p->words[p->at], prefix_str(out, text));
		return false;
	}
	p->at++;
	return true;
}

bool parse_text(struct parser *p, const char *what, char *out, size_t cap)
{
	if (p->at >= p->n) {
		parse_expected(p, what);
		return false;
	}
	if (strlen(p->words[p->at]) >= cap) {
		parse_wrong(p, "%s is longer than %zu octets", what, cap - 1);
		return false;
	}
	memset(out, 0, cap);
	strcpy(out, p->words[p->at++]);
	return true;
}

bool parse_rest(struct parser *p, const char *what, char *out, size_t cap)
{
	const char *s;
	size_t len;

	if (p->at >= p->n) {
		parse_expected(p, what);
		return false;
	}
	s = p->whole + p->columns[p->at] - 1;
	len = strlen(s);
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len >= cap) {
		parse_wrong(p, "%s is longer than %zu octets", what, cap - 1);
		return false;
	}
	memset(out, 0, cap);
	memcpy(out, s, len);
	p->at = p->n;
	return true;
}

bool parse_end(struct parser *p)
{
	if (p->bad)
		return false;
	if (p->at < p->n)
		parse_expected(p, "the end of the line");
	return !p->bad;
}

static void run_row(struct parser *p, const struct parse_row *row)
{
	if (p->no && !row->no) {
		parse_wrong(p, "%s cannot be taken back: leave its line out", row->word);
		return;
	}
	p->at++;
	row->take(p);
}

bool parse_dispatch(struct parser *p, const struct parse_row *rows, size_t n,
		    enum parse_match match)
{
	const char *s = p->at < p->n ? p->words[p->at] : "";
	const struct parse_row *found = NULL;
	size_t len = strlen(s);

	for (size_t i = 0; len && i < n; i++) {
		if (strcmp(rows[i].word, s) == 0) {
			run_row(p, &rows[i]);
			return true;
		}
	}
	for (size_t i = 0; len && match == MATCH_ABBREVIATED && i < n; i++) {
		if (strncmp(rows[i].word, s, len) != 0)
			continue;
		if (found) {
			parse_wrong(p, "%.60s is ambiguous here: %s, %s", s, found->word,
				    rows[i].word);
			return true;
		}
		found = &rows[i];
	}
	if (found)
		run_row(p, found);
	return found != NULL;
}

void parse_ignored(struct parser *p, size_t words)
{
	size_t end = words < p->n ? p->columns[words] - 1 : strlen(p->whole);

	while (end && (p->whole[end - 1] == ' ' || p->whole[end - 1] == '\t'))
		end--;
	conf_error_add(p->notes, p->line, p->columns[0], "ignored: %.*s",
		       (int)(end - p->columns[0] + 1), p->whole + p->columns[0] - 1);
}

void *parse_append(struct parser *p, void *list, size_t *n, size_t size, size_t max,
		   const char *what)
{
	void **at = list;
	char *s;

	if (*n >= max) {
		parse_wrong(p, "more than %zu %s", max, what);
		return NULL;
	}
	*at = mem_grow(*at, *n + 1, size);
	s = (char *)*at + *n * size;
	memset(s, 0, size);
	++*n;
	return s;
}

/* ---- the top ----------------------------------------------------------------------------------
 */

static void take_hostname(struct parser *p)
{
	char name[sizeof(p->conf->hostname)] = "";

	if (!p->no && !parse_text(p, "a host name", name, sizeof(name)))
		return;
	if (!p->no && !parse_end(p))
		return;
	memcpy(p->conf->hostname, name, sizeof(name));
	p->conf->set &= ~(uint32_t)CONF_HOSTNAME;
	if (!p->no)
		p->conf->set |= CONF_HOSTNAME;
}

static void ignore_block(struct parser *p)
{
	parse_ignored(p, 2);
	p->block = strcmp(p->words[0], "banner") == 0 ? BLOCK_BANNER : BLOCK_IGNORED;
	p->banner = p->line;
}

static void take_router_bgp(struct parser *p)
{
	uint32_t asn;

	p->block = BLOCK_BGP;
	p->sub = SUB_NONE;
	if (!parse_asn(p, &asn) || !parse_end(p))
		return;
	if ((p->conf->set & CONF_LOCAL_AS) && p->conf->local_as != asn) {
		p->at--;
		parse_wrong(p, "a second AS: router bgp %u is there already", p->conf->local_as);
		return;
	}
	p->conf->local_as = asn;
	p->conf->set |= CONF_LOCAL_AS;
}

static void take_router(struct parser *p)
{
	if (p->no && (parse_word(p, "bgp") || parse_word(p, "bfd"))) {
		p->at = 1;
		parse_wrong(p, "router %s cannot be taken back: leave its lines out", p->words[2]);
	} else if (parse_word(p, "bgp")) {
		take_router_bgp(p);
	} else if (parse_word(p, "bfd")) {
		p->block = BLOCK_BFD;
		parse_end(p);
	} else if (parse_more(p)) {
		ignore_block(p); /* OSPF and the like */
	} else {
		parse_expected(p, "bgp or bfd");
	}
}

static void take_ip_of(struct parser *p, enum afi afi)
{
	if (parse_word(p, "prefix-list"))
		parse_prefix_list(p, afi);
	else
		ignore_block(p); /* ip routing, ip route, ip name-server */
}

static void take_ip(struct parser *p)
{
	take_ip_of(p, AFI_IP4);
}

static void take_ipv6(struct parser *p)
{
	take_ip_of(p, AFI_IP6);
}

static void take_leafpeer(struct parser *p)
{
	p->block = BLOCK_LEAFPEER;
	parse_end(p);
}

static void take_exit(struct parser *p)
{
	if (p->block == BLOCK_BGP && p->sub != SUB_NONE)
		p->sub = SUB_NONE;
	else
		p->block = BLOCK_TOP;
	parse_end(p);
}

static void take_end(struct parser *p)
{
	p->block = BLOCK_TOP;
	parse_end(p);
}

static void take_monitor(struct parser *p)
{
	if (!parse_word(p, "station")) {
		ignore_block(p); /* EOS mirrors ports with this word */
		return;
	}
	p->block = BLOCK_TOP;
	parse_station(p);
}

static const struct parse_row top_rows[] = {
	{"hostname", take_hostname, true},
	{"router", take_router, true},
	{"ip", take_ip, true},
	{"ipv6", take_ipv6, true},
	{"route-map", parse_route_map, true},
	{"monitor", take_monitor, true},
	{"leafpeer", take_leafpeer, false},
	{"exit", take_exit, false},
	{"end", take_end, false},
};
#define TOP_ROWS (sizeof(top_rows) / sizeof(top_rows[0]))

bool parse_bfd_timers(struct parser *p, uint32_t *interval, uint32_t *min_rx, uint8_t *multiplier)
{
	uint32_t i, rx, m;

	if (!parse_number(p, 10, 60000, "milliseconds", &i))
		return false;
	if (!parse_word(p, "min-rx") && !parse_word(p, "min_rx")) {
		parse_expected(p, "min-rx");
		return false;
	}
	if (!parse_number(p, 10, 60000, "milliseconds", &rx))
		return false;
	if (!parse_word(p, "multiplier")) {
		parse_expected(p, "multiplier");
		return false;
	}
	if (!parse_number(p, 2, 50, "a multiplier", &m))
		return false;
	*interval = i;
	*min_rx = rx;
	*multiplier = (uint8_t)m;
	return true;
}

static void take_interval(struct parser *p)
{
	uint32_t interval, min_rx;
	uint8_t multiplier;

	if (p->no) {
		p->conf->bfd_interval = p->conf->bfd_min_rx = CONF_DEFAULT_BFD_MS;
		p->conf->bfd_multiplier = CONF_DEFAULT_BFD_MULTIPLIER;
		p->conf->set &= ~(uint32_t)CONF_BFD;
		return;
	}
	if (!parse_bfd_timers(p, &interval, &min_rx, &multiplier))
		return;
	parse_word(p, "default");
	if (!parse_end(p))
		return;
	p->conf->bfd_interval = interval;
	p->conf->bfd_min_rx = min_rx;
	p->conf->bfd_multiplier = multiplier;
	p->conf->set |= CONF_BFD;
}

/* What EOS has there besides. */
static void ignore(struct parser *p)
{
	parse_ignored(p, 1 + p->no);
}

static const struct parse_row bfd_rows[] = {
	{"interval", take_interval, true}, {"local-address", ignore, true},
	{"multihop", ignore, true},        {"session", ignore, true},
	{"slow-timer", ignore, true},
};

static bool block_line(struct parser *p, enum parse_match match)
{
	switch (p->block) {
	case BLOCK_BGP:
		return parse_bgp_line(p, match);
	case BLOCK_BFD:
		return parse_dispatch(p, bfd_rows, sizeof(bfd_rows) / sizeof(bfd_rows[0]), match);
	case BLOCK_PREFIX_LIST:
		return parse_prefix_list_line(p, match);
	case BLOCK_ROUTE_MAP:
		return parse_policy_line(p, match);
	case BLOCK_LEAFPEER:
		return parse_leafpeer_line(p, match);
	default:
		return false;
	}
}

static bool top_line(struct parser *p, enum parse_match match)
{
	const char *s = p->words[p->at];
	size_t len = strlen(s);

	if (parse_dispatch(p, top_rows, TOP_ROWS, match))
		return true;
	for (size_t i = 0; i < sizeof(ignored_words) / sizeof(ignored_words[0]); i++) {
		if (match == MATCH_EXACT ? strcmp(s, ignored_words[i]) == 0
					 : strncmp(s, ignored_words[i], len) == 0) {
			ignore_block(p);
			return true;
		}
	}
	return false;
}

static void run_line(struct parser *p)
{
	if (p->block == BLOCK_IGNORED && p->indent)
		return;
	p->to_default = strcmp(p->words[0], "default") == 0 && p->n > 1;
	p->no = p->to_default || (strcmp(p->words[0], "no") == 0 && p->n > 1);
	p->at = p->no;
	if (p->indent && p->block != BLOCK_TOP) {
		if (!block_line(p, MATCH_ABBREVIATED))
			parse_expected(p, "a command of this block");
		return;
	}
	/* whole words first: "interface" is no short interface-mtu */
	if (block_line(p, MATCH_EXACT) || top_line(p, MATCH_EXACT) ||
	    block_line(p, MATCH_ABBREVIATED) || top_line(p, MATCH_ABBREVIATED))
		return;
	if (p->no)
		ignore_block(p); /* what is not there can be taken back */
	else
		parse_expected(p, "hostname, router, ip prefix-list, route-map, monitor or "
				  "leafpeer");
}

static void split(struct parser *p)
{
	char *s = p->text;

	while (*s) {
		while (*s == ' ' || *s == '\t')
			s++;
		if (!*s)
			break;
		if (p->n == PARSE_WORDS_MAX) {
			parse_wrong(p, "more than %d words in a line", PARSE_WORDS_MAX);
			return;
		}
		p->columns[p->n] = (unsigned int)(s - p->text) + 1;
		p->words[p->n++] = s;
		while (*s && *s != ' ' && *s != '\t')
			s++;
		if (*s)
			*s++ = '\0';
	}
	p->indent = p->n ? p->columns[0] - 1 : 0;
}

/* The line's octets into p; false: it cannot be one, and has had its error. */
static bool load_line(struct parser *p, const char *s, size_t len)
{
	p->whole[0] = '\0';
	if (len >= PARSE_LINE_MAX) {
		parse_wrong(p, "the line is longer than %d octets", PARSE_LINE_MAX - 1);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f) {
			parse_wrong(p, "a control character at column %zu", i + 1);
			return false;
		}
	}
	memcpy(p->text, s, len);
	p->text[len] = '\0';
	memcpy(p->whole, p->text, len + 1);
	return true;
}

static void take_line(struct parser *p, const char *s, size_t len)
{
	p->bad = false;
	p->n = p->at = 0;
	p->line++;
	if (len && s[len - 1] == '\r')
		len--;
	if (p->block == BLOCK_BANNER) {
		if (len == 3 && memcmp(s, "EOF", 3) == 0)
			p->block = BLOCK_TOP;
		return;
	}
	if (!load_line(p, s, len))
		return;
	split(p);
	if (p->bad || !p->n || p->words[0][0] == '!' || p->words[0][0] == '#')
		return;
	run_line(p);
}

#define BOM "\xef\xbb\xbf" /* that editors of other systems put before UTF-8 */

struct conf *conf_parse(const char *text, size_t len, struct conf_errors *errors,
			struct conf_errors *notes)
{
	size_t before = errors->n + errors->more;
	struct parser *p;
	struct conf *c;

	if (len > CONF_TEXT_MAX) {
		conf_error_add(errors, 0, 0, "larger than %d octets", CONF_TEXT_MAX);
		return NULL;
	}
	if (len >= sizeof(BOM) - 1 && memcmp(text, BOM, sizeof(BOM) - 1) == 0) {
		text += sizeof(BOM) - 1;
		len -= sizeof(BOM) - 1;
	}
	p = mem_zalloc(sizeof(*p));
	c = p->conf = conf_new();
	p->errors = errors;
	p->notes = notes;
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		take_line(p, text, n);
		n += end != NULL;
		text += n;
		len -= n;
	}
	if (p->block == BLOCK_BANNER) /* or it would have swallowed whatever stands behind it */
		conf_error_add(errors, p->banner, 1, "the banner has no end: a line EOF");
	parse_bgp_end(p);
	parse_stations_end(p);
	free(p);
	if (errors->n + errors->more == before)
		return c;
	conf_free(c);
	return NULL;
}
