/* ctl_local: the commands that need no agent, a row each. */
#include "agent/conf/model.h"
#include "agent/ctl.h"
#include "agent/lib/mem.h"
#include "agent/lib/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_FILE_MAX (4u << 20) /* octets of a startup-config */

/* ---- configure check FILE ---------------------------------------------------------------------
 */

static void print_errors(const char *file, const char *kind, const struct conf_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++) {
		const struct conf_error *e = &errors->errors[i];

		if (e->line)
			fprintf(stderr, "%s:%u:%u: %s%s\n", file, e->line, e->column, kind,
				e->text);
		else
			fprintf(stderr, "%s: %s%s\n", file, kind, e->text);
	}
	if (errors->more)
		fprintf(stderr, "%s: and %zu more\n", file, errors->more);
}

static bool read_file(const char *path, struct text *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char buf[16384];
	const char *why = NULL;
	size_t n;

	if (!f) {
		fprintf(stderr, "leafpeerctl: %s: %s\n", path, strerror(errno));
		return false;
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && out->len <= CHECK_FILE_MAX)
		text_append(out, buf, n);
	if (ferror(f))
		why = strerror(errno);
	else if (out->len > CHECK_FILE_MAX)
		why = "larger than 4 MiB: not a startup-config";
	if (f != stdin)
		fclose(f);
	if (why)
		fprintf(stderr, "leafpeerctl: %s: %s\n", path, why);
	return !why;
}

/* The same eyes as the agent's, on one file: environment and annotations are not looked at, so
 * what only they would make whole (an AS) is not asked for. */
static int configure_check(struct ctl *ctl, int argc, char **argv)
{
	struct conf_errors *errors, *notes;
	struct text text = {0};
	struct conf *conf;

	(void)ctl;
	if (argc != 3) {
		fputs("usage: leafpeerctl configure check FILE\n", stderr);
		return CTL_USAGE;
	}
	if (!read_file(argv[2], &text)) {
		text_free(&text);
		return CTL_REFUSED;
	}
	errors = mem_zalloc(sizeof(*errors));
	notes = mem_zalloc(sizeof(*notes));
	conf = conf_parse(text.s ? text.s : "", text.len, errors, notes);
	print_errors(argv[2], "", errors);
	print_errors(argv[2], "note: ", notes);
	if (conf)
		printf("%s: no errors\n", argv[2]);
	text_free(&text);
	free(errors);
	free(notes);
	conf_free(conf);
	return conf ? CTL_OK : CTL_REFUSED;
}

/* ---- all --------------------------------------------------------------------------------------
 */

static const struct ctl_local locals[] = {
	{"configure check", configure_check},
};

/* Whether argv begins with the words. */
static bool is(const char *words, int argc, char **argv)
{
	for (int i = 0; *words; i++) {
		size_t len = strcspn(words, " ");

		if (i == argc || strlen(argv[i]) != len || memcmp(argv[i], words, len) != 0)
			return false;
		words += len;
		words += strspn(words, " ");
	}
	return true;
}

bool ctl_local(struct ctl *ctl, int argc, char **argv, int *status)
{
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
		if (is(locals[i].words, argc, argv)) {
			*status = locals[i].run(ctl, argc, argv);
			return true;
		}
	}
	return false;
}
