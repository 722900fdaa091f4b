/* What a runtime says, to a request or to the error code that the specification has for it. */
#include "test/unit/test.h"

#include "plugin/cni.h"

#define PREV ",\"prevResult\":{}"

struct call {
	const char *command, *id, *netns, *ifname, *args, *conf;
};

static bool parse(const struct call *c, struct cni_request *r, struct cni_error *err)
{
	return cni_request_parse(c->command, c->id, c->netns, c->ifname, c->args, c->conf,
				 strlen(c->conf), r, err);
}

static int code_of(const struct call *c)
{
	struct cni_request r;
	struct cni_error err;
	bool ok = parse(c, &r, &err);

	cni_request_fini(&r);
	assert_int_equal(ok, err.code == CNI_OK);
	assert_int_equal(ok, err.msg[0] == '\0');
	return (int)err.code;
}

/* The error names all that is wrong with the environment, and is text that JSON can have. */
static void error_text(void **state)
{
	static const struct {
		struct call call;
		const char *msg;
	} rows[] = {
		{{"ADD", NULL, "", NULL, NULL, "{\"cniVersion\":\"1.0.0\"}"},
		 "CNI_CONTAINERID is not set, CNI_IFNAME is not set, CNI_NETNS is not set"},
		{{"DEL", "../id", NULL, NULL, NULL, "{\"cniVersion\":\"1.0.0\"}"},
		 "CNI_CONTAINERID is not a valid name, CNI_IFNAME is not set"},
		{{"CHECK", "id", "", "a/b", NULL, "{\"cniVersion\":\"1.0.0\"}"},
		 "CNI_IFNAME is not a valid name, CNI_NETNS is not set"},
		{{"ADD", "id", "/n", "eth0", NULL, "{\"cniVersion\":\"1\xff\xc3\xbc\\u0001\"}"},
		 "cniVersion 1???? is not supported"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cni_request r;
		struct cni_error err;

		assert_false(parse(&rows[i].call, &r, &err));
		assert_string_equal(err.msg, rows[i].msg);
		cni_request_fini(&r);
	}
}

static void codes(void **state)
{
	static const struct {
		int code;
		struct call call;
	} rows[] = {
#define C(version, more) "{\"cniVersion\":\"" version "\",\"name\":\"n\"" more "}"
		{0, {"ADD", "id", "/n", "eth0", NULL, C("0.3.0", PREV)}},
		{0, {"ADD", "id", "/n", "eth0", NULL, C("1.1.0", PREV)}},
		{0, {"DEL", "id", NULL, "eth0", NULL, C("0.3.1", "")}},
		{0, {"DEL", "id", "", "eth0", NULL, C("0.3.1", ",\"prevResult\":7,\"mtu\":\"\"")}},
		{0, {"CHECK", "id", "/n", "eth0", NULL, C("0.4.0", PREV)}},
		{0, {"GC", NULL, NULL, NULL, NULL, C("1.1.0", "")}},
		{0, {"STATUS", "", "", "", NULL, C("1.1.0", "")}},
		{0, {"VERSION", NULL, NULL, NULL, NULL, "garbage"}},
		{1, {"ADD", "id", "/n", "eth0", NULL, C("0.2.0", PREV)}},
		{1, {"ADD", "id", "/n", "eth0", NULL, "{\"name\":\"n\"" PREV "}"}},
		{1, {"CHECK", "id", "/n", "eth0", NULL, C("0.3.1", PREV)}},
		{1, {"GC", NULL, NULL, NULL, NULL, C("1.0.0", "")}},
		{1, {"STATUS", NULL, NULL, NULL, NULL, C("1.0.0", "")}},
		{2, {"ADD", "id", "/n", "eth0", NULL, C("1.0.0", PREV ",\"ipam\":{}")}},
		{4, {NULL, "id", "/n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"", "id", "/n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"add", "id", "/n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"ADD", NULL, "/n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"ADD", "../id", "/n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"ADD", "id", NULL, "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"ADD", "id", "/\n", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"CHECK", "id", "", "eth0", NULL, C("1.0.0", PREV)}},
		{4, {"DEL", "id", "/n", "a/b", NULL, C("1.0.0", "")}},
		{6, {"ADD", "id", "/n", "eth0", NULL, ""}},
		{6, {"ADD", "id", "/n", "eth0", NULL, "[]"}},
		{6, {"ADD", "id", "/n", "eth0", NULL, "{\"cniVersion\":1}"}},
		{6, {"ADD", "id", "/n", "eth0", NULL, C("1.0.0", ",\"prevResult\":\"\"")}},
		{6, {"ADD", "id", "/n", "eth0", NULL, C("1.0.0", ",\001\"prevResult\":{}")}},
		{6, {"ADD", "id", "/n", "eth0", NULL, "\xef\xbb\xbf" C("1.0.0", PREV)}},
		{7, {"ADD", "id", "/n", "eth0", NULL, C("1.0.0", "")}},
		{7, {"ADD", "id", "/n", "eth0", NULL, C("1.0.0", ",\"prevResult\":null")}},
		{7, {"ADD", "id", "/n", "eth0", NULL, "{\"cniVersion\":\"1.0.0\"" PREV "}"}},
		{7, {"DEL", "id", "/n", "eth0", NULL, C("1.0.0", ",\"stateDir\":\"run\"")}},
		{7, {"STATUS", NULL, NULL, NULL, NULL, C("1.1.0", ",\"mtu\":\"x\"")}},
#undef C
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (code_of(&rows[i].call) != rows[i].code)
			fail_msg("row %zu: code %d, not %d", i, code_of(&rows[i].call),
				 rows[i].code);
	}
}

static bool knob(const char *key, const char *value, struct cni_request *r)
{
	struct call c = {"ADD", "id", "/n", "eth0", NULL, NULL};
	struct cni_error err;
	char conf[256];
	bool ok;

	snprintf(conf, sizeof(conf), "{\"cniVersion\":\"1.0.0\",\"name\":\"n\"" PREV ",\"%s\":%s}",
		 key, value);
	c.conf = conf;
	ok = parse(&c, r, &err);
	cni_request_fini(r);
	if (!ok)
		assert_int_equal(err.code, CNI_ERR_CONFIG);
	return ok;
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: none */
	} rows[] = {
		{"\"2s\"", 2000},
		{"\"500ms\"", 500},
		{"\"1m30s\"", 90000},
		{"\"1h\"", 3600000},
		{"\"1s1s\"", 2000},
		{"\"0s\"", 0},
		{"\"\"", 0},
		{"\"1h1ms\"", -1},
		{"\"61m\"", -1},
		{"\"2\"", -1},
		{"\"s\"", -1},
		{"\"1.5s\"", -1},
		{"\"-1s\"", -1},
		{"\" 1s\"", -1},
		{"\"1us\"", -1},
		{"\"99999999999999999999s\"", -1},
		{"2", -1},
		{"null", -1},
	};
	struct cni_request r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = knob("waitForRoute", rows[i].text, &r);

		if (ok != (rows[i].ms >= 0) || (ok && r.wait_route_ms != rows[i].ms))
			fail_msg("%s: %d %u", rows[i].text, ok, r.wait_route_ms);
	}
}

static void mtus(void **state)
{
	struct cni_request r;

	(void)state;
	assert_true(knob("mtu", "68", &r));
	assert_int_equal(r.mtu, 68);
	assert_true(knob("mtu", "65535", &r));
	assert_int_equal(r.mtu, 65535);
	assert_true(knob("mtu", "0", &r));
	assert_int_equal(r.mtu, 0);
	assert_false(knob("mtu", "67", &r));
	assert_false(knob("mtu", "65536", &r));
	assert_false(knob("mtu", "1500.5", &r));
	assert_false(knob("mtu", "-1500", &r));
	assert_false(knob("mtu", "1e99", &r));
	assert_false(knob("mtu", "\"1500\"", &r));
}

/* kubelet gives them in another order each time. */
static void arguments(void **state)
{
	struct call c = {"DEL",  "id", NULL,
			 "eth0", NULL, "{\"cniVersion\":\"1.0.0\",\"name\":\"n\"}"};
	char longest[400] = "K8S_POD_NAME=";
	struct cni_request r;
	struct cni_error err;

	(void)state;
	c.args = "K8S_POD_UID=u;IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=p;X;;=;Y=";
	assert_true(parse(&c, &r, &err));
	assert_string_equal(r.pod_uid, "u");
	assert_string_equal(r.pod_namespace, "ns");
	assert_string_equal(r.pod_name, "p");
	cni_request_fini(&r);
	c.args = "K8S_POD_NAME=p=q;XK8S_POD_UID=u;K8S_POD_NAMESPACE=";
	assert_true(parse(&c, &r, &err));
	assert_string_equal(r.pod_name, "p=q");
	assert_string_equal(r.pod_uid, "");
	assert_string_equal(r.pod_namespace, "");
	cni_request_fini(&r);
	/* too long for its place: it is for people only, and the pod starts */
	memset(longest + strlen(longest), 'x', sizeof(longest) - 1 - strlen(longest));
	c.args = longest;
	assert_true(parse(&c, &r, &err));
	assert_string_equal(r.pod_name, "");
	cni_request_fini(&r);
}

static void defaults(void **state)
{
	struct call c = {"ADD",  "id", "/n",
			 "eth0", NULL, "{\"cniVersion\":\"0.3.1\",\"name\":\"n\"" PREV "}"};
	struct cni_request r;
	struct cni_error err;

	(void)state;
	assert_true(parse(&c, &r, &err));
	assert_string_equal(r.state_dir, "/run/leafpeer");
	assert_string_equal(r.network, "n");
	assert_string_equal(r.version, "0.3.1");
	assert_int_equal(r.version_number, 301);
	assert_int_equal(r.mtu, 0);
	assert_int_equal(r.wait_route_ms, 0);
	cni_request_fini(&r);
}

/* VERSION answers with the version of the question, unless that could not stand in the answer. */
static void version(void **state)
{
	static const struct {
		const char *conf, *version;
	} rows[] = {
		{"{\"cniVersion\":\"0.4.0\"}", "0.4.0"},
		{"{\"cniVersion\":\"9.9.9\"}", "9.9.9"},
		{"{\"cniVersion\":\"\\\"}\"}", ""},
		{"{\"cniVersion\":4}", ""},
		{"{\"cniVersion\":\"1.0.0-x\"}", ""},
		{"{\"cniVersion\":\"1111111111111111\"}", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c = {"VERSION", NULL, NULL, NULL, NULL, rows[i].conf};
		struct cni_request r;
		struct cni_error err;

		assert_true(parse(&c, &r, &err));
		assert_string_equal(r.version, rows[i].version);
		cni_request_fini(&r);
	}
	assert_string_equal(cni_version(0), "0.3.0");
	assert_string_equal(cni_version(4), "1.1.0");
	assert_null(cni_version(5));
}

static void too_large(void **state)
{
	char *big = malloc(CNI_STDIN_MAX + 1);
	struct cni_request r;
	struct cni_error err;

	(void)state;
	memset(big, ' ', CNI_STDIN_MAX + 1);
	memcpy(big, "{\"cniVersion\":\"1.0.0\",\"name\":\"n\"}", 33);
	assert_true(
		cni_request_parse("DEL", "id", NULL, "eth0", NULL, big, CNI_STDIN_MAX, &r, &err));
	cni_request_fini(&r);
	assert_false(cni_request_parse("DEL", "id", NULL, "eth0", NULL, big, CNI_STDIN_MAX + 1, &r,
				       &err));
	cni_request_fini(&r);
	assert_int_equal(err.code, CNI_ERR_DECODE);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_text), cmocka_unit_test(codes),
		cmocka_unit_test(durations),  cmocka_unit_test(mtus),
		cmocka_unit_test(arguments),  cmocka_unit_test(defaults),
		cmocka_unit_test(version),    cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
