/*
 * arena: see arena.h. In the program that is shipped, which is linked with musl's static library,
 * it stands in malloc's place for everybody; elsewhere (the sanitizers, glibc) malloc is the
 * system's.
 */
#include "plugin/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN 16

struct head { /* of a block */
	alignas(ALIGN) size_t size;
};

static alignas(ALIGN) char first[ARENA_FIRST];
static char *at = first, *end = first + sizeof(first);
static char *last; /* block */
static size_t mapped;

static size_t rounded(size_t size)
{
	return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct head *head_of(void *block)
{
	void *head = (char *)block - sizeof(struct head);

	return head;
}

/* Makes room for want octets in a row, what is left of the piece before them is lost. */
static int more(size_t want)
{
	size_t size = want > ARENA_PIECE ? rounded(want) : ARENA_PIECE;
	void *piece;

	if (size > ARENA_MAX - mapped)
		return 0;
	piece = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (piece == MAP_FAILED)
		return 0;
	mapped += size;
	at = piece;
	end = at + size;
	return 1;
}

void *arena_alloc(size_t size)
{
	size_t want = sizeof(struct head) + rounded(size);

	if (size > ARENA_MAX || (want > (size_t)(end - at) && !more(want))) {
		errno = ENOMEM;
		return NULL;
	}
	last = at + sizeof(struct head);
	head_of(last)->size = size;
	at += want;
	return last;
}

void *arena_resize(void *block, size_t size)
{
	size_t had;
	void *copy;

	if (!block)
		return arena_alloc(size);
	had = head_of(block)->size;
	if (size <= ARENA_MAX &&
	    (size <= had || (block == last && rounded(size) <= (size_t)(end - last)))) {
		head_of(block)->size = size;
		if (block == last)
			at = last + rounded(size);
		return block;
	}
	copy = arena_alloc(size);
	if (copy)
		memcpy(copy, block, had);
	return copy;
}

void arena_drop(void *block)
{
	if (!block || block != last)
		return;
	at = last - sizeof(struct head);
	last = NULL;
}

#ifdef LEAFPEER_ARENA_IS_MALLOC

void *malloc(size_t size)
{
	return arena_alloc(size);
}

void *calloc(size_t n, size_t size)
{
	void *block;

	if (size && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	block = arena_alloc(n * size);
	/* a block that was freed is not all zeros */
	return block ? memset(block, 0, n * size) : NULL;
}

void *realloc(void *block, size_t size)
{
	return arena_resize(block, size);
}

void free(void *block)
{
	arena_drop(block);
}

#endif
