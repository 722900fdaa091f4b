/*
 * peer_impl: what the peer's sources share, and nobody else sees.
 */
#ifndef LEAFPEER_BGP_PEER_IMPL_H
#define LEAFPEER_BGP_PEER_IMPL_H

#include "agent/bgp/peer.h"

#define SECOND         1000000LL
#define DAMP_US        (1 * SECOND) /* least wait after a protocol error */
#define REPLACE_MIN_US (5 * SECOND) /* a younger session is not replaced, but a collision */

struct conn {
	enum bgp_state state;
	bool open;          /* the host has a socket, or a dial, for it */
	unsigned int epoch; /* counts closings: what was borrowed before one is void */
	int64_t connect_retry_at, hold_at, keepalive_at, send_hold_at;
	uint16_t hold_time, keepalive; /* negotiated seconds */
	struct capa offered;
	struct bgp_open received;
	/* the OPENs as they went over the wire, owned */
	uint8_t *open_sent, *open_received;
	size_t open_sent_len, open_received_len;
	struct update_ctx ctx;
	size_t msg_max;
	uint8_t *rx; /* the beginning of a message whose rest has not come */
	size_t rx_len, rx_cap;
	uint8_t *tx; /* tx[tx_at..tx_len) waits */
	size_t tx_at, tx_len, tx_cap;
};

enum refused {
	REFUSED_NOTHING,
	REFUSED_CAPABILITIES, /* 2/7: only what we cannot do without */
	REFUSED_PARAMETERS,   /* 2/4: an old speaker, no optional parameters */
};

struct peer {
	struct peer_conf conf;
	struct peer_ops ops;
	void *ctx;
	struct conn conns[CONN_COUNT];
	bool started;
	int up;             /* enum peer_conn of the Established one, or -1 */
	uint32_t remote_as; /* as last heard, for a conf that leaves it open */
	int64_t since;
	int64_t retry_at; /* of the next dial */
	unsigned int failures;
	int64_t damp_us;    /* least wait before the next dial */
	int64_t shut_until; /* none is accepted either: it sent more than it may */
	enum refused refused;
	bool restarting;
	uint8_t forwarding;
	/* set before peer_step(), read by its actions */
	struct bgp_error error;
	enum peer_down_reason reason;
	/* kept for people */
	enum peer_down_reason last_reason;
	struct bgp_error last_error;
	bool last_error_sent;
	uint8_t *malformed;
	size_t malformed_len;
	uint32_t refused_as; /* of the last OPEN, if it was not the one that is configured */
	uint8_t *scratch;    /* ATTR_SCRATCH octets, from the first UPDATE on */
	struct peer_counters counters;
};

/* peer_io.c */
void peer_io_queue(struct peer *p, enum peer_conn which, const uint8_t *msg, size_t len,
		   int64_t now);
void peer_io_clear(struct conn *c);
void peer_io_fini(struct conn *c);
void peer_io_keep_malformed(struct peer *p, struct rd body);
/* Keeps the OPEN, header and all; takes the place of an earlier one. */
void peer_io_keep_open_sent(struct conn *c, const uint8_t *msg, size_t len);
void peer_io_keep_open_received(struct conn *c, struct rd body);

/* peer_step.c: one event for one connection. p->error and p->reason say why, where it ends. */
void peer_step(struct peer *p, enum peer_conn which, enum bgp_event event, int64_t now);
/* The other connection has got so far that this one is not needed. */
bool peer_other_is_ahead(const struct peer *p, enum peer_conn which);
/* Whatever fell to Idle stands up again: the accepting side at once, the dialling side later. */
void peer_revive(struct peer *p, int64_t now);

/* peer_msg.c: whether the OPEN is one of this neighbour's, and what follows from it and from
 * c->offered. */
bool peer_accepts(struct peer *p, struct conn *c, const struct bgp_open *open);
void peer_negotiate(struct peer *p, struct conn *c, const struct bgp_open *open);
/* RFC 8538: what is sent means the routes, too: where the N bit was agreed on it goes inside a Hard
 * Reset, without which they would stay for the restart time, here as there. */
void peer_harden(const struct conn *c, struct bgp_error *err);
/* One whole message; the connection may be gone afterwards (conn.epoch). */
void peer_message(struct peer *p, enum peer_conn which, const struct bgp_msg *msg, int64_t now);
void peer_bad_stream(struct peer *p, enum peer_conn which, const struct bgp_error *err,
		     int64_t now);

#endif
