# shellcheck shell=bash
# The cluster of lib.sh with kind and Cilium, where Docker runs privileged containers; to be sourced by lib.sh.
#
# A node is a container of kind's; it gets a link to each ToR, which is FRR in a network namespace of this
# machine. Cilium is installed with the values that README.md gives, from $LEAFPEER_CILIUM_CHART: what `helm install`
# takes for a chart (by default cilium/cilium: `helm repo add` as Cilium's documentation says), of version
# $LEAFPEER_CILIUM_VERSION if that is set.

KIND_NAME=${LEAFPEER_KIND_NAME:-leafpeer}
CILIUM_CHART=${LEAFPEER_CILIUM_CHART:-cilium/cilium}

k() {
	kubectl --kubeconfig "$LAB/kubeconfig" "$@"
}

kind_container() { # NODE
	case $1 in
	node1) echo "$KIND_NAME-control-plane" ;;
	node2) echo "$KIND_NAME-worker" ;;
	*) echo "$KIND_NAME-worker2" ;;
	esac
}

cluster_in() { # NODE COMMAND...
	local node=$1
	shift
	docker exec -i "$(kind_container "$node")" "$@"
}

cluster_node_ready() { # NODE
	[ "$(k get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

# ---- the control plane, which is static pods of node1 ------------------------------------------------------

cluster_api_ready() {
	[ "$(k get --raw /readyz 2>/dev/null)" = ok ]
}

cluster_api_stop() {
	# its kubelet would start it again
	cluster_in node1 mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/
	cluster_in node1 pkill -KILL -x kube-apiserver
	lab_until 30 kind_api_is_gone
}

kind_api_is_gone() {
	! cluster_in node1 pgrep -x kube-apiserver
}

cluster_api_start() {
	! cluster_in node1 test -e /etc/kubernetes/kube-apiserver.yaml ||
		cluster_in node1 mv /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/
	lab_until 120 cluster_api_ready || cluster_fail "kube-apiserver is not ready"
}

kind_etcdctl() {
	local pki=/etc/kubernetes/pki/etcd
	# shellcheck disable=SC2016 # the node's shell's
	cluster_in node1 sh -c 'crictl exec "$(crictl ps -q --name "^etcd$")" etcdctl "$@"' sh \
		--endpoints https://127.0.0.1:2379 --cacert $pki/ca.crt --cert $pki/server.crt --key $pki/server.key "$@"
}

cluster_etcd_compact() {
	kind_etcdctl compact "$(kind_etcdctl endpoint status -w json | jq -r '.[0].Status.header.revision')"
}

cluster_kubelet_restart() { # NODE
	cluster_in "$1" systemctl restart kubelet
}

cluster_image() { # FILE
	kind load image-archive --name "$KIND_NAME" "$1" >>"$LAB/log/images" 2>&1 ||
		cluster_fail "$1 cannot be loaded: $(tail -n 2 "$LAB/log/images")"
}

# ---- all of it ------------------------------------------------------------------------------------------

cluster_check() {
	local c
	[ "$(id -u)" = 0 ] || cluster_fail "namespaces need root" || return 1
	for c in docker kind kubectl helm jq busybox; do
		command -v $c >/dev/null || cluster_fail "there is no $c in PATH, which a kind cluster needs; LEAFPEER_CLUSTER=netns does without" || return 1
	done
	docker info >/dev/null 2>&1 ||
		cluster_fail "Docker does not answer ($(docker info 2>&1 | tail -n 1)): a kind cluster needs it, and privileged containers" || return 1
	[ ! -e "$CLUSTER_STATE/env" ] || cluster_fail "there is one already ($CLUSTER_STATE): run test/cluster/down" || return 1
	! kind get clusters 2>/dev/null | grep -qxF "$KIND_NAME" ||
		cluster_fail "there is a kind cluster $KIND_NAME that this did not make: LEAFPEER_KIND_NAME can be another" || return 1
}

kind_config() {
	local node role kind=InitConfiguration
	printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: %s\n' "$KIND_NAME"
	printf 'networking: {disableDefaultCNI: true, podSubnet: 10.233.0.0/16}\nnodes:\n'
	for node in "${CLUSTER_NODES[@]}"; do
		role=worker
		[ "$node" != node1 ] || role=control-plane
		# the tests' names for them
		printf -- '- role: %s\n  kubeadmConfigPatches:\n  - |\n    kind: %s\n    nodeRegistration: {name: %s, taints: []}\n' \
			$role $kind "$node"
		kind=JoinConfiguration
	done
}

kind_link() { # TOR-NUMBER NODE: as lab_link, into the container
	local pid
	pid=$(docker inspect -f '{{.State.Pid}}' "$(kind_container "$2")") || return 1
	ip link add "port-$2" netns "${LAB_NS}tor$1" type veth peer name "eth$1" netns "$pid" || return 1
	lab_ip "tor$1" link set "port-$2" master br0 up
	nsenter -t "$pid" -n ip link set "eth$1" up
	nsenter -t "$pid" -n ip addr add "$(node_addr "$2" "$1")/24" dev "eth$1"
}

# Cilium hands out podCIDRs, and leaves the routes between nodes to somebody else.
kind_cilium() {
	jq -n '{cniVersion: "0.3.1", name: "cilium", plugins: [{type: "cilium-cni"}, {type: "leafpeer"}]}' >"$LAB/cni-config"
	k -n kube-system create configmap leafpeer-cni --from-file=cni-config="$LAB/cni-config" >/dev/null || return 1
	helm --kubeconfig "$LAB/kubeconfig" -n kube-system install cilium "$CILIUM_CHART" \
		${LEAFPEER_CILIUM_VERSION:+--version "$LEAFPEER_CILIUM_VERSION"} \
		--set routingMode=native,autoDirectNodeRoutes=false,ipv4NativeRoutingCIDR=10.233.0.0/16 \
		--set ipam.mode=cluster-pool,ipam.operator.clusterPoolIPv4PodCIDRList='{10.233.0.0/16}',ipam.operator.clusterPoolIPv4MaskSize=24 \
		--set cni.customConf=true,cni.configMap=leafpeer-cni,operator.replicas=1 >"$LAB/log/helm" 2>&1 ||
		cluster_fail "Cilium cannot be installed from $CILIUM_CHART (LEAFPEER_CILIUM_CHART): $(tail -n 1 "$LAB/log/helm")"
}

cluster_up() {
	local node began=$SECONDS
	cluster_check || return 1
	lab_init
	cluster_state_write
	cluster_say "kind cluster $KIND_NAME (logs in $LAB/log)"
	"$CLUSTER_DIR/test-image" "$LAB/images" || return 1
	lab_tor tor1 "$TOR1/24"
	lab_tor tor2 "$TOR2/24"
	: >"$LAB/kind-is-ours"
	kind_config | kind create cluster --config - --kubeconfig "$LAB/kubeconfig" >"$LAB/log/kind" 2>&1 ||
		cluster_fail "kind: $(grep -m 1 -i error "$LAB/log/kind" || tail -n 1 "$LAB/log/kind")" || return 1
	for node in "${CLUSTER_NODES[@]}"; do
		kind_link 1 "$node" && kind_link 2 "$node" || cluster_fail "$node has no link to its ToRs" || return 1
	done
	cluster_tors
	kind_cilium || return 1
	# the nodes are Ready once Cilium's list of plugins is there, and pods wait for leafpeer's program
	for node in "${CLUSTER_NODES[@]}"; do
		lab_until 600 cluster_node_ready "$node" || cluster_fail "$node is not Ready" || return 1
	done
	cluster_image "$LAB/images/box.tar" || return 1
	cluster_say "up after $((SECONDS - began)) s: $(k version 2>/dev/null | tail -n 1), ${#CLUSTER_NODES[@]} nodes Ready"
}

cluster_down() {
	[ -f "$CLUSTER_STATE/env" ] || return 0
	cluster_find || return 1
	[ ! -e "$LAB/kind-is-ours" ] || kind delete cluster --name "$KIND_NAME" >/dev/null 2>&1 ||
		cluster_say "kind cannot delete the cluster $KIND_NAME"
	lab_cleanup
	rm -rf "$CLUSTER_STATE"
}
