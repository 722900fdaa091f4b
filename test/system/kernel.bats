#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# The agent is not alone with the kernel: what others put there, and what they take away.

load helper

both="10.90.224.106 10.90.225.106"

theirs() { # PREFIX: the gateway of proto 99's route
	lab_ip node1 -j route show "$1" proto 99 | jq -r '.[0].gateway // empty'
}

ours_is() { # "GATEWAY GATEWAY", or "": none
	kernel_hops_are node1 10.233.1.0/24 "$1"
}

no_route_of_ours() {
	[ -z "$(lab_ip node1 route show 10.233.1.0/24 proto bgp)" ]
}

blocked() { # NUMBER, in the metrics
	lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics | grep -q "^leafpeer_fib_blocked_routes $1\$"
}

@test "a route of somebody else's with our prefix, table and metric is never replaced" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	lab_frr_dual tor2 10.90.225.99 10.90.225.105 10.90.225.106
	lab_ip node1 route add 10.233.1.0/24 via 10.90.224.98 metric 20 proto 99
	dual_nodes LEAFPEER_HTTP=127.0.0.1:9179
	# it was there first
	lab_until 10 log_has node1 'somebody else.s routes have our table and metric.*10.233.1.0/24'
	[ "$(theirs 10.233.1.0/24)" = 10.90.224.98 ]
	no_route_of_ours
	lab_ctl node1 show ip route 10.233.1.0/24 | grep -q 'is not installed'
	blocked 1
	# it goes, and ours comes
	lab_ip node1 route del 10.233.1.0/24 metric 20 proto 99
	lab_until 5 ours_is "$both"
	lab_until 5 blocked 0
	# theirs takes the place of ours
	lab_ip node1 route replace 10.233.1.0/24 via 10.90.224.98 metric 20 proto 99
	lab_until 5 blocked 1
	sleep 2.5
	[ "$(theirs 10.233.1.0/24)" = 10.90.224.98 ]
	no_route_of_ours
	# changes of what is wanted leave it alone
	lab_tor_down tor1
	lab_tor_up tor1
	lab_until 20 lab_established node1 2
	[ "$(theirs 10.233.1.0/24)" = 10.90.224.98 ]
	lab_ip node1 route del 10.233.1.0/24 metric 20 proto 99
	lab_until 10 ours_is "$both"
	# beside ours: ours goes
	lab_ip node1 route append 10.233.1.0/24 via 10.90.224.98 metric 20 proto 99
	lab_until 5 no_route_of_ours
	[ "$(theirs 10.233.1.0/24)" = 10.90.224.98 ]
	# a restart changes nothing of it
	lab_kill node1-agent KILL
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179
	lab_until 20 lab_established node1 2
	lab_until 10 blocked 1
	[ "$(theirs 10.233.1.0/24)" = 10.90.224.98 ]
	lab_ip node1 route del 10.233.1.0/24 metric 20 proto 99
	lab_until 10 ours_is "$both"
	# with another metric it is nobody's business
	lab_ip node1 route add 10.233.1.0/24 via 10.90.224.98 metric 30 proto 99
	sleep 1
	ours_is "$both"
}
