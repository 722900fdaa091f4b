/* arena: blocks that do not overlap, keep their octets when they grow, and end somewhere. */
#include "test/unit/test.h"

#include "plugin/arena.h"

#include <stdint.h>
#include <string.h>

#define BLOCKS 400

/* Grows and drops blocks of all sizes at random, each filled with its number. */
static void blocks_keep_their_octets(void **state)
{
	static struct {
		unsigned char *s;
		size_t len;
	} b[BLOCKS];
	uint32_t random = 1;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		size_t i, len;

		random = random * 1103515245u + 12345u;
		i = (random >> 8) % BLOCKS;
		len = (random >> 16) % (step % 50 ? 300 : 5000);
		for (size_t k = 0; k < b[i].len; k++)
			assert_int_equal(b[i].s[k], i % 251);
		if (random % 7 == 0) {
			arena_drop(b[i].s);
			b[i].s = NULL;
			b[i].len = 0;
			continue;
		}
		b[i].s = arena_resize(b[i].s, len);
		assert_non_null(b[i].s);
		assert_int_equal((uintptr_t)b[i].s % 16, 0);
		for (size_t k = 0; k < b[i].len && k < len; k++)
			assert_int_equal(b[i].s[k], i % 251);
		memset(b[i].s, (int)(i % 251), len);
		b[i].len = len;
	}
}

static void the_last_grows_in_its_place(void **state)
{
	char *a = arena_alloc(100), *b;

	(void)state;
	memset(a, 'x', 100);
	assert_ptr_equal(arena_resize(a, 1000), a);
	arena_drop(a);
	b = arena_alloc(10);
	assert_ptr_equal(a, b);
	/* one before the last does not */
	assert_non_null(arena_alloc(10));
	assert_ptr_not_equal(arena_resize(b, 1000), b);
	arena_drop(NULL);
}

static void it_ends(void **state)
{
	size_t got = 0;

	(void)state;
	assert_null(arena_alloc(SIZE_MAX));
	assert_null(arena_alloc(SIZE_MAX - 8));
	assert_null(arena_alloc((size_t)ARENA_MAX + 1));
	assert_null(arena_resize(arena_alloc(1), SIZE_MAX));
	while (arena_alloc(ARENA_PIECE))
		got += ARENA_PIECE;
	assert_in_range(got, ARENA_MAX / 2, ARENA_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_keep_their_octets),
		cmocka_unit_test(the_last_grows_in_its_place),
		cmocka_unit_test(it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
