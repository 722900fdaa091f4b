/* breaker: see breaker.h. */
#include "agent/lib/breaker.h"

#include <string.h>

bool breaker_try(struct breaker *b, int64_t now)
{
	if (now < b->until)
		return false;
	while (b->n && now - b->at[0] > BREAKER_WINDOW_US)
		memmove(b->at, b->at + 1, --b->n * sizeof(b->at[0]));
	if (b->n < BREAKER_TIMES) {
		b->at[b->n++] = now;
		return true;
	}
	if (!b->pause || now - b->until > 2 * BREAKER_PAUSE_MAX_US)
		b->pause = BREAKER_PAUSE_US;
	else if (b->pause < BREAKER_PAUSE_MAX_US / 2)
		b->pause *= 2;
	else
		b->pause = BREAKER_PAUSE_MAX_US;
	b->until = now + b->pause;
	b->n = 0;
	return false;
}

int64_t breaker_until(const struct breaker *b)
{
	return b->until;
}
