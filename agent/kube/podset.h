/*
 * podset: the pods of this node by the API, and which of their addresses count as allocated.
 *
 * For those that ran before the plugin came, which have no record. Level-triggered: pods and
 * prefixes come as they are, and only what is different is told.
 */
#ifndef LEAFPEER_KUBE_PODSET_H
#define LEAFPEER_KUBE_PODSET_H

#include "agent/kube/objects.h"

#define PODSET_MAX 4096 /* pods; kubelet's own limit is 110 unless it is raised */

struct podset;

typedef void podset_fn(void *ctx, const struct addr *a);

struct podset *podset_new(void);
void podset_free(struct podset *s); /* tells nothing; NULL is fine */
/* A list of all begins, and ends: pods that were not taken between are gone. */
void podset_begin(struct podset *s);
void podset_end(struct podset *s);
void podset_take(struct podset *s, const struct kube_pod *pod, bool deleted);
/* Tells of the addresses inside one of the prefixes that came, then of those that went, since it
 * was last called. Pods on the host's network and pods that are over have none that count. */
void podset_refresh(struct podset *s, const struct prefix *owned, size_t n, podset_fn *add,
		    podset_fn *del, void *ctx);
size_t podset_count(const struct podset *s); /* pods */

#endif
