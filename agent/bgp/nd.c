/*
 * nd: see nd.h.
 *
 *	solicitation  type 133 (1), code 0 (1), checksum (2), reserved (4), options
 *	advertisement type 134 (1), code 0 (1), checksum (2), hop limit (1), flags (1),
 *	              router lifetime (2), reachable time (4), retrans timer (4), options
 *	an option     type (1), length in units of eight octets (1), value
 */
#include "agent/bgp/nd.h"

#define OPTION_SOURCE_LINK_LAYER 1

/* Sections 6.1.1 and 6.1.2: none of length 0; what they say is of no interest here. */
static bool options_ok(struct rd rd)
{
	uint8_t type, units;
	struct rd rest;

	while (rd_left(&rd)) {
		if (!rd_u8(&rd, &type) || !rd_u8(&rd, &units) || !units ||
		    !rd_sub(&rd, (size_t)units * 8 - 2, &rest))
			return false;
	}
	return true;
}

enum nd_type nd_decode(struct rd msg, const struct addr *from, uint8_t hop_limit)
{
	uint8_t type = 0, code = 0;
	struct rd fixed;

	if (hop_limit != ND_HOP_LIMIT || !rd_u8(&msg, &type) || !rd_u8(&msg, &code) || code)
		return ND_NONE;
	if (type == ND_ADVERT)
		/* a router says so by its link-local address, whatever the lifetime: 0 only means
		 * that it is nobody's default router */
		return rd_sub(&msg, 14, &fixed) && addr_is_linklocal6(from) && options_ok(msg)
			       ? ND_ADVERT
			       : ND_NONE;
	if (type == ND_SOLICIT)
		return rd_sub(&msg, 6, &fixed) && options_ok(msg) ? ND_SOLICIT : ND_NONE;
	return ND_NONE;
}

static void put_head(uint8_t type, size_t zeros, const uint8_t *mac, struct wr *wr)
{
	wr_u8(wr, type);
	for (size_t i = 0; i < zeros; i++)
		wr_u8(wr, 0);
	if (!mac)
		return;
	wr_u8(wr, OPTION_SOURCE_LINK_LAYER);
	wr_u8(wr, 1);
	wr_bytes(wr, mac, 6);
}

void nd_encode_advert(const uint8_t *mac, struct wr *wr)
{
	put_head(ND_ADVERT, 15, mac, wr);
}

void nd_encode_solicit(const uint8_t *mac, struct wr *wr)
{
	put_head(ND_SOLICIT, 7, mac, wr);
}
