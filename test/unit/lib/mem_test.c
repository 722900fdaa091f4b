/* Memory that is there or the process is not; and text that grows in it. */
#include "test/unit/test.h"

#include "agent/lib/mem.h"
#include "agent/lib/text.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void values(void **state)
{
	char *p = mem_zalloc(16);
	uint32_t *grown;
	char *s;

	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(p[i], 0);
	free(p);
	grown = mem_grow(NULL, 2, sizeof(*grown));
	grown[0] = 7;
	grown[1] = 8;
	grown = mem_grow(grown, 1000, sizeof(*grown));
	assert_int_equal(grown[0], 7);
	assert_int_equal(grown[1], 8);
	grown[999] = 9;
	free(grown);
	s = mem_strdup("text");
	assert_string_equal(s, "text");
	free(s);
	s = mem_dup("ab", 2);
	assert_memory_equal(s, "ab", 2);
	free(s);
	assert_null(mem_dup("ab", 0));
}

/* A product that overflows is no small allocation. */
static void overflow(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		_exit(mem_grow(NULL, SIZE_MAX / 2, 3) ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void text(void **state)
{
	struct text t = {0};
	char longest[1000];

	(void)state;
	text_puts(&t, "a");
	text_append(&t, "bcX", 2);
	text_printf(&t, "%d", 12);
	assert_string_equal(t.s, "abc12");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	text_printf(&t, "%s!", longest); /* longer than what was in reserve */
	assert_int_equal(t.len, 5 + 999 + 1);
	assert_int_equal(strlen(t.s), t.len);
	assert_string_equal(t.s + 5 + 998, "x!");
	for (int i = 0; i < 100; i++)
		text_append(&t, longest, 999);
	assert_int_equal(t.len, 1005 + 99900);
	text_free(&t);
	assert_null(t.s);
	text_free(&t);
	/* up to every size and one past it */
	for (size_t n = 0; n < 600; n++) {
		text_append(&t, longest, n);
		text_append(&t, longest, 256 - n % 256);
		assert_int_equal(strlen(t.s), n + 256 - n % 256);
		text_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(overflow),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
