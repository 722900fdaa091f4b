/* An Established peer carried to another, in the middle of a message either way; and what is not to
 * be believed. */
#include "test/unit/test.h"

#include "agent/bgp/peer_carry.h"
#include "agent/lib/carry.h"

#define SECOND 1000000LL

static int64_t now = 1000 * SECOND;
static unsigned int ups, downs, updates;

static void on_nothing(void *ctx)
{
	(void)ctx;
}

static void on_close(void *ctx, enum peer_conn c)
{
	(void)ctx;
	(void)c;
}

static void on_up(void *ctx)
{
	(void)ctx;
	ups++;
}

static void on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	(void)ctx;
	(void)reason;
	(void)graceful;
	downs++;
}

static bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	(void)ctx;
	(void)err;
	assert_int_equal(u->verdict, UPDATE_OK);
	updates++;
	return true;
}

static void on_refresh(void *ctx, const struct bgp_refresh *r)
{
	(void)ctx;
	(void)r;
}

static uint32_t on_random(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct peer_ops ops = {on_nothing, on_close,   on_up,      on_down,
				    on_update,  on_refresh, on_nothing, on_random};

static struct peer_conf conf(void)
{
	struct peer_conf c = {.local_as = 65000,
			      .remote_as = 65001,
			      .router_id = 0x0a000001,
			      .hold_time = 9,
			      .keepalive = 3};

	capa_init(&c.capa);
	c.capa.families = 3;
	c.capa.as4 = c.capa.route_refresh = c.capa.ext_message = true;
	return c;
}

static void sent_all(struct peer *p)
{
	const uint8_t *data;

	peer_sent(p, CONN_OUT, peer_output(p, CONN_OUT, &data), now);
}

/* Established on the connection that it dialled. */
static struct peer *established(void)
{
	struct peer_conf c = conf();
	struct bgp_open open = {.version = 4, .asn = 65001, .hold_time = 30, .id = 0x0a000002};
	struct peer *p = peer_new(&c, &ops, NULL);
	uint8_t msg[BGP_MSG_MAX];
	struct wr wr = wr_init(msg, sizeof(msg));

	ups = downs = updates = 0;
	open.capa = c.capa;
	open.capa.asn = 65001;
	open_encode(&open, &wr);
	keepalive_encode(&wr);
	peer_start(p, now);
	assert_true(peer_connected(p, CONN_OUT, now));
	peer_recv(p, CONN_OUT, msg, wr_len(&wr), now);
	assert_true(peer_is_up(p));
	assert_int_equal(ups, 1);
	sent_all(p);
	return p;
}

/* An UPDATE of one prefix. */
static size_t an_update(const struct peer *p, uint8_t *msg, size_t cap)
{
	static const uint8_t path[6] = {2, 1, 0, 0, 0xfd, 0xe9};
	struct attr_set set = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			       .as_path = path,
			       .as_path_len = sizeof(path),
			       .nexthop = test_addr("10.0.0.2")};
	struct prefix pfx = test_prefix("10.233.1.0/24");
	struct wr wr = wr_init(msg, cap);

	assert_int_equal(update_encode_reach(peer_ctx(p), &set, &pfx, 1, cap, &wr), 1);
	return wr_len(&wr);
}

static struct peer *adopt(const struct text *t, const struct peer_conf *c, bool *ok)
{
	struct peer *p = peer_new(c, &ops, NULL);
	enum peer_conn conn = CONN_COUNT;

	*ok = peer_adopt(p, rd_init(t->s, t->len), &conn, now);
	assert_int_equal(*ok, peer_is_up(p));
	if (*ok)
		assert_true(conn < CONN_COUNT);
	return p;
}

static void goes_on(void **state)
{
	struct peer *old = established(), *p;
	struct peer_conf c = conf();
	uint8_t msg[512], out[512];
	const uint8_t *data;
	size_t len, waiting;
	struct text t = {0};
	enum peer_conn conn;
	bool ok;

	(void)state;
	len = an_update(old, msg, sizeof(msg));
	/* half of what the neighbour says has come; half of what we say has gone */
	now += SECOND;
	peer_recv(old, CONN_OUT, msg, len / 2, now);
	peer_queue(old, msg, len, now);
	peer_sent(old, CONN_OUT, 11, now);
	waiting = peer_output(old, CONN_OUT, &data);
	memcpy(out, data, waiting);
	assert_true(peer_carry(old, &t, &conn));
	p = adopt(&t, &c, &ok);
	assert_true(ok);
	assert_int_equal(ups, 1); /* it was up all the time */
	assert_int_equal(peer_output(p, CONN_OUT, &data), waiting);
	assert_memory_equal(data, out, waiting);
	assert_int_equal(peer_deadline(p), peer_deadline(old));
	assert_int_equal(peer_since(p), peer_since(old));
	assert_int_equal(peer_hold_time(p), 9);
	assert_memory_equal(peer_counters(p), peer_counters(old), sizeof(struct peer_counters));
	assert_int_equal(peer_open_received(p)->asn, 65001);
	assert_true(peer_ctx(p)->agreed.route_refresh && peer_ctx(p)->agreed.ext_message);
	peer_recv(p, CONN_OUT, msg + len / 2, len - len / 2, now);
	assert_int_equal(updates, 1);
	/* its timers run */
	sent_all(p);
	now = peer_deadline(p);
	peer_tick(p, now);
	assert_true(peer_output(p, CONN_OUT, &data) > 0);
	assert_int_equal(downs, 0);
	/* once more, from there */
	text_free(&t);
	peer_free(old);
	old = p;
	assert_true(peer_carry(old, &t, &conn));
	p = adopt(&t, &c, &ok);
	assert_true(ok);
	peer_stop(p, BGP_CEASE_ADMIN_SHUTDOWN, NULL, now);
	peer_free(p);
	peer_free(old);
	text_free(&t);
}

/* Another configuration is another session. */
static void not_what_it_is_to_be(void **state)
{
	struct peer *old = established();
	struct text t = {0};
	enum peer_conn conn;

	(void)state;
	assert_true(peer_carry(old, &t, &conn));
	for (int i = 0; i < 7; i++) {
		struct peer_conf c = conf();
		struct peer *p;
		bool ok;

		if (i == 1)
			c.local_as = 65010;
		if (i == 2)
			c.remote_as = 65002;
		if (i == 3)
			c.router_id++;
		if (i == 4)
			c.hold_time = 10;
		if (i == 5)
			c.capa.families = 1;
		if (i == 6)
			c.shutdown = true;
		p = adopt(&t, &c, &ok);
		assert_int_equal(ok, i == 0);
		/* one that was refused starts like any other */
		if (i != 0 && i != 6) {
			peer_start(p, now);
			assert_true(peer_connected(p, CONN_OUT, now));
		}
		peer_free(p);
	}
	peer_free(old);
	text_free(&t);
}

static void idle_is_not_carried(void **state)
{
	struct peer_conf c = conf();
	struct peer *p = peer_new(&c, &ops, NULL);
	struct text t = {0};
	enum peer_conn conn;

	(void)state;
	assert_false(peer_carry(p, &t, &conn));
	peer_start(p, now);
	assert_false(peer_carry(p, &t, &conn));
	peer_free(p);
	text_free(&t);
}

/* Cut at every length, and with octets changed: taken whole or not at all. */
static void damaged(void **state)
{
	struct peer *old = established();
	struct peer_conf c = conf();
	struct text t = {0};
	uint32_t rnd = 7;
	enum peer_conn conn;
	uint8_t msg[512];
	bool ok;

	(void)state;
	peer_recv(old, CONN_OUT, msg, an_update(old, msg, sizeof(msg)) / 2, now);
	peer_queue(old, msg, 19, now);
	assert_true(peer_carry(old, &t, &conn));
	for (size_t len = 0; len < t.len; len++) {
		struct text part = {.s = malloc(len ? len : 1), .len = len};

		memcpy(part.s, t.s, len);
		peer_free(adopt(&part, &c, &ok));
		free(part.s);
	}
	for (int i = 0; i < 5000; i++) {
		struct text bad = {.s = malloc(t.len), .len = t.len};
		struct peer *p;

		memcpy(bad.s, t.s, t.len);
		for (uint32_t n = test_random(&rnd) % 3 + 1; n > 0; n--)
			bad.s[test_random(&rnd) % t.len] = (char)test_random(&rnd);
		p = adopt(&bad, &c, &ok);
		/* what was taken can be worked with */
		if (ok) {
			peer_tick(p, now);
			peer_queue(p, msg, 19, now);
			peer_stop(p, BGP_CEASE_ADMIN_SHUTDOWN, NULL, now);
		}
		peer_free(p);
		free(bad.s);
	}
	peer_free(old);
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
		cmocka_unit_test(not_what_it_is_to_be),
		cmocka_unit_test(idle_is_not_carried),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
