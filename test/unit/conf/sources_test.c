/* Annotations, environment and startup-config: what each key makes, and which goes before which. */
#include "test/unit/conf/conf_helper.h"

#define KEYS_MAX 12

struct keys {
	struct conf_annotation variables[KEYS_MAX], annotations[KEYS_MAX]; /* up to key NULL */
};

static const char *get(void *ctx, const char *name)
{
	const struct keys *k = ctx;

	for (size_t i = 0; i < KEYS_MAX && k->variables[i].key; i++) {
		if (strcmp(k->variables[i].key, name) == 0)
			return k->variables[i].value;
	}
	return NULL;
}

static struct conf *node(const struct keys *keys)
{
	struct keys k = *keys;
	size_t n = 0;

	while (n < KEYS_MAX && k.annotations[n].key)
		n++;
	forget();
	return conf_from_node(get, &k, k.annotations, n, &errors, &notes);
}

/* Over this startup-config. */
static struct conf *merged(const struct keys *keys, const char *startup)
{
	struct conf *under = must_parse(startup), *over = node(keys), *c;

	if (!over)
		fail_msg("%s", errors.errors[0].text);
	c = conf_merge(under, over);
	conf_free(under);
	conf_free(over);
	return c;
}

/* The neighbours as "ADDRESS:REMOTE-AS ...". */
static const char *peers(const struct conf *c)
{
	static char out[512];
	char who[CONF_NEIGHBOR_STRLEN];
	struct conf_options o;

	*out = '\0';
	for (size_t i = 0; i < c->n_neighbors; i++) {
		conf_effective(c, &c->neighbors[i], &o);
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s:%u", *out ? " " : "",
			 conf_neighbor_str(&c->neighbors[i], who), o.remote_as);
	}
	return out;
}

static void who_goes_first(void **state)
{
	static const struct {
		struct keys keys;
		const char *startup, *want;
		size_t notes;
	} rows[] = {
		/* iBGP: BGP_AS is both */
		{{{{"BGP_AS", "65000"}, {"BGP_PEER", "10.0.0.1"}}, {{0}}}, "", "10.0.0.1:65000", 0},
		{{{{"NODE_AS", "65000"}, {"BGP_PEER", "10.0.0.1"}}, {{0}}},
		 "",
		 "10.0.0.1:65000",
		 0},
		/* one remote AS for all, or one each */
		{{{{"BGP_AS", "65000"}, {"BGP_PEER", "10.0.0.1,10.0.0.2"}, {"BGP_REMOTE_AS", "1"}},
		  {{0}}},
		 "",
		 "10.0.0.1:1 10.0.0.2:1",
		 0},
		{{{{"BGP_AS", "65000"},
		   {"BGP_PEER", " 10.0.0.1 ,10.0.0.2 2001:db8::1,"},
		   {"BGP_REMOTE_AS", "1,2, 1.0"}},
		  {{0}}},
		 "",
		 "10.0.0.1:1 10.0.0.2:2 2001:db8::1:65536",
		 0},
		/* annotations before the environment; they replace its neighbours */
		{{{{"BGP_AS", "65000"}, {"BGP_PEER", "10.0.0.9,10.0.0.8"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"}, {"arista/bgp-local-as", "64512"}}},
		 "",
		 "10.0.0.1:64512",
		 0},
		/* with the remote AS of the environment, if they have none */
		{{{{"BGP_AS", "65000"}, {"BGP_REMOTE_AS", "65001"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"},
		   {"arista/bgp-peer-ip-2", "10.0.0.2"},
		   {"arista/bgp-remote-as-2", "65002"}}},
		 "",
		 "10.0.0.1:65001 10.0.0.2:65002",
		 0},
		{{{{"BGP_AS", "65000"}, {"BGP_REMOTE_AS", "1,2"}},
		  {{"arista/bgp-peer-ip-2", "10.0.0.2"}}},
		 "",
		 "10.0.0.2:2",
		 0},
		/* the annotation of a remote AS goes with the peer of the environment */
		{{{{"BGP_AS", "65000"}, {"BGP_PEER", "10.0.0.1,10.0.0.2"}},
		  {{"arista/bgp-remote-as-2", "65002"}}},
		 "",
		 "10.0.0.1:65000 10.0.0.2:65002",
		 0},
		/* both spellings */
		{{{{"BGP_AS", "65000"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"}, {"arista/bgp-remote-as1", "65001"}}},
		 "",
		 "10.0.0.1:65001",
		 0},
		{{{{"BGP_AS", "65000"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"},
		   {"arista/bgp-remote-as1", "65001"},
		   {"arista/bgp-remote-as-1", "65002"}}},
		 "",
		 "10.0.0.1:65002",
		 1},
		{{{{"BGP_AS", "65000"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"},
		   {"arista/bgp-remote-as1", "65001"},
		   {"arista/bgp-remote-as-1", "65001"}}},
		 "",
		 "10.0.0.1:65001",
		 0},
		/* the names of old manifests, below the new ones */
		{{{{"BGP_PEER", "10.0.0.9"}}, {{"BGP_PEER", "10.0.0.1"}, {"BGP_ASN", "7"}}},
		 "",
		 "10.0.0.1:7",
		 0},
		{{{{0}},
		  {{"BGP_PEER", "10.0.0.9"},
		   {"BGP_ASN", "7"},
		   {"arista/bgp-local-as", "8"},
		   {"arista/bgp-peer-ip-1", "10.0.0.1"}}},
		 "",
		 "10.0.0.1:8",
		 0},
		/* the startup-config's neighbours stay, options of the same one are added to */
		{{{{"BGP_AS", "65000"}, {"BGP_PEER", "10.0.0.1"}}, {{0}}},
		 "router bgp 64512\n   neighbor 10.0.0.1 remote-as 65001\n"
		 "   neighbor 10.0.0.2 remote-as 65002\n",
		 "10.0.0.1:65001 10.0.0.2:65002",
		 0},
		{{{{"BGP_PEER", "10.0.0.1"}, {"BGP_REMOTE_AS", "3"}}, {{0}}},
		 "router bgp 64512\n   neighbor 10.0.0.1 remote-as 65001\n",
		 "10.0.0.1:3",
		 0},
		{{{{"BGP_PEER", "10.0.0.1"}}, {{0}}}, "router bgp 64512\n", "10.0.0.1:64512", 0},
		/* peers of the Node in a group of the startup-config */
		{{{{"BGP_PEER", "10.0.0.1"}, {"LEAFPEER_PEER_GROUP", "NONE"}},
		  {{"leafpeer/peer-group", "TOR"}}},
		 "router bgp 65000\n   neighbor TOR peer group\n   neighbor TOR remote-as 65001\n",
		 "10.0.0.1:65001",
		 0},
		/* values for all nodes, one of which is annotated with fewer peers */
		{{{{"BGP_AS", "65000"},
		   {"BGP_PEER", "10.0.0.1,10.0.0.2"},
		   {"BGP_REMOTE_AS", "1,2"}},
		  {{"arista/bgp-peer-ip-2", "10.0.0.9"}}},
		 "",
		 "10.0.0.9:2",
		 0},
		{{{{"BGP_AS", "65000"}, {"BGP_REMOTE_AS", "1,2"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"},
		   {"arista/bgp-peer-ip-3", "10.0.0.3"},
		   {"arista/bgp-remote-as-3", "3"}}},
		 "",
		 "10.0.0.1:1 10.0.0.3:3",
		 0},
		/* blanks and ends of lines around a value are YAML's; and nothing else is no value
		 */
		{{{{"BGP_AS", " 65000\n"},
		   {"BGP_PEER", "\t"},
		   {"BGP_REMOTE_AS", " 65001 , 65002 ,\r\n"}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1 "},
		   {"arista/bgp-peer-ip-2", "\n10.0.0.2"},
		   {"arista/bgp-local-as", " "},
		   {"arista/bgp-remote-as-2", "65003\t"}}},
		 "",
		 "10.0.0.1:65001 10.0.0.2:65003",
		 0},
		/* nothing to attach it to */
		{{{{"BGP_AS", "1"}, {"BGP_REMOTE_AS", "2"}}, {{"arista/bgp-remote-as-3", "4"}}},
		 "",
		 "",
		 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *c = merged(&rows[i].keys, rows[i].startup);

		if (strcmp(peers(c), rows[i].want) != 0)
			fail_msg("row %zu: %s, not %s", i, peers(c), rows[i].want);
		if (notes.n != rows[i].notes)
			fail_msg("row %zu: %zu notes, the first %s", i, notes.n,
				 notes.errors[0].text);
		assert_true(conf_validate(c, &errors, &notes));
		assert_stable(c);
		conf_free(c);
	}
}

static void refused(void **state)
{
	static const struct {
		struct keys keys;
		const char *want;
	} rows[] = {
		{{{{"BGP_AS", "0"}}, {{0}}}, "BGP_AS=0: expected an AS number"},
		{{{{"BGP_AS", "4294967296"}}, {{0}}}, "BGP_AS=4294967296: expected an AS number"},
		{{{{"NODE_AS", "x"}}, {{0}}}, "NODE_AS=x: "},
		{{{{"BGP_AS", "1\n   network 10.0.0.0/8"}}, {{0}}}, "BGP_AS: a control character"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "tor1"}}, {{0}}},
		 "BGP_PEER=tor1: tor1 is not an IP address of a neighbour; give the ToR's, several "
		 "with commas"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "10.0.0.0/24"}}, {{0}}}, "not an IP address"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "127.0.0.1"}}, {{0}}}, "not an IP address"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "10.0.0.1,10.0.0.1"}}, {{0}}}, "there twice"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "10.0.0.1"}, {"BGP_REMOTE_AS", "1,2"}}, {{0}}},
		 "BGP_REMOTE_AS=1,2: 2 values for 1 peers; give one for all, or one each"},
		{{{{"BGP_AS", "1"}, {"BGP_REMOTE_AS", "1,2"}},
		  {{"arista/bgp-peer-ip-3", "10.0.0.3"}}},
		 "BGP_REMOTE_AS=1,2: 2 values, and none for peer 3; annotate "
		 "arista/bgp-remote-as-3"},
		{{{{"BGP_AS", "1"}, {"BGP_PEER", "10.0.0.1"}, {"BGP_REMOTE_AS", "0"}}, {{0}}},
		 "BGP_REMOTE_AS=0: 0: expected an AS number"},
		{{{{"POD_CIDR", "10.233.0.1/24"}}, {{0}}}, "did you mean 10.233.0.0/24?"},
		{{{{"POD_CIDR", "10.233.0.0"}}, {{0}}}, "POD_CIDR=10.233.0.0: "},
		{{{{"INTERFACE_MTU", "9000 9000"}}, {{0}}}, "end of the line"},
		{{{{"LEAFPEER_ADVERTISE", "maybe"}}, {{0}}}, "allocated or always"},
		{{{{"LEAFPEER_KUBERNETES", "on"}}, {{0}}}, "auto or off"},
		{{{{0}}, {{"arista/bgp-local-as", "65000 1"}}},
		 "arista/bgp-local-as=65000 1: expected an AS number"},
		{{{{"BGP_AS", "23456"}}, {{0}}}, "BGP_AS=23456: expected an AS number"},
		{{{{0}}, {{"arista/bgp-peer-ip-2", "tor"}}},
		 "arista/bgp-peer-ip-2=tor: tor is not"},
		{{{{0}},
		  {{"arista/bgp-peer-ip-1", "10.0.0.1"}, {"arista/bgp-peer-ip-2", "10.0.0.1"}}},
		 "arista/bgp-peer-ip-2=10.0.0.1: 10.0.0.1 is there twice"},
		{{{{0}}, {{"arista/bgp-peer-ip-1", "10.0.0.1"}, {"arista/bgp-remote-as1", "x"}}},
		 "arista/bgp-remote-as1=x: x: expected"},
		{{{{0}}, {{"leafpeer/hold-down", "soon"}}}, "leafpeer/hold-down=soon: "},
		{{{{0}}, {{"leafpeer/router-id", "::1"}}}, "leafpeer/router-id=::1: "},
		{{{{0}}, {{"leafpeer/peer-group", "a b"}}}, "leafpeer/peer-group=a b: "},
		{{{{0}}, {{"leafpeer/pod-cidr", "10.0.0.0/8\nx"}}}, "a control character"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *c = node(&rows[i].keys);

		if (c || errors.n != 1 || !strstr(errors.errors[0].text, rows[i].want))
			fail_msg("row %zu: %zu errors, %s, not %s", i, errors.n,
				 errors.errors[0].text, rows[i].want);
	}
}

/* CloudEOS took these without a look. */
static void never_fatal(void **state)
{
	static const struct keys keys = {
		{{"CNI_PROVIDER", "weave"},
		 {"DATASTORE_TYPE", "etcd"},
		 {"DISABLE_EGRESS_NAT", "maybe"},
		 {"CLOUDVISION_IP", "collector"},
		 {"EOS_PLATFORM", "veos"},
		 {"container", "docker"},
		 {"NODE_NAME", "a name that is none"},
		 {"BGP_PEER", ""}},
		{{"arista/bgp-peer-ip-0", "x"},
		 {"leafpeer/colour", "blue"},
		 {"leafpeer/status", "ours"},
		 {"leafpeer/kubernetes", "off"},
		 {"kubernetes.io/hostname", "kube1"},
		 {"LOOPBACK_IP", "here"}},
	};
	static const struct keys quiet = {{{"CNI_PROVIDER", "cilium"},
					   {"DATASTORE_TYPE", "kubernetes"},
					   {"DISABLE_EGRESS_NAT", "True"}},
					  {{0}}};
	struct conf *c = node(&keys);

	(void)state;
	assert_non_null(c);
	assert_true(noted("CNI_PROVIDER=weave is not known, cilium is assumed"));
	assert_true(noted("DATASTORE_TYPE=etcd"));
	assert_true(noted("DISABLE_EGRESS_NAT=maybe"));
	assert_true(noted("CLOUDVISION_IP=collector"));
	assert_true(noted("NODE_NAME=a name"));
	assert_true(noted("arista/bgp-peer-ip-0"));
	assert_true(noted("leafpeer/colour"));
	assert_true(noted("leafpeer/kubernetes"));
	assert_true(noted("LOOPBACK_IP=here"));
	assert_int_equal(notes.n, 9);
	assert_int_equal(c->set, 0);
	assert_int_equal(c->n_neighbors, 0);
	conf_free(c);
	c = node(&quiet);
	assert_non_null(c);
	assert_int_equal(notes.n, 0);
	conf_free(c);
}

static void other_keys(void **state)
{
	static const struct keys keys = {
		{{"NODE_NAME", "kube1"},
		 {"BGP_AS", "65000"},
		 {"POD_CIDR", "10.1.0.0/24"},
		 {"INTERFACE_MTU", "9000"},
		 {"CLOUDVISION_IP", "10.9.9.9"},
		 {"LEAFPEER_ADVERTISE", "always"},
		 {"LEAFPEER_KUBERNETES", "off"},
		 {"CNI_PROVIDER", "calico"}},
		{{"leafpeer/pod-cidr", "10.2.0.0/24, 2001:db8::/64"},
		 {"leafpeer/router-id", "10.0.0.7"},
		 {"leafpeer/on-stop", "withdraw"},
		 {"leafpeer/host-routes", "off"},
		 {"leafpeer/hold-down", "5"},
		 {"leafpeer/write-back", "condition taint"},
		 {"leafpeer/advertise", "allocated"},
		 {"leafpeer/drain", "true"},
		 {"leafpeer/drain-time", "5"},
		 {"LOOPBACK_IP", "172.20.0.3/24"}},
	};
	struct prefix pods = test_prefix("10.2.0.0/24"), loopback = test_prefix("172.20.0.3/32");
	struct conf *c =
		merged(&keys, "router bgp 1\n   router-id 9.9.9.9\n   network 10.8.0.0/16\n"
			      "monitor station mine 10.0.0.1\n"
			      "leafpeer\n   pod-cidr 10.3.0.0/24\n   hold-down 6\n");

	(void)state;
	assert_string_equal(c->hostname, "kube1");
	assert_int_equal(c->local_as, 65000);
	assert_int_equal(c->router_id, 0x0a000007);
	assert_int_equal(c->n_pod_cidrs, 2);
	assert_true(prefix_eq(&c->pod_cidrs[0], &pods));
	assert_int_equal(c->interface_mtu, 9000);
	assert_int_equal(c->hold_down, 5);
	assert_true(c->withdraw_on_stop);
	assert_false(c->host_routes);
	assert_false(c->advertise_always);
	assert_true(c->kubernetes_off);
	assert_string_equal(c->cni_provider, "calico");
	assert_int_equal(c->write_back, CONF_WRITE_CONDITION | CONF_WRITE_TAINT);
	assert_true(c->drain);
	assert_int_equal(c->drain_time, 5);
	assert_int_equal(c->n_networks, 2);
	assert_true(prefix_eq(&c->networks[0], &loopback));
	assert_int_equal(c->n_stations, 2);
	assert_string_equal(c->stations[0].name, "cloudvision");
	assert_int_equal(c->stations[0].port, 11019);
	assert_stable(c);
	conf_free(c);
}

/* Both sources keep the limits, together they do not. */
static void together_too_many(void **state)
{
	struct text text = {0};
	struct keys keys = {{{"BGP_AS", "1"}, {"BGP_PEER", "10.0.1.1"}}, {{0}}};
	struct conf *c;

	(void)state;
	text_puts(&text, "router bgp 1\n");
	for (int i = 0; i < CONF_NEIGHBORS_MAX; i++)
		text_printf(&text, "   neighbor 10.0.0.%d remote-as 2\n", i + 1);
	c = merged(&keys, text.s);
	assert_false(conf_validate(c, &errors, &notes));
	assert_non_null(strstr(errors.errors[0].text, "more than 64 neighbours"));
	conf_free(c);
	text_free(&text);
}

/* ---- inheritance ------------------------------------------------------------------------------
 */

static void effective(void **state)
{
	struct conf *c = must_parse("router bgp 65000\n"
				    "   timers bgp 5 15\n"
				    "   no graceful-restart\n"
				    "   neighbor G peer group\n"
				    "   neighbor G remote-as 65001\n"
				    "   neighbor G bfd\n"
				    "   neighbor G shutdown reason group\n"
				    "   neighbor G maximum-routes 7 warning-only\n"
				    "   neighbor 10.0.0.1 peer group G\n"
				    "   no neighbor 10.0.0.1 bfd\n"
				    "   no neighbor 10.0.0.1 shutdown\n"
				    "   neighbor 10.0.0.1 timers 3 9\n"
				    "   neighbor 10.0.0.2 description plain\n"
				    "   neighbor 10.0.0.3 local-as 64512\n");
	struct conf_options o;

	(void)state;
	conf_effective(c, &c->neighbors[0], &o);
	assert_int_equal(o.remote_as, 65001);
	assert_int_equal(o.local_as, 65000);
	assert_false(o.bfd);
	assert_false(o.shutdown);
	assert_string_equal(o.shutdown_text, "");
	assert_int_equal(o.maximum_routes, 7);
	assert_true(o.maximum_routes_warn);
	assert_int_equal(o.hold, 9);
	assert_int_equal(o.allowas_in, 1); /* eBGP */
	assert_false(o.graceful_restart);
	conf_effective(c, &c->neighbors[1], &o);
	assert_int_equal(o.remote_as, 65000);
	assert_int_equal(o.allowas_in, 0);
	assert_int_equal(o.maximum_routes, CONF_DEFAULT_MAXIMUM_ROUTES);
	assert_false(o.maximum_routes_warn);
	assert_int_equal(o.keepalive, 5);
	assert_int_equal(o.hold, 15);
	assert_true(o.enforce_first_as);
	assert_true(o.send_community);
	assert_int_equal(o.role, CONF_ROLE_NONE);
	conf_effective(c, &c->neighbors[2], &o);
	assert_int_equal(o.local_as, 64512);
	assert_int_equal(o.remote_as, 64512); /* iBGP in that AS */
	conf_free(c);
	/* the defaults themselves, as documented */
	c = must_parse("router bgp 65000\n   neighbor 10.0.0.1 remote-as 1\n");
	conf_effective(c, &c->neighbors[0], &o);
	assert_int_equal(o.keepalive, 60);
	assert_int_equal(o.hold, 180);
	assert_true(o.graceful_restart);
	assert_int_equal(c->maximum_paths, 32);
	assert_int_equal(c->restart_time, 120);
	assert_int_equal(c->stale_time, 300);
	assert_int_equal(c->hold_down, 30);
	assert_true(c->host_routes);
	assert_false(c->advertise_always);
	assert_false(c->withdraw_on_stop);
	conf_free(c);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static void validation(void **state)
{
	static const struct {
		const char *text, *error, *note;
	} rows[] = {
		{"leafpeer\n   pod-cidr 10.0.0.0/16\n   pod-cidr 10.0.1.0/24\n",
		 "pod-cidr 10.0.0.0/16 and 10.0.1.0/24 overlap", NULL},
		{"router bgp 1\n   neighbor 10.0.0.1 peer group G\n",
		 "neighbor 10.0.0.1: peer group G does not exist", NULL},
		{"router bgp 1\n   neighbor 10.0.0.1 ebgp-multihop 2\n"
		 "   neighbor 10.0.0.1 ttl maximum-hops 2\n",
		 "exclude each other", NULL},
		{"router bgp 1\n   neighbor 10.0.0.1 prefix-list P in\n"
		 "   neighbor 10.0.0.2 prefix-list P in\n",
		 NULL, "prefix list P does not exist: it refuses everything"},
		{"router bgp 1\n   neighbor G peer group\n   neighbor G route-map M out\n", NULL,
		 "route map M does not exist: it permits everything"},
		{"route-map M permit 1\n   match ip address prefix-list Q\n", NULL,
		 "prefix list Q does not exist"},
		{"router bgp 1\n   neighbor 10.0.0.1 bfd\n   address-family ipv6\n"
		 "      neighbor 10.0.0.1 prefix-list SIX out\n",
		 NULL, "prefix list SIX does not exist"},
		{"router bgp 1\n   neighbor 10.0.0.1 prefix-list P in\n"
		 "ip prefix-list P permit 10.0.0.0/8\n",
		 NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *c = must_parse(rows[i].text);
		bool ok = conf_validate(c, &errors, &notes);

		if (ok != !rows[i].error || errors.n != !ok ||
		    (!ok && !strstr(errors.errors[0].text, rows[i].error)))
			fail_msg("row %zu: %s", i, errors.errors[0].text);
		if (notes.n != (rows[i].note != NULL) || (rows[i].note && !noted(rows[i].note)))
			fail_msg("row %zu: %zu notes", i, notes.n);
		conf_free(c);
	}
}

static void no_as(void **state)
{
	static const struct keys keys = {{{"BGP_PEER", "10.0.0.1"}}, {{0}}};
	struct conf *c = node(&keys);

	(void)state;
	assert_non_null(c);
	assert_false(conf_validate(c, &errors, &notes));
	assert_non_null(strstr(errors.errors[0].text, "no local AS: set BGP_AS"));
	conf_free(c);
}

/* ---- differences ------------------------------------------------------------------------------
 */

#define BASE                                                                          \
	"router bgp 65000\n   neighbor G peer group\n   neighbor G remote-as 65001\n" \
	"   neighbor 10.0.0.1 peer group G\n   neighbor 10.0.0.2 remote-as 65002\n"

static void differences(void **state)
{
	/* what is added to BASE, and what of it is said: "!" before what resets sessions */
	static const struct {
		const char *more, *want;
	} rows[] = {
		{"", ""},
		{"   maximum-paths 32\n", ""}, /* the default, said */
		{"   maximum-paths 4\n", "maximum-paths;"},
		{"   router-id 1.2.3.4\n", "!router-id;"},
		{"hostname h\n", "!hostname;"},
		{"   timers bgp 3 9\n",
		 "timers bgp;!neighbor 10.0.0.1: timers;!neighbor 10.0.0.2: timers;"},
		{"   neighbor G bfd\n", "neighbor 10.0.0.1: bfd;"},
		{"   neighbor G password-file /p\n", "!neighbor 10.0.0.1: password-file;"},
		{"   neighbor 10.0.0.2 description d\n   neighbor 10.0.0.2 local-as 9\n",
		 "!neighbor 10.0.0.2: local-as, description;"},
		{"   neighbor 10.0.0.2 prefix-list P in\n",
		 "neighbor 10.0.0.2: ipv4 prefix-list in, ipv6 prefix-list in;"},
		{"   address-family ipv6\n      no neighbor 10.0.0.2 activate\n",
		 "!neighbor 10.0.0.2: ipv6 activate;"},
		{"   no neighbor 10.0.0.2\n", "!neighbor 10.0.0.2: removed;"},
		{"   neighbor interface eth1 remote-as 1\n", "neighbor interface eth1: added;"},
		{"   neighbor 10.0.0.2 remote-as external\n", "!neighbor 10.0.0.2: remote-as;"},
		{"   neighbor 10.0.0.2 remote-as internal\n",
		 "!neighbor 10.0.0.2: remote-as, allowas-in;"},
		{"   network 10.0.0.0/8\n", "network;"},
		{"   aggregate-address 10.0.0.0/8\n", "aggregate-address;"},
		{"leafpeer\n   pod-cidr 10.0.0.0/8\n   advertise always\n", "advertise;pod-cidr;"},
		{"ip prefix-list P permit 10.0.0.0/8\n", "prefix-list;"},
		{"route-map M\n   set metric 1\n", "route-map;"},
		{"monitor station s 10.0.0.1\n", "monitor station;"},
		{"router bfd\n   interval 50 min-rx 50 multiplier 3\n", "router bfd;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = {0}, said = {0};
		struct conf_changes changes;
		struct conf *from = must_parse(BASE), *to;

		text_printf(&text, BASE "%s", rows[i].more);
		to = must_parse(text.s);
		conf_diff(from, to, &changes);
		text_puts(&said, "");
		for (size_t k = 0; k < changes.n; k++)
			text_printf(&said, "%s%s;", changes.rows[k].resets ? "!" : "",
				    changes.rows[k].text);
		if (strcmp(said.s, rows[i].want) != 0)
			fail_msg("%s: %s, not %s", rows[i].more, said.s, rows[i].want);
		conf_changes_free(&changes);
		/* and equality sees what was said, whether or not it makes a difference */
		assert_int_equal(conf_equal(from, to), !*rows[i].more);
		conf_free(from);
		conf_free(to);
		text_free(&text);
		text_free(&said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_goes_first),    cmocka_unit_test(refused),
		cmocka_unit_test(never_fatal),       cmocka_unit_test(other_keys),
		cmocka_unit_test(together_too_many), cmocka_unit_test(effective),
		cmocka_unit_test(validation),        cmocka_unit_test(no_as),
		cmocka_unit_test(differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
