/*
 * parse: what the files of the grammar share: a line as words, and how values are taken from it.
 */
#ifndef LEAFPEER_CONF_PARSE_H
#define LEAFPEER_CONF_PARSE_H

#include "agent/conf/model.h"

#define PARSE_WORDS_MAX 64
#define PARSE_LINE_MAX  1024

#define PARSE_AS        "an AS number, 1 to 4294967294, but not 23456"

enum parse_block {
	BLOCK_TOP,
	BLOCK_BGP,
	BLOCK_BFD,
	BLOCK_PREFIX_LIST,
	BLOCK_ROUTE_MAP,
	BLOCK_LEAFPEER,
	BLOCK_IGNORED, /* of EOS, meaning nothing here */
	BLOCK_BANNER,  /* free text up to a line EOF */
};

enum parse_sub { /* within router bgp */
		 SUB_NONE,
		 SUB_FAMILY,  /* address-family ipv4 or ipv6 */
		 SUB_STATION, /* monitoring station */
		 SUB_IGNORED, /* other families, vrf */
};

/* The last entry of a list or map that is named by its number. Entries mostly come in their order,
 * so whoever knows the highest number so far need not look at all of them for each. */
struct parse_top {
	bool known;
	char name[CONF_NAME_MAX + 1];
	enum afi afi; /* of a list: ip and ipv6 number for themselves */
	uint32_t seq;
};

struct parser {
	struct conf *conf;
	struct conf_errors *errors, *notes;
	enum parse_block block;
	unsigned int line;
	unsigned int banner;        /* the line that began BLOCK_BANNER */
	char text[PARSE_LINE_MAX];  /* the line, cut into words */
	char whole[PARSE_LINE_MAX]; /* and as it was */
	char *words[PARSE_WORDS_MAX];
	unsigned int columns[PARSE_WORDS_MAX];
	size_t n, at;             /* words, and the next to look at */
	size_t indent;            /* of the line: columns before its first word */
	bool no;                  /* the line began with "no", or with "default": */
	bool to_default;          /* as if nothing had been said */
	bool bad;                 /* this line has had its error */
	struct conf_options *opt; /* of the neighbour or group that the line is about */
	const char *group;        /* its name, if it is a group */
	/* where each group was first named, until "neighbor NAME peer group" makes it */
	struct {
		unsigned int line, column;
		bool made;
	} groups[CONF_GROUPS_MAX];
	enum parse_sub sub;
	size_t sub_indent;
	char station[CONF_NAME_MAX + 1]; /* of SUB_STATION */
	/* where each station was first named, until a line says its address */
	struct {
		unsigned int line, column;
		bool bad; /* its address has had its error */
	} stations[CONF_STATIONS_MAX];
	enum conf_family family;           /* of SUB_FAMILY */
	char list_name[CONF_NAME_MAX + 1]; /* of BLOCK_PREFIX_LIST */
	enum afi list_afi;
	struct parse_top list_top, map_top;
};

/* One command: its first word, and who takes the rest. */
struct parse_row {
	const char *word;
	void (*take)(struct parser *p);
	bool no; /* it can be taken back: take looks at p->no */
};

enum parse_match { /* how a word finds its row */
		   MATCH_EXACT,
		   MATCH_ABBREVIATED, /* or it is the beginning of one word only */
};

/* Says that the word at p->at is not what was expected; once a line. */
void parse_expected(struct parser *p, const char *what);
void parse_wrong(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool parse_more(const struct parser *p);
/* Takes the word, or a beginning of it, if it is the next one. */
bool parse_word(struct parser *p, const char *word);
/* Takes one of the words in "permit|deny", or an abbreviation of just one: its index. -1: it is
 * none, or (with an error) might be several. */
int parse_choice(struct parser *p, const char *words);
bool parse_number(struct parser *p, uint32_t min, uint32_t max, const char *what, uint32_t *out);
/* Behind "interval": MS min-rx MS multiplier N. */
bool parse_bfd_timers(struct parser *p, uint32_t *interval, uint32_t *min_rx, uint8_t *multiplier);
bool parse_asn(struct parser *p, uint32_t *out);
bool parse_addr(struct parser *p, struct addr *out);
bool parse_prefix(struct parser *p, struct prefix *out);
/* One word that fits cap; the rest of out becomes zero. */
bool parse_text(struct parser *p, const char *what, char *out, size_t cap);
/* The rest of the line as it was written. */
bool parse_rest(struct parser *p, const char *what, char *out, size_t cap);
/* Nothing may follow. */
bool parse_end(struct parser *p);
/* Finds the command of the next word and runs it; false: there is none. */
bool parse_dispatch(struct parser *p, const struct parse_row *rows, size_t n,
		    enum parse_match match);
/* Notes a line that means nothing here by its first words, as many as never hold a secret. */
void parse_ignored(struct parser *p, size_t words);
/* Appends room for one element of size to the list; NULL, with an error, at its limit. */
void *parse_append(struct parser *p, void *list, size_t *n, size_t size, size_t max,
		   const char *what);

/* asplain or asdot (RFC 5396); none of 0, 4294967295 and AS_TRANS (RFC 6793), which are nobody's.
 */
bool asn_from_text(const char *s, uint32_t *out);
/* A name that an interface can have. */
bool ifname_ok(const char *s);

/* The blocks' files: each runs a line of its block; false: the line is none of it. */
bool parse_bgp_line(struct parser *p, enum parse_match match);
void parse_bgp_end(struct parser *p);  /* after the last line: what the lines did not say */
void parse_neighbor(struct parser *p); /* behind "neighbor" */
void parse_station(struct parser *p);  /* behind "monitor station" */
/* Behind "monitoring" within router bgp; a station's lines follow, inside SUB_STATION. */
void parse_monitoring(struct parser *p);
bool parse_station_line(struct parser *p, enum parse_match match);
void parse_stations_end(struct parser *p); /* after the last line */
/* KEEPALIVE HOLD */
bool parse_timers(struct parser *p, uint16_t *keepalive, uint16_t *hold);
void parse_family_neighbor(struct parser *p);
bool parse_policy_line(struct parser *p, enum parse_match match);      /* inside a route-map */
bool parse_prefix_list_line(struct parser *p, enum parse_match match); /* inside a prefix list */
void parse_prefix_list(struct parser *p, enum afi afi);                /* behind "ip prefix-list" */
void parse_route_map(struct parser *p);                                /* behind "route-map" */
bool parse_leafpeer_line(struct parser *p, enum parse_match match);

#endif
