/* conf_helper: what the tests of the configuration share. */
#ifndef LEAFPEER_TEST_UNIT_CONF_HELPER_H
#define LEAFPEER_TEST_UNIT_CONF_HELPER_H

#include "test/unit/test.h"

#include "agent/conf/model.h"

static struct conf_errors errors, notes;

static inline void forget(void)
{
	memset(&errors, 0, sizeof(errors));
	memset(&notes, 0, sizeof(notes));
}

static inline struct conf *parse(const char *text)
{
	forget();
	return conf_parse(text, strlen(text), &errors, &notes);
}

/* Fails the test if it is refused. */
static inline struct conf *must_parse(const char *text)
{
	struct conf *c = parse(text);

	if (!c)
		fail_msg("line %u column %u: %s\n%s", errors.errors[0].line,
			 errors.errors[0].column, errors.errors[0].text, text);
	return c;
}

/* What it renders to; the caller frees. */
static inline char *rendered(const struct conf *c)
{
	struct text t = {0};

	conf_render(c, &t);
	return t.s;
}

/* Printed, read back: the same. */
static inline void assert_stable(const struct conf *c)
{
	char *a = rendered(c);
	struct conf *back = must_parse(a);

	if (!conf_equal(c, back))
		fail_msg("reads back as another:\n%s", a);
	assert_int_equal(notes.n, 0);
	conf_free(back);
	free(a);
}

static inline bool noted(const char *part)
{
	for (size_t i = 0; i < notes.n; i++) {
		if (strstr(notes.errors[i].text, part))
			return true;
	}
	return false;
}

/* ---- a line and what becomes of it ------------------------------------------------------------
 */

struct row {
	const char *given;
	const char *printed; /* NULL: as given */
};

static inline void check_rows(const char *before, const char *indent, const struct row *rows,
			      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *want = rows[i].printed ? rows[i].printed : rows[i].given;
		struct text text = {0};
		struct conf *c;
		char *out;

		text_printf(&text, "%s%s%s\n", before, indent, rows[i].given);
		c = must_parse(text.s);
		out = rendered(c);
		if (*want && !strstr(out, want))
			fail_msg("%s became:\n%s", rows[i].given, out);
		if (!*want && strstr(out, rows[i].given))
			fail_msg("%s is still there:\n%s", rows[i].given, out);
		assert_stable(c);
		conf_free(c);
		text_free(&text);
		free(out);
	}
}

/* ---- refusals */

struct refusal {
	const char *text;
	unsigned int line, column;
	const char *part;
};

static inline void check_refused(const struct refusal *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct conf *c = parse(rows[i].text);

		if (c || errors.n != 1)
			fail_msg("%s: %zu errors", rows[i].text, errors.n);
		if (errors.errors[0].line != rows[i].line ||
		    errors.errors[0].column != rows[i].column ||
		    !strstr(errors.errors[0].text, rows[i].part))
			fail_msg("%s: %u:%u %s", rows[i].text, errors.errors[0].line,
				 errors.errors[0].column, errors.errors[0].text);
	}
}

/* ---- how many of a thing there may be */

struct limit {
	const char *first, *before, *after;
	unsigned int max;
	const char *part; /* of the error; NULL: one more is not tried */
};

/* n lines of the format, with the number in it; behind a first line. */
static inline struct text many(const char *first, const char *before, const char *after,
			       unsigned int n)
{
	struct text t = {0};

	text_puts(&t, first);
	for (unsigned int i = 0; i < n; i++)
		text_printf(&t, "%s%u%s\n", before, i, after);
	return t;
}

static inline void check_limits(const struct limit *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text t = many(rows[i].first, rows[i].before, rows[i].after, rows[i].max);
		struct conf *c = must_parse(t.s);

		conf_free(c);
		text_free(&t);
		if (!rows[i].part)
			continue;
		t = many(rows[i].first, rows[i].before, rows[i].after, rows[i].max + 1);
		assert_null(parse(t.s));
		assert_non_null(strstr(errors.errors[0].text, rows[i].part));
		text_free(&t);
	}
}

#endif
