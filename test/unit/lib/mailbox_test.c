/* The mailbox between two threads: whole values, never an older one after a newer, the last
 * arrives. */
#include "test/unit/test.h"

#include "agent/lib/mailbox.h"

#include <pthread.h>

#define ROUNDS 200000u
#define WORDS  32

static struct {
	struct mailbox m;
	unsigned int values[MAILBOX_BUFFERS][WORDS];
} box;

static void *writes(void *arg)
{
	(void)arg;
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		unsigned int *v = box.values[mailbox_writers(&box.m)];

		for (int w = 0; w < WORDS; w++)
			v[w] = i;
		mailbox_post(&box.m);
	}
	return NULL;
}

static void between_threads(void **state)
{
	unsigned int last = 0;
	pthread_t t;

	(void)state;
	mailbox_init(&box.m);
	assert_false(mailbox_fetch(&box.m));
	assert_int_equal(pthread_create(&t, NULL, writes, NULL), 0);
	while (last < ROUNDS) {
		const unsigned int *v;

		if (!mailbox_fetch(&box.m))
			continue;
		v = box.values[mailbox_readers(&box.m)];
		assert_true(v[0] > last);
		for (int w = 1; w < WORDS; w++)
			assert_int_equal(v[w], v[0]);
		last = v[0];
	}
	pthread_join(t, NULL);
	assert_false(mailbox_fetch(&box.m));
}

static void the_newest_only(void **state)
{
	(void)state;
	mailbox_init(&box.m);
	for (unsigned int i = 1; i <= 3; i++) {
		box.values[mailbox_writers(&box.m)][0] = i;
		mailbox_post(&box.m);
	}
	assert_true(mailbox_fetch(&box.m));
	assert_int_equal(box.values[mailbox_readers(&box.m)][0], 3);
	assert_false(mailbox_fetch(&box.m));
	assert_int_equal(box.values[mailbox_readers(&box.m)][0], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_threads),
		cmocka_unit_test(the_newest_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
