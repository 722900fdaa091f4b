/*
 * station: the collectors of BMP (RFC 7854): EOS's block within router bgp, and a line of our own
 *at the top for who has no AS yet, as CLOUDVISION_IP:
 *
 *	router bgp 65000
 *	   monitoring station NAME                  monitor station NAME ADDRESS [port N] [shutdown]
 *	      connection address ADDRESS
 *	      connection mode active port N
 *	      shutdown
 *
 * Every session is monitored and every table told, so what says that they are is taken without a
 * word (bgp monitoring, neighbor monitoring, statistics), and what says less is noted as ignored.
 * leafpeer dials: it has no port for stations that would.
 */
#include "agent/conf/parse.h"

#include <string.h>

static struct conf_station *find(struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_stations; i++) {
		if (strcmp(c->stations[i].name, name) == 0)
			return &c->stations[i];
	}
	return NULL;
}

/* The name is the word at column. NULL, with an error, if there are too many. */
static struct conf_station *add(struct parser *p, const char *name, unsigned int column)
{
	struct conf *c = p->conf;
	size_t i = c->n_stations;
	struct conf_station *s = parse_append(p, &c->stations, &c->n_stations, sizeof(*s),
					      CONF_STATIONS_MAX, "stations");

	if (!s)
		return NULL;
	strcpy(s->name, name);
	s->port = CONF_DEFAULT_BMP_PORT;
	p->stations[i].line = p->line;
	p->stations[i].column = column;
	p->stations[i].bad = false;
	return s;
}

static void forget(struct parser *p, struct conf_station *s)
{
	struct conf *c = p->conf;
	size_t i = (size_t)(s - c->stations), behind = c->n_stations - i - 1;

	memmove(s, s + 1, behind * sizeof(*s));
	memmove(&p->stations[i], &p->stations[i + 1], behind * sizeof(p->stations[0]));
	c->n_stations--;
}

/* ---- the line at the top ----------------------------------------------------------------------
 */

void parse_station(struct parser *p)
{
	struct conf_station s = {.port = CONF_DEFAULT_BMP_PORT}, *at;
	size_t name = p->at;
	uint32_t port;

	if (!parse_text(p, "a station's name", s.name, sizeof(s.name)))
		return;
	if (p->no) {
		at = find(p->conf, s.name);
		if (at)
			forget(p, at);
		return;
	}
	if (!parse_addr(p, &s.addr))
		return;
	if (parse_word(p, "port")) {
		if (!parse_number(p, 1, UINT16_MAX, "a port", &port))
			return;
		s.port = (uint16_t)port;
	}
	s.shutdown = parse_word(p, "shutdown");
	if (!parse_end(p))
		return;
	if (find(p->conf, s.name)) {
		p->at = name;
		parse_wrong(p, "there is a station %s already", s.name);
		return;
	}
	at = add(p, s.name, p->columns[name]);
	if (at)
		*at = s;
}

/* ---- the block --------------------------------------------------------------------------------
 */

static void take_address(struct parser *p, struct conf_station *s)
{
	struct addr a;

	p->stations[s - p->conf->stations].bad = true;
	if (!parse_addr(p, &a))
		return;
	if (parse_more(p) && strcmp(p->words[p->at], "vrf") == 0)
		parse_ignored(p, p->n); /* there is one table of routes here */
	else if (!parse_end(p))
		return;
	s->addr = a;
	p->stations[s - p->conf->stations].bad = false;
}

static void take_mode(struct parser *p, struct conf_station *s)
{
	uint32_t port = CONF_DEFAULT_BMP_PORT, seconds;
	int mode = parse_choice(p, "active|passive");

	if (mode == 1) {
		parse_ignored(p, p->n);
		return;
	}
	if (mode < 0) {
		parse_expected(p, "active");
		return;
	}
	if (parse_word(p, "port") && !parse_number(p, 1, UINT16_MAX, "a port", &port))
		return;
	if (parse_word(p, "reconnect-timer") && !parse_number(p, 1, 65535, "seconds", &seconds))
		return;
	if (parse_end(p))
		s->port = (uint16_t)port;
}

static void take_connection(struct parser *p)
{
	struct conf_station *s = find(p->conf, p->station);
	int what;

	if (!s) /* the block's own line had an error */
		return;
	what = parse_choice(p, "address|mode|keepalive");
	if (p->no && what == 1)
		s->port = CONF_DEFAULT_BMP_PORT;
	else if (p->no && what == 0)
		s->addr = (struct addr){0};
	else if (what == 0)
		take_address(p, s);
	else if (what == 1)
		take_mode(p, s);
	else if (what == 2)
		parse_ignored(p, 2); /* TCP's own time-out on what was sent is 30 seconds */
	else
		parse_expected(p, "address, mode or keepalive");
}

static void take_shutdown(struct parser *p)
{
	struct conf_station *s = find(p->conf, p->station);

	if (s && parse_end(p))
		s->shutdown = !p->no;
}

/* Told every minute anyway. */
static void take_statistics(struct parser *p)
{
	if (p->no)
		parse_ignored(p, p->n);
	else
		parse_end(p);
}

static void ignore(struct parser *p)
{
	parse_ignored(p, 2);
}

static const struct parse_row rows[] = {
	{"connection", take_connection, true}, {"shutdown", take_shutdown, true},
	{"statistics", take_statistics, true}, {"description", ignore, true},
	{"export-policy", ignore, true},       {"update-source", ignore, true},
};

bool parse_station_line(struct parser *p, enum parse_match match)
{
	return parse_dispatch(p, rows, sizeof(rows) / sizeof(rows[0]), match);
}

void parse_monitoring(struct parser *p)
{
	char name[sizeof(p->station)];
	size_t at = p->at + 1;
	struct conf_station *s;

	if (!parse_word(p, "station")) {
		parse_ignored(p, 2 + p->no); /* port, received routes, timestamp */
		return;
	}
	if (!parse_text(p, "a station's name", name, sizeof(name)))
		return;
	if (parse_more(p)) { /* the line at the top, in the wrong place */
		parse_expected(p, "the end of the line, and below it one with connection address");
		return;
	}
	s = find(p->conf, name);
	if (p->no) {
		if (s)
			forget(p, s);
		return;
	}
	if (!s && !add(p, name, p->columns[at]))
		return;
	strcpy(p->station, name);
	p->sub = SUB_STATION;
	p->sub_indent = p->indent;
}

void parse_stations_end(struct parser *p)
{
	const struct conf *c = p->conf;

	for (size_t i = 0; i < c->n_stations; i++) {
		if (c->stations[i].addr.afi == AFI_NONE && !p->stations[i].bad)
			conf_error_add(p->errors, p->stations[i].line, p->stations[i].column,
				       "station %s has no line \"connection address\"",
				       c->stations[i].name);
	}
}
