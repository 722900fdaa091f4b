/* doctor_kube: the Kubernetes API, and what is left of the configuration without it. */
#include "agent/show/doctor_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ACCOUNT "system:serviceaccount:kube-system:leafpeer"

/* ---- what is read -----------------------------------------------------------------------------
 */

/* "ciliumnodes.cilium.io", as kubectl takes it. */
static const char *resource_name(const struct show_kube_watch *w, char buf[static 64])
{
	snprintf(buf, 64, "%.30s%s%.30s", w->resource, *w->group ? "." : "", w->group);
	return buf;
}

static const char *since(const struct show_state *st, const struct show_kube_watch *w,
			 char buf[static 64])
{
	char ago[32];

	if (w->answered)
		snprintf(buf, 64, "the last answer is %s old",
			 show_duration(st->now - w->answered, ago));
	else
		snprintf(buf, 64, "it has never worked since leafpeerd was started");
	return buf;
}

/* Without a first list nothing of it is known; later what was told stays in force. */
static void judge_failure(struct doctor *d, const struct show_state *st,
			  const struct show_kube_watch *w, const char *check)
{
	char ago[64], name[64];
	struct doctor_row *row = doctor_add(d, w->synced ? DOCTOR_WARNING : DOCTOR_FAILED, check,
					    "%s: %s; %s", w->verb, w->error, since(st, w, ago));

	switch (w->status) {
	case 401:
		doctor_cure(row,
			    "The API server does not take the token: is it of this cluster, and "
			    "does the ServiceAccount still exist? The file is read again for each "
			    "request; a pod's token is renewed by the kubelet.");
		return;
	case 403:
		doctor_cure(
			row,
			"ClusterRole leafpeer is missing verb %s for %s, or is not bound: apply "
			"manifests/base/rbac.yaml. kubectl auth can-i %s %s --as=" ACCOUNT,
			w->verb, resource_name(w, name), w->verb, resource_name(w, name));
		return;
	case 429:
		doctor_cure(row, "The API server is overloaded, or its priority and fairness gives "
				 "leafpeer too little; it is asked again when it said.");
		return;
	case 0:
		doctor_cure(row,
			    "Can this node reach %s? Without kube-proxy or Cilium's replacement "
			    "set KUBERNETES_SERVICE_HOST and _PORT, or LEAFPEER_KUBE_API. What was "
			    "told last stays in force.",
			    st->kube->api);
		return;
	default:
		doctor_cure(row, "It is tried again; what was told last stays in force. The API "
				 "server's own log says why.");
	}
}

/* Whether it is the server, or the way to it, and not one resource. */
static bool all_fail_alike(const struct show_kube *k)
{
	const struct show_kube_watch *first = &k->watches[0];

	for (size_t i = 0; i < k->n_watches; i++) {
		const struct show_kube_watch *w = &k->watches[i];

		if (!*w->error || w->status == 403 || w->synced != first->synced ||
		    strcmp(w->error, first->error) != 0)
			return false;
	}
	return k->n_watches > 1;
}

static void judge_watch(struct doctor *d, const struct show_state *st,
			const struct show_kube_watch *w)
{
	char check[80], ago[32];

	snprintf(check, sizeof(check), "Kubernetes %.40s", w->resource);
	if (*w->error)
		judge_failure(d, st, w, check);
	else if (!w->answered)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check, "not answered yet"),
			    "Ask again in a few seconds. Can this node reach %s?", st->kube->api);
	else if (strcmp(w->state, "absent") == 0)
		doctor_add(d, DOCTOR_OK, check, "this cluster has no such resource");
	else
		doctor_add(d, DOCTOR_OK, check, "list and watch work, the last answer is %s old",
			   show_duration(st->now - w->answered, ago));
}

static void judge_node(struct doctor *d, const struct show_kube *k)
{
	for (size_t i = 0; i < k->n_watches; i++) {
		if (strcmp(k->watches[i].resource, "nodes") != 0 || !k->watches[i].synced)
			continue;
		if (!k->node_found)
			doctor_cure(doctor_add(d, DOCTOR_FAILED, "Kubernetes Node",
					       "there is no Node %s, so no annotation of it counts",
					       k->node),
				    "NODE_NAME must be the Node's name (kubectl get nodes): in the "
				    "DaemonSet a fieldRef to spec.nodeName.");
	}
}

/* ---- what is written --------------------------------------------------------------------------
 */

static void judge_writes(struct doctor *d, const struct show_kube *k)
{
	for (size_t i = 0; i < k->n_cannot; i++) {
		const struct show_kube_write *w = &k->cannot[i];
		struct doctor_row *row;
		char check[80];

		/* the base's RBAC only reads, which is how most want it */
		if (w->status == 403 && strcmp(w->resource, "events") == 0) {
			doctor_add(d, DOCTOR_OK, "Kubernetes events",
				   "not written: RBAC does not permit it "
				   "(manifests/components/write-back would)");
			continue;
		}
		snprintf(check, sizeof(check), "Kubernetes %s %.40s", w->verb, w->resource);
		if (w->status)
			row = doctor_add(d, DOCTOR_WARNING, check, "%s: HTTP %u", w->what,
					 w->status);
		else
			row = doctor_add(d, DOCTOR_WARNING, check, "%s: %s", w->what,
					 k->write_error);
		if (w->status == 401 || w->status == 403)
			doctor_cure(
				row,
				"ClusterRole leafpeer is missing verb %s for %s, or an admission "
				"policy refuses it: apply manifests/components/write-back, or "
				"leave write-back out of the configuration.",
				w->verb, w->resource);
		else
			doctor_cure(row, "Routing does not need it; it is tried again.");
	}
}

/* ---- the cache --------------------------------------------------------------------------------
 */

static bool annotations_are_cached(const struct show_kube *k)
{
	for (size_t i = 0; i < k->n_watches; i++) {
		if (strcmp(k->watches[i].resource, "nodes") == 0)
			return k->on && !k->watches[i].synced;
	}
	return false;
}

static void judge_cache(struct doctor *d, const struct show_state *st, const struct doctor_agent *a)
{
	static const char check[] = "configuration cache";
	bool cached = strcmp(st->kube->config_origin, "last good") == 0;
	int64_t age = st->wall / 1000000 - a->cache_written;
	char old[32];

	show_duration(age * 1000000, old);
	if (cached && a->cache_error)
		doctor_cure(
			doctor_add(d, DOCTOR_WARNING, check,
				   "what is in force came from it, and it is gone: %s",
				   strerror(a->cache_error)),
			"The next start would find no configuration: mend the newest one first.");
	else if (cached)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "in force is the last good configuration, %s old", old),
			    "It stays until the sources are good again: see configuration%s.",
			    st->kube->on ? " and the rows of Kubernetes" : "");
	else if (a->cache_error && st->kube->on)
		doctor_cure(
			doctor_add(d, DOCTOR_WARNING, check, "%s: %s", a->cache_dir,
				   strerror(a->cache_error)),
			"Without it a restart while the API is away has no configuration: mount "
			"a directory of the host there that leafpeerd may write "
			"(LEAFPEER_CACHE_DIR).");
	else if (!a->cache_error && annotations_are_cached(st->kube))
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "the Node's annotations are those of the cache, %s old",
				       old),
			    "They stay until the API answers: see the rows of Kubernetes.");
	else if (!a->cache_error)
		doctor_add(d, DOCTOR_OK, check, "last changed %s ago, in %s", old, a->cache_dir);
}

void doctor_judge_kube(struct doctor *d, const struct show_state *st, const struct doctor_agent *a)
{
	const struct show_kube *k = st->kube;

	if (!k)
		return;
	if (k->on) {
		bool alike = all_fail_alike(k);

		if (alike)
			judge_failure(d, st, &k->watches[0], "Kubernetes API");
		for (size_t i = 0; i < k->n_watches && !alike; i++)
			judge_watch(d, st, &k->watches[i]);
		judge_node(d, k);
		judge_writes(d, k);
	}
	if (a->cache_dir)
		judge_cache(d, st, a);
}
