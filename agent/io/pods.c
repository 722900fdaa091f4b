/*
 * pods: see pods.h.
 *
 * Entries are kept sorted by file name. An entry remembers what its file looked like (inode, size,
 * time), so a scan reads only what is new; an entry without a record is a file that was no good.
 */
#include "agent/io/pods.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESCAN_US (1000 * 1000) /* when the directory is gone */
#define WATCHED                                                                      \
	(IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)

struct entry {
	char *name;
	bool good;
	bool seen; /* by the scan under way */
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct pod_record record;
	struct orphan orphan;
};

struct pods {
	struct loop *loop;
	char *dir;
	const struct pods_ops *ops;
	void *ctx;
	int inotify;
	int wd;
	struct loop_fd *watch;
	struct loop_timer *timer;
	struct entry **entries;
	size_t n, cap, good;
};

static size_t find(const struct pods *p, const char *name, bool *found)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(p->entries[mid]->name, name);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = false;
	return lo;
}

static void entry_clear(struct pods *p, struct entry *e)
{
	if (!e->good)
		return;
	e->good = false;
	p->good--;
	p->ops->removed(p->ctx, &e->record);
	record_fini(&e->record);
}

static void entry_drop(struct pods *p, size_t at)
{
	struct entry *e = p->entries[at];

	entry_clear(p, e);
	free(e->name);
	free(e);
	memmove(p->entries + at, p->entries + at + 1, (p->n - at - 1) * sizeof(*p->entries));
	p->n--;
}

static struct entry *entry_make(struct pods *p, size_t at, const char *name)
{
	struct entry *e;

	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 64;
		p->entries = mem_grow(p->entries, p->cap, sizeof(*p->entries));
	}
	memmove(p->entries + at + 1, p->entries + at, (p->n - at) * sizeof(*p->entries));
	p->n++;
	e = p->entries[at] = mem_zalloc(sizeof(*e));
	e->name = mem_strdup(name);
	return e;
}

/* The whole file in buf, or a reason. */
static const char *read_file(int fd, const struct stat *st, char *buf, size_t *len)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size > RECORD_MAX_BYTES)
		return "larger than a record may be";
	for (*len = 0; *len <= RECORD_MAX_BYTES;) {
		ssize_t n = read(fd, buf + *len, RECORD_MAX_BYTES + 1 - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return strerror(errno);
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return *len > RECORD_MAX_BYTES ? "larger than a record may be" : NULL;
}

static bool same_file(const struct entry *e, const struct stat *st)
{
	return e->ino == st->st_ino && e->size == st->st_size &&
	       e->mtime.tv_sec == st->st_mtim.tv_sec && e->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

static void load(struct pods *p, const char *name)
{
	static char buf[RECORD_MAX_BYTES + 1];
	struct pod_record record;
	const char *why = NULL;
	struct entry *e;
	struct stat st;
	size_t len = 0, at;
	bool found;
	int dir = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* O_NONBLOCK: somebody may have put a pipe there */
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err = fd < 0 ? errno : 0;

	if (dir >= 0)
		close(dir);
	at = find(p, name, &found);
	if (err == ENOENT) {
		if (found)
			entry_drop(p, at);
		return;
	}
	memset(&st, 0, sizeof(st));
	if (err)
		why = strerror(err);
	else if (fstat(fd, &st) != 0)
		why = strerror(errno);
	if (found && !why && same_file(p->entries[at], &st)) {
		p->entries[at]->seen = true;
		close(fd);
		return;
	}
	if (!found && p->n >= PODS_MAX) {
		if (fd >= 0)
			close(fd);
		log_warning("too many pod records, the rest is not looked at", "limit=%u",
			    PODS_MAX);
		return;
	}
	if (!why)
		why = read_file(fd, &st, buf, &len);
	if (fd >= 0)
		close(fd);
	if (!why)
		record_parse(buf, len, &record, &why);
	e = found ? p->entries[at] : entry_make(p, at, name);
	entry_clear(p, e);
	e->seen = true;
	e->ino = st.st_ino;
	e->size = st.st_size;
	e->mtime = st.st_mtim;
	if (why) {
		log_warning("pod record skipped", "file=%s reason=%s", name, why);
		return;
	}
	e->good = true;
	e->record = record;
	memset(&e->orphan, 0, sizeof(e->orphan));
	p->good++;
	p->ops->added(p->ctx, &e->record);
}

static bool is_record_name(const char *name)
{
	size_t len = strlen(name);

	/* names that begin with a dot are records being written */
	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static void drop_all(struct pods *p)
{
	while (p->n)
		entry_drop(p, p->n - 1);
}

static void scan(struct pods *p)
{
	DIR *d = opendir(p->dir);
	struct dirent *de;

	if (!d) {
		if (errno == ENOENT)
			drop_all(p);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		p->entries[i]->seen = false;
	while ((de = readdir(d))) {
		if (is_record_name(de->d_name))
			load(p, de->d_name);
	}
	closedir(d);
	for (size_t i = p->n; i > 0; i--) {
		if (!p->entries[i - 1]->seen)
			entry_drop(p, i - 1);
	}
}

static int make_dirs(const char *path)
{
	char *copy = mem_strdup(path);
	int err = 0;

	for (char *s = copy + 1; !err; s++) {
		char c = *s;

		if (c != '/' && c != '\0')
			continue;
		*s = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			err = -errno;
		*s = c;
		if (!c)
			break;
	}
	free(copy);
	return err;
}

/* Watches first, scans afterwards: what comes in between is seen twice rather than never. */
static int watch_and_scan(struct pods *p)
{
	int err = make_dirs(p->dir);

	if (!err) {
		p->wd = inotify_add_watch(p->inotify, p->dir, WATCHED);
		if (p->wd < 0)
			err = -errno;
	}
	scan(p);
	loop_timer_set(p->timer, err ? loop_now(p->loop) + RESCAN_US : INT64_MAX);
	return err;
}

static void on_timer(void *ctx)
{
	struct pods *p = ctx;

	watch_and_scan(p);
}

static void on_events(void *ctx, unsigned int events)
{
	struct pods *p = ctx;
	_Alignas(struct inotify_event) char buf[16384];
	bool rescan = false, gone = false;
	ssize_t n;

	(void)events;
	n = read(p->inotify, buf, sizeof(buf));
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *ev = (const void *)(buf + at);

		at += (ssize_t)(sizeof(*ev) + ev->len);
		if (ev->mask & IN_Q_OVERFLOW)
			rescan = true;
		else if (ev->wd != p->wd)
			continue;
		else if (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
			gone = true;
		else if (ev->len && is_record_name(ev->name))
			load(p, ev->name);
	}
	if (gone) {
		log_warning("the directory of pod records was taken away, making it again",
			    "dir=%s", p->dir);
		inotify_rm_watch(p->inotify, p->wd);
		watch_and_scan(p);
	} else if (rescan) {
		scan(p);
	}
}

int pods_open(struct loop *l, const char *dir, const struct pods_ops *ops, void *ctx,
	      struct pods **out)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct pods *p;
	int err;

	if (fd < 0)
		return -errno;
	p = mem_zalloc(sizeof(*p));
	p->loop = l;
	p->dir = mem_strdup(dir);
	p->ops = ops;
	p->ctx = ctx;
	p->inotify = fd;
	p->timer = loop_timer_new(l, on_timer, p);
	p->watch = loop_fd_new(l, fd, LOOP_READ, on_events, p);
	err = p->watch ? watch_and_scan(p) : -EMFILE;
	if (err) {
		pods_close(p);
		return err;
	}
	*out = p;
	return 0;
}

void pods_close(struct pods *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (p->entries[i]->good)
			record_fini(&p->entries[i]->record);
		free(p->entries[i]->name);
		free(p->entries[i]);
	}
	free(p->entries);
	loop_fd_free(p->watch);
	loop_timer_free(p->timer);
	close(p->inotify);
	free(p->dir);
	free(p);
}

size_t pods_count(const struct pods *p)
{
	return p->good;
}

size_t pods_skipped(const struct pods *p)
{
	return p->n - p->good;
}

const struct pod_record *pods_at(const struct pods *p, size_t i)
{
	if (p->good == p->n)
		return i < p->n ? &p->entries[i]->record : NULL;
	for (size_t at = 0; at < p->n; at++) {
		if (p->entries[at]->good && i-- == 0)
			return &p->entries[at]->record;
	}
	return NULL;
}

bool pods_file(struct pods *p, size_t i, const struct pod_record **r, struct orphan **o)
{
	if (i >= p->n)
		return false;
	*r = p->entries[i]->good ? &p->entries[i]->record : NULL;
	*o = &p->entries[i]->orphan;
	return true;
}

int pods_remove(struct pods *p, size_t i)
{
	int dir = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct entry *e = p->entries[i];
	struct stat st;
	int err = 0;

	if (dir < 0)
		return -errno;
	if (fstatat(dir, e->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		err = -errno;
	else if (!same_file(e, &st))
		err = -ESTALE;
	else if (unlinkat(dir, e->name, 0) != 0)
		err = -errno;
	close(dir);
	if (err && err != -ENOENT)
		return err;
	entry_drop(p, i);
	return 0;
}
