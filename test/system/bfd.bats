#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# BFD with FRR's bfdd and BIRD's: up, silence, new intervals, AdminDown, and who else may send.

load helper

both="10.90.224.106 10.90.225.106"

# A ToR as lab_frr_dual has them, with BFD at 100 ms for its neighbours.
tor() { # TOR ID NODE-ADDRESS...
	local name=$1 id=$2 node
	shift 2
	{
		printf '%s\n' "router bgp 65001" " bgp router-id $id" " no bgp ebgp-requires-policy" " timers bgp 3 9"
		for node; do
			printf '%s\n' " neighbor $node remote-as 65000" " neighbor $node bfd" " neighbor $node bfd profile fast"
		done
	} | lab_frr "$name"
	printf '%s\n' bfd " profile fast" "  transmit-interval 100" "  receive-interval 100" | lab_frr_bfd "$name"
}

# The nodes' configuration; more lines for the neighbours from the arguments.
node_conf() { # LINE...
	local n line
	for n in 1 2; do
		{
			printf '%s\n' "router bfd" "   interval 100 min-rx 100 multiplier 3 default" "router bgp 65000" \
				"   timers bgp 3 9"
			for line; do
				printf '   neighbor 10.90.224.98 %s\n   neighbor 10.90.225.99 %s\n' "$line" "$line"
			done
		} >"$LAB/node$n.conf"
	done
}

fabric() { # LINE...
	lab_dual
	tor tor1 10.90.224.98 10.90.224.105 10.90.224.106
	tor tor2 10.90.225.99 10.90.225.105 10.90.225.106
	node_conf "$@"
	dual_nodes LEAFPEER_HTTP=127.0.0.1:9179
}

counted() { # METRIC: of node1
	lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics | sed -n "s/^$1 //p"
}

bfd() { # NODE ADDRESS JQ: of its first interface
	lab_ctl "$1" 'show bfd peers | json' |
		jq -r ".vrfs.default | (.ipv4Neighbors + .ipv6Neighbors)[\"$2\"].peerStats | to_entries[0].value | $3"
}

# FRR makes its session anew when its BGP configuration or session comes, which ends ours of before: what
# counts is what happens from here on.
downs() { # NODE ADDRESS
	bfd "$1" "$2" .sessionDowns
}

bfd_is() { # NODE ADDRESS JQ VALUE
	[ "$(bfd "$1" "$2" "$3")" = "$4" ]
}

frr_bfd_is() { # TOR PEER KEY VALUE
	[ "$(lab_vtysh "$1" show bfd peers json | jq -r ".[] | select(.peer == \"$2\") | .\"$3\"")" = "$4" ]
}

# What the ToR sends no longer gets there; link and sockets know nothing of it.
silence() { # NODE INTERFACE
	lab_in "$1" nft "add table netdev cut
		add chain netdev cut in { type filter hook ingress device $2 priority 0; policy drop; }"
}

speech() { # NODE
	lab_in "$1" nft delete table netdev cut
}

@test "FRR: up from the slow start, at the intervals that both can do" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 bfd_is node1 10.90.225.99 .status up
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.operTxInterval 100000
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 300000
	lab_until 5 frr_bfd_is tor1 10.90.224.105 status up
	lab_until 5 frr_bfd_is tor1 10.90.224.105 remote-transmit-interval 100
	# no echo: 0 as FRR sees it
	frr_bfd_is tor1 10.90.224.105 remote-echo-receive-interval 0
	bfd_is node1 10.90.224.98 .l3intf eth1
	run lab_ctl node1 show bfd peers
	[[ $output == *"10.90.224.98 "*" eth1    normal "* ]]
}

@test "FRR: a ToR that falls silent: its next hops go, then its session, long before the hold time" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 300000
	failovers=$(counted leafpeer_fib_failovers_total)
	touched=$(counted 'leafpeer_fib_operations_total{operation="route-replace"}')
	silence node1 eth1
	lab_until 2 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
	# by one operation on what routes share, though the next hop is not the ToR but the other node; no route
	[ "$(counted leafpeer_fib_failovers_total)" = $((failovers + 1)) ]
	sleep 1
	[ "$(counted 'leafpeer_fib_operations_total{operation="route-replace"}')" = "$touched" ]
	log_has node1 'BFD down peer=10.90.224.98 reason="control detection time expired" detection_ms=300'
	log_has node1 'session down peer=10.90.224.98 reason="path down" notification="Cease/.*BFD Down'
	speech node1
	lab_until 20 lab_established node1 2
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "FRR: the ToR hears of silence from our side, and says so" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	silence tor1 port-node1
	lab_until 3 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
	log_has node1 'BFD down peer=10.90.224.98 reason="neighbor signaled session down"'
}

@test "FRR: intervals change by a Poll Sequence, from either end, and the session stays" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 5 frr_bfd_is tor1 10.90.224.105 remote-transmit-interval 100
	before=$(downs node1 10.90.224.98)
	sed -i 's/interval 100 min-rx 100/interval 250 min-rx 150/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 frr_bfd_is tor1 10.90.224.105 remote-transmit-interval 250
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.operTxInterval 250000
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 450000
	lab_vtysh tor1 "conf t
bfd
profile fast
transmit-interval 400
receive-interval 300"
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.operTxInterval 300000
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 1200000
	bfd_is node1 10.90.224.98 .sessionDowns "$before"
	frr_bfd_is tor1 10.90.224.105 status up
}

@test "a neighbour has intervals of its own" {
	fabric bfd "bfd interval 500 min-rx 400 multiplier 4"
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.minTxInterval 500000
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 1200000
	lab_until 5 frr_bfd_is tor1 10.90.224.105 remote-detect-multiplier 4
}

@test "FRR: a ToR's AdminDown says nothing about the path (RFC 5882)" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_vtysh tor1 "conf t
bfd
profile fast
shutdown"
	lab_until 5 bfd_is node1 10.90.224.98 .remoteStatus adminDown
	sleep 1
	bfd_is node1 10.90.224.98 .status down
	lab_established node1 2
	kernel_hops_are node1 10.233.1.0/24 "$both"
	log_has node1 'BFD down administratively'
	lab_vtysh tor1 "conf t
bfd
profile fast
no shutdown"
	lab_until 10 bfd_is node1 10.90.224.98 .status up
}

@test "a session of ours that ends says AdminDown, not just nothing" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	# slow enough that nobody could have noticed silence
	lab_vtysh tor1 "conf t
bfd
profile fast
detect-multiplier 50"
	sed -i 's/multiplier 3/multiplier 50/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 frr_bfd_is tor1 10.90.224.105 remote-detect-multiplier 50
	sed -i 's/^ *neighbor 10.90.224.98 bfd$/   no neighbor 10.90.224.98 bfd/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 2 frr_bfd_is tor1 10.90.224.105 status down
	frr_bfd_is tor1 10.90.224.105 remote-diagnostic "administratively down"
}

@test "strict: no session before BFD is up, and none without it" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	lab_frr_dual tor2 10.90.225.99 10.90.225.105 10.90.225.106
	node_conf "bfd strict"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	sleep 3
	lab_established node1 0
	lab_ctl node1 show ip bgp summary | grep -q '10.90.224.98 .* Idle(BFD)'
	# only what FRR calls a session of bfdd's own answers before BGP is there
	printf '%s\n' bfd " peer 10.90.224.105" "  no shutdown" | lab_frr_bfd tor1
	lab_until 15 bfd_is node1 10.90.224.98 .status up
	lab_until 10 lab_established node1 1
	lab_kill tor1-bfdd KILL
	lab_until 5 lab_established node1 0
	sleep 2
	lab_established node1 0
}

bird() { # ADDRESS... : one ToR with BIRD at 100 ms
	lab_tor tor1 10.90.224.98/24 2001:db8:224::98/64
	lab_ns node1
	lab_link tor1 node1 eth1 10.90.224.105/24 2001:db8:224::105/64
	sleep 2 # duplicate address detection
	mkdir -p "$LAB/tor1"
	cat >"$LAB/tor1/bird.conf"
	lab_spawn tor1-bird tor1 bird -f -c "$LAB/tor1/bird.conf" -s "$LAB/tor1/bird.ctl" -P "$LAB/tor1/bird.pid"
}

bird_says() { # WORD... PATTERN
	birdc -s "$LAB/tor1/bird.ctl" "${@:1:$#-1}" | grep -qE -- "${@: -1}"
}

bird_conf() { # NEIGHBOUR...
	local n
	printf '%s\n' "router id 10.90.224.98;" "protocol device {}" \
		"protocol bfd { interface \"*\" { interval 100 ms; multiplier 3; }; }" \
		"protocol static { ipv4; route 172.31.0.0/16 blackhole; }"
	for n; do
		printf '%s\n' "protocol bgp { local as 65001; neighbor $n as 65000; bfd; hold time 9; graceful restart;" \
			" error wait time 1, 5;" \
			" ipv4 { import all; export all; extended next hop; }; ipv6 { import all; export none; }; }"
	done
}

bird_node() { # PEER
	node_conf
	printf '   neighbor %s bfd\n' "$1" >>"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER="$1" BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 10 bfd_is node1 "${1%%%*}" .status up
	lab_until 5 bfd_is node1 "${1%%%*}" .peerStatsDetail.detectTime 300000
}

@test "BIRD: up, silence, up again; and new intervals" {
	bird_conf 10.90.224.105 | bird
	bird_node 10.90.224.98
	lab_until 5 bird_says show bfd sessions '10.90.224.105 .* Up .* 0.100 +0.300'
	before=$(downs node1 10.90.224.98)
	sed -i 's/interval 100 min-rx 100/interval 200 min-rx 200/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 bird_says show bfd sessions '10.90.224.105 .* Up .* 0.200 +0.600'
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.operTxInterval 200000
	bfd_is node1 10.90.224.98 .sessionDowns "$before"
	silence node1 eth1
	lab_until 3 lab_established node1 0
	log_has node1 'reason="control detection time expired"'
	speech node1
	lab_until 20 lab_established node1 1
	lab_until 10 bfd_is node1 10.90.224.98 .status up
}

@test "BIRD: over IPv6" {
	bird_conf 2001:db8:224::105 | bird
	bird_node 2001:db8:224::98
	lab_until 5 bird_says show bfd sessions '2001:db8:224::105 .* Up .* 0.100 +0.300'
}

@test "BIRD: between link-local addresses" {
	local ours theirs
	lab_tor tor1 10.90.224.98/24
	lab_ns node1
	lab_link tor1 node1 eth1 10.90.224.105/24
	sleep 2
	ours=$(lab_ip node1 -6 -j addr show dev eth1 scope link | jq -r '.[0].addr_info[0].local')
	theirs=$(lab_ip tor1 -6 -j addr show dev br0 scope link | jq -r '.[0].addr_info[0].local')
	mkdir -p "$LAB/tor1"
	bird_conf "$ours%br0" >"$LAB/tor1/bird.conf"
	lab_spawn tor1-bird tor1 bird -f -c "$LAB/tor1/bird.conf" -s "$LAB/tor1/bird.ctl" -P "$LAB/tor1/bird.pid"
	node_conf
	printf '%s\n' "   neighbor $theirs%eth1 remote-as 65001" "   neighbor $theirs%eth1 bfd" >>"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 10 bfd_is node1 "$theirs" .status up
	lab_until 5 bfd_is node1 "$theirs" .peerStatsDetail.detectTime 300000
}

@test "several hops (RFC 5883): port 4784, and any TTL" {
	lab_tor tor1 10.90.224.98/24
	lab_ns node1
	lab_link tor1 node1 eth1 10.90.224.105/24
	lab_ip tor1 addr add 10.1.1.1/32 dev lo
	lab_ip node1 route add 10.1.1.1 via 10.90.224.98
	mkdir -p "$LAB/tor1"
	printf '%s\n' "router id 10.1.1.1;" "protocol device {}" \
		"protocol bfd { multihop { interval 100 ms; multiplier 3; }; }" \
		"protocol bgp { local 10.1.1.1 as 65001; neighbor 10.90.224.105 as 65000; multihop 2; bfd;" \
		" ipv4 { import all; export none; }; }" >"$LAB/tor1/bird.conf"
	lab_spawn tor1-bird tor1 bird -f -c "$LAB/tor1/bird.conf" -s "$LAB/tor1/bird.ctl" -P "$LAB/tor1/bird.pid"
	node_conf
	printf '   neighbor 10.1.1.1 %s\n' "ebgp-multihop 2" bfd >>"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.1.1.1 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 10 bfd_is node1 10.1.1.1 .status up
	bfd_is node1 10.1.1.1 .sessType sessionTypeMultihop
	lab_until 5 bird_says show bfd sessions '10.90.224.105 .* Up '
}

@test "packets from further away than one hop, authenticated or broken ones, are counted and no more" {
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	before=$(downs node1 10.90.224.98)
	lab_in tor1 python3 "$BATS_TEST_DIRNAME/bfd_packets.py" 10.90.224.98 10.90.224.105
	sleep 1.5
	bfd_is node1 10.90.224.98 .status up
	bfd_is node1 10.90.224.98 .sessionDowns "$before"
	lab_kill node1-agent
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_HTTP=127.0.0.1:9179
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_in tor1 python3 "$BATS_TEST_DIRNAME/bfd_packets.py" 10.90.224.98 10.90.224.105
	sleep 1.5
	metrics=$(lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics)
	grep -qx 'leafpeer_bfd_packets_discarded_total{reason="ttl"} 1' <<<"$metrics"
	grep -qx 'leafpeer_bfd_packets_discarded_total{reason="authenticated"} 1' <<<"$metrics"
	grep -qx 'leafpeer_bfd_packets_discarded_total{reason="version"} 1' <<<"$metrics"
	grep -qx 'leafpeer_bfd_packets_discarded_total{reason="short"} 1' <<<"$metrics"
	grep -qx 'leafpeer_bfd_session_up{peer="10.90.224.98"} 1' <<<"$metrics"
}

all_downs() { # of both sessions as node1 sees them, of the first as its ToR does
	downs node1 10.90.224.98
	downs node1 10.90.225.99
	lab_vtysh tor1 show bfd peers counters json | jq '.[] | select(.peer == "10.90.224.105") | ."session-down"'
}

# Both processors busy, the agent's own thread standing still, BFD's not. What the wire saw is in $LAB/gaps.
hold_five_seconds() {
	local i
	for i in 1 2 3 4; do
		lab_spawn "load$i" node2 sh -c 'while :; do :; done'
	done
	# shellcheck disable=SC2016 # the words are sh's
	lab_spawn gaps node1 sh -c 'python3 "$1" 7 eth1 eth2 >"$2/gaps"' sh "$BATS_TEST_DIRNAME/bfd_gaps.py" "$LAB"
	sleep 1
	python3 "$BATS_TEST_DIRNAME/stop_thread.py" "$(lab_pid node1-agent)" 5
	lab_until 10 test -s "$LAB/gaps"
	for i in 1 2 3 4; do lab_kill "load$i"; done
}

# A session went down. Whoever says so first has missed packets: if they are missing on the wire, their sender
# was late, else who missed them. Where both were silent the machine stood still. False: it was us.
was_not_us() {
	local name sent received down detect
	grep -h 'state-change' "$LAB"/tor*/log | tail -n 8 || true
	grep 'BFD' "$LAB/log/node1-agent" | tail -n 8
	cat "$LAB/gaps"
	while read -r name _ sent _ received _ down; do
		# what is agreed on, less what a clock may be off
		detect=290
		[ "$name" = eth1 ] && detect=140
		case $down in
		sent) [ "$received" -ge $detect ] || return 1 ;;
		received) [ "$sent" -lt $detect ] || [ "$received" -ge $detect ] || return 1 ;;
		esac
	done <"$LAB/gaps"
}

@test "3 x 50 ms holds with both processors busy, and while the agent itself hangs" {
	local try before
	fabric bfd
	lab_until 10 bfd_is node1 10.90.224.98 .status up
	lab_until 10 bfd_is node1 10.90.225.99 .status up
	for try in tor1 tor2; do
		lab_vtysh $try "debug bfd peer"
	done
	lab_vtysh tor1 "conf t
bfd
profile fast
transmit-interval 50
receive-interval 50"
	sed -i 's/interval 100 min-rx 100/interval 50 min-rx 50/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 150000
	# FRR's daemon has no thread that goes first, so it is made to: what is looked at is our end, which
	# must neither miss a packet that came nor send late
	chrt -f -p 10 "$(lab_pid tor1-bfdd)"
	chrt -f -p 10 "$(lab_pid tor2-bfdd)"
	# a machine that others use may stand still as a whole, or keep FRR from its turn; then it proves nothing
	for try in 1 2 3; do
		before=$(all_downs)
		rm -f "$LAB/gaps"
		hold_five_seconds
		[ "$(all_downs)" = "$before" ] && break
		was_not_us
		lab_until 20 lab_established node1 2
		lab_until 10 bfd_is node1 10.90.224.98 .peerStatsDetail.detectTime 150000
	done
	[ "$(all_downs)" = "$before" ]
	lab_established node1 2
}
