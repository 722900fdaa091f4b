/*
 * rib: what the peers told us, what we say ourselves, and the best of it.
 *
 * Every path of a prefix sits in its entry, refused ones too (with the reason), so a peer's
 * Adj-RIB-In is a view, a change of policy needs nothing from the peer, and nothing is stored
 * twice. Entries that changed are queued; rib_work() decides them in slices: paths are ordered by
 * decide.h, the leading run of equals is the multipath set, and what packets should do goes to
 * ops->route.
 *
 * Local routes (aggregate.h) are kept apart: they are the only ones ever sent (adj_out.h), since
 * leafpeer is never transit.
 */
#ifndef LEAFPEER_RIB_RIB_H
#define LEAFPEER_RIB_RIB_H

#include "agent/bgp/attr.h"
#include "agent/bgp/update.h"
#include "agent/rib/nexthop.h"

#define RIB_MULTIPATH_MAX  64
/* Octets of distinct attributes that a peer was the first to say, or that policy has made of what
 * it said. A full Internet table has some 60 MiB; maximum-routes alone would let a peer send each
 * of its routes with 64 KiB of its own. Two ToRs that come to this are within the memory limit of
 * the shipped manifests. */
#define RIB_ATTR_BYTES_MAX (96u << 20)

struct policy;

/* Why a path is not considered. In the order in which they are looked at. */
enum reject {
	REJECT_NONE,
	REJECT_AS_LOOP,    /* our AS in the path more than allowas-in times */
	REJECT_ORIGINATOR, /* ORIGINATOR_ID is our router ID (RFC 4456) */
	REJECT_CLUSTER,    /* our router ID is in the CLUSTER_LIST (RFC 4456) */
	REJECT_OTC,        /* route leak (RFC 9234) */
	REJECT_OWN_PREFIX, /* one of ours, or inside one */
	REJECT_DEFAULT_ROUTE,
	REJECT_MARTIAN,
	REJECT_CONNECTED,     /* a subnet of this host */
	REJECT_NEXT_HOP_SELF, /* next hop is an address of ours, or no host's */
	REJECT_FIRST_AS,      /* eBGP: first AS is not the peer's */
	REJECT_PREFIX_LIST,
	REJECT_ROUTE_MAP,
	REJECT_COUNT
};
const char *reject_str(enum reject r);

struct rib_peer { /* owned by the rib; filled by the host, which calls rib_reimport after a change
		   */
	struct addr addr;
	uint32_t ifindex;  /* of a link-local peer, else 0 */
	uint32_t local_as; /* ours towards it; the RIB's own counts as ours, too */
	uint32_t remote_as;
	uint32_t remote_id; /* BGP Identifier, host order */
	bool ibgp;
	bool connected; /* directly attached eBGP peer: its next hops must be too */
	bool enforce_first_as;
	uint8_t allowas_in;                           /* times our own AS may stand in the path */
	uint8_t role;                                 /* our enum bgp_role towards it */
	const char *import_prefix_list[FAMILY_COUNT]; /* names in the policy, or NULL */
	const char *import_route_map[FAMILY_COUNT];
	void *ctx; /* the host's */
	/* kept by the rib: */
	uint16_t index;
	bool gone;     /* rib_peer_free was called: goes when its last path has */
	uint32_t held; /* paths in the table, dead ones too */
	struct rib_peer_family {
		uint32_t gen;          /* of what is announced now */
		uint32_t live_from;    /* paths of older generations are dead */
		uint32_t counted_from; /* of older ones the counters know nothing */
		uint32_t oldest;       /* no path is of an older one */
		bool llgr;             /* stale paths are long-lived stale */
		bool refreshing;       /* stale ones are so by rib_peer_mark_stale */
	} families[FAMILY_COUNT];
	uint32_t crowded; /* paths not kept, since their prefix had TABLE_PATHS_MAX */
	uint32_t received[FAMILY_COUNT]; /* paths in the Adj-RIB-In */
	uint32_t accepted[FAMILY_COUNT];
	uint32_t rejected[FAMILY_COUNT][REJECT_COUNT]; /* by enum reject; [REJECT_NONE] is 0 */
	uint32_t stale[FAMILY_COUNT];
};

/* Kept small, 16 octets: there may be millions. What import made of it is asked with
 * rib_path_attrs() and its like. */
struct path {
	uint32_t share;      /* share.h */
	uint32_t path_id;    /* RFC 7911; 0 without */
	uint32_t seq;        /* order of arrival: the older wins the last tie but one */
	uint16_t gen;        /* of the peer's session that announced it; see rib.c */
	uint16_t peer : 11;  /* rib_peer.index */
	uint16_t reject : 5; /* enum reject */
};
#define RIB_PEERS_MAX 2048

/* Paths that the peer has announced in its session: what is kept from before a restart, or from
 * before a refresh, is what it announced once, and on its way out. */
static inline uint32_t rib_peer_announced(const struct rib_peer *p, enum family f)
{
	return p->received[f] - p->stale[f];
}

/* A prefix and its paths, as seen from outside. Borrowed, and only until the rib is next changed
 * (paths move as there come more) or looked into four times more. */
struct rib_entry {
	struct prefix prefix;
	uint8_t n_paths;
	uint8_t n_multipath;      /* paths[0..n_multipath) are used */
	const struct path *paths; /* best first once decided */
};

struct rib_conf {
	uint32_t local_as;
	uint32_t router_id;
	uint8_t maximum_paths; /* 1..RIB_MULTIPATH_MAX */
	bool always_compare_med;
	size_t attr_bytes_max;    /* of a peer; 0: RIB_ATTR_BYTES_MAX */
	const struct prefix *own; /* owned prefixes: refused from anybody; borrowed until the next
				   * rib_set_conf */
	size_t n_own;
	const struct prefix *networks; /* announced as they are, hosts too: refused themselves, but
					* not what is inside them; borrowed likewise */
	size_t n_networks;
	const struct policy *policy; /* borrowed likewise; may be NULL */
};

struct rib_ops {
	/* What packets to the prefix should do is another thing than when last told: hops, sorted
	 * and without duplicates; n 0: no route. */
	void (*route)(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n);
	/* A path has come, changed or gone: what the peer announces of the prefix is to be looked
	 * at anew (rib_path_of). lost: less than before is there, or accepted. May be NULL. */
	void (*path)(void *ctx, const struct prefix *p, uint16_t peer, uint32_t path_id, bool lost);
	/* The entry was decided. lost: it had a route, and has none. May be NULL. */
	void (*decided)(void *ctx, const struct rib_entry *e, bool lost);
};

struct rib;

struct rib *rib_new(const struct rib_conf *conf, struct nexthop_table *nexthops,
		    const struct rib_ops *ops, void *ctx);
void rib_free(struct rib *r);
/* Takes another configuration: paths of all peers are imported anew, in slices. */
void rib_set_conf(struct rib *r, const struct rib_conf *conf);

struct rib_peer *rib_peer_new(struct rib *r);
/* Its paths go at once out of consideration and are freed in slices. */
void rib_peer_free(struct rib *r, struct rib_peer *p);
/* Policy or identity of the peer changed. */
void rib_peer_reimport(struct rib *r, struct rib_peer *p);
/* Session down: flush, or (graceful) keep as stale the families of the mask and flush the rest.
 * What was kept over an earlier end of the session, and not announced again, is not kept twice. */
void rib_peer_down(struct rib *r, struct rib_peer *p, unsigned int stale_families);
/* End of the stale time, or End-of-RIB: stale paths not announced anew go. */
void rib_peer_sweep(struct rib *r, struct rib_peer *p, enum family family);
/* RFC 9494: stale paths become long-lived stale; those with NO_LLGR go. */
void rib_peer_llgr(struct rib *r, struct rib_peer *p, enum family family);
/* RFC 7313: everything of the family is stale from now on, until EoRR sweeps it. */
void rib_peer_mark_stale(struct rib *r, struct rib_peer *p, enum family family);

enum rib_result {
	RIB_OK,
	RIB_OVER_LIMIT, /* the peer announces more than limit paths in a family */
	RIB_OVER_BYTES, /* the peer's attributes are beyond attr_bytes_max */
	RIB_FULL,       /* more prefixes of all peers together than the table can name */
};

/* An UPDATE's content, its verdict heeded. limit: paths of a family, 0 none. Anything but RIB_OK:
 * what came so far is in, the rest is not, and the session should end. */
enum rib_result rib_update(struct rib *r, struct rib_peer *p, const struct bgp_update *u,
			   uint32_t limit);

/* A tracked next hop changed: entries whose paths use it are decided anew. */
void rib_nexthop_changed(struct rib *r, struct nexthop *nh);
/* All entries are decided anew, and ops->route told. */
void rib_redecide(struct rib *r);
/* A connected subnet or an own address has come or gone: what is in it, or has it for a next hop,
 * is judged anew. A prefix of length 0: all is. */
void rib_connected_changed(struct rib *r, const struct prefix *p);

/* Does up to budget entries' worth of what is queued; true: there is more. An entry of many paths
 * (ADD-PATH) is worth as many as it costs the time of. */
bool rib_work(struct rib *r, unsigned int budget);

/* rib_work has something to do. */
bool rib_busy(const struct rib *r);

/* Looking. The entry of the prefix; of the longest match; the walk in order of prefix_cmp. */
const struct rib_entry *rib_find(const struct rib *r, const struct prefix *p);
const struct rib_entry *rib_match(const struct rib *r, const struct addr *a);
struct rib_walk;
/* A walk holds a bounded number of prefixes, and the rib may change under it: what is there from
 * its beginning to its end comes once, in order; what comes or goes meanwhile may come or not. */
#define RIB_WALK_ALL ((unsigned int)-1) /* a budget that is never spent */
struct rib_walk *rib_walk_new(const struct rib *r, enum afi afi);
/* Only p and what is inside it. */
struct rib_walk *rib_walk_within(const struct rib *r, const struct prefix *p);
/* The next entry. Takes from the budget what it cost: about one an entry. NULL: the budget is
 * spent, or (rib_walk_over) there are no more. */
const struct rib_entry *rib_walk_next(struct rib_walk *w, unsigned int *budget);
bool rib_walk_over(const struct rib_walk *w);
void rib_walk_free(struct rib_walk *w);
/* The walk in an order of no meaning, which may be interrupted for as long as one likes: entries
 * that are there all the time come once, or twice if they move. Zero it to begin; NULL at the end.
 */
struct rib_cursor {
	uint32_t slab, index;
};
const struct rib_entry *rib_next(const struct rib *r, struct rib_cursor *at);
/* What the peer announces in its session: NULL if it does not, or did before a restart only. */
const struct path *rib_path_of(const struct rib *r, const struct rib_entry *e, uint16_t peer,
			       uint32_t path_id);
/* RFC 4724: kept from before the restart; RFC 9494: kept for long, least preferred. */
bool rib_path_stale(const struct rib *r, const struct rib_entry *e, const struct path *p);
bool rib_path_llgr(const struct rib *r, const struct rib_entry *e, const struct path *p);
/* Not refused, next hop reachable as the peer requires, not about to be freed. */
bool rib_path_usable(const struct rib *r, const struct rib_entry *e, const struct path *p);
const struct attrs *rib_path_received(const struct rib *r, const struct path *p);
const struct attrs *rib_path_attrs(const struct rib *r, const struct path *p); /* after policy */
/* NULL if the path is refused. */
const struct nexthop *rib_path_nexthop(const struct rib *r, const struct path *p);
const struct rib_peer *rib_peer_at(const struct rib *r, uint16_t index);

struct rib_stats {
	size_t entries, paths, routes /* with hops */, attrs, attr_bytes;
	size_t table_bytes; /* of entries, paths and the table over them */
	uint64_t updates, withdraws, decisions;
};
void rib_stats(const struct rib *r, struct rib_stats *out);
struct attr_table *rib_attr_table(struct rib *r);

#endif
