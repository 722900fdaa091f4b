/*
 * monitoring_impl: what the files of monitoring share, and nobody else sees.
 */
#ifndef LEAFPEER_MONITORING_IMPL_H
#define LEAFPEER_MONITORING_IMPL_H

#include "agent/agent.h"
#include "agent/bgp/bmp.h"
#include "agent/io/bmp.h"
#include "agent/monitoring.h"
#include "agent/rib/changes.h"

#define MONITORING_ROOM (4 * BMP_MSG_MAX) /* one message of each view can still be ended */

/* One of the routes of which all are compared with what there is, since they are few: of an
 * Adj-RIB-Out, or this node's own in the Loc-RIB. */
struct told_route {
	struct prefix prefix;
	const struct attrs *attrs; /* a reference, so that another pointer is another thing */
};

struct told {
	struct told *next;
	const struct session *session; /* NULL: the Loc-RIB, or gone */
	bool loc_rib;
	struct bmp_peer who; /* its view is that of the message */
	uint16_t rib_peer;
	uint64_t established; /* the how manieth session it is */
	uint8_t families;     /* FAMILY_BIT()s */
	uint8_t add_path;     /* likewise: those with path identifiers */
	bool walk;            /* to be walked, once more perhaps */
	bool out_changed, out_eor;
	struct told_route *out; /* what it was told of so, in order */
	size_t n_out;
	bool down; /* to be told that it is, why */
	enum bmp_down_reason reason;
	struct bgp_error error;
};

struct station {
	struct station *next;
	struct monitoring *m;
	struct conf_station conf;
	struct bmp_link *link;
	struct changes *changes;
	struct told *told;
	struct told *walking; /* NULL: nobody */
	struct rib_cursor at;
	bool dumped; /* every table was told once */
	int64_t since, stats_at;
	uint64_t connects, restarts;
	char failure[64]; /* that was last logged */
};

/* A Route Monitoring message that is being filled. */
struct filling {
	bool open;
	const struct told *told;
	const struct attrs *attrs; /* NULL: withdrawn */
	uint8_t afi;
	struct wr wr;
	struct bmp_routes routes;
	uint8_t buf[BMP_MSG_MAX];
};

struct monitoring {
	struct agent *agent;
	struct station *stations;
	struct loop_work *work;
	struct loop_timer *timer; /* statistics */
	struct filling *filling;  /* BMP_VIEWS of them; all ended when a station's turn is */
	uint64_t too_large;       /* routes that no message holds */
};

/* ---- monitoring_tables.c: what a station is told of routes
 * ---------------------------------------
 *
 * What returns false had no room, and is to be called again. */

bool monitoring_has_room(const struct station *st);
/* Ends the messages that are being filled. */
void monitoring_end_all(struct station *st);
/* The Adj-RIB-Out, or of the Loc-RIB this node's own prefixes, as they are now. */
bool monitoring_put_out(struct station *st, struct told *t);
/* Forgets what was told so. */
void monitoring_forget_out(struct station *st, struct told *t);
/* What changed in the RIB. True: there are more. */
bool monitoring_put_changes(struct station *st);
/* A slice of the walk for one peer. True: there is more, and room for it. */
bool monitoring_walk(struct station *st);

/* ---- monitoring_peers.c: whom it is told of
 * ------------------------------------------------------
 */

/* NULL: it was not told of that. */
struct told *told_find(const struct station *st, const struct session *s);
struct told *told_find_loc_rib(const struct station *st);
void told_free(struct station *st, struct told *t);
/* The session's end, or that of one before it, is kept to be told. */
void told_look_for_down(struct told *t);
/* Sessions that came and went. False: no room for all of it. */
bool monitoring_put_sessions(struct station *st);
void monitoring_put_stats(struct station *st);

#endif
