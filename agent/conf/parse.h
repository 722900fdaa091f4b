/*
 * parse: what the files of the grammar share: a line as words, and how values are taken from it.
 */
#ifndef LEAFPEER_CONF_PARSE_H
#define LEAFPEER_CONF_PARSE_H

#include "agent/conf/model.h"

#define PARSE_WORDS_MAX 64
#define PARSE_LINE_MAX  1024

enum parse_block {
	BLOCK_TOP,
	BLOCK_BGP,
	BLOCK_BFD,
	BLOCK_ROUTE_MAP,
	BLOCK_LEAFPEER,
	BLOCK_IGNORED, /* of EOS, meaning nothing here */
};

struct parser {
	struct conf *conf;
	struct conf_errors *errors, *notes;
	enum parse_block block;
	unsigned int line;
	char text[PARSE_LINE_MAX];  /* the line, cut into words */
	char whole[PARSE_LINE_MAX]; /* and as it was */
	char *words[PARSE_WORDS_MAX];
	unsigned int columns[PARSE_WORDS_MAX];
	size_t n, at;             /* words, and the next to look at */
	struct conf_options *opt; /* of the neighbour or group that the line is about */
	const char *group;        /* its name, if it is a group */
	bool bad;                 /* this line has had its error */
};

/* One command: its first word, and who takes the rest. */
struct parse_row {
	const char *word;
	void (*take)(struct parser *p);
};

/* Says that the word at p->at is not what was expected; once a line. */
void parse_expected(struct parser *p, const char *what);
void parse_wrong(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool parse_more(const struct parser *p);
/* Takes the word if it is the next one. */
bool parse_word(struct parser *p, const char *word);
bool parse_number(struct parser *p, uint32_t min, uint32_t max, const char *what, uint32_t *out);
bool parse_asn(struct parser *p, uint32_t *out);
bool parse_addr(struct parser *p, struct addr *out);
bool parse_prefix(struct parser *p, struct prefix *out);
/* A name of 1 to CONF_NAME_MAX octets, or whatever fits cap. */
bool parse_text(struct parser *p, const char *what, char *out, size_t cap);
/* The rest of the line as it was written. */
bool parse_rest(struct parser *p, const char *what, char *out, size_t cap);
/* Nothing may follow. */
bool parse_end(struct parser *p);
/* Finds the command of the next word and runs it; false: there is none. */
bool parse_dispatch(struct parser *p, const struct parse_row *rows, size_t n);
/* Appends room for one element of size to the list; NULL, with an error, at its limit. */
void *parse_append(struct parser *p, void *list, size_t *n, size_t size, size_t max,
		   const char *what);

/* The blocks' files: each runs a line of its block; false: the line is none of it. */
bool parse_bgp_line(struct parser *p);
bool parse_policy_line(struct parser *p); /* inside a route-map */
void parse_prefix_list(struct parser *p); /* behind "ip prefix-list" */
void parse_route_map(struct parser *p);   /* behind "route-map" */
bool parse_leafpeer_line(struct parser *p);

#endif
