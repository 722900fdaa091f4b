/* json: see json.h. */
#include "agent/lib/json.h"

#include <string.h>

/* cJSON recurses; how deep is looked at before it does. Brackets in strings do not count. It also
 * takes control characters anywhere, which JSON has only as white space and three of them
 * (RFC 8259, sections 2 and 7): what one reader takes and the next one does not must not be passed
 * on. */
static bool shape_ok(const char *data, size_t len)
{
	unsigned int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if ((unsigned char)c < ' ' && (in_string || (c != '\t' && c != '\n' && c != '\r')))
			return false;
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return false;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return true;
}

cJSON *json_parse(const char *data, size_t len)
{
	const char *end = NULL;
	cJSON *root;

	if (!len || !shape_ok(data, len))
		return NULL;
	root = cJSON_ParseWithLengthOpts(data, len, &end, 0);
	if (!root)
		return NULL;
	for (; end < data + len; end++) {
		if (*end != ' ' && *end != '\t' && *end != '\n' && *end != '\r') {
			cJSON_Delete(root);
			return NULL;
		}
	}
	return root;
}

bool json_text(const cJSON *object, const char *name, char *buf, size_t cap)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	buf[0] = '\0';
	if (!cJSON_IsString(item) || strlen(item->valuestring) >= cap)
		return false;
	for (const char *s = item->valuestring; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	strcpy(buf, item->valuestring);
	return true;
}

bool json_number(const cJSON *object, const char *name, double min, double max, double *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max))
		return false;
	*out = item->valuedouble;
	return true;
}
