/*
 * monitoring_tables: what a station is told of routes, and the messages that carry it.
 *
 * Routes are put into the message of their view that is being filled, where attributes are the
 * same, else into a new one. All messages are ended when a station's turn is.
 */
#include "agent/monitoring_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>

#define WORK_CHANGES 1024 /* a station, a turn of the loop */
#define WORK_ENTRIES 2048 /* of a walk, likewise */
#define OUT_MAX      4096 /* routes of an Adj-RIB-Out that a station is told of */

/* ---- messages ---------------------------------------------------------------------------------
 */

bool monitoring_has_room(const struct station *st)
{
	return bmp_link_has_room(st->link, MONITORING_ROOM);
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

void monitoring_end_all(struct station *st)
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
	if (!monitoring_has_room(st))
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

/* ---- what is few: the Adj-RIB-Out, this node's own prefixes
 * --------------------------------------
 */

/* What there is, one a call, in the order of prefix_cmp. */
struct few {
	const struct adj_out *out; /* NULL: this node's own prefixes */
	const struct agent *agent;
	const struct attrs *own[FAMILY_COUNT];
	size_t at;
};

/* A route of our own, as the Loc-RIB has it: without a next hop, and nobody's AS in its path. */
static const struct attrs *own_attrs(const struct agent *a, enum afi afi)
{
	const struct attr_set set = {
		.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
		.origin = ORIGIN_IGP,
		.nexthop = {.afi = (uint8_t)afi},
	};

	return attrs_intern(rib_attr_table(a->rib), &set);
}

static struct few few_begin(const struct agent *a, const struct told *t)
{
	struct few f = {.agent = a};

	if (t->loc_rib) {
		f.own[FAMILY_IP4] = own_attrs(a, AFI_IP4);
		f.own[FAMILY_IP6] = own_attrs(a, AFI_IP6);
	} else {
		f.out = session_adj_out(t->session);
	}
	return f;
}

static void few_end(struct few *f)
{
	for (int i = 0; i < FAMILY_COUNT; i++)
		attrs_unref(rib_attr_table(f->agent->rib), f->own[i]);
}

/* Borrows. */
static bool few_next(struct few *f, struct told_route *r)
{
	if (f->out)
		return adj_out_walk(f->out, &f->at, &r->prefix, &r->attrs);
	if (f->at == f->agent->n_locals)
		return false;
	r->prefix = f->agent->locals[f->at++].prefix;
	r->attrs = f->own[r->prefix.afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6];
	return true;
}

/* What the RIB has of a prefix counts in the Loc-RIB where it is not this node's own. */
static bool is_own(const struct agent *a, const struct prefix *p)
{
	size_t lo = 0, hi = a->n_locals;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = prefix_cmp(&a->locals[mid].prefix, p);

		if (!c)
			return true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool put_gone(struct station *st, const struct told *t, const struct prefix *p, int64_t now)
{
	const struct rib *rib = st->m->agent->rib;
	const struct rib_entry *e = t->loc_rib ? rib_find(rib, p) : NULL;
	bool learned = e && e->n_multipath;

	return put(st, t, t->loc_rib ? BMP_LOC_RIB : BMP_RIB_OUT, p, 0,
		   learned ? rib_path_attrs(rib, &e->paths[0]) : NULL, now);
}

/* Tells the difference of what was told and what there is, both in order. */
static bool put_difference(struct station *st, const struct told *t, struct few *f)
{
	enum bmp_view view = t->loc_rib ? BMP_LOC_RIB : BMP_RIB_OUT;
	int64_t now = loop_wall();
	struct told_route r;
	bool there = few_next(f, &r);
	size_t old = 0;

	for (size_t n = 0; there || old < t->n_out;) {
		int c = old == t->n_out ? 1
			: !there        ? -1
					: prefix_cmp(&t->out[old].prefix, &r.prefix);

		if (c < 0 && !put_gone(st, t, &t->out[old].prefix, now))
			return false;
		if ((c > 0 || (c == 0 && t->out[old].attrs != r.attrs)) &&
		    !put(st, t, view, &r.prefix, 0, r.attrs, now))
			return false;
		old += c <= 0;
		if (c >= 0)
			there = ++n < OUT_MAX && few_next(f, &r);
	}
	return true;
}

void monitoring_forget_out(struct station *st, struct told *t)
{
	for (size_t i = 0; i < t->n_out; i++)
		attrs_unref(rib_attr_table(st->m->agent->rib), t->out[i].attrs);
	free(t->out);
	t->out = NULL;
	t->n_out = 0;
}

static void remember_out(struct station *st, struct told *t)
{
	struct few f = few_begin(st->m->agent, t);
	size_t cap = 0;
	struct told_route r;

	monitoring_forget_out(st, t);
	while (t->n_out < OUT_MAX && few_next(&f, &r)) {
		if (t->n_out == cap) {
			cap = cap ? cap * 2 : 4;
			t->out = mem_grow(t->out, cap, sizeof(*t->out));
		}
		attrs_ref(r.attrs);
		t->out[t->n_out++] = r;
	}
	few_end(&f);
}

/* False: no room, to be tried again; what is told twice then is no harm. */
bool monitoring_put_out(struct station *st, struct told *t)
{
	struct few f = few_begin(st->m->agent, t);
	bool all = put_difference(st, t, &f);

	few_end(&f);
	if (!all)
		return false;
	/* that of the Loc-RIB is behind its walk */
	if (!t->loc_rib && !t->out_eor) {
		if (!monitoring_has_room(st))
			return false;
		end_of_rib(st, t, BMP_RIB_OUT);
		t->out_eor = true;
	}
	t->out_changed = false;
	remember_out(st, t);
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

		t = told_find_loc_rib(st);
		return !t || is_own(st->m->agent, &c->prefix) || !(there || c->lost) ||
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
bool monitoring_put_changes(struct station *st)
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
		return !e->n_multipath || is_own(st->m->agent, &e->prefix) ||
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
bool monitoring_walk(struct station *st)
{
	struct told *t = st->walking;

	for (int i = 0; i < WORK_ENTRIES; i++) {
		struct rib_cursor before = st->at;
		const struct rib_entry *e;

		if (!monitoring_has_room(st))
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
