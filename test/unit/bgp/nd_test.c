/* nd: which messages count as a router's, by the rules of RFC 4861 section 6.1. */
#include "test/unit/test.h"

#include "agent/bgp/nd.h"

static void decodes(void **state)
{
	static const struct {
		const char *hex, *from;
		uint8_t hop_limit;
		enum nd_type is;
	} rows[] = {
		/* as FRR sends it: lifetime, and its link-layer address */
		{"86 00 1234 40 00 001e 00000000 00000000 01 01 020000000707", "fe80::1", 255,
		 ND_ADVERT},
		/* nobody's default router, no option */
		{"86 00 0000 00 00 0000 00000000 00000000", "fe80::1", 255, ND_ADVERT},
		/* with options that nobody needs: MTU, prefix information */
		{"86 00 0000 00 00 0000 00000000 00000000 05 01 0000 00000578 "
		 "03 04 40 c0 00000000 00000000 00000000 20010db8000000000000000000000000",
		 "fe80::1", 255, ND_ADVERT},
		{"85 00 0000 00000000", "fe80::1", 255, ND_SOLICIT},
		{"85 00 0000 00000000", "::", 255, ND_SOLICIT},
		/* forwarded: from another link */
		{"86 00 0000 00 00 0000 00000000 00000000", "fe80::1", 254, ND_NONE},
		/* not a link-local sender */
		{"86 00 0000 00 00 0000 00000000 00000000", "2001:db8::1", 255, ND_NONE},
		/* a code */
		{"86 01 0000 00 00 0000 00000000 00000000", "fe80::1", 255, ND_NONE},
		/* an option of length 0, one that is cut short, half an option */
		{"86 00 0000 00 00 0000 00000000 00000000 01 00", "fe80::1", 255, ND_NONE},
		{"86 00 0000 00 00 0000 00000000 00000000 01 01 0200", "fe80::1", 255, ND_NONE},
		{"86 00 0000 00 00 0000 00000000 00000000 01", "fe80::1", 255, ND_NONE},
		/* a neighbour solicitation, and nothing */
		{"87 00 0000 00000000 fe800000000000000000000000000001", "fe80::1", 255, ND_NONE},
		{"", "fe80::1", 255, ND_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr from = test_addr(rows[i].from);
		uint8_t msg[256];
		size_t n = test_hex(rows[i].hex, msg, sizeof(msg));
		enum nd_type is = nd_decode(rd_init(msg, n), &from, rows[i].hop_limit);

		if (is != rows[i].is)
			fail_msg("%s from %s: %d", rows[i].hex, rows[i].from, is);
		/* shorter it is less, or the same without its options */
		for (size_t cut = 0; cut < n; cut++) {
			uint8_t *copy = malloc(cut + 1);

			memcpy(copy, msg, cut);
			is = nd_decode(rd_init(copy, cut), &from, rows[i].hop_limit);
			assert_true(is == ND_NONE || is == (enum nd_type)msg[0]);
			free(copy);
		}
	}
}

/* What we say is understood by ourselves, and makes us nobody's default router. */
static void encodes(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 7, 7};
	struct addr from = test_addr("fe80::1");
	uint8_t buf[ND_MSG_MAX], want[ND_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));
	size_t n;

	(void)state;
	nd_encode_advert(mac, &wr);
	assert_true(wr_ok(&wr));
	n = test_hex("86 00 0000 00 00 0000 00000000 00000000 01 01 020000000707", want,
		     sizeof(want));
	assert_int_equal(wr_len(&wr), n);
	assert_memory_equal(buf, want, n);
	assert_int_equal(nd_decode(rd_init(buf, n), &from, 255), ND_ADVERT);
	wr = wr_init(buf, sizeof(buf));
	nd_encode_solicit(NULL, &wr);
	n = test_hex("85 00 0000 00000000", want, sizeof(want));
	assert_int_equal(wr_len(&wr), n);
	assert_memory_equal(buf, want, n);
	assert_int_equal(nd_decode(rd_init(buf, n), &from, 255), ND_SOLICIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(encodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
