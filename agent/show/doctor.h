/*
 * doctor: what may be wrong with a node, as one table: the check, its state, what was found and
 * what to do.
 *
 * Pure: the facts of the node (doctor_host, gathered by io/host.c) and of the agent (show_state,
 * doctor_agent) go in, rows come out. The agent judges what only it knows, its sessions above all,
 * and hands the rows over as JSON; leafpeerctl adds what the node says, so that the checks of the
 * node need no agent, and cost a running one nothing.
 */
#ifndef LEAFPEER_SHOW_DOCTOR_H
#define LEAFPEER_SHOW_DOCTOR_H

#include "agent/lib/json_write.h"
#include "agent/lib/prefix.h"
#include "agent/lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_ROWS_MAX     256
#define DOCTOR_JSON_MAX     (1024 * 1024) /* octets of the agent's part */
#define DOCTOR_LISTS_MAX    16
#define DOCTOR_PLUGINS_MAX  16
#define DOCTOR_UPLINKS_MAX  16
#define DOCTOR_PREFIXES_MAX 64
#define DOCTOR_FOREIGN_MAX  32

/* ---- rows
 * -------------------------------------------------------------------------------------- */

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_UNKNOWN, /* could not be looked at from here */
	DOCTOR_WARNING, /* works now, or most of the time */
	DOCTOR_FAILED,
};

struct doctor_row {
	enum doctor_state state;
	char check[80];  /* "rp_filter eth1" */
	char found[320]; /* what was seen */
	char cure[480];  /* what to do; "" where there is nothing */
};

struct doctor {
	struct doctor_row *rows;
	size_t n;
	bool more; /* there was no room for all */
};

const char *doctor_state_name(enum doctor_state state); /* "ok", "failed" */
/* Adds a row and lends it, for the cure. Never NULL: without room it is one that nobody reads. */
struct doctor_row *doctor_add(struct doctor *d, enum doctor_state state, const char *check,
			      const char *found, ...) __attribute__((format(printf, 4, 5)));
void doctor_cure(struct doctor_row *row, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t doctor_count(const struct doctor *d, enum doctor_state state);
void doctor_free(struct doctor *d);
/* What is worst first, else in the order of the checks. */
void doctor_text(const struct doctor *d, struct text *out);
void doctor_json(const struct doctor *d, struct json_write *js);
/* Only the rows, as an array of this name. */
void doctor_json_rows(const struct doctor *d, struct json_write *js, const char *key);

/* ---- the agent
 * --------------------------------------------------------------------------------- */

/* Segments that TCP's MD5 check (RFC 2385) or minimum TTL (RFC 5082) dropped in this network
 * namespace since it was made. */
struct doctor_tcp {
	bool known;
	uint64_t md5_missing;    /* unsigned, where a signature was expected */
	uint64_t md5_unexpected; /* signed, where none was expected */
	uint64_t md5_wrong;      /* signed with another password */
	uint64_t ttl_too_small;
};

/* What the agent knows beside show_state. */
struct doctor_agent {
	bool listens[2]; /* for connections over IPv4, IPv6 */
	struct doctor_tcp tcp;
	bool (*reaches)(void *ctx, const struct addr *a);      /* there is a route */
	bool (*is_connected)(void *ctx, const struct addr *a); /* on a link of this host */
	uint32_t (*ifindex_to)(void *ctx, const struct addr *a);
	void *ctx;
	/* for the node's checks */
	uint32_t route_table, route_metric, interface_mtu;
	uint8_t route_protocol;
	uint16_t bgp_port;
	/* the cache of the last good configuration: errno if it is not there, else when it was
	 * written, in seconds since 1970 */
	const char *cache_dir;
	int cache_error;
	int64_t cache_written;
};

struct show_state;
/* Sessions, BFD, configuration, prefixes, pods, kernel routes. */
void doctor_judge_agent(struct doctor *d, const struct show_state *st,
			const struct doctor_agent *a);
/* The agent's rows, and what the checks of the node need to know, as one JSON text. */
void doctor_write_agent(const struct doctor *d, const struct show_state *st,
			const struct doctor_agent *a, struct text *out);

/* ---- the node
 * ---------------------------------------------------------------------------------- */

/* What leafpeerctl learns from the agent, or assumes where there is none. */
struct doctor_node {
	bool from_agent; /* else defaults */
	char version[64];
	uint32_t route_table, route_metric, interface_mtu;
	uint8_t route_protocol;
	size_t neighbors;
	char uplinks[DOCTOR_UPLINKS_MAX][16];
	size_t n_uplinks;
	struct prefix prefixes[DOCTOR_PREFIXES_MAX]; /* of the pods */
	size_t n_prefixes;
};

/* A list of CNI plugins, as runtimes look at them: in the order of names. */
struct doctor_list {
	char file[256];
	char network[129];
	char error[96]; /* what makes it unreadable; "" nothing */
	char types[DOCTOR_PLUGINS_MAX][48];
	size_t n_types;
	bool drop_in; /* there is one of ours beside it */
};

struct doctor_uplink {
	char name[16];
	int rp_filter; /* -1: not known */
	uint32_t mtu;  /* 0: not known */
};

/* Routes that are not quite ours. */
struct doctor_foreign {
	uint32_t table, metric;
	uint8_t protocol;
	uint64_t routes;
};

enum doctor_networkd {
	NETWORKD_UNKNOWN, /* the directory that tells is not to be seen from here */
	NETWORKD_ABSENT,
	NETWORKD_MANAGES, /* takes routes of others away */
	NETWORKD_LEAVES,
};

struct doctor_host {
	const char *conf_dir, *bin_dir;   /* as they were looked at */
	int conf_dir_error, plugin_error; /* errno; 0: there */
	struct doctor_list lists[DOCTOR_LISTS_MAX];
	size_t n_lists;
	size_t set_aside;        /* lists that Cilium has renamed */
	char plugin_version[64]; /* "": it does not say */
	bool plugin_executable;
	/* of Cilium; "": not known */
	char cilium_source[256];
	char routing_mode[32], ipam[32], exclusive[8], native4[64], native6[64], masquerade4[8];
	/* of the kernel; -1: not known */
	int hash4, hash6, forward4, forward6, rp_all;
	struct doctor_uplink uplinks[DOCTOR_UPLINKS_MAX];
	size_t n_uplinks;
	enum doctor_networkd networkd;
	bool routes_known;
	struct doctor_foreign foreign[DOCTOR_FOREIGN_MAX];
	size_t n_foreign;
	int64_t wall_s; /* since 1970 */
	int synced;     /* the clock; -1: not known */
};

void doctor_node_init(struct doctor_node *node);
/* Reads what doctor_write_agent wrote: rows are added to d. False: it is none. */
bool doctor_read_agent(const char *text, size_t len, struct doctor *d, struct doctor_node *node);
void doctor_judge_host(struct doctor *d, const struct doctor_host *h,
		       const struct doctor_node *node);

#endif
