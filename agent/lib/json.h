/*
 * json: reading cJSON trees that came from outside, with limits.
 */
#ifndef LEAFPEER_LIB_JSON_H
#define LEAFPEER_LIB_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32

/* The tree of one JSON text and nothing behind it but white space; NULL if it is none, nests deeper
 * than JSON_DEPTH_MAX, or has control characters where JSON has none. The caller frees with
 * cJSON_Delete. */
cJSON *json_parse(const char *data, size_t len);
/* The string member, whole and without control characters, into buf of cap octets; false (buf "")
 * if it is missing, of another type or too long. */
bool json_text(const cJSON *object, const char *name, char *buf, size_t cap);
/* The number member, if it is between min and max. */
bool json_number(const cJSON *object, const char *name, double min, double max, double *out);

#endif
