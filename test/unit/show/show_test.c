/*
 * What people see, octet by octet: golden files of each command, on a state made in memory.
 * LEAFPEER_GOLDEN=write makes them anew.
 */
#include "test/unit/test.h"

#include "agent/show/metrics.h"
#include "agent/show/show.h"
#include "test/unit/show/exposition.h"
#include "test/unit/show/golden.h"

#include <errno.h>

#define SECOND 1000000LL
#define START  (1000 * SECOND)

static struct show_state st;
static struct show_kube kube;
static struct show_peer peers[3];
static struct peer *live[3];
static struct adj_out *outs[3];
static struct rib *rib;
static struct nexthop_table *nexthops;
static struct fib *fib;
static struct aggregate *aggregate;
static struct prefix own;
static struct pod_record pods[2];
static const struct local_route locals[] = {{{AFI_IP4, 24, {10, 233, 0}}, LOCAL_AGGREGATE}};

static void on_dial(void *ctx)
{
	(void)ctx;
}

static void on_close(void *ctx, enum peer_conn c)
{
	(void)ctx;
	(void)c;
}

static void on_down(void *ctx, enum peer_down_reason r, bool g)
{
	(void)ctx;
	(void)r;
	(void)g;
}

static bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	(void)err;
	return rib_update(rib, ctx, u, 0) == RIB_OK;
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

static const struct peer_ops ops = {on_dial,   on_close,   on_dial, on_down,
				    on_update, on_refresh, on_dial, on_random};

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	if (n)
		fib_want(fib, &e->prefix, hops, n, false);
}

static void feed(struct peer *p, const char *hex)
{
	uint8_t buf[1024];
	size_t n = test_hex(hex, buf, sizeof(buf));

	peer_recv(p, CONN_OUT, buf, n, START);
}

#define MARKER "ffffffffffffffffffffffffffffffff"

static struct peer *make_peer(int i, const char *addr, bool up)
{
	struct peer_conf c = {.local_as = 65000,
			      .remote_as = 65001,
			      .router_id = 0x0a5ae069,
			      .hold_time = 9,
			      .keepalive = 3};
	struct rib_peer *rp = rib_peer_new(rib);
	struct peer *p;

	capa_init(&c.capa);
	c.capa.families = 3;
	c.capa.as4 = c.capa.route_refresh = true;
	rp->addr = test_addr(addr);
	rp->remote_as = 65001;
	rp->remote_id = 0x0a5ae062 + (uint32_t)i;
	rp->connected = true;
	rp->allowas_in = 1;
	p = peer_new(&c, &ops, rp);
	peer_start(p, START);
	live[i] = p;
	outs[i] = adj_out_new(rib_attr_table(rib));
	peers[i] = (struct show_peer){.peer = p,
				      .rib_peer = rp,
				      .adj_out = outs[i],
				      .addr = rp->addr,
				      .name = addr,
				      .description = "",
				      .local = test_addr("10.90.224.105")};
	if (!up)
		return p;
	peer_connected(p, CONN_OUT, START);
	feed(p, MARKER "003501 04 fde9 0009 0a5ae062 18 02 16 0104 0001 00 01 0200 4104 0000fde9 "
		       "4006 0078 0001 01 00");
	feed(p, MARKER "001304");
	return p;
}

static const struct pod_record *pod_at(void *ctx, size_t i)
{
	(void)ctx;
	return i < 2 ? &pods[i] : NULL;
}

static const char *ifname(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	return ifindex == 1 ? "eth1" : "eth2";
}

static void running_config(void *ctx, struct text *out)
{
	(void)ctx;
	text_puts(out, "router bgp 65000\nend\n");
}

static void running_config_diffs(void *ctx, struct text *out)
{
	(void)ctx;
	text_puts(out, "--- startup-config\n+++ system:/running-config\n");
}

static const struct show_station stations[] = {
	{.name = "10.90.224.5",
	 .failure = "",
	 .addr = {AFI_IP4, {10, 90, 224, 5}},
	 .port = 11019,
	 .up = true,
	 .dumped = true,
	 .since = START,
	 .peers = 2,
	 .octets = 4711,
	 .connects = 1},
	{.name = "10.90.224.6",
	 .failure = "Connection refused",
	 .addr = {AFI_IP4, {10, 90, 224, 6}},
	 .port = 5000,
	 .since = START,
	 .connects = 7},
};

static void add_link(const char *subnet, uint32_t ifindex)
{
	struct kroute r = {.table = 254, .type = 1, .n_hops = 1};

	r.prefix = test_prefix(subnet);
	r.hops[0].ifindex = ifindex;
	nexthop_kroute_add(nexthops, &r);
}

static void make_state(void)
{
	static const struct rib_ops rib_ops = {.route = on_route};
	const struct fib_conf fc = {.id_base = 1, .id_count = 64, .objects = true};
	struct rib_conf rc = {.local_as = 65000, .router_id = 0x0a5ae069, .maximum_paths = 32};
	struct aggregate_conf ac = {.hold_down_us = 30 * SECOND, .n_owned = 1};
	struct addr pod = test_addr("10.233.0.5");
	struct fib_op op;

	own = test_prefix("10.233.0.0/24");
	rc.own = ac.owned = &own;
	rc.n_own = 1;
	nexthops = nexthop_table_new();
	add_link("10.90.224.0/24", 1);
	add_link("10.90.225.0/24", 2);
	fib = fib_new(&fc);
	rib = rib_new(&rc, nexthops, &rib_ops, NULL);
	aggregate = aggregate_new();
	aggregate_set_conf(aggregate, &ac, 0);
	aggregate_addr_add(aggregate, &pod, 0);
	make_peer(0, "10.90.224.98", true);
	make_peer(1, "10.90.225.99", true);
	make_peer(2, "10.90.226.100", false);
	/* 10.233.1.0/24 from both, and our own from the first, which is refused */
	feed(live[0], MARKER
	     "003302 0000 0018 40010100 40020a 0202 0000fde9 0000fde8 400304 0a5ae062 18 0ae901");
	feed(live[1], MARKER
	     "003302 0000 0018 40010100 40020a 0202 0000fde9 0000fde8 400304 0a5ae163 18 0ae901");
	feed(live[0], MARKER
	     "003302 0000 0018 40010100 40020a 0202 0000fde9 0000fde8 400304 0a5ae062 18 0ae900");
	while (rib_work(rib, 100))
		;
	fib_want(fib, &own, NULL, 0, true);
	while (fib_next(fib, &op))
		fib_ack(fib, op.seq, 0);
	strcpy(pods[0].network, "cilium");
	strcpy(pods[0].container_id, "0123456789abcdef");
	strcpy(pods[0].ifname, "eth0");
	strcpy(pods[0].pod_namespace, "default");
	strcpy(pods[0].pod_name, "web-1");
	pods[0].addresses[0] = pod;
	pods[0].n_addresses = 1;
	pods[1] = pods[0];
	strcpy(pods[1].pod_name, "database-with-a-long-name-0");
	pods[1].addresses[1] = test_addr("2001:db8::5");
	pods[1].n_addresses = 2;
	kube = (struct show_kube){
		.on = true,
		.api = "https://10.96.0.1:443",
		.node = "kube1",
		.node_found = true,
		.watches = {{.resource = "nodes",
			     .state = "watching",
			     .synced = true,
			     .up = true,
			     .error = "",
			     .group = "",
			     .verb = "list",
			     .answered = START + 1200 * SECOND,
			     .lists = 1,
			     .watches = 3,
			     .events = 12},
			    {.resource = "ciliumnodes",
			     .state = "waiting",
			     .error = "HTTP 403: ciliumnodes is forbidden",
			     .status = 403,
			     .group = "cilium.io",
			     .verb = "list",
			     .lists = 4,
			     .failures = 4}},
		.n_watches = 2,
		.source = "not known",
		.pods = 7,
		.events_sent = 2,
		.writes = 3,
		.write_error = "",
		.config_origin = "sources",
		.config_refusal = "arista/bgp-local-as=x: expected an AS number, 1 to 4294967295",
		.config_refused_key = "arista/bgp-local-as",
		.config_refusals = 1,
		.config_at = START,
	};
	st = (struct show_state){.now = START + 1270 * SECOND,
				 .wall = 1700000000 * SECOND,
				 .started = START - 86400 * SECOND,
				 .version = "1.0",
				 .hostname = "kube1",
				 .router_id = 0x0a5ae069,
				 .local_as = 65000,
				 .peers = peers,
				 .n_peers = 3,
				 .rib = rib,
				 .fib = fib,
				 .aggregate = aggregate,
				 .locals = locals,
				 .n_locals = 1,
				 .kube = &kube,
				 .n_pods = 2,
				 .pods_skipped = 1,
				 .pod_at = pod_at,
				 .ifname = ifname,
				 .config.refusal = "",
				 .running_config = running_config,
				 .running_config_diffs = running_config_diffs,
				 .stations = stations,
				 .n_stations = 2};
}

static void free_state(void)
{
	for (int i = 0; i < 3; i++) {
		adj_out_free(outs[i]);
		peer_stop(live[i], BGP_CEASE_ADMIN_SHUTDOWN, NULL, START);
		peer_free(live[i]);
	}
	rib_free(rib);
	fib_free(fib);
	aggregate_free(aggregate);
	nexthop_table_free(nexthops);
}

/* The whole answer, slice by slice. */
static void show(const char *text, struct text *out)
{
	struct command_line line;
	struct show_run *run;

	assert_int_equal(command_parse(text, &line), COMMAND_OK);
	assert_true(line.command->verb <= VERB_SHOW_LAST);
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
	assert_string_equal(show_duration((86400 + 23 * 3600) * SECOND, buf), "1d23h");
	assert_string_equal(show_duration((26 * 86400 + 15 * 3600) * SECOND, buf), "26d15h");
}

/* ---- metrics ----------------------------------------------------------------------------------
 */

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
		cmocka_unit_test(golden),           cmocka_unit_test(eos_lines),
		cmocka_unit_test(durations),        cmocka_unit_test(clocks),
		cmocka_unit_test(any_as),           cmocka_unit_test(names),
		cmocka_unit_test(route_summary),    cmocka_unit_test(metrics),
		cmocka_unit_test(metrics_rejected), cmocka_unit_test(metrics_opinion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
