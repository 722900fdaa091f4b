/* carry: see carry.h. */
#include "agent/lib/carry.h"

#include <string.h>

#define ADDR_OCTETS (1 + sizeof(((struct addr *)0)->b))

static void put_header(struct text *out, uint16_t tag, size_t len)
{
	uint8_t header[CARRY_HEADER_LEN];
	struct wr wr = wr_init(header, sizeof(header));

	wr_u16(&wr, tag);
	wr_u32(&wr, (uint32_t)len);
	text_append(out, (const char *)header, sizeof(header));
}

void carry_put(struct text *out, uint16_t tag, const void *data, size_t len)
{
	put_header(out, tag, len);
	if (len)
		text_append(out, data, len);
}

void carry_put_number(struct text *out, uint16_t tag, uint64_t v)
{
	uint8_t octets[8];
	struct wr wr = wr_init(octets, sizeof(octets));

	wr_u32(&wr, (uint32_t)(v >> 32));
	wr_u32(&wr, (uint32_t)v);
	carry_put(out, tag, octets, sizeof(octets));
}

void carry_put_addr(struct text *out, uint16_t tag, const struct addr *a)
{
	uint8_t octets[ADDR_OCTETS];

	octets[0] = a->afi;
	memcpy(octets + 1, a->b, sizeof(a->b));
	carry_put(out, tag, octets, sizeof(octets));
}

size_t carry_begin(struct text *out, uint16_t tag)
{
	put_header(out, tag, 0);
	return out->len;
}

void carry_end(struct text *out, size_t begun)
{
	struct wr wr = wr_init(out->s + begun - 4, 4);

	wr_u32(&wr, (uint32_t)(out->len - begun));
}

bool carry_next(struct rd *in, uint16_t *tag, struct rd *body)
{
	struct rd rd = *in;
	uint32_t len;
	uint16_t t;

	if (!rd_u16(&rd, &t) || !rd_u32(&rd, &len) || !rd_sub(&rd, len, body))
		return false;
	*tag = t;
	*in = rd;
	return true;
}

bool carry_number(struct rd body, uint64_t *out)
{
	uint32_t high, low;

	if (rd_left(&body) != 8 || !rd_u32(&body, &high) || !rd_u32(&body, &low))
		return false;
	*out = (uint64_t)high << 32 | low;
	return true;
}

bool carry_addr(struct rd body, struct addr *out)
{
	const uint8_t *b;
	uint8_t afi;

	if (rd_left(&body) != ADDR_OCTETS || !rd_u8(&body, &afi) || afi > AFI_IP6 ||
	    !rd_bytes(&body, sizeof(out->b), &b))
		return false;
	*out = afi ? addr_make((enum afi)afi, b) : (struct addr){.afi = AFI_NONE};
	return true;
}

bool carry_text(struct rd body, char *out, size_t cap)
{
	size_t len = rd_left(&body);
	const uint8_t *b;

	if (len >= cap || !rd_bytes(&body, len, &b) || memchr(b, '\0', len))
		return false;
	memcpy(out, b, len);
	out[len] = '\0';
	return true;
}
