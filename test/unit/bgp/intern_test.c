/*
 * Interned attributes: equal means same pointer, any difference means another, references are
 * counted, ids are reused, and nothing of the caller's memory is borrowed.
 */
#include "test/unit/test.h"

#include "agent/bgp/attr.h"
#include "agent/lib/hash.h"

static const uint8_t path[] = {AS_SEQUENCE, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xe8};
static const uint8_t octets[24] = {1, 2, 3};

static struct attr_set some(void)
{
	return (struct attr_set){
		.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
		.nexthop = test_addr("10.90.224.98"),
		.as_path = path,
		.as_path_len = sizeof(path),
	};
}

static void difference(int which, struct attr_set *s)
{
	switch (which) {
	case 0:
		s->has |= ATTR_HAS_MED;
		break;
	case 1:
		s->origin = ORIGIN_EGP;
		break;
	case 2:
		s->nexthop = test_addr("10.90.224.99");
		break;
	case 3:
		s->nexthop_local = test_addr("fe80::1");
		break;
	case 4:
		s->med = 1;
		break;
	case 5:
		s->local_pref = 1;
		break;
	case 6:
		s->aggregator_as = 1;
		break;
	case 7:
		s->aggregator_id = 1;
		break;
	case 8:
		s->originator_id = 1;
		break;
	case 9:
		s->otc = 1;
		break;
	case 10:
		s->as_path_len = 0;
		s->as_path = NULL;
		break;
	case 11:
		s->communities = octets;
		s->communities_len = 4;
		break;
	case 12:
		s->communities = octets;
		s->communities_len = 8;
		break;
	case 13:
		s->ext_communities = octets;
		s->ext_communities_len = 8;
		break;
	case 14:
		s->large_communities = octets;
		s->large_communities_len = 12;
		break;
	case 15:
		s->cluster_list = octets;
		s->cluster_list_len = 4;
		break;
	case 16:
		s->cluster_list = octets + 4;
		s->cluster_list_len = 4;
		break;
	case 17:
		s->unknown = octets;
		s->unknown_len = 4;
		break;
	default:
		fail();
	}
}

#define DIFFERENCES 18

static void any_difference_counts(void **state)
{
	struct attr_table *t = attr_table_new();
	const struct attrs *held[DIFFERENCES + 1];
	struct attr_set set = some();

	(void)state;
	held[DIFFERENCES] = attrs_intern(t, &set);
	for (int i = 0; i < DIFFERENCES; i++) {
		set = some();
		difference(i, &set);
		held[i] = attrs_intern(t, &set);
	}
	for (int i = 0; i <= DIFFERENCES; i++) {
		for (int j = 0; j < i; j++) {
			if (held[i] == held[j])
				fail_msg("%d and %d are one", i, j);
			assert_int_not_equal(held[i]->id, held[j]->id);
		}
	}
	assert_int_equal(attr_table_count(t), DIFFERENCES + 1);
	for (int i = 0; i <= DIFFERENCES; i++)
		attrs_unref(t, held[i]);
	assert_int_equal(attr_table_count(t), 0);
	assert_int_equal(attr_table_bytes(t), 0);
	attr_table_free(t);
}

static void a_copy_of_its_own(void **state)
{
	struct attr_table *t = attr_table_new();
	uint8_t *bytes = malloc(sizeof(path));
	struct attr_set set = some(), again = some();
	const struct attrs *a, *b;

	(void)state;
	memcpy(bytes, path, sizeof(path));
	set.as_path = bytes;
	a = attrs_intern(t, &set);
	memset(bytes, 0, sizeof(path));
	free(bytes);
	assert_memory_equal(a->set.as_path, path, sizeof(path));
	assert_ptr_equal(a->set.as_path, a->data); /* one block of memory */
	assert_int_equal(a->data_len, sizeof(path));
	assert_int_equal(attr_table_bytes(t), sizeof(struct attrs) + sizeof(path));
	assert_null(a->set.communities);
	assert_int_equal(a->hops, 2);
	assert_int_equal(a->neighbor_as, 65001);
	b = attrs_intern(t, &again);
	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 2);
	/* interning what is interned */
	assert_ptr_equal(attrs_intern(t, &a->set), a);
	assert_ptr_equal(attrs_ref(a), a);
	assert_int_equal(a->refs, 4);
	for (int i = 0; i < 3; i++)
		attrs_unref(t, a);
	assert_int_equal(attr_table_count(t), 1);
	attrs_unref(t, a);
	assert_int_equal(attr_table_count(t), 0);
	attrs_unref(t, NULL);
	attr_table_free(t);
	attr_table_free(NULL);
}

/* Many sets, in and out in an order of no plan: the table always says the same as a list. */
static void many(void **state)
{
	enum { N = 5000 };
	struct attr_table *t = attr_table_new();
	static const struct attrs *held[N];
	uint32_t seed = 1, most = 0;
	size_t count = 0;

	(void)state;
	for (int step = 0; step < 40000; step++) {
		uint32_t i = test_random(&seed) % N;
		struct attr_set set = some();

		set.med = i;
		if (held[i]) {
			assert_int_equal(held[i]->set.med, i);
			assert_ptr_equal(attrs_intern(t, &set), held[i]);
			attrs_unref(t, held[i]);
			attrs_unref(t, held[i]);
			held[i] = NULL;
			count--;
		} else {
			held[i] = attrs_intern(t, &set);
			assert_int_equal(held[i]->refs, 1);
			if (held[i]->id > most)
				most = held[i]->id;
			count++;
		}
		assert_int_equal(attr_table_count(t), count);
	}
	assert_true(count > N / 4);
	assert_true(most < N); /* ids are reused */
	for (int i = 0; i < N; i++)
		attrs_unref(t, held[i]);
	assert_int_equal(attr_table_bytes(t), 0);
	attr_table_free(t);
}

/* Who says it first is charged with it, as long as anybody holds it. */
static void owners(void **state)
{
	struct attr_table *t = attr_table_new();
	struct attr_set set = some(), other = some();
	const struct attrs *a, *b, *c, *d;
	size_t one = sizeof(struct attrs) + sizeof(path);

	(void)state;
	other.med ^= 1;
	a = attrs_intern_for(t, &set, 7);
	b = attrs_intern_for(t, &set, 2);
	assert_ptr_equal(a, b);
	c = attrs_intern_for(t, &other, 2);
	assert_int_equal(attr_table_bytes_of(t, 7), one);
	assert_int_equal(attr_table_bytes_of(t, 2), one);
	assert_int_equal(attr_table_bytes_of(t, 3), 0);
	assert_int_equal(attr_table_bytes_of(t, 8), 0);
	attrs_unref(t, a);
	assert_int_equal(attr_table_bytes_of(t, 7), one);
	attrs_unref(t, b);
	assert_int_equal(attr_table_bytes_of(t, 7), 0);
	/* what nobody in particular says costs nobody */
	d = attrs_intern(t, &set);
	assert_int_equal(attr_table_bytes(t), 2 * one);
	assert_int_equal(attr_table_bytes_of(t, 7) + attr_table_bytes_of(t, ATTRS_NOBODYS), 0);
	attrs_unref(t, c);
	attrs_unref(t, d);
	assert_int_equal(attr_table_bytes_of(t, 2), 0);
	attr_table_free(t);
}

/* Sets that all have one hash where none has a key, or a key and no more than multiplications
 * (test/unit/lib/hash_test.c): here they lie apart, elsewhere with each key, and are told apart. */
static void chosen_to_collide(void **state)
{
	enum { BITS = 11, N = 1 << BITS };
	static const struct attrs *held[N];
	static uint32_t hashes[2][N];
	static uint8_t seen[2][N];
	const uint64_t another[HASH_KEY_WORDS] = {0xb7e151628aed2a6a, 0xbf7158809cf4f3c7,
						  0x62e7160f38b4da56, 0xa784d9045190cfef};
	uint64_t key[HASH_KEY_WORDS];
	size_t same = 0;

	(void)state;
	memcpy(key, hash_secret, sizeof(key));
	for (int k = 0; k < 2; k++) {
		struct attr_table *t;
		size_t places = 0;

		hash_set_key(k ? another : key);
		t = attr_table_new();
		for (uint32_t i = 0; i < N; i++) {
			struct attr_set set = some();
			uint64_t words[2 * BITS] = {0};

			for (uint32_t bit = 0; bit < BITS; bit++) {
				if (i >> bit & 1) {
					words[2 * bit] = 1ull << 63;
					words[2 * bit + 1] = 1ull << 63 | 1ull << (63 - 29);
				}
			}
			set.communities = (uint8_t *)words;
			set.communities_len = sizeof(words);
			held[i] = attrs_intern(t, &set);
			assert_int_equal(attr_table_count(t), i + 1);
			assert_ptr_equal(attrs_intern(t, &set), held[i]);
			attrs_unref(t, held[i]);
			hashes[k][i] = held[i]->hash;
			places += !seen[k][held[i]->hash % N]++;
		}
		assert_true(places > N * 6 / 10);
		for (uint32_t i = 0; i < N; i++) {
			same += k && hashes[0][i] == hashes[1][i];
			attrs_unref(t, held[i]);
		}
		assert_int_equal(attr_table_bytes(t), 0);
		attr_table_free(t);
	}
	assert_true(same < 3);
	hash_set_key(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_difference_counts),
		cmocka_unit_test(a_copy_of_its_own),
		cmocka_unit_test(many),
		cmocka_unit_test(owners),
		cmocka_unit_test(chosen_to_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
