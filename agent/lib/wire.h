/*
 * wire: bounded reading and writing of network byte order.
 *
 * A struct rd is a window on bytes that somebody else owns. Every read says whether there was
 * enough; on false nothing was consumed and the out-parameter is untouched. A struct wr writes
 * into a buffer that somebody else owns; overflow is sticky, so a whole message is written and
 * wr_ok() is asked once at its end.
 */
#ifndef LEAFPEER_LIB_WIRE_H
#define LEAFPEER_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *at;
	const uint8_t *end;
};

static inline struct rd rd_init(const void *data, size_t len)
{
	const uint8_t *at = data;

	/* NULL + 0 is undefined in C before C23 */
	return (struct rd){at, len ? at + len : at};
}

/* Octets not yet read. */
static inline size_t rd_left(const struct rd *rd)
{
	return (size_t)(rd->end - rd->at);
}

static inline bool rd_u8(struct rd *rd, uint8_t *out)
{
	if (rd_left(rd) < 1)
		return false;
	*out = *rd->at++;
	return true;
}

static inline bool rd_u16(struct rd *rd, uint16_t *out)
{
	if (rd_left(rd) < 2)
		return false;
	*out = (uint16_t)(rd->at[0] << 8 | rd->at[1]);
	rd->at += 2;
	return true;
}

static inline bool rd_u32(struct rd *rd, uint32_t *out)
{
	if (rd_left(rd) < 4)
		return false;
	*out = (uint32_t)rd->at[0] << 24 | (uint32_t)rd->at[1] << 16 | (uint32_t)rd->at[2] << 8 |
	       rd->at[3];
	rd->at += 4;
	return true;
}

/* Lends len octets of the window; *out points into the bytes below rd. */
static inline bool rd_bytes(struct rd *rd, size_t len, const uint8_t **out)
{
	if (rd_left(rd) < len)
		return false;
	*out = rd->at;
	rd->at += len;
	return true;
}

/* Carves the next len octets off as a window of their own: a length is carved before it is read. */
static inline bool rd_sub(struct rd *rd, size_t len, struct rd *out)
{
	if (rd_left(rd) < len)
		return false;
	*out = (struct rd){rd->at, rd->at + len};
	rd->at += len;
	return true;
}

struct wr {
	uint8_t *base;
	uint8_t *at;
	uint8_t *end;
	bool full; /* something did not fit: the contents are worthless */
};

static inline struct wr wr_init(void *buf, size_t cap)
{
	uint8_t *base = buf;

	return (struct wr){base, base, cap ? base + cap : base, false};
}

static inline bool wr_ok(const struct wr *wr)
{
	return !wr->full;
}

/* Octets written so far. */
static inline size_t wr_len(const struct wr *wr)
{
	return (size_t)(wr->at - wr->base);
}

static inline size_t wr_room(const struct wr *wr)
{
	return (size_t)(wr->end - wr->at);
}

static inline bool wr_need(struct wr *wr, size_t len)
{
	if (wr->full || wr_room(wr) < len)
		wr->full = true;
	return !wr->full;
}

static inline void wr_u8(struct wr *wr, uint8_t v)
{
	if (wr_need(wr, 1))
		*wr->at++ = v;
}

static inline void wr_u16(struct wr *wr, uint16_t v)
{
	if (wr_need(wr, 2)) {
		*wr->at++ = (uint8_t)(v >> 8);
		*wr->at++ = (uint8_t)v;
	}
}

static inline void wr_u32(struct wr *wr, uint32_t v)
{
	wr_u16(wr, (uint16_t)(v >> 16));
	wr_u16(wr, (uint16_t)v);
}

static inline void wr_bytes(struct wr *wr, const void *data, size_t len)
{
	if (wr_need(wr, len) && len) {
		memcpy(wr->at, data, len);
		wr->at += len;
	}
}

/* Leaves an octet, or two, for a length that is known only later; wr_fill* writes the octets
 * since the mark. A length that does not fit its field is an overflow like any other. */
static inline uint8_t *wr_mark8(struct wr *wr)
{
	uint8_t *mark = wr->at;

	wr_u8(wr, 0);
	return mark;
}

static inline uint8_t *wr_mark16(struct wr *wr)
{
	uint8_t *mark = wr->at;

	wr_u16(wr, 0);
	return mark;
}

static inline void wr_fill8(struct wr *wr, uint8_t *mark)
{
	size_t len;

	if (wr->full)
		return;
	len = (size_t)(wr->at - mark) - 1;
	if (len > UINT8_MAX)
		wr->full = true;
	else
		mark[0] = (uint8_t)len;
}

static inline void wr_fill16(struct wr *wr, uint8_t *mark)
{
	size_t len;

	if (wr->full)
		return;
	len = (size_t)(wr->at - mark) - 2;
	if (len > UINT16_MAX) {
		wr->full = true;
		return;
	}
	mark[0] = (uint8_t)(len >> 8);
	mark[1] = (uint8_t)len;
}

#endif
