/* kubernetes_show: what show, metrics and doctor are told of Kubernetes. */
#include "agent/kubernetes_impl.h"

static void show_watch(const struct kube_watch *w, struct show_kube_watch *out)
{
	const struct reflector *r = &w->r;
	const struct reflector_counters *n = &r->counters;

	*out = (struct show_kube_watch){
		.resource = w->resource,
		.group = w == &w->k->watches[WATCH_CILIUM] ? "cilium.io" : "",
		.state = r->absent && r->phase == REFLECTOR_WAIT ? "absent"
			 : r->phase == REFLECTOR_WATCH           ? "watching"
			 : r->phase == REFLECTOR_LIST            ? "listing"
								 : "waiting",
		.synced = r->synced,
		.up = r->synced && !*r->error,
		.error = r->error,
		.status = r->error_status,
		.verb = r->error_watch ? "watch" : "list",
		.answered = r->answered,
		.lists = n->lists,
		.watches = n->watches,
		.events = n->events,
		.bookmarks = n->bookmarks,
		.failures = n->failures,
		.expired = n->expired,
		.throttled = n->throttled,
		.silent = n->silent,
		.skipped = n->skipped,
	};
}

void kubernetes_show(const struct agent *a, struct show_kube *out)
{
	const struct kubernetes *k = a->kubernetes;
	enum config_origin origin = config_origin(a->config);

	*out = (struct show_kube){
		.config_origin = origin == CONFIG_SOURCES     ? "sources"
				 : origin == CONFIG_LAST_GOOD ? "last good"
							      : "none",
		.config_refusal = config_refusal(a->config),
		.config_refused_key = config_refused_key(a->config),
		.config_refusals = config_refusals(a->config),
		.config_at = a->config_at,
		.write_error = "",
	};
	if (!k)
		return;
	out->on = true;
	out->api = k->base;
	out->node = k->node_name;
	out->node_found = k->has_node;
	for (int i = 0; i < WATCHES; i++) {
		if (k->watches[i].on)
			show_watch(&k->watches[i], &out->watches[out->n_watches++]);
	}
	out->source = kube_source_name(k->source);
	out->pods = podset_count(k->pods);
	out->events_sent = k->writeback.events_sent;
	out->events_suppressed = k->writeback.events.suppressed;
	out->writes = k->writeback.sent;
	out->write_failures = k->writeback.failed;
	out->write_error = k->writeback.error;
	out->n_cannot = writeback_cannot(k, out->cannot);
}
