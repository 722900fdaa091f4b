/* Records: nested, cut anywhere, of a tag that is not known. */
#include "test/unit/test.h"

#include "agent/lib/carry.h"

static void there_and_back(void **state)
{
	struct addr a = test_addr("fe80::1"), none = {.afi = AFI_NONE}, got;
	struct text t = {0};
	struct rd in, body, inner;
	char text[8];
	uint64_t v = 0;
	uint16_t tag;
	size_t begun;

	(void)state;
	carry_put_number(&t, 1, UINT64_MAX - 1);
	begun = carry_begin(&t, 2);
	carry_put_addr(&t, 3, &a);
	carry_put_addr(&t, 3, &none);
	carry_end(&t, begun);
	carry_put(&t, 4, "eth0", 4);
	carry_put(&t, 5, NULL, 0);
	in = rd_init(t.s, t.len);
	assert_true(carry_next(&in, &tag, &body));
	assert_int_equal(tag, 1);
	assert_true(carry_number(body, &v));
	assert_true(v == UINT64_MAX - 1);
	assert_true(carry_next(&in, &tag, &inner));
	assert_int_equal(tag, 2);
	assert_true(carry_next(&inner, &tag, &body) && carry_addr(body, &got));
	assert_true(addr_eq(&got, &a));
	assert_true(carry_next(&inner, &tag, &body) && carry_addr(body, &got));
	assert_int_equal(got.afi, AFI_NONE);
	assert_false(carry_next(&inner, &tag, &body));
	assert_true(carry_next(&in, &tag, &body));
	assert_true(carry_text(body, text, 5));
	assert_string_equal(text, "eth0");
	assert_false(carry_text(body, text, 4)); /* no room for its end */
	assert_true(carry_next(&in, &tag, &body));
	assert_int_equal(rd_left(&body), 0);
	assert_false(carry_next(&in, &tag, &body));
	assert_int_equal(rd_left(&in), 0);
	text_free(&t);
}

static void cut_anywhere(void **state)
{
	struct text t = {0};

	(void)state;
	carry_put_number(&t, 1, 7);
	for (size_t len = 0; len < t.len; len++) {
		char *part = malloc(len ? len : 1);
		struct rd in, body;
		uint16_t tag = 99;

		assert_non_null(part);
		memcpy(part, t.s, len);
		in = rd_init(part, len);
		assert_false(carry_next(&in, &tag, &body));
		assert_int_equal(tag, 99);
		assert_int_equal(rd_left(&in), len);
		free(part);
	}
	text_free(&t);
}

static void wrong_bodies(void **state)
{
	static const uint8_t octets[17] = {3};
	struct addr a = {.afi = 77};
	char text[32] = "as before";
	uint64_t v = 5;

	(void)state;
	assert_false(carry_number(rd_init(octets, 7), &v));
	assert_false(carry_number(rd_init(octets, 9), &v));
	assert_int_equal(v, 5);
	assert_false(carry_addr(rd_init(octets, 17), &a)); /* no family 3 */
	assert_false(carry_addr(rd_init(octets, 16), &a));
	assert_int_equal(a.afi, 77);
	assert_false(carry_text(rd_init(octets, 2), text, sizeof(text))); /* a NUL inside */
	assert_string_equal(text, "as before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(wrong_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
