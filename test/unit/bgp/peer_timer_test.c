/*
 * Each timer of a peer, by two of them back to back in memory or by one that is told what the other
 * side says. What a session does when one fires is peer_test's, too; here it is when.
 *
 * The timers of routes that stay (graceful restart, long-lived) are rib/retain_test's.
 */
#include "test/unit/bgp/pair.h"

#define MARKER "ffffffffffffffffffffffffffffffff"
#define LARGE  (PEER_HOLD_OPEN_S * SECOND)

static void hears(enum peer_conn c, const char *hex)
{
	uint8_t buf[256];

	peer_recv(a.peer, c, buf, test_hex(hex, buf, sizeof(buf)), now);
}

/* What a has said on the connection and nobody has read, forgotten. */
static void said_away(enum peer_conn c)
{
	const uint8_t *out;

	peer_sent(a.peer, c, peer_output(a.peer, c, &out), now);
}

/* One peer whose dial has just been answered. */
static void dialled(const struct peer_conf *ca)
{
	begin(ca, ca);
	peer_start(a.peer, now);
	a.dialling = false;
	a.open[CONN_OUT] = true;
	assert_true(peer_connected(a.peer, CONN_OUT, now));
	said_away(CONN_OUT);
}

#define OPEN_65001 MARKER "001d01 04fde9000900000002 00"
#define KEEPALIVE  MARKER "001304"

/* RFC 4271 section 10: each wait is between three quarters and all of what it should be; the next
 * one is double, up to what is configured. */
static void connect_retry_jitter(void **state)
{
	static const struct {
		uint32_t dice;
		int64_t of_1000;
	} rows[] = {{0, 1000}, {UINT32_MAX, 750}, {UINT32_MAX / 2, 875}};
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t wait = PEER_RETRY_FIRST_US;

		ca.connect_retry_max_us = 1000 * 1000;
		begin(&ca, &ca);
		dice = rows[i].dice;
		peer_start(a.peer, now);
		for (int n = 0; n < 8; n++) {
			int64_t got;

			assert_int_equal(a.dials, n + 1);
			a.dialling = false;
			peer_disconnected(a.peer, CONN_OUT, now);
			got = peer_deadline(a.peer) - now;
			assert_in_range(got, wait * rows[i].of_1000 / 1000,
					wait * rows[i].of_1000 / 1000 + 10);
			peer_tick(a.peer, now + got - 1); /* not before */
			assert_int_equal(a.dials, n + 1);
			now += got;
			peer_tick(a.peer, now);
			wait = wait * 2 < ca.connect_retry_max_us ? wait * 2
								  : ca.connect_retry_max_us;
		}
		end();
	}
}

/* Whoever accepts and says nothing has four minutes; who says an OPEN and no more, its hold time.
 */
static void hold_before_established(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1);

	(void)state;
	for (int opened = 0; opened < 2; opened++) {
		int64_t wait = opened ? 9 * SECOND : LARGE;

		dialled(&ca);
		if (opened) {
			hears(CONN_OUT, OPEN_65001);
			said_away(CONN_OUT);
			assert_int_equal(peer_state(a.peer), BGP_OPENCONFIRM);
		}
		while (now < 1000 * SECOND + wait) {
			int64_t at = peer_deadline(a.peer);

			now = at < 1000 * SECOND + wait ? at : 1000 * SECOND + wait;
			if (now < 1000 * SECOND + wait)
				assert_true(a.open[CONN_OUT]);
			peer_tick(a.peer, now);
			if (a.open[CONN_OUT])
				said_away(CONN_OUT);
		}
		assert_false(a.open[CONN_OUT]);
		assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_HOLD_TIMER);
		assert_int_equal(peer_counters(a.peer)->tx[BGP_NOTIFICATION], 1);
		assert_int_equal(a.ups, 0);
		end();
	}
}

/* RFC 4271 section 4.2: the smaller one; a keepalive at a third of it at the latest. */
static void hold_negotiated(void **state)
{
	static const struct {
		uint16_t ours, keepalive, theirs, hold, says;
	} rows[] = {
		{9, 3, 180, 9, 3},
		{180, 60, 9, 9, 3},
		{180, 1, 90, 90, 1},
		{0, 3, 9, 0, 0},
		{9, 3, 0, 0, 0},
		{3, 1, 3, 3, 1},
		{65535, 60, 65535, 65535, 60},
		{4, 60, 5, 4, 1},
		{3, 0, 3, 3, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
		uint64_t before;

		ca.hold_time = rows[i].ours;
		ca.keepalive = rows[i].keepalive;
		cb.hold_time = rows[i].theirs;
		cb.keepalive = 20000;
		both_up(&ca, &cb);
		assert_int_equal(peer_hold_time(a.peer), rows[i].hold);
		assert_int_equal(peer_hold_time(b.peer), rows[i].hold);
		assert_int_equal(peer_keepalive(a.peer), rows[i].says);
		/* so many it says in an hour, and a quarter to a third more with jitter */
		before = peer_counters(a.peer)->tx[BGP_KEEPALIVE];
		run_until(now + 3600 * SECOND);
		assert_true(peer_is_up(a.peer) && peer_is_up(b.peer));
		assert_in_range(peer_counters(a.peer)->tx[BGP_KEEPALIVE] - before,
				rows[i].says ? 3600 / rows[i].says - 1 : 0,
				rows[i].says ? 3600 / rows[i].says + 1 : 0);
		before = peer_counters(a.peer)->tx[BGP_KEEPALIVE];
		dice = UINT32_MAX;
		run_until(now + 3600 * SECOND);
		assert_in_range(peer_counters(a.peer)->tx[BGP_KEEPALIVE] - before,
				rows[i].says ? 4800 / rows[i].says - 2 : 0,
				rows[i].says ? 4800 / rows[i].says + 2 : 0);
		end();
	}
}

/* What restarts the hold timer: whole messages, of these kinds. */
static void hold_restarts(void **state)
{
	static const struct {
		const char *hex;
		bool restarts;
	} rows[] = {
		{KEEPALIVE, true},
		{MARKER "001702 00000000", true},           /* an End-of-RIB */
		{MARKER "001705 00010001", true},           /* ROUTE-REFRESH */
		{MARKER "001b02 0004 180ae901 0000", true}, /* a withdrawn route */
		{MARKER "0013", false},                     /* not all of one */
		{"ff", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
		int64_t from;

		both_up(&ca, &cb);
		/* from here on b is what the row says, and no more */
		a.deaf = true;
		from = now;
		hears(CONN_OUT, KEEPALIVE);
		run_until(from + 5 * SECOND);
		hears(CONN_OUT, rows[i].hex);
		run_until(from + 9 * SECOND - 1);
		assert_true(peer_is_up(a.peer));
		run_until(from + 9 * SECOND);
		if (peer_is_up(a.peer) != rows[i].restarts)
			fail_msg("%s", rows[i].hex);
		run_until(from + 14 * SECOND - 1);
		assert_int_equal(peer_is_up(a.peer), rows[i].restarts);
		run_until(from + 14 * SECOND);
		assert_int_equal(a.downs, 1);
		assert_int_equal(a.reason, DOWN_HOLD_TIMER);
		end();
	}
}

/* RFC 9687 section 3: eight minutes, or twice the hold time; an octet that goes begins it anew. */
static void send_hold(void **state)
{
	static const struct {
		uint16_t hold;
		int64_t seconds;
	} rows[] = {{9, 480}, {0, 480}, {240, 480}, {300, 600}, {65535, 131070}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
		uint8_t eor[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0,    23,   2,    0,    0,    0,    0};
		uint64_t said;
		int64_t from;

		ca.hold_time = cb.hold_time = rows[i].hold;
		ca.keepalive = cb.keepalive = rows[i].hold ? 1 : 0;
		both_up(&ca, &cb);
		said_away(CONN_OUT);
		peer_queue(a.peer, eor, sizeof(eor), now);
		said = peer_counters(a.peer)->tx[BGP_KEEPALIVE];
		from = now;
		for (int moved = 0; moved < 2; moved++) {
			while (now < from + (rows[i].seconds - 1) * SECOND) {
				now += 1 * SECOND;
				hears(CONN_OUT, KEEPALIVE); /* it speaks all the time */
				/* and more comes to wait, which is no sign of life of it */
				if ((now - from) % (100 * SECOND) == 0)
					peer_queue(a.peer, eor, sizeof(eor), now);
				peer_tick(a.peer, now);
				assert_true(peer_is_up(a.peer));
			}
			if (!moved) {
				peer_sent(a.peer, CONN_OUT, 1, now);
				from = now;
			}
		}
		now = from + rows[i].seconds * SECOND - 1;
		hears(CONN_OUT, KEEPALIVE);
		peer_tick(a.peer, now);
		assert_true(peer_is_up(a.peer));
		now++;
		peer_tick(a.peer, now);
		assert_false(peer_is_up(a.peer));
		assert_int_equal(a.reason, DOWN_SEND_HOLD_TIMER);
		assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_SEND_HOLD);
		/* and while it waited, keepalives were not heaped up */
		assert_int_equal(peer_counters(a.peer)->tx[BGP_KEEPALIVE], said);
		end();
	}
}

/* How long nothing is dialled after each kind of end. */
static void idle_hold(void **state)
{
	static const struct {
		const char *hex; /* what the other side says */
		int64_t ms;
	} rows[] = {
		{MARKER "001503 0602", 100},  /* its operator's shutdown: it will be back */
		{MARKER "001503 0604", 100},  /* its reset */
		{MARKER "001503 0400", 1000}, /* it has not heard us */
		{MARKER "001503 0301", 1000}, /* it does not like our UPDATE */
		{MARKER "001309", 1000},      /* and we not its type of message */
		{MARKER "001d01 04fde9000900000002 00", 1000}, /* out of place */
		{"00", 1000},
		{NULL, 100}, /* TCP is lost */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

		both_up(&ca, &cb);
		run_until(now + 60 * SECOND);
		b.refuses = true;
		if (rows[i].hex) {
			hears(CONN_OUT, rows[i].hex);
		} else {
			a.open[CONN_OUT] = false;
			peer_disconnected(a.peer, CONN_OUT, now);
		}
		assert_int_equal(a.downs, 1);
		if (peer_deadline(a.peer) - now != rows[i].ms * MS)
			fail_msg("%s: %lld us", rows[i].hex,
				 (long long)(peer_deadline(a.peer) - now));
		end();
	}
}

/* Timers that are told late fire once, and in an order that makes sense. */
static void told_late(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	both_up(&ca, &cb);
	now += 3600 * SECOND; /* the whole machine slept */
	peer_tick(a.peer, now);
	assert_int_equal(a.downs, 1);
	assert_int_equal(a.reason, DOWN_HOLD_TIMER);
	peer_tick(a.peer, now);
	assert_int_equal(a.downs, 1);
	assert_true(peer_deadline(a.peer) > now);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_retry_jitter),
		cmocka_unit_test(hold_before_established),
		cmocka_unit_test(hold_negotiated),
		cmocka_unit_test(hold_restarts),
		cmocka_unit_test(send_hold),
		cmocka_unit_test(idle_hold),
		cmocka_unit_test(told_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
