/*
 * neighbors: show ip bgp neighbors [IP]: everything that is needed to debug a session, in the words
 * of EOS where it has them.
 */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

static const char *const family_names[FAMILY_COUNT] = {"IPv4 Unicast", "IPv6 Unicast"};

/* ---- capabilities -----------------------------------------------------------------------------
 */

static unsigned int has_mp4(const struct capa *c)
{
	return c->families & FAMILY_BIT(FAMILY_IP4);
}

static unsigned int has_mp6(const struct capa *c)
{
	return c->families & FAMILY_BIT(FAMILY_IP6);
}

static unsigned int has_as4(const struct capa *c)
{
	return c->as4;
}

static unsigned int has_refresh(const struct capa *c)
{
	return c->route_refresh;
}

static unsigned int has_enhanced(const struct capa *c)
{
	return c->enhanced_refresh;
}

static unsigned int has_extended(const struct capa *c)
{
	return c->ext_message;
}

static unsigned int has_nexthop(const struct capa *c)
{
	return c->ext_nexthop;
}

static unsigned int has_receive(const struct capa *c)
{
	return (c->add_path[0] | c->add_path[1]) & ADD_PATH_RECEIVE;
}

static unsigned int has_send(const struct capa *c)
{
	return (c->add_path[0] | c->add_path[1]) & ADD_PATH_SEND;
}

static unsigned int has_gr(const struct capa *c)
{
	return c->gr;
}

static unsigned int has_llgr(const struct capa *c)
{
	return c->llgr;
}

static unsigned int has_role(const struct capa *c)
{
	return c->role != ROLE_NONE;
}

/* other: what the other side must have for it to be negotiated, if that is not the same. */
static const struct capa_row {
	const char *name, *key;
	unsigned int (*has)(const struct capa *c);
	unsigned int (*other)(const struct capa *c);
} capas[] = {
	{"Multiprotocol IPv4 Unicast", "multiprotocolIpv4Unicast", has_mp4, has_mp4},
	{"Multiprotocol IPv6 Unicast", "multiprotocolIpv6Unicast", has_mp6, has_mp6},
	{"Four Octet ASN", "fourOctetAsnCap", has_as4, has_as4},
	{"Route Refresh", "routeRefreshCap", has_refresh, has_refresh},
	{"Enhanced route refresh", "enhancedRouteRefreshCap", has_enhanced, has_enhanced},
	{"Extended Message", "extendedMessageCap", has_extended, has_extended},
	{"Extended Next-Hop", "extendedNextHopCap", has_nexthop, has_nexthop},
	{"Additional-paths recv", "additionalPathsRecvCap", has_receive, has_send},
	{"Additional-paths send", "additionalPathsSendCap", has_send, has_receive},
	{"Graceful Restart", "gracefulRestartCap", has_gr, has_gr},
	{"Long-lived Graceful Restart", "longLivedGracefulRestartCap", has_llgr, has_llgr},
	{"Role", "roleCap", has_role, has_role},
};

#define N_CAPAS (sizeof(capas) / sizeof(capas[0]))

static void put_capas(struct text *out, const struct capa *ours, const struct capa *theirs)
{
	text_puts(out, "  Neighbor Capabilities:\n");
	for (size_t i = 0; i < N_CAPAS; i++) {
		const struct capa_row *r = &capas[i];
		bool us = r->has(ours), them = theirs && r->has(theirs);
		bool both = us && theirs && r->other(theirs);

		if (us || them)
			text_printf(out, "    %s: %s%s%s%s\n", r->name, us ? "advertised" : "",
				    us && them ? " and " : "", them ? "received" : "",
				    both ? " and negotiated" : "");
	}
	if (ours->gr)
		text_printf(out, "    Graceful Restart advertised:\n      Restart-time is %u\n",
			    ours->gr_time);
	if (!theirs)
		return;
	if (theirs->gr) {
		text_printf(out, "    Graceful Restart received:\n      Restart-time is %u\n",
			    theirs->gr_time);
		for (int f = 0; f < FAMILY_COUNT; f++) {
			if (theirs->gr_families & FAMILY_BIT(f))
				text_printf(
					out,
					"      %s is enabled, Forwarding State is%s preserved\n",
					family_names[f],
					theirs->gr_forwarding & FAMILY_BIT(f) ? "" : " not");
		}
		if (theirs->gr_restarting)
			text_puts(out, "      The neighbor said that it has restarted\n");
		if (theirs->gr_notification)
			text_puts(out, "      Kept through NOTIFICATIONs (RFC 8538)\n");
	}
	if (theirs->unknown)
		text_printf(out, "    Unknown capabilities received: %u\n", theirs->unknown);
}

static void json_capas(const struct show_args *a, const struct capa *ours,
		       const struct capa *theirs)
{
	json_write_object(a->js, "neighborCapabilities");
	for (size_t i = 0; i < N_CAPAS; i++) {
		const struct capa_row *r = &capas[i];
		bool us = r->has(ours), them = theirs && r->has(theirs);

		if (!us && !them)
			continue;
		json_write_object(a->js, r->key);
		json_write_bool(a->js, "advertised", us);
		json_write_bool(a->js, "received", them);
		json_write_bool(a->js, "enabled", us && theirs && r->other(theirs));
		json_write_end(a->js);
	}
	json_write_end(a->js);
}

/* ---- text -------------------------------------------------------------------------------------
 */

static const struct {
	const char *text, *key;
	unsigned int type;
} messages[] = {
	{"Opens", "opens", BGP_OPEN},
	{"Notifications", "notifications", BGP_NOTIFICATION},
	{"Updates", "updates", BGP_UPDATE},
	{"Keepalives", "keepalives", BGP_KEEPALIVE},
	{"Route Refresh", "routeRefresh", BGP_ROUTE_REFRESH},
	{"Total messages", "total", 0},
};

#define N_MESSAGES (sizeof(messages) / sizeof(messages[0]))

static void put_counters(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_counters *n = peer_counters(p->peer);
	struct text *out = a->out;
	char label[32];

	text_puts(out, "  Message Statistics:\n                         Sent      Rcvd\n");
	for (size_t i = 0; i < N_MESSAGES; i++) {
		snprintf(label, sizeof(label), "%s:", messages[i].text);
		text_printf(out, "    %-15s%10llu%10llu\n", label,
			    (unsigned long long)n->tx[messages[i].type],
			    (unsigned long long)n->rx[messages[i].type]);
	}
	text_printf(out, "    Octets:    %14llu%10llu\n", (unsigned long long)n->tx_octets,
		    (unsigned long long)n->rx_octets);
	text_puts(out, "  Prefix Statistics:\n"
		       "                         Sent      Rcvd  Accepted     Stale\n");
	for (int f = 0; f < FAMILY_COUNT; f++) {
		snprintf(label, sizeof(label), "%s:", family_names[f]);
		text_printf(out, "    %-15s%10zu%10u%10u%10u\n", label,
			    adj_out_count(p->adj_out, (enum family)f), p->rib_peer->received[f],
			    p->rib_peer->accepted[f], p->rib_peer->stale[f]);
	}
	text_printf(out,
		    "  Inbound updates with attribute errors:\n"
		    "    Resulting in removal of all paths in update (treat as withdraw): %llu\n"
		    "    Resulting in attribute ignore: %llu\n"
		    "    Of families that were not negotiated: %llu\n"
		    "  Connection attempts: %llu, collisions: %llu\n",
		    (unsigned long long)n->treat_withdraw, (unsigned long long)n->discarded_attrs,
		    (unsigned long long)n->ignored_families,
		    (unsigned long long)n->connect_attempts, (unsigned long long)n->collisions);
	text_puts(out, "  Limits reached:");
	for (int i = 0; i < PEER_LIMIT_COUNT; i++)
		text_printf(out, "%s %s %llu", i ? "," : "", peer_limit_name((enum peer_limit)i),
			    (unsigned long long)n->limits[i]);
	text_printf(out, "\n  Output waiting: %zu octets\n", peer_pending(p->peer));
}

static void put_last_reset(struct text *out, const struct show_peer *p)
{
	const struct bgp_error *e = peer_last_error(p->peer);
	const uint8_t *bad;
	size_t len = peer_last_malformed(p->peer, &bad);
	char text[320];

	text_printf(out, "  Last reset: %s\n", peer_down_reason_name(peer_last_reason(p->peer)));
	if (e->code) {
		text_printf(out, "    Last %s notification: %s (%u/%u)",
			    peer_last_error_sent(p->peer) ? "sent" : "rcvd",
			    bgp_error_str(e, text, sizeof(text)), e->code, e->subcode);
		if (e->what && peer_last_error_sent(p->peer))
			text_printf(out, ": %s", e->what);
		text_puts(out, "\n");
	}
	if (!len)
		return;
	text_printf(out, "  Last malformed message (%zu octets):", len);
	for (size_t i = 0; i < len && i < 256; i++)
		text_printf(out, "%s%02x", i % 32 ? i % 4 ? "" : " " : "\n    ", bad[i]);
	text_puts(out, "\n");
}

static void put_timer(const struct show_args *a, const char *name, int64_t at)
{
	char left[32];

	if (at == PEER_NEVER)
		text_printf(a->out, "  %s timer is inactive\n", name);
	else
		text_printf(a->out, "  %s timer is active, time left: %s\n", name,
			    show_duration(at - a->st->now, left));
}

static void put_timers(const struct show_args *a, const struct show_peer *p)
{
	struct peer_timers t = peer_timers(p->peer);
	char ago[32];

	if (t.heard != PEER_NEVER)
		text_printf(a->out, "  Last read %s\n", show_duration(a->st->now - t.heard, ago));
	put_timer(a, "Hold", t.hold);
	put_timer(a, "Keepalive", t.keepalive);
	put_timer(a, "Connect", t.connect);
}

static void put_name(struct text *out, const char *what, int f, const char *name)
{
	if (name && *name)
		text_printf(out, "  %s for %s is %s\n", what, family_names[f], name);
}

/* What the configuration makes of it. */
static void put_policy(struct text *out, const struct show_peer *p)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		put_name(out, "Inbound prefix list", f, p->rib_peer->import_prefix_list[f]);
		put_name(out, "Inbound route map", f, p->rib_peer->import_route_map[f]);
		put_name(out, "Outbound prefix list", f, p->export_prefix_list[f]);
		put_name(out, "Outbound route map", f, p->export_route_map[f]);
	}
	if (p->maximum_routes)
		text_printf(out, "  Maximum total number of routes is %u%s\n", p->maximum_routes,
			    p->maximum_routes_warn ? ", warning only" : "");
	if (p->password)
		text_printf(out, "  %s authentication is enabled\n", p->ao ? "TCP-AO" : "MD5");
	if (p->min_ttl)
		text_printf(out, "  TTL is %u, of what comes at least %u (RFC 5082)\n", p->ttl,
			    p->min_ttl);
	else if (p->ttl)
		text_printf(out, "  TTL is %u\n", p->ttl);
}

static void put_state(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_conf *c = peer_conf(p->peer);
	struct text *out = a->out;
	char up[32];

	show_duration(a->st->now - peer_since(p->peer), up);
	text_printf(out, "  Hold time is %u, keepalive interval is %u seconds\n",
		    peer_hold_time(p->peer), peer_keepalive(p->peer));
	text_printf(out, "  Configured hold time is %u, keepalive interval is %u seconds\n",
		    c->hold_time, c->keepalive);
	put_timers(a, p);
	if (peer_is_up(p->peer))
		text_printf(out, "  BGP state is Established, up for %s\n", up);
	else
		text_printf(out, "  BGP state is %s, down for %s\n",
			    bgp_state_name(peer_state(p->peer)), up);
	if (p->blocked)
		text_printf(out, "  Not connecting: %s\n", p->blocked);
	else if (p->failed && !peer_is_up(p->peer))
		text_printf(out, "  Last connection attempt failed: %s\n", p->failure);
	if (c->shutdown)
		text_printf(out, "  Administratively shut down%s%s\n",
			    *c->shutdown_text ? ": " : "", c->shutdown_text);
	text_printf(out, "  Number of transitions to established: %llu\n",
		    (unsigned long long)peer_counters(p->peer)->established);
}

static void put_peer(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_conf *c = peer_conf(p->peer);
	const struct bgp_open *open = peer_open_received(p->peer);
	struct addr remote_id = addr_ip4(open ? open->id : 0), id = addr_ip4(c->router_id);
	struct text *out = a->out;
	char text[ADDR_STRLEN];

	text_printf(out, "BGP neighbor is %s, remote AS %s, %s link\n", p->name,
		    show_remote_as(p->peer, text),
		    c->remote_as == c->local_as ? "internal" : "external");
	if (*p->description)
		text_printf(out, " Description: %s\n", p->description);
	text_printf(out, "  BGP version 4, remote router ID %s, VRF default\n",
		    addr_str(&remote_id, text));
	if (open && *open->capa.hostname)
		text_printf(out, "  Hostname: %s\n", open->capa.hostname);
	put_state(a, p);
	put_last_reset(out, p);
	put_capas(out, &c->capa, open ? &open->capa : NULL);
	put_counters(a, p);
	put_policy(out, p);
	text_printf(out, "Local AS is %u, local router ID %s\n", c->local_as, addr_str(&id, text));
	if (p->local.afi != AFI_NONE)
		text_printf(out, "Local TCP address is %s\n", addr_str(&p->local, text));
	text_printf(out, "Remote TCP address is %s\n\n", addr_str(&p->addr, text));
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void json_messages(const struct show_args *a, const char *key, const uint64_t *n)
{
	json_write_object(a->js, key);
	for (size_t i = 0; i < N_MESSAGES; i++)
		json_write_uint(a->js, messages[i].key, n[messages[i].type]);
	json_write_end(a->js);
}

static void json_last_reset(const struct show_args *a, const struct show_peer *p)
{
	const struct bgp_error *e = peer_last_error(p->peer);
	const uint8_t *bad;
	size_t len = peer_last_malformed(p->peer, &bad);
	char text[520];

	json_write_string(a->js, "lastReset", peer_down_reason_name(peer_last_reason(p->peer)));
	if (e->code) {
		json_write_object(a->js, "lastNotification");
		json_write_bool(a->js, "sent", peer_last_error_sent(p->peer));
		json_write_uint(a->js, "code", e->code);
		json_write_uint(a->js, "subcode", e->subcode);
		json_write_string(a->js, "text", bgp_error_str(e, text, sizeof(text)));
		json_write_end(a->js);
	}
	if (!len)
		return;
	for (size_t i = 0; i < len && i < 256; i++)
		snprintf(text + 2 * i, 3, "%02x", bad[i]);
	json_write_string(a->js, "lastMalformedMessage", text);
}

static void json_timer(const struct show_args *a, const char *key, int64_t us)
{
	json_write_real(a->js, key, us > 0 ? (double)us / 1e6 : 0);
}

static void json_timers(const struct show_args *a, const struct show_peer *p)
{
	struct peer_timers t = peer_timers(p->peer);
	int64_t now = a->st->now;

	if (t.heard != PEER_NEVER)
		json_timer(a, "lastRead", now - t.heard);
	if (t.hold != PEER_NEVER)
		json_timer(a, "holdTimeLeft", t.hold - now);
	if (t.keepalive != PEER_NEVER)
		json_timer(a, "keepaliveTimeLeft", t.keepalive - now);
	if (t.connect != PEER_NEVER)
		json_timer(a, "connectTimeLeft", t.connect - now);
}

static void json_peer(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_conf *c = peer_conf(p->peer);
	const struct bgp_open *open = peer_open_received(p->peer);
	const struct peer_counters *n = peer_counters(p->peer);
	char text[320];

	json_write_object(a->js, NULL);
	json_write_string(a->js, "peerAddress", p->name);
	if (*p->description)
		json_write_string(a->js, "description", p->description);
	json_write_string(a->js, "asn", show_remote_as(p->peer, text));
	snprintf(text, sizeof(text), "%u", c->local_as);
	json_write_string(a->js, "localAsn", text);
	json_write_string(a->js, "linkType", c->remote_as == c->local_as ? "internal" : "external");
	json_write_string(a->js, "state", bgp_state_name(peer_state(p->peer)));
	json_write_real(a->js, "establishedTime",
			peer_is_up(p->peer) ? (double)(a->st->now - peer_since(p->peer)) / 1e6 : 0);
	json_write_uint(a->js, "establishedTransitions", n->established);
	json_write_uint(a->js, "holdTime", peer_hold_time(p->peer));
	json_write_uint(a->js, "keepaliveTime", peer_keepalive(p->peer));
	json_write_uint(a->js, "configuredHoldTime", c->hold_time);
	json_write_uint(a->js, "configuredKeepaliveTime", c->keepalive);
	if (open) {
		struct addr id = addr_ip4(open->id);

		json_write_string(a->js, "routerId", addr_str(&id, text));
		json_write_string(a->js, "updateSource", addr_str(&p->local, text));
	}
	json_write_uint(a->js, "prefixesReceived",
			p->rib_peer->received[0] + p->rib_peer->received[1]);
	json_write_uint(a->js, "prefixesAccepted",
			p->rib_peer->accepted[0] + p->rib_peer->accepted[1]);
	json_write_uint(a->js, "prefixesSent",
			adj_out_count(p->adj_out, FAMILY_IP4) +
				adj_out_count(p->adj_out, FAMILY_IP6));
	json_messages(a, "messagesSent", n->tx);
	json_messages(a, "messagesReceived", n->rx);
	json_capas(a, &c->capa, open ? &open->capa : NULL);
	json_last_reset(a, p);
	json_timers(a, p);
	if (p->blocked)
		json_write_string(a->js, "notConnecting", p->blocked);
	else if (p->failed && !peer_is_up(p->peer))
		json_write_string(a->js, "lastConnectFailure", p->failure);
	if (p->maximum_routes)
		json_write_uint(a->js, "maximumRoutes", p->maximum_routes);
	json_write_end(a->js);
}

bool show_bgp_neighbors(const struct show_args *a)
{
	bool found = false;

	if (a->json) {
		show_json_vrf(a);
		json_write_array(a->js, "peerList");
	}
	for (size_t i = 0; i < a->st->n_peers; i++) {
		const struct show_peer *p = &a->st->peers[i];

		if (a->arg && p != show_find_peer(a->st, a->arg))
			continue;
		found = true;
		if (a->json)
			json_peer(a, p);
		else
			put_peer(a, p);
	}
	if (a->json) {
		json_write_end(a->js);
		show_json_vrf_end(a);
	} else if (a->arg && !found) {
		text_printf(a->out, "%% %s is not a neighbor\n", a->arg);
	}
	return true;
}
