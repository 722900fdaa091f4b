/* filter: see filter.h. */
#include "agent/show/filter.h"

#include "agent/lib/mem.h"
#include "agent/lib/text.h"
#include "agent/show/command.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_BEGIN,
	KIND_COUNT,
	KIND_EXCLUDE,
	KIND_GREP,
	KIND_INCLUDE,
	KIND_JSON,
	KIND_NO_MORE,
	KIND_SECTION,
};

/* In the order of command_filters, which a test holds. */
static const struct {
	const char *word;
	enum kind kind;
	bool takes;
} kinds[] = {
	{"begin", KIND_BEGIN, true},      {"count", KIND_COUNT, false},
	{"exclude", KIND_EXCLUDE, true},  {"grep", KIND_GREP, true},
	{"include", KIND_INCLUDE, true},  {"json", KIND_JSON, false},
	{"no-more", KIND_NO_MORE, false}, {"section", KIND_SECTION, true},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct filter {
	enum kind kind;
	regex_t re;
	bool compiled;
	bool on;             /* begin: found; section: this one matches */
	unsigned long count; /* lines */
	struct text held;    /* section: lines so far, none of which matched */
};

struct filters {
	struct filter filters[FILTERS_MAX];
	size_t n;
	bool no_more;
	struct text line; /* not yet whole */
};

/* ---- taking a line apart ----------------------------------------------------------------------
 */

/* The next " | ", or the end. A "|" with something else beside it belongs to an expression. */
static const char *next_pipe(const char *s)
{
	const char *at = s;

	while ((at = strchr(at, '|'))) {
		if ((at == s || strchr(" \t", at[-1])) && (!at[1] || strchr(" \t", at[1])))
			return at;
		at++;
	}
	return s + strlen(s);
}

static bool find_kind(const char *word, size_t len, size_t *out)
{
	size_t found = 0;

	for (size_t i = 0; i < N_KINDS; i++) {
		if (len > strlen(kinds[i].word) || strncasecmp(word, kinds[i].word, len) != 0)
			continue;
		*out = i;
		if (len == strlen(kinds[i].word))
			return true;
		found++;
	}
	return found == 1;
}

static bool compile(struct filter *f, const char *s, size_t len, char *why, size_t cap)
{
	char *re = mem_zalloc(len + 1);
	int err;

	memcpy(re, s, len);
	err = regcomp(&f->re, re, REG_EXTENDED | REG_NOSUB | REG_ICASE);
	free(re);
	if (err) {
		size_t at = (size_t)snprintf(why, cap, "%% Invalid regular expression: ");

		regerror(err, &f->re, why + at, cap - at);
		return false;
	}
	f->compiled = true;
	return true;
}

/* EOS has grep itself there. -i and -E are how all filters read expressions. */
static bool take_options(struct filter *f, const char **arg, size_t *len)
{
	f->kind = KIND_INCLUDE;
	while (*len > 1 && **arg == '-') {
		size_t n = strcspn(*arg, " \t");

		if (n > *len)
			n = *len;
		for (size_t i = 1; i < n; i++) {
			if (!strchr("ivE", (*arg)[i]))
				return false;
			if ((*arg)[i] == 'v')
				f->kind = KIND_EXCLUDE;
		}
		while (n < *len && strchr(" \t", (*arg)[n]))
			n++;
		*arg += n;
		*len -= n;
	}
	return *len > 0;
}

/* One filter, from its word to the end of what it takes. */
static bool add(struct filters *f, const char *s, size_t len, bool *json, char *why, size_t cap)
{
	size_t word = strcspn(s, " \t"), kind = 0;
	const char *arg;
	struct filter *new;

	if (word > len)
		word = len;
	if (!word) {
		snprintf(why, cap, "%% Incomplete command");
		return false;
	}
	if (!find_kind(s, word, &kind) || f->n == FILTERS_MAX) {
		snprintf(why, cap, "%% Invalid input (at filter '%.*s')",
			 (int)(word < 40 ? word : 40), s);
		return false;
	}
	arg = s + word + strspn(s + word, " \t");
	if (arg > s + len)
		arg = s + len;
	len -= (size_t)(arg - s);
	if (kinds[kind].takes != (len > 0)) {
		snprintf(why, cap,
			 len ? "%% Invalid input (at filter '%s')" : "%% Incomplete command",
			 kinds[kind].word);
		return false;
	}
	if (kinds[kind].kind == KIND_NO_MORE) {
		f->no_more = true;
		return true;
	}
	if (kinds[kind].kind == KIND_JSON) {
		*json = f->n == 0;
		if (!*json)
			snprintf(why, cap, "%% Invalid input (json comes first)");
		return *json;
	}
	new = &f->filters[f->n++];
	new->kind = kinds[kind].kind;
	if (new->kind == KIND_GREP && !take_options(new, &arg, &len)) {
		snprintf(why, cap,
			 len ? "%% Invalid input (of grep there are -i, -v and -E)"
			     : "%% Incomplete command");
		return false;
	}
	return !len || compile(new, arg, len, why, cap);
}

struct filters *filters_parse(const char *line, char *command, size_t cap, char *why,
			      size_t why_cap)
{
	struct filters *f = mem_zalloc(sizeof(*f));
	const char *at = next_pipe(line);
	size_t len = (size_t)(at - line);
	bool json = false, ok = true;

	while (len && strchr(" \t", line[len - 1]))
		len--;
	while (ok && *at) {
		const char *end;
		size_t n;

		at += 1 + strspn(at + 1, " \t");
		end = next_pipe(at);
		n = (size_t)(end - at);
		while (n && strchr(" \t", at[n - 1]))
			n--;
		ok = add(f, at, n, &json, why, why_cap);
		at = end;
	}
	if (ok && len + sizeof(" | json") > cap) {
		snprintf(why, why_cap, "%% Invalid input (the line is too long)");
		ok = false;
	}
	if (!ok) {
		filters_free(f);
		return NULL;
	}
	memcpy(command, line, len);
	strcpy(command + len, json ? " | json" : "");
	return f;
}

void filters_free(struct filters *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		if (f->filters[i].compiled)
			regfree(&f->filters[i].re);
		text_free(&f->filters[i].held);
	}
	text_free(&f->line);
	free(f);
}

bool filters_no_more(const struct filters *f)
{
	return f->no_more;
}

bool filters_some(const struct filters *f)
{
	return f->n > 0;
}

/* ---- lines ------------------------------------------------------------------------------------
 */

struct out {
	filter_sink_fn *sink;
	void *ctx;
};

static void pass(struct filters *f, size_t i, const char *line, size_t len, const struct out *out);

/* Lines held back, one by one to the next filter. */
static void pass_held(struct filters *f, size_t i, const struct out *out)
{
	struct text *held = &f->filters[i].held;

	for (size_t at = 0; at < held->len;) {
		const char *s = held->s + at;
		const char *end = memchr(s, '\n', held->len - at);
		size_t len = end ? (size_t)(end - s) : held->len - at;

		at += len + 1;
		/* a terminating NUL for the expressions behind */
		held->s[at - 1] = '\0';
		pass(f, i + 1, s, len, out);
	}
	held->len = 0;
}

/* A line with nothing before it begins a section, which ends where the next one begins. */
static void pass_section(struct filters *f, size_t i, const char *line, size_t len, bool match,
			 const struct out *out)
{
	struct filter *me = &f->filters[i];

	if (len && !strchr(" \t", *line)) {
		me->on = false;
		me->held.len = 0;
	}
	if (match && !me->on) {
		me->on = true;
		pass_held(f, i, out);
	}
	if (me->on) {
		pass(f, i + 1, line, len, out);
	} else if (me->held.len + len < FILTER_SECTION_MAX) {
		text_append(&me->held, line, len);
		text_append(&me->held, "\n", 1);
	}
}

/* line: NUL-terminated. */
static void pass(struct filters *f, size_t i, const char *line, size_t len, const struct out *out)
{
	struct filter *me = &f->filters[i];
	bool match;

	if (i == f->n) {
		out->sink(out->ctx, line, len);
		out->sink(out->ctx, "\n", 1);
		return;
	}
	match = me->compiled && regexec(&me->re, line, 0, NULL, 0) == 0;
	switch (me->kind) {
	case KIND_BEGIN:
		me->on |= match;
		if (me->on)
			pass(f, i + 1, line, len, out);
		break;
	case KIND_INCLUDE:
		if (match)
			pass(f, i + 1, line, len, out);
		break;
	case KIND_EXCLUDE:
		if (!match)
			pass(f, i + 1, line, len, out);
		break;
	case KIND_SECTION:
		pass_section(f, i, line, len, match, out);
		break;
	default:
		me->count++;
		break;
	}
}

static void pass_line(struct filters *f, const struct out *out)
{
	pass(f, 0, f->line.s ? f->line.s : "", f->line.len, out);
	f->line.len = 0;
	if (f->line.s)
		*f->line.s = '\0';
}

void filters_feed(struct filters *f, const char *data, size_t len, filter_sink_fn *sink, void *ctx)
{
	const struct out out = {sink, ctx};

	if (!f->n) {
		sink(ctx, data, len);
		return;
	}
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		if (n > FILTER_LINE_MAX - f->line.len)
			n = FILTER_LINE_MAX - f->line.len;
		text_append(&f->line, data, n);
		data += n;
		len -= n;
		if ((len && *data == '\n') || f->line.len == FILTER_LINE_MAX) {
			if (len && *data == '\n') {
				data++;
				len--;
			}
			pass_line(f, &out);
		}
	}
}

void filters_end(struct filters *f, filter_sink_fn *sink, void *ctx)
{
	const struct out out = {sink, ctx};

	if (f->line.len)
		pass_line(f, &out);
	for (size_t i = 0; i < f->n; i++) {
		char text[48];
		int len;

		if (f->filters[i].kind != KIND_COUNT)
			continue;
		len = snprintf(text, sizeof(text), "%lu lines", f->filters[i].count);
		pass(f, i + 1, text, (size_t)len, &out);
	}
}
