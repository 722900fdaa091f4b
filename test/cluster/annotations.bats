#!/usr/bin/env bats
# A node is annotated and peers; what is changed there is in force in a moment, and only that.

setup_file() {
	load suite.bash
	suite_begin
	for node in "${CLUSTER_NODES[@]}"; do
		no_annotations "$node"
	done
	for node in "${CLUSTER_NODES[@]}"; do
		soon tor_is_down 1 "$node"
		soon tor_is_down 2 "$node"
	done
	# something to announce
	suite_boxes 1
	export AGENTS_BEFORE
	AGENTS_BEFORE=$(agents)
}

setup() {
	load suite.bash
	cluster_load
}

agents() { # each agent's pod, and how often it was started
	k -n kube-system get pod -l "$DS" -o 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\n"}{end}' |
		sort
}

tor_is_down() { # TOR NODE
	! tor_established "$1" "$2"
}

# From the moment that kubectl came back until the agent had both sessions, by its log: how long it takes the test to
# ask two ToRs is no part of it.
ms_until_both() { # NODE SINCE
	local at last=0
	while read -r at; do
		at=$(date -d "$at" +%s%N)
		[ "$at" -le "$last" ] || last=$at
	done < <(agent_log "$1" | awk '/ session established / {print $1}' | tail -n 2)
	echo $(((last - $2) / 1000000))
}

@test "annotated, a node is Established with both ToRs within a second, and they have its prefix" {
	best=$((BEFORE * 1000))
	for node in "${CLUSTER_NODES[@]}"; do
		peer_annotations "$node"
		since=$(date +%s%N)
		soon both_established "$node"
		ms=$(ms_until_both "$node" "$since")
		note "$node: both Established $ms ms after kubectl annotate"
		[ "$ms" -gt -5000 ] # of now, and not of before
		[ "$ms" -ge "$best" ] || best=$ms
		soon tors_have "$node" "$(node_cidr "$node")"
	done
	# the best of three, since the machine may be busy with something else in any one of them
	[ "$best" -lt 1000 ]
}

@test "nothing was restarted for it" {
	[ "$(agents)" = "$AGENTS_BEFORE" ]
}

@test "one neighbour's annotation is changed: its session is reset, the other's is not" {
	up1=$(uptime_count 1 node1)
	up2=$(uptime_count 2 node1)
	# another AS than the ToR's: that session cannot come up
	annotate node1 arista/bgp-remote-as-2=65009
	soon tor_is_down 2 node1
	tor_established 1 node1
	annotate node1 arista/bgp-remote-as-2=65001
	soon both_established node1
	[ "$(uptime_count 1 node1)" = "$up1" ]
	[ "$(uptime_count 2 node1)" -gt "$up2" ]
	soon tors_have node1 "$(node_cidr node1)"
}

@test "the brief's spelling is understood: arista/bgp-remote-as2" {
	up2=$(uptime_count 2 node1)
	annotate node1 arista/bgp-remote-as-2- arista/bgp-remote-as2=65001
	sleep 2
	both_established node1
	[ "$(uptime_count 2 node1)" = "$up2" ]
	annotate node1 arista/bgp-remote-as-2=65001 arista/bgp-remote-as2-
	sleep 2
	both_established node1
	[ "$(uptime_count 2 node1)" = "$up2" ]
}

refused() { # NODE
	agent_log "$1" | grep -q 'arista/bgp-remote-as-2=banana'
}

@test "mistyped, it is refused as a whole, with the reason; what was in force stays" {
	up1=$(uptime_count 1 node1)
	up2=$(uptime_count 2 node1)
	# the good half of it must not be taken either
	annotate node1 arista/bgp-remote-as-2=banana arista/bgp-peer-ip-1=10.90.224.200
	soon refused node1
	[ "$(metric node1 leafpeer_config_valid)" = 0 ]
	sleep 1
	both_established node1
	[ "$(uptime_count 1 node1)" = "$up1" ]
	[ "$(uptime_count 2 node1)" = "$up2" ]
	run cli node1 show running-config
	[[ $output != *10.90.224.200* && $output == *"neighbor $TOR1 "* ]]
}

@test "an agent that is started with a mistyped annotation has the last good configuration" {
	pod=$(agent_pod node1)
	k -n kube-system delete "$pod" --wait >/dev/null
	suite_rolled_out
	soon both_established node1
	[ "$(metric node1 leafpeer_config_valid)" = 0 ]
	peer_annotations node1
	valid() { [ "$(metric node1 leafpeer_config_valid)" = 1 ]; }
	soon valid
	both_established node1
}

@test "one ToR's annotations removed: the session ends, the other's stays, and so does the prefix" {
	up1=$(uptime_count 1 node1)
	annotate node1 arista/bgp-peer-ip-2- arista/bgp-remote-as-2-
	soon tor_is_down 2 node1
	soon tor_has_not 2 node1 "$(node_cidr node1)"
	tor_has 1 node1 "$(node_cidr node1)"
	[ "$(uptime_count 1 node1)" = "$up1" ]
	peer_annotations node1
	soon tors_have node1 "$(node_cidr node1)"
}

@test "all annotations removed: no session, and the ToRs forget the prefix" {
	no_annotations node3
	soon tor_is_down 1 node3
	soon tor_is_down 2 node3
	soon tors_have_not node3 "$(node_cidr node3)"
	peer_annotations node3
	soon tors_have node3 "$(node_cidr node3)"
}
