/*
 * share: what many paths or many entries have in common, kept once and named by 32 bits.
 *
 * A share is what import made of received attributes: those, the ones after policy, and the next
 * hop. A hop set is what packets do. Both are counted, and equal means same name; 0 is none.
 *
 * Private to rib.c.
 */
#ifndef LEAFPEER_RIB_SHARE_H
#define LEAFPEER_RIB_SHARE_H

#include "agent/bgp/attr.h"
#include "agent/rib/nexthop.h"

struct share {
	const struct attrs *in;    /* as received */
	const struct attrs *attrs; /* after policy; the same pointer if that changed nothing */
	struct nexthop *nh;        /* NULL where the path is refused */
	uint32_t refs;
	uint32_t next; /* in its bucket, or of the free ones */
};

struct hopset {
	uint32_t refs;
	uint32_t next;
	uint32_t hash;
	uint32_t n;
	struct hop hops[];
};

struct share_table {
	struct attr_table *attrs;       /* borrowed */
	struct nexthop_table *nexthops; /* borrowed */
	struct share *shares;           /* by name; the first is unused */
	uint32_t n, free, count;
	uint32_t *buckets;
	size_t n_buckets;
};

struct hopset_table {
	struct hopset **sets; /* by name; the first is unused */
	uint32_t *free;       /* names to be used again */
	uint32_t n, n_free, count;
	uint32_t *buckets;
	size_t n_buckets;
};

void share_table_init(struct share_table *t, struct attr_table *attrs,
		      struct nexthop_table *nexthops);
void share_table_fini(struct share_table *t); /* all references must have been given back */
/* The name of the three, with one reference; takes over the caller's references to them (one on
 * attrs only where it is another than in). */
uint32_t share_get(struct share_table *t, const struct attrs *in, const struct attrs *attrs,
		   struct nexthop *nh);
void share_ref(struct share_table *t, uint32_t name);
void share_unref(struct share_table *t, uint32_t name); /* 0 is fine */

void hopset_table_init(struct hopset_table *t);
void hopset_table_fini(struct hopset_table *t);
/* The name of the hops, sorted and without duplicates, with one reference; 0 for none of them. */
uint32_t hopset_get(struct hopset_table *t, const struct hop *hops, size_t n);
void hopset_unref(struct hopset_table *t, uint32_t name); /* 0 is fine */

#endif
