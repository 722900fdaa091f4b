/*
 * text: a growing text, for answers and rendered configuration.
 */
#ifndef LEAFPEER_LIB_TEXT_H
#define LEAFPEER_LIB_TEXT_H

#include <stddef.h>

struct text {
	char *s; /* NUL-terminated once something was added; the owner's to free with text_free */
	size_t len, cap;
};

void text_append(struct text *t, const char *s, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

#endif
