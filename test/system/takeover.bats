#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# Restarts that nobody notices: a flow of 1000 datagrams a second between two nodes, either way, while
# one node's agent is killed, stopped, or taken over from; what the ToRs and the other node see of it.

load helper
load kubernetes

both="10.90.224.106 10.90.225.106"
FLOW=$BATS_TEST_DIRNAME/../../build/helper/flow

tor() { # TOR ID NODE-ADDRESS... : FRR with BFD, which looks at the C bit, as RFC 5882 section 4.3 has it
	local name=$1 id=$2 node
	shift 2
	{
		printf '%s\n' "router bgp 65001" " bgp router-id $id" " no bgp ebgp-requires-policy" " timers bgp 3 9" \
			" bgp graceful-restart" " bgp graceful-restart stalepath-time 60"
		for node; do
			printf '%s\n' " neighbor $node remote-as 65000" " neighbor $node bfd" \
				" neighbor $node bfd check-control-plane-failure" " neighbor $node bfd profile fast"
		done
		printf '%s\n' " address-family ipv4 unicast" "  maximum-paths 32"
	} | lab_frr "$name"
	printf '%s\n' bfd " profile fast" "  transmit-interval 100" "  receive-interval 100" | lab_frr_bfd "$name"
	# it has no thread that goes first, as ours does: on a busy machine it would read our packets too late
	chrt -f -p 10 "$(lab_pid "$name-bfdd")"
}

agent() { # NODE [VARIABLE=VALUE...] [FLAG...]
	local node=$1
	shift
	lab_agent "$node" LEAFPEER_HTTP=127.0.0.1:9179 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 \
		BGP_REMOTE_AS=65001 POD_CIDR="10.233.$((${node#node} - 1)).0/24" LEAFPEER_ADVERTISE=always "$@"
}

fabric() {
	local n
	lab_dual
	tor tor1 10.90.224.98 10.90.224.105 10.90.224.106
	tor tor2 10.90.225.99 10.90.225.105 10.90.225.106
	for n in 1 2; do
		printf '%s\n' "router bfd" "   interval 100 min-rx 100 multiplier 3 default" "router bgp 65000" \
			"   timers bgp 3 9" "   neighbor 10.90.224.98 bfd" "   neighbor 10.90.225.99 bfd" >"$LAB/node$n.conf"
		lab_ip "node$n" addr add "10.233.$((n - 1)).1/32" dev lo
		mkdir -p "$LAB/node$n"
		agent "node$n"
	done
	for n in 1 2; do
		lab_until 20 lab_established "node$n" 2
		lab_until 10 bfd_up "node$n"
	done
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_until 10 kernel_hops_are node2 10.233.0.0/24 "10.90.224.105 10.90.225.105"
	# the first agent's own End-of-RIB must have come before it may be forgotten
	sleep 1.5
}

bfd_up() { # NODE
	[ "$(lab_ctl "$1" 'show bfd peers | json' |
		jq '[.vrfs.default.ipv4Neighbors[].peerStats[] | select(.status == "up")] | length')" = 2 ]
}

resets() { # TOR: of its session with node1
	lab_vtysh "$1" show bgp neighbors 10.90.224.105 json 2>/dev/null |
		jq '.[] | objects | .connectionsDropped // empty'
	lab_vtysh "$1" show bgp neighbors 10.90.225.105 json 2>/dev/null |
		jq '.[] | objects | .connectionsDropped // empty'
}

flow_start() {
	lab_spawn flow-at1 node1 "$FLOW" receive 10.233.0.1 7000
	lab_spawn flow-at2 node2 "$FLOW" receive 10.233.1.1 7000
	sleep 0.2
	lab_spawn flow-from1 node1 "$FLOW" send 10.233.0.1 10.233.1.1 7000 1000
	lab_spawn flow-from2 node2 "$FLOW" send 10.233.1.1 10.233.0.1 7000 1000
	lab_spawn withdraws node2 ip -o monitor route
	sleep 0.5
}

# All that was sent came, and node2 never lost the route to node1's prefix, nor a next hop of it.
flow_is_whole() {
	local at
	lab_kill flow-from1
	lab_kill flow-from2
	sleep 0.3
	lab_kill flow-at1
	lab_kill flow-at2
	lab_kill withdraws
	for at in "from1 at2" "from2 at1"; do
		read -r from to <<<"$at"
		echo "sent $(cat "$LAB/log/flow-$from"), received $(tail -n 1 "$LAB/log/flow-$to")"
		[ "$(head -n 1 "$LAB/log/flow-$from")" -gt 1000 ]
		[ "$(cat "$LAB/log/flow-$from")" = "$(cat "$LAB/log/flow-$to")" ]
	done
	lacks grep '10\.233\.0\.0/24' "$LAB/log/withdraws"
}

@test "take-over, three times in a row: no session ends, nothing is lost, nothing is said twice" {
	fabric
	flow_start
	before=$(lab_vtysh tor1 show bgp neighbors 10.90.224.105 json | jq '.[].messageStats.updatesRecv')
	discr=$(lab_ctl node1 'show bfd peers | json' | jq '.vrfs.default.ipv4Neighbors["10.90.224.98"].peerStats.eth1.localDisc')
	before_downs=$(seen_downs)
	mark=$(wc -l <"$LAB/log/node1-agent")
	old=$(lab_pid node1-agent)
	for i in 1 2 3; do
		agent node1 --take-over
		new=$(lab_pid node1-agent)
		lab_until 10 gone "$old"
		lab_until 10 lab_established node1 2
		lab_until 15 log_count node1 'restart over' "$i"
		old=$new
		sleep 1
	done
	# the same session of BFD, and neither went down
	[ "$(seen_downs)" = "$before_downs" ]
	[ "$(lab_ctl node1 'show bfd peers | json' |
		jq '.vrfs.default.ipv4Neighbors["10.90.224.98"].peerStats.eth1.localDisc')" = "$discr" ]
	lacks grep -E 'session down|BFD down' <(tail -n +$((mark + 1)) "$LAB/log/node1-agent")
	[ "$(lab_vtysh tor1 show bgp neighbors 10.90.224.105 json | jq '.[].messageStats.updatesRecv')" = "$before" ]
	kernel_hops_are node1 10.233.1.0/24 "$both"
	flow_is_whole
	# and it is an agent like any other: it hears, says, and is heard
	lab_kill node2-agent KILL
	lab_ctl node1 show ip bgp 10.233.1.0/24 | grep -q 10.90.224.106
	lab_in node1 busybox wget -qO- http://127.0.0.1:9179/healthz | grep -q ok
	lab_ctl node1 drain 0
	lab_until 5 tor_has_not tor1 10.233.0.0/24
}

# How often sessions went down so far, at both ToRs and at both ends of BFD: as they come up, FRR ends some.
seen_downs() {
	resets tor1
	resets tor2
	lab_ctl node1 'show bfd peers | json' | jq '.vrfs.default.ipv4Neighbors[].peerStats[].sessionDowns'
	lab_vtysh tor1 show bfd peers counters json | jq '.[] | select(.peer == "10.90.224.105") | ."session-down"'
}

gone_or_there() { # PID
	gone "$1" || lab_ctl node1 show version
}

gone() { # PID
	[ ! -d "/proc/$1" ] || [ "$(sed 's/.*) //' "/proc/$1/stat" | cut -c1)" = Z ]
}

log_count() { # NODE TEXT NUMBER
	[ "$(grep -c -- "$2" "$LAB/log/$1-agent")" -ge "$3" ]
}

@test "take-over of nobody is a start" {
	fabric
	lab_kill node1-agent
	agent node1 --take-over
	lab_until 20 lab_established node1 2
	log_has node1 'no other leafpeerd to take over from'
}

@test "one that is told to stop at that moment, and hears of the other no more: a restart" {
	local old
	lab_dual
	tor tor1 10.90.224.98 10.90.224.105
	agent node1 BGP_PEER=10.90.224.98
	lab_until 20 lab_established node1 1
	lab_until 10 tor_has tor1 10.233.0.0/24
	old=$(lab_pid node1-agent)
	kill -STOP "$old"
	kill -TERM "$old"
	agent node1 BGP_PEER=10.90.224.98 --take-over
	lab_until 2 asked_for
	kill -CONT "$old"
	lab_until 10 gone "$old"
	lab_until 20 lab_established node1 1
	lacks log_has node1 'has taken over'
	log_has node1 'the other leafpeerd was on its way out: a restart'
	lacks log_has node1 'cannot listen'
	tor_has tor1 10.233.0.0/24
}

asked_for() { # somebody has dialled the agent, and was not accepted yet
	[ "$(lab_in node1 ss -Hxl "src $LAB/node1/run/leafpeerd.sock" | awk '{ print $3 }')" -ge 1 ]
}

@test "a new one that dies on the way, or does not understand, leaves the old one running" {
	local old n
	fabric
	flow_start
	old=$(lab_pid node1-agent)
	# asks, takes what it gets, and goes away without a word; sends rubbish; says nothing at all
	for n in away rubbish silent; do
		python3 "$BATS_TEST_DIRNAME/mock_takeover.py" "$LAB/node1/run/leafpeerd.sock" "$n"
		lab_until 5 lab_established node1 2
		kill -0 "$old"
	done
	[ "$(grep -c 'asked to take over and did not' "$LAB/log/node1-agent")" = 3 ]
	# killed at a moment of its start
	for n in 0.02 0.05 0.1 0.15; do
		mv "$LAB/pids/node1-agent" "$LAB/pids/node1-old"
		agent node1 --take-over
		sleep "$n"
		lab_kill node1-agent KILL
		# it may be on its way out
		lab_until 10 gone_or_there "$old"
		if gone "$old"; then
			# behind "yours": a graceful restart
			agent node1
			lab_until 20 lab_established node1 2
			lab_until 15 bfd_up node1
			old=$(lab_pid node1-agent)
			rm -f "$LAB/pids/node1-old"
			sleep 2
		else
			mv "$LAB/pids/node1-old" "$LAB/pids/node1-agent"
		fi
	done
	lab_until 5 lab_established node1 2
	flow_is_whole
}

@test "a neighbour that is not configured any more, and one that is another, are not carried on" {
	fabric
	# a file of its own: the old one would read an edited one at once, and do by itself what is tested
	sed 's/timers bgp 3 9/timers bgp 4 12/; /10.90.225.99/d' "$LAB/node1.conf" >"$LAB/node1-new.conf"
	old=$(lab_pid node1-agent)
	agent node1 LEAFPEER_CONFIG="$LAB/node1-new.conf" BGP_PEER=10.90.224.98 --take-over
	lab_until 10 gone "$old"
	log_has node1 'another leafpeerd has taken over sessions=2'
	# other timers are another session; it comes back by itself
	lab_until 20 lab_established node1 1
	lacks log_has node1 'session taken over'
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 10.90.224.106
}

@test "who has not heard from the Kubernetes API yet takes nothing over: the old one goes on until then" {
	local old new
	lab_dual
	tor tor1 10.90.224.98 10.90.224.105 10.90.224.106
	kube_certificates
	mock_start node1
	mock_node node1 10.233.0.0/24 arista/bgp-peer-ip-1=10.90.224.98 arista/bgp-remote-as1=65001 \
		arista/bgp-local-as=65000 leafpeer/advertise=always
	kube_agent node1
	lab_until 10 lab_established node1 1
	lab_until 5 tor_has tor1 10.233.0.0/24
	lab_until 5 log_has node1 'restart over\|session established'
	old=$(lab_pid node1-agent)
	before=$(resets tor1)
	mock '{"hang": true}'
	# without a cache, as in a new pod that has none of the node's
	kube_agent node1 LEAFPEER_CACHE_DIR="$LAB/node1/no-cache" --take-over
	new=$(lab_pid node1-agent)
	lab_until 10 log_has node1 'until the Kubernetes API has answered'
	# longer than an agent waits that nobody is there for
	sleep 7
	kill -0 "$old"
	lab_established node1 1
	# a signal ends the waiting, and changes nothing
	lab_kill node1-agent
	kill -0 "$old"
	lab_established node1 1
	kube_agent node1 LEAFPEER_CACHE_DIR="$LAB/node1/no-cache" --take-over
	sleep 1
	mock '{"hang": false}'
	lab_until 15 gone "$old"
	lab_until 5 lab_established node1 1
	log_has node1 'session taken over peer=10.90.224.98'
	[ "$(resets tor1)" = "$before" ]
	tor_has tor1 10.233.0.0/24
}

marked() { # as about to go (RFC 8326)
	lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json | grep -q -i 'graceful-shutdown\|graceful_shutdown\|65535:0'
}

@test "draining goes on" {
	fabric
	lab_ctl node1 drain 600
	old=$(lab_pid node1-agent)
	agent node1 --take-over
	lab_until 10 gone "$old"
	lab_until 10 lab_established node1 2
	lab_ctl node1 show ip bgp summary | grep -q 'Under maintenance'
	lab_until 5 marked
	lab_ctl node1 undrain
	log_has node1 'no longer draining'
}

@test "kill -9 and a new start: no datagram is lost, no withdraw seen" {
	fabric
	flow_start
	lab_kill node1-agent KILL
	sleep 1
	agent node1
	lab_until 20 lab_established node1 2
	lab_until 20 log_has node1 'restart over'
	sleep 2
	flow_is_whole
	kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "SIGTERM and a new start: no datagram is lost, no withdraw seen" {
	fabric
	flow_start
	lab_kill node1-agent
	sleep 1
	agent node1
	lab_until 20 lab_established node1 2
	lab_until 20 log_has node1 'restart over'
	sleep 2
	flow_is_whole
	kernel_hops_are node1 10.233.1.0/24 "$both"
}
