/* replace: see replace.h. */
#include "agent/io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SWAPS_MAX 16 /* with a writer that is as quick as we are */

int replace_lock(const char *path, int *fd)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (dir < 0)
		return -errno;
	while (flock(dir, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		err = -errno;
		close(dir);
		return err;
	}
	*fd = dir;
	return 0;
}

static int read_all(int fd, size_t max, struct text *out)
{
	char buf[65536];
	size_t got = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		got += (size_t)n;
		if (got > max)
			return -EFBIG;
		text_append(out, buf, (size_t)n);
	}
	return 0;
}

int replace_read(int dir, const char *name, size_t max, struct text *out, struct stat *st)
{
	struct stat own = {0};
	/* O_NONBLOCK: somebody may have put a pipe there */
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err = 0;

	if (fd < 0)
		return -errno;
	st = st ? st : &own;
	if (fstat(fd, st) != 0)
		err = -errno;
	else if (!S_ISREG(st->st_mode))
		err = -EINVAL;
	else
		err = read_all(fd, max, out);
	close(fd);
	return err;
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
	return 0;
}

int replace_prepare(int dir, const char *temp, mode_t mode, const char *data, size_t len)
{
	int fd, err;

	unlinkat(dir, temp, 0);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, len);
	if (!err && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		err = -errno;
	if (close(fd) != 0 && !err)
		err = -errno;
	if (err)
		unlinkat(dir, temp, 0);
	return err;
}

int replace_commit(int dir, const char *temp, const char *name)
{
	if (renameat(dir, temp, dir, name) == 0)
		return fsync(dir) == 0 ? 0 : -errno;
	return -errno;
}

static bool same(const struct text *a, const struct text *b)
{
	return a->len == b->len && (!a->len || memcmp(a->s, b->s, a->len) == 0);
}

/* Exchanges the two, and looks at what came out: what is expected to have been there, or what
 * somebody else wrote since, which is newer than what went in and so is put back. */
static int exchange(int dir, const char *temp, const char *name, const struct text *old,
		    const struct text *new)
{
	struct text there = {0}, going = {0};
	int err = -EBUSY;

	text_append(&there, old->s, old->len);
	text_append(&going, new->s, new->len);
	for (int i = 0; i < SWAPS_MAX; i++) {
		struct text out = {0};

		if (renameat2(dir, temp, dir, name, RENAME_EXCHANGE) != 0) {
			err = -errno;
			break;
		}
		err = replace_read(dir, temp, REPLACE_MAX, &out, NULL);
		if (err || same(&out, &there)) {
			text_free(&out);
			err = err ? err : i == 0 ? 0 : -ESTALE;
			break;
		}
		text_free(&there);
		there = going;
		going = out;
		err = -EBUSY;
	}
	text_free(&there);
	text_free(&going);
	return err;
}

int replace_swap(int dir, const char *temp, const char *name, const struct text *old,
		 const struct text *new)
{
	struct stat st;
	int err, sync_err;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	err = replace_prepare(dir, temp, st.st_mode & 07777, new->s, new->len);
	if (err)
		return err;
	/* the owner is a courtesy: root without CAP_CHOWN keeps what root writes */
	(void)!fchownat(dir, temp, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
	err = exchange(dir, temp, name, old, new);
	if (err == -EINVAL || err == -ENOSYS) {
		/* a file system without the exchange: looked at once more instead */
		struct text now = {0};

		err = replace_read(dir, name, REPLACE_MAX, &now, NULL);
		if (!err && !same(&now, old))
			err = -ESTALE;
		text_free(&now);
		if (!err && renameat(dir, temp, dir, name) != 0)
			err = -errno;
	}
	unlinkat(dir, temp, 0);
	sync_err = fsync(dir) == 0 ? 0 : -errno;
	return err ? err : sync_err;
}
