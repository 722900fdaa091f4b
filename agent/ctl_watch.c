/*
 * ctl_watch: keeps the plugin in its place, and in the chain.
 *
 * Level-triggered: whatever happened in one of the two directories, the whole is looked at, and
 * what is not as wanted is made so. Where somebody undoes it each time (Cilium with cni.exclusive),
 * it is left for a while, and said.
 */
#include "agent/ctl_install.h"
#include "agent/io/log.h"
#include "agent/io/loop.h"
#include "agent/lib/breaker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOOK_US  (60LL * 1000 * 1000) /* without being told to */
#define RETRY_US (5LL * 1000 * 1000)  /* after a failure */
#define GONE_US  (1LL * 1000 * 1000)  /* a directory is not there, so nothing tells of its return */
#define WATCHED \
	(IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)

struct watch {
	struct install *in;
	struct loop *loop;
	struct loop_timer *timer;
	struct breaker breaker;
	int inotify;
	bool waiting; /* for a list, said so */
	unsigned long added;
};

/* Added anew each time: a directory that was taken away and made again is another. False if one
 * of them is not watched. */
static bool watch_dirs(struct watch *w)
{
	bool bin = inotify_add_watch(w->inotify, w->in->bin_dir, WATCHED) >= 0;
	bool conf = inotify_add_watch(w->inotify, w->in->conf_dir, WATCHED) >= 0;

	return bin && conf;
}

static enum install_result drop_in(struct watch *w)
{
	enum install_result r = cni_drop_in(w->in);
	unsigned int n;

	if (r == INSTALL_DONE) {
		cni_remove(w->in, true, false, &n);
		log_info("the plugin was put beside the list of plugins", "dir=%s network=%s",
			 w->in->conf_dir, w->in->network);
	}
	return r;
}

/* Whether the entry may be put in now; the first time is nobody's undoing. */
static bool may_patch(struct watch *w)
{
	int64_t now = loop_now(w->loop), until = breaker_until(&w->breaker);

	if (!w->added || breaker_try(&w->breaker, now))
		return true;
	if (breaker_until(&w->breaker) != until)
		log_warning("somebody takes the plugin out of the list of plugins each time, "
			    "waiting: set cni.exclusive=false in Cilium's Helm values, or use "
			    "--mode configmap",
			    "dir=%s seconds=%lld", w->in->conf_dir,
			    (long long)((breaker_until(&w->breaker) - now) / 1000000));
	return false;
}

static enum install_result patch(struct watch *w)
{
	char name[256] = "";
	enum install_result r = cni_patch_wanted(w->in, name);
	unsigned int n;

	if (r == INSTALL_DONE) {
		if (!may_patch(w))
			return INSTALL_ALREADY;
		r = cni_patch(w->in, name);
	}
	if (r == INSTALL_DONE) {
		cni_remove(w->in, false, true, &n);
		log_info("the plugin was put into the list of plugins", "file=%s times=%lu", name,
			 ++w->added);
	} else if (r == INSTALL_NO_LIST && !w->waiting) {
		log_info("no list of plugins yet, waiting for it", "dir=%s network=%s",
			 w->in->conf_dir, w->in->network);
	}
	w->waiting = r == INSTALL_NO_LIST;
	return r;
}

/* The program first. In the breaker's pause it is kept, and the list left to whoever else writes
 * it. */
static void look(void *ctx)
{
	struct watch *w = ctx;
	int64_t now = loop_now(w->loop), next = now + LOOK_US;
	enum install_result r = INSTALL_FAILED;
	bool watched = watch_dirs(w), changed;

	if (cni_place_program(w->in, &changed)) {
		if (changed)
			log_info("the plugin was put in its place", "dir=%s", w->in->bin_dir);
		r = w->in->mode == INSTALL_PATCH    ? patch(w)
		    : w->in->mode == INSTALL_DROPIN ? drop_in(w)
						    : INSTALL_ALREADY;
	}
	if (r == INSTALL_FAILED)
		next = now + RETRY_US;
	else if (breaker_until(&w->breaker) > now)
		next = breaker_until(&w->breaker);
	if (!watched && next > now + GONE_US)
		next = now + GONE_US;
	w->in->quiet = true;
	loop_timer_set(w->timer, next);
}

static void on_events(void *ctx, unsigned int events)
{
	struct watch *w = ctx;
	_Alignas(struct inotify_event) char buf[16384];

	(void)events;
	/* what it was does not matter */
	if (read(w->inotify, buf, sizeof(buf)) > 0)
		look(w);
}

static void on_stop(void *ctx)
{
	struct watch *w = ctx;

	loop_stop(w->loop);
}

int cni_watch(struct install *in)
{
	struct watch w = {.in = in};
	struct loop_signal *term, *intr;
	struct loop_fd *fd;

	log_init(LOG_INFO, false);
	w.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w.inotify < 0) {
		log_error("cannot watch directories", "reason=%s", strerror(errno));
		return CTL_REFUSED;
	}
	w.loop = loop_new();
	w.timer = loop_timer_new(w.loop, look, &w);
	fd = loop_fd_new(w.loop, w.inotify, LOOP_READ, on_events, &w);
	term = loop_signal_new(w.loop, SIGTERM, on_stop, &w);
	intr = loop_signal_new(w.loop, SIGINT, on_stop, &w);
	look(&w);
	loop_run(w.loop);
	loop_signal_free(term);
	loop_signal_free(intr);
	loop_fd_free(fd);
	loop_timer_free(w.timer);
	loop_free(w.loop);
	close(w.inotify);
	return CTL_OK;
}
