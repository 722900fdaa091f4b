/* state: an agent's state made in memory, for whoever shows it: three neighbours, two of them up.
 */
#ifndef LEAFPEER_TEST_UNIT_SHOW_STATE_H
#define LEAFPEER_TEST_UNIT_SHOW_STATE_H

#include "test/unit/test.h"

#include "agent/show/show.h"
#include "test/unit/bgp/quiet_host.h"

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

static bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	(void)err;
	return rib_update(rib, ctx, u, 0) == RIB_OK;
}

static const struct peer_ops ops = QUIET_HOST(on_update);

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

static inline void free_state(void)
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
static inline void show(const char *text, struct text *out)
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

#endif
