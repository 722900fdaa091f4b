/*
 * What a peer answers to a message that it must not take: each fault of an OPEN, and each message
 * in each state that it does not belong to. The NOTIFICATION is looked at as the octets that go out
 * (RFC 4271 section 6, RFC 6608).
 */
#include "test/unit/bgp/pair.h"

#define MARKER "ffffffffffffffffffffffffffffffff"

static void hears(const char *hex)
{
	uint8_t buf[512];

	peer_recv(a.peer, CONN_OUT, buf, test_hex(hex, buf, sizeof(buf)), now);
}

/* A peer in OpenSent: its dial was answered, and its OPEN has gone. */
static void opensent(const struct peer_conf *ca)
{
	const uint8_t *out;

	begin(ca, ca);
	peer_start(a.peer, now);
	a.dialling = false;
	a.open[CONN_OUT] = true;
	assert_true(peer_connected(a.peer, CONN_OUT, now));
	peer_sent(a.peer, CONN_OUT, peer_output(a.peer, CONN_OUT, &out), now);
	/* whoever is at the other end of the pipe takes what is said when it is closed */
	b.open[CONN_IN] = true;
}

/* The last message in b's pipe is this NOTIFICATION, and the connection is closed behind it. */
static void assert_told(const char *what, uint8_t code, uint8_t subcode, const char *data)
{
	uint8_t want[64], *msg = b.pipe[CONN_IN], *end = msg + b.len[CONN_IN];
	size_t n = test_hex(data, want, sizeof(want));

	for (; msg + 19 <= end && msg[18] != BGP_NOTIFICATION; msg += msg[16] << 8 | msg[17])
		;
	if (msg + 21 > end)
		fail_msg("%s: no NOTIFICATION", what);
	if (msg[19] != code || msg[20] != subcode)
		fail_msg("%s: told %u/%u, not %u/%u", what, msg[19], msg[20], code, subcode);
	if ((size_t)(end - msg) != 21 + n || memcmp(msg + 21, want, n) != 0)
		fail_msg("%s: %zu octets of data, or others", what, (size_t)(end - msg) - 21);
	assert_false(a.open[CONN_OUT]);
	assert_true(peer_last_error_sent(a.peer));
}

/* RFC 4271 section 6.2 and what others have added: ours is AS 65000, id 1; it is to be 65001. */
static void open_errors(void **state)
{
	static const struct {
		const char *hex;
		uint8_t code, subcode;
		const char *data;
	} rows[] = {
		{"001d01 03 fde9 0009 00000002 00", 2, BGP_OPEN_UNSUPPORTED_VERSION, "0004"},
		{"001d01 05 fde9 0009 00000002 00", 2, BGP_OPEN_UNSUPPORTED_VERSION, "0004"},
		{"001d01 04 fdea 0009 00000002 00", 2, BGP_OPEN_BAD_PEER_AS, ""},
		{"001d01 04 0000 0009 00000002 00", 2, BGP_OPEN_BAD_PEER_AS, ""},
		{"002501 04 0000 0009 00000002 08 0206 4104 0000fde9", 2, BGP_OPEN_BAD_PEER_AS, ""},
		/* RFC 6793: the number is the capability's */
		{"002501 04 fde9 0009 00000002 08 0206 4104 0000fdea", 2, BGP_OPEN_BAD_PEER_AS, ""},
		{"002501 04 5ba0 0009 00000002 08 0206 4104 00000000", 2, BGP_OPEN_BAD_PEER_AS, ""},
		{"001d01 04 fde9 0009 00000000 00", 2, BGP_OPEN_BAD_IDENTIFIER, ""},
		{"002001 04 fde9 0009 00000002 03 010100", 2, BGP_OPEN_UNSUPPORTED_PARAMETER, "01"},
		{"001d01 04 fde9 0001 00000002 00", 2, BGP_OPEN_UNACCEPTABLE_HOLD_TIME, ""},
		{"001d01 04 fde9 0002 00000002 00", 2, BGP_OPEN_UNACCEPTABLE_HOLD_TIME, ""},
		/* lengths that do not fit: unspecific */
		{"001d01 04 fde9 0009 00000002 01", 2, 0, ""},
		{"001e01 04 fde9 0009 00000002 00 00", 2, 0, ""},
		{"001e01 04 fde9 0009 00000002 01 02", 2, 0, ""},
		{"001f01 04 fde9 0009 00000002 02 0201", 2, 0, ""},
		{"002001 04 fde9 0009 00000002 03 020101", 2, 0, ""},
		{"002101 04 fde9 0009 00000002 04 02020101", 2, 0, ""},
		/* only families that we have not: the one that is missed (RFC 5492 section 5);
		 * those of EVPN and VPNv4 are others', too */
		{"002501 04 fde9 0009 00000002 08 0206 0104 00010080", 2,
		 BGP_OPEN_UNSUPPORTED_CAPABILITY, "010400010001"},
		{"002501 04 fde9 0009 00000002 08 0206 0104 00190046", 2,
		 BGP_OPEN_UNSUPPORTED_CAPABILITY, "010400010001"},
		{"002b01 04 fde9 0009 00000002 0e 020c 0104 00190046 0104 00010001", 0, 0, ""},
		{"002501 04 fde9 0009 00000002 08 0206 0104 00020001", 2,
		 BGP_OPEN_UNSUPPORTED_CAPABILITY, "010400010001"},
		/* we are its customer, and so is it */
		{"002201 04 fde9 0009 00000002 05 0203 090103", 2, BGP_OPEN_ROLE_MISMATCH, ""},
		{"002501 04 fde9 0009 00000002 08 0206 090100 090103", 2, BGP_OPEN_ROLE_MISMATCH,
		 ""},
		{"002201 04 fde9 0009 00000002 05 0203 090105", 2, BGP_OPEN_ROLE_MISMATCH, ""},
		{"002201 04 fde9 0009 00000002 05 0203 090100", 0, 0, ""},
		/* the header's */
		{"001c01 04 fde9 0009 00000002", 1, BGP_HEADER_BAD_LENGTH, "001c"},
		{"100101", 1, BGP_HEADER_BAD_LENGTH, "1001"},
		{"001d06 04 fde9 0009 00000002 00", 1, BGP_HEADER_BAD_TYPE, "06"},
	};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	ca.capa.families = FAMILY_BIT(FAMILY_IP4);
	ca.capa.role = ROLE_CUSTOMER;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		opensent(&ca);
		hears(MARKER);
		hears(rows[i].hex);
		if (rows[i].code)
			assert_told(rows[i].hex, rows[i].code, rows[i].subcode, rows[i].data);
		else if (peer_state(a.peer) != BGP_OPENCONFIRM)
			fail_msg("%s was not taken", rows[i].hex);
		end();
	}
	/* RFC 4271 section 6.2 with RFC 6286 section 2.2: ours, within our AS */
	ca = conf_of(65000, 65000, 1);
	opensent(&ca);
	hears(MARKER "001d01 04 fde8 0009 00000001 00");
	assert_told("our identifier", 2, BGP_OPEN_BAD_IDENTIFIER, "");
	end();
	ca = conf_of(65000, 65001, 1);
	opensent(&ca);
	hears(MARKER "001d01 04 fde9 0009 00000001 00");
	assert_int_equal(peer_state(a.peer), BGP_OPENCONFIRM);
	end();
	/* strict: a peer that says none (RFC 9234 section 4.2) */
	ca.capa.role = ROLE_CUSTOMER;
	ca.role_strict = true;
	opensent(&ca);
	hears(MARKER "001d01 04 fde9 0009 00000002 00");
	assert_told("no role", 2, BGP_OPEN_ROLE_MISMATCH, "");
	end();
}

/* Which AS it said, of the last OPEN: until there is another, whatever is wrong with that. */
static void refused_as(void **state)
{
	static const char *const next[] = {
		"001d01 04 fde9 0009 00000000 00",    /* no identifier */
		"001e01 04 fde9 0009 00000002 01 02", /* cut short */
		"001d01 04 fde9 0009 00000002 00",    /* nothing */
	};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		opensent(&ca);
		hears(MARKER "001d01 04 fdea 0009 00000002 00");
		assert_int_equal(peer_refused_as(a.peer), 65002);
		now += 2 * SECOND;
		peer_tick(a.peer, now);
		assert_true(peer_connected(a.peer, CONN_OUT, now));
		hears(MARKER);
		hears(next[i]);
		assert_int_equal(peer_refused_as(a.peer), 0);
		end();
	}
}

#define OPEN MARKER "001d01 04 fde9 0009 00000002 00"

/* RFC 6608, and RFC 4271 section 8.2.2 where it says what is an error and what is not. */
static void messages_by_state(void **state)
{
	static const struct {
		const char *hex, *name;
		uint8_t opensent, openconfirm, established; /* subcode of FSM Error; 0: it fits */
	} rows[] = {
		{OPEN, "OPEN", 0, 2, 3},
		{MARKER "001704 00000000", "KEEPALIVE of a wrong length", 255, 255, 255},
		{MARKER "001304", "KEEPALIVE", 1, 0, 0},
		{MARKER "001702 00000000", "UPDATE", 1, 2, 0},
		{MARKER "001705 00010001", "ROUTE-REFRESH", 1, 2, 0},
	};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int at = 0; at < 3; at++) {
			uint8_t want = at == 0   ? rows[i].opensent
				       : at == 1 ? rows[i].openconfirm
						 : rows[i].established;

			opensent(&ca);
			if (at >= 1)
				hears(OPEN);
			if (at >= 2)
				hears(MARKER "001304");
			assert_int_equal(peer_state(a.peer), BGP_OPENSENT + at);
			hears(rows[i].hex);
			assert_int_equal(a.downs, at == 2 && want);
			if (want == 255)
				assert_told(rows[i].name, 1, BGP_HEADER_BAD_LENGTH, "0017");
			else if (want)
				assert_told(rows[i].name, BGP_ERR_FSM, want, "");
			else if (!a.open[CONN_OUT])
				fail_msg("%s in %s ended it", rows[i].name,
					 bgp_state_name((enum bgp_state)(BGP_OPENSENT + at)));
			end();
		}
	}
}

/* A NOTIFICATION is never answered by one, whatever it says and whenever it comes. */
static void no_answer_to_a_notification(void **state)
{
	static const char *const rows[] = {"001503 0602", "001503 0201", "001503 0000",
					   "001503 ffff", "001703 060201 41"};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int at = 0; at < 3; at++) {
			opensent(&ca);
			if (at >= 1)
				hears(OPEN);
			if (at >= 2)
				hears(MARKER "001304");
			hears(MARKER);
			hears(rows[i]);
			assert_false(a.open[CONN_OUT]);
			assert_int_equal(peer_counters(a.peer)->tx[BGP_NOTIFICATION], 0);
			assert_false(peer_last_error_sent(a.peer));
			assert_int_equal(a.downs, at == 2);
			end();
		}
	}
}

/* RFC 5492 section 3 and RFC 1771's speakers: less is offered to whom it was too much, and all of
 * it again to whom was up since. */
static void offers_less(void **state)
{
	static const struct {
		const char *refusal;
		bool any; /* of the families */
	} rows[] = {{"001503 0204", false}, {"001503 0207", true}};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int up = 0; up < 2; up++) {
			const uint8_t *out;
			size_t n;
			struct bgp_open o;
			struct bgp_error err;

			opensent(&ca);
			hears(MARKER);
			hears(rows[i].refusal);
			for (int again = 0; again <= up; again++) {
				assert_false(a.open[CONN_OUT]);
				now = peer_deadline(a.peer);
				peer_tick(a.peer, now);
				assert_true(a.dialling);
				a.dialling = false;
				a.open[CONN_OUT] = true;
				assert_true(peer_connected(a.peer, CONN_OUT, now));
				n = peer_output(a.peer, CONN_OUT, &out);
				assert_true(open_decode(rd_init(out + 19, n - 19), &o, &err));
				assert_int_equal(o.capa.families != 0, rows[i].any || again);
				assert_int_equal(o.capa.route_refresh, again);
				peer_sent(a.peer, CONN_OUT, n, now);
				if (again)
					break;
				hears(OPEN);
				hears(MARKER "001304");
				assert_true(peer_is_up(a.peer));
				a.open[CONN_OUT] = false;
				peer_disconnected(a.peer, CONN_OUT, now);
			}
			end();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_errors),       cmocka_unit_test(refused_as),
		cmocka_unit_test(messages_by_state), cmocka_unit_test(no_answer_to_a_notification),
		cmocka_unit_test(offers_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
