/*
 * agent: everything that one leafpeerd is, wired together.
 *
 * The data's way: records and configuration come in (pods, config), become local routes (announce),
 * which the sessions tell the peers; the peers' routes go through the RIB into the kernel
 * (fibsync); people look at all of it through the control socket (commands).
 */
#ifndef LEAFPEER_AGENT_H
#define LEAFPEER_AGENT_H

#include "agent/collect.h"
#include "agent/config.h"
#include "agent/fibsync.h"
#include "agent/io/control.h"
#include "agent/io/http.h"
#include "agent/io/loop.h"
#include "agent/io/pods.h"
#include "agent/kubernetes.h"
#include "agent/listener.h"
#include "agent/liveness.h"
#include "agent/monitoring.h"
#include "agent/reload.h"
#include "agent/rib/aggregate.h"
#include "agent/rib/restart.h"
#include "agent/rib/rib.h"
#include "agent/session.h"
#include "agent/settings.h"
#include "agent/show/show.h"
#include "agent/takeover.h"
#include "agent/unnumbered.h"

#define AGENT_WAITERS_MAX    16
#define AGENT_DRAIN_S        30 /* for traffic to move, unless leafpeerctl drain says otherwise */
#define AGENT_HOST_ADDRS_MAX 8
#define AGENT_HOST_IFACE     "cilium_host" /* Cilium's own address of the node's pod prefix */

/* A client of "wait-route", until one peer knows the addresses, or the time is over. */
struct waiter {
	struct control_client *client; /* NULL: free */
	int64_t deadline;
	struct addr addrs[8];
	size_t n;
};

struct agent {
	const struct settings *settings;
	struct loop *loop;
	int64_t started, started_wall;
	int64_t config_at; /* when the configuration in force came to be so */
	struct config *config;
	struct fibsync *kernel;
	struct rib *rib;
	struct aggregate *aggregate;
	struct pods *pods;
	struct collect *collect;
	struct control *control;
	struct listener *listener;
	struct unnumbered *unnumbered;
	struct http *http;             /* NULL: off */
	struct kubernetes *kubernetes; /* NULL: off */
	struct monitoring *monitoring;
	struct reload *reload;
	struct liveness *liveness;
	struct takeover *takeover; /* what another process handed over; at start only */
	bool handed_over;          /* all is another process's */
	bool stopping;             /* a signal said so */
	int handover_fd;
	struct session *sessions;
	struct session_env session_env;
	struct loop_timer *timer;
	struct loop_work *work;
	struct loop_signal *signals[3];
	/* what is announced now: a copy of aggregate's answer */
	struct local_route *locals;
	size_t n_locals;
	/* addresses of cilium_host that count as allocated */
	struct addr host_addrs[AGENT_HOST_ADDRS_MAX];
	size_t n_host_addrs;
	/* drained: first announced as about to go (RFC 8326), from drain_withdraw_at on not at all
	 */
	bool draining;
	unsigned int drain_reasons; /* enum drain_reason */
	int64_t drain_withdraw_at;
	/* After a restart the kernel still has the old routes: the RIB waits for the peers (RFC
	 * 4724 section 4.1) before it touches them. */
	struct restart restart;
	bool eor_held; /* our End-of-RIB waits for restart.defer_until, or for what to announce */
	uint32_t router_id;
	bool router_id_given; /* by the configuration */
	int64_t stranger_logged;
	bool hashing_said; /* what the kernel chooses next hops by */
	struct waiter waiters[AGENT_WAITERS_MAX];
};

/* 0 or an exit status; says on the log what was wrong. */
int agent_run(const struct settings *settings);

/* agent.c: to be called when what they say has happened. */
void agent_locals_changed(struct agent *a);
void agent_rib_changed(struct agent *a);
void agent_set_timer(struct agent *a);
/* What the RIB refuses follows the configuration and the host routes that are announced. */
void agent_set_rib_conf(struct agent *a);
/* Reads the configuration anew; false: refused, and the old one stays. */
bool agent_reload(struct agent *a);

/* Puts what config has in force, as a difference. */
void agent_apply(struct agent *a);

/* drain.c: those of mask want it from now on as reasons says; seconds until the prefixes are
 * withdrawn, if it begins with this. */
enum drain_reason {
	DRAIN_COMMAND = 1u << 0,
	DRAIN_CONFIGURED = 1u << 1, /* annotation or startup-config */
	DRAIN_CORDON = 1u << 2,
	DRAIN_TAINT = 1u << 3,
	DRAIN_ALL = (1u << 4) - 1,
};
void drain_set(struct agent *a, unsigned int mask, unsigned int reasons, int64_t seconds);

/* neighbors.c: the sessions, as they are configured */
void neighbors_apply(struct agent *a, struct session_conf *confs, size_t n);
/* The session that a connection from there belongs to; NULL: nobody's. */
struct session *neighbors_find(struct agent *a, const struct addr *remote, uint32_t ifindex);
void neighbors_link(struct agent *a, uint32_t ifindex, bool up);
/* Addresses or routes changed: sessions that have lost their own address, or the way, end. */
void neighbors_check(struct agent *a);
/* False: it is no neighbour's. */
bool neighbors_gateway_failed(struct agent *a, uint32_t ifindex, const struct addr *gateway);
/* unnumbered_fn */
void neighbors_heard(void *ctx, uint32_t ifindex, const struct addr *router);

/* announce.c */
void announce_pod_added(struct agent *a, const struct pod_record *r);
void announce_pod_removed(struct agent *a, const struct pod_record *r);
void announce_host_addrs(struct agent *a);
void announce_update(struct agent *a);
void announce_to(struct agent *a, struct session *s);
void announce_all(struct agent *a);
void announce_discards(struct agent *a);

/* hashing.c: warns of what the kernel chooses next hops by, or sets it, as is configured. */
void hashing_apply(struct agent *a);

/* commands.c */
void commands_handle(void *ctx, struct control_client *client, const char *line);
unsigned int commands_http(void *ctx, const char *path, struct text *out, const char **type);
void commands_gone(void *ctx, struct control_client *client);
void commands_waiters(struct agent *a);
int64_t commands_deadline(const struct agent *a);
/* What is shown, as of now: borrows from the agent until it goes on. */
struct show_state commands_state(struct agent *a);
void commands_state_free(struct show_state *st);

/* doctor.c: the agent's part of it, for leafpeerctl */
void doctor_command(struct agent *a, struct control_client *client);

#endif
