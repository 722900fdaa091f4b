/* import: see import.h. */
#include "agent/rib/import.h"

const char *reject_str(enum reject r)
{
	static const char *const texts[REJECT_COUNT] = {
		[REJECT_NONE] = "accepted",
		[REJECT_AS_LOOP] = "our AS is in the path",
		[REJECT_ORIGINATOR] = "we are the originator",
		[REJECT_CLUSTER] = "our router ID is in the cluster list",
		[REJECT_OTC] = "route leak (OTC)",
		[REJECT_OWN_PREFIX] = "one of our own prefixes",
		[REJECT_DEFAULT_ROUTE] = "default route",
		[REJECT_MARTIAN] = "martian",
		[REJECT_CONNECTED] = "connected to this node",
		[REJECT_NEXT_HOP_SELF] = "next hop is this node",
		[REJECT_FIRST_AS] = "first AS is not the peer's",
		[REJECT_PREFIX_LIST] = "prefix list",
		[REJECT_ROUTE_MAP] = "route map",
	};

	return texts[r];
}

/* RFC 9234 section 5: a route that went down to a customer, or across to a peer, must not come up.
 */
static bool is_leak(const struct rib_peer *peer, const struct attr_set *set)
{
	if (!(set->has & ATTR_HAS_OTC) || peer->ibgp)
		return false;
	if (peer->role == ROLE_PROVIDER || peer->role == ROLE_RS)
		return true;
	return peer->role == ROLE_PEER && set->otc != peer->remote_as;
}

/* RFC 4456 section 8: a cluster's ID is its reflector's router ID, unless somebody chose another.
 * We reflect nothing, so one that is ours was made by mistake, and it has been round. */
static bool is_reflected_by(const struct attr_set *set, uint32_t router_id)
{
	struct rd rd = rd_init(set->cluster_list, set->cluster_list_len);
	uint32_t v;

	while (rd_u32(&rd, &v)) {
		if (v == router_id)
			return true;
	}
	return false;
}

static bool is_own(const struct rib_conf *conf, const struct prefix *p)
{
	for (size_t i = 0; i < conf->n_own; i++) {
		if (prefix_covers(&conf->own[i], p))
			return true;
	}
	/* it comes back from the ToRs, and would lead there */
	for (size_t i = 0; i < conf->n_networks; i++) {
		if (prefix_eq(&conf->networks[i], p))
			return true;
	}
	return false;
}

const struct addr *import_next_hop(const struct rib_peer *peer, const struct attr_set *set)
{
	return peer->ifindex && set->nexthop_local.afi ? &set->nexthop_local : &set->nexthop;
}

static bool next_hop_ok(const struct nexthop_table *nexthops, const struct rib_peer *peer,
			const struct attr_set *set)
{
	const struct addr *a = import_next_hop(peer, set);

	return (set->has & ATTR_HAS_NEXT_HOP) && addr_is_host(&set->nexthop) &&
	       !nexthop_is_local(nexthops, &set->nexthop) && !nexthop_is_local(nexthops, a);
}

void import_begin(struct import *im, const struct rib_conf *conf,
		  const struct nexthop_table *nexthops, const struct rib_peer *peer,
		  const struct attr_set *set)
{
	unsigned int ours = as_path_count(set, conf->local_as);

	*im = (struct import){.conf = conf, .nexthops = nexthops, .peer = peer, .set = *set};
	if (peer->local_as && peer->local_as != conf->local_as)
		ours += as_path_count(set, peer->local_as);
	if (ours > peer->allowas_in)
		im->first = REJECT_AS_LOOP;
	else if ((set->has & ATTR_HAS_ORIGINATOR_ID) && set->originator_id == conf->router_id)
		im->first = REJECT_ORIGINATOR;
	else if (is_reflected_by(set, conf->router_id))
		im->first = REJECT_CLUSTER;
	else if (is_leak(peer, set))
		im->first = REJECT_OTC;
	if (!next_hop_ok(nexthops, peer, set))
		im->last = REJECT_NEXT_HOP_SELF;
	else if (peer->enforce_first_as && as_path_first(set) != peer->remote_as)
		im->last = REJECT_FIRST_AS;
	/* RFC 8326 section 4.2: somebody is about to go; before the operator's own words */
	if (attr_has_community(set, COMMUNITY_GRACEFUL_SHUTDOWN)) {
		im->set.local_pref = 0;
		im->set.has |= ATTR_HAS_LOCAL_PREF;
	} else if (!peer->ibgp) {
		im->set.has &= ~(uint32_t)ATTR_HAS_LOCAL_PREF;
		im->set.local_pref = 0;
	}
	/* RFC 9234 section 5: marked on the way down, so that it is known on the way up */
	if (!peer->ibgp && !(set->has & ATTR_HAS_OTC) &&
	    (peer->role == ROLE_CUSTOMER || peer->role == ROLE_PEER ||
	     peer->role == ROLE_RS_CLIENT)) {
		im->set.otc = peer->remote_as;
		im->set.has |= ATTR_HAS_OTC;
	}
}

static int family_of(const struct prefix *p)
{
	return p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
}

bool import_has_map(const struct import *im, const struct prefix *p)
{
	return im->peer->import_route_map[family_of(p)] != NULL;
}

enum reject import_prefix(const struct import *im, const struct prefix *p)
{
	const char *list = im->peer->import_prefix_list[family_of(p)];

	if (im->first)
		return im->first;
	if (is_own(im->conf, p))
		return REJECT_OWN_PREFIX;
	if (p->len == 0)
		return REJECT_DEFAULT_ROUTE;
	if (prefix_is_martian(p))
		return REJECT_MARTIAN;
	if (nexthop_is_connected(im->nexthops, p))
		return REJECT_CONNECTED;
	if (im->last)
		return im->last;
	if (list && !policy_prefix_list_permits(im->conf->policy, list, p))
		return REJECT_PREFIX_LIST;
	return REJECT_NONE;
}

enum reject import_map(const struct import *im, const struct prefix *p, struct attr_set *set,
		       uint8_t *scratch)
{
	const char *map = im->peer->import_route_map[family_of(p)];

	*set = im->set;
	if (map && !policy_route_map_apply(im->conf->policy, map, p, set, scratch))
		return REJECT_ROUTE_MAP;
	return REJECT_NONE;
}

enum reject import_path(const struct rib_conf *conf, const struct nexthop_table *nexthops,
			const struct rib_peer *peer, const struct prefix *p, struct attr_set *set,
			uint8_t *scratch)
{
	struct import im;
	enum reject why;

	import_begin(&im, conf, nexthops, peer, set);
	why = import_prefix(&im, p);
	return why ? why : import_map(&im, p, set, scratch);
}
