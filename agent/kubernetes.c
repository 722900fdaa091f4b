/* kubernetes: see kubernetes.h. */
#include "agent/kubernetes_impl.h"

#include "agent/io/log.h"
#include "agent/lastgood.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLD_US     (5LL * 1000 * 1000)  /* for the first answer, at start */
#define AWAIT_US    (60LL * 1000 * 1000) /* the same, while another agent goes on */
#define COMPLAIN_US (60LL * 1000 * 1000) /* between lines about the same watch */
#define ACCOUNT     "/var/run/secrets/kubernetes.io/serviceaccount/"

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t now_of(const struct kubernetes *k)
{
	return loop_now(k->agent->loop);
}

static const struct conf *conf_of(const struct kubernetes *k)
{
	return config_conf(k->agent->config);
}

static enum kube_provider provider_of(const struct kubernetes *k)
{
	const char *name = conf_of(k)->cni_provider;

	return strcmp(name, "calico") == 0    ? KUBE_CALICO
	       : strcmp(name, "generic") == 0 ? KUBE_GENERIC
					      : KUBE_CILIUM;
}

/* ---- where the API is -------------------------------------------------------------------------
 */

static bool is_auto(const char *s)
{
	return strcmp(s, "auto") == 0;
}

/* A file of the service account, if it is mounted. */
static const char *file_or_account(const char *setting, const char *account)
{
	if (!is_auto(setting))
		return setting;
	return access(account, R_OK) == 0 ? account : NULL;
}

static bool put_base(const struct settings *s, char *buf, size_t cap)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT_HTTPS");
	bool v6;
	int n;

	if (!is_auto(s->kube_api)) {
		n = snprintf(buf, cap, "%s", s->kube_api);
		while (n > 0 && (size_t)n < cap && buf[n - 1] == '/')
			buf[--n] = '\0';
		return n > 0 && (size_t)n < cap;
	}
	if (!host || !*host || access(ACCOUNT "token", R_OK))
		return false;
	if (!port || !*port)
		port = getenv("KUBERNETES_SERVICE_PORT");
	v6 = strchr(host, ':');
	n = snprintf(buf, cap, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
		     port && *port ? port : "443");
	return n > 0 && (size_t)n < cap;
}

bool kubernetes_possible(const struct settings *s)
{
	char base[KUBEAPI_URL_MAX / 2];

	return put_base(s, base, sizeof(base));
}

/* ---- objects that came ------------------------------------------------------------------------
 */

static void node_begin(void *ctx)
{
	((struct kube_watch *)ctx)->k->node_seen = false;
}

static void node_gone(struct kubernetes *k)
{
	if (k->has_node)
		kube_node_fini(&k->node);
	k->has_node = false;
	k->dirty = true;
}

static void node_end(void *ctx)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;

	if (!k->node_seen)
		node_gone(k);
	k->dirty = true;
}

static void node_object(void *ctx, const cJSON *object, bool deleted)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;
	struct kube_node node;

	if (!kube_node_read(object, &node))
		return;
	if (strcmp(node.meta.name, k->node_name) != 0) {
		kube_node_fini(&node);
		return;
	}
	node_gone(k);
	if (deleted) {
		kube_node_fini(&node);
		return;
	}
	k->node = node;
	k->has_node = k->node_seen = true;
}

static void cilium_begin(void *ctx)
{
	((struct kube_watch *)ctx)->k->cilium_seen = false;
}

static void cilium_gone(struct kubernetes *k)
{
	if (k->has_cilium)
		kube_cilium_node_fini(&k->cilium);
	k->has_cilium = false;
	k->dirty = true;
}

static void cilium_end(void *ctx)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;

	if (!k->cilium_seen)
		cilium_gone(k);
	k->dirty = true;
}

static void cilium_object(void *ctx, const cJSON *object, bool deleted)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;
	struct kube_cilium_node node;

	if (!kube_cilium_node_read(object, &node))
		return;
	if (strcmp(node.meta.name, k->node_name) != 0) {
		kube_cilium_node_fini(&node);
		return;
	}
	cilium_gone(k);
	if (deleted) {
		kube_cilium_node_fini(&node);
		return;
	}
	k->cilium = node;
	k->has_cilium = k->cilium_seen = true;
}

static void pods_begin(void *ctx)
{
	podset_begin(((struct kube_watch *)ctx)->k->pods);
}

static void pods_end(void *ctx)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;

	podset_end(k->pods);
	k->dirty = true;
}

static void pods_object(void *ctx, const cJSON *object, bool deleted)
{
	struct kubernetes *k = ((struct kube_watch *)ctx)->k;
	struct kube_pod pod;

	if (!kube_pod_read(object, &pod))
		return;
	podset_take(k->pods, &pod, deleted);
	k->dirty = true;
}

static const struct watch_row {
	const char *resource, *path;
	bool by_node; /* the selector: pods of the node, or objects of its name */
	struct reflector_ops ops;
} rows[WATCHES] = {
	[WATCH_NODE] = {"nodes", "/api/v1/nodes", false, {node_begin, node_end, node_object}},
	[WATCH_CILIUM] = {"ciliumnodes",
			  "/apis/cilium.io/v2/ciliumnodes",
			  false,
			  {cilium_begin, cilium_end, cilium_object}},
	[WATCH_PODS] = {"pods", "/api/v1/pods", true, {pods_begin, pods_end, pods_object}},
};

/* ---- what follows from them -------------------------------------------------------------------
 */

/* The annotations as text, to see whether they changed: the kubelet's heartbeats change the Node
 * all the time. What we write ourselves is none of it. */
static void put_inputs(const struct kubernetes *k, struct text *out)
{
	for (size_t i = 0; i < k->node.n_annotations; i++) {
		const struct kube_annotation *a = &k->node.annotations[i];

		if (strcmp(a->key, "leafpeer/status") != 0)
			text_printf(out, "%s=%s\n", a->key, a->value);
	}
}

static void give_annotations(struct kubernetes *k)
{
	size_t n = k->node.n_annotations;
	struct conf_annotation *list = mem_zalloc((n + 1) * sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		list[i].key = k->node.annotations[i].key;
		list[i].value = k->node.annotations[i].value;
	}
	config_set_annotations(k->agent->config, list, n);
	free(list);
}

/* true: there is a new configuration to apply. */
static bool take_annotations(struct kubernetes *k)
{
	struct text now = {0};
	bool ok;

	if (!k->watches[WATCH_NODE].r.synced)
		return false;
	if (!k->has_node) {
		if (!k->missing)
			log_warning("there is no Node of this name: check NODE_NAME", "node=%s",
				    k->node_name);
		k->missing = true;
		return false;
	}
	k->missing = false;
	put_inputs(k, &now);
	if (k->given && now.len == k->inputs.len &&
	    (!now.len || memcmp(now.s, k->inputs.s, now.len) == 0)) {
		text_free(&now);
		return false;
	}
	text_free(&k->inputs);
	k->inputs = now;
	k->given = true;
	give_annotations(k);
	ok = config_reload(k->agent->config);
	if (!ok)
		kubernetes_refused(k->agent);
	return ok;
}

static enum kube_known known_of(const struct kubernetes *k)
{
	const struct kube_watch *w = &k->watches[WATCH_CILIUM];

	if (!w->on || !w->r.synced)
		return KUBE_NOT_KNOWN;
	if (k->has_cilium)
		return KUBE_HERE;
	return w->r.absent ? KUBE_NO_CRD : KUBE_NO_OBJECT;
}

static void log_prefixes(const struct kubernetes *k, const struct kube_prefixes *p)
{
	struct text list = {0};
	char one[PREFIX_STRLEN];

	text_puts(&list, "");
	for (size_t i = 0; i < p->n; i++)
		text_printf(&list, "%s%s", i ? "," : "", prefix_str(&p->list[i], one));
	log_info("the node's prefixes by Kubernetes", "source=%s prefixes=%s",
		 kube_source_name(k->source), list.s);
	if (p->refused)
		log_warning("prefixes of the node that are none were left out", "count=%zu",
			    p->refused);
	text_free(&list);
}

static bool take_prefixes(struct kubernetes *k)
{
	bool node_known = k->watches[WATCH_NODE].r.synced && k->has_node;
	const struct kube_prefixes *p;
	enum kube_source source = kube_prefixes_of(provider_of(k), node_known ? &k->node : NULL,
						   known_of(k), &k->cilium, &p);

	if (source == KUBE_SOURCE_UNKNOWN)
		return false;
	k->source = source;
	if (!config_set_owned(k->agent->config, p->list, p->n, true))
		return false;
	log_prefixes(k, p);
	return true;
}

static bool has_taint(const struct kubernetes *k, const struct conf_drain_on *on)
{
	for (size_t i = 0; i < k->node.n_taints; i++) {
		for (size_t t = 0; t < on->n_taints; t++) {
			if (strcmp(k->node.taints[i].key, on->taints[t]) == 0)
				return true;
		}
	}
	return false;
}

static void take_drain(struct kubernetes *k)
{
	const struct conf *c = conf_of(k);
	unsigned int reasons = 0;

	if (!k->has_node)
		return;
	if (c->drain_on.cordon && k->node.unschedulable)
		reasons |= DRAIN_CORDON;
	if (has_taint(k, &c->drain_on))
		reasons |= DRAIN_TAINT;
	drain_set(k->agent, DRAIN_CORDON | DRAIN_TAINT, reasons, c->drain_time);
}

static void add_addr(void *ctx, const struct addr *addr)
{
	struct agent *a = ctx;

	aggregate_addr_add(a->aggregate, addr, loop_now(a->loop));
}

static void del_addr(void *ctx, const struct addr *addr)
{
	struct agent *a = ctx;

	aggregate_addr_del(a->aggregate, addr, loop_now(a->loop));
}

static void take_pods(struct kubernetes *k)
{
	struct agent *a = k->agent;
	const struct prefix *owned;
	size_t n;

	owned = config_owned(a->config, &n);
	podset_refresh(k->pods, owned, n, add_addr, del_addr, a);
	agent_locals_changed(a);
}

/* At start: whether all is known that the configuration needs, or it is clear that it will not be.
 */
static bool may_begin(const struct kubernetes *k)
{
	const struct reflector *node = &k->watches[WATCH_NODE].r;
	const struct kube_watch *cilium = &k->watches[WATCH_CILIUM];

	if (now_of(k) >= k->hold_until || (*node->error && !node->synced && !k->awaiting))
		return true;
	return node->synced && (!cilium->on || cilium->r.synced || *cilium->r.error);
}

static void start_watches(struct kubernetes *k);

/* All that is known against all that is in force. */
static void look(struct kubernetes *k)
{
	struct agent *a = k->agent;
	bool changed;

	if (k->inside)
		return;
	if (k->holding && !may_begin(k))
		return;
	if (k->awaiting) {
		loop_stop(a->loop);
		return;
	}
	k->inside = true;
	k->dirty = false;
	changed = take_annotations(k);
	start_watches(k);
	changed |= take_prefixes(k);
	if (changed || k->holding) {
		k->holding = false;
		agent_apply(a);
	}
	k->inside = false;
	take_drain(k);
	take_pods(k);
	writeback_look(k);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static void set_timer(struct kubernetes *k)
{
	int64_t at = writeback_deadline(k);

	for (int i = 0; i < WATCHES; i++) {
		if (k->watches[i].on)
			at = min64(at, reflector_deadline(&k->watches[i].r));
	}
	if (k->holding)
		at = min64(at, k->hold_until);
	loop_timer_set(k->timer, at);
}

static void complain(struct kube_watch *w)
{
	const struct reflector *r = &w->r;
	int64_t now = now_of(w->k);

	if (!*r->error) {
		if (w->complained && r->synced && !r->streak) {
			log_info("the Kubernetes API answers again", "resource=%s", w->resource);
			w->complained = false;
		}
		return;
	}
	if (w->complained && now - w->complained_at < COMPLAIN_US)
		return;
	/* a watch that broke off and goes on at once is nothing to say */
	if (r->synced && r->streak < 2 && !r->error_status)
		return;
	w->complained = true;
	w->complained_at = now;
	log_warning("cannot watch, trying again; what is in force stays",
		    "resource=%s reason=%s attempts=%u", w->resource, r->error, r->streak);
}

static void on_status(void *ctx, unsigned int status, uint32_t retry_after_s)
{
	struct kube_watch *w = ctx;

	reflector_status(&w->r, status, retry_after_s, now_of(w->k));
}

static bool on_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *w = ctx;

	return reflector_data(&w->r, data, len, now_of(w->k));
}

static void on_done(void *ctx, const char *error)
{
	struct kube_watch *w = ctx;

	w->request = NULL;
	reflector_done(&w->r, error, now_of(w->k), loop_random());
	w->k->dirty = true;
}

static const struct kubeapi_ops watch_ops = {on_status, on_data, on_done};

static void send_due(struct kube_watch *w)
{
	struct kubernetes *k = w->k;
	char url[REFLECTOR_URL_MAX];
	const char *why;

	if (w->request || !reflector_want(&w->r, now_of(k), loop_random(), url, sizeof(url)))
		return;
	w->request = kubeapi_send(k->api, "GET", url, NULL, NULL, &watch_ops, w, &why);
	if (w->request)
		return;
	reflector_done(&w->r, why, now_of(k), loop_random());
	k->dirty = true;
}

static void pump(struct kubernetes *k)
{
	bool silent = false;

	for (int i = 0; i < WATCHES; i++)
		silent |= k->watches[i].request && reflector_expired(&k->watches[i].r, now_of(k));
	if (silent)
		kubeapi_reset(k->api, REFLECTOR_SILENT);
	for (int i = 0; i < WATCHES; i++) {
		if (!k->watches[i].on)
			continue;
		send_due(&k->watches[i]);
		complain(&k->watches[i]);
	}
	if (k->dirty || k->holding)
		look(k);
	writeback_pump(k);
	set_timer(k);
}

static void on_timer(void *ctx)
{
	pump(ctx);
}

static void after(void *ctx)
{
	pump(ctx);
}

/* ---- begin and end ----------------------------------------------------------------------------
 */

static void watch_stop(struct kube_watch *w)
{
	if (w->request)
		kubeapi_cancel(w->request);
	w->request = NULL;
	reflector_fini(&w->r);
	w->on = false;
}

static void watch_start(struct kubernetes *k, enum kube_watch_id id)
{
	const struct watch_row *row = &rows[id];
	struct reflector_conf conf = {
		.path = row->path,
		.selector = row->by_node ? k->by_node : k->by_name,
		/* a server that were asked for the newest would read all pods of the cluster */
		.old_ok = id == WATCH_PODS,
	};
	struct kube_watch *w = &k->watches[id];

	*w = (struct kube_watch){.k = k, .resource = row->resource, .on = true};
	reflector_init(&w->r, &conf, &row->ops, w, now_of(k));
}

static void forget_pods(struct kubernetes *k)
{
	podset_begin(k->pods);
	podset_end(k->pods);
}

/* Those that the configuration asks for. */
static void start_watches(struct kubernetes *k)
{
	const bool wanted[WATCHES] = {
		[WATCH_NODE] = true,
		[WATCH_CILIUM] = provider_of(k) == KUBE_CILIUM,
		[WATCH_PODS] = !conf_of(k)->advertise_always,
	};

	for (enum kube_watch_id id = 0; id < WATCHES; id++) {
		if (wanted[id] && !k->watches[id].on) {
			watch_start(k, id);
		} else if (!wanted[id] && k->watches[id].on) {
			watch_stop(&k->watches[id]);
			if (id == WATCH_CILIUM)
				cilium_gone(k);
			if (id == WATCH_PODS)
				forget_pods(k);
		}
	}
}

static void begin(struct agent *a, bool at_start)
{
	const struct settings *s = a->settings;
	struct kubernetes *k = mem_zalloc(sizeof(*k));
	struct kubeapi_conf conf = {
		.base = k->base,
		.token_file = file_or_account(s->kube_token_file, ACCOUNT "token"),
		.ca_file = file_or_account(s->kube_ca_file, ACCOUNT "ca.crt"),
	};
	int err;

	k->agent = a;
	put_base(s, k->base, sizeof(k->base));
	snprintf(k->node_name, sizeof(k->node_name), "%s", node_name());
	snprintf(k->by_name, sizeof(k->by_name), "metadata.name=%s", k->node_name);
	snprintf(k->by_node, sizeof(k->by_node), "spec.nodeName=%s", k->node_name);
	err = kubeapi_open(a->loop, &conf, after, k, &k->api);
	if (err) {
		log_error("cannot use the Kubernetes API", "api=%s reason=%s", k->base,
			  err == -EINVAL ? "not https://HOST:PORT" : strerror(-err));
		free(k);
		return;
	}
	k->pods = podset_new();
	k->timer = loop_timer_new(a->loop, on_timer, k);
	/* with what an earlier run knew, or what is in force already, there is nothing to wait for
	 */
	k->holding = at_start && !config_knows_node(a->config);
	k->hold_until = now_of(k) + HOLD_US;
	writeback_init(k);
	start_watches(k);
	a->kubernetes = k;
	log_info("watching the Kubernetes API", "api=%s node=%s", k->base, k->node_name);
	set_timer(k);
}

void kubernetes_free(struct kubernetes *k)
{
	if (!k)
		return;
	for (int i = 0; i < WATCHES; i++) {
		if (k->watches[i].on)
			watch_stop(&k->watches[i]);
	}
	writeback_fini(k);
	kubeapi_close(k->api);
	loop_timer_free(k->timer);
	if (k->has_node)
		kube_node_fini(&k->node);
	if (k->has_cilium)
		kube_cilium_node_fini(&k->cilium);
	podset_free(k->pods);
	text_free(&k->inputs);
	free(k);
}

/* Nothing that it said counts any more. */
static void end(struct agent *a)
{
	struct kubernetes *k = a->kubernetes;

	log_info("no longer watching the Kubernetes API", "");
	forget_pods(k);
	take_pods(k);
	drain_set(a, DRAIN_CORDON | DRAIN_TAINT, 0, 0);
	a->kubernetes = NULL;
	kubernetes_free(k);
	config_set_annotations(a->config, NULL, 0);
	config_set_owned(a->config, NULL, 0, true);
	if (config_reload(a->config))
		agent_apply(a);
}

void kubernetes_update(struct agent *a)
{
	bool on = kubernetes_possible(a->settings) && !config_conf(a->config)->kubernetes_off;

	if (on && !a->kubernetes) {
		begin(a, !a->config_at);
	} else if (!on && a->kubernetes) {
		end(a);
	} else if (kubernetes_holds(a)) {
		look(a->kubernetes);
	} else if (a->kubernetes && !a->kubernetes->inside) {
		a->kubernetes->dirty = true;
		loop_timer_set(a->kubernetes->timer, now_of(a->kubernetes));
	}
}

void kubernetes_await(struct agent *a)
{
	struct kubernetes *k;

	kubernetes_update(a);
	if (!kubernetes_holds(a))
		return;
	k = a->kubernetes;
	k->awaiting = true;
	k->hold_until = now_of(k) + AWAIT_US;
	set_timer(k);
	log_info("not taking over until the Kubernetes API has answered: the other leafpeerd goes "
		 "on",
		 "api=%s wait_s=%lld", k->base, AWAIT_US / 1000000);
	loop_run(a->loop);
	k->awaiting = false;
	if (!k->watches[WATCH_NODE].r.synced && now_of(k) >= k->hold_until)
		log_warning("taking over without the Kubernetes API, which does not answer: "
			    "sessions that only annotations configure will end",
			    "api=%s waited_s=%lld", k->base, AWAIT_US / 1000000);
}

bool kubernetes_holds(const struct agent *a)
{
	return a->kubernetes && a->kubernetes->holding;
}

bool kubernetes_known(const struct agent *a)
{
	return a->kubernetes && a->kubernetes->given;
}

void kubernetes_refused(struct agent *a)
{
	struct kubernetes *k = a->kubernetes;

	if (!k)
		return;
	events_add(&k->writeback.events, now_of(k), true, "ConfigurationRefused",
		   "the configuration is refused, the last good one stays in force: %s",
		   config_refusal(a->config));
	kubernetes_sessions_changed(a);
}

void kubernetes_sessions_changed(struct agent *a)
{
	if (!a->kubernetes || a->kubernetes->inside)
		return;
	writeback_look(a->kubernetes);
	set_timer(a->kubernetes);
}
