/* The last good configuration as a file: whole, or not at all. */
#include "test/unit/test.h"

#include "agent/conf/saved.h"

static struct text encoded(void)
{
	static const struct conf_annotation annotations[] = {
		{"arista/bgp-peer-ip-1", "10.90.224.98"},
		{"leafpeer/pod-cidr", "a \"quoted\" \n value"},
	};
	struct prefix owned[] = {test_prefix("10.233.0.0/24"), test_prefix("fd00::/64")};
	struct saved s = {.node = "kube1", .n_annotations = 2, .owned = owned, .n_owned = 2};
	struct conf_annotation copy[2];
	char config[] = "router bgp 65000\n!\nend\n";
	struct text out = {0};

	memcpy(copy, annotations, sizeof(copy));
	s.annotations = copy;
	s.owned_known = true;
	s.config = config;
	saved_encode(&s, &out);
	return out;
}

static void there_and_back(void **state)
{
	struct text text = encoded();
	const char *why = NULL;
	struct saved s;

	(void)state;
	assert_true(saved_decode(text.s, text.len, &s, &why));
	assert_string_equal(s.node, "kube1");
	assert_int_equal(s.n_annotations, 2);
	assert_string_equal(s.annotations[1].key, "leafpeer/pod-cidr");
	assert_string_equal(s.annotations[1].value, "a \"quoted\" \n value");
	assert_int_equal(s.n_owned, 2);
	assert_true(s.owned_known);
	assert_string_equal(s.config, "router bgp 65000\n!\nend\n");
	saved_fini(&s);
	text_free(&text);
}

/* Cut at every length, and with every bit turned over: never taken, never a read too far. */
static void damaged(void **state)
{
	struct text text = encoded();
	const char *why = NULL;
	struct saved s;

	(void)state;
	for (size_t len = 0; len < text.len; len++) {
		char *copy = malloc(len ? len : 1);

		memcpy(copy, text.s, len);
		assert_false(saved_decode(copy, len, &s, &why));
		assert_non_null(why);
		free(copy);
	}
	for (size_t i = 0; i < text.len * 8; i++) {
		text.s[i / 8] ^= (char)(1 << i % 8);
		assert_false(saved_decode(text.s, text.len, &s, &why));
		text.s[i / 8] ^= (char)(1 << i % 8);
	}
	text_free(&text);
}

static void other_version(void **state)
{
	static const char other[] = "leafpeer-saved 2 00000000 2\n{}",
			  none[] = "router bgp 65000\n";
	const char *why = NULL;
	struct saved s;

	(void)state;
	assert_false(saved_decode(other, strlen(other), &s, &why));
	assert_string_equal(why, "not a file of this version of leafpeerd");
	assert_false(saved_decode(none, strlen(none), &s, &why));
	assert_string_equal(why, "not a file of this version of leafpeerd");
}

/* The checksum is right, what it covers is not: members missing or of another kind. */
static void odd(void **state)
{
	static const char *const bodies[] = {
		"leafpeer-saved 1 a3a6bf43 2\n{}",
		"leafpeer-saved 1 0d4cbb29 2\n[]",
		"leafpeer-saved 1 244d5496 40\n{\"node\":\"a\",\"annotations\":{},\"owned\":[]}",
		"leafpeer-saved 1 6d9c92e0 "
		"52\n{\"node\":\"a\",\"annotations\":[],\"owned\":[],\"config\":\"\"}",
		"leafpeer-saved 1 ccf09b72 "
		"57\n{\"node\":\"a\",\"annotations\":{\"x\":1},\"owned\":[],\"config\":\"\"}",
		"leafpeer-saved 1 b64d6cd2 "
		"64\n{\"node\":\"a\",\"annotations\":{},\"owned\":[\"10.0.0.1/"
		"8\"],\"config\":\"\"}",
		"leafpeer-saved 1 17c62acb "
		"52\n{\"node\":\"a\",\"annotations\":{},\"owned\":{},\"config\":\"\"}",
		"leafpeer-saved 1 f1200f8c "
		"50\n{\"node\":7,\"annotations\":{},\"owned\":[],\"config\":\"\"}",
	};
	const char *why = NULL;
	struct saved s;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_false(saved_decode(bodies[i], strlen(bodies[i]), &s, &why));
		assert_string_equal(why, "not what this version of leafpeerd writes");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(damaged),
		cmocka_unit_test(other_version),
		cmocka_unit_test(odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
