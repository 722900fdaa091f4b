/* objects: see objects.h. */
#include "agent/kube/objects.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(member(object, name));
}

static bool read_meta(const cJSON *object, struct kube_meta *out)
{
	const cJSON *meta = member(object, "metadata");

	json_text(meta, "namespace", out->ns, sizeof(out->ns));
	json_text(meta, "uid", out->uid, sizeof(out->uid));
	return json_text(meta, "name", out->name, sizeof(out->name)) && *out->name;
}

/* ---- prefixes ---------------------------------------------------------------------------------
 */

static void prefixes_add(struct kube_prefixes *p, const char *s)
{
	bool host_bits = false;
	struct prefix prefix;
	size_t i = 0;

	/* the Node's are canonical by validation; a CRD's are what its controller wrote */
	if (!strchr(s, '/') || !prefix_parse(s, &prefix, &host_bits) || !prefix.len ||
	    prefix_is_martian(&prefix) || p->n == KUBE_PREFIXES_MAX) {
		p->refused++;
		return;
	}
	while (i < p->n && prefix_cmp(&p->list[i], &prefix) < 0)
		i++;
	if (i < p->n && prefix_eq(&p->list[i], &prefix))
		return;
	p->list = mem_grow(p->list, p->n + 1, sizeof(*p->list));
	memmove(p->list + i + 1, p->list + i, (p->n - i) * sizeof(*p->list));
	p->list[i] = prefix;
	p->n++;
}

static void prefixes_read(struct kube_prefixes *p, const cJSON *array)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, array) {
		if (cJSON_IsString(item))
			prefixes_add(p, item->valuestring);
		else
			p->refused++;
	}
}

/* ---- Node -------------------------------------------------------------------------------------
 */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Whether the configuration may be in it. */
static bool of_interest(const char *key)
{
	static const char *const bare[] = {
		"NODE_NAME",   "BGP_PEER",           "BGP_ASN",
		"LOOPBACK_IP", "LOOPBACK_INTERFACE", "LOOPBACK_DESCRIPTION"};

	if (begins(key, "arista/") || begins(key, "leafpeer/"))
		return true;
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
		if (strcmp(key, bare[i]) == 0)
			return true;
	}
	return false;
}

static void add_annotation(struct kube_node *n, const char *key, const char *value)
{
	size_t len = strnlen(value, KUBE_VALUE_MAX);
	struct kube_annotation *a;

	if (n->n_annotations == KUBE_ANNOTATIONS_MAX)
		return;
	n->annotations = mem_grow(n->annotations, n->n_annotations + 1, sizeof(*n->annotations));
	a = &n->annotations[n->n_annotations++];
	a->key = mem_strdup(key);
	a->value = mem_zalloc(len + 1);
	memcpy(a->value, value, len);
}

static void read_annotations(const cJSON *meta, struct kube_node *n)
{
	static const char *const cilium[] = {
		"network.cilium.io/ipv4-pod-cidr", "network.cilium.io/ipv6-pod-cidr",
		"io.cilium.network.ipv4-pod-cidr", "io.cilium.network.ipv6-pod-cidr"};
	const cJSON *annotations = member(meta, "annotations"), *item;

	cJSON_ArrayForEach (item, annotations) {
		if (!cJSON_IsString(item) || !item->string)
			continue;
		if (of_interest(item->string))
			add_annotation(n, item->string, item->valuestring);
		for (size_t i = 0; i < sizeof(cilium) / sizeof(cilium[0]); i++) {
			if (strcmp(item->string, cilium[i]) == 0)
				prefixes_add(&n->cilium_cidrs, item->valuestring);
		}
	}
	item = member(member(meta, "labels"), "asn");
	if (cJSON_IsString(item))
		add_annotation(n, KUBE_LABEL_ASN, item->valuestring);
}

static void read_taints(const cJSON *spec, struct kube_node *n)
{
	const cJSON *item;
	size_t index = 0;

	cJSON_ArrayForEach (item, member(spec, "taints")) {
		struct kube_taint *t;

		if (n->n_taints == KUBE_TAINTS_MAX)
			break;
		n->taints = mem_grow(n->taints, n->n_taints + 1, sizeof(*n->taints));
		t = &n->taints[n->n_taints];
		t->index = index++;
		if (json_text(item, "key", t->key, sizeof(t->key)) && *t->key)
			n->n_taints++;
	}
}

static void read_addresses(const cJSON *status, struct kube_node *n)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, member(status, "addresses")) {
		char type[16], text[ADDR_STRLEN];

		if (n->n_addresses < KUBE_ADDRESSES_MAX &&
		    json_text(item, "type", type, sizeof(type)) &&
		    strcmp(type, "InternalIP") == 0 &&
		    json_text(item, "address", text, sizeof(text)) &&
		    addr_parse(text, &n->addresses[n->n_addresses]))
			n->n_addresses++;
	}
}

bool kube_node_read(const cJSON *object, struct kube_node *out)
{
	const cJSON *spec = member(object, "spec"), *one = member(spec, "podCIDR");

	*out = (struct kube_node){0};
	if (!read_meta(object, &out->meta))
		return false;
	read_annotations(member(object, "metadata"), out);
	prefixes_read(&out->pod_cidrs, member(spec, "podCIDRs"));
	if (!out->pod_cidrs.n && cJSON_IsString(one) && *one->valuestring)
		prefixes_add(&out->pod_cidrs, one->valuestring);
	read_taints(spec, out);
	out->unschedulable = is_true(spec, "unschedulable");
	read_addresses(member(object, "status"), out);
	return true;
}

void kube_node_fini(struct kube_node *n)
{
	for (size_t i = 0; i < n->n_annotations; i++) {
		free(n->annotations[i].key);
		free(n->annotations[i].value);
	}
	free(n->annotations);
	free(n->pod_cidrs.list);
	free(n->cilium_cidrs.list);
	free(n->taints);
	*n = (struct kube_node){0};
}

const char *kube_node_annotation(const struct kube_node *n, const char *key)
{
	for (size_t i = 0; i < n->n_annotations; i++) {
		if (strcmp(n->annotations[i].key, key) == 0)
			return n->annotations[i].value;
	}
	return NULL;
}

/* ---- CiliumNode -------------------------------------------------------------------------------
 */

static bool is_filled(const cJSON *item)
{
	return (cJSON_IsObject(item) || cJSON_IsArray(item)) && item->child;
}

bool kube_cilium_node_read(const cJSON *object, struct kube_cilium_node *out)
{
	const cJSON *ipam = member(member(object, "spec"), "ipam"), *pools = member(ipam, "pools");
	const cJSON *pool;

	*out = (struct kube_cilium_node){0};
	if (!read_meta(object, &out->meta))
		return false;
	prefixes_read(&out->pod_cidrs, member(ipam, "podCIDRs"));
	out->has_pools = is_filled(pools);
	cJSON_ArrayForEach (pool, member(pools, "allocated")) {
		prefixes_read(&out->pools, member(pool, "cidrs"));
	}
	out->has_addresses = is_filled(member(ipam, "pool"));
	return true;
}

void kube_cilium_node_fini(struct kube_cilium_node *n)
{
	free(n->pod_cidrs.list);
	free(n->pools.list);
	*n = (struct kube_cilium_node){0};
}

/* ---- Pod --------------------------------------------------------------------------------------
 */

static void add_pod_address(struct kube_pod *p, const cJSON *object, const char *name)
{
	char text[ADDR_STRLEN];
	struct addr a;

	if (!json_text(object, name, text, sizeof(text)) || !addr_parse(text, &a) ||
	    p->n_addresses == KUBE_POD_ADDRESSES_MAX)
		return;
	for (size_t i = 0; i < p->n_addresses; i++) {
		if (addr_eq(&p->addresses[i], &a))
			return;
	}
	p->addresses[p->n_addresses++] = a;
}

bool kube_pod_read(const cJSON *object, struct kube_pod *out)
{
	const cJSON *status = member(object, "status"), *item;
	char phase[16];

	*out = (struct kube_pod){0};
	if (!read_meta(object, &out->meta) || !*out->meta.uid)
		return false;
	out->host_network = is_true(member(object, "spec"), "hostNetwork");
	out->over = json_text(status, "phase", phase, sizeof(phase)) &&
		    (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
	cJSON_ArrayForEach (item, member(status, "podIPs")) {
		add_pod_address(out, item, "ip");
	}
	add_pod_address(out, status, "podIP");
	return true;
}

/* ---- which prefixes are the node's ------------------------------------------------------------
 */

static enum kube_source of_node(const struct kube_node *node, const struct kube_prefixes **out)
{
	if (!node)
		return KUBE_SOURCE_UNKNOWN;
	*out = &node->pod_cidrs;
	return node->pod_cidrs.n ? KUBE_SOURCE_NODE : KUBE_SOURCE_NONE;
}

static enum kube_source of_cilium(const struct kube_node *node,
				  const struct kube_cilium_node *cilium,
				  const struct kube_prefixes **out)
{
	if (cilium && cilium->has_pools) {
		*out = &cilium->pools;
		return cilium->pools.n ? KUBE_SOURCE_POOLS : KUBE_SOURCE_NONE;
	}
	if (cilium && cilium->pod_cidrs.n) {
		*out = &cilium->pod_cidrs;
		return KUBE_SOURCE_CILIUM;
	}
	/* addresses one by one: nothing to aggregate into */
	if (cilium && cilium->has_addresses)
		return KUBE_SOURCE_NONE;
	if (!node)
		return KUBE_SOURCE_UNKNOWN;
	if (node->cilium_cidrs.n) {
		*out = &node->cilium_cidrs;
		return KUBE_SOURCE_CILIUM_ANNOTATION;
	}
	return of_node(node, out);
}

enum kube_source kube_prefixes_of(enum kube_provider provider, const struct kube_node *node,
				  enum kube_known known, const struct kube_cilium_node *cilium,
				  const struct kube_prefixes **out)
{
	static const struct kube_prefixes none;

	*out = &none;
	if (provider != KUBE_CILIUM)
		return of_node(node, out);
	switch (known) {
	case KUBE_HERE:
		return of_cilium(node, cilium, out);
	case KUBE_NO_CRD:
		return of_cilium(node, NULL, out);
	case KUBE_NO_OBJECT:
		return KUBE_SOURCE_NONE;
	default:
		return KUBE_SOURCE_UNKNOWN;
	}
}

const char *kube_source_name(enum kube_source source)
{
	static const char *const names[] = {
		[KUBE_SOURCE_UNKNOWN] = "not known",
		[KUBE_SOURCE_NONE] = "none",
		[KUBE_SOURCE_POOLS] = "CiliumNode spec.ipam.pools.allocated",
		[KUBE_SOURCE_CILIUM] = "CiliumNode spec.ipam.podCIDRs",
		[KUBE_SOURCE_CILIUM_ANNOTATION] = "Node annotation of Cilium",
		[KUBE_SOURCE_NODE] = "Node spec.podCIDRs",
	};

	return names[source];
}
