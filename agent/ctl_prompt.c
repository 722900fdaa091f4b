/* ctl_prompt: the prompt of EOS, with libedit: "?" helps anywhere, TAB completes. */
#include "agent/ctl.h"

#include "agent/lib/mem.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HISTORY_LINES 500
#define NAME_MAX_LEN  64

/* libedit hands no pointer of ours to what it calls for the prompt and the keys, but one a line
 * editor; there is one. */
static struct ctl *the_ctl;
static History *the_history;
static char the_name[NAME_MAX_LEN];

static const char *prompt(EditLine *el)
{
	static char text[NAME_MAX_LEN + 2];

	(void)el;
	snprintf(text, sizeof(text), "%s%c", the_name, the_ctl->privileged ? '#' : '>');
	return text;
}

/* ---- the node's name --------------------------------------------------------------------------
 */

struct answer {
	char text[512];
	size_t len;
};

static bool take_name(void *ctx, const char *data, size_t len)
{
	struct answer *a = ctx;
	size_t room = sizeof(a->text) - 1 - a->len;

	memcpy(a->text + a->len, data, len < room ? len : room);
	a->len += len < room ? len : room;
	return len < room;
}

/* As the agent knows it, else this host's. */
static void find_name(struct ctl *ctl)
{
	static const char label[] = "Hostname: ";
	struct answer a = {.len = 0};
	char why[CTL_WHY_MAX];
	int status = ctl_ask(ctl, "show hostname", take_name, &a, why);

	a.text[a.len] = '\0';
	if (status == CTL_OK && strncmp(a.text, label, strlen(label)) == 0) {
		a.text[strcspn(a.text, "\n")] = '\0';
		snprintf(the_name, sizeof(the_name), "%.63s", a.text + strlen(label));
	} else if (status == CTL_UNREACHABLE) {
		puts(why);
	}
	if (!*the_name && gethostname(the_name, sizeof(the_name) - 1) != 0)
		strcpy(the_name, "leafpeer");
}

/* ---- keys -------------------------------------------------------------------------------------
 */

static char *text_to_cursor(EditLine *el)
{
	const LineInfo *li = el_line(el);
	size_t len = (size_t)(li->cursor - li->buffer);
	char *text = mem_zalloc(len + 1);

	memcpy(text, li->buffer, len);
	return text;
}

static void put_help(void *ctx, const char *word, const char *help, const char *takes)
{
	unsigned int *n = ctx;

	(void)takes;
	++*n;
	printf("  %-18s %s\n", word, help);
}

/* Within what a filter takes, "?" belongs to the expression. */
static bool in_expression(const char *text)
{
	const char *pipe = strstr(text, " | ");

	for (const char *p; pipe && (p = strstr(pipe + 1, " | ")); pipe = p)
		;
	if (!pipe)
		return false;
	pipe += 3 + strspn(pipe + 3, " ");
	return strchr(pipe, ' ') && pipe[strlen(pipe) - 1] != ' ';
}

static unsigned char help_key(EditLine *el, int ch)
{
	char *text = text_to_cursor(el);
	unsigned char done = CC_REDISPLAY;
	unsigned int n = 0;

	(void)ch;
	if (in_expression(text)) {
		done = el_insertstr(el, "?") == 0 ? CC_REFRESH : CC_ERROR;
	} else {
		putchar('\n');
		ctl_next(the_ctl, text, put_help, &n);
		if (!n)
			puts("% Unrecognized command");
		fflush(stdout);
	}
	free(text);
	return done;
}

struct completion {
	char common[64];
	size_t n;
	char words[4096]; /* separated by newlines */
};

static void add_word(void *ctx, const char *word, const char *help, const char *takes)
{
	struct completion *c = ctx;
	size_t len = 0, at = strlen(c->words);

	(void)help;
	if (takes || *word == '|' || strlen(word) >= sizeof(c->common))
		return;
	if (!c->n++)
		strcpy(c->common, word);
	while (c->common[len] && c->common[len] == word[len])
		len++;
	c->common[len] = '\0';
	if (at + strlen(word) + 2 < sizeof(c->words))
		sprintf(c->words + at, "%s\n", word);
}

static void list_words(struct completion *c)
{
	size_t width = 0, column = 0;
	char *save = NULL;

	for (const char *s = c->words; *s; s += strcspn(s, "\n") + 1) {
		if (strcspn(s, "\n") > width)
			width = strcspn(s, "\n");
	}
	putchar('\n');
	for (char *w = strtok_r(c->words, "\n", &save); w; w = strtok_r(NULL, "\n", &save)) {
		printf("%-*s", (int)width + 2, w);
		if ((column += width + 2) + width > 78) {
			putchar('\n');
			column = 0;
		}
	}
	if (column)
		putchar('\n');
	fflush(stdout);
}

/* What all words that fit have in common is put in; a blank behind the only one; else they are
 * listed. */
static unsigned char complete_key(EditLine *el, int ch)
{
	char *text = text_to_cursor(el);
	const char *last = strrchr(text, ' ');
	struct completion c = {.n = 0};
	unsigned char done = CC_ERROR;
	size_t typed;

	(void)ch;
	last = last ? last + 1 : text;
	typed = strlen(last);
	ctl_next(the_ctl, text, add_word, &c);
	if (c.n && strlen(c.common) >= typed && (c.n == 1 || strlen(c.common) > typed)) {
		/* as the table writes it, whatever was typed */
		el_deletestr(el, (int)typed);
		if (c.n == 1)
			strcat(c.common, " ");
		done = el_insertstr(el, c.common) == 0 ? CC_REFRESH : CC_ERROR;
	} else if (c.n) {
		list_words(&c);
		done = CC_REDISPLAY;
	}
	free(text);
	return done;
}

/* ---- the loop ---------------------------------------------------------------------------------
 */

static void on_interrupt(int sig)
{
	(void)sig;
	ctl_interrupted = 1;
}

static void print_history(void)
{
	HistEvent ev;

	for (int r = history(the_history, &ev, H_LAST); r >= 0;
	     r = history(the_history, &ev, H_PREV))
		printf("  %s", ev.str);
}

static EditLine *make_editor(void)
{
	EditLine *el = el_init("leafpeerctl", stdin, stdout, stderr);
	HistEvent ev;

	the_history = history_init();
	if (!el || !the_history)
		return NULL;
	history(the_history, &ev, H_SETSIZE, HISTORY_LINES);
	history(the_history, &ev, H_SETUNIQUE, 1);
	el_set(el, EL_PROMPT, prompt);
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_HIST, history, the_history);
	el_set(el, EL_ADDFN, "leafpeer-help", "what may come next", help_key);
	el_set(el, EL_ADDFN, "leafpeer-complete", "complete the word", complete_key);
	el_set(el, EL_BIND, "?", "leafpeer-help", NULL);
	el_set(el, EL_BIND, "\t", "leafpeer-complete", NULL);
	el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	/* not by el_source: somebody's ~/.editrc must not take "?" away */
	return el;
}

static void run(struct ctl *ctl, const char *typed)
{
	char *line = mem_strdup(typed);
	HistEvent ev;

	line[strcspn(line, "\r\n")] = '\0';
	if (line[strspn(line, " \t")])
		history(the_history, &ev, H_ENTER, typed);
	ctl_interrupted = 0;
	ctl_line(ctl, line);
	/* the terminal has written ^C there */
	if (ctl_interrupted)
		putchar('\n');
	fflush(stdout);
	free(line);
}

int ctl_prompt(struct ctl *ctl)
{
	const struct sigaction interrupt = {.sa_handler = on_interrupt}; /* no SA_RESTART */
	EditLine *el;

	the_ctl = ctl;
	ctl->prompt = true;
	ctl->privileged = false;
	ctl->history = print_history;
	ctl->lines = (unsigned int)-1; /* the window's */
	setlocale(LC_CTYPE, "");
	find_name(ctl);
	el = make_editor();
	if (!el) {
		fputs("leafpeerctl: this terminal cannot be used\n", stderr);
		return CTL_USAGE;
	}
	sigaction(SIGINT, &interrupt, NULL);
	while (!ctl->leave) {
		const char *line;
		int len = 0;

		ctl_interrupted = 0;
		line = el_gets(el, &len);
		if (!line && ctl_interrupted) {
			putchar('\n');
			continue;
		}
		if (!line || len <= 0)
			break;
		run(ctl, line);
	}
	if (!ctl->leave)
		putchar('\n');
	history_end(the_history);
	el_end(el);
	return CTL_OK;
}
