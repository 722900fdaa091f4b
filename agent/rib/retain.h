/*
 * retain: how long the routes of a peer that went away are kept, family by family (RFC 4724 section
 * 4.2, RFC 9494 section 4.2). We are the helper here; our own restart is the agent's.
 *
 *	session lost --> stale, for the peer's restart time --> long-lived stale, for its long-lived
 *	stale time, as the last choice --> removed
 *
 * A peer that comes back keeps what it says it has preserved (F bit), until its End-of-RIB or for
 * the stale time. A family that is in the LLGR capability alone is long-lived stale at once.
 *
 * What an enhanced route refresh leaves unsaid (RFC 7313) goes the same way: stale between BoRR and
 * EoRR, for the stale time at most.
 */
#ifndef LEAFPEER_RIB_RETAIN_H
#define LEAFPEER_RIB_RETAIN_H

#include "agent/rib/rib.h"

struct retain_conf {
	uint32_t stale_time; /* seconds, at most, and for the End-of-RIB of who came back */
	uint32_t llgr_time;  /* seconds at most; 0: never for long */
};

enum retain_what {
	RETAIN_REMOVED,    /* stale routes are gone */
	RETAIN_LONG_LIVED, /* they are the last choice from now on */
};

struct retain_event {
	enum family family;
	enum retain_what what;
	uint32_t routes;  /* stale ones, before it happened */
	uint32_t seconds; /* RETAIN_LONG_LIVED: for so long */
};

struct retain { /* zero is a peer that was never up, but for until: retain_init */
	struct retain_conf conf;
	bool up;
	uint32_t gr_time; /* seconds, of the peer's last OPEN */
	uint32_t llgr_time[FAMILY_COUNT];
	uint8_t gr_families, llgr_families; /* agreed */
	uint8_t in_llgr;                    /* families */
	uint8_t eor_awaited;                /* families, of a peer that does graceful restart */
	uint8_t refreshing;                 /* families, between BoRR and EoRR */
	int64_t until[FAMILY_COUNT];        /* microseconds; INT64_MAX: nothing is waited for */
};

void retain_init(struct retain *t);
/* Established. Routes that the peer has not preserved go at once. theirs: of its OPEN. */
void retain_up(struct retain *t, struct rib *r, struct rib_peer *p, const struct retain_conf *conf,
	       const struct capa_agreed *agreed, const struct capa *theirs, int64_t now);
/* No longer; graceful as struct peer_ops has it. */
void retain_down(struct retain *t, struct rib *r, struct rib_peer *p, bool graceful, int64_t now);
/* End-of-RIB: what was not announced again goes. */
void retain_eor(struct retain *t, struct rib *r, struct rib_peer *p, enum family family);
/* What is stale goes, whatever the peer may still say. */
void retain_drop(struct retain *t, struct rib *r, struct rib_peer *p, enum family family);
/* It was said to a process before this one, if at all: refreshes count from now on. */
void retain_adopt(struct retain *t);
/* BoRR, EoRR; false: it is to be ignored (RFC 7313 section 4: a BoRR before the End-of-RIB, an EoRR
 * without a BoRR). */
bool retain_borr(struct retain *t, struct rib *r, struct rib_peer *p, enum family family,
		 int64_t now);
bool retain_eorr(struct retain *t, struct rib *r, struct rib_peer *p, enum family family);
int64_t retain_deadline(const struct retain *t);
/* Does one thing whose time has come; false: there is none. */
bool retain_next(struct retain *t, struct rib *r, struct rib_peer *p, int64_t now,
		 struct retain_event *out);

#endif
