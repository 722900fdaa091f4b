/*
 * The doctor's verdicts: each check on facts that are good, and on the same with one fault; each
 * session on what happened to it.
 */
#include "test/unit/test.h"

#include "agent/show/doctor.h"
#include "agent/show/show.h"
#include "test/unit/bgp/quiet_host.h"
#include "test/unit/show/golden.h"

#include <errno.h>

static struct doctor d;

static const struct doctor_row *row(const char *check)
{
	for (size_t i = 0; i < d.n; i++) {
		if (strcmp(d.rows[i].check, check) == 0)
			return &d.rows[i];
	}
	return NULL;
}

/* The row's state, and what its finding and cure have in them; what is not fine has a cure. */
static void expect(const char *check, enum doctor_state state, const char *found, const char *cure)
{
	const struct doctor_row *r = row(check);

	if (!r)
		fail_msg("no row: %s", check);
	if (r->state != state || !strstr(r->found, found) || !strstr(r->cure, cure))
		fail_msg("%s: %s: %s => %s", check, doctor_state_name(r->state), r->found, r->cure);
	if (r->state >= DOCTOR_WARNING && !*r->cure)
		fail_msg("%s: nothing to do", check);
}

/* ---- the node ---------------------------------------------------------------------------------
 */

static struct doctor_host good;
static struct doctor_node node;

static void make_good(void)
{
	doctor_node_init(&node);
	node.from_agent = true;
	strcpy(node.version, "1.0");
	node.neighbors = 2;
	node.prefixes[node.n_prefixes++] = test_prefix("10.233.0.0/24");
	good = (struct doctor_host){.conf_dir = "/etc/cni/net.d",
				    .bin_dir = "/opt/cni/bin",
				    .n_lists = 1,
				    .plugin_executable = true,
				    .plugin_version = "1.0",
				    .cilium_source = "/x",
				    .routing_mode = "native",
				    .ipam = "kubernetes",
				    .exclusive = "false",
				    .native4 = "10.233.0.0/16",
				    .hash4 = 1,
				    .hash6 = 1,
				    .forward4 = 1,
				    .forward6 = 1,
				    .n_uplinks = 1,
				    .uplinks = {{"eth1", 0, 9000}},
				    .networkd = NETWORKD_ABSENT,
				    .routes_known = true,
				    .wall_s = 1800000000,
				    .synced = 1};
	strcpy(good.lists[0].file, "05-cilium.conflist");
	strcpy(good.lists[0].network, "cilium");
	strcpy(good.lists[0].types[0], "cilium-cni");
	strcpy(good.lists[0].types[1], "leafpeer");
	good.lists[0].n_types = 2;
}

static void judge(const struct doctor_host *h)
{
	doctor_free(&d);
	doctor_judge_host(&d, h, &node);
}

static void a_good_node(void **state)
{
	(void)state;
	make_good();
	judge(&good);
	assert_int_equal(doctor_count(&d, DOCTOR_OK), d.n);
	assert_true(d.n >= 12);
	/* a file beside the list is as good, and so are rows for IPv6 where there is IPv6 */
	good.lists[0].n_types = 1;
	good.lists[0].drop_in = true;
	node.prefixes[node.n_prefixes++] = test_prefix("2001:db8::/64");
	strcpy(good.native6, "2001:db8::/32");
	judge(&good);
	assert_int_equal(doctor_count(&d, DOCTOR_OK), d.n);
	expect("forwarding ipv6", DOCTOR_OK, "on", "");
	doctor_free(&d);
}

#define FAULT(check, state, found, cure, ...)                           \
	do {                                                            \
		struct doctor_host h;                                   \
		make_good();                                            \
		h = good;                                               \
		__VA_ARGS__;                                            \
		judge(&h);                                              \
		expect(check, state, found, cure);                      \
		assert_int_equal(d.n - doctor_count(&d, DOCTOR_OK), 1); \
	} while (0)

static void faults_of_the_chain(void **state)
{
	(void)state;
	FAULT("CNI conflist", DOCTOR_FAILED, "no list of plugins", "Cilium", h.n_lists = 0);
	FAULT("CNI conflist", DOCTOR_FAILED, "it is no", "mend",
	      strcpy(h.lists[0].error, "it is no JSON"));
	FAULT("CNI conflist", DOCTOR_FAILED, "names leafpeer", "cni.configMap",
	      h.lists[0].n_types = 1);
	FAULT("CNI conflist", DOCTOR_FAILED, "leafpeer stands first", "uninstall-cni",
	      strcpy(h.lists[0].types[0], "leafpeer"));
	FAULT("CNI conflist", DOCTOR_FAILED, "before cilium-cni", "uninstall-cni",
	      (strcpy(h.lists[0].types[0], "ptp"), strcpy(h.lists[0].types[2], "cilium-cni"),
	       h.lists[0].n_types = 3));
	FAULT("CNI conflist", DOCTOR_FAILED, "00-other.conf comes first", "Take 00-other.conf away",
	      (h.lists[1] = h.lists[0], memset(&h.lists[0], 0, sizeof(h.lists[0])),
	       strcpy(h.lists[0].file, "00-other.conf"), strcpy(h.lists[0].types[0], "ptp"),
	       h.lists[0].n_types = 1, h.n_lists = 2));
	FAULT("CNI exclusive", DOCTOR_WARNING, "is true", "cni.exclusive=false",
	      strcpy(h.exclusive, "true"));
	FAULT("CNI exclusive", DOCTOR_WARNING, "2 lists", "cni.exclusive=false", h.set_aside = 2);
	FAULT("CNI exclusive", DOCTOR_UNKNOWN, "", "kubectl", h.exclusive[0] = '\0');
	FAULT("CNI plugin", DOCTOR_FAILED, "No such file", "install-cni", h.plugin_error = ENOENT);
	FAULT("CNI plugin", DOCTOR_FAILED, "cannot be executed", "chmod",
	      h.plugin_executable = false);
	FAULT("CNI plugin", DOCTOR_WARNING, "version 0.9, leafpeerd is 1.0", "install-cni",
	      strcpy(h.plugin_version, "0.9"));
	FAULT("CNI plugin", DOCTOR_WARNING, "no version", "install-cni",
	      h.plugin_version[0] = '\0');
	doctor_free(&d);
}

static void faults_of_the_node(void **state)
{
	(void)state;
	FAULT("Cilium", DOCTOR_UNKNOWN, "not to be seen", "LEAFPEER_CILIUM_CONFIG",
	      h.cilium_source[0] = '\0');
	FAULT("Cilium routing-mode", DOCTOR_FAILED, "tunnel", "routingMode=native",
	      strcpy(h.routing_mode, "tunnel"));
	FAULT("Cilium ipam", DOCTOR_WARNING, "eni", "cluster-pool", strcpy(h.ipam, "eni"));
	FAULT("Cilium ipv4-native-routing-cidr", DOCTOR_WARNING, "does not cover", "cluster's",
	      strcpy(h.native4, "10.0.0.0/16"));
	FAULT("Cilium ipv4-native-routing-cidr", DOCTOR_WARNING, "nonsense", "",
	      strcpy(h.native4, "nonsense"));
	FAULT("Cilium ipv4-native-routing-cidr", DOCTOR_UNKNOWN, "", "10.233.0.0/24",
	      h.native4[0] = '\0');
	FAULT("hash policy ipv4", DOCTOR_WARNING, "0:", "net.ipv4.fib_multipath_hash_policy=1",
	      h.hash4 = 0);
	FAULT("hash policy ipv6", DOCTOR_UNKNOWN, "", "net.ipv6", h.hash6 = -1);
	FAULT("forwarding ipv4", DOCTOR_FAILED, "off", "net.ipv4.ip_forward=1", h.forward4 = 0);
	FAULT("rp_filter eth1", DOCTOR_WARNING, "strict", "net.ipv4.conf.eth1.rp_filter=2",
	      h.uplinks[0].rp_filter = 1);
	FAULT("rp_filter eth1", DOCTOR_WARNING, "strict", "net.ipv4.conf.all.rp_filter=2",
	      h.rp_all = 1);
	FAULT("MTU eth1", DOCTOR_FAILED, "pods have 9001", "ip link set eth1 mtu 9001",
	      node.interface_mtu = 9001);
	FAULT("MTU eth1", DOCTOR_UNKNOWN, "no such interface", "", h.uplinks[0].mtu = 0);
	FAULT("systemd-networkd", DOCTOR_WARNING, "away", "ManageForeignRoutes=no",
	      h.networkd = NETWORKD_MANAGES);
	FAULT("systemd-networkd", DOCTOR_UNKNOWN, "", "ManageForeignRoutes=no",
	      h.networkd = NETWORKD_UNKNOWN);
	FAULT("other routes", DOCTOR_WARNING, "protocol bird", "smaller metric",
	      (h.foreign[0] = (struct doctor_foreign){254, 32, 12, 7}, h.n_foreign = 1));
	FAULT("other routes", DOCTOR_WARNING, "protocol 186, which is ours",
	      "LEAFPEER_ROUTE_PROTOCOL",
	      (h.foreign[0] = (struct doctor_foreign){100, 20, 186, 7}, h.n_foreign = 1));
	FAULT("clock", DOCTOR_FAILED, "past", "time service", h.wall_s = 1000);
	FAULT("clock", DOCTOR_WARNING, "unsynchronized", "chrony", h.synced = 0);
	/* one uplink hashes nothing; loose wins over strict of "all" */
	make_good();
	node.neighbors = 1;
	good.hash4 = 0;
	good.rp_all = 1;
	good.uplinks[0].rp_filter = 2;
	judge(&good);
	assert_int_equal(doctor_count(&d, DOCTOR_OK), d.n);
	doctor_free(&d);
}

/* ---- sessions ---------------------------------------------------------------------------------
 */

#define SECOND 1000000LL
#define START  (1000 * SECOND)
#define MARKER "ffffffffffffffffffffffffffffffff"
#define OPEN(as)                                                                           \
	MARKER "003501 04 " as " 0009 0a5ae062 18 02 16 0104 0001 00 01 0200 4104 0000" as \
	       "4006 0078 0001 01 00"

static const struct peer_ops ops = QUIET_HOST(quiet_update);
static struct peer_conf conf;
static struct peer *live;
static struct rib_peer rib_peer;
static struct show_peer shown;
static struct show_state st;
static struct doctor_agent facts;
static bool reachable, connected;

static bool reaches(void *ctx, const struct addr *a)
{
	(void)ctx;
	(void)a;
	return reachable;
}

static bool is_connected(void *ctx, const struct addr *a)
{
	(void)ctx;
	(void)a;
	return connected;
}

static uint32_t ifindex_to(void *ctx, const struct addr *a)
{
	(void)ctx;
	(void)a;
	return 1;
}

static const char *ifname(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	(void)ifindex;
	return "eth1";
}

static void make_session(void)
{
	static const struct fib_conf fc = {.id_base = 1, .id_count = 64, .objects = true};

	conf = (struct peer_conf){.local_as = 65000,
				  .remote_as = 65001,
				  .router_id = 0x0a5ae069,
				  .hold_time = 9,
				  .keepalive = 3};
	capa_init(&conf.capa);
	conf.capa.families = 3;
	conf.capa.as4 = true;
	live = peer_new(&conf, &ops, NULL);
	peer_start(live, START);
	rib_peer = (struct rib_peer){.remote_as = 65001};
	shown = (struct show_peer){.peer = live,
				   .rib_peer = &rib_peer,
				   .addr = test_addr("10.90.224.98"),
				   .name = "10.90.224.98",
				   .description = "",
				   .failure = "",
				   .ttl = 1};
	facts = (struct doctor_agent){.listens = {true, true},
				      .reaches = reaches,
				      .is_connected = is_connected,
				      .ifindex_to = ifindex_to,
				      .bgp_port = 179,
				      .route_table = 254,
				      .route_protocol = 186,
				      .route_metric = 20};
	reachable = connected = true;
	st = (struct show_state){.now = START + 60 * SECOND,
				 .version = "1.0",
				 .config.refusal = "",
				 .router_id = 1,
				 .local_as = 65000,
				 .peers = &shown,
				 .n_peers = 1,
				 .fib = fib_new(&fc),
				 .aggregate = aggregate_new(),
				 .ifname = ifname};
}

static void free_session(void)
{
	union {
		const struct fib *in;
		struct fib *out;
	} fib = {.in = st.fib};
	union {
		const struct aggregate *in;
		struct aggregate *out;
	} aggregate = {.in = st.aggregate};

	peer_stop(live, BGP_CEASE_ADMIN_SHUTDOWN, NULL, START);
	peer_free(live);
	fib_free(fib.out);
	aggregate_free(aggregate.out);
}

static void feed(const char *hex)
{
	uint8_t buf[1024];
	size_t n = test_hex(hex, buf, sizeof(buf));

	peer_recv(live, CONN_OUT, buf, n, START);
}

/* After what has ended the connection. */
static void dial_again(void)
{
	peer_tick(live, START + 2 * SECOND);
	peer_connected(live, CONN_OUT, START + 2 * SECOND);
}

static void diagnose(void)
{
	doctor_free(&d);
	doctor_judge_agent(&d, &st, &facts);
}

#define SESSION(state, found, cure, ...)                             \
	do {                                                         \
		make_session();                                      \
		__VA_ARGS__;                                         \
		diagnose();                                          \
		expect("neighbor 10.90.224.98", state, found, cure); \
		free_session();                                      \
	} while (0)

#define UP() (peer_connected(live, CONN_OUT, START), feed(OPEN("fde9")), feed(MARKER "001304"))

static void any_as(void)
{
	struct peer_conf c = *peer_conf(live);

	c.remote_as = 0;
	peer_set_conf(live, &c, START);
}

static void sessions(void **state)
{
	static const struct bgp_error too_much = {.code = BGP_ERR_CEASE,
						  .subcode = BGP_CEASE_OUT_OF_RESOURCES};

	(void)state;
	SESSION(DOCTOR_OK, "Established for 00:01:00, 0 of 0", "", UP());
	SESSION(DOCTOR_WARNING, "all 3 prefixes were refused", "received-routes",
		(UP(), rib_peer.received[0] = 3));
	SESSION(DOCTOR_FAILED, "not connecting: waits for BFD", "",
		shown.blocked = "waits for BFD");
	SESSION(DOCTOR_FAILED, "refuses connections to TCP port 179", "is BGP running",
		shown.failed = ECONNREFUSED);
	SESSION(DOCTOR_FAILED, "no route to 10.90.224.98", "uplink",
		(shown.failed = ENETUNREACH, reachable = false));
	SESSION(DOCTOR_FAILED, "cannot be reached", "MAC", shown.failed = EHOSTUNREACH);
	SESSION(DOCTOR_FAILED, "cannot be reached", "ebgp-multihop",
		(shown.failed = EHOSTUNREACH, connected = false));
	SESSION(DOCTOR_FAILED, "no answer", "ping", shown.failed = ETIMEDOUT);
	SESSION(DOCTOR_FAILED, "MD5 mismatch suspected", "ping",
		(shown.failed = ETIMEDOUT, shown.password = true));
	SESSION(DOCTOR_FAILED, "signed with another password", "compare",
		(shown.failed = ETIMEDOUT, shown.password = true, facts.tcp.md5_wrong = 2));
	SESSION(DOCTOR_FAILED, "unsigned segments came", "no password configured",
		(shown.failed = ETIMEDOUT, shown.password = true, facts.tcp.md5_missing = 2));
	SESSION(DOCTOR_FAILED, "no password is configured", "password-file",
		(shown.failed = ETIMEDOUT, facts.tcp.md5_unexpected = 2));
	SESSION(DOCTOR_FAILED, "TTL below 254", "ttl maximum-hops",
		(shown.failed = ETIMEDOUT, shown.min_ttl = 254, facts.tcp.ttl_too_small = 1));
	SESSION(DOCTOR_FAILED, "Permission denied", "log",
		(shown.failed = EACCES, shown.failure = "Permission denied"));
	SESSION(DOCTOR_FAILED, "wrong AS: the neighbour says AS 65009, configured is 65001",
		"BGP_REMOTE_AS", (peer_connected(live, CONN_OUT, START), feed(OPEN("fdf1"))));
	SESSION(DOCTOR_FAILED,
		"wrong AS: the neighbour says AS 65000, configured is any but that, our own",
		"neighbor remote-as",
		(any_as(), peer_connected(live, CONN_OUT, START), feed(OPEN("fde8"))));
	/* it was the wrong one, and is no longer what is in the way */
	SESSION(DOCTOR_FAILED, "the BGP Identifier is 0", "router-id",
		(peer_connected(live, CONN_OUT, START), feed(OPEN("fdf1")), dial_again(),
		 feed(MARKER "001d01 04 fde9 0009 00000000 00")));
	SESSION(DOCTOR_FAILED, "the neighbour sent a NOTIFICATION: ", "BGP_AS",
		(peer_connected(live, CONN_OUT, START), feed(OPEN("fdf1")), dial_again(),
		 feed(MARKER "001503 02 02")));
	SESSION(DOCTOR_FAILED, "the neighbour sent a NOTIFICATION: ", "BGP_AS",
		(peer_connected(live, CONN_OUT, START), feed(MARKER "001503 02 02")));
	SESSION(DOCTOR_FAILED, "(6/1)", "its maximum-routes", (UP(), feed(MARKER "001503 06 01")));
	SESSION(DOCTOR_FAILED, "(6/9)", "its maximum-routes",
		(UP(), feed(MARKER "001703 06 09 0601")));
	SESSION(DOCTOR_FAILED, "(6/8)", "clear ip bgp", (UP(), peer_fail(live, &too_much, START)));
	SESSION(DOCTOR_FAILED, "(6/8)", "no room for this session",
		(UP(), feed(MARKER "001503 06 08")));
	SESSION(DOCTOR_FAILED, "(6/2)", "over there", (UP(), feed(MARKER "001503 06 02")));
	SESSION(DOCTOR_FAILED, "(6/5)", "refuses", (UP(), feed(MARKER "001503 06 05")));
	SESSION(DOCTOR_FAILED, "(4/0)", "heard nothing", (UP(), feed(MARKER "001503 04 00")));
	SESSION(DOCTOR_FAILED, "(4/0)", "Nothing was heard",
		(UP(), peer_tick(live, START + 30 * SECOND)));
	SESSION(DOCTOR_FAILED, "we sent a NOTIFICATION", "show ip bgp neighbors 10.90.224.98",
		(UP(), feed(MARKER "001302 00")));
	SESSION(DOCTOR_FAILED, "closed the connection", "know this node",
		(UP(), peer_disconnected(live, CONN_OUT, START)));
	SESSION(DOCTOR_FAILED, "not Established yet", "", (void)0);
	doctor_free(&d);
}

static void refused_routes(void **state)
{
	const struct hop hop = {.ifindex = 2, .gateway = test_addr("10.90.224.98")};
	struct prefix p = test_prefix("20.0.7.0/24");
	union {
		const struct fib *in;
		struct fib *out;
	} fib;
	struct fib_op op;

	(void)state;
	make_session();
	diagnose();
	expect("kernel routes", DOCTOR_OK, "0 installed", "");
	fib.in = st.fib;
	fib_want(fib.out, &p, &hop, 1, false);
	while (fib_next(fib.out, &op))
		fib_ack(fib.out, op.seq, EINVAL);
	diagnose();
	expect("kernel routes", DOCTOR_FAILED, "the last one 20.0.7.0/24: Invalid argument",
	       "down to once a minute");
	free_session();
	doctor_free(&d);
}

/* ---- Kubernetes -------------------------------------------------------------------------------
 */

static struct show_kube kube;

static void make_kube(void)
{
	make_session();
	kube = (struct show_kube){
		.on = true,
		.api = "https://10.96.0.1:443",
		.node = "kube1",
		.node_found = true,
		.watches = {{.resource = "nodes", .group = ""},
			    {.resource = "ciliumnodes", .group = "cilium.io"},
			    {.resource = "pods", .group = ""}},
		.n_watches = 3,
		.source = "CiliumNode",
		.write_error = "",
		.config_origin = "sources",
		.config_refusal = "",
		.config_refused_key = "",
	};
	for (size_t i = 0; i < kube.n_watches; i++) {
		kube.watches[i].state = "watching";
		kube.watches[i].synced = kube.watches[i].up = true;
		kube.watches[i].error = "";
		kube.watches[i].verb = "list";
		kube.watches[i].answered = START + 48 * SECOND;
	}
	st.kube = &kube;
	st.wall = 1700000000 * SECOND;
	facts.cache_dir = "/var/lib/leafpeer";
	facts.cache_written = 1700000000 - 7200;
}

#define KUBE(check, state, found, cure, ...)       \
	do {                                       \
		make_kube();                       \
		__VA_ARGS__;                       \
		diagnose();                        \
		expect(check, state, found, cure); \
		free_session();                    \
	} while (0)

/* What a watch may fail with, of which the last was told well a minute ago. */
#define FAILS(i, code, text) \
	(kube.watches[i].up = false, kube.watches[i].error = text, kube.watches[i].status = code)

static void the_api(void **state)
{
	(void)state;
	KUBE("Kubernetes nodes", DOCTOR_OK, "the last answer is 00:00:12 old", "", (void)0);
	KUBE("Kubernetes ciliumnodes", DOCTOR_OK, "no such resource", "",
	     kube.watches[1].state = "absent");
	KUBE("Kubernetes nodes", DOCTOR_WARNING, "not answered yet", "10.96.0.1",
	     kube.watches[0].answered = 0);
	KUBE("Kubernetes nodes", DOCTOR_WARNING, "list: HTTP 401: no; the last answer is 00:00:12",
	     "does not take the token", FAILS(0, 401, "HTTP 401: no"));
	KUBE("Kubernetes ciliumnodes", DOCTOR_FAILED, "watch: HTTP 403: no; it has never worked",
	     "missing verb watch for ciliumnodes.cilium.io",
	     (FAILS(1, 403, "HTTP 403: no"), kube.watches[1].verb = "watch",
	      kube.watches[1].synced = false, kube.watches[1].answered = 0));
	KUBE("Kubernetes pods", DOCTOR_WARNING, "HTTP 403",
	     "can-i list pods --as=", FAILS(2, 403, "HTTP 403: no"));
	KUBE("Kubernetes nodes", DOCTOR_WARNING, "HTTP 429", "overloaded",
	     FAILS(0, 429, "HTTP 429"));
	KUBE("Kubernetes nodes", DOCTOR_WARNING, "HTTP 500", "own log", FAILS(0, 500, "HTTP 500"));
	KUBE("Kubernetes nodes", DOCTOR_WARNING, "Connection refused", "https://10.96.0.1:443",
	     FAILS(0, 0, "Connection refused"));
	KUBE("Kubernetes Node", DOCTOR_FAILED, "no Node kube1", "NODE_NAME",
	     kube.node_found = false);
	/* what is the same for all of them is said once */
	KUBE("Kubernetes API", DOCTOR_WARNING, "Connection refused", "Can this node reach",
	     (FAILS(0, 0, "Connection refused"), FAILS(1, 0, "Connection refused"),
	      FAILS(2, 0, "Connection refused")));
	assert_null(row("Kubernetes nodes"));
	KUBE("Kubernetes pods", DOCTOR_FAILED, "Connection refused", "",
	     (FAILS(0, 0, "Connection refused"), FAILS(1, 0, "Connection refused"),
	      FAILS(2, 0, "Connection refused"), kube.watches[2].synced = false));
	/* without the API, and where nobody was asked, there is nothing to say of it */
	make_kube();
	kube.on = false;
	diagnose();
	assert_null(row("Kubernetes nodes"));
	free_session();
	doctor_free(&d);
}

#define CANNOT(...) (kube.cannot[0] = (struct show_kube_write){__VA_ARGS__}, kube.n_cannot = 1)

static void what_is_written(void **state)
{
	(void)state;
	KUBE("Kubernetes events", DOCTOR_OK, "RBAC does not permit it", "",
	     CANNOT("events", "create", "events", 403));
	KUBE("Kubernetes create events", DOCTOR_WARNING, "events: HTTP 500", "does not need it",
	     CANNOT("events", "create", "events", 500));
	KUBE("Kubernetes patch nodes/status", DOCTOR_WARNING, "the condition: HTTP 403",
	     "missing verb patch for nodes/status",
	     CANNOT("the condition", "patch", "nodes/status", 403));
	KUBE("Kubernetes patch nodes", DOCTOR_WARNING, "the annotation: it timed out",
	     "does not need it",
	     (CANNOT("the annotation", "patch", "nodes", 0), kube.write_error = "it timed out"));
	doctor_free(&d);
}

static void the_cache(void **state)
{
	static const char check[] = "configuration cache";

	(void)state;
	KUBE(check, DOCTOR_OK, "last changed 02:00:00 ago, in /var/lib/leafpeer", "", (void)0);
	KUBE(check, DOCTOR_WARNING, "last good configuration, 02:00:00 old", "rows of Kubernetes",
	     kube.config_origin = "last good");
	KUBE(check, DOCTOR_WARNING, "annotations are those of the cache, 02:00:00 old",
	     "rows of Kubernetes", kube.watches[0].synced = false);
	KUBE(check, DOCTOR_WARNING, "it is gone: No such file", "next start",
	     (kube.config_origin = "last good", facts.cache_error = ENOENT));
	KUBE(check, DOCTOR_WARNING, "/var/lib/leafpeer: Read-only", "LEAFPEER_CACHE_DIR",
	     facts.cache_error = EROFS);
	KUBE("configuration", DOCTOR_FAILED, "arista/bgp-local-as=x: no",
	     "kubectl annotate node kube1 --overwrite arista/bgp-local-as=..., or "
	     "arista/bgp-local-as-",
	     (st.config.refusal = "arista/bgp-local-as=x: no",
	      kube.config_refused_key = "arista/bgp-local-as"));
	/* where there is no API there is nothing that a cache is needed for */
	make_kube();
	kube.on = false;
	facts.cache_error = ENOENT;
	diagnose();
	assert_null(row(check));
	free_session();
	doctor_free(&d);
}

/* The whole table, as it is printed, of a node in trouble. */
static void the_table(void **state)
{
	struct text out = {0};

	(void)state;
	make_kube();
	UP();
	FAILS(1, 403,
	      "HTTP 403: ciliumnodes.cilium.io \"kube1\" is forbidden: User "
	      "\"system:serviceaccount:kube-system:leafpeer\" cannot list resource");
	kube.watches[1].synced = false;
	kube.watches[1].answered = 0;
	st.config.refusal = "arista/bgp-local-as=x: expected an AS number, 1 to 4294967294";
	kube.config_refused_key = "arista/bgp-local-as";
	CANNOT("the condition LeafpeerBGPReady", "patch", "nodes/status", 403);
	diagnose();
	make_good();
	doctor_judge_host(&d, &good, &node);
	doctor_text(&d, &out);
	compare_text(&out, "doctor.txt");
	free_session();
	doctor_free(&d);
}

static void the_agent(void **state)
{
	(void)state;
	make_session();
	diagnose();
	expect("configuration", DOCTOR_OK, "AS 65000, 1 neighbors", "");
	expect("prefixes", DOCTOR_FAILED, "no pod prefix", "CNI_PROVIDER");
	st.config.refusal = "startup-config, line 3: no";
	facts.listens[0] = facts.listens[1] = false;
	st.pods_skipped = 2;
	st.router_id = 0;
	st.draining = true;
	diagnose();
	expect("configuration", DOCTOR_FAILED, "line 3: no", "reload");
	expect("BGP port", DOCTOR_WARNING, "179", "dials");
	expect("pod records", DOCTOR_WARNING, "2 of them", "log");
	expect("router ID", DOCTOR_FAILED, "none", "router-id");
	expect("drain", DOCTOR_WARNING, "drained", "undrain");
	st.config.refusal = "";
	st.n_peers = 0;
	diagnose();
	expect("configuration", DOCTOR_FAILED, "no neighbor", "BGP_PEER");
	free_session();
	doctor_free(&d);
}

/* What the agent writes, leafpeerctl reads: the same rows, and what the node's checks need. */
static void there_and_back(void **state)
{
	struct doctor_node n;
	struct doctor e = {0};
	struct text out = {0};
	struct aggregate_conf ac = {.n_owned = 1};
	struct prefix own = test_prefix("10.233.0.0/24");
	union {
		const struct aggregate *in;
		struct aggregate *out;
	} aggregate;

	(void)state;
	make_session();
	ac.owned = &own;
	aggregate.in = st.aggregate;
	aggregate_set_conf(aggregate.out, &ac, 0);
	facts.interface_mtu = 9000;
	st.config.refusal = "a \"quote\" and\ta tab";
	diagnose();
	doctor_write_agent(&d, &st, &facts, &out);
	doctor_node_init(&n);
	assert_true(doctor_read_agent(out.s, out.len, &e, &n));
	assert_int_equal(e.n, d.n);
	for (size_t i = 0; i < d.n; i++) {
		assert_int_equal(e.rows[i].state, d.rows[i].state);
		assert_string_equal(e.rows[i].check, d.rows[i].check);
		assert_string_equal(e.rows[i].found, d.rows[i].found);
		assert_string_equal(e.rows[i].cure, d.rows[i].cure);
	}
	assert_true(n.from_agent);
	assert_int_equal(n.interface_mtu, 9000);
	assert_int_equal(n.neighbors, 1);
	assert_int_equal(n.n_uplinks, 1);
	assert_string_equal(n.uplinks[0], "eth1");
	assert_int_equal(n.n_prefixes, 1);
	/* and whatever else comes is refused */
	for (size_t len = 0; len + 1 < out.len; len++)
		assert_false(doctor_read_agent(out.s, len, &e, &n));
	text_free(&out);
	doctor_free(&e);
	doctor_free(&d);
	free_session();
}

/* Worst first, folded under its column; nothing that moves a terminal's cursor. */
static void as_text(void **state)
{
	struct doctor_row *r;
	struct text out = {0};

	(void)state;
	doctor_add(&d, DOCTOR_OK, "first", "fine");
	r = doctor_add(&d, DOCTOR_FAILED, "second", "an\x1b[2J escape");
	doctor_cure(r, "%s",
		    "words that are far too many for a line of a hundred columns, so that the "
		    "rest of them stands under the others");
	doctor_text(&d, &out);
	assert_string_equal(
		out.s, "State    Check   Found => what to do\n"
		       "failed   second  an?[2J escape\n"
		       "                 => words that are far too many for a line of a hundred "
		       "columns, so that the rest of\n"
		       "                    them stands under the others\n"
		       "ok       first   fine\n"
		       "1 failed, 0 warnings, 0 unknown, 1 ok\n");
	text_free(&out);
	/* more rows than there is room for */
	for (int i = 0; i < DOCTOR_ROWS_MAX + 3; i++)
		doctor_cure(doctor_add(&d, DOCTOR_WARNING, "x", "y"), "z");
	assert_int_equal(d.n, DOCTOR_ROWS_MAX);
	assert_true(d.more);
	doctor_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_node),
		cmocka_unit_test(faults_of_the_chain),
		cmocka_unit_test(faults_of_the_node),
		cmocka_unit_test(sessions),
		cmocka_unit_test(refused_routes),
		cmocka_unit_test(the_agent),
		cmocka_unit_test(the_api),
		cmocka_unit_test(what_is_written),
		cmocka_unit_test(the_cache),
		cmocka_unit_test(the_table),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
