/*
 * bfd: see bfd.h. The thread, and what it and the agent hand to each other; its sockets are
 * bfd_socket.c.
 *
 * The thread sleeps in ppoll() until a packet, the agent, or the next thing that a session wants to
 * do; all of these are absolute times, so that lateness never adds up.
 */
#include "agent/io/bfd.h"

#include "agent/io/bfd_socket.h"
#include "agent/lib/mailbox.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FIFO_PRIORITY 10
#define NICE          (-15)
#define REPORT_US     1000000 /* between reports of counters alone */
#define RETRY_US      5000000 /* between attempts at a port that is another's */
#define GOODBYES      3       /* packets of AdminDown: any one of them does */
#define PACKETS_MAX   32      /* a socket and a wake-up */
#define SENDS_MAX     4       /* of one session at a time: a Final, and what was due */

struct running {
	struct bfd_io_want want; /* id 0: free */
	struct bfd_io_state state;
	int fd; /* -1: none */
	int64_t retry_at;
};

struct wants {
	size_t n;
	struct bfd_io_want wants[BFD_IO_SESSIONS_MAX];
};

struct bfd_io {
	/* the agent's */
	struct loop_fd *watch;
	loop_fn *changed;
	void *ctx;
	/* between both */
	struct mailbox wants_box, reports_box;
	struct wants wants[MAILBOX_BUFFERS];
	struct bfd_io_report reports[MAILBOX_BUFFERS];
	int to_thread, to_agent; /* eventfds */
	_Atomic bool stop;
	pthread_t thread;
	bool runs;
	const char *_Atomic scheduling;
	/* the thread's */
	struct running running[BFD_IO_SESSIONS_MAX];
	int listeners[BFD_IO_LISTENERS];
	int listen_error;
	int64_t listen_retry_at;
	struct bfd_io_discards discards;
	uint32_t random;
	bool changes; /* states, since the last report */
	int64_t report_at;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/* xorshift, seeded by the kernel: for jitter, so that it costs no call. */
static uint32_t next_random(struct bfd_io *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 17;
	b->random ^= b->random << 5;
	return b->random;
}

static void wake(int fd)
{
	uint64_t one = 1;

	/* a full counter wakes as well */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void drain_wakes(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;
}

/* ---- sessions ---------------------------------------------------------------------------------
 */

static bool discr_is_used(const struct bfd_io *b, uint32_t discr)
{
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id && b->running[i].state.session.discr == discr)
			return true;
	}
	return false;
}

/* From the kernel, not the jitter's: who can guess it can speak for the neighbour. */
static uint32_t new_discr(const struct bfd_io *b)
{
	uint32_t v = 0;

	do {
		if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
			abort();
	} while (!v || discr_is_used(b, v));
	return v;
}

static void open_sender(struct running *r, int64_t now)
{
	r->retry_at = now + RETRY_US;
	r->fd = bfd_socket_send(&r->want, &r->state.port);
	r->state.error = r->fd < 0 ? -r->fd : 0;
	if (r->fd < 0) {
		r->fd = -1;
		r->state.port = 0;
	}
}

static void transmit(struct running *r, const struct bfd_packet *p)
{
	uint8_t buf[BFD_PACKET_LEN];
	struct wr wr = wr_init(buf, sizeof(buf));
	int err;

	if (r->fd < 0)
		return;
	bfd_packet_encode(p, &wr);
	err = bfd_socket_put(r->fd, &r->want, buf, wr_len(&wr));
	r->state.error = -err;
	if (err)
		r->state.counters.send_errors++;
	else
		r->state.counters.tx++;
}

static void say_goodbye(struct bfd_io *b, struct running *r, int64_t now)
{
	struct bfd_session_conf off = r->want.conf;
	struct bfd_packet p;

	off.disabled = true;
	bfd_session_set_conf(&r->state.session, &off, now);
	if (!r->state.session.remote_discr)
		return;
	if (!bfd_session_send(&r->state.session, next_random(b), &p, now))
		return;
	for (int i = 0; i < GOODBYES; i++)
		transmit(r, &p);
}

static void end_session(struct bfd_io *b, struct running *r, int64_t now)
{
	say_goodbye(b, r, now);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->want.id = 0;
}

static struct running *find_id(struct bfd_io *b, uint32_t id)
{
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id == id)
			return &b->running[i];
	}
	return NULL;
}

static bool is_wanted(const struct wants *w, uint32_t id)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->wants[i].id == id)
			return true;
	}
	return false;
}

static void apply_wants(struct bfd_io *b, const struct wants *w, int64_t now)
{
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id && !is_wanted(w, b->running[i].want.id))
			end_session(b, &b->running[i], now);
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct bfd_io_want *want = &w->wants[i];
		struct running *r = find_id(b, want->id);

		if (r) {
			r->want.conf = want->conf;
			bfd_session_set_conf(&r->state.session, &want->conf, now);
			continue;
		}
		r = find_id(b, 0);
		if (!r)
			return; /* no more are ever wanted than there is room for */
		*r = (struct running){.want = *want, .state = {.id = want->id}, .fd = -1};
		bfd_session_init(&r->state.session, &want->conf, new_discr(b), now);
		open_sender(r, now);
	}
	b->changes = true;
}

static enum bfd_io_listener listener_of(const struct bfd_io_want *w)
{
	if (w->multihop)
		return w->remote.afi == AFI_IP4 ? BFD_IO_MULTIHOP4 : BFD_IO_MULTIHOP6;
	return w->remote.afi == AFI_IP4 ? BFD_IO_ONE_HOP4 : BFD_IO_ONE_HOP6;
}

/* Only the ports that a session needs: another program may use the others. */
static void open_listeners(struct bfd_io *b, int64_t now)
{
	b->listen_error = 0;
	b->listen_retry_at = now + RETRY_US;
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		const struct running *r = &b->running[i];
		int *fd = r->want.id ? &b->listeners[listener_of(&r->want)] : NULL;

		if (!fd || *fd >= 0)
			continue;
		*fd = bfd_socket_listen((enum afi)r->want.remote.afi, r->want.multihop);
		if (*fd < 0) {
			b->listen_error = -*fd;
			*fd = -1;
		}
	}
}

/* ---- receiving --------------------------------------------------------------------------------
 */

/* RFC 5880 section 6.8.6: by discriminator where the neighbour knows ours, else by its address (RFC
 * 5881 section 3), and for a link-local one by its interface. */
static struct running *session_of(struct bfd_io *b, const struct bfd_packet *p,
				  const struct bfd_datagram *d, bool multihop)
{
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		struct running *r = &b->running[i];

		if (!r->want.id || r->want.multihop != multihop)
			continue;
		if (p->your_discr ? r->state.session.discr == p->your_discr
				  : addr_eq(&r->want.remote, &d->remote) &&
					    (!r->want.ifindex || r->want.ifindex == d->ifindex))
			return r;
	}
	return NULL;
}

static void receive(struct bfd_io *b, const struct bfd_datagram *d, bool multihop, int64_t now)
{
	enum bfd_verdict verdict;
	struct bfd_packet p;
	struct running *r;
	uint8_t was;

	if (!multihop && d->ttl != 255) {
		b->discards.ttl++;
		return;
	}
	verdict = bfd_packet_decode(rd_init(d->payload, d->len), &p);
	b->discards.verdict[verdict]++;
	if (verdict != BFD_OK)
		return;
	r = session_of(b, &p, d, multihop);
	if (!r) {
		b->discards.stranger++;
		return;
	}
	was = r->state.session.state;
	r->state.local = d->local;
	r->state.ifindex = d->ifindex;
	r->state.counters.rx++;
	bfd_session_recv(&r->state.session, &p, now);
	b->changes |= r->state.session.state != was;
}

static void read_listener(struct bfd_io *b, enum bfd_io_listener which)
{
	static struct bfd_datagram datagrams[PACKETS_MAX]; /* one thread alone comes here */
	size_t n = bfd_socket_get(b->listeners[which], datagrams, PACKETS_MAX);
	int64_t now = now_us();

	for (size_t i = 0; i < n; i++)
		receive(b, &datagrams[i], which >= BFD_IO_MULTIHOP4, now);
}

/* Whether a neighbour seems to have been silent for too long. A thread that was kept from running
 * after its sockets were looked at has what came meanwhile still before it. */
static bool seems_silent(const struct bfd_io *b, int64_t now)
{
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id && b->running[i].state.session.detect_at <= now)
			return true;
	}
	return false;
}

static void read_listeners(struct bfd_io *b)
{
	for (int i = 0; i < BFD_IO_LISTENERS; i++) {
		if (b->listeners[i] >= 0)
			read_listener(b, (enum bfd_io_listener)i);
	}
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static bool send_due(struct running *r, uint32_t random, int64_t now)
{
	struct bfd_packet p;
	int n = 0;

	while (n < SENDS_MAX && bfd_session_send(&r->state.session, random, &p, now)) {
		transmit(r, &p);
		n++;
	}
	return n > 0;
}

static bool run_session(struct bfd_io *b, struct running *r, uint32_t random, int64_t now)
{
	struct bfd_session *s = &r->state.session;
	uint8_t was = s->state;

	bfd_session_tick(s, now);
	b->changes |= s->state != was;
	if (r->fd < 0 && now >= r->retry_at)
		open_sender(r, now);
	return send_due(r, random, now);
}

static void report(struct bfd_io *b, int64_t now)
{
	struct bfd_io_report *out = &b->reports[mailbox_writers(&b->reports_box)];
	bool tell = b->changes;

	out->n = 0;
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id)
			out->states[out->n++] = b->running[i].state;
	}
	out->discards = b->discards;
	out->listen_error = b->listen_error;
	mailbox_post(&b->reports_box);
	b->changes = false;
	b->report_at = now + REPORT_US;
	if (tell)
		wake(b->to_agent);
}

/* The same jitter for all whose turn it is, so that those of one interval stay together. */
static int64_t run_all(struct bfd_io *b, int64_t now)
{
	uint32_t random = next_random(b);
	int64_t at = INT64_MAX;
	bool sent = false;

	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id)
			sent |= run_session(b, &b->running[i], random, now);
	}
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		struct running *r = &b->running[i];
		int64_t next;

		if (!r->want.id)
			continue;
		if (sent) {
			bfd_session_join(&r->state.session, now);
			send_due(r, random, now);
		}
		next = bfd_session_deadline(&r->state.session);
		if (next < at)
			at = next;
	}
	if (b->listen_error && b->listen_retry_at < at)
		at = b->listen_retry_at;
	return at;
}

static void wait_for(struct bfd_io *b, int64_t at, struct pollfd *fds)
{
	int64_t now = now_us();
	int64_t left = at > now ? at - now : 0;
	struct timespec ts = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};

	fds[BFD_IO_LISTENERS] = (struct pollfd){.fd = b->to_thread, .events = POLLIN};
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		fds[i] = (struct pollfd){.fd = b->listeners[i], .events = POLLIN};
	if (ppoll(fds, BFD_IO_LISTENERS + 1, at == INT64_MAX ? NULL : &ts, NULL) > 0)
		return;
	for (int i = 0; i <= BFD_IO_LISTENERS; i++)
		fds[i].revents = 0;
}

static void *run(void *arg)
{
	struct bfd_io *b = arg;
	struct pollfd fds[BFD_IO_LISTENERS + 1] = {0};

	while (!atomic_load(&b->stop)) {
		int64_t now, at;

		if (fds[BFD_IO_LISTENERS].revents)
			drain_wakes(b->to_thread);
		now = now_us();
		if (mailbox_fetch(&b->wants_box)) {
			apply_wants(b, &b->wants[mailbox_readers(&b->wants_box)], now);
			open_listeners(b, now);
		} else if (b->listen_error && now >= b->listen_retry_at) {
			open_listeners(b, now);
		}
		for (int i = 0; i < BFD_IO_LISTENERS; i++) {
			if (fds[i].revents && b->listeners[i] >= 0)
				read_listener(b, (enum bfd_io_listener)i);
		}
		now = now_us();
		if (seems_silent(b, now))
			read_listeners(b);
		at = run_all(b, now);
		if (b->changes || now >= b->report_at)
			report(b, now);
		wait_for(b, at, fds);
	}
	return NULL;
}

/* Best effort: a container may have the right to neither. */
static const char *raise_priority(void)
{
	struct sched_param param = {.sched_priority = FIFO_PRIORITY};

	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0)
		return "fifo";
	if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE) == 0)
		return "nice";
	return "normal";
}

static void *thread_main(void *arg)
{
	struct bfd_io *b = arg;

	pthread_setname_np(pthread_self(), "leafpeerd-bfd");
	b->scheduling = raise_priority();
	return run(b);
}

static int start(struct bfd_io *b)
{
	sigset_t all, before;
	int err;

	atomic_store(&b->stop, false);
	/* signals are the agent's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&b->thread, NULL, thread_main, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	b->runs = !err;
	return -err;
}

static void stop(struct bfd_io *b)
{
	if (!b->runs)
		return;
	atomic_store(&b->stop, true);
	wake(b->to_thread);
	pthread_join(b->thread, NULL);
	b->runs = false;
}

/* ---- the agent's side -------------------------------------------------------------------------
 */

static void on_changed(void *ctx, unsigned int events)
{
	struct bfd_io *b = ctx;

	(void)events;
	drain_wakes(b->to_agent);
	b->changed(b->ctx);
}

static void adopt(struct bfd_io *b, const struct bfd_io_export *from)
{
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		b->listeners[i] = from ? from->listeners[i] : -1;
	for (size_t i = 0; from && i < from->n && i < BFD_IO_SESSIONS_MAX; i++) {
		const struct bfd_io_carried *c = &from->sessions[i];

		b->running[i] = (struct running){.want = c->want, .state = c->state, .fd = c->fd};
		b->running[i].state.id = c->want.id;
	}
}

int bfd_io_open(struct loop *l, loop_fn *changed, void *ctx, const struct bfd_io_export *from,
		struct bfd_io **out)
{
	struct bfd_io *b = mem_zalloc(sizeof(*b));
	int err;

	b->changed = changed;
	b->ctx = ctx;
	b->random = loop_random() | 1;
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++)
		b->running[i].fd = -1;
	adopt(b, from);
	mailbox_init(&b->wants_box);
	mailbox_init(&b->reports_box);
	b->to_thread = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	b->to_agent = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	err = b->to_thread < 0 || b->to_agent < 0 ? -errno : 0;
	if (!err) {
		b->watch = loop_fd_new(l, b->to_agent, LOOP_READ, on_changed, b);
		err = b->watch ? start(b) : -EMFILE;
	}
	if (err) {
		bfd_io_drop(b);
		return err;
	}
	*out = b;
	return 0;
}

void bfd_io_drop(struct bfd_io *b)
{
	if (!b)
		return;
	stop(b);
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].fd >= 0)
			close(b->running[i].fd);
	}
	for (int i = 0; i < BFD_IO_LISTENERS; i++) {
		if (b->listeners[i] >= 0)
			close(b->listeners[i]);
	}
	loop_fd_free(b->watch);
	if (b->to_thread >= 0)
		close(b->to_thread);
	if (b->to_agent >= 0)
		close(b->to_agent);
	free(b);
}

void bfd_io_close(struct bfd_io *b)
{
	if (!b)
		return;
	stop(b);
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		if (b->running[i].want.id)
			end_session(b, &b->running[i], now_us());
	}
	bfd_io_drop(b);
}

void bfd_io_set(struct bfd_io *b, const struct bfd_io_want *wants, size_t n)
{
	struct wants *w = &b->wants[mailbox_writers(&b->wants_box)];

	w->n = n < BFD_IO_SESSIONS_MAX ? n : BFD_IO_SESSIONS_MAX;
	if (w->n)
		memcpy(w->wants, wants, w->n * sizeof(*wants));
	mailbox_post(&b->wants_box);
	wake(b->to_thread);
}

const struct bfd_io_report *bfd_io_fetch(struct bfd_io *b)
{
	mailbox_fetch(&b->reports_box);
	return bfd_io_report(b);
}

const struct bfd_io_report *bfd_io_report(const struct bfd_io *b)
{
	return &b->reports[mailbox_readers(&b->reports_box)];
}

const char *bfd_io_scheduling(const struct bfd_io *b)
{
	const char *s = b->scheduling;

	return s ? s : "starting";
}

void bfd_io_pause(struct bfd_io *b, struct bfd_io_export *out)
{
	stop(b);
	out->n = 0;
	for (size_t i = 0; i < BFD_IO_SESSIONS_MAX; i++) {
		const struct running *r = &b->running[i];

		if (r->want.id)
			out->sessions[out->n++] = (struct bfd_io_carried){r->want, r->state, r->fd};
	}
	memcpy(out->listeners, b->listeners, sizeof(b->listeners));
}

void bfd_io_resume(struct bfd_io *b)
{
	if (!b->runs && start(b) != 0)
		abort(); /* no thread where there was one: a restart is hitless */
}
