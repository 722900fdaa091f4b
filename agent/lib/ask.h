/*
 * ask: a command and its answer on the control socket, as octets; without the socket.
 *
 *	question   LINE "\n" ["end\n"]
 *	answer     "ok\n" BODY until end of file | "ok end\n" BODY NUL | "error TEXT\n"
 *
 * With "end" behind its line the asking side can tell the end of an answer from that of an agent;
 * one that does not know the word passes over it.
 * Both sides read what comes in pieces of any size, and trust nothing of it.
 */
#ifndef LEAFPEER_LIB_ASK_H
#define LEAFPEER_LIB_ASK_H

#include <stdbool.h>
#include <stddef.h>

#define ASK_LINE_MAX 4096 /* octets of a question, its end included */
#define ASK_HEAD_MAX 512  /* of an answer's first line, likewise */
#define ASK_MARKED   "end\n"

/* ---- the agent's side */

struct ask_line {
	char text[ASK_LINE_MAX];
	size_t len;
	bool marked; /* the end of the answer is to be */
};

enum ask_result {
	ASK_MORE,     /* the line has no end yet */
	ASK_WHOLE,    /* text is the line, NUL-terminated */
	ASK_TOO_LONG, /* there is no room for its end */
	ASK_NO_TEXT,  /* there are control characters in it */
};

/* After n octets were read to text + len, where there is room for sizeof(text) - len. What stands
 * behind the line is nothing, but for ASK_MARKED. */
enum ask_result ask_line_add(struct ask_line *line, size_t n);
/* "error TEXT\n" to head; text may be anything, and becomes one line, cut where it is too long. */
void ask_fail(const char *text, char head[static ASK_HEAD_MAX]);

/* ---- leafpeerctl's side */

struct ask_head {
	char text[ASK_HEAD_MAX]; /* without its end; cut where it is too long */
	size_t len;
	bool whole;
};

/* Takes the first line from what has come; returns how many octets that was: the others are body.
 */
size_t ask_head_add(struct ask_head *head, const char *data, size_t len);
/* Of a whole head: NULL: ok, else what is wrong. */
const char *ask_head_error(const struct ask_head *head);
/* A NUL ends the body, and nothing else does. */
bool ask_head_marked(const struct ask_head *head);

#endif
