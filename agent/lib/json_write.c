/* json_write: see json_write.h. */
#include "agent/lib/json_write.h"

#include "agent/lib/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void put_string(struct text *out, const char *s)
{
	text_puts(out, "\"");
	while (*s) {
		size_t plain = 0, len;

		while ((unsigned char)s[plain] >= 0x20 && (unsigned char)s[plain] < 0x7f &&
		       s[plain] != '"' && s[plain] != '\\')
			plain++;
		text_append(out, s, plain);
		s += plain;
		if (!*s)
			break;
		len = utf8_len(s);
		if (len) {
			text_append(out, s, len);
			s += len;
			continue;
		}
		if (*s == '"' || *s == '\\')
			text_printf(out, "\\%c", *s);
		else if (*s == '\n')
			text_puts(out, "\\n");
		else if (*s == '\t')
			text_puts(out, "\\t");
		else if ((unsigned char)*s < 0x80)
			text_printf(out, "\\u%04x", (unsigned int)*s);
		else
			text_puts(out, "\xef\xbf\xbd");
		s++;
	}
	text_puts(out, "\"");
}

static void new_line(struct json_write *w)
{
	text_printf(w->out, "\n%*s", (int)w->depth * 4, "");
}

/* What stands before a value. */
static void lead(struct json_write *w, const char *key)
{
	uint32_t bit = 1u << w->depth;

	assert(!key == (!w->depth || (w->array & bit)));
	if (!w->depth)
		return;
	if (w->some & bit)
		text_puts(w->out, ",");
	w->some |= bit;
	new_line(w);
	if (key) {
		put_string(w->out, key);
		text_puts(w->out, ": ");
	}
}

static void open_level(struct json_write *w, const char *key, const char *bracket, bool array)
{
	lead(w, key);
	text_puts(w->out, bracket);
	assert(w->depth < JSON_WRITE_DEPTH_MAX);
	w->depth++;
	w->some &= ~(1u << w->depth);
	w->array &= ~(1u << w->depth);
	w->array |= (uint32_t)array << w->depth;
}

void json_write_object(struct json_write *w, const char *key)
{
	open_level(w, key, "{", false);
}

void json_write_array(struct json_write *w, const char *key)
{
	open_level(w, key, "[", true);
}

void json_write_end(struct json_write *w)
{
	uint32_t bit = 1u << w->depth;

	assert(w->depth);
	w->depth--;
	if (w->some & bit)
		new_line(w);
	text_puts(w->out, w->array & bit ? "]" : "}");
	if (!w->depth)
		text_puts(w->out, "\n");
}

void json_write_string(struct json_write *w, const char *key, const char *value)
{
	lead(w, key);
	put_string(w->out, value);
}

void json_write_uint(struct json_write *w, const char *key, uint64_t value)
{
	lead(w, key);
	text_printf(w->out, "%llu", (unsigned long long)value);
}

void json_write_real(struct json_write *w, const char *key, double value)
{
	char buf[64];
	size_t len;

	lead(w, key);
	/* not %g: it would write large numbers of seconds with an exponent, and lose digits */
	len = (size_t)snprintf(buf, sizeof(buf), "%.6f", value);
	while (len && buf[len - 1] == '0')
		len--;
	if (len && buf[len - 1] == '.')
		len--;
	text_append(w->out, buf, len);
}

void json_write_bool(struct json_write *w, const char *key, bool value)
{
	lead(w, key);
	text_puts(w->out, value ? "true" : "false");
}
