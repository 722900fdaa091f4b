/*
 * Each attribute that we know with each fault that one can have, over eBGP and over iBGP, and the
 * RFC section that the verdict is from. A cell that is missing fails the test.
 *
 * Faults are made from the attribute as it should be; the rest of the UPDATE is good, and it has
 * NLRI. What is not about one attribute is update_test's.
 */
#include "test/unit/test.h"

#include "agent/bgp/update.h"

enum fault {
	NONE,       /* as it should be */
	OPTIONAL,   /* that flag is the other way round */
	TRANSITIVE, /* likewise */
	PARTIAL,    /* set, where it means nothing or something */
	EXTENDED,   /* two octets of length for a short value */
	EMPTY,      /* of length 0 */
	SHORT,      /* an octet less */
	LONG,       /* an octet more */
	TWICE,      /* the second one another value */
	CUT,        /* the list ends before it does */
	SEMANTIC,   /* a value of the right form that says what it must not */
	FAULTS
};

static const char *const fault_names[FAULTS] = {
	"as it should be", "other Optional flag", "other Transitive flag",
	"Partial flag",    "Extended Length",     "length 0",
	"an octet short",  "an octet long",       "twice",
	"cut by the list", "impossible value",
};

enum {
	OK = 1 + UPDATE_OK,
	DISCARD = 1 + UPDATE_DISCARD_ATTR,
	WITHDRAW = 1 + UPDATE_TREAT_WITHDRAW,
	RESET = 1 + UPDATE_RESET,
	NEVER, /* there is no such fault of it */
};

struct cell {
	uint8_t ebgp, ibgp; /* 0: missing */
	const char *cite;
};

struct row {
	enum attr_code type;
	uint8_t flags;
	bool old; /* the session is one with a speaker of 2-octet ASNs */
	const char *value, *semantic;
	struct cell cells[FAULTS];
};

#define MP6_VALUE "0002 01 10 20010db8000000000000000000000001 00 20 20010db8"
#define MP6_BAD   "0002 01 05 2001000000 00 20 20010db8"
#define FINE                           \
	{                              \
		OK, OK, "RFC 4271 4.3" \
	}
#define DOUBLE                                   \
	{                                        \
		DISCARD, DISCARD, "RFC 7606 3 g" \
	}
#define CUT_SHORT                                \
	{                                        \
		WITHDRAW, WITHDRAW, "RFC 7606 4" \
	}
#define NOTHING                                         \
	{                                               \
		NEVER, NEVER, "every value is possible" \
	}
#define BOTH(v, c)      \
	{               \
		v, v, c \
	}
/* over eBGP it is discarded before it is looked at */
#define INNER(c)                \
	{                       \
		OK, WITHDRAW, c \
	}

static const struct row rows[] = {
	/* clang-format off */
	{ATTR_ORIGIN, 0x40, false, "00", "03", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 7606 7.1"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.1"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.1"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(WITHDRAW, "RFC 7606 7.1")}},
	{ATTR_AS_PATH, 0x40, false, "02 02 0000fde9 0000fde8", "02 02 0000fde9 00000000", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(OK, "RFC 7606 4: may be of length 0"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.2"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.2"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(WITHDRAW, "RFC 7607 2")}},
	{ATTR_NEXT_HOP, 0x40, false, "0a5ae062", "e0000005", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 7606 7.3"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.3"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.3"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(WITHDRAW, "RFC 7606 3 e, RFC 4271 6.3")}},
	{ATTR_MED, 0x80, false, "00000005", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 7606 7.4"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.4"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.4"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_LOCAL_PREF, 0x40, false, "00000064", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = INNER("RFC 7606 7.5, 3 c"),
		[TRANSITIVE] = INNER("RFC 7606 7.5, 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = INNER("RFC 7606 7.5"),
		[SHORT] = INNER("RFC 7606 7.5"),
		[LONG] = INNER("RFC 7606 7.5"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_ATOMIC_AGGREGATE, 0x40, false, "", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(DISCARD, "RFC 7606 3 f"),
		[TRANSITIVE] = BOTH(DISCARD, "RFC 7606 3 f"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(OK, "RFC 7606 7.6"),
		[SHORT] = BOTH(NEVER, "it has no octet to lose"),
		[LONG] = BOTH(DISCARD, "RFC 7606 7.6"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_AGGREGATOR, 0xc0, false, "0000fde9 0a000001", "00000000 0a000001", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(DISCARD, "RFC 7606 3 f"),
		[TRANSITIVE] = BOTH(DISCARD, "RFC 7606 3 f"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(DISCARD, "RFC 7606 7.7"),
		[SHORT] = BOTH(DISCARD, "RFC 7606 7.7"),
		[LONG] = BOTH(DISCARD, "RFC 7606 7.7"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(DISCARD, "RFC 7607 2")}},
	{ATTR_COMMUNITIES, 0xc0, false, "fde80001 fde80002", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 7606 7.8"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.8"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.8"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_ORIGINATOR_ID, 0x80, false, "0a000001", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = INNER("RFC 7606 7.9, 3 c"),
		[TRANSITIVE] = INNER("RFC 7606 7.9, 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = INNER("RFC 7606 7.9"),
		[SHORT] = INNER("RFC 7606 7.9"),
		[LONG] = INNER("RFC 7606 7.9"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_CLUSTER_LIST, 0x80, false, "0a000001 0a000002", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = INNER("RFC 7606 7.10, 3 c"),
		[TRANSITIVE] = INNER("RFC 7606 7.10, 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = INNER("RFC 7606 7.10"),
		[SHORT] = INNER("RFC 7606 7.10"),
		[LONG] = INNER("RFC 7606 7.10"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_MP_REACH, 0x80, false, MP6_VALUE, MP6_BAD, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(RESET, "RFC 7606 5.3"),
		[TRANSITIVE] = BOTH(RESET, "RFC 7606 5.3"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(RESET, "RFC 7606 5.3"),
		[SHORT] = BOTH(RESET, "RFC 7606 5.3"),
		[LONG] = BOTH(OK, "an octet more is ::/0"),
		[TWICE] = BOTH(RESET, "RFC 7606 3 g"),
		[CUT] = BOTH(RESET, "RFC 7606 3 j"),
		[SEMANTIC] = BOTH(RESET, "RFC 7606 7.11")}},
	{ATTR_MP_UNREACH, 0x80, false, "0002 01 20 20010db8", "0002 01 81 20010db8", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(RESET, "RFC 7606 5.3"),
		[TRANSITIVE] = BOTH(RESET, "RFC 7606 5.3"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(RESET, "RFC 7606 5.3"),
		[SHORT] = BOTH(RESET, "RFC 7606 5.3"),
		[LONG] = BOTH(OK, "an octet more is ::/0"),
		[TWICE] = BOTH(RESET, "RFC 7606 3 g"),
		[CUT] = BOTH(RESET, "RFC 7606 3 j"),
		[SEMANTIC] = BOTH(RESET, "RFC 7606 5.3")}},
	{ATTR_EXT_COMMUNITIES, 0xc0, false, "0002fde800000001", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 7606 7.14"),
		[SHORT] = BOTH(WITHDRAW, "RFC 7606 7.14"),
		[LONG] = BOTH(WITHDRAW, "RFC 7606 7.14"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_AS4_PATH, 0xc0, true, "02 01 00010000", "02 01 00000000", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(DISCARD, "RFC 6793 6"),
		[TRANSITIVE] = BOTH(DISCARD, "RFC 6793 6"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(DISCARD, "RFC 6793 6"),
		[SHORT] = BOTH(DISCARD, "RFC 6793 6"),
		[LONG] = BOTH(DISCARD, "RFC 6793 6"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(DISCARD, "RFC 7607 2")}},
	{ATTR_AS4_AGGREGATOR, 0xc0, true, "00010000 0a000001", "00000000 0a000001", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(DISCARD, "RFC 6793 6"),
		[TRANSITIVE] = BOTH(DISCARD, "RFC 6793 6"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(DISCARD, "RFC 6793 6"),
		[SHORT] = BOTH(DISCARD, "RFC 6793 6"),
		[LONG] = BOTH(DISCARD, "RFC 6793 6"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT,
		[SEMANTIC] = BOTH(DISCARD, "RFC 7607 2")}},
	/* between speakers of 4-octet ASNs nobody may send them: dropped unseen (RFC 6793 4.1) */
	{ATTR_AS4_PATH, 0xc0, false, "02 01 00010000", "02 01 00000000", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(OK, "RFC 6793 4.1"), [TRANSITIVE] = BOTH(OK, "RFC 6793 4.1"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(OK, "RFC 6793 4.1"), [SHORT] = BOTH(OK, "RFC 6793 4.1"),
		[LONG] = BOTH(OK, "RFC 6793 4.1"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = BOTH(OK, "RFC 6793 4.1")}},
	{ATTR_AS4_AGGREGATOR, 0xc0, false, "00010000 0a000001", "00000000 0a000001", {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(OK, "RFC 6793 4.1"), [TRANSITIVE] = BOTH(OK, "RFC 6793 4.1"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(OK, "RFC 6793 4.1"), [SHORT] = BOTH(OK, "RFC 6793 4.1"),
		[LONG] = BOTH(OK, "RFC 6793 4.1"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = BOTH(OK, "RFC 6793 4.1")}},
	{ATTR_AIGP, 0x80, false, "01 000b 0000000000000001", "01 0002 0000000000000001", {
		[NONE] = BOTH(OK, "RFC 7311 3.3: dropped where it is not enabled"),
		[OPTIONAL] = BOTH(OK, "RFC 7311 3.3"), [TRANSITIVE] = BOTH(OK, "RFC 7311 3.3"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(OK, "RFC 7311 3.3"), [SHORT] = BOTH(OK, "RFC 7311 3.3"),
		[LONG] = BOTH(OK, "RFC 7311 3.3"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = BOTH(OK, "RFC 7311 3.3")}},
	{ATTR_LARGE_COMMUNITIES, 0xc0, false, "000000010000000200000003", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 8092 6"),
		[SHORT] = BOTH(WITHDRAW, "RFC 8092 6"),
		[LONG] = BOTH(WITHDRAW, "RFC 8092 6"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	{ATTR_OTC, 0xc0, false, "0000fde9", NULL, {
		[NONE] = FINE,
		[OPTIONAL] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[TRANSITIVE] = BOTH(WITHDRAW, "RFC 7606 3 c"),
		[PARTIAL] = FINE, [EXTENDED] = FINE,
		[EMPTY] = BOTH(WITHDRAW, "RFC 9234 5"),
		[SHORT] = BOTH(WITHDRAW, "RFC 9234 5"),
		[LONG] = BOTH(WITHDRAW, "RFC 9234 5"),
		[TWICE] = DOUBLE, [CUT] = CUT_SHORT, [SEMANTIC] = NOTHING}},
	/* clang-format on */
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- making them ------------------------------------------------------------------------------
 */

static void put_attr(struct wr *wr, uint8_t flags, uint8_t type, const uint8_t *value, size_t len,
		     size_t said)
{
	wr_u8(wr, flags);
	wr_u8(wr, type);
	if (flags & ATTR_FLAG_EXTENDED)
		wr_u16(wr, (uint16_t)said);
	else
		wr_u8(wr, (uint8_t)said);
	wr_bytes(wr, value, len);
}

/* The mandatory ones but for the type under test. */
static void put_others(const struct row *row, struct wr *wr)
{
	static const uint8_t origin[] = {0}, hop[] = {10, 90, 224, 98};
	static const uint8_t path4[] = {2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xe8};
	static const uint8_t path2[] = {2, 2, 0xfd, 0xe9, 0x5b, 0xa0};

	if (row->type != ATTR_ORIGIN)
		put_attr(wr, 0x40, ATTR_ORIGIN, origin, 1, 1);
	if (row->type != ATTR_AS_PATH && row->old)
		put_attr(wr, 0x40, ATTR_AS_PATH, path2, sizeof(path2), sizeof(path2));
	else if (row->type != ATTR_AS_PATH)
		put_attr(wr, 0x40, ATTR_AS_PATH, path4, sizeof(path4), sizeof(path4));
	if (row->type != ATTR_NEXT_HOP)
		put_attr(wr, 0x40, ATTR_NEXT_HOP, hop, 4, 4);
	if (row->type == ATTR_AS4_AGGREGATOR && row->old) {
		static const uint8_t aggregator[] = {0x5b, 0xa0, 10, 0, 0, 1};

		put_attr(wr, 0xc0, ATTR_AGGREGATOR, aggregator, sizeof(aggregator), 6);
	}
}

static void put_faulty(const struct row *row, enum fault fault, struct wr *wr)
{
	uint8_t value[64] = {0}, flags = row->flags;
	size_t len = test_hex(fault == SEMANTIC ? row->semantic : row->value, value, sizeof(value));
	size_t said;

	switch (fault) {
	case OPTIONAL:
		flags ^= ATTR_FLAG_OPTIONAL;
		break;
	case TRANSITIVE:
		flags ^= ATTR_FLAG_TRANSITIVE;
		break;
	case PARTIAL:
		flags |= ATTR_FLAG_PARTIAL;
		break;
	case EXTENDED:
		flags |= ATTR_FLAG_EXTENDED;
		break;
	case EMPTY:
		len = 0;
		break;
	case SHORT:
		len--;
		break;
	case LONG:
		len++;
		break;
	default:
		break;
	}
	said = fault == CUT ? len + 1 : len;
	put_attr(wr, flags, (uint8_t)row->type, value, len, said);
	if (fault != TWICE)
		return;
	if (len)
		value[len - 1] ^= 1;
	put_attr(wr, flags, (uint8_t)row->type, value, len, len);
}

static struct bgp_update decode(const struct row *row, enum fault fault, bool ibgp)
{
	static uint8_t buf[512], scratch[ATTR_SCRATCH];
	struct update_ctx ctx = {
		.attr = {.as4 = !row->old,
			 .ibgp = ibgp,
			 .local_as = 65000,
			 .remote_as = ibgp ? 65000 : 65001},
		.agreed = {.families = 3, .as4 = !row->old},
	};
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_update u;
	uint8_t *mark;

	wr_u16(&wr, 0);
	mark = wr_mark16(&wr);
	put_others(row, &wr);
	put_faulty(row, fault, &wr);
	wr_fill16(&wr, mark);
	wr_u32(&wr, 0x180ae901); /* 10.233.1.0/24 */
	assert_true(wr_ok(&wr));
	update_decode(&ctx, rd_init(buf, wr_len(&wr)), scratch, &u);
	return u;
}

/* ---- the table --------------------------------------------------------------------------------
 */

static void verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		for (unsigned int f = 0; f < FAULTS; f++) {
			const struct cell *cell = &rows[i].cells[f];

			if (!cell->ebgp || !cell->ibgp || !cell->cite)
				fail_msg("%s, %s: no cell", attr_name((uint8_t)rows[i].type),
					 fault_names[f]);
			if (cell->ebgp == NEVER)
				continue;
			for (int ibgp = 0; ibgp < 2; ibgp++) {
				struct bgp_update u = decode(&rows[i], (enum fault)f, ibgp);
				int want = (ibgp ? cell->ibgp : cell->ebgp) - 1;

				if ((int)u.verdict != want)
					fail_msg("%s, %s, %s: verdict %d (%s), not %d of %s",
						 attr_name((uint8_t)rows[i].type), fault_names[f],
						 ibgp ? "iBGP" : "eBGP", u.verdict,
						 u.err.what ? u.err.what : "fine", want,
						 cell->cite);
				/* the fault is told of the attribute that has it */
				if (want > UPDATE_OK)
					assert_int_equal(u.bad_attr, rows[i].type);
			}
		}
	}
}

/* Every type that has a name has its row, so that a new attribute comes with its faults. */
static void complete(void **state)
{
	(void)state;
	for (unsigned int type = 0; type <= UINT8_MAX; type++) {
		bool known = strcmp(attr_name((uint8_t)type), "unknown attribute") != 0;
		bool found = false;

		for (size_t i = 0; i < N_ROWS; i++)
			found |= (unsigned int)rows[i].type == type;
		if (known != found)
			fail_msg("type %u", type);
	}
}

/* RFC 4271 section 5 and RFC 7606 section 3 d: what is missing. */
static void missing(void **state)
{
	static const struct {
		enum attr_code type;
		int verdict;
	} cases[] = {
		{ATTR_ORIGIN, UPDATE_TREAT_WITHDRAW},
		{ATTR_AS_PATH, UPDATE_TREAT_WITHDRAW},
		{ATTR_NEXT_HOP, UPDATE_TREAT_WITHDRAW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* an unknown attribute stands in its place */
		struct row row = {.type = cases[i].type, .value = "", .flags = 0xc0};
		static uint8_t buf[256], scratch[ATTR_SCRATCH];
		struct update_ctx ctx = {.attr = {.as4 = true},
					 .agreed = {.families = 3, .as4 = true}};
		struct wr wr = wr_init(buf, sizeof(buf));
		struct bgp_update u;
		uint8_t *mark;

		wr_u16(&wr, 0);
		mark = wr_mark16(&wr);
		put_others(&row, &wr);
		put_attr(&wr, 0xc0, 250, buf, 1, 1);
		wr_fill16(&wr, mark);
		wr_u32(&wr, 0x180ae901);
		update_decode(&ctx, rd_init(buf, wr_len(&wr)), scratch, &u);
		assert_int_equal(u.verdict, cases[i].verdict);
		assert_int_equal(u.err.subcode, BGP_UPDATE_MISSING_WELL_KNOWN);
		assert_int_equal(u.bad_attr, cases[i].type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(complete),
		cmocka_unit_test(missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
