/* JSON as it is written: the layout, what must be escaped, and that cJSON reads it back. */
#include "test/unit/test.h"

#include "agent/lib/json.h"
#include "agent/lib/json_write.h"

static void layout(void **state)
{
	struct text out = {0};
	struct json_write w = {.out = &out};

	(void)state;
	json_write_object(&w, NULL);
	json_write_object(&w, "none");
	json_write_end(&w);
	json_write_array(&w, "nothing");
	json_write_end(&w);
	json_write_array(&w, "list");
	json_write_uint(&w, NULL, UINT64_MAX);
	json_write_object(&w, NULL);
	json_write_bool(&w, "yes", true);
	json_write_end(&w);
	json_write_end(&w);
	json_write_real(&w, "since", 86400.25);
	json_write_real(&w, "whole", 12345678900.0);
	json_write_end(&w);
	assert_string_equal(out.s, "{\n"
				   "    \"none\": {},\n"
				   "    \"nothing\": [],\n"
				   "    \"list\": [\n"
				   "        18446744073709551615,\n"
				   "        {\n"
				   "            \"yes\": true\n"
				   "        }\n"
				   "    ],\n"
				   "    \"since\": 86400.25,\n"
				   "    \"whole\": 12345678900\n"
				   "}\n");
	text_free(&out);
}

/* Every octet, alone and behind others, comes out as UTF-8 that a reader takes. */
static void strings(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"plain", "plain"},
		{"a\"b\\c\n\t\x01\x7f", "a\"b\\c\n\t\x01\x7f"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xe2\x82\xac\xf0\x9f\x8c\x8d", "\xe2\x82\xac\xf0\x9f\x8c\x8d"},
		{"\xff", "\xef\xbf\xbd"},
		{"\xc3", "\xef\xbf\xbd"},                                 /* cut */
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* too long a form */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
		{"\xe2\x82x", "\xef\xbf\xbd\xef\xbf\xbdx"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text out = {0};
		struct json_write w = {.out = &out};
		cJSON *tree;

		json_write_array(&w, NULL);
		json_write_string(&w, NULL, rows[i].in);
		json_write_end(&w);
		tree = json_parse(out.s, out.len);
		assert_non_null(tree);
		assert_string_equal(tree->child->valuestring, rows[i].out);
		cJSON_Delete(tree);
		text_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
