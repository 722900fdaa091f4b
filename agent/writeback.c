/*
 * writeback: what the agent says on its own Node: Events, and what the configuration allows
 * besides: a condition, the annotation leafpeer/status, and taking the start-up taint away.
 *
 * Level-triggered like the rest: what should be there is computed whenever something changed, and
 * sent if it is not what was sent last; one request of a kind at a time, not more often than every
 * few seconds. What the server refuses is tried again later and later, and hinders nothing.
 *
 * The taint is removed by a JSON patch (RFC 6902) that tests first what it removes, so a change by
 * somebody else in between makes it fail, and the next watch event is another try.
 */
#include "agent/kubernetes_impl.h"

#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STARTUP_TAINT     "leafpeer/bgp-not-ready"
#define CONDITION         "LeafpeerBGPReady"
#define SETTLE_US         (1LL * 1000 * 1000) /* several changes are written as one */
#define EVERY_US          (5LL * 1000 * 1000) /* between writes of a kind */
#define RETRY_MIN_US      (5LL * 1000 * 1000)
#define RETRY_MAX_US      (600LL * 1000 * 1000)
#define RETRY_AFTER_MAX_S 3600u
#define FORBIDDEN_US      (600LL * 1000 * 1000) /* until RBAC may be another */
#define CONFLICTS_US      (10LL * 1000 * 1000)
#define CONFLICTS_WALK    1024u /* entries looked at inside one prefix */

static int64_t now_of(const struct kubernetes *k)
{
	return loop_now(k->agent->loop);
}

static const char *wall_text(char buf[static 32])
{
	time_t t = (time_t)(loop_wall() / 1000000);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

void writeback_init(struct kubernetes *k)
{
	struct writeback *wb = &k->writeback;

	events_init(&wb->events, now_of(k));
	for (int i = 0; i < WRITE_KINDS; i++)
		wb->writes[i].k = k;
	wb->conflicts_at = now_of(k) + CONFLICTS_US;
}

void writeback_fini(struct kubernetes *k)
{
	for (int i = 0; i < WRITE_KINDS; i++) {
		struct write *w = &k->writeback.writes[i];

		if (w->request)
			kubeapi_cancel(w->request);
		free(w->wanted);
		free(w->written);
	}
}

/* ---- sessions ---------------------------------------------------------------------------------
 */

static struct known *find_known(struct writeback *wb, const char *name)
{
	for (size_t i = 0; i < wb->n_known; i++) {
		if (strcmp(wb->known[i].name, name) == 0)
			return &wb->known[i];
	}
	return NULL;
}

static void say_session(struct kubernetes *k, const struct session *s, bool up)
{
	const struct peer *p = session_peer(s);

	if (up)
		events_say(&k->writeback.events, false, "BGPSessionUp",
			   "BGP session with %s (AS %u) is Established", session_name(s),
			   peer_remote_as(p));
	else
		events_say(&k->writeback.events, true, "BGPSessionDown",
			   "BGP session with %s (AS %u) went down: %s", session_name(s),
			   peer_remote_as(p), peer_down_reason_name(peer_last_reason(p)));
}

static void look_at_sessions(struct kubernetes *k)
{
	struct writeback *wb = &k->writeback;
	struct known now[CONF_NEIGHBORS_MAX] = {0};
	size_t n = 0;

	for (const struct session *s = k->agent->sessions; s && n < CONF_NEIGHBORS_MAX;
	     s = session_next(s)) {
		const struct known *was = find_known(wb, session_name(s));
		bool up = peer_is_up(session_peer(s));

		snprintf(now[n].name, sizeof(now[n].name), "%s", session_name(s));
		now[n].up = up;
		if (was)
			now[n].said = was->said;
		if (events_state(&now[n].said, up, now_of(k)))
			say_session(k, s, up);
		n++;
	}
	memcpy(wb->known, now, n * sizeof(now[0]));
	wb->n_known = n;
}

static size_t count_up(const struct kubernetes *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->writeback.n_known; i++)
		n += k->writeback.known[i].up;
	return n;
}

/* ---- who else announces our prefix ------------------------------------------------------------
 */

/* A path whose origin is surely not us. With every node in one AS, behind eBGP, another node's
 * announcement cannot be told from an echo of ours: of those nothing is said. */
static bool is_anothers(const struct agent *a, const struct path *p)
{
	const struct rib_peer *peer = rib_peer_at(a->rib, p->peer);
	const struct attrs *attrs = rib_path_received(a->rib, p);

	if (p->reject != REJECT_OWN_PREFIX || !peer || !attrs)
		return false;
	/* our own come back with our router ID as originator, and are refused for that */
	return peer->ibgp || as_path_origin(&attrs->set) != config_conf(a->config)->local_as;
}

static void say_conflict(struct kubernetes *k, const struct rib_entry *e, const struct path *p)
{
	const struct rib_peer *peer = rib_peer_at(k->agent->rib, p->peer);
	const struct attrs *attrs = rib_path_received(k->agent->rib, p);
	char path[128], prefix[PREFIX_STRLEN], from[ADDR_STRLEN];

	as_path_str(&attrs->set, false, path, sizeof(path));
	log_warning("somebody else announces a prefix of this node", "prefix=%s peer=%s path=%s",
		    prefix_str(&e->prefix, prefix), addr_str(&peer->addr, from), path);
	events_add(&k->writeback.events, now_of(k), true, "PrefixConflict",
		   "%s, which is this node's, is announced by somebody else too: heard from %s, AS "
		   "path %s",
		   prefix_str(&e->prefix, prefix), addr_str(&peer->addr, from), path);
}

static void look_for_conflicts(struct kubernetes *k)
{
	const struct agent *a = k->agent;
	const struct prefix *owned;
	size_t n;

	owned = config_owned(a->config, &n);
	for (size_t i = 0; i < n; i++) {
		struct rib_walk *walk = rib_walk_within(a->rib, &owned[i]);
		unsigned int budget = CONFLICTS_WALK;
		const struct rib_entry *e;

		while ((e = rib_walk_next(walk, &budget))) {
			uint8_t at = 0;

			while (at < e->n_paths && !is_anothers(a, &e->paths[at]))
				at++;
			if (at == e->n_paths)
				continue;
			say_conflict(k, e, &e->paths[at]);
			break;
		}
		rib_walk_free(walk);
	}
}

/* ---- what should be there ---------------------------------------------------------------------
 */

static char *printed(cJSON *root)
{
	char *text = cJSON_PrintUnformatted(root), *copy = mem_strdup(text);

	cJSON_free(text);
	cJSON_Delete(root);
	return copy;
}

/* A strategic merge patch of the Node's status: conditions are merged by their type. */
static char *want_condition(struct kubernetes *k)
{
	struct writeback *wb = &k->writeback;
	size_t up = count_up(k);
	cJSON *root = cJSON_CreateObject(), *c = cJSON_CreateObject();
	char message[96];

	if (!*wb->condition_since || wb->condition_up != (up > 0)) {
		wall_text(wb->condition_since);
		wb->condition_up = up > 0;
	}
	snprintf(message, sizeof(message), "%zu of %zu BGP sessions are Established", up,
		 wb->n_known);
	cJSON_AddItemToArray(
		cJSON_AddArrayToObject(cJSON_AddObjectToObject(root, "status"), "conditions"), c);
	cJSON_AddStringToObject(c, "type", CONDITION);
	cJSON_AddStringToObject(c, "status", up ? "True" : "False");
	cJSON_AddStringToObject(c, "reason", up ? "SessionEstablished" : "NoSessionEstablished");
	cJSON_AddStringToObject(c, "message", message);
	cJSON_AddStringToObject(c, "lastHeartbeatTime", wb->condition_since);
	cJSON_AddStringToObject(c, "lastTransitionTime", wb->condition_since);
	return printed(root);
}

static char *want_annotation(struct kubernetes *k)
{
	const struct agent *a = k->agent;
	const char *refusal = config_refusal(a->config);
	cJSON *status = cJSON_CreateObject(), *list, *root, *annotations;
	char text[PREFIX_STRLEN], *value;

	list = cJSON_AddObjectToObject(status, "sessions");
	for (size_t i = 0; i < k->writeback.n_known; i++)
		cJSON_AddStringToObject(list, k->writeback.known[i].name,
					k->writeback.known[i].up ? "Established" : "down");
	list = cJSON_AddArrayToObject(status, "announced");
	for (size_t i = 0; i < a->n_locals; i++) {
		if (a->locals[i].kind == LOCAL_AGGREGATE)
			cJSON_AddItemToArray(
				list, cJSON_CreateString(prefix_str(&a->locals[i].prefix, text)));
	}
	cJSON_AddStringToObject(status, "configuration", *refusal ? refusal : "in force");
	cJSON_AddBoolToObject(status, "draining", a->draining);
	value = printed(status);
	root = cJSON_CreateObject();
	annotations =
		cJSON_AddObjectToObject(cJSON_AddObjectToObject(root, "metadata"), "annotations");
	cJSON_AddStringToObject(annotations, "leafpeer/status", value);
	free(value);
	return printed(root);
}

/* NULL: there is nothing to remove, or no session yet. */
static char *want_taint(const struct kubernetes *k)
{
	cJSON *root, *op;
	char path[64];
	bool any = false;

	if (!count_up(k))
		return NULL;
	root = cJSON_CreateArray();
	/* from the last, so that places do not move */
	for (size_t i = k->node.n_taints; i > 0; i--) {
		const struct kube_taint *t = &k->node.taints[i - 1];

		if (strcmp(t->key, STARTUP_TAINT) != 0)
			continue;
		any = true;
		op = cJSON_CreateObject();
		snprintf(path, sizeof(path), "/spec/taints/%zu/key", t->index);
		cJSON_AddStringToObject(op, "op", "test");
		cJSON_AddStringToObject(op, "path", path);
		cJSON_AddStringToObject(op, "value", STARTUP_TAINT);
		cJSON_AddItemToArray(root, op);
		op = cJSON_CreateObject();
		snprintf(path, sizeof(path), "/spec/taints/%zu", t->index);
		cJSON_AddStringToObject(op, "op", "remove");
		cJSON_AddStringToObject(op, "path", path);
		cJSON_AddItemToArray(root, op);
	}
	if (any)
		return printed(root);
	cJSON_Delete(root);
	return NULL;
}

/* Takes body: wanted unless it is what was written. */
static void want(struct kubernetes *k, enum write_kind kind, char *body)
{
	struct write *w = &k->writeback.writes[kind];
	int64_t settled = now_of(k) + (kind == WRITE_TAINT ? 0 : SETTLE_US);
	bool same = body && w->written && strcmp(body, w->written) == 0;
	bool waiting = w->wanted;

	free(w->wanted);
	w->wanted = NULL;
	if (!body || same) {
		free(body);
		return;
	}
	w->wanted = body;
	if (!waiting && w->not_before < settled)
		w->not_before = settled;
}

void writeback_look(struct kubernetes *k)
{
	uint8_t write_back = config_conf(k->agent->config)->write_back;

	look_at_sessions(k);
	if (!k->has_node)
		return;
	if (write_back & CONF_WRITE_CONDITION)
		want(k, WRITE_CONDITION, want_condition(k));
	if (write_back & CONF_WRITE_ANNOTATION)
		want(k, WRITE_ANNOTATION, want_annotation(k));
	if (write_back & CONF_WRITE_TAINT)
		want(k, WRITE_TAINT, want_taint(k));
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static const char *const kind_names[WRITE_KINDS] = {
	[WRITE_EVENT] = "events",
	[WRITE_CONDITION] = "the condition " CONDITION,
	[WRITE_ANNOTATION] = "the annotation leafpeer/status",
	[WRITE_TAINT] = "the removal of the taint " STARTUP_TAINT,
};

static enum write_kind kind_of(const struct write *w)
{
	return (enum write_kind)(w - w->k->writeback.writes);
}

static void failed(struct write *w, const char *error)
{
	struct writeback *wb = &w->k->writeback;
	int64_t us = RETRY_MIN_US, after;

	for (unsigned int i = 0; i < w->streak && us < RETRY_MAX_US; i++)
		us *= 2;
	if (w->status == 401 || w->status == 403)
		us = FORBIDDEN_US;
	if (us > RETRY_MAX_US)
		us = RETRY_MAX_US;
	/* what the server asks for is the least */
	after = (int64_t)(w->retry_after_s < RETRY_AFTER_MAX_S ? w->retry_after_s
							       : RETRY_AFTER_MAX_S) *
		1000000;
	w->streak++;
	wb->failed++;
	w->not_before =
		now_of(w->k) + after + us / 2 + (int64_t)((uint64_t)us * loop_random() >> 32);
	/* what the server has is not known now; what it should have may be newer already */
	if (!w->wanted && kind_of(w) != WRITE_EVENT)
		w->wanted = w->written;
	else
		free(w->written);
	w->written = NULL;
	if (w->status)
		snprintf(wb->error, sizeof(wb->error), "%s: HTTP %u%s", kind_names[kind_of(w)],
			 w->status, w->status == 403 ? ": not permitted" : "");
	else
		snprintf(wb->error, sizeof(wb->error), "%s: %s", kind_names[kind_of(w)], error);
	/* the base RBAC only reads: that Events are not permitted is how it is meant */
	if (!w->complained && kind_of(w) == WRITE_EVENT && w->status == 403)
		log_info("Events are not written: RBAC does not permit it", "");
	else if (!w->complained)
		log_warning("cannot write to the Node, trying again later", "reason=%s", wb->error);
	w->failed_status = w->status;
	w->complained = true;
}

static void on_status(void *ctx, unsigned int status, uint32_t retry_after_s)
{
	struct write *w = ctx;

	w->status = status;
	w->retry_after_s = retry_after_s;
}

static bool on_data(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return true;
}

static void on_done(void *ctx, const char *error)
{
	struct write *w = ctx;
	struct writeback *wb = &w->k->writeback;

	w->request = NULL;
	if (error || w->status < 200 || w->status > 299) {
		failed(w, error ? error : "");
		return;
	}
	wb->sent++;
	wb->events_sent += kind_of(w) == WRITE_EVENT;
	w->streak = 0;
	w->complained = false;
	w->not_before = now_of(w->k) + (kind_of(w) == WRITE_EVENT ? 0 : EVERY_US);
}

static const struct kubeapi_ops write_ops = {on_status, on_data, on_done};

/* Takes body. */
static void send(struct kubernetes *k, enum write_kind kind, char *body)
{
	static const struct {
		const char *method, *end, *type;
	} rows[WRITE_KINDS] = {
		[WRITE_EVENT] = {"POST", NULL, "application/json"},
		[WRITE_CONDITION] = {"PATCH", "/status", "application/strategic-merge-patch+json"},
		[WRITE_ANNOTATION] = {"PATCH", "", "application/merge-patch+json"},
		[WRITE_TAINT] = {"PATCH", "", "application/json-patch+json"},
	};
	struct write *w = &k->writeback.writes[kind];
	char path[KUBE_NAME_MAX + 64] = "/api/v1/namespaces/default/events";
	const char *why = "";

	if (rows[kind].end)
		snprintf(path, sizeof(path), "/api/v1/nodes/%s%s", k->node_name, rows[kind].end);
	w->status = 0;
	w->retry_after_s = 0;
	free(w->written);
	w->written = body;
	w->request = kubeapi_send(k->api, rows[kind].method, path, rows[kind].type, body,
				  &write_ops, w, &why);
	if (!w->request)
		failed(w, why);
}

static void send_event(struct kubernetes *k, int64_t now)
{
	struct kube_event_about about = {k->node_name, k->node.meta.uid, NULL};
	struct kube_event event;
	char when[32];

	about.when = wall_text(when);
	if (k->has_node && events_next(&k->writeback.events, now, &event))
		send(k, WRITE_EVENT, events_json(&event, &about));
}

void writeback_pump(struct kubernetes *k)
{
	struct writeback *wb = &k->writeback;
	int64_t now = now_of(k);

	if (now >= wb->conflicts_at) {
		wb->conflicts_at = now + CONFLICTS_US;
		look_at_sessions(k); /* what was not said yet, as it came and went */
		look_for_conflicts(k);
	}
	for (enum write_kind kind = 0; kind < WRITE_KINDS; kind++) {
		struct write *w = &wb->writes[kind];
		char *body = w->wanted;

		if (w->request || now < w->not_before)
			continue;
		if (kind == WRITE_EVENT) {
			send_event(k, now);
		} else if (body) {
			w->wanted = NULL;
			send(k, kind, body);
		}
	}
}

int64_t writeback_deadline(const struct kubernetes *k)
{
	const struct writeback *wb = &k->writeback;
	int64_t at = wb->conflicts_at;

	for (enum write_kind kind = 0; kind < WRITE_KINDS; kind++) {
		const struct write *w = &wb->writes[kind];
		int64_t due = kind == WRITE_EVENT ? events_deadline(&wb->events)
			      : w->wanted         ? w->not_before
						  : INT64_MAX;

		if (w->request || (kind == WRITE_EVENT && !k->has_node) || due == INT64_MAX)
			continue;
		due = due > w->not_before ? due : w->not_before;
		at = due < at ? due : at;
	}
	return at;
}

size_t writeback_cannot(const struct kubernetes *k, struct show_kube_write *out)
{
	static const char *const rows[WRITE_KINDS][2] = {
		[WRITE_EVENT] = {"create", "events"},
		[WRITE_CONDITION] = {"patch", "nodes/status"},
		[WRITE_ANNOTATION] = {"patch", "nodes"},
		[WRITE_TAINT] = {"patch", "nodes"},
	};
	size_t n = 0;

	for (enum write_kind kind = 0; kind < WRITE_KINDS; kind++) {
		const struct write *w = &k->writeback.writes[kind];

		if (w->complained)
			out[n++] = (struct show_kube_write){kind_names[kind], rows[kind][0],
							    rows[kind][1], w->failed_status};
	}
	return n;
}
