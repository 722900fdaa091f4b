/* The tables of the FIB, when there is more than they begin with, and more than there can be. */
#include "test/unit/rib/mock_kernel.h"

static struct prefix many_prefix(uint32_t i)
{
	struct addr a = addr_ip4(0x14000000 + (i << 8));

	if (i % 3 == 0) { /* equal in their last octets, and in their first */
		a = (struct addr){.afi = AFI_IP6, .b = {0x20, 1}};
		a.b[6] = (uint8_t)(i >> 8);
		a.b[7] = (uint8_t)i;
		return prefix_make(&a, i % 2 ? 64 : 65);
	}
	return prefix_make(&a, i % 2 ? 24 : 25);
}

static void acknowledge_all(void)
{
	struct fib_op op;

	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
}

static bool is_there(uint32_t i)
{
	struct prefix p = many_prefix(i);
	struct hop h[FIB_HOPS_MAX];
	bool discard;
	size_t n;

	return fib_lookup(fib, &p, h, FIB_HOPS_MAX, &n, &discard);
}

/* The table of routes: both families, growth, removal in another order, room used again. */
static void many_routes(void **state)
{
	enum { MANY = 5000 };
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS, .objects = true};
	struct hop h = hop_of(0);

	(void)state;
	fib = fib_new(&conf);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			struct prefix p = many_prefix(i);

			fib_want(fib, &p, &h, 1, false);
		}
		acknowledge_all();
		assert_int_equal(fib_counters(fib)->routes, MANY);
		for (uint32_t i = 0; i < MANY; i++)
			assert_true(is_there(i));
		assert_false(is_there(MANY));
		for (uint32_t k = 0; k < MANY; k++) {
			uint32_t i = k * 1237 % MANY;
			struct prefix p = many_prefix(i);

			fib_unwant(fib, &p);
			if (k % 7 == 0)
				acknowledge_all();
			if (k % 500 == 0) {
				acknowledge_all();
				for (uint32_t m = 0; m < MANY; m++)
					assert_int_equal(is_there(m * 1237 % MANY), m > k);
			}
		}
		acknowledge_all();
		assert_int_equal(fib_counters(fib)->routes, 0);
		assert_true(fib_idle(fib));
	}
	fib_free(fib);
}

/* More sets of hops than there are names for: what has none does without multipath. */
static void too_many_sets(void **state)
{
	enum { HOPS = 258 }; /* of which there are 33153 pairs */
	const struct fib_conf conf = {.id_base = BASE, .id_count = OBJECTS};
	size_t pairs = 0, alone = 0;
	uint32_t i = 0;

	(void)state;
	fib = fib_new(&conf);
	for (unsigned int a = 0; a < HOPS; a++) {
		for (unsigned int b = 0; b < a; b++, i++) {
			struct hop two[2] = {hop_of(a), hop_of(b)}; /* not sorted */
			struct prefix p = many_prefix(i);

			fib_want(fib, &p, two, 2, false);
		}
	}
	acknowledge_all();
	for (uint32_t k = 0; k < i; k++) {
		struct prefix p = many_prefix(k);
		struct hop h[FIB_HOPS_MAX];
		bool discard;
		size_t n;

		assert_true(fib_lookup(fib, &p, h, FIB_HOPS_MAX, &n, &discard));
		pairs += n == 2;
		alone += n == 1;
	}
	assert_int_equal(pairs, 32767);
	assert_int_equal(pairs + alone, i);
	assert_int_equal(fib_counters(fib)->errors, 0);
	fib_free(fib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_routes),
		cmocka_unit_test(too_many_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
