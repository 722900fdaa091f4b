/* The configuration's grammar, its rendering, its sources. */
#include "test/unit/conf/conf_helper.h"

static char *slurp(const char *path)
{
	char *s = calloc(1, 1 << 16);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(fread(s, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return s;
}

static void example(void **state)
{
	char *s = slurp("conf/startup-config");
	struct addr tor1 = test_addr("10.90.224.98"), tor2 = test_addr("10.90.224.99");
	struct conf *c = parse(s);
	struct conf_options o;

	(void)state;
	if (!c)
		fail_msg("line %u: %s", errors.errors[0].line, errors.errors[0].text);
	assert_int_equal(notes.n, 0);
	assert_int_equal(c->local_as, 65000);
	assert_int_equal(c->router_id, 0x0a5ae069);
	assert_int_equal(c->hold, 9);
	assert_int_equal(c->n_neighbors, 4);
	assert_int_equal(c->n_pod_cidrs, 1);
	assert_true(c->advertise_always);
	conf_effective(c, conf_find_neighbor(c, &tor1), &o);
	assert_int_equal(o.remote_as, 65001);
	assert_true(o.bfd);
	assert_string_equal(o.description, "first ToR");
	assert_string_equal(o.prefix_list_in, "PODS");
	assert_string_equal(o.route_map_in, "PREFER-TOR1");
	assert_int_equal(o.allowas_in, 1);
	conf_effective(c, conf_find_neighbor(c, &tor2), &o);
	assert_int_equal(o.ttl_maximum_hops, 1);
	assert_int_equal(o.keepalive, 3);
	assert_true(conf_validate(c, &errors, &notes));
	assert_stable(c);
	conf_free(c);
	free(s);
}

static void faults(void **state)
{
	static const struct refusal rows[] = {
		{"router bgp 0", 1, 12, "AS number"},
		{"router bgp x", 1, 12, "AS number"},
		{"router bgp 4294967296", 1, 12, "AS number"},
		{"router bgp 1\n   neighbor 10.0.0.300 remote-as 2", 2, 13, "peer group's name"},
		{"router bgp 1\n   neighbor 127.0.0.1 remote-as 2", 2, 13,
		 "address of a neighbour"},
		{"router bgp 1\n   neighbor 10.0.0.1 remote-as", 2, 31, "AS number"},
		{"router bgp 1\n   neighbor 10.0.0.1 colour blue", 2, 22, "remote-as"},
		{"router bgp 1\n   neighbor 10.0.0.1 remote-as 2 3", 2, 34, "end of the line"},
		{"router bgp 1\n   neighbor 10.0.0.1 password secret", 2, 31, "password-file"},
		{"router bgp 1\n   timers bgp 3 2", 2, 17, "at least 3 seconds"},
		{"router bgp 1\n   timers bgp 10 9", 2, 15, "below the hold time"},
		{"router bgp 1\n   maximum-paths 0", 2, 18, "1 to 64"},
		{"router bgp 1\n   router-id ::1", 2, 14, "IPv4"},
		{"router bgp 1\n   network 10.0.0.1/24", 2, 12, "did you mean 10.0.0.0/24"},
		{"router bgp 1\nrouter bgp 2", 2, 12, "second AS"},
		{"leafpeer\n   pod-cidr 10.0.0.0", 2, 13, "10.233.0.0/24"},
		{"leafpeer\n   pod-cidr 127.0.0.0/24", 2, 13, "pods can have"},
		{"leafpeer\n   advertise never", 2, 14, "allocated or always"},
		{"leafpeer\n   colour blue", 2, 4, "this block"},
		{"ip prefix-list P seq 1 permit 10.0.0.0/8 ge 4", 1, 45, "8 to 32"},
		{"ip prefix-list P seq 1 permit 10.0.0.0/8 ge 24 le 16", 1, 53, "above"},
		{"ip prefix-list P seq 1 permit 10.0.0.0/8\nip prefix-list P seq 1 deny 0.0.0.0/0",
		 2, 38, "already"},
		{"route-map M permit 10\n   match ip address prefix-list", 2, 32, "name"},
		{"route-map M permit 10\n   set community 65536:1", 2, 18, "community"},
		{"colour blue", 1, 1, "hostname"},
		{"hostname a\x01", 1, 1, "control character"},
	};

	(void)state;
	check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

static void all_at_once(void **state)
{
	(void)state;
	assert_null(parse("router bgp x\nleafpeer\n   pod-cidr y\n   on-stop z\n"));
	assert_int_equal(errors.n, 3);
}

/* People paste whole fragments of their switch. */
static void eos_fragments(void **state)
{
	static const char text[] = "ntp server 10.0.0.1\n"
				   "!\n"
				   "interface Ethernet1\n"
				   "   mtu 9214\n"
				   "   no switchport\n"
				   "ip routing\n"
				   "management api gnmi\n"
				   "   transport grpc default\n"
				   "router bgp 65000\n"
				   "   neighbor 10.0.0.1 remote-as 65001\n"
				   "   neighbor 10.0.0.1 send-community\n"
				   "   redistribute connected\n"
				   "end\n";
	struct conf *c = parse(text);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->n_neighbors, 1);
	assert_int_equal(notes.n, 5); /* a block is noted once */
	conf_free(c);
	/* without indentation, as the brief prints it */
	c = parse("router bgp 65001\nmaximum-paths 32\nneighbor 10.90.224.105 remote-as 65000\n"
		  "neighbor 10.90.224.105 maximum-routes 12000\n");
	assert_non_null(c);
	assert_int_equal(c->maximum_paths, 32);
	conf_free(c);
}

struct variable {
	const char *name, *value;
};

static const char *get(void *ctx, const char *name)
{
	for (const struct variable *v = ctx; v->name; v++) {
		if (strcmp(v->name, name) == 0)
			return v->value;
	}
	return NULL;
}

static struct conf *from_env(struct variable *v)
{
	memset(&errors, 0, sizeof(errors));
	memset(&notes, 0, sizeof(notes));
	return conf_from_env(get, v, &errors, &notes);
}

/* Printed, read back, printed again: the same text. What is not printed, since it is the default,
 * may be set in one and not in the other. */
static void assert_same_text(const struct conf *c)
{
	char *a = rendered(c), *b;
	struct conf *back = must_parse(a);

	b = rendered(back);
	assert_string_equal(a, b);
	conf_free(back);
	free(a);
	free(b);
}

static void environment(void **state)
{
	struct variable brief[] = {{"NODE_NAME", "kube1"},        {"BGP_AS", "65000"},
				   {"INTERFACE_MTU", "9000"},     {"BGP_PEER", "10.90.224.98"},
				   {"CLOUDVISION_IP", "x"},       {"CNI_PROVIDER", "cilium"},
				   {"POD_CIDR", "10.233.0.0/24"}, {NULL, NULL}};
	struct variable two[] = {{"BGP_AS", "65000"},
				 {"BGP_PEER", "10.90.224.98, 10.90.225.99"},
				 {"BGP_REMOTE_AS", "65001"},
				 {"CNI_PROVIDER", "weave"},
				 {NULL, NULL}};
	struct conf *c = from_env(brief);
	struct conf_options o;

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->hostname, "kube1");
	conf_effective(c, &c->neighbors[0], &o);
	assert_int_equal(o.remote_as, 65000); /* iBGP */
	assert_int_equal(o.allowas_in, 0);
	assert_same_text(c);
	conf_free(c);
	c = from_env(two);
	assert_non_null(c);
	assert_int_equal(c->n_neighbors, 2);
	conf_effective(c, &c->neighbors[1], &o);
	assert_int_equal(o.remote_as, 65001);
	assert_int_equal(o.allowas_in, 1);
	assert_int_equal(notes.n, 1); /* CloudEOS took any CNI_PROVIDER */
	conf_free(c);
}

static void bad_environment(void **state)
{
	static const struct variable rows[][4] = {
		{{"BGP_AS", "0"}, {NULL, NULL}},
		{{"BGP_AS", "x"}, {NULL, NULL}},
		{{"BGP_AS", "65000"}, {"BGP_PEER", "tor1"}, {NULL, NULL}},
		{{"POD_CIDR", "10.233.0.1/24"}, {NULL, NULL}},
		{{"POD_CIDR", "10.233.0.0"}, {NULL, NULL}},
		{{"BGP_REMOTE_AS", "65001,x"},
		 {"BGP_AS", "1"},
		 {"BGP_PEER", "10.0.0.1,10.0.0.2"},
		 {NULL, NULL}},
		{{"BGP_REMOTE_AS", "1,2,3"},
		 {"BGP_AS", "1"},
		 {"BGP_PEER", "10.0.0.1,10.0.0.2"},
		 {NULL, NULL}},
		{{"INTERFACE_MTU", "big"}, {NULL, NULL}},
		{{"LEAFPEER_ADVERTISE", "maybe"}, {NULL, NULL}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct variable v[4];

		memcpy(v, rows[i], sizeof(v));
		if (from_env(v) || !errors.n)
			fail_msg("%s=%s was taken", v[0].name, v[0].value);
	}
}

static void merging(void **state)
{
	struct variable v[] = {{"BGP_AS", "65000"},
			       {"BGP_PEER", "10.0.0.1"},
			       {"BGP_REMOTE_AS", "65001"},
			       {"POD_CIDR", "10.1.0.0/24"},
			       {NULL, NULL}};
	struct conf *startup = parse("router bgp 64512\n   timers bgp 3 9\n"
				     "   neighbor 10.0.0.1 description one\n"
				     "   neighbor 10.0.0.1 remote-as 1\n"
				     "   neighbor 10.0.0.2 remote-as 2\n"
				     "leafpeer\n   pod-cidr 10.2.0.0/24\n   hold-down 5\n");
	struct conf *env = from_env(v), *c;
	struct prefix p = test_prefix("10.1.0.0/24");

	(void)state;
	assert_non_null(startup);
	assert_non_null(env);
	c = conf_merge(startup, env);
	assert_int_equal(c->local_as, 65000);
	assert_int_equal(c->hold, 9);
	assert_int_equal(c->hold_down, 5);
	assert_int_equal(c->n_neighbors, 2);
	assert_int_equal(c->neighbors[0].opt.remote_as, 65001);
	assert_string_equal(c->neighbors[0].opt.description, "one");
	assert_int_equal(c->n_pod_cidrs, 1);
	assert_true(prefix_eq(&c->pod_cidrs[0], &p));
	assert_stable(c);
	conf_free(c);
	conf_free(startup);
	conf_free(env);
}

/* Of what both have, there is one: over's, and before what only the other has. */
static void merged_once(void **state)
{
	struct conf *under = must_parse("router bgp 1\n   network 10.1.0.0/16\n"
					"   network 10.2.0.0/16\n   network 10.3.0.0/16\n"
					"monitor station a 10.0.0.1\nmonitor station b 10.0.0.2\n");
	struct conf *over = must_parse("router bgp 1\n   network 10.4.0.0/16\n"
				       "   network 10.2.0.0/16\n"
				       "monitor station b 10.0.0.9\n");
	struct conf *c = conf_merge(under, over);
	char *s = rendered(c);

	(void)state;
	assert_non_null(strstr(s, "   network 10.4.0.0/16\n   network 10.2.0.0/16\n"
				  "   network 10.1.0.0/16\n   network 10.3.0.0/16\n   !\n"
				  "   monitoring station b\n      connection address 10.0.0.9\n"));
	assert_int_equal(c->n_networks, 4);
	assert_int_equal(c->n_stations, 2);
	assert_string_equal(c->stations[1].name, "a");
	free(s);
	conf_free(c);
	conf_free(under);
	conf_free(over);
}

static void validation(void **state)
{
	static const char *const bad[] = {
		"router bgp 1\n   neighbor 10.0.0.1 peer group NOBODY\n",
		"leafpeer\n   pod-cidr 10.0.0.0/16\n   pod-cidr 10.0.1.0/24\n",
		"router bgp 1\nleafpeer\n   pod-cidr 10.0.0.0/16\n   pod-cidr 10.0.0.0/16\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf *c = parse(bad[i]);

		assert_non_null(c);
		assert_false(conf_validate(c, &errors, &notes));
		conf_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example),     cmocka_unit_test(faults),
		cmocka_unit_test(all_at_once), cmocka_unit_test(eos_fragments),
		cmocka_unit_test(environment), cmocka_unit_test(bad_environment),
		cmocka_unit_test(merging),     cmocka_unit_test(validation),
		cmocka_unit_test(merged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
