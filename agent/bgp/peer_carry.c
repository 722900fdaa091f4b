/* peer_carry: see peer_carry.h. A tag is never used again for another value. */
#include "agent/bgp/peer_carry.h"

#include "agent/bgp/peer_impl.h"
#include "agent/lib/carry.h"
#include "agent/lib/mem.h"

#include <string.h>

enum {
	TAG_CONN = 1,
	TAG_OPEN_SENT,
	TAG_OPEN_RECEIVED,
	TAG_HOLD_AT,
	TAG_KEEPALIVE_AT,
	TAG_SEND_HOLD_AT,
	TAG_SINCE,
	TAG_RX,
	TAG_TX,
	TAG_COUNTERS,
};

#define N_COUNTERS (sizeof(struct peer_counters) / sizeof(uint64_t))

/* What has been read, before any of it is used; borrows. */
struct carried {
	uint64_t conn, hold_at, keepalive_at, send_hold_at, since;
	struct rd open_sent, open_received; /* whole messages */
	struct rd rx, tx;
	struct rd counters;
};

static void put_counters(const struct peer_counters *c, struct text *out)
{
	uint64_t values[N_COUNTERS];
	uint8_t octets[N_COUNTERS * 8];
	struct wr wr = wr_init(octets, sizeof(octets));

	_Static_assert(sizeof(*c) % sizeof(uint64_t) == 0, "all counters are of one kind");
	memcpy(values, c, sizeof(values));
	for (size_t i = 0; i < N_COUNTERS; i++) {
		wr_u32(&wr, (uint32_t)(values[i] >> 32));
		wr_u32(&wr, (uint32_t)values[i]);
	}
	carry_put(out, TAG_COUNTERS, octets, sizeof(octets));
}

bool peer_carry(const struct peer *p, struct text *out, enum peer_conn *conn)
{
	const struct conn *c;

	if (p->up < 0)
		return false;
	*conn = (enum peer_conn)p->up;
	c = &p->conns[*conn];
	carry_put_number(out, TAG_CONN, *conn);
	carry_put(out, TAG_OPEN_SENT, c->open_sent, c->open_sent_len);
	carry_put(out, TAG_OPEN_RECEIVED, c->open_received, c->open_received_len);
	carry_put_number(out, TAG_HOLD_AT, (uint64_t)c->hold_at);
	carry_put_number(out, TAG_KEEPALIVE_AT, (uint64_t)c->keepalive_at);
	carry_put_number(out, TAG_SEND_HOLD_AT, (uint64_t)c->send_hold_at);
	carry_put_number(out, TAG_SINCE, (uint64_t)p->since);
	carry_put(out, TAG_RX, c->rx, c->rx_len);
	carry_put(out, TAG_TX, c->tx ? c->tx + c->tx_at : NULL, c->tx_len - c->tx_at);
	put_counters(&p->counters, out);
	return true;
}

static bool take(struct carried *c, uint16_t tag, struct rd body)
{
	switch (tag) {
	case TAG_CONN:
		return carry_number(body, &c->conn) && c->conn < CONN_COUNT;
	case TAG_OPEN_SENT:
		c->open_sent = body;
		return true;
	case TAG_OPEN_RECEIVED:
		c->open_received = body;
		return true;
	case TAG_HOLD_AT:
		return carry_number(body, &c->hold_at) && c->hold_at <= INT64_MAX;
	case TAG_KEEPALIVE_AT:
		return carry_number(body, &c->keepalive_at) && c->keepalive_at <= INT64_MAX;
	case TAG_SEND_HOLD_AT:
		return carry_number(body, &c->send_hold_at) && c->send_hold_at <= INT64_MAX;
	case TAG_SINCE:
		return carry_number(body, &c->since) && c->since <= INT64_MAX;
	case TAG_RX:
		c->rx = body;
		return rd_left(&body) <= BGP_MSG_EXT_MAX;
	case TAG_TX:
		c->tx = body;
		return rd_left(&body) <= 2 * PEER_SENDQ_MAX;
	case TAG_COUNTERS:
		c->counters = body;
		return true;
	default:
		return true; /* of a later version */
	}
}

static bool read_open(struct rd msg, struct bgp_open *open)
{
	struct bgp_error err;
	struct bgp_msg m;

	return rd_left(&msg) && msg_next(&msg, BGP_MSG_MAX, &m, &err) == MSG_OK &&
	       m.type == BGP_OPEN && !rd_left(&msg) && open_decode(m.body, open, &err);
}

static bool read_all(struct rd in, struct carried *c, struct bgp_open *sent,
		     struct bgp_open *received)
{
	struct rd body;
	uint16_t tag;

	*c = (struct carried){.conn = CONN_COUNT,
			      .hold_at = PEER_NEVER,
			      .keepalive_at = PEER_NEVER,
			      .send_hold_at = PEER_NEVER};
	while (carry_next(&in, &tag, &body)) {
		if (!take(c, tag, body))
			return false;
	}
	return !rd_left(&in) && c->conn < CONN_COUNT && read_open(c->open_sent, sent) &&
	       read_open(c->open_received, received);
}

/* Counters of another version are left at zero. */
static void take_counters(struct peer *p, struct rd in)
{
	uint64_t values[N_COUNTERS];

	if (rd_left(&in) != N_COUNTERS * 8)
		return;
	for (size_t i = 0; i < N_COUNTERS; i++) {
		uint32_t high = 0, low = 0;

		rd_u32(&in, &high);
		rd_u32(&in, &low);
		values[i] = (uint64_t)high << 32 | low;
	}
	memcpy(&p->counters, values, sizeof(values));
}

/* The octets that begin a message, and are not yet a whole one, or they would have been handled. */
static void take_rx(struct conn *c, struct rd in)
{
	c->rx_len = rd_left(&in);
	if (!c->rx_len)
		return;
	c->rx_cap = BGP_MSG_EXT_MAX;
	c->rx = mem_grow(c->rx, c->rx_cap, 1);
	memcpy(c->rx, in.at, c->rx_len);
}

static void take_tx(struct conn *c, struct rd in)
{
	c->tx_at = 0;
	c->tx_len = rd_left(&in);
	if (!c->tx_len)
		return;
	c->tx_cap = c->tx_len;
	c->tx = mem_grow(c->tx, c->tx_cap, 1);
	memcpy(c->tx, in.at, c->tx_len);
}

bool peer_adopt(struct peer *p, struct rd in, enum peer_conn *conn, int64_t now)
{
	struct bgp_open sent, received;
	struct carried from;
	struct bgp_msg msg;
	struct bgp_error err;
	struct conn *c, before;
	struct rd rx;
	bool ok;

	if (p->started || p->conf.shutdown || !read_all(in, &from, &sent, &received))
		return false;
	/* the neighbour knows us as we were: that must be what we are to be */
	if (sent.asn != p->conf.local_as || sent.id != p->conf.router_id ||
	    sent.hold_time != p->conf.hold_time || sent.capa.families != p->conf.capa.families)
		return false;
	c = &p->conns[from.conn];
	before = *c;
	c->offered = sent.capa;
	ok = peer_accepts(p, c, &received);
	if (ok)
		peer_negotiate(p, c, &received);
	rx = from.rx;
	if (!ok || (rd_left(&rx) && msg_next(&rx, c->msg_max, &msg, &err) != MSG_NEED_MORE)) {
		*c = before;
		return false;
	}
	*conn = (enum peer_conn)from.conn;
	peer_io_keep_open_sent(c, from.open_sent.at, rd_left(&from.open_sent));
	rd_sub(&from.open_received, BGP_HEADER_LEN, &rx);
	peer_io_keep_open_received(c, from.open_received);
	take_rx(c, from.rx);
	take_tx(c, from.tx);
	take_counters(p, from.counters);
	c->hold_at = (int64_t)from.hold_at;
	c->keepalive_at = (int64_t)from.keepalive_at;
	c->send_hold_at = (int64_t)from.send_hold_at;
	c->state = BGP_ESTABLISHED;
	c->open = true;
	p->started = true;
	p->up = (int)from.conn;
	p->since = (int64_t)from.since;
	p->remote_as = received.asn;
	peer_revive(p, now);
	return true;
}
