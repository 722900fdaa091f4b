#!/usr/bin/env bats
# Agents, kubelets and nodes come and go; traffic does not.

setup_file() {
	load suite.bash
	suite_peering 3
}

setup() {
	load suite.bash
	cluster_load
}

@test "the agent's pod is deleted: no ping is lost, the ToRs keep the prefix" {
	old=$(agent_pod node1)
	watch_begin
	ping_begin node2 node1 15
	sleep 1
	k -n kube-system delete "$old" --wait >/dev/null
	suite_rolled_out
	soon both_established node1
	[ "$(agent_pod node1)" != "$old" ]
	ping_end
	watch_end
}

@test "the agent is killed: the kubelet starts it again, no ping is lost" {
	watch_begin
	ping_begin node1 node2 15
	sleep 1
	up=$(uptime_count 1 node1)
	# shellcheck disable=SC2016 # the node's shell's
	cluster_in node1 sh -c 'kill -KILL $(pgrep -x leafpeerd)'
	back() { both_established node1 && [ "$(uptime_count 1 node1)" -gt "$up" ]; }
	soon back
	ping_end
	watch_end
}

@test "the DaemonSet is upgraded, node by node: no ping is lost, the ToRs keep every prefix" {
	suite_image dev2
	watch_begin
	ping_begin node2 node3 40
	k -n kube-system set image daemonset/leafpeer '*=leafpeer:dev2' >/dev/null
	suite_rolled_out
	for node in "${CLUSTER_NODES[@]}"; do
		soon both_established "$node"
	done
	run k -n kube-system get pod -l "$DS" -o 'jsonpath={.items[*].spec.containers[*].image}'
	[[ $output == "leafpeer:dev2 leafpeer:dev2 leafpeer:dev2" ]]
	ping_end
	watch_end
}

@test "a kubelet is restarted: the node is Ready, its agent and its sessions were not touched" {
	up1=$(uptime_count 1 node2)
	up2=$(uptime_count 2 node2)
	pod=$(agent_pod node2)
	ping_begin node1 node2 15
	cluster_kubelet_restart node2
	sleep 3
	soon cluster_node_ready node2
	ping_end
	[ "$(agent_pod node2)" = "$pod" ]
	both_established node2
	[ "$(uptime_count 1 node2)" = "$up1" ]
	[ "$(uptime_count 2 node2)" = "$up2" ]
}

@test "a node is drained: its prefix is withdrawn after the last pod; uncordoned, it is back" {
	cidr=$(node_cidr node3)
	k drain node3 --ignore-daemonsets --force --delete-emptydir-data --timeout "${BEFORE}s" >/dev/null 2>&1
	began=$SECONDS
	both_established node3
	soon tors_have_not node3 "$cidr"
	note "withdrawn $((SECONDS - began)) s after the drain"
	both_established node3
	# the others' are still there
	tors_have node1 "$(node_cidr node1)"
	k uncordon node3 >/dev/null
	boxes_running node3
	soon tors_have node3 "$cidr"
}

# ---- what a person says before a node goes away -----------------------------------------------------------

going() { # NODE: a ToR hears that its prefix is about to go (RFC 8326)
	tor 1 "show bgp ipv4 unicast $(node_cidr "$1") json" | jq -e --arg a "$(node_addr "$1" 1)" \
		'any(.paths[]; .peer.peerId == $a and (.community.string // "" | test("graceful-shutdown|65535:0")))'
}

@test "leafpeer/drain=true: the prefix goes after a warning, sessions and pods stay; then it is back" {
	pods=$(box_addrs node1 | sort | xargs)
	up=$(uptime_count 1 node1)
	annotate node1 leafpeer/drain=true leafpeer/drain-time=3
	soon going node1
	soon tors_have_not node1 "$(node_cidr node1)"
	both_established node1
	annotate node1 leafpeer/drain- leafpeer/drain-time-
	soon tors_have node1 "$(node_cidr node1)"
	run ! going node1
	[ "$(box_addrs node1 | sort | xargs)" = "$pods" ]
	[ "$(uptime_count 1 node1)" = "$up" ]
}

@test "drain on cordon, from a ConfigMap that the agents read without a restart" {
	agents=$(k -n kube-system get pod -l "$DS" -o name | sort | xargs)
	suite_config $'leafpeer\n   drain time 1\n   drain on cordon\n'
	soon config_is 'drain on cordon'
	for node in "${CLUSTER_NODES[@]}"; do
		tors_have "$node" "$(node_cidr "$node")"
	done
	k cordon node3 >/dev/null
	soon tors_have_not node3 "$(node_cidr node3)"
	both_established node3
	tors_have node1 "$(node_cidr node1)"
	k uncordon node3 >/dev/null
	soon tors_have node3 "$(node_cidr node3)"
	suite_no_config
	[ "$(k -n kube-system get pod -l "$DS" -o name | sort | xargs)" = "$agents" ]
}
