/* Differences of texts: as diff -u has them, and whoever applies them has the second text. */
#include "test/unit/test.h"

#include "agent/conf/diffs.h"
#include "agent/lib/mem.h"

static const char *diffs(const char *from, const char *to)
{
	static struct text out;

	text_free(&out);
	out = (struct text){0};
	conf_diffs("startup-config", from, "running-config", to, &out);
	return out.s ? out.s : "";
}

#define HEAD "--- startup-config\n+++ running-config\n"

static void as_diff_has_them(void **state)
{
	(void)state;
	assert_string_equal(diffs("", ""), "");
	assert_string_equal(diffs("a\nb\n", "a\nb\n"), "");
	assert_string_equal(diffs("", "a\nb\n"), HEAD "@@ -0,0 +1,2 @@\n+a\n+b\n");
	assert_string_equal(diffs("a\n", ""), HEAD "@@ -1 +0,0 @@\n-a\n");
	assert_string_equal(diffs("a\nb\nc\n", "a\nx\nc\n"),
			    HEAD "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
	/* far apart: two pieces; within twice the context: one */
	assert_string_equal(
		diffs("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "0\n2\n3\n4\n5\n6\n7\n8\n9\n11\n"), HEAD
		"@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+11\n");
	assert_string_equal(diffs("1\n2\n3\n4\n5\n6\n7\n8\n", "0\n2\n3\n4\n5\n6\n7\n9\n"),
			    HEAD "@@ -1,8 +1,8 @@\n-1\n+0\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+9\n");
}

/* Applies them to from, strictly; the caller frees. */
static char *apply(const char *from, const char *difference)
{
	struct text out = {0};
	size_t line = 0;

	text_puts(&out, "");
	for (int i = 0; i < 2 && *difference; i++)
		difference = strchr(difference, '\n') + 1;
	while (*difference) {
		size_t len = strcspn(difference, "\n");

		if (*difference == '@') {
			size_t begin = strtoul(strchr(difference, '-') + 1, NULL, 10);
			const char *n = strchr(difference, '-') + 1;

			n += strcspn(n, ", ");
			/* of no line: behind that line */
			begin -= !(n[0] == ',' && n[1] == '0');
			while (line < begin) {
				size_t l = strcspn(from, "\n") + 1;

				text_append(&out, from, l);
				from += l;
				line++;
			}
		} else {
			if (*difference != '+') {
				assert_int_equal(strncmp(from, difference + 1, len - 1), 0);
				assert_int_equal(from[len - 1], '\n');
				from += len;
				line++;
			}
			if (*difference != '-')
				text_append(&out, difference + 1, len);
		}
		difference += len + 1;
	}
	text_puts(&out, from);
	return out.s;
}

static void applied_they_make_the_second(void **state)
{
	uint32_t random = 7;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct text from = {0}, to = {0};
		unsigned int n = test_random(&random) % 40, few = 1 + test_random(&random) % 12;
		char *applied;

		text_puts(&from, "");
		text_puts(&to, "");
		for (unsigned int k = 0; k < n; k++) {
			uint32_t r = test_random(&random);

			if (r % 8)
				text_printf(&from, "line %u\n", (r >> 8) % few);
			if ((r >> 4) % 8)
				text_printf(&to, "line %u\n", (r >> (r >> 30 == 3 ? 16 : 8)) % few);
		}
		applied = apply(from.s, diffs(from.s, to.s));
		assert_string_equal(applied, to.s);
		free(applied);
		text_free(&from);
		text_free(&to);
	}
	diffs("", "");
}

/* More than are compared one by one. */
static void large_ones(void **state)
{
	struct text from = {0}, to = {0};
	char *applied;

	(void)state;
	for (int i = 0; i < 2 * DIFFS_MAX; i++) {
		text_printf(&from, "line %d\n", i);
		text_printf(&to, "line %d\n", i * 2 + 1);
	}
	applied = apply(from.s, diffs(from.s, to.s));
	assert_string_equal(applied, to.s);
	free(applied);
	text_free(&from);
	text_free(&to);
	diffs("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_diff_has_them),
		cmocka_unit_test(applied_they_make_the_second),
		cmocka_unit_test(large_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
