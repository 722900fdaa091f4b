/* The grammar of blocks, families and words: what belongs to what, and what of EOS means nothing
 * here. */
#include "test/unit/conf/conf_helper.h"

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

/* ---- what means nothing here ------------------------------------------------------------------
 */

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
	static const char *const flags[] = {"bfd",
					    "shutdown",
					    "passive",
					    "send-community",
					    "graceful-restart",
					    "enforce-first-as"};

	(void)state;
	assert_int_equal(c->n_neighbors, 1);
	assert_true(addr_eq(&c->neighbors[0].addr, &last));
	conf_free(c);
	/* whichever yes or no it was */
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct text text = {0};

		text_printf(&text,
			    "router bgp 65000\n   neighbor 10.0.0.1 %s\n"
			    "   no neighbor 10.0.0.1 %s\n",
			    flags[i], flags[i]);
		c = must_parse(text.s);
		if (c->n_neighbors)
			fail_msg("no %s made a neighbour", flags[i]);
		conf_free(c);
		text_free(&text);
	}
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

/* Comments, tabs and the ends of lines of other systems; "end" ends whatever was open. */
static void lines(void **state)
{
	struct conf *c = must_parse("# made by hand\r\n"
				    "! and this\r\n"
				    "\r\n"
				    "router bgp\t1\r\n"
				    "\tneighbor 10.0.0.1\tremote-as 2\r\n"
				    "   # neighbor 10.0.0.2 remote-as 2\r\n"
				    "\tneighbor 10.0.0.1 description two  words \t \r\n"
				    "banner login\r\n"
				    "hostname banner\r\n"
				    "EOF\r\n"
				    "hostname h\r\n"
				    "end");

	(void)state;
	assert_int_equal(c->n_neighbors, 1);
	assert_int_equal(c->neighbors[0].opt.remote_as, 2);
	assert_string_equal(c->neighbors[0].opt.description, "two  words");
	assert_string_equal(c->hostname, "h");
	assert_stable(c);
	conf_free(c);
	assert_null(parse("router bgp 1\nend\n   neighbor 10.0.0.1 remote-as 2\n"));
	assert_int_equal(errors.errors[0].line, 3);
	/* indented where there is no block */
	c = must_parse("   hostname indented\n");
	assert_string_equal(c->hostname, "indented");
	conf_free(c);
	/* nothing but what an editor puts before it */
	c = must_parse("\xef\xbb\xbf");
	assert_int_equal(c->set, 0);
	conf_free(c);
	assert_null(parse("\xef\xbb"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families),
		cmocka_unit_test(default_families),
		cmocka_unit_test(other_families),
		cmocka_unit_test(unindented),
		cmocka_unit_test(abbreviations),
		cmocka_unit_test(of_eos),
		cmocka_unit_test(no_accidental_neighbor),
		cmocka_unit_test(blocks),
		cmocka_unit_test(lines),
		cmocka_unit_test(banners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
