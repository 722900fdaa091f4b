/* agent: see agent.h. */
#include "agent/agent.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"
#include "agent/podmtu.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORK_ENTRIES 2048                 /* RIB entries a turn of the loop */
#define STRANGER_US  (10LL * 1000 * 1000) /* between lines about strangers */
#define ROUTER_ID_US (1000 * 1000)        /* between looks for an address to be known by */
#define PATH_BYTES   4096

static void look_at_restart(struct agent *a);

/* What is decided while the kernel is behind is decided again when paths to the same prefix come
 * meanwhile. */
static bool may_decide(const struct agent *a)
{
	return !a->restart.deferring && !fibsync_full(a->kernel);
}

static void on_work(void *ctx)
{
	struct agent *a = ctx;
	bool more;

	if (may_decide(a))
		rib_work(a->rib, WORK_ENTRIES);
	more = fibsync_work(a->kernel);
	/* what the kernel had to tell may have made work for the RIB again */
	more |= may_decide(a) && rib_busy(a->rib);
	if (!more) {
		loop_work_set(a->work, false);
		look_at_restart(a);
	}
	agent_set_timer(a);
}

void agent_rib_changed(struct agent *a)
{
	loop_work_set(a->work, true);
}

void agent_set_rib_conf(struct agent *a)
{
	struct rib_conf rc;

	config_rib(a->config, a->router_id, a->locals, a->n_locals, &rc);
	rib_set_conf(a->rib, &rc);
	agent_rib_changed(a);
}

void agent_locals_changed(struct agent *a)
{
	announce_update(a);
	agent_set_timer(a);
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void agent_set_timer(struct agent *a)
{
	int64_t at = aggregate_deadline(a->aggregate);

	at = min64(at, commands_deadline(a));
	at = min64(at, fibsync_deadline(a->kernel));
	at = min64(at, restart_deadline(&a->restart));
	if (a->eor_held)
		at = min64(at, a->restart.defer_until);
	if (a->draining && a->drain_withdraw_at > loop_now(a->loop))
		at = min64(at, a->drain_withdraw_at);
	if (!a->router_id)
		at = min64(at, loop_now(a->loop) + ROUTER_ID_US);
	loop_timer_set(a->timer, at);
}

/* ---- restart ----------------------------------------------------------------------------------
 */

static bool all_synced(const struct agent *a)
{
	bool all = a->sessions;

	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		all &= session_synced(s);
	}
	return all;
}

/* Old routes of ours that no peer has announced again go when all peers have said all they know, or
 * the time is over. */
static void look_at_restart(struct agent *a)
{
	unsigned int steps =
		restart_look(&a->restart, all_synced(a), rib_busy(a->rib), loop_now(a->loop));

	if (steps & (RESTART_SYNCED | RESTART_LATE))
		log_info("restart over, routes are decided", "reason=%s",
			 steps & RESTART_SYNCED ? "every peer sent its End-of-RIB"
						: "time is over");
	if (steps & RESTART_SWEEP) {
		fibsync_sweep(a->kernel);
		for (struct session *s = a->sessions; s; s = session_next(s))
			session_set_restarting(s, false);
	}
	if (steps)
		agent_rib_changed(a);
}

/* ---- what others tell -------------------------------------------------------------------------
 */

static void on_session_changed(void *ctx, struct session *s)
{
	struct agent *a = ctx;

	monitoring_sessions_changed(a->monitoring);
	if (peer_is_up(session_peer(s)))
		announce_to(a, s);
	else if (!session_is_stale(s))
		liveness_next_hops_down(a->liveness, s);
	look_at_restart(a);
	kubernetes_sessions_changed(a);
	agent_set_timer(a);
}

static void on_rib_changed(void *ctx)
{
	agent_rib_changed(ctx);
}

static void on_advertised(void *ctx, struct session *s)
{
	struct agent *a = ctx;

	monitoring_advertised(a->monitoring, s);
	commands_waiters(a);
}

static struct addr on_local_twin(void *ctx, const struct addr *local, enum afi afi)
{
	struct agent *a = ctx;

	return fibsync_local_twin(a->kernel, local, afi);
}

static struct addr on_addr_on(void *ctx, const char *ifname, enum afi afi)
{
	struct agent *a = ctx;
	struct addr found[16];
	size_t n = fibsync_addrs_of(a->kernel, ifname, found, sizeof(found) / sizeof(found[0]));

	for (size_t i = 0; i < n; i++) {
		if (found[i].afi == afi && addr_is_host(&found[i]))
			return found[i];
	}
	return (struct addr){.afi = AFI_NONE};
}

static void on_password(void *ctx, struct session *s, const struct tcp_auth *auth)
{
	struct agent *a = ctx;
	const struct session_conf *c = session_conf(s);
	int err;

	if (!c->addr.afi)
		return;
	err = listener_auth(a->listener, &c->addr, c->ifindex, auth->key ? auth : NULL);
	/* without the kernel's help it cannot be dialled either, which is said there */
	if (err && err != -ENOPROTOOPT)
		log_error("cannot set the password of connections that the neighbour makes",
			  "peer=%s reason=%s", session_name(s), strerror(-err));
}

/* Whether a connection that the neighbour made may be taken: one with a password only if the
 * listener has asked for it. */
static bool may_accept(struct agent *a, struct session *s)
{
	const struct session_conf *c = session_conf(s);
	char buf[SESSION_PASSWORD_LEN];
	struct tcp_auth auth;
	const char *why;
	bool ok;

	if (!*c->password_file)
		return true;
	ok = session_auth(s, buf, &auth, &why) &&
	     listener_has_auth(a->listener, &c->addr, c->ifindex);
	explicit_bzero(buf, sizeof(buf));
	return ok;
}

static const struct session_ops session_callbacks = {
	.password = on_password,
	.changed = on_session_changed,
	.rib_changed = on_rib_changed,
	.advertised = on_advertised,
	.local_twin = on_local_twin,
	.addr_on = on_addr_on,
};

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	struct agent *a = ctx;

	if (n)
		fibsync_want(a->kernel, &e->prefix, hops, n, false);
	else
		fibsync_unwant(a->kernel, &e->prefix);
}

static void on_path(void *ctx, const struct prefix *p, uint16_t peer, uint32_t path_id, bool lost)
{
	struct agent *a = ctx;

	monitoring_path(a->monitoring, p, peer, path_id, lost);
}

static void on_decided(void *ctx, const struct rib_entry *e, bool lost)
{
	struct agent *a = ctx;

	monitoring_decided(a->monitoring, e, lost);
}

static const struct rib_ops rib_callbacks = {
	.route = on_route, .path = on_path, .decided = on_decided};

static void on_pod_added(void *ctx, const struct pod_record *r)
{
	announce_pod_added(ctx, r);
	agent_locals_changed(ctx);
}

static void on_pod_removed(void *ctx, const struct pod_record *r)
{
	announce_pod_removed(ctx, r);
	agent_locals_changed(ctx);
}

static const struct pods_ops pods_callbacks = {on_pod_added, on_pod_removed};

static void on_accept(void *ctx, int fd, const struct addr *remote, uint32_t ifindex,
		      const struct addr *local)
{
	struct agent *a = ctx;
	struct session *s = neighbors_find(a, remote, ifindex);
	char text[ADDR_STRLEN];

	if (s) {
		if (may_accept(a, s))
			session_accept(s, fd, local);
		else
			close(fd);
		return;
	}
	close(fd);
	/* somebody who scans the port must not fill the log */
	if (loop_now(a->loop) - a->stranger_logged < STRANGER_US)
		return;
	a->stranger_logged = loop_now(a->loop);
	log_info("connection refused, not a configured neighbour", "peer=%s",
		 addr_str(remote, text));
}

/* ---- the kernel's side ------------------------------------------------------------------------
 */

static void on_nexthop_changed(void *ctx, struct nexthop *nh)
{
	struct agent *a = ctx;

	rib_nexthop_changed(a->rib, nh);
	agent_rib_changed(a);
	/* the way to a neighbour may be back: no need to wait for the retry timer */
	for (struct session *s = a->sessions; s; s = session_next(s)) {
		if (!addr_eq(&session_conf(s)->addr, &nh->addr))
			continue;
		liveness_apply(a->liveness);
		if (nh->reachable)
			session_hurry(s);
	}
	if (!nh->reachable)
		neighbors_check(a);
}

static void on_connected(void *ctx, const struct prefix *p)
{
	struct agent *a = ctx;

	rib_connected_changed(a->rib, p);
	agent_rib_changed(a);
}

static void on_connected_changed(void *ctx)
{
	struct agent *a = ctx;

	neighbors_check(a);
	announce_host_addrs(a);
	agent_locals_changed(a);
	announce_discards(a);
	agent_rib_changed(a);
}

static void on_link(void *ctx, uint32_t ifindex, bool up)
{
	struct agent *a = ctx;

	neighbors_link(a, ifindex, up);
	agent_rib_changed(a);
}

static bool on_gateway_failed(void *ctx, uint32_t ifindex, const struct addr *gateway)
{
	return neighbors_gateway_failed(ctx, ifindex, gateway);
}

static void on_rewant(void *ctx)
{
	struct agent *a = ctx;

	rib_redecide(a->rib);
	announce_discards(a);
}

static const struct fibsync_ops kernel_callbacks = {
	.rewant = on_rewant,
	.nexthop_changed = on_nexthop_changed,
	.connected = on_connected,
	.connected_changed = on_connected_changed,
	.link = on_link,
	.gateway_failed = on_gateway_failed,
	.work = on_rib_changed,
};

/* ---- configuration ----------------------------------------------------------------------------
 */

void agent_apply(struct agent *a)
{
	const struct conf *conf = config_conf(a->config);
	struct session_conf *confs;
	bool given;
	size_t n;

	given = config_conf(a->config)->set & CONF_ROUTER_ID;
	/* one that nobody gave stays as it is, whatever becomes of the address that it is */
	if (!a->router_id || given || a->router_id_given)
		a->router_id = config_router_id(a->config, a->kernel);
	a->router_id_given = given;
	config_aggregate(a->config, a->aggregate, loop_now(a->loop));
	agent_set_rib_conf(a);
	if (a->router_id) {
		confs = config_sessions(a->config, a->router_id, &n);
		neighbors_apply(a, confs, n);
		free(confs);
		liveness_apply(a->liveness);
	}
	monitoring_set_stations(a->monitoring, conf->stations, conf->n_stations);
	collect_set_grace(a->collect, conf->record_grace);
	podmtu_set(a->settings->state_dir, conf->interface_mtu);
	drain_set(a, DRAIN_CONFIGURED, conf->drain ? DRAIN_CONFIGURED : 0, conf->drain_time);
	hashing_apply(a);
	announce_update(a);
	/* export policy may be another: only what differs is said */
	announce_all(a);
	agent_rib_changed(a);
	agent_set_timer(a);
	a->config_at = loop_now(a->loop);
	if (!a->kubernetes || kubernetes_known(a))
		config_keep(a->config);
	kubernetes_sessions_changed(a);
}

static void on_timer(void *ctx)
{
	struct agent *a = ctx;

	if (!a->router_id && !kubernetes_holds(a) && config_router_id(a->config, a->kernel))
		agent_apply(a);
	announce_update(a);
	if (a->draining || (a->eor_held && loop_now(a->loop) >= a->restart.defer_until)) {
		a->eor_held = false;
		announce_all(a);
	}
	commands_waiters(a);
	if (fibsync_deadline(a->kernel) <= loop_now(a->loop))
		agent_rib_changed(a);
	look_at_restart(a);
	agent_set_timer(a);
}

bool agent_reload(struct agent *a)
{
	reload_seen(a->reload);
	if (!config_reload(a->config)) {
		kubernetes_refused(a);
		return false;
	}
	kubernetes_update(a);
	if (!kubernetes_holds(a))
		agent_apply(a);
	return true;
}

static void on_reload(void *ctx)
{
	struct agent *a = ctx;

	if (a->reload)
		agent_reload(a);
	else
		config_reload(a->config); /* nothing is in force yet */
}

static void on_stop(void *ctx)
{
	struct agent *a = ctx;

	a->stopping = true;
	loop_stop(a->loop);
}

/* ---- start and stop ---------------------------------------------------------------------------
 */

static int open_kernel(struct agent *a)
{
	struct fibsync_conf kc = {
		.table = a->settings->route_table,
		.protocol = a->settings->route_protocol,
		.metric = a->settings->route_metric,
		.no_objects = strcmp(a->settings->nexthop_objects, "off") == 0,
	};
	const char *why = NULL;
	int err = fibsync_open(&kc, a->loop, &kernel_callbacks, a, &a->kernel, &why);

	if (err)
		log_error("cannot talk to the kernel about routes", "step=%s reason=%s", why,
			  strerror(-err));
	return err;
}

static void put_socket_path(const struct agent *a, char buf[PATH_BYTES])
{
	snprintf(buf, PATH_BYTES, "%s/%s", a->settings->state_dir, SETTINGS_SOCKET);
}

static int open_state(struct agent *a)
{
	char path[PATH_BYTES];
	int err;

	snprintf(path, sizeof(path), "%s/%s", a->settings->state_dir, SETTINGS_PODS_DIR);
	err = pods_open(a->loop, path, &pods_callbacks, a, &a->pods);
	if (err) {
		log_error("cannot use the directory of pod records", "dir=%s reason=%s", path,
			  strerror(-err));
		return err;
	}
	put_socket_path(a, path);
	err = control_open(a->loop, path, commands_handle, commands_gone, a, &a->control);
	if (err == -EADDRINUSE)
		log_error("another leafpeerd runs with this state directory", "socket=%s", path);
	else if (err)
		log_error("cannot open the control socket", "socket=%s reason=%s", path,
			  strerror(-err));
	return err;
}

/* Without metrics routing goes on. */
static void open_http(struct agent *a)
{
	const char *where = a->settings->http;
	int err;

	if (strcmp(where, "off") == 0)
		return;
	err = http_open(a->loop, where, commands_http, a, &a->http);
	if (err)
		log_warning("no metrics, cannot listen for HTTP", "address=%s reason=%s", where,
			    err == -EINVAL ? "not ADDRESS:PORT" : strerror(-err));
}

static void begin_restart(struct agent *a)
{
	size_t stale = fibsync_stale(a->kernel);

	if (!stale)
		return;
	restart_begin(&a->restart, loop_now(a->loop));
	log_info("routes of an earlier run are kept until the peers have spoken", "routes=%zu",
		 stale);
}

static void agent_close(struct agent *a)
{
	const char *text = "leafpeerd stops";
	struct liveness *liveness = a->liveness;

	/* before the sessions, which would be reported as lost one by one */
	monitoring_free(a->monitoring);
	a->monitoring = NULL;
	/* sessions that end here are no reason to change what the kernel does */
	a->liveness = NULL;
	while (a->sessions) {
		struct session *s = a->sessions;

		a->sessions = session_next(s);
		/* keep: the socket closes without a word, and the peer keeps our routes (RFC 4724)
		 */
		if (config_on_stop_withdraw(a->config) && !a->handed_over)
			session_free(s, BGP_CEASE_ADMIN_SHUTDOWN, text);
		else
			session_abandon(s);
	}
	kubernetes_free(a->kubernetes);
	http_close(a->http);
	reload_free(a->reload);
	collect_free(a->collect);
	pods_close(a->pods);
	listener_free(a->listener);
	unnumbered_free(a->unnumbered);
	/* behind the sessions: a neighbour that takes AdminDown for a failure (FRR 8.4 does) finds
	 * them ended already, and keeps our routes */
	if (a->handed_over)
		liveness_drop(liveness);
	else
		liveness_free(liveness);
	/* behind whatever has a port: who finds nobody here finds the ports free */
	if (a->handed_over)
		control_abandon(a->control);
	else
		control_close(a->control);
	if (a->handed_over)
		takeover_gone(a);
	for (size_t i = 0; i < sizeof(a->signals) / sizeof(a->signals[0]); i++)
		loop_signal_free(a->signals[i]);
	loop_timer_free(a->timer);
	loop_work_free(a->work);
	rib_free(a->rib);
	fibsync_close(a->kernel);
	aggregate_free(a->aggregate);
	free(a->locals);
	config_free(a->config);
	loop_free(a->loop);
}

/* Who does not know yet which sessions are configured does not ask for any: the other agent goes on
 * until then. False: stopped meanwhile. */
static bool prepare_to_take_over(struct agent *a)
{
	char path[PATH_BYTES];

	put_socket_path(a, path);
	if (takeover_possible(path))
		kubernetes_await(a);
	return !a->stopping;
}

/* False: another agent runs, and goes on. */
static bool take_over(struct agent *a)
{
	char path[PATH_BYTES];

	put_socket_path(a, path);
	switch (takeover_begin(path, &a->takeover)) {
	case TAKEOVER_NOBODY:
		log_info("no other leafpeerd to take over from", "socket=%s", path);
		return true;
	case TAKEOVER_GONE:
		log_info("the other leafpeerd was on its way out: a restart", "socket=%s", path);
		fibsync_catch_up(a->kernel); /* it may have changed it since we looked */
		return true;
	case TAKEOVER_OK:
		/* the other one had the kernel until now */
		fibsync_catch_up(a->kernel);
		a->draining = takeover_drain(a->takeover, &a->drain_reasons, &a->drain_withdraw_at);
		return true;
	default:
		return false;
	}
}

static void open_listener(struct agent *a)
{
	int fd4 = takeover_listener(a->takeover, AFI_IP4);
	int fd6 = takeover_listener(a->takeover, AFI_IP6);

	a->listener =
		fd4 < 0 && fd6 < 0
			? listener_new(a->loop, a->settings->bgp_port, on_accept, a)
			: listener_adopt(a->loop, a->settings->bgp_port, fd4, fd6, on_accept, a);
}

/* The first process of a container does not end by itself, or the runtime would start it anew, to
 * take over in turn. */
static void stay_until_stopped(void)
{
	sigset_t set;
	int signum;

	log_info("waiting to be stopped, the sessions are another leafpeerd's", "");
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigwait(&set, &signum);
}

int agent_run(const struct settings *settings)
{
	struct agent a = {.settings = settings};
	struct rib_conf rc;
	int status = 1;

	a.config = config_load(settings, kubernetes_possible(settings));
	if (!a.config)
		return 1;
	a.loop = loop_new();
	a.started = loop_now(a.loop);
	a.started_wall = loop_wall();
	a.timer = loop_timer_new(a.loop, on_timer, &a);
	a.work = loop_work_new(a.loop, on_work, &a);
	a.signals[0] = loop_signal_new(a.loop, SIGTERM, on_stop, &a);
	a.signals[1] = loop_signal_new(a.loop, SIGINT, on_stop, &a);
	a.signals[2] = loop_signal_new(a.loop, SIGHUP, on_reload, &a);
	a.aggregate = aggregate_new();
	a.monitoring = monitoring_new(&a);
	if (settings->take_over && !prepare_to_take_over(&a)) {
		status = 0;
		goto out;
	}
	if (open_kernel(&a) != 0)
		goto out;
	config_rib(a.config, 0, NULL, 0, &rc);
	a.rib = rib_new(&rc, fibsync_nexthops(a.kernel), &rib_callbacks, &a);
	a.session_env = (struct session_env){
		.loop = a.loop, .rib = a.rib, .ops = &session_callbacks, .ctx = &a};
	/* when all that takes its time is done */
	if (settings->take_over && !take_over(&a))
		goto out;
	a.liveness = liveness_new(&a, takeover_bfd(a.takeover));
	if (open_state(&a) != 0)
		goto out;
	a.collect = collect_new(&a);
	open_http(&a);
	a.reload = reload_new(&a);
	begin_restart(&a);
	a.unnumbered = unnumbered_new(a.loop, neighbors_heard, &a);
	open_listener(&a);
	log_info("leafpeerd started", "version=%s state_dir=%s pods=%zu", leafpeer_version(),
		 settings->state_dir, pods_count(a.pods));
	kubernetes_update(&a);
	if (!a.kubernetes) /* nobody will say that these are over */
		drain_set(&a, DRAIN_CORDON | DRAIN_TAINT, 0, 0);
	if (!kubernetes_holds(&a))
		agent_apply(&a);
	takeover_end(a.takeover);
	a.takeover = NULL;
	loop_run(a.loop);
	log_info("leafpeerd stops", "routes=%s",
		 config_on_stop_withdraw(a.config) && !a.handed_over ? "withdrawn" : "kept");
	status = 0;
out:
	takeover_end(a.takeover);
	agent_close(&a);
	if (a.handed_over && getpid() == 1)
		stay_until_stopped();
	return status;
}
