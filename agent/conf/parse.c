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

/* First words of EOS configuration that are not ours to do. */
static const char *const ignored_words[] = {
	"aaa",           "agent",         "alias",        "arp",
	"banner",        "class-map",     "clock",        "daemon",
	"dns",           "dot1x",         "end",          "enable",
	"errdisable",    "event-handler", "exec-timeout", "interface",
	"ipv6",          "lldp",          "logging",      "mac",
	"management",    "monitor",       "ntp",          "policy-map",
	"privilege",     "ptp",           "qos",          "queue-monitor",
	"radius-server", "schedule",      "service",      "sflow",
	"snmp-server",   "spanning-tree", "switchport",   "system",
	"tacacs-server", "transceiver",   "username",     "vlan",
	"vrf",           "vxlan",         "username",     "no",
	"default",       "peer-filter",   "platform",     "redundancy",
	"boot",
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
	if (p->at >= p->n || strcmp(p->words[p->at], word) != 0)
		return false;
	p->at++;
	return true;
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

/* asplain and asdot (RFC 5396). */
bool parse_asn(struct parser *p, uint32_t *out)
{
	const char *s = p->at < p->n ? p->words[p->at] : "";
	const char *dot = strchr(s, '.');
	uint32_t high = 0, low = 0;
	bool ok = dot ? asn_part(s, (size_t)(dot - s), UINT16_MAX, &high) &&
				  asn_part(dot + 1, strlen(dot + 1), UINT16_MAX, &low)
		      : asn_part(s, strlen(s), UINT32_MAX, &low);

	low |= high << 16;
	if (!ok || !low) {
		parse_expected(p, "an AS number, 1 to 4294967295");
		return false;
	}
	p->at++;
	*out = low;
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
	memcpy(out, s, len);
	out[len] = '\0';
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

bool parse_dispatch(struct parser *p, const struct parse_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (parse_word(p, rows[i].word)) {
			rows[i].take(p);
			return true;
		}
	}
	return false;
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
	if (parse_text(p, "a host name", p->conf->hostname, sizeof(p->conf->hostname)) &&
	    parse_end(p))
		p->conf->set |= CONF_HOSTNAME;
}

static void note_ignored(struct parser *p)
{
	conf_error_add(p->notes, p->line, 1, "ignored: %.150s", p->whole);
	p->block = BLOCK_IGNORED;
}

static void take_router(struct parser *p)
{
	uint32_t asn;

	if (parse_word(p, "bfd")) {
		p->block = BLOCK_BFD;
		parse_end(p);
		return;
	}
	if (!parse_word(p, "bgp")) {
		note_ignored(p); /* OSPF and the like */
		return;
	}
	p->block = BLOCK_BGP;
	if (!parse_asn(p, &asn) || !parse_end(p))
		return;
	if ((p->conf->set & CONF_LOCAL_AS) && p->conf->local_as != asn)
		conf_error_add(p->errors, p->line, 12,
			       "a second AS: router bgp %u is there already", p->conf->local_as);
	p->conf->local_as = asn;
	p->conf->set |= CONF_LOCAL_AS;
}

static void take_ip(struct parser *p)
{
	if (parse_word(p, "prefix-list"))
		parse_prefix_list(p);
	else
		note_ignored(p); /* ip routing, ip route, ip name-server */
	if (p->block != BLOCK_IGNORED)
		p->block = BLOCK_TOP;
}

static void take_ipv6(struct parser *p)
{
	take_ip(p);
}

static void take_leafpeer(struct parser *p)
{
	p->block = BLOCK_LEAFPEER;
	parse_end(p);
}

static void take_exit(struct parser *p)
{
	p->block = BLOCK_TOP;
	parse_end(p);
}

static const struct parse_row top_rows[] = {
	{"hostname", take_hostname}, {"router", take_router},        {"ip", take_ip},
	{"ipv6", take_ipv6},         {"route-map", parse_route_map}, {"leafpeer", take_leafpeer},
	{"exit", take_exit},
};

static void take_bfd_line(struct parser *p)
{
	uint32_t interval, min_rx, multiplier;

	if (!parse_number(p, 10, 60000, "milliseconds", &interval) ||
	    (!parse_word(p, "min-rx") && !parse_word(p, "min_rx"))) {
		parse_expected(p, "min-rx");
		return;
	}
	if (!parse_number(p, 10, 60000, "milliseconds", &min_rx))
		return;
	if (!parse_word(p, "multiplier")) {
		parse_expected(p, "multiplier");
		return;
	}
	if (!parse_number(p, 2, 50, "a multiplier", &multiplier))
		return;
	parse_word(p, "default");
	if (!parse_end(p))
		return;
	p->conf->bfd_interval = interval;
	p->conf->bfd_min_rx = min_rx;
	p->conf->bfd_multiplier = (uint8_t)multiplier;
	p->conf->set |= CONF_BFD;
}

static const struct parse_row bfd_rows[] = {{"interval", take_bfd_line}};

static bool block_line(struct parser *p)
{
	switch (p->block) {
	case BLOCK_BGP:
		return parse_bgp_line(p);
	case BLOCK_BFD:
		return parse_dispatch(p, bfd_rows, sizeof(bfd_rows) / sizeof(bfd_rows[0]));
	case BLOCK_ROUTE_MAP:
		return parse_policy_line(p);
	case BLOCK_LEAFPEER:
		return parse_leafpeer_line(p);
	default:
		return false;
	}
}

static bool is_ignored_word(const char *word)
{
	for (size_t i = 0; i < sizeof(ignored_words) / sizeof(ignored_words[0]); i++) {
		if (strcmp(word, ignored_words[i]) == 0)
			return true;
	}
	return false;
}

static void run_line(struct parser *p, bool indented)
{
	if (block_line(p))
		return;
	if (p->block == BLOCK_IGNORED && indented)
		return;
	if (indented && p->block != BLOCK_TOP) {
		parse_expected(p, "a command of this block");
		return;
	}
	if (parse_dispatch(p, top_rows, sizeof(top_rows) / sizeof(top_rows[0])))
		return;
	if (is_ignored_word(p->words[0])) {
		note_ignored(p);
		return;
	}
	parse_expected(p, "hostname, router, ip prefix-list, route-map or leafpeer");
}

static void split(struct parser *p)
{
	char *s = p->text;

	p->n = p->at = 0;
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
}

static void take_line(struct parser *p, const char *s, size_t len)
{
	p->bad = false;
	p->n = p->at = 0;
	p->line++;
	if (len && s[len - 1] == '\r')
		len--;
	if (len >= PARSE_LINE_MAX) {
		p->whole[0] = '\0';
		parse_wrong(p, "the line is longer than %d octets", PARSE_LINE_MAX - 1);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < ' ' && s[i] != '\t') {
			p->whole[0] = '\0';
			parse_wrong(p, "a control character at column %zu", i + 1);
			return;
		}
	}
	memcpy(p->text, s, len);
	p->text[len] = '\0';
	memcpy(p->whole, p->text, len + 1);
	split(p);
	if (p->bad || !p->n || p->words[0][0] == '!' || p->words[0][0] == '#')
		return;
	run_line(p, p->columns[0] > 1);
}

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
	free(p);
	if (errors->n + errors->more == before)
		return c;
	conf_free(c);
	return NULL;
}
