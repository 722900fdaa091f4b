/*
 * fibsync: keeps the kernel and the FIB in step: the shell rtnl, the pure fib and nexthop_table,
 *and who tells whom.
 *
 *	RIB -> fibsync_want -> fib -> rtnl -> kernel
 *	kernel -> rtnl -> fib (what is ours), nexthop_table (what is not) -> fibsync_ops
 *
 * Nothing is sent but from fibsync_work(), which the host calls when ops->work asked for it.
 */
#ifndef LEAFPEER_FIBSYNC_H
#define LEAFPEER_FIBSYNC_H

#include "agent/io/loop.h"
#include "agent/lib/histogram.h"
#include "agent/rib/fib.h"
#include "agent/rib/nexthop.h"

struct fibsync_conf {
	uint32_t table;
	uint8_t protocol;
	uint32_t metric;
	bool no_objects; /* inline next hops even where the kernel has nexthop objects */
};

struct fibsync_ops {
	/* A tracked next hop resolves to something else. */
	void (*nexthop_changed)(void *ctx, struct nexthop *nh);
	/* Subnets, own addresses, or foreign routes to prefixes changed. */
	void (*connected)(void *ctx, const struct prefix *p);
	void (*connected_changed)(void *ctx);
	void (*link)(void *ctx, uint32_t ifindex, bool up);
	/* Nobody answers for this address on the link. True: it is a neighbour's, and that has been
	 * seen to; false: routes that lead there are led elsewhere until somebody answers. */
	bool (*gateway_failed)(void *ctx, uint32_t ifindex, const struct addr *a);
	/* Say again what is wanted, all of it. */
	void (*rewant)(void *ctx);
	/* fibsync_work has something to do. */
	void (*work)(void *ctx);
};

struct fibsync;

/* Dumps the kernel before it returns. 0 or -errno, with *why what was being done. */
int fibsync_open(const struct fibsync_conf *conf, struct loop *l, const struct fibsync_ops *ops,
		 void *ctx, struct fibsync **out, const char **why);
/* The kernel keeps all. NULL is fine. */
void fibsync_close(struct fibsync *k);
struct nexthop_table *fibsync_nexthops(struct fibsync *k);
const struct fib *fibsync_fib(const struct fibsync *k);
/* How long the kernel took for operations. Lends. */
const struct histogram *fibsync_latency(const struct fibsync *k);

void fibsync_want(struct fibsync *k, const struct prefix *p, const struct hop *hops, size_t n,
		  bool discard);
void fibsync_unwant(struct fibsync *k, const struct prefix *p);
/* One turn; true: there is more that can be done now. What has to wait for the kernel's answers to
 * what is under way comes back by ops->work. */
bool fibsync_work(struct fibsync *k);
/* Enough is waiting for the kernel: nothing need be decided just now. */
bool fibsync_full(const struct fibsync *k);
/* When fibsync_work has to be called without being asked; INT64_MAX: never. */
int64_t fibsync_deadline(const struct fibsync *k);
size_t fibsync_stale(const struct fibsync *k);
void fibsync_sweep(struct fibsync *k);

/* The next hop is dead, on this interface if it is a link-local one: groups lose it at once. Only
 * if it is on the link: what goes through another gateway is not to suffer. */
void fibsync_next_hop_down(struct fibsync *k, const struct addr *a, uint32_t ifindex);
/* Reads the kernel's tables again if anything happened to them that was not heard yet. */
void fibsync_catch_up(struct fibsync *k);
/* Sends what cannot wait, now: what is left of groups that lost a next hop. */
void fibsync_flush(struct fibsync *k);
/* Until the kernel has answered all that was sent. */
void fibsync_settle(struct fibsync *k);

/* Keeps the address's resolution known and reported: a neighbour's. */
void fibsync_track(struct fibsync *k, const struct addr *a);
void fibsync_untrack(struct fibsync *k, const struct addr *a);
/* A tracked address that packets can be sent to, and one that is on a link of this host. */
bool fibsync_can_reach(const struct fibsync *k, const struct addr *a);
bool fibsync_is_connected(const struct fibsync *k, const struct addr *a);
/* The interface that leads to it directly, or 0. */
uint32_t fibsync_ifindex_to(struct fibsync *k, const struct addr *a);
/* Somebody else routes this very prefix. */
bool fibsync_has_kroute(const struct fibsync *k, const struct prefix *p);
/* An address of the other family on the interface that has local; AFI_NONE: none. */
struct addr fibsync_local_twin(const struct fibsync *k, const struct addr *local, enum afi afi);
/* This host's IPv4 address on the subnet of the address; AFI_NONE: it is on none. */
struct addr fibsync_ip4_towards(const struct fibsync *k, const struct addr *a);
/* The highest IPv4 address of this host that is neither a loopback's nor inside one of the n
 * prefixes; AFI_NONE: none. */
struct addr fibsync_highest_ip4(const struct fibsync *k, const struct prefix *except, size_t n);
/* The addresses of an interface, link-local ones not; returns how many. fibsync_ifname: its name,
 * or "if7"; lends until the next call. */
size_t fibsync_addrs_of(const struct fibsync *k, const char *ifname, struct addr *out, size_t cap);
const char *fibsync_ifname(const struct fibsync *k, uint32_t ifindex);
/* This host has no such address. */
bool fibsync_lacks_addr(const struct fibsync *k, const struct addr *a);
uint32_t fibsync_ifindex(const struct fibsync *k, const char *name); /* 0: none */
bool fibsync_has_objects(const struct fibsync *k);

#endif
