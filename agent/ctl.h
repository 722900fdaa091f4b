/*
 * ctl: leafpeerctl. It sends command lines to the agent's control socket and prints what comes
 * back; some commands need no agent and are run here.
 *
 *	ctl.c         options; commands from arguments, or lines from standard input
 *	ctl_ask.c     the socket
 *	ctl_line.c    one line: filters, local or the agent's, what is printed where
 *	ctl_local.c   the commands that need no agent, a row each
 *	ctl_doctor.c  those of them whose output can be filtered: doctor, show tech-support
 *	ctl_help.c    help
 *	ctl_page.c    a screenful at a time
 *	ctl_prompt.c  the prompt: libedit, help behind "?", completion, history
 *
 * The words of all commands are in agent/show/command_table.c. What is not found there is asked
 * of the agent all the same: it may be newer.
 */
#ifndef LEAFPEER_CTL_H
#define LEAFPEER_CTL_H

#include "agent/show/command.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define CTL_LINE_MAX     (COMMAND_LINE_MAX - 1) /* octets that the agent takes, without the newline */
#define CTL_WHY_MAX      512

#define CTL_CNI_BIN_DIR  "/opt/cni/bin"   /* of the node, unless LEAFPEER_CNI_BIN_DIR is another */
#define CTL_CNI_CONF_DIR "/etc/cni/net.d" /* likewise, LEAFPEER_CNI_CONF_DIR */

enum {
	CTL_OK = 0,
	CTL_REFUSED = 1,     /* the command, or what it was asked to do */
	CTL_USAGE = 2,       /* of leafpeerctl itself */
	CTL_UNREACHABLE = 3, /* no agent answers */
};

struct ctl {
	const char *state_dir;
	bool prompt;           /* somebody types: complaints go where the answers go */
	bool privileged;       /* enable was said, or nobody types */
	bool leave;            /* exit was said */
	unsigned int lines;    /* of a page; 0: no pages */
	void (*history)(void); /* prints it; NULL where there is none */
};

/* Ctrl-C was pressed: what runs ends soon. */
extern volatile sig_atomic_t ctl_interrupted;

/* ---- ctl_ask.c */

/* Takes a piece of the answer; false: enough. */
typedef bool ctl_sink_fn(void *ctx, const char *data, size_t len);
/* One command (without its newline) to the agent: CTL_OK, or CTL_REFUSED or CTL_UNREACHABLE with
 * the reason in why. */
int ctl_ask(const struct ctl *ctl, const char *line, ctl_sink_fn *sink, void *ctx,
	    char why[static CTL_WHY_MAX]);

/* ---- ctl_line.c */

/* Runs a line with all that stands behind "|", prints, and returns an exit status. */
int ctl_line(struct ctl *ctl, const char *text);
/* What may come behind the text, asked of the agent too: see command_next(). */
void ctl_next(const struct ctl *ctl, const char *text, command_word_fn *fn, void *ctx);

/* ---- ctl_local.c */

/* A command with COMMAND_LOCAL. */
int ctl_local(struct ctl *ctl, const struct command_line *line);

/* ---- ctl_doctor.c */

/* A command with COMMAND_OUTPUT, to sink: an exit status. */
int ctl_output(const struct ctl *ctl, const struct command_line *line, ctl_sink_fn *sink,
	       void *ctx);

/* ---- ctl_help.c */

int ctl_help(bool json, ctl_sink_fn *sink, void *ctx);

/* ---- ctl_page.c */

struct ctl_page {
	unsigned int lines;   /* of the screen; 0: everything goes through */
	unsigned int columns; /* 0: not known, nothing is folded */
	unsigned int line;    /* since the last stop */
	size_t width;         /* of the line that has not ended yet */
	bool over;            /* enough was seen, or nobody reads any more */
	int failed;           /* errno of writing */
};

void ctl_page_init(struct ctl_page *page, const struct ctl *ctl, bool no_more);
/* false: enough. */
bool ctl_page_write(struct ctl_page *page, const char *data, size_t len);

/* ---- ctl_prompt.c */

/* Reads and runs lines until exit, Ctrl-D; an exit status. */
int ctl_prompt(struct ctl *ctl);

#endif
