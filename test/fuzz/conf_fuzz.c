/*
 * conf: any text as a configuration. One that parses renders to text that parses to an equal one,
 * the same holds for it merged over itself, and nothing differs.
 *
 * Input that begins with "@" is instead annotations and environment, a line each: KEY=VALUE, in
 * which "$" before the key makes it a variable.
 */
#include "agent/conf/model.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf_errors errors, notes;

struct pairs {
	struct conf_annotation annotations[PAIRS_MAX], variables[PAIRS_MAX];
	size_t n_annotations, n_variables;
};

static const char *get(void *ctx, const char *name)
{
	const struct pairs *p = ctx;

	for (size_t i = 0; i < p->n_variables; i++) {
		if (strcmp(p->variables[i].key, name) == 0)
			return p->variables[i].value;
	}
	return NULL;
}

static void cut(char *s, struct pairs *out)
{
	char *save = NULL;

	for (char *line = strtok_r(s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, '=');

		if (!value || out->n_annotations == PAIRS_MAX || out->n_variables == PAIRS_MAX)
			continue;
		*value++ = '\0';
		if (*line == '$')
			out->variables[out->n_variables++] =
				(struct conf_annotation){line + 1, value};
		else
			out->annotations[out->n_annotations++] =
				(struct conf_annotation){line, value};
	}
}

static struct conf *from_node(const char *data, size_t size)
{
	struct pairs pairs = {.n_annotations = 0};
	char *s = mem_zalloc(size + 1);
	struct conf *c;

	if (size)
		memcpy(s, data, size);
	cut(s, &pairs);
	c = conf_from_node(get, &pairs, pairs.annotations, pairs.n_annotations, &errors, &notes);
	free(s);
	return c;
}

/* Printed and read back it is the same. */
static void check_printed(const struct conf *c)
{
	struct text a = {0}, b = {0};
	struct conf *back;

	conf_render(c, &a);
	errors.n = errors.more = notes.n = notes.more = 0;
	back = conf_parse(a.s, a.len, &errors, &notes);
	/* what we print ourselves has nothing in it that means nothing to us */
	if (!back || notes.n)
		abort();
	conf_render(back, &b);
	if (strcmp(a.s, b.s) != 0 || !conf_equal(c, back))
		abort();
	conf_free(back);
	text_free(&a);
	text_free(&b);
}

static void check_merged(const struct conf *c)
{
	struct conf *merged = conf_merge(c, c);
	struct conf_changes changes;

	if (!conf_equal(c, merged))
		abort();
	conf_diff(c, merged, &changes);
	if (changes.n)
		abort();
	conf_changes_free(&changes);
	conf_free(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char base[] = "router bgp 65000\n   neighbor 10.0.0.1 bfd\n   neighbor G peer "
				   "group\n";
	bool node = size && data[0] == '@';
	struct conf *c, *startup, *merged;

	errors.n = errors.more = notes.n = notes.more = 0;
	c = node ? from_node((const char *)data + 1, size - 1)
		 : conf_parse((const char *)data, size, &errors, &notes);
	if (!c != (errors.n != 0)) /* refused for a reason, and only then */
		abort();
	if (!c)
		return 0;
	if (node) {
		startup = conf_parse(base, strlen(base), &errors, &notes);
		merged = conf_merge(startup, c);
		conf_free(startup);
		conf_free(c);
		c = merged;
	}
	conf_validate(c, &errors, &notes);
	check_printed(c);
	check_merged(c);
	conf_free(c);
	return 0;
}
