/* fibsync: see fibsync.h. */
#include "agent/fibsync.h"

#include "agent/io/log.h"
#include "agent/io/rtnl.h"
#include "agent/lib/backoff.h"
#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_COUNT    65536
#define CONFUSED_US (1000 * 1000) /* before a look at what should not be there */
#define RESYNC_US   (100 * 1000)  /* between dumps, when notifications are lost again and again */
#define TURN_OPS    2048
#define BACKLOG_MAX 4096          /* routes that wait for those before them */
#define REPAIRED_US (1000 * 1000) /* between lines about what others do to routes */
#define ASK_US      (1000 * 1000) /* between questions to gateways that do not answer */
#define REWANT_US \
	(20 * 1000) /* after a nexthop object was taken away: time for its link to be heard of */

struct iface {
	uint32_t ifindex;
	char name[16];
	bool up;
};

struct host_addr {
	uint32_t ifindex;
	struct addr addr;
	struct prefix subnet;
};

struct tracked_addr {
	struct addr addr;
	struct nexthop *nh;
};

struct fibsync {
	const struct fibsync_ops *ops;
	void *ctx;
	struct loop *loop;
	struct rtnl *rtnl;
	struct fib *fib;
	struct nexthop_table *nexthops;
	struct iface *ifaces;
	size_t n_ifaces;
	struct host_addr *addrs;
	size_t n_addrs;
	struct tracked_addr *tracked;
	size_t n_tracked;
	bool in_dump;
	bool connected_changed;
	bool resync;
	const char *resync_why;
	int64_t resync_at;
	struct backoff refused;
	int64_t rewant_at; /* 0: no need */
	int64_t ask_at;    /* 0: all gateways answer */
	uint64_t repaired_logged;
	int64_t repaired_log_at; /* not before */
	size_t blocked_logged;
	bool blocked_news;      /* to be logged */
	int64_t blocked_log_at; /* not before */
	size_t refused_logged;
};

/* ---- what the kernel says ---------------------------------------------------------------------
 */

static struct iface *find_iface(const struct fibsync *k, uint32_t ifindex)
{
	for (size_t i = 0; i < k->n_ifaces; i++) {
		if (k->ifaces[i].ifindex == ifindex)
			return &k->ifaces[i];
	}
	return NULL;
}

/* What the kernel refused because of a link or an address it may take now. The pods' ends of their
 * links, which come and go all the time, have neither to do with it. */
static void cured_perhaps(struct fibsync *k, uint32_t ifindex)
{
	for (size_t i = 0; i < k->n_addrs && !k->in_dump; i++) {
		if (k->addrs[i].ifindex == ifindex && !addr_is_linklocal6(&k->addrs[i].addr)) {
			backoff_hurry(&k->refused, loop_now(k->loop));
			return;
		}
	}
}

static void on_link(void *ctx, uint32_t ifindex, const char *name, bool up)
{
	struct fibsync *k = ctx;
	struct iface *i = find_iface(k, ifindex);
	bool changed;

	if (!i) {
		k->ifaces = mem_grow(k->ifaces, k->n_ifaces + 1, sizeof(*k->ifaces));
		i = &k->ifaces[k->n_ifaces++];
		*i = (struct iface){.ifindex = ifindex, .up = !up};
	}
	snprintf(i->name, sizeof(i->name), "%s", name);
	changed = i->up != up;
	i->up = up;
	if (nexthop_link(k->nexthops, ifindex, up) && !k->in_dump) {
		k->resync = true;
		k->resync_why = "a link is up again";
	}
	if (!changed || k->in_dump)
		return;
	if (!up) {
		fib_link_down(k->fib, ifindex);
		fibsync_flush(k);
	}
	cured_perhaps(k, ifindex);
	log_info(up ? "link up" : "link down", "interface=%s", i->name);
	k->ops->link(k->ctx, ifindex, up);
}

static void on_link_gone(void *ctx, uint32_t ifindex)
{
	struct fibsync *k = ctx;
	struct iface *i = find_iface(k, ifindex);

	fib_link_down(k->fib, ifindex);
	fibsync_flush(k);
	nexthop_link_gone(k->nexthops, ifindex);
	if (!i)
		return;
	*i = k->ifaces[--k->n_ifaces];
	k->ops->link(k->ctx, ifindex, false);
}

static void on_addr(void *ctx, uint32_t ifindex, const struct prefix *subnet, const struct addr *a,
		    bool added)
{
	struct fibsync *k = ctx;
	size_t i;

	for (i = 0; i < k->n_addrs; i++) {
		if (k->addrs[i].ifindex == ifindex && addr_eq(&k->addrs[i].addr, a))
			break;
	}
	/* the kernel says an address again whenever its lifetime is renewed: with every router
	 * advertisement, which is no reason to judge a table anew */
	if (added && i < k->n_addrs && prefix_eq(&k->addrs[i].subnet, subnet))
		return;
	if (added && i == k->n_addrs) {
		k->addrs = mem_grow(k->addrs, k->n_addrs + 1, sizeof(*k->addrs));
		k->addrs[k->n_addrs++] = (struct host_addr){ifindex, *a, *subnet};
	} else if (added) {
		k->addrs[i].subnet = *subnet;
	} else if (i < k->n_addrs) {
		k->addrs[i] = k->addrs[--k->n_addrs];
	}
	cured_perhaps(k, ifindex);
	k->connected_changed = true;
}

static void on_neigh_failed(void *ctx, uint32_t ifindex, const struct addr *a)
{
	struct fibsync *k = ctx;
	struct hop hop = {ifindex, *a};
	char text[ADDR_STRLEN];

	if (k->in_dump || k->ops->gateway_failed(k->ctx, ifindex, a) ||
	    !nexthop_silent(k->nexthops, &hop))
		return;
	fib_hop_down(k->fib, &hop);
	fibsync_flush(k);
	log_warning("a next hop does not answer on its link, no route leads there until it does",
		    "next_hop=%s interface=%s", addr_str(a, text), fibsync_ifname(k, ifindex));
	if (!k->ask_at)
		k->ask_at = loop_now(k->loop) + ASK_US;
}

/* Nothing is sent there any more that would make the kernel ask. Nor will one that comes and goes
 * move routes all the time: before the kernel believes that it is gone again, it has trusted it for
 * half a minute and asked for some seconds. */
static void ask_silent(struct fibsync *k)
{
	struct hop hops[NEXTHOP_SILENT_MAX];
	size_t n = nexthop_list_silent(k->nexthops, hops), left = n;
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < n; i++) {
		if (!rtnl_answers(k->rtnl, &hops[i]))
			continue;
		log_info("a next hop answers again", "next_hop=%s interface=%s",
			 addr_str(&hops[i].gateway, text), fibsync_ifname(k, hops[i].ifindex));
		nexthop_answers(k->nexthops, &hops[i]);
		left--;
	}
	k->ask_at = left ? loop_now(k->loop) + ASK_US : 0;
}

static void on_kroute(void *ctx, const struct kroute *r, bool added)
{
	struct fibsync *k = ctx;

	if (added)
		nexthop_kroute_add(k->nexthops, r);
	else
		nexthop_kroute_del(k->nexthops, r);
	/* a pod's own host route comes with every pod and concerns nobody's prefix */
	if (r->prefix.len < afi_bits(r->prefix.afi) || r->type != 1)
		k->connected_changed = true;
}

static void look_again_if_confused(struct fibsync *k, const char *why)
{
	if (!fib_confused(k->fib) || k->resync || k->in_dump)
		return;
	k->resync = true;
	k->resync_why = why;
	k->resync_at = loop_now(k->loop) + CONFUSED_US;
}

static void on_our_route(void *ctx, const struct prefix *p, uint32_t id, bool discard, bool added)
{
	struct fibsync *k = ctx;

	if (added)
		fib_kernel_route(k->fib, p, id, discard);
	else
		fib_kernel_route_gone(k->fib, p, id);
	look_again_if_confused(k, "a route of ours was changed while we changed it");
}

static void on_foreign_route(void *ctx, const struct prefix *p, bool added)
{
	struct fibsync *k = ctx;

	fib_kernel_foreign(k->fib, p, added);
	look_again_if_confused(k, "somebody else made a route where ours is");
}

static void on_our_nexthop(void *ctx, uint32_t id, const struct hop *hop)
{
	struct fibsync *k = ctx;

	if (k->in_dump)
		fib_kernel_nexthop(k->fib, id, hop);
}

static void on_our_group(void *ctx, uint32_t id, const uint32_t *members, size_t n)
{
	struct fibsync *k = ctx;

	if (k->in_dump)
		fib_kernel_group(k->fib, id, members, n);
}

static void on_object_gone(void *ctx, uint32_t id)
{
	struct fibsync *k = ctx;

	fib_kernel_object_gone(k->fib, id);
	/* Groups shrink when a link goes, and then that is what is wanted, too; when it was
	 * somebody's hand, only the RIB knows what they should be. */
	if (!k->rewant_at)
		k->rewant_at = loop_now(k->loop) + REWANT_US;
}

static void on_id_taken(void *ctx, uint32_t id)
{
	struct fibsync *k = ctx;

	fib_id_taken(k->fib, id);
}

static void on_lost(void *ctx)
{
	struct fibsync *k = ctx;

	k->resync = true;
	k->resync_why = "notifications were lost";
}

static void on_ack(void *ctx, uint64_t seq, int error)
{
	struct fibsync *k = ctx;

	fib_ack(k->fib, seq, error);
	look_again_if_confused(k, "something is there that should not be");
	if (error && fib_failed(k->fib))
		backoff_failed(&k->refused, fib_failed(k->fib), loop_now(k->loop));
}

static void on_heard(void *ctx)
{
	struct fibsync *k = ctx;

	k->ops->work(k->ctx);
}

static void on_dump_begin(void *ctx)
{
	struct fibsync *k = ctx;

	k->n_addrs = 0;
	fib_dump_begin(k->fib);
	nexthop_resync_begin(k->nexthops);
}

static const struct rtnl_ops rtnl_callbacks = {
	.dump_begin = on_dump_begin,
	.link = on_link,
	.link_gone = on_link_gone,
	.addr = on_addr,
	.neigh_failed = on_neigh_failed,
	.kroute = on_kroute,
	.our_route = on_our_route,
	.foreign_route = on_foreign_route,
	.our_nexthop = on_our_nexthop,
	.our_group = on_our_group,
	.object_gone = on_object_gone,
	.id_taken = on_id_taken,
	.lost = on_lost,
	.ack = on_ack,
	.heard = on_heard,
};

/* ---- dump, work -------------------------------------------------------------------------------
 */

/* What could not be read is not gone: where that fails, all stays as it was known, and nothing is
 * done to the kernel (fib_dump_end) before all has been read. */
static int resync(struct fibsync *k)
{
	int err;

	rtnl_drain(k->rtnl);
	k->in_dump = true;
	err = rtnl_dump(k->rtnl);
	k->in_dump = false;
	if (err) {
		k->resync = true;
		k->resync_why = "they could not be read";
		k->resync_at = loop_now(k->loop) + RESYNC_US;
		log_error("the kernel's tables cannot be read", "reason=%s", strerror(-err));
		return err;
	}
	nexthop_resync_end(k->nexthops);
	fib_dump_end(k->fib);
	k->connected_changed = true;
	return 0;
}

void fibsync_catch_up(struct fibsync *k)
{
	if (rtnl_pending(k->rtnl))
		resync(k);
}

/* In a batch of its own: it is answered when it is done, and not behind a thousand routes. */
static void put_urgent(struct fibsync *k)
{
	struct fib_op op;

	while (fib_urgent(k->fib) && rtnl_room(k->rtnl) && fib_next(k->fib, &op))
		rtnl_put(k->rtnl, &op);
	rtnl_send(k->rtnl);
}

static void pump(struct fibsync *k)
{
	struct fib_op op;

	put_urgent(k);
	for (int i = 0; i < TURN_OPS && rtnl_room(k->rtnl); i++) {
		if (!fib_next(k->fib, &op)) {
			/* few are answered at once, and that may make room for more */
			rtnl_send(k->rtnl);
			if (!rtnl_room(k->rtnl) || !fib_next(k->fib, &op))
				return;
		}
		rtnl_put(k->rtnl, &op);
	}
	rtnl_send(k->rtnl);
}

/* The first at once; who deletes them one by one does not fill the log. */
static void log_repairs(struct fibsync *k, int64_t now)
{
	uint64_t n = fib_counters(k->fib)->repaired;

	if (n == k->repaired_logged || now < k->repaired_log_at)
		return;
	log_warning("routes of ours were changed by somebody else, put back",
		    "routes=%llu total=%llu", (unsigned long long)(n - k->repaired_logged),
		    (unsigned long long)n);
	k->repaired_logged = n;
	k->repaired_log_at = now + REPAIRED_US;
}

static void log_blocked(struct fibsync *k, int64_t now)
{
	struct prefix example;
	char text[PREFIX_STRLEN];
	size_t n = fib_blocked(k->fib, &example);

	k->blocked_news = n != k->blocked_logged;
	if (!k->blocked_news || now < k->blocked_log_at)
		return;
	k->blocked_news = false;
	if (n)
		log_warning("somebody else's routes have our table and metric: they stay, ours are "
			    "not installed; with another LEAFPEER_ROUTE_METRIC they would be",
			    "routes=%zu one=%s", n, prefix_str(&example, text));
	else
		log_info("no route of somebody else's is in the place of ours any more", "");
	k->blocked_logged = n;
	k->blocked_log_at = now + REPAIRED_US;
}

/* Not what was refused once, and taken when it was tried again. */
static void log_refused(struct fibsync *k)
{
	size_t n = fib_failed(k->fib);
	char text[PREFIX_STRLEN];
	struct prefix last;
	int error;

	if (!n)
		backoff_init(&k->refused);
	if (n == k->refused_logged || (n && !k->refused.tried))
		return;
	error = fib_refusal(k->fib, &last);
	if (n)
		log_warning("the kernel refuses routes, which are tried again, less and less often",
			    "routes=%zu one=%s reason=%s kernel=%s", n, prefix_str(&last, text),
			    strerror(error), rtnl_words(k->rtnl));
	else
		log_info("the kernel refuses no routes any more", "");
	k->refused_logged = n;
}

bool fibsync_work(struct fibsync *k)
{
	int64_t now = loop_now(k->loop);
	struct prefix connected;
	struct nexthop *nh;

	if (k->resync && now >= k->resync_at) {
		k->resync = false;
		k->resync_at = now + RESYNC_US;
		log_warning("reading the kernel's tables again", "reason=%s", k->resync_why);
		resync(k);
	}
	if (now >= k->refused.at) {
		size_t n = fib_retry(k->fib);

		backoff_tried(&k->refused, n);
		log_debug("trying refused routes again", "routes=%zu next_s=%lld", n,
			  (long long)k->refused.pause / 1000000);
	}
	if (k->rewant_at && now >= k->rewant_at) {
		k->rewant_at = 0;
		k->ops->rewant(k->ctx);
	}
	if (k->ask_at && now >= k->ask_at)
		ask_silent(k);
	/* first what is urgent: a failed hop's groups */
	pump(k);
	while ((nh = nexthop_changed(k->nexthops)))
		k->ops->nexthop_changed(k->ctx, nh);
	while (nexthop_connected_changed(k->nexthops, &connected))
		k->ops->connected(k->ctx, &connected);
	if (k->connected_changed) {
		k->connected_changed = false;
		k->ops->connected_changed(k->ctx);
	}
	pump(k);
	log_repairs(k, now);
	if (fib_idle(k->fib)) {
		log_blocked(k, now);
		log_refused(k);
	}
	return fib_ready(k->fib) && rtnl_room(k->rtnl);
}

bool fibsync_full(const struct fibsync *k)
{
	return fib_backlog(k->fib) >= BACKLOG_MAX;
}

int64_t fibsync_deadline(const struct fibsync *k)
{
	int64_t at = k->resync ? k->resync_at : INT64_MAX;

	if (k->refused.at < at)
		at = k->refused.at;
	if (k->ask_at && k->ask_at < at)
		at = k->ask_at;
	if (fib_counters(k->fib)->repaired != k->repaired_logged && k->repaired_log_at < at)
		at = k->repaired_log_at;
	if (k->blocked_news && k->blocked_log_at < at)
		at = k->blocked_log_at;
	return k->rewant_at && k->rewant_at < at ? k->rewant_at : at;
}

/* ---- life -------------------------------------------------------------------------------------
 */

/* Two agents in one network namespace, with different tables or metrics, number their objects
 * apart. */
static uint32_t id_base(const struct fibsync_conf *conf)
{
	uint32_t h = (conf->table * 0x9e3779b1u) ^ (conf->metric * 0x85ebca6bu) ^ conf->protocol;

	return 0x10000000u + (h >> 20) * ID_COUNT;
}

int fibsync_open(const struct fibsync_conf *conf, struct loop *l, const struct fibsync_ops *ops,
		 void *ctx, struct fibsync **out, const char **why)
{
	struct rtnl_conf rc = {.table = conf->table,
			       .protocol = conf->protocol,
			       .metric = conf->metric,
			       .no_objects = conf->no_objects,
			       .id_base = id_base(conf),
			       .id_count = ID_COUNT};
	struct fib_conf fc = {.id_base = rc.id_base, .id_count = rc.id_count};
	struct fibsync *k = mem_zalloc(sizeof(*k));
	int err;

	k->ops = ops;
	k->ctx = ctx;
	k->loop = l;
	k->nexthops = nexthop_table_new();
	backoff_init(&k->refused);
	err = rtnl_open(l, &rc, &rtnl_callbacks, k, &k->rtnl, why);
	if (!err) {
		fc.objects = rtnl_has_objects(k->rtnl);
		if (!fc.objects)
			log_warning("without nexthop objects a lost ToR costs one "
				    "operation a "
				    "route",
				    "");
		k->fib = fib_new(&fc);
		*why = "read the kernel's routes";
		err = resync(k);
	}
	if (err) {
		fibsync_close(k);
		return err;
	}
	*out = k;
	return 0;
}

void fibsync_close(struct fibsync *k)
{
	if (!k)
		return;
	rtnl_close(k->rtnl);
	fib_free(k->fib);
	for (size_t i = 0; i < k->n_tracked; i++)
		nexthop_unref(k->nexthops, k->tracked[i].nh);
	nexthop_table_free(k->nexthops);
	free(k->tracked);
	free(k->ifaces);
	free(k->addrs);
	free(k);
}

struct nexthop_table *fibsync_nexthops(struct fibsync *k)
{
	return k->nexthops;
}

const struct fib *fibsync_fib(const struct fibsync *k)
{
	return k->fib;
}

const struct histogram *fibsync_latency(const struct fibsync *k)
{
	return rtnl_latency(k->rtnl);
}

/* ---- what the host says -----------------------------------------------------------------------
 */

void fibsync_want(struct fibsync *k, const struct prefix *p, const struct hop *hops, size_t n,
		  bool discard)
{
	fib_want(k->fib, p, hops, n, discard);
}

void fibsync_unwant(struct fibsync *k, const struct prefix *p)
{
	fib_unwant(k->fib, p);
}

void fibsync_next_hop_down(struct fibsync *k, const struct addr *a, uint32_t ifindex)
{
	struct nexthop *nh = nexthop_ref(k->nexthops, a, ifindex);

	for (int i = 0; nh->connected && i < nh->n_hops; i++)
		fib_hop_down(k->fib, &nh->hops[i]);
	nexthop_unref(k->nexthops, nh);
}

void fibsync_flush(struct fibsync *k)
{
	if (k->in_dump)
		return;
	/* what is under way might leave no room for what is urgent */
	rtnl_drain(k->rtnl);
	put_urgent(k);
	if (!rtnl_has_objects(k->rtnl))
		pump(k);
}

void fibsync_settle(struct fibsync *k)
{
	rtnl_drain(k->rtnl);
}

size_t fibsync_stale(const struct fibsync *k)
{
	return fib_stale(k->fib);
}

void fibsync_sweep(struct fibsync *k)
{
	size_t n = fib_stale(k->fib);

	fib_sweep(k->fib, AFI_NONE);
	if (n)
		log_info("routes of an earlier run that nobody announced again are removed",
			 "routes=%zu", n);
}

void fibsync_track(struct fibsync *k, const struct addr *a)
{
	k->tracked = mem_grow(k->tracked, k->n_tracked + 1, sizeof(*k->tracked));
	k->tracked[k->n_tracked++] = (struct tracked_addr){*a, nexthop_ref(k->nexthops, a, 0)};
}

void fibsync_untrack(struct fibsync *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_tracked; i++) {
		if (!addr_eq(&k->tracked[i].addr, a))
			continue;
		nexthop_unref(k->nexthops, k->tracked[i].nh);
		k->tracked[i] = k->tracked[--k->n_tracked];
		return;
	}
}

static const struct nexthop *find_tracked(const struct fibsync *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_tracked; i++) {
		if (addr_eq(&k->tracked[i].addr, a))
			return k->tracked[i].nh;
	}
	return NULL;
}

bool fibsync_can_reach(const struct fibsync *k, const struct addr *a)
{
	const struct nexthop *nh = find_tracked(k, a);

	return nh && nh->reachable && nh->n_hops;
}

bool fibsync_is_connected(const struct fibsync *k, const struct addr *a)
{
	const struct nexthop *nh = find_tracked(k, a);

	return nh && nh->connected && nh->n_hops;
}

uint32_t fibsync_ifindex_to(struct fibsync *k, const struct addr *a)
{
	const struct nexthop *nh = find_tracked(k, a);

	return nh && nh->n_hops == 1 ? nh->hops[0].ifindex : 0;
}

bool fibsync_has_kroute(const struct fibsync *k, const struct prefix *p)
{
	return nexthop_has_kroute(k->nexthops, p);
}

struct addr fibsync_local_twin(const struct fibsync *k, const struct addr *local, enum afi afi)
{
	struct addr none = {.afi = AFI_NONE};
	uint32_t ifindex = 0;

	for (size_t i = 0; i < k->n_addrs; i++) {
		if (addr_eq(&k->addrs[i].addr, local))
			ifindex = k->addrs[i].ifindex;
	}
	for (size_t i = 0; ifindex && i < k->n_addrs; i++) {
		if (k->addrs[i].ifindex == ifindex && k->addrs[i].addr.afi == afi &&
		    !addr_is_linklocal6(&k->addrs[i].addr))
			return k->addrs[i].addr;
	}
	return none;
}

struct addr fibsync_ip4_towards(const struct fibsync *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_addrs; i++) {
		if (k->addrs[i].addr.afi == AFI_IP4 && prefix_contains(&k->addrs[i].subnet, a))
			return k->addrs[i].addr;
	}
	return (struct addr){.afi = AFI_NONE};
}

struct addr fibsync_highest_ip4(const struct fibsync *k, const struct prefix *except, size_t n)
{
	struct addr best = {.afi = AFI_NONE};

	for (size_t i = 0; i < k->n_addrs; i++) {
		const struct addr *a = &k->addrs[i].addr;

		bool excepted = false;

		for (size_t e = 0; e < n; e++)
			excepted |= prefix_contains(&except[e], a);
		if (a->afi == AFI_IP4 && addr_is_host(a) && !excepted &&
		    (!best.afi || addr_to_ip4(a) > addr_to_ip4(&best)))
			best = *a;
	}
	return best;
}

size_t fibsync_addrs_of(const struct fibsync *k, const char *ifname, struct addr *out, size_t cap)
{
	uint32_t ifindex = fibsync_ifindex(k, ifname);
	size_t n = 0;

	for (size_t i = 0; ifindex && i < k->n_addrs && n < cap; i++) {
		if (k->addrs[i].ifindex == ifindex && !addr_is_linklocal6(&k->addrs[i].addr))
			out[n++] = k->addrs[i].addr;
	}
	return n;
}

bool fibsync_lacks_addr(const struct fibsync *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_addrs; i++) {
		if (addr_eq(&k->addrs[i].addr, a))
			return false;
	}
	return !k->resync; /* what was read last may have holes */
}

const char *fibsync_ifname(const struct fibsync *k, uint32_t ifindex)
{
	static char unknown[24];
	const struct iface *i = find_iface(k, ifindex);

	if (i)
		return i->name;
	snprintf(unknown, sizeof(unknown), "if%u", ifindex);
	return unknown;
}

uint32_t fibsync_ifindex(const struct fibsync *k, const char *name)
{
	for (size_t i = 0; i < k->n_ifaces; i++) {
		if (strcmp(k->ifaces[i].name, name) == 0)
			return k->ifaces[i].ifindex;
	}
	return 0;
}

bool fibsync_has_objects(const struct fibsync *k)
{
	return rtnl_has_objects(k->rtnl);
}
