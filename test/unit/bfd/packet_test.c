/* BFD Control packets: vectors decoded, encoded again, cut at every length, and one of each fault.
 */
#include "test/unit/test.h"

#include "agent/bfd/packet.h"

/* As FRR's bfdd sends it: Up, C bit, 300 ms, multiplier 3. */
#define VECTOR_UP   "20 c8 03 18 d6 1b 1c c0 00 00 00 2a 00 04 93 e0 00 04 93 e0 00 00 c3 50"
/* As BIRD begins: Down, not knowing whom it talks to, P. */
#define VECTOR_POLL "20 60 05 18 b2 88 6d 2a 00 00 00 00 00 0f 42 40 00 00 27 10 00 00 00 00"

static enum bfd_verdict decode(const char *hex, struct bfd_packet *p)
{
	uint8_t buf[128];
	size_t n = test_hex(hex, buf, sizeof(buf));

	return bfd_packet_decode(rd_init(buf, n), p);
}

static void decodes(void **state)
{
	struct bfd_packet p;

	(void)state;
	assert_int_equal(decode(VECTOR_UP, &p), BFD_OK);
	assert_int_equal(p.state, BFD_UP);
	assert_int_equal(p.diag, BFD_DIAG_NONE);
	assert_false(p.poll || p.final || p.demand);
	assert_true(p.independent);
	assert_int_equal(p.mult, 3);
	assert_int_equal(p.my_discr, 0xd61b1cc0);
	assert_int_equal(p.your_discr, 42);
	assert_int_equal(p.min_tx, 300000);
	assert_int_equal(p.min_rx, 300000);
	assert_int_equal(p.min_echo_rx, 50000);

	assert_int_equal(decode(VECTOR_POLL, &p), BFD_OK);
	assert_int_equal(p.state, BFD_DOWN);
	assert_true(p.poll);
	assert_false(p.independent);
	assert_int_equal(p.your_discr, 0);
	assert_int_equal(p.min_tx, 1000000);
	assert_int_equal(p.min_rx, 10000);
}

static void encodes_what_it_decoded(void **state)
{
	static const char *const vectors[] = {VECTOR_UP, VECTOR_POLL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t in[64], out[64];
		size_t n = test_hex(vectors[i], in, sizeof(in));
		struct wr wr = wr_init(out, sizeof(out));
		struct bfd_packet p;

		assert_int_equal(bfd_packet_decode(rd_init(in, n), &p), BFD_OK);
		bfd_packet_encode(&p, &wr);
		assert_true(wr_ok(&wr));
		assert_int_equal(wr_len(&wr), n);
		assert_memory_equal(in, out, n);
	}
}

static void every_flag_has_its_bit(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 1u << 6; bits++) {
		struct bfd_packet p = {.state = bits & 3,
				       .diag = 31,
				       .poll = bits & 4,
				       .final = bits & 8,
				       .independent = bits & 16,
				       .demand = bits & 32,
				       .mult = 255,
				       .my_discr = 1,
				       .your_discr = 0xffffffff,
				       .min_tx = 1,
				       .min_rx = 2,
				       .min_echo_rx = 3};
		struct bfd_packet back;
		uint8_t buf[BFD_PACKET_LEN];
		struct wr wr = wr_init(buf, sizeof(buf));

		bfd_packet_encode(&p, &wr);
		assert_true(wr_ok(&wr));
		assert_int_equal(bfd_packet_decode(rd_init(buf, sizeof(buf)), &back), BFD_OK);
		assert_int_equal(back.state, p.state);
		assert_int_equal(back.diag, 31);
		assert_int_equal(back.poll, p.poll);
		assert_int_equal(back.final, p.final);
		assert_int_equal(back.independent, p.independent);
		assert_int_equal(back.demand, p.demand);
	}
}

/* Each length in a block of its own, so that the sanitizer sees one octet too many. */
static void cut_anywhere(void **state)
{
	uint8_t whole[64];
	size_t n = test_hex(VECTOR_UP, whole, sizeof(whole));

	(void)state;
	for (size_t len = 0; len < n; len++) {
		uint8_t *part = malloc(len ? len : 1);
		struct bfd_packet p = {.mult = 77};

		assert_non_null(part);
		memcpy(part, whole, len);
		assert_int_equal(bfd_packet_decode(rd_init(part, len), &p), BFD_SHORT);
		assert_int_equal(p.mult, 77);
		free(part);
	}
}

/* RFC 5880 section 6.8.6, check by check. */
static void faults(void **state)
{
	static const struct {
		const char *hex;
		enum bfd_verdict verdict;
	} rows[] = {
		{"00 c8 03 18 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_VERSION},
		{"40 c8 03 18 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_VERSION},
		{"20 c8 03 17 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_LENGTH},
		{"20 c8 03 00 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_LENGTH},
		/* the A bit needs two octets more */
		{"20 c4 03 19 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00 01 02",
		 BFD_BAD_LENGTH},
		{"20 c8 03 19 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_SHORT},
		{"20 c8 00 18 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_MULT},
		{"20 c9 03 18 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_MULTIPOINT},
		{"20 c8 03 18 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_MY_DISCR},
		{"20 c8 03 18 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_YOUR_DISCR},
		{"20 88 03 18 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00",
		 BFD_BAD_YOUR_DISCR},
		{"20 08 03 18 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00", BFD_OK},
		/* simple password "x", key 1 */
		{"20 c4 03 1c 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00 01 04 01 "
		 "78",
		 BFD_AUTHENTICATED},
		/* longer than its length: what stands behind is passed over */
		{"20 c8 03 18 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00 ff ff",
		 BFD_OK},
		/* a length that covers more than the fields */
		{"20 c8 03 1a 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 01 00 00 00 00 ff ff",
		 BFD_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bfd_packet p = {0};

		if (decode(rows[i].hex, &p) != rows[i].verdict)
			fail_msg("%s: %s", rows[i].hex, bfd_verdict_name(decode(rows[i].hex, &p)));
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(bfd_state_name(BFD_ADMIN_DOWN), "AdminDown");
	assert_string_equal(bfd_state_name(BFD_STATES), "?");
	assert_string_equal(bfd_diag_name(BFD_DIAG_NEIGHBOR_DOWN),
			    "neighbor signaled session down");
	assert_string_equal(bfd_diag_name(9), "unassigned");
	assert_string_equal(bfd_verdict_name(BFD_AUTHENTICATED), "authenticated");
	assert_string_equal(bfd_verdict_name(BFD_VERDICTS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(encodes_what_it_decoded),
		cmocka_unit_test(every_flag_has_its_bit),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(faults),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
