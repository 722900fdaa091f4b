/* kube: what show, metrics and doctor know of Kubernetes and of the configuration's source. */
#ifndef LEAFPEER_SHOW_KUBE_H
#define LEAFPEER_SHOW_KUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOW_KUBE_WATCHES 3
#define SHOW_KUBE_WRITES  4

struct show_kube_watch {
	const char *resource; /* "nodes" */
	const char *group;    /* its API group, "" the first one */
	const char *state;    /* "watching", "listing", "waiting", "absent" */
	bool synced;          /* all was told once; up: nothing is wrong now */
	bool up;
	const char *error;   /* of the last failure, "" */
	unsigned int status; /* its HTTP status, 0 none */
	const char *verb;    /* and what failed: "list", "watch" */
	int64_t answered;    /* when all was well last; 0: never */
	uint64_t lists, watches, events, bookmarks, failures, expired, throttled, silent, skipped;
};

struct show_kube_write {      /* something that cannot be written */
	const char *what;     /* "the condition LeafpeerBGPReady" */
	const char *verb;     /* "patch" */
	const char *resource; /* "nodes/status" */
	unsigned int status;  /* HTTP, 0 none */
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
	struct show_kube_write cannot[SHOW_KUBE_WRITES];
	size_t n_cannot;
	/* the configuration, with or without Kubernetes */
	const char *config_origin;      /* "sources", "last good", "none" */
	const char *config_refusal;     /* why the newest is not in force, "" */
	const char *config_refused_key; /* the annotation that is to blame, "" another source */
	uint64_t config_refusals;
	int64_t config_at; /* when what is in force came to be so */
};

#endif
