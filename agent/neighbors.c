/*
 * neighbors: the sessions of the configured neighbours: made, changed and ended as a difference;
 * which of them a link, a router that was heard, or a connection belongs to.
 *
 * Link-local neighbours live on an interface that may come and go and come back with another index;
 * unnumbered ones are known by nothing else, and their address is that of the router that is heard
 * there (unnumbered.h), or that calls.
 */
#include "agent/agent.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

static struct session *find_session(const struct agent *a, const struct session_conf *c)
{
	for (struct session *s = a->sessions; s; s = session_next(s)) {
		if (session_conf_same(session_conf(s), c))
			return s;
	}
	return NULL;
}

static bool is_configured(const struct session_conf *confs, size_t n, const struct session *s)
{
	for (size_t i = 0; i < n; i++) {
		if (session_conf_same(&confs[i], session_conf(s)))
			return true;
	}
	return false;
}

static void remove_session(struct agent *a, struct session *s)
{
	const struct session_conf *c = session_conf(s);

	log_info("neighbour removed", "peer=%s", session_name(s));
	if (!*c->ifname)
		fibsync_untrack(a->kernel, &c->addr);
	if (c->addr.afi)
		listener_auth(a->listener, &c->addr, c->ifindex, NULL);
	monitoring_session_gone(a->monitoring, s);
	session_free(s, BGP_CEASE_DECONFIGURED, NULL);
}

static void add_session(struct agent *a, const struct session_conf *c)
{
	struct session *s = session_new(&a->session_env, c);

	session_set_restarting(s, a->restart.sweep_at != 0);
	session_set_next(s, a->sessions);
	a->sessions = s;
	if (!*c->ifname)
		fibsync_track(a->kernel, &c->addr);
	if (c->peer.remote_as)
		log_info("neighbour added", "peer=%s remote_as=%u", session_name(s),
			 c->peer.remote_as);
	else
		log_info("neighbour added", "peer=%s remote_as=%s", session_name(s), "external");
	if (!takeover_session(a->takeover, s))
		session_start(s);
}

static void to_front(struct agent *a, struct session *s)
{
	struct session *before = a->sessions;

	if (before == s)
		return;
	while (session_next(before) != s)
		before = session_next(before);
	session_set_next(before, session_next(s));
	session_set_next(s, a->sessions);
	a->sessions = s;
}

/* Where the neighbour is now; an unnumbered one's address is what was learned, if it has not moved.
 */
static void locate(const struct agent *a, struct session_conf *c)
{
	const struct session *s = find_session(a, c);

	if (!*c->ifname)
		return;
	c->ifindex = fibsync_ifindex(a->kernel, c->ifname);
	if (s && c->unnumbered && session_conf(s)->ifindex == c->ifindex)
		c->addr = session_conf(s)->addr;
}

/* On which interfaces somebody is waited for. */
static void look_for_neighbors(struct agent *a)
{
	uint32_t ifindexes[CONF_NEIGHBORS_MAX];
	size_t n = 0;

	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);

		if (c->unnumbered && !c->peer.shutdown && n < CONF_NEIGHBORS_MAX)
			ifindexes[n++] = c->ifindex;
	}
	unnumbered_set(a->unnumbered, ifindexes, n);
}

void neighbors_apply(struct agent *a, struct session_conf *confs, size_t n)
{
	struct session *all = a->sessions, *gone = NULL, *next;

	/* out of the list before they are freed: an end is told to whoever looks at all sessions */
	a->sessions = NULL;
	for (struct session *s = all; s; s = next) {
		bool stays = is_configured(confs, n, s);

		next = session_next(s);
		session_set_next(s, stays ? a->sessions : gone);
		if (stays)
			a->sessions = s;
		else
			gone = s;
	}
	for (struct session *s = gone; s; s = next) {
		next = session_next(s);
		remove_session(a, s);
	}
	/* from the last to the first, so that the list ends up in the configuration's order */
	for (size_t i = n; i > 0; i--) {
		struct session_conf *c = &confs[i - 1];
		struct session *s;

		locate(a, c);
		s = find_session(a, c);
		if (s) {
			to_front(a, s);
			session_set_conf(s, c);
		} else {
			add_session(a, c);
		}
	}
	look_for_neighbors(a);
}

/* The router at the other end has this address now. One that an established session is with stays:
 * a second router on the link does not take its place. */
static void take_address(struct agent *a, struct session *s, const struct addr *router)
{
	const struct session_conf *c = session_conf(s);
	char text[ADDR_STRLEN];

	if (addr_eq(&c->addr, router) || peer_is_up(session_peer(s)))
		return;
	if (c->addr.afi)
		listener_auth(a->listener, &c->addr, c->ifindex, NULL);
	log_info("neighbour found", "interface=%s address=%s", c->ifname, addr_str(router, text));
	session_set_neighbor(s, c->ifindex, router);
	liveness_apply(a->liveness);
}

static struct session *find_unnumbered(const struct agent *a, uint32_t ifindex)
{
	for (struct session *s = a->sessions; ifindex && s; s = session_next(s)) {
		if (session_conf(s)->unnumbered && session_conf(s)->ifindex == ifindex)
			return s;
	}
	return NULL;
}

void neighbors_heard(void *ctx, uint32_t ifindex, const struct addr *router)
{
	struct agent *a = ctx;
	struct session *s = find_unnumbered(a, ifindex);

	if (s)
		take_address(a, s, router);
}

struct session *neighbors_find(struct agent *a, const struct addr *remote, uint32_t ifindex)
{
	struct session *s;

	for (s = a->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);

		if (addr_eq(&c->addr, remote) && c->ifindex == ifindex)
			return s;
	}
	/* its advertisement may have been lost: whoever calls over the link is at its other end */
	s = addr_is_linklocal6(remote) ? find_unnumbered(a, ifindex) : NULL;
	if (s)
		take_address(a, s, remote);
	return s && addr_eq(&session_conf(s)->addr, remote) ? s : NULL;
}

/* An interface has come, gone, or come again as another. */
static void relocate(struct agent *a)
{
	static const struct addr unknown = {.afi = AFI_NONE};
	bool any = false;

	for (struct session *s = a->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);
		uint32_t at = *c->ifname ? fibsync_ifindex(a->kernel, c->ifname) : 0;

		if (!*c->ifname || at == c->ifindex)
			continue;
		session_set_neighbor(s, at, c->unnumbered ? &unknown : &c->addr);
		any = true;
	}
	if (!any)
		return;
	look_for_neighbors(a);
	liveness_apply(a->liveness);
}

void neighbors_link(struct agent *a, uint32_t ifindex, bool up)
{
	relocate(a);
	/* a neighbour on a dead link is not waited for until its hold time is over */
	for (struct session *s = a->sessions; s; s = session_next(s)) {
		uint32_t via = *session_conf(s)->ifname
				       ? session_conf(s)->ifindex
				       : fibsync_ifindex_to(a->kernel, &session_conf(s)->addr);

		if (via != ifindex)
			continue;
		if (up)
			session_hurry(s);
		else if (peer_is_up(session_peer(s)))
			session_path_down(s);
	}
	if (up)
		unnumbered_link_up(a->unnumbered, ifindex);
}

/* ---- the way to a neighbour, as the kernel knows it -------------------------------------------
 */

static bool has_lost_address(const struct agent *a, const struct session *s)
{
	struct addr local = session_local(s);

	return local.afi && fibsync_lacks_addr(a->kernel, &local);
}

void neighbors_check(struct agent *a)
{
	for (struct session *s = a->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);
		const char *why = has_lost_address(a, s) ? "its address of ours is gone"
				  : !*c->ifname && !fibsync_can_reach(a->kernel, &c->addr)
					  ? "no route leads to it"
					  : NULL;

		if (!why || !peer_is_up(session_peer(s)))
			continue;
		log_warning("the way to a neighbour is gone", "peer=%s reason=%s", session_name(s),
			    why);
		liveness_next_hops_down(a->liveness, s);
		session_path_down(s);
	}
}

/* TCP's acknowledgements count for the kernel as answers, so whoever fails has been silent on both
 * for seconds; and the kernel drops what should go through it. */
bool neighbors_gateway_failed(struct agent *a, uint32_t ifindex, const struct addr *gateway)
{
	bool found = false;

	for (struct session *s = a->sessions; s; s = session_next(s)) {
		const struct session_conf *c = session_conf(s);
		uint32_t via = *c->ifname ? c->ifindex : fibsync_ifindex_to(a->kernel, &c->addr);
		bool up = peer_is_up(session_peer(s));

		if (!addr_eq(&c->addr, gateway) || via != ifindex)
			continue;
		found = true;
		if (!up && !session_is_stale(s))
			continue;
		log_warning("the way to a neighbour is gone", "peer=%s reason=%s", session_name(s),
			    "it does not answer on its link");
		liveness_next_hops_down(a->liveness, s);
		if (up)
			session_path_down(s);
		else
			session_drop_stale(s);
	}
	return found;
}
