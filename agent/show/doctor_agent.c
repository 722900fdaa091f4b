/* doctor_agent: what the agent knows of itself: configuration, prefixes, pods, routes, sessions. */
#include "agent/show/doctor_impl.h"

#include <stdio.h>
#include <string.h>

#define AGGREGATES_MAX 256

static void judge_refusal(struct doctor *d, const struct show_state *st)
{
	const char *key = st->kube ? st->kube->config_refused_key : "";
	struct doctor_row *row = doctor_add(
		d, DOCTOR_FAILED, "configuration",
		"the newest one was refused, the one before is in force: %s", st->config.refusal);

	if (*key)
		doctor_cure(
			row,
			"Mend that annotation of the Node: kubectl annotate node %s --overwrite "
			"%s=..., or %s- to take it away. It is read at once, nothing restarts.",
			*st->kube->node ? st->kube->node : "NODE", key, key);
	else
		doctor_cure(row,
			    "Mend that place (show running-config diffs; leafpeerctl configure "
			    "check FILE), then leafpeerctl reload.");
}

static void judge_configuration(struct doctor *d, const struct show_state *st,
				const struct doctor_agent *a)
{
	if (*st->config.refusal)
		judge_refusal(d, st);
	else if (!st->local_as)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "configuration", "there is no local AS"),
			    "BGP_AS, the annotation arista/bgp-local-as, or router bgp.");
	else if (!st->n_peers)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "configuration",
				       "there is no neighbor, so nothing is announced or learned"),
			    "BGP_PEER, the annotation arista/bgp-peer-ip-1, or neighbor.");
	else
		doctor_add(d, DOCTOR_OK, "configuration", "in force, AS %u, %zu neighbors",
			   st->local_as, st->n_peers);
	if (!st->router_id)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "router ID",
				       "there is none, since this host has no IPv4 address"),
			    "router bgp, router-id A.B.C.D.");
	if (st->draining)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "drain", "this node is drained"),
			    "leafpeerctl undrain, when it is to take traffic again.");
	if (!a->listens[0] && !a->listens[1])
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "BGP port",
				       "nobody can connect to TCP port %u: it was taken at start",
				       a->bgp_port),
			    "Another BGP daemon on this node (ss -ltnp)? Sessions that this node "
			    "dials work.");
}

static void judge_prefixes(struct doctor *d, const struct show_state *st)
{
	struct aggregate_row rows[AGGREGATES_MAX];
	size_t n = aggregate_rows(st->aggregate, rows, AGGREGATES_MAX), quiet = 0;
	char prefix[PREFIX_STRLEN];

	for (size_t i = 0; i < n; i++) {
		char check[80];

		if (rows[i].advertised) {
			snprintf(check, sizeof(check), "prefix %s",
				 prefix_str(&rows[i].prefix, prefix));
			doctor_add(d, DOCTOR_OK, check, "announced, %u addresses in use",
				   rows[i].addresses);
		} else {
			quiet++;
		}
	}
	if (!n && !st->n_locals)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "prefixes",
				       "no pod prefix of this node is known, so none is announced"),
			    "CNI_PROVIDER says where it comes from: podCIDRs of the CiliumNode or "
			    "Node, or POD_CIDR.");
	else if (quiet)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "prefixes",
				       "%zu of %zu are not announced: no address of theirs is in "
				       "use yet",
				       quiet, n),
			    "They will be with the first pod. If pods run: is leafpeer in the "
			    "chain of plugins? advertise always does not wait.");
}

static void judge_aggregates(struct doctor *d, const struct show_state *st)
{
	struct aggregate_address_row rows[AGGREGATES_MAX];
	size_t n = aggregate_address_rows(st->aggregate, rows, AGGREGATES_MAX);
	char pfx[PREFIX_STRLEN];

	for (size_t i = 0; i < n; i++) {
		if (rows[i].owned)
			continue;
		doctor_cure(
			doctor_add(d, DOCTOR_WARNING, "aggregate-address",
				   "%s is not announced: not all of it is this node's",
				   prefix_str(&rows[i].prefix, pfx)),
			"A shorter one would draw the traffic of other nodes' pods: leave the line "
			"out, or have pod-cidr and network cover all of it.");
	}
}

static void judge_state(struct doctor *d, const struct show_state *st)
{
	size_t failed = fib_failed(st->fib);
	char pfx[PREFIX_STRLEN];
	struct prefix last;
	int error = fib_refusal(st->fib, &last);

	if (st->pods_skipped)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "pod records",
				       "%zu of them cannot be read", st->pods_skipped),
			    "The log names them; they count for nothing until they can.");
	else
		doctor_add(d, DOCTOR_OK, "pod records", "%zu", st->n_pods);
	if (failed)
		doctor_cure(
			doctor_add(d, DOCTOR_FAILED, "kernel routes",
				   "%zu routes are refused by the kernel, the last one %s: %s",
				   failed, prefix_str(&last, pfx), strerror(error)),
			"The log has the kernel's own words. They are tried again after a second, "
			"and then less and less often, down to once a minute.");
	else
		doctor_add(d, DOCTOR_OK, "kernel routes", "%llu installed",
			   (unsigned long long)fib_counters(st->fib)->routes);
	for (size_t i = 0; i < st->n_stations; i++) {
		const struct show_station *s = &st->stations[i];
		char check[80];

		snprintf(check, sizeof(check), "BMP station %s", s->name);
		if (s->up)
			doctor_add(d, DOCTOR_OK, check, "connected");
		else
			doctor_cure(doctor_add(d, DOCTOR_WARNING, check, "not connected: %s",
					       *s->failure ? s->failure : "trying"),
				    "Routing does not need it. Does the collector listen there?");
	}
}

void doctor_judge_agent(struct doctor *d, const struct show_state *st, const struct doctor_agent *a)
{
	judge_configuration(d, st, a);
	doctor_judge_kube(d, st, a);
	doctor_judge_sessions(d, st, a);
	judge_prefixes(d, st);
	judge_aggregates(d, st);
	judge_state(d, st);
}

/* ---- to leafpeerctl ---------------------------------------------------------------------------
 */

static void write_uplinks(const struct show_state *st, const struct doctor_agent *a,
			  struct json_write *js)
{
	uint32_t seen[DOCTOR_UPLINKS_MAX];
	size_t n = 0;

	json_write_array(js, "uplinks");
	for (size_t i = 0; i < st->n_peers && n < DOCTOR_UPLINKS_MAX; i++) {
		uint32_t ifindex =
			st->peers[i].addr.afi ? a->ifindex_to(a->ctx, &st->peers[i].addr) : 0;
		bool known = !ifindex;

		for (size_t k = 0; k < n; k++)
			known |= seen[k] == ifindex;
		if (known)
			continue;
		seen[n++] = ifindex;
		json_write_string(js, NULL, st->ifname(st->ctx, ifindex));
	}
	json_write_end(js);
}

static void write_prefixes(const struct show_state *st, struct json_write *js)
{
	struct aggregate_row rows[AGGREGATES_MAX];
	size_t n = aggregate_rows(st->aggregate, rows, AGGREGATES_MAX);
	char prefix[PREFIX_STRLEN];

	json_write_array(js, "prefixes");
	for (size_t i = 0; i < n && i < DOCTOR_PREFIXES_MAX; i++)
		json_write_string(js, NULL, prefix_str(&rows[i].prefix, prefix));
	json_write_end(js);
}

void doctor_write_agent(const struct doctor *d, const struct show_state *st,
			const struct doctor_agent *a, struct text *out)
{
	struct json_write js = {.out = out};

	json_write_object(&js, NULL);
	json_write_object(&js, "node");
	json_write_string(&js, "version", st->version);
	json_write_uint(&js, "routeTable", a->route_table);
	json_write_uint(&js, "routeProtocol", a->route_protocol);
	json_write_uint(&js, "routeMetric", a->route_metric);
	json_write_uint(&js, "interfaceMtu", a->interface_mtu);
	json_write_uint(&js, "neighbors", st->n_peers);
	write_uplinks(st, a, &js);
	write_prefixes(st, &js);
	json_write_end(&js);
	doctor_json_rows(d, &js, "checks");
	json_write_end(&js);
}
