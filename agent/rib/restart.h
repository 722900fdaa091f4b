/*
 * restart: what an agent that finds routes of an earlier run in the kernel waits for (RFC 4724
 * section 4.1): nothing is decided until each peer has said all that it knows, or the time is over;
 * what nobody has announced again by then, and is decided, is swept.
 */
#ifndef LEAFPEER_RIB_RESTART_H
#define LEAFPEER_RIB_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#define RESTART_DEFER_US (20 * 1000 * 1000)  /* for the peers' End-of-RIBs */
#define RESTART_SWEEP_US (120 * 1000 * 1000) /* then what nobody announced again goes */

struct restart { /* all zero: there is none */
	bool deferring;
	int64_t defer_until; /* stays, when deferring ends before: our own End-of-RIB's limit */
	int64_t sweep_at;    /* 0: nothing to sweep */
};

enum restart_step {
	RESTART_NOTHING = 0,
	RESTART_SYNCED = 1, /* decide: every peer has sent its End-of-RIB */
	RESTART_LATE = 2,   /* decide: the time is over */
	RESTART_SWEEP = 4,
};

void restart_begin(struct restart *r, int64_t now);
/* synced: there are peers, and each has said all that it knows. busy: not all is decided yet. Each
 * step comes once; what decides may come with the sweep. */
unsigned int restart_look(struct restart *r, bool synced, bool busy, int64_t now);
/* When to look again, whatever happens until then; INT64_MAX: there is no need. */
int64_t restart_deadline(const struct restart *r);

#endif
