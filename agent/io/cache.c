/* cache: see cache.h. */
#include "agent/io/cache.h"

#include "agent/lib/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 4096

/* false: too long. */
static bool join(char *path, const char *dir, const char *begin, const char *name, const char *end)
{
	return snprintf(path, PATH_LEN, "%s/%s%s%s", dir, begin, name, end) < PATH_LEN;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

/* Its entries are on the disk. */
static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

int cache_write(const char *dir, const char *name, const char *data, size_t len)
{
	char tmp[PATH_LEN], path[PATH_LEN];
	int fd, err;

	if (!join(tmp, dir, ".", name, ".new") || !join(path, dir, "", name, ""))
		return -ENAMETOOLONG;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	/* what a crash left there is nobody's */
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err) {
		unlink(tmp);
		return err;
	}
	return sync_dir(dir);
}

static int read_all(int fd, size_t max, char **out, size_t *len)
{
	struct stat st;
	char *buf;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) || st.st_mode & 022)
		return -EPERM;
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return -EFBIG;
	buf = mem_zalloc((size_t)st.st_size + 1);
	*len = 0;
	while (*len < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + *len, (size_t)st.st_size - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(buf);
			return err;
		}
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	*out = buf;
	return 0;
}

int cache_read(const char *dir, const char *name, size_t max, char **out, size_t *len)
{
	char path[PATH_LEN];
	int fd, err;

	if (!join(path, dir, "", name, ""))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(fd, max, out, len);
	close(fd);
	return err;
}

void cache_set_aside(const char *dir, const char *name)
{
	char path[PATH_LEN], aside[PATH_LEN];

	if (join(path, dir, "", name, "") && join(aside, dir, "", name, ".bad"))
		rename(path, aside);
}
