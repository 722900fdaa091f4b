/* doctor_host: what the node says: the chain of plugins, Cilium, the kernel, who else routes. */
#include "agent/show/doctor.h"

#include <stdio.h>
#include <string.h>

#define CNI_TYPE         "leafpeer"
#define CILIUM_TYPE      "cilium-cni"
#define CLOCK_EARLIEST_S 1735689600 /* 2025: before leafpeer was there */

/* ---- the chain of plugins ---------------------------------------------------------------------
 */

static size_t place_of(const struct doctor_list *l, const char *type)
{
	for (size_t i = 0; i < l->n_types; i++) {
		if (strcmp(l->types[i], type) == 0)
			return i + 1;
	}
	return 0;
}

static const struct doctor_list *list_with_us(const struct doctor_host *h)
{
	for (size_t i = 0; i < h->n_lists; i++) {
		if (place_of(&h->lists[i], CNI_TYPE) || h->lists[i].drop_in)
			return &h->lists[i];
	}
	return NULL;
}

/* Runtimes take the first list of the directory, and no other. */
static void judge_chain(struct doctor *d, const struct doctor_host *h)
{
	static const char check[] = "CNI conflist";
	const struct doctor_list *first = &h->lists[0], *ours = list_with_us(h);
	size_t us, cilium;

	if (h->conf_dir_error) {
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check, "%s cannot be read here: %s",
				       h->conf_dir, strerror(h->conf_dir_error)),
			    "Run it on the node, or mount that directory (read-only will do).");
		return;
	}
	if (!h->n_lists) {
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "%s has no list of plugins, so no pod can start",
				       h->conf_dir),
			    "Is Cilium running on this node? It writes the list.");
		return;
	}
	if (*first->error) {
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "%s/%s is the first: %s",
				       h->conf_dir, first->file, first->error),
			    "Whoever wrote it must mend it; runtimes start no pod with it.");
		return;
	}
	us = place_of(first, CNI_TYPE);
	cilium = place_of(first, CILIUM_TYPE);
	if (us == 1 || (us && cilium && us < cilium))
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "in %s/%s leafpeer stands %s, where there is no result to "
				       "record",
				       h->conf_dir, first->file,
				       us == 1 ? "first" : "before cilium-cni"),
			    "Its entry belongs behind all that make addresses: leafpeerctl "
			    "uninstall-cni, then install-cni.");
	else if (us || first->drop_in)
		doctor_add(d, DOCTOR_OK, check, "%s/%s, leafpeer %s %s", h->conf_dir, first->file,
			   us ? "behind" : "in a file beside it, behind",
			   first->n_types ? first->types[us > 1 ? us - 2 : 0] : "nothing");
	else if (ours)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "%s/%s comes first and is what runtimes take; leafpeer is "
				       "in %s",
				       h->conf_dir, first->file, ours->file),
			    "Take %s away, or rename it so that it sorts behind %s, if nobody "
			    "needs it.",
			    first->file, ours->file);
	else
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "no list in %s names leafpeer: pods are not recorded",
				       h->conf_dir),
			    "leafpeerctl install-cni. Cilium writes %s anew at each start: "
			    "cni.configMap in its Helm values, or install-cni --mode patch "
			    "--watch.",
			    first->file);
}

static bool is(const char *value, const char *wanted)
{
	return strcmp(value, wanted) == 0;
}

static void judge_rewriting(struct doctor *d, const struct doctor_host *h)
{
	static const char check[] = "CNI exclusive";

	if (h->conf_dir_error)
		return;
	if (is(h->exclusive, "true"))
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "cni-exclusive is true: Cilium takes other lists of plugins "
				       "away, and its own back to what it was%s",
				       h->set_aside ? "; it has done so here" : ""),
			    "cni.exclusive=false in Cilium's Helm values, or leafpeer in "
			    "cni.configMap, which Cilium itself installs.");
	else if (h->set_aside)
		doctor_cure(
			doctor_add(d, DOCTOR_WARNING, check,
				   "%zu lists in %s were set aside by Cilium (*.cilium_bak)",
				   h->set_aside, h->conf_dir),
			"cni.exclusive=false in Cilium's Helm values, if one of them is needed.");
	else if (!*h->exclusive)
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check,
				       "cni-exclusive is not to be seen from here"),
			    "kubectl -n kube-system get configmap cilium-config -o yaml; false, or "
			    "leafpeer in cni.configMap, is what keeps leafpeer in the chain.");
	else
		doctor_add(d, DOCTOR_OK, check, "cni-exclusive is %s", h->exclusive);
}

static void judge_plugin(struct doctor *d, const struct doctor_host *h,
			 const struct doctor_node *node)
{
	static const char check[] = "CNI plugin";

	if (h->plugin_error && h->conf_dir_error)
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check, "%s cannot be read here: %s",
				       h->bin_dir, strerror(h->plugin_error)),
			    "Run it on the node, or mount that directory (read-only will do).");
	else if (h->plugin_error)
		doctor_cure(doctor_add(d, list_with_us(h) ? DOCTOR_FAILED : DOCTOR_WARNING, check,
				       "%s/leafpeer: %s", h->bin_dir, strerror(h->plugin_error)),
			    "leafpeerctl install-cni puts it there. Without it no pod starts whose "
			    "list names it.");
	else if (!h->plugin_executable)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "%s/leafpeer cannot be executed",
				       h->bin_dir),
			    "chmod 755, or leafpeerctl install-cni anew.");
	else if (!*h->plugin_version)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "%s/leafpeer says no version: is it ours?", h->bin_dir),
			    "leafpeerctl install-cni puts the right one there.");
	else if (strcmp(h->plugin_version, node->version) != 0)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "%s/leafpeer is version %s, leafpeer%s is %s", h->bin_dir,
				       h->plugin_version, node->from_agent ? "d" : "ctl",
				       node->version),
			    "They work together, but updates belong together: leafpeerctl "
			    "install-cni.");
	else
		doctor_add(d, DOCTOR_OK, check, "%s/leafpeer, version %s", h->bin_dir,
			   h->plugin_version);
}

/* ---- Cilium -----------------------------------------------------------------------------------
 */

static void judge_cidr(struct doctor *d, const struct doctor_host *h,
		       const struct doctor_node *node, enum afi afi)
{
	const char *text = afi == AFI_IP4 ? h->native4 : h->native6;
	char check[80], prefix[PREFIX_STRLEN];
	struct prefix native;
	bool host_bits;

	snprintf(check, sizeof(check), "Cilium ipv%d-native-routing-cidr", afi == AFI_IP4 ? 4 : 6);
	for (size_t i = 0; i < node->n_prefixes; i++) {
		const struct prefix *p = &node->prefixes[i];

		if (p->afi != afi)
			continue;
		prefix_str(p, prefix);
		if (!*text)
			doctor_cure(
				doctor_add(d, DOCTOR_UNKNOWN, check, "not set, or not to be seen"),
				"It must cover the pods' prefixes of the cluster (%s), else what "
				"they send to each other is masqueraded.",
				prefix);
		else if (!prefix_parse(text, &native, &host_bits) || !prefix_covers(&native, p))
			doctor_cure(
				doctor_add(d, DOCTOR_WARNING, check,
					   "%s does not cover this node's %s", text, prefix),
				"Pods' traffic to what it does not cover leaves with the node's "
				"address (masquerading): make it the whole cluster's prefix.");
		else
			doctor_add(d, DOCTOR_OK, check, "%s covers %s", text, prefix);
		return; /* one says it for all */
	}
}

static void judge_cilium(struct doctor *d, const struct doctor_host *h,
			 const struct doctor_node *node)
{
	static const char look[] = "kubectl -n kube-system get configmap cilium-config -o yaml";

	if (!*h->cilium_source) {
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, "Cilium",
				       "its configuration is not to be seen from here"),
			    "%s: routing-mode native, ipam, and ipv4-native-routing-cidr that "
			    "covers the pods. LEAFPEER_CILIUM_CONFIG names a directory or file "
			    "that has it.",
			    look);
		return;
	}
	if (is(h->routing_mode, "native"))
		doctor_add(d, DOCTOR_OK, "Cilium routing-mode", "native");
	else if (*h->routing_mode)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "Cilium routing-mode",
				       "%s: pods' packets go through an overlay, past the routes",
				       h->routing_mode),
			    "routingMode=native in Cilium's Helm values.");
	else
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, "Cilium routing-mode", "%s does not say",
				       h->cilium_source),
			    "%s", look);
	if (is(h->ipam, "cluster-pool") || is(h->ipam, "kubernetes") || is(h->ipam, "multi-pool"))
		doctor_add(d, DOCTOR_OK, "Cilium ipam", "%s", h->ipam);
	else if (*h->ipam)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "Cilium ipam",
				       "%s gives a node no prefix of its own", h->ipam),
			    "cluster-pool, kubernetes or multi-pool do; with others each pod is "
			    "announced by itself.");
	judge_cidr(d, h, node, AFI_IP4);
	judge_cidr(d, h, node, AFI_IP6);
}

/* ---- the kernel -------------------------------------------------------------------------------
 */

static void judge_hash(struct doctor *d, const char *name, int value,
		       const struct doctor_node *node)
{
	char check[80];

	snprintf(check, sizeof(check), "hash policy %s", name);
	if (value < 0)
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check, "the kernel does not say"),
			    "sysctl net.%s.fib_multipath_hash_policy", name);
	else if (value == 0 && node->neighbors != 1)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "0: all flows between two addresses take one uplink"),
			    "sysctl -w net.%s.fib_multipath_hash_policy=1 (ports, too), and in "
			    "/etc/sysctl.d.",
			    name);
	else
		doctor_add(d, DOCTOR_OK, check, "%d", value);
}

static void judge_forwarding(struct doctor *d, const struct doctor_host *h,
			     const struct doctor_node *node)
{
	static const struct {
		enum afi afi;
		const char *check, *sysctl;
	} rows[] = {
		{AFI_IP4, "forwarding ipv4", "net.ipv4.ip_forward"},
		{AFI_IP6, "forwarding ipv6", "net.ipv6.conf.all.forwarding"},
	};

	for (size_t i = 0; i < 2; i++) {
		int value = i ? h->forward6 : h->forward4;
		bool wanted = false;

		for (size_t k = 0; k < node->n_prefixes; k++)
			wanted |= node->prefixes[k].afi == rows[i].afi;
		/* without an agent nobody knows whether there are pods of the family */
		if (!wanted && (node->from_agent || i))
			continue;
		if (value < 0)
			doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, rows[i].check,
					       "the kernel does not say"),
				    "sysctl %s", rows[i].sysctl);
		else if (!value)
			doctor_cure(doctor_add(d, DOCTOR_FAILED, rows[i].check,
					       "off: no packet gets from an uplink to a pod"),
				    "sysctl -w %s=1, and in /etc/sysctl.d.", rows[i].sysctl);
		else
			doctor_add(d, DOCTOR_OK, rows[i].check, "on");
	}
}

/* The stricter of "all" and the interface's own counts (ip-sysctl). */
static void judge_uplink(struct doctor *d, const struct doctor_host *h,
			 const struct doctor_uplink *u, const struct doctor_node *node)
{
	int strict = u->rp_filter > h->rp_all ? u->rp_filter : h->rp_all;
	char check[80];

	snprintf(check, sizeof(check), "rp_filter %s", u->name);
	if (u->rp_filter < 0)
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check, "the kernel does not say"),
			    "sysctl net.ipv4.conf.%s.rp_filter", u->name);
	else if (strict == 1)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "strict: what comes in over another uplink than the answer "
				       "would take is dropped without a word"),
			    "sysctl -w net.ipv4.conf.%s.rp_filter=2 (loose), and in /etc/sysctl.d; "
			    "the larger of conf.all and the interface's counts.",
			    h->rp_all == 1 && u->rp_filter != 1 ? "all" : u->name);
	else
		doctor_add(d, DOCTOR_OK, check, "%s", strict ? "loose" : "off");
	snprintf(check, sizeof(check), "MTU %s", u->name);
	if (!u->mtu)
		doctor_add(d, DOCTOR_UNKNOWN, check, "there is no such interface here");
	else if (node->interface_mtu > u->mtu)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "%u, but pods have %u: their large packets are lost", u->mtu,
				       node->interface_mtu),
			    "ip link set %s mtu %u (and the switch's port), or a smaller "
			    "INTERFACE_MTU.",
			    u->name, node->interface_mtu);
	else
		doctor_add(d, DOCTOR_OK, check, "%u", u->mtu);
}

/* ---- who else ---------------------------------------------------------------------------------
 */

static void judge_networkd(struct doctor *d, const struct doctor_host *h)
{
	static const char check[] = "systemd-networkd";

	switch (h->networkd) {
	case NETWORKD_ABSENT:
		doctor_add(d, DOCTOR_OK, check, "does not run");
		break;
	case NETWORKD_LEAVES:
		doctor_add(d, DOCTOR_OK, check, "leaves others' routes alone");
		break;
	case NETWORKD_MANAGES:
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "takes routes of others away when it restarts; leafpeerd "
				       "puts them back"),
			    "ManageForeignRoutes=no and, from version 256 on, "
			    "ManageForeignNextHops=no in /etc/systemd/networkd.conf, [Network].");
		break;
	default:
		doctor_cure(doctor_add(d, DOCTOR_UNKNOWN, check,
				       "whether it runs is not to be seen from here"),
			    "On the node: networkctl, and ManageForeignRoutes=no in "
			    "/etc/systemd/networkd.conf.");
		break;
	}
}

static const char *protocol_name(uint8_t protocol)
{
	static const struct {
		uint8_t protocol;
		const char *name;
	} names[] = {/* linux/rtnetlink.h */
		     {11, "zebra"}, {12, "bird"}, {15, "mrt"},   {18, "keepalived"},
		     {42, "babel"}, {84, "ovn"},  {186, "bgp"},  {187, "isis"},
		     {188, "ospf"}, {189, "rip"}, {192, "eigrp"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].protocol == protocol)
			return names[i].name;
	}
	return NULL;
}

static void judge_foreign(struct doctor *d, const struct doctor_host *h,
			  const struct doctor_node *node)
{
	size_t told = 0;

	if (!h->routes_known) {
		doctor_cure(
			doctor_add(d, DOCTOR_UNKNOWN, "other routes", "the kernel does not say"),
			"ip route show table all proto %u", node->route_protocol);
		return;
	}
	for (size_t i = 0; i < h->n_foreign; i++) {
		const struct doctor_foreign *f = &h->foreign[i];
		const char *name = protocol_name(f->protocol);

		if (f->protocol == node->route_protocol) {
			doctor_cure(doctor_add(d, DOCTOR_WARNING, "other routes",
					       "%llu of protocol %u, which is ours, with metric %u "
					       "in table %u are not ours",
					       (unsigned long long)f->routes, f->protocol,
					       f->metric, f->table),
				    "Another BGP daemon on this node, or an older one's leftovers: "
				    "LEAFPEER_ROUTE_PROTOCOL makes ours tell apart.");
			told++;
		} else if (name && f->table == node->route_table) {
			doctor_cure(
				doctor_add(d, DOCTOR_WARNING, "other routes",
					   "%llu of protocol %s with metric %u in table %u: "
					   "another routing daemon works in our table",
					   (unsigned long long)f->routes, name, f->metric,
					   f->table),
				"Of one prefix the smaller metric wins, ours is %u. Two daemons "
				"that learn from one ToR want only one of them.",
				node->route_metric);
			told++;
		}
	}
	if (!told)
		doctor_add(d, DOCTOR_OK, "other routes", "no other routing daemon's in table %u",
			   node->route_table);
}

static void judge_clock(struct doctor *d, const struct doctor_host *h)
{
	if (h->wall_s < CLOCK_EARLIEST_S)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, "clock", "it is far in the past"),
			    "Set it, and run a time service: certificates of the API fail without "
			    "it. BGP itself does not mind.");
	else if (h->synced == 0)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, "clock",
				       "no time service keeps it (the kernel says unsynchronized)"),
			    "chrony, ntpd or systemd-timesyncd: logs of several nodes cannot be "
			    "compared otherwise.");
	else
		doctor_add(d, h->synced < 0 ? DOCTOR_UNKNOWN : DOCTOR_OK, "clock",
			   h->synced < 0 ? "whether it is synchronized is not to be seen"
					 : "synchronized");
}

void doctor_judge_host(struct doctor *d, const struct doctor_host *h,
		       const struct doctor_node *node)
{
	judge_chain(d, h);
	judge_plugin(d, h, node);
	judge_rewriting(d, h);
	judge_cilium(d, h, node);
	judge_hash(d, "ipv4", h->hash4, node);
	judge_hash(d, "ipv6", h->hash6, node);
	judge_forwarding(d, h, node);
	for (size_t i = 0; i < h->n_uplinks; i++)
		judge_uplink(d, h, &h->uplinks[i], node);
	judge_networkd(d, h);
	judge_foreign(d, h, node);
	judge_clock(d, h);
}
