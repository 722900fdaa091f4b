/* Pod records: good ones, every kind of bad one, and file names that cannot leave their directory.
 */
#include "test/unit/test.h"

#include "agent/lib/record.h"

static void round_trip(void **state)
{
	struct pod_record r = {.network = "cilium",
			       .container_id = "0123abc",
			       .ifname = "eth0",
			       .pod_name = "web-1",
			       .pod_namespace = "default",
			       .mtu = 9000,
			       .created = 1700000000,
			       .n_addresses = 2};
	struct pod_record back;
	const char *why;
	char *text;

	(void)state;
	r.addresses[0] = test_addr("2001:db8::5");
	r.addresses[1] = test_addr("10.233.0.5");
	text = record_format(&r);
	assert_true(record_parse(text, strlen(text), &back, &why));
	assert_memory_equal(&r, &back, sizeof(r));
	/* truncated anywhere it is no record, and nothing worse */
	for (size_t i = 0; i < strlen(text); i++) {
		char *copy = malloc(i + 1);

		memcpy(copy, text, i);
		assert_false(record_parse(copy, i, &back, &why));
		assert_non_null(why);
		free(copy);
	}
	free(text);
}

static void bad_ones(void **state)
{
	static const char *const rows[] = {
		"",
		"x",
		"[]",
		"{}",
		"{\"version\":2,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\","
		"\"addresses\":[]}",
		"{\"version\":\"1\",\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\","
		"\"addresses\":[]}",
		"{\"version\":1,\"network\":\"../"
		"n\",\"containerId\":\"c\",\"ifname\":\"e\",\"addresses\":[]}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c/"
		"d\",\"ifname\":\"e\",\"addresses\":[]}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"..\","
		"\"addresses\":[]}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\"}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\","
		"\"addresses\":[1]}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\","
		"\"addresses\":[\"x\"]}",
		"{\"version\":1,\"network\":\"n\",\"containerId\":\"c\",\"ifname\":\"e\","
		"\"addresses\":[]} x",
	};
	struct pod_record r;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (record_parse(rows[i], strlen(rows[i]), &r, &why))
			fail_msg("%s was taken", rows[i]);
		assert_non_null(why);
	}
}

static void huge_and_deep(void **state)
{
	char *big = malloc(RECORD_MAX_BYTES + 1);
	struct pod_record r;
	const char *why;

	(void)state;
	memset(big, ' ', RECORD_MAX_BYTES + 1);
	assert_false(record_parse(big, RECORD_MAX_BYTES + 1, &r, &why));
	assert_string_equal(why, "larger than a record may be");
	memset(big, '[', RECORD_MAX_BYTES);
	assert_false(record_parse(big, RECORD_MAX_BYTES, &r, &why));
	assert_string_equal(why, "not JSON");
	free(big);
}

static void names(void **state)
{
	char longest[RECORD_NAME_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[RECORD_NAME_MAX] = '\0';
	assert_true(record_name_ok(longest, RECORD_NAME_MAX));
	longest[RECORD_NAME_MAX] = 'a';
	longest[RECORD_NAME_MAX + 1] = '\0';
	assert_false(record_name_ok(longest, RECORD_NAME_MAX));
	assert_false(record_name_ok("", 10));
	assert_false(record_name_ok(".", 10));
	assert_false(record_name_ok("-x", 10));
	assert_false(record_name_ok("_x", 10));
	assert_false(record_name_ok("a/b", 10));
	assert_false(record_name_ok("a b", 10));
	assert_false(record_name_ok("a\n", 10));
	assert_false(record_name_ok("a@b", 10));
	assert_true(record_name_ok("A_b.c-9", 10));
	assert_true(record_ifname_ok("eth0"));
	assert_true(record_ifname_ok("a@b"));
	assert_false(record_ifname_ok(".."));
	assert_false(record_ifname_ok("a/b"));
	assert_false(record_ifname_ok("sixteenoctetsxxx"));
}

static void file_names(void **state)
{
	char a[RECORD_FILENAME_MAX], b[RECORD_FILENAME_MAX];
	char net[RECORD_NAME_MAX + 1], id[RECORD_NAME_MAX + 1];

	(void)state;
	record_filename("cilium", "abc", "eth0", a);
	assert_string_equal(a, "cilium@abc@eth0.json");
	assert_true(record_filename_is_of(a, "cilium"));
	assert_false(record_filename_is_of(a, "cil"));
	assert_false(record_filename_is_of(a, "cilium2"));
	record_filename("n", "c", "a@%", a);
	assert_string_equal(a, "n@c@a%40%25.json");
	/* the longest names that there are: a name that the file system takes, and another for each
	 */
	memset(net, 'n', sizeof(net) - 1);
	memset(id, 'c', sizeof(id) - 1);
	net[sizeof(net) - 1] = id[sizeof(id) - 1] = '\0';
	record_filename(net, id, "@@@@@@@@@@@@@@@", a);
	assert_true(strlen(a) <= 255);
	assert_string_equal(a + strlen(a) - 5, ".json");
	assert_true(record_filename_is_of(a, net));
	id[sizeof(id) - 2] = 'd';
	record_filename(net, id, "@@@@@@@@@@@@@@@", b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),    cmocka_unit_test(bad_ones),
		cmocka_unit_test(huge_and_deep), cmocka_unit_test(names),
		cmocka_unit_test(file_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
