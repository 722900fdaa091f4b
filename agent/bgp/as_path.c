/*
 * as_path: AS_PATH as octets (RFC 4271 section 4.3, RFC 6793): always 4-octet ASNs here.
 *
 *	 0       1       2                       6
 *	+-------+-------+-----------------------+-- ...
 *	| type  | count | ASN                   |  count times
 *	+-------+-------+-----------------------+-- ...
 */
#include "agent/bgp/attr.h"

#include <stdio.h>
#include <stdlib.h>

struct segment {
	uint8_t type;
	uint8_t count;
	struct rd asns;
};

/* The octets were checked when they were decoded. */
static bool segment_next(struct rd *rd, struct segment *s)
{
	return rd_u8(rd, &s->type) && rd_u8(rd, &s->count) &&
	       rd_sub(rd, (size_t)s->count * 4, &s->asns);
}

static struct rd path_of(const struct attr_set *set)
{
	return rd_init(set->as_path, set->as_path_len);
}

unsigned int as_path_hops(const struct attr_set *set)
{
	struct rd rd = path_of(set);
	struct segment s;
	unsigned int hops = 0;

	while (segment_next(&rd, &s)) {
		if (s.type == AS_SEQUENCE)
			hops += s.count;
		else if (s.type == AS_SET)
			hops++;
	}
	return hops;
}

unsigned int as_path_count(const struct attr_set *set, uint32_t asn)
{
	struct rd rd = path_of(set);
	struct segment s;
	unsigned int n = 0;
	uint32_t v;

	while (segment_next(&rd, &s)) {
		while (rd_u32(&s.asns, &v))
			n += v == asn;
	}
	return n;
}

uint32_t as_path_first(const struct attr_set *set)
{
	struct rd rd = path_of(set);
	struct segment s;
	uint32_t v = 0;

	if (segment_next(&rd, &s) && s.type == AS_SEQUENCE)
		rd_u32(&s.asns, &v);
	return v;
}

uint32_t as_path_origin(const struct attr_set *set)
{
	struct rd rd = path_of(set);
	struct segment s = {0};
	uint32_t v = 0;

	while (segment_next(&rd, &s))
		;
	if (s.type != AS_SEQUENCE)
		return 0;
	while (rd_u32(&s.asns, &v))
		;
	return v;
}

const char *asn_str(uint32_t asn, bool asdot, char *buf)
{
	if (asdot && asn > UINT16_MAX)
		snprintf(buf, 12, "%u.%u", asn >> 16, asn & 0xffff);
	else
		snprintf(buf, 12, "%u", asn);
	return buf;
}

static bool parse_part(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;

	if (!len || len > 10 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

bool asn_parse(const char *s, uint32_t *out)
{
	const char *dot = strchr(s, '.');
	uint32_t high = 0, low;

	if (dot) {
		if (!parse_part(s, (size_t)(dot - s), UINT16_MAX, &high) ||
		    !parse_part(dot + 1, strlen(dot + 1), UINT16_MAX, &low))
			return false;
		low |= high << 16;
	} else if (!parse_part(s, strlen(s), UINT32_MAX, &low)) {
		return false;
	}
	if (!low)
		return false;
	*out = low;
	return true;
}

const char *as_path_str(const struct attr_set *set, bool asdot, char *buf, size_t cap)
{
	static const char *const open[] = {
		[AS_SET] = "{", [AS_CONFED_SEQUENCE] = "(", [AS_CONFED_SET] = "["};
	static const char *const close[] = {
		[AS_SET] = "}", [AS_CONFED_SEQUENCE] = ")", [AS_CONFED_SET] = "]"};
	struct rd rd = path_of(set);
	struct segment s;
	size_t at = 0;

	if (!cap)
		return buf;
	buf[0] = '\0';
	while (segment_next(&rd, &s)) {
		bool plain = s.type == AS_SEQUENCE;
		uint32_t asn;

		for (int i = 0; rd_u32(&s.asns, &asn); i++) {
			char text[12], piece[32];
			size_t len;

			snprintf(piece, sizeof(piece), "%s%s%s%s", at && (plain || !i) ? " " : "",
				 plain || i ? "" : open[s.type], !plain && i ? "," : "",
				 asn_str(asn, asdot, text));
			if (!plain && !rd_left(&s.asns))
				strcat(piece, close[s.type]);
			len = strlen(piece);
			if (at + len + 4 > cap) {
				if (at + 4 <= cap)
					strcpy(buf + at, "...");
				return buf;
			}
			memcpy(buf + at, piece, len + 1);
			at += len;
		}
	}
	return buf;
}

bool as_path_prepend(const struct attr_set *set, uint32_t asn, unsigned int times, uint8_t *out,
		     size_t cap, uint16_t *len)
{
	struct rd rd = path_of(set);
	struct wr wr = wr_init(out, cap);
	struct segment s;
	struct rd rest = rd;
	uint8_t old = 0;

	if (times > UINT8_MAX)
		return false;
	/* into the first sequence, if it has room (RFC 4271 section 5.1.2) */
	if (segment_next(&rest, &s) && s.type == AS_SEQUENCE && s.count + times <= UINT8_MAX)
		old = s.count;
	else
		rest = rd;
	if (times) {
		wr_u8(&wr, AS_SEQUENCE);
		wr_u8(&wr, (uint8_t)(old + times));
		for (unsigned int i = 0; i < times; i++)
			wr_u32(&wr, asn);
		if (old)
			wr_bytes(&wr, s.asns.at, (size_t)old * 4);
		wr_bytes(&wr, rest.at, rd_left(&rest));
	} else {
		wr_bytes(&wr, rd.at, rd_left(&rd));
	}
	if (!wr_ok(&wr) || wr_len(&wr) > UINT16_MAX)
		return false;
	*len = (uint16_t)wr_len(&wr);
	return true;
}
