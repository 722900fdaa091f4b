/*
 * exposition: whether a text is what Prometheus takes (text format 0.0.4), and names its metrics as
 * its conventions have it: a second opinion, written apart from what prints.
 */
#ifndef LEAFPEER_TEST_EXPOSITION_H
#define LEAFPEER_TEST_EXPOSITION_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPOSITION_MAX 4096 /* lines */

struct exposition {
	char lines[EXPOSITION_MAX][512];
	size_t n;      /* of lines */
	size_t series; /* of these, samples */
	char why[640]; /* of a refusal */
	/* the metric under way */
	char name[128], kind[16];
	bool has_help, has_type;
	double le, cumulated, count;
	bool has_sum, has_count;
};

static bool expo_bad(struct exposition *x, const char *what, const char *line)
{
	snprintf(x->why, sizeof(x->why), "%s: %.500s", what, line);
	return false;
}

/* Takes a name of letters, digits and _; its length. */
static size_t expo_name(const char *s)
{
	size_t n = 0;

	while (islower((unsigned char)s[n]) || s[n] == '_' || (n && isdigit((unsigned char)s[n])))
		n++;
	return n;
}

static bool expo_ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The conventions: base units, _total of counters alone, no suffix of another kind. */
static bool expo_conventions(struct exposition *x, const char *line)
{
	static const char *const units[] = {
		"microseconds", "milliseconds", "nanoseconds", "minutes", "hours",
		"days",         "kilobytes",    "megabytes",   "octets",  "bits",
		"percent",      "_ms_",         "_us_",        "_kb_"};
	static const char *const reserved[] = {"_bucket", "_sum", "_count"};
	bool counter = strcmp(x->kind, "counter") == 0;
	char padded[160];

	if (strncmp(x->name, "leafpeer_", 9) != 0 && strncmp(x->name, "process_", 8) != 0)
		return expo_bad(x, "whose metric is it", line);
	if (counter != expo_ends(x->name, "_total"))
		return expo_bad(x, "_total is for counters, and for all of them", line);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (expo_ends(x->name, reserved[i]))
			return expo_bad(x, "a suffix of histograms' series", line);
	}
	snprintf(padded, sizeof(padded), "%s_", x->name);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strstr(padded, units[i]))
			return expo_bad(x, "not a base unit", line);
	}
	return true;
}

static bool expo_histogram_over(struct exposition *x, const char *line)
{
	if (strcmp(x->kind, "histogram") != 0)
		return true;
	if (!x->has_sum || !x->has_count || !isinf(x->le) || x->count != x->cumulated)
		return expo_bad(x, "the histogram before is not whole", line);
	return true;
}

static bool expo_comment(struct exposition *x, const char *line)
{
	const char *s = line + 7;
	size_t n = expo_name(s);

	if (strncmp(line, "# HELP ", 7) == 0) {
		if (!expo_histogram_over(x, line))
			return false;
		if (x->has_help && !x->has_type)
			return expo_bad(x, "HELP without a TYPE before", line);
		if (!n || s[n] != ' ' || strlen(s + n) < 4 || !expo_ends(line, "."))
			return expo_bad(x, "HELP without a sentence", line);
		snprintf(x->name, sizeof(x->name), "%.*s", (int)n, s);
		x->has_help = true;
		x->has_type = x->has_sum = x->has_count = false;
		x->kind[0] = '\0';
		x->le = (double)-INFINITY;
		x->cumulated = x->count = 0;
		return true;
	}
	if (strncmp(line, "# TYPE ", 7) != 0)
		return expo_bad(x, "neither HELP nor TYPE", line);
	if (!x->has_help || x->has_type || n != strlen(x->name) || strncmp(s, x->name, n) != 0)
		return expo_bad(x, "TYPE does not follow its HELP", line);
	x->has_type = true;
	snprintf(x->kind, sizeof(x->kind), "%s", s[n] == ' ' ? s + n + 1 : "");
	if (strcmp(x->kind, "gauge") != 0 && strcmp(x->kind, "counter") != 0 &&
	    strcmp(x->kind, "histogram") != 0)
		return expo_bad(x, "an unknown type", line);
	return expo_conventions(x, line);
}

/* Reads {a="b",...} at *s, and le's value. */
static bool expo_labels(struct exposition *x, const char **s, double *le, const char *line)
{
	const char *p = *s;

	if (*p != '{')
		return true;
	do {
		size_t n = expo_name(++p);
		bool is_le = n == 2 && strncmp(p, "le", 2) == 0;

		if (!n || strncmp(p, "__", 2) == 0 || p[n] != '=' || p[n + 1] != '"')
			return expo_bad(x, "not a label", line);
		p += n + 2;
		if (is_le)
			*le = strtod(p, NULL);
		for (; *p != '"'; p++) {
			if (*p == '\\' && !strchr("\\\"n", *++p))
				return expo_bad(x, "an unknown escape", line);
			if (*p < ' ' || *p > '~')
				return expo_bad(x, "not printable ASCII", line);
		}
		p++;
	} while (*p == ',');
	if (*p != '}')
		return expo_bad(x, "labels have no end", line);
	*s = p + 1;
	return true;
}

static bool expo_sample(struct exposition *x, const char *line)
{
	size_t n = expo_name(line), mine = strlen(x->name);
	const char *s = line + n, *suffix;
	double le = (double)NAN, v;
	char *end;

	if (!x->has_type || n < mine || strncmp(line, x->name, mine) != 0)
		return expo_bad(x, "a sample of another metric", line);
	suffix = line + mine;
	if (!expo_labels(x, &s, &le, line))
		return false;
	v = strtod(s + 1, &end);
	if (*s != ' ' || isspace((unsigned char)s[1]) || end == s + 1 || *end || !isfinite(v))
		return expo_bad(x, "not a number", line);
	if (strcmp(x->kind, "gauge") != 0 && v < 0)
		return expo_bad(x, "a counter below nothing", line);
	if (expo_ends(x->name, "_info") && v != 1)
		return expo_bad(x, "an _info that is not 1", line);
	x->series++;
	if (strcmp(x->kind, "histogram") != 0)
		return n == mine || expo_bad(x, "a sample of another metric", line);
	if (strncmp(suffix, "_bucket{", 8) == 0) {
		if (!(le > x->le) || v < x->cumulated)
			return expo_bad(x, "buckets do not rise", line);
		x->le = le;
		x->cumulated = v;
	} else if (strncmp(suffix, "_sum ", 5) == 0) {
		x->has_sum = true;
	} else if (strncmp(suffix, "_count ", 7) == 0) {
		x->has_count = true;
		x->count = v;
	} else {
		return expo_bad(x, "no series of a histogram", line);
	}
	return true;
}

/* Each series, and each metric, stands once. */
static bool expo_unique(struct exposition *x)
{
	for (size_t i = 0; i < x->n; i++) {
		size_t len = x->lines[i][0] == '#'
				     ? strlen(x->lines[i]) + 1
				     : (size_t)(strrchr(x->lines[i], ' ') - x->lines[i] + 1);

		for (size_t k = 0; k < i; k++) {
			if (strncmp(x->lines[i], x->lines[k], len) == 0)
				return expo_bad(x, "twice", x->lines[i]);
		}
	}
	return true;
}

static bool expo_check(struct exposition *x, const char *text)
{
	memset(x, 0, sizeof(*x));
	while (*text) {
		const char *end = strchr(text, '\n');
		char *line = x->lines[x->n];

		if (!end || end == text || end - text >= 512 || x->n == EXPOSITION_MAX)
			return expo_bad(x, "a line without end, or empty, or too long", text);
		memcpy(line, text, (size_t)(end - text));
		line[end - text] = '\0';
		text = end + 1;
		x->n++;
		if (*line == '#' ? !expo_comment(x, line) : !expo_sample(x, line))
			return false;
	}
	if (x->has_help && !x->has_type)
		return expo_bad(x, "HELP without a TYPE", "the end");
	return expo_histogram_over(x, "the end") && expo_unique(x);
}

#endif
