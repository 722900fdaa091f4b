/*
 * session_advertise: what of our own routes a neighbour is told, and with which attributes.
 */
#include "agent/session_impl.h"

#define LOCAL_PREF_DEFAULT 100
#define GOING_SCRATCH      (POLICY_SCRATCH + 4) /* what a route map sets, and one community */

static bool export_permits(const struct session *s, const struct policy *policy, enum family f,
			   const struct prefix *p, struct attr_set *set, uint8_t *scratch)
{
	const char *list = s->conf.export_prefix_list[f];
	const char *map = s->conf.export_route_map[f];

	if (*list && !policy_prefix_list_permits(policy, list, p))
		return false;
	return !*map || policy_route_map_apply(policy, map, p, set, scratch);
}

/* Ourselves, by the address that the session runs on if the route's family allows for it. */
static bool local_next_hop(const struct session *s, enum afi afi, struct attr_set *set)
{
	bool ext_nexthop = peer_ctx(s->peer)->agreed.ext_nexthop & FAMILY_BIT(FAMILY_IP4);
	struct addr local = s->conns[session_live_conn(s)].local, global;

	/* RFC 8950: IPv4 routes may have IPv6 next hops, if the peer agreed to it */
	if (local.afi != afi && !(afi == AFI_IP4 && ext_nexthop)) {
		set->nexthop = s->env->ops->local_twin(s->env->ctx, &local, afi);
		return set->nexthop.afi;
	}
	set->nexthop = local;
	if (!addr_is_linklocal6(&local))
		return true;
	/* RFC 2545 section 3: both, where there is a global one; else the link-local one alone */
	global = s->env->ops->local_twin(s->env->ctx, &local, AFI_IP6);
	if (global.afi) {
		set->nexthop = global;
		set->nexthop_local = local;
	}
	return true;
}

/* The attributes of a route of our own towards this peer (RFC 4271 section 5.1). */
static bool local_attrs(const struct session *s, enum afi afi, struct attr_set *set,
			uint8_t path[static 6])
{
	const struct peer_conf *pc = &s->conf.peer;

	*set = (struct attr_set){
		.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
		.origin = ORIGIN_IGP,
	};
	if (pc->remote_as == pc->local_as) {
		set->has |= ATTR_HAS_LOCAL_PREF;
		set->local_pref = LOCAL_PREF_DEFAULT;
	} else {
		struct wr wr = wr_init(path, 6);

		wr_u8(&wr, AS_SEQUENCE);
		wr_u8(&wr, 1);
		wr_u32(&wr, pc->local_as);
		set->as_path = path;
		set->as_path_len = 6;
	}
	/* RFC 9234 section 5: marked on its way down, or across */
	if (pc->remote_as != pc->local_as &&
	    (pc->capa.role == ROLE_PROVIDER || pc->capa.role == ROLE_RS ||
	     pc->capa.role == ROLE_PEER)) {
		set->otc = pc->local_as;
		set->has |= ATTR_HAS_OTC;
	}
	return local_next_hop(s, afi, set);
}

/* RFC 8326 section 4.1: what a draining node says of its routes. Before the route map, so that it
 * can match it, and behind it, since no policy may keep it from being said. */
static void say_going(struct attr_set *set, bool ibgp, uint8_t scratch[static GOING_SCRATCH])
{
	if (ibgp)
		set->local_pref = 0;
	if (!attr_has_community(set, COMMUNITY_GRACEFUL_SHUTDOWN)) {
		struct wr wr = wr_init(scratch, GOING_SCRATCH);

		wr_bytes(&wr, set->communities, set->communities_len);
		wr_u32(&wr, COMMUNITY_GRACEFUL_SHUTDOWN);
		set->communities = scratch;
		set->communities_len = (uint16_t)wr_len(&wr);
	}
}

void session_advertise(struct session *s, const struct local_route *routes, size_t n,
		       const struct policy *policy, bool shutting_down, bool incomplete)
{
	static uint8_t scratch[POLICY_SCRATCH], going[2][GOING_SCRATCH];
	bool ibgp = s->conf.peer.remote_as == s->conf.peer.local_as;

	if (!peer_is_up(s->peer))
		return;
	adj_out_defer_eor(s->adj_out, incomplete);
	adj_out_want_begin(s->adj_out);
	for (size_t i = 0; i < n; i++) {
		const struct prefix *p = &routes[i].prefix;
		enum family f = p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
		uint8_t path[6];
		struct attr_set set;

		if (!(peer_ctx(s->peer)->agreed.families & FAMILY_BIT(f)) ||
		    !local_attrs(s, (enum afi)p->afi, &set, path))
			continue;
		if (shutting_down)
			say_going(&set, ibgp, going[0]);
		if (!export_permits(s, policy, f, p, &set, scratch))
			continue;
		if (!s->conf.send_community) {
			set.communities = NULL;
			set.communities_len = 0;
		}
		if (shutting_down)
			say_going(&set, ibgp, going[1]);
		adj_out_want(s->adj_out, p, &set);
	}
	adj_out_want_end(s->adj_out);
	session_pump(s);
}
