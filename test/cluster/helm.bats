#!/usr/bin/env bats
# The Helm chart instead of kustomize, with what is off by default: the agent's own seccomp profile, and monitoring.

setup_file() {
	load suite.bash
	suite_peering 1
}

teardown_file() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	chart uninstall leafpeer --wait >/dev/null 2>&1 || true
	suite_begin
}

setup() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || skip "the helm that test/cluster/build makes is the netns cluster's"
}

chart() { # HELM-ARGUMENT...
	lab_in cp env HELM_CACHE_HOME="$LAB/helm" HELM_CONFIG_HOME="$LAB/helm" HELM_DATA_HOME="$LAB/helm" \
		"$LAB/bin/helm" --kubeconfig "$LAB/pki/admin.conf" -n kube-system "$@"
}

SCENE=(--set "bgp.as=65000,cniProvider=cilium,interfaceMtu=9000" --wait --timeout 5m)

@test "from kustomize to helm install: no ping is lost, the ToRs keep every prefix" {
	watch_begin
	ping_begin node1 node2 30
	k delete -k "$ROOT/manifests/overlays/dual-homed-ebgp" --wait >/dev/null
	run chart install leafpeer "$ROOT/manifests/helm/leafpeer" "${SCENE[@]}"
	[ "$status" = 0 ] || { echo "$output"; false; }
	suite_rolled_out
	for node in "${CLUSTER_NODES[@]}"; do
		soon both_established "$node"
	done
	ping_end
	watch_end
}

profile_of() { # NODE: what containerd has given the kernel for the agent, in order
	local id
	id=$(k -n kube-system get "$(agent_pod "$1")" -o json |
		jq -r '.status.containerStatuses[] | select(.name == "leafpeerd").containerID | sub(".*//"; "")')
	cluster_in "$1" ctr -n k8s.io containers info "$id" | jq -cS '.Spec.linux.seccomp |
		[.defaultAction, ([.syscalls[].names[]] | unique)]'
}

@test "seccomp.own: the kernel filters each agent's calls by its own profile, and it works on" {
	run chart upgrade leafpeer "$ROOT/manifests/helm/leafpeer" "${SCENE[@]}" --set seccomp.own=true
	[ "$status" = 0 ] || { echo "$output"; false; }
	suite_rolled_out
	want=$(jq -cS '[.defaultAction, ([.syscalls[].names[]] | unique)]' "$ROOT/manifests/components/seccomp/leafpeerd.json")
	for node in "${CLUSTER_NODES[@]}"; do
		soon both_established "$node"
		[ "$(profile_of "$node")" = "$want" ]
		pid=$(cluster_in "$node" pgrep -x leafpeerd)
		cluster_in "$node" grep -qx 'Seccomp:	2' "/proc/$pid/status"
		cluster_in "$node" grep -qx 'Seccomp_filters:	1' "/proc/$pid/status"
	done
	# what a person asks, what Kubernetes tells, what the kernel and the runtime say
	for what in "show ip bgp summary" "show ip route bgp" "show kubernetes" "show pods" "show tech-support"; do
		cli node1 "$what" >/dev/null
	done
	annotate node1 arista/bgp-peer-ip-2- arista/bgp-remote-as-2-
	one() { ! tor_established 2 node1; }
	soon one
	peer_annotations node1
	soon both_established node1
	k delete pod "$(box_of node1)" --wait >/dev/null
	boxes_running node1
	soon tors_have node1 "$(node_cidr node1)"
	cluster_in node1 "${CURL[@]}" http://127.0.0.1:9179/metrics | grep -q leafpeer_bgp_peer_up
	[ "$(k -n kube-system get pod -l "$DS" -o 'jsonpath={.items[*].status.containerStatuses[*].restartCount}')" = "0 0 0" ]
}

nothing_is_left() {
	[ "$(k get daemonset,pod,serviceaccount,clusterrole,clusterrolebinding,role,rolebinding,validatingadmissionpolicy -A \
		-l app.kubernetes.io/name=leafpeer -o name 2>&1)" = "" ]
}

@test "helm uninstall leaves nothing of it in the cluster" {
	run chart uninstall leafpeer --wait
	[ "$status" = 0 ] || { echo "$output"; false; }
	# a pod is gone when the kubelet says so
	soon nothing_is_left
}
