/*
 * peer: one BGP neighbour, without its I/O.
 *
 * A peer has up to two connections, one that we dialled and one that we accepted, each with a state
 * machine of its own (fsm.h); collision detection (RFC 4271 section 6.8) leaves one. The host
 * (agent/session.c, or a test) owns sockets, clock and randomness: it tells the peer what happened
 * and asks what to send and when to wake it. Time is monotonic microseconds, and never goes back.
 *
 * Inside a call the peer calls back through struct peer_ops. A callback must not call into
 * the same peer, except for what is said at each.
 */
#ifndef LEAFPEER_BGP_PEER_H
#define LEAFPEER_BGP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/bgp/fsm.h"
#include "agent/bgp/msg.h"
#include "agent/bgp/update.h"

#define PEER_NEVER          INT64_MAX

#define PEER_RETRY_FIRST_US (100 * 1000) /* after a refused or lost connection */
#define PEER_RETRY_MAX_US \
	(5 * 1000 * 1000) /* doubling ends here: a SYN costs nothing, an idle uplink does */
#define PEER_CONNECT_WAIT_US     (10 * 1000 * 1000) /* for a dial that nobody answers */
#define PEER_HOLD_OPEN_S         240                /* RFC 4271 section 8.2.2: large value */
#define PEER_SENDQ_MAX           (1u << 20)         /* octets of output; more waits in adj_out */
#define PEER_PREFIX_LEN_SHUTDOWN 255                /* RFC 9003: octets of a shutdown message */

enum peer_conn {
	CONN_OUT, /* we dialled */
	CONN_IN,  /* we accepted */
	CONN_COUNT
};

/* What a session is to be; values only, compared field by field when the configuration changes. */
struct peer_conf {
	uint32_t local_as;
	uint32_t remote_as; /* 0: whichever the other side has, but not ours */
	uint32_t router_id; /* host order */
	uint16_t hold_time; /* seconds, 0 or 3..65535; ours, the smaller of both counts */
	uint16_t keepalive; /* seconds; at most a third of the negotiated hold time is used */
	uint32_t connect_retry_max_us; /* 0: PEER_RETRY_MAX_US */
	bool shutdown;
	bool passive;            /* never dial */
	char shutdown_text[129]; /* RFC 9003, UTF-8 */
	bool role_strict;
	struct capa capa; /* what we offer; gr_restarting is kept by peer_set_restarting */
};

enum peer_down_reason {
	DOWN_NONE, /* never was up */
	DOWN_ADMIN,
	DOWN_NOTIFICATION_RECEIVED,
	DOWN_NOTIFICATION_SENT,
	DOWN_TCP,
	DOWN_HOLD_TIMER,
	DOWN_SEND_HOLD_TIMER,
	DOWN_BFD,
	DOWN_COLLISION,
	DOWN_REPLACED, /* RFC 4724: the restarted peer came back on a new connection */
	DOWN_RECONFIGURED,
};

/* "hold timer expired"; "never" for DOWN_NONE. */
const char *peer_down_reason_name(enum peer_down_reason reason);

struct peer;

struct peer_ops {
	/* Dial. The answer comes with peer_connected(CONN_OUT) or peer_disconnected(CONN_OUT). */
	void (*dial)(void *ctx);
	/* Close the connection after what peer_output still has for it, which the host takes in
	 * this very callback (peer_output is allowed here); the host forgets it. No
	 * peer_disconnected. */
	void (*close)(void *ctx, enum peer_conn conn);
	/* Established; agreed() and open() are valid. */
	void (*up)(void *ctx);
	/* No longer Established; graceful: keep the routes as stale (RFC 4724, 8538). */
	void (*down)(void *ctx, enum peer_down_reason reason, bool graceful);
	/* An UPDATE that is not a reset: verdicts have been counted already; u borrows. Returns
	 * true, or false with *err to have the session end with that Cease, since it sends more
	 * than it may: routes, or memory. There is none for a minute then.
	 */
	bool (*update)(void *ctx, const struct bgp_update *u, struct bgp_error *err);
	void (*refresh)(void *ctx, const struct bgp_refresh *r);
	/* peer_output has got something. */
	void (*writable)(void *ctx);
	/* Uniform random number, for jitter. */
	uint32_t (*random)(void *ctx);
};

/* What a peer can cost, at most: how often it has come to that. */
enum peer_limit {
	PEER_LIMIT_TURN,      /* SESSION_TURN_OCTETS of input were read, others' turn came first */
	PEER_LIMIT_ROUTES,    /* maximum-routes: the session ends, or a warning is logged */
	PEER_LIMIT_PATHS,     /* paths of one prefix (TABLE_PATHS_MAX): the path is not kept */
	PEER_LIMIT_MEMORY,    /* RIB_ATTR_BYTES_MAX, or no room for prefixes: the session ends */
	PEER_LIMIT_OUTPUT,    /* half of PEER_SENDQ_MAX waits: UPDATEs wait in adj_out instead */
	PEER_LIMIT_NEXT_HOPS, /* SESSION_NEXT_HOPS: further ones are not told apart */
	PEER_LIMIT_COUNT
};
const char *peer_limit_name(enum peer_limit limit); /* "output queue", for people and metrics */

struct peer_counters {
	uint64_t rx[BGP_MSG_TYPES], tx[BGP_MSG_TYPES]; /* by enum bgp_msg_type; [0]: all */
	uint64_t rx_octets, tx_octets;
	uint64_t established; /* times */
	uint64_t connect_attempts;
	uint64_t discarded_attrs;  /* RFC 7606 */
	uint64_t treat_withdraw;   /* UPDATEs */
	uint64_t ignored_families; /* NLRI fields */
	uint64_t collisions;
	uint64_t limits[PEER_LIMIT_COUNT];
};

/* conf and ops are copied. Starts in Idle: peer_start. The caller frees. */
struct peer *peer_new(const struct peer_conf *conf, const struct peer_ops *ops, void *ctx);
/* Closes nothing: peer_stop first. NULL is fine. */
void peer_free(struct peer *p);

/* It counts as down from now on, whether it is started (which says so, too), shut down or waiting.
 */
void peer_begin(struct peer *p, int64_t now);
void peer_start(struct peer *p, int64_t now);
/* Ends both connections with a NOTIFICATION (Cease and the subcode given; text: RFC 9003, may be
 * NULL) and stays Idle until peer_start. */
void peer_stop(struct peer *p, uint8_t cease_subcode, const char *text, int64_t now);
/* The same, and then starts anew at once: clear ip bgp. */
void peer_reset(struct peer *p, uint8_t cease_subcode, const char *text, int64_t now);
/* The same with Cease/6, by which neither end need lose a route: both know each other, and the
 * session is back at once. */
void peer_reconfigure(struct peer *p, int64_t now);
/* The path to the peer is gone (BFD, interface down): sends Cease/10, closes, retries. */
void peer_path_down(struct peer *p, int64_t now);
/* Something changed for the better (link up, route to the peer): dial now if waiting, and accept.
 */
void peer_hurry(struct peer *p, int64_t now);
/* Takes another configuration; resets the session only if what was negotiated depends on it.
 * Returns whether it did. */
bool peer_set_conf(struct peer *p, const struct peer_conf *conf, int64_t now);
/* RFC 4724 section 4.1: the R bit of the OPENs to come, and the families whose forwarding state was
 * preserved (F bit). */
void peer_set_restarting(struct peer *p, bool restarting, uint8_t forwarding_families);

/* The host dialled successfully, or accepted. Accepting is refused (false: the host closes) when
 * the peer is stopped, waits after maximum-routes, or its accepted connection is Established; one
 * that is not yet is closed for the new one, and so is an Established one of a peer that restarts
 * gracefully (RFC 4724 section 5). */
bool peer_connected(struct peer *p, enum peer_conn conn, int64_t now);
/* The connection failed, was refused, reset or closed by the other side. */
void peer_disconnected(struct peer *p, enum peer_conn conn, int64_t now);
/* Octets from the connection, split anyhow. All are taken, or the connection was closed through
 * ops->close meanwhile; bounded by len. */
void peer_recv(struct peer *p, enum peer_conn conn, const uint8_t *data, size_t len, int64_t now);
/* Octets waiting to be written: lends them; peer_sent tells how many were. */
size_t peer_output(struct peer *p, enum peer_conn conn, const uint8_t **data);
void peer_sent(struct peer *p, enum peer_conn conn, size_t len, int64_t now);
/* Room for another UPDATE: below half of PEER_SENDQ_MAX are waiting. */
bool peer_can_send(const struct peer *p);
/* Octets that wait to be written on the Established connection. */
size_t peer_pending(const struct peer *p);
/* The host has kept the peer to a limit, which is counted. */
void peer_limit_hit(struct peer *p, enum peer_limit limit);
/* Queues a whole message, header included, on the Established connection (adj_out's UPDATEs,
 * ROUTE-REFRESH); ignored when not Established. */
void peer_queue(struct peer *p, const uint8_t *msg, size_t len, int64_t now);
/* Ends the session with this NOTIFICATION and retries after the idle hold. */
void peer_fail(struct peer *p, const struct bgp_error *err, int64_t now);

/* When to call peer_tick, or PEER_NEVER. */
int64_t peer_deadline(const struct peer *p);
void peer_tick(struct peer *p, int64_t now);

/* What people and the RIB want to know. */
enum bgp_state peer_state(const struct peer *p); /* the further of both connections */
bool peer_is_up(const struct peer *p);
const struct peer_conf *peer_conf(const struct peer *p);
/* The configured one; where that is left open, that of the last OPEN that led to Established, or 0.
 */
uint32_t peer_remote_as(const struct peer *p);
const struct bgp_open *peer_open_received(const struct peer *p); /* NULL unless up */
const struct update_ctx *peer_ctx(const struct peer *p);         /* NULL unless up */
/* The OPENs of the session that is up, whole messages; lends, nothing unless up. */
void peer_opens(const struct peer *p, struct rd *sent, struct rd *received);
const struct peer_counters *peer_counters(const struct peer *p);
uint16_t peer_hold_time(const struct peer *p); /* negotiated seconds; 0 unless up */
uint16_t peer_keepalive(const struct peer *p);
int64_t peer_since(const struct peer *p); /* when it went up, or last went down */

struct peer_timers { /* PEER_NEVER: it does not run */
	int64_t hold, keepalive;
	int64_t connect; /* of the next dial */
	int64_t heard; /* when the last message came; PEER_NEVER: not known, without a hold time */
};
struct peer_timers peer_timers(const struct peer *p);

enum peer_down_reason peer_last_reason(const struct peer *p);
const struct bgp_error *peer_last_error(const struct peer *p); /* of the last reset; code 0: none */
bool peer_last_error_sent(const struct peer *p);               /* by us; else received */
/* The AS of the neighbour's last OPEN, if it was refused for it; else 0. */
uint32_t peer_refused_as(const struct peer *p);
/* The last malformed message, at most cap octets of it. Lends; 0: there was none. */
size_t peer_last_malformed(const struct peer *p, const uint8_t **data);

#endif
