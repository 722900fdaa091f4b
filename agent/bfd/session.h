/*
 * session: one BFD session in asynchronous mode, without its I/O (RFC 5880 section 6.8).
 *
 * The host owns sockets, clock and randomness: it hands packets in, asks for packets to send, and
 * wakes the session when it wants to be woken. Time is monotonic microseconds. No callbacks: a call
 * changes the struct, and the host looks at what it wants to know.
 *
 * Always the active role. Demand mode is never asked for; a neighbour that asks for it gets no
 * periodic packets while both are Up (section 6.8.7 forbids them), its polls are answered, and it
 * goes on to be watched by its own periodic packets. No authentication, no echo: Required Min Echo
 * RX Interval is 0. The C bit is 0, which is the truth: BFD runs in the process of the control
 * plane and ends with it.
 */
#ifndef LEAFPEER_BFD_SESSION_H
#define LEAFPEER_BFD_SESSION_H

#include "agent/bfd/packet.h"

#define BFD_NEVER        INT64_MAX
#define BFD_SLOW_TX_US   1000000 /* the least interval while not Up (section 6.8.3) */
#define BFD_INTERVAL_MAX 60000000

enum bfd_event {
	BFD_EV_ADMIN_DOWN_RECEIVED, /* in the order of enum bfd_state */
	BFD_EV_DOWN_RECEIVED,
	BFD_EV_INIT_RECEIVED,
	BFD_EV_UP_RECEIVED,
	BFD_EV_DETECTION_EXPIRES,
	BFD_EV_DISABLE,
	BFD_EV_ENABLE,
	BFD_EVENTS
};

struct bfd_transition {
	uint8_t next; /* enum bfd_state */
	uint8_t diag; /* what the local diagnostic becomes, or BFD_DIAG_KEEP */
};
#define BFD_DIAG_KEEP 0xff

/* Section 6.2 and 6.8.6, 6.8.4, 6.8.16 as a total const table; test/golden/bfd.txt prints it. */
struct bfd_transition bfd_fsm(enum bfd_state state, enum bfd_event event);
const char *bfd_event_name(enum bfd_event event); /* "DetectionTimerExpires" */

struct bfd_session_conf {
	uint32_t min_tx, min_rx; /* microseconds, from 1 to BFD_INTERVAL_MAX */
	uint8_t mult;            /* not 0 */
	bool disabled;           /* AdminDown */
};

/* Public so that it can be embedded, copied and carried to another process; changed by the
 * functions below only. The names in comments are the RFC's. */
struct bfd_session {
	struct bfd_session_conf conf;
	uint8_t state;        /* bfd.SessionState */
	uint8_t remote_state; /* bfd.RemoteSessionState */
	uint8_t diag;         /* bfd.LocalDiag */
	uint8_t remote_diag;
	uint32_t discr;         /* bfd.LocalDiscr */
	uint32_t remote_discr;  /* bfd.RemoteDiscr; 0: not known */
	uint32_t min_tx;        /* bfd.DesiredMinTxInterval, as sent */
	uint32_t min_tx_used;   /* the same as used: a longer one waits for the Final */
	uint32_t min_rx;        /* bfd.RequiredMinRxInterval, as sent */
	uint32_t min_rx_used;   /* a shorter one waits for the Final */
	uint32_t remote_min_rx; /* bfd.RemoteMinRxInterval */
	uint32_t remote_min_tx; /* the last received Desired Min TX Interval */
	uint8_t remote_mult;
	bool remote_demand;
	bool remote_independent; /* C bit of the last packet */
	bool polling;            /* P goes out until F comes */
	bool poll_sent;          /* with the values of now: an F before that answers an older P */
	bool poll_again;         /* something changed meanwhile */
	bool send_now, send_final;
	int64_t tx_at;              /* the next periodic packet */
	int64_t last_tx;            /* when the last periodic one was due */
	int64_t detect_at;          /* BFD_NEVER: nothing heard */
	int64_t last_rx;            /* 0: never */
	int64_t since;              /* of the state */
	int64_t last_up, last_down; /* when it went Up, and out of it; 0: never */
	uint64_t ups, downs;        /* how often */
	/* of the last way out of Up */
	uint8_t down_diag;         /* enum bfd_diag */
	bool down_independent;     /* the neighbour's C bit until then */
	bool down_by_remote_admin; /* RFC 5882 section 4.2: says nothing about the path */
	uint64_t down_detection;   /* the detection time then; for the log, and not carried */
};

/* discr: unique in the host, not 0. Down, and sends at once. */
void bfd_session_init(struct bfd_session *s, const struct bfd_session_conf *conf, uint32_t discr,
		      int64_t now);
/* New intervals are agreed on by a Poll Sequence, without loss of the session. */
void bfd_session_set_conf(struct bfd_session *s, const struct bfd_session_conf *conf, int64_t now);
/* A packet that is this session's, by discriminator or, where Your Discriminator is 0, by address.
 */
void bfd_session_recv(struct bfd_session *s, const struct bfd_packet *p, int64_t now);
/* Whether a packet is to be sent now: call until it says no. random: uniform, for jitter. */
bool bfd_session_send(struct bfd_session *s, uint32_t random, struct bfd_packet *out, int64_t now);
/* Packets of others go out now: the next one of this session goes with them, if jitter could have
 * made it so early (section 6.8.7), and several sessions cost one wake-up. */
void bfd_session_join(struct bfd_session *s, int64_t now);
/* When bfd_session_tick and then bfd_session_send want to be called next. */
int64_t bfd_session_deadline(const struct bfd_session *s);
void bfd_session_tick(struct bfd_session *s, int64_t now);

/* Agreed values: what we send at (before jitter), and silence of which length is the end; 0 where
 * nothing is agreed yet. */
uint32_t bfd_session_tx_interval(const struct bfd_session *s);
uint64_t bfd_session_detection_time(const struct bfd_session *s);

#endif
