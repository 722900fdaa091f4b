/*
 * liveness: see liveness.h.
 *
 * Level-triggered: whatever changed, the sessions that BFD is to run are computed anew and given to
 * its thread; whatever the thread reports is compared with what was known.
 */
#include "agent/liveness_impl.h"

#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is to be ----------------------------------------------------------------------------
 */

static struct watched *find(struct liveness *l, const struct session *s)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->watched[i].session == s)
			return &l->watched[i];
	}
	return NULL;
}

/* RFC 5883 where the neighbour is not on the link. One that cannot be reached yet is taken for what
 * it most likely is, and stays that until it is known better. */
static bool is_multihop(const struct liveness *l, const struct session *s)
{
	const struct session_conf *c = session_conf(s);
	bool ibgp = c->peer.remote_as == c->peer.local_as;

	if (c->ifindex || fibsync_is_connected(l->agent->kernel, &c->addr))
		return false;
	return c->multihop || ibgp;
}

static struct bfd_io_want want_of(const struct liveness *l, const struct session *s)
{
	const struct session_conf *c = session_conf(s);

	return (struct bfd_io_want){
		.remote = c->addr,
		.local = c->source,
		.ifindex = c->ifindex,
		.multihop = is_multihop(l, s),
		.conf = {.min_tx = c->bfd_interval * 1000,
			 .min_rx = c->bfd_min_rx * 1000,
			 .mult = c->bfd_multiplier,
			 .disabled = c->peer.shutdown},
	};
}

/* What a running session cannot change: it is another one then. */
static bool same_path(const struct bfd_io_want *a, const struct bfd_io_want *b)
{
	return addr_eq(&a->remote, &b->remote) && addr_eq(&a->local, &b->local) &&
	       a->ifindex == b->ifindex && a->multihop == b->multihop;
}

/* A session that was carried over goes on. */
static void begin(struct liveness *l, struct watched *out, struct bfd_io_want *want)
{
	*out = (struct watched){0};
	for (size_t i = 0; l->adopted && i < l->adopted->n; i++) {
		const struct bfd_io_carried *c = &l->adopted->sessions[i];

		if (!same_path(&c->want, want))
			continue;
		want->id = c->want.id;
		out->known = true;
		out->state = c->state.session.state;
		out->ups = c->state.session.ups;
		out->downs = c->state.session.downs;
		return;
	}
	want->id = l->next_id++;
}

static void watch(struct liveness *l, struct watched *out, const struct session *s)
{
	struct bfd_io_want want = want_of(l, s);
	const struct watched *old = find(l, s);
	bool lost = old && !fibsync_can_reach(l->agent->kernel, &want.remote);

	*out = old ? *old : (struct watched){0};
	/* while there is no way to it, how far it is cannot be told */
	if (lost)
		want.multihop = old->want.multihop;
	if (!old || !same_path(&old->want, &want)) {
		begin(l, out, &want);
	} else {
		want.id = old->want.id;
	}
	out->want = want;
}

static void start(struct liveness *l);

void liveness_apply(struct liveness *l)
{
	struct watched now[BFD_IO_SESSIONS_MAX];
	struct bfd_io_want wants[BFD_IO_SESSIONS_MAX];
	size_t n = 0;

	if (!l)
		return;
	for (struct session *s = l->agent->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);

		if (!c->bfd) {
			session_hold(s, false);
			continue;
		}
		if (!c->addr.afi || (*c->ifname && !c->ifindex))
			continue; /* it is not known yet who, or where, that is */
		if (n == BFD_IO_SESSIONS_MAX)
			break; /* no more neighbours than that can be configured */
		watch(l, &now[n], s);
		now[n].session = s;
		wants[n] = now[n].want;
		n++;
	}
	memcpy(l->watched, now, n * sizeof(now[0]));
	l->n = n;
	if (n && !l->io)
		start(l);
	if (l->io)
		bfd_io_set(l->io, wants, n);
	free(l->adopted);
	l->adopted = NULL;
	for (size_t i = 0; i < n; i++) {
		struct watched *w = &l->watched[i];

		if (session_conf(w->session)->bfd_strict && !w->known)
			session_hold(w->session, true);
		else if (!session_conf(w->session)->bfd_strict)
			session_hold(w->session, false);
	}
}

/* ---- what is ----------------------------------------------------------------------------------
 */

static bool others_have(const struct liveness *l, const struct session *but, const struct addr *a)
{
	for (const struct session *s = l->agent->sessions; s; s = session_next(s)) {
		if (s != but && peer_is_up(session_peer(s)) && session_has_next_hop(s, a))
			return true;
	}
	return false;
}

void liveness_next_hops_down(struct liveness *l, struct session *s)
{
	const struct session_conf *c = session_conf(s);
	const struct addr *hops;
	size_t n = session_next_hops(s, &hops);

	if (!l)
		return;
	if (c->addr.afi)
		fibsync_next_hop_down(l->agent->kernel, &c->addr, c->ifindex);
	for (size_t i = 0; i < n; i++) {
		if (!addr_eq(&hops[i], &c->addr) && !others_have(l, s, &hops[i]))
			fibsync_next_hop_down(l->agent->kernel, &hops[i], c->ifindex);
	}
	fibsync_flush(l->agent->kernel);
}

static void path_down(struct liveness *l, struct watched *w, const struct bfd_io_state *st)
{
	struct session *s = w->session;

	liveness_next_hops_down(l, s);
	log_warning("BFD down", "peer=%s reason=%s detection_ms=%llu", session_name(s),
		    bfd_diag_name(st->session.down_diag),
		    (unsigned long long)st->session.down_detection / 1000);
	if (session_conf(s)->bfd_strict)
		session_hold(s, true);
	if (peer_is_up(session_peer(s)))
		session_path_down(s);
	else if (st->session.down_independent)
		/* the session was lost before, and its routes kept; C said that BFD does not end
		 * with the control plane, so it is the path that is gone (RFC 5882 section 4.3) */
		session_drop_stale(s);
}

/* The state may have changed more than once since the last look: the counters tell. */
static void look_at(struct liveness *l, struct watched *w, const struct bfd_io_state *st)
{
	const struct bfd_session *b = &st->session;
	struct session *s = w->session;
	bool went_down = w->known && b->downs != w->downs;
	bool came_up = b->state == BFD_UP && (!w->known || b->ups != w->ups);

	w->state = b->state;
	w->ups = b->ups;
	w->downs = b->downs;
	w->known = true;
	if (st->error != w->error && st->error)
		log_warning("BFD cannot send", "peer=%s reason=%s", session_name(s),
			    strerror(st->error));
	w->error = st->error;
	if (went_down && (b->down_by_remote_admin || b->down_diag == BFD_DIAG_ADMIN_DOWN))
		log_info("BFD down administratively, which says nothing about the path", "peer=%s",
			 session_name(s));
	else if (went_down)
		path_down(l, w, st);
	if (came_up)
		log_info("BFD up", "peer=%s interval_ms=%u detection_ms=%llu", session_name(s),
			 bfd_session_tx_interval(b) / 1000,
			 (unsigned long long)bfd_session_detection_time(b) / 1000);
	if (!session_conf(s)->bfd_strict)
		return;
	if (b->state == BFD_UP || b->state == BFD_ADMIN_DOWN || b->remote_state == BFD_ADMIN_DOWN)
		session_hold(s, false);
	else if (!peer_is_up(session_peer(s)))
		session_hold(s, true);
}

static struct watched *find_id(struct liveness *l, uint32_t id)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->watched[i].want.id == id)
			return &l->watched[i];
	}
	return NULL;
}

static void on_changed(void *ctx)
{
	struct liveness *l = ctx;
	const struct bfd_io_report *r = bfd_io_fetch(l->io);

	if (!l->said)
		log_info("BFD runs in a thread of its own", "scheduling=%s",
			 bfd_io_scheduling(l->io));
	l->said = true;
	if (r->listen_error && r->listen_error != l->listen_error)
		log_error("BFD cannot listen: does another BFD daemon run on this node?",
			  "port=%u or %u reason=%s", BFD_PORT, BFD_PORT_MULTIHOP,
			  strerror(r->listen_error));
	l->listen_error = r->listen_error;
	for (size_t i = 0; i < r->n; i++) {
		struct watched *w = find_id(l, r->states[i].id);

		if (w)
			look_at(l, w, &r->states[i]);
	}
	agent_set_timer(l->agent);
}

/* ---- life and looking -------------------------------------------------------------------------
 */

static void open_io(struct liveness *l, const struct bfd_io_export *from)
{
	int err = bfd_io_open(l->agent->loop, on_changed, l, from, &l->io);

	if (err && !l->failed)
		log_error("BFD cannot run", "reason=%s", strerror(-err));
	l->failed = err != 0;
}

static void start(struct liveness *l)
{
	open_io(l, NULL);
}

struct liveness *liveness_new(struct agent *a, const struct bfd_io_export *from)
{
	struct liveness *l = mem_zalloc(sizeof(*l));

	l->agent = a;
	l->next_id = 1;
	if (!from || !from->n)
		return l;
	l->adopted = mem_dup(from, sizeof(*from));
	for (size_t i = 0; i < from->n; i++) {
		if (from->sessions[i].want.id >= l->next_id)
			l->next_id = from->sessions[i].want.id + 1;
	}
	open_io(l, from);
	return l;
}

void liveness_drop(struct liveness *l)
{
	if (!l)
		return;
	bfd_io_drop(l->io);
	free(l->adopted);
	free(l);
}

void liveness_free(struct liveness *l)
{
	if (!l)
		return;
	bfd_io_close(l->io);
	free(l->adopted);
	free(l);
}

struct bfd_io *liveness_io(struct liveness *l)
{
	return l->io;
}
