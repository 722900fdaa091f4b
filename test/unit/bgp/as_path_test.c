/*
 * AS paths and AS numbers: counting, the neighbour and the origin, text, prepending.
 */
#include "test/unit/test.h"

#include "agent/bgp/attr.h"

static struct attr_set path(const char *hex)
{
	static uint8_t buf[4][4096];
	static unsigned int at;
	uint8_t *b = buf[at++ % 4];
	size_t n = test_hex(hex, b, sizeof(buf[0]));

	return (struct attr_set){.as_path = n ? b : NULL, .as_path_len = (uint16_t)n};
}

static void reading(void **state)
{
	static const struct {
		const char *hex, *plain, *dotted;
		unsigned int hops, count; /* of 65001 */
		uint32_t first, origin;
	} cases[] = {
		{"", "", "", 0, 0, 0, 0},
		{"02 01 0000fde9", "65001", "65001", 1, 1, 65001, 65001},
		{"02 03 0000fde9 0000fde9 00010001", "65001 65001 65537", "65001 65001 1.1", 3, 2,
		 65001, 65537},
		{"02 01 0000fde8 02 01 0000fde9", "65000 65001", "65000 65001", 2, 1, 65000, 65001},
		{"02 01 0000fde8 01 02 0000fde9 00010001", "65000 {65001,65537}",
		 "65000 {65001,1.1}", 2, 1, 65000, 0},
		{"01 01 0000fde9 02 01 00000001", "{65001} 1", "{65001} 1", 2, 1, 0, 1},
		{"02 01 ffffffff", "4294967295", "65535.65535", 1, 0, UINT32_MAX, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_set set = path(cases[i].hex);
		char text[64];

		assert_string_equal(as_path_str(&set, false, text, sizeof(text)), cases[i].plain);
		assert_string_equal(as_path_str(&set, true, text, sizeof(text)), cases[i].dotted);
		assert_int_equal(as_path_hops(&set), cases[i].hops);
		assert_int_equal(as_path_count(&set, 65001), cases[i].count);
		assert_int_equal(as_path_first(&set), cases[i].first);
		assert_int_equal(as_path_origin(&set), cases[i].origin);
	}
}

/* Whatever the buffer: a prefix of the whole text, and dots if it is not the whole. */
static void cut_short(void **state)
{
	struct attr_set set = path("02 02 0000fde9 0000fde8 01 02 00000001 00010001");
	const char *whole = "65001 65000 {1,65537}";
	char text[64];

	(void)state;
	assert_string_equal(as_path_str(&set, false, text, sizeof(text)), whole);
	assert_string_equal(as_path_str(&set, false, text, 18), "65001 65000 {1...");
	for (size_t cap = 1; cap < sizeof(text); cap++) {
		char *tight = malloc(cap);
		size_t len;

		as_path_str(&set, false, tight, cap);
		len = strlen(tight);
		assert_true(len < cap);
		if (strcmp(tight, whole) != 0) {
			assert_true(cap < strlen(whole) + 4);
			if (len >= 3) {
				assert_string_equal(tight + len - 3, "...");
				assert_memory_equal(tight, whole, len - 3);
			} else {
				assert_int_equal(len, 0);
			}
		}
		free(tight);
	}
}

static void prepending(void **state)
{
	static const struct {
		const char *what, *in, *out;
		unsigned int times;
	} cases[] = {
		{"into an empty path", "", "02 02 0000fdf2 0000fdf2", 2},
		{"into the first sequence", "02 01 0000fde9 01 01 00000001",
		 "02 02 0000fdf2 0000fde9 01 01 00000001", 1},
		{"before a set", "01 01 00000001", "02 01 0000fdf2 01 01 00000001", 1},
		{"not at all", "02 01 0000fde9", "02 01 0000fde9", 0},
	};
	uint8_t out[4096], want[4096], full[2 + 254 * 4] = {AS_SEQUENCE, 254};
	struct attr_set set = {.as_path = full, .as_path_len = sizeof(full)};
	uint16_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_set in = path(cases[i].in);
		size_t n = test_hex(cases[i].out, want, sizeof(want));

		assert_true(as_path_prepend(&in, 65010, cases[i].times, out, sizeof(out), &len));
		if (len != n || memcmp(out, want, n) != 0)
			fail_msg("%s: another path", cases[i].what);
		assert_true(as_path_prepend(&in, 65010, cases[i].times, out, n, &len));
		if (n)
			assert_false(as_path_prepend(&in, 65010, cases[i].times, out, n - 1, &len));
	}
	/* a segment holds 255 */
	assert_true(as_path_prepend(&set, 65010, 1, out, sizeof(out), &len));
	assert_int_equal(out[1], 255);
	assert_int_equal(len, sizeof(full) + 4);
	assert_true(as_path_prepend(&set, 65010, 2, out, sizeof(out), &len));
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2 + 2 * 4 + 1], 254);
	assert_int_equal(len, sizeof(full) + 2 + 8);
	assert_true(as_path_prepend(&set, 65010, 255, out, sizeof(out), &len));
	assert_false(as_path_prepend(&set, 65010, 256, out, sizeof(out), &len));
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t asn; /* 0: none */
	} cases[] = {
		{"1", 1},          {"65000", 65000},   {"4294967295", UINT32_MAX},
		{"1.10", 65546},   {"0.1", 1},         {"65535.65535", UINT32_MAX},
		{"", 0},           {"0", 0},           {"0.0", 0},
		{"4294967296", 0}, {"99999999999", 0}, {"1.65536", 0},
		{"65536.1", 0},    {"1.", 0},          {".1", 0},
		{"1.2.3", 0},      {"01", 0},          {"-1", 0},
		{"+1", 0},         {" 1", 0},          {"1 ", 0},
		{"0x1", 0},
	};
	char text[12];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t asn = 7;

		if (asn_parse(cases[i].text, &asn) != (cases[i].asn != 0))
			fail_msg("\"%s\" is taken wrongly", cases[i].text);
		assert_int_equal(asn, cases[i].asn ? cases[i].asn : 7);
	}
	assert_string_equal(asn_str(65546, true, text), "1.10");
	assert_string_equal(asn_str(65546, false, text), "65546");
	assert_string_equal(asn_str(65535, true, text), "65535");
	assert_string_equal(asn_str(UINT32_MAX, true, text), "65535.65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(prepending),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
