/*
 * peer: a whole neighbour, fed with octets cut anywhere, events and time in any order. The first
 * octets choose the configuration; then each command is one octet, with what it needs behind it.
 */
#include "agent/bgp/peer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct host {
	struct peer *peer;
	bool open[CONN_COUNT];
	bool up;
	uint32_t seed;
};

static int64_t now;

static void on_dial(void *ctx)
{
	((struct host *)ctx)->open[CONN_OUT] = true;
}

static void on_close(void *ctx, enum peer_conn c)
{
	struct host *h = ctx;
	const uint8_t *out;

	peer_output(h->peer, c, &out);
	h->open[c] = false;
}

static void on_up(void *ctx)
{
	struct host *h = ctx;

	if (h->up || !peer_is_up(h->peer) || !peer_ctx(h->peer))
		abort();
	h->up = true;
}

static void on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	struct host *h = ctx;

	(void)graceful;
	if (!h->up || peer_is_up(h->peer) || reason == DOWN_NONE)
		abort();
	h->up = false;
}

static bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	struct nlri n = u->reach;
	struct prefix p;
	uint32_t id;

	(void)ctx;
	while (nlri_next(&n, &p, &id))
		;
	if (p.b[3] != 77)
		return true;
	bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, NULL, 0, "fuzz");
	return false;
}

static void on_refresh(void *ctx, const struct bgp_refresh *r)
{
	(void)ctx;
	(void)r;
}

static void on_writable(void *ctx)
{
	(void)ctx;
}

static uint32_t on_random(void *ctx)
{
	struct host *h = ctx;

	return h->seed = h->seed * 1664525u + 1013904223u;
}

static const struct peer_ops ops = {on_dial,   on_close,   on_up,       on_down,
				    on_update, on_refresh, on_writable, on_random};

static void drain(struct host *h)
{
	for (int c = 0; c < CONN_COUNT; c++) {
		const uint8_t *out;
		size_t n = peer_output(h->peer, (enum peer_conn)c, &out);

		if (n && h->open[c])
			peer_sent(h->peer, (enum peer_conn)c, n, now);
	}
}

static void command(struct host *h, uint8_t what, struct rd *rd)
{
	enum peer_conn c = what & 0x80 ? CONN_IN : CONN_OUT;
	const uint8_t *bytes;
	uint16_t n;

	switch (what & 0x0f) {
	case 0:
		if (c == CONN_IN)
			h->open[CONN_IN] |= peer_connected(h->peer, CONN_IN, now);
		else if (h->open[CONN_OUT])
			peer_connected(h->peer, CONN_OUT, now);
		break;
	case 1:
		if (h->open[c]) {
			h->open[c] = false;
			peer_disconnected(h->peer, c, now);
		}
		break;
	case 2:
		if (rd_u16(rd, &n))
			now += (int64_t)n * 10000;
		peer_tick(h->peer, now);
		break;
	case 3:
		peer_stop(h->peer, what >> 4 & 7, "a reason", now);
		break;
	case 4:
		peer_start(h->peer, now);
		break;
	case 5:
		peer_reset(h->peer, BGP_CEASE_ADMIN_RESET, NULL, now);
		break;
	case 6:
		peer_path_down(h->peer, now);
		break;
	case 7:
		peer_hurry(h->peer, now);
		break;
	case 8:
		drain(h);
		break;
	default:
		if (!rd_u16(rd, &n))
			break;
		if (n > rd_left(rd))
			n = (uint16_t)rd_left(rd);
		if (rd_bytes(rd, n, &bytes) && h->open[c])
			peer_recv(h->peer, c, bytes, n, now);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_init(data, size);
	struct host h = {.seed = 1};
	struct peer_conf conf = {.local_as = 65000,
				 .remote_as = 65001,
				 .router_id = 1,
				 .hold_time = 9,
				 .keepalive = 3};
	uint8_t flags, what;

	if (!rd_u8(&rd, &flags))
		return 0;
	capa_init(&conf.capa);
	conf.capa.families = 3;
	conf.capa.as4 = flags & 1;
	conf.capa.ext_message = flags & 2;
	conf.capa.gr = flags & 4;
	conf.capa.gr_families = 3;
	conf.capa.gr_notification = flags & 8;
	conf.capa.route_refresh = conf.capa.enhanced_refresh = flags & 16;
	conf.capa.add_path[0] = flags & 32 ? ADD_PATH_RECEIVE : 0;
	conf.capa.ext_nexthop = 1;
	conf.passive = flags & 64;
	conf.remote_as = flags & 128 ? 65000 : 65001;
	now = 1000000;
	h.peer = peer_new(&conf, &ops, &h);
	peer_start(h.peer, now);
	while (rd_u8(&rd, &what))
		command(&h, what, &rd);
	peer_stop(h.peer, BGP_CEASE_ADMIN_SHUTDOWN, NULL, now);
	if (h.up)
		abort();
	peer_free(h.peer);
	return 0;
}
