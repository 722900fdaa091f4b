/*
 * show: the commands that look, in EOS's words and layouts, as text or JSON.
 *
 * Pure: from the agent's state, which is borrowed and never changed, to text. A word may be
 * abbreviated as long as it is unambiguous; behind any command "| json" asks for JSON.
 */
#ifndef LEAFPEER_SHOW_SHOW_H
#define LEAFPEER_SHOW_SHOW_H

#include "agent/bgp/peer.h"
#include "agent/lib/json.h"
#include "agent/lib/record.h"
#include "agent/lib/text.h"
#include "agent/rib/adj_out.h"
#include "agent/rib/aggregate.h"
#include "agent/rib/fib.h"
#include "agent/rib/rib.h"

#define SHOW_WORDS_MAX 16

struct show_peer {
	const struct peer *peer;
	const struct rib_peer *rib_peer;
	const struct adj_out *adj_out;
	struct addr addr;
	const char *name;
	const char *description;
	const char *blocked; /* why it does not try, or NULL */
	struct addr local;
};

struct show_state {
	int64_t now; /* monotonic microseconds */
	int64_t started;
	const char *version;
	const char *hostname;
	uint32_t router_id;
	uint32_t local_as;
	const struct show_peer *peers;
	size_t n_peers;
	const struct rib *rib;
	const struct fib *fib;
	const struct aggregate *aggregate;
	const struct local_route *locals;
	size_t n_locals;
	bool draining;
	size_t n_pods, pods_skipped;
	const struct pod_record *(*pod_at)(void *ctx, size_t i); /* NULL past the end */
	const char *(*ifname)(void *ctx, uint32_t ifindex);
	void (*running_config)(void *ctx, struct text *out);
	void *ctx; /* of the three */
};

enum show_result {
	SHOW_OK,
	SHOW_UNKNOWN, /* not a command: out has the reason, as EOS says it */
};

/* Runs a line such as "show ip bgp summary | json"; the answer, or the complaint, is added to out.
 */
enum show_result show_command(const struct show_state *st, const char *line, struct text *out);

/* ---- between the files of this folder -----------------------------------------------------------
 */

struct show_args {
	const struct show_state *st;
	enum afi afi;
	const char *arg; /* what the command took, or NULL */
	const char *arg2;
	bool json;
	struct text *out;
};

void show_bgp_summary(const struct show_args *a);
void show_bgp(const struct show_args *a);
void show_bgp_neighbors(const struct show_args *a);
void show_bgp_neighbor_routes(const struct show_args *a);
void show_route(const struct show_args *a);
void show_route_bgp(const struct show_args *a);
void show_pods(const struct show_args *a);
void show_aggregates(const struct show_args *a);
void show_running_config(const struct show_args *a);
void show_version(const struct show_args *a);

/* "00:21:10", "1d23h". */
const char *show_duration(int64_t us, char buf[static 32]);
/* "Estab", "Idle(Admin)". */
const char *show_peer_state(const struct show_peer *p);
/* Prints and frees the tree. */
void show_json(cJSON *root, struct text *out);

#endif
