/* Names of what changed: each once, in order, none lost without a word. */
#include "test/unit/test.h"

#include "agent/rib/changes.h"

static struct change change_of(uint32_t i, uint16_t peer, bool lost)
{
	struct change c = {.peer = peer, .lost = lost, .prefix = {.afi = AFI_IP4, .len = 32}};

	for (int k = 0; k < 4; k++)
		c.prefix.b[k] = (uint8_t)(i >> (24 - 8 * k));
	return c;
}

static uint32_t number_of(const struct change *c)
{
	const uint8_t *b = c->prefix.b;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void add(struct changes *c, uint32_t i, uint16_t peer, bool lost)
{
	struct change x = change_of(i, peer, lost);

	changes_add(c, &x);
}

static void each_once_in_order(void **state)
{
	struct changes *c = changes_new();
	struct change x;

	(void)state;
	assert_false(changes_next(c, &x));
	assert_null(changes_peek(c));
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 1000; i++)
			add(c, i, 1, false);
	}
	add(c, 7, 2, false); /* of another peer */
	add(c, 5, 1, true);  /* was there, and may be gone now */
	assert_int_equal(changes_count(c), 1001);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(number_of(changes_peek(c)), i);
		assert_true(changes_next(c, &x));
		assert_int_equal(number_of(&x), i);
		assert_int_equal(x.lost, i == 5);
	}
	/* what was taken is news again */
	add(c, 3, 1, false);
	assert_int_equal(changes_count(c), 2);
	assert_true(changes_next(c, &x));
	assert_int_equal(x.peer, 2);
	assert_true(changes_next(c, &x));
	assert_int_equal(number_of(&x), 3);
	assert_false(changes_next(c, &x));
	assert_false(changes_walk(c));
	assert_false(changes_lost(c));
	changes_free(c);
}

static void path_ids_are_names_too(void **state)
{
	struct changes *c = changes_new();
	struct change x = change_of(1, 1, false);

	(void)state;
	changes_add(c, &x);
	x.path_id = 9;
	changes_add(c, &x);
	changes_add(c, &x);
	assert_int_equal(changes_count(c), 2);
	changes_free(c);
}

/* What a walk finds may be forgotten, what it does not find may not. */
static void too_many_make_a_walk(void **state)
{
	struct changes *c = changes_new();
	struct change x;
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < CHANGES_MAX; i++)
		add(c, i, 1, false);
	assert_false(changes_walk(c));
	add(c, CHANGES_MAX, 1, false);
	assert_int_equal(changes_count(c), CHANGES_MAX);
	assert_true(changes_walk(c));
	assert_false(changes_walk(c));
	/* lost ones take the places of the others */
	for (uint32_t i = 0; i < 1000; i++)
		add(c, 1000000 + i, 1, true);
	assert_true(changes_walk(c));
	assert_false(changes_lost(c));
	while (changes_next(c, &x)) {
		assert_int_equal(number_of(&x), 1000000 + n);
		assert_true(x.lost);
		n++;
	}
	assert_int_equal(n, 1000);
	changes_free(c);
}

static void too_many_lost_are_said(void **state)
{
	struct changes *c = changes_new();

	(void)state;
	for (uint32_t i = 0; i < CHANGES_MAX; i++)
		add(c, i, 1, true);
	assert_false(changes_lost(c));
	add(c, 5, 1, true); /* there already */
	assert_false(changes_lost(c));
	add(c, CHANGES_MAX, 1, true);
	assert_true(changes_lost(c));
	changes_clear(c);
	assert_false(changes_lost(c));
	assert_int_equal(changes_count(c), 0);
	add(c, 1, 1, true);
	assert_int_equal(changes_count(c), 1);
	changes_free(c);
}

/* Against a model: a set of names, by brute force. */
static void as_a_set_would(void **state)
{
	enum { NAMES = 700 };
	bool in[NAMES] = {0}, lost[NAMES] = {0};
	struct changes *c = changes_new();
	uint32_t random = 4711;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t r = test_random(&random), name = r % NAMES;
		bool l = (r >> 20) & 1;
		struct change x;

		if ((r >> 12) % 5 < (i / 20000 % 2 ? 3u : 2u)) {
			assert_int_equal(changes_next(c, &x), n != 0);
			if (!n)
				continue;
			name = number_of(&x);
			assert_true(in[name]);
			assert_int_equal(x.lost, lost[name]);
			in[name] = lost[name] = false;
			n--;
			continue;
		}
		add(c, name, 3, l);
		n += !in[name];
		in[name] = true;
		lost[name] |= l;
		assert_int_equal(changes_count(c), n);
	}
	changes_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once_in_order),   cmocka_unit_test(path_ids_are_names_too),
		cmocka_unit_test(too_many_make_a_walk), cmocka_unit_test(too_many_lost_are_said),
		cmocka_unit_test(as_a_set_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
