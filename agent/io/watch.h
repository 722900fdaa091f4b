/*
 * watch: whether a file may have changed, by inotify on its directory.
 *
 * Kubernetes mounts a ConfigMap as links through a directory ..data, which it renames anew: nothing
 * happens to the file itself, so any name that begins with two dots counts as well. Several events
 * in a row, and writes that are not at their end, make one call. A directory that is not there is
 * looked for again; where a link leads is not followed further.
 */
#ifndef LEAFPEER_IO_WATCH_H
#define LEAFPEER_IO_WATCH_H

#include "agent/io/loop.h"

#define WATCH_SETTLE_US (100 * 1000)
#define WATCH_AGAIN_US  (5 * 1000 * 1000) /* for a directory that is not there */

struct watch;

/* fn: look whether it is another now; called some time after a change, and perhaps without one.
 * NULL if the kernel gives no inotify descriptor: errno. */
struct watch *watch_new(struct loop *l, const char *path, loop_fn *fn, void *ctx);
void watch_free(struct watch *w); /* NULL is fine */

#endif
