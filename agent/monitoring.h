/*
 * monitoring: what BMP stations (RFC 7854) are told of sessions and tables.
 *
 * Level-triggered: sessions and the RIB say that something changed; what a station is told is what
 * is there when there is room for it in its connection's buffer. A station that is slow is told
 * less often, not later and later; it costs the buffer and a bounded list of names (rib/changes.h).
 */
#ifndef LEAFPEER_MONITORING_H
#define LEAFPEER_MONITORING_H

#include "agent/conf/model.h"
#include "agent/rib/rib.h"
#include "agent/session.h"
#include "agent/show/show.h"

struct agent;
struct monitoring;

struct monitoring *monitoring_new(struct agent *a);
void monitoring_free(struct monitoring *m); /* says goodbye; NULL is fine */
/* The configuration's stations; those that stay keep their connections. */
void monitoring_set_stations(struct monitoring *m, const struct conf_station *stations, size_t n);

/* What follows may be told to NULL. A session went up or down, or the router ID changed. */
void monitoring_sessions_changed(struct monitoring *m);
/* It is about to be freed. */
void monitoring_session_gone(struct monitoring *m, const struct session *s);
/* This node's own prefixes are others. */
void monitoring_locals_changed(struct monitoring *m);
void monitoring_advertised(struct monitoring *m, const struct session *s);
/* As struct rib_ops has them. */
void monitoring_path(struct monitoring *m, const struct prefix *p, uint16_t peer, uint32_t path_id,
		     bool lost);
void monitoring_decided(struct monitoring *m, const struct rib_entry *e, bool lost);

/* For people: the ith station; false past the end. Strings are lent. */
bool monitoring_at(const struct monitoring *m, size_t i, struct show_station *out);

#endif
