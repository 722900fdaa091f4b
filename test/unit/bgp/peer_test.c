/*
 * The peer, by two of them back to back in memory. Time is a number: nothing here waits for
 * anything.
 */
#include "test/unit/bgp/pair.h"

static void comes_up(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	cb.hold_time = 30;
	both_up(&ca, &cb);
	assert_int_equal(a.ups, 1);
	assert_int_equal(peer_hold_time(a.peer), 9);
	assert_int_equal(peer_hold_time(b.peer), 9);
	assert_int_equal(peer_keepalive(b.peer), 3);
	assert_int_equal(peer_open_received(a.peer)->id, 2);
	assert_true(peer_ctx(a.peer)->agreed.as4);
	/* and stays up by keepalives alone */
	run_until(now + 3600 * SECOND);
	assert_int_equal(a.downs, 0);
	assert_true(peer_counters(a.peer)->rx[BGP_KEEPALIVE] >= 1200);
	end();
}

static void hold_time_zero(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	ca.hold_time = 0;
	both_up(&ca, &cb);
	assert_int_equal(peer_hold_time(a.peer), 0);
	a.deaf = b.deaf = true;
	run_until(now + 100000 * SECOND);
	assert_true(peer_is_up(a.peer));
	assert_int_equal(peer_counters(a.peer)->tx[BGP_KEEPALIVE], 1);
	end();
}

static void hold_timer(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	int64_t from;

	(void)state;
	both_up(&ca, &cb);
	from = now;
	a.deaf = true;
	run_until(now + 7 * SECOND);
	assert_true(peer_is_up(a.peer));
	run_until(from + 10 * SECOND);
	assert_int_equal(a.downs, 1);
	assert_int_equal(a.reason, DOWN_HOLD_TIMER);
	assert_false(a.graceful);
	assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_HOLD_TIMER);
	assert_true(peer_last_error_sent(a.peer));
	assert_int_equal(peer_last_error(b.peer)->code, BGP_ERR_HOLD_TIMER);
	assert_false(peer_last_error_sent(b.peer));
	a.deaf = false;
	run_until(now + 10 * SECOND);
	assert_true(peer_is_up(a.peer));
	end();
}

/* RFC 9687: the peer speaks, but takes nothing. */
static void send_hold_timer(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	uint8_t keepalive[19];

	(void)state;
	both_up(&ca, &cb);
	memset(keepalive, 0xff, 16);
	memcpy(keepalive + 16, "\0\x13\4", 3);
	/* a's octets go nowhere from here on; b's are made up */
	for (int s = 0; s < 479; s++) {
		now += SECOND;
		peer_tick(a.peer, now);
		peer_recv(a.peer, CONN_OUT, keepalive, sizeof(keepalive), now);
		assert_true(peer_is_up(a.peer));
	}
	now += 10 * SECOND;
	peer_recv(a.peer, CONN_OUT, keepalive, sizeof(keepalive), now);
	peer_tick(a.peer, now);
	assert_int_equal(a.downs, 1);
	assert_int_equal(a.reason, DOWN_SEND_HOLD_TIMER);
	assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_SEND_HOLD);
	end();
}

/* RFC 4271 section 6.8: both dial at once; the connection of the higher identifier stays. */
static void collision(void **state)
{
	(void)state;
	for (int a_higher = 0; a_higher < 2; a_higher++) {
		struct peer_conf ca = conf_of(65000, 65001, a_higher ? 9 : 1);
		struct peer_conf cb = conf_of(65001, 65000, 5);

		begin(&ca, &cb);
		peer_start(a.peer, now);
		peer_start(b.peer, now);
		run_until(now + 5 * SECOND);
		assert_true(peer_is_up(a.peer));
		assert_true(peer_is_up(b.peer));
		assert_int_equal(a.ups, 1);
		assert_int_equal(b.ups, 1);
		assert_int_equal(a.downs, 0);
		assert_true(a.open[a_higher ? CONN_OUT : CONN_IN]);
		assert_false(a.open[a_higher ? CONN_IN : CONN_OUT]);
		assert_true(peer_counters(a.peer)->collisions + peer_counters(b.peer)->collisions >
			    0);
		end();
	}
}

/* RFC 6286: equal identifiers in two ASes; the larger AS decides. */
static void collision_same_identifier(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 7), cb = conf_of(65001, 65000, 7);

	(void)state;
	begin(&ca, &cb);
	peer_start(a.peer, now);
	peer_start(b.peer, now);
	run_until(now + 5 * SECOND);
	assert_true(peer_is_up(a.peer));
	assert_true(b.open[CONN_OUT]);
	end();
}

static void open_refused(struct peer_conf *ca, struct peer_conf *cb, uint8_t subcode)
{
	begin(ca, cb);
	a.refuses = true;
	peer_start(b.peer, now);
	peer_start(a.peer, now);
	run_until(now + 500 * MS);
	assert_false(peer_is_up(a.peer));
	assert_int_equal(a.ups + b.ups, 0);
	assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_OPEN);
	assert_int_equal(peer_last_error(a.peer)->subcode, subcode);
	/* and not again for a second */
	assert_int_equal(a.dials, 1);
	end();
}

/* remote-as external: whichever AS the neighbour has, but ours. */
static void remote_as_left_open(void **state)
{
	struct peer_conf ca = conf_of(65000, 0, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	both_up(&ca, &cb);
	assert_int_equal(peer_remote_as(a.peer), 65001);
	assert_int_equal(peer_ctx(a.peer)->attr.remote_as, 65001);
	assert_false(peer_ctx(a.peer)->attr.ibgp);
	end();
	cb = conf_of(65000, 65000, 2);
	open_refused(&ca, &cb, BGP_OPEN_BAD_PEER_AS);
}

static void open_checks(void **state)
{
	struct peer_conf ca, cb;

	(void)state;
	ca = conf_of(65000, 65002, 1);
	cb = conf_of(65001, 65000, 2);
	open_refused(&ca, &cb, BGP_OPEN_BAD_PEER_AS);
	ca = conf_of(65000, 65000, 1);
	cb = conf_of(65000, 65000, 1);
	open_refused(&ca, &cb, BGP_OPEN_BAD_IDENTIFIER);
	ca = conf_of(65000, 65001, 1);
	cb = conf_of(65001, 65000, 2);
	ca.capa.role = cb.capa.role = ROLE_CUSTOMER;
	open_refused(&ca, &cb, BGP_OPEN_ROLE_MISMATCH);
	ca.capa.role = cb.capa.role = ROLE_NONE;
	ca.capa.families = FAMILY_BIT(FAMILY_IP4);
	cb.capa.families = FAMILY_BIT(FAMILY_IP6);
	open_refused(&ca, &cb, BGP_OPEN_UNSUPPORTED_CAPABILITY);
}

/* Raw octets to an Established session of a; what a says to them. */
static void feed(const char *hex, uint8_t code, uint8_t subcode)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	uint8_t buf[512];
	size_t n = test_hex(hex, buf, sizeof(buf));

	both_up(&ca, &cb);
	/* octet by octet: where the stream is cut makes no difference */
	for (size_t i = 0; i < n; i++)
		peer_recv(a.peer, CONN_OUT, buf + i, 1, now);
	settle();
	assert_int_equal(a.downs, code != 0);
	if (code) {
		assert_int_equal(peer_last_error(a.peer)->code, code);
		assert_int_equal(peer_last_error(a.peer)->subcode, subcode);
		assert_int_equal(a.reason, DOWN_NOTIFICATION_SENT);
		assert_int_equal(b.reason, DOWN_NOTIFICATION_RECEIVED);
		assert_int_equal(peer_last_error(b.peer)->code, code);
	}
	run_until(now + 5 * SECOND);
	assert_true(peer_is_up(a.peer)); /* still, or again */
	end();
}

#define MARKER "ffffffffffffffffffffffffffffffff"

static void malformed(void **state)
{
	(void)state;
	feed("00", BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED);
	feed(MARKER "001204", BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH);
	feed(MARKER "ffff02", BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH);
	feed(MARKER "001309", BGP_ERR_HEADER, BGP_HEADER_BAD_TYPE);
	feed(MARKER "001d01 04fde9000900000002 00", BGP_ERR_FSM, BGP_FSM_IN_ESTABLISHED);
	feed(MARKER "001702 00050000", BGP_ERR_UPDATE, BGP_UPDATE_MALFORMED_ATTR_LIST);
	feed(MARKER "001902 0002 2100 0000", BGP_ERR_UPDATE, BGP_UPDATE_INVALID_NETWORK);
	/* what RFC 7606 keeps the session for: a malformed ORIGIN */
	feed(MARKER "001f02 0000 0004 40010107 18 0ae901", 0, 0);
	feed(MARKER "001702 00000000", 0, 0);
	feed(MARKER "001304", 0, 0);
}

static void in_the_wrong_state(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1);
	uint8_t buf[64];

	(void)state;
	begin(&ca, &ca);
	peer_start(a.peer, now);
	a.dialling = false;
	a.open[CONN_OUT] = true;
	peer_connected(a.peer, CONN_OUT, now);
	assert_int_equal(peer_state(a.peer), BGP_OPENSENT);
	peer_recv(a.peer, CONN_OUT, buf, test_hex(MARKER "001304", buf, sizeof(buf)), now);
	assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_FSM);
	assert_int_equal(peer_last_error(a.peer)->subcode, BGP_FSM_IN_OPENSENT);
	assert_false(a.open[CONN_OUT]);
	end();
}

static void loses_tcp(bool gr, bool graceful)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	if (gr) {
		with_gr(&ca, false);
		with_gr(&cb, false);
	}
	both_up(&ca, &cb);
	a.open[CONN_OUT] = false;
	peer_disconnected(a.peer, CONN_OUT, now);
	assert_int_equal(a.downs, 1);
	assert_int_equal(a.graceful, graceful);
	end();
}

/* RFC 4724 and RFC 8538: when routes may stay. */
static void graceful(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	loses_tcp(false, false);
	loses_tcp(true, true);
	with_gr(&ca, true);
	with_gr(&cb, true);
	/* with the N bit the hold timer keeps them too */
	both_up(&ca, &cb);
	a.deaf = true;
	run_until(now + 12 * SECOND);
	assert_true(a.graceful);
	assert_true(b.graceful); /* told by a NOTIFICATION */
	end();
	/* without it neither end keeps them (RFC 4724 is about lost connections), whoever lacks it
	 */
	for (int whose = 0; whose < 3; whose++) {
		ca.capa.gr_notification = whose == 0;
		cb.capa.gr_notification = whose == 1;
		both_up(&ca, &cb);
		a.deaf = true;
		run_until(now + 12 * SECOND);
		assert_int_equal(a.reason, DOWN_HOLD_TIMER);
		assert_false(a.graceful);
		assert_int_equal(b.reason, DOWN_NOTIFICATION_RECEIVED);
		assert_false(b.graceful);
		end();
	}
	ca.capa.gr_notification = cb.capa.gr_notification = true;
	/* what was more than a limit is not kept (section 5.1) */
	both_up(&ca, &cb);
	update_encode_eor(AFI_IP6, &wr);
	a.rejects = BGP_CEASE_MAX_PREFIXES;
	peer_queue(b.peer, buf, wr_len(&wr), now);
	settle();
	assert_int_equal(a.reason, DOWN_NOTIFICATION_SENT);
	assert_false(a.graceful);
	assert_false(b.graceful);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_HARD_RESET);
	assert_int_equal(peer_last_error(b.peer)->data_len, 2);
	assert_int_equal(peer_last_error(b.peer)->data[0], BGP_ERR_CEASE);
	assert_int_equal(peer_last_error(b.peer)->data[1], BGP_CEASE_MAX_PREFIXES);
	end();
	/* the operator's word does not: it goes as a Hard Reset */
	both_up(&ca, &cb);
	peer_stop(a.peer, BGP_CEASE_ADMIN_SHUTDOWN, "bye", now);
	settle();
	assert_false(b.graceful);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_HARD_RESET);
	assert_int_equal(peer_last_error(b.peer)->data[0], BGP_ERR_CEASE);
	assert_int_equal(peer_last_error(b.peer)->data[1], BGP_CEASE_ADMIN_SHUTDOWN);
	end();
	/* another hold time: both come back, and lose nothing */
	both_up(&ca, &cb);
	ca.hold_time += 3;
	assert_true(peer_set_conf(a.peer, &ca, now));
	settle();
	assert_int_equal(a.reason, DOWN_RECONFIGURED);
	assert_true(a.graceful);
	assert_true(b.graceful);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_CONFIG_CHANGE);
	end();
	/* another identifier is another speaker's */
	both_up(&ca, &cb);
	ca.router_id++;
	assert_true(peer_set_conf(a.peer, &ca, now));
	settle();
	assert_false(a.graceful);
	assert_false(b.graceful);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_HARD_RESET);
	end();
}

/* What one session had agreed on is not the next one's: until its OPEN has come, messages are of
 * 4,096 octets at most (RFC 8654 section 4). */
static void long_messages_end(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	uint8_t head[BGP_HEADER_LEN];

	(void)state;
	ca.capa.ext_message = cb.capa.ext_message = true;
	memset(head, 0xff, 16);
	head[16] = 5000 >> 8;
	head[17] = 5000 & 0xff;
	head[18] = BGP_UPDATE;
	both_up(&ca, &cb);
	peer_recv(a.peer, CONN_OUT, head, sizeof(head), now);
	assert_true(peer_is_up(a.peer)); /* the rest is waited for */
	a.open[CONN_OUT] = false;
	peer_disconnected(a.peer, CONN_OUT, now);
	b.open[CONN_IN] = false;
	peer_disconnected(b.peer, CONN_IN, now);
	now += SECOND;
	peer_tick(a.peer, now);
	assert_true(a.dialling);
	a.dialling = false;
	a.open[CONN_OUT] = true;
	assert_true(peer_connected(a.peer, CONN_OUT, now));
	peer_recv(a.peer, CONN_OUT, head, sizeof(head), now);
	assert_false(a.open[CONN_OUT]);
	assert_int_equal(peer_last_error(a.peer)->code, BGP_ERR_HEADER);
	assert_int_equal(peer_last_error(a.peer)->subcode, BGP_HEADER_BAD_LENGTH);
	end();
}

/* RFC 4724 section 5: the peer was killed and dials anew, and we had not noticed. */
static void replaced(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	with_gr(&ca, false);
	with_gr(&cb, false);
	both_up(&ca, &cb);
	run_until(now + 60 * SECOND);
	/* a dies without a word, and another one takes its place */
	a.open[CONN_OUT] = false;
	peer_free(a.peer);
	a.peer = peer_new(&ca, &ops, &a);
	a.dialling = false;
	peer_start(a.peer, now);
	run_until(now + SECOND);
	assert_int_equal(b.downs, 1);
	assert_int_equal(b.reason, DOWN_REPLACED);
	assert_true(b.graceful);
	assert_true(peer_is_up(b.peer));
	assert_int_equal(b.ups, 2);
	end();
}

static void old_speaker(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct bgp_error err;
	uint8_t buf[64];
	struct wr wr;

	(void)state;
	/* b answers the first OPEN with Unsupported Optional Parameter, as RFC 1771 speakers do */
	begin(&ca, &cb);
	peer_start(a.peer, now);
	a.dialling = false;
	a.open[CONN_OUT] = true;
	peer_connected(a.peer, CONN_OUT, now);
	bgp_error_set(&err, BGP_ERR_OPEN, BGP_OPEN_UNSUPPORTED_PARAMETER, NULL, 0, "");
	wr = wr_init(buf, sizeof(buf));
	notification_encode(&err, &wr);
	peer_recv(a.peer, CONN_OUT, buf, wr_len(&wr), now);
	assert_false(a.open[CONN_OUT]);
	/* the next one goes without any */
	capa_init(&cb.capa);
	peer_free(b.peer);
	b.peer = peer_new(&cb, &ops, &b);
	peer_start(b.peer, now);
	b.dialling = false;
	a.refuses = true;
	run_until(now + 5 * SECOND);
	assert_true(peer_is_up(a.peer));
	assert_false(peer_ctx(a.peer)->agreed.as4);
	assert_int_equal(peer_ctx(a.peer)->agreed.families, FAMILY_BIT(FAMILY_IP4));
	end();
}

static void maximum_routes(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct update_ctx ctx;
	struct prefix p = test_prefix("10.1.0.0/16");
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	both_up(&ca, &cb);
	ctx = *peer_ctx(b.peer);
	update_encode_withdraw(&ctx, &p, 1, BGP_MSG_MAX, &wr);
	peer_queue(b.peer, buf, wr_len(&wr), now);
	settle();
	assert_int_equal(a.updates, 1);
	assert_true(peer_is_up(a.peer));
	a.rejects = BGP_CEASE_MAX_PREFIXES;
	peer_queue(b.peer, buf, wr_len(&wr), now);
	settle();
	assert_int_equal(peer_last_error(b.peer)->code, BGP_ERR_CEASE);
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_MAX_PREFIXES);
	end();
}

/* Whoever does not read costs half a mebibyte, and that is counted; once it reads again, more goes.
 */
static void output_is_limited(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct prefix p = test_prefix("10.1.0.0/16");
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));
	const uint8_t *out;
	size_t n = 0;

	(void)state;
	both_up(&ca, &cb);
	update_encode_withdraw(peer_ctx(a.peer), &p, 1, BGP_MSG_MAX, &wr);
	peer_sent(a.peer, CONN_OUT, peer_output(a.peer, CONN_OUT, &out), now);
	for (; peer_can_send(a.peer); n++) /* as the host does */
		peer_queue(a.peer, buf, wr_len(&wr), now);
	assert_int_equal(n, (PEER_SENDQ_MAX / 2 + wr_len(&wr) - 1) / wr_len(&wr));
	assert_int_equal(peer_pending(a.peer), n * wr_len(&wr));
	assert_int_equal(peer_counters(a.peer)->limits[PEER_LIMIT_OUTPUT], 1);
	peer_sent(a.peer, CONN_OUT, wr_len(&wr), now);
	assert_true(peer_can_send(a.peer));
	peer_queue(a.peer, buf, wr_len(&wr), now);
	assert_int_equal(peer_counters(a.peer)->limits[PEER_LIMIT_OUTPUT], 2);
	for (int i = 0; i < PEER_LIMIT_COUNT; i++)
		assert_non_null(peer_limit_name((enum peer_limit)i));
	peer_sent(a.peer, CONN_OUT, peer_pending(a.peer), now);
	end();
}

/* RFC 4271 section 6.8: without graceful restart the connection that is Established stays; the new
 * one is told why it does not. */
static void latecomer(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 9), cb = conf_of(65001, 65000, 2);
	struct bgp_open open = {.version = BGP_VERSION, .asn = 65001, .hold_time = 9, .id = 2};
	uint8_t buf[256];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_error err;
	const uint8_t *out;
	size_t n;

	(void)state;
	both_up(&ca, &cb);
	run_until(now + 60 * SECOND);
	capa_init(&open.capa);
	open.capa.families = 3;
	open_encode(&open, &wr);
	/* not through b, which has no reason to */
	assert_true(peer_connected(a.peer, CONN_IN, now));
	n = peer_output(a.peer, CONN_IN, &out);
	assert_true(n > 0); /* our OPEN */
	peer_sent(a.peer, CONN_IN, n, now);
	peer_recv(a.peer, CONN_IN, buf, wr_len(&wr), now);
	assert_true(peer_is_up(a.peer));
	assert_int_equal(a.downs, 0);
	assert_int_equal(peer_counters(a.peer)->collisions, 1);
	assert_true(peer_last_error_sent(a.peer));
	err = *peer_last_error(a.peer);
	assert_int_equal(err.code, BGP_ERR_CEASE);
	assert_int_equal(err.subcode, BGP_CEASE_COLLISION);
	run_until(now + 60 * SECOND);
	assert_true(peer_is_up(b.peer));
	assert_int_equal(b.downs, 0);
	end();
}

/* RFC 7313 section 5, as the session sees it: what is not to be read is left alone, a BoRR or EoRR
 * of the wrong length ends it. */
static void refresh_of_other_lengths(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	uint8_t orf[] = {0, 1, REFRESH_REQUEST, 1, 1, 0x80, 0, 0}, buf[64];
	struct wr wr;

	(void)state;
	ca.capa.enhanced_refresh = cb.capa.enhanced_refresh = true;
	both_up(&ca, &cb);
	for (uint8_t subtype = REFRESH_REQUEST; subtype <= REFRESH_BORR; subtype++) {
		uint8_t *start;

		wr = wr_init(buf, sizeof(buf));
		orf[2] = subtype;
		start = msg_begin(&wr, BGP_ROUTE_REFRESH);
		wr_bytes(&wr, orf, sizeof(orf));
		msg_end(&wr, start);
		peer_queue(b.peer, buf, wr_len(&wr), now);
		settle();
		assert_int_equal(peer_is_up(a.peer), subtype == REFRESH_REQUEST);
	}
	assert_int_equal(a.refreshes, 0);
	assert_int_equal(peer_last_error(b.peer)->code, BGP_ERR_ROUTE_REFRESH);
	assert_int_equal(peer_last_error(b.peer)->subcode, 1);
	assert_int_equal(peer_last_error(b.peer)->data_len, wr_len(&wr));
	assert_memory_equal(peer_last_error(b.peer)->data, buf, wr_len(&wr));
	end();
}

static void refresh(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);
	struct bgp_refresh r = {.afi = 1, .safi = 1};
	uint8_t buf[64];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	both_up(&ca, &cb);
	refresh_encode(&r, &wr);
	peer_queue(b.peer, buf, wr_len(&wr), now);
	settle();
	assert_int_equal(a.refreshes, 1);
	end();
	/* not agreed on: ignored (RFC 2918) */
	ca.capa.route_refresh = false;
	both_up(&ca, &cb);
	peer_queue(b.peer, buf, wr_len(&wr), now);
	settle();
	assert_int_equal(a.refreshes, 0);
	assert_true(peer_is_up(a.peer));
	end();
}

static void reconfigured(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1), cb = conf_of(65001, 65000, 2);

	(void)state;
	both_up(&ca, &cb);
	assert_false(peer_set_conf(a.peer, &ca, now));
	ca.keepalive = 1;
	assert_false(peer_set_conf(a.peer, &ca, now));
	assert_true(peer_is_up(a.peer));
	ca.hold_time = 30;
	assert_true(peer_set_conf(a.peer, &ca, now));
	settle();
	assert_int_equal(peer_last_error(b.peer)->subcode, BGP_CEASE_CONFIG_CHANGE);
	run_until(now + 5 * SECOND);
	assert_true(peer_is_up(a.peer));
	ca.shutdown = true;
	strcpy(ca.shutdown_text, "maintenance");
	peer_set_conf(a.peer, &ca, now);
	run_until(now + 60 * SECOND);
	assert_false(peer_is_up(b.peer));
	assert_int_equal(peer_state(a.peer), BGP_IDLE);
	ca.shutdown = false;
	peer_set_conf(a.peer, &ca, now);
	run_until(now + 10 * SECOND);
	assert_true(peer_is_up(b.peer));
	end();
}

/* A neighbour that connected, said nothing or its OPEN alone, and connects again. */
static void mute_connection(void **state)
{
	struct peer_conf ca = conf_of(65000, 65001, 1);
	struct bgp_open open = {
		.version = BGP_VERSION, .asn = 65001, .hold_time = 180, .id = 2, .capa = ca.capa};
	uint8_t buf[256];
	struct wr wr = wr_init(buf, sizeof(buf));

	(void)state;
	ca.passive = true;
	open.capa.asn = 65001;
	open_encode(&open, &wr);
	for (int with_open = 0; with_open < 2; with_open++) {
		begin(&ca, &ca);
		peer_start(a.peer, now);
		a.open[CONN_IN] = true;
		assert_true(peer_connected(a.peer, CONN_IN, now));
		if (with_open)
			peer_recv(a.peer, CONN_IN, buf, wr_len(&wr), now);
		assert_int_equal(peer_state(a.peer), with_open ? BGP_OPENCONFIRM : BGP_OPENSENT);
		now += SECOND;
		assert_true(peer_connected(a.peer, CONN_IN, now));
		assert_false(a.open[CONN_IN]); /* the old one was closed */
		assert_int_equal(peer_state(a.peer), BGP_OPENSENT);
		peer_recv(a.peer, CONN_IN, buf, wr_len(&wr), now);
		assert_int_equal(peer_state(a.peer), BGP_OPENCONFIRM);
		assert_int_equal(a.downs, 0);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_up),
		cmocka_unit_test(hold_time_zero),
		cmocka_unit_test(hold_timer),
		cmocka_unit_test(send_hold_timer),
		cmocka_unit_test(collision),
		cmocka_unit_test(collision_same_identifier),
		cmocka_unit_test(open_checks),
		cmocka_unit_test(remote_as_left_open),
		cmocka_unit_test(malformed),
		cmocka_unit_test(in_the_wrong_state),
		cmocka_unit_test(graceful),
		cmocka_unit_test(long_messages_end),
		cmocka_unit_test(replaced),
		cmocka_unit_test(old_speaker),
		cmocka_unit_test(maximum_routes),
		cmocka_unit_test(output_is_limited),
		cmocka_unit_test(latecomer),
		cmocka_unit_test(refresh),
		cmocka_unit_test(refresh_of_other_lengths),
		cmocka_unit_test(reconfigured),
		cmocka_unit_test(mute_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
