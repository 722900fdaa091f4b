/* Collectors of BMP: EOS's block, the line at the top, and what is refused where. */
#include "test/unit/conf/conf_helper.h"

/* EOS's block of a collector: printed as EOS prints it, and what it says too much is noted. */
static void blocks(void **state)
{
#define BLOCK "   monitoring station c\n      connection address 10.0.0.1\n"
	static const struct row rows[] = {
		{"monitoring station c\n      connection address 10.0.0.1",
		 BLOCK "      connection mode active port 11019\n"},
		{"monitoring station c\n      connection mode active port 5000\n"
		 "      connection address 10.0.0.1",
		 BLOCK "      connection mode active port 5000\n"},
		{"monitoring station c\n      conn add 10.0.0.1\n      conn mode act port 9\n"
		 "      no connection mode",
		 BLOCK "      connection mode active port 11019\n"},
		{"monitoring station c\n      connection address 10.0.0.1\n      shutdown",
		 BLOCK "      connection mode active port 11019\n      shutdown\n"},
		{"monitoring station c\n      connection address 10.0.0.1\n      shutdown\n"
		 "      no shutdown",
		 BLOCK "      connection mode active port 11019\n"},
		/* a block that is opened again, and one without indentation */
		{"monitoring station c\n      connection address 10.0.0.9\n   network 10.1.0.0/16\n"
		 "   monitoring station c\n      connection address 10.0.0.1",
		 BLOCK "      connection mode active port 11019\n"},
		{"monitoring station c\n      connection address 10.0.0.1\n"
		 "   no monitoring station c\n   no monitoring station d",
		 ""},
		{"monitoring station c\n      connection address 10.0.0.1\nmonitor station d "
		 "10.0.0.2",
		 "   monitoring station d\n      connection address 10.0.0.2\n"},
	};
	static const char fragment[] = "router bgp 65000\n"
				       "bgp monitoring\n"
				       "neighbor 10.0.0.2 remote-as 1\n"
				       "neighbor 10.0.0.2 monitoring\n"
				       "monitoring station c\n"
				       "update-source Management1\n"
				       "statistics\n"
				       "connection address 10.0.0.1 vrf MGMT\n"
				       "connection mode active port 20000 reconnect-timer 5\n"
				       "connection keepalive 180 60 3\n"
				       "export-policy received routes pre-policy\n"
				       "description of a rack\n"
				       "no statistics\n"
				       "monitoring station e\n"
				       "connection address 2001:db8::1\n"
				       "connection mode passive\n"
				       "monitoring received routes pre-policy\n"
				       "monitoring port 11019\n"
				       "no bgp monitoring\n"
				       "no neighbor 10.0.0.2 monitoring\n"
				       "network 10.1.0.0/16\n";
	struct conf *c;

	(void)state;
	check_rows("router bgp 65000\n", "   ", rows, sizeof(rows) / sizeof(rows[0]));
	c = must_parse(fragment);
	assert_int_equal(c->n_stations, 2);
	assert_int_equal(c->stations[0].port, 20000);
	assert_int_equal(c->stations[1].addr.afi, AFI_IP6);
	assert_int_equal(c->stations[1].port, CONF_DEFAULT_BMP_PORT);
	assert_int_equal(c->n_networks, 1);
	assert_int_equal(notes.n, 11);
	assert_string_equal(notes.errors[1].text, "ignored: connection address 10.0.0.1 vrf MGMT");
	assert_stable(c);
	conf_free(c);
#undef BLOCK
}

static void top_lines(void **state)
{
	static const struct row rows[] = {
		{"monitor station c 10.0.0.1 port 5000", NULL},
		{"monitor station c 2001:db8::1", "monitor station c 2001:db8::1 port 11019\n"},
		{"monitor station c 10.0.0.1 shutdown",
		 "monitor station c 10.0.0.1 port 11019 shutdown\n"},
	};

	(void)state;
	check_rows("", "", rows, sizeof(rows) / sizeof(rows[0]));
}

static void refused(void **state)
{
	static const struct refusal rows[] = {
		{"router bgp 1\n   monitoring station a\n      connection address 10.0.0.1\n"
		 "   monitoring station b\n   no monitoring station a",
		 4, 23, "station b has no line"},
		{"monitor station", 1, 16, "name"},
		{"monitor station s 10.0.0.1 port 0", 1, 33, "1 to 65535"},
		{"monitor station s 10.0.0.1\nmonitor station s 10.0.0.2", 2, 17, "already"},
		{"monitor station s 10.0.0.1 stop", 1, 28, "end of the line"},
		{"router bgp 1\n   monitoring station", 2, 22, "name"},
		{"router bgp 1\n   monitoring station s t", 2, 25, "end of the line"},
		{"router bgp 1\n   monitor station s 10.0.0.1", 2, 22, "connection address"},
		{"router bgp 1\n   no monitoring station s t", 2, 28, "end of the line"},
		{"router bgp 1\n   monitoring station s", 2, 23, "no line \"connection address\""},
		{"router bgp 1\n   monitoring station s\n      connection address 10.0.0.1\n"
		 "      no connection address",
		 2, 23, "no line \"connection address\""},
		{"router bgp 1\n   monitoring station s\n      connection address x", 3, 26,
		 "an IP address"},
		{"router bgp 1\n   monitoring station s\n      connection address 10.0.0.1\n"
		 "      connection mode",
		 4, 22, "active"},
		{"router bgp 1\n   monitoring station s\n      connection address 10.0.0.1\n"
		 "      connection mode active port 0",
		 4, 35, "1 to 65535"},
		{"router bgp 1\n   monitoring station s\n      connection address 10.0.0.1\n"
		 "      connection",
		 4, 17, "address, mode or keepalive"},
		{"router bgp 1\n   monitoring station s\n      connection address 10.0.0.1\n"
		 "      nonsense",
		 4, 7, "command of this block"},
	};

	(void)state;
	check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

static void limits(void **state)
{
	static const struct limit rows[] = {
		{"", "monitor station s", " 10.0.0.1", CONF_STATIONS_MAX, "stations"},
		{"router bgp 1\n", "   monitoring station s", "\n      connection address 10.0.0.1",
		 CONF_STATIONS_MAX, "stations"},
	};

	(void)state;
	check_limits(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(top_lines),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
