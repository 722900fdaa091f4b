/*
 * decide: which of the paths to a prefix is used (RFC 4271 section 9.1.2.2 and its usual
 * extensions).
 *
 * The steps are numbered; decide_compare() says at which of them two paths differ. Down to
 * STEP_METRIC they say how good a path is: paths that differ only behind that are equally good, and
 * make the multipath set. What is behind only makes the order definite.
 */
#ifndef LEAFPEER_RIB_DECIDE_H
#define LEAFPEER_RIB_DECIDE_H

#include "agent/rib/rib.h"

enum decide_step {
	STEP_USABLE,       /* not rejected, next hop reachable */
	STEP_LLGR,         /* long-lived stale paths last (RFC 9494 section 4.3) */
	STEP_LOCAL_PREF,   /* higher */
	STEP_AS_PATH,      /* shorter */
	STEP_ORIGIN,       /* lower */
	STEP_MED,          /* no path of the same neighbouring AS has a lower one */
	STEP_EBGP,         /* before iBGP */
	STEP_METRIC,       /* nearer next hop */
	STEP_OLDER,        /* eBGP: what was there first stays (stability) */
	STEP_ROUTER_ID,    /* lower, or ORIGINATOR_ID in its place (RFC 4456 section 9) */
	STEP_CLUSTER_LIST, /* shorter */
	STEP_PEER_ADDRESS, /* lower */
	STEP_PATH_ID,      /* lower */
	STEP_SAME,
};

struct decide_ctx {
	struct rib_peer *const *peers; /* by rib_peer.index */
	bool always_compare_med;
};

struct candidate {
	const struct path *path;
	const struct attrs *attrs; /* after policy */
	uint32_t metric;           /* to the next hop, if usable */
	bool usable;
	bool llgr;
	bool med_beaten; /* decide_med */
};

/* Marks the candidates that lose by MED: with it the order no longer depends on who came first
 * ("deterministic MED"). */
void decide_med(const struct decide_ctx *ctx, struct candidate *c, size_t n);
/* Negative: a is better; positive: b; *step is where they differ. Zero only for a path with itself.
 */
int decide_compare(const struct decide_ctx *ctx, const struct candidate *a,
		   const struct candidate *b, enum decide_step *step);
const char *decide_step_name(enum decide_step step); /* "shorter AS path" */

#endif
