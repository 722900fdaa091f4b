/* pods: show pods, show aggregates, show running-config, show version. */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

#define AGGREGATES_MAX 256

static void pods_text(const struct show_args *a)
{
	const struct pod_record *r;
	size_t pod_width = strlen("Pod");

	for (size_t i = 0; (r = a->st->pod_at(a->st->ctx, i)); i++) {
		size_t len = strlen(r->pod_namespace) + 1 + strlen(r->pod_name);

		if (len > pod_width)
			pod_width = len;
	}
	text_printf(a->out, "%-*s %-16s %-15s %-12s %s\n", (int)pod_width, "Pod", "Network",
		    "Interface", "Container", "Addresses");
	for (size_t i = 0; (r = a->st->pod_at(a->st->ctx, i)); i++) {
		char pod[520], addr[ADDR_STRLEN];

		snprintf(pod, sizeof(pod), "%s%s%s", r->pod_namespace, *r->pod_name ? "/" : "-",
			 r->pod_name);
		text_printf(a->out, "%-*s %-16s %-15s %-12.12s", (int)pod_width, pod, r->network,
			    r->ifname, r->container_id);
		for (size_t k = 0; k < r->n_addresses; k++)
			text_printf(a->out, "%s%s", k ? ", " : " ",
				    addr_str(&r->addresses[k], addr));
		text_puts(a->out, "\n");
	}
	text_printf(a->out, "\n%zu pods", a->st->n_pods);
	if (a->st->pods_skipped)
		text_printf(a->out, ", %zu records skipped (see the log)", a->st->pods_skipped);
	text_puts(a->out, "\n");
}

static void pods_json(const struct show_args *a)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(root, "pods");
	const struct pod_record *r;

	for (size_t i = 0; (r = a->st->pod_at(a->st->ctx, i)); i++) {
		cJSON *o = cJSON_CreateObject();
		cJSON *addrs;
		char addr[ADDR_STRLEN];

		cJSON_AddStringToObject(o, "namespace", r->pod_namespace);
		cJSON_AddStringToObject(o, "name", r->pod_name);
		cJSON_AddStringToObject(o, "network", r->network);
		cJSON_AddStringToObject(o, "containerId", r->container_id);
		cJSON_AddStringToObject(o, "interface", r->ifname);
		addrs = cJSON_AddArrayToObject(o, "addresses");
		for (size_t k = 0; k < r->n_addresses; k++)
			cJSON_AddItemToArray(addrs,
					     cJSON_CreateString(addr_str(&r->addresses[k], addr)));
		cJSON_AddNumberToObject(o, "created", (double)r->created);
		cJSON_AddItemToArray(list, o);
	}
	cJSON_AddNumberToObject(root, "recordsSkipped", (double)a->st->pods_skipped);
	show_json(root, a->out);
}

void show_pods(const struct show_args *a)
{
	if (a->json)
		pods_json(a);
	else
		pods_text(a);
}

static const char *aggregate_state(const struct aggregate_row *r)
{
	return r->withdraw_at ? "held down" : r->advertised ? "announced" : "not announced";
}

void show_aggregates(const struct show_args *a)
{
	struct aggregate_row rows[AGGREGATES_MAX];
	size_t n = aggregate_rows(a->st->aggregate, rows, AGGREGATES_MAX);
	cJSON *root = a->json ? cJSON_CreateObject() : NULL;
	cJSON *list = root ? cJSON_AddArrayToObject(root, "aggregates") : NULL;
	char pfx[PREFIX_STRLEN], left[32];

	if (!root)
		text_printf(a->out, "%-20s %9s  %s\n", "Prefix", "Addresses", "State");
	for (size_t i = 0; i < n; i++) {
		prefix_str(&rows[i].prefix, pfx);
		if (root) {
			cJSON *o = cJSON_CreateObject();

			cJSON_AddStringToObject(o, "prefix", pfx);
			cJSON_AddNumberToObject(o, "addresses", rows[i].addresses);
			cJSON_AddBoolToObject(o, "advertised", rows[i].advertised);
			cJSON_AddBoolToObject(o, "heldDown", rows[i].withdraw_at != 0);
			cJSON_AddItemToArray(list, o);
			continue;
		}
		text_printf(a->out, "%-20s %9u  %s", pfx, rows[i].addresses,
			    aggregate_state(&rows[i]));
		if (rows[i].withdraw_at)
			text_printf(a->out, ", withdrawn in %s",
				    show_duration(rows[i].withdraw_at - a->st->now, left));
		text_puts(a->out, "\n");
	}
	for (size_t i = 0; !root && i < a->st->n_locals; i++) {
		const struct local_route *l = &a->st->locals[i];

		if (l->kind != LOCAL_AGGREGATE)
			text_printf(a->out, "%-20s %9s  announced (%s)\n",
				    prefix_str(&l->prefix, pfx), "-",
				    l->kind == LOCAL_HOST ? "pod outside" : "network");
	}
	if (root)
		show_json(root, a->out);
}

void show_running_config(const struct show_args *a)
{
	struct text t = {0};
	cJSON *root;

	if (!a->json) {
		a->st->running_config(a->st->ctx, a->out);
		return;
	}
	a->st->running_config(a->st->ctx, &t);
	root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "text", t.s ? t.s : "");
	text_free(&t);
	show_json(root, a->out);
}

void show_version(const struct show_args *a)
{
	char up[32];

	show_duration(a->st->now - a->st->started, up);
	if (a->json) {
		cJSON *root = cJSON_CreateObject();

		cJSON_AddStringToObject(root, "modelName", "leafpeer");
		cJSON_AddStringToObject(root, "version", a->st->version);
		cJSON_AddNumberToObject(root, "uptime",
					(double)(a->st->now - a->st->started) / 1e6);
		show_json(root, a->out);
		return;
	}
	text_printf(a->out, "leafpeer %s\nHost name: %s\nUptime: %s\n", a->st->version,
		    a->st->hostname, up);
}
