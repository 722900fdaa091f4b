/*
 * The keyed hash: whatever the key, what differs falls apart, also what was chosen to fall together
 * under hashes without a key; and what is the same stays so.
 */
#include "test/unit/test.h"

#include "agent/lib/hash.h"

static uint64_t random64(uint32_t *rnd)
{
	uint64_t high = test_random(rnd);

	return high << 32 | test_random(rnd);
}

static void new_key(uint32_t *rnd)
{
	uint64_t key[HASH_KEY_WORDS];

	for (size_t i = 0; i < HASH_KEY_WORDS; i++)
		key[i] = random64(rnd);
	hash_set_key(key);
}

static uint32_t of(uint64_t a, uint64_t b)
{
	return hash_end(hash_pair(hash_begin(), a, b));
}

/* The product is the same however it is made. */
static void products(void **state)
{
	static const uint64_t edges[] = {0,          1,          2,          UINT32_MAX,
					 1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 1};
	uint32_t rnd = 5;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		for (size_t k = 0; k < 8; k++)
			assert_int_equal(hash_fold(edges[i], edges[k]),
					 hash_fold_narrow(edges[i], edges[k]));
	}
	for (int i = 0; i < 100000; i++) {
		uint64_t a = random64(&rnd), b = random64(&rnd);

		if (hash_fold(a, b) != hash_fold_narrow(a, b))
			fail_msg("%llx times %llx", (unsigned long long)a, (unsigned long long)b);
	}
	/* 2^64 - 1 squared is 2^128 - 2^65 + 1: 1 below, 2^64 - 2 above */
	assert_int_equal(hash_fold(UINT64_MAX, UINT64_MAX), UINT64_MAX);
	assert_int_equal(hash_fold(1ull << 63, 6), 3);
}

/* Until there is a key it is the same one in every process; then it is another hash. */
static void keys(void **state)
{
	uint32_t rnd = 77, first, same = 0;

	(void)state;
	assert_int_equal(of(1, 2), of(1, 2));
	first = of(1, 2);
	for (int i = 0; i < 1000; i++) {
		new_key(&rnd);
		same += of(1, 2) == first;
	}
	assert_int_equal(same, 0);
	/* each word of it counts */
	for (size_t i = 0; i < HASH_KEY_WORDS; i++) {
		uint64_t key[HASH_KEY_WORDS] = {11, 12, 13, 14};

		hash_set_key(key);
		first = of(1, 2);
		key[i] ^= 1ull << 40;
		hash_set_key(key);
		assert_int_not_equal(of(1, 2), first);
	}
}

/* No difference in one bit or two cancels with whatever key. In 32 bits something may be equal by
 * chance, but not under each of some keys. */
static void differences(void **state)
{
	enum { KEYS = 4 };
	static uint8_t equal[128][128];
	uint32_t rnd = 4242;

	(void)state;
	memset(equal, 0, sizeof(equal));
	for (int key = 0; key < KEYS; key++) {
		uint64_t a = random64(&rnd), b = random64(&rnd);
		uint32_t plain;

		new_key(&rnd);
		plain = of(a, b);
		for (int i = 0; i < 128; i++) {
			for (int k = 0; k <= i; k++) {
				uint64_t d[2] = {0, 0};

				d[i / 64] |= 1ull << i % 64;
				d[k / 64] |= 1ull << k % 64;
				equal[i][k] += of(a ^ d[0], b ^ d[1]) == plain;
			}
		}
	}
	for (int i = 0; i < 128; i++) {
		for (int k = 0; k <= i; k++) {
			if (equal[i][k] > 1)
				fail_msg("bits %d and %d", i, k);
		}
	}
}

/* What a hash may do that multiplies one word after the other and keeps the lower half. */
static uint64_t without_upper_half(const uint64_t *words, size_t n, uint64_t key)
{
	uint64_t h = key;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ words[i]) * (key | 1);
		h ^= h >> 29;
	}
	return h;
}

/* 2^12 strings that are equal there, whatever the key: a word's topmost bit is just the product's
 * topmost bit, and the next word takes it away. */
static void topmost_bits(void **state)
{
	enum { BITS = 12, N = 1 << BITS };
	static uint8_t seen[N];
	uint32_t rnd = 9;

	(void)state;
	for (int round = 0; round < 16; round++) {
		uint64_t plain = 0, key = random64(&rnd);
		size_t places = 0;

		new_key(&rnd);
		memset(seen, 0, sizeof(seen));
		for (uint32_t i = 0; i < N; i++) {
			uint64_t words[2 * BITS] = {0};
			uint32_t h;

			for (uint32_t bit = 0; bit < BITS; bit++) {
				if (i >> bit & 1) {
					words[2 * bit] = 1ull << 63;
					words[2 * bit + 1] = 1ull << 63 | 1ull << (63 - 29);
				}
			}
			if (!i)
				plain = without_upper_half(words, 2 * BITS, key);
			assert_int_equal(without_upper_half(words, 2 * BITS, key), plain);
			h = hash_end(hash_octets(hash_begin(), (uint8_t *)words, sizeof(words)));
			places += !seen[h % N]++;
		}
		/* 1 - 1/e of them where each is as likely as another */
		assert_in_range(places, N * 60 / 100, N * 66 / 100);
	}
}

/* Every octet of every length counts; what is behind does not. */
static void octets(void **state)
{
	uint8_t s[70];
	uint32_t rnd = 3;

	(void)state;
	for (size_t i = 0; i < sizeof(s); i++)
		s[i] = (uint8_t)test_random(&rnd);
	for (size_t len = 0; len <= 64; len++) {
		uint64_t h = hash_octets(hash_begin(), s, len);

		if (!len)
			assert_int_equal(h, hash_begin());
		for (size_t i = 0; i < sizeof(s); i++) {
			s[i] ^= 0x80;
			if ((hash_octets(hash_begin(), s, len) == h) != (i >= len))
				fail_msg("octet %zu of %zu", i, len);
			s[i] ^= 0x80;
		}
	}
	assert_int_equal(hash_octets(7, NULL, 0), 7);
}

/* Prefixes as they are in the world, one after the other, fall into places as if by dice. */
static void prefixes(void **state)
{
	enum { N = 65536 };
	static uint8_t seen[N];
	uint32_t rnd = 1;

	(void)state;
	for (int key = 0; key < 20; key++) {
		size_t low = 0, high = 0;

		new_key(&rnd);
		memset(seen, 0, sizeof(seen));
		for (uint32_t i = 0; i < N; i++) {
			struct addr a = addr_ip4(0x0a000000 + (i << 8));
			struct prefix p = prefix_make(&a, 24);
			uint32_t h = prefix_hash(&p);

			low += !(seen[h % N] & 1);
			seen[h % N] |= 1;
			high += !(seen[h >> 16] & 2);
			seen[h >> 16] |= 2;
		}
		assert_in_range(low, N * 60 / 100, N * 67 / 100);
		assert_in_range(high, N * 60 / 100, N * 67 / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products),    cmocka_unit_test(keys),
		cmocka_unit_test(differences), cmocka_unit_test(topmost_bits),
		cmocka_unit_test(octets),      cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
