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

#define PODS_DIR   "pods"
#define TEMP_OLD_S 60 /* a temporary file this old belongs to nobody any more */

/* Of one attachment. Runtimes do one thing at a time with it, so no other process has the same
 * temporary name, and the next one to have it finds what a killed one left. */
struct names {
	char temp[1 + RECORD_FILENAME_MAX];
	const char *record; /* the same without the dot */
};

/* Makes the last two directories of the path at most: state_dir's parent is the system's to make.
 */
static int open_dir(const char *state_dir, bool create)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/" PODS_DIR, state_dir) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !create)
		return fd >= 0 ? fd : -errno;
	if ((mkdir(state_dir, 0700) != 0 && errno != EEXIST) ||
	    (mkdir(path, 0700) != 0 && errno != EEXIST))
		return -errno;
	fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static void make_names(const char *network, const char *container_id, const char *ifname,
		       struct names *n)
{
	n->temp[0] = '.';
	record_filename(network, container_id, ifname, n->temp + 1);
	n->record = n->temp + 1;
}

/* What a killed writer left in its place goes, which is not looked for before it is in the way. */
static int create(int dir, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(dir, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(dir, name, 0) == 0)
		fd = openat(dir, name, flags, 0600);
	return fd < 0 ? -errno : fd;
}

static int write_record(int dir, const struct names *n, const char *text)
{
	int fd = create(dir, n->temp);
	int err;

	if (fd < 0)
		return fd;
	err = write_all(fd, text, strlen(text));
	if (close(fd) != 0 && !err)
		err = -errno;
	if (!err && renameat(dir, n->temp, dir, n->record) != 0)
		err = -errno;
	if (err)
		unlinkat(dir, n->temp, 0);
	return err;
}

int store_put(const char *state_dir, const struct pod_record *r)
{
	struct names n;
	int dir = open_dir(state_dir, true);
	char *text;
	int err;

	if (dir < 0)
		return dir;
	make_names(r->network, r->container_id, r->ifname, &n);
	text = record_format(r);
	err = text ? write_record(dir, &n, text) : -ENOMEM;
	free(text);
	close(dir);
	return err;
}

/* A file system that cannot be written to says so before it looks whether the file is there. */
static int remove_file(int dir, const char *name)
{
	struct stat st;
	int err = unlinkat(dir, name, 0) == 0 ? 0 : -errno;

	if (err && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return 0;
	return err;
}

int store_remove(const char *state_dir, const char *network, const char *container_id,
		 const char *ifname)
{
	struct names n;
	int dir = open_dir(state_dir, false);
	int err, err2;

	if (dir < 0)
		return dir == -ENOENT || dir == -ENOTDIR ? 0 : dir;
	make_names(network, container_id, ifname, &n);
	err = remove_file(dir, n.record);
	err2 = remove_file(dir, n.temp);
	close(dir);
	return err ? err : err2;
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

static bool is_old(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime > TEMP_OLD_S;
}

int store_sweep(const char *state_dir, const char *network,
		bool (*keep)(const void *ctx, const char *container_id, const char *ifname),
		const void *ctx)
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
		const char *name = de->d_name;
		bool temp = *name == '.';
		struct pod_record r;
		bool gone = temp && is_old(dir, name);
		int e = 0;

		if (!record_filename_is_of(name + temp, network))
			continue;
		if (!temp) {
			/* one that cannot be read is left for people to look at */
			e = read_record(dir, name, &r);
			gone = !e && strcmp(r.network, network) == 0 &&
			       !keep(ctx, r.container_id, r.ifname);
		}
		if (gone)
			e = remove_file(dir, name);
		if (e && e != -ENOENT && !err)
			err = e;
	}
	closedir(d);
	return err;
}
