/*
 * monitoring: see monitoring.h.
 *
 * A station has been told of some peers (struct told): that they are up, and then what they
 * announce, before and after policy, and what they are told. The Loc-RIB is one of them. For each
 * there is first a walk over the RIB, in slices, and End-of-RIB behind it; changes meanwhile come
 * from the list of changes. Where more is lost than that list holds, the station is told so
 * (Termination, out of resources) and begun anew.
 */
#include "agent/monitoring_impl.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATS_US (60LL * 1000 * 1000)

static void kick(struct monitoring *m)
{
	loop_work_set(m->work, true);
}

/* ---- a station's turn -------------------------------------------------------------------------
 */

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
		if ((t->session || t->loc_rib) && t->out_changed && !monitoring_put_out(st, t))
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
	if (!monitoring_put_sessions(st) || !outs(st))
		return false;
	more = monitoring_put_changes(st);
	if (!monitoring_has_room(st))
		return false;
	if (st->walking || next_walk(st))
		more |= monitoring_walk(st);
	else if (!more && !st->dumped) {
		st->dumped = true;
		st->failure[0] = '\0';
		bmp_link_settled(st->link);
	}
	if (st->stats_at <= loop_now(st->m->agent->loop) && monitoring_has_room(st)) {
		monitoring_end_all(st);
		monitoring_put_stats(st);
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
		monitoring_end_all(st);
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
				told_look_for_down(t);
		}
	}
	kick(m);
}

void monitoring_session_gone(struct monitoring *m, const struct session *s)
{
	for (struct station *st = m->stations; st; st = st->next) {
		struct told *t = told_find(st, s);

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
		struct told *t = told_find(st, s);

		if (t)
			t->out_changed = true;
	}
	kick(m);
}

void monitoring_locals_changed(struct monitoring *m)
{
	if (!m || !m->stations)
		return;
	for (struct station *st = m->stations; st; st = st->next) {
		struct told *t = told_find_loc_rib(st);

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

		while (i < n && (stations[i].shutdown || !is_same(&st->conf, &stations[i])))
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
		if (stations[i].shutdown)
			continue;
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
