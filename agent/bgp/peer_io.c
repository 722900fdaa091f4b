/*
 * peer_io: octets of a peer's connections: cutting what comes into messages, keeping what waits to
 * go.
 *
 * Messages are decoded where they lie; only the beginning of one that is not whole yet is copied,
 * so a connection keeps at most one message.
 */
#include "agent/bgp/peer_impl.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define SEND_HOLD_MIN_S 480 /* RFC 9687 section 3.1: eight minutes, or twice the hold time */
#define MALFORMED_MAX   4096
#define TX_KEEP         65536 /* a larger buffer is given back once it is empty */

void peer_io_clear(struct conn *c)
{
	c->rx_len = 0;
	c->tx_at = c->tx_len = 0;
	c->send_hold_at = PEER_NEVER;
	c->msg_max = BGP_MSG_MAX;
}

void peer_io_fini(struct conn *c)
{
	free(c->rx);
	free(c->tx);
	free(c->open_sent);
	free(c->open_received);
}

void peer_io_keep_malformed(struct peer *p, struct rd body)
{
	size_t len = rd_left(&body) < MALFORMED_MAX ? rd_left(&body) : MALFORMED_MAX;

	if (!p->malformed)
		p->malformed = mem_zalloc(MALFORMED_MAX);
	memcpy(p->malformed, body.at, len);
	p->malformed_len = len;
}

void peer_io_keep_open_sent(struct conn *c, const uint8_t *msg, size_t len)
{
	free(c->open_sent);
	c->open_sent = mem_dup(msg, len);
	c->open_sent_len = len;
}

/* What msg_next has checked and cut off, the header, is what every OPEN of this length has. */
void peer_io_keep_open_received(struct conn *c, struct rd body)
{
	size_t len = BGP_HEADER_LEN + rd_left(&body);
	struct wr wr;

	free(c->open_received);
	c->open_received = mem_zalloc(len);
	c->open_received_len = len;
	wr = wr_init(c->open_received, len);
	for (int i = 0; i < 16; i++)
		wr_u8(&wr, 0xff);
	wr_u16(&wr, (uint16_t)len);
	wr_u8(&wr, BGP_OPEN);
	wr_bytes(&wr, body.at, rd_left(&body));
}

/* ---- in ---------------------------------------------------------------------------------------
 */

/* Octets of the message begun in rx, as far as that is known. */
static size_t wanted(const struct conn *c)
{
	size_t len;

	if (c->rx_len < BGP_HEADER_LEN)
		return BGP_HEADER_LEN;
	len = (size_t)c->rx[16] << 8 | c->rx[17];
	/* a length that is wrong is msg_next's to say */
	return len > c->rx_len ? len : c->rx_len;
}

/* Moves octets from data to rx until a message is whole; returns how many. */
static size_t fill(struct conn *c, const uint8_t *data, size_t len)
{
	size_t taken = 0;

	while (taken < len && c->rx_len < wanted(c)) {
		size_t n = wanted(c) - c->rx_len;

		if (n > len - taken)
			n = len - taken;
		if (c->rx_len + n > c->rx_cap) {
			c->rx_cap = c->rx_len + n > BGP_MSG_MAX ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
			c->rx = mem_grow(c->rx, c->rx_cap, 1);
		}
		memcpy(c->rx + c->rx_len, data + taken, n);
		c->rx_len += n;
		taken += n;
		if (c->rx_len == BGP_HEADER_LEN)
			break; /* look at the header before more is kept */
	}
	return taken;
}

/* Handles what messages are whole in rd; false: the connection is gone, or its stream is bad. */
static bool handle(struct peer *p, enum peer_conn which, struct rd *rd, int64_t now)
{
	struct conn *c = &p->conns[which];
	unsigned int epoch = c->epoch;
	struct bgp_error err;
	struct bgp_msg msg;

	for (;;) {
		struct rd rest = *rd;

		switch (msg_next(rd, c->msg_max, &msg, &err)) {
		case MSG_NEED_MORE:
			return true;
		case MSG_BAD:
			p->counters.rx[0]++;
			peer_io_keep_malformed(p, rest);
			peer_bad_stream(p, which, &err, now);
			return false;
		case MSG_OK:
			peer_message(p, which, &msg, now);
			if (c->epoch != epoch)
				return false;
			break;
		}
	}
}

void peer_recv(struct peer *p, enum peer_conn conn, const uint8_t *data, size_t len, int64_t now)
{
	struct conn *c = &p->conns[conn];
	struct rd rd;

	p->counters.rx_octets += len;
	if (c->state < BGP_OPENSENT)
		return;
	if (!c->msg_max)
		c->msg_max = BGP_MSG_MAX;
	while (c->rx_len && len) {
		size_t taken = fill(c, data, len);

		data += taken;
		len -= taken;
		rd = rd_init(c->rx, c->rx_len);
		if (!handle(p, conn, &rd, now))
			return;
		if (!rd_left(&rd))
			c->rx_len = 0;
	}
	rd = rd_init(data, len);
	if (len && handle(p, conn, &rd, now)) {
		/* rx is empty here, so what is left of a message fits */
		while (rd_left(&rd))
			rd.at += fill(c, rd.at, rd_left(&rd));
	}
}

/* ---- out --------------------------------------------------------------------------------------
 */

static int64_t send_hold(const struct conn *c)
{
	int64_t s = 2 * (int64_t)c->hold_time;

	return (s > SEND_HOLD_MIN_S ? s : SEND_HOLD_MIN_S) * SECOND;
}

void peer_io_queue(struct peer *p, enum peer_conn which, const uint8_t *msg, size_t len,
		   int64_t now)
{
	struct conn *c = &p->conns[which];

	if (c->tx_at && c->tx_at == c->tx_len)
		c->tx_at = c->tx_len = 0;
	if (c->tx_len + len > c->tx_cap) {
		size_t waiting = c->tx_len - c->tx_at;

		if (c->tx_at) {
			memmove(c->tx, c->tx + c->tx_at, waiting);
			c->tx_at = 0;
			c->tx_len = waiting;
		}
		while (c->tx_len + len > c->tx_cap) {
			c->tx_cap = c->tx_cap ? c->tx_cap * 2 : 4096;
			c->tx = mem_grow(c->tx, c->tx_cap, 1);
		}
	}
	if (c->tx_at == c->tx_len)
		c->send_hold_at = now + send_hold(c);
	memcpy(c->tx + c->tx_len, msg, len);
	c->tx_len += len;
	p->counters.tx[0]++;
	p->counters.tx[msg[18]]++;
	p->ops.writable(p->ctx);
}

size_t peer_output(struct peer *p, enum peer_conn conn, const uint8_t **data)
{
	struct conn *c = &p->conns[conn];

	*data = c->tx ? c->tx + c->tx_at : NULL; /* NULL + 0 is undefined before C23 */
	return c->tx_len - c->tx_at;
}

void peer_sent(struct peer *p, enum peer_conn conn, size_t len, int64_t now)
{
	struct conn *c = &p->conns[conn];

	c->tx_at += len;
	p->counters.tx_octets += len;
	c->send_hold_at = now + send_hold(c);
	if (c->tx_at < c->tx_len)
		return;
	c->tx_at = c->tx_len = 0;
	c->send_hold_at = PEER_NEVER;
	if (c->tx_cap > TX_KEEP) {
		free(c->tx);
		c->tx = NULL;
		c->tx_cap = 0;
	}
}

size_t peer_pending(const struct peer *p)
{
	return p->up < 0 ? 0 : p->conns[p->up].tx_len - p->conns[p->up].tx_at;
}

bool peer_can_send(const struct peer *p)
{
	return p->up >= 0 && peer_pending(p) < PEER_SENDQ_MAX / 2;
}

void peer_queue(struct peer *p, const uint8_t *msg, size_t len, int64_t now)
{
	bool could = peer_can_send(p);

	if (p->up < 0)
		return;
	peer_io_queue(p, (enum peer_conn)p->up, msg, len, now);
	if (could && !peer_can_send(p))
		peer_limit_hit(p, PEER_LIMIT_OUTPUT);
}
