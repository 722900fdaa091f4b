/* show: from a line to its answer in slices, and what several commands use. */
#include "agent/show/show.h"

#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static show_fn *const verbs[VERB_SHOW_LAST + 1] = {
	[VERB_BGP] = show_bgp,
	[VERB_BGP_LONGER] = show_bgp_longer,
	[VERB_BGP_NEIGHBORS] = show_bgp_neighbors,
	[VERB_BGP_NEIGHBOR_ROUTES] = show_bgp_neighbor_routes,
	[VERB_BGP_SUMMARY] = show_bgp_summary,
	[VERB_BGP_SUMMARY_ALL] = show_bgp_summary_all,
	[VERB_ROUTE] = show_route,
	[VERB_ROUTE_BGP] = show_route_bgp,
	[VERB_ROUTE_SUMMARY] = show_route_summary,
	[VERB_BFD_PEERS] = show_bfd_peers,
	[VERB_BFD_DETAIL] = show_bfd_detail,
	[VERB_PODS] = show_pods,
	[VERB_AGGREGATES] = show_aggregates,
	[VERB_RUNNING_CONFIG] = show_running_config,
	[VERB_VERSION] = show_version,
	[VERB_KUBERNETES] = show_kubernetes,
	[VERB_HOSTNAME] = show_hostname,
	[VERB_BMP] = show_bmp,
	[VERB_CLOCK] = show_clock,
	[VERB_RUNNING_CONFIG_DIFFS] = show_running_config_diffs,
};

struct show_run {
	enum command_verb verb;
	enum afi afi;
	char *arg, *arg2;
	bool json;
	struct show_at at;
};

struct show_run *show_begin(const struct command_line *line)
{
	struct show_run *run = mem_zalloc(sizeof(*run));

	run->verb = line->command->verb;
	run->afi = line->afi;
	run->json = line->json;
	run->arg = line->n_args > 0 ? mem_strdup(line->args[0]) : NULL;
	run->arg2 = line->n_args > 1 ? mem_strdup(line->args[1]) : NULL;
	return run;
}

bool show_more(struct show_run *run, const struct show_state *st, struct text *out)
{
	unsigned int budget = SHOW_SLICE;
	struct show_args a = {
		.st = st,
		.afi = run->afi,
		.arg = run->arg,
		.arg2 = run->arg2,
		.json = run->json,
		.out = out,
		.js = &run->at.json,
		.at = &run->at,
		.budget = &budget,
	};

	run->at.json.out = out;
	return !verbs[run->verb](&a);
}

void show_end(struct show_run *run)
{
	if (!run)
		return;
	rib_walk_free(run->at.walk);
	free(run->at.tally);
	free(run->arg);
	free(run->arg2);
	free(run);
}

/* ---- common -----------------------------------------------------------------------------------
 */

void show_json_vrf(const struct show_args *a)
{
	json_write_object(a->js, NULL);
	json_write_object(a->js, "vrfs");
	json_write_object(a->js, "default");
}

void show_json_vrf_end(const struct show_args *a)
{
	json_write_end(a->js);
	json_write_end(a->js);
	json_write_end(a->js);
}

bool show_is_called(const char *name, const struct addr *addr, const char *interface,
		    const char *who)
{
	const char *zone = strchr(name, '%'), *given = strchr(who, '%');
	size_t len = given ? (size_t)(given - who) : strlen(who);
	char text[ADDR_STRLEN];
	struct addr a;

	if (strcmp(name, who) == 0 || (interface && strcmp(interface, who) == 0))
		return true;
	/* an IPv6 address can be written in many ways */
	if (len >= sizeof(text) || !zone != !given || (zone && strcmp(zone, given) != 0))
		return false;
	memcpy(text, who, len);
	text[len] = '\0';
	return addr_parse(text, &a) && addr_eq(&a, addr);
}

const struct show_peer *show_find_peer(const struct show_state *st, const char *name)
{
	for (size_t i = 0; i < st->n_peers; i++) {
		const struct show_peer *p = &st->peers[i];

		if (show_is_called(p->name, &p->addr, p->interface, name))
			return p;
	}
	return NULL;
}

const char *show_duration(int64_t us, char buf[static 32])
{
	long long s = us > 0 ? us / 1000000 : 0;

	if (s < 86400)
		snprintf(buf, 32, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, 32, "%lldd%02lldh", s / 86400, s / 3600 % 24);
	return buf;
}

const char *show_remote_as(const struct peer *p, char buf[static 12])
{
	uint32_t as = peer_remote_as(p);

	if (!as)
		return strcpy(buf, "external");
	return asn_str(as, false, buf);
}

double show_wall(const struct show_state *st, int64_t at)
{
	return (double)(st->wall - (st->now - at)) / 1e6;
}

const char *show_peer_state(const struct show_peer *p)
{
	enum bgp_state state = peer_state(p->peer);

	if (state == BGP_ESTABLISHED)
		return "Estab";
	if (peer_conf(p->peer)->shutdown)
		return "Idle(Admin)";
	return p->blocked ? p->blocked_state : bgp_state_name(state);
}
