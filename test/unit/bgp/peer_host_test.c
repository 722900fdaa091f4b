/*
 * What the host tells a peer and asks it: that it restarts, that a session is to end, what the
 * OPENs were, and the words of a shutdown.
 */
#include "test/unit/bgp/pair.h"

/* RFC 4724 section 4.1: R while we restart, and F for the families whose forwarding was kept. */
static void restarting(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	with_gr(&ca, true);
	with_gr(&cb, true);
	for (int f = 0; f < 4; f++) {
		const struct capa *seen;

		begin(&ca, &cb);
		peer_set_restarting(a.peer, f > 0, (uint8_t)f);
		peer_start(a.peer, now);
		peer_start(b.peer, now);
		run_until(now + 10 * SECOND);
		assert_true(peer_is_up(b.peer));
		seen = &peer_open_received(b.peer)->capa;
		assert_int_equal(seen->gr_restarting, f > 0);
		assert_int_equal(seen->gr_forwarding, f);
		assert_int_equal(seen->gr_families, 3);
		assert_true(seen->gr_notification);
		assert_int_equal(seen->gr_time, 120);
		/* what is set later is of the next OPEN, and costs no session */
		peer_set_restarting(a.peer, false, 0);
		run_until(now + 10 * SECOND);
		assert_int_equal(b.downs, 0);
		peer_reset(a.peer, BGP_CEASE_ADMIN_RESET, NULL, now);
		run_until(now + 10 * SECOND);
		assert_false(peer_open_received(b.peer)->capa.gr_restarting);
		end();
	}
}

/* As they went over the wire: what BMP shows (RFC 7854 section 4.10). */
static void opens(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct rd sent, received, their_sent, their_received;
	struct bgp_error err;
	struct bgp_open o;
	struct bgp_msg m;

	(void)state;
	with_gr(&cb, false);
	strcpy(ca.capa.hostname, "kube1");
	begin(&ca, &cb);
	peer_opens(a.peer, &sent, &received);
	assert_int_equal(rd_left(&sent) + rd_left(&received), 0);
	end();
	both_up(&ca, &cb);
	peer_opens(a.peer, &sent, &received);
	peer_opens(b.peer, &their_sent, &their_received);
	assert_int_equal(rd_left(&sent), rd_left(&their_received));
	assert_memory_equal(sent.at, their_received.at, rd_left(&sent));
	assert_int_equal(rd_left(&received), rd_left(&their_sent));
	assert_memory_equal(received.at, their_sent.at, rd_left(&received));
	assert_int_equal(msg_next(&sent, BGP_MSG_MAX, &m, &err), MSG_OK);
	assert_true(open_decode(m.body, &o, &err));
	assert_string_equal(o.capa.hostname, "kube1");
	assert_int_equal(o.id, 1);
	end();
}

/* The host has found a reason to end it. */
static void failed(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct bgp_error err;

	(void)state;
	bgp_error_set(&err, BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, NULL, 0, "test");
	begin(&ca, &cb);
	peer_fail(a.peer, &err, now); /* nothing is up: nothing to end */
	assert_int_equal(peer_counters(a.peer)->tx[0], 0);
	end();
	both_up(&ca, &cb);
	b.refuses = true;
	peer_fail(a.peer, &err, now);
	assert_int_equal(peer_deadline(a.peer) - now, SECOND);
	settle();
	assert_int_equal(a.reason, DOWN_NOTIFICATION_SENT);
	assert_int_equal(b.reason, DOWN_NOTIFICATION_RECEIVED);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_OUT_OF_RESOURCES);
	end();
}

/* RFC 9003: whole characters, in as many octets as speakers of RFC 8203 take. */
static void shutdown_text(void **state)
{
	static const struct {
		size_t n; /* of the two octets of a character */
		bool odd; /* behind one of one octet */
		size_t want;
	} rows[] = {
		{0, false, 0}, {3, false, 6}, {64, false, 128}, {64, true, 127}, {300, true, 127}};
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int reset = 0; reset < 2; reset++) {
			char text[700] = "", got[256] = "";
			size_t at = 0;

			if (rows[i].odd)
				text[at++] = 'x';
			for (size_t n = 0; n < rows[i].n; n++, at += 2)
				memcpy(text + at, "\xc3\xa4", 2);
			both_up(&ca, &cb);
			if (reset)
				peer_reset(a.peer, BGP_CEASE_ADMIN_RESET, text, now);
			else
				peer_stop(a.peer, BGP_CEASE_ADMIN_SHUTDOWN, text, now);
			settle();
			assert_int_equal(
				bgp_error_shutdown_text(peer_last_error(b.peer), got, sizeof(got)),
				rows[i].want > 0);
			assert_int_equal(strlen(got), rows[i].want);
			assert_memory_equal(got, text, rows[i].want);
			end();
		}
	}
}

/* RFC 4724 section 5: the peer was killed, and we hear of it by its new connection, whoever had
 * dialled the old one. One that came up a moment ago is no old one, but a collision; and without
 * graceful restart at both ends the old one stays. */
static void replaced(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 9), cb = conf_of(65001, 65000, 2);
	struct bgp_open open = {.version = BGP_VERSION, .asn = 65001, .hold_time = 9, .id = 2};
	uint8_t buf[256], keepalive[BGP_HEADER_LEN];
	struct wr wr = wr_init(buf, sizeof(buf)), kw = wr_init(keepalive, sizeof(keepalive));
	const uint8_t *out;

	(void)state;
	with_gr(&ca, false);
	with_gr(&cb, false);
	open.capa = cb.capa;
	open.capa.asn = 65001;
	open_encode(&open, &wr);
	keepalive_encode(&kw);
	for (int n = 0; n < 8; n++) {
		bool accepted = n & 1, young = n & 2, stays = n & 6;

		ca.capa.gr = !(n & 4);

		begin(&ca, &cb);
		a.refuses = !accepted;
		b.refuses = accepted;
		peer_start(a.peer, now);
		peer_start(b.peer, now);
		run_until(now + (young ? 3 : 60) * SECOND);
		assert_true(peer_is_up(a.peer));
		assert_true(a.open[accepted ? CONN_IN : CONN_OUT]);
		b.open[accepted ? CONN_OUT : CONN_IN] = false;
		if (accepted && stays) {
			assert_false(peer_connected(a.peer, CONN_IN, now));
			assert_int_equal(a.downs, 0);
			end();
			continue;
		}
		assert_true(peer_connected(a.peer, CONN_IN, now));
		a.open[CONN_IN] = true;
		peer_sent(a.peer, CONN_IN, peer_output(a.peer, CONN_IN, &out), now);
		peer_recv(a.peer, CONN_IN, buf, wr_len(&wr), now);
		assert_int_equal(a.downs, !stays);
		if (!stays) {
			assert_int_equal(a.reason, DOWN_REPLACED);
			assert_true(a.graceful);
			peer_recv(a.peer, CONN_IN, keepalive, wr_len(&kw), now);
			assert_int_equal(a.ups, 2);
		} else {
			assert_false(a.open[CONN_IN]);
			assert_true(peer_is_up(a.peer));
		}
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarting), cmocka_unit_test(opens),
		cmocka_unit_test(failed),     cmocka_unit_test(shutdown_text),
		cmocka_unit_test(replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
