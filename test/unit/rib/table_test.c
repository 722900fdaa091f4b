/* The table of entries: found again after whatever happened to others, walked whole, and no larger
 * than it must be. */
#include "test/unit/test.h"

#include "agent/lib/hash.h"
#include "agent/rib/table.h"

#define PREFIXES 3000

static struct table table;
static uint16_t model[PREFIXES]; /* paths + 1; 0: not there */

static struct prefix prefix_of(uint32_t i)
{
	struct addr a = addr_ip4(0x0a000000u | (i / 3) << 8);

	if (i % 4 == 3) {
		a = (struct addr){.afi = AFI_IP6,
				  .b = {0x20, 1, [4] = (uint8_t)(i >> 8), (uint8_t)i}};
		return prefix_make(&a, 48 + i % 80);
	}
	return prefix_make(&a, 24 + i % 3); /* the same address with other lengths, too */
}

static int setup_table(void **state)
{
	(void)state;
	table_init(&table);
	memset(model, 0, sizeof(model));
	return 0;
}

static int teardown_table(void **state)
{
	(void)state;
	table_fini(&table);
	return 0;
}

/* One more path, whose ID says the prefix and its place. */
static void grow(uint32_t i)
{
	struct prefix p = prefix_of(i);
	uint32_t handle = table_get(&table, &p);
	struct entry *e;

	if (!model[i])
		model[i] = 1;
	if (model[i] > TABLE_PATHS_MAX)
		return;
	handle = table_room(&table, handle);
	e = table_entry(&table, handle);
	table_paths(handle, e)[e->n_paths] = (struct path){.path_id = i << 8 | e->n_paths};
	e->n_paths++;
	model[i]++;
}

static void drop(uint32_t i)
{
	struct prefix p = prefix_of(i);

	if (!model[i])
		return;
	table_remove(&table, table_find(&table, &p));
	model[i] = 0;
}

static void check(uint32_t i)
{
	struct prefix p = prefix_of(i);
	uint32_t handle = table_find(&table, &p);
	struct prefix found;
	struct entry *e;

	if (!model[i]) {
		assert_int_equal(handle, 0);
		return;
	}
	assert_int_not_equal(handle, 0);
	assert_true(table_has(&table, handle));
	e = table_entry(&table, handle);
	found = table_prefix(&table, handle);
	assert_true(prefix_eq(&found, &p));
	assert_int_equal(e->n_paths, model[i] - 1);
	for (uint32_t k = 0; k < e->n_paths; k++)
		assert_int_equal(table_paths(handle, e)[k].path_id, i << 8 | k);
}

static void anything(void **state)
{
	uint32_t rnd = 31;

	(void)state;
	for (int step = 0; step < 200000; step++) {
		uint32_t i = test_random(&rnd) % PREFIXES;

		/* now more come, now more go */
		if (test_random(&rnd) % 100 < (step / 20000 % 2 ? 30 : 70))
			grow(i);
		else
			drop(i);
		check(test_random(&rnd) % PREFIXES);
		if (step % 20000 == 0) {
			size_t n = 0;

			for (i = 0; i < PREFIXES; i++) {
				check(i);
				n += model[i] != 0;
			}
			assert_int_equal(table.n_entries, n);
		}
	}
}

static void full_entries(void **state)
{
	(void)state;
	for (int n = 0; n < 300; n++)
		grow(7);
	assert_int_equal(model[7], TABLE_PATHS_MAX + 1);
	check(7);
	drop(7);
	check(7);
}

/* As many as can be named, and no more; what is given back is there for others. */
static void full_table(void **state)
{
	struct prefix p, first = {0};
	uint32_t n, handle;

	(void)state;
	table.index_max = 8191;
	for (n = 0;; n++) {
		struct addr a = addr_ip4(0x0a000000u + (n << 8));

		p = prefix_make(&a, 24);
		handle = table_get(&table, &p);
		if (!handle)
			break;
		if (!n)
			first = p;
		assert_true(n < 8192);
	}
	assert_true(n > 4096);
	assert_int_equal(table.n_entries, n);
	assert_int_equal(table_find(&table, &p), 0);
	handle = table_find(&table, &first);
	assert_true(handle);
	table_remove(&table, handle);
	assert_true(table_get(&table, &p));
	assert_int_equal(table_get(&table, &first), 0);
	assert_int_equal(table.n_entries, n);
	/* another family has its own */
	first = test_prefix("2001:db8::/48");
	assert_true(table_get(&table, &first));
}

/* Whoever was there at the beginning comes, moved or not. */
static void walked_whole(void **state)
{
	static uint8_t seen[PREFIXES];
	struct table_at at = {0};
	uint32_t rnd = 7, handle;

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		grow(i);
		if (i % 5 == 0)
			drop(i);
	}
	memset(seen, 0, sizeof(seen));
	while ((handle = table_next(&table, &at))) {
		struct entry *e = table_entry(&table, handle);

		assert_true(e->n_paths > 0);
		seen[table_paths(handle, e)[0].path_id >> 8] = 1;
		for (int k = 0; k < 3; k++) {
			uint32_t i = test_random(&rnd) % PREFIXES;

			if (model[i] && model[i] < 30)
				grow(i);
		}
	}
	for (uint32_t i = 0; i < PREFIXES; i++)
		assert_int_equal(seen[i], i % 5 != 0);
}

/* Those that come while a walk is under way, ten times as many as there were, neither hide any from
 * it nor show one twice. */
static void walked_while_it_grows(void **state)
{
	enum { FIRST = 4000, MANY = 40000 };
	static uint8_t seen[MANY];
	struct table_at at = {0};
	uint32_t n = 0, handle = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (uint32_t steps = 0; n < MANY || handle; steps++) {
		/* the walk begins when the first are there, and ends behind the last */
		if (n < MANY) {
			struct addr a = addr_ip4(0x14000000u + (n << 8));
			struct prefix p = prefix_make(&a, 24);

			handle = table_get(&table, &p);
			table_entry(&table, table_room(&table, handle))->n_paths = 1;
			table_paths(handle, table_entry(&table, handle))[0] =
				(struct path){.path_id = n++};
		}
		if (n < FIRST || (n < MANY && steps % 11))
			continue;
		handle = table_next(&table, &at);
		if (handle)
			seen[table_paths(handle, table_entry(&table, handle))[0].path_id]++;
	}
	for (uint32_t i = 0; i < MANY; i++) {
		struct addr a = addr_ip4(0x14000000u + (i << 8));
		struct prefix p = prefix_make(&a, 24);

		assert_int_equal(seen[i], 1);
		assert_int_not_equal(table_find(&table, &p), 0);
	}
}

/* What goes makes room for what comes. */
static void small(void **state)
{
	size_t bytes;

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		grow(i);
		grow(i);
	}
	bytes = table_bytes(&table);
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < PREFIXES; i++)
			drop(i);
		for (uint32_t i = 0; i < PREFIXES; i++) {
			grow(i);
			grow(i);
		}
	}
	assert_int_equal(table_bytes(&table), bytes);
	/* all gone: no chunk is kept but for one a slab, which may come and go */
	for (uint32_t i = 0; i < PREFIXES; i++)
		drop(i);
	assert_true(table_bytes(&table) <= bytes);
	assert_int_equal(table.n_entries, 0);
}

/* A route from one ToR is 40 octets, from two 56; and what had one path does not keep its room when
 * it gets the second. */
static void octets_a_route(void **state)
{
	enum { MANY = 100000, SLOTS = 262144 };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		struct addr a = addr_ip4(0x14000000u + (i << 8));
		struct prefix p = prefix_make(&a, 24);
		uint32_t handle = table_get(&table, &p);

		table_entry(&table, handle)->n_paths = 1;
	}
	assert_true(table_bytes(&table) < MANY * 28 + SLOTS * 4 + MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		struct addr a = addr_ip4(0x14000000u + (i << 8));
		struct prefix p = prefix_make(&a, 24);
		uint32_t handle = table_room(&table, table_find(&table, &p));

		table_entry(&table, handle)->n_paths = 2;
	}
	assert_true(table_bytes(&table) < MANY * 44 + SLOTS * 4 + 4 * MANY);
}

#define CHOSEN 2000

/* Prefixes that lie in one place, or follow from there, where a table hashes without a key: of IPv6
 * the second half undoes the first, of IPv4 they are looked for. */
static void choose(enum family f, struct prefix *out)
{
	const uint64_t golden = 0x9e3779b97f4a7c15u;
	uint32_t rnd = 99, n = 0;

	for (uint32_t i = 1; n < CHOSEN; i++) {
		struct prefix p = {.afi = AFI_IP4, .len = 32};
		uint64_t h, w[2];

		if (f == FAMILY_IP6) {
			p.afi = AFI_IP6;
			p.len = 128;
			w[0] = (uint64_t)test_random(&rnd) << 32 | i;
			h = (p.len ^ w[0]) * golden;
			w[1] = h ^ h >> 29;
			memcpy(p.b, w, sizeof(w));
		} else {
			memcpy(p.b, &i, sizeof(i));
			h = ((uint64_t)p.len << 32 ^ i) * golden;
			h = (h ^ h >> 32) * golden;
			if (h >> 32 & 4095)
				continue;
		}
		out[n++] = p;
	}
}

/* Where in its segment the prefix is. */
static uint32_t place_of(const struct table *t, enum family f, const struct prefix *p)
{
	uint32_t handle = table_find(t, p);

	for (uint32_t i = 0; i < t->slots[f].n_segments; i++) {
		const struct slots_segment *g = &t->slots[f].segments[i];

		for (uint32_t at = 0; at <= g->mask; at++) {
			if ((g->words[at] & ~(15u << 23)) == handle)
				return at;
		}
	}
	fail_msg("not there");
	return 0;
}

static void chosen_to_collide(void **state)
{
	const uint64_t another[HASH_KEY_WORDS] = {0xb7e151628aed2a6a, 0xbf7158809cf4f3c7,
						  0x62e7160f38b4da56, 0xa784d9045190cfef};
	static struct prefix chosen[CHOSEN];
	static uint32_t places[2][CHOSEN];
	uint64_t key[HASH_KEY_WORDS];

	(void)state;
	memcpy(key, hash_secret, sizeof(key));
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct table t[2];
		uint32_t same = 0;

		choose(f, chosen);
		for (int k = 0; k < 2; k++) {
			uint32_t run = 0, longest = 0;

			hash_set_key(k ? another : key);
			table_init(&t[k]);
			for (uint32_t i = 0; i < CHOSEN; i++)
				assert_true(table_get(&t[k], &chosen[i]));
			for (uint32_t i = 0; i < CHOSEN; i++) {
				uint32_t handle = table_find(&t[k], &chosen[i]);
				struct prefix p = table_prefix(&t[k], handle);

				assert_true(handle && prefix_eq(&p, &chosen[i]));
				places[k][i] = place_of(&t[k], f, &chosen[i]);
			}
			for (uint32_t i = 0; i < t[k].slots[f].n_segments; i++) {
				const struct slots_segment *g = &t[k].slots[f].segments[i];

				run = 0;
				for (uint32_t at = 0; at <= g->mask; at++) {
					run = g->words[at] ? run + 1 : 0;
					longest = run > longest ? run : longest;
				}
			}
			assert_in_range(longest, 2, CHOSEN / 10);
		}
		/* the same is in both, and elsewhere */
		assert_int_equal(t[0].n_entries, t[1].n_entries);
		for (uint32_t i = 0; i < CHOSEN; i++)
			same += places[0][i] == places[1][i];
		assert_true(same < CHOSEN / 10);
		table_fini(&t[0]);
		table_fini(&t[1]);
	}
	hash_set_key(key);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_table, teardown_table)
	const struct CMUnitTest tests[] = {
		TEST(anything),
		TEST(full_entries),
		TEST(full_table),
		TEST(walked_whole),
		TEST(small),
		TEST(octets_a_route),
		TEST(walked_while_it_grows),
		TEST(chosen_to_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
