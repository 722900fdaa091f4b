/*
 * adj_out: what one peer was told and what it should be told; the difference becomes UPDATEs.
 *
 * Wanted routes come as a whole, with their attributes after export policy; equal ones that were
 * already sent cost nothing. Withdrawals go before announcements, an End-of-RIB after the first
 * complete set (RFC 4724), and after a ROUTE-REFRESH everything again, between BoRR and EoRR where
 * agreed (RFC 7313).
 */
#ifndef LEAFPEER_RIB_ADJ_OUT_H
#define LEAFPEER_RIB_ADJ_OUT_H

#include "agent/bgp/update.h"
#include "agent/lib/text.h"

struct adj_out;

struct adj_out *adj_out_new(struct attr_table *attrs); /* the table is borrowed */
void adj_out_free(struct adj_out *o);                  /* NULL is fine */
/* A new session: nothing was sent. ctx is borrowed until the next reset or adj_out_down. */
void adj_out_up(struct adj_out *o, const struct update_ctx *ctx);
void adj_out_down(struct adj_out *o);
/* The whole wanted state: begin, each route, end. */
void adj_out_want_begin(struct adj_out *o);
void adj_out_want(struct adj_out *o, const struct prefix *p, const struct attr_set *set);
void adj_out_want_end(struct adj_out *o);
/* The peer asked for the family anew. */
void adj_out_refresh(struct adj_out *o, enum family family);
/* Holds the End-of-RIB back (we are restarting and still wait for others'). */
void adj_out_defer_eor(struct adj_out *o, bool defer);
/* Writes one whole message; false: nothing to send now. */
bool adj_out_next(struct adj_out *o, struct wr *wr);
/* Was sent, and not withdrawn since. covers: this prefix or one that contains it. */
bool adj_out_has(const struct adj_out *o, const struct prefix *p, bool covers);
size_t adj_out_count(const struct adj_out *o, enum family family); /* prefixes sent */
/* What was sent, on its way to another process, as UPDATEs of a route each. adj_out_adopt follows
 * adj_out_up; what is wanted then is compared with it. false: it makes no sense, and nothing was
 * sent.
 */
void adj_out_carry(const struct adj_out *o, struct text *out);
bool adj_out_adopt(struct adj_out *o, struct rd in);
/* The sent routes, one a call, in the order of prefix_cmp. *at begins as 0, and means nothing any
 * more when something was sent; false past the end. */
bool adj_out_walk(const struct adj_out *o, size_t *at, struct prefix *p,
		  const struct attrs **attrs);

#endif
