/*
 * mem: allocation that succeeds or ends the process.
 *
 * Out of memory is the one fault the agent does not outlive on purpose: what it knows is in its
 * peers, the kernel and the record directory, and a restart is hitless. Everything from outside
 * is limited before it is allocated, so this is never a peer's to cause.
 */
#ifndef LEAFPEER_LIB_MEM_H
#define LEAFPEER_LIB_MEM_H

#include <stddef.h>

/* As calloc(3), but never NULL: aborts. The caller owns and frees. */
void *mem_zalloc(size_t size);
/* As realloc(3) of count * size with the product checked, but never NULL: aborts. */
void *mem_grow(void *old, size_t count, size_t size);
char *mem_strdup(const char *s);
/* Copy of len octets; NULL for none. */
void *mem_dup(const void *data, size_t len);
/* As free(3), for what is owned here and shown to others as const. */
void mem_free_const(const void *owned);

#endif
