/*
 * bfd: BFD's packets (RFC 5881, RFC 5883) in a thread of their own.
 *
 * The thread has its own sockets and looks at the clock itself, so that nothing that the agent
 * does, a million routes or a slow disk, delays a packet. The two hand state to each other, never
 * events, through mailboxes that neither ever waits at: the agent the sessions that are to be, the
 * thread how they are. The thread allocates nothing while it runs.
 *
 * One hop: port 3784, sent with a TTL of 255 and taken with no less (RFC 5881 section 5). Several:
 * port 4784. Each session sends from a port of its own, from 49152 up.
 */
#ifndef LEAFPEER_IO_BFD_H
#define LEAFPEER_IO_BFD_H

#include "agent/bfd/handed.h"
#include "agent/io/loop.h"
#include "agent/lib/prefix.h"

#define BFD_PORT          3784
#define BFD_PORT_MULTIHOP 4784

struct bfd_io_discards {
	uint64_t verdict[BFD_VERDICTS]; /* by enum bfd_verdict */
	uint64_t ttl;                   /* below 255 on one hop */
	uint64_t stranger;              /* no session is its */
};

struct bfd_io_report {
	size_t n;
	struct bfd_io_state states[BFD_IO_SESSIONS_MAX];
	struct bfd_io_discards discards;
	int listen_error; /* a port that is wanted is not ours: an errno, or 0 */
};

struct bfd_io;

/* changed: a session's state is another one: see bfd_io_report. from: the sessions and sockets of
 * another process, which are taken over, or NULL. 0 or -errno. */
int bfd_io_open(struct loop *l, loop_fn *changed, void *ctx, const struct bfd_io_export *from,
		struct bfd_io **out);
/* The neighbours are told AdminDown (RFC 5882 section 3.2), so that our end is no failure to them.
 * NULL is fine. */
void bfd_io_close(struct bfd_io *b);
/* All sessions that are to be. Those that go are told AdminDown. */
void bfd_io_set(struct bfd_io *b, const struct bfd_io_want *wants, size_t n);
/* The newest there is, counters up to a second old; lends until the next bfd_io_fetch. */
const struct bfd_io_report *bfd_io_fetch(struct bfd_io *b);
/* What was fetched last. */
const struct bfd_io_report *bfd_io_report(const struct bfd_io *b);
/* How the thread is scheduled: "fifo", "nice", "normal". */
const char *bfd_io_scheduling(const struct bfd_io *b);

/* Stops the thread and lends its sockets for another process to take: either bfd_io_resume, or
 * bfd_io_drop, which closes without a word, follows. */
void bfd_io_pause(struct bfd_io *b, struct bfd_io_export *out);
void bfd_io_resume(struct bfd_io *b);
void bfd_io_drop(struct bfd_io *b);

#endif
