/*
 * config: the configuration in force, from its sources to what the rest of the agent takes.
 *
 * Sources, the later ones first in rank: defaults, startup-config, environment, annotations of the
 * Node. A reload that does not parse, or makes no sense as a whole, is refused whole with its
 * reasons on the log, and what is in force stays so. At start that is what the cache has of an
 * earlier run.
 */
#ifndef LEAFPEER_CONFIG_H
#define LEAFPEER_CONFIG_H

#include "agent/conf/model.h"
#include "agent/fibsync.h"
#include "agent/lib/text.h"
#include "agent/rib/aggregate.h"
#include "agent/rib/rib.h"
#include "agent/session.h"
#include "agent/settings.h"

struct config;

enum config_origin { /* of what is in force */
		     CONFIG_SOURCES,
		     CONFIG_LAST_GOOD, /* the cache: the sources are no good */
		     CONFIG_NONE,      /* nothing: neither are, and annotations may come */
};

/* Reads all sources. kubernetes: annotations and prefixes will come from it; until then those of
 * the cache count, and sources that are no good alone are no failure. NULL, with the reasons on the
 * log, if there is nothing to begin with. */
struct config *config_load(const struct settings *s, bool kubernetes);
void config_free(struct config *c); /* NULL is fine */
/* Again: true if there is a new configuration to apply. */
bool config_reload(struct config *c);
/* Why the newest configuration is not in force: the first of the reasons, in a line; "": it is. */
const char *config_refusal(const struct config *c);
/* The key of the annotation that it is about; "": it came from elsewhere, or there is none. */
const char *config_refused_key(const struct config *c);
uint64_t config_refusals(const struct config *c); /* since the start */
/* All of the reasons, a line each ("% refused: ..."), into out if that is not NULL; how many. */
size_t config_refusal_reasons(const struct config *c, struct text *out);
/* Keeps what is in force for the next start, if all of it is new and good. */
void config_keep(struct config *c);
/* When that last changed, in seconds since 1970; 0 or -errno: it is not there. */
int config_kept(const struct config *c, int64_t *wall_s);
/* What Kubernetes says of the node; copied. The annotations count from the next reload on. owned:
 * true if it is something new, which is to be applied. */
void config_set_annotations(struct config *c, const struct conf_annotation *annotations, size_t n);
bool config_set_owned(struct config *c, const struct prefix *owned, size_t n, bool known);
/* An earlier run left what Kubernetes said. */
bool config_knows_node(const struct config *c);
/* The node's prefixes: those that were configured, else Kubernetes's. Lent until either changes. */
const struct prefix *config_owned(const struct config *c, size_t *n);
enum config_origin config_origin(const struct config *c);
/* --check-config: says what is wrong on standard error, or prints the configuration; an exit
 * status. */
int config_check(const struct settings *s);

const struct conf *config_conf(const struct config *c);
const struct policy *config_policy(const struct config *c);
/* The configured router ID, or this host's address on the subnet of the first neighbour that is on
 * one, or its highest IPv4 address outside the pods' prefixes, or 0. */
uint32_t config_router_id(const struct config *c, const struct fibsync *k);
void config_aggregate(const struct config *c, struct aggregate *a, int64_t now);
/* Borrows from the config until the next reload, or call. Of locals, what is announced now, the
 * host routes count: they are in no prefix of the configuration's. */
void config_rib(struct config *c, uint32_t router_id, const struct local_route *locals,
		size_t n_locals, struct rib_conf *out);
/* One a neighbour with an address, in order; the caller frees. */
struct session_conf *config_sessions(const struct config *c, uint32_t router_id, size_t *n);
bool config_on_stop_withdraw(const struct config *c);
/* The file, as far as it can be read; NULL if it cannot, or is not there. The caller frees. */
char *config_startup_text(const struct settings *s, size_t *len);

#endif
