/*
 * When a peer dials, and how long it waits before it dials again: after what has failed, what has
 * ended, and where it is not to dial at all.
 */
#include "test/unit/bgp/pair.h"

static void retries(void **state)
{
	static const int64_t waits[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	begin(&ca, &cb);
	b.refuses = true;
	peer_start(a.peer, now);
	settle();
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(a.dials, i + 1);
		assert_int_equal(peer_deadline(a.peer) - now, waits[i] * MS);
		now = peer_deadline(a.peer);
		peer_tick(a.peer, now);
		settle();
	}
	/* something got better: at once, and from the first step on */
	peer_hurry(a.peer, now);
	assert_int_equal(peer_deadline(a.peer), now);
	end();
}

/* The reload of a ToR is not punished: after a good session the first step again. */
static void reconnects_fast(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	int64_t lost;

	(void)state;
	both_up(&ca, &cb);
	run_until(now + 60 * SECOND);
	peer_disconnected(a.peer, CONN_OUT, now);
	a.open[CONN_OUT] = false;
	b.closed[CONN_IN] = true;
	lost = now;
	assert_int_equal(a.reason, DOWN_TCP);
	run_until(now + 200 * MS);
	assert_true(peer_is_up(a.peer));
	assert_true(peer_since(a.peer) - lost <= 100 * MS);
	end();
}

/* A dial that nobody answers is given up and tried again. */
static void unanswered_dial(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	begin(&ca, &ca);
	peer_start(a.peer, now);
	assert_int_equal(a.dials, 1);
	assert_int_equal(peer_deadline(a.peer) - now, PEER_CONNECT_WAIT_US);
	now = peer_deadline(a.peer);
	peer_tick(a.peer, now);
	assert_int_equal(a.dials, 2);
	end();
}

/* A session that dies young each time backs off, up to the longest wait; one that lived does not.
 */
static void flapping(void **state)
{
	static const int64_t waits[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	both_up(&ca, &cb);
	b.refuses = false;
	a.refuses = true;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]) + 2; i++) {
		bool old = i >= sizeof(waits) / sizeof(waits[0]);
		int64_t lost;

		run_until(now + (old ? 11 : 5) * SECOND);
		assert_true(peer_is_up(a.peer));
		peer_disconnected(a.peer, CONN_OUT, now);
		a.open[CONN_OUT] = false;
		b.closed[CONN_IN] = true;
		lost = now;
		assert_int_equal(peer_deadline(a.peer) - lost, (old ? 100 : waits[i]) * MS);
		run_until(lost + 6 * SECOND);
		assert_true(peer_is_up(a.peer));
		/* as young as before */
		now = peer_since(a.peer);
	}
	end();
}

/* More routes than maximum-routes: nothing is dialled for a minute, and what the other side dials
 * is not accepted, unless the operator has a word. */
static void maximum_routes_waits(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct prefix p = test_prefix("10.1.0.0/16");
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	for (int word = 0; word < 3; word++) {
		int64_t stopped;

		both_up(&ca, &cb);
		wr = wr_init(buf, sizeof(buf));
		update_encode_withdraw(peer_ctx(b.peer), &p, 1, BGP_MSG_MAX, &wr);
		a.rejects = word ? BGP_CEASE_MAX_PREFIXES : BGP_CEASE_OUT_OF_RESOURCES;
		peer_queue(b.peer, buf, wr_len(&wr), now);
		settle();
		stopped = now;
		assert_int_equal(a.downs, 1);
		assert_int_equal(a.dials, 1);
		run_until(stopped + (word ? 30 : 60) * SECOND - 1);
		assert_int_equal(a.dials, 1);
		assert_true(b.dials > 2); /* it has tried */
		assert_int_equal(b.ups, 1);
		a.rejects = 0;
		b.refuses = word; /* so it is the one who dials */
		if (word == 1)
			peer_reset(a.peer, BGP_CEASE_ADMIN_RESET, NULL, now);
		else if (word == 2)
			peer_hurry(a.peer, now); /* another limit */
		run_until(now + 6 * SECOND);
		assert_true(peer_is_up(a.peer));
		end();
	}
}

static void passive(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	ca.passive = true;
	begin(&ca, &cb);
	peer_start(a.peer, now);
	run_until(now + 60 * SECOND);
	assert_int_equal(a.dials, 0);
	assert_int_equal(peer_state(a.peer), BGP_ACTIVE);
	peer_start(b.peer, now);
	run_until(now + SECOND);
	assert_true(peer_is_up(a.peer));
	end();
}

/* Changed under way, without a session to lose. */
static void passive_and_not(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	ca.passive = true;
	begin(&ca, &cb);
	peer_start(a.peer, now);
	ca.passive = false;
	assert_false(peer_set_conf(a.peer, &ca, now));
	b.refuses = true;
	run_until(now + SECOND);
	assert_in_range(a.dials, 2, 10);
	/* while it waits to dial again, and while a dial is under way */
	for (int dialling = 0; dialling < 2; dialling++) {
		unsigned int dials;

		if (dialling) {
			now = peer_deadline(a.peer);
			peer_tick(a.peer, now);
			assert_true(a.dialling);
		}
		ca.passive = true;
		assert_false(peer_set_conf(a.peer, &ca, now));
		dials = a.dials;
		run_until(now + 60 * SECOND);
		assert_int_equal(a.dials, dials);
		assert_int_equal(peer_state(a.peer), BGP_ACTIVE);
		ca.passive = false;
		peer_set_conf(a.peer, &ca, now);
	}
	/* and one that is up does not notice */
	b.refuses = false;
	run_until(now + 10 * SECOND);
	peer_start(b.peer, now);
	run_until(now + 10 * SECOND);
	assert_true(peer_is_up(a.peer));
	ca.passive = true;
	assert_false(peer_set_conf(a.peer, &ca, now));
	run_until(now + 10 * SECOND);
	assert_int_equal(a.downs, 0);
	end();
}

static void path_down(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	with_gr(&ca, false);
	with_gr(&cb, false);
	both_up(&ca, &cb);
	peer_path_down(a.peer, now);
	assert_int_equal(a.reason, DOWN_BFD);
	assert_false(a.graceful);
	assert_true(peer_deadline(a.peer) <= now + PEER_RETRY_FIRST_US * 2);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retries),
		cmocka_unit_test(reconnects_fast),
		cmocka_unit_test(unanswered_dial),
		cmocka_unit_test(flapping),
		cmocka_unit_test(maximum_routes_waits),
		cmocka_unit_test(passive),
		cmocka_unit_test(passive_and_not),
		cmocka_unit_test(path_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
