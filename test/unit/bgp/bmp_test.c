/* What stations are sent, octet by octet, and as a decoder of our own reads it. */
#include "test/unit/test.h"

#include "agent/bgp/bmp.h"
#include "agent/bgp/update.h"

static uint8_t buf[BMP_MSG_MAX + 1];

/* ---- a decoder, for what a station would see --------------------------------------------------
 */

struct seen {
	uint8_t type;
	/* per-peer header */
	uint8_t peer_type, flags;
	struct addr addr;
	uint32_t asn, id, sec, usec;
	struct rd rest;
};

static uint32_t take_u32(struct rd *rd)
{
	uint32_t v = 0;

	assert_true(rd_u32(rd, &v));
	return v;
}

static uint16_t take_u16(struct rd *rd)
{
	uint16_t v = 0;

	assert_true(rd_u16(rd, &v));
	return v;
}

static uint8_t take_u8(struct rd *rd)
{
	uint8_t v = 0;

	assert_true(rd_u8(rd, &v));
	return v;
}

static struct addr take_addr(struct rd *rd, bool ip6)
{
	const uint8_t *b = NULL;

	assert_true(rd_bytes(rd, 16, &b));
	for (int i = 0; i < 12 && !ip6; i++)
		assert_int_equal(b[i], 0);
	return ip6 ? addr_make(AFI_IP6, b) : addr_make(AFI_IP4, b + 12);
}

/* One message off the front, which must be whole. */
static struct seen take(struct rd *rd)
{
	struct seen s = {0};
	uint32_t len;

	assert_int_equal(take_u8(rd), BMP_VERSION);
	len = take_u32(rd);
	assert_true(len >= BMP_HEADER_LEN);
	s.type = take_u8(rd);
	assert_true(rd_sub(rd, len - BMP_HEADER_LEN, &s.rest));
	if (s.type >= BMP_INITIATION)
		return s;
	s.peer_type = take_u8(&s.rest);
	s.flags = take_u8(&s.rest);
	assert_int_equal(take_u32(&s.rest), 0);
	assert_int_equal(take_u32(&s.rest), 0);
	s.addr = take_addr(&s.rest, s.flags & 0x80);
	s.asn = take_u32(&s.rest);
	s.id = take_u32(&s.rest);
	s.sec = take_u32(&s.rest);
	s.usec = take_u32(&s.rest);
	return s;
}

static void assert_tlv(struct rd *rd, uint16_t type, const char *value)
{
	const uint8_t *b = NULL;

	assert_int_equal(take_u16(rd), type);
	assert_int_equal(take_u16(rd), strlen(value));
	assert_true(rd_bytes(rd, strlen(value), &b));
	assert_memory_equal(b, value, strlen(value));
}

/* The UPDATE of a Route Monitoring message, by the decoder of real sessions. */
static void take_update(struct seen *s, struct bgp_update *u, uint8_t add_path_families)
{
	static uint8_t scratch[ATTR_SCRATCH];
	static struct update_ctx ctx;
	struct bgp_error err;
	struct bgp_msg msg;

	ctx = (struct update_ctx){.attr = {.as4 = true, .ibgp = true},
				  .agreed = {.families = 3,
					     .as4 = true,
					     .ext_nexthop = 1,
					     .add_path_rx = add_path_families}};
	assert_int_equal(s->type, BMP_ROUTE_MONITORING);
	assert_int_equal(msg_next(&s->rest, BGP_MSG_EXT_MAX, &msg, &err), MSG_OK);
	assert_int_equal(msg.type, BGP_UPDATE);
	assert_int_equal(rd_left(&s->rest), 0);
	update_decode(&ctx, msg.body, scratch, u);
	assert_int_equal(u->verdict, UPDATE_OK);
}

static const struct bmp_peer *peer_of(enum bmp_view view, const char *addr)
{
	static struct bmp_peer p;

	p = (struct bmp_peer){.view = view, .asn = 65001, .id = 0x0a5ae062, .time = 1500000250000};
	if (addr)
		p.addr = test_addr(addr);
	return &p;
}

static const uint8_t path_65001[6] = {AS_SEQUENCE, 1, 0, 0, 0xfd, 0xe9};

static struct attr_set set_of(const char *nexthop)
{
	return (struct attr_set){
		.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
		.nexthop = test_addr(nexthop),
		.as_path = path_65001,
		.as_path_len = sizeof(path_65001),
	};
}

/* ---- vectors ----------------------------------------------------------------------------------
 */

static void assert_octets(const struct wr *wr, const char *hex)
{
	uint8_t want[1024];
	size_t n = test_hex(hex, want, sizeof(want));

	assert_true(wr_ok(wr));
	assert_int_equal(wr_len(wr), n);
	assert_memory_equal(wr->base, want, n);
}

static void octets_of_the_connection(void **state)
{
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	bmp_initiation("node1", "leafpeer 1", &wr);
	assert_octets(&wr, "03 00 00 00 1d 04"
			   "00 01 00 0a 6c 65 61 66 70 65 65 72 20 31" /* sysDescr */
			   "00 02 00 05 6e 6f 64 65 31" /* sysName */);
	wr = wr_init(buf, sizeof(buf));
	bmp_termination(BMP_TERM_OUT_OF_RESOURCES, "slow", &wr);
	assert_octets(&wr, "03 00 00 00 14 05 00 01 00 02 00 02 00 00 00 04 73 6c 6f 77");
	wr = wr_init(buf, sizeof(buf));
	bmp_termination(BMP_TERM_ADMIN, NULL, &wr);
	assert_octets(&wr, "03 00 00 00 0c 05 00 01 00 02 00 00");
}

static void octets_of_a_route(void **state)
{
	struct wr wr = wr_init(buf, sizeof(buf));
	struct attr_set set = set_of("10.90.224.98");
	struct prefix p = test_prefix("10.233.1.0/24");
	struct bmp_routes b;

	(void)state;
	bmp_routes_begin(&b, peer_of(BMP_RIB_IN_POST, "10.90.224.98"), AFI_IP4, &set, false, &wr);
	assert_true(bmp_routes_add(&b, &p, 0));
	assert_true(bmp_routes_end(&b));
	assert_octets(&wr, "03 00 00 00 5f 00"
			   "00 40 00 00 00 00 00 00 00 00"
			   "00 00 00 00 00 00 00 00 00 00 00 00 0a 5a e0 62"
			   "00 00 fd e9 0a 5a e0 62 00 16 e3 60 00 03 d0 90"
			   "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff 00 2f 02"
			   "00 00 00 14"
			   "40 01 01 00 40 02 06 02 01 00 00 fd e9 40 03 04 0a 5a e0 62"
			   "18 0a e9 01");
	/* what there is to be had of it as gone */
	wr = wr_init(buf, sizeof(buf));
	bmp_routes_begin(&b, peer_of(BMP_RIB_OUT, "10.90.224.98"), AFI_IP4, NULL, false, &wr);
	assert_true(bmp_routes_add(&b, &p, 0));
	assert_true(bmp_routes_end(&b));
	assert_octets(&wr, "03 00 00 00 4b 00"
			   "00 50 00 00 00 00 00 00 00 00"
			   "00 00 00 00 00 00 00 00 00 00 00 00 0a 5a e0 62"
			   "00 00 fd e9 0a 5a e0 62 00 16 e3 60 00 03 d0 90"
			   "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff 00 1b 02"
			   "00 04 18 0a e9 01 00 00");
}

static void octets_of_the_loc_rib_going(void **state)
{
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	bmp_peer_down(peer_of(BMP_LOC_RIB, NULL), BMP_DOWN_LOC_RIB, NULL, 0, &wr);
	assert_octets(&wr, "03 00 00 00 3b 02"
			   "03 00 00 00 00 00 00 00 00 00"
			   "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
			   "00 00 fd e9 0a 5a e0 62 00 16 e3 60 00 03 d0 90"
			   "06 00 03 00 06 67 6c 6f 62 61 6c");
}

/* ---- read back --------------------------------------------------------------------------------
 */

static void every_view_has_its_flags(void **state)
{
	static const struct {
		enum bmp_view view;
		const char *addr;
		uint8_t type, flags;
	} rows[] = {
		{BMP_RIB_IN_PRE, "10.0.0.1", 0, 0},
		{BMP_RIB_IN_POST, "10.0.0.1", 0, 0x40},
		{BMP_RIB_OUT, "10.0.0.1", 0, 0x50},
		{BMP_RIB_IN_PRE, "fd00::1", 0, 0x80},
		{BMP_RIB_IN_POST, "fd00::1", 0, 0xc0},
		{BMP_RIB_OUT, "fd00::1", 0, 0xd0},
		{BMP_LOC_RIB, NULL, 3, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bmp_peer *p = peer_of(rows[i].view, rows[i].addr);

		for (int afi = AFI_IP4; afi <= AFI_IP6; afi++) {
			struct wr wr = wr_init(buf, sizeof(buf));
			struct bgp_update u;
			struct rd rd;
			struct seen s;

			bmp_end_of_rib(p, (enum afi)afi, &wr);
			assert_true(wr_ok(&wr));
			rd = rd_init(buf, wr_len(&wr));
			s = take(&rd);
			assert_int_equal(rd_left(&rd), 0);
			assert_int_equal(s.peer_type, rows[i].type);
			assert_int_equal(s.flags, rows[i].flags);
			assert_int_equal(s.asn, 65001);
			assert_int_equal(s.id, 0x0a5ae062);
			assert_int_equal(s.sec, 1500000);
			assert_int_equal(s.usec, 250000);
			if (rows[i].addr) {
				struct addr a = test_addr(rows[i].addr);

				assert_true(addr_eq(&s.addr, &a));
			}
			take_update(&s, &u, 0);
			assert_int_equal(u.eor, afi);
		}
	}
}

static void a_peer_up_has_both_opens(void **state)
{
	static const uint8_t sent[30] = "the OPEN that we sent", received[40] = "and the other";
	struct bmp_peer_up up = {.local = test_addr("fd00::2"),
				 .local_port = 40000,
				 .remote_port = 179,
				 .sent = rd_init(sent, sizeof(sent)),
				 .received = rd_init(received, sizeof(received))};
	struct wr wr = wr_init(buf, sizeof(buf));
	const uint8_t *b = NULL;
	struct seen s;
	struct addr a;
	struct rd rd;

	(void)state;
	/* of whichever view: a session is none of its tables (RFC 8671 section 5.2) */
	bmp_peer_up(peer_of(BMP_RIB_OUT, "fd00::1"), &up, &wr);
	rd = rd_init(buf, wr_len(&wr));
	s = take(&rd);
	assert_int_equal(s.type, BMP_PEER_UP);
	assert_int_equal(s.flags, 0x80);
	a = take_addr(&s.rest, true);
	assert_true(addr_eq(&a, &up.local));
	assert_int_equal(take_u16(&s.rest), 40000);
	assert_int_equal(take_u16(&s.rest), 179);
	assert_true(rd_bytes(&s.rest, sizeof(sent), &b));
	assert_memory_equal(b, sent, sizeof(sent));
	assert_true(rd_bytes(&s.rest, sizeof(received), &b));
	assert_memory_equal(b, received, sizeof(received));
	assert_int_equal(rd_left(&s.rest), 0);
	/* the Loc-RIB's has its table's name */
	up.local = (struct addr){.afi = AFI_NONE};
	wr = wr_init(buf, sizeof(buf));
	bmp_peer_up(peer_of(BMP_LOC_RIB, NULL), &up, &wr);
	rd = rd_init(buf, wr_len(&wr));
	s = take(&rd);
	assert_int_equal(s.peer_type, 3);
	assert_true(rd_bytes(&s.rest, 20 + sizeof(sent) + sizeof(received), &b));
	assert_tlv(&s.rest, 3, "global");
	assert_int_equal(rd_left(&s.rest), 0);
}

static void a_peer_down_says_why(void **state)
{
	struct bgp_error err = {0}, back;
	struct wr wr;
	struct seen s;
	struct rd rd;

	(void)state;
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_ADMIN_RESET, "abc", 3, NULL);
	for (int reason = BMP_DOWN_LOCAL_NOTIFICATION; reason <= BMP_DOWN_DECONFIGURED; reason++) {
		struct bgp_error msg_err;
		struct bgp_msg msg;

		wr = wr_init(buf, sizeof(buf));
		bmp_peer_down(peer_of(BMP_RIB_IN_PRE, "10.0.0.1"), (enum bmp_down_reason)reason,
			      &err, 18, &wr);
		rd = rd_init(buf, wr_len(&wr));
		s = take(&rd);
		assert_int_equal(s.type, BMP_PEER_DOWN);
		assert_int_equal(take_u8(&s.rest), reason);
		switch (reason) {
		case BMP_DOWN_LOCAL_NOTIFICATION:
		case BMP_DOWN_REMOTE_NOTIFICATION:
			assert_int_equal(msg_next(&s.rest, BGP_MSG_MAX, &msg, &msg_err), MSG_OK);
			assert_int_equal(msg.type, BGP_NOTIFICATION);
			assert_true(notification_decode(msg.body, &back));
			assert_int_equal(back.code, BGP_ERR_CEASE);
			assert_int_equal(back.subcode, BGP_CEASE_ADMIN_RESET);
			assert_int_equal(back.data_len, 3);
			break;
		case BMP_DOWN_LOCAL_EVENT:
			assert_int_equal(take_u16(&s.rest), 18);
			break;
		default:
			break;
		}
		assert_int_equal(rd_left(&s.rest), 0);
	}
}

/* n prefixes of one family, packed as a walk packs them, and read back in order. */
static void pack(enum afi afi, const struct attr_set *set, bool add_path, uint32_t n)
{
	static uint8_t stream[1 << 20];
	struct wr wr = wr_init(stream, sizeof(stream));
	const struct bmp_peer *peer = peer_of(BMP_RIB_IN_PRE, "10.0.0.1");
	struct bmp_routes b;
	uint32_t seen = 0, messages = 0;
	struct rd rd;

	bmp_routes_begin(&b, peer, afi, set, add_path, &wr);
	for (uint32_t i = 0; i < n; i++) {
		struct prefix p = {
			.afi = (uint8_t)afi, .len = 24, .b = {10, (uint8_t)(i >> 8), (uint8_t)i}};

		if (bmp_routes_add(&b, &p, i + 7))
			continue;
		assert_true(bmp_routes_end(&b));
		bmp_routes_begin(&b, peer, afi, set, add_path, &wr);
		assert_true(bmp_routes_add(&b, &p, i + 7));
	}
	assert_true(bmp_routes_end(&b));
	rd = rd_init(stream, wr_len(&wr));
	while (rd_left(&rd)) {
		struct seen s = take(&rd);
		struct bgp_update u;
		struct prefix p;
		uint32_t id;

		assert_true(rd_left(&s.rest) <= BGP_MSG_MAX);
		messages++;
		take_update(&s, &u, add_path ? 3 : 0);
		for (int list = 0; list < 4; list++) {
			struct nlri *nlri = list == 0   ? &u.withdrawn
					    : list == 1 ? &u.mp_withdrawn
					    : list == 2 ? &u.reach
							: &u.mp_reach;

			while (nlri_next(nlri, &p, &id)) {
				assert_int_equal(list < 2, set == NULL);
				assert_int_equal(p.b[1] << 8 | p.b[2], seen);
				assert_int_equal(id, add_path ? seen + 7 : 0);
				seen++;
				if (list == 2)
					assert_true(addr_eq(&u.attrs.nexthop, &set->nexthop));
				if (list == 3)
					assert_true(addr_eq(&u.mp_attrs.nexthop, &set->nexthop));
				if (set)
					assert_int_equal(as_path_first(&u.attrs), 65001);
			}
		}
	}
	assert_int_equal(seen, n);
	assert_true(messages > 1 && messages < n / 100);
}

static void routes_are_packed(void **state)
{
	struct attr_set v4 = set_of("10.0.0.1"), v6 = set_of("fd00::1");
	struct attr_set both = v6;

	(void)state;
	both.nexthop_local = test_addr("fe80::1");
	for (int add_path = 0; add_path < 2; add_path++) {
		pack(AFI_IP4, &v4, add_path, 5000);
		pack(AFI_IP4, &v6, add_path, 5000); /* RFC 8950 */
		pack(AFI_IP6, &v6, add_path, 5000);
		pack(AFI_IP6, &both, add_path, 5000);
		pack(AFI_IP4, NULL, add_path, 5000);
		pack(AFI_IP6, NULL, add_path, 5000);
	}
}

/* Attributes that fill a message by themselves, and such that no message holds. */
static void large_attributes(void **state)
{
	static uint8_t communities[65532];
	struct attr_set set = set_of("10.0.0.1");
	struct prefix p = test_prefix("10.233.1.0/24"), q = test_prefix("10.233.2.0/24");
	struct bmp_routes b;
	struct bgp_update u;
	struct seen s;
	struct wr wr;
	struct rd rd;

	(void)state;
	set.communities = communities;
	set.communities_len = 60000;
	wr = wr_init(buf, sizeof(buf));
	bmp_routes_begin(&b, peer_of(BMP_RIB_IN_PRE, "10.0.0.1"), AFI_IP4, &set, false, &wr);
	assert_true(bmp_routes_add(&b, &p, 0));
	assert_false(bmp_routes_add(&b, &q, 0));
	assert_true(bmp_routes_end(&b));
	rd = rd_init(buf, wr_len(&wr));
	s = take(&rd);
	take_update(&s, &u, 0);
	assert_int_equal(u.attrs.communities_len, 60000);
	set.communities_len = 65532;
	wr = wr_init(buf, sizeof(buf));
	wr_u8(&wr, 42);
	bmp_routes_begin(&b, peer_of(BMP_RIB_IN_PRE, "10.0.0.1"), AFI_IP4, &set, false, &wr);
	bmp_routes_add(&b, &p, 0);
	assert_false(bmp_routes_end(&b));
	/* as if nothing had been */
	assert_true(wr_ok(&wr));
	assert_int_equal(wr_len(&wr), 1);
}

static void statistics(void **state)
{
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bmp_stats stats;
	struct seen s;
	struct rd rd;

	(void)state;
	bmp_stats_begin(&stats, peer_of(BMP_RIB_IN_POST, "10.0.0.1"), &wr);
	bmp_stats_gauge(&stats, BMP_STAT_RIB_IN, 0x100000002);
	bmp_stats_counter(&stats, BMP_STAT_TREATED_AS_WITHDRAW, 3);
	bmp_stats_family(&stats, BMP_STAT_RIB_OUT_FAMILY, AFI_IP6, 4);
	bmp_stats_end(&stats);
	assert_true(wr_ok(&wr));
	rd = rd_init(buf, wr_len(&wr));
	s = take(&rd);
	assert_int_equal(s.type, BMP_STATISTICS_REPORT);
	assert_int_equal(s.flags, 0);
	assert_int_equal(take_u32(&s.rest), 3);
	assert_int_equal(take_u16(&s.rest), 7);
	assert_int_equal(take_u16(&s.rest), 8);
	assert_int_equal(take_u32(&s.rest), 1);
	assert_int_equal(take_u32(&s.rest), 2);
	assert_int_equal(take_u16(&s.rest), 11);
	assert_int_equal(take_u16(&s.rest), 4);
	assert_int_equal(take_u32(&s.rest), 3);
	assert_int_equal(take_u16(&s.rest), 17);
	assert_int_equal(take_u16(&s.rest), 11);
	assert_int_equal(take_u16(&s.rest), AFI_IP6);
	assert_int_equal(take_u8(&s.rest), 1);
	assert_int_equal(take_u32(&s.rest), 0);
	assert_int_equal(take_u32(&s.rest), 4);
	assert_int_equal(rd_left(&s.rest), 0);
}

/* A buffer that ends anywhere: nothing is written behind it, and it is said. */
static void short_buffers(void **state)
{
	struct attr_set set = set_of("fd00::1");
	struct prefix p = test_prefix("fd00:233::/64");
	struct bgp_error err = {.code = BGP_ERR_CEASE};
	struct bmp_peer_up up = {.sent = rd_init("abc", 3), .received = rd_init("def", 3)};

	(void)state;
	for (size_t cap = 0; cap < 64; cap++) {
		uint8_t *small = malloc(cap ? cap : 1);
		struct wr wr = wr_init(small, cap);
		struct bmp_routes b;

		bmp_peer_up(peer_of(BMP_LOC_RIB, NULL), &up, &wr);
		assert_false(wr_ok(&wr));
		wr = wr_init(small, cap);
		bmp_routes_begin(&b, peer_of(BMP_RIB_IN_PRE, "10.0.0.1"), AFI_IP6, &set, false,
				 &wr);
		bmp_routes_add(&b, &p, 0);
		assert_false(bmp_routes_end(&b));
		assert_int_equal(wr_len(&wr), 0);
		wr = wr_init(small, cap);
		bmp_peer_down(peer_of(BMP_RIB_IN_PRE, "10.0.0.1"), BMP_DOWN_LOCAL_NOTIFICATION,
			      &err, 0, &wr);
		assert_false(wr_ok(&wr));
		free(small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_of_the_connection),
		cmocka_unit_test(octets_of_a_route),
		cmocka_unit_test(octets_of_the_loc_rib_going),
		cmocka_unit_test(every_view_has_its_flags),
		cmocka_unit_test(a_peer_up_has_both_opens),
		cmocka_unit_test(a_peer_down_says_why),
		cmocka_unit_test(routes_are_packed),
		cmocka_unit_test(large_attributes),
		cmocka_unit_test(statistics),
		cmocka_unit_test(short_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
