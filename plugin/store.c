/* store: see store.h. */
#include "plugin/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PODS_DIR    "pods"
#define TEMP_PREFIX ".tmp-"
#define TEMP_OLD_S  60 /* a temporary file this old belongs to nobody any more */

/* Makes the last two directories of the path at most: state_dir's parent is the system's to make.
 */
static int open_dir(const char *state_dir, bool create)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/" PODS_DIR, state_dir) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !create)
		return fd >= 0 ? fd : -errno;
	if ((mkdir(state_dir, 0700) != 0 && errno != EEXIST) ||
	    (mkdir(path, 0700) != 0 && errno != EEXIST))
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static int write_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

int store_put(const char *state_dir, const struct pod_record *r)
{
	char name[RECORD_FILENAME_MAX], temp[64];
	char *text = record_format(r);
	int dir, fd, err;

	if (!text)
		return -ENOMEM;
	dir = open_dir(state_dir, true);
	if (dir < 0) {
		free(text);
		return dir;
	}
	record_filename(r->network, r->container_id, r->ifname, name);
	/* the process ID is ours alone as long as we live, whatever is there is a dead one's */
	snprintf(temp, sizeof(temp), TEMP_PREFIX "%ld", (long)getpid());
	unlinkat(dir, temp, 0);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? -errno : write_all(fd, text, strlen(text));
	if (fd >= 0 && close(fd) != 0 && !err)
		err = -errno;
	if (!err && renameat(dir, temp, dir, name) != 0)
		err = -errno;
	if (err && fd >= 0)
		unlinkat(dir, temp, 0);
	close(dir);
	free(text);
	return err;
}

int store_remove(const char *state_dir, const char *network, const char *container_id,
		 const char *ifname)
{
	char name[RECORD_FILENAME_MAX];
	int dir = open_dir(state_dir, false);
	int err = 0;

	if (dir < 0)
		return dir == -ENOENT || dir == -ENOTDIR ? 0 : dir;
	record_filename(network, container_id, ifname, name);
	if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		err = -errno;
	close(dir);
	return err;
}

static int read_record(int dir, const char *name, struct pod_record *out)
{
	static char buf[RECORD_MAX_BYTES + 1];
	const char *why;
	size_t len = 0;
	ssize_t n;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	while (len < sizeof(buf) && (n = read(fd, buf + len, sizeof(buf) - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return -errno;
		}
		len += (size_t)n;
	}
	close(fd);
	return record_parse(buf, len, out, &why) ? 0 : -EBADMSG;
}

int store_get(const char *state_dir, const char *network, const char *container_id,
	      const char *ifname, struct pod_record *out)
{
	char name[RECORD_FILENAME_MAX];
	int dir = open_dir(state_dir, false);
	int err;

	if (dir < 0)
		return dir;
	record_filename(network, container_id, ifname, name);
	err = read_record(dir, name, out);
	close(dir);
	return err;
}

static bool is_old_temp(int dir, const char *name)
{
	struct stat st;

	return strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0 &&
	       fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime > TEMP_OLD_S;
}

int store_sweep(const char *state_dir, const char *network,
		bool (*keep)(void *ctx, const char *container_id, const char *ifname), void *ctx)
{
	int dir = open_dir(state_dir, false);
	struct dirent *de;
	int err = 0;
	DIR *d;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	d = fdopendir(dir);
	if (!d) {
		err = -errno;
		close(dir);
		return err;
	}
	while ((de = readdir(d))) {
		struct pod_record r;
		bool gone = is_old_temp(dir, de->d_name);

		if (!gone && record_filename_is_of(de->d_name, network)) {
			int got = read_record(dir, de->d_name, &r);

			/* one that cannot be read is left for people to look at */
			gone = got == 0 && strcmp(r.network, network) == 0 &&
			       !keep(ctx, r.container_id, r.ifname);
			if (got && got != -ENOENT && !err)
				err = got;
		}
		if (gone && unlinkat(dir, de->d_name, 0) != 0 && errno != ENOENT && !err)
			err = -errno;
	}
	closedir(d);
	return err;
}
