/*
 * json_walk: the octets of values in a JSON text that cJSON has read before.
 *
 * What belongs to somebody else is passed on as the octets that came: a tree printed anew would
 * change large numbers, escapes, white space and the order of what is not ours. So the tree says
 * which value is meant, and the walk, in step with the tree, where it stands.
 */
#ifndef LEAFPEER_LIB_JSON_WALK_H
#define LEAFPEER_LIB_JSON_WALK_H

#include "agent/lib/json.h"

/* Over the children of one object or array. */
struct json_walk {
	const char *at;
	const char *end;
	bool object;
};

/* False if the text is no object or array. The text must be one that json_parse() took. */
bool json_walk_open(struct json_walk *w, const char *text, size_t len);
/* The next child's value; false past the last. */
bool json_walk_next(struct json_walk *w, const char **out, size_t *out_len);
/* The octets of child, a member's value or an element of parent, which text (of len octets) was
 * read to; false if the two cannot be walked side by side. */
bool json_walk_raw(const char *text, size_t len, const cJSON *parent, const cJSON *child,
		   const char **out, size_t *out_len);

#endif
