/*
 * UPDATE: each attribute with each fault, what RFC 7606 makes of it over eBGP and iBGP, round
 * trips, and every vector cut at every length and with every bit flipped.
 */
#include "test/unit/test.h"

#include "agent/bgp/update.h"

#define ORIGIN  "400101 00 "
#define PATH    "40020a 02 02 0000fde9 0000fde8 " /* 65001 65000 */
#define NEXTHOP "400304 0a5ae062 "
#define GOOD    ORIGIN PATH NEXTHOP
#define NLRI    "18 0ae901 " /* 10.233.1.0/24 */
#define LP      "400504 00000064 "

static struct update_ctx ctx_of(bool ibgp)
{
	return (struct update_ctx){
		.attr = {.as4 = true,
			 .ibgp = ibgp,
			 .local_as = 65000,
			 .remote_as = ibgp ? 65000 : 65001},
		.agreed = {.families = 3, .as4 = true, .ext_nexthop = 1},
	};
}

/* A body of withdrawn routes, attributes and NLRI, each in hexadecimal. */
static size_t body(const char *withdrawn, const char *attrs, const char *nlri, uint8_t *out)
{
	size_t w = test_hex(withdrawn, out + 2, 2048), a, n;

	out[0] = (uint8_t)(w >> 8);
	out[1] = (uint8_t)w;
	a = test_hex(attrs, out + 4 + w, 2048);
	out[2 + w] = (uint8_t)(a >> 8);
	out[3 + w] = (uint8_t)a;
	n = test_hex(nlri, out + 4 + w + a, 2048);
	return 4 + w + a + n;
}

static uint8_t scratch[ATTR_SCRATCH];

static struct bgp_update decode(const struct update_ctx *ctx, const char *withdrawn,
				const char *attrs, const char *nlri)
{
	static uint8_t buf[8192]; /* what is decoded borrows from it */
	struct bgp_update u;
	size_t n = body(withdrawn, attrs, nlri, buf);

	update_decode(ctx, rd_init(buf, n), scratch, &u);
	return u;
}

#define OK       UPDATE_OK
#define DISCARD  UPDATE_DISCARD_ATTR
#define WITHDRAW UPDATE_TREAT_WITHDRAW
#define RESET    UPDATE_RESET

/* An attribute, and the verdict over eBGP and over iBGP; the rest of the message is good. */
static const struct row {
	const char *what, *attrs;
	enum update_verdict ebgp, ibgp;
	uint8_t subcode; /* where the verdict is not OK */
} rows[] = {
	{"all good", GOOD, OK, OK, 0},
	{"any order", NEXTHOP PATH ORIGIN, OK, OK, 0},
	{"extended length", "5001 0001 00" PATH NEXTHOP, OK, OK, 0},
	{"partial bit set on a well-known", "600101 00" PATH NEXTHOP, OK, OK, 0},
	{"ORIGIN 3", "400101 03" PATH NEXTHOP, WITHDRAW, WITHDRAW, 6},
	{"ORIGIN of length 0", "400100" PATH NEXTHOP, WITHDRAW, WITHDRAW, 6},
	{"ORIGIN of length 2", "400102 0000" PATH NEXTHOP, WITHDRAW, WITHDRAW, 6},
	{"ORIGIN optional", "c00101 00" PATH NEXTHOP, WITHDRAW, WITHDRAW, 4},
	{"ORIGIN missing", PATH NEXTHOP, WITHDRAW, WITHDRAW, 3},
	{"ORIGIN twice", ORIGIN ORIGIN PATH NEXTHOP, DISCARD, DISCARD, 1},
	{"AS_PATH missing", ORIGIN NEXTHOP, WITHDRAW, WITHDRAW, 3},
	{"AS_PATH empty", ORIGIN "400200" NEXTHOP, OK, OK, 0},
	{"AS_PATH segment of type 0", ORIGIN "400206 00 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW,
	 11},
	{"AS_PATH segment of type 5", ORIGIN "400206 05 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW,
	 11},
	{"AS_PATH confederation", ORIGIN "400206 03 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW, 11},
	{"AS_PATH empty segment", ORIGIN "400202 02 00" NEXTHOP, WITHDRAW, WITHDRAW, 11},
	{"AS_PATH overrun", ORIGIN "400206 02 02 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW, 11},
	{"AS_PATH half a segment", ORIGIN "400201 02" NEXTHOP, WITHDRAW, WITHDRAW, 11},
	{"AS_PATH with AS 0", ORIGIN "400206 02 01 00000000" NEXTHOP, WITHDRAW, WITHDRAW, 11},
	{"NEXT_HOP missing", ORIGIN PATH, WITHDRAW, WITHDRAW, 3},
	{"NEXT_HOP of length 3", ORIGIN PATH "400303 0a5ae0", WITHDRAW, WITHDRAW, 8},
	{"NEXT_HOP 0.0.0.0", ORIGIN PATH "400304 00000000", WITHDRAW, WITHDRAW, 8},
	{"NEXT_HOP loopback", ORIGIN PATH "400304 7f000001", WITHDRAW, WITHDRAW, 8},
	{"NEXT_HOP multicast", ORIGIN PATH "400304 e0000005", WITHDRAW, WITHDRAW, 8},
	{"MED of length 3", GOOD "800403 000000", WITHDRAW, WITHDRAW, 5},
	{"MED transitive", GOOD "c00404 00000000", WITHDRAW, WITHDRAW, 4},
	{"LOCAL_PREF", GOOD LP, OK, OK, 0},
	{"LOCAL_PREF of length 5", GOOD "400505 0000000064", OK, WITHDRAW, 5},
	{"ATOMIC_AGGREGATE with a value", GOOD "400601 00", DISCARD, DISCARD, 5},
	{"AGGREGATOR", GOOD "c00708 0000fde9 0a000001", OK, OK, 0},
	{"AGGREGATOR of 2-octet length", GOOD "c00706 fde9 0a000001", DISCARD, DISCARD, 5},
	{"AGGREGATOR with AS 0", GOOD "c00708 00000000 0a000001", DISCARD, DISCARD, 5},
	{"COMMUNITIES", GOOD "c00804 fde80001", OK, OK, 0},
	{"COMMUNITIES of length 0", GOOD "c00800", WITHDRAW, WITHDRAW, 9},
	{"COMMUNITIES of length 5", GOOD "c00805 fde8000100", WITHDRAW, WITHDRAW, 9},
	{"ORIGINATOR_ID of length 3", GOOD "800903 0a0000", OK, WITHDRAW, 5},
	{"CLUSTER_LIST of length 5", GOOD "800a05 0a00000100", OK, WITHDRAW, 5},
	{"CLUSTER_LIST of length 0", GOOD "800a00", OK, WITHDRAW, 5},
	{"EXTENDED COMMUNITIES of length 7", GOOD "c01007 00020000000000", WITHDRAW, WITHDRAW, 9},
	{"LARGE_COMMUNITY of length 11", GOOD "c0200b 0000000000000000000000", WITHDRAW, WITHDRAW,
	 9},
	{"LARGE_COMMUNITY of length 0", GOOD "c02000", WITHDRAW, WITHDRAW, 9},
	{"ONLY_TO_CUSTOMER of length 3", GOOD "c02303 000000", WITHDRAW, WITHDRAW, 9},
	{"AS4_PATH between new speakers", GOOD "c0110a 02 02 0000fde9 0000fde8", OK, OK, 0},
	{"AIGP that is not enabled", GOOD "801a0b 01000b 0000000000000001", OK, OK, 0},
	{"unknown, optional transitive", GOOD "c0fe02 1234", OK, OK, 0},
	{"unknown, optional non-transitive", GOOD "80fe02 1234", OK, OK, 0},
	{"unknown, well-known", GOOD "40fe02 1234", RESET, RESET, 2},
	{"attribute past the list", GOOD "c008ff fde80001", WITHDRAW, WITHDRAW, 1},
	{"attribute of two octets", GOOD "c008", WITHDRAW, WITHDRAW, 1},
	{"two faults: the worse one is told", "400101 03" PATH NEXTHOP "40fe00", RESET, RESET, 2},
	{"MP_REACH cut short", GOOD "800e03 000201", RESET, RESET, 9},
	{"MP_REACH twice",
	 GOOD "800e05 0003010000"
	      "800e05 0003010000",
	 RESET, RESET, 1},
	{"MP_REACH of a family nobody knows", GOOD "800e05 0003010000", OK, OK, 0},
	{"MP_UNREACH cut short", GOOD "800f02 0002", RESET, RESET, 9},
	{"MP_REACH with a next hop of 5 octets", GOOD "800e0a 0002 01 05 0102030405 00", RESET,
	 RESET, 9},
};

static void verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int ibgp = 0; ibgp < 2; ibgp++) {
			struct update_ctx ctx = ctx_of(ibgp);
			struct bgp_update u = decode(&ctx, "", rows[i].attrs, NLRI);
			enum update_verdict want = ibgp ? rows[i].ibgp : rows[i].ebgp;

			if (u.verdict != want)
				fail_msg("%s over %s: verdict %d, not %d", rows[i].what,
					 ibgp ? "iBGP" : "eBGP", u.verdict, want);
			if (want == OK)
				continue;
			assert_int_equal(u.err.code, BGP_ERR_UPDATE);
			if (u.err.subcode != rows[i].subcode)
				fail_msg("%s: subcode %u", rows[i].what, u.err.subcode);
			assert_non_null(u.err.what);
		}
	}
}

/* What is wrong with the fields around the attributes. */
static void structure(void **state)
{
	static const struct {
		const char *what, *hex;
		uint8_t subcode;
	} bad[] = {
		{"nothing", "", 1},
		{"withdrawn past the end", "0005 0000", 1},
		{"attributes past the end", "0000 0005 00", 1},
		{"no attribute length", "0000", 1},
		{"withdrawn prefix of 33 bits", "0006 21 0a00000000 0000", 10},
		{"withdrawn prefix cut short", "0002 18 0a 0000", 10},
	};
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t buf[64];
		size_t n = test_hex(bad[i].hex, buf, sizeof(buf));

		update_decode(&ctx, rd_init(buf, n), scratch, &u);
		if (u.verdict != RESET || u.err.subcode != bad[i].subcode)
			fail_msg("%s: verdict %d, subcode %u", bad[i].what, u.verdict,
				 u.err.subcode);
	}
	u = decode(&ctx, "", GOOD, "21 0a00000000");
	assert_int_equal(u.verdict, RESET);
	assert_int_equal(u.err.subcode, BGP_UPDATE_INVALID_NETWORK);
	/* bits behind the length mean nothing */
	u = decode(&ctx, "", GOOD, "14 0ae9ff");
	assert_int_equal(u.verdict, OK);
}

static void content(void **state)
{
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "10 ac10", GOOD "c00804 ffff0000", NLRI "00");
	struct prefix p, want = test_prefix("172.16.0.0/16");
	char text[64];
	uint32_t id;

	(void)state;
	assert_int_equal(u.verdict, OK);
	assert_true(nlri_next(&u.withdrawn, &p, &id));
	assert_true(prefix_eq(&p, &want));
	assert_false(nlri_next(&u.withdrawn, &p, &id));
	assert_true(nlri_next(&u.reach, &p, &id));
	want = test_prefix("10.233.1.0/24");
	assert_true(prefix_eq(&p, &want));
	assert_true(nlri_next(&u.reach, &p, &id));
	assert_int_equal(p.len, 0);
	assert_false(nlri_next(&u.reach, &p, &id));
	assert_string_equal(as_path_str(&u.attrs, false, text, sizeof(text)), "65001 65000");
	assert_int_equal(as_path_hops(&u.attrs), 2);
	assert_int_equal(as_path_count(&u.attrs, 65000), 1);
	assert_int_equal(as_path_first(&u.attrs), 65001);
	assert_int_equal(as_path_origin(&u.attrs), 65000);
	assert_true(attr_has_community(&u.attrs, COMMUNITY_GRACEFUL_SHUTDOWN));
	assert_false(attr_has_community(&u.attrs, COMMUNITY_NO_EXPORT));
}

static void end_of_rib(void **state)
{
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "", "", "");

	(void)state;
	assert_int_equal(u.eor, AFI_IP4);
	u = decode(&ctx, "", "800f03 000201", "");
	assert_int_equal(u.eor, AFI_IP6);
	u = decode(&ctx, "", "900f0003 000201", "");
	assert_int_equal(u.eor, AFI_IP6);
	u = decode(&ctx, "", "800f03 000201" ORIGIN, "");
	assert_int_equal(u.eor, 0);
	ctx.agreed.families = FAMILY_BIT(FAMILY_IP4);
	u = decode(&ctx, "", "800f03 000201", "");
	assert_int_equal(u.eor, 0);
	assert_int_equal(u.ignored, 1);
	assert_int_equal(u.verdict, OK);
}

static void families(void **state)
{
	static const char reach6[] =
		ORIGIN PATH "800e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8";
	static const char ext[] =
		ORIGIN PATH "800e 19 0001 01 10 20010db8000000000000000000000001 00 18 0ae901";
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "", reach6, "");
	struct prefix p, want = test_prefix("2001:db8::/32");
	uint32_t id;

	(void)state;
	assert_int_equal(u.verdict, OK);
	assert_true(nlri_next(&u.mp_reach, &p, &id));
	assert_true(prefix_eq(&p, &want));
	assert_int_equal(u.mp_attrs.nexthop.afi, AFI_IP6);
	/* RFC 8950, and without it */
	u = decode(&ctx, "", ext, "");
	assert_int_equal(u.verdict, OK);
	assert_int_equal(u.mp_reach.afi, AFI_IP4);
	ctx.agreed.ext_nexthop = 0;
	u = decode(&ctx, "", ext, "");
	assert_int_equal(u.verdict, RESET);
	/* not agreed: passed over, not a fault */
	ctx.agreed.families = FAMILY_BIT(FAMILY_IP4);
	u = decode(&ctx, "", reach6, "");
	assert_int_equal(u.verdict, OK);
	assert_int_equal(u.ignored, 1);
	assert_int_equal(rd_left(&u.mp_reach.rd), 0);
}

static void add_path(void **state)
{
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u;
	struct prefix p;
	uint32_t id;

	(void)state;
	ctx.agreed.add_path_rx = FAMILY_BIT(FAMILY_IP4);
	u = decode(&ctx, "", GOOD, "00000007 18 0ae901 00000008 18 0ae901");
	assert_int_equal(u.verdict, OK);
	assert_true(nlri_next(&u.reach, &p, &id));
	assert_int_equal(id, 7);
	assert_true(nlri_next(&u.reach, &p, &id));
	assert_int_equal(id, 8);
	u = decode(&ctx, "", GOOD, "0007 18 0ae901");
	assert_int_equal(u.verdict, RESET);
}

/* RFC 6793 section 4.2.3. */
static void old_speakers(void **state)
{
	static const struct {
		const char *what, *attrs, *path;
	} cases[] = {
		{"widened", ORIGIN "400206 02 02 fde9 fde8" NEXTHOP, "65001 65000"},
		{"merged",
		 ORIGIN "400208 02 03 fde9 5ba0 5ba0" NEXTHOP "c0110a 02 02 00010000 00010001",
		 "65001 65536 65537"},
		{"AS4_PATH is the longer one",
		 ORIGIN "400204 02 01 fde9" NEXTHOP "c0110a 02 02 00010000 00010001", "65001"},
		{"AS4_PATH malformed",
		 ORIGIN "400206 02 02 fde9 5ba0" NEXTHOP "c01105 02 02 000100", "65001 23456"},
		{"AGGREGATOR says AS4_PATH is stale",
		 ORIGIN "400206 02 02 fde9 5ba0" NEXTHOP "c00706 fde9 0a000001"
			"c01106 02 01 00010000",
		 "65001 23456"},
		{"a set counts one",
		 ORIGIN "40020a 02 01 fde9 01 02 5ba0 5ba0" NEXTHOP
			"c0110a 01 02 00010000 00010001",
		 "65001 {65536,65537}"},
	};
	struct update_ctx ctx = ctx_of(false);

	(void)state;
	ctx.attr.as4 = ctx.agreed.as4 = false;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_update u = decode(&ctx, "", cases[i].attrs, NLRI);
		char text[128];

		if (u.verdict > DISCARD)
			fail_msg("%s: verdict %d", cases[i].what, u.verdict);
		if (strcmp(as_path_str(&u.attrs, false, text, sizeof(text)), cases[i].path) != 0)
			fail_msg("%s: %s", cases[i].what, text);
	}
}

static void assert_same_set(const struct attr_set *a, const struct attr_set *b)
{
	struct attr_table *t = attr_table_new();
	const struct attrs *x = attrs_intern(t, a), *y = attrs_intern(t, b);

	assert_ptr_equal(x, y);
	attrs_unref(t, x);
	attrs_unref(t, y);
	attr_table_free(t);
}

/* encode(decode(x)) decodes to the same, for new and old speakers. */
static void round_trips(void **state)
{
	static const char *const vectors[] = {
		GOOD,
		GOOD "800404 00000005" LP "400600"
		     "c00708 00010000 0a000001"
		     "c00804 fde80001"
		     "800904 0a000001"
		     "800a08 0a0000010a000002"
		     "c01008 0002fde800000001"
		     "c0200c 000000010000000200000003"
		     "c02304 0000fde9"
		     "e0fe02 1234",
		ORIGIN "40020e 02 03 00010000 0000fde8 00020000" NEXTHOP,
	};
	static uint8_t scratch2[ATTR_SCRATCH];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		for (int as4 = 0; as4 < 2; as4++) {
			struct update_ctx ctx = ctx_of(true), out = ctx;
			struct bgp_update u = decode(&ctx, "", vectors[i], NLRI), back;
			struct prefix p = test_prefix("10.233.1.0/24");
			uint8_t buf[4096];
			struct wr wr = wr_init(buf, sizeof(buf));

			out.attr.as4 = out.agreed.as4 = as4;
			assert_int_equal(
				update_encode_reach(&out, &u.attrs, &p, 1, BGP_MSG_MAX, &wr), 1);
			assert_true(wr_ok(&wr));
			update_decode(&out, rd_init(buf + 19, wr_len(&wr) - 19), scratch2, &back);
			assert_int_equal(back.verdict, OK);
			assert_same_set(&u.attrs, &back.attrs);
		}
	}
}

static void packing(void **state)
{
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "", GOOD, NLRI), back;
	static struct prefix p[2000];
	uint8_t buf[BGP_MSG_MAX];
	size_t at = 0, messages = 0;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		struct addr a = addr_ip4(0x0a000000 + (i << 8));

		p[i] = prefix_make(&a, 24);
	}
	while (at < 2000) {
		struct wr wr = wr_init(buf, sizeof(buf));
		size_t n = update_encode_reach(&ctx, &u.attrs, p + at, 2000 - at, BGP_MSG_MAX, &wr);
		struct prefix got;
		uint32_t id;

		assert_true(wr_ok(&wr) && n > 0 && wr_len(&wr) <= BGP_MSG_MAX);
		update_decode(&ctx, rd_init(buf + 19, wr_len(&wr) - 19), scratch, &back);
		for (size_t i = 0; i < n; i++) {
			assert_true(nlri_next(&back.reach, &got, &id));
			assert_true(prefix_eq(&got, &p[at + i]));
		}
		assert_false(nlri_next(&back.reach, &got, &id));
		at += n;
		messages++;
	}
	assert_int_equal(messages, 2); /* a thousand and more in each */
	for (at = 0; at < 2000;) {
		struct wr wr = wr_init(buf, sizeof(buf));

		at += update_encode_withdraw(&ctx, p + at, 2000 - at, BGP_MSG_MAX, &wr);
		assert_true(wr_ok(&wr));
		update_decode(&ctx, rd_init(buf + 19, wr_len(&wr) - 19), scratch, &back);
		assert_int_equal(back.verdict, OK);
	}
}

/* Nothing is read past the end, whatever is in the message: under the address sanitizer this is the
 * test. */
static void mangled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[8192];
		size_t n = body("10 ac10", rows[i].attrs, NLRI, buf);

		for (size_t len = 0; len <= n; len++) {
			struct update_ctx ctx = ctx_of(len & 1);
			uint8_t *copy = malloc(len + 1);
			struct bgp_update u;
			struct prefix p;
			uint32_t id;

			memcpy(copy, buf, len);
			update_decode(&ctx, rd_init(copy, len), scratch, &u);
			while (u.verdict != RESET && nlri_next(&u.reach, &p, &id))
				;
			free(copy);
		}
		for (size_t bit = 0; bit < n * 8; bit++) {
			struct update_ctx ctx = ctx_of(bit & 1);
			struct bgp_update u;

			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
			update_decode(&ctx, rd_init(buf, n), scratch, &u);
			if (u.verdict == OK)
				assert_int_equal(u.err.code, 0);
			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void paths(void **state)
{
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "", GOOD, NLRI);
	struct attr_set set = u.attrs;
	uint8_t out[2048];
	uint16_t len;
	char text[64];
	uint32_t asn;

	(void)state;
	assert_true(as_path_prepend(&set, 65010, 3, out, sizeof(out), &len));
	set.as_path = out;
	set.as_path_len = len;
	assert_string_equal(as_path_str(&set, false, text, sizeof(text)),
			    "65010 65010 65010 65001 65000");
	assert_int_equal(set.as_path[1], 5); /* one segment */
	assert_false(as_path_prepend(&set, 65010, 3, scratch, 10, &len));
	assert_string_equal(as_path_str(&set, false, text, 18), "65010 65010...");
	assert_true(asn_parse("1.10", &asn));
	assert_int_equal(asn, 65546);
	assert_string_equal(asn_str(asn, true, text), "1.10");
	assert_string_equal(asn_str(asn, false, text), "65546");
	assert_false(asn_parse("0", &asn));
	assert_false(asn_parse("4294967296", &asn));
	assert_false(asn_parse("1.65536", &asn));
	assert_false(asn_parse("x", &asn));
}

static void interning(void **state)
{
	struct attr_table *t = attr_table_new();
	struct update_ctx ctx = ctx_of(false);
	const struct attrs *held[1000];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 1000; i++) {
			struct bgp_update u = decode(&ctx, "", GOOD "800404 00000005", NLRI);
			const struct attrs *a;

			u.attrs.med = i;
			a = attrs_intern(t, &u.attrs);
			if (round)
				assert_ptr_equal(a, held[i]);
			held[i] = a;
			assert_int_equal(a->hops, 2);
			assert_int_equal(a->neighbor_as, 65001);
		}
	}
	assert_int_equal(attr_table_count(t), 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		attrs_unref(t, held[i]);
		attrs_unref(t, held[i]);
	}
	assert_int_equal(attr_table_count(t), 0);
	assert_int_equal(attr_table_bytes(t), 0);
	attr_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),     cmocka_unit_test(structure),
		cmocka_unit_test(content),      cmocka_unit_test(end_of_rib),
		cmocka_unit_test(families),     cmocka_unit_test(add_path),
		cmocka_unit_test(old_speakers), cmocka_unit_test(round_trips),
		cmocka_unit_test(packing),      cmocka_unit_test(mangled),
		cmocka_unit_test(paths),        cmocka_unit_test(interning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
