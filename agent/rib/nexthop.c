/*
 * nexthop: see nexthop.h.
 *
 * Kernel routes sit in a chained hash by prefix; the longest match asks it once for each length
 * that exists. Tracked next hops (one a ToR, or one a node of the cluster) sit in another: a
 * changed route queues those that it covers, and nexthop_changed() resolves what is queued.
 *
 * What the kernel tells is not all that happens to its routes:
 *  - a route that replaces another of the same prefix, table and metric comes without a word about
 *    the old one, whatever protocol each has, so the protocol is no part of a route's identity;
 *  - routes without a gateway stand side by side (one subnet on two links), and the first is used;
 *  - of an IPv6 route with several hops, hops are deleted one by one;
 *  - IPv4 routes of a link that is set down or deleted go without notification.
 */
#include "agent/rib/nexthop.h"

#include "agent/lib/hash.h"
#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 256
#define TRACKED_FIRST 64
#define CONNECTED_MAX 8 /* changed ones that are told apart */

/* As the kernel numbers them (rtnetlink(7)); no header of its is read below floor 4. */
enum { RTYPE_UNICAST = 1, RTYPE_LOCAL = 2 };

struct node {
	struct node *next;
	struct prefix prefix;
	uint32_t table, metric;
	uint8_t type, n_hops;
	bool seen;     /* in the re-dump under way */
	bool in_doubt; /* a link of it has been down since it was heard of */
	struct hop hops[];
};

struct tracked {
	struct nexthop nh;    /* first: the public part */
	struct tracked *next; /* in its bucket */
	/* in the queue of those to be resolved; dirty_at points at what points here, or is NULL */
	struct tracked *dirty_next, **dirty_at;
};

struct link {
	uint32_t ifindex;
	bool up;
	bool seen;
};

struct nexthop_table {
	struct node **buckets;
	size_t n_buckets, n_nodes;
	uint32_t lengths[2][129]; /* nodes of each prefix length, by family */
	struct link *links;
	size_t n_links;
	struct tracked **tracked;
	size_t n_tracked_buckets, n_tracked;
	struct tracked *dirty, **dirty_end;
	struct prefix connected[CONNECTED_MAX]; /* changed, and not taken yet */
	size_t n_connected;
	struct hop silent[NEXTHOP_SILENT_MAX];
	size_t n_silent;
};

struct nexthop_table *nexthop_table_new(void)
{
	struct nexthop_table *t = mem_zalloc(sizeof(*t));

	t->n_buckets = BUCKETS_FIRST;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(struct node *));
	t->n_tracked_buckets = TRACKED_FIRST;
	t->tracked = mem_zalloc(t->n_tracked_buckets * sizeof(struct tracked *));
	t->dirty_end = &t->dirty;
	return t;
}

void nexthop_table_free(struct nexthop_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct node *n = t->buckets[i], *next; n; n = next) {
			next = n->next;
			free(n);
		}
	}
	for (size_t i = 0; i < t->n_tracked_buckets; i++) {
		for (struct tracked *k = t->tracked[i], *next; k; k = next) {
			next = k->next;
			free(k);
		}
	}
	free(t->tracked);
	free(t->buckets);
	free(t->links);
	free(t);
}

bool hop_eq(const struct hop *a, const struct hop *b)
{
	return a->ifindex == b->ifindex && addr_eq(&a->gateway, &b->gateway);
}

int hop_cmp(const struct hop *a, const struct hop *b)
{
	int c = addr_cmp(&a->gateway, &b->gateway);

	return c ? c : (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
}

uint32_t hops_hash(const struct hop *hops, size_t n)
{
	uint64_t h = hash_begin();

	for (size_t i = 0; i < n; i++) {
		uint64_t w[2];

		memcpy(w, hops[i].gateway.b, sizeof(w));
		h = hash_pair(h, w[0], w[1]);
		h = hash_pair(h, hops[i].ifindex, hops[i].gateway.afi);
	}
	return hash_end(h);
}

/* ---- links ------------------------------------------------------------------------------------
 */

static struct link *find_link(const struct nexthop_table *t, uint32_t ifindex)
{
	for (size_t i = 0; i < t->n_links; i++) {
		if (t->links[i].ifindex == ifindex)
			return &t->links[i];
	}
	return NULL;
}

static bool link_is_up(const struct nexthop_table *t, uint32_t ifindex)
{
	const struct link *l = find_link(t, ifindex);

	return !l || l->up;
}

/* ---- the queue of next hops to be resolved ----------------------------------------------------
 */

static void queue(struct nexthop_table *t, struct tracked *k)
{
	if (k->dirty_at)
		return;
	k->dirty_next = NULL;
	k->dirty_at = t->dirty_end;
	*t->dirty_end = k;
	t->dirty_end = &k->dirty_next;
}

static void unqueue(struct nexthop_table *t, struct tracked *k)
{
	if (!k->dirty_at)
		return;
	*k->dirty_at = k->dirty_next;
	if (k->dirty_next)
		k->dirty_next->dirty_at = k->dirty_at;
	else
		t->dirty_end = k->dirty_at;
	k->dirty_at = NULL;
}

static void queue_all(struct nexthop_table *t)
{
	for (size_t i = 0; i < t->n_tracked_buckets; i++) {
		for (struct tracked *k = t->tracked[i]; k; k = k->next)
			queue(t, k);
	}
}

static void queue_covered(struct nexthop_table *t, const struct prefix *p)
{
	for (size_t i = 0; i < t->n_tracked_buckets; i++) {
		for (struct tracked *k = t->tracked[i]; k; k = k->next) {
			if (prefix_contains(p, &k->nh.addr))
				queue(t, k);
		}
	}
}

/* ---- kernel routes ----------------------------------------------------------------------------
 */

static struct node **bucket_of(const struct nexthop_table *t, const struct prefix *p)
{
	return &t->buckets[prefix_hash(p) & (t->n_buckets - 1)];
}

static void grow(struct nexthop_table *t)
{
	struct node **old = t->buckets;
	size_t n = t->n_buckets;

	t->n_buckets *= 2;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(struct node *));
	for (size_t i = 0; i < n; i++) {
		for (struct node *node = old[i], *next; node; node = next) {
			struct node **at = bucket_of(t, &node->prefix);

			next = node->next;
			while (*at) /* the order of equals stays */
				at = &(*at)->next;
			node->next = NULL;
			*at = node;
		}
	}
	free(old);
}

static uint32_t *length_count(struct nexthop_table *t, const struct prefix *p)
{
	return &t->lengths[p->afi == AFI_IP6][p->len];
}

static bool has_gateway(const struct hop *hops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (hops[i].gateway.afi != AFI_NONE)
			return true;
	}
	return false;
}

/* What import calls connected: an address of ours, or a subnet. */
static bool is_direct(const struct node *n)
{
	return n->type == RTYPE_LOCAL ||
	       (n->type == RTYPE_UNICAST && n->n_hops > 0 && !has_gateway(n->hops, n->n_hops));
}

/* What is in it is connected now, or is no longer. */
static void note_connected(struct nexthop_table *t, const struct prefix *p)
{
	if (!p->len)
		return; /* everything is behind a default route */
	for (size_t i = 0; i < t->n_connected; i++) {
		if (prefix_covers(&t->connected[i], p))
			return;
	}
	if (t->n_connected < CONNECTED_MAX) {
		t->connected[t->n_connected++] = *p;
		return;
	}
	t->connected[0] = (struct prefix){.afi = AFI_IP4};
	t->connected[1] = (struct prefix){.afi = AFI_IP6};
	t->n_connected = 2;
}

/* Takes the node out of the table; what it covers is looked at again. */
static void node_take(struct nexthop_table *t, struct node **at)
{
	struct node *n = *at;

	*at = n->next;
	t->n_nodes--;
	--*length_count(t, &n->prefix);
	queue_covered(t, &n->prefix);
	free(n);
}

/* And nothing comes in its place. */
static void node_remove(struct nexthop_table *t, struct node **at)
{
	if (is_direct(*at))
		note_connected(t, &(*at)->prefix);
	node_take(t, at);
}

static bool has_hop(const struct hop *hops, size_t n, const struct hop *h)
{
	for (size_t i = 0; i < n; i++) {
		if (hop_eq(&hops[i], h))
			return true;
	}
	return false;
}

static bool has_link(const struct node *n, uint32_t ifindex)
{
	for (int i = 0; i < n->n_hops; i++) {
		if (n->hops[i].ifindex == ifindex)
			return true;
	}
	return false;
}

static bool same_key(const struct node *n, const struct kroute *r)
{
	return n->table == r->table && n->metric == r->metric && prefix_eq(&n->prefix, &r->prefix);
}

/* The route takes the node's place in the kernel, rather than one beside it. */
static bool replaces(const struct kroute *r, const struct node *n)
{
	if (!same_key(n, r))
		return false;
	if (!r->n_hops || !n->n_hops || has_gateway(r->hops, r->n_hops) ||
	    has_gateway(n->hops, n->n_hops))
		return true;
	return has_link(n, r->hops[0].ifindex);
}

/* Drops the hops that are the route's; false: the node has none of them. */
static bool drop_hops(struct node *n, const struct kroute *r)
{
	uint8_t kept = 0;

	for (int i = 0; i < n->n_hops; i++) {
		if (!has_hop(r->hops, r->n_hops, &n->hops[i]))
			n->hops[kept++] = n->hops[i];
	}
	if (kept == n->n_hops)
		return false;
	n->n_hops = kept;
	return true;
}

void nexthop_kroute_del(struct nexthop_table *t, const struct kroute *r)
{
	for (struct node **at = bucket_of(t, &r->prefix); *at; at = &(*at)->next) {
		struct node *n = *at;
		bool direct = is_direct(n);

		if (!same_key(n, r))
			continue;
		if (!r->n_hops || !n->n_hops) {
			if (r->n_hops || n->n_hops)
				continue; /* of another one, which this has replaced */
		} else if (!drop_hops(n, r)) {
			continue;
		}
		if (direct != is_direct(n))
			note_connected(t, &n->prefix);
		if (n->n_hops)
			queue_covered(t, &n->prefix);
		else
			node_remove(t, at);
		return;
	}
}

void nexthop_kroute_add(struct nexthop_table *t, const struct kroute *r)
{
	struct node *n = mem_zalloc(sizeof(*n) + r->n_hops * sizeof(n->hops[0]));
	struct node **at;

	n->prefix = r->prefix;
	n->table = r->table;
	n->metric = r->metric;
	n->type = r->type;
	n->n_hops = r->n_hops;
	n->seen = true;
	memcpy(n->hops, r->hops, r->n_hops * sizeof(n->hops[0]));
	if (t->n_nodes >= t->n_buckets)
		grow(t);
	/* in the place of what it replaces, else behind all others: the first of equals is used */
	for (at = bucket_of(t, &r->prefix); *at && !replaces(r, *at); at = &(*at)->next)
		;
	/* the kernel tells a route again when its lifetime is renewed */
	if (is_direct(n) != (*at && is_direct(*at)))
		note_connected(t, &n->prefix);
	if (*at)
		node_take(t, at);
	n->next = *at;
	*at = n;
	t->n_nodes++;
	++*length_count(t, &r->prefix);
	queue_covered(t, &r->prefix);
}

/* ---- gateways that do not answer --------------------------------------------------------------
 */

static bool is_silent(const struct nexthop_table *t, const struct hop *h)
{
	return t->n_silent && has_hop(t->silent, t->n_silent, h);
}

bool nexthop_silent(struct nexthop_table *t, const struct hop *h)
{
	bool any = false;

	if (t->n_silent == NEXTHOP_SILENT_MAX || is_silent(t, h))
		return false;
	for (size_t i = 0; i < t->n_tracked_buckets; i++) {
		for (struct tracked *k = t->tracked[i]; k; k = k->next) {
			if (!has_hop(k->nh.hops, k->nh.n_hops, h))
				continue;
			queue(t, k);
			any = true;
		}
	}
	if (any)
		t->silent[t->n_silent++] = *h;
	return any;
}

void nexthop_answers(struct nexthop_table *t, const struct hop *h)
{
	for (size_t i = 0; i < t->n_silent; i++) {
		if (!hop_eq(&t->silent[i], h))
			continue;
		t->silent[i] = t->silent[--t->n_silent];
		queue_all(t);
		return;
	}
}

static void forget_silent(struct nexthop_table *t, uint32_t ifindex)
{
	for (size_t i = t->n_silent; i > 0; i--) {
		if (t->silent[i - 1].ifindex == ifindex)
			t->silent[i - 1] = t->silent[--t->n_silent];
	}
}

/* ---- links ------------------------------------------------------------------------------------
 */

/* A link of IPv4 routes went down, which then are in doubt, or came up. Returns whether any is. */
static bool doubt(struct nexthop_table *t, uint32_t ifindex, bool up)
{
	bool any = false;

	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct node *n = t->buckets[i]; n; n = n->next) {
			if (n->prefix.afi != AFI_IP4 || !has_link(n, ifindex))
				continue;
			n->in_doubt |= !up;
			any |= n->in_doubt;
		}
	}
	return any;
}

bool nexthop_link(struct nexthop_table *t, uint32_t ifindex, bool up)
{
	struct link *l = find_link(t, ifindex);

	if (!l) {
		t->links = mem_grow(t->links, t->n_links + 1, sizeof(*t->links));
		l = &t->links[t->n_links++];
		*l = (struct link){.ifindex = ifindex, .up = !up};
	}
	l->seen = true;
	if (l->up == up)
		return false;
	l->up = up;
	forget_silent(t, ifindex);
	queue_all(t);
	return doubt(t, ifindex, up) && up;
}

/* Of IPv4 the whole route goes with one of its links, of IPv6 the hop. */
static bool outlives_link(struct node *n, uint32_t ifindex)
{
	uint8_t kept = 0;

	if (!has_link(n, ifindex))
		return true;
	for (int i = 0; i < n->n_hops && n->prefix.afi == AFI_IP6; i++) {
		if (n->hops[i].ifindex != ifindex)
			n->hops[kept++] = n->hops[i];
	}
	n->n_hops = kept;
	return kept != 0;
}

void nexthop_link_gone(struct nexthop_table *t, uint32_t ifindex)
{
	struct link *l = find_link(t, ifindex);

	if (l)
		*l = t->links[--t->n_links];
	forget_silent(t, ifindex);
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct node **at = &t->buckets[i]; *at;) {
			bool direct = is_direct(*at), outlives = outlives_link(*at, ifindex);

			if (direct != is_direct(*at))
				note_connected(t, &(*at)->prefix);
			if (outlives)
				at = &(*at)->next;
			else
				node_remove(t, at);
		}
	}
	queue_all(t);
}

/* ---- re-dump ----------------------------------------------------------------------------------
 */

void nexthop_resync_begin(struct nexthop_table *t)
{
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct node *n = t->buckets[i]; n; n = n->next)
			n->seen = false;
	}
	for (size_t i = 0; i < t->n_links; i++)
		t->links[i].seen = false;
}

void nexthop_resync_end(struct nexthop_table *t)
{
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct node **at = &t->buckets[i]; *at;) {
			if ((*at)->seen)
				at = &(*at)->next;
			else
				node_remove(t, at);
		}
	}
	for (size_t i = t->n_links; i > 0; i--) {
		if (!t->links[i - 1].seen)
			nexthop_link_gone(t, t->links[i - 1].ifindex);
	}
}

/* ---- resolution -------------------------------------------------------------------------------
 */

static unsigned int live_hops(const struct nexthop_table *t, const struct node *n)
{
	unsigned int live = 0;

	for (int i = 0; i < n->n_hops; i++)
		live += link_is_up(t, n->hops[i].ifindex);
	return live;
}

/* Of the routes to the very prefix the one the kernel would take: the local table is asked first,
 * so our own addresses win, then the least metric; those over dead links do not count. */
static const struct node *best_of(const struct nexthop_table *t, const struct prefix *p)
{
	const struct node *best = NULL;

	for (const struct node *n = *bucket_of(t, p); n; n = n->next) {
		if (!prefix_eq(&n->prefix, p) || (n->type == RTYPE_UNICAST && !live_hops(t, n)))
			continue;
		if (n->type == RTYPE_LOCAL)
			return n;
		if (!best || n->metric < best->metric)
			best = n;
	}
	return best;
}

static const struct node *longest(const struct nexthop_table *t, const struct addr *a)
{
	for (int len = (int)afi_bits(a->afi); len >= 0; len--) {
		struct prefix p;
		const struct node *n;

		if (!t->lengths[a->afi == AFI_IP6][len])
			continue;
		p = prefix_make(a, (unsigned int)len);
		n = best_of(t, &p);
		if (n)
			return n;
	}
	return NULL;
}

/* As the kernel's routes and links have it. */
static void resolve_route(const struct nexthop_table *t, struct nexthop *nh)
{
	const struct node *n;

	nh->connected = false;
	nh->n_hops = 0;
	nh->metric = 0;
	if (addr_is_linklocal6(&nh->addr)) {
		/* without its link it is nowhere: every link has such a subnet */
		nh->connected = nh->ifindex && link_is_up(t, nh->ifindex);
		nh->n_hops = nh->connected;
		nh->hops[0] = (struct hop){nh->ifindex, nh->addr};
		return;
	}
	n = longest(t, &nh->addr);
	if (!n || n->type != RTYPE_UNICAST)
		return;
	nh->connected = true;
	for (int i = 0; i < n->n_hops; i++) {
		struct hop h = n->hops[i];

		if (!link_is_up(t, h.ifindex))
			continue;
		if (h.gateway.afi == AFI_NONE)
			h.gateway = nh->addr;
		else
			nh->connected = false;
		nh->hops[nh->n_hops++] = h;
	}
	/* what is on the link is at no distance, whatever number DHCP gave the link's route */
	nh->metric = nh->connected ? 0 : n->metric;
}

static void resolve(const struct nexthop_table *t, struct nexthop *nh)
{
	uint8_t kept = 0;

	resolve_route(t, nh);
	for (int i = 0; i < nh->n_hops; i++) {
		if (!is_silent(t, &nh->hops[i]))
			nh->hops[kept++] = nh->hops[i];
	}
	nh->n_hops = kept;
	nh->reachable = kept != 0;
	nh->connected &= nh->reachable;
}

/* Of the silent ones those by which something tracked would be reached, as bits. One pass over what
 * is tracked, of which a neighbour may make thousands, for all of them. */
static uint64_t looked_for(const struct nexthop_table *t)
{
	_Static_assert(NEXTHOP_SILENT_MAX <= 64, "one bit each");
	uint64_t bits = 0;

	for (size_t b = 0; t->n_silent && b < t->n_tracked_buckets; b++) {
		for (const struct tracked *k = t->tracked[b]; k; k = k->next) {
			struct nexthop nh = {.addr = k->nh.addr, .ifindex = k->nh.ifindex};

			resolve_route(t, &nh);
			for (size_t i = 0; i < t->n_silent; i++) {
				if (has_hop(nh.hops, nh.n_hops, &t->silent[i]))
					bits |= 1ull << i;
			}
		}
	}
	return bits;
}

size_t nexthop_list_silent(struct nexthop_table *t, struct hop *out)
{
	uint64_t bits = looked_for(t);
	size_t kept = 0;

	for (size_t i = 0; i < t->n_silent; i++) {
		if (bits >> i & 1)
			t->silent[kept++] = t->silent[i];
	}
	t->n_silent = kept;
	memcpy(out, t->silent, kept * sizeof(*out));
	return kept;
}

static bool same_resolution(const struct nexthop *a, const struct nexthop *b)
{
	if (a->reachable != b->reachable || a->connected != b->connected ||
	    a->metric != b->metric || a->n_hops != b->n_hops)
		return false;
	for (int i = 0; i < a->n_hops; i++) {
		if (!hop_eq(&a->hops[i], &b->hops[i]))
			return false;
	}
	return true;
}

struct nexthop *nexthop_changed(struct nexthop_table *t)
{
	while (t->dirty) {
		struct tracked *k = t->dirty;
		struct nexthop before = k->nh;

		unqueue(t, k);
		resolve(t, &k->nh);
		if (!same_resolution(&before, &k->nh))
			return &k->nh;
	}
	return NULL;
}

/* ---- tracking ---------------------------------------------------------------------------------
 */

static struct tracked **tracked_bucket(const struct nexthop_table *t, const struct addr *a)
{
	struct prefix p = prefix_make(a, afi_bits(a->afi));

	return &t->tracked[prefix_hash(&p) & (t->n_tracked_buckets - 1)];
}

static void grow_tracked(struct nexthop_table *t)
{
	struct tracked **old = t->tracked;
	size_t n = t->n_tracked_buckets;

	t->n_tracked_buckets *= 2;
	t->tracked = mem_zalloc(t->n_tracked_buckets * sizeof(struct tracked *));
	for (size_t i = 0; i < n; i++) {
		for (struct tracked *k = old[i], *next; k; k = next) {
			struct tracked **b = tracked_bucket(t, &k->nh.addr);

			next = k->next;
			k->next = *b;
			*b = k;
		}
	}
	free(old);
}

struct nexthop *nexthop_ref(struct nexthop_table *t, const struct addr *addr, uint32_t ifindex)
{
	struct tracked **b, *k;

	if (!addr_is_linklocal6(addr))
		ifindex = 0;
	for (k = *tracked_bucket(t, addr); k; k = k->next) {
		if (addr_eq(&k->nh.addr, addr) && k->nh.ifindex == ifindex) {
			k->nh.refs++;
			return &k->nh;
		}
	}
	if (t->n_tracked++ >= t->n_tracked_buckets)
		grow_tracked(t);
	k = mem_zalloc(sizeof(*k));
	k->nh.addr = *addr;
	k->nh.ifindex = ifindex;
	k->nh.refs = 1;
	b = tracked_bucket(t, addr);
	k->next = *b;
	*b = k;
	resolve(t, &k->nh);
	return &k->nh;
}

void nexthop_unref(struct nexthop_table *t, struct nexthop *nh)
{
	struct tracked **at, *k;

	if (!nh || --nh->refs)
		return;
	for (at = tracked_bucket(t, &nh->addr); &(*at)->nh != nh; at = &(*at)->next)
		;
	k = *at;
	*at = k->next;
	t->n_tracked--;
	unqueue(t, k);
	free(k);
}

/* ---- questions --------------------------------------------------------------------------------
 */

bool nexthop_is_connected(const struct nexthop_table *t, const struct prefix *p)
{
	struct addr a = prefix_addr(p);

	for (int len = p->len; len > 0; len--) {
		struct prefix outer;

		if (!t->lengths[p->afi == AFI_IP6][len])
			continue;
		outer = prefix_make(&a, (unsigned int)len);
		for (const struct node *n = *bucket_of(t, &outer); n; n = n->next) {
			if (prefix_eq(&n->prefix, &outer) && is_direct(n))
				return true;
		}
	}
	return false;
}

bool nexthop_connected_changed(struct nexthop_table *t, struct prefix *out)
{
	if (!t->n_connected)
		return false;
	*out = t->connected[--t->n_connected];
	return true;
}

bool nexthop_is_local(const struct nexthop_table *t, const struct addr *a)
{
	struct prefix p = prefix_make(a, afi_bits(a->afi));

	for (const struct node *n = *bucket_of(t, &p); n; n = n->next) {
		if (prefix_eq(&n->prefix, &p) && n->type == RTYPE_LOCAL)
			return true;
	}
	return false;
}

bool nexthop_has_kroute(const struct nexthop_table *t, const struct prefix *p)
{
	for (const struct node *n = *bucket_of(t, p); n; n = n->next) {
		if (prefix_eq(&n->prefix, p))
			return true;
	}
	return false;
}
