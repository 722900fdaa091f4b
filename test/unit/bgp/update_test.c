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

#define OK                  UPDATE_OK
#define DISCARD             UPDATE_DISCARD_ATTR
#define WITHDRAW            UPDATE_TREAT_WITHDRAW
#define RESET               UPDATE_RESET

#define MP6(nlri_len, nlri) /* IPv6, next hop 2001:db8::1 */ \
	"800e " nlri_len " 0002 01 10 20010db8000000000000000000000001 00 " nlri
#define REACH6   MP6("1a", "20 20010db8 ")
#define UNREACH6 "800f08 0002 01 20 20010db8 "
#define NONE     "" /* no routes in that field */

/* Attributes, and the verdict over eBGP and over iBGP; the rest of the message is good. One row is
 * one fault of one attribute. */
static const struct row {
	const char *what, *attrs;
	enum update_verdict ebgp, ibgp;
	uint8_t subcode; /* where the verdict is not OK */
	const char *nlri, *withdrawn;
} rows[] = {
	/* the list: RFC 7606 sections 3 and 4 */
	{"all good", GOOD, OK, OK, 0, NLRI, NONE},
	{"any order", NEXTHOP PATH ORIGIN, OK, OK, 0, NLRI, NONE},
	{"extended length", "5001 0001 00" PATH NEXTHOP, OK, OK, 0, NLRI, NONE},
	{"partial bit set on a well-known", "600101 00" PATH NEXTHOP, OK, OK, 0, NLRI, NONE},
	{"low bits of the flags set", "4f0101 00" PATH NEXTHOP, OK, OK, 0, NLRI, NONE},
	{"attribute past the list", GOOD "c008ff fde80001", WITHDRAW, WITHDRAW, 1, NLRI, NONE},
	{"attribute of two octets", GOOD "c008", WITHDRAW, WITHDRAW, 1, NLRI, NONE},
	{"attribute of one octet", GOOD "c0", WITHDRAW, WITHDRAW, 1, NLRI, NONE},
	{"extended length of one octet", GOOD "d00800", WITHDRAW, WITHDRAW, 1, NLRI, NONE},
	{"MP_REACH past the list", GOOD "800e40 000201", RESET, RESET, 1, NLRI, NONE},
	{"MP_UNREACH past the list", GOOD "800f40 000201", RESET, RESET, 1, NLRI, NONE},
	{"past the list and no NLRI", GOOD "c008ff fde80001", RESET, RESET, 1, NONE, NONE},
	{"two faults: the worse one is told", "400101 03" PATH NEXTHOP "800e00", RESET, RESET, 9,
	 NLRI, NONE},
	{"two faults: of equals the first", "400101 03" PATH "400303 000000", WITHDRAW, WITHDRAW, 6,
	 NLRI, NONE},
	{"unknown, optional transitive", GOOD "c0fe02 1234", OK, OK, 0, NLRI, NONE},
	{"unknown, optional transitive, empty", GOOD "c0fe00", OK, OK, 0, NLRI, NONE},
	{"unknown, optional non-transitive", GOOD "80fe02 1234", OK, OK, 0, NLRI, NONE},
	{"unknown, well-known", GOOD "40fe02 1234", WITHDRAW, WITHDRAW, 2, NLRI, NONE},
	{"unknown, neither well-known nor transitive", GOOD "00fe02 1234", WITHDRAW, WITHDRAW, 2,
	 NLRI, NONE},
	{"unknown, well-known, of no routes", GOOD "40fe02 1234", RESET, RESET, 2, NONE, NONE},
	{"unknown, twice", GOOD "c0fe02 1234 c0fe02 5678", DISCARD, DISCARD, 1, NLRI, NONE},
	{"type 0", GOOD "c00001 00", OK, OK, 0, NLRI, NONE},

	{"ORIGIN 3", "400101 03" PATH NEXTHOP, WITHDRAW, WITHDRAW, 6, NLRI, NONE},
	{"ORIGIN of length 0", "400100" PATH NEXTHOP, WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"ORIGIN of length 2", "400102 0000" PATH NEXTHOP, WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"ORIGIN optional", "c00101 00" PATH NEXTHOP, WITHDRAW, WITHDRAW, 4, NLRI, NONE},
	{"ORIGIN non-transitive", "000101 00" PATH NEXTHOP, WITHDRAW, WITHDRAW, 4, NLRI, NONE},
	{"ORIGIN missing", PATH NEXTHOP, WITHDRAW, WITHDRAW, 3, NLRI, NONE},
	{"ORIGIN twice, the second malformed", ORIGIN "400101 09" PATH NEXTHOP, DISCARD, DISCARD, 1,
	 NLRI, NONE},

	{"AS_PATH missing", ORIGIN NEXTHOP, WITHDRAW, WITHDRAW, 3, NLRI, NONE},
	{"AS_PATH empty", ORIGIN "400200" NEXTHOP, OK, OK, 0, NLRI, NONE},
	{"AS_PATH with a set", ORIGIN "40020a 01 02 0000fde9 0000fde8" NEXTHOP, OK, OK, 0, NLRI,
	 NONE},
	{"AS_PATH segment of type 0", ORIGIN "400206 00 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW,
	 11, NLRI, NONE},
	{"AS_PATH segment of type 5", ORIGIN "400206 05 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW,
	 11, NLRI, NONE},
	{"AS_PATH confederation sequence", ORIGIN "400206 03 01 0000fde9" NEXTHOP, WITHDRAW,
	 WITHDRAW, 11, NLRI, NONE},
	{"AS_PATH confederation set", ORIGIN "400206 04 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW,
	 11, NLRI, NONE},
	{"AS_PATH empty segment", ORIGIN "400202 02 00" NEXTHOP, WITHDRAW, WITHDRAW, 11, NLRI,
	 NONE},
	{"AS_PATH overrun", ORIGIN "400206 02 02 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW, 11, NLRI,
	 NONE},
	{"AS_PATH half a segment", ORIGIN "400201 02" NEXTHOP, WITHDRAW, WITHDRAW, 11, NLRI, NONE},
	{"AS_PATH octet behind it", ORIGIN "400207 02 01 0000fde9 02" NEXTHOP, WITHDRAW, WITHDRAW,
	 11, NLRI, NONE},
	{"AS_PATH with AS 0", ORIGIN "400206 02 01 00000000" NEXTHOP, WITHDRAW, WITHDRAW, 11, NLRI,
	 NONE},
	{"AS_PATH optional", ORIGIN "c00206 02 01 0000fde9" NEXTHOP, WITHDRAW, WITHDRAW, 4, NLRI,
	 NONE},

	{"NEXT_HOP missing", ORIGIN PATH, WITHDRAW, WITHDRAW, 3, NLRI, NONE},
	{"NEXT_HOP of length 0", ORIGIN PATH "400300", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"NEXT_HOP of length 3", ORIGIN PATH "400303 0a5ae0", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"NEXT_HOP of length 5", ORIGIN PATH "400305 0a5ae06200", WITHDRAW, WITHDRAW, 5, NLRI,
	 NONE},
	{"NEXT_HOP 0.0.0.0", ORIGIN PATH "400304 00000000", WITHDRAW, WITHDRAW, 8, NLRI, NONE},
	{"NEXT_HOP loopback", ORIGIN PATH "400304 7f000001", WITHDRAW, WITHDRAW, 8, NLRI, NONE},
	{"NEXT_HOP multicast", ORIGIN PATH "400304 e0000005", WITHDRAW, WITHDRAW, 8, NLRI, NONE},
	{"NEXT_HOP class E", ORIGIN PATH "400304 f0000001", WITHDRAW, WITHDRAW, 8, NLRI, NONE},
	{"NEXT_HOP broadcast", ORIGIN PATH "400304 ffffffff", WITHDRAW, WITHDRAW, 8, NLRI, NONE},
	{"NEXT_HOP optional", ORIGIN PATH "c00304 0a5ae062", WITHDRAW, WITHDRAW, 4, NLRI, NONE},
	{"NEXT_HOP 0.0.0.0 beside MP_REACH only", REACH6 ORIGIN PATH "400304 00000000", OK, OK, 0,
	 NONE, NONE},
	{"NEXT_HOP 0.0.0.0 beside both", REACH6 ORIGIN PATH "400304 00000000", WITHDRAW, WITHDRAW,
	 8, NLRI, NONE},
	{"NEXT_HOP missing beside both", REACH6 ORIGIN PATH, WITHDRAW, WITHDRAW, 3, NLRI, NONE},

	{"MED", GOOD "800404 00000005", OK, OK, 0, NLRI, NONE},
	{"MED of length 0", GOOD "800400", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"MED of length 3", GOOD "800403 000000", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"MED transitive", GOOD "c00404 00000000", WITHDRAW, WITHDRAW, 4, NLRI, NONE},
	{"LOCAL_PREF", GOOD LP, OK, OK, 0, NLRI, NONE},
	{"LOCAL_PREF of length 0", GOOD "400500", OK, WITHDRAW, 5, NLRI, NONE},
	{"LOCAL_PREF of length 5", GOOD "400505 0000000064", OK, WITHDRAW, 5, NLRI, NONE},
	{"LOCAL_PREF optional", GOOD "c00504 00000064", OK, WITHDRAW, 4, NLRI, NONE},
	{"ATOMIC_AGGREGATE", GOOD "400600", OK, OK, 0, NLRI, NONE},
	{"ATOMIC_AGGREGATE with a value", GOOD "400601 00", DISCARD, DISCARD, 5, NLRI, NONE},
	{"ATOMIC_AGGREGATE optional", GOOD "c00600", DISCARD, DISCARD, 4, NLRI, NONE},
	{"AGGREGATOR", GOOD "c00708 0000fde9 0a000001", OK, OK, 0, NLRI, NONE},
	{"AGGREGATOR of 2-octet length", GOOD "c00706 fde9 0a000001", DISCARD, DISCARD, 5, NLRI,
	 NONE},
	{"AGGREGATOR of length 0", GOOD "c00700", DISCARD, DISCARD, 5, NLRI, NONE},
	{"AGGREGATOR with AS 0", GOOD "c00708 00000000 0a000001", DISCARD, DISCARD, 9, NLRI, NONE},
	{"AGGREGATOR non-transitive", GOOD "800708 0000fde9 0a000001", DISCARD, DISCARD, 4, NLRI,
	 NONE},
	{"COMMUNITIES", GOOD "c00804 fde80001", OK, OK, 0, NLRI, NONE},
	{"COMMUNITIES of length 0", GOOD "c00800", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"COMMUNITIES of length 5", GOOD "c00805 fde8000100", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"COMMUNITIES non-transitive", GOOD "800804 fde80001", WITHDRAW, WITHDRAW, 4, NLRI, NONE},
	{"ORIGINATOR_ID", GOOD "800904 0a000001", OK, OK, 0, NLRI, NONE},
	{"ORIGINATOR_ID of length 3", GOOD "800903 0a0000", OK, WITHDRAW, 5, NLRI, NONE},
	{"ORIGINATOR_ID transitive", GOOD "c00904 0a000001", OK, WITHDRAW, 4, NLRI, NONE},
	{"CLUSTER_LIST", GOOD "800a08 0a0000010a000002", OK, OK, 0, NLRI, NONE},
	{"CLUSTER_LIST of length 5", GOOD "800a05 0a00000100", OK, WITHDRAW, 5, NLRI, NONE},
	{"CLUSTER_LIST of length 0", GOOD "800a00", OK, WITHDRAW, 5, NLRI, NONE},
	{"CLUSTER_LIST transitive", GOOD "c00a04 0a000001", OK, WITHDRAW, 4, NLRI, NONE},
	{"EXTENDED COMMUNITIES", GOOD "c01008 0002fde800000001", OK, OK, 0, NLRI, NONE},
	{"EXTENDED COMMUNITIES of no known type", GOOD "c01008 ffffffffffffffff", OK, OK, 0, NLRI,
	 NONE},
	{"EXTENDED COMMUNITIES of length 0", GOOD "c01000", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"EXTENDED COMMUNITIES of length 7", GOOD "c01007 00020000000000", WITHDRAW, WITHDRAW, 5,
	 NLRI, NONE},
	{"EXTENDED COMMUNITIES non-transitive", GOOD "801008 0002fde800000001", WITHDRAW, WITHDRAW,
	 4, NLRI, NONE},
	{"LARGE_COMMUNITY", GOOD "c0200c 000000010000000200000003", OK, OK, 0, NLRI, NONE},
	{"LARGE_COMMUNITY of length 11", GOOD "c0200b 0000000000000000000000", WITHDRAW, WITHDRAW,
	 5, NLRI, NONE},
	{"LARGE_COMMUNITY of length 0", GOOD "c02000", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"LARGE_COMMUNITY well-known", GOOD "40200c 000000010000000200000003", WITHDRAW, WITHDRAW,
	 4, NLRI, NONE},
	{"ONLY_TO_CUSTOMER", GOOD "c02304 0000fde9", OK, OK, 0, NLRI, NONE},
	{"ONLY_TO_CUSTOMER of length 3", GOOD "c02303 000000", WITHDRAW, WITHDRAW, 5, NLRI, NONE},
	{"ONLY_TO_CUSTOMER non-transitive", GOOD "802304 0000fde9", WITHDRAW, WITHDRAW, 4, NLRI,
	 NONE},
	{"AS4_PATH between new speakers", GOOD "c0110a 02 02 0000fde9 0000fde8", OK, OK, 0, NLRI,
	 NONE},
	{"AS4_PATH between new speakers, malformed", GOOD "801101 00", OK, OK, 0, NLRI, NONE},
	{"AS4_AGGREGATOR between new speakers", GOOD "c01203 000000", OK, OK, 0, NLRI, NONE},
	{"AIGP, which nobody has switched on", GOOD "801a0b 01000b 0000000000000001", OK, OK, 0,
	 NLRI, NONE},
	{"AIGP transitive", GOOD "c01a03 010003", OK, OK, 0, NLRI, NONE},

	/* the MP attributes: RFC 7606 sections 3 g, 5.3 and 7.11 */
	{"MP_REACH", REACH6 ORIGIN PATH, OK, OK, 0, NONE, NONE},
	{"MP_REACH behind the others", ORIGIN PATH REACH6, OK, OK, 0, NONE, NONE},
	{"MP_REACH and no other", REACH6, WITHDRAW, WITHDRAW, 3, NONE, NONE},
	{"MP_REACH without AS_PATH", REACH6 ORIGIN, WITHDRAW, WITHDRAW, 3, NONE, NONE},
	{"MP_REACH transitive",
	 "c00e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8" ORIGIN PATH, RESET,
	 RESET, 4, NONE, NONE},
	{"MP_REACH cut short", GOOD "800e03 000201", RESET, RESET, 9, NLRI, NONE},
	{"MP_REACH of length 0", GOOD "800e00", RESET, RESET, 9, NLRI, NONE},
	{"MP_REACH without the reserved octet",
	 GOOD "800e14 0002 01 10 "
	      "20010db8000000000000000000000001",
	 RESET, RESET, 9, NLRI, NONE},
	{"MP_REACH with more next hop than value", GOOD "800e06 000201 10 0000", RESET, RESET, 9,
	 NLRI, NONE},
	{"MP_REACH twice",
	 GOOD "800e05 0003010000"
	      "800e05 0003010000",
	 RESET, RESET, 1, NLRI, NONE},
	{"MP_REACH of a family nobody knows", GOOD "800e05 0003010000", OK, OK, 0, NLRI, NONE},
	{"MP_REACH of a family nobody knows, transitive", GOOD "c00e05 0003010000", OK, OK, 0, NLRI,
	 NONE},
	{"MP_REACH of a family nobody knows, next hop past its end", GOOD "800e04 00030120", OK, OK,
	 0, NLRI, NONE},
	{"MP_REACH of a family nobody knows, and no more", GOOD "800e03 000301", OK, OK, 0, NLRI,
	 NONE},
	{"MP_REACH of a family nobody knows, twice", GOOD "800e03 000301 800e03 000301", RESET,
	 RESET, 1, NLRI, NONE},
	{"MP_REACH of IPv4 VPN, next hop with an RD",
	 "800e1d 0001 80 0c 0000000000000000 0a5ae062 00 58 000001 0000fde800000001" ORIGIN PATH,
	 OK, OK, 0, NONE, NONE},
	{"MP_REACH of IPv6 VPN, next hop with two RDs",
	 "800e35 0002 80 30 0000000000000000 20010db8000000000000000000000001"
	 "0000000000000000 fe800000000000000000000000000001 00" ORIGIN PATH,
	 OK, OK, 0, NONE, NONE},
	{"MP_REACH of IPv4 multicast", "800e0d 0001 02 04 0a5ae062 00 18 0ae901" ORIGIN PATH, OK,
	 OK, 0, NONE, NONE},
	{"MP_REACH of EVPN", "800e11 0019 46 04 0a5ae062 00 03 06 000000000000" ORIGIN PATH, OK, OK,
	 0, NONE, NONE},
	{"MP_REACH of flowspec, no next hop", "800e09 0001 85 00 00 03 0118 0a" ORIGIN PATH, OK, OK,
	 0, NONE, NONE},
	{"MP_UNREACH of a family nobody knows, transitive", GOOD "c00f03 000301", OK, OK, 0, NLRI,
	 NONE},
	{"MP_REACH of a SAFI nobody knows", GOOD "800e05 0001020000", OK, OK, 0, NLRI, NONE},
	{"MP_REACH of an unknown family, and ORIGIN 3",
	 "800e07 0003010000 08 0a"
	 "400101 03" PATH,
	 WITHDRAW, WITHDRAW, 6, NONE, NONE},
	{"MP_REACH with a next hop of 5 octets", GOOD "800e0a 0002 01 05 0102030405 00", RESET,
	 RESET, 9, NLRI, NONE},
	{"MP_REACH of IPv6 with a next hop of 4", GOOD "800e09 0002 01 04 01020304 00", RESET,
	 RESET, 9, NLRI, NONE},
	{"MP_REACH of IPv6 with a next hop of 0", GOOD "800e05 0002 01 00 00", RESET, RESET, 9,
	 NLRI, NONE},
	{"MP_REACH with a prefix of 129 bits",
	 MP6("27", "81 20010db8000000000000000000000000 00") ORIGIN PATH, RESET, RESET, 9, NONE,
	 NONE},
	{"MP_REACH with a prefix cut short", MP6("18", "20 2001") ORIGIN PATH, RESET, RESET, 9,
	 NONE, NONE},
	{"MP_REACH of no prefix", MP6("15", "") ORIGIN PATH, OK, OK, 0, NONE, NONE},
	{"MP_REACH with next hop ::",
	 "800e1a 0002 01 10 00000000000000000000000000000000 00 "
	 "20 20010db8" ORIGIN PATH,
	 WITHDRAW, WITHDRAW, 8, NONE, NONE},
	{"MP_REACH with next hop ::1",
	 "800e1a 0002 01 10 00000000000000000000000000000001 00 "
	 "20 20010db8" ORIGIN PATH,
	 WITHDRAW, WITHDRAW, 8, NONE, NONE},
	{"MP_REACH with next hop ff02::1",
	 "800e1a 0002 01 10 ff020000000000000000000000000001 00 "
	 "20 20010db8" ORIGIN PATH,
	 WITHDRAW, WITHDRAW, 8, NONE, NONE},
	{"MP_REACH of no prefix with next hop ::",
	 "800e15 0002 01 10 "
	 "00000000000000000000000000000000 00" ORIGIN PATH,
	 OK, OK, 0, NONE, NONE},
	{"MP_UNREACH", UNREACH6, OK, OK, 0, NONE, NONE},
	{"MP_UNREACH beside NLRI", GOOD UNREACH6, OK, OK, 0, NLRI, NONE},
	{"MP_UNREACH twice", UNREACH6 UNREACH6, RESET, RESET, 1, NONE, NONE},
	{"MP_UNREACH transitive", "c00f08 0002 01 20 20010db8", RESET, RESET, 4, NONE, NONE},
	{"MP_UNREACH cut short", GOOD "800f02 0002", RESET, RESET, 9, NLRI, NONE},
	{"MP_UNREACH with a prefix of 129 bits", "800f04 0002 01 81", RESET, RESET, 9, NONE, NONE},
	{"MP_UNREACH with a prefix cut short", "800f05 0002 01 20 20", RESET, RESET, 9, NONE, NONE},
	{"MP_UNREACH of a family nobody knows", "800f04 0003 01 81", OK, OK, 0, NONE, NONE},

	/* no routes to withdraw: RFC 7606 section 5.2 */
	{"attributes of no routes", GOOD, OK, OK, 0, NONE, NONE},
	{"attributes of no routes, not all", ORIGIN, OK, OK, 0, NONE, NONE},
	{"ORIGIN 3 of no routes", "400101 03" PATH NEXTHOP, RESET, RESET, 6, NONE, NONE},
	{"ORIGIN 3 of withdrawn routes", "400101 03" PATH NEXTHOP, RESET, RESET, 6, NONE,
	 "10 ac10"},
	{"ORIGIN 3 beside MP_UNREACH", UNREACH6 "400101 03", RESET, RESET, 6, NONE, NONE},
	{"ORIGIN 3 beside MP_REACH of no prefix", MP6("15", "") "400101 03" PATH, RESET, RESET, 6,
	 NONE, NONE},
	{"ORIGIN 3 beside MP_REACH", REACH6 "400101 03" PATH, WITHDRAW, WITHDRAW, 6, NONE, NONE},
	{"ATOMIC_AGGREGATE malformed, of no routes", "400601 00", DISCARD, DISCARD, 5, NONE, NONE},
	{"AGGREGATOR malformed, of withdrawn routes", "c00700", DISCARD, DISCARD, 5, NONE,
	 "10 ac10"},
	{"withdrawn routes alone", "", OK, OK, 0, NONE, "10 ac10"},
	{"NLRI without attributes", "", WITHDRAW, WITHDRAW, 3, NLRI, NONE},
};

static struct bgp_update decode_row(const struct update_ctx *ctx, const struct row *row)
{
	return decode(ctx, row->withdrawn, row->attrs, row->nlri);
}

static void verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int ibgp = 0; ibgp < 2; ibgp++) {
			struct update_ctx ctx = ctx_of(ibgp);
			struct bgp_update u = decode_row(&ctx, &rows[i]);
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
	static const char *const masked[] = {"10.233.240.0/20", "128.0.0.0/1",
					     "255.255.255.254/31"};
	struct bgp_update u;
	struct prefix p, want;
	uint32_t id;

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
	u = decode(&ctx, "", GOOD, "14 0ae9ff 01 ff 1f ffffffff");
	assert_int_equal(u.verdict, OK);
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		want = test_prefix(masked[i]);
		assert_true(nlri_next(&u.reach, &p, &id));
		assert_true(prefix_eq(&p, &want));
	}
	assert_false(nlri_next(&u.reach, &p, &id));
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
	u = decode(&ctx, "", "800f03 000101", "");
	assert_int_equal(u.eor, AFI_IP4);
	u = decode(&ctx, "", "800f03 000201" ORIGIN, "");
	assert_int_equal(u.eor, 0);
	u = decode(&ctx, "", "800f03 000201 c00804 fde80001", "");
	assert_int_equal(u.eor, 0);
	u = decode(&ctx, "10 ac10", "800f03 000201", "");
	assert_int_equal(u.eor, 0);
	u = decode(&ctx, "10 ac10", "", "");
	assert_int_equal(u.eor, 0);
	ctx.agreed.families = FAMILY_BIT(FAMILY_IP4);
	u = decode(&ctx, "", "800f03 000201", "");
	assert_int_equal(u.eor, 0);
	assert_int_equal(u.ignored, 1);
	assert_int_equal(u.verdict, OK);
	ctx.agreed.families = FAMILY_BIT(FAMILY_IP6);
	for (int form = 0; form < 2; form++) {
		u = decode(&ctx, "", form ? "800f03 000101" : "", "");
		assert_int_equal(u.eor, 0);
		assert_int_equal(u.ignored, 1);
		assert_int_equal(u.verdict, OK);
	}
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

/* MP_REACH_NLRI's next hop in all the forms that are seen: RFC 2545, RFC 4760, RFC 8950. */
static void next_hops(void **state)
{
#define GLOBAL "20010db8000000000000000000000001"
#define LOCAL  "fe800000000000000000000000000001"
#define ZERO   "00000000000000000000000000000000"
	static const struct {
		const char *what, *attr, *global, *local; /* local: NULL for none */
	} cases[] = {
		{"global", "800e1a 0002 01 10" GLOBAL "00 20 20010db8", "2001:db8::1", NULL},
		{"global and link-local", "800e2a 0002 01 20" GLOBAL LOCAL "00 20 20010db8",
		 "2001:db8::1", "fe80::1"},
		{"link-local alone", "800e1a 0002 01 10" LOCAL "00 20 20010db8", "fe80::1",
		 "fe80::1"},
		{"link-local twice", "800e2a 0002 01 20" LOCAL LOCAL "00 20 20010db8", "fe80::1",
		 "fe80::1"},
		{"link-local and nothing", "800e2a 0002 01 20" LOCAL ZERO "00 20 20010db8",
		 "fe80::1", "fe80::1"},
		{"nothing and link-local", "800e2a 0002 01 20" ZERO LOCAL "00 20 20010db8",
		 "fe80::1", "fe80::1"},
		{"global and nothing", "800e2a 0002 01 20" GLOBAL ZERO "00 20 20010db8",
		 "2001:db8::1", NULL},
		{"global twice", "800e2a 0002 01 20" GLOBAL GLOBAL "00 20 20010db8", "2001:db8::1",
		 NULL},
		{"IPv4 in MP_REACH", "800e0d 0001 01 04 0a5ae062 00 18 0ae901", "10.90.224.98",
		 NULL},
		{"IPv4 over IPv6", "800e19 0001 01 10" GLOBAL "00 18 0ae901", "2001:db8::1", NULL},
		{"IPv4 over link-local", "800e29 0001 01 20" GLOBAL LOCAL "00 18 0ae901",
		 "2001:db8::1", "fe80::1"},
		{"reserved octet set", "800e1a 0002 01 10" GLOBAL "ff 20 20010db8", "2001:db8::1",
		 NULL},
	};
	struct update_ctx ctx = ctx_of(false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char attrs[512];
		struct bgp_update u;
		struct addr global = test_addr(cases[i].global), local = {0};

		if (cases[i].local)
			local = test_addr(cases[i].local);
		snprintf(attrs, sizeof(attrs), "%s" ORIGIN PATH, cases[i].attr);
		u = decode(&ctx, "", attrs, "");
		if (u.verdict != OK)
			fail_msg("%s: verdict %d", cases[i].what, u.verdict);
		if (!addr_eq(&u.mp_attrs.nexthop, &global) ||
		    !addr_eq(&u.mp_attrs.nexthop_local, &local))
			fail_msg("%s: another next hop", cases[i].what);
		assert_true(u.mp_attrs.has & ATTR_HAS_NEXT_HOP);
		assert_false(u.attrs.has & ATTR_HAS_NEXT_HOP);
	}
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

/* RFC 4271 section 6.3: the NOTIFICATION shows the attribute that broke the session. */
static void notification_data(void **state)
{
	static const struct {
		const char *attrs, *data;
	} cases[] = {
		{GOOD "800e03 000201", "800e03 000201"},
		{GOOD "900e0003 000201", "900e0003 000201"},
		{GOOD "800f02 0002", "800f02 0002"},
		{GOOD "c00f03 000201", "c00f03 000201"},
		{GOOD "800e0a 0002 01 05 0102030405 00", "800e0a 0002 01 05 0102030405 00"},
	};
	struct update_ctx ctx = ctx_of(false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_update u = decode(&ctx, "", cases[i].attrs, NLRI);
		uint8_t want[64];
		size_t n = test_hex(cases[i].data, want, sizeof(want));

		assert_int_equal(u.verdict, RESET);
		assert_int_equal(u.err.data_len, n);
		assert_memory_equal(u.err.data, want, n);
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

/* What is encoded decodes to the same: attributes, prefix and, in MP_REACH_NLRI, next hop. */
static void assert_round_trip(const char *what, const struct update_ctx *ctx,
			      const struct attr_set *set, struct nlri n)
{
	static uint8_t scratch2[ATTR_SCRATCH];
	uint8_t buf[4096], again[4096];
	struct wr wr = wr_init(buf, sizeof(buf)), second = wr_init(again, sizeof(again));
	struct bgp_update back;
	struct prefix p, q;
	struct nlri m;
	uint32_t id;

	if (!nlri_next(&n, &p, &id))
		return;
	assert_int_equal(update_encode_reach(ctx, set, &p, 1, BGP_MSG_MAX, &wr), 1);
	assert_true(wr_ok(&wr));
	update_decode(ctx, rd_init(buf + BGP_HEADER_LEN, wr_len(&wr) - BGP_HEADER_LEN), scratch2,
		      &back);
	if (back.verdict != OK)
		fail_msg("%s: verdict %d of its own encoding", what, back.verdict);
	m = rd_left(&back.reach.rd) ? back.reach : back.mp_reach;
	assert_same_set(set, rd_left(&back.reach.rd) ? &back.attrs : &back.mp_attrs);
	assert_true(nlri_next(&m, &q, &id));
	assert_true(prefix_eq(&p, &q));
	/* one encoding for equal contents */
	assert_int_equal(update_encode_reach(ctx,
					     rd_left(&back.reach.rd) ? &back.attrs : &back.mp_attrs,
					     &p, 1, BGP_MSG_MAX, &second),
			 1);
	assert_int_equal(wr_len(&second), wr_len(&wr));
	assert_memory_equal(buf, again, wr_len(&wr));
}

/* Every row that holds routes, for new and old speakers. */
static void round_trips(void **state)
{
	int n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int v = 0; v < 4; v++) {
			struct update_ctx ctx = ctx_of(v & 1), out = ctx;
			struct bgp_update u = decode_row(&ctx, &rows[i]);

			if (u.verdict >= WITHDRAW)
				continue;
			out.attr.as4 = out.agreed.as4 = v & 2;
			assert_round_trip(rows[i].what, &out, &u.attrs, u.reach);
			assert_round_trip(rows[i].what, &out, &u.mp_attrs, u.mp_reach);
			n++;
		}
	}
	assert_true(n > 100);
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

/* Every max and every buffer from too small on: never a message larger than either, and prefixes as
 * soon as one fits. */
static void tight(void **state)
{
	static const char *const prefixes[] = {"10.0.0.0/8", "10.1.2.0/24", "0.0.0.0/0",
					       "10.1.2.3/32"};
	struct update_ctx ctx = ctx_of(false);
	struct bgp_update u = decode(&ctx, "", GOOD "c00804 fde80001", NLRI);
	struct bgp_update six = decode(&ctx, "", MP6("1a", "20 20010db8 ") GOOD, NLRI);
	struct prefix p[4], p6[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		p[i] = test_prefix(prefixes[i]);
		p6[i] = test_prefix(i & 1 ? "2001:db8:1::/48" : "2001:db8::/33");
	}
	for (int kind = 0; kind < 3; kind++) {
		size_t last = 0;

		for (size_t max = BGP_HEADER_LEN; max < 140; max++) {
			uint8_t buf[140], small[140];
			struct wr wr = wr_init(buf, sizeof(buf)), cut = wr_init(small, max);
			size_t n, m;

			if (kind == 0) {
				n = update_encode_reach(&ctx, &u.attrs, p, 4, max, &wr);
				m = update_encode_reach(&ctx, &u.attrs, p, 4, 4096, &cut);
			} else if (kind == 1) {
				n = update_encode_reach(&ctx, &six.mp_attrs, p6, 4, max, &wr);
				m = update_encode_reach(&ctx, &six.mp_attrs, p6, 4, 4096, &cut);
			} else {
				n = update_encode_withdraw(&ctx, p6, 4, max, &wr);
				m = update_encode_withdraw(&ctx, p6, 4, 4096, &cut);
			}
			assert_int_equal(n, m);
			assert_int_equal(wr_ok(&wr), n > 0);
			assert_int_equal(wr_ok(&cut), n > 0);
			assert_true(n >= last);
			last = n;
			if (!n)
				continue;
			assert_true(wr_len(&wr) <= max);
			assert_int_equal(buf[16] << 8 | buf[17], wr_len(&wr));
			assert_memory_equal(buf, small, wr_len(&wr));
			assert_true(n == 4 || wr_len(&wr) + 7 > max);
		}
		assert_int_equal(last, 4);
	}
}

/* Nothing is read past the end, whatever is in the message: under the address sanitizer this is the
 * test. */
static void mangled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[8192];
		size_t n = body(rows[i].withdrawn, rows[i].attrs, rows[i].nlri, buf);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),    cmocka_unit_test(structure),
		cmocka_unit_test(content),     cmocka_unit_test(end_of_rib),
		cmocka_unit_test(families),    cmocka_unit_test(next_hops),
		cmocka_unit_test(add_path),    cmocka_unit_test(notification_data),
		cmocka_unit_test(round_trips), cmocka_unit_test(packing),
		cmocka_unit_test(tight),       cmocka_unit_test(mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
