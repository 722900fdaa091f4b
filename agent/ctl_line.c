/* ctl_line: one line, from what was typed to what is printed. */
#include "agent/ctl.h"

#include "agent/lib/mem.h"
#include "agent/lib/text.h"
#include "agent/show/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const struct ctl *ctl, int status, const char *why)
{
	fflush(stdout);
	fprintf(ctl->prompt ? stdout : stderr, "%s\n", why);
	return status;
}

/* ---- the agent's ------------------------------------------------------------------------------
 */

struct printing {
	struct filters *filters;
	struct ctl_page page;
};

static void print_piece(void *ctx, const char *data, size_t len)
{
	struct printing *p = ctx;

	ctl_page_write(&p->page, data, len);
}

static bool take_piece(void *ctx, const char *data, size_t len)
{
	struct printing *p = ctx;

	filters_feed(p->filters, data, len, print_piece, p);
	return !p->page.over && !ctl_interrupted;
}

/* The agent's answer, or what leafpeerctl finds out itself. */
static int ask(struct ctl *ctl, const char *command, struct filters *filters,
	       enum command_result result, const struct command_line *line)
{
	bool own = result == COMMAND_OK && (line->command->flags & COMMAND_OUTPUT);
	struct printing p = {.filters = filters};
	char why[CTL_WHY_MAX] = "";
	int status;

	fflush(stdout);
	ctl_page_init(&p.page, ctl, filters_no_more(filters));
	status = own ? ctl_output(ctl, line, take_piece, &p)
		     : ctl_ask(ctl, command, take_piece, &p, why);
	if (status == CTL_OK || own) {
		filters_end(filters, print_piece, &p);
		if (!p.page.failed)
			return status;
		snprintf(why, sizeof(why), "leafpeerctl: standard output: %s",
			 strerror(p.page.failed));
		return complain(ctl, CTL_REFUSED, why);
	}
	/* what is wrong with the line can be said without an agent, if not as well as by a newer */
	if (status == CTL_UNREACHABLE && result != COMMAND_OK) {
		command_complaint(result, line, why, sizeof(why));
		status = CTL_REFUSED;
	}
	return complain(ctl, status, why);
}

/* ---- all --------------------------------------------------------------------------------------
 */

static bool may(const struct ctl *ctl, const struct command_line *line)
{
	return ctl->privileged || !(line->command->flags & COMMAND_PRIVILEGED);
}

static int forbidden(const struct ctl *ctl)
{
	return complain(ctl, CTL_REFUSED, "% Invalid input (privileged mode required)");
}

static int local(struct ctl *ctl, const struct command_line *line)
{
	return may(ctl, line) ? ctl_local(ctl, line) : forbidden(ctl);
}

static int run(struct ctl *ctl, const char *command, struct filters *filters,
	       struct command_line *line)
{
	enum command_result result = command_parse(command, line);
	bool own = result == COMMAND_OK && (line->command->flags & COMMAND_LOCAL) &&
		   !(line->command->flags & COMMAND_OUTPUT);

	if (result == COMMAND_OK && !may(ctl, line))
		return forbidden(ctl);
	if (own && (filters_some(filters) || line->json))
		return complain(ctl, CTL_REFUSED, "% Invalid input (nothing to filter)");
	if (own)
		return local(ctl, line);
	return ask(ctl, command, filters, result, line);
}

/* Those that take their whole line, filters and all. */
static bool takes_filters(const char *text, struct command_line *line)
{
	return command_parse(text, line) == COMMAND_OK &&
	       (line->command->verb == VERB_WATCH || line->command->verb == VERB_SECTION);
}

int ctl_line(struct ctl *ctl, const char *text)
{
	struct command_line *line = mem_zalloc(sizeof(*line));
	char command[CTL_LINE_MAX + 1], why[CTL_WHY_MAX];
	struct filters *filters = NULL;
	int status;

	text += strspn(text, " \t");
	if (!*text || *text == '!') { /* a comment, as in a configuration */
		status = CTL_OK;
	} else if (takes_filters(text, line)) {
		status = local(ctl, line);
	} else {
		filters = filters_parse(text, command, sizeof(command), why, sizeof(why));
		status = filters ? run(ctl, command, filters, line)
				 : complain(ctl, CTL_REFUSED, why);
	}
	filters_free(filters);
	free(line);
	return status;
}

/* ---- what may come next -----------------------------------------------------------------------
 */

#define NEXT_MAX 256

struct next {
	struct text text; /* of the agent */
	struct next_row {
		char *word, *help, *takes;
	} rows[NEXT_MAX];
	size_t n;
};

static bool take_next(void *ctx, const char *data, size_t len)
{
	struct next *next = ctx;

	text_append(&next->text, data, len);
	return next->text.len < 65536;
}

static void add_next(void *ctx, const char *word, const char *help, const char *takes)
{
	struct next *next = ctx;

	for (size_t i = 0; i < next->n; i++) {
		if (strcmp(next->rows[i].word, word) == 0)
			return;
	}
	if (next->n == NEXT_MAX)
		return;
	next->rows[next->n++] = (struct next_row){
		.word = mem_strdup(word),
		.help = mem_strdup(help),
		.takes = takes ? mem_strdup(takes) : NULL,
	};
}

static void ask_next(const struct ctl *ctl, const char *text, struct next *next)
{
	char line[CTL_LINE_MAX + 1], why[CTL_WHY_MAX];

	/* the marks keep the blank at the end, which says that a new word begins */
	if (snprintf(line, sizeof(line), "complete <%s>", text) >= (int)sizeof(line) ||
	    ctl_ask(ctl, line, take_next, next, why) != CTL_OK || !next->text.s)
		return;
	command_read_words(next->text.s, add_next, next);
}

static int compare_rows(const void *a, const void *b)
{
	const struct next_row *x = a, *y = b;

	return command_word_order(x->word, y->word);
}

void ctl_next(const struct ctl *ctl, const char *text, command_word_fn *fn, void *ctx)
{
	struct next next = {.n = 0};

	command_next(text, add_next, &next);
	ask_next(ctl, text, &next);
	qsort(next.rows, next.n, sizeof(next.rows[0]), compare_rows);
	for (size_t i = 0; i < next.n; i++) {
		fn(ctx, next.rows[i].word, next.rows[i].help, next.rows[i].takes);
		free(next.rows[i].word);
		free(next.rows[i].help);
		free(next.rows[i].takes);
	}
	text_free(&next.text);
}
