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

#endif
