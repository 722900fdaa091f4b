/*
 * Two peers that dial each other at once (RFC 4271 section 6.8, RFC 6286 section 2.3), in thousands
 * of orders in which connections, messages and ends can come: in the end one connection is there,
 * it is the same at both ends, and it stays.
 *
 * In one order of ten it is not the first that was Established: RFC 4271 has an end that is
 * Established keep that connection, and the other end, if the KEEPALIVE is still on its way to it,
 * close it for having the lower identifier. Each closes the one that the other has kept, and the
 * retries, which are jittered, meet no more than a few times.
 */
#include "test/unit/bgp/pair.h"

#define ORDERS 4000

static uint32_t rnd;

/* One message out of the pipe, or the end that is behind the last one. */
static bool deliver_one(struct end *e, enum peer_conn c)
{
	uint8_t msg[BGP_MSG_MAX];
	size_t n = e->len[c];

	if (!n)
		return deliver(e, c);
	n = (size_t)e->pipe[c][16] << 8 | e->pipe[c][17];
	assert_true(n >= BGP_HEADER_LEN && n <= e->len[c]);
	memcpy(msg, e->pipe[c], n);
	e->len[c] -= n;
	memmove(e->pipe[c], e->pipe[c] + n, e->len[c]);
	if (e->open[c])
		peer_recv(e->peer, c, msg, n, now);
	return true;
}

/* One of the things that could happen next, whichever; false: nothing can. */
static bool move(void)
{
	unsigned int first = test_random(&rnd) % 10;

	dice = test_random(&rnd);
	for (unsigned int i = 0; i < 10; i++) {
		unsigned int which = (first + i) % 10;
		struct end *e = which & 1 ? &a : &b;
		enum peer_conn c = which & 2 ? CONN_OUT : CONN_IN;

		if (which < 4 ? deliver_one(e, c) : which < 8 ? flush(e, c) : connect_end(e))
			return true;
	}
	return false;
}

static void any_order(uint32_t a_id, uint32_t b_id, unsigned int *lost)
{
	struct peer_conf ca = conf_of(65000, 65001, a_id), cb = conf_of(65001, 65000, b_id);
	unsigned int moves = 0;

	begin(&ca, &cb);
	peer_start(a.peer, now);
	if (test_random(&rnd) % 2)
		move();
	peer_start(b.peer, now);
	/* to rest, and on by the timers until nothing has happened for a while */
	for (int64_t until = now + 20 * SECOND; now < until;) {
		int64_t at;

		while (move())
			assert_true(++moves < 10000);
		at = peer_deadline(a.peer) < peer_deadline(b.peer) ? peer_deadline(a.peer)
								   : peer_deadline(b.peer);
		now = at > now ? at : now;
		peer_tick(a.peer, now);
		dice = test_random(&rnd);
		peer_tick(b.peer, now);
	}
	while (move())
		;
	assert_true(peer_is_up(a.peer) && peer_is_up(b.peer));
	assert_true(a.open[CONN_OUT] != a.open[CONN_IN]);
	assert_int_equal(a.open[CONN_OUT], b.open[CONN_IN]);
	assert_int_equal(a.open[CONN_IN], b.open[CONN_OUT]);
	*lost += a.downs || b.downs;
	assert_true(a.downs <= 3 && b.downs <= 3);
	/* and there it stays: no dial is under way, no timer but the session's */
	assert_int_equal(a.ups - a.downs, 1);
	assert_int_equal(b.ups - b.downs, 1);
	end();
}

static void all_orders(void **state)
{
	static const struct {
		uint32_t a, b;
	} ids[] = {{1, 2}, {2, 1}, {7, 7}, {1, UINT32_MAX}, {UINT32_MAX, 1}};
	unsigned int lost = 0;

	(void)state;
	rnd = 4271;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		for (unsigned int n = 0; n < ORDERS; n++)
			any_order(ids[i].a, ids[i].b, &lost);
	}
	assert_in_range(lost, 1, 5 * ORDERS / 8); /* both kinds of order were among them */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
