/*
 * capa: see capa.h.
 *
 *	 0               1               2
 *	+-------+-------+-------+-------+----------
 *	| code  |  len  | value ...                  one after the other in a parameter of type 2
 *	+-------+-------+-------+-------+----------
 */
#include "agent/bgp/capa.h"

#include <string.h>

#define SAFI_UNICAST         1

#define GR_FLAG_RESTARTING   0x8000
#define GR_FLAG_NOTIFICATION 0x4000
#define GR_TIME_MASK         0x0fff
#define GR_FLAG_FORWARDING   0x80
#define EXT_NEXTHOP_AFI6     2

void capa_init(struct capa *c)
{
	/* padding too: configurations are compared octet by octet */
	memset(c, 0, sizeof(*c));
	c->role = ROLE_NONE;
}

/* The family, or -1 for one we do not know. */
static int family_of(uint16_t afi, uint16_t safi)
{
	if (safi != SAFI_UNICAST)
		return -1;
	return afi == 1 ? FAMILY_IP4 : afi == 2 ? FAMILY_IP6 : -1;
}

static bool decode_mp(struct rd rd, struct capa *c)
{
	uint16_t afi = 0;
	uint8_t reserved, safi = 0;
	int f;

	if (rd_left(&rd) != 4 || !rd_u16(&rd, &afi) || !rd_u8(&rd, &reserved) || !rd_u8(&rd, &safi))
		return false;
	f = family_of(afi, safi);
	if (f >= 0)
		c->families |= (uint8_t)FAMILY_BIT(f);
	else
		c->other_families = true;
	return true;
}

static bool decode_ext_nexthop(struct rd rd, struct capa *c)
{
	uint16_t afi, safi, nh_afi;

	if (!rd_left(&rd) || rd_left(&rd) % 6)
		return false;
	while (rd_u16(&rd, &afi) && rd_u16(&rd, &safi) && rd_u16(&rd, &nh_afi)) {
		if (family_of(afi, safi) == FAMILY_IP4 && nh_afi == EXT_NEXTHOP_AFI6)
			c->ext_nexthop |= FAMILY_BIT(FAMILY_IP4);
	}
	return true;
}

static bool decode_gr(struct rd rd, struct capa *c)
{
	uint16_t head, afi;
	uint8_t safi, flags;

	if (rd_left(&rd) % 4 != 2 || !rd_u16(&rd, &head))
		return false;
	c->gr = true;
	c->gr_restarting = head & GR_FLAG_RESTARTING;
	c->gr_notification = head & GR_FLAG_NOTIFICATION;
	c->gr_time = head & GR_TIME_MASK;
	/* of several such capabilities the last one counts (RFC 4724 section 3) */
	c->gr_families = c->gr_forwarding = 0;
	while (rd_u16(&rd, &afi) && rd_u8(&rd, &safi) && rd_u8(&rd, &flags)) {
		int f = family_of(afi, safi);

		if (f < 0)
			continue;
		c->gr_families |= (uint8_t)FAMILY_BIT(f);
		if (flags & GR_FLAG_FORWARDING)
			c->gr_forwarding |= (uint8_t)FAMILY_BIT(f);
	}
	return true;
}

static bool decode_llgr(struct rd rd, struct capa *c)
{
	uint16_t afi, low;
	uint8_t safi, flags, high;

	if (rd_left(&rd) % 7)
		return false;
	c->llgr = true;
	c->llgr_families = c->llgr_forwarding = 0;
	while (rd_u16(&rd, &afi) && rd_u8(&rd, &safi) && rd_u8(&rd, &flags) && rd_u8(&rd, &high) &&
	       rd_u16(&rd, &low)) {
		int f = family_of(afi, safi);

		if (f < 0)
			continue;
		c->llgr_families |= (uint8_t)FAMILY_BIT(f);
		if (flags & GR_FLAG_FORWARDING)
			c->llgr_forwarding |= (uint8_t)FAMILY_BIT(f);
		c->llgr_time[f] = (uint32_t)high << 16 | low;
	}
	return true;
}

static bool decode_as4(struct rd rd, struct capa *c)
{
	uint32_t asn;

	if (rd_left(&rd) != 4 || !rd_u32(&rd, &asn))
		return false;
	c->as4 = true;
	c->asn = asn;
	return true;
}

static bool decode_add_path(struct rd rd, struct capa *c)
{
	uint16_t afi;
	uint8_t safi, mode;

	if (!rd_left(&rd) || rd_left(&rd) % 4)
		return false;
	while (rd_u16(&rd, &afi) && rd_u8(&rd, &safi) && rd_u8(&rd, &mode)) {
		int f = family_of(afi, safi);

		/* other modes: the tuple is ignored (RFC 7911 section 4) */
		if (f >= 0 && mode >= ADD_PATH_RECEIVE &&
		    mode <= (ADD_PATH_RECEIVE | ADD_PATH_SEND))
			c->add_path[f] = mode;
	}
	return true;
}

static bool decode_role(struct rd rd, struct capa *c)
{
	uint8_t role;

	if (rd_left(&rd) != 1 || !rd_u8(&rd, &role))
		return false;
	/* several that say the same count once, others are a mismatch (RFC 9234 section 4.2) */
	c->role = c->role == ROLE_NONE || c->role == role ? role : ROLE_CONFLICT;
	return true;
}

static bool decode_fqdn(struct rd rd, struct capa *c)
{
	const uint8_t *name;
	uint8_t len;

	if (!rd_u8(&rd, &len) || !rd_bytes(&rd, len, &name))
		return false;
	if (len > CAPA_FQDN_MAX)
		len = CAPA_FQDN_MAX;
	for (int i = 0; i < len; i++)
		c->hostname[i] = name[i] > 0x20 && name[i] < 0x7f ? (char)name[i] : '_';
	c->hostname[len] = '\0';
	return true;
}

static bool decode_one(uint8_t code, struct rd value, struct capa *c)
{
	switch (code) {
	case CAPA_MP:
		return decode_mp(value, c);
	case CAPA_ROUTE_REFRESH:
		c->route_refresh = true;
		return true;
	case CAPA_EXT_NEXTHOP:
		return decode_ext_nexthop(value, c);
	case CAPA_EXT_MESSAGE:
		c->ext_message = true;
		return true;
	case CAPA_ROLE:
		return decode_role(value, c);
	case CAPA_GR:
		return decode_gr(value, c);
	case CAPA_AS4:
		return decode_as4(value, c);
	case CAPA_ADD_PATH:
		return decode_add_path(value, c);
	case CAPA_ENHANCED_REFRESH:
		c->enhanced_refresh = true;
		return true;
	case CAPA_LLGR:
		return decode_llgr(value, c);
	case CAPA_FQDN:
		return decode_fqdn(value, c);
	default:
		return false;
	}
}

bool capa_decode(struct rd rd, struct capa *c, struct bgp_error *err)
{
	while (rd_left(&rd)) {
		struct rd value;
		uint8_t code, len;

		if (!rd_u8(&rd, &code) || !rd_u8(&rd, &len) || !rd_sub(&rd, len, &value)) {
			bgp_error_set(err, BGP_ERR_OPEN, 0, NULL, 0,
				      "a capability runs past its parameter");
			return false;
		}
		if (!decode_one(code, value, c))
			c->unknown++;
	}
	return true;
}

static void encode_family(struct wr *wr, int f)
{
	wr_u16(wr, f == FAMILY_IP4 ? 1 : 2);
}

static uint8_t *begin(struct wr *wr, uint8_t code)
{
	wr_u8(wr, code);
	return wr_mark8(wr);
}

static void encode_flag(struct wr *wr, bool on, uint8_t code)
{
	if (on)
		wr_fill8(wr, begin(wr, code));
}

static void encode_gr(const struct capa *c, struct wr *wr)
{
	uint8_t *mark = begin(wr, CAPA_GR);

	wr_u16(wr, (uint16_t)((c->gr_restarting ? GR_FLAG_RESTARTING : 0) |
			      (c->gr_notification ? GR_FLAG_NOTIFICATION : 0) |
			      (c->gr_time & GR_TIME_MASK)));
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!(c->gr_families & FAMILY_BIT(f)))
			continue;
		encode_family(wr, f);
		wr_u8(wr, SAFI_UNICAST);
		wr_u8(wr, c->gr_forwarding & FAMILY_BIT(f) ? GR_FLAG_FORWARDING : 0);
	}
	wr_fill8(wr, mark);
}

static void encode_llgr(const struct capa *c, struct wr *wr)
{
	uint8_t *mark = begin(wr, CAPA_LLGR);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!(c->llgr_families & FAMILY_BIT(f)))
			continue;
		encode_family(wr, f);
		wr_u8(wr, SAFI_UNICAST);
		wr_u8(wr, c->llgr_forwarding & FAMILY_BIT(f) ? GR_FLAG_FORWARDING : 0);
		wr_u8(wr, (uint8_t)(c->llgr_time[f] >> 16));
		wr_u16(wr, (uint16_t)c->llgr_time[f]);
	}
	wr_fill8(wr, mark);
}

static void encode_add_path(const struct capa *c, struct wr *wr)
{
	uint8_t *mark;

	if (!c->add_path[FAMILY_IP4] && !c->add_path[FAMILY_IP6])
		return;
	mark = begin(wr, CAPA_ADD_PATH);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!c->add_path[f])
			continue;
		encode_family(wr, f);
		wr_u8(wr, SAFI_UNICAST);
		wr_u8(wr, c->add_path[f]);
	}
	wr_fill8(wr, mark);
}

void capa_encode(const struct capa *c, struct wr *wr)
{
	uint8_t *mark;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!(c->families & FAMILY_BIT(f)))
			continue;
		mark = begin(wr, CAPA_MP);
		encode_family(wr, f);
		wr_u8(wr, 0);
		wr_u8(wr, SAFI_UNICAST);
		wr_fill8(wr, mark);
	}
	encode_flag(wr, c->route_refresh, CAPA_ROUTE_REFRESH);
	if (c->ext_nexthop & FAMILY_BIT(FAMILY_IP4)) {
		mark = begin(wr, CAPA_EXT_NEXTHOP);
		wr_u16(wr, 1);
		wr_u16(wr, SAFI_UNICAST);
		wr_u16(wr, EXT_NEXTHOP_AFI6);
		wr_fill8(wr, mark);
	}
	encode_flag(wr, c->ext_message, CAPA_EXT_MESSAGE);
	if (c->role != ROLE_NONE) {
		mark = begin(wr, CAPA_ROLE);
		wr_u8(wr, c->role);
		wr_fill8(wr, mark);
	}
	if (c->gr)
		encode_gr(c, wr);
	if (c->as4) {
		mark = begin(wr, CAPA_AS4);
		wr_u32(wr, c->asn);
		wr_fill8(wr, mark);
	}
	encode_add_path(c, wr);
	encode_flag(wr, c->enhanced_refresh, CAPA_ENHANCED_REFRESH);
	if (c->llgr)
		encode_llgr(c, wr);
	if (c->hostname[0]) {
		mark = begin(wr, CAPA_FQDN);
		wr_u8(wr, (uint8_t)strlen(c->hostname));
		wr_bytes(wr, c->hostname, strlen(c->hostname));
		wr_u8(wr, 0); /* no domain name */
		wr_fill8(wr, mark);
	}
}

bool capa_role_ok(uint8_t local, uint8_t remote, bool strict)
{
	static const uint8_t opposite[] = {
		[ROLE_PROVIDER] = ROLE_CUSTOMER, [ROLE_RS] = ROLE_RS_CLIENT,
		[ROLE_RS_CLIENT] = ROLE_RS,      [ROLE_CUSTOMER] = ROLE_PROVIDER,
		[ROLE_PEER] = ROLE_PEER,
	};

	if (local == ROLE_NONE)
		return true;
	if (remote == ROLE_NONE)
		return !strict;
	return local < sizeof(opposite) && opposite[local] == remote;
}

/* Whoever is without the capability speaks IPv4; who has it for others only, EVPN for one, speaks
 * those (RFC 4760 section 8). */
static uint8_t families_of(const struct capa *c)
{
	return c->families || c->other_families ? c->families : FAMILY_BIT(FAMILY_IP4);
}

void capa_agree(const struct capa *local, const struct capa *remote, struct capa_agreed *out)
{
	memset(out, 0, sizeof(*out));
	out->families = families_of(local) & families_of(remote);
	out->as4 = local->as4 && remote->as4;
	out->ext_message = local->ext_message && remote->ext_message;
	out->route_refresh = local->route_refresh && remote->route_refresh;
	out->enhanced_refresh = local->enhanced_refresh && remote->enhanced_refresh;
	out->ext_nexthop = local->ext_nexthop & remote->ext_nexthop & out->families;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if ((local->add_path[f] & ADD_PATH_RECEIVE) &&
		    (remote->add_path[f] & ADD_PATH_SEND))
			out->add_path_rx |= (uint8_t)FAMILY_BIT(f);
	}
	if (local->gr && remote->gr) {
		out->gr_families = local->gr_families & remote->gr_families & out->families;
		out->gr_notification = local->gr_notification && remote->gr_notification;
		/* LLGR without GR is not valid (RFC 9494 section 4.1) */
		if (local->llgr && remote->llgr)
			out->llgr_families =
				local->llgr_families & remote->llgr_families & out->families;
	}
}
