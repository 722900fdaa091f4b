/*
 * unnumbered: see unnumbered.h. When what is sent; ra.h sends it.
 */
#include "agent/unnumbered.h"

#include "agent/io/log.h"
#include "agent/io/ra.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000LL
#define INITIAL_US                                                                       \
	(1 * SECOND)    /* between the first few, so that both ends find each other soon \
			 */
#define INITIAL_COUNT 3 /* RFC 4861 section 10: MAX_INITIAL_RTR_ADVERTISEMENTS */
#define INTERVAL_US   (10 * SECOND)
#define MIN_DELAY_US  (3 * SECOND) /* RFC 4861 section 10: MIN_DELAY_BETWEEN_RAS */
#define RETRY_US      (SECOND / 4) /* an address that is still being checked for duplicates */

struct iface {
	uint32_t ifindex;
	bool heard;        /* a router */
	unsigned int sent; /* since the link is up */
	int64_t sent_at;   /* the last one */
	int64_t next_at;
	int refused_logged; /* errno */
};

struct unnumbered {
	struct loop *loop;
	unnumbered_fn *fn;
	void *ctx;
	struct ra *ra; /* NULL: not open */
	struct loop_timer *timer;
	struct iface *ifaces;
	size_t n;
};

static struct iface *find(struct unnumbered *u, uint32_t ifindex)
{
	for (size_t i = 0; i < u->n; i++) {
		if (u->ifaces[i].ifindex == ifindex)
			return &u->ifaces[i];
	}
	return NULL;
}

static void set_timer(struct unnumbered *u)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; u->ra && i < u->n; i++) {
		if (u->ifaces[i].next_at < at)
			at = u->ifaces[i].next_at;
	}
	loop_timer_set(u->timer, at);
}

/* RFC 4861 section 6.2.1: never in step with others. */
static int64_t jitter(int64_t us)
{
	return us - (int64_t)(loop_random() % (uint32_t)(us / 4));
}

static void send_now(struct unnumbered *u, struct iface *f)
{
	int64_t now = loop_now(u->loop);
	int err = ra_advertise(u->ra, f->ifindex);

	/* until somebody answers; RFC 7559 has no last one either */
	if (!err && !f->heard)
		err = ra_solicit(u->ra, f->ifindex);
	if (err) {
		/* one that is down, or up for a moment only: silence. What stays wrong, once. */
		if (err != -ENETDOWN && err != -EADDRNOTAVAIL && err != -ENODEV &&
		    err != f->refused_logged)
			log_warning("cannot send a Router Advertisement", "ifindex=%u reason=%s",
				    f->ifindex, strerror(-err));
		f->refused_logged = err;
		f->next_at = now + RETRY_US * (1 << (f->sent < 5 ? f->sent : 5));
		f->sent++;
		return;
	}
	f->sent_at = now;
	f->sent = f->refused_logged ? 1 : f->sent + 1;
	f->refused_logged = 0;
	f->next_at = now + jitter(f->sent < INITIAL_COUNT ? INITIAL_US : INTERVAL_US);
}

static void on_timer(void *ctx)
{
	struct unnumbered *u = ctx;

	for (size_t i = 0; u->ra && i < u->n; i++) {
		if (u->ifaces[i].next_at <= loop_now(u->loop))
			send_now(u, &u->ifaces[i]);
	}
	set_timer(u);
}

static void on_router(void *ctx, uint32_t ifindex, const struct addr *from)
{
	struct unnumbered *u = ctx;
	struct iface *f = find(u, ifindex);

	if (!f)
		return;
	if (!f->heard)
		log_info("a router was heard on the interface", "ifindex=%u", ifindex);
	f->heard = true;
	u->fn(u->ctx, ifindex, from);
}

static void on_asked(void *ctx, uint32_t ifindex)
{
	struct unnumbered *u = ctx;
	struct iface *f = find(u, ifindex);
	int64_t at;

	if (!f)
		return;
	at = f->sent_at + MIN_DELAY_US;
	if (at < loop_now(u->loop))
		at = loop_now(u->loop);
	if (at < f->next_at)
		f->next_at = at;
	set_timer(u);
}

static const struct ra_ops callbacks = {on_router, on_asked};

struct unnumbered *unnumbered_new(struct loop *l, unnumbered_fn *fn, void *ctx)
{
	struct unnumbered *u = mem_zalloc(sizeof(*u));

	*u = (struct unnumbered){.loop = l, .fn = fn, .ctx = ctx};
	u->timer = loop_timer_new(l, on_timer, u);
	return u;
}

void unnumbered_free(struct unnumbered *u)
{
	if (!u)
		return;
	ra_close(u->ra);
	loop_timer_free(u->timer);
	free(u->ifaces);
	free(u);
}

static void look_at(struct unnumbered *u, uint32_t ifindex)
{
	int err = ra_join(u->ra, ifindex);

	if (err)
		log_warning("cannot hear Router Solicitations", "ifindex=%u reason=%s", ifindex,
			    strerror(-err));
	u->ifaces = mem_grow(u->ifaces, u->n + 1, sizeof(*u->ifaces));
	u->ifaces[u->n++] = (struct iface){.ifindex = ifindex,
					   .next_at = loop_now(u->loop),
					   .sent_at = loop_now(u->loop) - MIN_DELAY_US};
}

void unnumbered_set(struct unnumbered *u, const uint32_t *ifindexes, size_t n)
{
	size_t kept = 0;
	int err;

	for (size_t i = 0; i < u->n; i++) {
		for (size_t k = 0; k < n; k++) {
			if (u->ifaces[i].ifindex == ifindexes[k]) {
				u->ifaces[kept++] = u->ifaces[i];
				break;
			}
		}
	}
	u->n = kept;
	for (size_t k = 0; k < n; k++) {
		if (!ifindexes[k] || find(u, ifindexes[k]))
			continue;
		err = u->ra ? 0 : ra_open(u->loop, &callbacks, u, &u->ra);
		if (err) {
			log_error("cannot look for neighbours on interfaces: Router Advertisements "
				  "need CAP_NET_RAW",
				  "reason=%s", strerror(-err));
			break;
		}
		look_at(u, ifindexes[k]);
	}
	set_timer(u);
}

void unnumbered_link_up(struct unnumbered *u, uint32_t ifindex)
{
	struct iface *f = find(u, ifindex);

	if (!f)
		return;
	f->sent = 0;
	f->next_at = loop_now(u->loop);
	set_timer(u);
}
