/* ctl_local: the commands that need no agent, a row each. */
#include "agent/conf/model.h"
#include "agent/ctl.h"
#include "agent/lib/mem.h"
#include "agent/lib/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
static int configure_check(struct ctl *ctl, const struct command_line *line)
{
	const char *file = line->args[0];
	struct conf_errors *errors, *notes;
	struct text text = {0};
	struct conf *conf;

	(void)ctl;
	if (!read_file(file, &text)) {
		text_free(&text);
		return CTL_REFUSED;
	}
	errors = mem_zalloc(sizeof(*errors));
	notes = mem_zalloc(sizeof(*notes));
	conf = conf_parse(text.s ? text.s : "", text.len, errors, notes);
	print_errors(file, "", errors);
	print_errors(file, "note: ", notes);
	if (conf)
		printf("%s: no errors\n", file);
	text_free(&text);
	free(errors);
	free(notes);
	conf_free(conf);
	return conf ? CTL_OK : CTL_REFUSED;
}

/* Who comes from EOS types this first. */
static int configure(struct ctl *ctl, const struct command_line *line)
{
	(void)ctl;
	(void)line;
	puts("The configuration is not made here: it comes from the annotations of the Node, the\n"
	     "environment, and the startup-config (LEAFPEER_CONFIG), which `reload` reads again.\n"
	     "`show running-config` prints all of it; `configure check FILE` looks at a file.");
	return CTL_OK;
}

/* ---- the prompt -------------------------------------------------------------------------------
 */

static int enable(struct ctl *ctl, const struct command_line *line)
{
	(void)line;
	ctl->privileged = true;
	return CTL_OK;
}

static int disable(struct ctl *ctl, const struct command_line *line)
{
	(void)line;
	ctl->privileged = !ctl->prompt;
	return CTL_OK;
}

static int leave(struct ctl *ctl, const struct command_line *line)
{
	(void)line;
	ctl->leave = true;
	return CTL_OK;
}

static int terminal_length(struct ctl *ctl, const struct command_line *line)
{
	ctl->lines = (unsigned int)strtoul(line->args[0], NULL, 10);
	return CTL_OK;
}

static int terminal_width(struct ctl *ctl, const struct command_line *line)
{
	(void)ctl;
	(void)line;
	return CTL_OK;
}

static int history(struct ctl *ctl, const struct command_line *line)
{
	(void)line;
	if (ctl->history)
		ctl->history();
	return CTL_OK;
}

/* ---- watch [SECONDS] COMMAND ------------------------------------------------------------------
 */

#define WATCH_S 2

static int watch(struct ctl *ctl, const struct command_line *line)
{
	const char *command = line->args[line->n_args - 1];
	unsigned long s = line->n_args > 1 ? strtoul(line->args[0], NULL, 10) : WATCH_S;
	unsigned int lines = ctl->lines;
	int status = CTL_OK;

	if (strncmp(command, "watch", strcspn(command, " ")) == 0 && *command == 'w') {
		fputs("% Invalid input (watch of watch)\n", ctl->prompt ? stdout : stderr);
		return CTL_REFUSED;
	}
	ctl->lines = 0;
	while (!ctl_interrupted && !ctl->leave) {
		const struct timespec pause = {.tv_sec = (time_t)(s ? s : 1)};

		if (isatty(STDOUT_FILENO))
			printf("\033[H\033[2JEvery %lu s: %s\n\n", s ? s : 1, command);
		fflush(stdout);
		status = ctl_line(ctl, command);
		fflush(stdout);
		/* a command that is none will be none in two seconds, too */
		if (status == CTL_REFUSED)
			break;
		if (!ctl_interrupted)
			nanosleep(&pause, NULL);
	}
	ctl->lines = lines;
	return status;
}

/* ---- show running-config section REGEX ---------------------------------------------------------
 */

/* As EOS has it beside the filter, which it is. */
static int section(struct ctl *ctl, const struct command_line *line)
{
	char text[CTL_LINE_MAX + 64];

	snprintf(text, sizeof(text), "show running-config | section %s", line->args[0]);
	return ctl_line(ctl, text);
}

/* ---- all --------------------------------------------------------------------------------------
 */

static const struct {
	enum command_verb verb;
	int (*run)(struct ctl *ctl, const struct command_line *line);
} locals[] = {
	{VERB_CONFIGURE_CHECK, configure_check},
	{VERB_CONFIGURE, configure},
	{VERB_ENABLE, enable},
	{VERB_DISABLE, disable},
	{VERB_EXIT, leave},
	{VERB_TERMINAL_LENGTH, terminal_length},
	{VERB_TERMINAL_WIDTH, terminal_width},
	{VERB_WATCH, watch},
	{VERB_SECTION, section},
	{VERB_HISTORY, history},
};

int ctl_local(struct ctl *ctl, const struct command_line *line)
{
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
		if (locals[i].verb == line->command->verb)
			return locals[i].run(ctl, line);
	}
	return CTL_REFUSED;
}
