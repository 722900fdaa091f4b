/*
 * established: a peer that was brought to Established in memory, for tests that feed it UPDATEs and
 * ask whether the session is still there; and rfc7606_judge(), which says from the octets alone
 * what RFC 7606 wants. That one shares nothing with the decoder on purpose: whoever changes the one
 * has to think again for the other.
 */
#ifndef LEAFPEER_TEST_UNIT_BGP_ESTABLISHED_H
#define LEAFPEER_TEST_UNIT_BGP_ESTABLISHED_H

#include "agent/bgp/peer.h"

#include <stdlib.h>

struct established {
	struct peer *peer;
	struct peer_conf conf;
	struct capa theirs;
	unsigned int downs, updates, withdrawn, reached;
	int64_t now;
};

static inline void est_on_dial(void *ctx)
{
	(void)ctx;
}

static inline void est_on_close(void *ctx, enum peer_conn c)
{
	(void)ctx;
	(void)c;
}

static inline void est_on_up(void *ctx)
{
	(void)ctx;
}

static inline void est_on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	(void)reason;
	(void)graceful;
	((struct established *)ctx)->downs++;
}

static inline unsigned int est_walk(struct nlri n)
{
	struct prefix p;
	unsigned int count = 0;
	uint32_t id;

	while (nlri_next(&n, &p, &id))
		count++;
	if (rd_left(&n.rd))
		abort();
	return count;
}

static inline bool est_on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	struct established *e = ctx;

	(void)err;
	e->updates++;
	e->withdrawn += est_walk(u->withdrawn) + est_walk(u->mp_withdrawn);
	e->reached += est_walk(u->reach) + est_walk(u->mp_reach);
	return true;
}

static inline void est_on_refresh(void *ctx, const struct bgp_refresh *r)
{
	(void)ctx;
	(void)r;
}

static inline void est_on_writable(void *ctx)
{
	(void)ctx;
}

static inline uint32_t est_on_random(void *ctx)
{
	(void)ctx;
	return 0;
}

/* Connects, as the other side, and says OPEN and KEEPALIVE. */
static inline void est_connect(struct established *e)
{
	struct bgp_open open = {.version = BGP_VERSION,
				.asn = e->conf.remote_as,
				.hold_time = 90,
				.id = 0x0a000001,
				.capa = e->theirs};
	uint8_t buf[2 * BGP_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));

	open_encode(&open, &wr);
	keepalive_encode(&wr);
	e->now += 1000000;
	if (!wr_ok(&wr) || !peer_connected(e->peer, CONN_IN, e->now))
		abort();
	peer_recv(e->peer, CONN_IN, buf, wr_len(&wr), e->now);
	if (!peer_is_up(e->peer))
		abort();
}

/* flags: 1 4-octet ASNs, 2 iBGP, 4 and 8 IPv4 and IPv6, 16 extended next hop, 32 extended
 * messages; add_path: families as bits. As update_fuzz's first octets. */
static inline void est_begin(struct established *e, uint8_t flags, uint8_t add_path)
{
	static const struct peer_ops ops = {est_on_dial,     est_on_close,  est_on_up,
					    est_on_down,     est_on_update, est_on_refresh,
					    est_on_writable, est_on_random};
	struct capa *c = &e->conf.capa;

	memset(e, 0, sizeof(*e));
	e->conf = (struct peer_conf){.local_as = 65000,
				     .remote_as = flags & 2 ? 65000 : 65001,
				     .router_id = 0x0a000002,
				     .hold_time = 90,
				     .keepalive = 30,
				     .passive = true};
	capa_init(c);
	c->families = flags >> 2 & 3 ? flags >> 2 & 3 : FAMILY_BIT(FAMILY_IP4);
	c->as4 = flags & 1;
	c->ext_nexthop = flags >> 4 & 1;
	c->ext_message = flags & 32;
	c->route_refresh = true;
	e->theirs = *c;
	e->theirs.asn = e->conf.remote_as;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		c->add_path[f] = ADD_PATH_RECEIVE;
		e->theirs.add_path[f] = add_path & FAMILY_BIT(f) ? ADD_PATH_SEND : 0;
	}
	e->peer = peer_new(&e->conf, &ops, e);
	peer_start(e->peer, e->now);
	est_connect(e);
}

static inline void est_end(struct established *e)
{
	peer_stop(e->peer, BGP_CEASE_ADMIN_SHUTDOWN, NULL, e->now);
	peer_free(e->peer);
}

/* Feeds one UPDATE with this body; false: that ended the session, which then is up again. */
static inline bool est_update(struct established *e, const uint8_t *body, size_t len)
{
	static uint8_t msg[BGP_MSG_EXT_MAX];
	unsigned int downs = e->downs;
	const uint8_t *out;

	if (len > sizeof(msg) - BGP_HEADER_LEN)
		abort();
	memset(msg, 0xff, 16);
	msg[16] = (uint8_t)((len + BGP_HEADER_LEN) >> 8);
	msg[17] = (uint8_t)(len + BGP_HEADER_LEN);
	msg[18] = BGP_UPDATE;
	memcpy(msg + BGP_HEADER_LEN, body, len);
	peer_recv(e->peer, CONN_IN, msg, len + BGP_HEADER_LEN, e->now);
	peer_sent(e->peer, CONN_IN, peer_output(e->peer, CONN_IN, &out), e->now);
	if (e->downs == downs && peer_is_up(e->peer))
		return true;
	est_connect(e);
	return false;
}

/* ---- the other opinion ------------------------------------------------------------------------
 */

enum judgement {
	MUST_KEEP,  /* no fault, or one that RFC 7606 keeps the session for */
	MAY_RESET,  /* attributes of no routes: a fault in them resets (section 5.2) */
	MUST_RESET, /* RFC 4271 section 6.3, and RFC 7606 sections 3 b, 3 g, 3 j, 5.3, 7.11 */
};

static inline bool judge_nlri(const uint8_t *p, size_t len, unsigned int max_bits, bool add_path)
{
	size_t at = 0;

	while (at < len) {
		if (add_path)
			at += 4;
		if (at >= len || p[at] > max_bits)
			return false;
		at += 1 + (p[at] + 7u) / 8;
	}
	return at == len;
}

/* One MP attribute's value. */
static inline enum judgement judge_mp(const struct update_ctx *ctx, uint8_t flags, uint8_t type,
				      const uint8_t *v, size_t len, bool *reach)
{
	size_t nh = 0, head = 3;
	int f;

	if (len < 3)
		return MUST_RESET;
	f = v[0] == 0 && v[2] == 1 && (v[1] == 1 || v[1] == 2) ? v[1] - 1 : -1;
	if (f < 0 || !(ctx->agreed.families >> f & 1)) {
		*reach |= type == 14;
		return MUST_KEEP;
	}
	if ((flags & 0xc0) != 0x80)
		return MUST_RESET;
	if (type == 14) {
		bool wide;

		if (len < 5)
			return MUST_RESET;
		nh = v[3];
		wide = nh == 16 || nh == 32;
		head = 5 + nh;
		if (head > len ||
		    (f == 0 ? nh != 4 && !(wide && (ctx->agreed.ext_nexthop & 1)) : !wide))
			return MUST_RESET;
		*reach |= len > head;
	}
	return judge_nlri(v + head, len - head, f ? 128 : 32, ctx->agreed.add_path_rx >> f & 1)
		       ? MUST_KEEP
		       : MUST_RESET;
}

static inline enum judgement judge_attrs(const struct update_ctx *ctx, const uint8_t *a, size_t len,
					 bool *reach, bool *others)
{
	bool seen[2] = {false, false};
	size_t at = 0;

	while (at < len) {
		bool ext = a[at] & 0x10, have_type = at + 1 < len;
		bool mp = have_type && (a[at + 1] == 14 || a[at + 1] == 15);
		size_t head = ext ? 4 : 3, n;

		*others |= !have_type || a[at + 1] != 15;
		if (len - at < head)
			return mp ? MUST_RESET : MUST_KEEP;
		n = ext ? (size_t)a[at + 2] << 8 | a[at + 3] : a[at + 2];
		if (len - at - head < n)
			return mp ? MUST_RESET : MUST_KEEP;
		if (mp) {
			if (seen[a[at + 1] - 14] ||
			    judge_mp(ctx, a[at], a[at + 1], a + at + head, n, reach) == MUST_RESET)
				return MUST_RESET;
			seen[a[at + 1] - 14] = true;
		}
		at += head + n;
	}
	return MUST_KEEP;
}

static inline enum judgement rfc7606_judge(const struct update_ctx *ctx, const uint8_t *b,
					   size_t len)
{
	bool ip4 = ctx->agreed.families & 1, add_path = ctx->agreed.add_path_rx & 1;
	bool reach, others = false;
	size_t w, a;

	if (len < 4)
		return MUST_RESET;
	w = (size_t)b[0] << 8 | b[1];
	if (4 + w > len)
		return MUST_RESET;
	a = (size_t)b[2 + w] << 8 | b[3 + w];
	if (4 + w + a > len)
		return MUST_RESET;
	if (ip4 && (!judge_nlri(b + 2, w, 32, add_path) ||
		    !judge_nlri(b + 4 + w + a, len - 4 - w - a, 32, add_path)))
		return MUST_RESET;
	reach = len > 4 + w + a;
	if (judge_attrs(ctx, b + 4 + w, a, &reach, &others) == MUST_RESET)
		return MUST_RESET;
	/* of withdrawals alone the attributes do not matter (section 5.2), but one may be cut */
	return reach || !others ? MUST_KEEP : MAY_RESET;
}

#endif
