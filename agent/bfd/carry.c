/* carry: see carry.h. One row a value; its tag is never used again for another. */
#include "agent/bfd/carry.h"

#include "agent/lib/carry.h"

#include <stddef.h>
#include <string.h>

#define ROW(tag, field)                                                                            \
	{                                                                                          \
		tag, offsetof(struct bfd_session, field), sizeof(((struct bfd_session *)0)->field) \
	}

static const struct row {
	uint16_t tag;
	size_t at, size;
} rows[] = {
	ROW(1, conf.min_tx),
	ROW(2, conf.min_rx),
	ROW(3, conf.mult),
	ROW(4, conf.disabled),
	ROW(5, state),
	ROW(6, remote_state),
	ROW(7, diag),
	ROW(8, remote_diag),
	ROW(9, discr),
	ROW(10, remote_discr),
	ROW(11, min_tx),
	ROW(12, min_tx_used),
	ROW(13, min_rx),
	ROW(14, min_rx_used),
	ROW(15, remote_min_rx),
	ROW(16, remote_min_tx),
	ROW(17, remote_mult),
	ROW(18, remote_demand),
	ROW(19, remote_independent),
	ROW(20, polling),
	ROW(21, poll_sent),
	ROW(22, poll_again),
	ROW(23, send_now),
	ROW(24, send_final),
	ROW(25, tx_at),
	ROW(26, last_tx),
	ROW(27, detect_at),
	ROW(28, last_rx),
	ROW(29, since),
	ROW(30, last_up),
	ROW(31, last_down),
	ROW(32, ups),
	ROW(33, downs),
	ROW(34, down_diag),
	ROW(35, down_independent),
	ROW(36, down_by_remote_admin),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static uint64_t get(const void *at, size_t size)
{
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 4:
		memcpy(&u32, at, 4);
		return u32;
	default:
		memcpy(&u64, at, 8);
		return u64;
	}
}

/* False: it does not fit. */
static bool set(void *at, size_t size, uint64_t v)
{
	uint32_t u32 = (uint32_t)v;

	if (size == 8) {
		memcpy(at, &v, 8);
	} else if (size == 4 && v <= UINT32_MAX) {
		memcpy(at, &u32, 4);
	} else if (size == 1 && v <= UINT8_MAX) {
		*(uint8_t *)at = (uint8_t)v;
	} else {
		return false;
	}
	return true;
}

void bfd_session_carry(const struct bfd_session *s, struct text *out)
{
	_Static_assert(sizeof(bool) == 1, "a bool is carried as an octet");
	for (size_t i = 0; i < N_ROWS; i++)
		carry_put_number(out, rows[i].tag, get((const char *)s + rows[i].at, rows[i].size));
}

static bool take(struct bfd_session *s, uint16_t tag, struct rd body)
{
	uint64_t v;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].tag == tag)
			return carry_number(body, &v) &&
			       set((char *)s + rows[i].at, rows[i].size, v);
	}
	return true; /* of a later version */
}

/* An octet that is neither 0 nor 1 is no bool, and to look at it as one is undefined. */
static bool flags_ok(const struct bfd_session *s)
{
	const bool *const flags[] = {
		&s->conf.disabled,      &s->remote_demand,
		&s->remote_independent, &s->polling,
		&s->poll_sent,          &s->poll_again,
		&s->send_now,           &s->send_final,
		&s->down_independent,   &s->down_by_remote_admin,
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint8_t octet;

		memcpy(&octet, flags[i], 1);
		if (octet > 1)
			return false;
	}
	return true;
}

bool bfd_session_adopt(struct rd in, struct bfd_session *out)
{
	static const struct bfd_session_conf conf = {1000000, 1000000, 3, false};
	struct bfd_session s;
	struct rd body;
	uint16_t tag;

	bfd_session_init(&s, &conf, 1, 0);
	while (carry_next(&in, &tag, &body)) {
		if (!take(&s, tag, body))
			return false;
	}
	if (rd_left(&in) || !flags_ok(&s) || !s.discr || !s.conf.mult || !s.conf.min_tx ||
	    !s.conf.min_rx || s.conf.min_tx > BFD_INTERVAL_MAX ||
	    s.conf.min_rx > BFD_INTERVAL_MAX || s.state >= BFD_STATES ||
	    s.remote_state >= BFD_STATES || s.last_tx < 0 || s.tx_at < 0 || s.detect_at < 0)
		return false;
	*out = s;
	return true;
}
