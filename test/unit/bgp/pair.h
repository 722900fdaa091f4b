/*
 * pair: two peers back to back in memory. Each end's dialled connection is the other's accepted
 * one, octets go through pipes that a test can stop, and time is a number that run_until() moves
 * from deadline to deadline.
 */
#ifndef LEAFPEER_TEST_UNIT_BGP_PAIR_H
#define LEAFPEER_TEST_UNIT_BGP_PAIR_H

#include "test/unit/test.h"

#include "agent/bgp/peer.h"

#define MS     1000LL
#define SECOND 1000000LL

/* One end. Each end's OUT connection is the other's IN. */
struct end {
	struct peer *peer;
	struct end *other;
	bool dialling;
	bool open[CONN_COUNT];
	bool deaf;    /* takes no octets off the wire */
	bool refuses; /* nobody listens */
	unsigned int ups, downs, dials, updates, refreshes;
	uint8_t rejects; /* UPDATEs, with a Cease of this subcode; 0: none */
	enum peer_down_reason reason;
	bool graceful;
	struct bgp_update last;
	uint8_t pipe[CONN_COUNT][1 << 16]; /* on their way to this end */
	size_t len[CONN_COUNT];
	bool closed[CONN_COUNT]; /* by the other end, behind what is in the pipe */
};

static int64_t now;
static uint32_t dice; /* what the next random number is: 0 is no jitter, exact times */
static struct end a, b;

static inline void on_dial(void *ctx)
{
	struct end *e = ctx;

	e->dialling = true;
	e->dials++;
}

/* What this end has to say goes into the other end's pipe. */
static inline bool flush(struct end *e, enum peer_conn c)
{
	enum peer_conn oc = (enum peer_conn) !c;
	const uint8_t *data;
	size_t n = peer_output(e->peer, c, &data);

	if (!n || !e->open[c])
		return false;
	if (e->other->open[oc]) {
		assert_true(e->other->len[oc] + n <= sizeof(e->other->pipe[oc]));
		memcpy(e->other->pipe[oc] + e->other->len[oc], data, n);
		e->other->len[oc] += n;
	}
	peer_sent(e->peer, c, n, now);
	return true;
}

static inline void on_close(void *ctx, enum peer_conn c)
{
	struct end *e = ctx;

	flush(e, c);
	if (c == CONN_OUT)
		e->dialling = false;
	e->open[c] = false;
	e->len[c] = 0;
	if (e->other->open[!c])
		e->other->closed[!c] = true;
}

static inline void on_up(void *ctx)
{
	((struct end *)ctx)->ups++;
}

static inline void on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	struct end *e = ctx;

	e->downs++;
	e->reason = reason;
	e->graceful = graceful;
}

static inline bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	struct end *e = ctx;

	e->updates++;
	e->last = *u;
	if (!e->rejects)
		return true;
	bgp_error_set(err, BGP_ERR_CEASE, e->rejects, NULL, 0, "test");
	return false;
}

static inline void on_refresh(void *ctx, const struct bgp_refresh *r)
{
	(void)r;
	((struct end *)ctx)->refreshes++;
}

static inline void on_writable(void *ctx)
{
	(void)ctx;
}

static inline uint32_t on_random(void *ctx)
{
	(void)ctx;
	return dice;
}

static const struct peer_ops ops = {on_dial,   on_close,   on_up,       on_down,
				    on_update, on_refresh, on_writable, on_random};

static inline struct peer_conf conf_of(uint32_t local, uint32_t remote, uint32_t id)
{
	struct peer_conf c = {.local_as = local,
			      .remote_as = remote,
			      .router_id = id,
			      .hold_time = 9,
			      .keepalive = 3};

	capa_init(&c.capa);
	c.capa.families = 3;
	c.capa.as4 = c.capa.route_refresh = true;
	return c;
}

static inline void with_gr(struct peer_conf *c, bool notification)
{
	c->capa.gr = true;
	c->capa.gr_families = 3;
	c->capa.gr_time = 120;
	c->capa.gr_notification = notification;
}

static inline void begin(const struct peer_conf *ca, const struct peer_conf *cb)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	now = 1000 * SECOND;
	dice = 0;
	a.other = &b;
	b.other = &a;
	a.peer = peer_new(ca, &ops, &a);
	b.peer = peer_new(cb, &ops, &b);
}

static inline void end(void)
{
	peer_stop(a.peer, BGP_CEASE_ADMIN_SHUTDOWN, NULL, now);
	peer_stop(b.peer, BGP_CEASE_ADMIN_SHUTDOWN, NULL, now);
	peer_free(a.peer);
	peer_free(b.peer);
}

/* Connects what is being dialled. */
static inline bool connect_end(struct end *e)
{
	/* the old connection's last words arrive before the new one's first */
	if (!e->dialling || e->other->len[CONN_IN] || e->other->closed[CONN_IN])
		return false;
	e->dialling = false;
	if (e->other->refuses) {
		peer_disconnected(e->peer, CONN_OUT, now);
		return true;
	}
	e->open[CONN_OUT] = true;
	e->other->open[CONN_IN] = true;
	e->other->len[CONN_IN] = e->len[CONN_OUT] = 0;
	e->other->closed[CONN_IN] = e->closed[CONN_OUT] = false;
	if (!peer_connected(e->other->peer, CONN_IN, now)) {
		e->other->open[CONN_IN] = false;
		e->open[CONN_OUT] = false;
		peer_disconnected(e->peer, CONN_OUT, now);
		return true;
	}
	peer_connected(e->peer, CONN_OUT, now);
	return true;
}

static inline bool deliver(struct end *e, enum peer_conn c)
{
	static uint8_t buf[1 << 16];
	size_t n = e->len[c];

	if (e->deaf)
		return false;
	if (n) {
		memcpy(buf, e->pipe[c], n);
		e->len[c] = 0;
		if (e->open[c])
			peer_recv(e->peer, c, buf, n, now);
		return true;
	}
	if (e->closed[c]) {
		e->closed[c] = false;
		if (e->open[c]) {
			e->open[c] = false;
			peer_disconnected(e->peer, c, now);
		}
		return true;
	}
	return false;
}

/* Until nothing moves any more, without time going by. */
static inline void settle(void)
{
	bool moved = true;

	for (int i = 0; moved; i++) {
		assert_true(i < 1000);
		moved = connect_end(&a);
		moved |= connect_end(&b);
		for (int c = 0; c < CONN_COUNT; c++) {
			moved |= flush(&a, (enum peer_conn)c);
			moved |= flush(&b, (enum peer_conn)c);
			moved |= deliver(&a, (enum peer_conn)c);
			moved |= deliver(&b, (enum peer_conn)c);
		}
	}
}

static inline void run_until(int64_t end_time)
{
	settle();
	for (;;) {
		int64_t da = peer_deadline(a.peer), db = peer_deadline(b.peer);
		int64_t next = da < db ? da : db;

		if (next > end_time)
			break;
		if (next > now)
			now = next;
		peer_tick(a.peer, now);
		peer_tick(b.peer, now);
		settle();
	}
	now = end_time;
}

static inline void both_up(const struct peer_conf *ca, const struct peer_conf *cb)
{
	begin(ca, cb);
	b.refuses = false;
	a.refuses = true; /* only a dials */
	peer_start(b.peer, now);
	peer_start(a.peer, now);
	run_until(now + SECOND);
	assert_true(peer_is_up(a.peer));
	assert_true(peer_is_up(b.peer));
	a.refuses = false;
}

#endif
