/*
 * drain: the node's prefixes are first announced as about to go (RFC 8326), later not at all.
 *
 * Several may want it at once (a person at the prompt, an annotation, a cordoned Node): it is over
 * when nobody does any more, and the time counts from when the first did.
 */
#include "agent/agent.h"
#include "agent/io/log.h"

static const char *reasons_str(unsigned int reasons)
{
	return reasons & DRAIN_COMMAND      ? "command"
	       : reasons & DRAIN_CONFIGURED ? "configuration"
	       : reasons & DRAIN_CORDON     ? "the Node is cordoned"
	       : reasons & DRAIN_TAINT      ? "a taint of the Node"
					    : "none";
}

void drain_set(struct agent *a, unsigned int mask, unsigned int reasons, int64_t seconds)
{
	unsigned int before = a->drain_reasons;

	a->drain_reasons = (before & ~mask) | (reasons & mask);
	/* at the prompt, it begins anew each time */
	if (before == a->drain_reasons && !(mask & reasons & DRAIN_COMMAND))
		return;
	if (!before || (mask & reasons & DRAIN_COMMAND)) {
		a->draining = true;
		a->drain_withdraw_at = loop_now(a->loop) + seconds * 1000000;
		log_info("draining", "why=%s withdrawn_in=%lld", reasons_str(a->drain_reasons),
			 (long long)seconds);
	} else if (!a->drain_reasons) {
		a->draining = false;
		log_info("no longer draining", "");
	}
	announce_all(a);
	agent_set_timer(a);
}
