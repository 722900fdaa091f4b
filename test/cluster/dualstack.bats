#!/usr/bin/env bats
# IPv4 and IPv6 at once: a prefix of each a node, both over the sessions that there are.

setup_file() {
	load suite.bash
	suite_begin
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	suite_peering 1
}

setup() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || skip "kind.sh makes a cluster of IPv4"
}

pods_anew() { # they get the addresses of the list of plugins as it is now
	k delete pod -l box=yes --wait >/dev/null
	for node in "${CLUSTER_NODES[@]}"; do
		boxes_running "$node"
	done
}

box_addr6() { # NODE
	k get pod "$(box_of "$1")" -o 'jsonpath={.status.podIPs[1].ip}'
}

prefixes6() { # TOR: all that it has
	tor "$1" "show bgp ipv6 unicast json" | jq -r '.routes | keys[]' | sort | xargs
}

@test "a node has a prefix of each family, and announces the one that has pods" {
	for node in "${CLUSTER_NODES[@]}"; do
		[[ $(node_cidr "$node") == 10.233.*.0/24 ]]
		[[ $(node_cidr6 "$node") == fd00:10:233:*/64 ]]
		cli "$node" show aggregates | grep -qF "$(node_cidr6 "$node")"
	done
	[ -z "$(prefixes6 1)" ]
}

@test "pods with both: both ToRs have one prefix more of each node, and no session was reset for it" {
	up=$(for node in "${CLUSTER_NODES[@]}"; do uptime_count 1 "$node"; done | xargs)
	for node in "${CLUSTER_NODES[@]}"; do
		cluster_conflist "$node" leafpeer "$(node_cidr "$node")" "$(node_cidr6 "$node")"
	done
	pods_anew
	for node in "${CLUSTER_NODES[@]}"; do
		soon tors_have6 "$node" "$(node_cidr6 "$node")"
		tors_have "$node" "$(node_cidr "$node")"
		[[ $(box_addr6 "$node") == "$(node_cidr6 "$node" | sed 's|:/64||')"* ]]
	done
	all=$(for node in "${CLUSTER_NODES[@]}"; do node_cidr6 "$node"; echo; done | sort | xargs)
	[ "$(prefixes6 1)" = "$all" ]
	[ "$(prefixes6 2)" = "$all" ]
	[ "$(for node in "${CLUSTER_NODES[@]}"; do uptime_count 1 "$node"; done | xargs)" = "$up" ]
}

routes6() { # NODE PREFIX: BGP's, over both ToRs
	local out
	out=$(cluster_in "$1" ip -6 route show "$2" proto bgp)
	[[ $out == *"dev eth1"* && $out == *"dev eth2"* ]]
}

@test "every pod pings every other node's by IPv6 and by IPv4, on routes of BGP" {
	for node in "${CLUSTER_NODES[@]}"; do
		for other in "${CLUSTER_NODES[@]}"; do
			[ "$other" != "$node" ] || continue
			soon routes6 "$node" "$(node_cidr6 "$other")"
			for to in "$(box_addr6 "$other")" "$(box_addrs "$other" | head -n 1)"; do
				run k exec "$(box_of "$node")" -- ping -c 3 -W 5 "$to"
				[ "$status" = 0 ] || { echo "$node to $to: $output"; false; }
			done
		done
	done
}

@test "the last IPv6 address of a node goes: that prefix is withdrawn, the other stays" {
	for node in "${CLUSTER_NODES[@]}"; do
		node_conflist "$node"
	done
	watch_begin
	pods_anew
	none() { [ -z "$(prefixes6 1)$(prefixes6 2)" ]; }
	soon none
	watch_end
}
