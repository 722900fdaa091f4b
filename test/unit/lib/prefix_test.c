/* Addresses and prefixes as values. */
#include "test/unit/test.h"

static void addresses(void **state)
{
	char buf[ADDR_STRLEN];
	struct addr a;

	(void)state;
	assert_true(addr_parse("10.233.0.1", &a));
	assert_int_equal(addr_to_ip4(&a), 0x0ae90001);
	assert_string_equal(addr_str(&a, buf), "10.233.0.1");
	assert_true(addr_parse("2001:db8::1", &a));
	assert_string_equal(addr_str(&a, buf), "2001:db8::1");
	assert_false(addr_parse("10.233.0", &a));
	assert_false(addr_parse("010.1.1.1", &a));
	assert_false(addr_parse("fe80::1%eth0", &a));
	assert_false(addr_parse("", &a));
}

static void hosts(void **state)
{
	static const struct {
		const char *addr;
		bool host;
	} rows[] = {
		{"10.0.0.1", true},
		{"0.0.0.0", false},
		{"127.0.0.1", false},
		{"224.0.0.5", false},
		{"240.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"ff02::1", false},
		{"fe80::1", true},
		{"::ffff:1.2.3.4", false},
		{"2001:db8::1", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = test_addr(rows[i].addr);

		if (addr_is_host(&a) != rows[i].host)
			fail_msg("%s", rows[i].addr);
	}
}

static void prefixes(void **state)
{
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/",   "10.0.0.0/024",
					  "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/24",
					  "::/129",      "/8",          "",
					  "x/8"};
	struct prefix p;
	char buf[PREFIX_STRLEN];
	bool host_bits;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (prefix_parse(bad[i], &p, NULL))
			fail_msg("%s was taken", bad[i]);
	}
	assert_true(prefix_parse("10.233.0.77/24", &p, &host_bits));
	assert_true(host_bits);
	assert_string_equal(prefix_str(&p, buf), "10.233.0.0/24");
	assert_true(prefix_parse("10.1.2.3", &p, NULL));
	assert_int_equal(p.len, 32);
	assert_true(prefix_parse("2001:db8::/33", &p, NULL));
	assert_string_equal(prefix_str(&p, buf), "2001:db8::/33");
}

static void covering(void **state)
{
	struct prefix p8 = test_prefix("10.0.0.0/8"), p25 = test_prefix("10.0.0.128/25");
	struct prefix other = test_prefix("11.0.0.0/25"), def = test_prefix("0.0.0.0/0");
	struct addr in = test_addr("10.255.0.1"), out = test_addr("11.0.0.1");

	(void)state;
	assert_true(prefix_covers(&p8, &p25));
	assert_false(prefix_covers(&p25, &p8));
	assert_true(prefix_covers(&p8, &p8));
	assert_false(prefix_covers(&p8, &other));
	assert_true(prefix_covers(&def, &other));
	assert_true(prefix_overlaps(&p25, &p8));
	assert_false(prefix_overlaps(&other, &p8));
	assert_true(prefix_contains(&p8, &in));
	assert_false(prefix_contains(&p8, &out));
}

static void order(void **state)
{
	static const char *const sorted[] = {"0.0.0.0/0",    "10.0.0.0/8", "10.0.0.0/24",
					     "10.0.1.0/24",  "11.0.0.0/8", "::/0",
					     "2001:db8::/32"};

	(void)state;
	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
		for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]); k++) {
			struct prefix a = test_prefix(sorted[i]), b = test_prefix(sorted[k]);
			int c = prefix_cmp(&a, &b);

			assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
			assert_int_equal(prefix_eq(&a, &b), i == k);
		}
	}
}

static void martians(void **state)
{
	static const struct {
		const char *prefix;
		bool martian;
	} rows[] = {
		{"0.0.0.0/0", false},     {"0.0.0.0/8", true},    {"10.0.0.0/8", false},
		{"127.0.0.0/8", true},    {"127.1.0.0/16", true}, {"169.254.1.0/24", true},
		{"224.0.0.0/4", true},    {"240.0.0.0/8", true},  {"::/0", false},
		{"::1/128", true},        {"fe80::/64", true},    {"ff00::/8", true},
		{"2001:db8::/32", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = test_prefix(rows[i].prefix);

		if (prefix_is_martian(&p) != rows[i].martian)
			fail_msg("%s", rows[i].prefix);
	}
}

/* 65536 /24s must not fall into few buckets. */
static void hashes(void **state)
{
	static uint8_t seen[65536];
	size_t buckets = 0;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++) {
		struct addr a = addr_ip4(0x0a000000 + (i << 8));
		struct prefix p = prefix_make(&a, 24);

		buckets += !seen[prefix_hash(&p) & 0xffff]++;
	}
	/* 1 - 1/e of them when every bucket is as likely */
	assert_true(buckets > 38000);
}

static void covered(void **state)
{
	static const struct {
		const char *p, *by[4];
		bool covered;
	} rows[] = {
		{"10.0.0.0/8", {NULL}, false},
		{"10.0.0.0/8", {"10.0.0.0/8"}, true},
		{"10.0.0.0/8", {"0.0.0.0/0"}, true},
		{"10.0.0.0/8", {"10.0.0.0/9"}, false},
		{"10.0.0.0/8", {"10.0.0.0/9", "10.128.0.0/9"}, true},
		{"10.0.0.0/8", {"10.128.0.0/9", "10.0.0.0/10", "10.64.0.0/10"}, true},
		{"10.0.0.0/8", {"10.128.0.0/9", "10.0.0.0/10", "10.64.0.0/11"}, false},
		{"10.0.0.0/8", {"10.0.0.0/9", "10.0.0.0/9"}, false},
		{"10.0.0.0/31", {"10.0.0.0/32", "10.0.0.1/32"}, true},
		{"10.0.0.0/32", {"10.0.0.1/32"}, false},
		{"2001:db8::/126", {"2001:db8::/127", "2001:db8::2/128", "2001:db8::3/128"}, true},
		{"2001:db8::/126", {"2001:db8::/127", "2001:db8::2/128", "2001:db8::4/128"}, false},
		{"::/0", {"0.0.0.0/0"}, false},
		{"::/0", {"::/1", "8000::/1"}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = test_prefix(rows[i].p), by[4];
		size_t n = 0;

		for (; n < 4 && rows[i].by[n]; n++)
			by[n] = test_prefix(rows[i].by[n]);
		if (prefix_covered(&p, by, n) != rows[i].covered)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(hosts),   cmocka_unit_test(prefixes),
		cmocka_unit_test(covering),  cmocka_unit_test(order),   cmocka_unit_test(martians),
		cmocka_unit_test(hashes),    cmocka_unit_test(covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
