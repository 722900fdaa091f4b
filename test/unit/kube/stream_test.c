/* Objects out of octets that come in pieces of any size. */
#include "test/unit/test.h"

#include "agent/kube/stream.h"

struct told {
	char text[4096];
	size_t stop_after; /* objects; 0: never */
	size_t n;
};

static bool on_part(void *ctx, enum stream_part part, const char *data, size_t len)
{
	struct told *t = ctx;

	assert_true(strlen(data) == len);
	strcat(t->text, part == STREAM_FRAME ? "F" : "O");
	strcat(t->text, data);
	strcat(t->text, "\n");
	return ++t->n != t->stop_after;
}

static const char *run(enum stream_shape shape, const char *text, size_t step, struct told *t)
{
	size_t len = strlen(text);
	const char *why = "";
	struct stream s;
	bool ok = true;

	*t = (struct told){.stop_after = t->stop_after};
	stream_init(&s, shape);
	for (size_t i = 0; i < len && ok; i += step) {
		size_t n = len - i < step ? len - i : step;
		/* a block of just the octets: the sanitizer sees one read too far */
		char *copy = malloc(n);

		memcpy(copy, text + i, n);
		ok = stream_feed(&s, copy, n, on_part, t, &why);
		free(copy);
	}
	if (ok)
		why = stream_may_end(&s) ? "" : "half";
	else if (!why)
		why = "stopped";
	stream_fini(&s);
	return why;
}

/* The same for every size of piece. */
static void expect(enum stream_shape shape, const char *text, const char *told, const char *why)
{
	struct told t = {0};

	for (size_t step = 1; step <= strlen(text) + 1; step++) {
		assert_string_equal(run(shape, text, step, &t), why);
		assert_string_equal(t.text, told);
	}
}

static void watch(void **state)
{
	(void)state;
	expect(STREAM_WATCH, "{\"a\":1}\n{\"b\":{\"c\":[{}]}}\n",
	       "O{\"a\":1}\nO{\"b\":{\"c\":[{}]}}\n", "");
	expect(STREAM_WATCH, "{\"a\":1}{}", "O{\"a\":1}\nO{}\n", "");
	expect(STREAM_WATCH, "", "", "");
	expect(STREAM_WATCH, " \r\n\t", "", "");
	expect(STREAM_WATCH, "{\"a\":\"}\\\"{\\\\\"}\n", "O{\"a\":\"}\\\"{\\\\\"}\n", "");
	expect(STREAM_WATCH, "{\"items\":[{\"x\":1}]}", "O{\"items\":[{\"x\":1}]}\n", "");
	expect(STREAM_WATCH, "{}\n{\"a\":", "O{}\n", "half");
	expect(STREAM_WATCH, "{\"a", "", "half");
}

static void list(void **state)
{
	(void)state;
	expect(STREAM_LIST,
	       "{\"kind\":\"L\",\"metadata\":{\"v\":\"7\"},\"items\":[{\"a\":1},{\"b\":[2]}]}\n",
	       "O{\"a\":1}\nO{\"b\":[2]}\nF{\"kind\":\"L\",\"metadata\":{\"v\":\"7\"},\"items\":[]}"
	       "\n",
	       "");
	/* a CRD's list has the items first */
	expect(STREAM_LIST,
	       "{\"items\" : [ {\"a\":\"]\"} ,\n {} ] , \"metadata\":{\"items\":[{}]}}",
	       "O{\"a\":\"]\"}\nO{}\nF{\"items\" : [] , \"metadata\":{\"items\":[{}]}}\n", "");
	expect(STREAM_LIST, "{\"items\":null,\"x\":[{}]}", "F{\"items\":null,\"x\":[{}]}\n", "");
	expect(STREAM_LIST, "{\"x\":\"items\",\"y\":[{}]}", "F{\"x\":\"items\",\"y\":[{}]}\n", "");
	expect(STREAM_LIST, "{\"items\":{\"a\":[{}]}}", "F{\"items\":{\"a\":[{}]}}\n", "");
	expect(STREAM_LIST, "{\"items\":[]}", "F{\"items\":[]}\n", "");
	expect(STREAM_LIST, "{\"items\":[{}", "O{}\n", "half");
	expect(STREAM_LIST, "", "", "half");
	expect(STREAM_LIST, "{\"message\":\"no\"}", "F{\"message\":\"no\"}\n", "");
}

static void refused(void **state)
{
	(void)state;
	expect(STREAM_WATCH, "[{}]", "", "not a JSON object");
	expect(STREAM_WATCH, "<html>", "", "not a JSON object");
	expect(STREAM_WATCH, "{},{}", "O{}\n", "not a JSON object");
	expect(STREAM_WATCH, "{}}", "O{}\n", "a bracket closes that was not opened");
	expect(STREAM_LIST, "{\"items\":[1]}", "", "not a JSON object");
	expect(STREAM_LIST, "{\"items\":[[]]}", "", "not a JSON object");
	expect(STREAM_LIST, "{\"items\":[}", "", "a bracket closes that was not opened");
	expect(STREAM_LIST, "{}{}", "F{}\n", "more behind the list's end");
}

static void told_no(void **state)
{
	struct told t = {.stop_after = 2};

	(void)state;
	assert_string_equal(run(STREAM_WATCH, "{}\n{}\n{}\n", 3, &t), "stopped");
	assert_int_equal(t.n, 2);
}

static bool count(void *ctx, enum stream_part part, const char *data, size_t len)
{
	(void)part;
	(void)data;
	*(size_t *)ctx += len;
	return true;
}

/* An object of just the limit is told, one octet more is not; nothing grows beyond it. */
static void too_large(void **state)
{
	for (int more = 0; more <= 1; more++) {
		size_t len = STREAM_OBJECT_MAX + (size_t)more, got = 0;
		char *text = malloc(len);
		const char *why = NULL;
		struct stream s;

		memset(text, 'x', len);
		memcpy(text, "{\"", 2);
		memcpy(text + len - 2, "\"}", 2);
		stream_init(&s, STREAM_WATCH);
		assert_int_equal(stream_feed(&s, text, len, count, &got, &why), !more);
		if (more)
			assert_string_equal(why, "an object is larger than 4 MiB");
		else
			assert_int_equal(got, len);
		stream_fini(&s);
		free(text);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watch),   cmocka_unit_test(list),      cmocka_unit_test(refused),
		cmocka_unit_test(told_no), cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
