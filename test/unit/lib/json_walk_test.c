/* json_walk: where in a text a value of its tree stands. */
#include "test/unit/test.h"

#include "agent/lib/json_walk.h"

/* A member is found in its text wherever it stands and however its name is written. */
static void raw(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"{\"x\":{\"a\":1}}", "{\"a\":1}"},
		{" { \"a\" : \"x\" , \"x\" : 1 } ", "1"},
		{"{\"a\":[\"}\",{\"x\":3}],\"x\":true}", "true"},
		{"{\"\\u0078\":\"\\\"\"}", "\"\\\"\""},
		{"{\"x\":1,\"x\":2}", "1"},
		{"{\"a\\\"\":-1.5e3,\"x\":null,\"b\":0}", "null"},
	};
	const char *out;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cJSON *root = json_parse(rows[i].text, strlen(rows[i].text));
		const cJSON *x = cJSON_GetObjectItemCaseSensitive(root, "x");

		assert_non_null(x);
		assert_true(json_walk_raw(rows[i].text, strlen(rows[i].text), root, x, &out, &len));
		assert_int_equal(len, strlen(rows[i].value));
		assert_memory_equal(out, rows[i].value, len);
		/* cut anywhere, it is found whole or not at all */
		for (size_t cut = 0; cut < strlen(rows[i].text); cut++) {
			char *copy = malloc(cut ? cut : 1);

			memcpy(copy, rows[i].text, cut);
			if (json_walk_raw(copy, cut, root, x, &out, &len))
				assert_true(out >= copy && out + len <= copy + cut);
			free(copy);
		}
		/* not a child of it */
		assert_false(
			json_walk_raw(rows[i].text, strlen(rows[i].text), root, root, &out, &len));
		cJSON_Delete(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
