/*
 * nexthop: see nexthop.h.
 *
 * Kernel routes sit in a chained hash by prefix; the longest match asks it once for each length
 * that exists. Tracked next hops are few (one a ToR, or one a node of the cluster): a changed route
 * marks those that it covers, and nexthop_changed() resolves the marked ones.
 */
#include "agent/rib/nexthop.h"

#include "agent/lib/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 256

/* As the kernel numbers them (rtnetlink(7)); no header of its is read below floor 4. */
enum { RTYPE_UNICAST = 1, RTYPE_LOCAL = 2 };

struct node {
	struct node *next;
	struct prefix prefix;
	uint32_t table, metric;
	uint8_t protocol, type, scope, n_hops;
	bool seen; /* in the re-dump under way */
	struct hop hops[];
};

struct tracked {
	struct nexthop nh; /* first: the public part */
	struct tracked *next;
	bool dirty;
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
	struct tracked *tracked;
	bool any_dirty;
};

struct nexthop_table *nexthop_table_new(void)
{
	struct nexthop_table *t = mem_zalloc(sizeof(*t));

	t->n_buckets = BUCKETS_FIRST;
	t->buckets = mem_zalloc(t->n_buckets * sizeof(struct node *));
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
	while (t->tracked) {
		struct tracked *next = t->tracked->next;

		free(t->tracked);
		t->tracked = next;
	}
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

static void all_dirty(struct nexthop_table *t)
{
	for (struct tracked *k = t->tracked; k; k = k->next)
		k->dirty = true;
	t->any_dirty = true;
}

void nexthop_link(struct nexthop_table *t, uint32_t ifindex, bool up)
{
	struct link *l = find_link(t, ifindex);

	if (!l) {
		t->links = mem_grow(t->links, t->n_links + 1, sizeof(*t->links));
		l = &t->links[t->n_links++];
		*l = (struct link){.ifindex = ifindex, .up = !up};
	}
	l->seen = true;
	if (l->up == up)
		return;
	l->up = up;
	all_dirty(t);
}

void nexthop_link_gone(struct nexthop_table *t, uint32_t ifindex)
{
	struct link *l = find_link(t, ifindex);

	if (!l)
		return;
	*l = t->links[--t->n_links];
	all_dirty(t);
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
			struct node **b = bucket_of(t, &node->prefix);

			next = node->next;
			node->next = *b;
			*b = node;
		}
	}
	free(old);
}

static void touched(struct nexthop_table *t, const struct prefix *p)
{
	for (struct tracked *k = t->tracked; k; k = k->next) {
		if (prefix_contains(p, &k->nh.addr))
			k->dirty = t->any_dirty = true;
	}
}

static uint32_t *length_count(struct nexthop_table *t, const struct prefix *p)
{
	return &t->lengths[p->afi == AFI_IP6][p->len];
}

/* The kernel's identity of a route; the protocol is not part of it. */
static bool is_route(const struct node *n, const struct kroute *r)
{
	return prefix_eq(&n->prefix, &r->prefix) && n->table == r->table &&
	       n->metric == r->metric && n->protocol == r->protocol;
}

void nexthop_kroute_del(struct nexthop_table *t, const struct kroute *r)
{
	for (struct node **at = bucket_of(t, &r->prefix); *at; at = &(*at)->next) {
		struct node *n = *at;

		if (!is_route(n, r))
			continue;
		*at = n->next;
		t->n_nodes--;
		--*length_count(t, &r->prefix);
		touched(t, &r->prefix);
		free(n);
		return;
	}
}

void nexthop_kroute_add(struct nexthop_table *t, const struct kroute *r)
{
	struct node *n;
	struct node **b;

	nexthop_kroute_del(t, r);
	if (t->n_nodes >= t->n_buckets)
		grow(t);
	n = mem_zalloc(sizeof(*n) + r->n_hops * sizeof(n->hops[0]));
	n->prefix = r->prefix;
	n->table = r->table;
	n->metric = r->metric;
	n->protocol = r->protocol;
	n->type = r->type;
	n->scope = r->scope;
	n->n_hops = r->n_hops;
	n->seen = true;
	memcpy(n->hops, r->hops, r->n_hops * sizeof(n->hops[0]));
	b = bucket_of(t, &r->prefix);
	n->next = *b;
	*b = n;
	t->n_nodes++;
	++*length_count(t, &r->prefix);
	touched(t, &r->prefix);
}

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
			struct node *n = *at;

			if (n->seen) {
				at = &n->next;
				continue;
			}
			*at = n->next;
			t->n_nodes--;
			--*length_count(t, &n->prefix);
			touched(t, &n->prefix);
			free(n);
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

static void resolve(const struct nexthop_table *t, struct nexthop *nh)
{
	const struct node *n;

	nh->reachable = nh->connected = false;
	nh->n_hops = 0;
	nh->metric = 0;
	if (nh->ifindex && addr_is_linklocal6(&nh->addr)) {
		nh->reachable = nh->connected = link_is_up(t, nh->ifindex);
		nh->n_hops = nh->reachable;
		nh->hops[0] = (struct hop){nh->ifindex, nh->addr};
		return;
	}
	n = longest(t, &nh->addr);
	if (!n || n->type != RTYPE_UNICAST)
		return;
	nh->metric = n->metric;
	nh->reachable = nh->connected = true;
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
	if (!t->any_dirty)
		return NULL;
	for (struct tracked *k = t->tracked; k; k = k->next) {
		struct nexthop before;

		if (!k->dirty)
			continue;
		k->dirty = false;
		before = k->nh;
		resolve(t, &k->nh);
		if (!same_resolution(&before, &k->nh))
			return &k->nh;
	}
	t->any_dirty = false;
	return NULL;
}

struct nexthop *nexthop_ref(struct nexthop_table *t, const struct addr *addr, uint32_t ifindex)
{
	struct tracked *k;

	if (!addr_is_linklocal6(addr))
		ifindex = 0;
	for (k = t->tracked; k; k = k->next) {
		if (addr_eq(&k->nh.addr, addr) && k->nh.ifindex == ifindex) {
			k->nh.refs++;
			return &k->nh;
		}
	}
	k = mem_zalloc(sizeof(*k));
	k->nh.addr = *addr;
	k->nh.ifindex = ifindex;
	k->nh.refs = 1;
	k->next = t->tracked;
	t->tracked = k;
	resolve(t, &k->nh);
	return &k->nh;
}

void nexthop_unref(struct nexthop_table *t, struct nexthop *nh)
{
	struct tracked **at;

	if (!nh || --nh->refs)
		return;
	for (at = &t->tracked; &(*at)->nh != nh; at = &(*at)->next)
		;
	*at = (*at)->next;
	free(nh);
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
			bool direct = n->type == RTYPE_UNICAST && n->n_hops > 0;

			if (!prefix_eq(&n->prefix, &outer))
				continue;
			for (int i = 0; i < n->n_hops; i++)
				direct &= n->hops[i].gateway.afi == AFI_NONE;
			if (direct || n->type == RTYPE_LOCAL)
				return true;
		}
	}
	return false;
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
