/* handed_helper: what the tests of a take-over's formats share: descriptors that must be in one
 * place each, whatever is read, and untouched where it is refused. */
#ifndef LEAFPEER_TEST_UNIT_HANDED_HELPER_H
#define LEAFPEER_TEST_UNIT_HANDED_HELPER_H

#include "test/unit/test.h"

#include "agent/lib/text.h"
#include "agent/lib/wire.h"

enum { FIRST_FD = 100, FDS_MAX = 8 };

/* Reads; where it is taken, calls seen_fd() for each descriptor of what was read. */
typedef bool take_fn(struct rd in, int *fds, size_t n, unsigned int seen[static FDS_MAX]);

static inline void make_fds(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fds[i] = FIRST_FD + (int)i;
}

static inline void seen_fd(unsigned int seen[static FDS_MAX], int fd)
{
	if (fd < 0)
		return;
	assert_in_range(fd, FIRST_FD, FIRST_FD + FDS_MAX - 1);
	seen[fd - FIRST_FD]++;
}

/* From a block of its own size, so that a read behind its end is found. */
static inline bool try_to_take(take_fn *take, const char *data, size_t len, size_t n)
{
	char *copy = malloc(len ? len : 1);
	unsigned int seen[FDS_MAX] = {0};
	int fds[FDS_MAX];
	bool taken;

	assert_non_null(copy);
	memcpy(copy, data, len);
	make_fds(fds, n);
	taken = take(rd_init(copy, len), fds, n, seen);
	for (size_t i = 0; i < n; i++) {
		if (!taken)
			assert_int_equal(fds[i], FIRST_FD + (int)i);
		seen_fd(seen, fds[i]);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(seen[i], 1);
	free(copy);
	return taken;
}

/* How many of its beginnings are taken: those that end where a record does. */
static inline unsigned int beginnings_taken(take_fn *take, const struct text *t, size_t n)
{
	unsigned int taken = 0;

	for (size_t len = 0; len < t->len; len++)
		taken += try_to_take(take, t->s, len, n);
	return taken;
}

static inline void take_damaged(take_fn *take, const struct text *t, size_t n)
{
	char *bad = malloc(t->len);
	uint32_t rnd = 7;

	assert_non_null(bad);
	for (int i = 0; i < 20000; i++) {
		memcpy(bad, t->s, t->len);
		for (int k = 0; k < 1 + i % 3; k++)
			bad[test_random(&rnd) % t->len] = (char)test_random(&rnd);
		try_to_take(take, bad, t->len, n);
	}
	free(bad);
}

#endif
