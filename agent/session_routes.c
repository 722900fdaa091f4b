/*
 * session_routes: what a neighbour says, taken to the RIB: its coming and going, its UPDATEs, its
 * ROUTE-REFRESH.
 */
#include "agent/session_impl.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/rib/import.h"

#include <string.h>

void session_routes_up(struct session *s)
{
	const struct bgp_open *open = peer_open_received(s->peer);
	const struct update_ctx *uc = peer_ctx(s->peer);

	s->logged_failure[0] = '\0';
	s->failed = 0;
	s->warned_maximum = false;
	s->early_borr_logged = 0;
	memset(s->malformed_logged, 0, sizeof(s->malformed_logged));
	s->eor = 0;
	s->n_next_hops = 0;
	s->next_hops_missed = false;
	s->last_next_hop = (struct addr){.afi = AFI_NONE};
	s->last_update = session_now(s);
	s->rib_peer->remote_id = open->id;
	s->rib_peer->remote_as = open->asn;
	retain_up(&s->retain, s->env->rib, s->rib_peer, &s->conf.retain, &uc->agreed, &open->capa,
		  session_now(s));
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	adj_out_up(s->adj_out, uc);
}

void session_on_up(void *ctx)
{
	struct session *s = ctx;
	const struct bgp_open *open = peer_open_received(s->peer);
	struct addr a = addr_ip4(open->id);
	char id[ADDR_STRLEN];

	s->adopted = false;
	session_conn_up(s);
	session_routes_up(s);
	log_info("session established", "peer=%s as=%u router_id=%s hold=%u local=%s", s->name,
		 open->asn, addr_str(&a, id), peer_hold_time(s->peer),
		 session_live_conn(s) == CONN_OUT ? "dialled" : "accepted");
	s->env->ops->changed(s->env->ctx, s);
}

void session_on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	struct session *s = ctx;
	const struct bgp_error *err = peer_last_error(s->peer);
	char text[320] = "";

	if (err->code)
		bgp_error_str(err, text, sizeof(text));
	if (s->abandoned)
		return;
	log_warning("session down", "peer=%s reason=%s notification=%s routes=%s", s->name,
		    peer_down_reason_name(reason), *text ? text : "none",
		    graceful ? "kept" : "removed");
	adj_out_down(s->adj_out);
	retain_down(&s->retain, s->env->rib, s->rib_peer, graceful, session_now(s));
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	session_await_call(s);
	s->env->ops->rib_changed(s->env->ctx);
	s->env->ops->changed(s->env->ctx, s);
}

void session_drop_stale(struct session *s)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!s->rib_peer->stale[f])
			continue;
		log_info("stale routes removed", "peer=%s family=%s routes=%u", s->name,
			 f == FAMILY_IP4 ? "ipv4" : "ipv6", s->rib_peer->stale[f]);
		retain_drop(&s->retain, s->env->rib, s->rib_peer, (enum family)f);
	}
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	s->env->ops->rib_changed(s->env->ctx);
}

void session_on_stale_timer(void *ctx)
{
	struct session *s = ctx;
	struct retain_event ev;

	while (retain_next(&s->retain, s->env->rib, s->rib_peer, session_now(s), &ev)) {
		const char *family = ev.family == FAMILY_IP4 ? "ipv4" : "ipv6";

		if (!ev.routes)
			continue;
		if (ev.what == RETAIN_LONG_LIVED)
			log_warning("stale routes are kept for long, as the last choice",
				    "peer=%s family=%s routes=%u seconds=%u", s->name, family,
				    ev.routes, ev.seconds);
		else
			log_info("stale routes removed", "peer=%s family=%s routes=%u", s->name,
				 family, ev.routes);
	}
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	s->env->ops->rib_changed(s->env->ctx);
}

/* ---- next hops --------------------------------------------------------------------------------
 */

/* Where the address is, or belongs. */
static size_t next_hop_at(const struct session *s, const struct addr *a)
{
	size_t lo = 0, hi = s->n_next_hops;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (addr_cmp(&s->next_hops[mid], a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_noted(const struct session *s, const struct addr *a)
{
	size_t at = next_hop_at(s, a);

	return at < s->n_next_hops && addr_eq(&s->next_hops[at], a);
}

bool session_has_next_hop(const struct session *s, const struct addr *a)
{
	return s->next_hops_missed || is_noted(s, a);
}

size_t session_next_hops(const struct session *s, const struct addr **out)
{
	*out = s->next_hops;
	return s->n_next_hops;
}

static void note_next_hop(struct session *s, const struct nlri *reach, const struct attr_set *set)
{
	const struct addr *a = import_next_hop(s->rib_peer, set);
	size_t at;

	if (!rd_left(&reach->rd) || addr_eq(a, &s->last_next_hop))
		return;
	s->last_next_hop = *a;
	if (is_noted(s, a))
		return;
	if (s->n_next_hops == SESSION_NEXT_HOPS) {
		if (!s->next_hops_missed)
			peer_limit_hit(s->peer, PEER_LIMIT_NEXT_HOPS);
		s->next_hops_missed = true;
		return;
	}
	if (s->n_next_hops == s->cap_next_hops) {
		s->cap_next_hops = s->cap_next_hops ? s->cap_next_hops * 2 : 8;
		s->next_hops = mem_grow(s->next_hops, s->cap_next_hops, sizeof(*s->next_hops));
	}
	at = next_hop_at(s, a);
	memmove(s->next_hops + at + 1, s->next_hops + at,
		(s->n_next_hops - at) * sizeof(*s->next_hops));
	s->next_hops[at] = *a;
	s->n_next_hops++;
}

/* The first of each kind in a session: a peer that sends thousands fills counters, not the log. */
static void log_malformed(struct session *s, const struct bgp_update *u)
{
	uint32_t bit = 1u << u->bad_attr % 32;

	if (s->malformed_logged[u->bad_attr / 32] & bit)
		return;
	s->malformed_logged[u->bad_attr / 32] |= bit;
	log_warning("malformed UPDATE, further ones like it are only counted",
		    "peer=%s treated_as=%s attribute=%u reason=%s", s->name,
		    u->verdict == UPDATE_DISCARD_ATTR ? "attribute-discard" : "withdraw",
		    u->bad_attr, u->err.what);
}

static void end_of_rib(struct session *s, enum family f)
{
	s->eor |= (uint8_t)FAMILY_BIT(f);
	retain_eor(&s->retain, s->env->rib, s->rib_peer, f);
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	log_debug("End-of-RIB", "peer=%s family=%s routes=%u", s->name,
		  f == FAMILY_IP4 ? "ipv4" : "ipv6", s->rib_peer->received[f]);
	s->env->ops->rib_changed(s->env->ctx);
	s->env->ops->changed(s->env->ctx, s);
}

/* RFC 4486 section 4: Cease/1 with family and limit. */
static void over_limit(struct session *s, uint32_t limit, struct bgp_error *err)
{
	uint8_t data[7] = {0,
			   AFI_IP4,
			   1,
			   (uint8_t)(limit >> 24),
			   (uint8_t)(limit >> 16),
			   (uint8_t)(limit >> 8),
			   (uint8_t)limit};

	if (rib_peer_announced(s->rib_peer, FAMILY_IP6) > limit)
		data[1] = AFI_IP6;
	peer_limit_hit(s->peer, PEER_LIMIT_ROUTES);
	log_error("maximum-routes exceeded", "peer=%s limit=%u", s->name, limit);
	bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, data, sizeof(data),
		      "more routes than maximum-routes allows");
}

static void warn_maximum(struct session *s)
{
	const struct session_conf *c = &s->conf;

	if (!c->maximum_routes_warn || !c->maximum_routes || s->warned_maximum)
		return;
	if (rib_peer_announced(s->rib_peer, FAMILY_IP4) <= c->maximum_routes &&
	    rib_peer_announced(s->rib_peer, FAMILY_IP6) <= c->maximum_routes)
		return;
	s->warned_maximum = true;
	peer_limit_hit(s->peer, PEER_LIMIT_ROUTES);
	log_warning("maximum-routes exceeded", "peer=%s limit=%u action=warning-only", s->name,
		    c->maximum_routes);
}

bool session_on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	struct session *s = ctx;
	uint32_t limit = s->conf.maximum_routes_warn ? 0 : s->conf.maximum_routes;
	uint32_t crowded = s->rib_peer->crowded;
	enum rib_result result;

	if (u->verdict != UPDATE_OK)
		log_malformed(s, u);
	s->last_update = session_now(s);
	note_next_hop(s, &u->reach, &u->attrs);
	note_next_hop(s, &u->mp_reach, &u->mp_attrs);
	if (u->eor) {
		end_of_rib(s, u->eor == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6);
		return true;
	}
	result = rib_update(s->env->rib, s->rib_peer, u, limit);
	for (; crowded != s->rib_peer->crowded; crowded++)
		peer_limit_hit(s->peer, PEER_LIMIT_PATHS);
	switch (result) {
	case RIB_OVER_LIMIT:
		over_limit(s, limit, err);
		return false;
	case RIB_OVER_BYTES:
		peer_limit_hit(s->peer, PEER_LIMIT_MEMORY);
		log_error("its path attributes take more memory than they may", "peer=%s limit=%u",
			  s->name, RIB_ATTR_BYTES_MAX);
		bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, NULL, 0,
			      "its path attributes take more memory than they may");
		return false;
	case RIB_FULL:
		peer_limit_hit(s->peer, PEER_LIMIT_MEMORY);
		log_error("no room for more prefixes", "peer=%s", s->name);
		bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, NULL, 0,
			      "no room for more prefixes");
		return false;
	default:
		break;
	}
	warn_maximum(s);
	s->env->ops->rib_changed(s->env->ctx);
	return true;
}

/* RFC 7313 section 4: an error of the neighbour's, and to be logged; once is enough. */
static void log_early_borr(struct session *s, enum family f)
{
	uint8_t bit = FAMILY_BIT(f);

	if (s->early_borr_logged & bit)
		return;
	s->early_borr_logged |= bit;
	log_warning("BoRR before the End-of-RIB, ignored", "peer=%s family=%s", s->name,
		    f == FAMILY_IP4 ? "ipv4" : "ipv6");
}

void session_on_refresh(void *ctx, const struct bgp_refresh *r)
{
	struct session *s = ctx;
	enum family f = r->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;

	if ((r->afi != AFI_IP4 && r->afi != AFI_IP6) || r->safi != 1 ||
	    !(peer_ctx(s->peer)->agreed.families & FAMILY_BIT(f)))
		return; /* RFC 2918 section 4 */
	switch (r->subtype) {
	case REFRESH_REQUEST:
		adj_out_refresh(s->adj_out, f);
		break;
	case REFRESH_BORR:
		if (!retain_borr(&s->retain, s->env->rib, s->rib_peer, f, session_now(s)))
			log_early_borr(s, f);
		loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
		break;
	case REFRESH_EORR:
		if (!retain_eorr(&s->retain, s->env->rib, s->rib_peer, f))
			break;
		loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
		/* it has said all it knows, as with an End-of-RIB */
		s->eor |= (uint8_t)FAMILY_BIT(f);
		s->env->ops->rib_changed(s->env->ctx);
		if (s->adopted)
			s->env->ops->changed(s->env->ctx, s);
		break;
	default: /* RFC 7313 section 5: ignored */
		break;
	}
}
