/*
 * settings: what belongs to the process and not to BGP: paths, ports, the kernel table, logging.
 * From flags, then environment, then defaults; fixed for the life of the process.
 */
#ifndef LEAFPEER_SETTINGS_H
#define LEAFPEER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_STATE_DIR "/run/leafpeer"
#define SETTINGS_SOCKET    "leafpeerd.sock" /* below the state directory */
#define SETTINGS_PODS_DIR  "pods"           /* likewise */

struct settings {
	const char *state_dir;
	const char *config;
	const char *cache_dir;
	const char *http; /* ADDRESS:PORT, or "off" */
	/* "auto": what a pod is given */
	const char *kube_api, *kube_token_file, *kube_ca_file;
	uint16_t bgp_port;
	uint32_t route_table;
	uint8_t route_protocol;
	uint32_t route_metric;
	const char
		*nexthop_objects; /* auto, or off: inline next hops even where there are objects */
	const char *log_level;
	const char *log_format;
	bool check_config;
	bool take_over; /* from the agent that runs with the same state directory */
};

enum settings_result {
	SETTINGS_OK,
	SETTINGS_DONE, /* --help or --version was answered */
	SETTINGS_BAD,  /* said on standard error */
};

/* Strings are borrowed from argv and the environment. */
enum settings_result settings_read(int argc, char **argv, struct settings *out);

#endif
