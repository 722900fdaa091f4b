/* metrics_peers: the metrics of BGP neighbours and of BFD. */
#include "agent/show/metrics_impl.h"

#include <stdio.h>

static const char *family_name(int f)
{
	return f == FAMILY_IP4 ? "ipv4" : "ipv6";
}

/* ---- one value a neighbour --------------------------------------------------------------------
 */

static double peer_up(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return peer_is_up(p->peer);
}

static double peer_state_number(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_state(p->peer) + 1;
}

static double peer_changed(const struct show_state *st, const struct show_peer *p)
{
	return (double)(st->now - peer_since(p->peer)) / 1e6;
}

static double peer_ups(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->established;
}

static double peer_flaps(const struct show_state *st, const struct show_peer *p)
{
	uint64_t ups = peer_counters(p->peer)->established;

	(void)st;
	return (double)(ups - (ups && peer_is_up(p->peer)));
}

static double peer_dials(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->connect_attempts;
}

static double peer_received(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->rx_octets;
}

static double peer_sent_octets(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->tx_octets;
}

static double peer_malformed(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->treat_withdraw;
}

static double peer_discarded(const struct show_state *st, const struct show_peer *p)
{
	(void)st;
	return (double)peer_counters(p->peer)->discarded_attrs;
}

static const struct {
	const char *name, *kind, *help;
	double (*value)(const struct show_state *st, const struct show_peer *p);
} per_peer[] = {
	{"leafpeer_bgp_peer_up", "gauge", "1 if the session is Established.", peer_up},
	{"leafpeer_bgp_peer_state", "gauge",
	 "1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established (RFC 4273).",
	 peer_state_number},
	{"leafpeer_bgp_peer_state_age_seconds", "gauge",
	 "Since the session went up, or last went down.", peer_changed},
	{"leafpeer_bgp_peer_established_total", "counter", "Times the session was established.",
	 peer_ups},
	{"leafpeer_bgp_peer_flaps_total", "counter", "Times an Established session ended.",
	 peer_flaps},
	{"leafpeer_bgp_peer_connect_attempts_total", "counter", "Times the neighbor was dialled.",
	 peer_dials},
	{"leafpeer_bgp_received_bytes_total", "counter", "Received from the neighbor.",
	 peer_received},
	{"leafpeer_bgp_sent_bytes_total", "counter", "Sent to the neighbor.", peer_sent_octets},
	{"leafpeer_bgp_updates_treated_as_withdraw_total", "counter",
	 "Malformed UPDATEs whose routes were withdrawn (RFC 7606).", peer_malformed},
	{"leafpeer_bgp_attributes_discarded_total", "counter",
	 "Malformed attributes dropped (RFC 7606).", peer_discarded},
};

/* ---- several ----------------------------------------------------------------------------------
 */

static void put_info(const struct show_state *st, struct text *out)
{
	char as[16];

	metric_head(out, "leafpeer_bgp_peer_info", "gauge",
		    "Always 1; the neighbor's AS, description and last reset are in the labels.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		metric_sample(out, "leafpeer_bgp_peer_info", 1, "peer", p->name, "as",
			      show_remote_as(p->peer, as), "description", p->description,
			      "last_reset", peer_down_reason_name(peer_last_reason(p->peer)));
	}
}

static void put_messages(const struct show_state *st, struct text *out)
{
	static const char name[] = "leafpeer_bgp_messages_total";

	metric_head(out, name, "counter", "BGP messages by type.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct peer_counters *n = peer_counters(st->peers[i].peer);

		for (unsigned int t = BGP_OPEN; t < BGP_MSG_TYPES; t++) {
			metric_sample(out, name, (double)n->rx[t], "peer", st->peers[i].name,
				      "type", bgp_msg_name(t), "direction", "received");
			metric_sample(out, name, (double)n->tx[t], "peer", st->peers[i].name,
				      "type", bgp_msg_name(t), "direction", "sent");
		}
	}
}

static void put_limits(const struct show_state *st, struct text *out)
{
	static const char name[] = "leafpeer_bgp_limits_total";

	metric_head(out, name, "counter",
		    "Times that a neighbor was kept to a limit, by which one.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct peer_counters *n = peer_counters(st->peers[i].peer);

		for (int l = 0; l < PEER_LIMIT_COUNT; l++)
			metric_sample(out, name, (double)n->limits[l], "peer", st->peers[i].name,
				      "limit", peer_limit_name((enum peer_limit)l));
	}
}

static void put_prefixes(const struct show_state *st, struct text *out)
{
	static const char name[] = "leafpeer_bgp_prefixes";

	metric_head(out, name, "gauge", "Prefixes by family and what became of them.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		for (int f = 0; f < FAMILY_COUNT; f++) {
			const struct {
				const char *state;
				size_t n;
			} rows[] = {
				{"received", p->rib_peer->received[f]},
				{"accepted", p->rib_peer->accepted[f]},
				{"stale", p->rib_peer->stale[f]},
				{"sent", adj_out_count(p->adj_out, (enum family)f)},
			};

			for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
				metric_sample(out, name, (double)rows[r].n, "peer", p->name,
					      "family", family_name(f), "state", rows[r].state);
		}
	}
}

static void put_rejected(const struct show_state *st, struct text *out)
{
	static const char name[] = "leafpeer_bgp_prefixes_rejected";

	metric_head(out, name, "gauge", "Received prefixes that are not used, by the reason.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		for (int f = 0; f < FAMILY_COUNT; f++) {
			for (int why = REJECT_NONE + 1; why < REJECT_COUNT; why++)
				metric_sample(out, name, p->rib_peer->rejected[f][why], "peer",
					      p->name, "family", family_name(f), "reason",
					      reject_str((enum reject)why));
		}
	}
}

void metrics_peers(const struct show_state *st, struct text *out)
{
	for (size_t m = 0; m < sizeof(per_peer) / sizeof(per_peer[0]); m++) {
		metric_head(out, per_peer[m].name, per_peer[m].kind, per_peer[m].help);
		for (size_t i = 0; i < st->n_peers; i++)
			metric_sample(out, per_peer[m].name, per_peer[m].value(st, &st->peers[i]),
				      "peer", st->peers[i].name);
	}
	put_info(st, out);
	put_messages(st, out);
	put_limits(st, out);
	put_prefixes(st, out);
	put_rejected(st, out);
}

/* ---- BFD --------------------------------------------------------------------------------------
 */

static double bfd_up(const struct show_bfd *b)
{
	return b->session->state == BFD_UP;
}

static double bfd_downs(const struct show_bfd *b)
{
	return (double)b->session->downs;
}

static double bfd_rx(const struct show_bfd *b)
{
	return (double)b->rx;
}

static double bfd_tx(const struct show_bfd *b)
{
	return (double)b->tx;
}

static double bfd_send_errors(const struct show_bfd *b)
{
	return (double)b->send_errors;
}

static double bfd_detection(const struct show_bfd *b)
{
	return bfd_session_detection_time(b->session) / 1e6;
}

static const struct {
	const char *name, *kind, *help;
	double (*value)(const struct show_bfd *b);
} per_bfd[] = {
	{"leafpeer_bfd_session_up", "gauge", "1 if the BFD session is Up.", bfd_up},
	{"leafpeer_bfd_session_downs_total", "counter", "Times the BFD session left Up.",
	 bfd_downs},
	{"leafpeer_bfd_packets_received_total", "counter", "BFD Control packets received.", bfd_rx},
	{"leafpeer_bfd_packets_sent_total", "counter", "BFD Control packets sent.", bfd_tx},
	{"leafpeer_bfd_send_errors_total", "counter", "BFD Control packets that were not sent.",
	 bfd_send_errors},
	{"leafpeer_bfd_detection_time_seconds", "gauge", "Silence of this length ends the session.",
	 bfd_detection},
};

void metrics_bfd(const struct show_state *st, struct text *out)
{
	if (!st->bfd_scheduling)
		return;
	for (size_t m = 0; m < sizeof(per_bfd) / sizeof(per_bfd[0]); m++) {
		metric_head(out, per_bfd[m].name, per_bfd[m].kind, per_bfd[m].help);
		for (size_t i = 0; i < st->n_bfd; i++)
			metric_sample(out, per_bfd[m].name, per_bfd[m].value(&st->bfd[i]), "peer",
				      st->bfd[i].name);
	}
	metric_head(out, "leafpeer_bfd_packets_discarded_total", "counter",
		    "BFD packets that no session took, by what was wrong.");
	for (size_t i = 0; i < st->n_bfd_discards; i++)
		metric_sample(out, "leafpeer_bfd_packets_discarded_total",
			      (double)st->bfd_discards[i].packets, "reason",
			      st->bfd_discards[i].reason);
}
