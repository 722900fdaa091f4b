/* monitoring_peers: whom a station is told of, that they come and go, and statistics. */
#include "agent/monitoring_impl.h"

#include "agent/lib/mem.h"

#include <stdlib.h>

#define EVENT_TCP_FAILED 18 /* RFC 4271 section 8.1.4 */

/* ---- who is told of ---------------------------------------------------------------------------
 */

struct told *told_find(const struct station *st, const struct session *s)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (t->session == s && !t->loc_rib)
			return t;
	}
	return NULL;
}

struct told *told_find_loc_rib(const struct station *st)
{
	for (struct told *t = st->told; t; t = t->next) {
		if (t->loc_rib)
			return t;
	}
	return NULL;
}

void told_free(struct station *st, struct told *t)
{
	struct told **at = &st->told;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	if (st->walking == t)
		st->walking = NULL;
	monitoring_forget_out(st, t);
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
void told_look_for_down(struct told *t)
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
		.asn = peer_remote_as(p),
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
	t->out_changed = true;
	t->families = open.capa.families;
	t->who = (struct bmp_peer){
		.view = BMP_LOC_RIB, .asn = open.asn, .id = open.id, .time = loop_wall()};
	wr = bmp_link_write(st->link);
	bmp_peer_up(&t->who, &up, &wr);
	bmp_link_wrote(st->link, &wr);
}

/* False: no room for all of it. */
bool monitoring_put_sessions(struct station *st)
{
	const struct agent *a = st->m->agent;
	struct told *t, *next, *loc = told_find_loc_rib(st);

	for (t = st->told; t; t = next) {
		next = t->next;
		if (t->session)
			told_look_for_down(t);
		if (t->loc_rib &&
		    (t->who.id != a->router_id || t->who.asn != config_conf(a->config)->local_as)) {
			t->down = true;
			t->reason = BMP_DOWN_LOC_RIB;
			loc = NULL;
		}
		if (!t->down)
			continue;
		if (!monitoring_has_room(st))
			return false;
		put_down(st, t);
	}
	if (!loc && a->router_id && monitoring_has_room(st))
		put_loc_rib_up(st);
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		if (!peer_is_up(session_peer(s)) || told_find(st, s))
			continue;
		if (!monitoring_has_room(st))
			return false;
		put_up(st, s);
	}
	return true;
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

void monitoring_put_stats(struct station *st)
{
	struct rib_stats r;

	rib_stats(st->m->agent->rib, &r);
	for (const struct told *t = st->told; t && monitoring_has_room(st); t = t->next) {
		struct bmp_peer who = t->who;
		struct bmp_stats s;
		struct wr wr;

		if (!t->loc_rib && !t->session)
			continue;
		wr = bmp_link_write(st->link);
		who.time = loop_wall();
		bmp_stats_begin(&s, &who, &wr);
		if (t->loc_rib)
			bmp_stats_gauge(&s, BMP_STAT_LOC_RIB, r.routes + st->m->agent->n_locals);
		else
			put_peer_stats(t, &s);
		bmp_stats_end(&s);
		bmp_link_wrote(st->link, &wr);
	}
}
