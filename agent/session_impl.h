/*
 * session_impl: what the session's sources share, and nobody else sees.
 */
#ifndef LEAFPEER_SESSION_IMPL_H
#define LEAFPEER_SESSION_IMPL_H

#include "agent/session.h"

struct connection {
	int fd; /* -1: none */
	struct loop_fd *watch;
	bool dialling;
	struct addr local;
};

struct session {
	const struct session_env *env;
	struct session_conf conf;
	char name[SESSION_NAME_MAX];
	struct peer *peer;
	struct rib_peer *rib_peer;
	struct retain retain;
	struct adj_out *adj_out;
	struct connection conns[CONN_COUNT];
	struct loop_timer *timer;
	struct loop_timer *stale_timer;
	struct loop_timer *dial_timer; /* fails a dial outside of the peer's own call */
	struct loop_timer *auth_timer; /* reads the password anew for who is never dialled */
	const char *blocked;           /* why it does not try, or NULL */
	const char *blocked_state;     /* the same as a state: "Idle(BFD)" */
	char logged_failure[96];       /* the reason for not connecting that was last logged */
	int failed;                    /* errno of the last attempt to connect; 0: it worked */
	bool pumping;
	bool warned_maximum;
	uint32_t malformed_logged[8]; /* by attribute, since the session is up */
	uint8_t early_borr_logged;    /* families, likewise */
	uint8_t eor;                  /* families whose End-of-RIB has come */
	int64_t last_update;
	bool started, held;
	bool adopted;   /* from another process: its routes come again, by request */
	bool abandoned; /* its end is no news */
	/* next hops that its routes had since it is up, sorted; where there were more than there is
	 * room for, any may be one of the rest */
	bool next_hops_missed;
	struct addr *next_hops;
	size_t n_next_hops, cap_next_hops;
	struct addr last_next_hop;
	struct session *next;
};

/* session.c */
static inline int64_t session_now(const struct session *s)
{
	return loop_now(s->env->loop);
}

/* The connection that the session is, or will be, on. */
enum peer_conn session_live_conn(const struct session *s);
/* After every call into the peer: announce what there is room for, write, set the timer. */
void session_pump(struct session *s);

/* session_conn.c: sockets. The first two are the peer's callbacks. */
void session_on_dial(void *ctx);
void session_on_close(void *ctx, enum peer_conn conn);
/* The dial's timer: it has failed, told outside of the peer's own call. */
void session_fail_dial(void *ctx);
/* Who is never dialled may call at any time: what its connections are to be authenticated with is
 * said, and now and then again. A dial says it for all others. */
void session_await_call(void *ctx);
void session_conn_close(struct session *s, enum peer_conn conn);
/* Writes what the peer has for the connection; false: the connection is broken. */
bool session_conn_write(struct session *s, enum peer_conn conn);
/* The session is up. */
void session_conn_up(struct session *s);
/* A connection that is there already; false: it is closed. */
bool session_conn_open(struct session *s, enum peer_conn conn, int fd);

/* session_routes.c: what the peer tells, for the RIB. The first: it is Established, and has not
 * said anything yet; the next four are its callbacks. */
void session_routes_up(struct session *s);
void session_on_up(void *ctx);
void session_on_down(void *ctx, enum peer_down_reason reason, bool graceful);
bool session_on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err);
void session_on_refresh(void *ctx, const struct bgp_refresh *r);
/* The time for End-of-RIB, or for the peer to come back, is over for a family. */
void session_on_stale_timer(void *ctx);

#endif
