/* kubernetes_impl: what kubernetes.c and writeback.c share. */
#ifndef LEAFPEER_KUBERNETES_IMPL_H
#define LEAFPEER_KUBERNETES_IMPL_H

#include "agent/agent.h"
#include "agent/io/kubeapi.h"
#include "agent/kube/events.h"
#include "agent/kube/objects.h"
#include "agent/kube/podset.h"
#include "agent/kube/reflector.h"
#include "agent/show/kube.h"

#define KUBE_SELECTOR_MAX (KUBE_NAME_MAX + 32)

enum kube_watch_id {
	WATCH_NODE,
	WATCH_CILIUM,
	WATCH_PODS,
	WATCHES,
};

struct kube_watch {
	struct kubernetes *k;
	const char *resource; /* for people */
	struct reflector r;
	struct kubeapi_request *request; /* NULL: none under way */
	bool on;
	bool complained; /* the log has it that something is wrong */
	int64_t complained_at;
};

enum write_kind {
	WRITE_EVENT,
	WRITE_CONDITION,
	WRITE_ANNOTATION,
	WRITE_TAINT,
	WRITE_KINDS,
};

_Static_assert(WRITE_KINDS == SHOW_KUBE_WRITES, "show has room for them");

struct writeback {
	struct kube_events events;
	struct write {
		struct kubernetes *k;
		struct kubeapi_request *request;
		int64_t not_before; /* back-off, and coalescing */
		unsigned int streak;
		unsigned int status, failed_status; /* of the answer; of the last failure */
		uint32_t retry_after_s;
		bool complained;
		char *wanted;  /* body to be sent; NULL: as it should be */
		char *written; /* what the server has, as far as we know */
	} writes[WRITE_KINDS];
	/* who was up when we last looked */
	struct known {
		char name[SESSION_NAME_MAX];
		bool up;
		struct kube_said said;
	} known[CONF_NEIGHBORS_MAX];
	size_t n_known;
	int64_t conflicts_at;     /* the next look for somebody who announces our prefix */
	char condition_since[32]; /* RFC 3339 */
	bool condition_up;
	uint64_t events_sent, sent, failed;
	char error[256];
};

struct kubernetes {
	struct agent *agent;
	struct kubeapi *api;
	struct loop_timer *timer;
	char base[KUBEAPI_URL_MAX / 2];
	char node_name[KUBE_NAME_MAX + 1];
	char by_name[KUBE_SELECTOR_MAX], by_node[KUBE_SELECTOR_MAX];
	struct kube_watch watches[WATCHES];
	struct kube_node node;
	struct kube_cilium_node cilium;
	struct podset *pods;
	bool has_node, node_seen, has_cilium, cilium_seen;
	bool missing;       /* the log has it that there is no such Node */
	bool dirty;         /* something came since everything was looked at */
	bool inside;        /* looking */
	struct text inputs; /* the annotations that the configuration was last given */
	bool given;
	enum kube_source source;
	bool holding; /* see kubernetes_holds() */
	int64_t hold_until;
	bool awaiting; /* see kubernetes_await() */
	struct writeback writeback;
};

void writeback_init(struct kubernetes *k);
void writeback_fini(struct kubernetes *k);
/* Sessions, configuration or the Node changed: what should be on the server is computed anew. */
void writeback_look(struct kubernetes *k);
/* Sends what is due. */
void writeback_pump(struct kubernetes *k);
int64_t writeback_deadline(const struct kubernetes *k);
/* What failed when it was last tried: how many. */
size_t writeback_cannot(const struct kubernetes *k, struct show_kube_write *out);

#endif
