/*
 * What people see, octet by octet: golden files of each command, on a state made in memory.
 * LEAFPEER_GOLDEN=write makes them anew.
 */
#include "test/unit/show/state.h"

#include "agent/show/metrics.h"
#include "test/unit/show/golden.h"

#include <errno.h>

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
	compare("show ip bgp summary", "summary.txt");
	compare("show ip bgp summary | json", "summary.json");
	compare("show ipv6 bgp summary", "summary6.txt");
	compare("show bgp summary", "summary-all.txt");
	compare("show bgp summary | json", "summary-all.json");
	compare("sh ip ro b", "route-bgp.txt");
	compare("show ip route", "route.txt");
	compare("show ip route bgp | json", "route-bgp.json");
	compare("show ip route summary", "route-summary.txt");
	compare("show ip route summary | json", "route-summary.json");
	compare("show ip route 10.233.1.9", "route-address.txt");
	compare("show ipv6 route bgp", "route6-bgp.txt");
	compare("show ip bgp", "bgp.txt");
	compare("show ip bgp | json", "bgp.json");
	compare("show ip bgp 10.233.0.0/16 longer-prefixes", "bgp-longer.txt");
	compare("show ip bgp 10.233.1.0/24", "bgp-prefix.txt");
	compare("show ip bgp 10.233.0.9", "bgp-own.txt");
	compare("show ip bgp 192.0.2.1", "bgp-none.txt");
	compare("show ip bgp 10.233.1.77 | json", "bgp-address.json");
	compare("show ipv6 bgp", "bgp6.txt");
	peers[0].password = peers[0].maximum_routes_warn = true;
	peers[0].maximum_routes = 12000;
	peers[0].ttl = peers[0].min_ttl = 255;
	peers[0].export_prefix_list[FAMILY_IP4] = "OURS";
	peers[0].export_route_map[FAMILY_IP6] = "AWAY";
	peers[2].failed = EHOSTUNREACH;
	peers[2].failure = "No route to host";
	peers[2].ttl = 1;
	compare("show ip bgp neighbors 10.90.224.98", "neighbor.txt");
	compare("show ip bgp neighbors 10.90.224.98 | json", "neighbor.json");
	compare("show ip bgp neighbors 10.90.226.100", "neighbor-down.txt");
	compare("show ip bgp neighbors 10.90.224.98 received", "neighbor-received.txt");
	compare("show ip bgp neighbors 10.90.224.98 received | json", "neighbor-received.json");
	compare("show ip bgp neighbors 10.90.224.98 routes", "neighbor-routes.txt");
	compare("show ip bgp neighbors 10.90.224.98 advertised", "neighbor-advertised.txt");
	compare("show ip bgp neighbors 10.9.9.9 advertised", "neighbor-none.txt");
	compare("show pods", "pods.txt");
	compare("show pods | json", "pods.json");
	compare("show aggregates", "aggregates.txt");
	compare("show aggregates | json", "aggregates.json");
	compare("show version", "version.txt");
	compare("show kubernetes", "kubernetes.txt");
	compare("show kubernetes | json", "kubernetes.json");
	compare("show version | json", "version.json");
	compare("show hostname", "hostname.txt");
	compare("show clock", "clock.txt");
	compare("show clock | json", "clock.json");
	compare("show running-config | json", "running-config.json");
	compare("show running-config diffs", "running-config-diffs.txt");
	compare("show bmp", "bmp.txt");
	compare("show bmp | json", "bmp.json");
	st.draining = true;
	compare("show ip bgp summary", "summary-maintenance.txt");
	st.draining = false;
	peers[1].description = "the second ToR";
	compare("show ip bgp summary", "summary-description.txt");
	free_state();
}

/* The lines of a real EOS switch, for which the layout was measured. */
static void eos_lines(void **state)
{
	struct text out = {0};
	struct fib_op op;

	(void)state;
	make_state();
	show("show ip bgp summary", &out);
	assert_non_null(strstr(out.s, "\n  Neighbor      V AS           MsgRcvd   MsgSent  InQ "
				      "OutQ  Up/Down State   PfxRcd PfxAcc\n"));
	assert_non_null(strstr(out.s, "\n  10.90.224.98  4 65001              4         2    0    "
				      "0 00:21:10 Estab   2      1\n"));
	assert_non_null(strstr(
		out.s,
		"\n  10.90.226.100 4 65001              0         0    0    0 00:21:10 Connect\n"));
	text_free(&out);
	show("show ip route bgp", &out);
	assert_non_null(strstr(out.s, "\n B E      10.233.1.0/24 [200/0] via 10.90.224.98, eth1\n"
				      "                                via 10.90.225.99, eth2\n"));
	text_free(&out);
	/* the metric is the MED */
	feed(live[0], MARKER "003a02 0000 001f 40010100 40020a 0202 0000fde9 0000fde8 "
			     "400304 0a5ae062 800404 00000007 18 0ae909");
	while (rib_work(rib, 100))
		;
	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
	show("show ip route", &out);
	assert_non_null(
		strstr(out.s, "\n B E      10.233.9.0/24 [200/7] via 10.90.224.98, eth1\n"));
	text_free(&out);
	free_state();
}

static bool says(const char *command, const char *text)
{
	struct text out = {0};
	bool found;

	show(command, &out);
	found = strstr(out.s, text);
	text_free(&out);
	return found;
}

/* remote-as external: no AS is known until the neighbour has said its own, and then it stays. */
static void any_as(void **state)
{
	struct peer_conf c;
	struct text out = {0};

	(void)state;
	make_state();
	c = *peer_conf(live[2]);
	c.remote_as = 0;
	peer_set_conf(live[2], &c, START);
	assert_true(says("show ip bgp summary",
			 "\n  10.90.226.100 4 external           0         0    0    0 00:21:10 "
			 "Connect\n"));
	assert_true(says("show ip bgp summary | json", "\"asn\": \"external\""));
	assert_false(says("show ip bgp summary | json", "\"asn\": \"0\""));
	assert_true(says("show bgp summary", "\n10.90.226.100    external Connect "));
	assert_true(says("show bgp summary | json", "\"peerAsn\": \"external\""));
	assert_true(says("show ip bgp neighbors 10.90.226.100",
			 "BGP neighbor is 10.90.226.100, remote AS external, external link\n"));
	assert_true(says("show ip bgp neighbors 10.90.226.100 | json", "\"asn\": \"external\""));
	show_metrics(&st, &out);
	assert_non_null(strstr(out.s, "{peer=\"10.90.226.100\",as=\"external\","));
	text_free(&out);
	peer_connected(live[2], CONN_OUT, START);
	feed(live[2], MARKER "003501 04 fde9 0009 0a5ae064 18 02 16 0104 0001 00 01 0200 4104 "
			     "0000fde9 4006 0078 0001 01 00");
	feed(live[2], MARKER "001304");
	assert_true(says("show ip bgp summary", "\n  10.90.226.100 4 65001 "));
	peer_disconnected(live[2], CONN_OUT, START);
	assert_false(peer_is_up(live[2]));
	assert_true(says("show ip bgp summary", "\n  10.90.226.100 4 65001 "));
	assert_true(says("show ip bgp summary | json", "\"asn\": \"65001\""));
	free_state();
}

/* By its address, however written, by address and interface, by the interface of an unnumbered
 * one. */
static void names(void **state)
{
	(void)state;
	make_state();
	peers[0].name = "2001:db8::98";
	peers[0].addr = test_addr("2001:db8::98");
	peers[1].name = "fe80::1%eth1";
	peers[1].addr = test_addr("fe80::1");
	peers[2].name = "fe80::2%eth2";
	peers[2].addr = test_addr("fe80::2");
	peers[2].interface = "eth2";
	assert_ptr_equal(show_find_peer(&st, "2001:DB8:0::98"), &peers[0]);
	assert_ptr_equal(show_find_peer(&st, "fe80::1%eth1"), &peers[1]);
	assert_ptr_equal(show_find_peer(&st, "FE80:0:0::01%eth1"), &peers[1]);
	assert_null(show_find_peer(&st, "fe80::1%eth2"));
	assert_null(show_find_peer(&st, "fe80::1%"));
	assert_null(show_find_peer(&st, "%eth1"));
	assert_null(show_find_peer(&st, "2001:db8::98%eth1"));
	assert_null(show_find_peer(&st, "2001:0db8:0000:0000:0000:0000:0000:0098:and:far:more"));
	/* which link would that be? */
	assert_null(show_find_peer(&st, "fe80::1"));
	assert_null(show_find_peer(&st, "eth1"));
	assert_ptr_equal(show_find_peer(&st, "eth2"), &peers[2]);
	assert_null(show_find_peer(&st, "2001:db8::99"));
	free_state();
}

/* More lengths than a line has room for, and of both kinds; the lines are a switch's. */
static void route_summary(void **state)
{
	struct text out = {0};
	struct fib_op op;

	(void)state;
	make_state();
	/* 20.0.0.0/7, 22.0.0.0/8, 23.0.0.0/9, 24.0.0.0/10, 25.0.0.0/11 */
	feed(live[0], MARKER "003c02 0000 0018 40010100 40020a 0202 0000fde9 0000fde8 400304 "
			     "0a5ae062 0714 0816 091700 0a1800 0b1900");
	while (rib_work(rib, 100))
		;
	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
	show("show ip route summary", &out);
	assert_non_null(strstr(out.s,
			       "\nVRF: default\n"
			       "   Route Source                                Number Of Routes\n"
			       "------------------------------------- -------------------------\n"
			       "   bgp                                                        6\n"
			       "     External: 6 Internal: 0\n"));
	assert_non_null(strstr(
		out.s, "\n   Total Routes                                               7\n\n"
		       "Number of routes per mask-length:\n"
		       "   /7: 1         /8: 1         /9: 1         /10: 1        /11: 1\n"
		       "   /24: 2\n\n"));
	text_free(&out);
	((struct rib_peer *)(uintptr_t)peers[0].rib_peer)->ibgp = true;
	assert_true(says("show ip route summary", "\n     External: 0 Internal: 6\n"));
	assert_true(says("show ip route summary | json", "\"bgpInternal\": 6\n"));
	assert_true(says("show ip route summary | json", "\"totalRoutes\": 7,"));
	assert_true(says("show ipv6 route summary", "\n   Total Routes                           "
						    "                    0\n"));
	free_state();
}

static void in_kernel(void)
{
	struct fib_op op;

	while (rib_work(rib, 100))
		;
	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
}

/* Prefixes of the node's own, one in another and one behind what was learned: each in its place,
 * and an address is in the longest. */
static void own_among_learned(void **state)
{
	static const struct local_route more[] = {
		{{AFI_IP4, 16, {10, 233}}, LOCAL_AGGREGATE},
		{{AFI_IP4, 24, {10, 233, 0}}, LOCAL_AGGREGATE},
		{{AFI_IP4, 16, {10, 250}}, LOCAL_NETWORK},
		{{AFI_IP4, 24, {10, 250, 0}}, LOCAL_NETWORK},
	};
	struct text out = {0};
	const char *at;

	(void)state;
	make_state();
	st.locals = more;
	st.n_locals = 4;
	for (size_t i = 0; i < 4; i++)
		fib_want(fib, &more[i].prefix, NULL, 0, true);
	in_kernel();
	show("show ip route", &out);
	at = strstr(out.s, "\n A B      10.233.0.0/16 ");
	assert_non_null(at);
	at = strstr(at, "\n A B      10.233.0.0/24 ");
	assert_non_null(at);
	at = strstr(at, "\n B E      10.233.1.0/24 ");
	assert_non_null(at);
	assert_non_null(strstr(at, "\n A B      10.250.0.0/24 "));
	text_free(&out);
	assert_true(says("show ip bgp 10.233.0.9", "entry for 10.233.0.0/24\n"));
	assert_true(says("show ip bgp 10.250.0.9", "entry for 10.250.0.0/24\n"));
	assert_true(says("show ip bgp 10.233.7.9", "entry for 10.233.0.0/16\n"));
	assert_true(says("show ip bgp 10.250.0.0/16 longer-prefixes", "10.250.0.0/24"));
	assert_false(says("show ip bgp 10.250.0.0/16 longer-prefixes", "10.233."));
	assert_false(says("show ip bgp 192.0.2.0/24 longer-prefixes", "10.2"));
	/* of a prefix that itself, of an address whatever covers it */
	assert_true(says("show ip route 10.233.1.7", "10.233.1.0/24"));
	assert_false(says("show ip route 10.233.1.0/25", "10.233.1.0/24"));
	assert_true(says("show ip route 10.233.1.0/24", "10.233.1.0/24"));
	free_state();
}

/* What a neighbour was told, of the family that was asked for. */
static void advertised(void **state)
{
	struct attr_set set = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP};
	struct prefix four = test_prefix("10.233.0.0/24"), six = test_prefix("2001:db8:5::/64");
	static const struct update_ctx both = {
		.attr = {.as4 = true, .local_as = 65000, .remote_as = 65001},
		.agreed = {.families = 3, .as4 = true}};
	uint8_t buf[BGP_MSG_MAX];
	struct wr wr;

	(void)state;
	make_state();
	adj_out_up(outs[0], &both);
	adj_out_want_begin(outs[0]);
	set.nexthop = test_addr("10.90.224.105");
	adj_out_want(outs[0], &four, &set);
	set.nexthop = test_addr("2001:db8::105");
	adj_out_want(outs[0], &six, &set);
	adj_out_want_end(outs[0]);
	do
		wr = wr_init(buf, sizeof(buf));
	while (adj_out_next(outs[0], &wr));
	assert_true(says("show ip bgp neighbors 10.90.224.98 advertised", " 10.233.0.0/24 "));
	assert_false(says("show ip bgp neighbors 10.90.224.98 advertised", "2001:db8:5::"));
	assert_true(says("show ipv6 bgp neighbors 10.90.224.98 advertised", " 2001:db8:5::/64 "));
	assert_false(says("show ipv6 bgp neighbors 10.90.224.98 advertised | json", "10.233.0.0"));
	free_state();
}

/* A prefix whose last pod has gone, and a station that was too slow. */
static void on_their_way_out(void **state)
{
	struct show_station slow = stations[0];
	struct addr pod = test_addr("10.233.0.5");
	bool changed;
	size_t n;

	(void)state;
	make_state();
	aggregate_routes(aggregate, START, &n, &changed);
	assert_true(says("show aggregates", "10.233.0.0/24                1  announced\n"));
	aggregate_addr_del(aggregate, &pod, st.now - 10 * SECOND);
	aggregate_routes(aggregate, st.now, &n, &changed);
	assert_true(says("show aggregates",
			 "10.233.0.0/24                0  held down, withdrawn in 00:00:20\n"));
	assert_true(says("show aggregates | json", "\"heldDown\": true"));
	st.stations = &slow;
	st.n_stations = 1;
	assert_false(says("show bmp", "anew"));
	slow.restarts = 3;
	assert_true(says("show bmp", "\n  told everything anew 3 times, it did not keep up\n"));
	free_state();
}

/* A session that is up says nothing of an attempt that failed before, nor of words that were ours
 * to say. */
static void neighbor_lines(void **state)
{
	static const char failed[] = "  Last connection attempt failed: No route to host\n";
	struct peer_conf c;

	(void)state;
	make_state();
	peers[0].failed = peers[2].failed = EHOSTUNREACH;
	peers[0].failure = peers[2].failure = "No route to host";
	assert_false(says("show ip bgp neighbors 10.90.224.98", failed));
	assert_false(says("show ip bgp neighbors 10.90.224.98 | json", "lastConnectFailure"));
	assert_true(says("show ip bgp neighbors 10.90.226.100", failed));
	/* to receive several paths there must be somebody who sends them */
	c = *peer_conf(live[2]);
	c.capa.add_path[FAMILY_IP4] = ADD_PATH_RECEIVE;
	peer_set_conf(live[2], &c, START);
	peer_connected(live[2], CONN_OUT, START);
	feed(live[2], MARKER "003b01 04 fde9 0009 0a5ae064 1e 02 1c 0104 0001 00 01 0200 4104 "
			     "0000fde9 4006 0078 0001 01 00 4504 0001 01 02");
	feed(live[2], MARKER "001304");
	assert_true(says("show ip bgp neighbors 10.90.226.100",
			 "    Additional-paths recv: advertised and negotiated\n"
			 "    Additional-paths send: received\n"));
	free_state();
}

/* As date(1) has them. */
static void clocks(void **state)
{
	static const struct {
		int64_t at;
		const char *date, *yearday;
	} dates[] = {
		{0, "Thu Jan  1 00:00:00 1970\n", "\"dayOfYear\": 1,"},
		{951782399, "Mon Feb 28 23:59:59 2000\n", "\"dayOfYear\": 59,"},
		{951782400, "Tue Feb 29 00:00:00 2000\n", "\"dayOfYear\": 60,"},
		{1709251199, "Thu Feb 29 23:59:59 2024\n", "\"dayOfYear\": 60,"},
		{1735689599, "Tue Dec 31 23:59:59 2024\n", "\"dayOfYear\": 366,"},
		{1772323200, "Sun Mar  1 00:00:00 2026\n", "\"dayOfYear\": 60,"},
		{4107542400, "Mon Mar  1 00:00:00 2100\n", "\"dayOfYear\": 60,"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		struct text out = {0};

		st = (struct show_state){.wall = dates[i].at * SECOND};
		show("show clock", &out);
		assert_memory_equal(out.s, dates[i].date, strlen(dates[i].date));
		show("show clock | json", &out);
		assert_non_null(strstr(out.s, dates[i].yearday));
		text_free(&out);
	}
}

static void durations(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(show_duration(-5, buf), "00:00:00");
	assert_string_equal(show_duration(1270 * SECOND, buf), "00:21:10");
	assert_string_equal(show_duration(86399 * SECOND, buf), "23:59:59");
	assert_string_equal(show_duration(86400 * SECOND, buf), "1d00h");
	assert_string_equal(show_duration((86400 + 23 * 3600) * SECOND, buf), "1d23h");
	assert_string_equal(show_duration((26 * 86400 + 15 * 3600) * SECOND, buf), "26d15h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),           cmocka_unit_test(eos_lines),
		cmocka_unit_test(durations),        cmocka_unit_test(clocks),
		cmocka_unit_test(any_as),           cmocka_unit_test(names),
		cmocka_unit_test(route_summary),    cmocka_unit_test(own_among_learned),
		cmocka_unit_test(advertised),       cmocka_unit_test(neighbor_lines),
		cmocka_unit_test(on_their_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
