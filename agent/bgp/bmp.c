/*
 * bmp: see bmp.h.
 *
 *	every message      version 3 (1), length with this header (4), type (1)
 *
 *	per-peer header    peer type (1), flags (1), distinguisher (8), address (16; IPv4 in the
 *last four), AS (4), BGP Identifier (4), seconds (4), microseconds (4) type 0           a
 *neighbour; flags V 0x80 IPv6, L 0x40 after policy, A 0x20 2-octet AS paths, O 0x10 Adj-RIB-Out
 *(RFC 8671) type 3           the Loc-RIB (RFC 9069); flag F 0x80 filtered
 *
 *	Route Monitoring   per-peer header, UPDATE
 *	Statistics Report  per-peer header, count (4), count x { type (2), length (2), value }
 *	Peer Down          per-peer header, reason (1), NOTIFICATION | event (2) | TLVs
 *	Peer Up            per-peer header, local address (16), local port (2), remote port (2),
 *	                   OPEN sent, OPEN received, TLVs
 *	Initiation         TLVs: type (2), length (2), value
 *	Termination        TLVs
 *
 * In an UPDATE of ours the MP attribute stands last, not first, so that prefixes can be added
 * behind it one by one.
 */
#include "agent/bgp/bmp.h"

#define PEER_TYPE_GLOBAL  0
#define PEER_TYPE_LOC_RIB 3
#define FLAG_IP6          0x80
#define FLAG_POST         0x40
#define FLAG_RIB_OUT      0x10

#define TLV_STRING        0
#define TLV_SYS_DESCR     1
#define TLV_SYS_NAME      2
#define TLV_TABLE_NAME    3 /* RFC 9069 section 5.2.1 */
#define TLV_TERM_STRING   0
#define TLV_TERM_REASON   1
#define TLV_STRING_MAX    4096

#define SAFI_UNICAST      1

/* ---- what all have ----------------------------------------------------------------------------
 */

static uint8_t *begin(uint8_t type, struct wr *wr)
{
	uint8_t *start = wr->at;

	wr_u8(wr, BMP_VERSION);
	wr_u32(wr, 0);
	wr_u8(wr, type);
	return start;
}

static void end(struct wr *wr, uint8_t *start)
{
	size_t len;

	if (!wr_ok(wr))
		return;
	len = (size_t)(wr->at - start);
	start[1] = (uint8_t)(len >> 24);
	start[2] = (uint8_t)(len >> 16);
	start[3] = (uint8_t)(len >> 8);
	start[4] = (uint8_t)len;
}

static void put_addr(const struct addr *a, struct wr *wr)
{
	static const uint8_t zero[16];

	if (a->afi == AFI_IP6) {
		wr_bytes(wr, a->b, 16);
	} else {
		wr_bytes(wr, zero, 12);
		wr_bytes(wr, a->afi == AFI_IP4 ? a->b : zero, 4);
	}
}

static void put_peer(const struct bmp_peer *p, struct wr *wr)
{
	uint8_t flags = p->addr.afi == AFI_IP6 ? FLAG_IP6 : 0;

	if (p->view == BMP_RIB_IN_POST)
		flags |= FLAG_POST;
	else if (p->view == BMP_RIB_OUT)
		flags |= FLAG_POST | FLAG_RIB_OUT;
	wr_u8(wr, p->view == BMP_LOC_RIB ? PEER_TYPE_LOC_RIB : PEER_TYPE_GLOBAL);
	wr_u8(wr, flags);
	wr_u32(wr, 0); /* one instance, one routing table */
	wr_u32(wr, 0);
	put_addr(&p->addr, wr);
	wr_u32(wr, p->asn);
	wr_u32(wr, p->id);
	wr_u32(wr, (uint32_t)(p->time / 1000000));
	wr_u32(wr, (uint32_t)(p->time % 1000000));
}

static void put_string(uint16_t type, const char *s, struct wr *wr)
{
	size_t len = strnlen(s, TLV_STRING_MAX);

	wr_u16(wr, type);
	wr_u16(wr, (uint16_t)len);
	wr_bytes(wr, s, len);
}

/* ---- the connection, and sessions -------------------------------------------------------------
 */

void bmp_initiation(const char *sys_name, const char *sys_descr, struct wr *wr)
{
	uint8_t *start = begin(BMP_INITIATION, wr);

	put_string(TLV_SYS_DESCR, sys_descr, wr);
	put_string(TLV_SYS_NAME, sys_name, wr);
	end(wr, start);
}

void bmp_termination(enum bmp_termination_reason reason, const char *text, struct wr *wr)
{
	uint8_t *start = begin(BMP_TERMINATION, wr);

	wr_u16(wr, TLV_TERM_REASON);
	wr_u16(wr, 2);
	wr_u16(wr, (uint16_t)reason);
	if (text)
		put_string(TLV_TERM_STRING, text, wr);
	end(wr, start);
}

/* Of a session as a whole, no one of its tables: the L and O flags are clear. */
static struct bmp_peer whole(const struct bmp_peer *peer)
{
	struct bmp_peer p = *peer;

	if (p.view != BMP_LOC_RIB)
		p.view = BMP_RIB_IN_PRE;
	return p;
}

void bmp_peer_up(const struct bmp_peer *peer, const struct bmp_peer_up *up, struct wr *wr)
{
	uint8_t *start = begin(BMP_PEER_UP, wr);
	struct bmp_peer p = whole(peer);

	put_peer(&p, wr);
	put_addr(&up->local, wr);
	wr_u16(wr, up->local_port);
	wr_u16(wr, up->remote_port);
	wr_bytes(wr, up->sent.at, rd_left(&up->sent));
	wr_bytes(wr, up->received.at, rd_left(&up->received));
	if (peer->view == BMP_LOC_RIB)
		put_string(TLV_TABLE_NAME, BMP_TABLE_DEFAULT, wr);
	end(wr, start);
}

void bmp_peer_down(const struct bmp_peer *peer, enum bmp_down_reason reason,
		   const struct bgp_error *notification, uint16_t event, struct wr *wr)
{
	uint8_t *start = begin(BMP_PEER_DOWN, wr);
	struct bmp_peer p = whole(peer);

	put_peer(&p, wr);
	wr_u8(wr, (uint8_t)reason);
	switch (reason) {
	case BMP_DOWN_LOCAL_NOTIFICATION:
	case BMP_DOWN_REMOTE_NOTIFICATION:
		notification_encode(notification, wr);
		break;
	case BMP_DOWN_LOCAL_EVENT:
		wr_u16(wr, event);
		break;
	case BMP_DOWN_LOC_RIB:
		put_string(TLV_TABLE_NAME, BMP_TABLE_DEFAULT, wr);
		break;
	default:
		break;
	}
	end(wr, start);
}

/* ---- routes -----------------------------------------------------------------------------------
 */

/* The attributes, as the peer would have sent them with 4-octet AS numbers. */
static void put_attrs(const struct attr_set *set, bool classic, struct wr *wr)
{
	const struct attr_ctx ctx = {.as4 = true, .ibgp = true};

	attr_encode(&ctx, set, classic, wr);
}

static void begin_reach(struct bmp_routes *b, const struct attr_set *set, struct wr *wr)
{
	size_t len = set->nexthop.afi == AFI_IP4 ? 4 : set->nexthop_local.afi ? 32 : 16;

	wr_u16(wr, 0); /* nothing withdrawn */
	b->field = wr_mark16(wr);
	put_attrs(set, b->classic, wr);
	if (b->classic) {
		wr_fill16(wr, b->field);
		return;
	}
	wr_u8(wr, ATTR_FLAG_OPTIONAL | ATTR_FLAG_EXTENDED);
	wr_u8(wr, ATTR_MP_REACH);
	b->mp = wr_mark16(wr);
	wr_u16(wr, b->afi);
	wr_u8(wr, SAFI_UNICAST);
	wr_u8(wr, (uint8_t)len);
	wr_bytes(wr, set->nexthop.b, len == 4 ? 4 : 16);
	if (len == 32)
		wr_bytes(wr, set->nexthop_local.b, 16);
	wr_u8(wr, 0);
}

static void begin_withdraw(struct bmp_routes *b, struct wr *wr)
{
	if (b->classic) {
		b->field = wr_mark16(wr);
		return;
	}
	wr_u16(wr, 0);
	b->field = wr_mark16(wr);
	wr_u8(wr, ATTR_FLAG_OPTIONAL | ATTR_FLAG_EXTENDED);
	wr_u8(wr, ATTR_MP_UNREACH);
	b->mp = wr_mark16(wr);
	wr_u16(wr, b->afi);
	wr_u8(wr, SAFI_UNICAST);
}

void bmp_routes_begin(struct bmp_routes *b, const struct bmp_peer *peer, enum afi afi,
		      const struct attr_set *set, bool add_path, struct wr *wr)
{
	*b = (struct bmp_routes){.wr = wr,
				 .before = *wr,
				 .add_path = add_path,
				 .withdraw = !set,
				 .afi = (uint8_t)afi};
	b->classic = afi == AFI_IP4 && (!set || set->nexthop.afi == AFI_IP4);
	b->bmp = begin(BMP_ROUTE_MONITORING, wr);
	put_peer(peer, wr);
	b->update = msg_begin(wr, BGP_UPDATE);
	if (set)
		begin_reach(b, set, wr);
	else
		begin_withdraw(b, wr);
}

bool bmp_routes_add(struct bmp_routes *b, const struct prefix *p, uint32_t path_id)
{
	size_t octets = ((size_t)p->len + 7) / 8;
	size_t len = 1 + octets + (b->add_path ? 4 : 0);
	/* behind the withdrawn routes there is the length of the attributes */
	size_t rest = b->withdraw && b->classic ? 2 : 0;

	if (b->n && ((size_t)(b->wr->at - b->update) + len + rest > BGP_MSG_MAX ||
		     wr_room(b->wr) < len + rest))
		return false;
	b->n++;
	if (b->add_path)
		wr_u32(b->wr, path_id);
	wr_u8(b->wr, p->len);
	wr_bytes(b->wr, p->b, octets);
	return true;
}

bool bmp_routes_end(struct bmp_routes *b)
{
	struct wr *wr = b->wr;

	if (b->mp)
		wr_fill16(wr, b->mp);
	if (!b->classic || b->withdraw)
		wr_fill16(wr, b->field);
	if (b->classic && b->withdraw)
		wr_u16(wr, 0); /* no attributes */
	msg_end(wr, b->update);
	end(wr, b->bmp);
	if (wr_ok(wr))
		return true;
	*wr = b->before;
	return false;
}

void bmp_end_of_rib(const struct bmp_peer *peer, enum afi afi, struct wr *wr)
{
	struct bmp_routes b;

	bmp_routes_begin(&b, peer, afi, NULL, false, wr);
	/* nothing withdrawn: that is the marker (RFC 4724 section 2) */
	bmp_routes_end(&b);
}

/* ---- statistics -------------------------------------------------------------------------------
 */

void bmp_stats_begin(struct bmp_stats *s, const struct bmp_peer *peer, struct wr *wr)
{
	struct bmp_peer p = whole(peer);

	*s = (struct bmp_stats){.wr = wr};
	s->bmp = begin(BMP_STATISTICS_REPORT, wr);
	put_peer(&p, wr);
	s->count = wr->at;
	wr_u32(wr, 0);
}

static void put_u64(uint64_t value, struct wr *wr)
{
	wr_u32(wr, (uint32_t)(value >> 32));
	wr_u32(wr, (uint32_t)value);
}

void bmp_stats_counter(struct bmp_stats *s, enum bmp_stat stat, uint32_t value)
{
	s->n++;
	wr_u16(s->wr, (uint16_t)stat);
	wr_u16(s->wr, 4);
	wr_u32(s->wr, value);
}

void bmp_stats_gauge(struct bmp_stats *s, enum bmp_stat stat, uint64_t value)
{
	s->n++;
	wr_u16(s->wr, (uint16_t)stat);
	wr_u16(s->wr, 8);
	put_u64(value, s->wr);
}

void bmp_stats_family(struct bmp_stats *s, enum bmp_stat stat, enum afi afi, uint64_t value)
{
	s->n++;
	wr_u16(s->wr, (uint16_t)stat);
	wr_u16(s->wr, 11);
	wr_u16(s->wr, (uint16_t)afi);
	wr_u8(s->wr, SAFI_UNICAST);
	put_u64(value, s->wr);
}

void bmp_stats_end(struct bmp_stats *s)
{
	if (!wr_ok(s->wr))
		return;
	s->count[2] = (uint8_t)(s->n >> 8);
	s->count[3] = (uint8_t)s->n;
	end(s->wr, s->bmp);
}
