/* kube: show kubernetes: the watches, where the node's prefixes come from, the configuration's
 * state. */
#include "agent/show/show.h"

static void put_watch_json(const struct show_args *a, const struct show_kube_watch *w)
{
	json_write_object(a->js, w->resource);
	json_write_string(a->js, "state", w->state);
	json_write_bool(a->js, "synced", w->synced);
	json_write_bool(a->js, "up", w->up);
	json_write_string(a->js, "error", w->error);
	json_write_uint(a->js, "status", w->status);
	if (w->answered)
		json_write_real(a->js, "lastAnswer", show_wall(a->st, w->answered));
	json_write_uint(a->js, "lists", w->lists);
	json_write_uint(a->js, "watches", w->watches);
	json_write_uint(a->js, "events", w->events);
	json_write_uint(a->js, "bookmarks", w->bookmarks);
	json_write_uint(a->js, "failures", w->failures);
	json_write_uint(a->js, "expired", w->expired);
	json_write_uint(a->js, "throttled", w->throttled);
	json_write_uint(a->js, "silent", w->silent);
	json_write_end(a->js);
}

static void put_json(const struct show_args *a, const struct show_kube *k)
{
	json_write_object(a->js, NULL);
	json_write_bool(a->js, "enabled", k->on);
	json_write_object(a->js, "configuration");
	json_write_string(a->js, "origin", k->config_origin);
	json_write_string(a->js, "refused", k->config_refusal);
	json_write_uint(a->js, "refusals", k->config_refusals);
	json_write_real(a->js, "since", show_wall(a->st, k->config_at));
	json_write_end(a->js);
	if (k->on) {
		json_write_string(a->js, "api", k->api);
		json_write_string(a->js, "node", k->node);
		json_write_bool(a->js, "nodeFound", k->node_found);
		json_write_string(a->js, "prefixSource", k->source);
		json_write_uint(a->js, "pods", k->pods);
		json_write_object(a->js, "watches");
		for (size_t i = 0; i < k->n_watches; i++)
			put_watch_json(a, &k->watches[i]);
		json_write_end(a->js);
		json_write_object(a->js, "written");
		json_write_uint(a->js, "requests", k->writes);
		json_write_uint(a->js, "events", k->events_sent);
		json_write_uint(a->js, "eventsSuppressed", k->events_suppressed);
		json_write_uint(a->js, "failures", k->write_failures);
		json_write_string(a->js, "error", k->write_error);
		json_write_end(a->js);
	}
	json_write_end(a->js);
}

static void put_configuration(const struct show_args *a, const struct show_kube *k)
{
	char since[32];

	text_printf(a->out, "Configuration in force: from %s, for %s\n",
		    k->config_origin[0] == 's'   ? "annotations, environment and startup-config"
		    : k->config_origin[0] == 'l' ? "the cache (last good)"
						 : "nowhere yet",
		    show_duration(a->st->now - k->config_at, since));
	if (*k->config_refusal)
		text_printf(a->out, "Configuration refused: %s\n", k->config_refusal);
}

bool show_kubernetes(const struct show_args *a)
{
	const struct show_kube *k = a->st->kube;

	if (a->json) {
		put_json(a, k);
		return true;
	}
	put_configuration(a, k);
	if (!k->on) {
		text_puts(a->out, "Kubernetes: off\n");
		return true;
	}
	text_printf(a->out, "API: %s\nNode: %s%s\nPrefixes from: %s\nPods by the API: %zu\n",
		    k->api, k->node, k->node_found ? "" : " (there is no such Node)", k->source,
		    k->pods);
	text_puts(a->out, "\n  Watch        State    Events Lists Watches Failures 410  429  "
			  "Last failure\n");
	for (size_t i = 0; i < k->n_watches; i++) {
		const struct show_kube_watch *w = &k->watches[i];

		text_printf(a->out, "  %-12s %-8s %6llu %5llu %7llu %8llu %4llu %4llu%s%s\n",
			    w->resource, w->state, (unsigned long long)w->events,
			    (unsigned long long)w->lists, (unsigned long long)w->watches,
			    (unsigned long long)w->failures, (unsigned long long)w->expired,
			    (unsigned long long)w->throttled, *w->error ? " " : "", w->error);
	}
	text_printf(a->out,
		    "\nWritten: %llu Events (%llu not said again), %llu requests, %llu failed\n",
		    (unsigned long long)k->events_sent, (unsigned long long)k->events_suppressed,
		    (unsigned long long)k->writes, (unsigned long long)k->write_failures);
	if (*k->write_error)
		text_printf(a->out, "Last failure to write: %s\n", k->write_error);
	return true;
}
