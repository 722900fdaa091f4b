/* slots: every word is found again whatever hashes there are, and none that is added moves many. */
#include "test/unit/test.h"

#include "agent/rib/slots.h"

#define KEYS   20000u
#define MANY   300000u
#define PLACES 2000u /* of those whose hashes are no good */

enum badness { GOOD, SAME_BEGIN, SAME_END, EQUAL, BADNESSES };

struct keys {
	enum badness bad;
	uint32_t asked; /* how often hash_of was */
};

static struct keys keys;
static struct slots slots;

/* A word is its key, plus one. */
static uint32_t hash_key(const struct keys *k, uint32_t key)
{
	uint32_t h = slots_hash((const uint8_t *)&key, 4, 32);

	switch (k->bad) {
	case SAME_BEGIN:
		return 0xabcd0000u | (h & 0xffff);
	case SAME_END:
		return h << 12;
	case EQUAL:
		return 0x12345678;
	default:
		return h;
	}
}

static uint32_t hash_of(const void *owner, uint32_t word)
{
	(void)owner;
	keys.asked++;
	return hash_key(&keys, word - 1);
}

static uint32_t *find(uint32_t key)
{
	uint32_t hash = hash_key(&keys, key);
	const struct slots_segment *g = slots_segment(&slots, hash);
	uint32_t i = hash & g->mask;

	while (g->words[i] && g->words[i] != key + 1)
		i = (i + 1) & g->mask;
	return &g->words[i];
}

static void check(const bool *model, uint32_t n)
{
	size_t there = 0, words = 0;

	for (uint32_t key = 0; key < n; key++) {
		assert_int_equal(*find(key), model[key] ? key + 1 : 0);
		there += model[key];
	}
	assert_int_equal(slots.n, there);
	/* and nothing else is: no word twice, no segment that the directory has lost */
	for (uint32_t i = 0; i < slots.n_segments; i++) {
		for (uint32_t w = 0; w <= slots.segments[i].mask; w++)
			words += slots.segments[i].words[w] != 0;
	}
	assert_int_equal(words, there);
}

static void anything(void **state)
{
	static bool model[KEYS];
	uint32_t rnd = 11;

	(void)state;
	for (int bad = 0; bad < BADNESSES; bad++) {
		uint32_t n = bad == GOOD ? KEYS : PLACES, steps = n * 20;

		keys = (struct keys){.bad = (enum badness)bad};
		memset(model, 0, sizeof(model));
		slots_init(&slots, hash_of, &keys);
		for (uint32_t step = 0; step < steps; step++) {
			uint32_t key = test_random(&rnd) % n;
			/* now more come, now more go */
			bool more = test_random(&rnd) % 100 < (step / (n * 5) % 2 ? 25 : 75);

			if (more && !model[key])
				slots_put(&slots, hash_key(&keys, key), key + 1);
			else if (!more && model[key])
				slots_take(&slots, hash_key(&keys, key), find(key));
			model[key] = more;
			if (step % (n * 2) == 0)
				check(model, n);
		}
		check(model, n);
		slots_fini(&slots);
	}
}

/* One that is added never makes all the others move, and all together move as often as they would
 * have in one table that doubles. */
static void little_by_little(void **state)
{
	uint32_t most = 0;
	uint64_t all = 0;

	(void)state;
	keys = (struct keys){.bad = GOOD};
	slots_init(&slots, hash_of, &keys);
	for (uint32_t key = 0; key < MANY; key++) {
		keys.asked = 0;
		slots_put(&slots, hash_key(&keys, key), key + 1);
		assert_true(keys.asked <= SLOTS_MOVED_MAX);
		most = keys.asked > most ? keys.asked : most;
		all += keys.asked;
	}
	assert_true(most > SLOTS_SEGMENT / 2); /* they did move */
	assert_true(all < 2 * MANY);
	/* neither fuller nor emptier than a table that doubles: its share is 5 to 11 octets */
	assert_true(slots_bytes(&slots) < MANY * 11);
	for (uint32_t key = 0; key < MANY; key++)
		assert_int_equal(*find(key), key + 1);
	slots_fini(&slots);
}

/* Hashes that begin alike, as somebody who knows the function may choose them: the directory stays
 * as small as it may be. */
static void chosen_hashes(void **state)
{
	(void)state;
	keys = (struct keys){.bad = SAME_BEGIN};
	slots_init(&slots, hash_of, &keys);
	for (uint32_t key = 0; key < KEYS; key++)
		slots_put(&slots, hash_key(&keys, key), key + 1);
	assert_int_equal(slots.depth, SLOTS_DEPTH_MAX);
	assert_true(slots_bytes(&slots) < (sizeof(uint32_t) << SLOTS_DEPTH_MAX) + 200 * 1024);
	slots_fini(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything),
		cmocka_unit_test(little_by_little),
		cmocka_unit_test(chosen_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
