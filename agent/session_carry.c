/*
 * session_carry: a session on its way to another process (takeover.h): who it is with, what its
 * peer and its adj_out know. What it has been told is not carried: the neighbour is asked for it
 * again. A tag is never used again for another value.
 */
#include "agent/session_impl.h"

#include "agent/bgp/peer_carry.h"
#include "agent/io/log.h"
#include "agent/lib/carry.h"

#include <string.h>

enum {
	TAG_ADDR = 1,
	TAG_IFNAME,
	TAG_UNNUMBERED,
	TAG_LOCAL,
	TAG_PEER,
	TAG_ADJ_OUT,
};

void session_freeze(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++) {
		if (s->conns[c].fd >= 0)
			loop_fd_set(s->conns[c].watch, 0);
	}
	loop_timer_set(s->timer, INT64_MAX);
	loop_timer_set(s->stale_timer, INT64_MAX);
	loop_timer_set(s->auth_timer, INT64_MAX);
}

void session_thaw(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++) {
		if (s->conns[c].fd >= 0)
			loop_fd_set(s->conns[c].watch,
				    s->conns[c].dialling ? LOOP_WRITE : LOOP_READ);
	}
	loop_timer_set(s->stale_timer, retain_deadline(&s->retain));
	session_await_call(s);
	session_pump(s);
}

bool session_carry(const struct session *s, struct text *out, int *fd)
{
	const struct update_ctx *uc = peer_ctx(s->peer);
	enum peer_conn conn;
	size_t begun;

	/* one that cannot be asked again ends, and comes back by a graceful restart */
	if (!uc || !uc->agreed.route_refresh)
		return false;
	carry_put_addr(out, TAG_ADDR, &s->conf.addr);
	carry_put(out, TAG_IFNAME, s->conf.ifname, strlen(s->conf.ifname));
	carry_put_number(out, TAG_UNNUMBERED, s->conf.unnumbered);
	begun = carry_begin(out, TAG_PEER);
	peer_carry(s->peer, out, &conn);
	carry_end(out, begun);
	carry_put_addr(out, TAG_LOCAL, &s->conns[conn].local);
	begun = carry_begin(out, TAG_ADJ_OUT);
	adj_out_carry(s->adj_out, out);
	carry_end(out, begun);
	*fd = s->conns[conn].fd;
	return true;
}

struct carried {
	struct addr addr, local;
	char ifname[16];
	uint64_t unnumbered;
	struct rd peer, adj_out;
};

static bool read_all(struct rd in, struct carried *c)
{
	struct rd body;
	uint16_t tag;
	bool ok = true;

	memset(c, 0, sizeof(*c));
	while (ok && carry_next(&in, &tag, &body)) {
		switch (tag) {
		case TAG_ADDR:
			ok = carry_addr(body, &c->addr);
			break;
		case TAG_IFNAME:
			ok = carry_text(body, c->ifname, sizeof(c->ifname));
			break;
		case TAG_UNNUMBERED:
			ok = carry_number(body, &c->unnumbered);
			break;
		case TAG_LOCAL:
			ok = carry_addr(body, &c->local);
			break;
		case TAG_PEER:
			c->peer = body;
			break;
		case TAG_ADJ_OUT:
			c->adj_out = body;
			break;
		default: /* of a later version */
			break;
		}
	}
	return ok && !rd_left(&in);
}

static bool is_ours(const struct session *s, const struct carried *c)
{
	if (s->conf.unnumbered != (c->unnumbered != 0) || strcmp(s->conf.ifname, c->ifname) != 0)
		return false;
	return s->conf.unnumbered || addr_eq(&s->conf.addr, &c->addr);
}

bool session_adopt(struct session *s, struct rd in, int fd)
{
	enum peer_conn conn;
	struct carried c;

	if (!read_all(in, &c) || !is_ours(s, &c))
		return false;
	if (s->conf.unnumbered)
		session_set_neighbor(s, s->conf.ifindex, &c.addr);
	if (!peer_adopt(s->peer, c.peer, &conn, session_now(s)))
		return false;
	s->started = true;
	if (!session_conn_open(s, conn, fd)) {
		peer_disconnected(s->peer, conn, session_now(s));
		return true;
	}
	s->conns[conn].local = c.local;
	session_routes_up(s);
	retain_adopt(&s->retain);
	s->adopted = true;
	/* what was said is said; without that it is said again, which changes nothing either */
	if (!adj_out_adopt(s->adj_out, c.adj_out))
		log_warning("not known what the neighbour was told, telling it again", "peer=%s",
			    s->name);
	log_info("session taken over", "peer=%s", s->name);
	session_soft_reset(s, true, false);
	return true;
}
