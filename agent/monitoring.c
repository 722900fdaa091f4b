/*
 * monitoring: see monitoring.h.
 *
 * A station has been told of some peers (struct told): that they are up, and then what they
 * announce, before and after policy, and what they are told. The Loc-RIB is one of them. For each
 * there is first a walk over the RIB, in slices, and End-of-RIB behind it; changes meanwhile come
 * from the list of changes. Where more is lost than that list holds, the station is told so
 * (Termination, out of resources) and begun anew.
 */
#include "agent/monitoring.h"

#include "agent/agent.h"
#include "agent/bgp/bmp.h"
#include "agent/io/bmp.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"
#include "agent/rib/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK_CHANGES     1024              /* a station, a turn of the loop */
#define WORK_ENTRIES     2048              /* of a walk, likewise */
#define ROOM             (4 * BMP_MSG_MAX) /* one message of each view can still be ended */
#define STATS_US         (60LL * 1000 * 1000)
#define OUT_MAX          4096 /* routes of an Adj-RIB-Out that a station is told of */
#define EVENT_TCP_FAILED 18   /* RFC 4271 section 8.1.4 */

struct told {
	struct told *next;
	const struct session *session; /* NULL: the Loc-RIB, or gone */
	bool loc_rib;
	struct bmp_peer who; /* its view is that of the message */
	uint16_t rib_peer;
	uint64_t established; /* the how manieth session it is */
	uint8_t families;     /* FAMILY_BIT()s */
	uint8_t add_path;     /* likewise: those with path identifiers */
	bool walk;            /* to be walked, once more perhaps */
	bool out_changed, out_eor;
	struct prefix *out; /* what of the Adj-RIB-Out it was told of */
	size_t n_out;
	bool down; /* to be told that it is, why */
	enum bmp_down_reason reason;
	struct bgp_error error;
};

struct station {
	struct station *next;
	struct monitoring *m;
	struct conf_station conf;
	struct bmp_link *link;
	struct changes *changes;
	struct told *told;
	struct told *walking; /* NULL: nobody */
	struct rib_cursor at;
	bool dumped; /* every table was told once */
	int64_t since, stats_at;
	uint64_t connects, restarts;
	char failure[64]; /* that was last logged */
};

/* A Route Monitoring message that is being filled. */
struct filling {
	bool open;
	const struct told *told;
	const struct attrs *attrs; /* NULL: withdrawn */
	uint8_t afi;
	struct wr wr;
	struct bmp_routes routes;
	uint8_t buf[BMP_MSG_MAX];
};

struct monitoring {
	struct agent *agent;
	struct station *stations;
	struct loop_work *work;
	struct loop_timer *timer; /* statistics */
	struct filling *filling;  /* BMP_VIEWS of them; all ended when a station's turn is */
	uint64_t too_large;       /* routes that no message holds */
};

static void kick(struct monitoring *m)
{
	loop_work_set(m->work, true);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static bool has_room(const struct station *st)
{
	return bmp_link_has_room(st->link, ROOM);
}

static void end_filling(struct station *st, enum bmp_view view)
{
	struct filling *f = &st->m->filling[view];
	struct wr wr;

	if (!f->open)
		return;
	f->open = false;
	if (!bmp_routes_end(&f->routes)) {
		st->m->too_large += f->routes.n;
		return;
	}
	wr = bmp_link_write(st->link);
	wr_bytes(&wr, f->wr.base, wr_len(&f->wr));
	bmp_link_wrote(st->link, &wr);
}

static void end_all(struct station *st)
{
	for (int v = 0; v < BMP_VIEWS; v++)
		end_filling(st, (enum bmp_view)v);
}

/* One route of a view; attrs NULL: it is gone. False: no room, to be tried again. */
static bool put(struct station *st, const struct told *t, enum bmp_view view,
		const struct prefix *p, uint32_t path_id, const struct attrs *attrs, int64_t time)
{
	struct filling *f = &st->m->filling[view];
	enum family family = p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
	bool add_path = view <= BMP_RIB_IN_POST && (t->add_path & FAMILY_BIT(family));
	struct bmp_peer who = t->who;

	if (f->open && f->told == t && f->attrs == attrs && f->afi == p->afi &&
	    bmp_routes_add(&f->routes, p, path_id))
		return true;
	if (!has_room(st))
		return false;
	end_filling(st, view);
	who.view = view;
	who.time = time;
	f->open = true;
	f->told = t;
	f->attrs = attrs;
	f->afi = p->afi;
	f->wr = wr_init(f->buf, sizeof(f->buf));
	bmp_routes_begin(&f->routes, &who, (enum afi)p->afi, attrs ? &attrs->set : NULL, add_path,
			 &f->wr);
	bmp_routes_add(&f->routes, p, path_id);
	return true;
}

static void end_of_rib(struct station *st, const struct told *t, enum bmp_view view)
{
	struct bmp_peer who = t->who;
	struct wr wr;

	end_filling(st, view);
	who.view = view;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!(t->families & FAMILY_BIT(f)))
			continue;
		wr = bmp_link_write(st->link);
		bmp_end_of_rib(&who, f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, &wr);
		bmp_link_wrote(st->link, &wr);
	}
}

/* ---- who is told of ---------------------------------------------------------------------------
 */

static struct told *find_told(const struct station *st, const struct session *s)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (t->session == s && !t->loc_rib)
			return t;
	}
	return NULL;
}

static struct told *find_loc_rib(const struct station *st)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (t->loc_rib)
			return t;
	}
	return NULL;
}

static void told_free(struct station *st, struct told *t)
{
	struct told **at = &st->told;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	if (st->walking == t)
		st->walking = NULL;
	free(t->out);
	free(t);
}

static struct told *told_new(struct station *st)
{
	struct told *t = mem_zalloc(sizeof(*t)), **at = &st->told;

	while (*at)
		at = &(*at)->next;
	*at = t;
	t->walk = true;
	return t;
}

/* The session's end, or that of one before it. */
static void look_for_down(struct told *t)
{
	const struct peer *p = session_peer(t->session);
	const struct bgp_error *err = peer_last_error(p);

	if (t->down || (peer_is_up(p) && peer_counters(p)->established == t->established))
		return;
	t->down = true;
	t->error = *err;
	if (err->code)
		t->reason = peer_last_error_sent(p) ? BMP_DOWN_LOCAL_NOTIFICATION
						    : BMP_DOWN_REMOTE_NOTIFICATION;
	else
		t->reason =
			peer_last_reason(p) == DOWN_TCP ? BMP_DOWN_REMOTE : BMP_DOWN_LOCAL_EVENT;
}

static void put_down(struct station *st, struct told *t)
{
	struct wr wr = bmp_link_write(st->link);
	struct bmp_peer who = t->who;

	who.time = loop_wall();
	bmp_peer_down(&who, t->reason, &t->error, EVENT_TCP_FAILED, &wr);
	bmp_link_wrote(st->link, &wr);
	told_free(st, t);
}

static void put_up(struct station *st, const struct session *s)
{
	const struct peer *p = session_peer(s);
	const struct update_ctx *uc = peer_ctx(p);
	struct bmp_peer_up up = {.local = session_local(s)};
	struct wr wr = bmp_link_write(st->link);
	struct told *t = told_new(st);

	t->session = s;
	t->rib_peer = session_rib_peer(s)->index;
	t->established = peer_counters(p)->established;
	t->families = uc->agreed.families;
	t->add_path = uc->agreed.add_path_rx;
	t->out_changed = true;
	t->who = (struct bmp_peer){
		.addr = session_conf(s)->addr,
		.asn = session_conf(s)->peer.remote_as,
		.id = peer_open_received(p)->id,
		.time = loop_wall() - (loop_now(st->m->agent->loop) - peer_since(p)),
	};
	session_ports(s, &up.local_port, &up.remote_port);
	peer_opens(p, &up.sent, &up.received);
	bmp_peer_up(&t->who, &up, &wr);
	bmp_link_wrote(st->link, &wr);
}

/* RFC 9069 section 5.2: with OPENs made up to say what its routes are encoded with. */
static void put_loc_rib_up(struct station *st)
{
	const struct agent *a = st->m->agent;
	struct bgp_open open = {
		.version = BGP_VERSION,
		.asn = config_conf(a->config)->local_as,
		.id = a->router_id,
	};
	uint8_t msg[BGP_MSG_MAX];
	struct wr wr = wr_init(msg, sizeof(msg));
	struct bmp_peer_up up = {.local = {.afi = AFI_NONE}};
	struct told *t = told_new(st);

	capa_init(&open.capa);
	open.capa.families = FAMILY_BIT(FAMILY_IP4) | FAMILY_BIT(FAMILY_IP6);
	open.capa.ext_nexthop = FAMILY_BIT(FAMILY_IP4);
	open.capa.as4 = true;
	open.capa.asn = open.asn;
	open_encode(&open, &wr);
	up.sent = up.received = rd_init(msg, wr_len(&wr));
	t->loc_rib = true;
	t->families = open.capa.families;
	t->who = (struct bmp_peer){
		.view = BMP_LOC_RIB, .asn = open.asn, .id = open.id, .time = loop_wall()};
	wr = bmp_link_write(st->link);
	bmp_peer_up(&t->who, &up, &wr);
	bmp_link_wrote(st->link, &wr);
}

/* False: no room for all of it. */
static bool put_sessions(struct station *st)
{
	const struct agent *a = st->m->agent;
	struct told *t, *next, *loc = find_loc_rib(st);

	for (t = st->told; t; t = next) {
		next = t->next;
		if (t->session)
			look_for_down(t);
		if (t->loc_rib &&
		    (t->who.id != a->router_id || t->who.asn != config_conf(a->config)->local_as)) {
			t->down = true;
			t->reason = BMP_DOWN_LOC_RIB;
			loc = NULL;
		}
		if (!t->down)
			continue;
		if (!has_room(st))
			return false;
		put_down(st, t);
	}
	if (!loc && a->router_id && has_room(st))
		put_loc_rib_up(st);
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		if (!peer_is_up(session_peer(s)) || find_told(st, s))
			continue;
		if (!has_room(st))
			return false;
		put_up(st, s);
	}
	return true;
}

/* ---- Adj-RIB-Out ------------------------------------------------------------------------------
 */

/* All of it: it is small. False: no room, to be tried again. */
static bool put_out(struct station *st, struct told *t)
{
	const struct adj_out *o = session_adj_out(t->session);
	int64_t now = loop_wall();
	const struct attrs *attrs;
	struct prefix p;
	size_t n;

	for (size_t i = 0; i < t->n_out; i++) {
		if (!adj_out_has(o, &t->out[i], false) &&
		    !put(st, t, BMP_RIB_OUT, &t->out[i], 0, NULL, now))
			return false;
	}
	for (n = 0; n < OUT_MAX && adj_out_at(o, n, &p, &attrs); n++) {
		if (!put(st, t, BMP_RIB_OUT, &p, 0, attrs, now))
			return false;
	}
	if (!t->out_eor && !has_room(st))
		return false;
	if (!t->out_eor)
		end_of_rib(st, t, BMP_RIB_OUT);
	t->out_eor = true;
	t->out_changed = false;
	t->out = mem_grow(t->out, n, sizeof(*t->out));
	t->n_out = n;
	for (size_t i = 0; i < n; i++)
		adj_out_at(o, i, &t->out[i], &attrs);
	return true;
}

/* ---- what was received, and the Loc-RIB -------------------------------------------------------
 */

/* lost: it may be what the station still has, where it is no longer there. */
static bool put_path(struct station *st, const struct told *t, const struct change *c,
		     const struct path *p, int64_t now)
{
	const struct rib *rib = st->m->agent->rib;
	const struct attrs *before = p ? rib_path_received(rib, p) : NULL;
	const struct attrs *after = p && !p->reject ? rib_path_attrs(rib, p) : NULL;

	if ((before || c->lost) && !put(st, t, BMP_RIB_IN_PRE, &c->prefix, c->path_id, before, now))
		return false;
	return !(after || c->lost) ||
	       put(st, t, BMP_RIB_IN_POST, &c->prefix, c->path_id, after, now);
}

static bool put_change(struct station *st, const struct change *c, int64_t now)
{
	const struct rib *rib = st->m->agent->rib;
	const struct rib_entry *e = rib_find(rib, &c->prefix);
	const struct path *p = e ? rib_path_of(rib, e, c->peer, c->path_id) : NULL;
	const struct told *t;

	if (c->peer == CHANGES_LOC_RIB) {
		bool there = e && e->n_multipath;

		t = find_loc_rib(st);
		return !t || !(there || c->lost) ||
		       put(st, t, BMP_LOC_RIB, &c->prefix, 0,
			   there ? rib_path_attrs(rib, &e->paths[0]) : NULL, now);
	}
	for (t = st->told; t; t = t->next) {
		if (!t->loc_rib && t->session && t->rib_peer == c->peer)
			return put_path(st, t, c, p, now);
	}
	return true; /* down meanwhile: that takes all of it away */
}

/* True: there are more. */
static bool put_changes(struct station *st)
{
	int64_t now = loop_wall();
	const struct change *c;
	struct change done;

	for (int i = 0; i < WORK_CHANGES && (c = changes_peek(st->changes)); i++) {
		if (!put_change(st, c, now))
			return false;
		changes_next(st->changes, &done);
	}
	if (changes_walk(st->changes)) {
		for (struct told *t = st->told; t; t = t->next)
			t->walk = true;
	}
	return changes_count(st->changes) != 0;
}

static bool put_entry(struct station *st, const struct told *t, const struct rib_entry *e)
{
	const struct rib *rib = st->m->agent->rib;
	enum family f = e->prefix.afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;

	if (t->loc_rib)
		return !e->n_multipath ||
		       put(st, t, BMP_LOC_RIB, &e->prefix, 0, rib_path_attrs(rib, &e->paths[0]), 0);
	for (size_t i = 0; i < e->n_paths; i++) {
		const struct path *p = &e->paths[i];

		if (p->peer != t->rib_peer || rib_path_stale(rib, e, p) ||
		    !(t->families & FAMILY_BIT(f)))
			continue;
		if (!put(st, t, BMP_RIB_IN_PRE, &e->prefix, p->path_id, rib_path_received(rib, p),
			 0) ||
		    (!p->reject && !put(st, t, BMP_RIB_IN_POST, &e->prefix, p->path_id,
					rib_path_attrs(rib, p), 0)))
			return false;
	}
	return true;
}

/* A slice of the walk for one peer. True: there is more, and room for it. */
static bool walk(struct station *st)
{
	struct told *t = st->walking;

	for (int i = 0; i < WORK_ENTRIES; i++) {
		struct rib_cursor before = st->at;
		const struct rib_entry *e;

		if (!has_room(st))
			return false;
		e = rib_next(st->m->agent->rib, &st->at);
		if (!e) {
			if (t->loc_rib) {
				end_of_rib(st, t, BMP_LOC_RIB);
			} else {
				end_of_rib(st, t, BMP_RIB_IN_PRE);
				end_of_rib(st, t, BMP_RIB_IN_POST);
			}
			st->walking = NULL;
			return true;
		}
		if (!put_entry(st, t, e)) {
			st->at = before; /* whole once more: what is told twice is no harm */
			return false;
		}
	}
	return true;
}

/* False: nobody is to be walked for. */
static bool next_walk(struct station *st)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (!t->walk)
			continue;
		/* from here on a new reason makes a new walk */
		t->walk = false;
		st->walking = t;
		st->at = (struct rib_cursor){0, 0};
		return true;
	}
	return false;
}

/* ---- statistics -------------------------------------------------------------------------------
 */

static void put_peer_stats(const struct told *t, struct bmp_stats *s)
{
	const struct rib_peer *rp = session_rib_peer(t->session);
	const struct adj_out *o = session_adj_out(t->session);

	bmp_stats_gauge(s, BMP_STAT_RIB_IN, rp->received[FAMILY_IP4] + rp->received[FAMILY_IP6]);
	bmp_stats_gauge(s, BMP_STAT_RIB_OUT,
			adj_out_count(o, FAMILY_IP4) + adj_out_count(o, FAMILY_IP6));
	bmp_stats_counter(s, BMP_STAT_TREATED_AS_WITHDRAW,
			  (uint32_t)peer_counters(session_peer(t->session))->treat_withdraw);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum afi afi = f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6;

		if (!(t->families & FAMILY_BIT(f)))
			continue;
		bmp_stats_family(s, BMP_STAT_RIB_IN_FAMILY, afi, rp->received[f]);
		bmp_stats_family(s, BMP_STAT_RIB_OUT_FAMILY, afi, adj_out_count(o, (enum family)f));
	}
}

static void put_stats(struct station *st)
{
	struct rib_stats r;

	rib_stats(st->m->agent->rib, &r);
	for (const struct told *t = st->told; t && has_room(st); t = t->next) {
		struct bmp_peer who = t->who;
		struct bmp_stats s;
		struct wr wr;

		if (!t->loc_rib && !t->session)
			continue;
		wr = bmp_link_write(st->link);
		who.time = loop_wall();
		bmp_stats_begin(&s, &who, &wr);
		if (t->loc_rib)
			bmp_stats_gauge(&s, BMP_STAT_LOC_RIB, r.routes);
		else
			put_peer_stats(t, &s);
		bmp_stats_end(&s);
		bmp_link_wrote(st->link, &wr);
	}
}

/* ---- a station's turn -------------------------------------------------------------------------
 */

static void forget(struct station *st)
{
	while (st->told)
		told_free(st, st->told);
	changes_clear(st->changes);
	st->dumped = false;
}

static void begin_anew(struct station *st)
{
	struct wr wr;

	log_warning("the station does not keep up, telling it everything anew",
		    "station=%s changes=%zu", st->conf.name, changes_count(st->changes));
	st->restarts++;
	if (bmp_link_has_room(st->link, BMP_MSG_MAX)) {
		wr = bmp_link_write(st->link);
		bmp_termination(BMP_TERM_OUT_OF_RESOURCES, "more was lost than could be told", &wr);
		bmp_link_wrote(st->link, &wr);
	}
	bmp_link_again(st->link);
	st->since = loop_now(st->m->agent->loop);
	forget(st);
}

static bool outs(struct station *st)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (t->session && t->out_changed && !put_out(st, t))
			return false;
	}
	return true;
}

/* True: there is more to do, and room. */
static bool turn(struct station *st)
{
	bool more;

	if (!bmp_link_is_up(st->link))
		return false;
	if (changes_lost(st->changes)) {
		begin_anew(st);
		return false;
	}
	if (!put_sessions(st) || !outs(st))
		return false;
	more = put_changes(st);
	if (!has_room(st))
		return false;
	if (st->walking || next_walk(st))
		more |= walk(st);
	else if (!more && !st->dumped) {
		st->dumped = true;
		st->failure[0] = '\0';
		bmp_link_settled(st->link);
	}
	if (st->stats_at <= loop_now(st->m->agent->loop) && has_room(st)) {
		end_all(st);
		put_stats(st);
		st->stats_at = loop_now(st->m->agent->loop) + STATS_US;
	}
	return more;
}

static void on_work(void *ctx)
{
	struct monitoring *m = ctx;
	bool more = false;

	for (struct station *st = m->stations; st; st = st->next) {
		bool again = turn(st);

		if (!bmp_link_is_up(st->link))
			continue;
		end_all(st);
		more |= bmp_link_flush(st->link) && again;
	}
	loop_work_set(m->work, more);
}

static void on_timer(void *ctx)
{
	struct monitoring *m = ctx;

	kick(m);
	loop_timer_set(m->timer, loop_now(m->agent->loop) + STATS_US);
}

static void on_up(void *ctx)
{
	struct station *st = ctx;
	const struct conf *c = config_conf(st->m->agent->config);
	struct wr wr = bmp_link_write(st->link);
	char descr[64];

	forget(st);
	st->connects++;
	st->since = loop_now(st->m->agent->loop);
	st->stats_at = st->since + STATS_US;
	snprintf(descr, sizeof(descr), "leafpeer %s", leafpeer_version());
	bmp_initiation(*c->hostname ? c->hostname : "leafpeer", descr, &wr);
	bmp_link_wrote(st->link, &wr);
	log_info("connected to the station", "station=%s", st->conf.name);
	kick(st->m);
}

static void on_down(void *ctx, const char *why)
{
	struct station *st = ctx;

	forget(st);
	st->since = loop_now(st->m->agent->loop);
	if (strcmp(st->failure, why) == 0)
		return;
	snprintf(st->failure, sizeof(st->failure), "%s", why);
	log_warning("no connection to the station, trying again", "station=%s reason=%s",
		    st->conf.name, why);
}

static void on_room(void *ctx)
{
	struct station *st = ctx;

	kick(st->m);
}

static const struct bmp_link_ops link_callbacks = {.up = on_up, .down = on_down, .room = on_room};

/* ---- what others tell -------------------------------------------------------------------------
 */

void monitoring_sessions_changed(struct monitoring *m)
{
	if (!m || !m->stations)
		return;
	/* reasons are kept by the sessions only until the next one */
	for (struct station *st = m->stations; st; st = st->next) {
		for (struct told *t = st->told; t; t = t->next) {
			if (t->session)
				look_for_down(t);
		}
	}
	kick(m);
}

void monitoring_session_gone(struct monitoring *m, const struct session *s)
{
	for (struct station *st = m->stations; st; st = st->next) {
		struct told *t = find_told(st, s);

		if (!t)
			continue;
		if (!t->down) {
			t->down = true;
			t->reason = BMP_DOWN_LOCAL_NOTIFICATION;
			bgp_error_set(&t->error, BGP_ERR_CEASE, BGP_CEASE_DECONFIGURED, NULL, 0,
				      NULL);
		}
		t->session = NULL;
	}
	kick(m);
}

void monitoring_advertised(struct monitoring *m, const struct session *s)
{
	if (!m || !m->stations)
		return;
	for (struct station *st = m->stations; st; st = st->next) {
		struct told *t = find_told(st, s);

		if (t)
			t->out_changed = true;
	}
	kick(m);
}

static void changed(struct station *st, const struct change *c)
{
	for (const struct told *t = st->told; t; t = t->next) {
		if (c->peer == CHANGES_LOC_RIB ? t->loc_rib
					       : !t->loc_rib && t->rib_peer == c->peer) {
			changes_add(st->changes, c);
			kick(st->m);
			return;
		}
	}
	/* who is not told of yet is walked for first */
}

void monitoring_path(struct monitoring *m, const struct prefix *p, uint16_t peer, uint32_t path_id,
		     bool lost)
{
	struct change c = {.prefix = *p, .peer = peer, .path_id = path_id, .lost = lost};

	for (struct station *st = m ? m->stations : NULL; st; st = st->next)
		changed(st, &c);
}

void monitoring_decided(struct monitoring *m, const struct rib_entry *e, bool lost)
{
	struct change c = {.prefix = e->prefix, .peer = CHANGES_LOC_RIB, .lost = lost};

	/* what had no route and has none is nobody's news */
	if (!m || (!lost && !e->n_multipath))
		return;
	for (struct station *st = m->stations; st; st = st->next)
		changed(st, &c);
}

/* ---- life -------------------------------------------------------------------------------------
 */

struct monitoring *monitoring_new(struct agent *a)
{
	struct monitoring *m = mem_zalloc(sizeof(*m));

	m->agent = a;
	m->work = loop_work_new(a->loop, on_work, m);
	m->timer = loop_timer_new(a->loop, on_timer, m);
	return m;
}

static void station_free(struct station *st, const char *why)
{
	struct wr wr;

	if (bmp_link_has_room(st->link, BMP_MSG_MAX)) {
		wr = bmp_link_write(st->link);
		bmp_termination(BMP_TERM_ADMIN, why, &wr);
		bmp_link_wrote(st->link, &wr);
	}
	bmp_link_free(st->link);
	forget(st);
	changes_free(st->changes);
	free(st);
}

static bool is_same(const struct conf_station *a, const struct conf_station *b)
{
	return strcmp(a->name, b->name) == 0 && addr_eq(&a->addr, &b->addr) && a->port == b->port;
}

static void station_new(struct monitoring *m, const struct conf_station *conf)
{
	struct station *st = mem_zalloc(sizeof(*st)), **at = &m->stations;
	char text[ADDR_STRLEN];

	while (*at)
		at = &(*at)->next;
	*at = st;
	st->m = m;
	st->conf = *conf;
	st->since = loop_now(m->agent->loop);
	st->changes = changes_new();
	st->link = bmp_link_new(m->agent->loop, &conf->addr, conf->port, &link_callbacks, st);
	log_info("a station will be told of all sessions and routes by BMP (RFC 7854)",
		 "station=%s address=%s port=%u tables=%s", conf->name, addr_str(&conf->addr, text),
		 conf->port, "Adj-RIB-In before and after policy, Adj-RIB-Out, Loc-RIB");
}

void monitoring_set_stations(struct monitoring *m, const struct conf_station *stations, size_t n)
{
	struct station **at = &m->stations, *st;

	while ((st = *at)) {
		size_t i = 0;

		while (i < n && !is_same(&st->conf, &stations[i]))
			i++;
		if (i < n) {
			at = &st->next;
			continue;
		}
		*at = st->next;
		log_info("station removed", "station=%s", st->conf.name);
		station_free(st, "no longer configured");
	}
	for (size_t i = 0; i < n; i++) {
		for (st = m->stations; st && !is_same(&st->conf, &stations[i]); st = st->next)
			;
		if (!st)
			station_new(m, &stations[i]);
	}
	if (m->stations && !m->filling)
		m->filling = mem_zalloc(BMP_VIEWS * sizeof(*m->filling));
	loop_timer_set(m->timer, m->stations ? loop_now(m->agent->loop) + STATS_US : INT64_MAX);
	/* the router ID may be another */
	monitoring_sessions_changed(m);
}

void monitoring_free(struct monitoring *m)
{
	if (!m)
		return;
	while (m->stations) {
		struct station *st = m->stations;

		m->stations = st->next;
		station_free(st, "leafpeerd stops");
	}
	loop_work_free(m->work);
	loop_timer_free(m->timer);
	free(m->filling);
	free(m);
}

bool monitoring_at(const struct monitoring *m, size_t i, struct show_station *out)
{
	const struct station *st = m->stations;

	while (st && i--)
		st = st->next;
	if (!st)
		return false;
	*out = (struct show_station){
		.name = st->conf.name,
		.addr = st->conf.addr,
		.port = st->conf.port,
		.up = bmp_link_is_up(st->link),
		.dumped = st->dumped,
		.since = st->since,
		.octets = bmp_link_octets(st->link),
		.connects = st->connects,
		.restarts = st->restarts,
		.changes = changes_count(st->changes),
		.failure = st->failure,
	};
	for (const struct told *t = st->told; t; t = t->next)
		out->peers += !t->loc_rib;
	return true;
}
