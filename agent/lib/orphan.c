/* orphan: see orphan.h. */
#include "agent/lib/orphan.h"

#include <string.h>

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool orphan_netns_path(const char *netns, char out[static ORPHAN_PATH_MAX])
{
	const char *s = begins(netns, "/var/run/") ? netns + strlen("/var") : netns;
	size_t len = strlen(s);

	if (s[0] != '/' || len >= ORPHAN_PATH_MAX || s[len - 1] == '/' || begins(s, "/proc/") ||
	    strstr(s, "//") || strstr(s, "/.") || strchr(s + 1, '/') == NULL)
		return false;
	memcpy(out, s, len + 1);
	return true;
}

bool orphan_same_dir(const struct orphan_dir *a, const struct orphan_dir *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

bool orphan_alive(const struct orphan *o)
{
	return o->look.netns == ORPHAN_THERE && o->look.interface == ORPHAN_THERE;
}

bool orphan_judge(struct orphan *o, bool witness, int64_t now, int64_t grace)
{
	bool gone = o->look.netns == ORPHAN_GONE && o->look.interface == ORPHAN_GONE;

	if (orphan_alive(o) || (gone && witness)) {
		o->proven = true;
		o->proven_in = o->look.dir;
	}
	if (!gone || !o->proven || !orphan_same_dir(&o->proven_in, &o->look.dir)) {
		o->missing = false;
		return false;
	}
	if (!o->missing) {
		o->missing = true;
		o->since = now;
	}
	return now - o->since >= grace;
}
