/* cache: see cache.h. */
#include "agent/io/cache.h"

#include "agent/io/replace.h"
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
static bool join(char *path, const char *dir, const char *name, const char *end)
{
	return snprintf(path, PATH_LEN, "%s/%s%s", dir, name, end) < PATH_LEN;
}

int cache_write(const char *dir, const char *name, const char *data, size_t len)
{
	char temp[PATH_LEN];
	int fd, err;

	if (snprintf(temp, sizeof(temp), ".%s.new", name) >= PATH_LEN)
		return -ENAMETOOLONG;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = replace_prepare(fd, temp, 0600, data, len);
	if (!err) {
		err = replace_commit(fd, temp, name);
		if (err)
			unlinkat(fd, temp, 0);
	}
	close(fd);
	return err;
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

	if (!join(path, dir, name, ""))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(fd, max, out, len);
	close(fd);
	return err;
}

int cache_time(const char *dir, const char *name, int64_t *wall_s)
{
	char path[PATH_LEN];
	struct stat st;

	if (!join(path, dir, name, ""))
		return -ENAMETOOLONG;
	if (lstat(path, &st) != 0)
		return -errno;
	*wall_s = st.st_mtim.tv_sec;
	return 0;
}

void cache_set_aside(const char *dir, const char *name)
{
	char path[PATH_LEN], aside[PATH_LEN];

	if (join(path, dir, name, "") && join(aside, dir, name, ".bad"))
		rename(path, aside);
}
