/* loop: see loop.h. libuv closes handles asynchronously, so each lives in a block of its own that
 * the close callback frees. */
#include "agent/io/loop.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare; /* the end of a turn: libuv will look at the descriptors now */
	uint64_t turn, idle;  /* nanoseconds: the end of the last one; waited so far */
	struct histogram turns;
};

struct loop_fd {
	uv_poll_t uv;
	loop_fd_fn *fn;
	void *ctx;
	int events; /* libuv's */
};

struct loop_timer {
	uv_timer_t uv;
	loop_fn *fn;
	void *ctx;
};

struct loop_work {
	uv_idle_t uv;
	loop_fn *fn;
	void *ctx;
	bool on;
};

struct loop_signal {
	uv_signal_t uv;
	loop_fn *fn;
	void *ctx;
};

static void on_prepare(uv_prepare_t *h)
{
	struct loop *l = h->data;
	uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&l->uv);
	uint64_t took = now - l->turn, waited = idle - l->idle;

	histogram_add(&l->turns, took > waited ? (int64_t)((took - waited) / 1000) : 0, 1);
	l->turn = now;
	l->idle = idle;
}

struct loop *loop_new(void)
{
	struct loop *l = mem_zalloc(sizeof(*l));

	if (uv_loop_init(&l->uv) != 0 || uv_loop_configure(&l->uv, UV_METRICS_IDLE_TIME) != 0 ||
	    uv_prepare_init(&l->uv, &l->prepare) != 0)
		abort();
	l->prepare.data = l;
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	uv_close((uv_handle_t *)&l->prepare, NULL);
	/* lets the close callbacks run */
	uv_run(&l->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&l->uv) != 0)
		assert(!"a handle was left open");
	free(l);
}

void loop_run(struct loop *l)
{
	l->turn = uv_hrtime();
	uv_prepare_start(&l->prepare, on_prepare);
	uv_unref((uv_handle_t *)&l->prepare);
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

int64_t loop_now(const struct loop *l)
{
	(void)l;
	return (int64_t)(uv_hrtime() / 1000);
}

const struct histogram *loop_turns(const struct loop *l)
{
	return &l->turns;
}

int64_t loop_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void free_handle(uv_handle_t *h)
{
	/* uv handles are the first member of their blocks */
	free(h);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct loop_fd *f = (struct loop_fd *)h;
	unsigned int e = 0;

	/* an error (ENOBUFS of a netlink socket) stops it, whatever becomes of the descriptor */
	if (status < 0)
		uv_poll_start(h, f->events, on_poll);
	if (status < 0 || (events & (UV_READABLE | UV_DISCONNECT)))
		e |= LOOP_READ;
	if (events & UV_WRITABLE)
		e |= LOOP_WRITE;
	f->fn(f->ctx, e);
}

struct loop_fd *loop_fd_new(struct loop *l, int fd, unsigned int events, loop_fd_fn *fn, void *ctx)
{
	struct loop_fd *f = mem_zalloc(sizeof(*f));

	f->fn = fn;
	f->ctx = ctx;
	if (uv_poll_init(&l->uv, &f->uv, fd) != 0) {
		free(f);
		return NULL;
	}
	loop_fd_set(f, events);
	return f;
}

void loop_fd_set(struct loop_fd *f, unsigned int events)
{
	int uv = (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);

	f->events = uv;
	if (uv)
		uv_poll_start(&f->uv, uv, on_poll);
	else
		uv_poll_stop(&f->uv);
}

void loop_fd_free(struct loop_fd *f)
{
	if (f)
		uv_close((uv_handle_t *)&f->uv, free_handle);
}

static void on_timer(uv_timer_t *h)
{
	struct loop_timer *t = (struct loop_timer *)h;

	t->fn(t->ctx);
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx)
{
	struct loop_timer *t = mem_zalloc(sizeof(*t));

	t->fn = fn;
	t->ctx = ctx;
	uv_timer_init(&l->uv, &t->uv);
	return t;
}

void loop_timer_set(struct loop_timer *t, int64_t at)
{
	int64_t now = (int64_t)(uv_hrtime() / 1000);
	uint64_t ms = 1; /* at 0 libuv would run it again before it looks at anything else */

	if (at == INT64_MAX) {
		uv_timer_stop(&t->uv);
		return;
	}
	/* libuv counts from its cached time, which may be old: a timer must not fire early. Rounded
	 * up, so that whoever looks at the clock finds the time has come. */
	uv_update_time(t->uv.loop);
	if (at > now)
		ms = (uint64_t)(at - now) / 1000 + 1;
	uv_timer_start(&t->uv, on_timer, ms, 0);
}

void loop_timer_free(struct loop_timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->uv, free_handle);
}

static void on_idle(uv_idle_t *h)
{
	struct loop_work *w = (struct loop_work *)h;

	w->fn(w->ctx);
}

struct loop_work *loop_work_new(struct loop *l, loop_fn *fn, void *ctx)
{
	struct loop_work *w = mem_zalloc(sizeof(*w));

	w->fn = fn;
	w->ctx = ctx;
	uv_idle_init(&l->uv, &w->uv);
	return w;
}

void loop_work_set(struct loop_work *w, bool on)
{
	if (w->on == on)
		return;
	w->on = on;
	if (on)
		uv_idle_start(&w->uv, on_idle);
	else
		uv_idle_stop(&w->uv);
}

void loop_work_free(struct loop_work *w)
{
	if (w)
		uv_close((uv_handle_t *)&w->uv, free_handle);
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct loop_signal *s = (struct loop_signal *)h;

	(void)signum;
	s->fn(s->ctx);
}

struct loop_signal *loop_signal_new(struct loop *l, int signum, loop_fn *fn, void *ctx)
{
	struct loop_signal *s = mem_zalloc(sizeof(*s));

	s->fn = fn;
	s->ctx = ctx;
	uv_signal_init(&l->uv, &s->uv);
	uv_signal_start(&s->uv, on_signal, signum);
	return s;
}

void loop_signal_free(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)&s->uv, free_handle);
}

uint32_t loop_random(void)
{
	uint32_t v;

	if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
		abort();
	return v;
}
