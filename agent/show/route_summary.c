/*
 * route_summary: show ip route summary: how many routes of ours the kernel has, by kind and by
 * length. The lines are EOS's, without those of what is not ours.
 */
#include "agent/show/show.h"

#include "agent/lib/mem.h"

#include <stdio.h>

#define CELLS_A_LINE 5
#define LENGTHS      129 /* of a prefix, 0 to 128 */

struct show_tally {
	size_t external, internal, ours;
	size_t of_length[LENGTHS];
};

static bool in_kernel(const struct show_args *a, const struct prefix *p)
{
	struct hop hops[FIB_HOPS_MAX];
	bool discard;
	size_t n;

	return fib_lookup(a->st->fib, p, hops, FIB_HOPS_MAX, &n, &discard);
}

static void count_learned(const struct show_args *a, const struct rib_entry *e)
{
	struct show_tally *t = a->at->tally;

	if (!e->n_multipath || !in_kernel(a, &e->prefix))
		return;
	if (rib_peer_at(a->st->rib, e->paths[0].peer)->ibgp)
		t->internal++;
	else
		t->external++;
	t->of_length[e->prefix.len]++;
}

static void count_ours(const struct show_args *a)
{
	struct show_tally *t = a->at->tally;

	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct prefix *p = &a->st->locals[i].prefix;

		if (p->afi != a->afi || !in_kernel(a, p))
			continue;
		t->ours++;
		t->of_length[p->len]++;
	}
}

static void put_row(struct text *out, const char *name, size_t n)
{
	text_printf(out, "   %-34s %25zu\n", name, n);
}

static void put_text(const struct show_args *a)
{
	const struct show_tally *t = a->at->tally;
	struct text *out = a->out;
	unsigned int cells = 0;
	size_t blanks = 0;

	text_printf(out, "\nVRF: default\n   %-34s %25s\n", "Route Source", "Number Of Routes");
	text_puts(out, "------------------------------------- -------------------------\n");
	put_row(out, "bgp", t->external + t->internal);
	text_printf(out, "     External: %zu Internal: %zu\n", t->external, t->internal);
	put_row(out, "aggregate", t->ours);
	text_puts(out, "\n");
	put_row(out, "Total Routes", t->external + t->internal + t->ours);
	text_puts(out, "\nNumber of routes per mask-length:\n");
	for (unsigned int len = 0; len < LENGTHS; len++) {
		char cell[32];
		size_t width;

		if (!t->of_length[len])
			continue;
		if (cells % CELLS_A_LINE == 0) {
			text_puts(out, cells ? "\n" : "");
			blanks = 3;
		}
		width = (size_t)snprintf(cell, sizeof(cell), "/%u: %zu", len, t->of_length[len]);
		text_printf(out, "%*s%s", (int)blanks, "", cell);
		blanks = width < 13 ? 14 - width : 1;
		cells++;
	}
	text_puts(out, cells ? "\n\n" : "\n");
}

static void put_json(const struct show_args *a)
{
	const struct show_tally *t = a->at->tally;

	show_json_vrf(a);
	json_write_object(a->js, "bgpCounts");
	json_write_uint(a->js, "bgpTotal", t->external + t->internal);
	json_write_uint(a->js, "bgpExternal", t->external);
	json_write_uint(a->js, "bgpInternal", t->internal);
	json_write_end(a->js);
	json_write_uint(a->js, "aggregate", t->ours);
	json_write_uint(a->js, "totalRoutes", t->external + t->internal + t->ours);
	json_write_object(a->js, "maskLen");
	for (unsigned int len = 0; len < LENGTHS; len++) {
		char key[8];

		snprintf(key, sizeof(key), "%u", len);
		if (t->of_length[len])
			json_write_uint(a->js, key, t->of_length[len]);
	}
	json_write_end(a->js);
	show_json_vrf_end(a);
}

bool show_route_summary(const struct show_args *a)
{
	const struct rib_entry *e;

	if (!a->at->tally) {
		a->at->tally = mem_zalloc(sizeof(*a->at->tally));
		a->at->walk = rib_walk_new(a->st->rib, a->afi);
	}
	while ((e = rib_walk_next(a->at->walk, a->budget)))
		count_learned(a, e);
	if (!rib_walk_over(a->at->walk))
		return false;
	count_ours(a);
	if (a->json)
		put_json(a);
	else
		put_text(a);
	return true;
}
