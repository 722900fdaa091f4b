/* bgp: show ip bgp [PREFIX [longer-prefixes]], and the routes of one neighbour. */
#include "agent/show/bgp.h"

#include <string.h>

enum phase {
	PHASE_BEGIN,
	PHASE_ROWS,
	PHASE_OVER,
};

/* ---- the table --------------------------------------------------------------------------------
 */

/* Paths cost like entries, so that a slice is bounded whatever peers send. */
static void spend(const struct show_args *a, unsigned int cost)
{
	*a->budget -= *a->budget < cost ? *a->budget : cost;
}

static const struct local_route *find_local(const struct show_args *a, const struct prefix *p,
					    bool match)
{
	const struct local_route *best = NULL;

	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct local_route *l = &a->st->locals[i];

		if (prefix_eq(&l->prefix, p) || (match && prefix_covers(&l->prefix, p) &&
						 (!best || best->prefix.len < l->prefix.len)))
			best = l;
	}
	return best;
}

static void put_entry(const struct show_args *a, const struct rib_entry *e)
{
	spend(a, e->n_paths);
	if (a->json)
		bgp_json_entry(a, &e->prefix);
	if (a->json && find_local(a, &e->prefix, false))
		bgp_json_local(a);
	for (size_t i = 0; i < e->n_paths; i++) {
		if (a->json)
			bgp_json_path(a, e, i);
		else
			bgp_put_path(a, e, i, false);
	}
	if (a->json)
		bgp_json_entry_end(a);
}

static void put_local(const struct show_args *a, const struct prefix *p)
{
	if (!a->json) {
		bgp_put_local(a, p);
		return;
	}
	bgp_json_entry(a, p);
	bgp_json_local(a);
	bgp_json_entry_end(a);
}

/* Ours that come before the prefix, or all that are left (NULL). One that peers announce too has
 * its line before theirs, in text; in JSON, where a key must not be there twice, put_entry has it.
 */
static void put_locals(const struct show_args *a, const struct prefix *within,
		       const struct prefix *before)
{
	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct prefix *p = &a->st->locals[i].prefix;

		if (p->afi != a->afi || (within && !prefix_covers(within, p)) ||
		    prefix_cmp(p, &a->at->last) <= 0)
			continue;
		if (before && prefix_cmp(p, before) > 0)
			return;
		a->at->last = *p;
		if (!a->json || !before || !prefix_eq(p, before))
			put_local(a, p);
	}
}

static bool put_table(const struct show_args *a, const struct prefix *within)
{
	const struct rib_entry *e;

	if (a->at->phase == PHASE_BEGIN) {
		a->at->walk = within ? rib_walk_within(a->st->rib, within)
				     : rib_walk_new(a->st->rib, a->afi);
		if (a->json)
			bgp_json_begin(a);
		else
			bgp_put_head(a);
		a->at->phase = PHASE_ROWS;
	}
	while ((e = rib_walk_next(a->at->walk, a->budget))) {
		put_locals(a, within, &e->prefix);
		put_entry(a, e);
	}
	if (!rib_walk_over(a->at->walk))
		return false;
	put_locals(a, within, NULL);
	if (a->json)
		bgp_json_end(a);
	return true;
}

bool show_bgp_longer(const struct show_args *a)
{
	struct prefix p;
	bool host_bits;

	prefix_parse(a->arg, &p, &host_bits);
	return put_table(a, &p);
}

/* ---- one prefix -------------------------------------------------------------------------------
 */

/* What it is about is settled at the first slice, so that the answer is about one prefix. */
static const struct rib_entry *settle(const struct show_args *a)
{
	bool match = !strchr(a->arg, '/'), host_bits;
	const struct local_route *l;
	const struct rib_entry *e;
	struct prefix p;
	struct addr addr;

	if (a->at->phase != PHASE_BEGIN)
		return rib_find(a->st->rib, &a->at->last);
	prefix_parse(a->arg, &p, &host_bits);
	addr = prefix_addr(&p);
	e = match ? rib_match(a->st->rib, &addr) : rib_find(a->st->rib, &p);
	l = find_local(a, &p, match);
	/* the longer match wins; of the same prefix both are told */
	if (e && l && l->prefix.len > e->prefix.len)
		e = NULL;
	if (e)
		a->at->last = e->prefix;
	else if (l)
		a->at->last = l->prefix;
	return e;
}

/* A path a slice: each can have thousands of communities. */
static bool put_one_text(const struct show_args *a, const struct rib_entry *e)
{
	bool local = find_local(a, &a->at->last, false);
	char pfx[PREFIX_STRLEN];

	if (a->at->phase == PHASE_BEGIN) {
		a->at->phase = PHASE_ROWS;
		bgp_put_title(a);
		if (!e && !local) {
			text_puts(a->out, "% Network not in table\n");
			return true;
		}
		text_printf(a->out, "BGP routing table entry for %s\n Paths: %u available\n",
			    prefix_str(&a->at->last, pfx), (e ? e->n_paths : 0u) + local);
		if (local)
			text_puts(a->out, "  Local\n"
					  "    - from - (0.0.0.0)\n"
					  "      Origin IGP, metric 0, localpref -, IGP metric 0, "
					  "weight 0, tag 0\n"
					  "      valid, local, best\n");
		return !e;
	}
	if (!e || a->at->count >= e->n_paths)
		return true;
	bgp_put_detail(a, e, a->at->count++);
	return a->at->count >= e->n_paths;
}

static bool put_one_json(const struct show_args *a, const struct rib_entry *e)
{
	bool local = find_local(a, &a->at->last, false);

	if (a->at->phase == PHASE_BEGIN) {
		a->at->phase = PHASE_ROWS;
		bgp_json_begin(a);
		if (!e && !local) {
			bgp_json_end(a);
			return true;
		}
		bgp_json_entry(a, &a->at->last);
		if (local)
			bgp_json_local(a);
		return false;
	}
	if (e && a->at->count < e->n_paths) {
		bgp_json_path(a, e, a->at->count++);
		return false;
	}
	bgp_json_entry_end(a);
	bgp_json_end(a);
	return true;
}

bool show_bgp(const struct show_args *a)
{
	const struct rib_entry *e;

	if (!a->arg)
		return put_table(a, NULL);
	e = settle(a);
	return a->json ? put_one_json(a, e) : put_one_text(a, e);
}

/* ---- of one neighbour -------------------------------------------------------------------------
 */

/* What it was told. Ours only, so they are few. */
static void put_advertised(const struct show_args *a, const struct show_peer *peer)
{
	const struct attrs *attrs;
	struct prefix p;
	size_t at = 0;

	while (adj_out_walk(peer->adj_out, &at, &p, &attrs)) {
		if (a->afi != AFI_NONE && p.afi != a->afi)
			continue;
		if (!a->json) {
			bgp_put_sent(a, &p, &attrs->set);
			continue;
		}
		bgp_json_entry(a, &p);
		bgp_json_sent(a, &attrs->set);
		bgp_json_entry_end(a);
	}
}

/* received: rejected ones too, with the reason; else only what was accepted. */
static void put_received(const struct show_args *a, const struct show_peer *peer,
			 const struct rib_entry *e, bool rejected)
{
	bool some = false;

	spend(a, e->n_paths / 8u);
	for (size_t i = 0; i < e->n_paths; i++) {
		if (e->paths[i].peer != peer->rib_peer->index || (!rejected && e->paths[i].reject))
			continue;
		if (!a->json) {
			bgp_put_path(a, e, i, true);
			continue;
		}
		if (!some)
			bgp_json_entry(a, &e->prefix);
		some = true;
		bgp_json_path(a, e, i);
	}
	if (some)
		bgp_json_entry_end(a);
}

static bool put_routes(const struct show_args *a, const struct show_peer *peer)
{
	const struct rib_entry *e;

	if (strcmp(a->arg2, "advertised-routes") == 0) {
		put_advertised(a, peer);
		return true;
	}
	if (!a->at->walk)
		a->at->walk = rib_walk_new(a->st->rib, a->afi);
	while ((e = rib_walk_next(a->at->walk, a->budget)))
		put_received(a, peer, e, strcmp(a->arg2, "received-routes") == 0);
	return rib_walk_over(a->at->walk);
}

bool show_bgp_neighbor_routes(const struct show_args *a)
{
	const struct show_peer *peer = show_find_peer(a->st, a->arg);

	if (a->at->phase == PHASE_BEGIN) {
		if (!peer && !a->json) {
			text_printf(a->out, "%% %s is not a neighbor\n", a->arg);
			return true;
		}
		if (a->json)
			bgp_json_begin(a);
		else
			bgp_put_head(a);
		a->at->phase = PHASE_ROWS;
	}
	/* the neighbour may have been taken out of the configuration meanwhile */
	if (peer && !put_routes(a, peer))
		return false;
	if (a->json)
		bgp_json_end(a);
	return true;
}
