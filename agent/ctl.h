/*
 * ctl: leafpeerctl. It sends command lines to the agent's control socket and prints what comes
 * back; a few commands need no agent and are run here (ctl_local.c).
 *
 * The agent's grammar decides what an agent's command is, so an old leafpeerctl speaks to a new
 * agent.
 */
#ifndef LEAFPEER_CTL_H
#define LEAFPEER_CTL_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_LINE_MAX 4095 /* what the agent takes, without the newline */

enum {
	CTL_OK = 0,
	CTL_REFUSED = 1,     /* the command, or what it was asked to do */
	CTL_USAGE = 2,       /* of leafpeerctl itself */
	CTL_UNREACHABLE = 3, /* no agent answers */
};

struct ctl {
	const char *state_dir;
};

/* A command that needs no agent. argv[0] is its first word, as argv is of a program. */
struct ctl_local {
	const char *words; /* "configure check": no abbreviations of the first */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

/* ctl_local.c: runs the command if it is a local one: true, with *status. */
bool ctl_local(struct ctl *ctl, int argc, char **argv, int *status);

/* ctl_ask.c: asks the agent (a line without its newline), prints the answer; an exit status. */
int ctl_ask(struct ctl *ctl, const char *line);

#endif
