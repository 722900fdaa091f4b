/* kube: what show, metrics and doctor know of Kubernetes and of the configuration's source. */
#ifndef LEAFPEER_SHOW_KUBE_H
#define LEAFPEER_SHOW_KUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOW_KUBE_WATCHES 3

struct show_kube_watch {
	const char *resource; /* "nodes" */
	const char *state;    /* "watching", "listing", "waiting", "absent" */
	bool synced;          /* all was told once; up: nothing is wrong now */
	bool up;
	const char *error;   /* of the last failure, "" */
	unsigned int status; /* its HTTP status, 0 none */
	uint64_t lists, watches, events, bookmarks, failures, expired, throttled, silent, skipped;
};

struct show_kube {
	bool on;
	const char *api;  /* https://... */
	const char *node; /* name */
	bool node_found;
	struct show_kube_watch watches[SHOW_KUBE_WATCHES];
	size_t n_watches;
	const char *source; /* where the node's prefixes come from */
	size_t pods;        /* by the API */
	uint64_t events_sent, events_suppressed, writes, write_failures;
	const char *write_error; /* of the last failure, "" */
	/* the configuration, with or without Kubernetes */
	const char *config_origin;  /* "sources", "last good", "none" */
	const char *config_refusal; /* why the newest is not in force, "" */
	uint64_t config_refusals;
	int64_t config_at; /* when what is in force came to be so */
};

#endif
