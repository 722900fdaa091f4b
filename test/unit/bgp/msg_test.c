/* Framing, OPEN with capabilities, NOTIFICATION, ROUTE-REFRESH: decode, round trip, truncation,
 * faults. */
#include "test/unit/test.h"

#include "agent/bgp/msg.h"

#define MARKER "ffffffffffffffffffffffffffffffff"

static struct bgp_open full_open(void)
{
	struct bgp_open o = {.version = 4, .asn = 4200000000u, .hold_time = 9, .id = 0x0a5ae069};

	capa_init(&o.capa);
	o.capa.families = 3;
	o.capa.route_refresh = o.capa.enhanced_refresh = o.capa.ext_message = o.capa.as4 = true;
	o.capa.asn = o.asn;
	o.capa.ext_nexthop = 1;
	o.capa.role = ROLE_CUSTOMER;
	o.capa.add_path[0] = ADD_PATH_RECEIVE;
	o.capa.add_path[1] = ADD_PATH_RECEIVE | ADD_PATH_SEND;
	o.capa.gr = o.capa.gr_restarting = o.capa.gr_notification = true;
	o.capa.gr_time = 120;
	o.capa.gr_families = 3;
	o.capa.gr_forwarding = 1;
	o.capa.llgr = true;
	o.capa.llgr_families = 1;
	o.capa.llgr_time[0] = 86400;
	strcpy(o.capa.hostname, "kube1");
	return o;
}

static void framing(void **state)
{
	static const struct {
		const char *hex;
		enum msg_status status;
		uint8_t subcode;
	} rows[] = {
		{MARKER "001304", MSG_OK, 0},
		{MARKER "0013", MSG_NEED_MORE, 0},
		{"ffff", MSG_NEED_MORE, 0},
		{"fffe", MSG_BAD, BGP_HEADER_NOT_SYNCHRONIZED},
		{MARKER "001204", MSG_BAD, BGP_HEADER_BAD_LENGTH},
		{MARKER "100102", MSG_BAD, BGP_HEADER_BAD_LENGTH},
		{MARKER "001404", MSG_BAD, BGP_HEADER_BAD_LENGTH}, /* KEEPALIVE with a body */
		{MARKER "001c01", MSG_BAD, BGP_HEADER_BAD_LENGTH}, /* OPEN below 29 */
		{MARKER "001602", MSG_BAD, BGP_HEADER_BAD_LENGTH}, /* UPDATE below 23 */
		{MARKER "001403", MSG_BAD, BGP_HEADER_BAD_LENGTH}, /* NOTIFICATION below 21 */
		{MARKER "001300", MSG_BAD, BGP_HEADER_BAD_TYPE},
		{MARKER "001306", MSG_BAD, BGP_HEADER_BAD_TYPE},
		{MARKER "001d01", MSG_NEED_MORE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[64];
		size_t n = test_hex(rows[i].hex, buf, sizeof(buf));
		struct rd rd = rd_init(buf, n);
		struct bgp_error err = {0};
		struct bgp_msg m;

		if (msg_next(&rd, BGP_MSG_MAX, &m, &err) != rows[i].status)
			fail_msg("%s", rows[i].hex);
		if (rows[i].status != MSG_BAD)
			continue;
		assert_int_equal(err.code, BGP_ERR_HEADER);
		assert_int_equal(err.subcode, rows[i].subcode);
		assert_non_null(err.what);
	}
}

/* RFC 8654 section 4: longer than 4,096 octets may be what it names, agreed on or not; OPEN and
 * KEEPALIVE never. */
static void framing_of_long_ones(void **state)
{
	(void)state;
	for (uint8_t type = BGP_OPEN; type < BGP_MSG_TYPES; type++) {
		for (unsigned int len = BGP_MSG_MAX; len <= BGP_MSG_MAX + 1; len++) {
			for (int agreed = 0; agreed < 2; agreed++) {
				uint8_t head[BGP_HEADER_LEN];
				struct rd rd = rd_init(head, sizeof(head));
				bool fits = type != BGP_KEEPALIVE &&
					    (len <= BGP_MSG_MAX || (agreed && type != BGP_OPEN));
				struct bgp_error err = {0};
				struct bgp_msg m;

				memset(head, 0xff, 16);
				head[16] = (uint8_t)(len >> 8);
				head[17] = (uint8_t)len;
				head[18] = type;
				if (msg_next(&rd, agreed ? BGP_MSG_EXT_MAX : BGP_MSG_MAX, &m,
					     &err) != (fits ? MSG_NEED_MORE : MSG_BAD))
					fail_msg("%s of %u octets", bgp_msg_name(type), len);
				if (fits)
					continue;
				assert_int_equal(err.subcode, BGP_HEADER_BAD_LENGTH);
				assert_int_equal(err.data_len, 2);
				assert_memory_equal(err.data, head + 16, 2);
			}
		}
	}
}

static void open_round_trip(void **state)
{
	struct bgp_open o = full_open(), back;
	struct bgp_error err;
	uint8_t buf[BGP_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct rd rd;
	struct bgp_msg m;

	(void)state;
	open_encode(&o, &wr);
	assert_true(wr_ok(&wr));
	rd = rd_init(buf, wr_len(&wr));
	assert_int_equal(msg_next(&rd, BGP_MSG_MAX, &m, &err), MSG_OK);
	assert_int_equal(m.type, BGP_OPEN);
	assert_true(open_decode(m.body, &back, &err));
	assert_int_equal(back.asn, o.asn);
	assert_memory_equal(&back.capa, &o.capa, sizeof(o.capa));
	for (size_t len = 0; len < rd_left(&m.body); len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, m.body.at, len);
		assert_false(open_decode(rd_init(copy, len), &back, &err));
		assert_int_equal(err.code, BGP_ERR_OPEN);
		free(copy);
	}
}

/* RFC 9072: more capabilities than the short form has room for. */
static void open_extended_parameters(void **state)
{
	static const char head[] = "04 fde8 0009 0a000001 ff ff";
	uint8_t buf[1024];
	size_t n = test_hex(head, buf, sizeof(buf));
	struct bgp_open o;
	struct bgp_error err;

	(void)state;
	/* one parameter of 300 octets: an unknown capability of 250, IPv6, then padding by another
	 */
	buf[n++] = 1;
	buf[n++] = 0x2f; /* 303 */
	buf[n++] = 2;
	buf[n++] = 1;
	buf[n++] = 0x2c; /* 300 */
	buf[n++] = 200;
	buf[n++] = 250;
	memset(buf + n, 0xaa, 250);
	n += 250;
	n += test_hex("01 04 0002 00 01", buf + n, 16);
	buf[n++] = 201;
	buf[n++] = 40;
	memset(buf + n, 0, 40);
	n += 40;
	assert_true(open_decode(rd_init(buf, n), &o, &err));
	assert_int_equal(o.capa.families, FAMILY_BIT(FAMILY_IP6));
	assert_int_equal(o.capa.unknown, 2);
	/* what the octet in front of it says counts for nothing, but that it is not 0 */
	buf[9] = 1;
	assert_true(open_decode(rd_init(buf, n), &o, &err));
	assert_int_equal(o.capa.families, FAMILY_BIT(FAMILY_IP6));
	buf[9] = 0;
	assert_false(open_decode(rd_init(buf, n), &o, &err));
	buf[9] = 255;
	for (size_t len = 10; len < n; len++)
		assert_false(open_decode(rd_init(buf, len), &o, &err));
	buf[11] = 2; /* the extended length no longer fits */
	assert_false(open_decode(rd_init(buf, n), &o, &err));
	/* the long form of little (RFC 9072 section 2: may be), and of an unknown parameter */
	n = test_hex("04 fde8 0009 0a000001 ff ff 0009 02 0006 01 04 0002 00 01", buf, sizeof(buf));
	assert_true(open_decode(rd_init(buf, n), &o, &err));
	assert_int_equal(o.capa.families, FAMILY_BIT(FAMILY_IP6));
	buf[13] = 1;
	assert_false(open_decode(rd_init(buf, n), &o, &err));
	assert_int_equal(err.subcode, BGP_OPEN_UNSUPPORTED_PARAMETER);
	assert_int_equal(err.data[0], 1);
}

static void open_faults(void **state)
{
	static const struct {
		const char *hex;
		uint8_t subcode;
	} rows[] = {
		{"03 fde8 0009 0a000001 00", BGP_OPEN_UNSUPPORTED_VERSION},
		{"04 0000 0009 0a000001 00", BGP_OPEN_BAD_PEER_AS},
		{"04 fde8 0001 0a000001 00", BGP_OPEN_UNACCEPTABLE_HOLD_TIME},
		{"04 fde8 0002 0a000001 00", BGP_OPEN_UNACCEPTABLE_HOLD_TIME},
		{"04 fde8 0009 00000000 00", BGP_OPEN_BAD_IDENTIFIER},
		{"04 fde8 0009 0a000001 03 01 01 00", BGP_OPEN_UNSUPPORTED_PARAMETER},
		{"04 fde8 0009 0a000001 03 02 02 41", 0},    /* parameter past the end */
		{"04 fde8 0009 0a000001 04 02 02 41 04", 0}, /* capability past its parameter */
		{"04 fde8 0009 0a000001 08 02 06 41 04 00000000", BGP_OPEN_BAD_PEER_AS},
		{"04 fde8 0009 0a000001 01", 0},
	};
	struct bgp_error err;
	struct bgp_open o;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[64];
		size_t n = test_hex(rows[i].hex, buf, sizeof(buf));

		if (open_decode(rd_init(buf, n), &o, &err))
			fail_msg("%s was taken", rows[i].hex);
		assert_int_equal(err.code, BGP_ERR_OPEN);
		if (err.subcode != rows[i].subcode)
			fail_msg("%s: subcode %u", rows[i].hex, err.subcode);
	}
}

/* Each capability with each fault of its length, or of what it says: it is counted and passed over,
 * and harms no other. */
static void capability_faults(void **state)
{
	static const char *const faults[] = {
		"01 00",
		"01 03 000100",
		"01 05 0001000100", /* multiprotocol */
		"05 00",
		"05 05 0001000100",
		"05 07 00010001000200", /* extended next hop */
		"09 00",
		"09 02 0000", /* role */
		"40 00",
		"40 01 00",
		"40 03 007800",
		"40 05 0078000101", /* graceful restart */
		"41 00",
		"41 03 000000",
		"41 05 0000fde800", /* 4-octet ASNs */
		"45 00",
		"45 03 000101",
		"45 05 0001010100", /* ADD-PATH */
		"47 01 00",
		"47 06 000101000000",
		"47 08 0001010000000000", /* long-lived GR */
		"49 00",
		"49 01 01",
		"49 02 0261", /* host name */
		"00 00",
		"04 02 0001",
		"c8 03 aabbcc",
		"ff 00", /* of nobody's */
	};
	/* known, and says nothing to us: neither used nor counted */
	static const char *const foreign[] = {
		"01 04 0001 00 80",     "01 04 4004 00 47",      "05 06 0001 0080 0002",
		"05 06 0002 0001 0001", "40 06 0078 0001 80 80", "45 04 0001 80 03",
		"45 04 0001 01 00",     "45 04 0001 01 04",      "47 07 0001 80 80 015180",
	};
	struct bgp_error err;

	(void)state;
	for (size_t i = 0;
	     i < sizeof(faults) / sizeof(faults[0]) + sizeof(foreign) / sizeof(foreign[0]); i++) {
		size_t n_faults = sizeof(faults) / sizeof(faults[0]);
		const char *hex = i < n_faults ? faults[i] : foreign[i - n_faults];
		uint8_t buf[64];
		size_t n = test_hex(hex, buf, sizeof(buf));
		struct capa c, none;

		capa_init(&c);
		capa_init(&none);
		n += test_hex("02 00", buf + n, 2);
		if (!capa_decode(rd_init(buf, n), &c, &err) || c.unknown != (i < n_faults) ||
		    !c.route_refresh)
			fail_msg("%s: %u unknown", hex, c.unknown);
		c.route_refresh = false;
		c.unknown = 0;
		/* that there is one means that IPv4 is not understood to be spoken */
		assert_int_equal(c.other_families, i >= n_faults && buf[0] == CAPA_MP);
		c.other_families = false;
		/* these two say something by being there */
		if (i >= n_faults && (buf[0] == CAPA_GR || buf[0] == CAPA_LLGR)) {
			c.gr = c.llgr = false;
			c.gr_time = 0;
		}
		if (memcmp(&c, &none, sizeof(c)) != 0)
			fail_msg("%s left something", hex);
		/* and the one behind it cut short anywhere */
		for (size_t len = 1; len < n; len++) {
			bool whole = len == n - 2;

			if (capa_decode(rd_init(buf, len), &c, &err) != whole)
				fail_msg("%s cut to %zu", hex, len);
			assert_true(whole || (err.code == BGP_ERR_OPEN && !err.subcode));
		}
	}
}

/* What stands twice: the last one counts (RFC 4724 section 3), or both do. */
static void repeated_capabilities(void **state)
{
	static const struct {
		const char *hex;
		uint8_t role, families, gr_families;
		uint16_t gr_time;
	} rows[] = {
		{"01 04 00010001 01 04 00020001", ROLE_NONE, 3, 0, 0},
		{"01 04 00010001 01 04 00010001", ROLE_NONE, 1, 0, 0},
		{"40 06 0078 00010180 40 06 0005 00020180", ROLE_NONE, 0, 2, 5},
		{"09 01 03 09 01 03", ROLE_CUSTOMER, 0, 0, 0},
		{"09 01 03 09 01 00", ROLE_CONFLICT, 0, 0, 0},
		{"09 01 03 09 01 00 09 01 03", ROLE_CONFLICT, 0, 0, 0},
		{"09 01 00 09 01 fe", ROLE_CONFLICT, 0, 0, 0},
	};
	struct bgp_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[64];
		size_t n = test_hex(rows[i].hex, buf, sizeof(buf));
		struct capa c;

		capa_init(&c);
		assert_true(capa_decode(rd_init(buf, n), &c, &err));
		if (c.role != rows[i].role || c.families != rows[i].families ||
		    c.gr_families != rows[i].gr_families || c.gr_time != rows[i].gr_time ||
		    c.unknown)
			fail_msg("%s", rows[i].hex);
	}
	/* nobody's name writes on a terminal */
	{
		struct capa c;
		uint8_t buf[128] = {CAPA_FQDN, 72, 70};

		capa_init(&c);
		memset(buf + 3, 'x', 70);
		memcpy(buf + 3, "a\x1b[2J \xff", 7);
		assert_true(capa_decode(rd_init(buf, 74), &c, &err));
		assert_memory_equal(c.hostname, "a_[2J__x", 8);
		assert_int_equal(strlen(c.hostname), CAPA_FQDN_MAX);
	}
}

static void agreement(void **state)
{
	struct capa a, b;
	struct capa_agreed out;

	(void)state;
	capa_init(&a);
	capa_init(&b);
	a.families = 3;
	/* without the capability it is IPv4 */
	capa_agree(&a, &b, &out);
	assert_int_equal(out.families, FAMILY_BIT(FAMILY_IP4));
	assert_false(out.as4);
	b = full_open().capa;
	a = full_open().capa;
	capa_agree(&a, &b, &out);
	assert_int_equal(out.families, 3);
	assert_true(out.as4 && out.ext_message && out.gr_notification);
	assert_int_equal(out.gr_families, 3);
	assert_int_equal(out.llgr_families, 1);
	assert_int_equal(out.add_path_rx, FAMILY_BIT(FAMILY_IP6)); /* it sends in one only */
	b.gr = false;
	capa_agree(&a, &b, &out);
	assert_int_equal(out.gr_families, 0);
	assert_int_equal(out.llgr_families, 0);
}

/* RFC 9234 section 4.2, table 2: which pairs may meet, ours down and theirs across. */
static void roles(void **state)
{
	static const bool fits[5][5] = {
		[ROLE_PROVIDER][ROLE_CUSTOMER] = true, [ROLE_CUSTOMER][ROLE_PROVIDER] = true,
		[ROLE_RS][ROLE_RS_CLIENT] = true,      [ROLE_RS_CLIENT][ROLE_RS] = true,
		[ROLE_PEER][ROLE_PEER] = true,
	};

	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		for (uint8_t ours = 0; ours < 5; ours++) {
			for (unsigned int theirs = 0; theirs <= UINT8_MAX; theirs++) {
				bool want = theirs == ROLE_NONE ? !strict
					    : theirs < 5        ? fits[ours][theirs]
								: false;

				if (capa_role_ok(ours, (uint8_t)theirs, strict) != want)
					fail_msg("%u and %u", ours, theirs);
				/* without one here nobody is asked for his */
				assert_true(capa_role_ok(ROLE_NONE, (uint8_t)theirs, strict));
			}
		}
	}
}

static void notifications(void **state)
{
	struct bgp_error err, back;
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));
	char text[128];

	(void)state;
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, "\x05hello", 6, NULL);
	notification_encode(&err, &wr);
	assert_true(notification_decode(rd_init(buf + BGP_HEADER_LEN, wr_len(&wr) - BGP_HEADER_LEN),
					&back));
	assert_int_equal(back.subcode, BGP_CEASE_ADMIN_SHUTDOWN);
	assert_string_equal(bgp_error_str(&back, text, sizeof(text)),
			    "Cease/Administrative Shutdown (hello)");
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, "\x09hello", 6, NULL);
	assert_false(bgp_error_shutdown_text(&err, text, sizeof(text)));
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_RESET,
		      "\x03"
		      "a\nb",
		      4, NULL);
	assert_true(bgp_error_shutdown_text(&err, text, sizeof(text)));
	assert_string_equal(text, "a b"); /* nobody writes a line of the log */
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_HARD_RESET, "\6\2\3bye", 6, NULL);
	assert_string_equal(bgp_error_str(&err, text, sizeof(text)),
			    "Cease/Hard Reset: Cease/Administrative Shutdown (bye)");
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_HARD_RESET, "\6", 1, NULL);
	assert_string_equal(bgp_error_str(&err, text, sizeof(text)), "Cease/Hard Reset");
	{
		uint8_t data[3 + 255] = {BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, 255};
		char longest[256];

		/* RFC 9003's longest message, in a Hard Reset, over the wire and back */
		memset(data + 3, 'y', 255);
		bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_HARD_RESET, data, sizeof(data), NULL);
		assert_true(bgp_error_shutdown_text(&err, longest, sizeof(longest)));
		assert_int_equal(strlen(longest), 255);
		assert_int_equal(longest[254], 'y');
		assert_true(bgp_error_shutdown_text(&err, text, 10));
		assert_string_equal(text, "yyyyyyyyy");
	}
	{
		/* what a terminal would obey, what is no UTF-8, and a character that is cut */
		static const char evil[] = "\x0f\x1b[2J\xc2\x9b"
					   "1m\x9b\xff\xc3\xa9 z\xc3";
		static const char accents[] = "\x08"
					      "a\xc3\xa9\xc3\xa9\xe2\x82\xac";

		bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, evil, sizeof(evil) - 1,
			      NULL);
		assert_true(bgp_error_shutdown_text(&err, text, sizeof(text)));
		assert_string_equal(text, " [2J  1m??\xc3\xa9 z?");
		bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, accents,
			      sizeof(accents) - 1, NULL);
		assert_true(bgp_error_shutdown_text(&err, text, 5));
		assert_string_equal(text, "a\xc3\xa9");
		assert_true(bgp_error_shutdown_text(&err, text, 8));
		assert_string_equal(text, "a\xc3\xa9\xc3\xa9");
		assert_true(bgp_error_shutdown_text(&err, text, 9));
		assert_string_equal(text, "a\xc3\xa9\xc3\xa9\xe2\x82\xac");
	}
	bgp_error_set(&err, 77, 88, NULL, 0, NULL);
	assert_string_equal(bgp_error_str(&err, text, sizeof(text)),
			    "Unknown Error/Unknown Subcode");
}

static void refresh(void **state)
{
	struct bgp_refresh r = {.afi = 1, .subtype = REFRESH_BORR, .safi = 1}, back;
	struct bgp_error err;
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	refresh_encode(&r, &wr);
	assert_true(refresh_decode(rd_init(buf + 19, 4), true, &back, &err));
	assert_memory_equal(&r, &back, sizeof(r));
	/* without RFC 7313 that octet is reserved, "ignored by the receiver" (RFC 2918 section 3)
	 */
	assert_true(refresh_decode(rd_init(buf + 19, 4), false, &back, &err));
	assert_int_equal(back.subtype, REFRESH_REQUEST);
}

/* RFC 7313 section 5: of another length than 4, BoRR and EoRR are errors, with the whole message
 * for data, and requests are not: they may carry ORF entries (RFC 5291). */
static void refresh_lengths(void **state)
{
	static const struct {
		const char *hex;
		bool error; /* with enhanced refresh */
	} rows[] = {
		{"", false},
		{"0001", false},
		{"000100", false},
		{"000101", true},
		{"000102", true},
		{"000103", false},
		{"0001000101", false},
		{"0001010101", true},
		{"0001020101", true},
		{"0001ff0101", false},
		{"00010001 01 80 0003 000000", false},
	};
	uint8_t body[600] = {0, 1, REFRESH_EORR, 1}, whole[64];
	struct bgp_refresh back;
	struct bgp_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = test_hex(rows[i].hex, body, sizeof(body));
		struct wr wr = wr_init(whole, sizeof(whole));
		uint8_t *start = msg_begin(&wr, BGP_ROUTE_REFRESH);

		wr_bytes(&wr, body, n);
		msg_end(&wr, start);
		assert_false(refresh_decode(rd_init(body, n), false, &back, &err));
		assert_int_equal(err.code, 0);
		assert_false(refresh_decode(rd_init(body, n), true, &back, &err));
		if (!rows[i].error) {
			assert_int_equal(err.code, 0);
			continue;
		}
		assert_int_equal(err.code, BGP_ERR_ROUTE_REFRESH);
		assert_int_equal(err.subcode, 1);
		assert_int_equal(err.data_len, wr_len(&wr));
		assert_memory_equal(err.data, whole, err.data_len);
	}
	/* what is too long to be shown whole is cut off at its end */
	body[2] = REFRESH_EORR;
	assert_false(refresh_decode(rd_init(body, sizeof(body)), true, &back, &err));
	assert_int_equal(err.data_len, BGP_ERROR_DATA_MAX);
	assert_int_equal(err.data[16] << 8 | err.data[17], BGP_HEADER_LEN + sizeof(body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing),
		cmocka_unit_test(framing_of_long_ones),
		cmocka_unit_test(open_round_trip),
		cmocka_unit_test(open_extended_parameters),
		cmocka_unit_test(open_faults),
		cmocka_unit_test(capability_faults),
		cmocka_unit_test(repeated_capabilities),
		cmocka_unit_test(agreement),
		cmocka_unit_test(roles),
		cmocka_unit_test(notifications),
		cmocka_unit_test(refresh),
		cmocka_unit_test(refresh_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
