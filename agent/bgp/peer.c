/*
 * peer: see peer.h. Both connections, their timers, the OPEN, and who wins a collision.
 *
 * step() is the only place where a state changes: it asks the table and carries its actions out.
 * Sending and receiving of octets are peer_io.c.
 */
#include "agent/bgp/peer_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define SECOND         1000000LL

#define REPLACE_MIN_US (5 * SECOND)  /* a younger session is not replaced, but a collision */
#define STABLE_US      (10 * SECOND) /* a session that lived this long was a good one */
#define DAMP_US        (1 * SECOND)  /* least wait after a protocol error */
#define LIMIT_WAIT_US  (60 * SECOND) /* after maximum-routes */

static void step(struct peer *p, enum peer_conn which, enum bgp_event event, int64_t now);

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

/* The other connection has got so far that this one is not needed. */
static bool other_is_ahead(const struct peer *p, enum peer_conn which)
{
	return p->conns[!which].state >= BGP_OPENCONFIRM;
}

/* Whatever fell to Idle stands up again: the accepting side at once, the dialling side later. */
static void revive(struct peer *p, int64_t now)
{
	if (!p->started)
		return;
	if (p->conns[CONN_IN].state == BGP_IDLE)
		step(p, CONN_IN, EV_MANUAL_START_PASSIVE, now);
	if (p->conns[CONN_OUT].state == BGP_IDLE && !p->conf.passive && p->retry_at == PEER_NEVER &&
	    !other_is_ahead(p, CONN_OUT))
		schedule_retry(p, now);
}

/* ---- up and down ------------------------------------------------------------------------------
 */

static void session_up(struct peer *p, enum peer_conn which, int64_t now)
{
	p->up = (int)which;
	p->since = now;
	p->counters.established++;
	p->retry_at = PEER_NEVER;
	/* the other one has lost: while dialling it is just put down, later it is told */
	if (p->conns[!which].state == BGP_CONNECT)
		step(p, !which, EV_AUTOMATIC_STOP, now);
	else if (p->conns[!which].state >= BGP_OPENSENT) {
		p->counters.collisions++;
		bgp_error_set(&p->error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0,
			      "another connection was established");
		step(p, !which, EV_OPEN_COLLISION_DUMP, now);
	}
	p->ops.up(p->ctx);
}

/* RFC 4724 and, for all but the loss of TCP, RFC 8538: may the routes stay? */
static bool is_graceful(const struct peer *p, const struct conn *c, enum peer_down_reason reason)
{
	const struct capa_agreed *agreed = &c->ctx.agreed;

	if (!agreed->gr_families)
		return false;
	switch (reason) {
	case DOWN_TCP:
	case DOWN_REPLACED:
		return true;
	case DOWN_HOLD_TIMER:
	case DOWN_SEND_HOLD_TIMER:
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

static void step(struct peer *p, enum peer_conn which, enum bgp_event event, int64_t now)
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
	if (act & ACT_SEND_KEEPALIVE)
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
		revive(p, now);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

/* The part of RFC 4271 section 6.2 that needs the configuration. */
static bool check_open(struct peer *p, struct conn *c, const struct bgp_open *open)
{
	struct capa_agreed agreed;

	if (open->asn != p->conf.remote_as) {
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_BAD_PEER_AS, NULL, 0,
			      "the AS is not the configured remote AS");
		return false;
	}
	if (open->id == p->conf.router_id && open->asn == p->conf.local_as) {
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_BAD_IDENTIFIER, NULL, 0,
			      "the BGP Identifier is our own");
		return false;
	}
	if (!capa_role_ok(p->conf.capa.role, open->capa.role, p->conf.role_strict)) {
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_ROLE_MISMATCH, NULL, 0,
			      "the roles do not fit (RFC 9234)");
		return false;
	}
	capa_agree(&c->offered, &open->capa, &agreed);
	if (!agreed.families) {
		/* RFC 5492 section 5: the capability that is missed, as its TLV */
		uint8_t tlv[6] = {CAPA_MP, 4, 0, c->offered.families & 1 ? 1 : 2, 0, 1};

		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_UNSUPPORTED_CAPABILITY, tlv,
			      sizeof(tlv), "no address family in common");
		return false;
	}
	return true;
}

static void negotiate(struct peer *p, struct conn *c, const struct bgp_open *open)
{
	uint16_t hold = open->hold_time < p->conf.hold_time ? open->hold_time : p->conf.hold_time;

	c->received = *open;
	c->hold_time = hold;
	c->keepalive = hold / 3 < p->conf.keepalive ? hold / 3 : p->conf.keepalive;
	if (hold && !c->keepalive)
		c->keepalive = 1;
	c->ctx = (struct update_ctx){
		.attr = {.ibgp = p->conf.remote_as == p->conf.local_as,
			 .local_as = p->conf.local_as,
			 .remote_as = p->conf.remote_as},
	};
	capa_agree(&c->offered, &open->capa, &c->ctx.agreed);
	c->ctx.attr.as4 = c->ctx.agreed.as4;
	c->msg_max = c->ctx.agreed.ext_message ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
}

/* RFC 4271 section 6.8 with RFC 6286 section 2.3: whose connection stays, ours or theirs? */
static enum peer_conn collision_winner(const struct peer *p, const struct bgp_open *open)
{
	if (p->conf.router_id != open->id)
		return p->conf.router_id > open->id ? CONN_OUT : CONN_IN;
	return p->conf.local_as > open->asn ? CONN_OUT : CONN_IN;
}

/* False: this connection lost and is gone. */
static bool resolve_collision(struct peer *p, enum peer_conn which, const struct bgp_open *open,
			      int64_t now)
{
	struct conn *other = &p->conns[!which];
	enum peer_conn loser;

	if (other->state < BGP_OPENCONFIRM)
		return true;
	p->counters.collisions++;
	bgp_error_set(&p->error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0,
		      "a better connection is there");
	if (other->state == BGP_ESTABLISHED && other->ctx.agreed.gr_families && open->capa.gr &&
	    now - p->since >= REPLACE_MIN_US) {
		/* the peer has restarted, and its old connection is one that only we remember */
		p->reason = DOWN_REPLACED;
		step(p, !which, EV_TCP_CONNECTION_FAILS, now);
		return true;
	}
	loser = other->state == BGP_ESTABLISHED ? which
						: (enum peer_conn) !collision_winner(p, open);
	p->reason = DOWN_COLLISION;
	step(p, loser, EV_OPEN_COLLISION_DUMP, now);
	return loser != which;
}

static void on_open(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_open open;

	if (c->state != BGP_OPENSENT) {
		step(p, which, EV_BGP_OPEN, now);
		return;
	}
	if (!open_decode(body, &open, &p->error) || !check_open(p, c, &open)) {
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		step(p, which, EV_BGP_OPEN_MSG_ERR, now);
		return;
	}
	if (!resolve_collision(p, which, &open, now))
		return;
	negotiate(p, c, &open);
	step(p, which, EV_BGP_OPEN, now);
}

static void on_notification(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct bgp_error err;
	bool version;

	if (!notification_decode(body, &err))
		return;
	p->last_error = err;
	p->last_error_sent = false;
	p->reason = DOWN_NOTIFICATION_RECEIVED;
	version = err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_VERSION;
	if (err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_PARAMETER)
		p->refused = REFUSED_PARAMETERS;
	else if (err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_CAPABILITY &&
		 p->refused == REFUSED_NOTHING)
		p->refused = REFUSED_CAPABILITIES;
	if (err.code != BGP_ERR_CEASE)
		p->damp_us = DAMP_US;
	step(p, which, version ? EV_NOTIF_MSG_VER_ERR : EV_NOTIF_MSG, now);
}

static void on_update(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_update u;
	unsigned int epoch = c->epoch;

	if (c->state != BGP_ESTABLISHED) {
		step(p, which, EV_UPDATE_MSG, now);
		return;
	}
	if (!p->scratch)
		p->scratch = mem_zalloc(ATTR_SCRATCH);
	update_decode(&c->ctx, body, p->scratch, &u);
	p->counters.discarded_attrs += u.discarded;
	p->counters.ignored_families += u.ignored;
	if (u.verdict != UPDATE_OK)
		peer_io_keep_malformed(p, body);
	if (u.verdict == UPDATE_RESET) {
		p->error = u.err;
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		step(p, which, EV_UPDATE_MSG_ERR, now);
		return;
	}
	if (u.verdict == UPDATE_TREAT_WITHDRAW)
		p->counters.treat_withdraw++;
	step(p, which, EV_UPDATE_MSG, now);
	if (p->ops.update(p->ctx, &u, &p->error) || c->epoch != epoch)
		return;
	p->reason = DOWN_NOTIFICATION_SENT;
	p->damp_us = p->error.subcode == BGP_CEASE_MAX_PREFIXES ? LIMIT_WAIT_US : DAMP_US;
	step(p, which, EV_UPDATE_MSG_ERR, now);
}

static void on_refresh(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_refresh r;

	if (c->state == BGP_ESTABLISHED &&
	    !refresh_decode(body, c->ctx.agreed.enhanced_refresh, &r, &p->error)) {
		if (!p->error.code)
			return;
		peer_io_keep_malformed(p, body);
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		step(p, which, EV_UPDATE_MSG_ERR, now);
		return;
	}
	step(p, which, EV_ROUTE_REFRESH_MSG, now);
	/* one that was not agreed on is ignored (RFC 2918 section 4) */
	if (c->state == BGP_ESTABLISHED && c->ctx.agreed.route_refresh)
		p->ops.refresh(p->ctx, &r);
}

void peer_message(struct peer *p, enum peer_conn which, const struct bgp_msg *msg, int64_t now)
{
	p->counters.rx[0]++;
	p->counters.rx[msg->type]++;
	switch (msg->type) {
	case BGP_OPEN:
		on_open(p, which, msg->body, now);
		break;
	case BGP_UPDATE:
		on_update(p, which, msg->body, now);
		break;
	case BGP_NOTIFICATION:
		on_notification(p, which, msg->body, now);
		break;
	case BGP_KEEPALIVE:
		step(p, which, EV_KEEPALIVE_MSG, now);
		break;
	default:
		on_refresh(p, which, msg->body, now);
		break;
	}
}

void peer_bad_stream(struct peer *p, enum peer_conn which, const struct bgp_error *err, int64_t now)
{
	p->error = *err;
	p->reason = DOWN_NOTIFICATION_SENT;
	p->damp_us = DAMP_US;
	step(p, which, EV_BGP_HEADER_ERR, now);
}

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

void peer_start(struct peer *p, int64_t now)
{
	if (p->started || p->conf.shutdown)
		return;
	p->started = true;
	p->failures = 0;
	p->damp_us = 0;
	p->refused = REFUSED_NOTHING;
	if (!p->since)
		p->since = now;
	step(p, CONN_IN, EV_MANUAL_START_PASSIVE, now);
	if (!p->conf.passive)
		step(p, CONN_OUT, EV_MANUAL_START, now);
}

/* The Cease; text is cut at a character's border to what RFC 9003 allows. */
static void make_cease(struct peer *p, const struct conn *c, uint8_t subcode, const char *text)
{
	uint8_t data[2 + 1 + PEER_PREFIX_LEN_SHUTDOWN];
	struct wr wr = wr_init(data, sizeof(data));
	bool hard = c->state == BGP_ESTABLISHED && c->ctx.agreed.gr_notification;
	size_t len = text ? strlen(text) : 0;

	if (len > 128)
		len = 128;
	while (len && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	/* RFC 8538 section 3.1: this end is meant, the routes are to go */
	if (hard) {
		wr_u8(&wr, BGP_ERR_CEASE);
		wr_u8(&wr, subcode);
	}
	if ((subcode == BGP_CEASE_ADMIN_SHUTDOWN || subcode == BGP_CEASE_ADMIN_RESET) && len) {
		wr_u8(&wr, (uint8_t)len);
		wr_bytes(&wr, text, len);
	}
	bgp_error_set(&p->error, BGP_ERR_CEASE, hard ? BGP_CEASE_HARD_RESET : subcode, data,
		      wr_len(&wr), "asked for by the operator");
}

static void stop_conns(struct peer *p, uint8_t subcode, const char *text,
		       enum peer_down_reason reason, int64_t now)
{
	p->started = false;
	p->retry_at = PEER_NEVER;
	for (int i = 0; i < CONN_COUNT; i++) {
		make_cease(p, &p->conns[i], subcode, text);
		p->reason = reason;
		step(p, (enum peer_conn)i, EV_MANUAL_STOP, now);
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

void peer_path_down(struct peer *p, int64_t now)
{
	bool started = p->started;

	stop_conns(p, BGP_CEASE_BFD_DOWN, NULL, DOWN_BFD, now);
	p->started = started;
	revive(p, now);
}

void peer_hurry(struct peer *p, int64_t now)
{
	struct conn *c = &p->conns[CONN_OUT];

	p->failures = 0;
	if (p->retry_at != PEER_NEVER)
		p->retry_at = now;
	else if (c->state == BGP_CONNECT && c->connect_retry_at > now + PEER_RETRY_FIRST_US)
		c->connect_retry_at = now + PEER_RETRY_FIRST_US; /* a SYN may have been lost */
}

/* Whether a difference shows in the OPEN, or in what was agreed on with it. */
static bool needs_reset(const struct peer_conf *a, const struct peer_conf *b)
{
	return a->local_as != b->local_as || a->remote_as != b->remote_as ||
	       a->router_id != b->router_id || a->hold_time != b->hold_time ||
	       a->role_strict != b->role_strict || memcmp(&a->capa, &b->capa, sizeof(a->capa)) != 0;
}

bool peer_set_conf(struct peer *p, const struct peer_conf *conf, int64_t now)
{
	bool reset = needs_reset(&p->conf, conf);
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
	if (reset)
		peer_reset(p, BGP_CEASE_CONFIG_CHANGE, NULL, now);
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
		step(p, CONN_OUT, EV_TCP_CR_ACKED, now);
		return true;
	}
	/* RFC 4724 section 5: the peer has restarted and dials again, before we noticed */
	if (c->state == BGP_ESTABLISHED && c->ctx.agreed.gr_families &&
	    now - p->since >= REPLACE_MIN_US) {
		p->reason = DOWN_REPLACED;
		step(p, CONN_IN, EV_TCP_CONNECTION_FAILS, now);
	}
	/* one that never said its OPEN is not worth four minutes: its maker has given it up */
	if (c->state == BGP_OPENSENT) {
		p->reason = DOWN_TCP;
		step(p, CONN_IN, EV_TCP_CONNECTION_FAILS, now);
	}
	if (c->state != BGP_ACTIVE)
		return false;
	c->open = true;
	step(p, CONN_IN, EV_TCP_CONNECTION_CONFIRMED, now);
	return true;
}

void peer_disconnected(struct peer *p, enum peer_conn which, int64_t now)
{
	struct conn *c = &p->conns[which];

	c->open = false; /* the host has closed it: nothing to close */
	p->reason = DOWN_TCP;
	step(p, which, EV_TCP_CONNECTION_FAILS, now);
	/* RFC 4271 lets an OpenSent that lost its connection wait in Active. The accepting side
	 * does; the dialling side goes on by the retry rules */
	if (which == CONN_OUT && c->state == BGP_ACTIVE)
		step(p, CONN_OUT, EV_AUTOMATIC_STOP, now);
}

void peer_fail(struct peer *p, const struct bgp_error *err, int64_t now)
{
	if (p->up < 0)
		return;
	p->error = *err;
	p->reason = DOWN_NOTIFICATION_SENT;
	p->damp_us = DAMP_US;
	step(p, (enum peer_conn)p->up, EV_UPDATE_MSG_ERR, now);
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
		step(p, which, EV_SEND_HOLD_TIMER_EXPIRES, now);
	}
	if (c->hold_at <= now) {
		c->hold_at = PEER_NEVER;
		bgp_error_set(&p->error, BGP_ERR_HOLD_TIMER, 0, NULL, 0,
			      "nothing was heard in time");
		p->reason = DOWN_HOLD_TIMER;
		step(p, which, EV_HOLD_TIMER_EXPIRES, now);
	}
	if (c->keepalive_at <= now) {
		c->keepalive_at = PEER_NEVER;
		step(p, which, EV_KEEPALIVE_TIMER_EXPIRES, now);
	}
	if (c->connect_retry_at <= now) {
		c->connect_retry_at = PEER_NEVER;
		step(p, which, EV_CONNECT_RETRY_TIMER_EXPIRES, now);
	}
}

void peer_tick(struct peer *p, int64_t now)
{
	tick_conn(p, CONN_OUT, now);
	tick_conn(p, CONN_IN, now);
	if (p->retry_at <= now) {
		p->retry_at = PEER_NEVER;
		if (p->started && !p->conf.passive && !other_is_ahead(p, CONN_OUT))
			step(p, CONN_OUT, EV_AUTOMATIC_START, now);
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

const struct bgp_open *peer_open_received(const struct peer *p)
{
	return p->up < 0 ? NULL : &p->conns[p->up].received;
}

const struct update_ctx *peer_ctx(const struct peer *p)
{
	return p->up < 0 ? NULL : &p->conns[p->up].ctx;
}

const struct peer_counters *peer_counters(const struct peer *p)
{
	return &p->counters;
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
	};

	return names[reason];
}
