/* The grammar line by line: what each makes, and how it is printed. */
#include "test/unit/conf/conf_helper.h"

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
		{"bfd strict", "bfd strict", "\n   no neighbor 10.0.0.1 bfd\n"},
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
		{"ip prefix-list P seq 10 permit 10.0.0.0/8\n"
		 "ipv6 prefix-list P seq 10 permit fd00::/8\n"
		 "ip prefix-list P permit 11.0.0.0/8\nipv6 prefix-list P permit fc00::/8\n"
		 "ipv6 prefix-list P permit fb00::/8\nip prefix-list P permit 12.0.0.0/8",
		 "ip prefix-list P seq 10 permit 10.0.0.0/8\n"
		 "ipv6 prefix-list P seq 10 permit fd00::/8\n"
		 "ip prefix-list P seq 20 permit 11.0.0.0/8\n"
		 "ipv6 prefix-list P seq 20 permit fc00::/8\n"
		 "ipv6 prefix-list P seq 30 permit fb00::/8\n"
		 "ip prefix-list P seq 30 permit 12.0.0.0/8\n"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),    cmocka_unit_test(options_taken_back),
		cmocka_unit_test(bgp_values), cmocka_unit_test(leafpeer_values),
		cmocka_unit_test(top_values), cmocka_unit_test(to_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
