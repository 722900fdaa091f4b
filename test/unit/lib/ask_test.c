/* A question and its answer as octets, cut anyhow. */
#include "test/unit/test.h"

#include "agent/lib/ask.h"

static enum ask_result hear(struct ask_line *line, const char *data, size_t len)
{
	memcpy(line->text + line->len, data, len);
	return ask_line_add(line, len);
}

static void question(void **state)
{
	struct ask_line line = {.len = 0};

	(void)state;
	assert_int_equal(hear(&line, "show ", 5), ASK_MORE);
	assert_int_equal(hear(&line, "pods\t\nreload\n", 13), ASK_WHOLE);
	assert_string_equal(line.text, "show pods\t");
	line.len = 0;
	assert_int_equal(hear(&line, "\n", 1), ASK_WHOLE);
	assert_string_equal(line.text, "");
}

/* Whoever wants to know the end says so right behind the line; nothing else there counts. */
static void question_marked(void **state)
{
	static const struct {
		const char *text;
		bool marked;
	} rows[] = {
		{"show pods\nend\n", true},  {"show pods\n", false},
		{"show pods\nend", false},   {"show pods\nend\nx", false},
		{"show pods\nxnd\n", false}, {"\nend\n", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ask_line line = {.len = 0};

		assert_int_equal(hear(&line, rows[i].text, strlen(rows[i].text)), ASK_WHOLE);
		assert_int_equal(line.marked, rows[i].marked);
		assert_int_equal(strlen(line.text), line.len);
	}
}

static void answer_marked(void **state)
{
	struct ask_head head = {.len = 0}, plain = {.len = 0};

	(void)state;
	assert_int_equal(ask_head_add(&head, "ok end\nbody", 11), 7);
	assert_null(ask_head_error(&head));
	assert_true(ask_head_marked(&head));
	ask_head_add(&plain, "ok\n", 3);
	assert_false(ask_head_marked(&plain));
}

/* What would be cut short, or reach somebody's terminal. */
static void question_no_text(void **state)
{
	static const char bad[][12] = {"show\0pods\n", "show \x1b[2J\n", "show\rpods\n",
				       "show\x7f\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ask_line line = {.len = 0};

		assert_int_equal(hear(&line, bad[i], sizeof(bad[i])), ASK_NO_TEXT);
	}
}

static void question_too_long(void **state)
{
	struct ask_line line = {.len = 0};

	(void)state;
	memset(line.text, 'x', sizeof(line.text));
	assert_int_equal(ask_line_add(&line, ASK_LINE_MAX - 1), ASK_MORE);
	assert_int_equal(hear(&line, "x", 1), ASK_TOO_LONG);
	line.len = ASK_LINE_MAX - 1;
	assert_int_equal(hear(&line, "\n", 1), ASK_WHOLE);
	assert_int_equal(strlen(line.text), ASK_LINE_MAX - 1);
}

static void answer(void **state)
{
	struct ask_head head = {.len = 0};

	(void)state;
	assert_int_equal(ask_head_add(&head, "o", 1), 1);
	assert_false(head.whole);
	assert_int_equal(ask_head_add(&head, "k\nok\n", 5), 2);
	assert_true(head.whole);
	assert_null(ask_head_error(&head));
	/* from here on it is body */
	assert_int_equal(ask_head_add(&head, "ok\n", 3), 0);
}

static void answer_error(void **state)
{
	static const char *const texts[][2] = {
		{"% Incomplete command", "% Incomplete command"},
		{"two\nlines\x1b", "two lines "},
		{"", ""},
	};
	struct ask_head odd = {.len = 0};
	char head[ASK_HEAD_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ask_head got = {.len = 0};

		ask_fail(texts[i][0], head);
		assert_int_equal(ask_head_add(&got, head, strlen(head)), strlen(head));
		assert_string_equal(ask_head_error(&got), texts[i][1]);
	}
	/* one that is neither is told as it is */
	ask_head_add(&odd, "okay\n", 5);
	assert_string_equal(ask_head_error(&odd), "okay");
}

static void answer_too_long(void **state)
{
	char text[2 * ASK_HEAD_MAX], head[ASK_HEAD_MAX];
	struct ask_head got = {.len = 0};

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ask_fail(text, head);
	assert_int_equal(strlen(head), ASK_HEAD_MAX - 1);
	assert_int_equal(head[ASK_HEAD_MAX - 2], '\n');
	/* from an agent that does not know the limit */
	assert_int_equal(ask_head_add(&got, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(ask_head_add(&got, "x\n", 2), 2);
	assert_true(got.whole);
	assert_int_equal(strlen(got.text), ASK_HEAD_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(question),          cmocka_unit_test(question_no_text),
		cmocka_unit_test(question_too_long), cmocka_unit_test(answer),
		cmocka_unit_test(answer_error),      cmocka_unit_test(answer_too_long),
		cmocka_unit_test(question_marked),   cmocka_unit_test(answer_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
