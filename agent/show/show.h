/*
 * show: the commands that look, in EOS's words and layouts, as text or JSON.
 *
 * Pure: from the agent's state, which is borrowed and never changed, to text. An answer comes in
 * slices, each of bounded work, so that a million routes neither stop the agent nor lie in its
 * memory; between slices the state may change in any way.
 */
#ifndef LEAFPEER_SHOW_SHOW_H
#define LEAFPEER_SHOW_SHOW_H

#include "agent/bfd/session.h"
#include "agent/bgp/peer.h"
#include "agent/lib/histogram.h"
#include "agent/lib/json_write.h"
#include "agent/lib/record.h"
#include "agent/lib/text.h"
#include "agent/rib/adj_out.h"
#include "agent/rib/aggregate.h"
#include "agent/rib/fib.h"
#include "agent/rib/rib.h"
#include "agent/show/command.h"
#include "agent/show/kube.h"

#define SHOW_SLICE 128 /* entries of the RIB's worth of work; some tenths of a millisecond */

struct show_peer {
	const struct peer *peer;
	const struct rib_peer *rib_peer;
	const struct adj_out *adj_out;
	struct addr addr;
	const char *name;
	const char *interface; /* of an unnumbered neighbour, which it is called by, too; or NULL */
	const char *description;
	const char *blocked;       /* why it does not try, or NULL */
	const char *blocked_state; /* the same as EOS's state: "Idle(NoPwd)" */
	struct addr local;
	int failed;          /* errno of the last attempt to connect; 0: it worked */
	const char *failure; /* the same in words */
	bool password;
	bool ao;                 /* the password is TCP-AO's, not MD5's */
	uint8_t ttl, min_ttl;    /* as struct tcp_opts */
	uint32_t maximum_routes; /* 0: no limit */
	bool maximum_routes_warn;
	/* names, or "" */
	const char *export_prefix_list[FAMILY_COUNT], *export_route_map[FAMILY_COUNT];
};

struct show_station { /* of BMP */
	const char *name, *failure;
	struct addr addr;
	uint16_t port;
	bool up, dumped; /* dumped: everything was told once */
	int64_t since;
	size_t peers, changes; /* told of; waiting */
	uint64_t octets, connects, restarts;
};

struct show_bfd {
	const char *name;   /* the neighbour's */
	const char *ifname; /* over which its packets come, or "" */
	struct addr addr, local;
	bool multihop;
	uint16_t port; /* that we send from */
	const struct bfd_session *session;
	uint64_t rx, tx, send_errors;
};

struct show_process {
	double cpu_seconds;
	uint64_t resident_bytes, virtual_bytes;
	uint64_t open_fds, max_fds;
};

struct show_config {
	int64_t applied;     /* when what is in force came to be so */
	const char *refusal; /* why the newest is not, or "" */
	uint64_t refusals;
};

struct show_bfd_discards { /* packets that were no session's, by what was wrong */
	const char *reason;
	uint64_t packets;
};

struct show_state {
	int64_t now;  /* monotonic microseconds */
	int64_t wall; /* the same moment in microseconds since 1970 */
	int64_t started;
	int64_t started_wall; /* as wall, and as it was then */
	const char *version;
	const char *hostname;
	uint32_t router_id;
	uint32_t local_as;
	const struct show_peer *peers;
	size_t n_peers;
	const struct show_bfd *bfd;
	size_t n_bfd;
	const struct show_bfd_discards *bfd_discards;
	size_t n_bfd_discards;
	const char *bfd_scheduling; /* NULL: no BFD runs */
	const struct rib *rib;
	const struct fib *fib;
	const struct histogram *fib_latency; /* NULL: not measured */
	struct show_config config;
	const uint64_t *log_lines; /* error, warning, info, debug */
	uint64_t log_suppressed;
	const struct show_process *process; /* NULL: not known */
	const struct histogram *turns;      /* of the event loop; NULL: not known */
	const struct aggregate *aggregate;
	const struct local_route *locals;
	size_t n_locals;
	bool draining;
	const struct show_station *stations;
	size_t n_stations;
	size_t n_pods, pods_skipped;
	uint64_t pods_collected; /* records of pods that were gone, since the start */
	const struct show_kube *kube;
	const struct pod_record *(*pod_at)(void *ctx, size_t i); /* NULL past the end */
	const char *(*ifname)(void *ctx, uint32_t ifindex);
	void (*running_config)(void *ctx, struct text *out);
	void (*running_config_diffs)(void *ctx, struct text *out);
	void *ctx; /* of these */
};

struct show_run; /* an answer under way */

/* The line is understood already, and its verb is one of show's (at most VERB_SHOW_LAST). Copied.
 */
struct show_run *show_begin(const struct command_line *line);
/* Adds the next slice to out. true: there is more. */
bool show_more(struct show_run *run, const struct show_state *st, struct text *out);
void show_end(struct show_run *run); /* NULL is fine */

/* ---- between the files of this folder -----------------------------------------------------------
 */

/* Where a command has come to; zero at its beginning. What is not in here is forgotten between
 * slices. */
struct show_at {
	unsigned int phase;
	struct rib_walk *walk;    /* freed by show_end */
	struct show_tally *tally; /* of route_summary; freed by show_end */
	struct prefix last;       /* given last, of what is not the walk's */
	size_t count;
	struct json_write json;
};

struct show_args {
	const struct show_state *st;
	enum afi afi;
	const char *arg; /* what the command took, or NULL */
	const char *arg2;
	bool json;
	struct text *out;
	struct json_write *js; /* into out */
	struct show_at *at;
	unsigned int *budget; /* of this slice, see rib_walk_next */
};

/* Does a slice; true: that was the last. */
typedef bool show_fn(const struct show_args *a);

show_fn show_bgp_summary, show_bgp_summary_all, show_bgp, show_bgp_longer, show_bgp_neighbors,
	show_bgp_neighbor_routes, show_bfd_peers, show_bfd_detail, show_route, show_route_bgp,
	show_route_summary, show_pods, show_aggregates, show_running_config, show_version,
	show_hostname, show_bmp, show_running_config_diffs, show_clock, show_kubernetes;

/* {"vrfs": {"default": { */
void show_json_vrf(const struct show_args *a);
void show_json_vrf_end(const struct show_args *a);
/* Whether who names the neighbour of that name, address and, if it is unnumbered, interface. A
 * link-local address names nobody without its interface. */
bool show_is_called(const char *name, const struct addr *addr, const char *interface,
		    const char *who);
/* The neighbour that is called so, or NULL. */
const struct show_peer *show_find_peer(const struct show_state *st, const char *name);
/* "00:21:10", "1d23h". */
const char *show_duration(int64_t us, char buf[static 32]);
/* "Estab", "Idle(Admin)". */
const char *show_peer_state(const struct show_peer *p);
/* The AS of a neighbour; of one that may have any but ours, "external" until it has said it. */
const char *show_remote_as(const struct peer *p, char buf[static 12]);
/* Seconds since 1970 of a moment of show_state's clock. */
double show_wall(const struct show_state *st, int64_t at);

#endif
