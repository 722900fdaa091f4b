/* JSON from outside: the limits, and what of cJSON's generosity is not taken. */
#include "test/unit/test.h"

#include "agent/lib/json.h"

static bool parses(const char *s, size_t len)
{
	cJSON *root = json_parse(s, len);

	cJSON_Delete(root);
	return root != NULL;
}

static void texts(void **state)
{
	static const char *const good[] = {"{}",   " {} \r\n\t", "[]",           "1",
					   "\"\"", "null",       "{\"a\":[{}]}", "\"\\u0001\\\\\""};
	static const char *const bad[] = {"",         " ",      "{",    "}",      "{} {}",
					  "{}x",      "{a:1}",  "'a'",  "\"\\\"", "{\"a\":\001}",
					  "\"\001\"", "\"\n\"", "{\v}", "\f1"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!parses(good[i], strlen(good[i])))
			fail_msg("%s was refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parses(bad[i], strlen(bad[i])))
			fail_msg("%s was taken", bad[i]);
	}
	assert_false(parses("{}\0", 3));
	assert_false(parses("\"a\0b\"", 5));
	assert_true(parses("{}garbage", 2)); /* no further than it was told */
}

static void depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3];

	(void)state;
	for (unsigned int n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		assert_int_equal(parses(text, (size_t)n * 2), n == JSON_DEPTH_MAX);
	}
	/* brackets in a string nest nothing, and do not unnest */
	assert_true(parses("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", 42));
	memset(text, '[', sizeof(text));
	memcpy(text + 10, "\"]]]]]]]\\\"]\",", 13);
	assert_false(parses(text, sizeof(text)));
}

static void members(void **state)
{
	static const char object[] =
		"{\"a\":\"text\",\"n\":7,\"c\":\"a\\u0007b\",\"d\":\"\\u007f\",\"e\":\"\","
		"\"f\":1.5,\"A\":\"other\"}";
	cJSON *root = json_parse(object, sizeof(object) - 1);
	char buf[5];
	double v = 9;

	(void)state;
	assert_non_null(root);
	assert_true(json_text(root, "a", buf, 5));
	assert_string_equal(buf, "text");
	assert_false(json_text(root, "a", buf, 4)); /* whole or not at all */
	assert_string_equal(buf, "");
	assert_true(json_text(root, "e", buf, 1));
	assert_false(json_text(root, "n", buf, 5));
	assert_false(json_text(root, "c", buf, 5));
	assert_false(json_text(root, "d", buf, 5));
	assert_false(json_text(root, "none", buf, 5));
	assert_false(json_text(NULL, "a", buf, 5));
	assert_true(json_number(root, "n", 7, 7, &v));
	assert_true(v == 7);
	v = 9;
	assert_false(json_number(root, "n", 8, 9, &v));
	assert_false(json_number(root, "n", 0, 6, &v));
	assert_false(json_number(root, "a", 0, 9, &v));
	assert_false(json_number(root, "none", 0, 9, &v));
	assert_true(v == 9);
	assert_true(json_number(root, "f", 1, 2, &v));
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(depth),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
