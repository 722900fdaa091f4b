/*
 * adj_out: see adj_out.h.
 *
 * One sorted array of routes, each with what is wanted and what was sent (interned, so a difference
 * is a difference of pointers). A node has a handful of them; the walk over all costs nothing.
 */
#include "agent/rib/adj_out.h"

#include "agent/bgp/msg.h"
#include "agent/lib/carry.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define PACK_MAX 1024 /* prefixes gathered for one message */

struct out_route {
	struct prefix prefix;
	const struct attrs *wanted; /* NULL: not wanted */
	const struct attrs *sent;   /* NULL: not sent, or withdrawn */
	bool again;                 /* a refresh asked for it */
};

struct adj_out {
	struct attr_table *attrs;
	const struct update_ctx *ctx; /* NULL: down */
	struct out_route *routes;
	size_t n, cap;
	bool complete; /* a whole wanted state has been given since it went up */
	bool defer_eor;
	uint8_t eor_due;  /* families */
	uint8_t borr_due; /* RFC 7313: BoRR before the routes again, EoRR behind them */
	uint8_t eorr_due;
	uint8_t refresh_due; /* asked for before the End-of-RIB was said */
};

struct adj_out *adj_out_new(struct attr_table *attrs)
{
	struct adj_out *o = mem_zalloc(sizeof(*o));

	o->attrs = attrs;
	return o;
}

static void clear(struct adj_out *o)
{
	for (size_t i = 0; i < o->n; i++) {
		attrs_unref(o->attrs, o->routes[i].wanted);
		attrs_unref(o->attrs, o->routes[i].sent);
	}
	o->n = 0;
}

void adj_out_free(struct adj_out *o)
{
	if (!o)
		return;
	clear(o);
	free(o->routes);
	free(o);
}

void adj_out_up(struct adj_out *o, const struct update_ctx *ctx)
{
	clear(o);
	o->ctx = ctx;
	o->complete = false;
	o->eor_due = ctx->agreed.families;
	o->borr_due = o->eorr_due = o->refresh_due = 0;
}

void adj_out_down(struct adj_out *o)
{
	clear(o);
	o->ctx = NULL;
}

static size_t find(const struct adj_out *o, const struct prefix *p, bool *found)
{
	size_t lo = 0, hi = o->n;

	*found = false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = prefix_cmp(&o->routes[mid].prefix, p);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void adj_out_want_begin(struct adj_out *o)
{
	for (size_t i = 0; i < o->n; i++) {
		attrs_unref(o->attrs, o->routes[i].wanted);
		o->routes[i].wanted = NULL;
	}
}

void adj_out_want(struct adj_out *o, const struct prefix *p, const struct attr_set *set)
{
	bool found;
	size_t at = find(o, p, &found);

	if (!found) {
		if (o->n == o->cap) {
			o->cap = o->cap ? o->cap * 2 : 16;
			o->routes = mem_grow(o->routes, o->cap, sizeof(*o->routes));
		}
		memmove(o->routes + at + 1, o->routes + at, (o->n - at) * sizeof(*o->routes));
		o->routes[at] = (struct out_route){.prefix = *p};
		o->n++;
	}
	attrs_unref(o->attrs, o->routes[at].wanted);
	o->routes[at].wanted = attrs_intern(o->attrs, set);
}

/* What is neither wanted nor sent is nobody's. */
static void prune(struct adj_out *o)
{
	size_t out = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (o->routes[i].wanted || o->routes[i].sent)
			o->routes[out++] = o->routes[i];
	}
	o->n = out;
}

void adj_out_want_end(struct adj_out *o)
{
	prune(o);
	o->complete = true;
}

static enum family family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

void adj_out_refresh(struct adj_out *o, enum family family)
{
	if (!o->ctx || !(o->ctx->agreed.families & FAMILY_BIT(family)))
		return;
	/* RFC 7313 section 4: no BoRR before the End-of-RIB */
	if (o->ctx->agreed.enhanced_refresh && (o->eor_due & FAMILY_BIT(family))) {
		o->refresh_due |= (uint8_t)FAMILY_BIT(family);
		return;
	}
	for (size_t i = 0; i < o->n; i++) {
		if (family_of(&o->routes[i].prefix) == family)
			o->routes[i].again = true;
	}
	if (o->ctx->agreed.enhanced_refresh) {
		o->borr_due |= (uint8_t)FAMILY_BIT(family);
		o->eorr_due |= (uint8_t)FAMILY_BIT(family);
	}
}

void adj_out_defer_eor(struct adj_out *o, bool defer)
{
	o->defer_eor = defer;
}

static size_t msg_max(const struct adj_out *o)
{
	return o->ctx->agreed.ext_message ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
}

static void put_refresh(uint8_t *due, uint8_t subtype, struct wr *wr)
{
	enum family f = *due & FAMILY_BIT(FAMILY_IP4) ? FAMILY_IP4 : FAMILY_IP6;
	struct bgp_refresh r = {
		.afi = f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, .subtype = subtype, .safi = 1};

	*due &= (uint8_t)~FAMILY_BIT(f);
	refresh_encode(&r, wr);
}

static bool put_withdraw(struct adj_out *o, struct wr *wr)
{
	struct prefix pack[PACK_MAX];
	size_t at[PACK_MAX];
	size_t n = 0, taken;

	for (size_t i = 0; i < o->n && n < PACK_MAX; i++) {
		const struct out_route *r = &o->routes[i];

		if (!r->sent || r->wanted || (n && r->prefix.afi != pack[0].afi))
			continue;
		at[n] = i;
		pack[n++] = r->prefix;
	}
	if (!n)
		return false;
	taken = update_encode_withdraw(o->ctx, pack, n, msg_max(o), wr);
	for (size_t i = 0; i < taken; i++) {
		attrs_unref(o->attrs, o->routes[at[i]].sent);
		o->routes[at[i]].sent = NULL;
	}
	prune(o);
	return taken > 0;
}

static bool put_reach(struct adj_out *o, struct wr *wr)
{
	struct prefix pack[PACK_MAX];
	size_t at[PACK_MAX];
	size_t n = 0, taken;
	const struct attrs *attrs = NULL;

	for (size_t i = 0; i < o->n && n < PACK_MAX; i++) {
		const struct out_route *r = &o->routes[i];

		if (!r->wanted || (r->wanted == r->sent && !r->again) ||
		    (n && (r->wanted != attrs || r->prefix.afi != pack[0].afi)))
			continue;
		attrs = r->wanted;
		at[n] = i;
		pack[n++] = r->prefix;
	}
	if (!n)
		return false;
	taken = update_encode_reach(o->ctx, &attrs->set, pack, n, msg_max(o), wr);
	for (size_t i = 0; i < taken; i++) {
		struct out_route *r = &o->routes[at[i]];

		attrs_unref(o->attrs, r->sent);
		r->sent = attrs_ref(r->wanted);
		r->again = false;
	}
	return taken > 0;
}

static bool put_eor(struct adj_out *o, struct wr *wr)
{
	enum family f = o->eor_due & FAMILY_BIT(FAMILY_IP4) ? FAMILY_IP4 : FAMILY_IP6;

	if (!o->eor_due || !o->complete || o->defer_eor)
		return false;
	o->eor_due &= (uint8_t)~FAMILY_BIT(f);
	update_encode_eor(f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, wr);
	if (o->refresh_due & FAMILY_BIT(f)) {
		o->refresh_due &= (uint8_t)~FAMILY_BIT(f);
		adj_out_refresh(o, f);
	}
	return true;
}

bool adj_out_next(struct adj_out *o, struct wr *wr)
{
	if (!o->ctx)
		return false;
	if (o->borr_due) {
		put_refresh(&o->borr_due, REFRESH_BORR, wr);
		return true;
	}
	if (put_withdraw(o, wr) || put_reach(o, wr))
		return true;
	if (o->eorr_due) {
		put_refresh(&o->eorr_due, REFRESH_EORR, wr);
		return true;
	}
	return put_eor(o, wr);
}

/* ---- to another process -----------------------------------------------------------------------
 */

enum { TAG_UPDATE = 1, TAG_EOR_DUE, TAG_REFRESH_DUE };

void adj_out_carry(const struct adj_out *o, struct text *out)
{
	uint8_t msg[BGP_MSG_EXT_MAX];

	if (!o->ctx)
		return;
	for (size_t i = 0; i < o->n; i++) {
		const struct out_route *r = &o->routes[i];
		struct wr wr = wr_init(msg, sizeof(msg));

		if (r->sent &&
		    update_encode_reach(o->ctx, &r->sent->set, &r->prefix, 1, msg_max(o), &wr) == 1)
			carry_put(out, TAG_UPDATE, msg, wr_len(&wr));
	}
	carry_put_number(out, TAG_EOR_DUE, o->eor_due);
	if (o->refresh_due)
		carry_put_number(out, TAG_REFRESH_DUE, o->refresh_due);
}

static bool adopt_route(struct adj_out *o, struct nlri *nlri, const struct attr_set *set)
{
	struct prefix p;
	uint32_t id;
	size_t at;
	bool found;

	if (!nlri_next(nlri, &p, &id))
		return false;
	adj_out_want(o, &p, set);
	at = find(o, &p, &found);
	attrs_unref(o->attrs, o->routes[at].sent);
	o->routes[at].sent = attrs_ref(o->routes[at].wanted);
	return true;
}

/* By the decoder for what peers send: what we say is understood as they understand it. */
static bool adopt_update(struct adj_out *o, struct rd msg, uint8_t *scratch)
{
	struct update_ctx ctx = *o->ctx;
	struct bgp_update u;
	struct bgp_error err;
	struct bgp_msg m;

	ctx.agreed.add_path_rx = 0; /* we send no path identifiers */
	if (!rd_left(&msg) || msg_next(&msg, BGP_MSG_EXT_MAX, &m, &err) != MSG_OK ||
	    m.type != BGP_UPDATE)
		return false;
	update_decode(&ctx, m.body, scratch, &u);
	if (u.verdict != UPDATE_OK || u.eor)
		return false;
	return rd_left(&u.reach.rd) ? adopt_route(o, &u.reach, &u.attrs)
				    : adopt_route(o, &u.mp_reach, &u.mp_attrs);
}

bool adj_out_adopt(struct adj_out *o, struct rd in)
{
	uint8_t *scratch = mem_zalloc(ATTR_SCRATCH);
	bool ok = o->ctx;
	struct rd body;
	uint16_t tag;
	uint64_t v;

	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_UPDATE)
			ok = adopt_update(o, body, scratch);
		else if (tag == TAG_EOR_DUE && (ok = carry_number(body, &v)))
			o->eor_due &= (uint8_t)v;
		else if (tag == TAG_REFRESH_DUE && (ok = carry_number(body, &v)))
			o->refresh_due = o->eor_due & (uint8_t)v;
	}
	free(scratch);
	ok &= !rd_left(&in);
	if (!ok)
		clear(o);
	return ok;
}

bool adj_out_has(const struct adj_out *o, const struct prefix *p, bool covers)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct out_route *r = &o->routes[i];

		if (r->sent && r->wanted &&
		    (covers ? prefix_covers(&r->prefix, p) : prefix_eq(&r->prefix, p)))
			return true;
	}
	return false;
}

size_t adj_out_count(const struct adj_out *o, enum family family)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->routes[i].sent && family_of(&o->routes[i].prefix) == family;
	return n;
}

bool adj_out_walk(const struct adj_out *o, size_t *at, struct prefix *p, const struct attrs **attrs)
{
	while (*at < o->n) {
		const struct out_route *r = &o->routes[(*at)++];

		if (!r->sent)
			continue;
		*p = r->prefix;
		*attrs = r->sent;
		return true;
	}
	return false;
}
