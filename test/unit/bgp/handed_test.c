/* What a process hands over is what the other gets, each descriptor once; what is cut, damaged or a
 * lie is refused as a whole, and no descriptor is lost. */
#include "test/unit/handed_helper.h"

#include "agent/bgp/handed.h"
#include "agent/lib/carry.h"

enum { FDS = 5 };

/* Every descriptor is in one place. */
static bool take(struct rd in, int *fds, size_t n, unsigned int seen[static FDS_MAX])
{
	struct handed h;
	bool taken = handed_get(in, fds, n, &h);

	for (size_t k = 0; k < h.n_sessions; k++)
		seen_fd(seen, h.sessions[k].fd);
	for (int k = 0; k < 2; k++)
		seen_fd(seen, h.listeners[k]);
	return taken;
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
	make_fds(fds, FDS);
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
	text_free(&t);
}

static void later_versions(void **state)
{
	struct text t = example();
	struct handed h;
	int fds[FDS];

	(void)state;
	make_fds(fds, FDS);
	carry_put(&t, 999, "something new", 13);
	assert_true(handed_get(rd_init(t.s, t.len), fds, FDS, &h));
	text_free(&t);
}

static void every_length(void **state)
{
	struct text t = example();

	(void)state;
	/* nothing, and behind each of seven records but the last: an earlier version's, perhaps */
	assert_int_equal(beginnings_taken(take, &t, FDS), 7);
	text_free(&t);
}

static void damaged(void **state)
{
	struct text t = example();

	(void)state;
	take_damaged(take, &t, FDS);
	text_free(&t);
}

static void assert_refused(struct text *t)
{
	assert_false(try_to_take(take, t->s, t->len, FDS));
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
