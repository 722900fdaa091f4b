/*
 * session: see session.h. Its life, and what the agent asks of it.
 *
 * Sockets are session_conn.c, what the neighbour says is session_routes.c, what it is told is
 * session_advertise.c.
 */
#include "agent/session_impl.h"

#include "agent/io/tcp.h"
#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_US (5 * 1000 * 1000) /* without GR: silence that passes for an End-of-RIB */

enum peer_conn session_live_conn(const struct session *s)
{
	return s->conns[CONN_OUT].fd >= 0 && !s->conns[CONN_OUT].dialling ? CONN_OUT : CONN_IN;
}

static void fill_rib_peer(struct session *s)
{
	struct rib_peer *rp = s->rib_peer;
	const struct session_conf *c = &s->conf;

	rp->addr = c->addr;
	rp->ifindex = c->ifindex;
	rp->local_as = c->peer.local_as;
	rp->remote_as = peer_remote_as(s->peer);
	rp->ibgp = c->peer.remote_as == c->peer.local_as;
	rp->connected = !rp->ibgp && !c->multihop;
	rp->enforce_first_as = c->enforce_first_as && !rp->ibgp;
	rp->allowas_in = c->allowas_in;
	rp->role = c->peer.capa.role;
	rp->ctx = s;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		rp->import_prefix_list[f] =
			*c->import_prefix_list[f] ? c->import_prefix_list[f] : NULL;
		rp->import_route_map[f] = *c->import_route_map[f] ? c->import_route_map[f] : NULL;
	}
}

static void on_writable(void *ctx)
{
	/* whoever called into the peer pumps afterwards */
	(void)ctx;
}

static uint32_t on_random(void *ctx)
{
	(void)ctx;
	return loop_random();
}

static const struct peer_ops peer_callbacks = {
	.dial = session_on_dial,
	.close = session_on_close,
	.up = session_on_up,
	.down = session_on_down,
	.update = session_on_update,
	.refresh = session_on_refresh,
	.writable = on_writable,
	.random = on_random,
};

void session_pump(struct session *s)
{
	uint8_t msg[BGP_MSG_EXT_MAX];
	bool advertised = false;

	if (s->pumping)
		return;
	s->pumping = true;
	while (peer_is_up(s->peer) && peer_can_send(s->peer)) {
		struct wr wr = wr_init(msg, sizeof(msg));

		if (!adj_out_next(s->adj_out, &wr))
			break;
		peer_queue(s->peer, msg, wr_len(&wr), session_now(s));
		advertised = true;
	}
	for (int c = 0; c < CONN_COUNT; c++) {
		if (!session_conn_write(s, (enum peer_conn)c)) {
			session_conn_close(s, (enum peer_conn)c);
			peer_disconnected(s->peer, (enum peer_conn)c, session_now(s));
		}
	}
	s->pumping = false;
	loop_timer_set(s->timer, peer_deadline(s->peer));
	if (advertised)
		s->env->ops->advertised(s->env->ctx, s);
}

static void on_timer(void *ctx)
{
	struct session *s = ctx;

	peer_tick(s->peer, session_now(s));
	session_pump(s);
}

static void make_name(struct session *s)
{
	char text[ADDR_STRLEN];

	if (s->conf.addr.afi == AFI_NONE)
		snprintf(s->name, sizeof(s->name), "%s", s->conf.ifname);
	else
		snprintf(s->name, sizeof(s->name), "%s%s%s", addr_str(&s->conf.addr, text),
			 *s->conf.ifname ? "%" : "", s->conf.ifname);
}

bool session_conf_same(const struct session_conf *a, const struct session_conf *b)
{
	return a->unnumbered == b->unnumbered && strcmp(a->ifname, b->ifname) == 0 &&
	       (a->unnumbered || addr_eq(&a->addr, &b->addr));
}

struct session *session_new(const struct session_env *env, const struct session_conf *conf)
{
	struct session *s = mem_zalloc(sizeof(*s));

	s->env = env;
	s->conf = *conf;
	make_name(s);
	for (int c = 0; c < CONN_COUNT; c++)
		s->conns[c].fd = -1;
	s->peer = peer_new(&conf->peer, &peer_callbacks, s);
	s->rib_peer = rib_peer_new(env->rib);
	retain_init(&s->retain);
	fill_rib_peer(s);
	s->adj_out = adj_out_new(rib_attr_table(env->rib));
	s->timer = loop_timer_new(env->loop, on_timer, s);
	s->stale_timer = loop_timer_new(env->loop, session_on_stale_timer, s);
	s->dial_timer = loop_timer_new(env->loop, session_fail_dial, s);
	s->auth_timer = loop_timer_new(env->loop, session_await_call, s);
	return s;
}

static void session_destroy(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++)
		session_conn_close(s, (enum peer_conn)c);
	loop_timer_free(s->timer);
	loop_timer_free(s->stale_timer);
	loop_timer_free(s->dial_timer);
	loop_timer_free(s->auth_timer);
	adj_out_free(s->adj_out);
	rib_peer_free(s->env->rib, s->rib_peer);
	peer_free(s->peer);
	free(s->next_hops);
	free(s);
}

void session_free(struct session *s, uint8_t cease_subcode, const char *text)
{
	if (!s)
		return;
	s->started = false; /* nobody's call is awaited any more */
	peer_stop(s->peer, cease_subcode, text, session_now(s));
	session_destroy(s);
}

void session_abandon(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++)
		session_conn_close(s, (enum peer_conn)c);
	s->abandoned = true;
	/* the NOTIFICATION that this makes finds no socket to go out on */
	peer_stop(s->peer, BGP_CEASE_ADMIN_RESET, NULL, session_now(s));
	session_destroy(s);
}

static void start(struct session *s)
{
	s->blocked = s->held ? "waits for BFD" : NULL;
	s->blocked_state = "Idle(BFD)";
	if (s->started && !s->held)
		peer_start(s->peer, session_now(s));
	session_await_call(s);
}

void session_start(struct session *s)
{
	s->started = true;
	peer_begin(s->peer, session_now(s));
	start(s);
	session_pump(s);
}

void session_hold(struct session *s, bool hold)
{
	if (s->held == hold)
		return;
	s->held = hold;
	/* what is not up yet goes back to where it waits */
	if (hold && !peer_is_up(s->peer))
		peer_stop(s->peer, BGP_CEASE_BFD_DOWN, NULL, session_now(s));
	start(s);
	session_pump(s);
}

void session_set_neighbor(struct session *s, uint32_t ifindex, const struct addr *addr)
{
	bool moved = ifindex != s->conf.ifindex || !addr_eq(addr, &s->conf.addr);
	bool known = s->conf.addr.afi && s->conf.ifindex;

	if (!moved)
		return;
	s->conf.ifindex = ifindex;
	s->conf.addr = *addr;
	make_name(s);
	fill_rib_peer(s);
	rib_peer_reimport(s->env->rib, s->rib_peer);
	if (known)
		peer_path_down(s->peer, session_now(s));
	peer_hurry(s->peer, session_now(s));
	session_await_call(s);
	session_pump(s);
}

void session_set_conf(struct session *s, const struct session_conf *conf)
{
	/* what the TCP connection was opened with cannot be changed under way */
	bool reopen = conf->ttl != s->conf.ttl || conf->min_ttl != s->conf.min_ttl ||
		      strcmp(conf->password_file, s->conf.password_file) != 0 ||
		      conf->ao != s->conf.ao || conf->ao_id != s->conf.ao_id ||
		      conf->ao_aes_cmac != s->conf.ao_aes_cmac;
	/* and at another address the neighbour knows another speaker */
	bool moved = conf->port != s->conf.port || !addr_eq(&conf->source, &s->conf.source) ||
		     strcmp(conf->source_if, s->conf.source_if) != 0;
	/* what was too much may be no longer */
	bool other_limit = conf->maximum_routes != s->conf.maximum_routes ||
			   conf->maximum_routes_warn != s->conf.maximum_routes_warn;

	s->conf = *conf;
	make_name(s);
	fill_rib_peer(s);
	if (moved) /* it starts with what is set then */
		peer_stop(s->peer, BGP_CEASE_CONFIG_CHANGE, NULL, session_now(s));
	if (!peer_set_conf(s->peer, &conf->peer, session_now(s)) && reopen && !moved)
		peer_reconfigure(s->peer, session_now(s));
	if (other_limit)
		peer_hurry(s->peer, session_now(s));
	if (s->held && !peer_is_up(s->peer))
		peer_stop(s->peer, BGP_CEASE_BFD_DOWN, NULL, session_now(s));
	session_await_call(s);
	rib_peer_reimport(s->env->rib, s->rib_peer);
	s->env->ops->rib_changed(s->env->ctx);
	session_pump(s);
}

void session_reset(struct session *s, uint8_t cease_subcode, const char *text)
{
	peer_stop(s->peer, cease_subcode, text, session_now(s));
	start(s);
	session_pump(s);
}

void session_set_restarting(struct session *s, bool restarting)
{
	/* our prefixes are reached through the pods' own routes, which are not ours to lose */
	peer_set_restarting(s->peer, restarting, s->conf.peer.capa.gr_families);
}

void session_soft_reset(struct session *s, bool in, bool out)
{
	const struct update_ctx *uc = peer_ctx(s->peer);

	if (!uc)
		return;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct bgp_refresh r = {.afi = f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, .safi = 1};
		uint8_t msg[BGP_HEADER_LEN + 4];
		struct wr wr = wr_init(msg, sizeof(msg));

		if (!(uc->agreed.families & FAMILY_BIT(f)))
			continue;
		if (out)
			adj_out_refresh(s->adj_out, (enum family)f);
		if (!in || !uc->agreed.route_refresh)
			continue;
		refresh_encode(&r, &wr);
		peer_queue(s->peer, msg, wr_len(&wr), session_now(s));
	}
	if (in)
		rib_peer_reimport(s->env->rib, s->rib_peer);
	s->env->ops->rib_changed(s->env->ctx);
	session_pump(s);
}

void session_path_down(struct session *s)
{
	peer_path_down(s->peer, session_now(s));
	if (s->held)
		peer_stop(s->peer, BGP_CEASE_BFD_DOWN, NULL, session_now(s));
	session_pump(s);
}

void session_hurry(struct session *s)
{
	peer_hurry(s->peer, session_now(s));
	session_pump(s);
}

const struct session_conf *session_conf(const struct session *s)
{
	return &s->conf;
}

const char *session_name(const struct session *s)
{
	return s->name;
}

const struct peer *session_peer(const struct session *s)
{
	return s->peer;
}

const struct rib_peer *session_rib_peer(const struct session *s)
{
	return s->rib_peer;
}

const struct adj_out *session_adj_out(const struct session *s)
{
	return s->adj_out;
}

struct addr session_local(const struct session *s)
{
	return s->conns[session_live_conn(s)].local;
}

void session_ports(const struct session *s, uint16_t *local, uint16_t *remote)
{
	*local = *remote = 0;
	if (s->conns[session_live_conn(s)].fd >= 0)
		tcp_ports(s->conns[session_live_conn(s)].fd, local, remote);
}

const char *session_blocked(const struct session *s)
{
	return s->blocked;
}

int session_failed(const struct session *s)
{
	return s->failed;
}

const char *session_blocked_state(const struct session *s)
{
	return s->blocked ? s->blocked_state : NULL;
}

bool session_synced(const struct session *s)
{
	const struct update_ctx *uc = peer_ctx(s->peer);

	if (!uc)
		return false;
	if ((s->eor & uc->agreed.families) == uc->agreed.families)
		return true;
	return (s->adopted || !peer_open_received(s->peer)->capa.gr) &&
	       session_now(s) - s->last_update > QUIET_US;
}

bool session_is_stale(const struct session *s)
{
	return s->rib_peer->stale[FAMILY_IP4] || s->rib_peer->stale[FAMILY_IP6];
}

struct session *session_next(const struct session *s)
{
	return s->next;
}

void session_set_next(struct session *s, struct session *next)
{
	s->next = next;
}
