/*
 * json_write: JSON written as it goes, with no tree in memory: for answers of any length.
 *
 * Laid out as EOS does: four blanks a level, one member a line. Text that is not UTF-8 becomes
 * U+FFFD, octet by octet, so that the output always is.
 */
#ifndef LEAFPEER_LIB_JSON_WRITE_H
#define LEAFPEER_LIB_JSON_WRITE_H

#include "agent/lib/text.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_WRITE_DEPTH_MAX 31

struct json_write {
	struct text *out; /* borrowed; may be another at each piece */
	unsigned int depth;
	uint32_t some;  /* a bit a level: it has got a member */
	uint32_t array; /* a bit a level: it is an array */
};

/* key: NULL in an array, and for the outermost. */
void json_write_object(struct json_write *w, const char *key);
void json_write_array(struct json_write *w, const char *key);
/* Ends the innermost; a newline behind the outermost. */
void json_write_end(struct json_write *w);
void json_write_string(struct json_write *w, const char *key, const char *value);
void json_write_uint(struct json_write *w, const char *key, uint64_t value);
/* Seconds and the like: at most six digits behind the point, none where there is no need. */
void json_write_real(struct json_write *w, const char *key, double value);
void json_write_bool(struct json_write *w, const char *key, bool value);

#endif
