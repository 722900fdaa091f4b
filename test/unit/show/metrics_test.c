/* The metrics, all of them as a golden file, and a second opinion on their format.
 * LEAFPEER_GOLDEN=write makes the file anew. */
#include "test/unit/show/state.h"

#include "agent/show/metrics.h"
#include "test/unit/show/exposition.h"
#include "test/unit/show/golden.h"

static struct exposition expo;

static size_t check_metrics(struct text *out)
{
	show_metrics(&st, out);
	if (!expo_check(&expo, out->s))
		fail_msg("%s", expo.why);
	return expo.series;
}

static void metrics(void **state)
{
	static const struct show_process process = {12.25, 6 << 20, 9 << 20, 21, 1024};
	static const struct bfd_session bfd_session = {.state = BFD_UP, .downs = 2};
	static const struct show_bfd bfd = {
		.name = "10.90.224.98", .session = &bfd_session, .rx = 100, .tx = 101};
	static const struct show_bfd_discards discards = {"ttl", 3};
	static const struct show_station station = {.name = "10.90.224.168:1790",
						    .up = true,
						    .failure = "",
						    .octets = 4096,
						    .connects = 1};
	static const uint64_t log_lines[] = {1, 2, 3, 4};
	struct histogram latency = {0};
	struct text out = {0};
	size_t n;

	(void)state;
	make_state();
	assert_true(check_metrics(&out) > 0);
	text_free(&out);
	histogram_add(&latency, 70, 2);
	histogram_add(&latency, 2000000, 1);
	histogram_add(&latency, -1, 1);
	st.fib_latency = &latency;
	st.turns = &latency;
	st.log_lines = log_lines;
	st.log_suppressed = 7;
	st.process = &process;
	st.started_wall = 1699999000 * SECOND;
	st.config = (struct show_config){st.now - 5 * SECOND, "line 5: \"x\"\n\\ \xff", 1};
	st.bfd = &bfd;
	st.n_bfd = 1;
	st.bfd_discards = &discards;
	st.n_bfd_discards = 1;
	st.bfd_scheduling = "fifo";
	st.stations = &station;
	st.n_stations = 1;
	peers[1].description = "the second \"ToR\"";
	n = check_metrics(&out);
	compare_text(&out, "metrics.txt");
	/* as many whatever there is of routes */
	feed(live[0], MARKER "003602 0000 0018 40010100 40020a 0202 0000fde9 0000fde8 400304 "
			     "0a5ae062 180ae902 180ae903"
			     "180ae904");
	while (rib_work(rib, 100))
		;
	assert_int_equal(check_metrics(&out), n);
	text_free(&out);
	free_state();
}

/* What rejects is told by the reason; what is over is told no more. */
static void metrics_rejected(void **state)
{
	static const char series[] =
		"\nleafpeer_bgp_prefixes_rejected{peer=\"10.90.224.98\",family="
		"\"ipv4\",reason=\"one of our own prefixes\"} ";
	struct text out = {0};

	(void)state;
	make_state();
	check_metrics(&out);
	assert_non_null(strstr(out.s, series));
	assert_memory_equal(strstr(out.s, series) + sizeof(series) - 1, "1\n", 2);
	text_free(&out);
	rib_peer_down(rib, (struct rib_peer *)(uintptr_t)peers[0].rib_peer, 0);
	check_metrics(&out);
	assert_memory_equal(strstr(out.s, series) + sizeof(series) - 1, "0\n", 2);
	text_free(&out);
	free_state();
}

/* The second opinion has one. */
static void metrics_opinion(void **state)
{
#define G "# HELP leafpeer_a A thing.\n# TYPE leafpeer_a gauge\n"
#define H "# HELP leafpeer_h A thing.\n# TYPE leafpeer_h histogram\n"
	static const char *const good[] = {
		"", G, G "leafpeer_a 1\n", G "leafpeer_a{x=\"a\\\"b\",y=\"\"} -1.5\n",
		H "leafpeer_h_bucket{le=\"0.1\"} 1\nleafpeer_h_bucket{le=\"+Inf\"} 2\n"
		  "leafpeer_h_sum 1\nleafpeer_h_count 2\n"};
	static const char *const bad[] = {
		"leafpeer_a 1\n",
		G "leafpeer_a 1",
		G "\n",
		G "leafpeer_b 1\n",
		G "leafpeer_a_count 1\n",
		G "leafpeer_a 1\nleafpeer_a 2\n",
		G "leafpeer_a{x=\"1\"} 1\nleafpeer_a{x=\"1\"} 1\n",
		G G,
		G "leafpeer_a{x=\"\\t\"} 1\n",
		G "leafpeer_a{x=\"\xff\"} 1\n",
		G "leafpeer_a{x=1} 1\n",
		G "leafpeer_a{x=\"1\" 1\n",
		G "leafpeer_a{__x=\"1\"} 1\n",
		G "leafpeer_a NaN\n",
		G "leafpeer_a one\n",
		G "leafpeer_a 1 2\n",
		"# HELP leafpeer_a A thing\n# TYPE leafpeer_a gauge\n",
		"# HELP leafpeer_a A thing.\n",
		"# HELP leafpeer_a A thing.\nleafpeer_a 1\n",
		"# TYPE leafpeer_a gauge\nleafpeer_a 1\n",
		"# HELP leafpeer_a A thing.\n# TYPE leafpeer_a untyped\n",
		"# HELP leafpeer_a A thing.\n# TYPE leafpeer_a counter\n",
		"# HELP leafpeer_a_total A thing.\n# TYPE leafpeer_a_total gauge\n",
		"# HELP leafpeer_a_total A thing.\n# TYPE leafpeer_a_total counter\n"
		"leafpeer_a_total -1\n",
		"# HELP leafpeer_a_count A thing.\n# TYPE leafpeer_a_count gauge\n",
		"# HELP leafpeer_a_microseconds A thing.\n# TYPE leafpeer_a_microseconds gauge\n",
		"# HELP leafpeer_a_ms A thing.\n# TYPE leafpeer_a_ms gauge\n",
		"# HELP a A thing.\n# TYPE a gauge\n",
		"# HELP leafpeer_x_info A thing.\n# TYPE leafpeer_x_info gauge\nleafpeer_x_info "
		"0\n",
		H,
		H "leafpeer_h_bucket{le=\"+Inf\"} 2\nleafpeer_h_sum 1\nleafpeer_h_count 3\n",
		H "leafpeer_h_bucket{le=\"1\"} 2\nleafpeer_h_sum 1\nleafpeer_h_count 2\n",
		H "leafpeer_h_bucket{le=\"1\"} 2\nleafpeer_h_bucket{le=\"+Inf\"} 1\n"
		  "leafpeer_h_sum 1\nleafpeer_h_count 1\n",
		H "leafpeer_h_bucket{le=\"+Inf\"} 1\nleafpeer_h_bucket{le=\"1\"} 1\n"
		  "leafpeer_h_sum 1\nleafpeer_h_count 1\n",
		H "leafpeer_h 1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!expo_check(&expo, good[i]))
			fail_msg("%s", expo.why);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (expo_check(&expo, bad[i]))
			fail_msg("taken: %s", bad[i]);
	}
#undef G
#undef H
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics),
		cmocka_unit_test(metrics_rejected),
		cmocka_unit_test(metrics_opinion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
