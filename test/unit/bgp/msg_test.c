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
	buf[11] = 2; /* the extended length no longer fits */
	assert_false(open_decode(rd_init(buf, n), &o, &err));
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

/* A capability whose length is not its kind's is counted and passed over, and harms no other. */
static void capability_lengths(void **state)
{
	static const char *const rows[] = {"01 03 000100", "05 05 0001000100", "40 03 007800",
					   "41 03 000000", "45 03 000101",     "47 06 000101000000",
					   "09 02 0000",   "49 05 0a61",       "45 00"};
	struct bgp_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) - 2; i++) {
		uint8_t buf[64];
		size_t n = test_hex(rows[i], buf, sizeof(buf));
		struct capa c;

		capa_init(&c);
		n += test_hex("02 00", buf + n, 2);
		if (!capa_decode(rd_init(buf, n), &c, &err) || c.unknown != 1 || !c.route_refresh)
			fail_msg("%s", rows[i]);
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

static void roles(void **state)
{
	(void)state;
	assert_true(capa_role_ok(ROLE_PROVIDER, ROLE_CUSTOMER, true));
	assert_true(capa_role_ok(ROLE_PEER, ROLE_PEER, true));
	assert_true(capa_role_ok(ROLE_RS_CLIENT, ROLE_RS, true));
	assert_false(capa_role_ok(ROLE_PROVIDER, ROLE_PROVIDER, false));
	assert_false(capa_role_ok(ROLE_CUSTOMER, ROLE_PEER, false));
	assert_false(capa_role_ok(ROLE_CUSTOMER, 77, false));
	assert_true(capa_role_ok(ROLE_CUSTOMER, ROLE_NONE, false));
	assert_false(capa_role_ok(ROLE_CUSTOMER, ROLE_NONE, true));
	assert_true(capa_role_ok(ROLE_NONE, ROLE_PROVIDER, true));
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
	assert_false(refresh_decode(rd_init(buf + 19, 3), false, &back, &err));
	assert_int_equal(err.code, 0);
	assert_false(refresh_decode(rd_init(buf + 19, 3), true, &back, &err));
	assert_int_equal(err.code, BGP_ERR_ROUTE_REFRESH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing),
		cmocka_unit_test(open_round_trip),
		cmocka_unit_test(open_extended_parameters),
		cmocka_unit_test(open_faults),
		cmocka_unit_test(capability_lengths),
		cmocka_unit_test(agreement),
		cmocka_unit_test(roles),
		cmocka_unit_test(notifications),
		cmocka_unit_test(refresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
