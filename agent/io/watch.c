/* watch: see watch.h. */
#include "agent/io/watch.h"

#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WATCHED                                                                                  \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)

struct watch {
	struct loop *loop;
	char *dir;
	char *name; /* of the file, in dir */
	loop_fn *fn;
	void *ctx;
	int fd, wd; /* wd -1: the directory is not there */
	struct loop_fd *ready;
	struct loop_timer *timer;
};

static void look_later(struct watch *w, int64_t us)
{
	loop_timer_set(w->timer, loop_now(w->loop) + us);
}

static void add(struct watch *w)
{
	w->wd = inotify_add_watch(w->fd, w->dir, WATCHED);
	if (w->wd < 0)
		look_later(w, WATCH_AGAIN_US);
}

static void on_timer(void *ctx)
{
	struct watch *w = ctx;

	if (w->wd < 0)
		add(w);
	w->fn(w->ctx);
}

static bool concerns(struct watch *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW)
		return true;
	if (e->wd != w->wd)
		return false; /* of a watch before this one */
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
		if (e->mask & IN_MOVE_SELF)
			inotify_rm_watch(w->fd, w->wd);
		w->wd = -1;
		return true;
	}
	return e->len && (strcmp(e->name, w->name) == 0 || strncmp(e->name, "..", 2) == 0);
}

static void on_ready(void *ctx, unsigned int events)
{
	struct watch *w = ctx;
	union {
		char octets[4096];
		struct inotify_event align;
	} buf;
	bool look = false;
	ssize_t n;

	(void)events;
	while ((n = read(w->fd, buf.octets, sizeof(buf.octets))) > 0) {
		for (char *at = buf.octets; at < buf.octets + n;) {
			const struct inotify_event *e = (void *)at;

			look |= concerns(w, e);
			at += sizeof(*e) + e->len;
		}
	}
	if (look)
		look_later(w, WATCH_SETTLE_US);
}

struct watch *watch_new(struct loop *l, const char *path, loop_fn *fn, void *ctx)
{
	const char *slash = strrchr(path, '/');
	struct watch *w = mem_zalloc(sizeof(*w));

	w->loop = l;
	w->fn = fn;
	w->ctx = ctx;
	w->name = mem_strdup(slash ? slash + 1 : path);
	w->dir = mem_strdup(slash == path ? "/" : slash ? path : ".");
	if (slash && slash != path)
		w->dir[slash - path] = '\0';
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->ready = w->fd < 0 ? NULL : loop_fd_new(l, w->fd, LOOP_READ, on_ready, w);
	w->timer = loop_timer_new(l, on_timer, w);
	if (!w->ready) {
		int err = errno;

		watch_free(w);
		errno = err;
		return NULL;
	}
	add(w);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	loop_fd_free(w->ready);
	loop_timer_free(w->timer);
	if (w->fd >= 0)
		close(w->fd);
	free(w->dir);
	free(w->name);
	free(w);
}
