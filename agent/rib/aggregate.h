/*
 * aggregate: from pods to the routes that this node announces.
 *
 * In: the prefixes it owns, the addresses in use (pod records, cilium_host, pods the API knows),
 * the configured networks, and when. Out: the local routes, each once, sorted. A pod's address
 * inside an owned prefix never becomes a route; one outside becomes a host route unless that is
 * off. A prefix that ceases to be owned while pods are in it is announced for a hold-down longer.
 */
#ifndef LEAFPEER_RIB_AGGREGATE_H
#define LEAFPEER_RIB_AGGREGATE_H

#include "agent/lib/prefix.h"

enum advertise {
	ADVERTISE_ALLOCATED, /* from the first allocation on */
	ADVERTISE_ALWAYS,
};

enum local_kind {
	LOCAL_AGGREGATE, /* an owned prefix: gets a discard route where nothing else routes it */
	LOCAL_HOST,      /* a pod outside every owned prefix */
	LOCAL_NETWORK,   /* a network statement */
};

struct local_route {
	struct prefix prefix;
	enum local_kind kind;
};

/* An aggregate-address line. It is announced as long as something inside it is, and only if what
 * this node owns and its networks cover all of it: nobody else's addresses are ever announced. With
 * summary_only what is inside it is not announced beside it. */
struct aggregate_address {
	struct prefix prefix;
	bool summary_only;
};

struct aggregate_conf {
	enum advertise advertise;
	bool host_routes;
	int64_t hold_down_us;       /* from the last address's going to the withdrawal */
	const struct prefix *owned; /* copied */
	size_t n_owned;
	const struct prefix *networks; /* copied */
	size_t n_networks;
	const struct aggregate_address *addresses; /* copied */
	size_t n_addresses;
};

struct aggregate;

struct aggregate *aggregate_new(void);
void aggregate_free(struct aggregate *a); /* NULL is fine */
void aggregate_set_conf(struct aggregate *a, const struct aggregate_conf *conf, int64_t now);
/* Counted: an address may be in use more than once (record and API). Each del answers one add. */
void aggregate_addr_add(struct aggregate *a, const struct addr *addr, int64_t now);
void aggregate_addr_del(struct aggregate *a, const struct addr *addr, int64_t now);
/* Computes the local routes as of now: sorted by prefix_cmp; lends until the next call. Returns
 * true in *changed if they are others than the last time. */
const struct local_route *aggregate_routes(struct aggregate *a, int64_t now, size_t *n,
					   bool *changed);
/* When the routes change of themselves (hold-down over); INT64_MAX: never. */
int64_t aggregate_deadline(const struct aggregate *a);

/* For show aggregates: one row for each owned prefix. */
struct aggregate_row {
	struct prefix prefix;
	uint32_t addresses; /* in use inside */
	bool advertised;
	int64_t withdraw_at; /* while held down; else 0 */
};
size_t aggregate_rows(const struct aggregate *a, struct aggregate_row *rows, size_t cap);
/* And one for each aggregate-address. */
struct aggregate_address_row {
	struct prefix prefix;
	bool summary_only;
	bool owned; /* all of it is this node's */
	bool advertised;
};
size_t aggregate_address_rows(const struct aggregate *a, struct aggregate_address_row *rows,
			      size_t cap);

#endif
