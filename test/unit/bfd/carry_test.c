/* A BFD session carried over is the same to the last octet, and goes on; damaged ones are refused
 * or can be worked with. */
#include "test/unit/test.h"

#include "agent/bfd/carry.h"
#include "agent/lib/carry.h"

#define NOW 5000000LL

static struct bfd_session session(void)
{
	struct bfd_session_conf conf = {.min_tx = 50000, .min_rx = 60000, .mult = 3};
	struct bfd_packet p = {.state = BFD_INIT,
			       .mult = 4,
			       .my_discr = 77,
			       .your_discr = 42,
			       .min_tx = 100000,
			       .min_rx = 30000,
			       .independent = true};
	struct bfd_packet out;
	struct bfd_session s;

	bfd_session_init(&s, &conf, 42, NOW);
	bfd_session_recv(&s, &p, NOW + 10);
	bfd_session_send(&s, 0, &out, NOW + 20);
	return s;
}

static void the_same(void **state)
{
	struct bfd_session s, back;
	struct text a = {0}, b = {0};

	(void)state;
	s = session();
	assert_int_equal(s.state, BFD_UP);
	bfd_session_carry(&s, &a);
	assert_true(bfd_session_adopt(rd_init(a.s, a.len), &back));
	bfd_session_carry(&back, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.s, b.s, a.len);
	/* every value has its row: what is not padding is the same */
	assert_int_equal(bfd_session_deadline(&s), bfd_session_deadline(&back));
	assert_int_equal(bfd_session_detection_time(&s), bfd_session_detection_time(&back));
	assert_int_equal(back.polling, s.polling);
	assert_int_equal(back.last_up, s.last_up);
	bfd_session_tick(&back, NOW + 10 + 400000);
	assert_int_equal(back.state, BFD_DOWN);
	text_free(&a);
	text_free(&b);
}

static void later_versions(void **state)
{
	struct bfd_session s = session(), back;
	struct text t = {0};

	(void)state;
	bfd_session_carry(&s, &t);
	carry_put(&t, 999, "something new", 13);
	assert_true(bfd_session_adopt(rd_init(t.s, t.len), &back));
	text_free(&t);
}

static void damaged(void **state)
{
	struct bfd_session s = session();
	struct text t = {0};
	uint32_t rnd = 3;

	(void)state;
	bfd_session_carry(&s, &t);
	for (size_t len = 0; len < t.len; len++) {
		char *part = malloc(len ? len : 1);
		struct bfd_session back = {.discr = 5};

		assert_non_null(part);
		memcpy(part, t.s, len);
		/* at a record's end it is one of an earlier version, perhaps */
		if (!bfd_session_adopt(rd_init(part, len), &back))
			assert_int_equal(back.discr, 5);
		free(part);
	}
	for (int i = 0; i < 20000; i++) {
		char *bad = malloc(t.len);
		struct bfd_packet out;
		struct bfd_session back;

		assert_non_null(bad);
		memcpy(bad, t.s, t.len);
		bad[test_random(&rnd) % t.len] = (char)test_random(&rnd);
		if (bfd_session_adopt(rd_init(bad, t.len), &back)) {
			bfd_session_tick(&back, NOW + 1000000);
			for (int k = 0; k < 3; k++)
				bfd_session_send(&back, test_random(&rnd), &out, NOW + 1000000);
			bfd_session_deadline(&back);
		}
		free(bad);
	}
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same),
		cmocka_unit_test(later_versions),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
