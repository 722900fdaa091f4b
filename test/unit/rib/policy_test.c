/* Prefix lists and route maps. */
#include "test/unit/test.h"

#include "agent/rib/policy.h"

static void add(struct policy *p, const char *name, uint32_t seq, bool permit, const char *prefix,
		uint8_t ge, uint8_t le)
{
	struct prefix_list_entry e = {.seq = seq, .permit = permit, .ge = ge, .le = le};

	e.prefix = test_prefix(prefix);
	assert_true(policy_prefix_list_add(p, name, &e));
	assert_false(policy_prefix_list_add(p, name, &e)); /* that number is taken */
}

static bool permits(const struct policy *p, const char *name, const char *prefix)
{
	struct prefix pfx = test_prefix(prefix);

	return policy_prefix_list_permits(p, name, &pfx);
}

static void prefix_lists(void **state)
{
	struct policy *p = policy_new();

	(void)state;
	/* in any order; the numbers count */
	add(p, "L", 30, true, "10.0.0.0/8", 8, 24);
	add(p, "L", 10, false, "10.1.0.0/16", 16, 32);
	add(p, "L", 20, true, "10.1.2.0/24", 24, 24);
	add(p, "L", 40, true, "2001:db8::/32", 48, 64);
	assert_true(permits(p, "L", "10.0.0.0/8"));
	assert_true(permits(p, "L", "10.2.3.0/24"));
	assert_false(permits(p, "L", "10.2.3.0/25"));
	assert_false(permits(p, "L", "10.1.2.0/24")); /* 10 comes before 20 */
	assert_false(permits(p, "L", "11.0.0.0/8"));
	assert_false(permits(p, "L", "0.0.0.0/0"));
	assert_true(permits(p, "L", "2001:db8:1::/48"));
	assert_false(permits(p, "L", "2001:db8::/32"));
	/* each family has numbers of its own */
	add(p, "L", 10, false, "2001:db8:1::/48", 48, 64);
	assert_false(permits(p, "L", "2001:db8:1::/48"));
	assert_true(permits(p, "L", "2001:db8:2::/48"));
	assert_false(permits(p, "L", "10.1.2.0/24"));
	/* one that is not there refuses: fail closed */
	assert_false(permits(p, "NOBODY", "10.0.0.0/8"));
	assert_false(policy_prefix_list_permits(NULL, "L", &(struct prefix){.afi = AFI_IP4}));
	policy_free(p);
}

static uint8_t path[] = {AS_SEQUENCE, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xe8};
static const uint8_t comms[] = {0xfd, 0xe8, 0, 1, 0xfd, 0xe8, 0, 2};
static uint8_t scratch[POLICY_SCRATCH];

static struct attr_set route(void)
{
	return (struct attr_set){.as_path = path,
				 .as_path_len = sizeof(path),
				 .communities = comms,
				 .communities_len = sizeof(comms)};
}

static bool apply(const struct policy *p, struct attr_set *set)
{
	struct prefix pfx = test_prefix("10.1.2.0/24");

	*set = route();
	return policy_route_map_apply(p, "M", &pfx, set, scratch);
}

static void matches(void **state)
{
	struct route_map_entry e = {
		.seq = 10, .permit = true, .match_prefix_list = true, .prefix_list = "L"};
	struct policy *p = policy_new();
	struct attr_set set;

	(void)state;
	assert_true(apply(p, &set)); /* no such map: everything */
	policy_route_map_add(p, "M", &e);
	assert_false(apply(p, &set)); /* no such list: nothing */
	add(p, "L", 10, true, "10.0.0.0/8", 8, 32);
	assert_true(apply(p, &set));
	policy_free(p);

	p = policy_new();
	e = (struct route_map_entry){.seq = 10,
				     .permit = true,
				     .match_community = true,
				     .n_communities = 2,
				     .communities = {0x12345678, 0xfde80002}};
	policy_route_map_add(p, "M", &e);
	assert_true(apply(p, &set)); /* any of them */
	policy_free(p);

	p = policy_new();
	e.n_communities = 1;
	policy_route_map_add(p, "M", &e);
	assert_false(apply(p, &set));
	policy_free(p);

	for (unsigned int min = 0; min < 5; min++) {
		p = policy_new();
		e = (struct route_map_entry){.seq = 10,
					     .permit = true,
					     .match_as_path_length = true,
					     .as_path_min = (uint16_t)min,
					     .as_path_max = 3};
		policy_route_map_add(p, "M", &e);
		assert_int_equal(apply(p, &set), min <= 2);
		policy_free(p);
	}
}

static void order(void **state)
{
	struct route_map_entry deny = {.seq = 20,
				       .permit = false,
				       .match_community = true,
				       .n_communities = 1,
				       .communities = {0xfde80001}};
	struct route_map_entry all = {.seq = 30, .permit = true, .set_med = true, .med = 7};
	struct policy *p = policy_new();
	struct attr_set set;

	(void)state;
	assert_true(policy_route_map_add(p, "M", &all));
	assert_false(policy_route_map_add(p, "M", &all));
	assert_true(apply(p, &set));
	assert_int_equal(set.med, 7);
	assert_true(policy_route_map_add(p, "M", &deny));
	assert_false(apply(p, &set)); /* 20 comes before 30 */
	policy_free(p);
}

static void sets(void **state)
{
	struct route_map_entry e = {.seq = 10,
				    .permit = true,
				    .set_local_pref = true,
				    .local_pref = 200,
				    .set_med = true,
				    .med = 5,
				    .set_communities = true,
				    .set_communities_additive = true,
				    .n_set_community = 2,
				    .set_community = {0xfde80002, 0xffff0000},
				    .prepend_n = 2,
				    .prepend = {65010, 65011}};
	struct policy *p = policy_new();
	struct attr_set set;
	char text[64];

	(void)state;
	policy_route_map_add(p, "M", &e);
	assert_true(apply(p, &set));
	assert_int_equal(set.local_pref, 200);
	assert_int_equal(set.med, 5);
	assert_int_equal(set.has, ATTR_HAS_LOCAL_PREF | ATTR_HAS_MED);
	assert_int_equal(set.communities_len, 12); /* two of its own, and one that it had not */
	assert_true(attr_has_community(&set, 0xffff0000));
	assert_string_equal(as_path_str(&set, false, text, sizeof(text)),
			    "65010 65011 65001 65000");
	policy_free(p);

	p = policy_new();
	e.set_communities_additive = false;
	e.n_set_community = 0;
	policy_route_map_add(p, "M", &e);
	assert_true(apply(p, &set));
	assert_int_equal(set.communities_len, 0); /* set to none */
	policy_free(p);
}

/* What does not fit is refused, never cut short. */
static void overflow(void **state)
{
	static uint8_t many[4 * 1000];
	struct route_map_entry e = {.seq = 10,
				    .permit = true,
				    .set_communities = true,
				    .set_communities_additive = true,
				    .n_set_community = POLICY_COMM_MAX};
	struct policy *p = policy_new();
	struct prefix pfx = test_prefix("10.0.0.0/8");
	struct attr_set set = route();

	(void)state;
	for (uint32_t i = 0; i < POLICY_COMM_MAX; i++)
		e.set_community[i] = 0x10000 + i;
	set.communities = many;
	set.communities_len = sizeof(many);
	policy_route_map_add(p, "M", &e);
	assert_false(policy_route_map_apply(p, "M", &pfx, &set, scratch));
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefix_lists), cmocka_unit_test(matches),  cmocka_unit_test(order),
		cmocka_unit_test(sets),         cmocka_unit_test(overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
