/* bgp: show ip bgp [PREFIX | ADDRESS], and the routes of one neighbour. */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

static const char legend[] =
	"Route status codes: s - suppressed, * - valid, > - active, E - ECMP head, e - ECMP\n"
	"                    S - Stale, c - Contributing to ECMP, b - backup, L - labeled-unicast\n"
	"Origin codes: i - IGP, e - EGP, ? - incomplete\n";

static char origin_char(const struct attr_set *s)
{
	static const char chars[] = {'i', 'e', '?'};

	return chars[s->origin % 3];
}

static void put_head(const struct show_args *a)
{
	struct addr id = addr_ip4(a->st->router_id);
	char text[ADDR_STRLEN];

	text_printf(a->out,
		    "BGP routing table information for VRF default\n"
		    "Router identifier %s, local AS number %u\n%s\n"
		    "          %-22s %-21s %-7s %-8s %-7s Path\n",
		    addr_str(&id, text), a->st->local_as, legend, "Network", "Next Hop", "Metric",
		    "LocPref", "Weight");
}

static void put_path(const struct show_args *a, const struct rib_entry *e, size_t i, bool reason)
{
	const struct path *p = &e->paths[i];
	const struct attr_set *s = &rib_path_attrs(a->st->rib, p)->set;
	bool used = i < e->n_multipath;
	char pfx[PREFIX_STRLEN], nh[ADDR_STRLEN], path[256], med[12] = "-", lp[12];
	char flags[8];

	snprintf(flags, sizeof(flags), "%c%c%c%c", rib_path_usable(a->st->rib, e, p) ? '*' : ' ',
		 used && !i ? '>' : ' ',
		 e->n_multipath < 2 || !used ? ' '
		 : i                         ? 'e'
					     : 'E',
		 rib_path_stale(a->st->rib, e, p) ? 'S'
		 : used && e->n_multipath > 1     ? 'c'
						  : ' ');
	if (s->has & ATTR_HAS_MED)
		snprintf(med, sizeof(med), "%u", s->med);
	snprintf(lp, sizeof(lp), "%u", s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : 100);
	as_path_str(s, false, path, sizeof(path));
	text_printf(a->out, " %-8s %-22s %-21s %-7s %-8s %-7s %s%s%c", flags,
		    prefix_str(&e->prefix, pfx), addr_str(&s->nexthop, nh), med, lp, "0", path,
		    *path ? " " : "", origin_char(s));
	if (reason && p->reject)
		text_printf(a->out, "   rejected: %s", reject_str((enum reject)p->reject));
	text_puts(a->out, "\n");
}

static cJSON *path_json(const struct show_args *a, const struct rib_entry *e, size_t i)
{
	const struct path *p = &e->paths[i];
	const struct attr_set *s = &rib_path_attrs(a->st->rib, p)->set;
	const struct rib_peer *rp = rib_peer_at(a->st->rib, p->peer);
	static const char *const origins[] = {"Igp", "Egp", "Incomplete"};
	cJSON *o = cJSON_CreateObject(), *type;
	char text[256];

	cJSON_AddStringToObject(o, "nextHop", addr_str(&s->nexthop, text));
	as_path_str(s, false, text, sizeof(text));
	cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "asPathEntry"), "asPath", text);
	cJSON_AddNumberToObject(o, "med", s->has & ATTR_HAS_MED ? s->med : 0);
	cJSON_AddNumberToObject(o, "localPreference",
				s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : 100);
	cJSON_AddNumberToObject(o, "weight", 0);
	cJSON_AddStringToObject(o, "origin", origins[s->origin % 3]);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "peerEntry"), "peerAddr",
				addr_str(&rp->addr, text));
	type = cJSON_AddObjectToObject(o, "routeType");
	cJSON_AddBoolToObject(type, "valid", rib_path_usable(a->st->rib, e, p));
	cJSON_AddBoolToObject(type, "active", e->n_multipath && !i);
	cJSON_AddBoolToObject(type, "ecmp", e->n_multipath > 1 && i < e->n_multipath);
	cJSON_AddBoolToObject(type, "stale", rib_path_stale(a->st->rib, e, p));
	if (p->reject)
		cJSON_AddStringToObject(o, "reasonRejected", reject_str((enum reject)p->reject));
	return o;
}

static void put_entry(const struct show_args *a, const struct rib_entry *e, cJSON *entries)
{
	cJSON *paths = NULL, *o;
	char pfx[PREFIX_STRLEN];

	if (entries) {
		o = cJSON_CreateObject();
		paths = cJSON_AddArrayToObject(o, "bgpRoutePaths");
		cJSON_AddItemToObject(entries, prefix_str(&e->prefix, pfx), o);
	}
	for (size_t i = 0; i < e->n_paths; i++) {
		if (entries)
			cJSON_AddItemToArray(paths, path_json(a, e, i));
		else
			put_path(a, e, i, false);
	}
}

/* One entry in full: every path with what decided it. */
static void put_detail(const struct show_args *a, const struct rib_entry *e)
{
	char text[256], pfx[PREFIX_STRLEN];

	text_printf(a->out, "BGP routing table entry for %s\n Paths: %u available, %u used\n",
		    prefix_str(&e->prefix, pfx), e->n_paths, e->n_multipath);
	for (size_t i = 0; i < e->n_paths; i++) {
		const struct path *p = &e->paths[i];
		const struct attr_set *s = &rib_path_attrs(a->st->rib, p)->set;
		const struct rib_peer *rp = rib_peer_at(a->st->rib, p->peer);
		const struct nexthop *nh = rib_path_nexthop(a->st->rib, p);
		struct addr id = addr_ip4(rp->remote_id);
		struct rd rd = rd_init(s->communities, s->communities_len);
		uint32_t community;

		as_path_str(s, false, text, sizeof(text));
		text_printf(a->out, "  %s\n", *text ? text : "Local");
		text_printf(a->out, "    %s from", addr_str(&s->nexthop, text));
		text_printf(a->out, " %s", addr_str(&rp->addr, text));
		text_printf(a->out, " (%s)\n", addr_str(&id, text));
		text_printf(a->out,
			    "      Origin %s, metric %u, localpref %u, IGP metric %u, %s%s%s\n",
			    s->origin == ORIGIN_IGP   ? "IGP"
			    : s->origin == ORIGIN_EGP ? "EGP"
						      : "INCOMPLETE",
			    s->has & ATTR_HAS_MED ? s->med : 0,
			    s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : 100, nh ? nh->metric : 0,
			    rp->ibgp ? "internal" : "external",
			    i < e->n_multipath ? i ? ", ECMP" : ", best" : "",
			    rib_path_stale(a->st->rib, e, p) ? ", stale" : "");
		if (rd_left(&rd))
			text_puts(a->out, "      Community:");
		while (rd_u32(&rd, &community))
			text_printf(a->out, " %u:%u", community >> 16, community & 0xffff);
		if (s->communities_len)
			text_puts(a->out, "\n");
		if (p->reject)
			text_printf(a->out, "      Rejected: %s\n",
				    reject_str((enum reject)p->reject));
		else if (nh && !nh->reachable)
			text_puts(a->out, "      Next hop is unreachable\n");
		else if (nh && rp->connected && !nh->connected)
			text_puts(a->out, "      Next hop is not on a connected subnet\n");
	}
}

static void put_table(const struct show_args *a, cJSON *entries)
{
	struct rib_walk *w = rib_walk_new(a->st->rib, a->afi);
	unsigned int all = RIB_WALK_ALL;
	const struct rib_entry *e;

	if (!entries)
		put_head(a);
	while ((e = rib_walk_next(w, &all)))
		put_entry(a, e, entries);
	rib_walk_free(w);
}

void show_bgp(const struct show_args *a)
{
	const struct rib_entry *e = NULL;
	cJSON *root = NULL, *entries = NULL;
	struct prefix p;
	struct addr addr;
	bool host_bits;

	if (a->arg) {
		prefix_parse(a->arg, &p, &host_bits);
		addr = prefix_addr(&p);
		e = strchr(a->arg, '/') ? rib_find(a->st->rib, &p) : rib_match(a->st->rib, &addr);
	}
	if (a->json) {
		root = cJSON_CreateObject();
		entries = cJSON_AddObjectToObject(
			cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "vrfs"), "default"),
			"bgpRouteEntries");
		if (e)
			put_entry(a, e, entries);
		else if (!a->arg)
			put_table(a, entries);
		show_json(root, a->out);
	} else if (e) {
		put_detail(a, e);
	} else if (a->arg) {
		text_puts(a->out, "% Network not in table\n");
	} else {
		put_table(a, NULL);
	}
}

/* ---- of one neighbour -------------------------------------------------------------------------
 */

static const struct show_peer *find_peer(const struct show_args *a)
{
	for (size_t i = 0; i < a->st->n_peers; i++) {
		if (strcmp(a->st->peers[i].name, a->arg) == 0)
			return &a->st->peers[i];
	}
	return NULL;
}

static void put_advertised(const struct show_args *a, const struct show_peer *peer)
{
	const struct attrs *attrs;
	struct prefix p;

	put_head(a);
	for (size_t i = 0; adj_out_at(peer->adj_out, i, &p, &attrs); i++) {
		char pfx[PREFIX_STRLEN], nh[ADDR_STRLEN], path[256], lp[12] = "-";

		as_path_str(&attrs->set, false, path, sizeof(path));
		if (attrs->set.has & ATTR_HAS_LOCAL_PREF)
			snprintf(lp, sizeof(lp), "%u", attrs->set.local_pref);
		text_printf(a->out, " %-8s %-22s %-21s %-7s %-8s %-7s %s%si\n", "* >",
			    prefix_str(&p, pfx), addr_str(&attrs->set.nexthop, nh), "-", lp, "-",
			    path, *path ? " " : "");
	}
}

/* received: rejected ones too, with the reason; else only what was accepted. */
static void put_received(const struct show_args *a, const struct show_peer *peer, bool rejected)
{
	struct rib_walk *w = rib_walk_new(a->st->rib, AFI_NONE);
	unsigned int all = RIB_WALK_ALL;
	const struct rib_entry *e;

	put_head(a);
	while ((e = rib_walk_next(w, &all))) {
		for (size_t i = 0; i < e->n_paths; i++) {
			if (e->paths[i].peer == peer->rib_peer->index &&
			    (rejected || !e->paths[i].reject))
				put_path(a, e, i, true);
		}
	}
	rib_walk_free(w);
}

void show_bgp_neighbor_routes(const struct show_args *a)
{
	const struct show_peer *peer = find_peer(a);
	size_t len = strlen(a->arg2);

	if (!peer)
		text_printf(a->out, "%% %s is not a neighbor\n", a->arg);
	else if (strncmp(a->arg2, "advertised-routes", len) == 0)
		put_advertised(a, peer);
	else if (strncmp(a->arg2, "received-routes", len) == 0)
		put_received(a, peer, true);
	else if (strncmp(a->arg2, "routes", len) == 0)
		put_received(a, peer, false);
	else
		text_puts(a->out,
			  "% Invalid input: advertised-routes, received-routes or routes\n");
}
