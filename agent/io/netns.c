/* netns: see netns.h. */
#include "agent/io/netns.h"

#include <errno.h>
#include <linux/magic.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* A namespace that is held open by a path is a file of nsfs. An empty file in its place is what a
 * bind mount leaves that is not (or no longer) seen from here. */
static enum orphan_sight look_at_netns(const char *path, struct orphan_dir *dir)
{
	char parent[ORPHAN_PATH_MAX];
	struct statfs fs;
	struct stat st;

	strcpy(parent, path);
	*strrchr(parent, '/') = '\0';
	if (stat(parent, &st) != 0 || !S_ISDIR(st.st_mode) || statfs(parent, &fs) != 0 ||
	    fs.f_type == PROC_SUPER_MAGIC)
		return ORPHAN_UNKNOWN;
	dir->dev = st.st_dev;
	dir->ino = st.st_ino;
	if (statfs(path, &fs) == 0)
		return fs.f_type == NSFS_MAGIC ? ORPHAN_THERE : ORPHAN_UNKNOWN;
	return errno == ENOENT ? ORPHAN_GONE : ORPHAN_UNKNOWN;
}

void netns_look(const struct pod_record *r, struct orphan_look *out)
{
	char path[ORPHAN_PATH_MAX];

	memset(out, 0, sizeof(*out));
	if (orphan_netns_path(r->netns, path))
		out->netns = look_at_netns(path, &out->dir);
	if (*r->host_interface && if_nametoindex(r->host_interface))
		out->interface = ORPHAN_THERE;
	else if (*r->host_interface && errno == ENODEV)
		out->interface = ORPHAN_GONE;
}
