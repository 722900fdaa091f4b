/*
 * config: the configuration in force, from its sources to what the rest of the agent takes.
 *
 * Sources, the later ones first in rank: defaults, startup-config, environment. A reload that does
 * not parse, or makes no sense as a whole, is refused whole with its reasons on the log, and what
 * is in force stays so.
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

/* Reads all sources. NULL, with the reasons on the log, if they are no good. */
struct config *config_load(const struct settings *s);
void config_free(struct config *c); /* NULL is fine */
/* Again: true if there is a new configuration to apply. */
bool config_reload(struct config *c);
/* Why the newest configuration is not in force: the first of the reasons, in a line; "": it is. */
const char *config_refusal(const struct config *c);
uint64_t config_refusals(const struct config *c); /* since the start */
/* All of the reasons, a line each ("% refused: ..."), into out if that is not NULL; how many. */
size_t config_refusal_reasons(const struct config *c, struct text *out);
/* --check-config: says what is wrong on standard error, or prints the configuration; an exit
 * status. */
int config_check(const struct settings *s);

const struct conf *config_conf(const struct config *c);
const struct policy *config_policy(const struct config *c);
/* The configured router ID, or this host's address on the subnet of the first neighbour that is on
 * one, or its highest IPv4 address outside the pods' prefixes, or 0. */
uint32_t config_router_id(const struct config *c, const struct fibsync *k);
void config_aggregate(const struct config *c, struct aggregate *a, int64_t now);
/* Borrows from the config until the next reload, or call. */
void config_rib(struct config *c, uint32_t router_id, struct rib_conf *out);
/* One a neighbour with an address, in order; the caller frees. */
struct session_conf *config_sessions(const struct config *c, uint32_t router_id, size_t *n);
bool config_on_stop_withdraw(const struct config *c);
/* The file, as far as it can be read; NULL if it cannot, or is not there. The caller frees. */
char *config_startup_text(const struct settings *s, size_t *len);

#endif
