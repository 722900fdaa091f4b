/*
 * session: one neighbour with its sockets: the shell around the sans-I/O peer.
 *
 * Owns the struct peer, its rib_peer and adj_out, the descriptors and the timer. The agent makes
 * one a neighbour, hands it accepted connections and tells it what to announce; it tells the agent,
 * through session_ops, what others must know.
 */
#ifndef LEAFPEER_SESSION_H
#define LEAFPEER_SESSION_H

#include "agent/bgp/peer.h"
#include "agent/io/loop.h"
#include "agent/io/tcp.h"
#include "agent/rib/adj_out.h"
#include "agent/rib/aggregate.h"
#include "agent/rib/policy.h"
#include "agent/rib/retain.h"
#include "agent/rib/rib.h"

#define SESSION_PASSWORD_LEN 82
#define SESSION_TURN_OCTETS  (1u << 15) /* of input, before the loop looks at others again */
#define SESSION_NAME_MAX     64         /* "10.90.224.98", "fe80::1%eth0" */
#define SESSION_NEXT_HOPS    4096

struct session_conf {
	struct addr addr; /* AFI_NONE: of an unnumbered neighbour that was not heard of yet */
	bool unnumbered;  /* whoever is at the other end of the interface */
	uint32_t ifindex; /* of a link-local or unnumbered neighbour; 0: there is none now */
	char ifname[16];  /* its name, else "" */
	char description[128];
	struct peer_conf peer;
	uint16_t port;
	struct addr source;      /* update-source, or AFI_NONE */
	char source_if[16];      /* or the interface that has it, else "" */
	uint8_t ttl, min_ttl;    /* as struct tcp_opts */
	char password_file[256]; /* "" none */
	bool ao;                 /* it is for TCP-AO, not MD5, with what struct tcp_auth says */
	uint8_t ao_id;
	bool ao_aes_cmac;
	uint32_t maximum_routes;  /* 0: no limit */
	bool maximum_routes_warn; /* warning-only */
	bool multihop;            /* next hops need not be on the peer's subnet */
	bool enforce_first_as;
	uint8_t allowas_in;
	bool send_community; /* else none goes out, of no kind */
	bool bfd;
	bool bfd_strict;                   /* the session waits for BFD to be up */
	uint32_t bfd_interval, bfd_min_rx; /* milliseconds */
	uint8_t bfd_multiplier;
	char import_prefix_list[FAMILY_COUNT][64]; /* "" none */
	char export_prefix_list[FAMILY_COUNT][64];
	char import_route_map[FAMILY_COUNT][64];
	char export_route_map[FAMILY_COUNT][64];
	struct retain_conf retain; /* how long a lost peer's routes are kept at most */
};

/* Both are about the same neighbour: the same address and interface, or the same interface of an
 * unnumbered one. */
bool session_conf_same(const struct session_conf *a, const struct session_conf *b);

struct session;

struct session_ops {
	/* Established, or no longer; the session's state is already the new one. */
	void (*changed)(void *ctx, struct session *s);
	/* The password was read anew (key NULL: none): connections from the neighbour must be
	 * authenticated with it, too. */
	void (*password)(void *ctx, struct session *s, const struct tcp_auth *auth);
	/* The RIB has got work. */
	void (*rib_changed)(void *ctx);
	/* An address of our own of the other family on the interface that has local, for next hops
	 * (RFC 4760): AFI_NONE if there is none. */
	struct addr (*local_twin)(void *ctx, const struct addr *local, enum afi afi);
	/* An address of our own of the family on the interface: AFI_NONE if there is none. */
	struct addr (*addr_on)(void *ctx, const char *ifname, enum afi afi);
	/* What adj_out has sent has changed: somebody may be waiting for a route to be announced.
	 */
	void (*advertised)(void *ctx, struct session *s);
};

struct session_env { /* what all sessions share; borrowed */
	struct loop *loop;
	struct rib *rib;
	const struct session_ops *ops;
	void *ctx;
};

struct session *session_new(const struct session_env *env, const struct session_conf *conf);
/* Ends the session with Cease and the subcode if it is up, then frees. NULL is fine. */
void session_free(struct session *s, uint8_t cease_subcode, const char *text);
/* Closes the sockets without a word, so that peers keep our routes (RFC 4724), then frees. */
void session_abandon(struct session *s);
void session_start(struct session *s);
/* Where a link-local or unnumbered neighbour is now, and who: a connection to where it was before
 * ends, and it is dialled at once. */
void session_set_neighbor(struct session *s, uint32_t ifindex, const struct addr *addr);
/* Resets only if the new values cannot do without. */
void session_set_conf(struct session *s, const struct session_conf *conf);
void session_reset(struct session *s, uint8_t cease_subcode, const char *text);
/* The OPENs to come say that we restarted and kept forwarding (RFC 4724 section 4.1). */
void session_set_restarting(struct session *s, bool restarting);
/* in: asks for all routes anew, or imports what was kept anew; out: sends all of ours anew. */
void session_soft_reset(struct session *s, bool in, bool out);

/* How connections are to be authenticated, with the password read from its file: key NULL if none
 * is configured; false with *why if it cannot be had. buf: SESSION_PASSWORD_LEN octets that the key
 * borrows, for the caller to wipe. */
bool session_auth(const struct session *s, char *buf, struct tcp_auth *auth, const char **why);
/* Takes fd. */
void session_accept(struct session *s, int fd, const struct addr *local);
/* The wanted local routes, with export policy and attributes for this session. incomplete: more are
 * expected, so the End-of-RIB waits, and with it the end of what a peer keeps of us from before a
 * restart (RFC 4724 section 4.1). */
void session_advertise(struct session *s, const struct local_route *routes, size_t n,
		       const struct policy *policy, bool shutting_down, bool incomplete);
/* The way to the neighbour has gone, or has come. */
void session_path_down(struct session *s);
/* Held, it neither dials nor accepts: it waits for something (BFD, in strict mode). An Established
 * one is not touched. */
void session_hold(struct session *s, bool hold);
/* BFD, of a neighbour that outlives its control plane, says that it does not forward: routes that
 * were kept over its restart go (RFC 5882 section 4.3). */
void session_drop_stale(struct session *s);
/* Its routes had this next hop, or may have had. */
bool session_has_next_hop(const struct session *s, const struct addr *a);
size_t session_next_hops(const struct session *s, const struct addr **out); /* lends */
void session_hurry(struct session *s);

/* session_carry.c: to another process. Frozen, it neither reads nor writes nor looks at the clock.
 */
void session_freeze(struct session *s);
void session_thaw(struct session *s);
/* Of an Established one that can be carried; *fd stays the session's. */
bool session_carry(const struct session *s, struct text *out, int *fd);
/* Into a session that was not started, in place of session_start: true: it is Established, fd is
 * its own, and the neighbour is asked for its routes. */
bool session_adopt(struct session *s, struct rd in, int fd);

const struct session_conf *session_conf(const struct session *s);
const char *session_name(const struct session *s);
const struct peer *session_peer(const struct session *s);
const struct rib_peer *session_rib_peer(const struct session *s);
const struct adj_out *session_adj_out(const struct session *s);
/* The address of ours that the session runs on; AFI_NONE unless connected. */
struct addr session_local(const struct session *s);
/* Ports of the connection that it runs on; 0 unless connected. */
void session_ports(const struct session *s, uint16_t *local, uint16_t *remote);
/* Why it does not even try, or NULL: static text. */
const char *session_blocked(const struct session *s);
/* The same as the state that EOS shows: "Idle(BFD)", "Idle(NoIf)", "Idle(NoPwd)". */
const char *session_blocked_state(const struct session *s);
/* errno of the last attempt to connect, ETIMEDOUT where nobody answered, or nothing came over the
 * connection; 0: there was none, or it worked. */
int session_failed(const struct session *s);
/* End-of-RIB was received for every agreed family since the session went up, or the peer does not
 * send any and has been quiet; false while down. */
bool session_synced(const struct session *s);
/* Routes of it are kept although they may not be true any more (RFC 4724). */
bool session_is_stale(const struct session *s);
/* For host lists: the agent links its sessions. */
struct session *session_next(const struct session *s);
void session_set_next(struct session *s, struct session *next);

#endif
