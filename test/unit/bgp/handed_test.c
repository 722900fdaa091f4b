/* What a process hands over is what the other gets, each descriptor once; what is cut, damaged or a
 * lie is refused as a whole, and no descriptor is lost. */
#include "test/unit/test.h"

#include "agent/bgp/handed.h"
#include "agent/lib/carry.h"

enum { FDS = 5, FIRST_FD = 100 };

static void make_fds(int *fds)
{
	for (int i = 0; i < FDS; i++)
		fds[i] = FIRST_FD + i;
}

static bool untouched(const int *fds)
{
	for (int i = 0; i < FDS; i++) {
		if (fds[i] != FIRST_FD + i)
			return false;
	}
	return true;
}

/* Every descriptor is in one place. */
static void assert_whole(const struct handed *h, const int *fds)
{
	unsigned int seen[FDS] = {0};

	for (int i = 0; i < FDS; i++) {
		if (fds[i] >= 0)
			seen[fds[i] - FIRST_FD]++;
	}
	for (size_t i = 0; i < h->n_sessions; i++)
		seen[h->sessions[i].fd - FIRST_FD]++;
	for (int i = 0; i < 2; i++) {
		if (h->listeners[i] >= 0)
			seen[h->listeners[i] - FIRST_FD]++;
	}
	for (int i = 0; i < FDS; i++)
		assert_int_equal(seen[i], 1);
}

static struct text example(void)
{
	struct text t = {0}, body = {0};

	handed_put_version(&t, "1.2.3");
	text_puts(&body, "the first");
	handed_put_session(&t, 0, &body);
	body.len = 0;
	text_puts(&body, "the second");
	handed_put_session(&t, 1, &body);
	text_free(&body);
	handed_put_listener(&t, 2, AFI_IP4);
	handed_put_listener(&t, 4, AFI_IP6);
	handed_put_drain(&t, 5, 1234567);
	return t;
}

static void the_same(void **state)
{
	struct text t = example();
	struct handed h;
	int fds[FDS];

	(void)state;
	make_fds(fds);
	assert_true(handed_get(rd_init(t.s, t.len), fds, FDS, &h));
	assert_int_equal(h.n_sessions, 2);
	assert_int_equal(h.sessions[0].fd, FIRST_FD);
	assert_int_equal(rd_left(&h.sessions[0].body), 9);
	assert_memory_equal(h.sessions[0].body.at, "the first", 9);
	assert_int_equal(h.sessions[1].fd, FIRST_FD + 1);
	assert_int_equal(h.listeners[0], FIRST_FD + 2);
	assert_int_equal(h.listeners[1], FIRST_FD + 4);
	assert_true(h.draining);
	assert_int_equal(h.drain_reasons, 5);
	assert_int_equal(h.withdraw_at, 1234567);
	assert_int_equal(fds[3], FIRST_FD + 3);
	assert_whole(&h, fds);
	text_free(&t);
}

static void later_versions(void **state)
{
	struct text t = example();
	struct handed h;
	int fds[FDS];

	(void)state;
	make_fds(fds);
	carry_put(&t, 999, "something new", 13);
	assert_true(handed_get(rd_init(t.s, t.len), fds, FDS, &h));
	text_free(&t);
}

static void every_length(void **state)
{
	struct text t = example();
	unsigned int taken = 0;

	(void)state;
	for (size_t len = 0; len < t.len; len++) {
		char *part = malloc(len ? len : 1);
		struct handed h;
		int fds[FDS];

		assert_non_null(part);
		memcpy(part, t.s, len);
		make_fds(fds);
		/* at a record's end it is one of an earlier version, perhaps */
		if (handed_get(rd_init(part, len), fds, FDS, &h))
			taken++;
		else
			assert_true(untouched(fds));
		assert_whole(&h, fds);
		free(part);
	}
	/* nothing, and behind each of seven records but the last */
	assert_int_equal(taken, 7);
	text_free(&t);
}

static void damaged(void **state)
{
	struct text t = example();
	uint32_t rnd = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *copy = malloc(t.len);
		struct handed h;
		int fds[FDS];

		assert_non_null(copy);
		memcpy(copy, t.s, t.len);
		for (int k = 0; k < 1 + i % 3; k++)
			copy[test_random(&rnd) % t.len] = (char)test_random(&rnd);
		make_fds(fds);
		if (!handed_get(rd_init(copy, t.len), fds, FDS, &h))
			assert_true(untouched(fds));
		assert_whole(&h, fds);
		free(copy);
	}
	text_free(&t);
}

static void assert_refused(struct text *t)
{
	struct handed h;
	int fds[FDS];

	make_fds(fds);
	assert_false(handed_get(rd_init(t->s, t->len), fds, FDS, &h));
	assert_true(untouched(fds));
	assert_int_equal(h.n_sessions, 0);
	text_free(t);
}

static void lies(void **state)
{
	struct text t, body = {0};

	(void)state;
	text_puts(&body, "x");
	/* a descriptor that did not come, one that is another's already */
	t = example();
	handed_put_session(&t, FDS, &body);
	assert_refused(&t);
	t = example();
	handed_put_session(&t, 1, &body);
	assert_refused(&t);
	t = example();
	handed_put_session(&t, SIZE_MAX, &body);
	assert_refused(&t);
	/* two listeners of a family, one of none */
	t = example();
	handed_put_listener(&t, 3, AFI_IP4);
	assert_refused(&t);
	t = (struct text){0};
	handed_put_listener(&t, 3, AFI_NONE);
	assert_refused(&t);
	/* a time that is none, and more sessions than there is room for */
	t = (struct text){0};
	handed_put_drain(&t, 1, -1);
	assert_refused(&t);
	t = (struct text){0};
	for (int i = 0; i <= HANDED_SESSIONS_MAX; i++)
		handed_put_session(&t, 0, &body);
	assert_refused(&t);
	text_free(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same),     cmocka_unit_test(later_versions),
		cmocka_unit_test(every_length), cmocka_unit_test(damaged),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
