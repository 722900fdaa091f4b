/* saved: see saved.h. */
#include "agent/conf/saved.h"

#include "agent/lib/json.h"
#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD     "leafpeer-saved 1 "
#define HEAD_MAX 64

/* CRC-32 as in IEEE 802.3, without a table: the file is small and rarely written. */
static uint32_t crc32_of(const char *data, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void add_prefixes(cJSON *root, const struct saved *s)
{
	cJSON *list = cJSON_AddArrayToObject(root, "owned");
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < s->n_owned; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(prefix_str(&s->owned[i], text)));
}

void saved_encode(const struct saved *s, struct text *out)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *annotations = cJSON_AddObjectToObject(root, "annotations");
	char *body;

	cJSON_AddStringToObject(root, "node", s->node);
	for (size_t i = 0; i < s->n_annotations; i++)
		cJSON_AddStringToObject(annotations, s->annotations[i].key,
					s->annotations[i].value);
	add_prefixes(root, s);
	cJSON_AddBoolToObject(root, "ownedKnown", s->owned_known);
	cJSON_AddStringToObject(root, "config", s->config ? s->config : "");
	body = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	text_printf(out, HEAD "%08x %zu\n", crc32_of(body, strlen(body)), strlen(body));
	text_puts(out, body);
	cJSON_free(body);
}

static bool read_annotations(const cJSON *root, struct saved *out)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "annotations"), *item;

	if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) > SAVED_ANNOTATIONS_MAX)
		return false;
	cJSON_ArrayForEach (item, object) {
		struct conf_annotation *a;

		if (!cJSON_IsString(item))
			return false;
		out->annotations = mem_grow(out->annotations, out->n_annotations + 1, sizeof(*a));
		a = &out->annotations[out->n_annotations++];
		a->key = mem_strdup(item->string);
		a->value = mem_strdup(item->valuestring);
	}
	return true;
}

static bool read_owned(const cJSON *root, struct saved *out)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "owned"), *item;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > CONF_PREFIXES_MAX)
		return false;
	out->owned = mem_zalloc((size_t)cJSON_GetArraySize(list) * sizeof(*out->owned));
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) ||
		    !prefix_parse(item->valuestring, &out->owned[out->n_owned], NULL))
			return false;
		out->n_owned++;
	}
	return true;
}

static bool read_body(const cJSON *root, struct saved *out)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(root, "config");

	if (!json_text(root, "node", out->node, sizeof(out->node)) || !cJSON_IsString(config) ||
	    !read_annotations(root, out) || !read_owned(root, out))
		return false;
	out->owned_known = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "ownedKnown"));
	out->config = mem_strdup(config->valuestring);
	return true;
}

bool saved_decode(const char *data, size_t len, struct saved *out, const char **why)
{
	size_t n = len < HEAD_MAX ? len : HEAD_MAX, at;
	const char *newline = memchr(data, '\n', n);
	char head[HEAD_MAX + 1] = "", expected[HEAD_MAX + 1];
	cJSON *root;

	*why = "not a file of this version of leafpeerd";
	if (!newline)
		return false;
	at = (size_t)(newline - data);
	memcpy(head, data, at);
	if (strncmp(head, HEAD, strlen(HEAD)) != 0)
		return false;
	at++;
	*why = "not whole, or changed since it was written";
	/* it is what we would write, to the octet */
	snprintf(expected, sizeof(expected), HEAD "%08x %zu", crc32_of(data + at, len - at),
		 len - at);
	if (strcmp(head, expected) != 0)
		return false;
	*why = "not what this version of leafpeerd writes";
	root = json_parse(data + at, len - at);
	if (!root)
		return false;
	*out = (struct saved){0};
	if (!read_body(root, out)) {
		cJSON_Delete(root);
		saved_fini(out);
		return false;
	}
	cJSON_Delete(root);
	return true;
}

void saved_fini(struct saved *s)
{
	for (size_t i = 0; i < s->n_annotations; i++) {
		mem_free_const(s->annotations[i].key);
		mem_free_const(s->annotations[i].value);
	}
	free(s->annotations);
	free(s->owned);
	free(s->config);
	*s = (struct saved){0};
}
