/*
 * metrics: see metrics.h.
 *
 * Their number is that of the neighbours, own prefixes and stations, whatever there is of routes
 * and pods. Names, units and kinds are as Prometheus has them: seconds and bytes, counters end in
 * _total, what is not a number is a label of an _info metric that is 1.
 */
#include "agent/show/metrics_impl.h"

#include <stdarg.h>
#include <string.h>

#define OWN_MAX 64 /* prefixes of this node that have a series of their own */

/* ---- the format -------------------------------------------------------------------------------
 */

void metric_head(struct text *out, const char *name, const char *kind, const char *help)
{
	text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* What is no UTF-8 would cost the whole answer: what comes from outside is ASCII, or "?". */
static void put_label(struct text *out, const char *name, const char *value, bool first)
{
	text_printf(out, "%s%s=\"", first ? "{" : ",", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			text_printf(out, "\\%c", *value);
		else if (*value == '\n')
			text_puts(out, "\\n");
		else
			text_append(out, *value >= ' ' && *value < 0x7f ? value : "?", 1);
	}
	text_puts(out, "\"");
}

static void put_value(struct text *out, double value)
{
	/* what counts is whole, and all of it is told */
	if (value > -9e15 && value < 9e15 && value == (double)(int64_t)value)
		text_printf(out, " %lld\n", (long long)value);
	else
		text_printf(out, " %.15g\n", value);
}

void metric_labelled(struct text *out, const char *name, double value, ...)
{
	const char *label;
	bool first = true;
	va_list ap;

	text_puts(out, name);
	va_start(ap, value);
	while ((label = va_arg(ap, const char *))) {
		put_label(out, label, va_arg(ap, const char *), first);
		first = false;
	}
	va_end(ap);
	if (!first)
		text_puts(out, "}");
	put_value(out, value);
}

void metric_one(struct text *out, const char *name, const char *kind, const char *help,
		double value)
{
	metric_head(out, name, kind, help);
	metric_sample(out, name, value);
}

void metric_histogram(struct text *out, const char *name, const char *help,
		      const struct histogram *h)
{
	uint64_t n = 0;

	metric_head(out, name, "histogram", help);
	for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
		n += h->counts[i];
		text_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
			    (double)histogram_bounds[i] / 1e6, (unsigned long long)n);
	}
	n += h->counts[HISTOGRAM_BOUNDS];
	text_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum", name, (unsigned long long)n, name);
	put_value(out, (double)h->sum / 1e6);
	text_printf(out, "%s_count %llu\n", name, (unsigned long long)n);
}

/* ---- the process and its configuration --------------------------------------------------------
 */

static void put_process(const struct show_state *st, struct text *out)
{
	const struct show_process *p = st->process;

	if (st->turns)
		metric_histogram(out, "leafpeer_loop_turn_duration_seconds",
				 "How long the event loop was busy before it looked at its "
				 "descriptors again.",
				 st->turns);
	metric_head(out, "leafpeer_build_info", "gauge", "Always 1; the version is in the label.");
	metric_sample(out, "leafpeer_build_info", 1, "version", st->version);
	metric_one(out, "process_start_time_seconds", "gauge",
		   "When the process started, in seconds since 1970.",
		   (double)st->started_wall / 1e6);
	if (!p)
		return;
	metric_one(out, "process_cpu_seconds_total", "counter",
		   "Time of the processor used, by the user and the system.", p->cpu_seconds);
	metric_one(out, "process_resident_memory_bytes", "gauge", "Memory that is resident.",
		   (double)p->resident_bytes);
	metric_one(out, "process_virtual_memory_bytes", "gauge", "Memory that is addressed.",
		   (double)p->virtual_bytes);
	metric_one(out, "process_open_fds", "gauge", "Open file descriptors.", (double)p->open_fds);
	metric_one(out, "process_max_fds", "gauge", "File descriptors that may be open.",
		   (double)p->max_fds);
}

static void put_config(const struct show_state *st, struct text *out)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	const struct show_config *c = &st->config;

	metric_one(out, "leafpeer_config_valid", "gauge",
		   "1 if the newest configuration is in force, 0 if it was refused.", !*c->refusal);
	metric_one(out, "leafpeer_config_refused_total", "counter", "Configurations refused.",
		   (double)c->refusals);
	metric_head(out, "leafpeer_config_refusal_info", "gauge",
		    "1 while the newest configuration is refused; why is in the label.");
	if (*c->refusal)
		metric_sample(out, "leafpeer_config_refusal_info", 1, "reason", c->refusal);
	metric_one(out, "leafpeer_config_age_seconds", "gauge",
		   "Since the configuration in force came to be so.",
		   (double)(st->now - c->applied) / 1e6);
	if (st->log_lines) {
		metric_head(out, "leafpeer_log_lines_total", "counter", "Lines logged, by level.");
		for (int i = 0; i < 4; i++)
			metric_sample(out, "leafpeer_log_lines_total", (double)st->log_lines[i],
				      "level", levels[i]);
		metric_one(out, "leafpeer_log_lines_suppressed_total", "counter",
			   "Lines that were not, since a neighbor caused too many.",
			   (double)st->log_suppressed);
	}
	metric_one(out, "leafpeer_draining", "gauge", "1 if traffic is being moved away.",
		   st->draining);
}

/* ---- routes -----------------------------------------------------------------------------------
 */

static void put_fib_operations(const struct fib_counters *f, struct text *out)
{
	static const struct {
		enum fib_op_type type;
		const char *name;
	} types[] = {
		{FIB_ROUTE_REPLACE, "route-replace"},     {FIB_ROUTE_DEL, "route-delete"},
		{FIB_NEXTHOP_REPLACE, "nexthop-replace"}, {FIB_GROUP_REPLACE, "group-replace"},
		{FIB_OBJECT_DEL, "object-delete"},
	};

	metric_head(out, "leafpeer_fib_operations_total", "counter",
		    "Operations sent to the kernel, by what they do.");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		metric_sample(out, "leafpeer_fib_operations_total",
			      (double)f->ops_of[types[i].type], "operation", types[i].name);
}

static void put_fib(const struct show_state *st, struct text *out)
{
	const struct fib_counters *f = fib_counters(st->fib);
	struct prefix example;

	metric_one(out, "leafpeer_fib_routes", "gauge", "Routes of ours in the kernel.",
		   (double)f->routes);
	metric_one(out, "leafpeer_fib_objects", "gauge", "Nexthop objects of ours in the kernel.",
		   (double)f->objects);
	put_fib_operations(f, out);
	metric_one(out, "leafpeer_fib_errors_total", "counter",
		   "Operations that the kernel refused.", (double)f->errors);
	if (st->fib_latency)
		metric_histogram(out, "leafpeer_fib_operation_duration_seconds",
				 "From an operation's sending to the answer for its batch.",
				 st->fib_latency);
	metric_one(out, "leafpeer_fib_foreign_deletions_total", "counter",
		   "Routes that somebody else deleted.", (double)f->deleted);
	metric_one(out, "leafpeer_fib_repaired_total", "counter",
		   "Routes and objects that somebody else changed or deleted, put back.",
		   (double)f->repaired);
	metric_one(out, "leafpeer_fib_failovers_total", "counter",
		   "Nexthop groups that lost a dead hop.", (double)f->failovers);
	metric_one(out, "leafpeer_fib_stale_routes", "gauge",
		   "Routes of an earlier run, not announced again yet.",
		   (double)fib_stale(st->fib));
	metric_one(out, "leafpeer_fib_failed_routes", "gauge",
		   "Routes that the kernel refused, and that are tried again.",
		   (double)fib_failed(st->fib));
	metric_one(out, "leafpeer_fib_retried_total", "counter",
		   "Routes that were refused, tried again.", (double)f->retried);
	metric_one(out, "leafpeer_fib_blocked_routes", "gauge",
		   "Routes in whose place, by table and metric, somebody else's is.",
		   (double)fib_blocked(st->fib, &example));
}

static void put_rib(const struct show_state *st, struct text *out)
{
	struct rib_stats r;

	rib_stats(st->rib, &r);
	metric_one(out, "leafpeer_rib_prefixes", "gauge", "Prefixes in the RIB.",
		   (double)r.entries);
	metric_one(out, "leafpeer_rib_paths", "gauge", "Paths in the RIB, rejected ones included.",
		   (double)r.paths);
	metric_one(out, "leafpeer_rib_attribute_sets", "gauge", "Distinct sets of path attributes.",
		   (double)r.attrs);
	metric_one(out, "leafpeer_rib_bytes", "gauge", "Memory of prefixes, paths and attributes.",
		   (double)(r.table_bytes + r.attr_bytes));
	metric_one(out, "leafpeer_rib_decisions_total", "counter", "Times a prefix was decided.",
		   (double)r.decisions);
}

static void put_locals(const struct show_state *st, struct text *out)
{
	struct aggregate_row rows[OWN_MAX];
	size_t n = aggregate_rows(st->aggregate, rows, OWN_MAX);
	char pfx[PREFIX_STRLEN];

	metric_one(out, "leafpeer_pods", "gauge", "Pod records.", (double)st->n_pods);
	metric_one(out, "leafpeer_pod_records_skipped", "gauge", "Files that are no good records.",
		   (double)st->pods_skipped);
	metric_one(out, "leafpeer_pod_records_collected_total", "counter",
		   "Records removed because their pods were gone.", (double)st->pods_collected);
	metric_one(out, "leafpeer_local_routes", "gauge", "Prefixes announced.",
		   (double)st->n_locals);
	metric_head(out, "leafpeer_aggregate_advertised", "gauge",
		    "1 if this prefix of the node is announced.");
	for (size_t i = 0; i < n; i++)
		metric_sample(out, "leafpeer_aggregate_advertised", rows[i].advertised, "prefix",
			      prefix_str(&rows[i].prefix, pfx));
	metric_head(out, "leafpeer_aggregate_addresses", "gauge",
		    "Addresses in use inside this prefix of the node.");
	for (size_t i = 0; i < n; i++)
		metric_sample(out, "leafpeer_aggregate_addresses", rows[i].addresses, "prefix",
			      prefix_str(&rows[i].prefix, pfx));
}

/* ---- BMP --------------------------------------------------------------------------------------
 */

static double station_up(const struct show_station *s)
{
	return s->up;
}

static double station_connects(const struct show_station *s)
{
	return (double)s->connects;
}

static double station_octets(const struct show_station *s)
{
	return (double)s->octets;
}

static double station_restarts(const struct show_station *s)
{
	return (double)s->restarts;
}

static double station_changes(const struct show_station *s)
{
	return (double)s->changes;
}

static const struct {
	const char *name, *kind, *help;
	double (*value)(const struct show_station *s);
} per_station[] = {
	{"leafpeer_bmp_station_up", "gauge", "1 if the monitoring station is connected.",
	 station_up},
	{"leafpeer_bmp_connects_total", "counter", "Connections to the station.", station_connects},
	{"leafpeer_bmp_sent_bytes_total", "counter", "Sent to the station.", station_octets},
	{"leafpeer_bmp_restarts_total", "counter",
	 "Times the station was told everything anew, since it did not keep up.", station_restarts},
	{"leafpeer_bmp_changes_waiting", "gauge", "Prefixes that the station is to be told of.",
	 station_changes},
};

static void put_stations(const struct show_state *st, struct text *out)
{
	for (size_t m = 0; st->n_stations && m < sizeof(per_station) / sizeof(per_station[0]);
	     m++) {
		metric_head(out, per_station[m].name, per_station[m].kind, per_station[m].help);
		for (size_t i = 0; i < st->n_stations; i++)
			metric_sample(out, per_station[m].name,
				      per_station[m].value(&st->stations[i]), "station",
				      st->stations[i].name);
	}
}

static void put_watches(const struct show_kube *k, struct text *out)
{
	metric_head(out, "leafpeer_kube_watch_up", "gauge",
		    "1 if the resource is in step with the Kubernetes API.");
	for (size_t i = 0; i < k->n_watches; i++)
		metric_sample(out, "leafpeer_kube_watch_up", k->watches[i].up, "resource",
			      k->watches[i].resource);
	metric_head(out, "leafpeer_kube_requests_total", "counter",
		    "Requests to the Kubernetes API.");
	for (size_t i = 0; i < k->n_watches; i++) {
		metric_sample(out, "leafpeer_kube_requests_total", (double)k->watches[i].lists,
			      "resource", k->watches[i].resource, "verb", "list");
		metric_sample(out, "leafpeer_kube_requests_total", (double)k->watches[i].watches,
			      "resource", k->watches[i].resource, "verb", "watch");
	}
	metric_head(out, "leafpeer_kube_events_total", "counter",
		    "Changes told by the Kubernetes API.");
	for (size_t i = 0; i < k->n_watches; i++)
		metric_sample(out, "leafpeer_kube_events_total", (double)k->watches[i].events,
			      "resource", k->watches[i].resource);
	metric_head(out, "leafpeer_kube_errors_total", "counter",
		    "Requests to the Kubernetes API that failed.");
	for (size_t i = 0; i < k->n_watches; i++)
		metric_sample(out, "leafpeer_kube_errors_total", (double)k->watches[i].failures,
			      "resource", k->watches[i].resource);
	metric_one(out, "leafpeer_kube_writes_total", "counter",
		   "Events and changes of the Node written.", (double)k->writes);
	metric_one(out, "leafpeer_kube_write_errors_total", "counter",
		   "Those that were refused or lost.", (double)k->write_failures);
}

void show_metrics(const struct show_state *st, struct text *out)
{
	put_process(st, out);
	put_config(st, out);
	if (st->kube->on)
		put_watches(st->kube, out);
	metrics_peers(st, out);
	metrics_bfd(st, out);
	put_rib(st, out);
	put_fib(st, out);
	put_locals(st, out);
	put_stations(st, out);
}
