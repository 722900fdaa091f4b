/*
 * peer_step: a connection's state machine at work: its actions, its timers, its retries.
 *
 * peer_step() is the only place where a state changes: it asks the table (fsm.h) and carries its
 * actions out.
 */
#include "agent/bgp/peer_impl.h"

#include <string.h>

#define STABLE_US (10 * SECOND) /* a session that lived this long was a good one */

/* RFC 4271 section 10: timers are jittered by a factor of 0.75 to 1. */
static int64_t jitter(struct peer *p, int64_t us)
{
	return us - (int64_t)((uint64_t)us / 4 * (p->ops.random(p->ctx) >> 16) / 65536);
}

/* ---- what is said -----------------------------------------------------------------------------
 */

/* Without what the peer has refused (RFC 5492 section 3). */
static struct capa offered(const struct peer *p)
{
	struct capa c = p->conf.capa;

	if (p->refused == REFUSED_PARAMETERS) {
		capa_init(&c);
	} else if (p->refused == REFUSED_CAPABILITIES) {
		capa_init(&c);
		c.families = p->conf.capa.families;
		c.as4 = p->conf.capa.as4;
	}
	if (c.as4)
		c.asn = p->conf.local_as;
	if (c.gr) {
		c.gr_restarting = p->restarting;
		c.gr_forwarding = p->forwarding & c.gr_families;
		c.llgr_forwarding = p->forwarding & c.llgr_families;
	}
	return c;
}

static void send_open(struct peer *p, enum peer_conn which, int64_t now)
{
	struct bgp_open open = {
		.version = BGP_VERSION,
		.asn = p->conf.local_as,
		.hold_time = p->conf.hold_time,
		.id = p->conf.router_id,
		.capa = offered(p),
	};
	uint8_t msg[BGP_MSG_MAX];
	struct wr wr = wr_init(msg, sizeof(msg));

	open_encode(&open, &wr);
	p->conns[which].offered = open.capa;
	peer_io_keep_open_sent(&p->conns[which], msg, wr_len(&wr));
	peer_io_queue(p, which, msg, wr_len(&wr), now);
}

static void send_keepalive(struct peer *p, enum peer_conn which, int64_t now)
{
	uint8_t msg[BGP_HEADER_LEN];
	struct wr wr = wr_init(msg, sizeof(msg));

	keepalive_encode(&wr);
	peer_io_queue(p, which, msg, wr_len(&wr), now);
}

static void send_notification(struct peer *p, enum peer_conn which, int64_t now)
{
	uint8_t msg[BGP_HEADER_LEN + 2 + BGP_ERROR_DATA_MAX];
	struct wr wr = wr_init(msg, sizeof(msg));

	notification_encode(&p->error, &wr);
	peer_io_queue(p, which, msg, wr_len(&wr), now);
	p->last_error = p->error;
	p->last_error_sent = true;
}

/* ---- timers -----------------------------------------------------------------------------------
 */

static void restart_hold(struct conn *c, int64_t now)
{
	c->hold_at = c->hold_time ? now + c->hold_time * SECOND : PEER_NEVER;
}

static void restart_keepalive(struct peer *p, struct conn *c, int64_t now)
{
	c->keepalive_at = c->keepalive ? now + jitter(p, c->keepalive * SECOND) : PEER_NEVER;
}

static void start_hold(struct peer *p, struct conn *c, int64_t now)
{
	restart_hold(c, now);
	restart_keepalive(p, c, now);
}

/* How long to wait before the next dial. A connection that never came to life backs off by
 * doubling; a session that was good for a while and is lost, as by the reload of a ToR, begins anew
 * at the first step; one that ended by a protocol error waits a second at least, so that two
 * speakers who disagree do not flood each other's logs. */
static void schedule_retry(struct peer *p, int64_t now)
{
	int64_t max =
		p->conf.connect_retry_max_us ? p->conf.connect_retry_max_us : PEER_RETRY_MAX_US;
	int64_t wait = PEER_RETRY_FIRST_US;

	for (unsigned int i = 0; i < p->failures && wait < max; i++)
		wait *= 2;
	if (wait > max)
		wait = max;
	if (p->damp_us > wait)
		wait = p->damp_us;
	p->damp_us = 0;
	if (p->failures < 16)
		p->failures++;
	p->retry_at = now + jitter(p, wait);
}

bool peer_other_is_ahead(const struct peer *p, enum peer_conn which)
{
	return p->conns[!which].state >= BGP_OPENCONFIRM;
}

void peer_revive(struct peer *p, int64_t now)
{
	if (!p->started)
		return;
	if (p->conns[CONN_IN].state == BGP_IDLE)
		peer_step(p, CONN_IN, EV_MANUAL_START_PASSIVE, now);
	if (p->conns[CONN_OUT].state == BGP_IDLE && !p->conf.passive && p->retry_at == PEER_NEVER &&
	    !peer_other_is_ahead(p, CONN_OUT))
		schedule_retry(p, now);
}

/* ---- up and down ------------------------------------------------------------------------------
 */

static void session_up(struct peer *p, enum peer_conn which, int64_t now)
{
	p->up = (int)which;
	p->since = now;
	p->remote_as = p->conns[which].received.asn;
	p->counters.established++;
	p->retry_at = PEER_NEVER;
	/* the other one has lost: while dialling it is just put down, later it is told */
	if (p->conns[!which].state == BGP_CONNECT)
		peer_step(p, !which, EV_AUTOMATIC_STOP, now);
	else if (p->conns[!which].state >= BGP_OPENSENT) {
		p->counters.collisions++;
		bgp_error_set(&p->error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0,
			      "another connection was established");
		peer_step(p, !which, EV_OPEN_COLLISION_DUMP, now);
	}
	p->ops.up(p->ctx);
}

/* RFC 4724 and, for all but the loss of TCP, RFC 8538: may the routes stay? */
static bool is_graceful(const struct peer *p, const struct conn *c, enum peer_down_reason reason)
{
	const struct capa_agreed *agreed = &c->ctx.agreed;

	if (!agreed->gr_families && !agreed->llgr_families)
		return false;
	switch (reason) {
	case DOWN_TCP:
	case DOWN_REPLACED:
		return true;
	case DOWN_HOLD_TIMER:
	case DOWN_SEND_HOLD_TIMER:
	case DOWN_RECONFIGURED:
		return agreed->gr_notification;
	case DOWN_NOTIFICATION_RECEIVED:
	case DOWN_NOTIFICATION_SENT:
		return agreed->gr_notification && !(p->last_error.code == BGP_ERR_CEASE &&
						    p->last_error.subcode == BGP_CEASE_HARD_RESET);
	default:
		return false;
	}
}

static void session_down(struct peer *p, enum peer_conn which, int64_t now)
{
	bool graceful = is_graceful(p, &p->conns[which], p->reason);

	if (now - p->since >= STABLE_US)
		p->failures = 0;
	p->up = -1;
	p->since = now;
	/* an old speaker may come back as a new one: with all that we have, first */
	p->refused = REFUSED_NOTHING;
	p->last_reason = p->reason;
	if (p->reason == DOWN_TCP || p->reason == DOWN_REPLACED)
		p->last_error.code = BGP_ERR_NONE;
	p->ops.down(p->ctx, p->reason, graceful);
}

static void conn_down(struct peer *p, enum peer_conn which, int64_t now)
{
	struct conn *c = &p->conns[which];

	if (c->open)
		p->ops.close(p->ctx, which);
	peer_io_clear(c);
	c->open = false;
	c->epoch++;
	c->hold_at = c->keepalive_at = c->connect_retry_at = PEER_NEVER;
	(void)now;
}

static void dial(struct peer *p, int64_t now)
{
	struct conn *c = &p->conns[CONN_OUT];

	p->retry_at = PEER_NEVER;
	p->counters.connect_attempts++;
	c->open = true; /* there is something to close from here on */
	c->connect_retry_at = now + PEER_CONNECT_WAIT_US;
	p->ops.dial(p->ctx);
}

static void fsm_error(struct peer *p, enum bgp_state state)
{
	static const uint8_t subcodes[BGP_STATES] = {
		[BGP_OPENSENT] = BGP_FSM_IN_OPENSENT,
		[BGP_OPENCONFIRM] = BGP_FSM_IN_OPENCONFIRM,
		[BGP_ESTABLISHED] = BGP_FSM_IN_ESTABLISHED,
	};

	bgp_error_set(&p->error, BGP_ERR_FSM, subcodes[state], NULL, 0,
		      "a message that does not belong in this state");
}

void peer_step(struct peer *p, enum peer_conn which, enum bgp_event event, int64_t now)
{
	struct conn *c = &p->conns[which];
	enum bgp_state state = c->state;
	struct bgp_transition t = bgp_fsm(state, event);
	uint32_t act = t.actions;

	if (act & ACT_FSM_ERROR) {
		fsm_error(p, state);
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
	}
	c->state = t.next;
	if (act & ACT_SEND_NOTIFICATION)
		send_notification(p, which, now);
	if (act & (ACT_CONNECTION_DOWN | ACT_ABORT_DIAL))
		conn_down(p, which, now);
	if (act & ACT_DIAL)
		dial(p, now);
	if (act & ACT_SEND_OPEN)
		send_open(p, which, now);
	/* one that would wait behind others is none: any message that gets there does as well, and
	 * a peer that reads nothing costs no more by the hour */
	if ((act & ACT_SEND_KEEPALIVE) &&
	    !(event == EV_KEEPALIVE_TIMER_EXPIRES && c->tx_at < c->tx_len))
		send_keepalive(p, which, now);
	if (act & ACT_STOP_CONNECT_RETRY)
		c->connect_retry_at = PEER_NEVER;
	if ((act & ACT_START_CONNECT_RETRY) && !(act & ACT_DIAL) && which == CONN_OUT)
		c->connect_retry_at = now + jitter(p, DAMP_US);
	if (act & ACT_START_HOLD_LARGE)
		c->hold_at = now + PEER_HOLD_OPEN_S * SECOND;
	if (act & ACT_START_HOLD)
		start_hold(p, c, now);
	if (act & ACT_RESTART_HOLD)
		restart_hold(c, now);
	if (act & ACT_RESTART_KEEPALIVE)
		restart_keepalive(p, c, now);
	if (act & ACT_SESSION_UP)
		session_up(p, which, now);
	if (act & ACT_SESSION_DOWN)
		session_down(p, which, now);
	if (t.next == BGP_IDLE && state != BGP_IDLE)
		peer_revive(p, now);
}
