/*
 * commands: what comes over the control socket: show ..., clear ip bgp ..., wait-route ..., reload.
 */
#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/io/process.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"
#include "agent/show/metrics.h"
#include "agent/show/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- show -------------------------------------------------------------------------------------
 */

static const struct pod_record *pod_at(void *ctx, size_t i)
{
	const struct agent *a = ctx;

	return pods_at(a->pods, i);
}

static const char *ifname(void *ctx, uint32_t ifindex)
{
	const struct agent *a = ctx;

	return fibsync_ifname(a->kernel, ifindex);
}

static void running_config(void *ctx, struct text *out)
{
	const struct agent *a = ctx;

	conf_render(config_conf(a->config), out);
}

static void running_config_diffs(void *ctx, struct text *out)
{
	reload_diffs(ctx, out);
}

static struct show_peer *show_peers(const struct agent *a, size_t *n)
{
	struct show_peer *peers;

	*n = 0;
	for (const struct session *s = a->sessions; s; s = session_next(s))
		++*n;
	peers = mem_zalloc(*n * sizeof(*peers));
	*n = 0;
	for (const struct session *s = a->sessions; s; s = session_next(s))
		peers[(*n)++] = (struct show_peer){
			.peer = session_peer(s),
			.rib_peer = session_rib_peer(s),
			.adj_out = session_adj_out(s),
			.addr = session_conf(s)->addr,
			.name = session_name(s),
			.interface = session_conf(s)->unnumbered ? session_conf(s)->ifname : NULL,
			.description = session_conf(s)->description,
			.blocked = session_blocked(s),
			.blocked_state = session_blocked_state(s),
			.local = session_local(s),
			.failed = session_failed(s),
			.failure = strerror(session_failed(s)),
			.password = *session_conf(s)->password_file,
			.ttl = session_conf(s)->ttl,
			.min_ttl = session_conf(s)->min_ttl,
			.ao = session_conf(s)->ao,
			.maximum_routes = session_conf(s)->maximum_routes,
			.maximum_routes_warn = session_conf(s)->maximum_routes_warn,
			.export_prefix_list = {session_conf(s)->export_prefix_list[0],
					       session_conf(s)->export_prefix_list[1]},
			.export_route_map = {session_conf(s)->export_route_map[0],
					     session_conf(s)->export_route_map[1]},
		};
	return peers;
}

static struct show_station *show_stations(const struct agent *a, size_t *n)
{
	struct show_station *stations = mem_zalloc(CONF_STATIONS_MAX * sizeof(*stations));

	*n = 0;
	while (*n < CONF_STATIONS_MAX && monitoring_at(a->monitoring, *n, &stations[*n]))
		++*n;
	return stations;
}

struct show_state commands_state(struct agent *a)
{
	static struct show_kube kube;
	struct show_state st = {
		.now = loop_now(a->loop),
		.wall = loop_wall(),
		.started = a->started,
		.started_wall = a->started_wall,
		.version = leafpeer_version(),
		.hostname = config_conf(a->config)->hostname,
		.router_id = a->router_id,
		.local_as = config_conf(a->config)->local_as,
		.rib = a->rib,
		.fib = fibsync_fib(a->kernel),
		.fib_latency = fibsync_latency(a->kernel),
		.config = {a->config_at, config_refusal(a->config), config_refusals(a->config)},
		.aggregate = a->aggregate,
		.locals = a->locals,
		.n_locals = a->n_locals,
		.n_pods = pods_count(a->pods),
		.pods_skipped = pods_skipped(a->pods),
		.pods_collected = collect_removed(a->collect),
		.pod_at = pod_at,
		.ifname = ifname,
		.running_config = running_config,
		.running_config_diffs = running_config_diffs,
		.log_lines = log_counted()->lines,
		.log_suppressed = log_counted()->suppressed,
		.draining = a->draining,
		.kube = &kube,
		.ctx = a,
	};

	kubernetes_show(a, &kube);
	st.peers = show_peers(a, &st.n_peers);
	st.stations = show_stations(a, &st.n_stations);
	liveness_show(a->liveness, &st);
	return st;
}

void commands_state_free(struct show_state *st)
{
	liveness_show_free(st);
	mem_free_const(st->peers);
	mem_free_const(st->stations);
}

/* An answer that is under way: the state is looked at anew for each slice. */
struct answer {
	struct agent *agent;
	struct show_run *run;
};

static bool answer_more(void *ctx, struct text *out)
{
	struct answer *answer = ctx;
	struct show_state st = commands_state(answer->agent);
	bool more = show_more(answer->run, &st, out);

	commands_state_free(&st);
	return more;
}

static void answer_done(void *ctx)
{
	struct answer *answer = ctx;

	show_end(answer->run);
	free(answer);
}

/* About a neighbour that there is not: refused, for whoever asks in a script. */
static bool names_nobody(struct agent *a, const struct command_line *line)
{
	enum command_verb verb = line->command->verb;
	struct show_state st;
	bool nobody;

	if (!line->n_args || (verb != VERB_BGP_NEIGHBORS && verb != VERB_BGP_NEIGHBOR_ROUTES))
		return false;
	st = commands_state(a);
	nobody = !show_find_peer(&st, line->args[0]);
	commands_state_free(&st);
	return nobody;
}

static void handle_show(struct agent *a, struct control_client *client,
			const struct command_line *line)
{
	static const struct control_stream stream = {answer_more, answer_done};
	struct answer *answer;

	if (names_nobody(a, line)) {
		control_fail(client, "% No such neighbor");
		return;
	}
	answer = mem_zalloc(sizeof(*answer));
	answer->agent = a;
	answer->run = show_begin(line);
	control_stream(client, &stream, answer);
}

/* ---- HTTP -------------------------------------------------------------------------------------
 */

/* Ready: a session is up, or there is none to be. */
static bool is_ready(const struct agent *a)
{
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		if (peer_is_up(session_peer(s)))
			return true;
	}
	return !a->sessions && a->router_id;
}

unsigned int commands_http(void *ctx, const char *path, struct text *out, const char **type)
{
	struct agent *a = ctx;
	struct show_process process;
	struct show_state st;

	if (strcmp(path, "/healthz") == 0) {
		text_puts(out, "ok\n");
		return 200;
	}
	if (strcmp(path, "/readyz") == 0) {
		text_puts(out, is_ready(a) ? "ok\n" : "no BGP session is Established\n");
		return is_ready(a) ? 200 : 503;
	}
	if (strcmp(path, "/metrics") != 0) {
		text_puts(out, "there are /metrics, /healthz and /readyz\n");
		return 404;
	}
	*type = "text/plain; version=0.0.4; charset=utf-8";
	st = commands_state(a);
	if (process_read(&process))
		st.process = &process;
	st.turns = loop_turns(a->loop);
	show_metrics(&st, out);
	commands_state_free(&st);
	return 200;
}

/* ---- clear [ip | ipv6] bgp * | NEIGHBOR [soft [in | out]]
 * ----------------------------------------
 */

static bool is_called(const struct session *s, const char *who)
{
	const struct session_conf *c = session_conf(s);

	return strcmp(who, "*") == 0 ||
	       show_is_called(session_name(s), &c->addr, c->unnumbered ? c->ifname : NULL, who);
}

static void handle_clear(struct agent *a, struct control_client *client,
			 const struct command_line *line)
{
	bool soft = strstr(line->command->words, " soft");
	const char *way = line->n_args > 1 ? line->args[1] : "";
	size_t n = 0;

	for (struct session *s = a->sessions; s; s = session_next(s)) {
		if (!is_called(s, line->args[0]))
			continue;
		n++;
		if (soft)
			session_soft_reset(s, strcmp(way, "out") != 0, strcmp(way, "in") != 0);
		else
			session_reset(s, BGP_CEASE_ADMIN_RESET, NULL);
	}
	if (n)
		control_ok(client, NULL, 0);
	else
		control_fail(client, "% No such neighbor");
}

/* ---- wait-route ADDR[,ADDR...] TIMEOUT_MS ------------------------------------------------------
 */

static bool is_announced(const struct agent *a, const struct addr *addr)
{
	struct prefix p = prefix_make(addr, afi_bits(addr->afi));

	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		if (peer_is_up(session_peer(s)) && adj_out_has(session_adj_out(s), &p, true))
			return true;
	}
	return false;
}

static bool all_announced(const struct agent *a, const struct waiter *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!is_announced(a, &w->addrs[i]))
			return false;
	}
	return true;
}

void commands_waiters(struct agent *a)
{
	int64_t now = loop_now(a->loop);

	for (size_t i = 0; i < AGENT_WAITERS_MAX; i++) {
		struct waiter *w = &a->waiters[i];
		struct control_client *client = w->client;

		if (!client)
			continue;
		if (all_announced(a, w)) {
			w->client = NULL;
			control_ok(client, NULL, 0);
		} else if (w->deadline <= now) {
			w->client = NULL;
			control_fail(client, "timed out");
		}
	}
}

int64_t commands_deadline(const struct agent *a)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < AGENT_WAITERS_MAX; i++) {
		if (a->waiters[i].client && a->waiters[i].deadline < at)
			at = a->waiters[i].deadline;
	}
	return at;
}

void commands_gone(void *ctx, struct control_client *client)
{
	struct agent *a = ctx;

	for (size_t i = 0; i < AGENT_WAITERS_MAX; i++) {
		if (a->waiters[i].client == client)
			a->waiters[i].client = NULL;
	}
}

static void handle_wait(struct agent *a, struct control_client *client, char *args)
{
	char *save = NULL, *save2 = NULL;
	char *addrs = strtok_r(args, " ", &save);
	char *timeout = strtok_r(NULL, " ", &save);
	struct waiter *w = NULL;
	char *end = NULL;
	unsigned long ms = timeout ? strtoul(timeout, &end, 10) : 0;

	for (size_t i = 0; i < AGENT_WAITERS_MAX && !w; i++) {
		if (!a->waiters[i].client)
			w = &a->waiters[i];
	}
	if (!w) {
		control_fail(client, "too many are waiting already");
		return;
	}
	if (!addrs || !timeout || *end || ms > 3600000) {
		control_fail(client, "wait-route ADDRESS[,ADDRESS...] MILLISECONDS");
		return;
	}
	w->n = 0;
	for (char *s = strtok_r(addrs, ",", &save2); s; s = strtok_r(NULL, ",", &save2)) {
		if (w->n == sizeof(w->addrs) / sizeof(w->addrs[0]) ||
		    !addr_parse(s, &w->addrs[w->n])) {
			control_fail(client, "not an address, or too many");
			return;
		}
		w->n++;
	}
	if (!w->n) {
		control_fail(client, "no address");
		return;
	}
	w->client = client;
	w->deadline = loop_now(a->loop) + (int64_t)ms * 1000;
	commands_waiters(a);
	agent_set_timer(a);
}

/* ---- cni-status -------------------------------------------------------------------------------
 */

/* Why pods of this node have no way through the fabric (CNI specification, STATUS: 51); NULL: they
 * have. While a neighbour keeps our routes (graceful restart, on either side), nothing is amiss,
 * and a node that nobody gave neighbours is not meant to have any. */
static const char *why_limited(const struct agent *a)
{
	if (a->draining && a->drain_withdraw_at <= loop_now(a->loop))
		return "51 the node is drained, its prefixes are withdrawn";
	if (!a->sessions || a->restart.deferring)
		return NULL;
	for (const struct session *s = a->sessions; s; s = session_next(s)) {
		if (peer_is_up(session_peer(s)) || session_is_stale(s))
			return NULL;
	}
	return "51 no BGP session is Established";
}

static void handle_cni_status(struct agent *a, struct control_client *client)
{
	const char *why = why_limited(a);

	if (why)
		control_fail(client, why);
	else
		control_ok(client, NULL, 0);
}

/* ---- drain [SECONDS], undrain ------------------------------------------------------------------
 */

#define DRAIN_MAX_S 86400

static void handle_drain(struct agent *a, struct control_client *client,
			 const struct command_line *line)
{
	unsigned long s = line->n_args ? strtoul(line->args[0], NULL, 10) : AGENT_DRAIN_S;

	if (s > DRAIN_MAX_S) {
		control_fail(client, "% Invalid input: at most 86400 seconds");
		return;
	}
	drain_set(a, DRAIN_COMMAND, DRAIN_COMMAND, (int64_t)s);
	control_ok(client, NULL, 0);
}

static void handle_undrain(struct agent *a, struct control_client *client)
{
	drain_set(a, DRAIN_COMMAND, 0, 0);
	if (a->draining)
		control_fail(client, "% Still draining: the configuration, the Node's annotation "
				     "leafpeer/drain, its cordon or a taint says so");
	else
		control_ok(client, NULL, 0);
}

static void handle_log_level(struct control_client *client, const struct command_line *line)
{
	enum log_level level;

	/* the table has the words */
	if (log_level_parse(line->args[0], &level)) {
		const char *before = log_level_name();

		log_set_level(level);
		log_at(level, "log level changed", "from=%s to=%s", before, line->args[0]);
	}
	control_ok(client, NULL, 0);
}

static void handle_reload(struct agent *a, struct control_client *client)
{
	char why[400];
	size_t n;

	if (agent_reload(a)) {
		control_ok(client, NULL, 0);
		return;
	}
	n = config_refusal_reasons(a->config, NULL);
	snprintf(why, sizeof(why), "%% refused, what is in force stays: %s%s",
		 config_refusal(a->config), n > 1 ? " (and more: show running-config diffs)" : "");
	control_fail(client, why);
}

/* ---- complete <TEXT> --------------------------------------------------------------------------
 */

struct completing {
	struct agent *agent;
	const char *partial; /* the beginning of the word */
	struct text *out;
};

/* Rows of a word, its help, and what it stands for ("-": itself). Where a neighbour is taken, those
 * that there are. */
static void put_completion(void *ctx, const char *word, const char *help, const char *takes)
{
	struct completing *c = ctx;

	command_write_word(c->out, word, help, takes);
	if (!takes || strcmp(takes, "NEIGHBOR") != 0)
		return;
	for (const struct session *s = c->agent->sessions; s; s = session_next(s)) {
		const char *name = session_name(s);
		char about[160], as[12];

		if (strncasecmp(name, c->partial, strlen(c->partial)) != 0)
			continue;
		snprintf(about, sizeof(about), "AS %s %s", show_remote_as(session_peer(s), as),
			 session_conf(s)->description);
		command_write_word(c->out, name, about, NULL);
	}
}

static void handle_complete(struct agent *a, struct control_client *client, const char *marked)
{
	struct text out = {0};
	struct completing c = {.agent = a, .out = &out};
	size_t len = strlen(marked);
	char text[COMMAND_LINE_MAX];
	const char *last;

	if (len < 2 || *marked != '<' || marked[len - 1] != '>') {
		control_fail(client, "complete <BEGINNING OF A LINE>");
		return;
	}
	snprintf(text, sizeof(text), "%.*s", (int)len - 2, marked + 1);
	last = strrchr(text, ' ');
	c.partial = last ? last + 1 : text;
	command_next(text, put_completion, &c);
	control_ok(client, out.s, out.len);
}

/* ---- all --------------------------------------------------------------------------------------
 */

static void handle(struct agent *a, struct control_client *client, struct command_line *line)
{
	char rest[COMMAND_LINE_MAX];

	switch (line->command->verb) {
	case VERB_CLEAR:
		handle_clear(a, client, line);
		break;
	case VERB_DRAIN:
		handle_drain(a, client, line);
		break;
	case VERB_UNDRAIN:
		handle_undrain(a, client);
		break;
	case VERB_DOCTOR_AGENT:
		doctor_command(a, client);
		break;
	case VERB_TAKE_OVER:
		takeover_offer(a, client);
		break;
	case VERB_RELOAD:
		handle_reload(a, client);
		break;
	case VERB_LOG_LEVEL:
		handle_log_level(client, line);
		break;
	case VERB_CNI_STATUS:
		handle_cni_status(a, client);
		break;
	case VERB_WAIT_ROUTE:
		snprintf(rest, sizeof(rest), "%s", line->args[0]);
		handle_wait(a, client, rest);
		break;
	case VERB_COMPLETE:
		handle_complete(a, client, line->args[0]);
		break;
	default:
		handle_show(a, client, line);
		break;
	}
}

void commands_handle(void *ctx, struct control_client *client, const char *text)
{
	struct agent *a = ctx;
	struct command_line *line = mem_zalloc(sizeof(*line));
	enum command_result result = command_parse(text, line);
	char complaint[128];

	if (result != COMMAND_OK)
		control_fail(client, command_complaint(result, line, complaint, sizeof(complaint)));
	else if (line->command->flags & COMMAND_LOCAL)
		control_fail(client, "% this command is leafpeerctl's own, not the agent's");
	else if (line->json && line->command->verb > VERB_SHOW_LAST)
		control_fail(client, "% only what is shown can be JSON");
	else
		handle(a, client, line);
	free(line);
}
