/* bgp_path: a path as a line, in full, and as JSON; see bgp.h. */
#include "agent/show/bgp.h"

#include <stdio.h>
#include <string.h>

#define ROW           " %-8s %-22s %-21s %-7s %-10s %-7s %-7s %s\n"
#define PATH_TEXT_MAX 1024 /* of an AS path; longer ones end in "..." */

void bgp_put_title(const struct show_args *a)
{
	struct addr id = addr_ip4(a->st->router_id);
	char text[ADDR_STRLEN];

	text_printf(a->out,
		    "BGP routing table information for VRF default\n"
		    "Router identifier %s, local AS number %u\n",
		    addr_str(&id, text), a->st->local_as);
}

void bgp_put_head(const struct show_args *a)
{
	static const char legend[] =
		"Route status codes: s - suppressed contributor, * - valid, > - active, "
		"E - ECMP head, e - ECMP\n"
		"                    S - Stale, c - Contributing to ECMP, b - backup, "
		"L - labeled-unicast\n"
		"                    % - Pending best path selection\n"
		"Origin codes: i - IGP, e - EGP, ? - incomplete\n"
		"AS Path Attributes: Or-ID - Originator ID, C-LST - Cluster List, "
		"LL Nexthop - Link Local Nexthop\n";

	bgp_put_title(a);
	text_printf(a->out, "%s\n", legend);
	text_printf(a->out, ROW, "", "Network", "Next Hop", "Metric", "AIGP", "LocPref", "Weight",
		    "Path");
}

static const char *origin_name(const struct attr_set *s)
{
	static const char *const names[] = {"IGP", "EGP", "INCOMPLETE"};

	return names[s->origin % 3];
}

/* "65001 65000 i", and what reflectors added. */
static const char *path_text(const struct attr_set *s, char *buf, size_t cap)
{
	static const char codes[] = {'i', 'e', '?'};
	char path[PATH_TEXT_MAX], id[ADDR_STRLEN], clusters[256];
	struct rd rd = rd_init(s->cluster_list, s->cluster_list_len);
	struct addr originator = addr_ip4(s->originator_id);
	uint32_t cluster;
	size_t len = 0;

	as_path_str(s, false, path, sizeof(path));
	*clusters = '\0';
	while (rd_u32(&rd, &cluster) && len + ADDR_STRLEN < sizeof(clusters)) {
		struct addr c = addr_ip4(cluster);

		len += (size_t)snprintf(clusters + len, sizeof(clusters) - len, " %s",
					addr_str(&c, id));
	}
	snprintf(buf, cap, "%s%s%c%s%s%s%s", path, *path ? " " : "", codes[s->origin % 3],
		 s->has & ATTR_HAS_ORIGINATOR_ID ? " Or-ID: " : "",
		 s->has & ATTR_HAS_ORIGINATOR_ID ? addr_str(&originator, id) : "",
		 *clusters ? " C-LST:" : "", clusters);
	return buf;
}

static void put_row(const struct show_args *a, const char *flags, const struct prefix *p,
		    const char *nexthop, const struct attr_set *s, uint32_t default_lp,
		    const char *reason)
{
	char pfx[PREFIX_STRLEN], path[PATH_TEXT_MAX + 400], med[12] = "-", lp[12] = "-";
	char tail[PATH_TEXT_MAX + 600];

	if (s->has & ATTR_HAS_MED)
		snprintf(med, sizeof(med), "%u", s->med);
	if (s->has & ATTR_HAS_LOCAL_PREF)
		snprintf(lp, sizeof(lp), "%u", s->local_pref);
	else if (default_lp)
		snprintf(lp, sizeof(lp), "%u", default_lp);
	snprintf(tail, sizeof(tail), "%s%s%s", path_text(s, path, sizeof(path)),
		 reason ? "   rejected: " : "", reason ? reason : "");
	text_printf(a->out, ROW, flags, prefix_str(p, pfx), nexthop, med, "-", lp, "0", tail);
}

void bgp_put_path(const struct show_args *a, const struct rib_entry *e, size_t i, bool why)
{
	const struct path *p = &e->paths[i];
	const struct attr_set *s = &rib_path_attrs(a->st->rib, p)->set;
	bool used = i < e->n_multipath, ecmp = used && e->n_multipath > 1;
	char nh[ADDR_STRLEN], flags[8];

	snprintf(flags, sizeof(flags), "%c%c%c%c%c", rib_path_usable(a->st->rib, e, p) ? '*' : ' ',
		 rib_path_stale(a->st->rib, e, p) ? 'S' : ' ', used && !i ? '>' : ' ',
		 !ecmp ? ' '
		 : i   ? 'e'
		       : 'E',
		 ecmp ? 'c' : ' ');
	put_row(a, flags, &e->prefix, addr_str(&s->nexthop, nh), s, 100,
		why && p->reject ? reject_str((enum reject)p->reject) : NULL);
}

void bgp_put_local(const struct show_args *a, const struct prefix *p)
{
	const struct attr_set none = {0};

	put_row(a, "* >", p, "-", &none, 0, NULL);
}

void bgp_put_sent(const struct show_args *a, const struct prefix *p, const struct attr_set *set)
{
	char nh[ADDR_STRLEN];

	put_row(a, "* >", p, addr_str(&set->nexthop, nh), set, 0, NULL);
}

/* ---- in full ----------------------------------------------------------------------------------
 */

static void put_communities(const struct show_args *a, const struct attr_set *s)
{
	struct rd rd = rd_init(s->communities, s->communities_len);
	uint32_t v, w, x;

	if (rd_left(&rd))
		text_puts(a->out, "      Community:");
	while (rd_u32(&rd, &v)) {
		if (v == COMMUNITY_GRACEFUL_SHUTDOWN)
			text_puts(a->out, " GSHUT");
		else if (v == COMMUNITY_NO_EXPORT)
			text_puts(a->out, " no-export");
		else if (v == COMMUNITY_NO_ADVERTISE)
			text_puts(a->out, " no-advertise");
		else
			text_printf(a->out, " %u:%u", v >> 16, v & 0xffff);
	}
	if (s->communities_len)
		text_puts(a->out, "\n");
	rd = rd_init(s->large_communities, s->large_communities_len);
	if (rd_left(&rd))
		text_puts(a->out, "      Large Community:");
	while (rd_u32(&rd, &v) && rd_u32(&rd, &w) && rd_u32(&rd, &x))
		text_printf(a->out, " %u:%u:%u", v, w, x);
	if (s->large_communities_len)
		text_puts(a->out, "\n");
	rd = rd_init(s->ext_communities, s->ext_communities_len);
	if (rd_left(&rd))
		text_puts(a->out, "      Extended Community:");
	while (rd_u32(&rd, &v) && rd_u32(&rd, &w))
		text_printf(a->out, " 0x%08x%08x", v, w);
	if (s->ext_communities_len)
		text_puts(a->out, "\n");
}

static void put_reflection(const struct show_args *a, const struct attr_set *s)
{
	struct rd rd = rd_init(s->cluster_list, s->cluster_list_len);
	struct addr id = addr_ip4(s->originator_id);
	char text[ADDR_STRLEN];
	uint32_t cluster;

	if (!(s->has & ATTR_HAS_ORIGINATOR_ID))
		return;
	text_printf(a->out, "      Originator: %s, Cluster list:", addr_str(&id, text));
	while (rd_u32(&rd, &cluster)) {
		id = addr_ip4(cluster);
		text_printf(a->out, " %s", addr_str(&id, text));
	}
	text_puts(a->out, "\n");
}

/* Why it is not used, in words. */
static void put_reason(const struct show_args *a, const struct path *p, const struct rib_peer *rp)
{
	const struct nexthop *nh = rib_path_nexthop(a->st->rib, p);

	if (p->reject)
		text_printf(a->out, "      Rejected: %s\n", reject_str((enum reject)p->reject));
	else if (nh && !nh->reachable)
		text_puts(a->out, "      Next hop is unreachable\n");
	else if (nh && rp->connected && !nh->connected)
		text_puts(a->out, "      Next hop is not on a connected subnet\n");
}

void bgp_put_detail(const struct show_args *a, const struct rib_entry *e, size_t i)
{
	const struct rib *rib = a->st->rib;
	const struct path *p = &e->paths[i];
	const struct attr_set *s = &rib_path_attrs(rib, p)->set;
	const struct rib_peer *rp = rib_peer_at(rib, p->peer);
	const struct nexthop *nh = rib_path_nexthop(rib, p);
	bool used = i < e->n_multipath, ecmp = used && e->n_multipath > 1;
	struct addr id = addr_ip4(rp->remote_id);
	char text[PATH_TEXT_MAX];

	as_path_str(s, false, text, sizeof(text));
	text_printf(a->out, "  %s\n", *text ? text : "Local");
	text_printf(a->out, "    %s from", addr_str(&s->nexthop, text));
	text_printf(a->out, " %s", addr_str(&rp->addr, text));
	text_printf(a->out, " (%s)\n", addr_str(&id, text));
	text_printf(a->out,
		    "      Origin %s, metric %u, localpref %u, IGP metric %u, weight 0, tag 0\n",
		    origin_name(s), s->has & ATTR_HAS_MED ? s->med : 0,
		    s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : 100, nh ? nh->metric : 0);
	text_printf(a->out, "      %s, %s%s%s%s%s%s\n",
		    rib_path_usable(rib, e, p) ? "valid" : "invalid",
		    rp->ibgp ? "internal" : "external", ecmp && !i ? ", ECMP head" : "",
		    ecmp ? ", ECMP" : "", used && !i ? ", best" : "",
		    ecmp ? ", ECMP contributor" : "",
		    rib_path_llgr(rib, e, p)    ? ", long-lived stale"
		    : rib_path_stale(rib, e, p) ? ", stale"
						: "");
	put_reflection(a, s);
	put_communities(a, s);
	if (s->has & ATTR_HAS_OTC)
		text_printf(a->out, "      Only to customer: %u\n", s->otc);
	put_reason(a, p, rp);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

void bgp_json_begin(const struct show_args *a)
{
	struct addr id = addr_ip4(a->st->router_id);
	char text[ADDR_STRLEN];

	show_json_vrf(a);
	json_write_string(a->js, "vrf", "default");
	json_write_string(a->js, "routerId", addr_str(&id, text));
	snprintf(text, sizeof(text), "%u", a->st->local_as);
	json_write_string(a->js, "asn", text);
	json_write_object(a->js, "bgpRouteEntries");
}

void bgp_json_end(const struct show_args *a)
{
	json_write_end(a->js);
	show_json_vrf_end(a);
}

void bgp_json_entry(const struct show_args *a, const struct prefix *p)
{
	struct addr addr = prefix_addr(p);
	char text[PREFIX_STRLEN];

	json_write_object(a->js, prefix_str(p, text));
	json_write_string(a->js, "address", addr_str(&addr, text));
	json_write_uint(a->js, "maskLength", p->len);
	json_write_array(a->js, "bgpRoutePaths");
}

void bgp_json_entry_end(const struct show_args *a)
{
	json_write_end(a->js);
	json_write_end(a->js);
}

static void json_attrs(const struct show_args *a, const struct attr_set *s)
{
	struct rd rd = rd_init(s->communities, s->communities_len);
	char text[PATH_TEXT_MAX + 400];
	uint32_t v;

	json_write_object(a->js, "asPathEntry");
	json_write_string(a->js, "asPath", path_text(s, text, sizeof(text)));
	json_write_end(a->js);
	json_write_uint(a->js, "med", s->has & ATTR_HAS_MED ? s->med : 0);
	json_write_uint(a->js, "localPreference",
			s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : 100);
	json_write_uint(a->js, "weight", 0);
	if (s->has & ATTR_HAS_OTC)
		json_write_uint(a->js, "onlyToCustomer", s->otc);
	if (!rd_left(&rd))
		return;
	json_write_array(a->js, "communityList");
	while (rd_u32(&rd, &v)) {
		snprintf(text, sizeof(text), "%u:%u", v >> 16, v & 0xffff);
		json_write_string(a->js, NULL, text);
	}
	json_write_end(a->js);
}

static void json_type(const struct show_args *a, const char *origin, bool valid, bool active)
{
	json_write_object(a->js, "routeType");
	json_write_string(a->js, "origin", origin);
	json_write_bool(a->js, "valid", valid);
	json_write_bool(a->js, "active", active);
}

static const char *json_origin(const struct attr_set *s)
{
	static const char *const origins[] = {"Igp", "Egp", "Incomplete"};

	return origins[s->origin % 3];
}

void bgp_json_path(const struct show_args *a, const struct rib_entry *e, size_t i)
{
	const struct rib *rib = a->st->rib;
	const struct path *p = &e->paths[i];
	const struct attr_set *s = &rib_path_attrs(rib, p)->set;
	const struct rib_peer *rp = rib_peer_at(rib, p->peer);
	bool used = i < e->n_multipath, ecmp = used && e->n_multipath > 1;
	char text[ADDR_STRLEN];
	struct addr id = addr_ip4(rp->remote_id);

	json_write_object(a->js, NULL);
	json_write_string(a->js, "nextHop", addr_str(&s->nexthop, text));
	json_attrs(a, s);
	json_write_object(a->js, "peerEntry");
	json_write_string(a->js, "peerAddr", addr_str(&rp->addr, text));
	json_write_string(a->js, "peerRouterId", addr_str(&id, text));
	json_write_end(a->js);
	json_type(a, json_origin(s), rib_path_usable(rib, e, p), used && !i);
	json_write_bool(a->js, "ecmp", ecmp);
	json_write_bool(a->js, "ecmpHead", ecmp && !i);
	json_write_bool(a->js, "ecmpContributor", ecmp);
	json_write_bool(a->js, "stale", rib_path_stale(rib, e, p));
	json_write_end(a->js);
	if (p->reject)
		json_write_string(a->js, "reasonRejected", reject_str((enum reject)p->reject));
	json_write_end(a->js);
}

void bgp_json_local(const struct show_args *a)
{
	const struct attr_set none = {0};

	json_write_object(a->js, NULL);
	json_write_string(a->js, "nextHop", "");
	json_attrs(a, &none);
	json_type(a, "Igp", true, true);
	json_write_end(a->js);
	json_write_end(a->js);
}

void bgp_json_sent(const struct show_args *a, const struct attr_set *set)
{
	char text[ADDR_STRLEN];

	json_write_object(a->js, NULL);
	json_write_string(a->js, "nextHop", addr_str(&set->nexthop, text));
	json_attrs(a, set);
	json_type(a, json_origin(set), true, true);
	json_write_end(a->js);
	json_write_end(a->js);
}
