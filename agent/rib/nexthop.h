/*
 * nexthop: BGP next hops and what the kernel's own routes make of them.
 *
 * The table mirrors the kernel's links and the routes that are not ours (io/rtnl feeds both), and
 * resolves each tracked next hop to the hops that packets really take: a gateway on an interface.
 * A change of a link or a route makes changed next hops, which the host takes one by one and tells
 * the RIB about. Resolution is one step, through the kernel, never through our own routes.
 */
#ifndef LEAFPEER_RIB_NEXTHOP_H
#define LEAFPEER_RIB_NEXTHOP_H

#include "agent/lib/prefix.h"

#define NEXTHOP_HOPS_MAX   32 /* hops of one kernel route that are looked at */
#define NEXTHOP_SILENT_MAX 64 /* gateways that do not answer; of more it is not believed */

/* Where a packet goes: a gateway (or, on AFI_NONE, the destination itself) on an interface. The
 * gateway may be of the other family (RFC 8950). */
struct hop {
	uint32_t ifindex;
	struct addr gateway;
};

/* A route of the kernel that is not ours: connected, static, DHCP, another daemon's. */
struct kroute {
	struct prefix prefix;
	uint32_t table;
	uint32_t metric; /* priority; the least wins among equals */
	uint8_t protocol;
	uint8_t type; /* RTN_UNICAST and so on, as the kernel numbers them */
	uint8_t scope;
	uint32_t nhid; /* of its nexthop object, or 0 */
	uint8_t n_hops;
	struct hop hops[NEXTHOP_HOPS_MAX];
};

struct nexthop { /* owned by the table, counted */
	struct addr addr;
	uint32_t ifindex; /* the interface that a link-local address belongs to, else 0 */
	uint32_t refs;
	bool reachable;
	bool connected;  /* on a directly attached subnet */
	bool looked_at;  /* the RIB's: its paths are being decided anew */
	uint32_t metric; /* IGP cost of route selection: the kernel route's, or 0 if connected */
	uint8_t n_hops;
	struct hop hops[NEXTHOP_HOPS_MAX];
};

struct nexthop_table;

struct nexthop_table *nexthop_table_new(void);
void nexthop_table_free(struct nexthop_table *t); /* NULL is fine */

/* Tracks (one reference each); resolved at once from what is known. */
struct nexthop *nexthop_ref(struct nexthop_table *t, const struct addr *addr, uint32_t ifindex);
void nexthop_unref(struct nexthop_table *t, struct nexthop *nh);

/* Feeding. A link that is down takes the routes through it out of consideration; one unknown counts
 * as up. Returns true if a re-dump is due: the link is up again, and there were IPv4 routes over
 * it, which the kernel has dropped without a word if it was set down and not just without carrier.
 * A re-dump: nexthop_resync_begin, everything again, nexthop_resync_end drops the rest. */
bool nexthop_link(struct nexthop_table *t, uint32_t ifindex, bool up);
/* Its routes go with it. */
void nexthop_link_gone(struct nexthop_table *t, uint32_t ifindex);
void nexthop_kroute_add(struct nexthop_table *t, const struct kroute *r); /* or replaces */
void nexthop_kroute_del(struct nexthop_table *t, const struct kroute *r);
void nexthop_resync_begin(struct nexthop_table *t);
void nexthop_resync_end(struct nexthop_table *t);

/* Nobody answers at the hop's gateway: until somebody does, no next hop is reached that way. False:
 * that is no news, or nothing tracked is reached that way. A link that changes begins anew. */
bool nexthop_silent(struct nexthop_table *t, const struct hop *h);
void nexthop_answers(struct nexthop_table *t, const struct hop *h);
/* Those that do not answer, NEXTHOP_SILENT_MAX at the most, and that anybody wants to know of: the
 * others are forgotten. Returns how many. */
size_t nexthop_list_silent(struct nexthop_table *t, struct hop *out);

/* The next tracked next hop whose resolution is another than when it was last taken; NULL: none. */
struct nexthop *nexthop_changed(struct nexthop_table *t);

/* A destination of a connected subnet or a local address of this host: import refuses it. */
bool nexthop_is_connected(const struct nexthop_table *t, const struct prefix *p);
/* The next prefix in which that may have changed since it was last taken, 0.0.0.0/0 and ::/0 for
 * too many; false: none. */
bool nexthop_connected_changed(struct nexthop_table *t, struct prefix *out);
/* An address of this host. */
bool nexthop_is_local(const struct nexthop_table *t, const struct addr *a);
/* Anybody but us routes this very prefix (an aggregate's discard route must not shadow it). */
bool nexthop_has_kroute(const struct nexthop_table *t, const struct prefix *p);

bool hop_eq(const struct hop *a, const struct hop *b);
int hop_cmp(const struct hop *a, const struct hop *b);
uint32_t hops_hash(const struct hop *hops, size_t n); /* keyed, see lib/hash.h */

#endif
