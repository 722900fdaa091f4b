/* show bfd peers: golden files, on a state made in memory. LEAFPEER_GOLDEN=write
 * makes them anew. */
#include "test/unit/show/golden.h"

#include "agent/show/show.h"

#define SECOND 1000000LL
#define NOW    (86400 * SECOND)

static struct bfd_session sessions[3];
static struct show_bfd bfd[3];
static struct show_bfd_discards discards[] = {{"ttl", 7}, {"no-session", 0}};
static struct show_state st;

static void make_state(void)
{
	struct bfd_session_conf conf = {.min_tx = 100000, .min_rx = 100000, .mult = 3};
	struct bfd_packet up = {.state = BFD_INIT,
				.mult = 5,
				.my_discr = 987654321,
				.your_discr = 1234567890,
				.min_tx = 200000,
				.min_rx = 50000,
				.independent = true};
	struct bfd_packet out;

	bfd_session_init(&sessions[0], &conf, 1234567890, NOW - 7200 * SECOND);
	bfd_session_recv(&sessions[0], &up, NOW - 3600 * SECOND);
	while (bfd_session_send(&sessions[0], 0, &out, NOW - 3600 * SECOND))
		;
	up.state = BFD_UP;
	up.final = true;
	bfd_session_recv(&sessions[0], &up, NOW - 3600 * SECOND + 1);
	sessions[1] = sessions[0];
	sessions[1].discr = 42;
	bfd_session_tick(&sessions[1], NOW - 1800 * SECOND);
	bfd_session_init(&sessions[2], &conf, 7, NOW);
	bfd[0] = (struct show_bfd){.name = "10.90.224.98",
				   .ifname = "eth1",
				   .addr = test_addr("10.90.224.98"),
				   .local = test_addr("10.90.224.105"),
				   .port = 50000,
				   .session = &sessions[0],
				   .rx = 1000,
				   .tx = 999};
	bfd[1] = (struct show_bfd){.name = "10.90.226.1",
				   .ifname = "eth1",
				   .addr = test_addr("10.90.226.1"),
				   .multihop = true,
				   .port = 50001,
				   .session = &sessions[1]};
	bfd[2] = (struct show_bfd){.name = "fe80::1%eth2",
				   .ifname = "eth2",
				   .addr = test_addr("fe80::1"),
				   .session = &sessions[2]};
	st = (struct show_state){.now = NOW,
				 .wall = 1764072000 * SECOND, /* 2025-11-25 12:00 UTC */
				 .bfd = bfd,
				 .n_bfd = 3,
				 .bfd_discards = discards,
				 .n_bfd_discards = 2,
				 .bfd_scheduling = "fifo"};
}

static void show(const char *text, struct text *out)
{
	struct command_line line;
	struct show_run *run;

	assert_int_equal(command_parse(text, &line), COMMAND_OK);
	run = show_begin(&line);
	while (show_more(run, &st, out))
		;
	show_end(run);
}

static void compare(const char *line, const char *file)
{
	struct text out = {0};

	show(line, &out);
	compare_text(&out, file);
}

static void golden(void **state)
{
	(void)state;
	make_state();
	compare("show bfd peers", "bfd-peers.txt");
	compare("sh bf p d", "bfd-peers-detail.txt");
	compare("show bfd peers | json", "bfd-peers.json");
}

/* One link-local address on two links: two sessions of one neighbour, in JSON by the interface. */
static void same_address(void **state)
{
	struct text out = {0};
	const char *first;

	(void)state;
	make_state();
	bfd[1] = bfd[2];
	bfd[1].name = "fe80::1%eth1";
	bfd[1].ifname = "eth1";
	show("show bfd peers | json", &out);
	first = strstr(out.s, "\"fe80::1\": {");
	assert_non_null(first);
	assert_null(strstr(first + 1, "\"fe80::1\": {"));
	assert_non_null(strstr(first, "\"eth1\": {"));
	assert_non_null(strstr(first, "\"eth2\": {"));
	text_free(&out);
}

/* Years are reckoned from March on. */
static void in_february(void **state)
{
	struct text out = {0};

	(void)state;
	make_state();
	st.wall = 1709208000 * SECOND; /* 2024-02-29 12:00 UTC */
	show("show bfd peers", &out);
	assert_non_null(strstr(out.s, " 02/29/24 11:00\n"));
	text_free(&out);
	st.wall = 1709298000 * SECOND; /* 2024-03-01 13:00 UTC */
	show("show bfd peers", &out);
	assert_non_null(strstr(out.s, " 03/01/24 12:00\n"));
	text_free(&out);
}

static void none(void **state)
{
	struct text out = {0};

	(void)state;
	make_state();
	st.n_bfd = 0;
	show("show bfd peers", &out);
	assert_null(out.s);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(same_address),
		cmocka_unit_test(in_february),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
