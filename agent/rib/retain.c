/* retain: see retain.h. */
#include "agent/rib/retain.h"

#include <string.h>

#define SECOND INT64_C(1000000)

void retain_init(struct retain *t)
{
	memset(t, 0, sizeof(*t));
	for (int f = 0; f < FAMILY_COUNT; f++)
		t->until[f] = INT64_MAX;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void remove_stale(struct retain *t, struct rib *r, struct rib_peer *p, int f)
{
	rib_peer_sweep(r, p, (enum family)f);
	t->in_llgr &= (uint8_t)~FAMILY_BIT(f);
	t->refreshing &= (uint8_t)~FAMILY_BIT(f);
	t->until[f] = INT64_MAX;
}

void retain_up(struct retain *t, struct rib *r, struct rib_peer *p, const struct retain_conf *conf,
	       const struct capa_agreed *agreed, const struct capa *theirs, int64_t now)
{
	t->conf = *conf;
	t->up = true;
	t->gr_families = agreed->gr_families;
	t->gr_time = theirs->gr_time;
	t->llgr_families = conf->llgr_time ? agreed->llgr_families : 0;
	t->eor_awaited = theirs->gr ? agreed->families : 0;
	t->refreshing = 0;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		/* RFC 4724 section 4.2; RFC 9494 section 4.2 has a bit of its own for those that
		 * were kept for long */
		bool preserved =
			(theirs->gr && (theirs->gr_forwarding & FAMILY_BIT(f))) ||
			((t->in_llgr & FAMILY_BIT(f)) && (theirs->llgr_forwarding & FAMILY_BIT(f)));

		t->llgr_time[f] = min32(theirs->llgr_time[f], conf->llgr_time);
		t->until[f] = INT64_MAX;
		if (!p->stale[f])
			continue;
		if (!preserved || !(agreed->families & FAMILY_BIT(f)))
			remove_stale(t, r, p, f);
		else
			t->until[f] = now + conf->stale_time * SECOND;
	}
}

static void begin_llgr(struct retain *t, struct rib *r, struct rib_peer *p, int f, int64_t now)
{
	t->in_llgr |= (uint8_t)FAMILY_BIT(f);
	t->until[f] = now + t->llgr_time[f] * SECOND;
	rib_peer_llgr(r, p, (enum family)f);
}

static bool wants_llgr(const struct retain *t, int f)
{
	return (t->llgr_families & FAMILY_BIT(f)) && t->llgr_time[f];
}

void retain_down(struct retain *t, struct rib *r, struct rib_peer *p, bool graceful, int64_t now)
{
	unsigned int kept = graceful ? t->gr_families : 0;

	for (int f = 0; graceful && f < FAMILY_COUNT; f++) {
		if (wants_llgr(t, f))
			kept |= FAMILY_BIT(f);
	}
	t->up = false;
	rib_peer_down(r, p, kept);
	t->in_llgr = t->refreshing = 0;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		t->until[f] = INT64_MAX;
		if (!(kept & FAMILY_BIT(f)))
			continue;
		if (t->gr_families & FAMILY_BIT(f))
			t->until[f] = now + min32(t->gr_time, t->conf.stale_time) * SECOND;
		else
			begin_llgr(t, r, p, f, now);
	}
}

void retain_eor(struct retain *t, struct rib *r, struct rib_peer *p, enum family family)
{
	t->eor_awaited &= (uint8_t)~FAMILY_BIT(family);
	/* amid a refresh it is the EoRR that says what goes */
	if (!(t->refreshing & FAMILY_BIT(family)))
		remove_stale(t, r, p, family);
}

void retain_drop(struct retain *t, struct rib *r, struct rib_peer *p, enum family family)
{
	remove_stale(t, r, p, family);
}

void retain_adopt(struct retain *t)
{
	t->eor_awaited = 0;
}

bool retain_borr(struct retain *t, struct rib *r, struct rib_peer *p, enum family family,
		 int64_t now)
{
	if (t->eor_awaited & FAMILY_BIT(family))
		return false;
	rib_peer_mark_stale(r, p, family);
	t->refreshing |= (uint8_t)FAMILY_BIT(family);
	t->until[family] = now + t->conf.stale_time * SECOND;
	return true;
}

bool retain_eorr(struct retain *t, struct rib *r, struct rib_peer *p, enum family family)
{
	if (!(t->refreshing & FAMILY_BIT(family)))
		return false;
	remove_stale(t, r, p, family);
	return true;
}

int64_t retain_deadline(const struct retain *t)
{
	int64_t at = INT64_MAX;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (t->until[f] < at)
			at = t->until[f];
	}
	return at;
}

bool retain_next(struct retain *t, struct rib *r, struct rib_peer *p, int64_t now,
		 struct retain_event *out)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (t->until[f] > now)
			continue;
		*out = (struct retain_event){.family = (enum family)f, .routes = p->stale[f]};
		/* who is back and has not said it again by now does not mean it any more */
		if (!t->up && p->stale[f] && wants_llgr(t, f) && !(t->in_llgr & FAMILY_BIT(f))) {
			begin_llgr(t, r, p, f, now);
			out->what = RETAIN_LONG_LIVED;
			out->seconds = t->llgr_time[f];
		} else {
			remove_stale(t, r, p, f);
			out->what = RETAIN_REMOVED;
		}
		return true;
	}
	return false;
}
