/*
 * as4: AS paths between speakers with and without 4-octet AS numbers (RFC 6793).
 *
 * Inside there are only paths of 4-octet ASNs. An old speaker's AS_PATH has 2 octets for each, with
 * AS_TRANS for what they cannot hold, and carries the real numbers along in AS4_PATH:
 *
 *	AS_PATH   65001 23456 23456         as old speakers on the way have written it
 *	AS4_PATH        65536 65537         as the last new speaker before them has
 *	   ->     65001 65536 65537
 *
 * What does not fit into the scratch makes it full, which the caller asks about once.
 */
#include "agent/bgp/attr_impl.h"
#include "agent/bgp/msg.h"

static bool is_confed(uint8_t type)
{
	return type == AS_CONFED_SEQUENCE || type == AS_CONFED_SET;
}

bool as4_segments_ok(struct rd rd, size_t width, bool confed)
{
	while (rd_left(&rd)) {
		uint8_t type, count;
		struct rd asns;

		if (!rd_u8(&rd, &type) || !rd_u8(&rd, &count) || !count ||
		    !rd_sub(&rd, count * width, &asns))
			return false;
		if (type != AS_SET && type != AS_SEQUENCE && !(confed && is_confed(type)))
			return false;
		while (rd_left(&asns)) {
			uint16_t v2 = 0;
			uint32_t v4 = 0;

			if (width == 2 ? !rd_u16(&asns, &v2) || !v2 : !rd_u32(&asns, &v4) || !v4)
				return false;
		}
	}
	return true;
}

/* The path is what the scratch holds from start on. One too long for a length of 16 bits, as no
 * path in the world is, makes the scratch full. */
static uint16_t scratch_len(struct wr *scratch, const uint8_t *start)
{
	size_t len = (size_t)(scratch->at - start);

	if (len <= UINT16_MAX)
		return (uint16_t)len;
	scratch->full = true;
	return 0;
}

static void path_set(struct wr *scratch, const uint8_t *start, struct attr_set *set)
{
	set->as_path_len = scratch_len(scratch, start);
	set->as_path = set->as_path_len ? start : NULL;
}

void as4_widen(struct rd rd, struct wr *scratch, struct attr_set *set)
{
	const uint8_t *start = scratch->at;
	uint8_t type, count;
	uint16_t v;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count)) {
		wr_u8(scratch, type);
		wr_u8(scratch, count);
		while (count-- && rd_u16(&rd, &v))
			wr_u32(scratch, v);
	}
	path_set(scratch, start, set);
}

void as4_path_take(struct rd rd, struct wr *scratch, struct as4 *as4)
{
	const uint8_t *start = scratch->at, *asns;
	uint8_t type, count;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count) && rd_bytes(&rd, (size_t)count * 4, &asns)) {
		if (is_confed(type))
			continue;
		wr_u8(scratch, type);
		wr_u8(scratch, count);
		wr_bytes(scratch, asns, (size_t)count * 4);
	}
	as4->path_len = scratch_len(scratch, start);
	as4->path = as4->path_len ? start : NULL;
}

/* The first hops of path, so many that with those of AS4_PATH they are all, and then AS4_PATH. */
static void merge_path(const struct as4 *as4, struct wr *scratch, struct attr_set *set)
{
	struct attr_set other = {.as_path = as4->path, .as_path_len = as4->path_len};
	unsigned int n = as_path_hops(set), n4 = as_path_hops(&other), lead;
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	const uint8_t *start = scratch->at;

	if (n < n4)
		return; /* shortened on the way: AS4_PATH is not of this path any more */
	lead = n - n4;
	while (lead) {
		uint8_t type = 0, count = 0, take;
		const uint8_t *asns;

		rd_u8(&rd, &type);
		rd_u8(&rd, &count);
		take = type == AS_SEQUENCE && count > lead ? (uint8_t)lead : count;
		if (!rd_bytes(&rd, (size_t)count * 4, &asns))
			break;
		wr_u8(scratch, type);
		wr_u8(scratch, take);
		wr_bytes(scratch, asns, (size_t)take * 4);
		lead -= type == AS_SEQUENCE ? take : 1;
	}
	wr_bytes(scratch, as4->path, as4->path_len);
	path_set(scratch, start, set);
}

void as4_merge(const struct as4 *as4, struct wr *scratch, struct attr_set *set)
{
	if (as4->has_aggregator && (set->has & ATTR_HAS_AGGREGATOR)) {
		/* An old speaker has aggregated since the AS4_ attributes were written: both are
		 * stale. An AGGREGATOR alone says nothing of the kind: its AS may just be one of
		 * two octets. */
		if (set->aggregator_as != BGP_AS_TRANS)
			return;
		set->aggregator_as = as4->aggregator_as;
		set->aggregator_id = as4->aggregator_id;
	}
	if (as4->path && (set->has & ATTR_HAS_AS_PATH))
		merge_path(as4, scratch, set);
}

bool as4_path_needed(const struct attr_set *set)
{
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	uint8_t type, count;
	uint32_t asn;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count)) {
		while (count-- && rd_u32(&rd, &asn)) {
			if (asn > UINT16_MAX)
				return true;
		}
	}
	return false;
}

size_t as4_narrow_len(const struct attr_set *set)
{
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	const uint8_t *asns;
	uint8_t type, count;
	size_t len = 0;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count) && rd_bytes(&rd, (size_t)count * 4, &asns))
		len += 2 + (size_t)count * 2;
	return len;
}

void as4_narrow(const struct attr_set *set, struct wr *wr)
{
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	uint8_t type, count;
	uint32_t asn;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count)) {
		wr_u8(wr, type);
		wr_u8(wr, count);
		while (count-- && rd_u32(&rd, &asn))
			wr_u16(wr, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn);
	}
}
