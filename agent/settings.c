/* settings: see settings.h. One table row a setting: its flag, its variable, its default, its kind.
 */
#include "agent/settings.h"

#include "agent/lib/version.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_TEXT,
	KIND_TABLE, /* a number, or main */
	KIND_U8,
	KIND_U16,
	KIND_U32,
};

#define RT_TABLE_MAIN_ID 254

static const struct setting {
	const char *flag, *variable, *value, *what;
	enum kind kind;
	size_t offset;
	uint32_t min, max;
} rows[] = {
	{"state-dir", "LEAFPEER_STATE_DIR", SETTINGS_STATE_DIR, "pod records, control socket",
	 KIND_TEXT, offsetof(struct settings, state_dir), 0, 0},
	{"config", "LEAFPEER_CONFIG", "/etc/leafpeer/startup-config", "startup-config", KIND_TEXT,
	 offsetof(struct settings, config), 0, 0},
	{"cache-dir", "LEAFPEER_CACHE_DIR", "/var/lib/leafpeer", "last good configuration",
	 KIND_TEXT, offsetof(struct settings, cache_dir), 0, 0},
	{"http", "LEAFPEER_HTTP", "127.0.0.1:9179", "metrics and health, or off", KIND_TEXT,
	 offsetof(struct settings, http), 0, 0},
	{"kube-api", "LEAFPEER_KUBE_API", "auto", "https://HOST:PORT of the API, or auto",
	 KIND_TEXT, offsetof(struct settings, kube_api), 0, 0},
	{"kube-token-file", "LEAFPEER_KUBE_TOKEN_FILE", "auto", "bearer token, or auto", KIND_TEXT,
	 offsetof(struct settings, kube_token_file), 0, 0},
	{"kube-ca-file", "LEAFPEER_KUBE_CA_FILE", "auto", "CA of the API's certificate, or auto",
	 KIND_TEXT, offsetof(struct settings, kube_ca_file), 0, 0},
	{"bgp-port", "LEAFPEER_BGP_PORT", "179", "TCP port of BGP", KIND_U16,
	 offsetof(struct settings, bgp_port), 1, 65535},
	{"route-table", "LEAFPEER_ROUTE_TABLE", "main", "kernel table", KIND_TABLE,
	 offsetof(struct settings, route_table), 1, UINT32_MAX},
	{"route-protocol", "LEAFPEER_ROUTE_PROTOCOL", "186", "protocol of our routes", KIND_U8,
	 offsetof(struct settings, route_protocol), 5, 255},
	{"route-metric", "LEAFPEER_ROUTE_METRIC", "20", "metric of our routes", KIND_U32,
	 offsetof(struct settings, route_metric), 1, UINT32_MAX},
	{"nexthop-objects", "LEAFPEER_NEXTHOP_OBJECTS", "auto", "auto, or off: inline next hops",
	 KIND_TEXT, offsetof(struct settings, nexthop_objects), 0, 0},
	{"log-level", "LEAFPEER_LOG_LEVEL", "info", "error, warning, info or debug", KIND_TEXT,
	 offsetof(struct settings, log_level), 0, 0},
	{"log-format", "LEAFPEER_LOG_FORMAT", "text", "text or json", KIND_TEXT,
	 offsetof(struct settings, log_format), 0, 0},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void usage(FILE *f)
{
	fputs("usage: leafpeerd [--FLAG VALUE] ...\n"
	      "The node agent: announces this node's pod prefix over BGP, learns the others'.\n\n",
	      f);
	for (size_t i = 0; i < N_ROWS; i++)
		fprintf(f, "  --%-15s %-24s %s (%s)\n", rows[i].flag, rows[i].variable,
			rows[i].what, rows[i].value);
	fputs("  --check-config                           read the configuration, say what is "
	      "wrong, "
	      "end\n"
	      "  --take-over                              go on where the agent that runs "
	      "stops; "
	      "no session ends\n"
	      "  --version, --help\n\n"
	      "BGP comes from BGP_AS, BGP_PEER, BGP_REMOTE_AS, POD_CIDR and the startup-config:\n"
	      "leafpeerd(8), leafpeer.conf(5).\n",
	      f);
}

static bool parse_number(const char *s, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || end == s || *end || s[0] < '0' || s[0] > '9' || v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool store(const struct setting *row, const char *value, const char *source,
		  struct settings *out)
{
	char *field = (char *)out + row->offset;
	uint32_t number = 0;

	if (row->kind == KIND_TEXT) {
		if (!*value) {
			fprintf(stderr, "leafpeerd: %s is empty: leave it out, or give a value\n",
				source);
			return false;
		}
		memcpy(field, &value, sizeof(value));
		return true;
	}
	if (row->kind == KIND_TABLE && strcmp(value, "main") == 0) {
		number = RT_TABLE_MAIN_ID;
	} else if (!parse_number(value, row->min, row->max, &number)) {
		fprintf(stderr, "leafpeerd: %s=%s: expected a number from %u to %u%s\n", source,
			value, row->min, row->max, row->kind == KIND_TABLE ? ", or main" : "");
		return false;
	}
	switch (row->kind) {
	case KIND_U8:
		*(uint8_t *)field = (uint8_t)number;
		break;
	case KIND_U16: {
		uint16_t v = (uint16_t)number;

		memcpy(field, &v, sizeof(v));
		break;
	}
	default:
		memcpy(field, &number, sizeof(number));
		break;
	}
	return true;
}

static bool check(const struct settings *s)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	bool known = false;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		known |= strcmp(s->log_level, levels[i]) == 0;
	if (!known) {
		fprintf(stderr,
			"leafpeerd: LEAFPEER_LOG_LEVEL=%s: expected error, warning, info or "
			"debug\n",
			s->log_level);
		return false;
	}
	if (strcmp(s->nexthop_objects, "auto") != 0 && strcmp(s->nexthop_objects, "off") != 0) {
		fprintf(stderr, "leafpeerd: LEAFPEER_NEXTHOP_OBJECTS=%s: expected auto or off\n",
			s->nexthop_objects);
		return false;
	}
	if (strcmp(s->log_format, "text") != 0 && strcmp(s->log_format, "json") != 0) {
		fprintf(stderr, "leafpeerd: LEAFPEER_LOG_FORMAT=%s: expected text or json\n",
			s->log_format);
		return false;
	}
	return true;
}

enum settings_result settings_read(int argc, char **argv, struct settings *out)
{
	struct option options[N_ROWS + 5] = {0};
	const char *flags[N_ROWS] = {0};
	int opt, index;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < N_ROWS; i++)
		options[i] = (struct option){rows[i].flag, required_argument, NULL, 'r'};
	options[N_ROWS] = (struct option){"check-config", no_argument, NULL, 'c'};
	options[N_ROWS + 1] = (struct option){"help", no_argument, NULL, 'h'};
	options[N_ROWS + 2] = (struct option){"version", no_argument, NULL, 'v'};
	options[N_ROWS + 3] = (struct option){"take-over", no_argument, NULL, 't'};
	while ((opt = getopt_long(argc, argv, "hv", options, &index)) != -1) {
		switch (opt) {
		case 'r':
			flags[index] = optarg;
			break;
		case 'c':
			out->check_config = true;
			break;
		case 't':
			out->take_over = true;
			break;
		case 'h':
			usage(stdout);
			return SETTINGS_DONE;
		case 'v':
			printf("leafpeerd %s\n", leafpeer_version());
			return SETTINGS_DONE;
		default:
			fputs("leafpeerd: --help lists the flags\n", stderr);
			return SETTINGS_BAD;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "leafpeerd: %s: not a flag; --help lists them\n", argv[optind]);
		return SETTINGS_BAD;
	}
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *env = getenv(rows[i].variable);
		char source[64];

		if (flags[i])
			snprintf(source, sizeof(source), "--%s", rows[i].flag);
		else
			snprintf(source, sizeof(source), "%s", rows[i].variable);
		if (!store(&rows[i], flags[i] ? flags[i] : env ? env : rows[i].value, source, out))
			return SETTINGS_BAD;
	}
	return check(out) ? SETTINGS_OK : SETTINGS_BAD;
}
