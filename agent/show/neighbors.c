/* neighbors: show ip bgp neighbors [IP]: everything that is needed to debug a session. */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

static void put_capas(struct text *out, const char *who, const struct capa *c)
{
	text_printf(out, "    %s:%s%s%s%s%s%s%s%s%s%s", who,
		    c->families & FAMILY_BIT(FAMILY_IP4) ? " ipv4-unicast" : "",
		    c->families & FAMILY_BIT(FAMILY_IP6) ? " ipv6-unicast" : "",
		    c->as4 ? " 4-octet-as" : "", c->route_refresh ? " route-refresh" : "",
		    c->enhanced_refresh ? " enhanced-route-refresh" : "",
		    c->ext_message ? " extended-message" : "",
		    c->ext_nexthop ? " extended-next-hop" : "",
		    c->add_path[0] | c->add_path[1] ? " add-path" : "",
		    c->llgr ? " long-lived-graceful-restart" : "",
		    c->role != ROLE_NONE ? " role" : "");
	if (c->gr)
		text_printf(out, " graceful-restart(%us%s%s)", c->gr_time,
			    c->gr_restarting ? ",restarting" : "",
			    c->gr_notification ? ",notification" : "");
	if (c->unknown)
		text_printf(out, " unknown(%u)", c->unknown);
	text_puts(out, "\n");
}

static void put_counters(struct text *out, const struct peer_counters *n)
{
	text_printf(out, "  %-16s %10s %10s\n", "Messages", "Sent", "Received");
	for (unsigned int t = BGP_OPEN; t < BGP_MSG_TYPES; t++)
		text_printf(out, "    %-14s %10llu %10llu\n", bgp_msg_name(t),
			    (unsigned long long)n->tx[t], (unsigned long long)n->rx[t]);
	text_printf(out, "    %-14s %10llu %10llu\n", "octets", (unsigned long long)n->tx_octets,
		    (unsigned long long)n->rx_octets);
	text_printf(
		out,
		"  Attributes discarded %llu, updates treated as withdraw %llu, families ignored "
		"%llu\n"
		"  Connections established %llu, attempts %llu, collisions %llu\n",
		(unsigned long long)n->discarded_attrs, (unsigned long long)n->treat_withdraw,
		(unsigned long long)n->ignored_families, (unsigned long long)n->established,
		(unsigned long long)n->connect_attempts, (unsigned long long)n->collisions);
}

static void put_last_reset(struct text *out, const struct show_peer *p)
{
	const struct bgp_error *e = peer_last_error(p->peer);
	const uint8_t *bad;
	size_t len = peer_last_malformed(p->peer, &bad);
	char text[320];

	text_printf(out, "  Last reset: %s\n", peer_down_reason_name(peer_last_reason(p->peer)));
	if (e->code) {
		text_printf(out, "    NOTIFICATION %s: %u/%u %s",
			    peer_last_error_sent(p->peer) ? "sent" : "received", e->code,
			    e->subcode, bgp_error_str(e, text, sizeof(text)));
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

static void put_peer(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_conf *c = peer_conf(p->peer);
	const struct bgp_open *open = peer_open_received(p->peer);
	struct text *out = a->out;
	char text[ADDR_STRLEN], up[32];

	text_printf(out, "BGP neighbor is %s, remote AS %u, %s link\n", p->name,
		    peer_remote_as(p->peer), c->remote_as == c->local_as ? "internal" : "external");
	if (*p->description)
		text_printf(out, "  Description: %s\n", p->description);
	text_printf(out, "  BGP state is %s, for %s\n", bgp_state_name(peer_state(p->peer)),
		    show_duration(a->st->now - peer_since(p->peer), up));
	if (p->blocked)
		text_printf(out, "  Not connecting: %s\n", p->blocked);
	if (c->shutdown)
		text_printf(out, "  Administratively shut down%s%s\n",
			    *c->shutdown_text ? ": " : "", c->shutdown_text);
	if (open) {
		struct addr id = addr_ip4(open->id);

		text_printf(out, "  BGP version 4, remote router ID %s", addr_str(&id, text));
		text_printf(out, ", local address %s\n", addr_str(&p->local, text));
		text_printf(out, "  Hold time is %u, keepalive interval is %u seconds\n",
			    peer_hold_time(p->peer), peer_keepalive(p->peer));
		if (*open->capa.hostname)
			text_printf(out, "  Host name: %s\n", open->capa.hostname);
	}
	text_printf(out, "  Configured hold time is %u, keepalive interval is %u seconds\n",
		    c->hold_time, c->keepalive);
	text_puts(out, "  Capabilities\n");
	put_capas(out, "offered", &c->capa);
	if (open)
		put_capas(out, "received", &open->capa);
	for (int f = 0; f < FAMILY_COUNT; f++)
		text_printf(out, "  %s unicast: sent %zu, received %u, accepted %u, stale %u\n",
			    f == FAMILY_IP4 ? "IPv4" : "IPv6",
			    adj_out_count(p->adj_out, (enum family)f), p->rib_peer->received[f],
			    p->rib_peer->accepted[f], p->rib_peer->stale[f]);
	put_counters(out, peer_counters(p->peer));
	put_last_reset(out, p);
	text_puts(out, "\n");
}

static cJSON *peer_json(const struct show_args *a, const struct show_peer *p)
{
	const struct peer_conf *c = peer_conf(p->peer);
	const struct bgp_open *open = peer_open_received(p->peer);
	const struct bgp_error *e = peer_last_error(p->peer);
	cJSON *o = cJSON_CreateObject();
	char text[320];

	cJSON_AddStringToObject(o, "peerAddress", p->name);
	snprintf(text, sizeof(text), "%u", peer_remote_as(p->peer));
	cJSON_AddStringToObject(o, "asn", text);
	cJSON_AddStringToObject(o, "linkType",
				c->remote_as == c->local_as ? "internal" : "external");
	cJSON_AddStringToObject(o, "state", bgp_state_name(peer_state(p->peer)));
	cJSON_AddNumberToObject(o, "establishedTime",
				(double)(a->st->now - peer_since(p->peer)) / 1e6);
	cJSON_AddNumberToObject(o, "holdTime", peer_hold_time(p->peer));
	cJSON_AddNumberToObject(o, "keepaliveTime", peer_keepalive(p->peer));
	if (open) {
		struct addr id = addr_ip4(open->id);

		cJSON_AddStringToObject(o, "routerId", addr_str(&id, text));
		cJSON_AddStringToObject(o, "updateSource", addr_str(&p->local, text));
	}
	cJSON_AddNumberToObject(o, "prefixesReceived",
				p->rib_peer->received[0] + p->rib_peer->received[1]);
	cJSON_AddNumberToObject(o, "prefixesSent",
				(double)(adj_out_count(p->adj_out, FAMILY_IP4) +
					 adj_out_count(p->adj_out, FAMILY_IP6)));
	if (e->code) {
		cJSON *n = cJSON_AddObjectToObject(o, "lastNotification");

		cJSON_AddBoolToObject(n, "sent", peer_last_error_sent(p->peer));
		cJSON_AddNumberToObject(n, "code", e->code);
		cJSON_AddNumberToObject(n, "subcode", e->subcode);
		cJSON_AddStringToObject(n, "text", bgp_error_str(e, text, sizeof(text)));
	}
	return o;
}

void show_bgp_neighbors(const struct show_args *a)
{
	cJSON *root = a->json ? cJSON_CreateObject() : NULL;
	cJSON *list = NULL;
	bool found = false;

	if (root)
		list = cJSON_AddArrayToObject(
			cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "vrfs"), "default"),
			"peerList");
	for (size_t i = 0; i < a->st->n_peers; i++) {
		const struct show_peer *p = &a->st->peers[i];

		if (a->arg && strcmp(a->arg, p->name) != 0)
			continue;
		found = true;
		if (root)
			cJSON_AddItemToArray(list, peer_json(a, p));
		else
			put_peer(a, p);
	}
	if (root)
		show_json(root, a->out);
	else if (a->arg && !found)
		text_printf(a->out, "%% %s is not a neighbor\n", a->arg);
}
