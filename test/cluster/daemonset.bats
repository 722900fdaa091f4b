#!/usr/bin/env bats
# The shipped manifest, on nodes that have never heard of leafpeer.

setup() {
	load suite.bash
	cluster_load
}

@test "the shipped DaemonSet becomes Ready on every node" {
	suite_begin
	[ "$(k -n kube-system get daemonset leafpeer -o 'jsonpath={.status.numberReady}')" = ${#CLUSTER_NODES[@]} ]
}

@test "the plugin is on every node, and is what this tree has built" {
	for node in "${CLUSTER_NODES[@]}"; do
		cluster_in "$node" test -x /opt/cni/bin/leafpeer
		run cluster_in "$node" env CNI_COMMAND=VERSION /opt/cni/bin/leafpeer <<<'{"cniVersion":"1.0.0"}'
		[ "$status" = 0 ]
		[[ $output == *1.1.0* ]]
	done
}

@test "root without root's power: two capabilities, no new privileges, seccomp, nothing to write on" {
	for node in "${CLUSTER_NODES[@]}"; do
		pid=$(cluster_in "$node" pgrep -x leafpeerd)
		status_of=$(cluster_in "$node" cat "/proc/$pid/status")
		# CAP_NET_BIND_SERVICE is 10, CAP_NET_ADMIN is 12
		for set in CapPrm CapEff CapBnd; do
			grep -qx "$set:	0000000000001400" <<<"$status_of"
		done
		for set in CapInh CapAmb; do
			grep -qx "$set:	0000000000000000" <<<"$status_of"
		done
		grep -qx 'NoNewPrivs:	1' <<<"$status_of"
		grep -qx 'Seccomp:	2' <<<"$status_of"
		cluster_in "$node" grep -qE '^[0-9]+ [0-9]+ [0-9:]+ / / ro[, ]' "/proc/$pid/mountinfo"
	done
}

@test "an answer on /healthz and /readyz, on the node's loopback only" {
	for node in "${CLUSTER_NODES[@]}"; do
		run cluster_in "$node" "${CURL[@]}" http://127.0.0.1:9179/healthz
		[ "$status" = 0 ]
		run cluster_in "$node" "${CURL[@]}" http://127.0.0.1:9179/readyz
		[ "$status" = 0 ]
		run ! cluster_in "$node" "${CURL[@]}" "http://$(node_addr "$node" 1):9179/healthz"
	done
}

@test "kubectl exec POD -- Cli answers as a switch does" {
	run cli node1 show ip bgp summary
	[ "$status" = 0 ]
	[[ $output == *"BGP summary information for VRF default"* ]]
}
