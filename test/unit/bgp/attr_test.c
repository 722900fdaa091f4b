/*
 * Path attributes as a list: what is canonical about their encoding, communities, what nobody
 * knows, and speakers of 2-octet ASNs. Faults are update_test's.
 */
#include "test/unit/test.h"

#include "agent/bgp/attr.h"

#define ORIGIN  "400101 00 "
#define NEXTHOP "400304 0a5ae062 "
#define PATH    "40020a 02 02 0000fde9 0000fde8 "

static uint8_t scratch[ATTR_SCRATCH];
static const struct attr_ctx as4 = {.as4 = true, .ibgp = true};
static const struct attr_ctx as2 = {.as4 = false, .ibgp = true};

static struct attr_set decode(const struct attr_ctx *ctx, const char *hex, struct attr_result *res)
{
	static uint8_t buf[4096];
	struct attr_set set;
	size_t n = test_hex(hex, buf, sizeof(buf));

	attr_decode(ctx, rd_init(buf, n), scratch, &set, res);
	return set;
}

static void assert_encodes(const char *what, const struct attr_ctx *ctx, const struct attr_set *set,
			   const char *hex)
{
	uint8_t want[4096], buf[4096];
	struct wr wr = wr_init(buf, sizeof(buf));
	size_t n = test_hex(hex, want, sizeof(want));

	attr_encode(ctx, set, true, &wr);
	assert_true(wr_ok(&wr));
	if (wr_len(&wr) != n || memcmp(buf, want, n) != 0)
		fail_msg("%s: %zu octets, not the %zu that were expected", what, wr_len(&wr), n);
}

/* In any order and form, the encoding is one: by type, flags and length as they should be. */
static void canonical(void **state)
{
	static const struct {
		const char *what, *in, *out;
	} cases[] = {
		{"shuffled", NEXTHOP "c00804 fde80001" PATH ORIGIN,
		 ORIGIN PATH NEXTHOP "c00804 fde80001"},
		{"extended lengths", "5001 0001 00" NEXTHOP "5002 0000", ORIGIN "400200" NEXTHOP},
		{"partial", "e00804 fde80001" ORIGIN, ORIGIN "c00804 fde80001"},
		{"unknown ones, by type among the known",
		 "c0fe01 aa c01902 bbcc d080 0001 dd c02304 0000fde9 c02100" ORIGIN,
		 ORIGIN "e01902 bbcc e02100 c02304 0000fde9 e08001 dd e0fe01 aa"},
		{"the first of two", ORIGIN "c00804 fde80001 c00804 fde80002 c0fe01 aa c0fe01 bb",
		 ORIGIN "c00804 fde80001 e0fe01 aa"},
		{"every attribute there is",
		 ORIGIN PATH NEXTHOP
		 "800404 00000005 400504 00000064 400600 c00708 00010000 0a000001 c00804 fde80001"
		 "800904 0a000001 800a08 0a0000010a000002 c01008 0002fde800000001"
		 "c0200c 000000010000000200000003 c02304 0000fde9",
		 ORIGIN PATH NEXTHOP
		 "800404 00000005 400504 00000064 400600 c00708 00010000 0a000001 c00804 fde80001"
		 "800904 0a000001 800a08 0a0000010a000002 c01008 0002fde800000001"
		 "c0200c 000000010000000200000003 c02304 0000fde9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_result res;
		struct attr_set set = decode(&as4, cases[i].in, &res);

		assert_true(res.verdict <= UPDATE_DISCARD_ATTR);
		assert_encodes(cases[i].what, &as4, &set, cases[i].out);
	}
}

/* A list of more than 255 octets has the extended form, one of 255 has not. */
static void long_lists(void **state)
{
	(void)state;
	for (unsigned int n = 63; n <= 64; n++) {
		uint8_t list[256] = {0}, buf[300];
		struct attr_set set = {.communities = list, .communities_len = (uint16_t)(n * 4)};
		struct wr wr = wr_init(buf, sizeof(buf));

		attr_encode(&as4, &set, true, &wr);
		assert_int_equal(buf[0], n == 63 ? 0xc0 : 0xd0);
		assert_int_equal(wr_len(&wr), n * 4 + (n == 63 ? 3 : 4));
	}
}

/* The first attribute that does not fit makes the writer full, whatever it is. */
static void no_room(void **state)
{
	struct attr_result res;
	struct attr_set set =
		decode(&as4,
		       ORIGIN PATH NEXTHOP "800404 00000005 400600 c00804 fde80001"
					   "c0200c 000000010000000200000003 c0fe01 aa",
		       &res);
	uint8_t buf[256];
	struct wr wr = wr_init(buf, sizeof(buf));
	size_t n;

	(void)state;
	attr_encode(&as4, &set, true, &wr);
	n = wr_len(&wr);
	for (size_t cap = 0; cap <= n; cap++) {
		uint8_t *tight = malloc(cap + 1);

		wr = wr_init(tight, cap);
		attr_encode(&as4, &set, true, &wr);
		assert_int_equal(wr_ok(&wr), cap == n);
		free(tight);
	}
}

/* RFC 8092 section 3: redundant large communities are removed. */
static void large_communities(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{"c0200c 000000010000000200000003", "c0200c 000000010000000200000003"},
		{"c02018 000000010000000200000003 000000010000000200000003",
		 "c0200c 000000010000000200000003"},
		{"c02024 000000020000000000000000 000000010000000200000003 "
		 "000000020000000000000000",
		 "c02018 000000010000000200000003 000000020000000000000000"},
		{"c02018 ffffffff0000000000000000 000000010000000200000003",
		 "c02018 000000010000000200000003 ffffffff0000000000000000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_result res;
		struct attr_set set = decode(&as4, cases[i].in, &res);

		assert_int_equal(res.verdict, UPDATE_OK);
		assert_encodes("large communities", &as4, &set, cases[i].out);
	}
}

static void communities(void **state)
{
	struct attr_result res;
	struct attr_set set = decode(&as4, "c00808 fde80001 ffffff01", &res), none = {0};

	(void)state;
	assert_true(attr_has_community(&set, 0xfde80001));
	assert_true(attr_has_community(&set, COMMUNITY_NO_EXPORT));
	assert_false(attr_has_community(&set, COMMUNITY_NO_ADVERTISE));
	assert_false(attr_has_community(&set, 0x0001ffff)); /* across two */
	assert_false(attr_has_community(&none, 0));
}

/* What an old speaker says (RFC 6793 sections 4.2.3 and 6), and how much of it is dropped. */
static void from_old_speakers(void **state)
{
	static const struct {
		const char *what, *attrs, *path;
		enum update_verdict verdict;
		uint32_t aggregator;
	} cases[] = {
		{"widened", "400206 02 02 fde9 fde8", "65001 65000", UPDATE_OK, 0},
		{"empty", "400200", "", UPDATE_OK, 0},
		{"AS 0", "400206 02 02 fde9 0000", "", UPDATE_TREAT_WITHDRAW, 0},
		{"4-octet ASNs", "40020a 02 02 0000fde9 0000fde8", "", UPDATE_TREAT_WITHDRAW, 0},
		{"merged", "400208 02 03 fde9 5ba0 5ba0 c0110a 02 02 00010000 00010001",
		 "65001 65536 65537", UPDATE_OK, 0},
		{"merged, AS4_PATH first",
		 "c0110a 02 02 00010000 00010001 400208 02 03 fde9 5ba0 5ba0", "65001 65536 65537",
		 UPDATE_OK, 0},
		{"of one length", "400206 02 02 5ba0 fde8 c0110a 02 02 00010000 0000fde8",
		 "65536 65000", UPDATE_OK, 0},
		{"AS4_PATH is the longer one", "400204 02 01 fde9 c0110a 02 02 00010000 00010001",
		 "65001", UPDATE_OK, 0},
		{"AS4_PATH without AS_PATH", "c01106 02 01 00010000", "", UPDATE_OK, 0},
		{"AS4_PATH cut short", "400206 02 02 fde9 5ba0 c01105 02 02 000100", "65001 23456",
		 UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH overrun", "400206 02 02 fde9 5ba0 c01106 02 02 00010000", "65001 23456",
		 UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH empty", "400206 02 02 fde9 5ba0 c01100", "65001 23456",
		 UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH of no such segment", "400206 02 02 fde9 5ba0 c01106 05 01 00010000",
		 "65001 23456", UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH with AS 0", "400206 02 02 fde9 5ba0 c01106 02 01 00000000",
		 "65001 23456", UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH non-transitive", "400206 02 02 fde9 5ba0 801106 02 01 00010000",
		 "65001 23456", UPDATE_DISCARD_ATTR, 0},
		{"AS4_PATH behind a confederation",
		 "400206 02 02 fde9 5ba0 c0110c 03 01 0000fc00 02 01 00010000", "65001 65536",
		 UPDATE_OK, 0},
		{"AS4_PATH of a confederation alone",
		 "400206 02 02 fde9 5ba0 c01106 04 01 0000fc00", "65001 23456", UPDATE_OK, 0},
		{"a set counts one",
		 "40020a 02 01 fde9 01 02 5ba0 5ba0 c0110a 01 02 00010000 00010001",
		 "65001 {65536,65537}", UPDATE_OK, 0},
		{"a set before AS4_PATH", "40020a 01 02 fde9 fdea 02 01 5ba0 c01106 02 01 00010000",
		 "{65001,65002} 65536", UPDATE_OK, 0},
		{"a set and more before AS4_PATH",
		 "40020e 01 02 fde9 fdea 02 03 fdeb fdec 5ba0 c01106 02 01 00010000",
		 "{65001,65002} 65003 65004 65536", UPDATE_OK, 0},
		{"AGGREGATOR of 2 octets alone",
		 "400206 02 02 fde9 5ba0 c00706 fde9 0a000001 c01106 02 01 00010000", "65001 65536",
		 UPDATE_OK, 65001},
		{"AGGREGATOR and AS4_AGGREGATOR",
		 "400206 02 02 fde9 5ba0 c00706 5ba0 0a000001 c01106 02 01 00010000"
		 "c01208 00010000 0a000001",
		 "65001 65536", UPDATE_OK, 65536},
		{"an old speaker has aggregated since",
		 "400206 02 02 fde9 5ba0 c00706 fde9 0a000001 c01106 02 01 00010000"
		 "c01208 00010000 0a000001",
		 "65001 23456", UPDATE_OK, 65001},
		{"AS4_AGGREGATOR alone", "400204 02 01 fde9 c01208 00010000 0a000001", "65001",
		 UPDATE_OK, 0},
		{"AS4_AGGREGATOR of length 7",
		 "400204 02 01 fde9 c00706 5ba0 0a000001 c01207 00010000 0a0000", "65001",
		 UPDATE_DISCARD_ATTR, 23456},
		{"AS4_AGGREGATOR with AS 0",
		 "400204 02 01 fde9 c00706 5ba0 0a000001 c01208 00000000 0a000001", "65001",
		 UPDATE_DISCARD_ATTR, 23456},
		{"AGGREGATOR of 8 octets", "400204 02 01 fde9 c00708 0000fde9 0a000001", "65001",
		 UPDATE_DISCARD_ATTR, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_result res;
		struct attr_set set = decode(&as2, cases[i].attrs, &res);
		char text[128];

		if (res.verdict != cases[i].verdict)
			fail_msg("%s: verdict %d", cases[i].what, res.verdict);
		if (res.verdict == UPDATE_TREAT_WITHDRAW)
			continue;
		if (strcmp(as_path_str(&set, false, text, sizeof(text)), cases[i].path) != 0)
			fail_msg("%s: %s", cases[i].what, text);
		if (set.aggregator_as != cases[i].aggregator)
			fail_msg("%s: aggregator %u", cases[i].what, set.aggregator_as);
		assert_int_equal(res.discarded, res.verdict == UPDATE_DISCARD_ATTR);
	}
}

/* RFC 6793 section 4.2.2: AS_TRANS stands in, and only then the AS4_ attributes go with it. */
static void to_old_speakers(void **state)
{
	static const struct {
		const char *what, *in, *out;
	} cases[] = {
		{"all fit", PATH "c00708 0000fde9 0a000001",
		 "400206 02 02 fde9 fde8 c00706 fde9 0a000001"},
		{"the path does not", "40020a 02 02 0000fde9 00010000",
		 "400206 02 02 fde9 5ba0 c0110a 02 02 0000fde9 00010000"},
		{"the aggregator does not", PATH "c00708 00010000 0a000001",
		 "400206 02 02 fde9 fde8 c00706 5ba0 0a000001 c01208 00010000 0a000001"},
		{"empty path", "400200", "400200"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_result res;
		struct attr_set set = decode(&as4, cases[i].in, &res);

		assert_int_equal(res.verdict, UPDATE_OK);
		assert_encodes(cases[i].what, &as2, &set, cases[i].out);
	}
}

/* A path of 2-octet ASNs that is too long when widened withdraws: nothing is cut off silently. */
static void widened_past_16_bits(void **state)
{
	static uint8_t buf[65000];
	const size_t segments = 80, len = segments * (2 + 255 * 2);
	struct attr_result res;
	struct attr_set set;
	uint8_t *at = buf;

	(void)state;
	*at++ = 0x50;
	*at++ = ATTR_AS_PATH;
	*at++ = (uint8_t)(len >> 8);
	*at++ = (uint8_t)len;
	for (size_t i = 0; i < segments; i++) {
		*at++ = AS_SEQUENCE;
		*at++ = 255;
		memset(at, 1, 255 * 2);
		at += 255 * 2;
	}
	attr_decode(&as2, rd_init(buf, (size_t)(at - buf)), scratch, &set, &res);
	assert_int_equal(res.verdict, UPDATE_TREAT_WITHDRAW);
	assert_int_equal(set.as_path_len, 0);
	buf[1] = 200; /* as an attribute that nobody knows it is fine */
	buf[0] = 0xd0;
	attr_decode(&as2, rd_init(buf, (size_t)(at - buf)), scratch, &set, &res);
	assert_int_equal(res.verdict, UPDATE_OK);
	assert_int_equal(set.unknown_len, len + 4);
}

/* What is dropped without being a fault is counted all the same. */
static void discarded(void **state)
{
	static const struct {
		const char *attrs;
		uint32_t ibgp, ebgp;
	} cases[] = {
		{ORIGIN PATH NEXTHOP "c00804 fde80001", 0, 0},
		{"400504 00000064", 0, 1},
		{"800904 0a000001 800a04 0a000002", 0, 2},
		{"c01106 02 01 0000fde9 c01208 00010000 0a000001", 2, 2},
		{"801a0b 01000b 0000000000000001", 1, 1},
		{"80fe02 1234", 1, 1},
		{"c0fe02 1234", 0, 0},
		{"c0fe02 1234 c0fe02 1234 c0fe00", 2, 2},
		{"400601 00 c00700", 2, 2},
		{"c00600", 1, 1},
	};
	struct attr_ctx ebgp = as4;

	(void)state;
	ebgp.ibgp = false;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attr_result res;
		struct attr_set set = decode(&as4, cases[i].attrs, &res);

		assert_int_equal(res.discarded, cases[i].ibgp);
		set = decode(&ebgp, cases[i].attrs, &res);
		assert_int_equal(res.discarded, cases[i].ebgp);
		assert_false(set.has & (ATTR_HAS_LOCAL_PREF | ATTR_HAS_ORIGINATOR_ID |
					ATTR_HAS_ATOMIC_AGGREGATE | ATTR_HAS_AGGREGATOR));
		assert_int_equal(set.cluster_list_len, 0);
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(attr_name(ATTR_AS_PATH), "AS_PATH");
	assert_string_equal(attr_name(ATTR_OTC), "ONLY_TO_CUSTOMER");
	assert_string_equal(attr_name(ATTR_AIGP), "AIGP");
	assert_string_equal(attr_name(0), "unknown attribute");
	assert_string_equal(attr_name(11), "unknown attribute");
	assert_string_equal(attr_name(255), "unknown attribute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical),       cmocka_unit_test(long_lists),
		cmocka_unit_test(no_room),         cmocka_unit_test(large_communities),
		cmocka_unit_test(communities),     cmocka_unit_test(from_old_speakers),
		cmocka_unit_test(to_old_speakers), cmocka_unit_test(widened_past_16_bits),
		cmocka_unit_test(discarded),       cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
