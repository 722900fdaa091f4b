/* Next hops and the kernel's routes under them: what packets really take, what the kernel does not
 * tell, and the same answers as a naive model's. */
#include "test/unit/test.h"

#include "agent/rib/nexthop.h"

enum { UNICAST = 1, LOCAL = 2, BLACKHOLE = 6, UNREACHABLE = 7 };

static struct nexthop_table *table;

static int setup_table(void **state)
{
	(void)state;
	table = nexthop_table_new();
	return 0;
}

static int teardown_table(void **state)
{
	(void)state;
	nexthop_table_free(table);
	return 0;
}

/* gateway NULL: on the link. */
static struct kroute route(const char *prefix, const char *gateway, uint32_t ifindex)
{
	struct kroute r = {.table = 254, .type = UNICAST, .protocol = 4, .n_hops = 1};

	r.prefix = test_prefix(prefix);
	r.hops[0].ifindex = ifindex;
	if (gateway)
		r.hops[0].gateway = test_addr(gateway);
	return r;
}

static void add_hop(struct kroute *r, const char *gateway, uint32_t ifindex)
{
	struct hop *h = &r->hops[r->n_hops++];

	*h = (struct hop){.ifindex = ifindex};
	if (gateway)
		h->gateway = test_addr(gateway);
}

static struct kroute special(const char *prefix, uint8_t type)
{
	struct kroute r = {.table = 254, .type = type};

	r.prefix = test_prefix(prefix);
	return r;
}

static struct kroute local(const char *prefix)
{
	struct kroute r = route(prefix, NULL, 1);

	r.table = 255;
	r.type = LOCAL;
	return r;
}

static void add(struct kroute r)
{
	nexthop_kroute_add(table, &r);
}

static void del(struct kroute r)
{
	nexthop_kroute_del(table, &r);
}

static struct nexthop *ref(const char *addr, uint32_t ifindex)
{
	struct addr a = test_addr(addr);

	return nexthop_ref(table, &a, ifindex);
}

static void expect_hop(const struct nexthop *nh, int i, const char *gateway, uint32_t ifindex)
{
	struct addr a = test_addr(gateway);

	assert_true(i < nh->n_hops);
	assert_true(addr_eq(&nh->hops[i].gateway, &a));
	assert_int_equal(nh->hops[i].ifindex, ifindex);
}

static bool connected(const char *prefix)
{
	struct prefix p = test_prefix(prefix);

	return nexthop_is_connected(table, &p);
}

static void on_the_link(void **state)
{
	struct kroute subnet = route("10.1.0.0/24", NULL, 3);
	struct nexthop *nh;

	(void)state;
	subnet.metric = 100; /* as DHCP clients number their links */
	add(subnet);
	nh = ref("10.1.0.7", 0);
	assert_true(nh->reachable);
	assert_true(nh->connected);
	assert_int_equal(nh->n_hops, 1);
	expect_hop(nh, 0, "10.1.0.7", 3); /* itself, not a gateway */
	/* else two ToRs on two links would never be equal */
	assert_int_equal(nh->metric, 0);
	assert_null(nexthop_changed(table));
	nexthop_unref(table, nh);
}

/* Who does not answer on the link is reached by no way that leads there. */
static void silent_gateways(void **state)
{
	struct kroute via = route("0.0.0.0/0", "10.1.0.1", 3);
	struct hop asked[NEXTHOP_SILENT_MAX];
	struct nexthop *on_link, *behind, *only;
	struct hop h1 = via.hops[0], h2, h7 = {3, test_addr("10.1.0.7")};

	(void)state;
	add_hop(&via, "10.2.0.1", 4);
	h2 = via.hops[1];
	add(via);
	add(route("10.1.0.0/24", NULL, 3));
	add(route("10.9.0.0/24", "10.2.0.1", 4));
	on_link = ref("10.1.0.7", 0);
	behind = ref("10.77.0.9", 0);
	only = ref("10.9.0.9", 0);
	assert_true(nexthop_silent(table, &h1));
	assert_false(nexthop_silent(table, &h1));
	assert_ptr_equal(nexthop_changed(table), behind);
	assert_null(nexthop_changed(table));
	assert_int_equal(behind->n_hops, 1);
	expect_hop(behind, 0, "10.2.0.1", 4);
	assert_true(nexthop_silent(table, &h2));
	while (nexthop_changed(table))
		;
	assert_false(behind->reachable);
	assert_false(only->reachable);
	assert_true(on_link->reachable);
	/* the same address on another link is another; nobody wants to know of it */
	h7.ifindex = 4;
	assert_false(nexthop_silent(table, &h7));
	h7.ifindex = 3;
	assert_true(nexthop_silent(table, &h7));
	assert_ptr_equal(nexthop_changed(table), on_link);
	assert_false(on_link->reachable);
	assert_false(on_link->connected);
	assert_int_equal(nexthop_list_silent(table, asked), 3);
	nexthop_answers(table, &h7);
	assert_ptr_equal(nexthop_changed(table), on_link);
	assert_true(on_link->connected);
	/* those that nothing leads to any more are forgotten, and a link begins anew */
	nexthop_unref(table, only);
	assert_int_equal(nexthop_list_silent(table, asked), 2);
	nexthop_unref(table, behind);
	assert_int_equal(nexthop_list_silent(table, asked), 0);
	assert_true(nexthop_silent(table, &h7));
	nexthop_link(table, 3, false);
	nexthop_link(table, 3, true);
	assert_int_equal(nexthop_list_silent(table, asked), 0);
	while (nexthop_changed(table))
		;
	assert_true(on_link->reachable);
	nexthop_unref(table, on_link);
}

static void through_gateways(void **state)
{
	struct kroute via = route("0.0.0.0/0", "10.1.0.1", 3);
	struct nexthop *nh;

	(void)state;
	via.metric = 100;
	add_hop(&via, "10.2.0.1", 4);
	add(via);
	nh = ref("10.77.0.9", 0);
	assert_true(nh->reachable);
	assert_false(nh->connected);
	assert_int_equal(nh->metric, 100);
	assert_int_equal(nh->n_hops, 2);
	expect_hop(nh, 0, "10.1.0.1", 3);
	expect_hop(nh, 1, "10.2.0.1", 4);
	/* one step: what routes 10.1.0.1 is none of our business */
	add(special("10.1.0.0/24", BLACKHOLE));
	assert_null(nexthop_changed(table));
	nexthop_unref(table, nh);
}

static void longest_then_least_metric(void **state)
{
	struct kroute dear = route("10.0.0.0/8", "10.1.0.2", 3),
		      cheap = route("10.0.0.0/8", "10.1.0.3", 3),
		      longer = route("10.77.0.0/16", "10.1.0.4", 3);
	struct nexthop *nh = ref("10.77.0.9", 0);

	(void)state;
	assert_false(nh->reachable);
	dear.metric = 20;
	cheap.metric = 10;
	longer.metric = 5000;
	add(cheap);
	add(dear);
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.1.0.3", 3);
	assert_int_equal(nh->metric, 10);
	add(longer);
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.1.0.4", 3);
	del(longer);
	del(cheap);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_null(nexthop_changed(table));
	expect_hop(nh, 0, "10.1.0.2", 3);
	del(dear);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	assert_int_equal(nh->n_hops, 0);
	nexthop_unref(table, nh);
}

static void nowhere(void **state)
{
	struct nexthop *nh = ref("10.77.0.9", 0);
	struct addr own = test_addr("10.77.0.9"), other = test_addr("10.77.0.8");

	(void)state;
	add(route("0.0.0.0/0", "10.1.0.1", 3));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_true(nh->reachable);
	add(special("10.77.0.0/24", BLACKHOLE));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	del(special("10.77.0.0/24", BLACKHOLE));
	add(special("10.77.0.0/25", UNREACHABLE));
	assert_null(nexthop_changed(table)); /* as unreachable as before */
	del(special("10.77.0.0/25", UNREACHABLE));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_true(nh->reachable);
	/* an address of our own leads nowhere, whatever routes there are */
	add(local("10.77.0.9/32"));
	add(route("10.77.0.9/32", "10.1.0.1", 3));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	assert_true(nexthop_is_local(table, &own));
	assert_false(nexthop_is_local(table, &other));
	nexthop_unref(table, nh);
}

static void links(void **state)
{
	struct kroute both = route("10.77.0.0/16", "10.1.0.1", 3);
	struct nexthop *nh;

	(void)state;
	add_hop(&both, "10.2.0.1", 4);
	add(both);
	add(route("0.0.0.0/0", "10.9.0.1", 9));
	nh = ref("10.77.0.9", 0);
	assert_int_equal(nh->n_hops, 2);
	nexthop_link(table, 3, false);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_int_equal(nh->n_hops, 1);
	expect_hop(nh, 0, "10.2.0.1", 4);
	nexthop_link(table, 4, false);
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.9.0.1", 9); /* none left: the shorter prefix */
	nexthop_link(table, 9, false);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	nexthop_link(table, 4, true);
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.2.0.1", 4);
	nexthop_unref(table, nh);
}

static void link_local(void **state)
{
	struct nexthop *nh = ref("fe80::1", 3), *other = ref("fe80::1", 4);

	(void)state;
	assert_ptr_not_equal(nh, other);
	assert_true(nh->reachable);
	assert_true(nh->connected);
	expect_hop(nh, 0, "fe80::1", 3);
	expect_hop(other, 0, "fe80::1", 4);
	nexthop_link(table, 3, false);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	assert_int_equal(nh->n_hops, 0);
	assert_true(other->reachable);
	nexthop_unref(table, nh);
	nexthop_unref(table, other);
}

static void counted(void **state)
{
	struct nexthop *a = ref("10.1.0.1", 0), *b = ref("10.1.0.1", 7), *c = ref("10.1.0.2", 0);

	(void)state;
	assert_ptr_equal(a, b); /* the interface means nothing beside a global address */
	assert_int_equal(a->refs, 2);
	add(route("10.1.0.0/24", NULL, 3));
	/* queued ones may go before they are taken: first, last and only */
	nexthop_unref(table, c);
	nexthop_unref(table, a);
	assert_ptr_equal(nexthop_changed(table), b);
	assert_null(nexthop_changed(table));
	del(route("10.1.0.0/24", NULL, 3));
	nexthop_unref(table, b);
	assert_null(nexthop_changed(table));
	c = ref("10.1.0.3", 0);
	add(route("10.1.0.0/24", NULL, 3));
	assert_ptr_equal(nexthop_changed(table), c);
	nexthop_unref(table, c);
	nexthop_unref(table, NULL);
}

/* ip route replace: nothing is said about the old one, and its protocol may have been another. */
static void replaced_silently(void **state)
{
	struct kroute dhcp = route("10.9.0.0/24", "10.1.0.2", 3),
		      fixed = route("10.9.0.0/24", "10.1.0.3", 3);
	struct nexthop *nh;

	(void)state;
	dhcp.protocol = 16;
	add(dhcp);
	add(fixed);
	nh = ref("10.9.0.9", 0);
	expect_hop(nh, 0, "10.1.0.3", 3);
	del(dhcp); /* late news of what is no more */
	assert_null(nexthop_changed(table));
	del(fixed);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	/* a blackhole in its place, and back */
	add(fixed);
	add(special("10.9.0.0/24", BLACKHOLE));
	assert_null(nexthop_changed(table));
	del(fixed);
	assert_null(nexthop_changed(table));
	add(fixed);
	assert_ptr_equal(nexthop_changed(table), nh);
	del(special("10.9.0.0/24", BLACKHOLE));
	assert_null(nexthop_changed(table));
	assert_true(nh->reachable);
	nexthop_unref(table, nh);
}

/* One subnet on two links: both routes are there, the first is used. */
static void one_subnet_two_links(void **state)
{
	struct nexthop *nh;

	(void)state;
	add(route("10.1.0.0/24", NULL, 3));
	add(route("10.1.0.0/24", NULL, 4));
	nh = ref("10.1.0.7", 0);
	expect_hop(nh, 0, "10.1.0.7", 3);
	del(route("10.1.0.0/24", NULL, 3));
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.1.0.7", 4);
	assert_true(connected("10.1.0.0/24"));
	del(route("10.1.0.0/24", NULL, 4));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(connected("10.1.0.0/24"));
	nexthop_unref(table, nh);
}

/* IPv6: a hop that is appended comes with all of them, one that is deleted comes alone. */
static void hops_go_one_by_one(void **state)
{
	struct kroute one = route("2001:db8:9::/64", "2001:db8:1::2", 3), two;
	struct nexthop *nh;

	(void)state;
	two = one;
	add_hop(&two, "2001:db8:1::3", 3);
	add(one);
	add(two);
	nh = ref("2001:db8:9::9", 0);
	assert_int_equal(nh->n_hops, 2);
	del(one);
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_int_equal(nh->n_hops, 1);
	expect_hop(nh, 0, "2001:db8:1::3", 3);
	del(route("2001:db8:9::/64", "2001:db8:1::3", 3));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable);
	nexthop_unref(table, nh);
}

/* The IPv4 routes of a deleted link go without notification, those of several links too; of IPv6
 * the hop alone. */
static void link_deleted(void **state)
{
	struct kroute both = route("10.8.0.0/24", "10.1.0.1", 3),
		      six = route("2001:db8:8::/64", "2001:db8:1::2", 3);
	struct nexthop *nh4, *nh6;

	(void)state;
	add_hop(&both, "10.2.0.1", 4);
	add_hop(&six, "2001:db8:2::2", 4);
	add(both);
	add(six);
	add(route("10.2.0.0/24", NULL, 4));
	nh4 = ref("10.8.0.9", 0);
	nh6 = ref("2001:db8:8::9", 0);
	nexthop_link(table, 4, false);
	nexthop_link_gone(table, 4);
	while (nexthop_changed(table))
		;
	assert_false(nh4->reachable);
	assert_false(connected("10.2.0.0/24"));
	assert_true(nh6->reachable);
	assert_int_equal(nh6->n_hops, 1);
	expect_hop(nh6, 0, "2001:db8:1::2", 3);
	/* a link of that number again: nothing comes back with it */
	nexthop_link(table, 4, true);
	assert_null(nexthop_changed(table));
	nexthop_unref(table, nh4);
	nexthop_unref(table, nh6);
}

/* Was it just the carrier, or was the link set down, and the routes with it? */
static void link_up_again(void **state)
{
	(void)state;
	assert_false(nexthop_link(table, 3, true));
	add(route("10.1.0.0/24", NULL, 3));
	add(route("2001:db8:2::/64", NULL, 4));
	assert_false(nexthop_link(table, 3, false));
	assert_false(nexthop_link(table, 3, false));
	assert_true(nexthop_link(table, 3, true));
	assert_false(nexthop_link(table, 3, true));
	/* heard of again since it went down: no doubt, and so a pod's new link costs nothing */
	nexthop_link(table, 3, false);
	add(route("10.1.0.0/24", NULL, 3));
	assert_false(nexthop_link(table, 3, true));
	/* of IPv6 every route is told */
	nexthop_link(table, 4, false);
	assert_false(nexthop_link(table, 4, true));
}

static void resync(void **state)
{
	struct nexthop *nh;

	(void)state;
	nexthop_link(table, 4, false);
	add(route("10.77.0.0/16", "10.1.0.1", 4));
	add(route("10.1.0.0/24", NULL, 3));
	add(route("0.0.0.0/0", "10.1.0.9", 3));
	nh = ref("10.77.0.9", 0);
	expect_hop(nh, 0, "10.1.0.9", 3);
	nexthop_resync_begin(table);
	nexthop_link(table, 3, true);
	add(route("10.1.0.0/24", NULL, 3));
	add(route("10.77.0.0/16", "10.1.0.5", 3));
	nexthop_resync_end(table);
	assert_ptr_equal(nexthop_changed(table), nh);
	expect_hop(nh, 0, "10.1.0.5", 3);
	del(route("10.77.0.0/16", "10.1.0.5", 3));
	assert_ptr_equal(nexthop_changed(table), nh);
	assert_false(nh->reachable); /* the default route was not named again */
	nexthop_unref(table, nh);
}

static void questions(void **state)
{
	struct prefix p = test_prefix("10.233.0.0/24"), q = test_prefix("10.233.0.0/25");

	(void)state;
	add(route("0.0.0.0/0", NULL, 3)); /* a default route that is "on the link" */
	add(route("10.1.0.0/24", NULL, 3));
	add(route("10.2.0.0/24", "10.1.0.1", 3));
	add(special("10.3.0.0/24", BLACKHOLE));
	add(local("10.4.0.4/32"));
	add(route("2001:db8::/64", NULL, 3));
	assert_true(connected("10.1.0.0/24"));
	assert_true(connected("10.1.0.128/25"));
	assert_true(connected("10.1.0.1/32"));
	assert_false(connected("10.1.0.0/23"));
	assert_false(connected("10.2.0.0/24"));
	assert_false(connected("10.3.0.0/24"));
	assert_true(connected("10.4.0.4/32"));
	assert_false(connected("10.4.0.0/24"));
	assert_false(connected("0.0.0.0/0"));
	assert_true(connected("2001:db8::/96"));
	assert_false(connected("2001:db8::/48"));
	assert_false(nexthop_has_kroute(table, &p));
	add(route("10.233.0.0/24", "10.233.0.1", 5));
	assert_true(nexthop_has_kroute(table, &p));
	assert_false(nexthop_has_kroute(table, &q));
}

/* ---- any order ------------------------------------------------------------------------------- */

#define MODEL_ROUTES 200
#define MODEL_LINKS  5
#define MODEL_NEXTS  12

static struct kroute model[MODEL_ROUTES];
static bool there[MODEL_ROUTES];
static bool link_down[MODEL_LINKS];

/* 10.x.y.0 of many lengths and two metrics, one hop on the link, or several gateways, or none. */
static struct kroute random_route(uint32_t *rnd)
{
	static const uint8_t lens[] = {0, 8, 12, 16, 20, 24, 28, 32};
	struct kroute r = {.table = 254, .type = UNICAST};
	uint32_t v = test_random(rnd);
	struct addr a = addr_ip4(0x0a000000u | (v & 0x00030101));

	r.prefix = prefix_make(&a, lens[(v >> 24) % 8]);
	r.metric = (v >> 20) % 2;
	switch ((v >> 28) % 4) {
	case 0:
		r.type = BLACKHOLE;
		break;
	case 1:
		r.n_hops = 1;
		r.hops[0].ifindex = test_random(rnd) % MODEL_LINKS;
		break;
	default:
		r.n_hops = (uint8_t)(1 + test_random(rnd) % 3);
		for (int i = 0; i < r.n_hops; i++) {
			r.hops[i].ifindex = test_random(rnd) % MODEL_LINKS;
			r.hops[i].gateway = addr_ip4(0x01010100u + (uint32_t)i);
		}
	}
	return r;
}

static bool same_place(const struct kroute *a, const struct kroute *b)
{
	return prefix_eq(&a->prefix, &b->prefix) && a->metric == b->metric;
}

static int alive(const struct kroute *r)
{
	int n = 0;

	for (int i = 0; i < r->n_hops; i++)
		n += !link_down[r->hops[i].ifindex];
	return n;
}

/* The naive answer: every route looked at. */
static const struct kroute *model_match(const struct addr *a)
{
	const struct kroute *best = NULL;

	for (int i = 0; i < MODEL_ROUTES; i++) {
		const struct kroute *r = &model[i];

		if (!there[i] || !prefix_contains(&r->prefix, a) ||
		    (r->type == UNICAST && !alive(r)))
			continue;
		if (!best || r->prefix.len > best->prefix.len ||
		    (r->prefix.len == best->prefix.len && r->metric < best->metric))
			best = r;
	}
	return best;
}

static void expect_connected(const char *prefix)
{
	char text[PREFIX_STRLEN] = "none";
	struct prefix p;

	if (nexthop_connected_changed(table, &p))
		prefix_str(&p, text);
	assert_string_equal(text, prefix ? prefix : "none");
}

/* What import calls connected, and the moments when it may be another thing. */
static void connected_changes(void **state)
{
	struct kroute two = route("2001:db8::/64", NULL, 1);

	(void)state;
	expect_connected(NULL);
	add(route("10.1.0.0/16", NULL, 1));
	expect_connected("10.1.0.0/16");
	expect_connected(NULL);
	add(route("10.1.0.0/16", NULL, 1)); /* renewed */
	add(route("10.2.0.0/16", "10.1.0.1", 1));
	add(route("0.0.0.0/0", NULL, 1));
	add(special("10.3.0.0/16", BLACKHOLE));
	del(route("10.2.0.0/16", "10.1.0.1", 1));
	expect_connected(NULL);
	add(local("10.1.0.5/32"));
	expect_connected("10.1.0.5/32");
	del(local("10.1.0.5/32"));
	expect_connected("10.1.0.5/32");
	/* a route by way of a gateway takes its place, and it that one's */
	add(route("10.1.0.0/16", "10.9.0.1", 1));
	expect_connected("10.1.0.0/16");
	add(route("10.1.0.0/16", NULL, 1));
	expect_connected("10.1.0.0/16");
	/* one that is in another that has changed as well is not told again */
	del(route("10.1.0.0/16", NULL, 1));
	add(route("10.1.7.0/24", NULL, 1));
	expect_connected("10.1.0.0/16");
	expect_connected(NULL);
	/* its link goes */
	add_hop(&two, NULL, 2);
	add(two);
	expect_connected("2001:db8::/64");
	nexthop_link_gone(table, 1);
	expect_connected("10.1.7.0/24");
	expect_connected(NULL);
	nexthop_link_gone(table, 2);
	expect_connected("2001:db8::/64");
	expect_connected(NULL);
	/* a re-dump tells what was missed, and no more */
	add(route("10.4.0.0/16", NULL, 3));
	add(route("10.5.0.0/16", NULL, 3));
	expect_connected("10.5.0.0/16");
	expect_connected("10.4.0.0/16");
	nexthop_resync_begin(table);
	add(route("10.4.0.0/16", NULL, 3));
	nexthop_resync_end(table);
	expect_connected("10.5.0.0/16");
	expect_connected(NULL);
	/* more than are told apart */
	for (unsigned int i = 0; i < 20; i++) {
		struct kroute r = route("10.4.0.0/16", NULL, 3);

		r.prefix.b[1] = (uint8_t)(100 + i);
		add(r);
	}
	expect_connected("::/0");
	expect_connected("0.0.0.0/0");
	expect_connected(NULL);
}

static void check_model(int step, struct nexthop *const *tracked)
{
	for (int k = 0; k < MODEL_NEXTS; k++) {
		const struct nexthop *nh = tracked[k];
		const struct kroute *r = model_match(&nh->addr);
		bool want = r && r->type == UNICAST;
		int n = 0;

		if (nh->reachable != want)
			fail_msg("step %d, next hop %d: reachable %d", step, k, nh->reachable);
		for (int i = 0; want && i < r->n_hops; i++) {
			struct hop h = r->hops[i];

			if (link_down[h.ifindex])
				continue;
			if (h.gateway.afi == AFI_NONE)
				h.gateway = nh->addr;
			if (n >= nh->n_hops || !hop_eq(&h, &nh->hops[n++]))
				fail_msg("step %d, next hop %d: hop %d", step, k, i);
		}
		assert_int_equal(n, nh->n_hops);
	}
}

static void any_order(void **state)
{
	struct nexthop *tracked[MODEL_NEXTS];
	uint32_t rnd = 815;

	(void)state;
	memset(there, 0, sizeof(there));
	memset(link_down, 0, sizeof(link_down));
	for (uint32_t k = 0; k < MODEL_NEXTS; k++) {
		struct addr a = addr_ip4(0x0a000000u | (k & 3) << 16 | (k & 4) << 6 | (k & 8) >> 3);

		tracked[k] = nexthop_ref(table, &a, 0);
	}
	for (int step = 0; step < 10000; step++) {
		uint32_t i = test_random(&rnd) % MODEL_ROUTES, what = test_random(&rnd) % 100;

		if (what < 60) {
			struct kroute r = random_route(&rnd);

			/* of one place in the kernel only one: what stands side by side has a test
			 * of its own */
			for (int x = 0; x < MODEL_ROUTES; x++) {
				if (!there[x] || !same_place(&model[x], &r))
					continue;
				if (!r.hops[0].gateway.afi || !model[x].hops[0].gateway.afi)
					del(model[x]);
				there[x] = false;
			}
			if (there[i])
				del(model[i]);
			model[i] = r;
			there[i] = true;
			add(r);
		} else if (what < 90) {
			if (there[i])
				del(model[i]);
			there[i] = false;
		} else {
			i %= MODEL_LINKS;
			link_down[i] = !link_down[i];
			nexthop_link(table, i, !link_down[i]);
		}
		if (step % 7)
			continue;
		while (nexthop_changed(table))
			;
		check_model(step, tracked);
	}
	for (int k = 0; k < MODEL_NEXTS; k++)
		nexthop_unref(table, tracked[k]);
}

/* Thousands of each: tables grow, and nothing is lost on the way. */
static void many(void **state)
{
	static struct nexthop *nhs[3000];
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct addr a = addr_ip4(0x0a000001u + (i << 8));

		nhs[i] = nexthop_ref(table, &a, 0);
		assert_false(nhs[i]->reachable);
	}
	for (uint32_t i = 0; i < 3000; i++) {
		struct kroute r = route("10.0.0.0/24", "10.255.0.1", 1);

		r.prefix = prefix_make(&nhs[i]->addr, 24);
		r.metric = i % 3;
		add(r);
	}
	while (nexthop_changed(table))
		n++;
	assert_int_equal(n, 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		assert_true(nhs[i]->reachable);
		assert_int_equal(nhs[i]->metric, i % 3);
		nexthop_unref(table, nhs[i]);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_table, teardown_table)
	const struct CMUnitTest tests[] = {
		TEST(on_the_link),
		TEST(silent_gateways),
		TEST(through_gateways),
		TEST(longest_then_least_metric),
		TEST(nowhere),
		TEST(links),
		TEST(link_local),
		TEST(counted),
		TEST(replaced_silently),
		TEST(one_subnet_two_links),
		TEST(hops_go_one_by_one),
		TEST(link_deleted),
		TEST(link_up_again),
		TEST(resync),
		TEST(questions),
		TEST(any_order),
		TEST(many),
		TEST(connected_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
