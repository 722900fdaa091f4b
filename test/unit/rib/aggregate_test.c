/* From pods to announced prefixes. */
#include "test/unit/test.h"

#include "agent/rib/aggregate.h"

#define SECOND 1000000LL

static struct prefix owned[2], networks[1];

static struct aggregate *make(enum advertise advertise, bool host_routes)
{
	struct aggregate *a = aggregate_new();
	struct aggregate_conf c = {.advertise = advertise,
				   .host_routes = host_routes,
				   .hold_down_us = 30 * SECOND,
				   .owned = owned,
				   .n_owned = 2};

	owned[0] = test_prefix("10.233.0.0/24");
	owned[1] = test_prefix("2001:db8::/64");
	aggregate_set_conf(a, &c, 0);
	return a;
}

/* The announced prefixes at that time as one line. */
static const char *at(struct aggregate *a, int64_t now)
{
	static char line[512];
	const struct local_route *r;
	bool changed;
	size_t n;

	line[0] = '\0';
	r = aggregate_routes(a, now, &n, &changed);
	for (size_t i = 0; i < n; i++) {
		char text[PREFIX_STRLEN];

		if (i)
			strcat(line, " ");
		strcat(line, prefix_str(&r[i].prefix, text));
	}
	return line;
}

static void allocated(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALLOCATED, true);
	struct addr p1 = test_addr("10.233.0.5"), p2 = test_addr("10.233.0.6");

	(void)state;
	assert_string_equal(at(a, 0), "");
	aggregate_addr_add(a, &p1, 0);
	assert_string_equal(at(a, 0), "10.233.0.0/24");
	for (int i = 0; i < 50; i++) {
		struct addr p = addr_ip4(0x0ae90010 + (uint32_t)i);

		aggregate_addr_add(a, &p, 0);
	}
	assert_string_equal(at(a, 0), "10.233.0.0/24"); /* fifty pods, one prefix */
	for (int i = 0; i < 50; i++) {
		struct addr p = addr_ip4(0x0ae90010 + (uint32_t)i);

		aggregate_addr_del(a, &p, SECOND);
	}
	assert_int_equal(aggregate_deadline(a), INT64_MAX);
	aggregate_addr_del(a, &p1, 2 * SECOND);
	assert_string_equal(at(a, 2 * SECOND), "10.233.0.0/24");
	assert_int_equal(aggregate_deadline(a), 32 * SECOND);
	/* one that comes meanwhile ends the hold-down */
	aggregate_addr_add(a, &p2, 20 * SECOND);
	assert_int_equal(aggregate_deadline(a), INT64_MAX);
	aggregate_addr_del(a, &p2, 40 * SECOND);
	assert_string_equal(at(a, 69 * SECOND), "10.233.0.0/24");
	assert_string_equal(at(a, 70 * SECOND), "");
	aggregate_free(a);
}

static void always(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALWAYS, true);

	(void)state;
	assert_string_equal(at(a, 0), "10.233.0.0/24 2001:db8::/64");
	aggregate_free(a);
}

static void outside(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALLOCATED, true),
			 *b = make(ADVERTISE_ALLOCATED, false);
	struct addr p = test_addr("192.0.2.9");

	(void)state;
	aggregate_addr_add(a, &p, 0);
	aggregate_addr_add(a, &p, 0); /* known from two sources */
	aggregate_addr_add(b, &p, 0);
	assert_string_equal(at(a, 0), "192.0.2.9/32");
	assert_string_equal(at(b, 0), "");
	aggregate_addr_del(a, &p, 0);
	assert_string_equal(at(a, 0), "192.0.2.9/32");
	aggregate_addr_del(a, &p, 0);
	assert_string_equal(at(a, 0), "");
	aggregate_addr_del(a, &p, 0); /* one too many changes nothing */
	aggregate_free(a);
	aggregate_free(b);
}

static void changes(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALLOCATED, true);
	struct addr p = test_addr("10.233.0.5");
	struct aggregate_conf c = {.advertise = ADVERTISE_ALLOCATED, .owned = owned, .n_owned = 1};
	bool changed;
	size_t n;

	(void)state;
	aggregate_addr_add(a, &p, 0);
	aggregate_routes(a, 0, &n, &changed);
	assert_true(changed);
	aggregate_routes(a, 0, &n, &changed);
	assert_false(changed);
	/* the node's prefix moves: the address is outside now, and the network statement comes */
	owned[0] = test_prefix("10.240.0.0/24");
	networks[0] = test_prefix("172.20.0.3/32");
	c.host_routes = true;
	c.networks = networks;
	c.n_networks = 1;
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.233.0.5/32 172.20.0.3/32");
	aggregate_free(a);
}

/* aggregate-address: only what is all ours, while something in it is announced. */
static void aggregate_address(void **state)
{
	struct prefix own[2] = {test_prefix("10.233.0.0/24"), test_prefix("10.233.1.0/25")};
	struct prefix nets[1] = {test_prefix("10.233.1.128/25")};
	struct aggregate_address addresses[] = {
		{test_prefix("10.233.0.0/23"), true},  /* all ours */
		{test_prefix("10.233.0.0/22"), true},  /* half of it is somebody else's */
		{test_prefix("10.233.1.0/24"), false}, /* inside another */
		{test_prefix("0.0.0.0/0"), true},
	};
	struct aggregate_conf c = {.advertise = ADVERTISE_ALLOCATED,
				   .host_routes = true,
				   .owned = own,
				   .n_owned = 2,
				   .addresses = addresses,
				   .n_addresses = 4};
	struct aggregate_address_row rows[4];
	struct addr inside = test_addr("10.233.0.7"), outside = test_addr("10.233.2.7");
	struct aggregate *a = aggregate_new();

	(void)state;
	/* without the network a quarter is missing */
	aggregate_set_conf(a, &c, 0);
	aggregate_addr_add(a, &inside, 0);
	assert_string_equal(at(a, 0), "10.233.0.0/24");
	assert_int_equal(aggregate_address_rows(a, rows, 4), 4);
	assert_false(rows[0].owned || rows[0].advertised || rows[3].owned);
	c.networks = nets;
	c.n_networks = 1;
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.233.0.0/23");
	aggregate_addr_add(a, &outside, 0);
	assert_string_equal(at(a, 0), "10.233.0.0/23 10.233.2.7/32");
	assert_int_equal(aggregate_address_rows(a, rows, 4), 4);
	assert_true(rows[0].owned && rows[0].advertised && rows[0].summary_only);
	assert_false(rows[1].owned || rows[1].advertised);
	assert_true(rows[2].owned);
	assert_false(rows[2].advertised || rows[2].summary_only);
	/* beside what is inside it */
	addresses[0].summary_only = false;
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.233.0.0/23 10.233.0.0/24 10.233.1.0/24 10.233.1.128/25 "
				      "10.233.2.7/32");
	/* nothing inside is announced, so it is not either */
	aggregate_addr_del(a, &inside, 0);
	c.n_networks = 0;
	own[1] = test_prefix("10.233.1.0/24");
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.233.2.7/32");
	assert_int_equal(aggregate_address_rows(a, rows, 4), 4);
	assert_true(rows[0].owned && !rows[0].advertised);
	aggregate_free(a);
}

/* A change of prefix with pods in the old one: make before break. */
static void moves(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALLOCATED, true);
	struct prefix other = test_prefix("10.9.0.0/24");
	struct addr old_pod = test_addr("10.233.0.5"), new_pod = test_addr("10.9.0.7");
	struct aggregate_conf c = {.advertise = ADVERTISE_ALLOCATED,
				   .host_routes = true,
				   .hold_down_us = 30 * SECOND,
				   .owned = &other,
				   .n_owned = 1};

	(void)state;
	aggregate_addr_add(a, &old_pod, 0);
	aggregate_set_conf(a, &c, SECOND);
	/* the pod's own route is there before the old prefix goes */
	assert_string_equal(at(a, SECOND), "10.233.0.0/24 10.233.0.5/32");
	aggregate_addr_add(a, &new_pod, 2 * SECOND);
	assert_string_equal(at(a, 2 * SECOND), "10.9.0.0/24 10.233.0.0/24 10.233.0.5/32");
	/* set again: the time goes on, it does not begin anew */
	aggregate_set_conf(a, &c, 20 * SECOND);
	assert_int_equal(aggregate_deadline(a), 31 * SECOND);
	assert_string_equal(at(a, 31 * SECOND), "10.9.0.0/24 10.233.0.5/32");
	aggregate_addr_del(a, &old_pod, 32 * SECOND);
	assert_string_equal(at(a, 32 * SECOND), "10.9.0.0/24");
	/* back to the first, while the second is on its way out; then there, too, it is owned again
	 */
	c.owned = &owned[0];
	aggregate_set_conf(a, &c, 40 * SECOND);
	assert_string_equal(at(a, 40 * SECOND), "10.9.0.0/24 10.9.0.7/32");
	c.owned = &other;
	aggregate_set_conf(a, &c, 50 * SECOND);
	assert_string_equal(at(a, 50 * SECOND), "10.9.0.0/24");
	assert_string_equal(at(a, 100 * SECOND), "10.9.0.0/24");
	aggregate_free(a);
}

/* Nobody is in it: it goes at once, since IPAM may give it to another node. */
static void moves_empty(void **state)
{
	struct aggregate *a = make(ADVERTISE_ALWAYS, true);
	struct prefix other = test_prefix("10.9.0.0/24");
	struct addr pod = test_addr("10.233.0.5");
	struct aggregate_conf c = {.advertise = ADVERTISE_ALWAYS,
				   .hold_down_us = 30 * SECOND,
				   .owned = &other,
				   .n_owned = 1};

	(void)state;
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.9.0.0/24");
	aggregate_free(a);

	/* the last pod leaves during the hold-down */
	a = make(ADVERTISE_ALWAYS, true);
	aggregate_addr_add(a, &pod, 0);
	aggregate_set_conf(a, &c, 0);
	assert_string_equal(at(a, 0), "10.9.0.0/24 10.233.0.0/24");
	aggregate_addr_del(a, &pod, SECOND);
	assert_string_equal(at(a, SECOND), "10.9.0.0/24");
	/* none at all is a change like any other */
	aggregate_addr_add(a, &pod, SECOND);
	c.n_owned = 0;
	aggregate_set_conf(a, &c, SECOND);
	assert_string_equal(at(a, SECOND), "");
	aggregate_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocated),         cmocka_unit_test(always),
		cmocka_unit_test(aggregate_address), cmocka_unit_test(outside),
		cmocka_unit_test(changes),           cmocka_unit_test(moves),
		cmocka_unit_test(moves_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
