/*
 * rtnl_sender: batches of operations on their way to the kernel, and its answers.
 *
 * The kernel works on its caller's account, for a route two or three times as long as parsing and
 * deciding it takes. A few operations are sent by the caller, and answered before the send returns.
 * Where there are many, a thread of its own sends them, started with the first full batch, while
 * the caller makes the next. Batches go round in a ring, in the order in which they were sent,
 *which is that in which the kernel carries them out:
 *
 *	the caller fills ring[filled] -> the thread sends ring[sent] -> the caller tells ring[told]
 *
 * So those in [sent, filled) are the thread's, and all others the caller's. The ring is all that
 *may be under way: when it is full the caller has to come back.
 */
#ifndef LEAFPEER_IO_RTNL_SENDER_H
#define LEAFPEER_IO_RTNL_SENDER_H

#include "agent/io/rtnl_impl.h"

#define RTNL_BATCHES   4
#define RTNL_BATCH_OPS 256
#define RTNL_ALONE_OPS 64 /* less than that is sent by the caller, if nothing is under way */
_Static_assert(RTNL_BATCHES *RTNL_BATCH_OPS <= FIB_BATCH_MAX,
	       "more than the FIB lets be under way");

#define RTNL_WORDS 128 /* of what the kernel says about an error */

struct rtnl_batch {
	char *buf; /* RTNL_BATCH_BYTES, and one operation more */
	size_t len;
	uint64_t seqs[RTNL_BATCH_OPS];
	int errors[RTNL_BATCH_OPS];
	size_t n;
	struct nlmsghdr *last;
	int64_t took;           /* microseconds, from sending to the answer */
	bool lost;              /* answers were lost: which of them failed only a dump can tell */
	char words[RTNL_WORDS]; /* about the first that was refused, if the kernel has said any */
};

struct rtnl_sender;

/* ops: ack, lost, and heard when the thread has done something. nl is lent, and the sender's own
 * while anything is under way. 0 or -errno. */
int rtnl_sender_open(struct loop *l, struct mnl_socket *nl, const struct rtnl_ops *ops, void *ctx,
		     struct rtnl_sender **out);
/* What is under way is still sent, and not told. NULL is fine. */
void rtnl_sender_close(struct rtnl_sender *s);
/* The batch to fill, which is never full; NULL: all are under way, and heard is called when not. */
struct rtnl_batch *rtnl_sender_batch(struct rtnl_sender *s);
/* Sends it, if anything is in it. Tells what has been answered. */
void rtnl_sender_send(struct rtnl_sender *s);
/* The same, and waits until nothing is under way: milliseconds. */
void rtnl_sender_drain(struct rtnl_sender *s);
/* What the kernel said last about an operation that it refused, as far as it is known: "". */
const char *rtnl_sender_words(const struct rtnl_sender *s);
/* How long operations took. Lends. */
const struct histogram *rtnl_sender_latency(const struct rtnl_sender *s);

#endif
