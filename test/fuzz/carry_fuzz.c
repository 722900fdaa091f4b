/* carry: any octets as what another process hands over: a session of BGP, of BFD, what was
 * announced, all of it with its descriptors. What is taken can be worked with, and carried on. */
#include "agent/bfd/carry.h"
#include "agent/bfd/handed.h"
#include "agent/bgp/handed.h"
#include "agent/bgp/peer_carry.h"
#include "agent/rib/adj_out.h"
#include "test/unit/bgp/quiet_host.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1000000000LL
#define FDS 8

static const struct peer_ops ops = QUIET_HOST(quiet_update);

static void as_peer(struct rd in)
{
	struct peer_conf c = {.local_as = 65000,
			      .remote_as = 65001,
			      .router_id = 0x0a000001,
			      .hold_time = 9,
			      .keepalive = 3};
	struct text again = {0};
	enum peer_conn conn;
	struct peer *p;

	capa_init(&c.capa);
	c.capa.families = 3;
	c.capa.as4 = c.capa.route_refresh = c.capa.ext_message = true;
	p = peer_new(&c, &ops, NULL);
	if (peer_adopt(p, in, &conn, NOW)) {
		if (!peer_is_up(p) || !peer_carry(p, &again, &conn))
			abort();
		peer_tick(p, NOW);
		peer_recv(p, conn, in.at, rd_left(&in), NOW);
		peer_stop(p, BGP_CEASE_ADMIN_SHUTDOWN, NULL, NOW);
	} else if (peer_is_up(p)) {
		abort();
	}
	peer_free(p);
	text_free(&again);
}

static void as_bfd(struct rd in)
{
	struct bfd_session s;
	struct bfd_packet p;
	struct text again = {0};

	if (!bfd_session_adopt(in, &s))
		return;
	bfd_session_tick(&s, NOW);
	for (int i = 0; i < 4; i++)
		bfd_session_send(&s, 12345, &p, NOW);
	bfd_session_carry(&s, &again);
	text_free(&again);
}

static void as_adj_out(struct rd in)
{
	struct update_ctx ctx = {.attr = {.as4 = true, .local_as = 65000, .remote_as = 65001},
				 .agreed = {.families = 3, .as4 = true}};
	struct attr_table *attrs = attr_table_new();
	struct adj_out *o = adj_out_new(attrs);
	static uint8_t msg[BGP_MSG_EXT_MAX];
	struct text again = {0};

	adj_out_up(o, &ctx);
	if (adj_out_adopt(o, in)) {
		adj_out_carry(o, &again);
		adj_out_want_begin(o);
		adj_out_want_end(o);
	}
	for (;;) {
		struct wr wr = wr_init(msg, sizeof(msg));

		if (!adj_out_next(o, &wr))
			break;
	}
	adj_out_free(o);
	attr_table_free(attrs);
	text_free(&again);
}

/* Each descriptor is in one place, whatever was said of it. */
static void count(unsigned int *seen, const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0 && ++seen[fds[i]] > 1)
			abort();
	}
}

static void as_handed(struct rd in)
{
	unsigned int seen[FDS] = {0};
	struct handed h;
	int fds[FDS];

	for (int i = 0; i < FDS; i++)
		fds[i] = i;
	if (!handed_get(in, fds, FDS, &h) && h.n_sessions)
		abort();
	count(seen, fds, FDS);
	count(seen, h.listeners, 2);
	for (size_t i = 0; i < h.n_sessions; i++) {
		count(seen, &h.sessions[i].fd, 1);
		if (h.sessions[i].fd < 0 || rd_left(&h.sessions[i].body) > rd_left(&in))
			abort();
	}
	for (int i = 0; i < FDS; i++) {
		if (!seen[i])
			abort();
	}
}

static void as_bfd_handed(struct rd in)
{
	struct bfd_io_export e, back;
	unsigned int seen[FDS] = {0};
	struct text again = {0};
	struct bfd_packet p;
	int fds[FDS];
	size_t n = 0;

	for (int i = 0; i < FDS; i++)
		fds[i] = i;
	if (!bfd_handed_get(in, fds, FDS, &e) && e.n)
		abort();
	count(seen, fds, FDS);
	count(seen, e.listeners, BFD_IO_LISTENERS);
	for (size_t i = 0; i < e.n; i++)
		count(seen, &e.sessions[i].fd, 1);
	bfd_handed_put(&e, &again, fds, &n, FDS);
	if (!bfd_handed_get(rd_init(again.s, again.len), fds, n, &back) || back.n != e.n)
		abort();
	for (size_t i = 0; i < e.n; i++) {
		bfd_session_tick(&e.sessions[i].state.session, NOW);
		bfd_session_send(&e.sessions[i].state.session, 12345, &p, NOW);
	}
	text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_init(data, size);
	uint8_t what;

	if (!rd_u8(&in, &what))
		return 0;
	switch (what % 5) {
	case 0:
		as_peer(in);
		break;
	case 1:
		as_bfd(in);
		break;
	case 3:
		as_handed(in);
		break;
	case 4:
		as_bfd_handed(in);
		break;
	default:
		as_adj_out(in);
		break;
	}
	return 0;
}
