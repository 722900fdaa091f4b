/* liveness_show: BFD for the commands that look, and for metrics. */
#include "agent/liveness_impl.h"

#include "agent/agent.h"
#include "agent/lib/mem.h"
#include "agent/show/show.h"

#include <stdlib.h>

static const struct bfd_io_state *state_of(const struct bfd_io_report *r, uint32_t id)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->states[i].id == id)
			return &r->states[i];
	}
	return NULL;
}

static struct show_bfd show_one(const struct liveness *l, const struct watched *w,
				const struct bfd_io_state *st)
{
	const struct session_conf *c = session_conf(w->session);
	uint32_t ifindex = st->ifindex ? st->ifindex : c->ifindex;

	if (!ifindex)
		ifindex = fibsync_ifindex_to(l->agent->kernel, &c->addr);
	return (struct show_bfd){
		.name = session_name(w->session),
		.ifname = ifindex ? fibsync_ifname(l->agent->kernel, ifindex) : "",
		.addr = c->addr,
		.local = st->local,
		.multihop = w->want.multihop,
		.port = st->port,
		.session = &st->session,
		.rx = st->counters.rx,
		.tx = st->counters.tx,
		.send_errors = st->counters.send_errors,
	};
}

static struct show_bfd_discards *show_discards(const struct bfd_io_report *r, size_t *n)
{
	struct show_bfd_discards *d = mem_zalloc((BFD_VERDICTS + 2) * sizeof(*d));

	*n = 0;
	for (unsigned int v = BFD_OK + 1; v < BFD_VERDICTS; v++)
		d[(*n)++] = (struct show_bfd_discards){bfd_verdict_name(v), r->discards.verdict[v]};
	d[(*n)++] = (struct show_bfd_discards){"ttl", r->discards.ttl};
	d[(*n)++] = (struct show_bfd_discards){"no-session", r->discards.stranger};
	return d;
}

/* What is shown lies in the thread's report, which stays as it is until it is asked for anew. */
void liveness_show(struct liveness *l, struct show_state *st)
{
	const struct bfd_io_report *r;
	struct show_bfd *bfd;
	size_t n = 0;

	if (!l || !l->io)
		return;
	r = bfd_io_fetch(l->io);
	bfd = mem_zalloc(BFD_IO_SESSIONS_MAX * sizeof(*bfd));
	for (size_t i = 0; i < l->n; i++) {
		const struct bfd_io_state *s = state_of(r, l->watched[i].want.id);

		if (s)
			bfd[n++] = show_one(l, &l->watched[i], s);
	}
	st->bfd = bfd;
	st->n_bfd = n;
	st->bfd_discards = show_discards(r, &st->n_bfd_discards);
	st->bfd_scheduling = bfd_io_scheduling(l->io);
}

void liveness_show_free(struct show_state *st)
{
	mem_free_const(st->bfd);
	mem_free_const(st->bfd_discards);
}
