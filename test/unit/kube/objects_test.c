/* Kubernetes' objects, as the API server and Cilium's operator write them, and what must not hurt.
 */
#include "test/unit/test.h"

#include "agent/kube/objects.h"

static cJSON *json(const char *text)
{
	cJSON *root = json_parse(text, strlen(text));

	if (!root)
		fail_msg("no JSON: %s", text);
	return root;
}

static void prefixes_are(const struct kube_prefixes *p, const char *expected)
{
	char text[1024] = "", one[PREFIX_STRLEN];

	for (size_t i = 0; i < p->n; i++) {
		strcat(text, i ? " " : "");
		strcat(text, prefix_str(&p->list[i], one));
	}
	assert_string_equal(text, expected);
}

static void node(void **state)
{
	cJSON *root = json(
		"{\"metadata\":{\"name\":\"kube1\",\"uid\":\"u-1\",\"labels\":{\"asn\":\"65009\"},"
		"\"annotations\":{\"arista/bgp-peer-ip-1\":\"10.90.224.98\","
		"\"leafpeer/drain\":\"true\",\"BGP_PEER\":\"10.0.0.1\",\"other/x\":\"y\","
		"\"network.cilium.io/ipv4-pod-cidr\":\"10.1.2.0/24\","
		"\"network.cilium.io/ipv6-pod-cidr\":\"fd00:1::/64\"}},"
		"\"spec\":{\"podCIDR\":\"10.233.0.0/24\",\"podCIDRs\":[\"10.233.0.0/24\",\"fd00::/"
		"64\"],"
		"\"unschedulable\":true,\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"},{},"
		"{\"key\":\"leafpeer/bgp-not-ready\",\"effect\":\"NoExecute\"}]},"
		"\"status\":{\"addresses\":[{\"type\":\"Hostname\",\"address\":\"kube1\"},"
		"{\"type\":\"InternalIP\",\"address\":\"10.90.224.105\"},"
		"{\"type\":\"InternalIP\",\"address\":\"fd00::5\"}]}}");
	struct kube_node n;

	(void)state;
	assert_true(kube_node_read(root, &n));
	cJSON_Delete(root);
	assert_string_equal(n.meta.name, "kube1");
	assert_string_equal(n.meta.uid, "u-1");
	assert_string_equal(kube_node_annotation(&n, "arista/bgp-peer-ip-1"), "10.90.224.98");
	assert_string_equal(kube_node_annotation(&n, "leafpeer/drain"), "true");
	assert_string_equal(kube_node_annotation(&n, "BGP_PEER"), "10.0.0.1");
	assert_string_equal(kube_node_annotation(&n, KUBE_LABEL_ASN), "65009");
	assert_null(kube_node_annotation(&n, "other/x"));
	prefixes_are(&n.pod_cidrs, "10.233.0.0/24 fd00::/64");
	prefixes_are(&n.cilium_cidrs, "10.1.2.0/24 fd00:1::/64");
	assert_true(n.unschedulable);
	assert_int_equal(n.n_taints, 2);
	assert_string_equal(n.taints[1].key, "leafpeer/bgp-not-ready");
	assert_int_equal(n.taints[1].index, 2); /* where it is on the server */
	assert_int_equal(n.n_addresses, 2);
	kube_node_fini(&n);

	root = json("{\"metadata\":{\"name\":\"old\"},\"spec\":{\"podCIDR\":\"10.9.0.0/24\"}}");
	assert_true(kube_node_read(root, &n));
	prefixes_are(&n.pod_cidrs, "10.9.0.0/24");
	cJSON_Delete(root);
	kube_node_fini(&n);
}

static void bad_prefixes(void **state)
{
	cJSON *root =
		json("{\"metadata\":{\"name\":\"x\"},\"spec\":{\"podCIDRs\":[\"0.0.0.0/0\",\"x\","
		     "\"10.1.0.0\",\"10.2.0.7/24\",\"10.2.0.0/24\",\"127.0.0.0/8\",7,"
		     "\"10.1.0.0/33\",\"ff00::/8\"]}}");
	struct kube_node n;

	(void)state;
	assert_true(kube_node_read(root, &n));
	prefixes_are(&n.pod_cidrs, "10.2.0.0/24");
	assert_int_equal(n.pod_cidrs.refused, 7);
	cJSON_Delete(root);
	kube_node_fini(&n);
}

static void limits(void **state)
{
	cJSON *root = cJSON_CreateObject(), *meta = cJSON_AddObjectToObject(root, "metadata");
	cJSON *annotations = cJSON_AddObjectToObject(meta, "annotations");
	cJSON *spec = cJSON_AddObjectToObject(root, "spec");
	cJSON *cidrs = cJSON_AddArrayToObject(spec, "podCIDRs");
	cJSON *taints = cJSON_AddArrayToObject(spec, "taints");
	char key[64], *value = malloc(10001);
	struct kube_node n;

	(void)state;
	memset(value, 'v', 10000);
	value[10000] = '\0';
	cJSON_AddStringToObject(meta, "name", "x");
	cJSON_AddStringToObject(annotations, "leafpeer/long", value);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "leafpeer/x%d", i);
		cJSON_AddStringToObject(annotations, key, "1");
		snprintf(key, sizeof(key), "10.%d.%d.0/24", i / 250, i % 250);
		cJSON_AddItemToArray(cidrs, cJSON_CreateString(key));
	}
	for (int i = 0; i < 100; i++) {
		cJSON *t = cJSON_CreateObject();

		cJSON_AddStringToObject(t, "key", "k");
		cJSON_AddItemToArray(taints, t);
	}
	assert_true(kube_node_read(root, &n));
	assert_int_equal(n.n_annotations, KUBE_ANNOTATIONS_MAX);
	assert_int_equal(strlen(kube_node_annotation(&n, "leafpeer/long")), KUBE_VALUE_MAX);
	assert_int_equal(n.pod_cidrs.n, KUBE_PREFIXES_MAX);
	assert_int_equal(n.pod_cidrs.refused, 1000 - KUBE_PREFIXES_MAX);
	assert_int_equal(n.n_taints, KUBE_TAINTS_MAX);
	kube_node_fini(&n);
	cJSON_Delete(root);
	free(value);
}

static void no_name(void **state)
{
	static const char *const texts[] = {"{}", "{\"metadata\":{\"name\":\"\"}}",
					    "{\"metadata\":{\"name\":7}}", "{\"metadata\":[]}"};
	struct kube_cilium_node c;
	struct kube_node n;
	struct kube_pod p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cJSON *root = json(texts[i]);

		assert_false(kube_node_read(root, &n));
		assert_false(kube_cilium_node_read(root, &c));
		assert_false(kube_pod_read(root, &p));
		cJSON_Delete(root);
	}
}

static void pods(void **state)
{
	cJSON *root =
		json("{\"metadata\":{\"name\":\"a\",\"namespace\":\"d\",\"uid\":\"u\"},\"spec\":{},"
		     "\"status\":{\"phase\":\"Running\",\"podIP\":\"10.1.0.5\",\"podIPs\":["
		     "{\"ip\":\"10.1.0.5\"},{\"ip\":\"fd00::5\"},{\"ip\":\"x\"},{}]}}");
	struct kube_pod p;

	(void)state;
	assert_true(kube_pod_read(root, &p));
	assert_false(p.host_network || p.over);
	assert_int_equal(p.n_addresses, 2);
	cJSON_Delete(root);
	root = json("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"},\"spec\":{\"hostNetwork\":true},"
		    "\"status\":{\"phase\":\"Succeeded\",\"podIP\":\"10.1.0.5\"}}");
	assert_true(kube_pod_read(root, &p));
	assert_true(p.host_network && p.over);
	assert_int_equal(p.n_addresses, 1);
	cJSON_Delete(root);
}

/* Which prefixes are the node's: the table of the README. */
static void sources(void **state)
{
	static const char node_text[] =
		"{\"metadata\":{\"name\":\"x\"},\"spec\":{\"podCIDRs\":[\"10.10.0.0/24\"]}}";
	static const char annotated[] =
		"{\"metadata\":{\"name\":\"x\",\"annotations\":{\"network.cilium.io/"
		"ipv4-pod-cidr\":"
		"\"10.11.0.0/24\"}},\"spec\":{\"podCIDRs\":[\"10.10.0.0/24\"]}}";
	static const char cluster_pool[] = "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"ipam\":{"
					   "\"podCIDRs\":[\"10.12.0.0/24\",\"fd00::/80\"]}}}";
	static const char multi_pool[] =
		"{\"metadata\":{\"name\":\"x\"},\"spec\":{\"ipam\":{\"podCIDRs\":[\"10.12.0.0/"
		"24\"],\"pools\":{"
		"\"requested\":[{\"pool\":\"default\",\"needed\":{\"ipv4-addrs\":16}}],"
		"\"allocated\":["
		"{\"pool\":\"default\",\"cidrs\":[\"10.13.0.0/27\",\"10.13.0.32/27\"]},"
		"{\"pool\":\"blue\",\"cidrs\":[\"10.14.0.0/26\"]}]}}}}";
	static const char requested[] = "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"ipam\":{"
					"\"pools\":{\"requested\":[{\"pool\":"
					"\"default\"}]}}}}";
	static const char eni[] =
		"{\"metadata\":{\"name\":\"x\"},\"spec\":{\"ipam\":{\"pool\":{\"10.1.1.1\":{}}}}}";
	static const char empty[] = "{\"metadata\":{\"name\":\"x\"},\"spec\":{}}";
	static const struct {
		enum kube_provider provider;
		const char *node;
		enum kube_known known;
		const char *cilium, *expected;
		enum kube_source source;
	} rows[] = {
		{KUBE_CILIUM, node_text, KUBE_HERE, multi_pool,
		 "10.13.0.0/27 10.13.0.32/27 10.14.0.0/26", KUBE_SOURCE_POOLS},
		{KUBE_CILIUM, node_text, KUBE_HERE, cluster_pool, "10.12.0.0/24 fd00::/80",
		 KUBE_SOURCE_CILIUM},
		{KUBE_CILIUM, node_text, KUBE_HERE, requested, "", KUBE_SOURCE_NONE},
		{KUBE_CILIUM, node_text, KUBE_HERE, eni, "", KUBE_SOURCE_NONE},
		{KUBE_CILIUM, node_text, KUBE_HERE, empty, "10.10.0.0/24", KUBE_SOURCE_NODE},
		{KUBE_CILIUM, annotated, KUBE_HERE, empty, "10.11.0.0/24",
		 KUBE_SOURCE_CILIUM_ANNOTATION},
		{KUBE_CILIUM, node_text, KUBE_NO_OBJECT, NULL, "", KUBE_SOURCE_NONE},
		{KUBE_CILIUM, annotated, KUBE_NO_CRD, NULL, "10.11.0.0/24",
		 KUBE_SOURCE_CILIUM_ANNOTATION},
		{KUBE_CILIUM, node_text, KUBE_NO_CRD, NULL, "10.10.0.0/24", KUBE_SOURCE_NODE},
		{KUBE_CILIUM, empty, KUBE_NO_CRD, NULL, "", KUBE_SOURCE_NONE},
		{KUBE_CILIUM, node_text, KUBE_NOT_KNOWN, NULL, "", KUBE_SOURCE_UNKNOWN},
		{KUBE_CILIUM, NULL, KUBE_NO_CRD, NULL, "", KUBE_SOURCE_UNKNOWN},
		{KUBE_CILIUM, NULL, KUBE_HERE, cluster_pool, "10.12.0.0/24 fd00::/80",
		 KUBE_SOURCE_CILIUM},
		{KUBE_CALICO, node_text, KUBE_HERE, cluster_pool, "10.10.0.0/24", KUBE_SOURCE_NODE},
		{KUBE_GENERIC, annotated, KUBE_NOT_KNOWN, NULL, "10.10.0.0/24", KUBE_SOURCE_NODE},
		{KUBE_GENERIC, NULL, KUBE_NOT_KNOWN, NULL, "", KUBE_SOURCE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cJSON *n = rows[i].node ? json(rows[i].node) : NULL;
		cJSON *c = rows[i].cilium ? json(rows[i].cilium) : NULL;
		struct kube_cilium_node cilium = {0};
		struct kube_node node = {0};
		const struct kube_prefixes *p;

		assert_true(!n || kube_node_read(n, &node));
		assert_true(!c || kube_cilium_node_read(c, &cilium));
		assert_int_equal(kube_prefixes_of(rows[i].provider, n ? &node : NULL, rows[i].known,
						  c ? &cilium : NULL, &p),
				 rows[i].source);
		prefixes_are(p, rows[i].expected);
		assert_non_null(kube_source_name(rows[i].source));
		kube_node_fini(&node);
		kube_cilium_node_fini(&cilium);
		cJSON_Delete(n);
		cJSON_Delete(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(node),   cmocka_unit_test(bad_prefixes),
		cmocka_unit_test(limits), cmocka_unit_test(no_name),
		cmocka_unit_test(pods),   cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
