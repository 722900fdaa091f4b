/*
 * update: see update.h.
 *
 *	+------------+------------------+------------+-----------------+------- ...
 *	| length (2) | withdrawn routes | length (2) | path attributes | NLRI
 *	+------------+------------------+------------+-----------------+------- ...
 *
 *	a prefix: [path identifier (4)] length in bits (1), as many octets as that needs
 *
 *	MP_REACH_NLRI:   AFI (2), SAFI (1), length (1), next hop, reserved (1), NLRI
 *	MP_UNREACH_NLRI: AFI (2), SAFI (1), withdrawn routes
 */
#include "agent/bgp/update.h"

#define SAFI_UNICAST 1

static int family_of(uint16_t afi, uint8_t safi)
{
	if (safi != SAFI_UNICAST)
		return -1;
	return afi == AFI_IP4 ? FAMILY_IP4 : afi == AFI_IP6 ? FAMILY_IP6 : -1;
}

/* ---- NLRI -------------------------------------------------------------------------------------
 */

static bool nlri_read(struct nlri *n, struct prefix *p, uint32_t *path_id)
{
	struct prefix out = {.afi = n->afi};
	const uint8_t *bytes;
	uint32_t id = 0;
	uint8_t len;
	size_t octets;

	if ((n->add_path && !rd_u32(&n->rd, &id)) || !rd_u8(&n->rd, &len) || len > afi_bits(n->afi))
		return false;
	octets = ((size_t)len + 7) / 8;
	if (!rd_bytes(&n->rd, octets, &bytes))
		return false;
	memcpy(out.b, bytes, octets);
	if (len % 8) /* bits behind the length mean nothing (RFC 4271 section 4.3) */
		out.b[octets - 1] &= (uint8_t)(0xff00 >> len % 8);
	out.len = len;
	*p = out;
	*path_id = id;
	return true;
}

bool nlri_next(struct nlri *n, struct prefix *p, uint32_t *path_id)
{
	return rd_left(&n->rd) && nlri_read(n, p, path_id);
}

/* Walks it once, so that nobody who walks it again comes to grief half-way. */
static bool nlri_ok(struct nlri n)
{
	struct prefix p;
	uint32_t id;

	while (rd_left(&n.rd)) {
		if (!nlri_read(&n, &p, &id))
			return false;
	}
	return true;
}

static struct nlri nlri_make(const struct update_ctx *ctx, int family, struct rd rd)
{
	return (struct nlri){.rd = rd,
			     .afi = family == FAMILY_IP4 ? AFI_IP4 : AFI_IP6,
			     .add_path = ctx->agreed.add_path_rx & FAMILY_BIT(family)};
}

/* ---- the MP attributes ------------------------------------------------------------------------
 */

/* data: what a NOTIFICATION would show the peer (RFC 4271 section 6.3). */
static void worse(struct bgp_update *u, enum update_verdict verdict, uint8_t subcode, uint8_t attr,
		  struct rd data, const char *what)
{
	if (verdict <= u->verdict)
		return;
	u->verdict = verdict;
	u->bad_attr = attr;
	bgp_error_set(&u->err, BGP_ERR_UPDATE, subcode, data.at, rd_left(&data), what);
}

/* RFC 4760, RFC 2545 and RFC 8950: false if the length does not go with the family. */
static bool decode_mp_nexthop(const struct update_ctx *ctx, int family, struct rd nh,
			      struct attr_set *set)
{
	size_t len = rd_left(&nh);
	struct addr a;

	set->nexthop = set->nexthop_local = (struct addr){.afi = AFI_NONE};
	if (len == 4 && family == FAMILY_IP4) {
		set->nexthop = addr_make(AFI_IP4, nh.at);
		return true;
	}
	if ((len != 16 && len != 32) ||
	    (family == FAMILY_IP4 && !(ctx->agreed.ext_nexthop & FAMILY_BIT(FAMILY_IP4))))
		return false;
	a = addr_make(AFI_IP6, nh.at);
	set->nexthop = a;
	if (len == 32)
		set->nexthop_local = addr_make(AFI_IP6, nh.at + 16);
	/* some send the link-local address alone, or in both places, or with no global one */
	if (addr_is_linklocal6(&a))
		set->nexthop_local = a;
	else if (addr_is_zero(&a) && addr_is_linklocal6(&set->nexthop_local))
		set->nexthop = set->nexthop_local;
	if (!addr_is_linklocal6(&set->nexthop_local))
		set->nexthop_local = (struct addr){.afi = AFI_NONE};
	return true;
}

static bool is_agreed(const struct update_ctx *ctx, int family)
{
	return family >= 0 && (ctx->agreed.families & FAMILY_BIT(family));
}

/* What a family has cost the peer that was not agreed on is nothing: RFC 4760 section 7 would have
 * us forget its routes and ignore what comes ("AFI/SAFI disable"), and there are none. So whatever
 * else is wrong with the attribute, no fault of it is one of the session's.
 *
 * Returns whether there may be NLRI in it, be it of a family that nobody knows. */
static bool decode_mp_reach(const struct update_ctx *ctx, const struct attr_result *res,
			    struct bgp_update *u)
{
	struct rd rd = res->mp_reach, whole = res->mp_reach_whole, nh;
	uint16_t afi = 0;
	uint8_t safi = 0, nh_len = 0, reserved;
	struct nlri n;
	int family;

	if (!rd_u16(&rd, &afi) || !rd_u8(&rd, &safi)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_REACH, whole,
		      "MP_REACH_NLRI is cut short");
		return false;
	}
	family = family_of(afi, safi);
	if (!is_agreed(ctx, family)) {
		u->ignored++;
		return true;
	}
	if (res->mp_reach_bad_flags) {
		worse(u, UPDATE_RESET, BGP_UPDATE_ATTR_FLAGS, ATTR_MP_REACH, whole,
		      "MP_REACH_NLRI with wrong flags");
		return false;
	}
	if (!rd_u8(&rd, &nh_len) || !rd_sub(&rd, nh_len, &nh) || !rd_u8(&rd, &reserved)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_REACH, whole,
		      "MP_REACH_NLRI is cut short");
		return false;
	}
	u->mp_attrs = u->attrs;
	if (!decode_mp_nexthop(ctx, family, nh, &u->mp_attrs)) {
		/* RFC 7606 section 7.11: where the NLRI begins cannot be trusted */
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_REACH, whole,
		      "the next hop's length does not go with the family");
		return false;
	}
	n = nlri_make(ctx, family, rd);
	if (!nlri_ok(n)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_REACH, whole,
		      "MP_REACH_NLRI has a prefix that is none");
		return false;
	}
	u->mp_attrs.has |= ATTR_HAS_NEXT_HOP;
	u->mp_reach = n;
	if (rd_left(&n.rd) && !addr_is_host(&u->mp_attrs.nexthop))
		worse(u, UPDATE_TREAT_WITHDRAW, BGP_UPDATE_INVALID_NEXT_HOP, ATTR_MP_REACH, whole,
		      "the next hop is no host's address");
	return rd_left(&n.rd) != 0;
}

/* Returns the family, if it was agreed on, for an End-of-RIB. */
static int decode_mp_unreach(const struct update_ctx *ctx, const struct attr_result *res,
			     struct bgp_update *u)
{
	struct rd rd = res->mp_unreach, whole = res->mp_unreach_whole;
	uint16_t afi = 0;
	uint8_t safi = 0;
	struct nlri n;
	int family;

	if (!rd_u16(&rd, &afi) || !rd_u8(&rd, &safi)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_UNREACH, whole,
		      "MP_UNREACH_NLRI is cut short");
		return -1;
	}
	family = family_of(afi, safi);
	if (!is_agreed(ctx, family)) {
		u->ignored++;
		return -1;
	}
	if (res->mp_unreach_bad_flags) {
		worse(u, UPDATE_RESET, BGP_UPDATE_ATTR_FLAGS, ATTR_MP_UNREACH, whole,
		      "MP_UNREACH_NLRI with wrong flags");
		return -1;
	}
	n = nlri_make(ctx, family, rd);
	if (!nlri_ok(n)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_OPTIONAL_ATTR, ATTR_MP_UNREACH, whole,
		      "MP_UNREACH_NLRI has a prefix that is none");
		return -1;
	}
	u->mp_withdrawn = n;
	return family;
}

/* ---- the message ------------------------------------------------------------------------------
 */

static void decode_classic(const struct update_ctx *ctx, struct rd withdrawn, struct rd reach,
			   struct bgp_update *u)
{
	struct rd none = {0};

	if (!is_agreed(ctx, FAMILY_IP4)) {
		u->ignored += (rd_left(&withdrawn) != 0) + (rd_left(&reach) != 0);
		return;
	}
	u->withdrawn = nlri_make(ctx, FAMILY_IP4, withdrawn);
	u->reach = nlri_make(ctx, FAMILY_IP4, reach);
	/* RFC 7606 section 5.3 */
	if (!nlri_ok(u->withdrawn))
		worse(u, UPDATE_RESET, BGP_UPDATE_INVALID_NETWORK, 0, none,
		      "a withdrawn route is no prefix");
	if (!nlri_ok(u->reach))
		worse(u, UPDATE_RESET, BGP_UPDATE_INVALID_NETWORK, 0, none,
		      "an announced route is no prefix");
}

static void check_mandatory(const struct update_ctx *ctx, struct bgp_update *u)
{
	struct attr_result res = {.verdict = u->verdict};

	if (!rd_left(&u->reach.rd) && !rd_left(&u->mp_reach.rd))
		return;
	attr_check_mandatory(&ctx->attr, &u->attrs, rd_left(&u->reach.rd) != 0, &res);
	if (res.verdict == u->verdict)
		return;
	u->verdict = res.verdict;
	u->err = res.err;
	u->bad_attr = res.bad_attr;
}

void update_decode(const struct update_ctx *ctx, struct rd body, uint8_t *scratch,
		   struct bgp_update *u)
{
	struct attr_result res;
	struct rd withdrawn, attrs, none = {0};
	uint16_t len = 0;
	int eor_family = -1;
	bool reachable;

	memset(u, 0, sizeof(*u));
	if (!rd_u16(&body, &len) || !rd_sub(&body, len, &withdrawn) || !rd_u16(&body, &len) ||
	    !rd_sub(&body, len, &attrs)) {
		worse(u, UPDATE_RESET, BGP_UPDATE_MALFORMED_ATTR_LIST, 0, none,
		      "the lengths of withdrawn routes and attributes do not fit the message");
		return;
	}
	if (!rd_left(&withdrawn) && !rd_left(&attrs) && !rd_left(&body)) {
		if (is_agreed(ctx, FAMILY_IP4))
			u->eor = AFI_IP4;
		else
			u->ignored++;
		return;
	}
	attr_decode(&ctx->attr, attrs, scratch, &u->attrs, &res);
	u->verdict = res.verdict;
	u->err = res.err;
	u->bad_attr = res.bad_attr;
	u->discarded = res.discarded;
	reachable = rd_left(&body) != 0;
	decode_classic(ctx, withdrawn, body, u);
	if (res.has_mp_reach)
		reachable |= decode_mp_reach(ctx, &res, u);
	if (res.has_mp_unreach)
		eor_family = decode_mp_unreach(ctx, &res, u);
	check_mandatory(ctx, u);
	/* RFC 7606 section 5.2: attributes are of routes. Where one is broken and none are seen,
	 * they may have been lost in what is broken, so that nobody knows what to withdraw. */
	if (u->verdict == UPDATE_TREAT_WITHDRAW && !reachable)
		u->verdict = UPDATE_RESET;
	/* RFC 4724 section 2: MP_UNREACH_NLRI of nothing, and nothing else. Some write IPv4's like
	 * that, too. */
	if (eor_family >= 0 && u->verdict == UPDATE_OK && res.count == 1 && !rd_left(&withdrawn) &&
	    !rd_left(&body) && !rd_left(&u->mp_withdrawn.rd))
		u->eor = eor_family == FAMILY_IP4 ? AFI_IP4 : AFI_IP6;
}

/* ---- encoding ---------------------------------------------------------------------------------
 */

static size_t prefix_octets(const struct prefix *p)
{
	return 1 + ((size_t)p->len + 7) / 8;
}

/* As many as fit in room octets; writes them. */
static size_t put_prefixes(const struct prefix *p, size_t count, size_t room, struct wr *wr)
{
	size_t n;

	for (n = 0; n < count && prefix_octets(&p[n]) <= room; n++) {
		room -= prefix_octets(&p[n]);
		wr_u8(wr, p[n].len);
		wr_bytes(wr, p[n].b, prefix_octets(&p[n]) - 1);
	}
	if (!n)
		wr->full = true; /* not even one: max is no message's size */
	return n;
}

/* What the message that began at start may still take: of max, and of the buffer. */
static size_t room_left(const struct wr *wr, const uint8_t *start, size_t max)
{
	size_t used = (size_t)(wr->at - start);
	size_t left = wr_ok(wr) && used < max ? max - used : 0;

	return left < wr_room(wr) ? left : wr_room(wr);
}

static uint8_t *begin_mp(struct wr *wr, uint8_t type, uint8_t afi)
{
	uint8_t *mark;

	wr_u8(wr, ATTR_FLAG_OPTIONAL | ATTR_FLAG_EXTENDED);
	wr_u8(wr, type);
	mark = wr_mark16(wr);
	wr_u16(wr, afi);
	wr_u8(wr, SAFI_UNICAST);
	return mark;
}

size_t update_encode_reach(const struct update_ctx *ctx, const struct attr_set *set,
			   const struct prefix *p, size_t count, size_t max, struct wr *wr)
{
	bool classic = p->afi == AFI_IP4 && set->nexthop.afi == AFI_IP4;
	uint8_t *start = msg_begin(wr, BGP_UPDATE);
	uint8_t *attrs, *mp;
	size_t n = 0;

	wr_u16(wr, 0); /* nothing withdrawn */
	attrs = wr_mark16(wr);
	if (!classic) {
		/* first, so that a reader that loses its way later has the routes (RFC 7606 section
		 * 5.1); so what comes behind it is written twice, the first time for its length */
		size_t len = set->nexthop.afi == AFI_IP4 ? 4 : set->nexthop_local.afi ? 32 : 16;
		struct wr rest;
		size_t room;

		mp = begin_mp(wr, ATTR_MP_REACH, p->afi);
		wr_u8(wr, (uint8_t)len);
		wr_bytes(wr, set->nexthop.b, len == 4 ? 4 : 16);
		if (len == 32)
			wr_bytes(wr, set->nexthop_local.b, 16);
		wr_u8(wr, 0);
		room = room_left(wr, start, max);
		rest = *wr;
		attr_encode(&ctx->attr, set, false, &rest);
		len = wr_ok(&rest) ? (size_t)(rest.at - wr->at) : room;
		n = put_prefixes(p, count, room > len ? room - len : 0, wr);
		wr_fill16(wr, mp);
		attr_encode(&ctx->attr, set, false, wr);
	} else {
		attr_encode(&ctx->attr, set, true, wr);
	}
	wr_fill16(wr, attrs);
	if (classic)
		n = put_prefixes(p, count, room_left(wr, start, max), wr);
	msg_end(wr, start);
	return n;
}

size_t update_encode_withdraw(const struct update_ctx *ctx, const struct prefix *p, size_t count,
			      size_t max, struct wr *wr)
{
	uint8_t *start = msg_begin(wr, BGP_UPDATE);
	uint8_t *mark, *mp;
	size_t n, room;

	(void)ctx;
	if (p->afi == AFI_IP4) {
		mark = wr_mark16(wr);
		room = room_left(wr, start, max);
		n = put_prefixes(p, count, room > 2 ? room - 2 : 0, wr);
		wr_fill16(wr, mark);
		wr_u16(wr, 0);
	} else {
		wr_u16(wr, 0);
		mark = wr_mark16(wr);
		mp = begin_mp(wr, ATTR_MP_UNREACH, p->afi);
		n = put_prefixes(p, count, room_left(wr, start, max), wr);
		wr_fill16(wr, mp);
		wr_fill16(wr, mark);
	}
	msg_end(wr, start);
	return n;
}

void update_encode_eor(enum afi afi, struct wr *wr)
{
	uint8_t *start = msg_begin(wr, BGP_UPDATE);
	uint8_t *mark;

	wr_u16(wr, 0);
	mark = wr_mark16(wr);
	if (afi == AFI_IP6) {
		/* the short form of the length, as everybody writes it */
		wr_u8(wr, ATTR_FLAG_OPTIONAL);
		wr_u8(wr, ATTR_MP_UNREACH);
		wr_u8(wr, 3);
		wr_u16(wr, AFI_IP6);
		wr_u8(wr, SAFI_UNICAST);
	}
	wr_fill16(wr, mark);
	msg_end(wr, start);
}
