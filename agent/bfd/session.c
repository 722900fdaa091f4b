/* session: see session.h. */
#include "agent/bfd/session.h"

#include <assert.h>

/* Rows are states, columns events. Down takes Down for an answer as well as for a beginning, so
 * both ends may start; AdminDown hears nothing. */
static const struct bfd_transition table[BFD_STATES][BFD_EVENTS] =
	{
		[BFD_ADMIN_DOWN] =
			{
				[BFD_EV_ADMIN_DOWN_RECEIVED] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DOWN_RECEIVED] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_INIT_RECEIVED] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_UP_RECEIVED] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DETECTION_EXPIRES] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DISABLE] = {BFD_ADMIN_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_ENABLE] = {BFD_DOWN, BFD_DIAG_KEEP},
			},
		[BFD_DOWN] =
			{
				[BFD_EV_ADMIN_DOWN_RECEIVED] = {BFD_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DOWN_RECEIVED] = {BFD_INIT, BFD_DIAG_KEEP},
				[BFD_EV_INIT_RECEIVED] = {BFD_UP, BFD_DIAG_NONE},
				[BFD_EV_UP_RECEIVED] = {BFD_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DETECTION_EXPIRES] = {BFD_DOWN, BFD_DIAG_KEEP},
				[BFD_EV_DISABLE] = {BFD_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN},
				[BFD_EV_ENABLE] = {BFD_DOWN, BFD_DIAG_KEEP},
			},
		[BFD_INIT] =
			{
				[BFD_EV_ADMIN_DOWN_RECEIVED] = {BFD_DOWN, BFD_DIAG_NEIGHBOR_DOWN},
				[BFD_EV_DOWN_RECEIVED] = {BFD_INIT, BFD_DIAG_KEEP},
				[BFD_EV_INIT_RECEIVED] = {BFD_UP, BFD_DIAG_NONE},
				[BFD_EV_UP_RECEIVED] = {BFD_UP, BFD_DIAG_NONE},
				[BFD_EV_DETECTION_EXPIRES] = {BFD_DOWN, BFD_DIAG_DETECTION_EXPIRED},
				[BFD_EV_DISABLE] = {BFD_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN},
				[BFD_EV_ENABLE] = {BFD_INIT, BFD_DIAG_KEEP},
			},
		[BFD_UP] =
			{
				[BFD_EV_ADMIN_DOWN_RECEIVED] = {BFD_DOWN, BFD_DIAG_NEIGHBOR_DOWN},
				[BFD_EV_DOWN_RECEIVED] = {BFD_DOWN, BFD_DIAG_NEIGHBOR_DOWN},
				[BFD_EV_INIT_RECEIVED] = {BFD_UP, BFD_DIAG_KEEP},
				[BFD_EV_UP_RECEIVED] = {BFD_UP, BFD_DIAG_KEEP},
				[BFD_EV_DETECTION_EXPIRES] = {BFD_DOWN, BFD_DIAG_DETECTION_EXPIRED},
				[BFD_EV_DISABLE] = {BFD_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN},
				[BFD_EV_ENABLE] = {BFD_UP, BFD_DIAG_KEEP},
			},
};

struct bfd_transition bfd_fsm(enum bfd_state state, enum bfd_event event)
{
	assert(state < BFD_STATES && event < BFD_EVENTS);
	return table[state][event];
}

const char *bfd_event_name(enum bfd_event event)
{
	static const char *const names[BFD_EVENTS] = {
		"AdminDownReceived",     "DownReceived", "InitReceived", "UpReceived",
		"DetectionTimerExpires", "Disable",      "Enable",
	};

	return event < BFD_EVENTS ? names[event] : "?";
}

/* ---- intervals --------------------------------------------------------------------------------
 */

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t bfd_session_tx_interval(const struct bfd_session *s)
{
	return max32(s->min_tx_used, s->remote_min_rx);
}

/* Section 6.8.4. */
uint64_t bfd_session_detection_time(const struct bfd_session *s)
{
	return (uint64_t)s->remote_mult * max32(s->min_rx_used, s->remote_min_tx);
}

static uint64_t jittered_least(uint32_t interval)
{
	return (uint64_t)interval * 75 / 100;
}

/* Section 6.8.7: down to 75 %, and with a multiplier of 1 never more than 90 %, lest the one packet
 * that counts comes when the time is over. */
static int64_t jittered(const struct bfd_session *s, uint32_t interval, uint32_t random)
{
	uint64_t most = s->conf.mult == 1 ? (uint64_t)interval * 90 / 100 : interval;
	uint64_t least = jittered_least(interval);

	least += (most - least) * (random >> 8) / (1u << 24);
	return least ? (int64_t)least : 1; /* of a microsecond 75 % is none, and time must go on */
}

/* Section 6.8.7: nothing periodic to a neighbour that wants none. */
static bool sends_periodically(const struct bfd_session *s)
{
	if (!s->remote_min_rx)
		return false;
	return s->polling || s->poll_again || !s->remote_demand || s->state != BFD_UP ||
	       s->remote_state != BFD_UP;
}

/* Section 6.5. To a neighbour that is not known there is nothing to agree on. */
static void poll_begin(struct bfd_session *s)
{
	if (!s->remote_discr)
		return;
	if (s->polling || s->poll_again) {
		s->poll_again = true;
		return;
	}
	s->polling = true;
	s->poll_sent = false;
}

/* The neighbour knows our values, and those that waited for that come into force; unless they have
 * changed since. The next sequence then begins behind a packet without P, so that an F can be told
 * to be its own. */
static void poll_end(struct bfd_session *s)
{
	s->polling = false;
	if (s->poll_again)
		return;
	s->min_tx_used = s->min_tx;
	s->min_rx_used = s->min_rx;
}

/* Section 6.8.3: intervals that others see change by a Poll Sequence; while Up, only what makes the
 * session more patient counts before its end. */
static void set_intervals(struct bfd_session *s, uint32_t min_tx, uint32_t min_rx)
{
	if (s->state != BFD_UP)
		min_tx = max32(min_tx, BFD_SLOW_TX_US);
	if (min_tx == s->min_tx && min_rx == s->min_rx)
		return;
	s->min_tx = min_tx;
	s->min_rx = min_rx;
	if (s->state != BFD_UP || !s->remote_discr || min_tx < s->min_tx_used)
		s->min_tx_used = min_tx;
	if (s->state != BFD_UP || !s->remote_discr || min_rx > s->min_rx_used)
		s->min_rx_used = min_rx;
	poll_begin(s);
	s->send_now = true;
}

/* A shorter interval counts from now on, not from the next packet. */
static void reschedule(struct bfd_session *s)
{
	int64_t at = s->last_tx + (int64_t)bfd_session_tx_interval(s);

	if (s->tx_at > at)
		s->tx_at = at;
}

/* ---- states -----------------------------------------------------------------------------------
 */

static void forget_remote(struct bfd_session *s)
{
	s->remote_discr = 0;
	s->remote_state = BFD_DOWN;
	s->remote_demand = s->remote_independent = false;
	s->remote_min_rx = 1; /* section 6.8.1 */
	s->remote_min_tx = 0;
	s->remote_mult = 0;
	s->detect_at = BFD_NEVER;
	s->polling = s->poll_again = false;
}

static void step(struct bfd_session *s, enum bfd_event event, int64_t now)
{
	struct bfd_transition t = bfd_fsm((enum bfd_state)s->state, event);
	uint8_t was = s->state;

	if (t.diag != BFD_DIAG_KEEP)
		s->diag = t.diag;
	if (t.next == was)
		return;
	s->state = t.next;
	s->since = now;
	s->send_now = true;
	if (was == BFD_UP) {
		s->downs++;
		s->last_down = now;
		s->down_diag = s->diag;
		s->down_detection = bfd_session_detection_time(s);
		s->down_independent = s->remote_independent;
		s->down_by_remote_admin = event == BFD_EV_ADMIN_DOWN_RECEIVED;
	}
	if (t.next == BFD_UP) {
		s->ups++;
		s->last_up = now;
	}
	set_intervals(s, s->conf.min_tx, s->conf.min_rx);
}

void bfd_session_init(struct bfd_session *s, const struct bfd_session_conf *conf, uint32_t discr,
		      int64_t now)
{
	assert(discr && conf->mult && conf->min_tx && conf->min_rx);
	*s = (struct bfd_session){
		.conf = *conf,
		.state = conf->disabled ? BFD_ADMIN_DOWN : BFD_DOWN,
		.diag = conf->disabled ? BFD_DIAG_ADMIN_DOWN : BFD_DIAG_NONE,
		.discr = discr,
		.since = now,
		.tx_at = now,
		.last_tx = now,
		.send_now = true,
	};
	forget_remote(s);
	set_intervals(s, conf->min_tx, conf->min_rx);
}

void bfd_session_set_conf(struct bfd_session *s, const struct bfd_session_conf *conf, int64_t now)
{
	bool was = s->conf.disabled;

	if (conf->mult != s->conf.mult)
		s->send_now =
			true; /* the neighbour's detection time hangs on it, and needs no Poll */
	s->conf = *conf;
	set_intervals(s, conf->min_tx, conf->min_rx);
	if (conf->disabled != was)
		step(s, conf->disabled ? BFD_EV_DISABLE : BFD_EV_ENABLE, now);
	reschedule(s);
}

/* ---- packets ----------------------------------------------------------------------------------
 */

/* Section 6.8.6, from where the session has been found. */
void bfd_session_recv(struct bfd_session *s, const struct bfd_packet *p, int64_t now)
{
	s->last_rx = now;
	s->remote_discr = p->my_discr;
	s->remote_state = p->state;
	s->remote_diag = p->diag;
	s->remote_demand = p->demand;
	s->remote_independent = p->independent;
	s->remote_min_rx = p->min_rx;
	s->remote_min_tx = p->min_tx;
	s->remote_mult = p->mult;
	if (p->final && s->polling && s->poll_sent)
		poll_end(s);
	/* in AdminDown the packet is discarded at this point, and its P is not answered */
	s->send_final |= p->poll && s->state != BFD_ADMIN_DOWN;
	step(s, (enum bfd_event)p->state, now);
	s->detect_at = now + (int64_t)bfd_session_detection_time(s);
	reschedule(s);
}

static void fill(const struct bfd_session *s, struct bfd_packet *p)
{
	*p = (struct bfd_packet){
		.state = s->state,
		.diag = s->diag,
		.mult = s->conf.mult,
		.my_discr = s->discr,
		.your_discr = s->remote_discr,
		.min_tx = s->min_tx,
		.min_rx = s->min_rx,
	};
}

bool bfd_session_send(struct bfd_session *s, uint32_t random, struct bfd_packet *out, int64_t now)
{
	bool due = now >= s->tx_at;
	int64_t interval;

	/* "as soon as practicable", whatever else holds packets back; it tells what is new, too */
	if (s->send_final) {
		s->send_final = s->send_now = false;
		fill(s, out);
		out->final = true;
		return true;
	}
	if ((!due && !s->send_now) || !sends_periodically(s)) {
		s->send_now = false;
		return false;
	}
	s->send_now = false;
	fill(s, out);
	out->poll = s->polling;
	s->poll_sent = s->polling;
	if (!s->polling && s->poll_again) {
		s->poll_again = false;
		poll_begin(s);
	}
	/* from when it was due: lateness does not add up; but what was missed is not made good */
	interval = jittered(s, bfd_session_tx_interval(s), random);
	s->last_tx = due && now - s->tx_at < interval ? s->tx_at : now;
	s->tx_at = s->last_tx + interval;
	return true;
}

void bfd_session_join(struct bfd_session *s, int64_t now)
{
	int64_t first = s->last_tx + (int64_t)jittered_least(bfd_session_tx_interval(s));

	if (now >= first && now < s->tx_at)
		s->tx_at = now;
}

int64_t bfd_session_deadline(const struct bfd_session *s)
{
	int64_t at = sends_periodically(s) ? s->tx_at : BFD_NEVER;

	if (s->send_final || s->send_now)
		return 0;
	return s->detect_at < at ? s->detect_at : at;
}

void bfd_session_tick(struct bfd_session *s, int64_t now)
{
	if (now < s->detect_at)
		return;
	step(s, BFD_EV_DETECTION_EXPIRES, now);
	/* with what was to be agreed on: a Poll to it would never end */
	forget_remote(s);
}
