/*
 * bgp: how a path is written, for the commands that show the table and for those that show one
 * neighbour's part of it.
 */
#ifndef LEAFPEER_SHOW_BGP_H
#define LEAFPEER_SHOW_BGP_H

#include "agent/show/show.h"

/* What a command begins with, and the legend and the columns of a table. */
void bgp_put_title(const struct show_args *a);
void bgp_put_head(const struct show_args *a);
/* One line; why: with the reason of a refused one. */
void bgp_put_path(const struct show_args *a, const struct rib_entry *e, size_t i, bool why);
/* One of ours, as the table shows it, or as a neighbour was told it. */
void bgp_put_local(const struct show_args *a, const struct prefix *p);
void bgp_put_sent(const struct show_args *a, const struct prefix *p, const struct attr_set *set);
/* A path in full, and why it is not used. */
void bgp_put_detail(const struct show_args *a, const struct rib_entry *e, size_t i);

/* "vrfs": {"default": {"vrf": ..., "bgpRouteEntries": { */
void bgp_json_begin(const struct show_args *a);
void bgp_json_end(const struct show_args *a);
/* An entry's object with its open array of paths; its end. */
void bgp_json_entry(const struct show_args *a, const struct prefix *p);
void bgp_json_entry_end(const struct show_args *a);
void bgp_json_path(const struct show_args *a, const struct rib_entry *e, size_t i);
void bgp_json_local(const struct show_args *a);
void bgp_json_sent(const struct show_args *a, const struct attr_set *set);

#endif
