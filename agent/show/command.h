/*
 * command: the words of every command, once for all who need them.
 *
 * One table (command_table.c) says which words a command is made of, what it is for and who runs
 * it. From it come the agent's dispatch, leafpeerctl's, the help behind "?", completion, and the
 * tests that compare manual pages with what there is.
 *
 * A row's words: small letters stand for themselves, "a|b" for one of them, capitals for what the
 * command takes (see kinds in command.c). A word may be abbreviated as long as it is unambiguous;
 * a whole word beats abbreviations of others. Behind the words, "| json" asks for JSON.
 */
#ifndef LEAFPEER_SHOW_COMMAND_H
#define LEAFPEER_SHOW_COMMAND_H

#include "agent/lib/ask.h"
#include "agent/lib/prefix.h"
#include "agent/lib/text.h"

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_LINE_MAX  ASK_LINE_MAX /* octets of a line, its NUL included */
#define COMMAND_WORDS_MAX 16           /* of a line; what a LINE takes is one of them */
#define COMMAND_ARGS_MAX  4

enum command_verb {
	VERB_BGP,
	VERB_BGP_LONGER,
	VERB_BGP_NEIGHBORS,
	VERB_BGP_NEIGHBOR_ROUTES,
	VERB_BGP_SUMMARY,
	VERB_BGP_SUMMARY_ALL,
	VERB_ROUTE,
	VERB_ROUTE_BGP,
	VERB_ROUTE_SUMMARY,
	VERB_BFD_PEERS,
	VERB_BFD_DETAIL,
	VERB_PODS,
	VERB_AGGREGATES,
	VERB_RUNNING_CONFIG,
	VERB_VERSION,
	VERB_HOSTNAME,
	VERB_BMP,
	VERB_CLOCK,
	VERB_RUNNING_CONFIG_DIFFS,
	VERB_KUBERNETES,
	VERB_SHOW_LAST = VERB_KUBERNETES, /* up to here: show.c runs it */
	VERB_CLEAR,
	VERB_DRAIN,
	VERB_UNDRAIN,
	VERB_RELOAD,
	VERB_LOG_LEVEL,
	VERB_TAKE_OVER,
	VERB_DOCTOR_AGENT,
	VERB_WAIT_ROUTE,
	VERB_CNI_STATUS,
	VERB_COMPLETE,
	/* leafpeerctl's own */
	VERB_CONFIGURE_CHECK,
	VERB_CONFIGURE,
	VERB_ENABLE,
	VERB_DISABLE,
	VERB_EXIT,
	VERB_TERMINAL_LENGTH,
	VERB_TERMINAL_WIDTH,
	VERB_WATCH,
	VERB_SECTION,
	VERB_HISTORY,
	VERB_HELP,
	VERB_DOCTOR,
	VERB_TECH_SUPPORT,
	VERB_COUNT
};

enum command_flag {
	COMMAND_LOCAL = 1,      /* leafpeerctl runs it, no agent is needed */
	COMMAND_PRIVILEGED = 2, /* at the prompt: behind enable */
	COMMAND_HIDDEN = 4,     /* for programs: no help, no completion */
	COMMAND_VRF = 16,   /* "vrf default" may stand behind it, as on a switch that has others */
	COMMAND_OUTPUT = 8, /* of leafpeerctl's own: what it prints can be filtered */
};

struct command {
	const char *words;
	const char *help; /* what it is for, in a line without a full stop */
	enum command_verb verb;
	unsigned int flags; /* enum command_flag */
};

extern const struct command command_table[];
extern const size_t command_table_n;

/* What may stand behind "|". json is the agent's, the others are leafpeerctl's (filter.h). */
struct command_filter {
	const char *word, *help;
};

extern const struct command_filter command_filters[];
extern const size_t command_filters_n;

/* A line, understood. Not to be copied: it points into itself. */
struct command_line {
	const struct command *command;
	enum afi afi;                       /* by the word ip, ipv4 or ipv6; else AFI_NONE */
	const char *args[COMMAND_ARGS_MAX]; /* what was taken, and which of "a|b", in order */
	size_t n_args;
	bool json;
	/* where reading ended, for the complaint */
	size_t at;
	char *words[COMMAND_WORDS_MAX];
	size_t n;
	char text[COMMAND_LINE_MAX]; /* that the words lie in */
	char choices[COMMAND_ARGS_MAX][32];
};

enum command_result {
	COMMAND_OK,
	COMMAND_INVALID,
	COMMAND_AMBIGUOUS,
	COMMAND_INCOMPLETE,
};

enum command_result command_parse(const char *line, struct command_line *out);
/* "% Invalid input (at token 1: 'foo')", as EOS says it, in buf; returns buf. */
const char *command_complaint(enum command_result result, const struct command_line *line,
			      char *buf, size_t cap);

/* A word that may come next: itself, or for what a command takes what EOS would write ("A.B.C.D"),
 * with the table's name of it ("NEIGHBOR") in takes, else NULL. "<cr>", takes "", where the line
 * may end. */
typedef void command_word_fn(void *ctx, const char *word, const char *help, const char *takes);
/*
 * What may stand where text ends: behind a blank a new word, else those that its last word may
 * become. Calls fn for each, in the order of letters. What text begins with must be understood.
 */
enum command_result command_next(const char *text, command_word_fn *fn, void *ctx);
/* Such words on their way from the agent to leafpeerctl, a line each; reading takes text apart. */
void command_write_word(struct text *out, const char *word, const char *help, const char *takes);
void command_read_words(char *text, command_word_fn *fn, void *ctx);
/* The order in which such words are told, as strcmp(): the end of the line is the last. */
int command_word_order(const char *a, const char *b);
/* The help of words as the table writes them, such as "show ip bgp", or of one word: NULL if there
 * is none. */
const char *command_topic(const char *path);

#endif
