/* The grammar's refusals: what is wrong where, what must not come into a log, how much there may
 * be. */
#include "test/unit/conf/conf_helper.h"

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
		{"route-map M\n   default set metric 5", 2, 12, "cannot be taken back"},
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
		{"ip prefix-list P seq 10 permit 10.0.0.0/8\nipv6 prefix-list P seq 10 permit "
		 "fd00::/8\nipv6 prefix-list P seq 10 deny ::/0",
		 3, 36, "has an entry 10 already"},
		{"no ip prefix-list P 10", 1, 21, "seq and the number"},
		{"router bgp 1\n   neighbor 10.0.0.1 transport remote-port 1179", 2, 32,
		 "connection-mode passive"},
		{"hostname h\nbanner motd\nrouter bgp 1\n", 2, 1, "has no end: a line EOF"},
	};

	(void)state;
	check_refused(rows, sizeof(rows) / sizeof(rows[0]));
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
		cmocka_unit_test(ambiguous),  cmocka_unit_test(refused),
		cmocka_unit_test(secrets),    cmocka_unit_test(limits),
		cmocka_unit_test(long_input), cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
