/*
 * table: the rows that say where each value of a configuration is, for what treats all of them
 * alike: inheritance, merging, equality, differences.
 */
#ifndef LEAFPEER_CONF_TABLE_H
#define LEAFPEER_CONF_TABLE_H

#include "agent/conf/model.h"

/* Where a value is in its struct. */
struct field {
	size_t at, size;
};

#define OPTION_FIELDS 3

struct option_row { /* of a neighbour or a group */
	uint64_t bit;
	const char *name;
	bool resets; /* the session, when it changes */
	struct field fields[OPTION_FIELDS];
};
extern const struct option_row option_rows[];
extern const size_t option_rows_n;

/* Takes from src what dst has not got. */
void options_fill(struct conf_options *dst, const struct conf_options *src);
/* Back to not given, values and all. */
void options_unset(struct conf_options *o, uint64_t bits);
bool option_equal(const struct conf_options *a, const struct conf_options *b,
		  const struct option_row *row);

struct value_row { /* of the whole */
	uint32_t bit;
	const char *name;
	bool resets; /* all sessions; where a neighbour's effective options show it: false */
	struct field fields[3];
};
extern const struct value_row value_rows[];
extern const size_t value_rows_n;

void value_copy(struct conf *dst, const struct conf *src, const struct value_row *row);
bool value_equal(const struct conf *a, const struct conf *b, const struct value_row *row);

bool prefixes_equal(const struct prefix *a, size_t n_a, const struct prefix *b, size_t n_b);
bool prefix_list_entry_equal(const struct conf_prefix_list_entry *a,
			     const struct conf_prefix_list_entry *b);
bool route_map_entry_equal(const struct conf_route_map_entry *a,
			   const struct conf_route_map_entry *b);
bool aggregates_equal(const struct conf *a, const struct conf *b);
bool stations_equal(const struct conf *a, const struct conf *b);
bool prefix_lists_equal(const struct conf *a, const struct conf *b);
bool route_maps_equal(const struct conf *a, const struct conf *b);

#endif
