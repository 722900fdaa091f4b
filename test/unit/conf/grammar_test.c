/* The grammar line by line: what each makes, how it is printed, and what is refused where. */
#include "test/unit/conf/conf_helper.h"

/* ---- a line and what becomes of it ------------------------------------------------------------
 */

static void options(void **state)
{
	static const struct row rows[] = {
		{"neighbor 10.0.0.1 remote-as 1.10", "neighbor 10.0.0.1 remote-as 65546\n"},
		{"neighbor 10.0.0.1 local-as 7",
		 "neighbor 10.0.0.1 local-as 7 no-prepend replace-as\n"},
		{"neighbor 10.0.0.1 description two  words ! here", NULL},
		{"neighbor 10.0.0.1 password-file /etc/leafpeer/password", NULL},
		{"neighbor 10.0.0.1 password-file /p tcp-ao 7 aes-128-cmac-96", NULL},
		{"neighbor 10.0.0.1 password-file /p tcp-ao 0",
		 "password-file /p tcp-ao 0 hmac-sha1-96\n"},
		{"neighbor 10.0.0.1 bfd", NULL},
		{"neighbor 10.0.0.1 fall-over bfd", "neighbor 10.0.0.1 bfd\n"},
		{"no neighbor 10.0.0.1 bfd", ""},
		{"neighbor 10.0.0.1 bfd strict", NULL},
		{"neighbor 10.0.0.1 bfd interval 50 min-rx 60 multiplier 3", NULL},
		{"no neighbor 10.0.0.1 bfd interval 50 min-rx 60 multiplier 3", ""},
		{"neighbor 10.0.0.1 maximum-routes 0", NULL},
		{"neighbor 10.0.0.1 maximum-routes 4294967295 warning-only", NULL},
		{"neighbor 10.0.0.1 maximum-routes 9 warning-limit 80 percent",
		 "maximum-routes 9\n"},
		{"neighbor 10.0.0.1 allowas-in", "neighbor 10.0.0.1 allowas-in 3\n"},
		{"neighbor 10.0.0.1 allowas-in 0", NULL},
		{"neighbor 10.0.0.1 ebgp-multihop", "neighbor 10.0.0.1 ebgp-multihop 255\n"},
		{"neighbor 10.0.0.1 ebgp-multihop 2", NULL},
		{"neighbor 10.0.0.1 ttl maximum-hops 0", NULL},
		{"neighbor 10.0.0.1 update-source 10.0.0.9", NULL},
		{"neighbor 10.0.0.1 update-source Loopback0", NULL},
		{"neighbor 10.0.0.1 timers 0 0", NULL},
		{"neighbor 10.0.0.1 timers 3 9", NULL},
		{"neighbor 10.0.0.1 prefix-list A in", NULL},
		{"neighbor 10.0.0.1 prefix-list A out", NULL},
		{"neighbor 10.0.0.1 route-map A in", NULL},
		{"neighbor 10.0.0.1 route-map A out", NULL},
		{"neighbor 10.0.0.1 shutdown", NULL},
		{"neighbor 10.0.0.1 shutdown reason of  rack 7", NULL},
		{"neighbor 10.0.0.1 shutdown rack 7", "shutdown reason rack 7\n"},
		{"neighbor 10.0.0.1 shutdown r", "shutdown reason r\n"},
		{"neighbor 10.0.0.1 passive", NULL},
		{"neighbor 10.0.0.1 transport connection-mode passive",
		 "neighbor 10.0.0.1 passive\n"},
		{"neighbor 10.0.0.1 enforce-first-as", NULL},
		{"neighbor 10.0.0.1 send-community standard extended",
		 "neighbor 10.0.0.1 send-community\n"},
		{"neighbor 10.0.0.1 graceful-restart", NULL},
		{"neighbor 10.0.0.1 role rs-client", NULL},
		{"neighbor 10.0.0.1 role rs", NULL},
		{"neighbor 10.0.0.1 role customer strict", NULL},
		{"neighbor 10.0.0.1 peer group G", NULL},
		{"neighbor 10.0.0.1 peer-group G", "neighbor 10.0.0.1 peer group G\n"},
		{"neighbor 2001:DB8:0::1 remote-as 2", "neighbor 2001:db8::1 remote-as 2\n"},
		{"neighbor fe80::1%eth1 remote-as 2", NULL},
		{"neighbor interface eth1 remote-as 2", NULL},
		{"graceful-restart long-lived 16777215", NULL},
		{"neighbor interface eth1 remote-as external", NULL},
		{"neighbor interface eth1 remote-as internal", NULL},
		{"neighbor interface eth1 remote-as ext",
		 "neighbor interface eth1 remote-as external\n"},
		{"neighbor eth1 interface remote-as external",
		 "neighbor interface eth1 remote-as external\n"},
		{"neighbor interface eth1 peer-group G remote-as 2",
		 "   neighbor interface eth1 peer group G\n"
		 "   neighbor interface eth1 remote-as 2\n"},
		{"neighbor 10.0.0.1 remote-as external", NULL},
	};

	(void)state;
	check_rows("router bgp 65000\n", "   ", rows, sizeof(rows) / sizeof(rows[0]));
}

/* A neighbour that has everything; each "no" gives the line that is left of it. */
static void options_taken_back(void **state)
{
	static const char all[] = "router bgp 65000\n"
				  "   neighbor 10.0.0.1 remote-as 2\n"
				  "   neighbor 10.0.0.1 local-as 3\n"
				  "   neighbor 10.0.0.1 description d\n"
				  "   neighbor 10.0.0.1 password-file /p\n"
				  "   neighbor 10.0.0.1 bfd\n"
				  "   neighbor 10.0.0.1 maximum-routes 5 warning-only\n"
				  "   neighbor 10.0.0.1 allowas-in 2\n"
				  "   neighbor 10.0.0.1 ebgp-multihop 2\n"
				  "   neighbor 10.0.0.1 ttl maximum-hops 2\n"
				  "   neighbor 10.0.0.1 update-source eth0\n"
				  "   neighbor 10.0.0.1 timers 3 9\n"
				  "   neighbor 10.0.0.1 prefix-list A in\n"
				  "   neighbor 10.0.0.1 route-map A out\n"
				  "   neighbor 10.0.0.1 shutdown reason x\n"
				  "   neighbor 10.0.0.1 role peer strict\n"
				  "   neighbor 10.0.0.1 peer group G\n";
	static const struct {
		const char *given, *gone, *printed;
	} rows[] = {
		{"remote-as", "remote-as", ""},
		{"local-as 3", "local-as", ""},
		{"description", "description", ""},
		{"password-file", "password-file", ""},
		{"bfd", "\n   neighbor 10.0.0.1 bfd", "\n   no neighbor 10.0.0.1 bfd\n"},
		{"maximum-routes", "maximum-routes", ""},
		{"allowas-in", "allowas-in 2", "allowas-in 0\n"},
		{"allowas-in 2", "allowas-in 2", "allowas-in 0\n"},
		{"ebgp-multihop", "ebgp-multihop", ""},
		{"ttl maximum-hops", "ttl", ""},
		{"update-source", "update-source", ""},
		{"timers", "timers", ""},
		{"prefix-list A in", "prefix-list", ""},
		{"route-map A out", "route-map", ""},
		{"shutdown", "reason", "\n   no neighbor 10.0.0.1 shutdown\n"},
		{"shutdown reason x", "reason", "\n   no neighbor 10.0.0.1 shutdown\n"},
		{"role", "role", ""},
		{"peer group", "peer group", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = {0};
		struct conf *c;
		char *out;

		text_printf(&text, "%s   no neighbor 10.0.0.1 %s\n", all, rows[i].given);
		c = must_parse(text.s);
		out = rendered(c);
		if (strstr(out, rows[i].gone) || !strstr(out, rows[i].printed))
			fail_msg("no %s became:\n%s", rows[i].given, out);
		assert_stable(c);
		conf_free(c);
		text_free(&text);
		free(out);
	}
}

static void bgp_values(void **state)
{
	static const struct row rows[] = {
		{"router-id 10.0.0.1", NULL},
		{"maximum-paths 64", NULL},
		{"maximum-paths 32 ecmp 32", "maximum-paths 32\n"},
		{"timers bgp 1 3", NULL},
		{"timers bgp 0 0", NULL},
		{"bgp always-compare-med", NULL},
		{"no bgp default ipv4-unicast", NULL},
		{"bgp default ipv6-unicast", NULL},
		{"graceful-restart", NULL},
		{"no graceful-restart", NULL},
		{"graceful-restart restart-time 4095", NULL},
		{"graceful-restart stalepath-time 3600", NULL},
		{"network 10.0.0.0/24", NULL},
		{"network 2001:db8::/48", NULL},
		{"aggregate-address 10.0.0.0/16", NULL},
		{"aggregate-address 10.0.0.0/16 summary-only", NULL},
		{"no router-id", ""},
		{"no maximum-paths", ""},
		{"no timers bgp", ""},
		{"no graceful-restart restart-time", ""},
		{"no graceful-restart stalepath-time", ""},
		{"no network 10.0.0.0/24", ""},
		{"aggregate-address 10.0.0.0/16\n   no aggregate-address 10.0.0.0/16", ""},
		{"aggregate-address 10.1.0.0/16\n   aggregate-address 10.2.0.0/16\n"
		 "   no aggregate-address 10.1.0.0/16 summary-only",
		 "   router-id 10.0.0.9\n   aggregate-address 10.2.0.0/16\n!\n"},
		{"no aggregate-address 10.0.0.0/16", ""},
		{"no graceful-restart\n   default graceful-restart", ""},
		{"no bgp default ipv4-unicast\n   default bgp default ipv4-unicast", ""},
		{"bgp always-compare-med\n   default bgp always-compare-med", ""},
		{"maximum-paths 2\n   default maximum-paths", ""},
	};

	(void)state;
	check_rows("router bgp 65000\n   router-id 10.0.0.9\n", "   ", rows,
		   sizeof(rows) / sizeof(rows[0]));
}

static void leafpeer_values(void **state)
{
	static const struct row rows[] = {
		{"pod-cidr 10.233.0.0/24", NULL},
		{"pod-cidr 2001:db8::/64", NULL},
		{"advertise always", NULL},
		{"advertise allocated", NULL},
		{"hold-down 0", NULL},
		{"record-grace 1", NULL},
		{"record-grace off", NULL},
		{"no record-grace", ""},
		{"multipath-hash l4", NULL},
		{"multipath-hash keep", NULL},
		{"no multipath-hash", ""},
		{"host-routes off", NULL},
		{"host-routes on", NULL},
		{"no host-routes", "host-routes off\n"},
		{"no host-routes\n   default host-routes", ""},
		{"advertise always\n   default advertise", ""},
		{"cni-provider generic", NULL},
		{"cni-provider calico", NULL},
		{"interface-mtu 9000", NULL},
		{"on-stop withdraw", NULL},
		{"on-stop keep", NULL},
		{"kubernetes off", NULL},
		{"kubernetes auto", NULL},
		{"write-back taint condition", "write-back condition taint\n"},
		{"no advertise", ""},
		{"no hold-down", ""},
		{"no cni-provider", ""},
		{"no interface-mtu", ""},
		{"no on-stop", ""},
		{"no kubernetes", ""},
		{"no write-back", ""},
		{"drain true", NULL},
		{"drain false", NULL},
		{"drain time 60", NULL},
		{"drain on cordon", NULL},
		{"drain on taint node.example.com/maintenance", NULL},
		{"drain on taint a\n   drain on taint b\n   drain on taint a\n   no drain on taint "
		 "b",
		 "drain on taint a\n"},
		{"no drain", ""},
		{"drain true\n   no drain", ""},
		{"drain time 9\n   no drain time", ""},
		{"drain on cordon\n   no drain on cordon", ""},
	};

	(void)state;
	check_rows("leafpeer\n", "   ", rows, sizeof(rows) / sizeof(rows[0]));
}

static void top_values(void **state)
{
	static const struct row rows[] = {
		{"hostname kube1", NULL},
		{"no hostname", ""},
		{"router bfd\n   interval 300 min-rx 200 multiplier 5 default", NULL},
		{"router bfd\n   interval 300 min_rx 200 multiplier 5",
		 "   interval 300 min-rx 200 multiplier 5 default\n"},
		{"ip prefix-list P permit 10.0.0.0/8",
		 "ip prefix-list P seq 10 permit 10.0.0.0/8\n"},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 ge 9 le 24", NULL},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 le 24", NULL},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 ge 9", NULL},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 eq 24",
		 "ip prefix-list P seq 7 deny 10.0.0.0/8 ge 24 le 24\n"},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 eq 8", "deny 10.0.0.0/8\n"},
		{"ip prefix-list P seq 7 deny 10.0.0.0/8 ge 9 le 32", "deny 10.0.0.0/8 ge 9\n"},
		{"ip prefix-list P seq 7 deny 0.0.0.0/0 ge 0", "deny 0.0.0.0/0 le 32\n"},
		{"ip prefix-list P seq 7 deny 0.0.0.0/0 le 0", "deny 0.0.0.0/0\n"},
		{"ip prefix-list P seq 7 deny 10.0.0.1/32 ge 32", "deny 10.0.0.1/32\n"},
		{"ipv6 prefix-list P seq 7 permit ::/0 le 128", NULL},
		{"ipv6 prefix-list P\n   seq 7 permit 2001:db8::/32\n   deny ::/0",
		 "ipv6 prefix-list P seq 7 permit 2001:db8::/32\n"
		 "ipv6 prefix-list P seq 10 deny ::/0\n"},
		{"router bfd\n   interval 300 min-rx 200 multiplier 5\n   no interval", ""},
		{"router bfd\n   interval 300 min-rx 200 multiplier 5\n   default interval", ""},
		{"ip prefix-list P permit 10.0.0.0/8\nip prefix-list P deny 11.0.0.0/8\n"
		 "ip prefix-list Q permit 10.0.0.0/8\nno ip prefix-list P",
		 "ip prefix-list Q seq 10 permit 10.0.0.0/8\n!\nend"},
		{"ip prefix-list P permit 10.0.0.0/8\nip prefix-list P deny 11.0.0.0/8\n"
		 "no ip prefix-list P seq 10 permit 10.0.0.0/8",
		 "ip prefix-list P seq 20 deny 11.0.0.0/8\n!\nend"},
		{"ipv6 prefix-list P seq 5 permit ::/0\nno ip prefix-list P",
		 "ipv6 prefix-list P seq 5 permit ::/0\n"},
		{"ip prefix-list P\n   seq 3 permit 10.0.0.0/8\n   seq 4 deny 11.0.0.0/8\n"
		 "   no seq 4",
		 "ip prefix-list P seq 3 permit 10.0.0.0/8\n!\nend"},
		{"route-map M permit 10\nroute-map M permit 20\nroute-map N deny 10\nno route-map "
		 "M",
		 "route-map N deny 10\n!\nend"},
		{"route-map M permit 10\nroute-map M deny 20\nno route-map M permit 10",
		 "route-map M deny 20\n!\nend"},
		{"ip prefix-list P seq 30 permit 10.0.0.0/8\nip prefix-list P seq 10 deny "
		 "11.0.0.0/8\n"
		 "ip prefix-list Q seq 90 deny 11.0.0.0/8\nip prefix-list P permit 12.0.0.0/8",
		 "ip prefix-list P seq 40 permit 12.0.0.0/8\n"},
		{"ip prefix-list P seq 30 permit 10.0.0.0/8\nno ip prefix-list P\n"
		 "ip prefix-list P permit 12.0.0.0/8",
		 "ip prefix-list P seq 10 permit 12.0.0.0/8\n"},
		{"route-map M permit 10\nno route-map M\nroute-map M deny 10",
		 "route-map M deny 10\n"},
		{"monitor station c 10.0.0.1\nno monitor station c", ""},
		{"\xef\xbb\xbfhostname kube1", "hostname kube1\n"},
		{"route-map M", "route-map M permit 10\n"},
		{"route-map M deny 20\n   match ip address prefix-list P", NULL},
		{"route-map M permit 10\n   match community 1:2 GSHUT no-export",
		 "match community 1:2 65535:0 65535:65281\n"},
		{"route-map M permit 10\n   match as-path length = 3", NULL},
		{"route-map M permit 10\n   match as-path length 3", "match as-path length = 3\n"},
		{"route-map M permit 10\n   match as-path length >= 3", NULL},
		{"route-map M permit 10\n   match as-path length <= 3", NULL},
		{"route-map M permit 10\n   set local-preference 4294967295", NULL},
		{"route-map M permit 10\n   set metric 0", NULL},
		{"route-map M permit 10\n   set med 5", "set metric 5\n"},
		{"route-map M permit 10\n   set community 1:2 3:4 additive", NULL},
		{"route-map M permit 10\n   set as-path prepend 65000 65000 1.0",
		 "prepend 65000 65000 65536\n"},
	};

	(void)state;
	check_rows("", "", rows, sizeof(rows) / sizeof(rows[0]));
}

/* ---- families ---------------------------------------------------------------------------------
 */

static void families(void **state)
{
	struct conf *c = must_parse("router bgp 65000\n"
				    "   neighbor G peer group\n"
				    "   neighbor G prefix-list BOTH in\n"
				    "   neighbor 10.0.0.1 peer group G\n"
				    "   neighbor 10.0.0.2 remote-as 2\n"
				    "   address-family ipv4\n"
				    "      no neighbor G next-hop address-family ipv6 originate\n"
				    "      neighbor 10.0.0.2 route-map M4 out\n"
				    "      network 10.9.0.0/16\n"
				    "   address-family ipv6 unicast\n"
				    "      no neighbor 10.0.0.2 activate\n"
				    "      neighbor 10.0.0.1 prefix-list SIX in\n"
				    "   neighbor 10.0.0.2 description outside again\n");
	struct conf_options o;

	(void)state;
	conf_effective(c, &c->neighbors[0], &o);
	assert_true(o.family[CONF_IP4].activate);
	assert_true(o.family[CONF_IP6].activate);
	assert_false(o.family[CONF_IP4].extended_nexthop);
	assert_string_equal(o.family[CONF_IP4].prefix_list_in, "BOTH");
	assert_string_equal(o.family[CONF_IP6].prefix_list_in, "SIX");
	conf_effective(c, &c->neighbors[1], &o);
	assert_true(o.family[CONF_IP4].activate);
	assert_false(o.family[CONF_IP6].activate);
	assert_true(o.family[CONF_IP4].extended_nexthop);
	assert_false(o.family[CONF_IP6].extended_nexthop);
	assert_string_equal(o.family[CONF_IP4].route_map_out, "M4");
	assert_string_equal(o.family[CONF_IP6].route_map_out, "");
	assert_string_equal(o.description, "outside again");
	assert_int_equal(c->n_networks, 1);
	assert_stable(c);
	conf_free(c);
}

static void default_families(void **state)
{
	struct conf *c = must_parse("router bgp 65000\n"
				    "   no bgp default ipv4-unicast\n"
				    "   no bgp default ipv6-unicast\n"
				    "   neighbor 10.0.0.1 remote-as 2\n"
				    "   neighbor 10.0.0.2 remote-as 2\n"
				    "   address-family ipv6\n"
				    "      neighbor 10.0.0.2 activate\n");
	struct conf_options o;

	(void)state;
	conf_effective(c, &c->neighbors[1], &o);
	assert_false(o.family[CONF_IP4].activate);
	assert_true(o.family[CONF_IP6].activate);
	assert_stable(c);
	/* the first has none left */
	assert_false(conf_validate(c, &errors, &notes));
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.errors[0].text, "10.0.0.1: no family"));
	conf_free(c);
}

/* What stands in a family or a VRF that is not ours must not become ours. */
static void other_families(void **state)
{
	struct conf *c = must_parse("router bgp 65000\n"
				    "   neighbor 10.0.0.1 remote-as 2\n"
				    "   address-family evpn\n"
				    "      neighbor 10.0.0.1 activate\n"
				    "      neighbor 10.0.0.1 shutdown\n"
				    "   !\n"
				    "   vrf RED\n"
				    "      rd 1:1\n"
				    "      neighbor 10.9.9.9 remote-as 9\n"
				    "      network 10.8.0.0/16\n"
				    "   vlan 10\n"
				    "      rd auto\n"
				    "   neighbor 10.0.0.1 bfd\n");

	(void)state;
	assert_int_equal(c->n_neighbors, 1);
	assert_int_equal(c->n_networks, 0);
	assert_int_equal(c->neighbors[0].opt.set, OPT_REMOTE_AS | OPT_BFD);
	assert_int_equal(notes.n, 3);
	conf_free(c);
}

/* As typed at a prompt: no indentation, exit between. */
static void unindented(void **state)
{
	struct conf *c = must_parse("router bgp 65000\nneighbor 10.0.0.1 remote-as 2\n"
				    "address-family ipv6\nno neighbor 10.0.0.1 activate\n"
				    "exit\nneighbor 10.0.0.1 bfd\nexit\n"
				    "leafpeer\nadvertise always\n"
				    "interface Ethernet1\n   mtu 1500\n"
				    "hostname h\n");

	(void)state;
	assert_int_equal(c->n_neighbors, 1);
	assert_true(c->neighbors[0].opt.bfd);
	assert_int_equal(c->neighbors[0].opt.set & OPT_FAMILY_ACTIVATE(CONF_IP6),
			 OPT_FAMILY_ACTIVATE(CONF_IP6));
	/* not a short interface-mtu */
	assert_int_equal(c->set & CONF_INTERFACE_MTU, 0);
	assert_true(noted("interface Ethernet1"));
	assert_string_equal(c->hostname, "h");
	conf_free(c);
	/* a family also ends with what is none of its lines, or with another router bgp */
	conf_free(must_parse("router bgp 1\naddress-family ipv6\nmaximum-paths 4\n"
			     "network 10.0.0.0/8\n"));
	conf_free(must_parse("router bgp 1\naddress-family ipv6\nrouter bgp 1\n"
			     "network 10.0.0.0/8\n"));
	/* an abbreviated word does not end it */
	assert_null(parse("router bgp 1\naddress-family ipv6\nnet 10.0.0.0/8\n"));
}

/* ---- words ------------------------------------------------------------------------------------
 */

static void abbreviations(void **state)
{
	struct conf *c = must_parse("ho kube1\n"
				    "router bg 65000\n"
				    "   ro 1.2.3.4\n"
				    "   max 4\n"
				    "   ti b 3 9\n"
				    "   nei T peer-g\n"
				    "   nei T remot 65001\n"
				    "   nei 10.0.0.1 peer gr T\n"
				    "   nei 10.0.0.1 max 7 warning-o\n"
				    "   nei 10.0.0.1 pref P i\n"
				    "leaf\n"
				    "   adv alw\n"
				    "ip pref P perm 10.0.0.0/8\n");

	(void)state;
	assert_string_equal(c->hostname, "kube1");
	assert_int_equal(c->router_id, 0x01020304);
	assert_int_equal(c->maximum_paths, 4);
	assert_int_equal(c->hold, 9);
	assert_int_equal(c->groups[0].opt.remote_as, 65001);
	assert_string_equal(c->neighbors[0].opt.peer_group, "T");
	assert_int_equal(c->neighbors[0].opt.maximum_routes, 7);
	assert_true(c->neighbors[0].opt.maximum_routes_warn);
	assert_string_equal(c->neighbors[0].opt.prefix_list_in, "P");
	assert_true(c->advertise_always);
	assert_int_equal(c->n_prefix_lists, 1);
	conf_free(c);
}

static void ambiguous(void **state)
{
	(void)state;
	assert_null(parse("leafpeer\n   advertise al\n"));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.errors[0].text, "al is ambiguous here: allocated|always");
	assert_int_equal(errors.errors[0].column, 14);
	assert_null(parse("router bgp 1\n   ne 10.0.0.1 remote-as 1\n"));
	assert_string_equal(errors.errors[0].text, "ne is ambiguous here: neighbor, network");
	assert_null(parse("router bgp 1\n   neighbor 10.0.0.1 p G\n"));
	assert_non_null(strstr(errors.errors[0].text, "ambiguous"));
	assert_null(parse("router bgp 1\n   neighbor 10.0.0.1 maximum-routes 7 warn\n"));
	assert_string_equal(errors.errors[0].text,
			    "warn is ambiguous here: warning-limit|warning-only");
	/* a whole word is never ambiguous */
	conf_free(must_parse("ip prefix-list P permit 10.0.0.0/8\n"));
}

/* ---- refusals ---------------------------------------------------------------------------------
 */

static void refused(void **state)
{
	static const struct refusal rows[] = {
		{"router", 1, 7, "bgp or bfd"},
		{"router bgp", 1, 11, "AS number"},
		{"router bgp 1.65536", 1, 12, "AS number"},
		{"router bgp 0.0", 1, 12, "AS number"},
		{"router bgp 1 2", 1, 14, "end of the line"},
		{"router bgp 1\n   neighbor", 2, 12, "IP address"},
		{"router bgp 1\n   neighbor fe80::1 remote-as 1", 2, 13, "fe80::1%eth1"},
		{"router bgp 1\n   neighbor 2001:db8::1%eth0 remote-as 1", 2, 13, "fe80::1%eth1"},
		{"router bgp 1\n   neighbor fe80::1%an-interface-too-long remote-as 1", 2, 13,
		 "fe80::1%eth1"},
		{"router bgp 1\n   neighbor interface", 2, 22, "an interface"},
		{"router bgp 1\n   neighbor interface a/b remote-as 1", 2, 23, "an interface"},
		{"router bgp 1\n   neighbor 224.0.0.5 remote-as 1", 2, 13, "neighbour"},
		{"router bgp 1\n   neighbor tor1 remote-as 1", 2, 13, "no IP address"},
		{"router bgp 1\n   neighbor 10.0.0.1 role boss", 2, 27, "provider"},
		{"router bgp 1\n   neighbor 10.0.0.1 peer", 2, 26, "group"},
		{"router bgp 1\n   neighbor 10.0.0.1 prefix-list P", 2, 35, "in or out"},
		{"router bgp 1\n   neighbor 10.0.0.1 prefix-list P both", 2, 36, "in or out"},
		{"router bgp 1\n   neighbor 10.0.0.1 password-file p", 2, 36, "absolute"},
		{"router bgp 1\n   neighbor 10.0.0.1 password-file /p tcp-ao", 2, 45, "a key ID"},
		{"router bgp 1\n   neighbor 10.0.0.1 password-file /p tcp-ao 256", 2, 46,
		 "a key ID"},
		{"router bgp 1\n   neighbor 10.0.0.1 password-file /p tcp-ao 1 md5", 2, 48,
		 "hmac-sha1-96"},
		{"router bgp 1\n   neighbor 10.0.0.1 maximum-routes 4294967296", 2, 37,
		 "0 to 4294967295"},
		{"router bgp 1\n   neighbor 10.0.0.1 maximum-routes -1", 2, 37, "number"},
		{"router bgp 1\n   neighbor 10.0.0.1 allowas-in 11", 2, 33, "0 to 10"},
		{"router bgp 1\n   neighbor 10.0.0.1 ebgp-multihop 256", 2, 36, "1 to 255"},
		{"router bgp 1\n   neighbor 10.0.0.1 ttl 1", 2, 26, "maximum-hops"},
		{"router bgp 1\n   neighbor 10.0.0.1 ttl maximum-hops 255", 2, 39, "0 to 254"},
		{"router bgp 1\n   neighbor 10.0.0.1 update-source 10.0.0.300", 2, 36, "address"},
		{"router bgp 1\n   neighbor 10.0.0.1 update-source 127.0.0.1", 2, 36, "address"},
		{"router bgp 1\n   neighbor 10.0.0.1 timers 3", 2, 30, "hold time"},
		{"router bgp 1\n   neighbor 10.0.0.1 timers 0 9", 2, 29, "at least 1"},
		{"router bgp 1\n   neighbor G peer group\n   no neighbor G peer group", 3, 28,
		 "cannot be taken back"},
		{"router bgp 1\n   no address-family ipv4", 2, 7, "cannot be taken back"},
		{"router bgp 1\n   address-family ipv6\n      neighbor 10.0.0.1 activate", 3, 16,
		 "router bgp has already"},
		{"router bgp 1\n   neighbor 10.0.0.1 bfd\n   address-family ipv6\n"
		 "      neighbor 10.0.0.1 next-hop address-family ipv6",
		 4, 34, "within address-family ipv4"},
		{"router bgp 1\n   address-family ipv6\n      network 10.0.0.0/8", 3, 15,
		 "this address family"},
		{"router bgp 1\n   address-family", 2, 18, "ipv4 or ipv6"},
		{"router bgp 1\n   address-family ipv4\n      maximum-paths 4", 3, 7, "this block"},
		{"router bgp 1\n   router-id 0.0.0.0", 2, 14, "router ID"},
		{"router bgp 1\n   graceful-restart restart-time 4096", 2, 34, "1 to 4095"},
		{"router bgp 1\n   graceful-restart soon", 2, 21, "restart-time"},
		{"router bgp 1\n   bgp", 2, 7, "always-compare-med"},
		{"router bgp 1\n   bgp default route", 2, 16, "ipv4-unicast"},
		{"router bgp 1\n   aggregate-address 10.0.0.1/8", 2, 22, "10.0.0.0/8"},
		{"router bfd\n   interval 9 min-rx 100 multiplier 3", 2, 13, "10 to 60000"},
		{"router bfd\n   interval 100 100 multiplier 3", 2, 17, "min-rx"},
		{"router bfd\n   interval 100 min-rx 100 multiplier 1", 2, 39, "2 to 50"},
		{"ip prefix-list", 1, 15, "name"},
		{"ip prefix-list P 10.0.0.0/8", 1, 18, "permit or deny"},
		{"ip prefix-list P permit ::/0", 1, 25, "an IPv4 prefix"},
		{"ipv6 prefix-list P permit 0.0.0.0/0", 1, 27, "an IPv6 prefix"},
		{"ip prefix-list P permit 10.0.0.0/8 gt 9", 1, 36, "ge, le or eq"},
		{"ip prefix-list P permit 10.0.0.0/8 le 33", 1, 39, "8 to 32"},
		{"ip prefix-list P\n   seq 10 allow 10.0.0.0/8", 2, 11, "permit or deny"},
		{"ip prefix-list P\n   match 10.0.0.0/8", 2, 4, "this block"},
		{"route-map M permit 70000", 1, 20, "0 to 65535"},
		{"route-map M permit 1\nroute-map M deny 1", 2, 19, "already"},
		{"route-map M\n   match ip address prefix-list A\n   match ipv6 address "
		 "prefix-list B",
		 3, 35, "matches prefix list A already"},
		{"route-map M\n   match ip next-hop", 2, 13, "address prefix-list"},
		{"route-map M\n   match tag 5", 2, 10, "community"},
		{"route-map M\n   set community", 2, 17, "community"},
		{"route-map M\n   set community 1:65536", 2, 18, "community"},
		{"route-map M\n   set community 1:2x", 2, 18, "community"},
		{"route-map M\n   set as-path prepend", 2, 23, "AS number"},
		{"route-map M\n   no set metric", 2, 7, "cannot be taken back"},
		{"leafpeer\n   pod-cidr 0.0.0.0/0", 2, 13, "pods can have"},
		{"leafpeer\n   interface-mtu 67", 2, 18, "68 to 65535"},
		{"leafpeer\n   hold-down 86401", 2, 14, "0 to 86400"},
		{"leafpeer\n   record-grace 0", 2, 17, "1 to 86400"},
		{"leafpeer\n   record-grace never", 2, 17, "seconds, or off"},
		{"leafpeer\n   multipath-hash l3", 2, 19, "keep or l4"},
		{"leafpeer\n   write-back", 2, 14, "condition"},
		{"leafpeer\n   cni-provider weave", 2, 17, "cilium, calico or generic"},
		{"leafpeer\n   kubernetes", 2, 14, "auto or off"},
		{"leafpeer\n   drain", 2, 9, "true, false, time or on"},
		{"leafpeer\n   drain yes", 2, 10, "true, false, time or on"},
		{"leafpeer\n   drain on", 2, 12, "cordon or taint"},
		{"leafpeer\n   drain on taint", 2, 18, "key of a taint"},
		{"leafpeer\n   drain on taint 1\n   drain on taint 2\n   drain on taint 3\n"
		 "   drain on taint 4\n   drain on taint 5\n   drain on taint 6\n   drain on taint "
		 "7\n"
		 "   drain on taint 8\n   drain on taint 9",
		 10, 19, "more than 8"},
		{"leafpeer\n   drain time 86401", 2, 15, "0 to 86400"},
		{"hostname", 1, 9, "host name"},
		{"hostname a234567890123456789012345678901234567890123456789012345678901234", 1, 10,
		 "longer than 63"},
		{"hostname \x7f", 1, 1, "control character at column 10"},
		{"no router bgp 1", 1, 4, "cannot be taken back"},
		{"router bgp 23456", 1, 12, "not 23456"},
		{"router bgp 4294967295", 1, 12, "1 to 4294967294"},
		{"ip prefix-list P permit 10.0.0.0/8 ge 25 le 24", 1, 47, "ge 25 is above le 24"},
		{"router bgp 65535.65535", 1, 12, "1 to 4294967294"},
		{"ip prefix-list P seq 20 permit 10.0.0.0/8\nip prefix-list P seq 10 deny "
		 "10.0.0.0/8\n"
		 "ip prefix-list P seq 20 deny 11.0.0.0/8",
		 3, 40, "has an entry 20 already"},
		{"ip prefix-list P seq 10 permit 10.0.0.0/8\nip prefix-list Q seq 20 deny "
		 "10.0.0.0/8\n"
		 "ip prefix-list P seq 10 deny 11.0.0.0/8",
		 3, 40, "has an entry 10 already"},
		{"route-map M permit 20\nroute-map N permit 10\nroute-map M permit 10\n"
		 "route-map M deny 20",
		 4, 20, "has an entry 20 already"},
		{"no ip prefix-list P 10", 1, 21, "seq and the number"},
		{"router bgp 1\n   neighbor 10.0.0.1 transport remote-port 1179", 2, 32,
		 "connection-mode passive"},
		{"hostname h\nbanner motd\nrouter bgp 1\n", 2, 1, "has no end: a line EOF"},
	};

	(void)state;
	check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What EOS itself prints, and has no meaning here: noted, and no more. */
static void of_eos(void **state)
{
	static const char *const lines[] = {
		"no ip routing vrf MGMT",
		"no ip routing",
		"no ipv6 unicast-routing",
		"no router ospf 1",
		"no monitor session 1",
		"default interface Ethernet1",
		"no aaa root",
		"router bfd\n   slow-timer 2000",
		"router bfd\n   multihop interval 300 min-rx 300 multiplier 3",
		"route-map M permit 10\n   description what it is for",
		"router bgp 1\n   neighbor 10.0.0.1 session tracker T",
		"router bgp 1\n   default neighbor 10.0.0.1 next-hop-self",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct text text = {0};
		struct conf *c;

		text_printf(&text, "%s\nhostname h\n", lines[i]);
		c = must_parse(text.s);
		if (notes.n != 1 || !noted("ignored: "))
			fail_msg("%s: %zu notes", lines[i], notes.n);
		assert_string_equal(c->hostname, "h");
		assert_int_equal(c->n_neighbors, 0);
		assert_stable(c);
		conf_free(c);
		text_free(&text);
	}
}

/* "default" is as if nothing had been said: the group's is in force again, where "no" goes over it.
 */
static void to_default(void **state)
{
	static const char *const words[] = {
		"remote-as 5",
		"local-as 3",
		"description d",
		"password-file /p",
		"bfd",
		"maximum-routes 5",
		"allowas-in 2",
		"ebgp-multihop 2",
		"update-source eth0",
		"timers 3 9",
		"prefix-list A in",
		"route-map A out",
		"shutdown",
		"passive",
		"send-community",
		"graceful-restart",
		"enforce-first-as",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct text text = {0};
		struct conf *c;

		text_printf(
			&text,
			"router bgp 1\n   neighbor 10.0.0.1 role peer\n   neighbor 10.0.0.1 %s\n"
			"   default neighbor 10.0.0.1 %s\n",
			words[i], words[i]);
		c = must_parse(text.s);
		if (c->n_neighbors != 1 || c->neighbors[0].opt.set != OPT_ROLE)
			fail_msg("%s is still there", words[i]);
		conf_free(c);
		text_free(&text);
	}
}

/* A pasted line may hold what must not come into a log. */
static void secrets(void **state)
{
	struct conf *c = must_parse("username admin privilege 15 secret sha512 SECRET\n"
				    "enable secret SECRET\n"
				    "snmp-server community SECRET ro\n"
				    "tacacs-server key 7 SECRET\n"
				    "ntp authentication-key 1 md5 SECRET\n"
				    "router bgp 1\n"
				    "   redistribute connected SECRET\n"
				    "   neighbor 10.0.0.1 remote-as 2\n"
				    "   neighbor 10.0.0.1 weight SECRET\n");

	(void)state;
	assert_int_equal(notes.n, 7);
	assert_false(noted("SECRET"));
	conf_free(c);
	assert_null(parse("router bgp 1\n   neighbor 10.0.0.1 password 7 SECRET\n"));
	assert_int_equal(errors.n, 1);
	assert_null(strstr(errors.errors[0].text, "SECRET"));
}

/* Options that mean nothing here make no neighbour: the iBGP session nobody asked for. */
static void no_accidental_neighbor(void **state)
{
	struct conf *c = must_parse("router bgp 65000\n"
				    "   neighbor 10.90.225.105 route-reflector-client\n"
				    "   no neighbor 10.90.225.106 bfd\n"
				    "   neighbor 10.90.225.107 remote-as 1\n"
				    "   no neighbor 10.90.225.107 remote-as\n"
				    "   neighbor 10.90.225.108 remote-as 1\n"
				    "   neighbor 10.90.225.109 remote-as 1\n"
				    "   no neighbor 10.90.225.108\n"
				    "   neighbor 10.90.225.110 bfd\n"
				    "   no neighbor 10.90.225.110 bfd\n");
	struct addr last = test_addr("10.90.225.109");

	(void)state;
	assert_int_equal(c->n_neighbors, 1);
	assert_true(addr_eq(&c->neighbors[0].addr, &last));
	conf_free(c);
	/* and what is printed first of one that is there is no "no" */
	c = must_parse("router bgp 65000\n"
		       "   neighbor 10.0.0.1 prefix-list A out\n"
		       "   no neighbor 10.0.0.1 bfd\n"
		       "   no neighbor 10.0.0.1 send-community\n");
	assert_stable(c);
	conf_free(c);
}

/* Blocks end where the next begins, whatever they had open. */
static void blocks(void **state)
{
	struct conf *c = must_parse("router ospf 1\n   network 10.1.0.0/16 area 0\n"
				    "router bgp 1\n"
				    "   network 10.2.0.0/16\n"
				    "   network 10.3.0.0/16\n"
				    "   network 10.4.0.0/16\n"
				    "   no network 10.3.0.0/16\n"
				    "   vrf RED\n"
				    "hostname h\n"
				    "router bgp 1\n"
				    "      neighbor 10.0.0.1 remote-as 2\n");
	struct prefix first = test_prefix("10.2.0.0/16"), second = test_prefix("10.4.0.0/16");

	(void)state;
	assert_int_equal(c->n_networks, 2);
	assert_true(prefix_eq(&c->networks[0], &first));
	assert_true(prefix_eq(&c->networks[1], &second));
	assert_int_equal(c->n_neighbors, 1);
	assert_int_equal(notes.n, 2);
	conf_free(c);
}

static void banners(void **state)
{
	struct conf *c = must_parse("banner motd\nrouter bgp nonsense\n  \x07 all is text\nEOF\n"
				    "hostname h\n");

	(void)state;
	assert_string_equal(c->hostname, "h");
	assert_int_equal(notes.n, 1);
	conf_free(c);
}

/* ---- limits -----------------------------------------------------------------------------------
 */

static void limits(void **state)
{
	static const struct limit rows[] = {
		{"router bgp 1\n", "   neighbor 10.0.1.", " remote-as 2", CONF_NEIGHBORS_MAX,
		 "neighbours"},
		{"router bgp 1\n", "   neighbor G", " peer group", CONF_GROUPS_MAX, "peer groups"},
		{"router bgp 1\n", "   network 10.1.", ".0/24", CONF_PREFIXES_MAX, NULL},
		{"", "ip prefix-list P seq ", " permit 10.0.0.0/8", CONF_LISTS_MAX, "prefix lists"},
		{"", "route-map M permit ", "", CONF_LISTS_MAX, "route maps"},
	};

	(void)state;
	check_limits(rows, sizeof(rows) / sizeof(rows[0]));
}

static void long_input(void **state)
{
	size_t size = CONF_TEXT_MAX + 1;
	char *s = malloc(size);
	struct conf *c;

	(void)state;
	memset(s, '\n', size);
	forget();
	assert_null(conf_parse(s, size, &errors, &notes));
	assert_non_null(strstr(errors.errors[0].text, "larger than"));
	forget();
	c = conf_parse(s, size - 1, &errors, &notes);
	assert_non_null(c);
	conf_free(c);
	memset(s, 'x', 2000);
	forget();
	assert_null(conf_parse(s, 2000, &errors, &notes));
	assert_non_null(strstr(errors.errors[0].text, "line is longer"));
	for (size_t i = 0; i < 200; i += 2)
		memcpy(s + i, "x ", 2);
	forget();
	assert_null(conf_parse(s, 200, &errors, &notes));
	assert_non_null(strstr(errors.errors[0].text, "words"));
	/* more errors than there is room for are counted */
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(s + i, "=\n", 2);
	forget();
	assert_null(conf_parse(s, 1000, &errors, &notes));
	assert_int_equal(errors.n, CONF_ERRORS_MAX);
	assert_int_equal(errors.more, 500 - CONF_ERRORS_MAX);
	free(s);
}

/* Cut anywhere, it is a configuration or an error, and nothing is read behind its end. */
static void truncated(void **state)
{
	static const char text[] = "hostname kube1\nrouter bgp 65000\n   timers bgp 3 9\n"
				   "   neighbor 10.0.0.1 remote-as 65001\r\n"
				   "ip prefix-list P seq 1 permit 10.0.0.0/8 ge 9 le 24\n"
				   "route-map M permit 1\n   set community 1:2 additive\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *exact = malloc(len + 1);
		struct conf *c;

		memcpy(exact, text, len);
		exact = realloc(exact, len ? len : 1);
		forget();
		c = conf_parse(exact, len, &errors, &notes);
		assert_int_equal(!c, errors.n != 0);
		conf_free(c);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),          cmocka_unit_test(options_taken_back),
		cmocka_unit_test(bgp_values),       cmocka_unit_test(leafpeer_values),
		cmocka_unit_test(top_values),       cmocka_unit_test(families),
		cmocka_unit_test(default_families), cmocka_unit_test(other_families),
		cmocka_unit_test(unindented),       cmocka_unit_test(abbreviations),
		cmocka_unit_test(ambiguous),        cmocka_unit_test(refused),
		cmocka_unit_test(secrets),          cmocka_unit_test(no_accidental_neighbor),
		cmocka_unit_test(banners),          cmocka_unit_test(blocks),
		cmocka_unit_test(limits),           cmocka_unit_test(long_input),
		cmocka_unit_test(truncated),        cmocka_unit_test(of_eos),
		cmocka_unit_test(to_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
