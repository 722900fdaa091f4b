/* summary: show ip bgp summary, in the layout of current EOS. */
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

	asn_str(peer_remote_as(p->peer), false, c->as);
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

static void put_text(const struct show_args *a)
{
	static const struct cells head = {.as = "AS",
					  .rcvd = "MsgRcvd",
					  .sent = "MsgSent",
					  .up = "Up/Down",
					  .pfx_rcd = "PfxRcd",
					  .pfx_acc = "PfxAcc"};
	const struct show_state *st = a->st;
	struct addr id = addr_ip4(st->router_id);
	char text[ADDR_STRLEN];
	size_t width = strlen("Neighbor"), description = 0;

	for (size_t i = 0; i < st->n_peers; i++) {
		size_t d = strlen(st->peers[i].description);

		if (strlen(st->peers[i].name) > width)
			width = strlen(st->peers[i].name);
		/* the column is there when anybody has one */
		if (d && d < strlen("Description"))
			d = strlen("Description");
		if (d > description)
			description = d;
	}
	text_printf(a->out,
		    "BGP summary information for VRF default\n"
		    "Router identifier %s, local AS number %u\n"
		    "Neighbor Status Codes: m - Under maintenance\n",
		    addr_str(&id, text), st->local_as);
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

static const char *json_state(const struct show_peer *p)
{
	return bgp_state_name(peer_state(p->peer));
}

/* upDownTime: seconds since 1970 would need a clock; seconds since the change are what is known
 * here. */
static void put_json(const struct show_args *a)
{
	const struct show_state *st = a->st;
	struct addr id = addr_ip4(st->router_id);
	char text[ADDR_STRLEN];
	cJSON *root = cJSON_CreateObject();
	cJSON *vrf = cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "vrfs"), "default");
	cJSON *peers;
	enum family f = family_of(a->afi);

	cJSON_AddStringToObject(vrf, "vrf", "default");
	cJSON_AddStringToObject(vrf, "routerId", addr_str(&id, text));
	snprintf(text, sizeof(text), "%u", st->local_as);
	cJSON_AddStringToObject(vrf, "asn", text);
	peers = cJSON_AddObjectToObject(vrf, "peers");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];
		const struct peer_counters *n = peer_counters(p->peer);
		cJSON *o = cJSON_AddObjectToObject(peers, p->name);

		if (*p->description)
			cJSON_AddStringToObject(o, "description", p->description);
		cJSON_AddNumberToObject(o, "version", 4);
		cJSON_AddNumberToObject(o, "msgReceived", (double)n->rx[0]);
		cJSON_AddNumberToObject(o, "msgSent", (double)n->tx[0]);
		cJSON_AddNumberToObject(o, "inMsgQueue", 0);
		cJSON_AddNumberToObject(o, "outMsgQueue", 0);
		snprintf(text, sizeof(text), "%u", peer_remote_as(p->peer));
		cJSON_AddStringToObject(o, "asn", text);
		cJSON_AddNumberToObject(o, "prefixReceived", p->rib_peer->received[f]);
		cJSON_AddNumberToObject(o, "prefixAccepted", p->rib_peer->accepted[f]);
		cJSON_AddNumberToObject(o, "upDownTime",
					(double)(st->now - peer_since(p->peer)) / 1e6);
		cJSON_AddBoolToObject(o, "underMaintenance", st->draining);
		cJSON_AddStringToObject(o, "peerState", json_state(p));
	}
	show_json(root, a->out);
}

void show_bgp_summary(const struct show_args *a)
{
	if (a->json)
		put_json(a);
	else
		put_text(a);
}
