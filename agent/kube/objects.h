/*
 * objects: of Kubernetes' objects the few fields that a node agent needs, with limits.
 *
 * Read from trees that came from the API. What is missing is empty; what is malformed is left out
 * and counted, since a server that is newer than this program may say more than it knows.
 */
#ifndef LEAFPEER_KUBE_OBJECTS_H
#define LEAFPEER_KUBE_OBJECTS_H

#include "agent/lib/json.h"
#include "agent/lib/prefix.h"

#include <stdint.h>

#define KUBE_NAME_MAX          253
#define KUBE_UID_MAX           63
#define KUBE_ANNOTATIONS_MAX   192
#define KUBE_VALUE_MAX         4200 /* octets of a value that are kept; one more than good ones have */
#define KUBE_PREFIXES_MAX      256
#define KUBE_TAINTS_MAX        64
#define KUBE_TAINT_MAX         316 /* octets of a key: prefix, slash, name */
#define KUBE_ADDRESSES_MAX     8
#define KUBE_POD_ADDRESSES_MAX 8
#define KUBE_LABEL_ASN         "label/asn" /* the label asn stands among the annotations as this */

struct kube_meta {
	char name[KUBE_NAME_MAX + 1];
	char ns[KUBE_NAME_MAX + 1]; /* namespace, "" none */
	char uid[KUBE_UID_MAX + 1];
};

struct kube_prefixes {
	struct prefix *list; /* each once, sorted */
	size_t n;
	size_t refused; /* that are no prefixes which pods can have, or over the limit */
};

struct kube_annotation {
	char *key, *value;
};

struct kube_taint {
	char key[KUBE_TAINT_MAX + 1];
	size_t index; /* in spec.taints */
};

struct kube_node {
	struct kube_meta meta;
	struct kube_annotation *annotations; /* those of ours, the brief's and Cilium's */
	size_t n_annotations;
	struct kube_prefixes pod_cidrs;    /* spec.podCIDRs, or spec.podCIDR */
	struct kube_prefixes cilium_cidrs; /* network.cilium.io/ipv4-pod-cidr, ipv6-pod-cidr */
	struct addr addresses[KUBE_ADDRESSES_MAX]; /* InternalIP */
	size_t n_addresses;
	struct kube_taint *taints;
	size_t n_taints;
	bool unschedulable;
};

struct kube_cilium_node {
	struct kube_meta meta;
	struct kube_prefixes pod_cidrs; /* spec.ipam.podCIDRs */
	struct kube_prefixes pools;     /* spec.ipam.pools.allocated[].cidrs */
	bool has_pools;                 /* multi-pool IPAM, with or without anything allocated */
	bool has_addresses;             /* single addresses (spec.ipam.pool: ENI and the like) */
};

struct kube_pod {
	struct kube_meta meta;
	bool host_network;
	bool over; /* Succeeded or Failed: its addresses are free again */
	struct addr addresses[KUBE_POD_ADDRESSES_MAX];
	size_t n_addresses;
};

/* Each: false, and nothing to free, if it has no name. The caller frees with _fini. */
bool kube_node_read(const cJSON *object, struct kube_node *out);
void kube_node_fini(struct kube_node *n);
bool kube_cilium_node_read(const cJSON *object, struct kube_cilium_node *out);
void kube_cilium_node_fini(struct kube_cilium_node *n);
bool kube_pod_read(const cJSON *object, struct kube_pod *out);
/* NULL if there is none. */
const char *kube_node_annotation(const struct kube_node *n, const char *key);

/* ---- which prefixes are the node's --------------------------------------------------------------
 */

enum kube_provider {
	KUBE_CILIUM,
	KUBE_CALICO,
	KUBE_GENERIC,
};

enum kube_source {
	KUBE_SOURCE_UNKNOWN, /* not known yet: what is in force stays */
	KUBE_SOURCE_NONE,    /* known: the node has none */
	KUBE_SOURCE_POOLS,
	KUBE_SOURCE_CILIUM,
	KUBE_SOURCE_CILIUM_ANNOTATION,
	KUBE_SOURCE_NODE,
};

enum kube_known { /* about the CiliumNode */
		  KUBE_NOT_KNOWN,
		  KUBE_NO_CRD,
		  KUBE_NO_OBJECT, /* there is the CRD, but not this node's object */
		  KUBE_HERE,
};

/*
 * The prefixes that are this node's by what its CNI says; lent from node or cilium. node: NULL not
 * known. With Cilium its own word goes first, and where there is a CRD for it nobody else's is
 * taken: with cluster-pool and multi-pool IPAM spec.podCIDRs of the Node is another range, or
 * stale.
 */
enum kube_source kube_prefixes_of(enum kube_provider provider, const struct kube_node *node,
				  enum kube_known known, const struct kube_cilium_node *cilium,
				  const struct kube_prefixes **out);
const char *kube_source_name(enum kube_source source);

#endif
