/* summary: show ip bgp summary, in the layout of current EOS, and show bgp summary. */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

#define ROW "  %-*s %s %-10s%10s%10s%5s%5s%9s %-7s %-6s %s"

static enum family family_of(enum afi afi)
{
	return afi == AFI_IP6 ? FAMILY_IP6 : FAMILY_IP4;
}

struct cells {
	char as[12], rcvd[24], sent[24], up[32], pfx_rcd[12], pfx_acc[12];
};

static void fill(const struct show_args *a, const struct show_peer *p, struct cells *c)
{
	const struct peer_counters *n = peer_counters(p->peer);
	enum family f = family_of(a->afi);

	show_remote_as(p->peer, c->as);
	snprintf(c->rcvd, sizeof(c->rcvd), "%llu", (unsigned long long)n->rx[0]);
	snprintf(c->sent, sizeof(c->sent), "%llu", (unsigned long long)n->tx[0]);
	show_duration(a->st->now - peer_since(p->peer), c->up);
	c->pfx_rcd[0] = c->pfx_acc[0] = '\0';
	if (!peer_is_up(p->peer))
		return;
	snprintf(c->pfx_rcd, sizeof(c->pfx_rcd), "%u", p->rib_peer->received[f]);
	snprintf(c->pfx_acc, sizeof(c->pfx_acc), "%u", p->rib_peer->accepted[f]);
}

/* EOS leaves no blanks at a line's end. */
static void put_row(struct text *out, char status, int description_width, const char *description,
		    int width, const char *neighbor, const char *v, const struct cells *c,
		    const char *in_q, const char *out_q, const char *state)
{
	char row[512];
	size_t len;

	snprintf(row, sizeof(row), ROW, width, neighbor, v, c->as, c->rcvd, c->sent, in_q, out_q,
		 c->up, state, c->pfx_rcd, c->pfx_acc);
	for (len = strlen(row); len && row[len - 1] == ' '; len--)
		;
	row[len] = '\0';
	/* EOS's status code stands in the first column */
	if (description_width)
		text_printf(out, "%c %-*s%s\n", status, description_width, description, row + 1);
	else
		text_printf(out, "%c%s\n", status, row + 1);
}

static size_t name_width(const struct show_state *st)
{
	size_t width = strlen("Neighbor");

	for (size_t i = 0; i < st->n_peers; i++) {
		if (strlen(st->peers[i].name) > width)
			width = strlen(st->peers[i].name);
	}
	return width;
}

static void put_head(const struct show_args *a)
{
	struct addr id = addr_ip4(a->st->router_id);
	char text[ADDR_STRLEN];

	text_printf(a->out,
		    "BGP summary information for VRF default\n"
		    "Router identifier %s, local AS number %u\n",
		    addr_str(&id, text), a->st->local_as);
}

static void put_text(const struct show_args *a)
{
	static const struct cells head = {.as = "AS",
					  .rcvd = "MsgRcvd",
					  .sent = "MsgSent",
					  .up = "Up/Down",
					  .pfx_rcd = "PfxRcd",
					  .pfx_acc = "PfxAcc"};
	const struct show_state *st = a->st;
	size_t width = name_width(st), description = 0;

	for (size_t i = 0; i < st->n_peers; i++) {
		size_t d = strlen(st->peers[i].description);

		/* the column is there when anybody has one */
		if (d && d < strlen("Description"))
			d = strlen("Description");
		if (d > description)
			description = d;
	}
	put_head(a);
	text_puts(a->out, "Neighbor Status Codes: m - Under maintenance\n");
	put_row(a->out, ' ', (int)description, "Description", (int)width, "Neighbor", "V", &head,
		"InQ", "OutQ", "State");
	for (size_t i = 0; i < st->n_peers; i++) {
		struct cells c;

		fill(a, &st->peers[i], &c);
		put_row(a->out, st->draining ? 'm' : ' ', (int)description,
			st->peers[i].description, (int)width, st->peers[i].name, "4", &c, "0", "0",
			show_peer_state(&st->peers[i]));
	}
}

/* "Admin" of "Idle(Admin)", or NULL. */
static const char *idle_reason(const struct show_peer *p, char buf[static 32])
{
	const char *state = show_peer_state(p);
	const char *open = strchr(state, '(');

	if (!open)
		return NULL;
	snprintf(buf, 32, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
	return buf;
}

static void put_json(const struct show_args *a)
{
	const struct show_state *st = a->st;
	struct addr id = addr_ip4(st->router_id);
	char text[ADDR_STRLEN];
	enum family f = family_of(a->afi);

	show_json_vrf(a);
	json_write_string(a->js, "vrf", "default");
	json_write_string(a->js, "routerId", addr_str(&id, text));
	snprintf(text, sizeof(text), "%u", st->local_as);
	json_write_string(a->js, "asn", text);
	json_write_object(a->js, "peers");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];
		const struct peer_counters *n = peer_counters(p->peer);
		const char *reason = idle_reason(p, text);
		char as[12];

		json_write_object(a->js, p->name);
		if (*p->description)
			json_write_string(a->js, "description", p->description);
		json_write_uint(a->js, "version", 4);
		json_write_uint(a->js, "msgReceived", n->rx[0]);
		json_write_uint(a->js, "msgSent", n->tx[0]);
		json_write_uint(a->js, "inMsgQueue", 0);
		json_write_uint(a->js, "outMsgQueue", 0);
		json_write_string(a->js, "peerState", bgp_state_name(peer_state(p->peer)));
		if (reason)
			json_write_string(a->js, "peerStateIdleReason", reason);
		json_write_string(a->js, "asn", show_remote_as(p->peer, as));
		json_write_uint(a->js, "prefixReceived", p->rib_peer->received[f]);
		json_write_uint(a->js, "prefixAccepted", p->rib_peer->accepted[f]);
		/* the moment in seconds since 1970, as EOS has it */
		json_write_real(a->js, "upDownTime", show_wall(st, peer_since(p->peer)));
		json_write_bool(a->js, "underMaintenance", st->draining);
		json_write_end(a->js);
	}
	json_write_end(a->js);
	show_json_vrf_end(a);
}

bool show_bgp_summary(const struct show_args *a)
{
	if (a->json)
		put_json(a);
	else
		put_text(a);
	return true;
}

/* ---- show bgp summary: all families -----------------------------------------------------------
 */

static const char *const family_names[FAMILY_COUNT] = {"IPv4 Unicast", "IPv6 Unicast"};

/* What became of a family on a session; NULL: neither side has offered it. */
static const char *family_state(const struct show_peer *p, enum family f)
{
	const struct bgp_open *open = peer_open_received(p->peer);
	bool offered = peer_conf(p->peer)->capa.families & FAMILY_BIT(f);
	bool received = open && (open->capa.families & FAMILY_BIT(f));

	if (!open)
		return offered ? "Configured" : NULL;
	return offered && received ? "Negotiated"
	       : offered           ? "Advertised"
	       : received          ? "Received"
				   : NULL;
}

static void all_text(const struct show_args *a)
{
	static const char dashes[] =
		"--------------------------------------------------------------------------------";
	const struct show_state *st = a->st;
	int width = (int)name_width(st);

	put_head(a);
	text_printf(a->out, "%-*s %11s %-13s %-23s %-14s %10s %10s\n", width, "Neighbor", "AS",
		    "Session State", "AFI/SAFI", "AFI/SAFI State", "NLRI Rcd", "NLRI Acc");
	text_printf(a->out, "%.*s %.11s %.13s %.23s %.14s %.10s %.10s\n", width, dashes, dashes,
		    dashes, dashes, dashes, dashes, dashes);
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		for (int f = 0; f < FAMILY_COUNT; f++) {
			const char *state = family_state(p, (enum family)f);
			char as[12];

			if (!state)
				continue;
			text_printf(a->out, "%-*s %11s %-13s %-23s %-14s %10u %10u\n", width,
				    p->name, show_remote_as(p->peer, as),
				    bgp_state_name(peer_state(p->peer)), family_names[f], state,
				    p->rib_peer->received[f], p->rib_peer->accepted[f]);
		}
	}
}

static void all_json(const struct show_args *a)
{
	static const char *const keys[FAMILY_COUNT] = {"ipv4Unicast", "ipv6Unicast"};
	const struct show_state *st = a->st;
	struct addr id = addr_ip4(st->router_id);
	char text[ADDR_STRLEN];

	show_json_vrf(a);
	json_write_string(a->js, "vrf", "default");
	json_write_string(a->js, "routerId", addr_str(&id, text));
	snprintf(text, sizeof(text), "%u", st->local_as);
	json_write_string(a->js, "asn", text);
	json_write_object(a->js, "peers");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		json_write_object(a->js, p->name);
		json_write_string(a->js, "peerState", bgp_state_name(peer_state(p->peer)));
		json_write_string(a->js, "peerAsn", show_remote_as(p->peer, text));
		for (int f = 0; f < FAMILY_COUNT; f++) {
			const char *state = family_state(p, (enum family)f);

			if (!state)
				continue;
			json_write_object(a->js, keys[f]);
			snprintf(text, sizeof(text), "%s", state);
			*text |= 0x20;
			json_write_string(a->js, "afiSafiState", text);
			json_write_uint(a->js, "nlrisReceived", p->rib_peer->received[f]);
			json_write_uint(a->js, "nlrisAccepted", p->rib_peer->accepted[f]);
			json_write_end(a->js);
		}
		json_write_end(a->js);
	}
	json_write_end(a->js);
	show_json_vrf_end(a);
}

bool show_bgp_summary_all(const struct show_args *a)
{
	if (a->json)
		all_json(a);
	else
		all_text(a);
	return true;
}
