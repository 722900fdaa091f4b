/*
 * kube: any octets as an answer of the Kubernetes API. The first says how it comes: a list or a
 * watch, in pieces of what size. What is told must not depend on the size of the pieces; every
 * object told is read as a Node, a CiliumNode and a Pod.
 */
#include "agent/kube/objects.h"
#include "agent/kube/reflector.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	uint32_t hash;
	size_t n;
};

static void note(struct told *t, const char *s)
{
	for (; *s; s++)
		t->hash = (t->hash ^ (uint8_t)*s) * 16777619u;
	t->n++;
}

static void on_begin(void *ctx)
{
	note(ctx, "[");
}

static void on_end(void *ctx)
{
	note(ctx, "]");
}

static void check_prefixes(const struct kube_prefixes *p)
{
	if (p->n > KUBE_PREFIXES_MAX)
		abort();
	for (size_t i = 1; i < p->n; i++) {
		if (prefix_cmp(&p->list[i - 1], &p->list[i]) >= 0)
			abort();
	}
}

static void on_object(void *ctx, const cJSON *object, bool deleted)
{
	struct kube_cilium_node c;
	struct kube_node n;
	struct kube_pod p;

	note(ctx, deleted ? "-" : "+");
	if (kube_node_read(object, &n)) {
		note(ctx, n.meta.name);
		check_prefixes(&n.pod_cidrs);
		check_prefixes(&n.cilium_cidrs);
		if (n.n_annotations > KUBE_ANNOTATIONS_MAX || n.n_taints > KUBE_TAINTS_MAX)
			abort();
		kube_node_fini(&n);
	}
	if (kube_cilium_node_read(object, &c)) {
		check_prefixes(&c.pools);
		kube_cilium_node_fini(&c);
	}
	if (kube_pod_read(object, &p) && p.n_addresses > KUBE_POD_ADDRESSES_MAX)
		abort();
}

static const struct reflector_ops ops = {on_begin, on_end, on_object};

static struct told run(const uint8_t *data, size_t size, bool watch, unsigned int status,
		       size_t step)
{
	struct reflector_conf conf = {"/api/v1/nodes", "metadata.name=kube1", false};
	char url[REFLECTOR_URL_MAX];
	struct told t = {.hash = 2166136261u};
	struct reflector r;

	reflector_init(&r, &conf, &ops, &t, 0);
	if (watch) {
		static const char list[] = "{\"metadata\":{\"resourceVersion\":\"1\"}}";

		reflector_want(&r, 0, 0, url, sizeof(url));
		reflector_status(&r, 200, 0, 0);
		reflector_data(&r, list, sizeof(list) - 1, 0);
		reflector_done(&r, NULL, 0, 0);
	}
	if (!reflector_want(&r, 0, 0, url, sizeof(url)))
		abort();
	reflector_status(&r, status, 0, 0);
	for (size_t i = 0; i < size; i += step) {
		size_t n = size - i < step ? size - i : step;

		if (!reflector_data(&r, (const char *)data + i, n, 0))
			break;
	}
	reflector_done(&r, NULL, 0, 0);
	note(&t, r.error);
	note(&t, r.version);
	if (r.phase != REFLECTOR_WAIT || r.due < 0 || r.due > 2 * REFLECTOR_BACKOFF_MAX_US)
		abort();
	reflector_fini(&r);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int statuses[] = {200, 200, 200, 410, 404, 403, 429, 500};
	struct told whole, pieces;
	bool watch;
	unsigned int status;
	size_t step;

	if (!size)
		return 0;
	watch = data[0] & 1;
	status = statuses[data[0] >> 1 & 7];
	step = 1 + (data[0] >> 4);
	whole = run(data + 1, size - 1, watch, status, size);
	pieces = run(data + 1, size - 1, watch, status, step);
	if (whole.hash != pieces.hash || whole.n != pieces.n)
		abort();
	return 0;
}
