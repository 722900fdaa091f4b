/*
 * arena: memory for a program that ends in a millisecond: handed out in turn, and given back by its
 * end.
 *
 * The first of it is the program's own, so that an ordinary pod's ADD asks the kernel for none;
 * what is larger comes in pieces from mmap(2), up to ARENA_MAX. Blocks are aligned to 16 octets.
 * Only the last block is reused when it is freed, and grows in its place.
 */
#ifndef LEAFPEER_PLUGIN_ARENA_H
#define LEAFPEER_PLUGIN_ARENA_H

#include <stddef.h>

#define ARENA_FIRST (32 * 1024)
#define ARENA_PIECE (1024 * 1024)
/* the largest input that is taken, as a tree, is a third of it */
#define ARENA_MAX   (256 * 1024 * 1024)

/* NULL: no memory. */
void *arena_alloc(size_t size);
/* As realloc(3). */
void *arena_resize(void *block, size_t size);
void arena_drop(void *block); /* NULL is fine */

#endif
