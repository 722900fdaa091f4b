#!/usr/bin/env bats
# The ways in which the plugin gets into the chain, other than Cilium's own list, with pods that start through it.

setup_file() {
	load suite.bash
	suite_begin
	suite_peers
}

teardown_file() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	for node in "${CLUSTER_NODES[@]}"; do
		cluster_in "$node" rm -rf /etc/cni/net.d/cilium
		node_conflist "$node"
	done
}

setup() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || skip "the list of plugins of a kind cluster is Cilium's"
}

suite_after() {
	k delete pod new --ignore-not-found --wait >/dev/null 2>&1
}

apply_with() { # COMPONENT
	kustomization "$BATS_TEST_TMPDIR/k" overlays/dual-homed-ebgp "components/$1"
	k apply -k "$BATS_TEST_TMPDIR/k" >/dev/null
	suite_rolled_out
}

cilium_writes() { # on every node, a list that knows nothing of us
	local node
	for node in "${CLUSTER_NODES[@]}"; do
		cluster_conflist "$node" alone "$(node_cidr "$node")"
	done
}

chain() { # NODE: the types of the list, in order
	cluster_in "$1" cat /etc/cni/net.d/05-cilium.conflist | jq -r '[.plugins[].type] | join(" ")'
}

chain_is() { # NODE "TYPE..."
	[ "$(chain "$1")" = "$2" ]
}

new_pod() { # NODE
	k run new --image leafpeer-test/box:1 --overrides '{"spec": {"nodeSelector": {"kubernetes.io/hostname": "'"$1"'"},
		"automountServiceAccountToken": false, "terminationGracePeriodSeconds": 0}}' --command -- sleep 1000000 >/dev/null
	k wait --for=condition=Ready pod/new --timeout "${BEFORE}s" >/dev/null
}

has_record() { # NODE
	cluster_in "$1" grep -qs '"podName":"new"' -r /run/leafpeer/pods
}

@test "install-patch: an entry in Cilium's list, and again when Cilium has written it anew; pods go through it" {
	cilium_writes
	apply_with install-patch
	for node in "${CLUSTER_NODES[@]}"; do
		soon chain_is "$node" "ptp leafpeer"
	done
	new_pod node1
	has_record node1
	soon tors_have node1 "$(node_cidr node1)"
	cilium_writes
	for node in "${CLUSTER_NODES[@]}"; do
		soon chain_is "$node" "ptp leafpeer"
	done
	# what stays beside the agent for that has no power at all
	pid=$(cluster_in node1 pgrep -f 'leafpeerctl install-cni')
	cluster_in node1 grep -qx 'CapEff:	0000000000000000' "/proc/$pid/status"
	cluster_in node1 grep -qx 'NoNewPrivs:	1' "/proc/$pid/status"
	cluster_in node1 grep -qx 'Seccomp:	2' "/proc/$pid/status"
}

@test "uninstall: the entry is gone, pods start without, and the agent keeps what it had" {
	cilium_writes
	apply_with install-patch
	soon chain_is node1 "ptp leafpeer"
	apply_with uninstall
	for node in "${CLUSTER_NODES[@]}"; do
		chain_is "$node" ptp
	done
	new_pod node1
	run ! has_record node1
	soon both_established node1
}

@test "install-dropin: a file beside Cilium's list, which a runtime with libcni 1.3 puts into the chain" {
	cilium_writes
	apply_with install-dropin
	for node in "${CLUSTER_NODES[@]}"; do
		chain_is "$node" ptp
		[ "$(cluster_in "$node" jq -r .type /etc/cni/net.d/cilium/50-leafpeer.conf)" = leafpeer ]
	done
	# Debian's containerd has libcni 1.1, so this is libcni's own program
	cp "$LAB/bin/cnitool" "$LAB/node1/opt/"
	cluster_in node1 ip netns add new
	cni() { cluster_in node1 env CNI_PATH=/opt/cni/bin NETCONFPATH=/etc/cni/net.d CNI_IFNAME=eth0 /opt/cnitool "$1" cilium /run/netns/new; }
	# a list that does not say so has all its plugins in itself
	run cni add
	echo "$output"
	[ "$status" = 0 ]
	addr=$(jq -r '.ips[0].address' <<<"$output")
	cluster_in node1 grep -qF "\"$addr\"" -r /run/leafpeer/pods || cluster_in node1 grep -qF "\"${addr%/*}\"" -r /run/leafpeer/pods
	run cni check
	[ "$status" = 0 ]
	cni del
	run ! cluster_in node1 grep -qF "\"${addr%/*}\"" -r /run/leafpeer/pods
	cluster_in node1 ip netns del new
	# the environment is for the MTU; from here on it is the base again
	k apply -k "$ROOT/manifests/overlays/dual-homed-ebgp" >/dev/null
	suite_rolled_out
}
