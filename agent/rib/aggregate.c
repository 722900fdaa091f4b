/*
 * aggregate: see aggregate.h.
 *
 * Addresses in use are a sorted array with counts. Of each owned prefix the table remembers whether
 * it is announced and, once its last address has gone, until when: all the rest is computed anew
 * each time.
 */
#include "agent/rib/aggregate.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

struct used {
	struct addr addr;
	uint32_t count;
};

struct owned {
	struct prefix prefix;
	bool advertised;
	bool retired;        /* no longer owned: on its way out, see retire() */
	int64_t withdraw_at; /* 0: not held down */
};

struct aggregate {
	enum advertise advertise;
	bool host_routes;
	int64_t hold_down_us;
	struct owned *owned;
	size_t n_owned;
	struct prefix *networks;
	size_t n_networks;
	struct aggregate_address *addresses;
	size_t n_addresses;
	struct used *used;
	size_t n_used, cap_used;
	struct local_route *routes; /* as they were computed last */
	size_t n_routes;
};

struct aggregate *aggregate_new(void)
{
	return mem_zalloc(sizeof(struct aggregate));
}

void aggregate_free(struct aggregate *a)
{
	if (!a)
		return;
	free(a->owned);
	free(a->networks);
	free(a->addresses);
	free(a->used);
	free(a->routes);
	free(a);
}

static struct owned *find_owned(struct owned *owned, size_t n, const struct prefix *p)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_eq(&owned[i].prefix, p))
			return &owned[i];
	}
	return NULL;
}

/* Index of the first address of the prefix, or of where it would stand. */
static size_t lower_bound(const struct aggregate *a, const struct addr *addr)
{
	size_t lo = 0, hi = a->n_used;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (addr_cmp(&a->used[mid].addr, addr) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool has_used(const struct aggregate *a, const struct prefix *p)
{
	struct addr first = prefix_addr(p);
	size_t i = lower_bound(a, &first);

	return i < a->n_used && prefix_contains(p, &a->used[i].addr);
}

/* Whether each owned prefix is announced, as of now. */
static void settle(struct aggregate *a, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n_owned; i++) {
		const struct owned *o = &a->owned[i];

		if (!o->retired || (now < o->withdraw_at && has_used(a, &o->prefix)))
			a->owned[kept++] = *o;
	}
	a->n_owned = kept;
	for (size_t i = 0; i < a->n_owned; i++) {
		struct owned *o = &a->owned[i];

		if (o->retired)
			continue;
		if (a->advertise == ADVERTISE_ALWAYS || has_used(a, &o->prefix)) {
			o->advertised = true;
			o->withdraw_at = 0;
		} else if (o->advertised) {
			if (!o->withdraw_at)
				o->withdraw_at = now + a->hold_down_us;
			if (o->withdraw_at <= now) {
				o->advertised = false;
				o->withdraw_at = 0;
			}
		}
	}
}

/* A prefix that is no longer owned, but announced, with pods in it: the new ones, and host routes
 * of those pods, are announced at once, and this one is withdrawn only when the hold-down is over:
 * make before break. One without pods goes at once, since somebody else may be given it. */
static bool retire(const struct aggregate *a, const struct aggregate_conf *conf,
		   const struct owned *old, int64_t now, struct owned *out)
{
	if (!old->advertised || !has_used(a, &old->prefix))
		return false;
	for (size_t i = 0; i < conf->n_owned; i++) {
		if (prefix_eq(&conf->owned[i], &old->prefix))
			return false;
	}
	*out = *old;
	out->retired = true;
	if (!old->retired)
		out->withdraw_at = now + conf->hold_down_us;
	return true;
}

void aggregate_set_conf(struct aggregate *a, const struct aggregate_conf *conf, int64_t now)
{
	struct owned *owned = mem_zalloc((conf->n_owned + a->n_owned) * sizeof(*owned));
	size_t n = 0;

	for (; n < conf->n_owned; n++) {
		const struct owned *old = find_owned(a->owned, a->n_owned, &conf->owned[n]);

		owned[n].prefix = conf->owned[n];
		if (old && old->retired)
			owned[n].advertised = true; /* it is back */
		else if (old)
			owned[n] = *old;
	}
	for (size_t i = 0; i < a->n_owned; i++) {
		if (retire(a, conf, &a->owned[i], now, &owned[n]))
			n++;
	}
	free(a->owned);
	a->owned = owned;
	a->n_owned = n;
	free(a->networks);
	a->networks = mem_dup(conf->networks, conf->n_networks * sizeof(*conf->networks));
	a->n_networks = conf->n_networks;
	free(a->addresses);
	a->addresses = mem_dup(conf->addresses, conf->n_addresses * sizeof(*conf->addresses));
	a->n_addresses = conf->n_addresses;
	a->advertise = conf->advertise;
	a->host_routes = conf->host_routes;
	a->hold_down_us = conf->hold_down_us;
	settle(a, now);
}

void aggregate_addr_add(struct aggregate *a, const struct addr *addr, int64_t now)
{
	size_t i = lower_bound(a, addr);

	if (i < a->n_used && addr_eq(&a->used[i].addr, addr)) {
		a->used[i].count++;
		return;
	}
	if (a->n_used == a->cap_used) {
		a->cap_used = a->cap_used ? a->cap_used * 2 : 64;
		a->used = mem_grow(a->used, a->cap_used, sizeof(*a->used));
	}
	memmove(a->used + i + 1, a->used + i, (a->n_used - i) * sizeof(*a->used));
	a->used[i] = (struct used){*addr, 1};
	a->n_used++;
	settle(a, now);
}

void aggregate_addr_del(struct aggregate *a, const struct addr *addr, int64_t now)
{
	size_t i = lower_bound(a, addr);

	if (i >= a->n_used || !addr_eq(&a->used[i].addr, addr) || --a->used[i].count)
		return;
	memmove(a->used + i, a->used + i + 1, (a->n_used - i - 1) * sizeof(*a->used));
	a->n_used--;
	/* the hold-down counts from here, not from when somebody asks */
	settle(a, now);
}

static bool is_owned(const struct aggregate *a, const struct addr *addr)
{
	for (size_t i = 0; i < a->n_owned; i++) {
		if (!a->owned[i].retired && prefix_contains(&a->owned[i].prefix, addr))
			return true;
	}
	return false;
}

static int cmp_routes(const void *va, const void *vb)
{
	const struct local_route *a = va, *b = vb;
	int c = prefix_cmp(&a->prefix, &b->prefix);

	return c ? c : (int)a->kind - (int)b->kind;
}

/* Each prefix once; of two kinds the one that does more (an aggregate has a discard route). */
static size_t unique(struct local_route *r, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (!out || !prefix_eq(&r[i].prefix, &r[out - 1].prefix))
			r[out++] = r[i];
	}
	return out;
}

/* ---- aggregate-address -------------------------------------------------------------------------
 */

static bool all_ours(const struct aggregate *a, const struct prefix *p)
{
	struct prefix *ours = mem_zalloc((a->n_owned + a->n_networks) * sizeof(*ours));
	size_t n = 0;
	bool covered;

	for (size_t i = 0; i < a->n_owned; i++)
		ours[n++] = a->owned[i].prefix;
	for (size_t i = 0; i < a->n_networks; i++)
		ours[n++] = a->networks[i];
	covered = prefix_covered(p, ours, n);
	free(ours);
	return covered;
}

static bool is_active(const struct aggregate *a, const struct prefix *p,
		      const struct local_route *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_covers(p, &r[i].prefix))
			return all_ours(a, p);
	}
	return false;
}

/* Adds those that are announced to the n routes, and takes out what is inside a summary-only one;
 * returns how many there are then. */
static size_t summarize(const struct aggregate *a, struct local_route *r, size_t n)
{
	bool *active = mem_zalloc(a->n_addresses * sizeof(*active));
	size_t out = 0;

	for (size_t i = 0; i < a->n_addresses; i++)
		active[i] = is_active(a, &a->addresses[i].prefix, r, n);
	for (size_t i = 0; i < a->n_addresses; i++) {
		if (active[i])
			r[n++] = (struct local_route){a->addresses[i].prefix, LOCAL_AGGREGATE};
	}
	for (size_t k = 0; k < n; k++) {
		bool inside = false;

		for (size_t i = 0; i < a->n_addresses && !inside; i++) {
			const struct prefix *p = &a->addresses[i].prefix;

			inside = active[i] && a->addresses[i].summary_only &&
				 prefix_covers(p, &r[k].prefix) && !prefix_eq(p, &r[k].prefix);
		}
		if (!inside)
			r[out++] = r[k];
	}
	free(active);
	return out;
}

size_t aggregate_address_rows(const struct aggregate *a, struct aggregate_address_row *rows,
			      size_t cap)
{
	size_t n = a->n_addresses < cap ? a->n_addresses : cap;

	for (size_t i = 0; i < n; i++) {
		const struct aggregate_address *at = &a->addresses[i];

		rows[i] = (struct aggregate_address_row){.prefix = at->prefix,
							 .summary_only = at->summary_only,
							 .owned = all_ours(a, &at->prefix)};
		for (size_t k = 0; k < a->n_routes; k++)
			rows[i].advertised |= prefix_eq(&a->routes[k].prefix, &at->prefix);
	}
	return n;
}

/* ---- all of them ------------------------------------------------------------------------------
 */

const struct local_route *aggregate_routes(struct aggregate *a, int64_t now, size_t *n,
					   bool *changed)
{
	size_t cap = a->n_owned + a->n_networks + a->n_used + a->n_addresses;
	struct local_route *r = mem_zalloc(cap * sizeof(*r));
	size_t count = 0;

	settle(a, now);
	for (size_t i = 0; i < a->n_owned; i++) {
		if (a->owned[i].advertised)
			r[count++] = (struct local_route){a->owned[i].prefix, LOCAL_AGGREGATE};
	}
	for (size_t i = 0; i < a->n_networks; i++)
		r[count++] = (struct local_route){a->networks[i], LOCAL_NETWORK};
	for (size_t i = 0; a->host_routes && i < a->n_used; i++) {
		const struct addr *addr = &a->used[i].addr;

		if (!is_owned(a, addr))
			r[count++] = (struct local_route){prefix_make(addr, afi_bits(addr->afi)),
							  LOCAL_HOST};
	}
	count = summarize(a, r, count);
	qsort(r, count, sizeof(*r), cmp_routes);
	count = unique(r, count);
	*changed = count != a->n_routes;
	for (size_t i = 0; i < count && !*changed; i++)
		*changed = cmp_routes(&r[i], &a->routes[i]) != 0;
	free(a->routes);
	a->routes = r;
	a->n_routes = count;
	*n = count;
	return r;
}

int64_t aggregate_deadline(const struct aggregate *a)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < a->n_owned; i++) {
		if (a->owned[i].withdraw_at && a->owned[i].withdraw_at < at)
			at = a->owned[i].withdraw_at;
	}
	return at;
}

size_t aggregate_rows(const struct aggregate *a, struct aggregate_row *rows, size_t cap)
{
	size_t n = a->n_owned < cap ? a->n_owned : cap;

	for (size_t i = 0; i < n; i++) {
		const struct owned *o = &a->owned[i];
		struct addr first = prefix_addr(&o->prefix);
		size_t at = lower_bound(a, &first);

		rows[i] = (struct aggregate_row){.prefix = o->prefix,
						 .advertised = o->advertised,
						 .withdraw_at = o->withdraw_at};
		for (; at < a->n_used && prefix_contains(&o->prefix, &a->used[at].addr); at++)
			rows[i].addresses++;
	}
	return n;
}
