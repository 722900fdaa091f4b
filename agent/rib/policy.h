/*
 * policy: prefix lists and route maps.
 *
 * A policy is built once from the configuration, then only read. Names are looked up by the
 * caller's string; a name that does not exist permits everything, as EOS has it for route maps, and
 * refuses everything for prefix lists (fail closed).
 */
#ifndef LEAFPEER_RIB_POLICY_H
#define LEAFPEER_RIB_POLICY_H

#include "agent/bgp/attr.h"

#define POLICY_SEQ_MAX     65535 /* entries of one list or map */
#define POLICY_PREPEND_MAX 16
#define POLICY_COMM_MAX    64 /* communities that one clause matches or sets */

struct prefix_list_entry {
	uint32_t seq;
	bool permit;
	struct prefix prefix;
	uint8_t ge, le; /* lengths accepted; both prefix.len where not given */
};

struct route_map_entry {
	uint32_t seq;
	bool permit;
	bool match_prefix_list;
	char prefix_list[64];
	bool match_community; /* any of them */
	uint32_t communities[POLICY_COMM_MAX];
	uint8_t n_communities;
	bool match_as_path_length; /* between min and max, both included */
	uint16_t as_path_min, as_path_max;
	bool set_local_pref, set_med;
	uint32_t local_pref, med;
	bool set_communities, set_communities_additive;
	uint32_t set_community[POLICY_COMM_MAX];
	uint8_t n_set_community;
	uint8_t prepend_n;
	uint32_t prepend[POLICY_PREPEND_MAX];
};

struct policy;

struct policy *policy_new(void);
void policy_free(struct policy *p); /* NULL is fine */
/* Added in any order, kept by seq; false: that seq is there already, of a list for that family. The
 * entry is copied. */
bool policy_prefix_list_add(struct policy *p, const char *name, const struct prefix_list_entry *e);
bool policy_route_map_add(struct policy *p, const char *name, const struct route_map_entry *e);

bool policy_prefix_list_permits(const struct policy *p, const char *name, const struct prefix *pfx);

#define POLICY_SCRATCH 4096
/* Applies a route map: false if refused. set is changed in place and may borrow from scratch
 * (POLICY_SCRATCH octets) afterwards. */
bool policy_route_map_apply(const struct policy *p, const char *name, const struct prefix *pfx,
			    struct attr_set *set, uint8_t *scratch);

#endif
