/*
 * peer: see peer.h. What the host asks for and is told.
 *
 * What a state machine does is peer_step.c, messages are peer_msg.c, octets are peer_io.c.
 */
#include "agent/bgp/peer_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the host says -----------------------------------------------------------------------
 */

struct peer *peer_new(const struct peer_conf *conf, const struct peer_ops *ops, void *ctx)
{
	struct peer *p = mem_zalloc(sizeof(*p));

	p->conf = *conf;
	p->ops = *ops;
	p->ctx = ctx;
	p->up = -1;
	p->retry_at = PEER_NEVER;
	for (int i = 0; i < CONN_COUNT; i++) {
		p->conns[i].hold_at = p->conns[i].keepalive_at = PEER_NEVER;
		p->conns[i].connect_retry_at = p->conns[i].send_hold_at = PEER_NEVER;
	}
	return p;
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	for (int i = 0; i < CONN_COUNT; i++)
		peer_io_fini(&p->conns[i]);
	free(p->scratch);
	free(p->malformed);
	free(p);
}

void peer_begin(struct peer *p, int64_t now)
{
	if (!p->since)
		p->since = now;
}

void peer_start(struct peer *p, int64_t now)
{
	peer_begin(p, now);
	if (p->started || p->conf.shutdown)
		return;
	p->started = true;
	p->failures = 0;
	p->damp_us = 0;
	p->shut_until = now;
	p->refused = REFUSED_NOTHING;
	peer_step(p, CONN_IN, EV_MANUAL_START_PASSIVE, now);
	if (!p->conf.passive)
		peer_step(p, CONN_OUT, EV_MANUAL_START, now);
}

/* The Cease; text is cut at a character's border to 128 octets, which speakers of RFC 8203 take as
 * well as those of RFC 9003, which has 255. */
static void make_cease(struct peer *p, uint8_t subcode, const char *text)
{
	uint8_t data[1 + PEER_PREFIX_LEN_SHUTDOWN];
	struct wr wr = wr_init(data, sizeof(data));
	size_t len;

	text = text ? text : "";
	len = strlen(text);
	if (len > 128)
		len = 128;
	while (len && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	if ((subcode == BGP_CEASE_ADMIN_SHUTDOWN || subcode == BGP_CEASE_ADMIN_RESET) && len) {
		wr_u8(&wr, (uint8_t)len);
		wr_bytes(&wr, text, len);
	}
	bgp_error_set(&p->error, BGP_ERR_CEASE, subcode, data, wr_len(&wr),
		      "asked for by the operator");
}

static void stop_conns(struct peer *p, uint8_t subcode, const char *text,
		       enum peer_down_reason reason, int64_t now)
{
	p->started = false;
	p->retry_at = PEER_NEVER;
	for (int i = 0; i < CONN_COUNT; i++) {
		make_cease(p, subcode, text);
		/* RFC 8538 section 5.1: what the operator ended is not to stay; what he has changed
		 * only comes back otherwise */
		if (reason != DOWN_RECONFIGURED)
			peer_harden(&p->conns[i], &p->error);
		p->reason = reason;
		peer_step(p, (enum peer_conn)i, EV_MANUAL_STOP, now);
	}
}

void peer_stop(struct peer *p, uint8_t cease_subcode, const char *text, int64_t now)
{
	stop_conns(p, cease_subcode, text, DOWN_ADMIN, now);
}

void peer_reset(struct peer *p, uint8_t cease_subcode, const char *text, int64_t now)
{
	stop_conns(p, cease_subcode, text, DOWN_ADMIN, now);
	peer_start(p, now);
}

void peer_reconfigure(struct peer *p, int64_t now)
{
	stop_conns(p, BGP_CEASE_CONFIG_CHANGE, NULL, DOWN_RECONFIGURED, now);
	peer_start(p, now);
}

void peer_path_down(struct peer *p, int64_t now)
{
	bool started = p->started;

	stop_conns(p, BGP_CEASE_BFD_DOWN, NULL, DOWN_BFD, now);
	p->started = started;
	peer_revive(p, now);
}

void peer_hurry(struct peer *p, int64_t now)
{
	struct conn *c = &p->conns[CONN_OUT];

	p->failures = 0;
	p->shut_until = now;
	if (p->retry_at != PEER_NEVER)
		p->retry_at = now;
	else if (c->state == BGP_CONNECT && c->connect_retry_at > now + PEER_RETRY_FIRST_US)
		c->connect_retry_at = now + PEER_RETRY_FIRST_US; /* a SYN may have been lost */
}

/* Whether either end is another speaker, with whose routes nobody goes on. */
static bool is_another(const struct peer_conf *a, const struct peer_conf *b)
{
	return a->local_as != b->local_as || a->remote_as != b->remote_as ||
	       a->router_id != b->router_id;
}

/* Whether a difference shows in the OPEN, or in what was agreed on with it. */
static bool needs_reset(const struct peer_conf *a, const struct peer_conf *b)
{
	return is_another(a, b) || a->hold_time != b->hold_time ||
	       a->role_strict != b->role_strict || memcmp(&a->capa, &b->capa, sizeof(a->capa)) != 0;
}

/* A dial under way is one too many, or nobody would begin the first. */
static void follow_passive(struct peer *p, int64_t now)
{
	if (p->conf.passive) {
		p->retry_at = PEER_NEVER;
		if (p->conns[CONN_OUT].state == BGP_CONNECT)
			peer_step(p, CONN_OUT, EV_AUTOMATIC_STOP, now);
	}
	peer_revive(p, now);
}

bool peer_set_conf(struct peer *p, const struct peer_conf *conf, int64_t now)
{
	bool reset = needs_reset(&p->conf, conf), another = is_another(&p->conf, conf);
	bool stop = conf->shutdown && !p->conf.shutdown;

	p->conf = *conf;
	if (stop) {
		peer_stop(p, BGP_CEASE_ADMIN_SHUTDOWN, conf->shutdown_text, now);
		return true;
	}
	if (!p->started) {
		peer_start(p, now);
		return false;
	}
	if (another)
		peer_reset(p, BGP_CEASE_CONFIG_CHANGE, NULL, now);
	else if (reset)
		peer_reconfigure(p, now);
	else
		follow_passive(p, now);
	return reset;
}

void peer_set_restarting(struct peer *p, bool restarting, uint8_t forwarding_families)
{
	p->restarting = restarting;
	p->forwarding = forwarding_families;
}

bool peer_connected(struct peer *p, enum peer_conn which, int64_t now)
{
	struct conn *c = &p->conns[which];

	if (!p->started)
		return false;
	if (which == CONN_OUT) {
		if (c->state != BGP_CONNECT)
			return false;
		peer_step(p, CONN_OUT, EV_TCP_CR_ACKED, now);
		return true;
	}
	if (now < p->shut_until)
		return false;
	/* RFC 4724 section 5: the peer has restarted and dials again, before we noticed */
	if (c->state == BGP_ESTABLISHED && c->ctx.agreed.gr_families &&
	    now - p->since >= REPLACE_MIN_US) {
		p->reason = DOWN_REPLACED;
		peer_step(p, CONN_IN, EV_TCP_CONNECTION_FAILS, now);
	}
	/* nobody makes two at a time: one that has not come as far as Established was given up by
	 * its maker, or by one before him, and is not worth the wait for its timer */
	if (c->state == BGP_OPENSENT || c->state == BGP_OPENCONFIRM) {
		p->reason = DOWN_TCP;
		peer_step(p, CONN_IN, EV_TCP_CONNECTION_FAILS, now);
	}
	if (c->state != BGP_ACTIVE)
		return false;
	c->open = true;
	peer_step(p, CONN_IN, EV_TCP_CONNECTION_CONFIRMED, now);
	return true;
}

void peer_disconnected(struct peer *p, enum peer_conn which, int64_t now)
{
	struct conn *c = &p->conns[which];

	c->open = false; /* the host has closed it: nothing to close */
	p->reason = DOWN_TCP;
	peer_step(p, which, EV_TCP_CONNECTION_FAILS, now);
	/* RFC 4271 lets an OpenSent that lost its connection wait in Active. The accepting side
	 * does; the dialling side goes on by the retry rules */
	if (which == CONN_OUT && c->state == BGP_ACTIVE)
		peer_step(p, CONN_OUT, EV_AUTOMATIC_STOP, now);
}

void peer_fail(struct peer *p, const struct bgp_error *err, int64_t now)
{
	if (p->up < 0)
		return;
	p->error = *err;
	p->reason = DOWN_NOTIFICATION_SENT;
	p->damp_us = DAMP_US;
	peer_step(p, (enum peer_conn)p->up, EV_UPDATE_MSG_ERR, now);
}

/* ---- time -------------------------------------------------------------------------------------
 */

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t peer_deadline(const struct peer *p)
{
	int64_t at = p->retry_at;

	for (int i = 0; i < CONN_COUNT; i++) {
		const struct conn *c = &p->conns[i];

		at = min64(at, min64(min64(c->hold_at, c->keepalive_at),
				     min64(c->connect_retry_at, c->send_hold_at)));
	}
	return at;
}

static void tick_conn(struct peer *p, enum peer_conn which, int64_t now)
{
	struct conn *c = &p->conns[which];

	if (c->send_hold_at <= now) {
		c->send_hold_at = PEER_NEVER;
		bgp_error_set(&p->error, BGP_ERR_SEND_HOLD, 0, NULL, 0,
			      "the peer takes nothing any more (RFC 9687)");
		p->reason = DOWN_SEND_HOLD_TIMER;
		peer_step(p, which, EV_SEND_HOLD_TIMER_EXPIRES, now);
	}
	if (c->hold_at <= now) {
		c->hold_at = PEER_NEVER;
		bgp_error_set(&p->error, BGP_ERR_HOLD_TIMER, 0, NULL, 0,
			      "nothing was heard in time");
		p->reason = DOWN_HOLD_TIMER;
		peer_step(p, which, EV_HOLD_TIMER_EXPIRES, now);
	}
	if (c->keepalive_at <= now) {
		c->keepalive_at = PEER_NEVER;
		peer_step(p, which, EV_KEEPALIVE_TIMER_EXPIRES, now);
	}
	if (c->connect_retry_at <= now) {
		c->connect_retry_at = PEER_NEVER;
		peer_step(p, which, EV_CONNECT_RETRY_TIMER_EXPIRES, now);
	}
}

void peer_tick(struct peer *p, int64_t now)
{
	tick_conn(p, CONN_OUT, now);
	tick_conn(p, CONN_IN, now);
	if (p->retry_at <= now) {
		p->retry_at = PEER_NEVER;
		if (p->started && !p->conf.passive && !peer_other_is_ahead(p, CONN_OUT))
			peer_step(p, CONN_OUT, EV_AUTOMATIC_START, now);
	}
}

/* ---- looking ----------------------------------------------------------------------------------
 */

enum bgp_state peer_state(const struct peer *p)
{
	enum bgp_state out = p->conns[CONN_OUT].state, in = p->conns[CONN_IN].state;

	if (out >= BGP_OPENSENT || in >= BGP_OPENSENT)
		return out > in ? out : in;
	if (!p->started || out == BGP_CONNECT)
		return out;
	/* waiting to dial again is Active to people, as it is for a passive neighbour */
	return BGP_ACTIVE;
}

bool peer_is_up(const struct peer *p)
{
	return p->up >= 0;
}

const struct peer_conf *peer_conf(const struct peer *p)
{
	return &p->conf;
}

uint32_t peer_remote_as(const struct peer *p)
{
	return p->conf.remote_as ? p->conf.remote_as : p->remote_as;
}

const struct bgp_open *peer_open_received(const struct peer *p)
{
	return p->up < 0 ? NULL : &p->conns[p->up].received;
}

void peer_opens(const struct peer *p, struct rd *sent, struct rd *received)
{
	const struct conn *c = p->up < 0 ? NULL : &p->conns[p->up];

	*sent = *received = (struct rd){NULL, NULL};
	if (!c)
		return;
	*sent = rd_init(c->open_sent, c->open_sent_len);
	*received = rd_init(c->open_received, c->open_received_len);
}

const struct update_ctx *peer_ctx(const struct peer *p)
{
	return p->up < 0 ? NULL : &p->conns[p->up].ctx;
}

const struct peer_counters *peer_counters(const struct peer *p)
{
	return &p->counters;
}

void peer_limit_hit(struct peer *p, enum peer_limit limit)
{
	p->counters.limits[limit]++;
}

uint16_t peer_hold_time(const struct peer *p)
{
	return p->up < 0 ? 0 : p->conns[p->up].hold_time;
}

uint16_t peer_keepalive(const struct peer *p)
{
	return p->up < 0 ? 0 : p->conns[p->up].keepalive;
}

int64_t peer_since(const struct peer *p)
{
	return p->since;
}

struct peer_timers peer_timers(const struct peer *p)
{
	struct peer_timers t = {PEER_NEVER, PEER_NEVER, PEER_NEVER, PEER_NEVER};
	const struct conn *c;

	if (p->up < 0) {
		t.connect = min64(p->retry_at, p->conns[CONN_OUT].connect_retry_at);
		return t;
	}
	c = &p->conns[p->up];
	t.hold = c->hold_at;
	t.keepalive = c->keepalive_at;
	if (c->hold_at != PEER_NEVER)
		t.heard = c->hold_at - c->hold_time * SECOND;
	return t;
}

enum peer_down_reason peer_last_reason(const struct peer *p)
{
	return p->last_reason;
}

const struct bgp_error *peer_last_error(const struct peer *p)
{
	return &p->last_error;
}

bool peer_last_error_sent(const struct peer *p)
{
	return p->last_error_sent;
}

uint32_t peer_refused_as(const struct peer *p)
{
	return p->refused_as;
}

size_t peer_last_malformed(const struct peer *p, const uint8_t **data)
{
	*data = p->malformed;
	return p->malformed_len;
}

const char *peer_down_reason_name(enum peer_down_reason reason)
{
	static const char *const names[] = {
		[DOWN_NONE] = "never",
		[DOWN_ADMIN] = "administratively",
		[DOWN_NOTIFICATION_RECEIVED] = "notification received",
		[DOWN_NOTIFICATION_SENT] = "notification sent",
		[DOWN_TCP] = "connection closed",
		[DOWN_HOLD_TIMER] = "hold timer expired",
		[DOWN_SEND_HOLD_TIMER] = "send hold timer expired",
		[DOWN_BFD] = "path down",
		[DOWN_COLLISION] = "connection collision",
		[DOWN_REPLACED] = "peer restarted",
		[DOWN_RECONFIGURED] = "configuration changed",
	};

	return names[reason];
}

const char *peer_limit_name(enum peer_limit limit)
{
	static const char *const names[PEER_LIMIT_COUNT] = {
		[PEER_LIMIT_TURN] = "input of a turn",    [PEER_LIMIT_ROUTES] = "maximum-routes",
		[PEER_LIMIT_PATHS] = "paths of a prefix", [PEER_LIMIT_MEMORY] = "memory of routes",
		[PEER_LIMIT_OUTPUT] = "output queue",     [PEER_LIMIT_NEXT_HOPS] = "next hops",
	};

	return names[limit];
}
