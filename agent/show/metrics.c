/* metrics: see metrics.h. One row a metric: its name, its kind, what it says. */
#include "agent/show/metrics.h"

static void head(struct text *out, const char *name, const char *kind, const char *help)
{
	text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void one(struct text *out, const char *name, const char *kind, const char *help,
		unsigned long long value)
{
	head(out, name, kind, help);
	text_printf(out, "%s %llu\n", name, value);
}

static unsigned long long peer_up(const struct show_peer *p)
{
	return peer_is_up(p->peer);
}

static unsigned long long peer_flaps(const struct show_peer *p)
{
	return peer_counters(p->peer)->established;
}

static unsigned long long peer_malformed(const struct show_peer *p)
{
	return peer_counters(p->peer)->treat_withdraw;
}

static unsigned long long peer_discarded(const struct show_peer *p)
{
	return peer_counters(p->peer)->discarded_attrs;
}

static const struct {
	const char *name, *kind, *help;
	unsigned long long (*value)(const struct show_peer *p);
} per_peer[] = {
	{"leafpeer_bgp_peer_up", "gauge", "1 if the session is Established.", peer_up},
	{"leafpeer_bgp_peer_established_total", "counter", "Times the session was established.",
	 peer_flaps},
	{"leafpeer_bgp_updates_treated_as_withdraw_total", "counter",
	 "Malformed UPDATEs whose routes were withdrawn (RFC 7606).", peer_malformed},
	{"leafpeer_bgp_attributes_discarded_total", "counter",
	 "Malformed attributes dropped (RFC 7606).", peer_discarded},
};

static void put_peers(const struct show_state *st, struct text *out)
{
	for (size_t m = 0; m < sizeof(per_peer) / sizeof(per_peer[0]); m++) {
		head(out, per_peer[m].name, per_peer[m].kind, per_peer[m].help);
		for (size_t i = 0; i < st->n_peers; i++)
			text_printf(out, "%s{peer=\"%s\"} %llu\n", per_peer[m].name,
				    st->peers[i].name, per_peer[m].value(&st->peers[i]));
	}
	head(out, "leafpeer_bgp_messages_total", "counter", "BGP messages by type.");
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct peer_counters *n = peer_counters(st->peers[i].peer);

		for (unsigned int t = BGP_OPEN; t < BGP_MSG_TYPES; t++)
			text_printf(out,
				    "leafpeer_bgp_messages_total{peer=\"%s\",type=\"%s\",direction="
				    "\"received\"} "
				    "%llu\n"
				    "leafpeer_bgp_messages_total{peer=\"%s\",type=\"%s\",direction="
				    "\"sent\"} %llu\n",
				    st->peers[i].name, bgp_msg_name(t),
				    (unsigned long long)n->rx[t], st->peers[i].name,
				    bgp_msg_name(t), (unsigned long long)n->tx[t]);
	}
	head(out, "leafpeer_bgp_limits_total", "counter",
	     "Times that a neighbor was kept to a limit, by which one.");
	for (size_t i = 0; i < st->n_peers; i++) {
		for (int l = 0; l < PEER_LIMIT_COUNT; l++)
			text_printf(
				out, "leafpeer_bgp_limits_total{peer=\"%s\",limit=\"%s\"} %llu\n",
				st->peers[i].name, peer_limit_name((enum peer_limit)l),
				(unsigned long long)peer_counters(st->peers[i].peer)->limits[l]);
	}
	head(out, "leafpeer_bgp_prefixes", "gauge", "Prefixes by family and what became of them.");
	for (size_t i = 0; i < st->n_peers; i++) {
		for (int f = 0; f < FAMILY_COUNT; f++) {
			const struct rib_peer *rp = st->peers[i].rib_peer;
			const char *family = f == FAMILY_IP4 ? "ipv4" : "ipv6";

			text_printf(out,
				    "leafpeer_bgp_prefixes{peer=\"%s\",family=\"%s\",state="
				    "\"received\"} %u\n",
				    st->peers[i].name, family, rp->received[f]);
			text_printf(out,
				    "leafpeer_bgp_prefixes{peer=\"%s\",family=\"%s\",state="
				    "\"accepted\"} %u\n",
				    st->peers[i].name, family, rp->accepted[f]);
			text_printf(out,
				    "leafpeer_bgp_prefixes{peer=\"%s\",family=\"%s\",state="
				    "\"stale\"} %u\n",
				    st->peers[i].name, family, rp->stale[f]);
			text_printf(out,
				    "leafpeer_bgp_prefixes{peer=\"%s\",family=\"%s\",state="
				    "\"sent\"} %zu\n",
				    st->peers[i].name, family,
				    adj_out_count(st->peers[i].adj_out, (enum family)f));
		}
	}
}

static unsigned long long bfd_up(const struct show_bfd *b)
{
	return b->session->state == BFD_UP;
}

static unsigned long long bfd_downs(const struct show_bfd *b)
{
	return b->session->downs;
}

static unsigned long long bfd_rx(const struct show_bfd *b)
{
	return b->rx;
}

static unsigned long long bfd_tx(const struct show_bfd *b)
{
	return b->tx;
}

static unsigned long long bfd_detection(const struct show_bfd *b)
{
	return bfd_session_detection_time(b->session);
}

static const struct {
	const char *name, *kind, *help;
	unsigned long long (*value)(const struct show_bfd *b);
} per_bfd[] = {
	{"leafpeer_bfd_session_up", "gauge", "1 if the BFD session is Up.", bfd_up},
	{"leafpeer_bfd_session_downs_total", "counter", "Times the BFD session left Up.",
	 bfd_downs},
	{"leafpeer_bfd_packets_received_total", "counter", "BFD Control packets received.", bfd_rx},
	{"leafpeer_bfd_packets_sent_total", "counter", "BFD Control packets sent.", bfd_tx},
	{"leafpeer_bfd_detection_time_microseconds", "gauge",
	 "Silence of this length ends the session.", bfd_detection},
};

static void put_bfd(const struct show_state *st, struct text *out)
{
	if (!st->bfd_scheduling)
		return;
	for (size_t m = 0; m < sizeof(per_bfd) / sizeof(per_bfd[0]); m++) {
		head(out, per_bfd[m].name, per_bfd[m].kind, per_bfd[m].help);
		for (size_t i = 0; i < st->n_bfd; i++)
			text_printf(out, "%s{peer=\"%s\"} %llu\n", per_bfd[m].name, st->bfd[i].name,
				    per_bfd[m].value(&st->bfd[i]));
	}
	head(out, "leafpeer_bfd_packets_discarded_total", "counter",
	     "BFD packets that no session took, by what was wrong.");
	for (size_t i = 0; i < st->n_bfd_discards; i++)
		text_printf(out, "leafpeer_bfd_packets_discarded_total{reason=\"%s\"} %llu\n",
			    st->bfd_discards[i].reason,
			    (unsigned long long)st->bfd_discards[i].packets);
}

void show_metrics(const struct show_state *st, struct text *out)
{
	const struct fib_counters *f = fib_counters(st->fib);
	struct rib_stats r;

	rib_stats(st->rib, &r);
	head(out, "leafpeer_info", "gauge", "Always 1; the version is a label.");
	text_printf(out, "leafpeer_info{version=\"%s\"} 1\n", st->version);
	head(out, "leafpeer_uptime_seconds", "gauge", "Since the agent started.");
	text_printf(out, "leafpeer_uptime_seconds %.3f\n", (double)(st->now - st->started) / 1e6);
	put_peers(st, out);
	put_bfd(st, out);
	one(out, "leafpeer_rib_prefixes", "gauge", "Prefixes in the RIB.", r.entries);
	one(out, "leafpeer_rib_paths", "gauge", "Paths in the RIB, rejected ones included.",
	    r.paths);
	one(out, "leafpeer_rib_attribute_sets", "gauge", "Distinct sets of path attributes.",
	    r.attrs);
	one(out, "leafpeer_fib_routes", "gauge", "Routes of ours in the kernel.", f->routes);
	one(out, "leafpeer_fib_objects", "gauge", "Nexthop objects of ours in the kernel.",
	    f->objects);
	one(out, "leafpeer_fib_operations_total", "counter", "Operations sent to the kernel.",
	    f->ops);
	one(out, "leafpeer_fib_errors_total", "counter", "Operations that the kernel refused.",
	    f->errors);
	one(out, "leafpeer_fib_repaired_total", "counter",
	    "Routes that somebody else changed or deleted, put back.", f->repaired);
	one(out, "leafpeer_fib_stale_routes", "gauge",
	    "Routes of an earlier run, not announced again yet.", fib_stale(st->fib));
	one(out, "leafpeer_pods", "gauge", "Pod records.", st->n_pods);
	one(out, "leafpeer_pod_records_skipped", "gauge", "Files that are no good records.",
	    st->pods_skipped);
	one(out, "leafpeer_pod_records_collected_total", "counter",
	    "Records removed because their pods were gone.", st->pods_collected);
	one(out, "leafpeer_local_routes", "gauge", "Prefixes announced.", st->n_locals);
}
