/* json_walk: see json_walk.h. Strings need only to be told from the rest: cJSON read the text
 * before. */
#include "agent/lib/json_walk.h"

static const char *skip_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'))
		s++;
	return s;
}

static const char *skip_string(const char *s, const char *end)
{
	for (s++; s < end && *s != '"'; s++) {
		if (*s == '\\')
			s++;
	}
	return s < end ? s + 1 : end;
}

static const char *skip_value(const char *s, const char *end)
{
	int depth = 0;

	while (s < end) {
		if (*s == '"') {
			s = skip_string(s, end);
			if (!depth)
				return s;
			continue;
		}
		if (*s == '{' || *s == '[') {
			depth++;
		} else if (*s == '}' || *s == ']') {
			if (!depth)
				return s; /* a number's end is its object's */
			if (--depth == 0)
				return s + 1;
		} else if (!depth && (*s == ',' || skip_space(s, s + 1) != s)) {
			return s;
		}
		s++;
	}
	return end;
}

bool json_walk_open(struct json_walk *w, const char *text, size_t len)
{
	w->end = text + len;
	w->at = skip_space(text, w->end);
	if (w->at == w->end || (*w->at != '{' && *w->at != '['))
		return false;
	w->object = *w->at++ == '{';
	return true;
}

bool json_walk_next(struct json_walk *w, const char **out, size_t *out_len)
{
	const char *s = skip_space(w->at, w->end);

	if (w->object) {
		if (s == w->end || *s != '"')
			return false;
		s = skip_space(skip_string(s, w->end), w->end);
		if (s == w->end || *s != ':')
			return false;
		s = skip_space(s + 1, w->end);
	}
	w->at = skip_value(s, w->end);
	if (w->at == s)
		return false;
	*out = s;
	*out_len = (size_t)(w->at - s);
	w->at = skip_space(w->at, w->end);
	if (w->at < w->end && *w->at == ',')
		w->at++;
	return true;
}

bool json_walk_raw(const char *text, size_t len, const cJSON *parent, const cJSON *child,
		   const char **out, size_t *out_len)
{
	const cJSON *item;
	const char *value;
	size_t value_len;
	struct json_walk w;

	if (!json_walk_open(&w, text, len))
		return false;
	cJSON_ArrayForEach (item, parent) {
		if (!json_walk_next(&w, &value, &value_len))
			return false;
		if (item == child) {
			*out = value;
			*out_len = value_len;
			return true;
		}
	}
	return false;
}
