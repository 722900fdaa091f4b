/* prevResult: read, and passed on octet by octet but for the MTU. */
#include "test/unit/test.h"

#include "plugin/result.h"

static char conf[4096];

static void request(struct cni_request *r, const char *version, const char *more, const char *prev)
{
	struct cni_error err;

	snprintf(conf, sizeof(conf), "{\"cniVersion\":\"%s\",\"name\":\"n\"%s,\"prevResult\":%s}",
		 version, more, prev);
	if (!cni_request_parse("ADD", "id", "/n", "eth0", NULL, conf, strlen(conf), r, &err))
		fail_msg("%s: %s", conf, err.msg);
}

static void addresses(void **state)
{
	struct addr a[2];
	struct cni_request r;
	struct cni_error err = {0};
	size_t n = 9;
	static const char *const bad[] = {
		"{\"ips\":{}}",
		"{\"ips\":\"10.0.0.1/32\"}",
		"{\"ips\":[\"10.0.0.1/32\"]}",
		"{\"ips\":[{}]}",
		"{\"ips\":[{\"address\":\"10.0.0.1/33\"}]}",
		"{\"ips\":[{\"address\":\"10.0.0.1/\"}]}",
		"{\"ips\":[{\"address\":\"10.0.0/24\"}]}",
		"{\"ips\":[{\"address\":\"fe80::1%eth0/64\"}]}",
		"{\"ips\":[{\"address\":\"\"}]}",
		"{\"ips\":[{\"address\":\"::1\"},{\"address\":\"::2\"},{\"address\":\"::3\"}]}",
	};

	(void)state;
	/* IPv6 first, as Cilium has it; a prefix length with host bits, as bridges do */
	request(&r, "0.3.1", "",
		"{\"ips\":[{\"version\":\"6\",\"address\":\"fd00::c5/128\"},"
		"{\"version\":\"4\",\"address\":\"10.0.0.42/24\"}]}");
	assert_true(result_addresses(&r, a, 2, &n, &err));
	assert_int_equal(n, 2);
	assert_true(addr_eq(&a[0], &(struct addr){.afi = AFI_IP6, .b = {0xfd, [15] = 0xc5}}));
	assert_int_equal(addr_to_ip4(&a[1]), 0x0a00002a);
	cni_request_fini(&r);
	request(&r, "1.0.0", "", "{\"ips\":null}");
	assert_true(result_addresses(&r, a, 2, &n, &err));
	assert_int_equal(n, 0);
	cni_request_fini(&r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request(&r, "1.0.0", "", bad[i]);
		if (result_addresses(&r, a, 2, &n, &err))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.code, CNI_ERR_DECODE);
		cni_request_fini(&r);
	}
}

static void host_interface(void **state)
{
	static const struct {
		const char *prev, *host;
	} rows[] = {
		{"{}", ""},
		{"{\"interfaces\":[]}", ""},
		{"{\"interfaces\":7}", ""},
		{"{\"interfaces\":[{\"name\":\"lxc1\"},{\"name\":\"eth0\",\"sandbox\":\"/n\"}]}",
		 "lxc1"},
		{"{\"interfaces\":[{\"name\":\"br\"},{\"name\":\"v\"},{\"name\":\"eth0\","
		 "\"sandbox\":\"/n\"}]}",
		 "v"},
		{"{\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/"
		 "n\"},{\"name\":\"v\"},{\"name\":\"w\"}]}",
		 "v"},
		{"{\"interfaces\":[{\"name\":\"v\"},{\"name\":\"net1\",\"sandbox\":\"/n\"},"
		 "{\"name\":\"eth0\",\"sandbox\":\"/n\"}]}",
		 ""},
		/* the pod's interface is not among them */
		{"{\"interfaces\":[{\"name\":\"v\"},{\"name\":\"w\",\"sandbox\":\"\"}]}", ""},
		{"{\"interfaces\":[{\"name\":\"a-name-that-no-interface-has\"},"
		 "{\"name\":\"eth0\",\"sandbox\":\"/n\"}]}",
		 ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cni_request r;
		char host[16] = "before";

		request(&r, "1.0.0", "", rows[i].prev);
		result_host_interface(&r, host, sizeof(host));
		if (strcmp(host, rows[i].host) != 0)
			fail_msg("%s: %s", rows[i].prev, host);
		cni_request_fini(&r);
	}
}

static void expect(const char *version, const char *more, const char *host, const char *prev,
		   const char *result)
{
	struct cni_request r;
	struct text t = {0};

	request(&r, version, more, prev);
	result_format(&r, host, &t);
	assert_int_equal(t.s[t.len - 1], '\n');
	t.s[t.len - 1] = '\0';
	assert_string_equal(t.s, result);
	text_free(&t);
	cni_request_fini(&r);
}

/* Nothing of it is changed, whatever it is. */
static void unchanged(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{ }",
		"{\"n\":123456789012345678901234567890,\"m\":1.0e+5,\"z\":-0.0}",
		"{\"s\":\"\\u0041\\\\\\\"}]{[,:\",\"k\\\"}\":1 ,\"\":\"\"}",
		"{\r\n\t\"a\" : [ [ ] , { } , null,true ] \n}",
		"{\"ips\":[],\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/n\"}],\"dns\":{}}",
		"{\"a\":1,\"a\":2,\"\xc3\xa9\":\"\xff\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect("0.3.1", "", "", rows[i], rows[i]);
		expect("1.1.0", "", "v", rows[i], rows[i]);
		/* 1.0.0 has no place for it */
		expect("1.0.0", ",\"mtu\":9000", "v", rows[i], rows[i]);
	}
}

static void mtu(void **state)
{
#define IN(x) "{\"big\":12345678901234567890,\"interfaces\":[" x "] ,\"z\":\"\\u0041\"}"
#define POD   "\"name\":\"eth0\",\"sandbox\":\"/n\""
#define M     ",\"mtu\":9000"
	static const struct {
		const char *host, *prev, *result;
	} rows[] = {
		{"", IN("{" POD "}"), IN("{" POD M "}")},
		{"", IN("{" POD " }"), IN("{" POD " " M "}")},
		/* in the place where it was, and every time */
		{"", IN("{\"mtu\" : 1500 ,\"x\":[1,{\"mtu\":7}]," POD "}"),
		 IN("{\"mtu\" : 9000 ,\"x\":[1,{\"mtu\":7}]," POD "}")},
		{"", IN("{" POD ",\"mtu\":{\"a\":[]},\"mtu\":\"}\"}"), IN("{" POD M M "}")},
		{"", IN("{" POD ",\"\\u006dtu\":1}"), IN("{" POD ",\"\\u006dtu\":9000}")},
		/* the host's only by its name, and the pod's only in its namespace */
		{"", IN("{\"name\":\"v\"},{" POD "}"), IN("{\"name\":\"v\"},{" POD M "}")},
		{"v", IN("{\"name\":\"br\"}, {\"name\":\"v\"},{" POD "}"),
		 IN("{\"name\":\"br\"}, {\"name\":\"v\"" M "},{" POD M "}")},
		{"v", IN("{\"name\":\"v\",\"sandbox\":\"/n\"},{\"name\":\"eth0\"},7,[],\"eth0\""),
		 IN("{\"name\":\"v\",\"sandbox\":\"/n\"},{\"name\":\"eth0\"},7,[],\"eth0\"")},
		{"v", "{\"interfaces\":{" POD "}}", "{\"interfaces\":{" POD "}}"},
		{"v", IN(""), IN("")},
		/* of two members of a name the first counts */
		{"", "{\"interfaces\":[{" POD "}],\"interfaces\":[{" POD "}]}",
		 "{\"interfaces\":[{" POD M "}],\"interfaces\":[{" POD "}]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect("1.1.0", ",\"mtu\":9000", rows[i].host, rows[i].prev, rows[i].result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(host_interface),
		cmocka_unit_test(unchanged),
		cmocka_unit_test(mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
