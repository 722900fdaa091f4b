/* conflist: our entry in somebody else's list, and out of it again. */
#include "test/unit/test.h"

#include "agent/conf/conflist.h"

#define E "{\"type\":\"leafpeer\",\"mtu\":9000}"

static void entry(void **state)
{
	const struct conflist_options all = {
		.mtu = 9000, .wait_route = "2s", .state_dir = "/run/\"x\""};
	const struct conflist_options none = {0};
	struct text t = {0};

	(void)state;
	conflist_entry(&all, &t);
	assert_string_equal(t.s,
			    "{\"type\":\"leafpeer\",\"stateDir\":\"/run/\\\"x\\\"\",\"mtu\":9000,"
			    "\"waitForRoute\":\"2s\"}");
	assert_true(conflist_is_entry(t.s, t.len));
	t.len = 0;
	conflist_entry(&none, &t);
	assert_string_equal(t.s, "{\"type\":\"leafpeer\"}");
	text_free(&t);
	assert_false(conflist_is_entry("{\"type\":\"tuning\"}", 17));
	assert_false(conflist_is_entry("{", 1));
	assert_false(conflist_is_entry("[]", 2));
}

#define IN(plugins)                                                                   \
	"{\"cniVersion\":\"0.3.1\",\"name\":\"cilium\",\"big\":12345678901234567890," \
	"\"plugins\":" plugins "}\n"

static const struct {
	const char *before, *after;
} lists[] = {
	{IN("[{\"type\":\"cilium-cni\"}]"), IN("[{\"type\":\"cilium-cni\"}," E "]")},
	/* as Cilium prints it: two spaces, a line a member */
	{IN("[\n    {\n      \"type\": \"cilium-cni\"\n    }\n  ]"),
	 IN("[\n    {\n      \"type\": \"cilium-cni\"\n    },\n    " E "\n  ]")},
	{IN("[ {\"type\":\"cilium-cni\"} , {\"type\":\"portmap\",\"x\":1e400}\t]"),
	 IN("[ {\"type\":\"cilium-cni\"} , {\"type\":\"portmap\",\"x\":1e400}, " E "\t]")},
	{"{\"plugins\":[{\"type\":\"a]},{\\\"\",\"leafpeer\":1}],\"name\":\"n\\u0061\","
	 "\"cniVersion\":"
	 "\"1.1.0\"}",
	 "{\"plugins\":[{\"type\":\"a]},{\\\"\",\"leafpeer\":1}," E "],\"name\":\"n\\u0061\","
	 "\"cniVersion\":\"1.1.0\"}"},
};

static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *before = lists[i].before;
		struct text added = {0}, again = {0}, removed = {0};
		struct conflist c;
		const char *why;

		assert_true(conflist_read(before, strlen(before), E, &c, &why));
		assert_int_equal(c.place, CONFLIST_ABSENT);
		assert_true(conflist_add(before, strlen(before), E, &added, &why));
		assert_string_equal(added.s, lists[i].after);
		assert_true(conflist_read(added.s, added.len, E, &c, &why));
		assert_int_equal(c.place, CONFLIST_PRESENT);
		assert_false(c.first);
		/* twice is once */
		assert_true(conflist_add(added.s, added.len, E, &again, &why));
		assert_string_equal(again.s, added.s);
		/* another entry of ours is seen, and put in its place */
		assert_true(conflist_read(added.s, added.len, "{\"type\":\"leafpeer\"}", &c, &why));
		assert_int_equal(c.place, CONFLIST_OTHER);
		again.len = 0;
		assert_true(
			conflist_add(added.s, added.len, "{\"type\":\"leafpeer\"}", &again, &why));
		assert_true(conflist_read(again.s, again.len, "{\"type\":\"leafpeer\"}", &c, &why));
		assert_int_equal(c.place, CONFLIST_PRESENT);
		assert_true(conflist_remove(again.s, again.len, &removed, &why));
		assert_string_equal(removed.s, before);
		text_free(&added);
		text_free(&again);
		text_free(&removed);
	}
}

/* Wherever it stands, and however often, it is cut out whole. */
static void removed_from_anywhere(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{IN("[" E ", {\"type\":\"a\"}]"), IN("[{\"type\":\"a\"}]")},
		{IN("[{\"type\":\"a\"}," E " , {\"type\":\"b\"}]"),
		 IN("[{\"type\":\"a\"} , {\"type\":\"b\"}]")},
		{IN("[" E "," E ",{\"type\":\"a\"}," E "," E "]"), IN("[{\"type\":\"a\"}]")},
		{IN("[{\"type\":\"a\"}]"), IN("[{\"type\":\"a\"}]")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text t = {0};
		const char *why;

		assert_true(conflist_remove(rows[i].before, strlen(rows[i].before), &t, &why));
		assert_string_equal(t.s, rows[i].after);
		text_free(&t);
	}
}

static void bad(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "JSON"},
		{"[]", "JSON object"},
		{IN("[{\"type\":\"a\"}]") "x", "JSON object"},
		{IN("[]"), "no list"},
		{IN("{}"), "no list"},
		{IN("[7]"), "no type"},
		{IN("[{\"type\":\"a\"},{\"Type\":\"b\"}]"), "no type"},
		{IN("[{\"type\":\"a\"}],\"plugins\":[{\"type\":\"b\"}]"), "twice"},
		{IN("[{\"type\":\"a\"}],\"Plugins\":[{\"type\":\"b\"}]"), "twice"},
		{"{\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"a\"}]}", "name"},
		{"{\"cniVersion\":\"1.0.0\",\"name\":\"\",\"plugins\":[{\"type\":\"a\"}]}", "name"},
		/* none of these would let a pod start with leafpeer in it */
		{"{\"name\":\"n\",\"plugins\":[{\"type\":\"a\"}]}", "cniVersion"},
		{"{\"cniVersion\":\"0.2.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"a\"}]}",
		 "cniVersion"},
		{"{\"cniVersion\":\"1.2.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"a\"}]}",
		 "cniVersion"},
	};
	struct text t = {0};
	struct conflist c;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text);

		assert_false(conflist_read(rows[i].text, len, E, &c, &why));
		assert_non_null(strstr(why, rows[i].why));
		assert_false(conflist_add(rows[i].text, len, E, &t, &why));
		assert_false(conflist_remove(rows[i].text, len, &t, &why));
		assert_int_equal(t.len, 0);
	}
	assert_false(conflist_remove(IN("[" E "]"), strlen(IN("[" E "]")), &t, &why));
	assert_non_null(strstr(why, "only plugin"));
	assert_false(conflist_add(IN("[{\"type\":\"a\"}," E "," E "]"),
				  strlen(IN("[{\"type\":\"a\"}," E "," E "]")), E, &t, &why));
	assert_non_null(strstr(why, "more than once"));
	assert_int_equal(t.len, 0);
	assert_true(conflist_read(IN("[" E "]"), strlen(IN("[" E "]")), E, &c, &why));
	assert_true(c.first);
}

/* Cut anywhere it is no list, and nothing is read behind its end. */
static void cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (size_t len = 0; len < strlen(lists[i].after) - 1; len++) {
			char *copy = malloc(len ? len : 1);
			struct text t = {0};
			const char *why;

			memcpy(copy, lists[i].after, len);
			assert_false(conflist_add(copy, len, E, &t, &why));
			assert_false(conflist_remove(copy, len, &t, &why));
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(removed_from_anywhere),
		cmocka_unit_test(bad),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
