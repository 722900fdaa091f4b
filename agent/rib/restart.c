/* restart: see restart.h. */
#include "agent/rib/restart.h"

void restart_begin(struct restart *r, int64_t now)
{
	*r = (struct restart){.deferring = true,
			      .defer_until = now + RESTART_DEFER_US,
			      .sweep_at = now + RESTART_SWEEP_US};
}

unsigned int restart_look(struct restart *r, bool synced, bool busy, int64_t now)
{
	unsigned int steps = RESTART_NOTHING;

	if (r->deferring && (synced || now >= r->defer_until)) {
		r->deferring = false;
		steps |= synced ? RESTART_SYNCED : RESTART_LATE;
	}
	if (r->sweep_at && ((synced && !r->deferring && !busy) || now >= r->sweep_at)) {
		r->sweep_at = 0;
		steps |= RESTART_SWEEP;
	}
	return steps;
}

int64_t restart_deadline(const struct restart *r)
{
	int64_t at = r->deferring ? r->defer_until : INT64_MAX;

	return r->sweep_at && r->sweep_at < at ? r->sweep_at : at;
}
