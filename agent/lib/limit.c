/* limit: see limit.h. */
#include "agent/lib/limit.h"

#include <string.h>

static struct limit_name *find(struct limit *l, const char *name, int64_t now)
{
	struct limit_name *quiet = &l->names[0];

	for (size_t i = 0; i < LIMIT_NAMES; i++) {
		struct limit_name *n = &l->names[i];

		if (*n->name && strncmp(n->name, name, LIMIT_NAME_MAX - 1) == 0)
			return n;
		if (!*n->name || (*quiet->name && n->last < quiet->last))
			quiet = n;
	}
	*quiet = (struct limit_name){.last = now, .credit_us = l->burst * l->interval_us};
	memcpy(quiet->name, name, strnlen(name, LIMIT_NAME_MAX - 1));
	return quiet;
}

static int64_t credit(const struct limit *l, const struct limit_name *n, int64_t now)
{
	int64_t c = n->credit_us + (now - n->last);

	return c < l->burst * l->interval_us ? c : l->burst * l->interval_us;
}

bool limit_take(struct limit *l, const char *name, int64_t now)
{
	struct limit_name *n = find(l, name, now);

	n->credit_us = credit(l, n, now);
	n->last = now;
	if (n->credit_us >= l->interval_us) {
		n->credit_us -= l->interval_us;
		return true;
	}
	n->refused++;
	l->refused++;
	return false;
}

const char *limit_refused(struct limit *l, int64_t now, bool all, uint64_t *n)
{
	for (size_t i = 0; i < LIMIT_NAMES; i++) {
		struct limit_name *at = &l->names[i];

		if (!at->refused || (!all && credit(l, at, now) < l->interval_us))
			continue;
		*n = at->refused;
		at->refused = 0;
		return at->name;
	}
	return NULL;
}
