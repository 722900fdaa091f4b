/* show: the commands' words, and what several of them use. */
#include "agent/show/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 4096

/* Words of a command; "IP" and "WORD" stand for what the command takes. */
static const struct command {
	const char *words[8];
	enum afi afi;
	void (*run)(const struct show_args *a);
} commands[] = {
	{{"show", "ip", "bgp", "summary"}, AFI_IP4, show_bgp_summary},
	{{"show", "ip", "bgp", "neighbors"}, AFI_IP4, show_bgp_neighbors},
	{{"show", "ip", "bgp", "neighbors", "IP"}, AFI_IP4, show_bgp_neighbors},
	{{"show", "ip", "bgp", "neighbors", "IP", "WORD"}, AFI_IP4, show_bgp_neighbor_routes},
	{{"show", "ip", "bgp"}, AFI_IP4, show_bgp},
	{{"show", "ip", "bgp", "IP"}, AFI_IP4, show_bgp},
	{{"show", "ip", "route"}, AFI_IP4, show_route},
	{{"show", "ip", "route", "bgp"}, AFI_IP4, show_route_bgp},
	{{"show", "ipv6", "bgp", "summary"}, AFI_IP6, show_bgp_summary},
	{{"show", "ipv6", "bgp"}, AFI_IP6, show_bgp},
	{{"show", "ipv6", "bgp", "IP"}, AFI_IP6, show_bgp},
	{{"show", "ipv6", "route"}, AFI_IP6, show_route},
	{{"show", "ipv6", "route", "bgp"}, AFI_IP6, show_route_bgp},
	{{"show", "bgp", "summary"}, AFI_IP4, show_bgp_summary},
	{{"show", "pods"}, AFI_NONE, show_pods},
	{{"show", "aggregates"}, AFI_NONE, show_aggregates},
	{{"show", "running-config"}, AFI_NONE, show_running_config},
	{{"show", "version"}, AFI_NONE, show_version},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* ---- finding the command ----------------------------------------------------------------------
 */

struct line {
	char text[LINE_MAX_LEN];
	char *words[SHOW_WORDS_MAX];
	size_t n;
	bool json;
};

static bool split(const char *s, struct line *l)
{
	char *save = NULL;

	if (strlen(s) >= sizeof(l->text))
		return false;
	strcpy(l->text, s);
	for (char *w = strtok_r(l->text, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (l->n == SHOW_WORDS_MAX)
			return false;
		l->words[l->n++] = w;
	}
	return true;
}

static bool is_taken(const char *word)
{
	return strcmp(word, "IP") == 0 || strcmp(word, "WORD") == 0;
}

/* How a word fits a command's: 2 whole, 1 abbreviated (or what the command takes), 0 not. */
static int fits(const char *word, const char *of)
{
	if (strcmp(of, "IP") == 0) {
		struct prefix p;
		bool host_bits;

		return prefix_parse(word, &p, &host_bits);
	}
	if (strcmp(of, "WORD") == 0)
		return 1;
	if (strncasecmp(word, of, strlen(word)) != 0)
		return 0;
	return strlen(word) == strlen(of) ? 2 : 1;
}

/* Narrows to the commands whose i-th word fits; a whole word beats abbreviations. */
static size_t narrow(const struct line *l, size_t i, bool alive[N_COMMANDS])
{
	const char *meant = NULL;
	bool ambiguous = false;
	size_t left = 0;
	int best = 0;

	for (size_t c = 0; c < N_COMMANDS; c++) {
		const char *of = commands[c].words[i];
		int fit = alive[c] && of ? fits(l->words[i], of) : 0;

		if (fit > best) {
			best = fit;
			meant = of;
			ambiguous = false;
		} else if (fit && fit == best && strcmp(of, meant) != 0) {
			ambiguous = true;
		}
	}
	for (size_t c = 0; c < N_COMMANDS; c++) {
		alive[c] = alive[c] && meant && commands[c].words[i] &&
			   strcmp(commands[c].words[i], meant) == 0;
		left += alive[c];
	}
	return ambiguous ? SIZE_MAX : left;
}

static const struct command *find(const struct line *l, const char **why, size_t *at)
{
	bool alive[N_COMMANDS];

	memset(alive, 1, sizeof(alive));
	for (size_t i = 0; i < l->n; i++) {
		size_t left = narrow(l, i, alive);

		*at = i;
		if (left == SIZE_MAX || left == 0) {
			*why = left ? "% Ambiguous command" : "% Invalid input";
			return NULL;
		}
	}
	for (size_t c = 0; c < N_COMMANDS; c++) {
		if (alive[c] && !commands[c].words[l->n])
			return &commands[c];
	}
	*why = "% Incomplete command";
	return NULL;
}

enum show_result show_command(const struct show_state *st, const char *line, struct text *out)
{
	struct show_args args = {.st = st, .out = out};
	const struct command *c;
	const char *why = NULL;
	struct line l = {.n = 0};
	size_t at = 0;

	if (!split(line, &l)) {
		text_puts(out, "% Invalid input (the line is too long)");
		return SHOW_UNKNOWN;
	}
	if (l.n >= 2 && strcmp(l.words[l.n - 2], "|") == 0 &&
	    strcmp(l.words[l.n - 1], "json") == 0) {
		args.json = true;
		l.n -= 2;
	}
	c = l.n ? find(&l, &why, &at) : NULL;
	if (!c) {
		text_puts(out, why ? why : "% Incomplete command");
		if (why && strcmp(why, "% Invalid input") == 0)
			text_printf(out, " at '%.40s'", l.words[at]);
		return SHOW_UNKNOWN;
	}
	for (size_t i = 0; i < l.n; i++) {
		if (!is_taken(c->words[i]))
			continue;
		if (!args.arg)
			args.arg = l.words[i];
		else
			args.arg2 = l.words[i];
	}
	args.afi = c->afi;
	c->run(&args);
	return SHOW_OK;
}

/* ---- common -----------------------------------------------------------------------------------
 */

const char *show_duration(int64_t us, char buf[static 32])
{
	long long s = us > 0 ? us / 1000000 : 0;

	if (s < 86400)
		snprintf(buf, 32, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, 32, "%lldd%02lldh", s / 86400, s / 3600 % 24);
	return buf;
}

const char *show_peer_state(const struct show_peer *p)
{
	enum bgp_state state = peer_state(p->peer);

	if (state == BGP_ESTABLISHED)
		return "Estab";
	if (peer_conf(p->peer)->shutdown)
		return "Idle(Admin)";
	return p->blocked ? "Idle(NoPwd)" : bgp_state_name(state);
}

void show_json(cJSON *root, struct text *out)
{
	char *s = cJSON_Print(root);

	if (s) {
		text_puts(out, s);
		text_puts(out, "\n");
	}
	free(s);
	cJSON_Delete(root);
}
