/*
 * kubernetes: the node's own objects of the Kubernetes API, watched, and what follows from them.
 *
 * Three watches of few objects: the Node (annotations, prefixes, taints), its CiliumNode (prefixes)
 * where Cilium is the CNI, and the pods of this node where a prefix is announced from the first
 * allocation on. Level-triggered: whatever came, what they all say now is compared with what is in
 * force, and only a difference is applied. Without the API everything runs on as it is.
 */
#ifndef LEAFPEER_KUBERNETES_H
#define LEAFPEER_KUBERNETES_H

#include "agent/settings.h"
#include "agent/show/kube.h"

struct agent;
struct kubernetes;

/* There is an API to ask: this is a pod with a service account, or LEAFPEER_KUBE_API says where. */
bool kubernetes_possible(const struct settings *s);
/* After a configuration was loaded: begins to watch, or stops, as it says; and what depends on the
 * configuration is looked at anew. */
void kubernetes_update(struct agent *a);
/* At start: the annotations are not known yet, and will be in a moment; nothing should be put in
 * force before, since sessions would come up only to be reset. */
bool kubernetes_holds(const struct agent *a);
/* Before a take-over, where the annotations are not known from an earlier run: watches until they
 * are, or a minute is over; runs the loop meanwhile, and puts nothing in force. */
void kubernetes_await(struct agent *a);
void kubernetes_free(struct kubernetes *k); /* NULL is fine */
/* The node's own word is in what is in force. */
bool kubernetes_known(const struct agent *a);
/* A session came up, went down, came or went. */
void kubernetes_sessions_changed(struct agent *a);
/* A configuration was refused. */
void kubernetes_refused(struct agent *a);
/* Lends until the next call of anything here. */
void kubernetes_show(const struct agent *a, struct show_kube *out);

#endif
