/* text: see text.h. */
#include "agent/lib/text.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *t, size_t len)
{
	if (t->len + len + 1 <= t->cap)
		return;
	t->cap = t->cap ? t->cap : 256;
	while (t->cap < t->len + len + 1)
		t->cap *= 2;
	t->s = mem_grow(t->s, t->cap, 1);
}

void text_append(struct text *t, const char *s, size_t len)
{
	reserve(t, len);
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	text_append(t, s, strlen(s));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	reserve(t, 128);
	va_start(ap, format);
	n = vsnprintf(t->s + t->len, t->cap - t->len, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->cap - t->len) {
		reserve(t, (size_t)n);
		va_start(ap, format);
		vsnprintf(t->s + t->len, t->cap - t->len, format, ap);
		va_end(ap);
	}
	t->len += (size_t)n;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}
