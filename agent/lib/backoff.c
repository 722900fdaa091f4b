/* backoff: see backoff.h. */
#include "agent/lib/backoff.h"

void backoff_init(struct backoff *b)
{
	*b = (struct backoff){.at = INT64_MAX, .pause = BACKOFF_FIRST_US};
}

static void not_later(struct backoff *b, int64_t at)
{
	if (at < b->at)
		b->at = at;
}

void backoff_failed(struct backoff *b, size_t n, int64_t now)
{
	/* there are others among them than were tried: those have not waited yet */
	not_later(b, now + (n > b->tried ? BACKOFF_FIRST_US : b->pause));
}

void backoff_tried(struct backoff *b, size_t n)
{
	b->pause = n == b->tried ? b->pause * 2 : BACKOFF_FIRST_US;
	if (b->pause > BACKOFF_MOST_US)
		b->pause = BACKOFF_MOST_US;
	b->tried = n;
	b->at = INT64_MAX;
}

void backoff_hurry(struct backoff *b, int64_t now)
{
	b->pause = BACKOFF_FIRST_US;
	if (b->at != INT64_MAX)
		not_later(b, now + BACKOFF_FIRST_US);
}
