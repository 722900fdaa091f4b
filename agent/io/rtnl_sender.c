/* rtnl_sender: see rtnl_sender.h. */
#include "agent/io/rtnl_sender.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES 8192 /* one answer: an error with its text */

struct rtnl_sender {
	struct loop *loop;
	struct mnl_socket *nl;
	const struct rtnl_ops *ops;
	void *ctx;
	struct rtnl_batch ring[RTNL_BATCHES];
	uint32_t told; /* the caller's alone; the counters run on, and wrap */
	char words[RTNL_WORDS];
	struct histogram latency;
	int done_fd; /* eventfd: the thread has done something */
	struct loop_fd *watch;
	bool runs;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t posted, answered;
	/* changed under the lock: filled by the caller, who may read it without, sent by the thread
	 */
	uint32_t filled, sent;
	bool stop;
};

/* ---- one batch --------------------------------------------------------------------------------
 */

static void note_error(struct rtnl_batch *b, uint32_t seq, int error)
{
	for (size_t i = 0; i < b->n; i++) {
		if ((uint32_t)b->seqs[i] == seq)
			b->errors[i] = error;
	}
}

static int take_words(const struct nlattr *attr, void *data)
{
	struct rtnl_batch *b = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(b->words, sizeof(b->words), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* NETLINK_EXT_ACK: why, in words, behind the error and as much of the request as it repeats. */
static void note_words(struct rtnl_batch *b, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*e);

	if (*b->words || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	mnl_attr_parse(nlh, (unsigned int)skip, take_words, b);
}

/* True: the last one's answer is among them. */
static bool note_answers(struct rtnl_batch *b, const void *buf, ssize_t n)
{
	const struct nlmsghdr *nlh = buf;
	int left = (int)n;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
			continue;
		note_error(b, nlh->nlmsg_seq, -e->error);
		if (e->error)
			note_words(b, nlh);
		if (nlh->nlmsg_seq == (uint32_t)b->seqs[b->n - 1])
			return true;
	}
	return false;
}

/* The kernel has answered before the send returned: errors, and the acknowledgement of the last.
 * Where they were too many for the socket (ENOBUFS) the last one's may be missing, but what did fit
 * has to come out: a dump finds no room behind it. */
static void read_answers(struct mnl_socket *nl, struct rtnl_batch *b)
{
	char buf[ANSWER_BYTES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t n = b->lost ? recv(mnl_socket_get_fd(nl), buf, sizeof(buf), MSG_DONTWAIT)
				    : mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && b->lost)
			return;
		b->lost |= n < 0;
		if (n >= 0 && note_answers(b, buf, n) && !b->lost)
			return;
	}
}

static void batch_run(struct rtnl_sender *s, struct rtnl_batch *b)
{
	int64_t began = loop_now(s->loop);

	/* errors come unasked; that one which ends the batch is acknowledged says that all were
	 * done */
	b->last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(s->nl, b->buf, b->len) < 0) {
		for (size_t i = 0; i < b->n; i++)
			b->errors[i] = errno;
	} else {
		read_answers(s->nl, b);
	}
	b->took = loop_now(s->loop) - began;
}

static void batch_tell(struct rtnl_sender *s, struct rtnl_batch *b)
{
	histogram_add(&s->latency, b->took, b->n);
	for (size_t i = 0; i < b->n; i++) {
		if (b->errors[i])
			log_debug("the kernel refused an operation", "seq=%llu reason=%s kernel=%s",
				  (unsigned long long)b->seqs[i], strerror(b->errors[i]), b->words);
		s->ops->ack(s->ctx, b->seqs[i], b->errors[i]);
	}
	if (b->lost)
		s->ops->lost(s->ctx);
	if (*b->words)
		memcpy(s->words, b->words, sizeof(s->words));
	b->n = b->len = 0;
	b->lost = false;
	*b->words = '\0';
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static struct rtnl_batch *at(struct rtnl_sender *s, uint32_t i)
{
	return &s->ring[i % RTNL_BATCHES];
}

static void *thread_main(void *arg)
{
	struct rtnl_sender *s = arg;
	uint64_t one = 1;
	uint32_t i;

	pthread_setname_np(pthread_self(), "leafpeerd-rtnl");
	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->sent == s->filled && !s->stop)
			pthread_cond_wait(&s->posted, &s->lock);
		if (s->sent == s->filled)
			break;
		i = s->sent;
		pthread_mutex_unlock(&s->lock);
		batch_run(s, at(s, i));
		pthread_mutex_lock(&s->lock);
		s->sent++;
		pthread_cond_signal(&s->answered);
		/* not each time: while much is left to send, nobody need hurry to make more. An
		 * eventfd is full only if it was written 2^64 times and never read. */
		if (s->filled - s->sent <= RTNL_BATCHES / 2 &&
		    write(s->done_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
			abort();
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Without it everything is sent by the caller. */
static bool has_thread(struct rtnl_sender *s)
{
	sigset_t all, before;

	if (s->runs)
		return true;
	/* signals are the agent's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->runs = pthread_create(&s->thread, NULL, thread_main, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s->runs;
}

/* ---- the caller's side ------------------------------------------------------------------------
 */

/* Waits for the thread until no more than that many are under way. */
static uint32_t wait_sent(struct rtnl_sender *s, uint32_t at_most)
{
	uint32_t sent;

	pthread_mutex_lock(&s->lock);
	while (s->filled - s->sent > at_most)
		pthread_cond_wait(&s->answered, &s->lock);
	sent = s->sent;
	pthread_mutex_unlock(&s->lock);
	return sent;
}

static void tell(struct rtnl_sender *s, uint32_t sent)
{
	while (s->told != sent)
		batch_tell(s, at(s, s->told++));
}

struct rtnl_batch *rtnl_sender_batch(struct rtnl_sender *s)
{
	if (s->filled - s->told == RTNL_BATCHES)
		tell(s, wait_sent(s, RTNL_BATCHES));
	return s->filled - s->told == RTNL_BATCHES ? NULL : at(s, s->filled);
}

void rtnl_sender_send(struct rtnl_sender *s)
{
	struct rtnl_batch *b = rtnl_sender_batch(s);
	bool alone;

	if (!b || !b->n)
		return;
	tell(s, wait_sent(s, RTNL_BATCHES));
	alone = s->filled == s->told && (b->n < RTNL_ALONE_OPS || !has_thread(s));
	if (alone)
		batch_run(s, b);
	pthread_mutex_lock(&s->lock);
	s->filled++;
	if (alone)
		s->sent++;
	else
		pthread_cond_signal(&s->posted);
	pthread_mutex_unlock(&s->lock);
	if (alone)
		tell(s, s->filled);
}

void rtnl_sender_drain(struct rtnl_sender *s)
{
	rtnl_sender_send(s);
	tell(s, wait_sent(s, 0));
}

static void on_done(void *ctx, unsigned int events)
{
	struct rtnl_sender *s = ctx;
	uint64_t n;

	(void)events;
	if (read(s->done_fd, &n, sizeof(n)) < 0)
		return;
	tell(s, wait_sent(s, RTNL_BATCHES));
	s->ops->heard(s->ctx);
}

const char *rtnl_sender_words(const struct rtnl_sender *s)
{
	return s->words;
}

const struct histogram *rtnl_sender_latency(const struct rtnl_sender *s)
{
	return &s->latency;
}

int rtnl_sender_open(struct loop *l, struct mnl_socket *nl, const struct rtnl_ops *ops, void *ctx,
		     struct rtnl_sender **out)
{
	struct rtnl_sender *s = mem_zalloc(sizeof(*s));
	size_t size = RTNL_BATCH_BYTES + RTNL_OP_BYTES;
	char *buf = mem_zalloc(RTNL_BATCHES * size);

	s->loop = l;
	s->nl = nl;
	s->ops = ops;
	s->ctx = ctx;
	for (size_t i = 0; i < RTNL_BATCHES; i++)
		s->ring[i].buf = buf + i * size;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->posted, NULL);
	pthread_cond_init(&s->answered, NULL);
	s->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->watch = s->done_fd < 0 ? NULL : loop_fd_new(l, s->done_fd, LOOP_READ, on_done, s);
	if (!s->watch) {
		int err = s->done_fd < 0 ? errno : EMFILE;

		rtnl_sender_close(s);
		return -err;
	}
	*out = s;
	return 0;
}

void rtnl_sender_close(struct rtnl_sender *s)
{
	if (!s)
		return;
	if (s->runs) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->posted);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	loop_fd_free(s->watch);
	if (s->done_fd >= 0)
		close(s->done_fd);
	pthread_cond_destroy(&s->answered);
	pthread_cond_destroy(&s->posted);
	pthread_mutex_destroy(&s->lock);
	free(s->ring[0].buf);
	free(s);
}
