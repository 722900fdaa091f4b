#!/usr/bin/env bats
# A node's prefix is another one: Cilium's resource appears, and what it says changes.

setup_file() {
	load suite.bash
	suite_peering 1
}

teardown_file() {
	load suite.bash
	cluster_load
	# with it, and without a CiliumNode, a node has no prefix
	[ "$CLUSTER_BACKEND" != netns ] || k delete crd ciliumnodes.cilium.io --ignore-not-found --wait >/dev/null
}

setup() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || skip "a kind cluster has Cilium, whose own the CiliumNodes are"
}

crd() {
	cluster_crds k ciliumnodes
}

cilium_pools() { # NODE POOL CIDR...: of multi-pool IPAM
	local node=$1 list=
	shift
	while [ $# -gt 0 ]; do
		list+="{pool: $1, cidrs: [\"$2\"]}, "
		shift 2
	done
	k apply -f - >/dev/null <<-YAML
		apiVersion: cilium.io/v2
		kind: CiliumNode
		metadata: {name: $node}
		spec: {ipam: {pools: {allocated: [${list%, }]}}}
	YAML
}

cilium_node() { # NODE CIDR...
	local node=$1 c list=
	shift
	for c; do
		list+="\"$c\","
	done
	k apply -f - >/dev/null <<-YAML
		apiVersion: cilium.io/v2
		kind: CiliumNode
		metadata: {name: $node}
		spec: {ipam: {podCIDRs: [${list%,}]}}
	YAML
}

@test "the CiliumNode resource appears while the agent runs; the same prefix moves nothing" {
	up=$(uptime_count 1 node1)
	updates=$(updates_from 1 node1)
	crd
	for node in "${CLUSTER_NODES[@]}"; do
		cilium_node "$node" "$(node_cidr "$node")" "$(node_cidr6 "$node")"
	done
	from_cilium() { cli node1 show kubernetes | grep -q 'Prefixes from: CiliumNode'; }
	soon from_cilium
	tors_have node1 "$(node_cidr node1)"
	[ "$(uptime_count 1 node1)" = "$up" ]
	[ "$(updates_from 1 node1)" = "$updates" ]
}

@test "the prefix becomes two halves: they are announced before the whole is withdrawn" {
	cidr=$(node_cidr node1)
	low=${cidr%.0/24}.0/25
	high=${cidr%.0/24}.128/25
	up=$(uptime_count 1 node1)
	out=$BATS_TEST_TMPDIR/seen
	(
		until [ -e "$BATS_TEST_TMPDIR/stop" ]; do
			tor_prefixes 1 node1 | sort | xargs
			sleep 0.05
		done
	) >"$out" 2>&1 3>&- &
	watcher=$!
	sleep 0.5
	cilium_node node1 "$low" "$high"
	halves() { tors_have_not node1 "$cidr" && { tors_have node1 "$low" || tors_have node1 "$high"; }; }
	soon halves
	touch "$BATS_TEST_TMPDIR/stop"
	wait $watcher
	note "$(uniq -c "$out" | sed 's/^ *//' | paste -sd';')"
	# at no time was there none
	run ! grep -qx '' "$out"
	[ "$(uptime_count 1 node1)" = "$up" ]
	cilium_node node1 "$cidr"
	soon tors_have node1 "$cidr"
	soon tors_have_not node1 "$low"
}

@test "multi-pool IPAM: a pool's prefix is announced from its first pod on, and goes with the pool" {
	cidr=$(node_cidr node1)
	other=10.234.1.0/26
	crd
	up=$(uptime_count 1 node1)
	cilium_pools node1 default "$cidr" other $other
	owned() { [ "$(cli node1 'show aggregates | json' | jq -c '[.aggregates[].prefix] | sort')" = "[\"$cidr\",\"$other\"]" ]; }
	soon owned
	tors_have node1 "$cidr"
	tors_have_not node1 $other
	cluster_conflist node1 leafpeer $other
	k run other --image leafpeer-test/box:1 --overrides '{"spec": {"nodeSelector": {"kubernetes.io/hostname": "node1"},
		"automountServiceAccountToken": false, "terminationGracePeriodSeconds": 0}}' --command -- sleep 1000000 >/dev/null
	k wait --for=condition=Ready pod/other --timeout "${BEFORE}s" >/dev/null
	soon tors_have node1 $other
	tors_have node1 "$cidr"
	k exec "$(box_of node2)" -- ping -c 3 -W 5 "$(k get pod other -o 'jsonpath={.status.podIP}')"
	k delete pod other --wait >/dev/null
	node_conflist node1
	cilium_pools node1 default "$cidr"
	soon tors_have_not node1 $other
	tors_have node1 "$cidr"
	[ "$(uptime_count 1 node1)" = "$up" ]
}

@test "the resource goes again: the prefix is the Node's" {
	k delete crd ciliumnodes.cilium.io --wait >/dev/null
	from_node() { cli node1 show kubernetes | grep -q 'Prefixes from: Node'; }
	soon from_node
	tors_have node1 "$(node_cidr node1)"
}
