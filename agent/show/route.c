/*
 * route: show ip route [bgp | PREFIX]: what is in the kernel of ours.
 *
 * The lines are EOS's: " %-8s %s [%u/%u] via %s, %s", further next hops below the first "via"; of
 * IPv6 each next hop has a line of its own.
 */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

#define DISTANCE 200u /* EOS's for BGP, both kinds, unless configured */

static const char codes_ip4[] =
	"Codes: C - connected, S - static, K - kernel,\n"
	"       O - OSPF, IA - OSPF inter area, E1 - OSPF external type 1,\n"
	"       E2 - OSPF external type 2, N1 - OSPF NSSA external type 1,\n"
	"       N2 - OSPF NSSA external type2, B I - iBGP, B E - eBGP,\n"
	"       R - RIP, I L1 - IS-IS level 1, I L2 - IS-IS level 2,\n"
	"       O3 - OSPFv3, A B - BGP Aggregate, A O - OSPF Summary,\n"
	"       NG - Nexthop Group Static Route, V - VXLAN Control Service,\n"
	"       DH - DHCP client installed default route, M - Martian,\n"
	"       DP - Dynamic Policy Route\n";

static const char codes_ip6[] = "Codes: C - connected, S - static, K - kernel, O3 - OSPFv3,\n"
				"       B - Other BGP Routes, A B - BGP Aggregate, R - RIP,\n"
				"       I L1 - IS-IS level 1, I L2 - IS-IS level 2, DH - DHCP,\n"
				"       NG - Nexthop Group Static Route, M - Martian,\n"
				"       DP - Dynamic Policy Route, L - VRF Leaked\n";

enum phase {
	PHASE_BEGIN,
	PHASE_ROWS,
};

struct row {
	const char *code;
	const char *type; /* EOS's routeType */
	struct prefix prefix;
	uint32_t metric;
	bool discard;
	size_t n;
	struct hop hops[FIB_HOPS_MAX];
};

static void put_text(const struct show_args *a, const struct row *r)
{
	char head[128], pfx[PREFIX_STRLEN], gw[ADDR_STRLEN];
	bool six = r->prefix.afi == AFI_IP6;
	int indent = snprintf(head, sizeof(head), " %-8s %s [%u/%u]", r->code,
			      prefix_str(&r->prefix, pfx), DISTANCE, r->metric);

	text_puts(a->out, head);
	if (r->discard)
		text_puts(a->out, six ? "\n           via Null0, directly connected\n"
				      : " is directly connected, Null0\n");
	else if (six)
		text_puts(a->out, "\n");
	for (size_t i = 0; i < r->n; i++)
		text_printf(a->out, "%*s via %s, %s\n",
			    six ? 10
			    : i ? indent
				: 0,
			    "", addr_str(&r->hops[i].gateway, gw),
			    a->st->ifname(a->st->ctx, r->hops[i].ifindex));
}

static void put_json(const struct show_args *a, const struct row *r)
{
	char pfx[PREFIX_STRLEN], gw[ADDR_STRLEN];

	json_write_object(a->js, prefix_str(&r->prefix, pfx));
	json_write_string(a->js, "routeType", r->type);
	json_write_string(a->js, "routeAction", r->discard ? "drop" : "forward");
	json_write_bool(a->js, "kernelProgrammed", true);
	json_write_bool(a->js, "directlyConnected", false);
	json_write_uint(a->js, "preference", DISTANCE);
	json_write_uint(a->js, "metric", r->metric);
	json_write_array(a->js, "vias");
	for (size_t i = 0; i < r->n; i++) {
		json_write_object(a->js, NULL);
		json_write_string(a->js, "nexthopAddr", addr_str(&r->hops[i].gateway, gw));
		json_write_string(a->js, "interface",
				  a->st->ifname(a->st->ctx, r->hops[i].ifindex));
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_end(a->js);
}

static void put(const struct show_args *a, const struct row *r)
{
	a->at->count++;
	if (a->json)
		put_json(a, r);
	else
		put_text(a, r);
}

static bool in_kernel(const struct show_args *a, const struct prefix *p, struct row *r)
{
	r->prefix = *p;
	r->metric = 0;
	return fib_lookup(a->st->fib, p, r->hops, FIB_HOPS_MAX, &r->n, &r->discard);
}

static void put_learned(const struct show_args *a, const struct rib_entry *e)
{
	struct row r;
	const struct path *best = e->n_multipath ? &e->paths[0] : NULL;
	const struct attr_set *set;
	bool ibgp;

	/* what was refused may be one of our own prefixes, which have a discard route */
	if (!best || !in_kernel(a, &e->prefix, &r))
		return;
	ibgp = rib_peer_at(a->st->rib, best->peer)->ibgp;
	r.code = ibgp ? "B I" : "B E";
	r.type = ibgp ? "iBGP" : "eBGP";
	set = &rib_path_attrs(a->st->rib, best)->set;
	if (set->has & ATTR_HAS_MED)
		r.metric = set->med;
	put(a, &r);
}

/* Ours up to the prefix, or all that are left (NULL). */
static void put_ours(const struct show_args *a, const struct prefix *upto)
{
	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct prefix *p = &a->st->locals[i].prefix;
		struct row r = {.code = "A B", .type = "bgpAggregate"};

		if (p->afi != a->afi || prefix_cmp(p, &a->at->last) <= 0)
			continue;
		if (upto && prefix_cmp(p, upto) > 0)
			return;
		a->at->last = *p;
		if (in_kernel(a, p, &r))
			put(a, &r);
	}
}

static void put_blocked(const struct show_args *a, const struct prefix *p)
{
	static const char why[] = "a route of somebody else's has its table and metric";
	char text[PREFIX_STRLEN];

	a->at->count++;
	if (!a->json) {
		text_printf(a->out, " %-8s %s is not installed: %s\n", "", prefix_str(p, text),
			    why);
		return;
	}
	json_write_object(a->js, prefix_str(p, text));
	json_write_bool(a->js, "kernelProgrammed", false);
	json_write_string(a->js, "reason", why);
	json_write_end(a->js);
}

static void put_head(const struct show_args *a)
{
	struct prefix example;

	if (!a->json) {
		text_printf(a->out, "\nVRF: default\n%s\n",
			    a->afi == AFI_IP6 ? codes_ip6 : codes_ip4);
		return;
	}
	show_json_vrf(a);
	json_write_bool(a->js, "allRoutesProgrammedKernel",
			fib_idle(a->st->fib) && !fib_failed(a->st->fib) &&
				!fib_blocked(a->st->fib, &example));
	json_write_object(a->js, "routes");
}

static bool put_end(const struct show_args *a)
{
	if (a->json) {
		json_write_end(a->js);
		show_json_vrf_end(a);
	} else if (a->at->count) {
		text_puts(a->out, "\n");
	}
	return true;
}

static bool put_all(const struct show_args *a, bool ours)
{
	const struct rib_entry *e;

	if (a->at->phase == PHASE_BEGIN) {
		a->at->walk = rib_walk_new(a->st->rib, a->afi);
		put_head(a);
		a->at->phase = PHASE_ROWS;
	}
	/* in the order of prefixes, ours among the learned */
	while ((e = rib_walk_next(a->at->walk, a->budget))) {
		if (ours)
			put_ours(a, &e->prefix);
		put_learned(a, e);
	}
	if (!rib_walk_over(a->at->walk))
		return false;
	if (ours)
		put_ours(a, NULL);
	return put_end(a);
}

static bool is_ours(const struct show_args *a, const struct prefix *p)
{
	for (size_t i = 0; i < a->st->n_locals; i++) {
		if (prefix_eq(&a->st->locals[i].prefix, p))
			return true;
	}
	return false;
}

/* The one route: of the prefix, or the longest match of an address. */
static void put_one(const struct show_args *a)
{
	struct row r = {.code = "A B", .type = "bgpAggregate"};
	struct prefix p;
	struct addr addr;
	bool host_bits, match = !strchr(a->arg, '/');
	unsigned int count = (unsigned int)a->at->count;

	prefix_parse(a->arg, &p, &host_bits);
	addr = prefix_addr(&p);
	for (int len = p.len; len >= 0 && a->at->count == count; len = match ? len - 1 : -1) {
		struct prefix at = prefix_make(&addr, (unsigned int)len);
		const struct rib_entry *e = rib_find(a->st->rib, &at);

		if (fib_is_blocked(a->st->fib, &at))
			put_blocked(a, &at);
		else if (is_ours(a, &at) && in_kernel(a, &at, &r))
			put(a, &r);
		else if (e)
			put_learned(a, e);
	}
}

bool show_route(const struct show_args *a)
{
	if (!a->arg)
		return put_all(a, true);
	put_head(a);
	put_one(a);
	return put_end(a);
}

bool show_route_bgp(const struct show_args *a)
{
	return put_all(a, false);
}
