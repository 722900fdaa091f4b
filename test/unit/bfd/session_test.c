/* Two BFD sessions back to back in memory, with integer time; and the transition table against
 * test/golden/bfd.txt, which is the table for people. LEAFPEER_GOLDEN=write writes it anew. */
#include "test/unit/test.h"

#include "agent/bfd/session.h"
#include "agent/lib/text.h"

#define MS     1000LL
#define GOLDEN "test/golden/bfd.txt"
#define FLIGHT (2 * MS) /* from one end to the other */

struct on_the_way {
	int64_t at;
	struct bfd_packet p;
};

struct pair {
	struct bfd_session s[2];
	int64_t now;
	bool cut[2]; /* what the end sends is lost */
	struct on_the_way wire[2][64];
	size_t n_wire[2];
	uint32_t random;
	uint64_t sent[2], polls[2], finals[2];
	int64_t last_sent[2], shortest[2], longest[2];
	bool moved; /* one of both was called in this round */
};

static const struct bfd_session_conf fast = {.min_tx = 50000, .min_rx = 50000, .mult = 3};
static const struct bfd_session_conf slow = {.min_tx = 300000, .min_rx = 200000, .mult = 5};

static void pair_init(struct pair *p, const struct bfd_session_conf *a,
		      const struct bfd_session_conf *b)
{
	memset(p, 0, sizeof(*p));
	p->random = 1;
	p->now = 1000000;
	bfd_session_init(&p->s[0], a, 111, p->now);
	bfd_session_init(&p->s[1], b, 222, p->now);
}

static void measure(struct pair *p, int end)
{
	p->shortest[end] = INT64_MAX;
	p->longest[end] = 0;
	p->last_sent[end] = 0;
	p->sent[end] = 0;
}

/* As a host does: through the octets. */
static struct bfd_packet through_octets(const struct bfd_packet *p)
{
	uint8_t buf[BFD_PACKET_LEN];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bfd_packet back;

	bfd_packet_encode(p, &wr);
	assert_true(wr_ok(&wr));
	assert_int_equal(bfd_packet_decode(rd_init(buf, sizeof(buf)), &back), BFD_OK);
	return back;
}

static void pump(struct pair *p, int end)
{
	struct bfd_packet out;

	while (bfd_session_send(&p->s[end], test_random(&p->random), &out, p->now)) {
		int64_t gap = p->now - p->last_sent[end];

		p->sent[end]++;
		p->polls[end] += out.poll;
		p->finals[end] += out.final;
		assert_false(out.poll && out.final);
		assert_false(out.demand || out.independent);
		assert_int_equal(out.min_echo_rx, 0);
		if (p->last_sent[end] && !out.final) {
			if (gap < p->shortest[end])
				p->shortest[end] = gap;
			if (gap > p->longest[end])
				p->longest[end] = gap;
		}
		p->last_sent[end] = p->now;
		if (p->cut[end])
			continue;
		assert_true(p->n_wire[end] < 64);
		p->wire[end][p->n_wire[end]++] =
			(struct on_the_way){p->now + FLIGHT, through_octets(&out)};
	}
}

static int64_t next_time(const struct pair *p)
{
	int64_t at = INT64_MAX;

	for (int end = 0; end < 2; end++) {
		if (bfd_session_deadline(&p->s[end]) < at)
			at = bfd_session_deadline(&p->s[end]);
		if (p->n_wire[end] && p->wire[end][0].at < at)
			at = p->wire[end][0].at;
	}
	return at;
}

static void run_until(struct pair *p, int64_t until)
{
	while (next_time(p) <= until) {
		if (next_time(p) > p->now)
			p->now = next_time(p);
		for (int end = 0; end < 2; end++) {
			while (p->n_wire[end] && p->wire[end][0].at <= p->now) {
				struct bfd_packet in = p->wire[end][0].p;

				memmove(p->wire[end], p->wire[end] + 1,
					--p->n_wire[end] * sizeof(p->wire[end][0]));
				bfd_session_recv(&p->s[!end], &in, p->now);
			}
		}
		for (int end = 0; end < 2; end++) {
			bfd_session_tick(&p->s[end], p->now);
			pump(p, end);
		}
	}
	p->now = until;
}

static void run(struct pair *p, int64_t us)
{
	run_until(p, p->now + us);
}

static void pair_up(struct pair *p, const struct bfd_session_conf *a,
		    const struct bfd_session_conf *b)
{
	pair_init(p, a, b);
	run(p, 3000 * MS);
	assert_int_equal(p->s[0].state, BFD_UP);
	assert_int_equal(p->s[1].state, BFD_UP);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void golden(void **state)
{
	struct text t = {0};
	char have[8192] = "";
	FILE *f;

	(void)state;
	text_puts(&t, "# The state machine of a BFD session: RFC 5880 section 6.2.\n"
		      "# state, event -> next state, local diagnostic if it changes\n");
	for (unsigned int s = 0; s < BFD_STATES; s++) {
		text_puts(&t, "\n");
		for (unsigned int e = 0; e < BFD_EVENTS; e++) {
			struct bfd_transition tr = bfd_fsm((enum bfd_state)s, (enum bfd_event)e);

			text_printf(&t, "%-9s %-21s -> %s", bfd_state_name(s),
				    bfd_event_name((enum bfd_event)e), bfd_state_name(tr.next));
			if (tr.diag != BFD_DIAG_KEEP)
				text_printf(&t, ", %s", bfd_diag_name(tr.diag));
			text_puts(&t, "\n");
		}
	}
	if (getenv("LEAFPEER_GOLDEN")) {
		f = fopen(GOLDEN, "w");
		assert_non_null(f);
		fputs(t.s, f);
		fclose(f);
	}
	f = fopen(GOLDEN, "r");
	assert_non_null(f);
	assert_true(fread(have, 1, sizeof(have) - 1, f) > 0);
	fclose(f);
	assert_string_equal(t.s, have);
	text_free(&t);
}

static void comes_up_and_agrees(void **state)
{
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &slow);
	/* each sends at the greater of what it wants to send and what the other can take */
	assert_int_equal(bfd_session_tx_interval(&p.s[0]), 200000);
	assert_int_equal(bfd_session_tx_interval(&p.s[1]), 300000);
	/* and waits for the other's multiplier of the other's interval (section 6.8.4) */
	assert_int_equal(bfd_session_detection_time(&p.s[0]), 5 * 300000);
	assert_int_equal(bfd_session_detection_time(&p.s[1]), 3 * 200000);
	assert_int_equal(p.s[0].remote_discr, 222);
	assert_int_equal(p.s[1].remote_discr, 111);
	/* from the slow start to these by one Poll Sequence each */
	assert_true(p.polls[0] && p.polls[1]);
	assert_false(p.s[0].polling || p.s[1].polling);
	assert_int_equal(p.s[0].ups, 1);
	assert_int_equal(p.s[0].downs, 0);
}

static void slow_while_not_up(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, &fast, &fast);
	p.cut[1] = true;
	p.cut[0] = true;
	run(&p, 60000 * MS);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	/* 60 packets at a second's interval, jittered by 0 to 25 % */
	assert_in_range(p.sent[0], 60, 81);
	assert_int_equal(p.s[0].min_tx, BFD_SLOW_TX_US);
}

static void jitter_of(const struct bfd_session_conf *c, unsigned int most)
{
	struct pair p;

	pair_up(&p, c, &fast);
	measure(&p, 0);
	run(&p, 60000 * MS);
	assert_int_equal(p.s[0].state, BFD_UP);
	assert_in_range(p.shortest[0], c->min_tx * 75 / 100, c->min_tx * 77 / 100);
	assert_in_range(p.longest[0], c->min_tx * (most - 2) / 100, c->min_tx * most / 100);
}

static void jitter(void **state)
{
	struct bfd_session_conf once = fast;

	(void)state;
	jitter_of(&fast, 100);
	once.mult = 1;
	jitter_of(&once, 90);
}

/* Nothing comes any more: Down within the detection time from the last packet. */
/* Two sessions of one host, whose packets go out together once they have met: both still at 75 to
 * 100 % of the interval, and with one wake-up for both. */
static void together(void **state)
{
	struct pair p[2];
	int64_t last[2] = {0};
	unsigned int wakes = 0, sent[2] = {0};
	uint32_t random = 5;
	int64_t now;

	(void)state;
	pair_up(&p[0], &fast, &fast);
	pair_up(&p[1], &fast, &fast);
	run(&p[1], 31 * MS);
	now = p[1].now;
	for (int round = 0; round < 2000; round++) {
		int64_t at = BFD_NEVER;
		uint32_t r = test_random(&random);
		bool any = false;

		for (int pass = 0; pass < 2; pass++) {
			for (int i = 0; i < 2; i++) {
				struct bfd_session *s = &p[i].s[0];
				struct bfd_packet out;

				s->detect_at = BFD_NEVER; /* its neighbour is not asked here */
				if (pass && any)
					bfd_session_join(s, now);
				while (bfd_session_send(s, r, &out, now)) {
					if (round > 10) {
						assert_true(now - last[i] >= 37500);
						assert_true(now - last[i] <= 50000);
					}
					last[i] = now;
					sent[i]++;
					any = true;
				}
				if (pass && bfd_session_deadline(s) < at)
					at = bfd_session_deadline(s);
			}
		}
		wakes += round > 10 && any;
		if (round == 10)
			sent[0] = sent[1] = 0;
		assert_true(at > now);
		now = at;
	}
	assert_int_equal(sent[0], sent[1]);
	assert_int_equal(wakes, sent[0]);
}

static void silence_is_detected(void **state)
{
	struct pair p;
	int64_t last;

	(void)state;
	pair_up(&p, &fast, &fast);
	p.cut[1] = true;
	run(&p, FLIGHT + 1); /* what was on its way has come */
	last = p.s[0].last_rx;
	run_until(&p, last + 150 * MS - 1);
	assert_int_equal(p.s[0].state, BFD_UP);
	run_until(&p, last + 150 * MS);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	assert_int_equal(p.s[0].diag, BFD_DIAG_DETECTION_EXPIRED);
	assert_int_equal(p.s[0].down_diag, BFD_DIAG_DETECTION_EXPIRED);
	assert_false(p.s[0].down_by_remote_admin);
	assert_int_equal(p.s[0].down_detection, 150 * MS);
	assert_int_equal(p.s[0].downs, 1);
	/* the other end still hears, and is told */
	run(&p, FLIGHT + 1);
	assert_int_equal(p.s[1].state, BFD_DOWN);
	assert_int_equal(p.s[1].diag, BFD_DIAG_NEIGHBOR_DOWN);
	/* a one-way link never comes up again */
	run(&p, 60000 * MS);
	assert_int_not_equal(p.s[1].state, BFD_UP);
	assert_int_not_equal(p.s[0].state, BFD_UP);
	p.cut[1] = false;
	run(&p, 3000 * MS);
	assert_int_equal(p.s[0].state, BFD_UP);
	assert_int_equal(p.s[1].state, BFD_UP);
	assert_int_equal(p.s[0].diag, BFD_DIAG_NONE);
}

/* Section 6.8.3: a longer interval does not count before the Final, a shorter one does. */
static void intervals_change_by_poll(void **state)
{
	struct bfd_session_conf c = fast;
	struct pair p;
	uint64_t polls;

	(void)state;
	pair_up(&p, &fast, &fast);
	polls = p.polls[0];
	c.min_tx = c.min_rx = 400000;
	p.cut[1] = true; /* the Final does not come */
	bfd_session_set_conf(&p.s[0], &c, p.now);
	run(&p, 60 * MS);
	assert_true(p.s[0].polling);
	assert_int_equal(bfd_session_tx_interval(&p.s[0]), 50000);
	assert_true(p.polls[0] > polls);
	p.cut[1] = false;
	run(&p, 60 * MS);
	assert_false(p.s[0].polling);
	assert_int_equal(bfd_session_tx_interval(&p.s[0]), 400000);
	run(&p, 1000 * MS);
	assert_int_equal(bfd_session_detection_time(&p.s[1]), 3 * 400000);
	assert_int_equal(bfd_session_tx_interval(&p.s[1]), 400000);

	/* back: sent faster at once, waited for less only after the Final */
	p.cut[1] = true;
	bfd_session_set_conf(&p.s[0], &fast, p.now);
	assert_int_equal(p.s[0].min_tx_used, 50000);
	assert_int_equal(p.s[0].min_rx_used, 400000);
	run(&p, 30 * MS);
	p.cut[1] = false;
	run(&p, 1000 * MS);
	assert_int_equal(p.s[0].min_rx_used, 50000);
	assert_int_equal(p.s[0].downs + p.s[1].downs, 0);
}

/* Values that change while a Poll Sequence runs: its Final is not theirs. */
static void poll_in_a_poll(void **state)
{
	struct bfd_session_conf c = fast;
	struct bfd_packet out, in;
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	c.min_tx = 200000;
	bfd_session_set_conf(&p.s[0], &c, p.now);
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_true(out.poll);
	c.min_tx = 300000;
	bfd_session_set_conf(&p.s[0], &c, p.now);
	in = (struct bfd_packet){.state = BFD_UP,
				 .final = true,
				 .mult = 3,
				 .my_discr = 222,
				 .your_discr = 111,
				 .min_tx = 50000,
				 .min_rx = 50000};
	bfd_session_recv(&p.s[0], &in, p.now);
	assert_int_equal(p.s[0].min_tx_used, 50000);
	/* one without P, then one with it, and only now the Final is the second's */
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_false(out.poll);
	bfd_session_recv(&p.s[0], &in, p.now);
	assert_int_equal(p.s[0].min_tx_used, 50000);
	p.now += 50 * MS;
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_true(out.poll);
	assert_int_equal(out.min_tx, 300000);
	bfd_session_recv(&p.s[0], &in, p.now);
	assert_int_equal(p.s[0].min_tx_used, 300000);
}

/* RFC 5882 section 4.2: it is Down then, but the path need not be. */
static void remote_admin_down(void **state)
{
	struct bfd_session_conf off = fast;
	struct pair p;

	(void)state;
	off.disabled = true;
	pair_up(&p, &fast, &fast);
	bfd_session_set_conf(&p.s[1], &off, p.now);
	run(&p, FLIGHT + 1);
	assert_int_equal(p.s[1].state, BFD_ADMIN_DOWN);
	assert_int_equal(p.s[1].diag, BFD_DIAG_ADMIN_DOWN);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	assert_int_equal(p.s[0].remote_state, BFD_ADMIN_DOWN);
	assert_int_equal(p.s[0].diag, BFD_DIAG_NEIGHBOR_DOWN);
	assert_true(p.s[0].down_by_remote_admin);
	run(&p, 5000 * MS);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	assert_int_equal(p.s[0].remote_state, BFD_ADMIN_DOWN);
	bfd_session_set_conf(&p.s[1], &fast, p.now);
	run(&p, 3000 * MS);
	assert_int_equal(p.s[0].state, BFD_UP);
	/* ours: the neighbour hears of it, and we of nothing */
	bfd_session_set_conf(&p.s[0], &off, p.now);
	run(&p, 5000 * MS);
	assert_int_equal(p.s[0].state, BFD_ADMIN_DOWN);
	assert_true(p.s[1].down_by_remote_admin);
}

/* A neighbour in demand mode gets nothing periodic, is answered, and watched. */
/* RFC 5880 section 6.8.6: what comes while AdminDown is discarded, a Poll as well. */
static void polled_while_admin_down(void **state)
{
	struct bfd_packet poll = {.state = BFD_DOWN,
				  .poll = true,
				  .mult = 3,
				  .my_discr = 222,
				  .min_tx = 1000000,
				  .min_rx = 1000000};
	struct bfd_session_conf c = fast;
	struct bfd_packet out;
	struct bfd_session s;
	int64_t now = 1000000;
	unsigned int finals = 0;

	(void)state;
	c.disabled = true;
	bfd_session_init(&s, &c, 111, now);
	for (int i = 0; i < 100; i++, now += 100 * MS) {
		bfd_session_recv(&s, &poll, now);
		while (bfd_session_send(&s, 0, &out, now)) {
			assert_int_equal(out.state, BFD_ADMIN_DOWN);
			finals += out.final;
		}
	}
	assert_int_equal(finals, 0);
	c.disabled = false;
	bfd_session_set_conf(&s, &c, now);
	bfd_session_recv(&s, &poll, now);
	assert_true(bfd_session_send(&s, 0, &out, now));
	assert_true(out.final);
}

static void demand(void **state)
{
	struct bfd_packet in = {.state = BFD_UP,
				.demand = true,
				.mult = 3,
				.my_discr = 222,
				.your_discr = 111,
				.min_tx = 50000,
				.min_rx = 50000};
	struct bfd_packet out;
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	bfd_session_recv(&p.s[0], &in, p.now);
	for (int i = 0; i < 20; i++) {
		p.now += 40 * MS;
		bfd_session_tick(&p.s[0], p.now);
		assert_false(bfd_session_send(&p.s[0], 0, &out, p.now));
		in.poll = i == 10;
		bfd_session_recv(&p.s[0], &in, p.now);
		if (i == 10) {
			assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
			assert_true(out.final && !out.poll && !out.demand);
		}
	}
	assert_int_equal(p.s[0].state, BFD_UP);
	p.now += 150 * MS;
	bfd_session_tick(&p.s[0], p.now);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	/* Down, it sends again whatever the neighbour asked for */
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
}

/* A Required Min RX Interval of 0: the neighbour wants no periodic packet. */
static void wants_none(void **state)
{
	struct bfd_packet in = {.state = BFD_UP,
				.mult = 3,
				.my_discr = 222,
				.your_discr = 111,
				.min_tx = 50000,
				.min_rx = 0};
	struct bfd_packet out;
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	bfd_session_recv(&p.s[0], &in, p.now);
	p.now += 100 * MS;
	assert_false(bfd_session_send(&p.s[0], 0, &out, p.now));
	in.poll = true;
	bfd_session_recv(&p.s[0], &in, p.now);
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_true(out.final);
	assert_false(bfd_session_send(&p.s[0], 0, &out, p.now));
}

/* The neighbour's process ended and came back, and does not know us. */
static void neighbour_restarts(void **state)
{
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	bfd_session_init(&p.s[1], &fast, 333, p.now);
	run(&p, FLIGHT + 1);
	assert_int_equal(p.s[0].state, BFD_DOWN);
	assert_int_equal(p.s[0].diag, BFD_DIAG_NEIGHBOR_DOWN);
	run(&p, 3000 * MS);
	assert_int_equal(p.s[0].state, BFD_UP);
	assert_int_equal(p.s[0].remote_discr, 333);
}

/* Two thirds of all packets lost, but never three in a row: it stays Up. */
static void loss_below_the_multiplier(void **state)
{
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	for (int i = 0; i < 300; i++) {
		uint64_t before = p.sent[1];

		p.cut[1] = i % 3 != 0;
		while (p.sent[1] == before)
			run(&p, MS);
	}
	assert_int_equal(p.s[0].downs, 0);
}

/* A host that was late: no burst makes good what was missed, and the pace is kept. */
static void late_host(void **state)
{
	struct bfd_packet out;
	struct pair p;

	(void)state;
	pair_up(&p, &fast, &fast);
	p.now += 1000 * MS;
	assert_true(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_false(bfd_session_send(&p.s[0], 0, &out, p.now));
	assert_true(p.s[0].tx_at > p.now);
	p.now = p.s[0].tx_at + 2 * MS;
	assert_true(bfd_session_send(&p.s[0], UINT32_MAX, &out, p.now));
	assert_in_range(p.s[0].tx_at, p.now - 2 * MS + 49 * MS, p.now - 2 * MS + 50 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(comes_up_and_agrees),
		cmocka_unit_test(slow_while_not_up),
		cmocka_unit_test(jitter),
		cmocka_unit_test(together),
		cmocka_unit_test(silence_is_detected),
		cmocka_unit_test(intervals_change_by_poll),
		cmocka_unit_test(poll_in_a_poll),
		cmocka_unit_test(remote_admin_down),
		cmocka_unit_test(polled_while_admin_down),
		cmocka_unit_test(demand),
		cmocka_unit_test(wants_none),
		cmocka_unit_test(neighbour_restarts),
		cmocka_unit_test(loss_below_the_multiplier),
		cmocka_unit_test(late_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
