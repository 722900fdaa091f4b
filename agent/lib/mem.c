/* mem: see mem.h. */
#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *mem_check(void *p)
{
	if (!p) {
		fputs("leafpeer: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *mem_zalloc(size_t size)
{
	return mem_check(calloc(1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return mem_check(NULL);
	return mem_check(realloc(old, total ? total : 1));
}

char *mem_strdup(const char *s)
{
	return mem_check(strdup(s));
}

void *mem_dup(const void *data, size_t len)
{
	void *copy;

	if (!len)
		return NULL;
	copy = mem_check(malloc(len));
	memcpy(copy, data, len);
	return copy;
}

void mem_free_const(const void *owned)
{
	union {
		const void *in;
		void *out;
	} u = {.in = owned};

	free(u.out);
}
