/*
 * Whole configurations against the texts in test/golden/conf: NAME.in becomes NAME.out, which is
 * the configuration printed, or its errors. And the example that is shipped, with every word there
 * is.
 */
#include "test/unit/conf/conf_helper.h"

static char *slurp(const char *path)
{
	char *s = calloc(1, 1 << 16);
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s is missing", path);
	assert_true(fread(s, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return s;
}

static void golden(void **state)
{
	static const char *const names[] = {"brief", "dual", "errors"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], *in, *want;
		struct text got = {0};
		struct conf *c;

		snprintf(path, sizeof(path), "test/golden/conf/%s.in", names[i]);
		in = slurp(path);
		snprintf(path, sizeof(path), "test/golden/conf/%s.out", names[i]);
		want = slurp(path);
		c = parse(in);
		if (c)
			conf_render(c, &got);
		for (size_t k = 0; k < errors.n; k++)
			text_printf(&got, "%u:%u %s\n", errors.errors[k].line,
				    errors.errors[k].column, errors.errors[k].text);
		assert_string_equal(got.s, want);
		if (c)
			assert_stable(c);
		conf_free(c);
		text_free(&got);
		free(in);
		free(want);
	}
}

/* A switch's whole running-config: what means something here is taken, each line (or block) that
 * does not is told once, and nothing of it that is a secret. */
static void pasted(void **state)
{
	char *in = slurp("test/golden/conf/pasted.in"),
	     *want = slurp("test/golden/conf/pasted.out");
	struct text got = {0};
	struct conf *c = must_parse(in);
	char *out = rendered(c);

	(void)state;
	for (size_t i = 0; i < notes.n; i++) {
		assert_true(!i || notes.errors[i].line > notes.errors[i - 1].line);
		text_printf(&got, "%u:%u %s\n", notes.errors[i].line, notes.errors[i].column,
			    notes.errors[i].text);
	}
	assert_int_equal(notes.more, 0);
	text_puts(&got, out);
	assert_string_equal(got.s, want);
	assert_non_null(strstr(in, "HIDDEN"));
	assert_null(strstr(got.s, "HIDDEN"));
	assert_stable(c);
	conf_free(c);
	text_free(&got);
	free(out);
	free(in);
	free(want);
}

/* The switches of the papers that people start from: nothing of them is refused. */
static void switches(void **state)
{
	static const struct {
		const char *text;
		size_t neighbors, notes;
	} rows[] = {
		{"maximum-paths 32\nneighbor 10.90.224.105 remote-as 65000\n"
		 "neighbor 10.90.224.105 maximum-routes 12000\n"
		 "neighbor 10.90.225.105 route-reflector-client\n",
		 1, 1},
		{"maximum-paths 32\nneighbor 10.90.224.105 remote-as 65000\n"
		 "neighbor 10.90.224.105 maximum-routes 12000\n"
		 "neighbor 10.90.224.106 remote-as 65000\n"
		 "neighbor 10.90.224.106 maximum-routes 12000\n",
		 2, 0},
		{"   bgp listen range 172.20.3.0/24 peer-group kubedemo1 remote-as 65003\n"
		 "   neighbor kubedemo1 peer-group\n   neighbor kubedemo1 route-reflector-client\n"
		 "   neighbor kubedemo1 maximum-routes 12000\n"
		 "   neighbor 172.20.3.151 remote-as 65003\n   network 172.20.0.3/32\n",
		 1, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		struct conf *c;

		snprintf(text, sizeof(text), "router bgp 65001\n%s", rows[i].text);
		c = must_parse(text);
		assert_int_equal(c->n_neighbors, rows[i].neighbors);
		assert_int_equal(notes.n, rows[i].notes);
		assert_stable(c);
		conf_free(c);
	}
}

/* The page of the contract, whole. */
static void contract(void **state)
{
	static const char text[] = "hostname kube1\n"
				   "!\n"
				   "router bfd\n"
				   "   interval 100 min-rx 100 multiplier 3 default\n"
				   "!\n"
				   "ip prefix-list PODS seq 10 permit 10.233.0.0/16 ge 24 le 24\n"
				   "!\n"
				   "router bgp 65000\n"
				   "   router-id 10.90.224.105\n"
				   "   maximum-paths 32\n"
				   "   timers bgp 3 9\n"
				   "   neighbor TOR peer group\n"
				   "   neighbor TOR remote-as 65001\n"
				   "   neighbor TOR bfd\n"
				   "   neighbor TOR maximum-routes 12000\n"
				   "   neighbor TOR prefix-list PODS in\n"
				   "   neighbor 10.90.224.98 peer group TOR\n"
				   "   neighbor 10.90.224.99 peer group TOR\n"
				   "   network 172.20.0.3/32\n"
				   "!\n"
				   "leafpeer\n"
				   "   pod-cidr 10.233.0.0/24\n"
				   "   advertise always\n"
				   "   cni-provider cilium\n"
				   "   interface-mtu 9000\n"
				   "   on-stop keep\n";
	struct conf *c = must_parse(text);
	char *out = rendered(c), *save = NULL;
	char *lines = strdup(text);

	(void)state;
	assert_int_equal(notes.n, 0);
	assert_true(conf_validate(c, &errors, &notes));
	assert_int_equal(notes.n, 0);
	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strstr(out, line))
			fail_msg("%s is missing in:\n%s", line, out);
	}
	assert_stable(c);
	conf_free(c);
	free(out);
	free(lines);
}

/* The shipped example has each line of the grammar that is in effect. */
static void example(void **state)
{
	static const char *const words[] = {
		"hostname ",
		"router bfd",
		"\nip prefix-list ",
		"\nipv6 prefix-list ",
		"\nroute-map ",
		"match ip address prefix-list ",
		"match community ",
		"match as-path length ",
		"set local-preference ",
		"set metric ",
		"set community ",
		"set as-path prepend ",
		"router bgp ",
		"router-id ",
		"timers bgp ",
		"maximum-paths ",
		"bgp default ipv4-unicast",
		"bgp default ipv6-unicast",
		"bgp always-compare-med",
		"   graceful-restart\n",
		"graceful-restart restart-time ",
		"graceful-restart stalepath-time ",
		"TOR peer group\n",
		" peer group TOR\n",
		" remote-as ",
		" local-as ",
		" description ",
		" password-file ",
		" bfd\n",
		" maximum-routes ",
		" allowas-in ",
		" ebgp-multihop ",
		" ttl maximum-hops ",
		" update-source ",
		"98 timers ",
		" prefix-list PODS in",
		" prefix-list OURS out",
		" in\n",
		" out\n",
		" shutdown reason ",
		" passive\n",
		" enforce-first-as\n",
		" send-community\n",
		"98 graceful-restart\n",
		" role ",
		"address-family ipv4",
		"address-family ipv6",
		" activate\n",
		" next-hop ",
		"network ",
		"aggregate-address ",
		"   monitoring station ",
		"      connection address ",
		"      connection mode active port ",
		"      shutdown\n",
		"pod-cidr ",
		"advertise ",
		"hold-down ",
		"record-grace ",
		"host-routes ",
		"cni-provider ",
		"interface-mtu ",
		"on-stop ",
		"kubernetes ",
		"multipath-hash ",
		"write-back ",
		"drain false",
		"drain time ",
		"drain on cordon",
		"drain on taint ",
	};
	char *s = slurp("conf/startup-config");
	struct conf *c = must_parse(s);
	char *out = rendered(c);

	(void)state;
	assert_int_equal(notes.n, 0);
	assert_true(conf_validate(c, &errors, &notes));
	assert_int_equal(notes.n, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strstr(out, words[i]))
			fail_msg("nothing with \"%s\" in:\n%s", words[i], out);
	}
	assert_stable(c);
	conf_free(c);
	free(out);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),   cmocka_unit_test(pasted),  cmocka_unit_test(switches),
		cmocka_unit_test(contract), cmocka_unit_test(example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
