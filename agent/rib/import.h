/*
 * import: whether a received path may be used, and as what.
 */
#ifndef LEAFPEER_RIB_IMPORT_H
#define LEAFPEER_RIB_IMPORT_H

#include "agent/rib/policy.h"
#include "agent/rib/rib.h"

/*
 * Looks at the path in the order of enum reject; *set is the received attributes and afterwards
 * those to be used: it may borrow from scratch (POLICY_SCRATCH octets).
 */
enum reject import_path(const struct rib_conf *conf, const struct nexthop_table *nexthops,
			const struct rib_peer *peer, const struct prefix *p, struct attr_set *set,
			uint8_t *scratch);
/* Of the two addresses that a next hop may have, the one that packets take: the link-local one if
 * the session is over a link, or if there is no other (RFC 2545). */
const struct addr *import_next_hop(const struct rib_peer *peer, const struct attr_set *set);

#endif
