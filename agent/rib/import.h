/*
 * import: whether a received path may be used, and as what.
 */
#ifndef LEAFPEER_RIB_IMPORT_H
#define LEAFPEER_RIB_IMPORT_H

#include "agent/rib/policy.h"
#include "agent/rib/rib.h"

/*
 * The routes of one UPDATE have their attributes in common, and what these say is found out once:
 * import_begin for them, import_prefix for each route, import_map where the peer has a route map,
 * which may make other attributes of them for each route. What it is given is borrowed.
 */
struct import {
	const struct rib_conf *conf;
	const struct nexthop_table *nexthops;
	const struct rib_peer *peer;
	enum reject first, last; /* of the attributes: looked at before the prefix, and after */
	struct attr_set set;     /* to be used */
};
void import_begin(struct import *im, const struct rib_conf *conf,
		  const struct nexthop_table *nexthops, const struct rib_peer *peer,
		  const struct attr_set *set);
enum reject import_prefix(const struct import *im, const struct prefix *p);
bool import_has_map(const struct import *im, const struct prefix *p);
/* The attributes to be used: they may borrow from scratch (POLICY_SCRATCH octets). */
enum reject import_map(const struct import *im, const struct prefix *p, struct attr_set *set,
		       uint8_t *scratch);

/*
 * All of it for one path. Looks at it in the order of enum reject; *set is the received attributes
 * and afterwards those to be used: it may borrow from scratch (POLICY_SCRATCH octets).
 */
enum reject import_path(const struct rib_conf *conf, const struct nexthop_table *nexthops,
			const struct rib_peer *peer, const struct prefix *p, struct attr_set *set,
			uint8_t *scratch);
/* Of the two addresses that a next hop may have, the one that packets take: the link-local one if
 * the session is over a link, or if there is no other (RFC 2545). */
const struct addr *import_next_hop(const struct rib_peer *peer, const struct attr_set *set);

#endif
