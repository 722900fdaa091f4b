/*
 * route: show ip route [bgp]: what is in the kernel of ours.
 *
 * The lines are EOS's: " %-8s %s [%u/%u] via %s, %s", further next hops below the first "via".
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

struct row {
	const char *code;
	const char *type; /* EOS's routeType */
	struct prefix prefix;
	uint32_t metric;
	bool discard;
	size_t n;
	struct hop hops[FIB_HOPS_MAX];
};

/* Where rows go: text, or a JSON object of routes. */
struct sink {
	const struct show_args *a;
	cJSON *routes;
	size_t count;
};

static void put_text(const struct show_args *a, const struct row *r)
{
	char head[128], pfx[PREFIX_STRLEN], gw[ADDR_STRLEN];
	int indent = snprintf(head, sizeof(head), " %-8s %s [%u/%u]", r->code,
			      prefix_str(&r->prefix, pfx), DISTANCE, r->metric);

	text_puts(a->out, head);
	if (r->discard)
		text_puts(a->out, " is directly connected, Null0\n");
	for (size_t i = 0; i < r->n; i++)
		text_printf(a->out, "%*s via %s, %s\n", i ? indent : 0, "",
			    addr_str(&r->hops[i].gateway, gw),
			    a->st->ifname(a->st->ctx, r->hops[i].ifindex));
}

static void put_json(struct sink *s, const struct row *r)
{
	char pfx[PREFIX_STRLEN], gw[ADDR_STRLEN];
	cJSON *o = cJSON_CreateObject();
	cJSON *vias;

	cJSON_AddStringToObject(o, "routeType", r->type);
	cJSON_AddStringToObject(o, "routeAction", r->discard ? "drop" : "forward");
	cJSON_AddBoolToObject(o, "kernelProgrammed", true);
	cJSON_AddNumberToObject(o, "preference", DISTANCE);
	cJSON_AddNumberToObject(o, "metric", r->metric);
	vias = cJSON_AddArrayToObject(o, "vias");
	for (size_t i = 0; i < r->n; i++) {
		cJSON *v = cJSON_CreateObject();

		cJSON_AddStringToObject(v, "nexthopAddr", addr_str(&r->hops[i].gateway, gw));
		cJSON_AddStringToObject(v, "interface",
					s->a->st->ifname(s->a->st->ctx, r->hops[i].ifindex));
		cJSON_AddItemToArray(vias, v);
	}
	cJSON_AddItemToObject(s->routes, prefix_str(&r->prefix, pfx), o);
}

static void put(struct sink *s, const struct row *r)
{
	s->count++;
	if (s->a->json)
		put_json(s, r);
	else
		put_text(s->a, r);
}

static bool in_kernel(const struct show_args *a, const struct prefix *p, struct row *r)
{
	r->prefix = *p;
	r->metric = 0;
	return fib_lookup(a->st->fib, p, r->hops, FIB_HOPS_MAX, &r->n, &r->discard);
}

static void put_learned(struct sink *s, const struct rib_entry *e)
{
	struct row r;
	const struct path *best = e->n_multipath ? &e->paths[0] : NULL;
	const struct attr_set *set;
	bool ibgp;

	/* what was refused may be one of our own prefixes, which have a discard route */
	if (!best || !in_kernel(s->a, &e->prefix, &r))
		return;
	ibgp = rib_peer_at(s->a->st->rib, best->peer)->ibgp;
	r.code = ibgp ? "B I" : "B E";
	r.type = ibgp ? "iBGP" : "eBGP";
	set = &rib_path_attrs(s->a->st->rib, best)->set;
	if (set->has & ATTR_HAS_MED)
		r.metric = set->med;
	put(s, &r);
}

/* In the order of prefixes, ours among the learned. */
static void put_all(struct sink *s, bool ours)
{
	const struct show_state *st = s->a->st;
	struct rib_walk *w = rib_walk_new(st->rib, s->a->afi);
	unsigned int all = RIB_WALK_ALL;
	const struct rib_entry *e = rib_walk_next(w, &all);
	size_t i = 0;

	while (e || (ours && i < st->n_locals)) {
		bool local = ours && i < st->n_locals &&
			     (!e || prefix_cmp(&st->locals[i].prefix, &e->prefix) < 0);
		struct row r = {.code = "A B", .type = "bgpAggregate"};

		if (!local) {
			put_learned(s, e);
			e = rib_walk_next(w, &all);
			continue;
		}
		if (st->locals[i].prefix.afi == s->a->afi &&
		    in_kernel(s->a, &st->locals[i].prefix, &r))
			put(s, &r);
		i++;
	}
	rib_walk_free(w);
}

static void show(const struct show_args *a, bool ours)
{
	struct sink s = {.a = a};
	cJSON *root = NULL, *vrf;

	if (a->json) {
		root = cJSON_CreateObject();
		vrf = cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "vrfs"), "default");
		cJSON_AddBoolToObject(vrf, "allRoutesProgrammedKernel",
				      fib_counters(a->st->fib)->routes > 0);
		s.routes = cJSON_AddObjectToObject(vrf, "routes");
		put_all(&s, ours);
		show_json(root, a->out);
		return;
	}
	text_printf(a->out, "\nVRF: default\n%s\n", codes_ip4);
	put_all(&s, ours);
	if (s.count)
		text_puts(a->out, "\n");
}

void show_route(const struct show_args *a)
{
	show(a, true);
}

void show_route_bgp(const struct show_args *a)
{
	show(a, false);
}
