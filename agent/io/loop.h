/*
 * loop: the event loop, and the only clock below floor 5; a thin layer over libuv.
 *
 * Everything is called from loop_run(), one thing at a time. Handles are freed with their _free; a
 * handle may be freed inside its own callback. Times are monotonic microseconds.
 */
#ifndef LEAFPEER_IO_LOOP_H
#define LEAFPEER_IO_LOOP_H

#include "agent/lib/histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(void);
/* Every handle must have been freed. */
void loop_free(struct loop *l);
/* Until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
int64_t loop_now(const struct loop *l);
/* The clock on the wall, in microseconds since 1970: for people, never to count with. */
int64_t loop_wall(void);

/* How long turns took: from one look at the descriptors to the next, without the waiting. Whatever
 * comes meanwhile is as late. Lends. */
const struct histogram *loop_turns(const struct loop *l);

enum loop_events {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
};

struct loop_fd;
typedef void loop_fd_fn(void *ctx, unsigned int events);
/* Watches fd, which stays the caller's, for events (enum loop_events; errors and hang-ups come as
 * LOOP_READ). NULL if the descriptor cannot be watched. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, unsigned int events, loop_fd_fn *fn, void *ctx);
void loop_fd_set(struct loop_fd *f, unsigned int events);
void loop_fd_free(struct loop_fd *f); /* before close(fd); NULL is fine */

struct loop_timer;
typedef void loop_fn(void *ctx);
struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx);
/* Fires once, not before at; INT64_MAX: never. Setting again replaces. */
void loop_timer_set(struct loop_timer *t, int64_t at);
void loop_timer_free(struct loop_timer *t);

/* Called again and again, between looking at descriptors, while it is on. */
struct loop_work;
struct loop_work *loop_work_new(struct loop *l, loop_fn *fn, void *ctx);
void loop_work_set(struct loop_work *w, bool on);
void loop_work_free(struct loop_work *w);

struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *l, int signum, loop_fn *fn, void *ctx);
void loop_signal_free(struct loop_signal *s);

/* Uniform random number; from the kernel. */
uint32_t loop_random(void);

#endif
