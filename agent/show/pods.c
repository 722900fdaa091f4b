/* pods: show pods, show aggregates, show running-config [diffs], show version. */
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
	const struct pod_record *r;

	json_write_object(a->js, NULL);
	json_write_array(a->js, "pods");
	for (size_t i = 0; (r = a->st->pod_at(a->st->ctx, i)); i++) {
		char addr[ADDR_STRLEN];

		json_write_object(a->js, NULL);
		json_write_string(a->js, "namespace", r->pod_namespace);
		json_write_string(a->js, "name", r->pod_name);
		json_write_string(a->js, "network", r->network);
		json_write_string(a->js, "containerId", r->container_id);
		json_write_string(a->js, "interface", r->ifname);
		json_write_array(a->js, "addresses");
		for (size_t k = 0; k < r->n_addresses; k++)
			json_write_string(a->js, NULL, addr_str(&r->addresses[k], addr));
		json_write_end(a->js);
		json_write_uint(a->js, "created", (uint64_t)r->created);
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_uint(a->js, "recordsSkipped", a->st->pods_skipped);
	json_write_end(a->js);
}

bool show_pods(const struct show_args *a)
{
	if (a->json)
		pods_json(a);
	else
		pods_text(a);
	return true;
}

static const char *aggregate_state(const struct aggregate_row *r)
{
	return r->withdraw_at ? "held down" : r->advertised ? "announced" : "not announced";
}

static const char *address_state(const struct aggregate_address_row *r)
{
	return !r->owned       ? "not announced, not all of it is this node's"
	       : r->advertised ? "announced"
			       : "not announced, nothing inside it is";
}

static void aggregates_json(const struct show_args *a, const struct aggregate_row *rows, size_t n,
			    const struct aggregate_address_row *addresses, size_t n_addresses)
{
	char pfx[PREFIX_STRLEN];

	json_write_object(a->js, NULL);
	json_write_array(a->js, "aggregates");
	for (size_t i = 0; i < n; i++) {
		json_write_object(a->js, NULL);
		json_write_string(a->js, "prefix", prefix_str(&rows[i].prefix, pfx));
		json_write_uint(a->js, "addresses", rows[i].addresses);
		json_write_bool(a->js, "advertised", rows[i].advertised);
		json_write_bool(a->js, "heldDown", rows[i].withdraw_at != 0);
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_array(a->js, "aggregateAddresses");
	for (size_t i = 0; i < n_addresses; i++) {
		json_write_object(a->js, NULL);
		json_write_string(a->js, "prefix", prefix_str(&addresses[i].prefix, pfx));
		json_write_bool(a->js, "summaryOnly", addresses[i].summary_only);
		json_write_bool(a->js, "owned", addresses[i].owned);
		json_write_bool(a->js, "advertised", addresses[i].advertised);
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_array(a->js, "others");
	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct local_route *l = &a->st->locals[i];

		if (l->kind == LOCAL_AGGREGATE)
			continue;
		json_write_object(a->js, NULL);
		json_write_string(a->js, "prefix", prefix_str(&l->prefix, pfx));
		json_write_string(a->js, "kind", l->kind == LOCAL_HOST ? "pod" : "network");
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_end(a->js);
}

static void aggregates_text(const struct show_args *a, const struct aggregate_row *rows, size_t n,
			    const struct aggregate_address_row *addresses, size_t n_addresses)
{
	char pfx[PREFIX_STRLEN], left[32];

	text_printf(a->out, "%-20s %9s  %s\n", "Prefix", "Addresses", "State");
	for (size_t i = 0; i < n; i++) {
		text_printf(a->out, "%-20s %9u  %s", prefix_str(&rows[i].prefix, pfx),
			    rows[i].addresses, aggregate_state(&rows[i]));
		if (rows[i].withdraw_at)
			text_printf(a->out, ", withdrawn in %s",
				    show_duration(rows[i].withdraw_at - a->st->now, left));
		text_puts(a->out, "\n");
	}
	for (size_t i = 0; i < n_addresses; i++)
		text_printf(a->out, "%-20s %9s  %s (aggregate-address%s)\n",
			    prefix_str(&addresses[i].prefix, pfx), "-",
			    address_state(&addresses[i]),
			    addresses[i].summary_only ? " summary-only" : "");
	for (size_t i = 0; i < a->st->n_locals; i++) {
		const struct local_route *l = &a->st->locals[i];

		if (l->kind != LOCAL_AGGREGATE)
			text_printf(a->out, "%-20s %9s  announced (%s)\n",
				    prefix_str(&l->prefix, pfx), "-",
				    l->kind == LOCAL_HOST ? "pod outside" : "network");
	}
}

bool show_aggregates(const struct show_args *a)
{
	struct aggregate_address_row addresses[AGGREGATES_MAX];
	struct aggregate_row rows[AGGREGATES_MAX];
	size_t n = aggregate_rows(a->st->aggregate, rows, AGGREGATES_MAX), n_addresses;

	n_addresses = aggregate_address_rows(a->st->aggregate, addresses, AGGREGATES_MAX);
	if (a->json)
		aggregates_json(a, rows, n, addresses, n_addresses);
	else
		aggregates_text(a, rows, n, addresses, n_addresses);
	return true;
}

static bool show_lines(const struct show_args *a, void (*lines)(void *ctx, struct text *out))
{
	struct text t = {0};

	if (!a->json) {
		lines(a->st->ctx, a->out);
		return true;
	}
	lines(a->st->ctx, &t);
	json_write_object(a->js, NULL);
	json_write_string(a->js, "text", t.s ? t.s : "");
	json_write_end(a->js);
	text_free(&t);
	return true;
}

bool show_running_config(const struct show_args *a)
{
	return show_lines(a, a->st->running_config);
}

bool show_running_config_diffs(const struct show_args *a)
{
	return show_lines(a, a->st->running_config_diffs);
}

bool show_version(const struct show_args *a)
{
	char up[32];

	show_duration(a->st->now - a->st->started, up);
	if (a->json) {
		json_write_object(a->js, NULL);
		json_write_string(a->js, "modelName", "leafpeer");
		json_write_string(a->js, "version", a->st->version);
		json_write_real(a->js, "uptime", (double)(a->st->now - a->st->started) / 1e6);
		json_write_real(a->js, "bootupTimestamp", show_wall(a->st, a->st->started));
		json_write_end(a->js);
		return true;
	}
	text_printf(a->out, "leafpeer %s\nHost name: %s\nUptime: %s\n", a->st->version,
		    a->st->hostname, up);
	return true;
}

struct date {
	uint64_t year, month, day, weekday, yearday; /* weekday: 0 is Monday */
};

/* Of days since 1970 in the Gregorian calendar; years begin in March here, so that a leap day is
 * the last of one. */
static struct date date_of(uint64_t days)
{
	uint64_t d = days + 719468 /* from 1 March of the year 0 */, era = d / 146097;
	uint64_t in_era = d % 146097;
	uint64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	uint64_t m = (5 * in_year + 2) / 153;
	struct date out = {.year = era * 400 + y + (m >= 10),
			   .month = m < 10 ? m + 3 : m - 9,
			   .day = in_year - (153 * m + 2) / 5 + 1,
			   .weekday = (days + 3) % 7};
	bool leap = (out.year % 4 == 0 && out.year % 100 != 0) || out.year % 400 == 0;

	out.yearday = m >= 10 ? in_year - 305 : in_year + 60 + leap;
	return out;
}

/* UTC, as the log has it: nodes of one cluster are compared. */
bool show_clock(const struct show_args *a)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	uint64_t seconds = a->st->wall > 0 ? (uint64_t)a->st->wall / 1000000 : 0;
	uint64_t hour = seconds / 3600 % 24, min = seconds / 60 % 60, sec = seconds % 60;
	struct date d = date_of(seconds / 86400);

	if (!a->json) {
		text_printf(a->out,
			    "%s %s %2u %02u:%02u:%02u %u\nTimezone: UTC\nClock source: local\n",
			    days[d.weekday], months[d.month - 1], (unsigned int)d.day,
			    (unsigned int)hour, (unsigned int)min, (unsigned int)sec,
			    (unsigned int)d.year);
		return true;
	}
	json_write_object(a->js, NULL);
	json_write_object(a->js, "clockSource");
	json_write_bool(a->js, "local", true);
	json_write_end(a->js);
	json_write_object(a->js, "localTime");
	json_write_uint(a->js, "dayOfMonth", d.day);
	json_write_uint(a->js, "dayOfWeek", d.weekday);
	json_write_uint(a->js, "dayOfYear", d.yearday);
	json_write_uint(a->js, "daylightSavingsAdjust", 0);
	json_write_uint(a->js, "hour", hour);
	json_write_uint(a->js, "min", min);
	json_write_uint(a->js, "month", d.month);
	json_write_uint(a->js, "sec", sec);
	json_write_uint(a->js, "year", d.year);
	json_write_end(a->js);
	json_write_string(a->js, "timezone", "UTC");
	json_write_real(a->js, "utcTime", (double)a->st->wall / 1e6);
	json_write_end(a->js);
	return true;
}

bool show_hostname(const struct show_args *a)
{
	if (a->json) {
		json_write_object(a->js, NULL);
		json_write_string(a->js, "hostname", a->st->hostname);
		json_write_string(a->js, "fqdn", a->st->hostname);
		json_write_end(a->js);
		return true;
	}
	text_printf(a->out, "Hostname: %s\nFQDN:     %s\n", a->st->hostname, a->st->hostname);
	return true;
}
