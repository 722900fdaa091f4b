#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# Restarts seen from the other end: graceful (RFC 4724) and long-lived (RFC 9494), of either side.

load helper

# BIRD with LLGR; of each session the routes are to be kept for 2 s, and then for 12 s more.
bird_llgr() { # TOR ADDRESS PREPEND NODE-ADDRESS
	cat >"$LAB/$1.bird.conf" <<-CONF
		router id $2;
		protocol device {}
		protocol kernel { ipv4 { export none; }; }
		protocol static { ipv4; route 172.16.0.0/16 blackhole; }
		protocol bgp node1 {
		  local $2 as 65001; neighbor $4 as 65000; hold time 9;
		  graceful restart on; graceful restart time 2;
		  long lived graceful restart on; long lived stale time 12;
		  ipv4 { import all; export filter {
		    if source != RTS_STATIC then reject;
		    $3
		    accept;
		  }; };
		}
	CONF
	lab_spawn "$1-bird" "$1" bird -f -c "$LAB/$1.bird.conf" -s "$LAB/$1.ctl" -P "$LAB/$1.pid"
	lab_until 5 test -S "$LAB/$1.ctl"
}

llgr_node() {
	printf '%s\n' 'router bgp 65000' '   timers bgp 3 9' '   graceful-restart restart-time 2' \
		'   graceful-restart long-lived 3600' >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
}

@test "LLGR: a lost BIRD's routes are the last choice, then gone; a lost agent's are kept by BIRD" {
	lab_dual
	bird_llgr tor1 10.90.224.98 "" 10.90.224.105
	bird_llgr tor2 10.90.225.99 "bgp_path.prepend(65001);" 10.90.225.105
	llgr_node
	lab_until 20 lab_established node1 2
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -q 'Long-lived Graceful Restart'
	# silent death: it is not even told
	lab_kill tor1-bird KILL
	sleep 0.5
	kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	# behind the restart time the longer path of who is still there is better
	lab_until 5 kernel_hops_are node1 172.16.0.0/16 10.90.225.99
	lab_ctl node1 show ip bgp 172.16.0.0/16 | grep -q 'long-lived stale'
	# no session, and yet the pods have their way
	[ -z "$(printf '{"cniVersion":"1.1.0","name":"pods","type":"leafpeer","stateDir":"%s"}' "$LAB/node1/run" |
		CNI_COMMAND=STATUS "$LAB_BUILD/leafpeer")" ]
	lab_kill tor2-bird KILL
	# and when there is nobody else, they are used for as long as they may be, the shorter first
	lab_until 5 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_until 20 kernel_hops_are node1 172.16.0.0/16 10.90.225.99
	lab_until 20 kernel_hops_are node1 172.16.0.0/16 ""
	log_has node1 'stale routes are kept for long'
	# the other way round
	bird_llgr tor1 10.90.224.98 "" 10.90.224.105
	lab_until 20 lab_established node1 1
	ours() { birdc -s "$LAB/tor1.ctl" show route 10.233.0.0/24 all; }
	lab_until 10 sh -c "birdc -s $LAB/tor1.ctl show route 10.233.0.0/24 | grep -q node1"
	lab_kill node1-agent KILL
	sleep 4
	ours | grep -q 'BGP.community:.*(65535,6)'
	llgr_node
	lab_until 20 lab_established node1 1
	not_stale() { ours | grep -q node1 && ! ours | grep -q '(65535,6)'; }
	lab_until 10 not_stale
}

@test "a restart that does not know its prefix yet: no End-of-RIB, so FRR keeps what it has of us" {
	lab_dual
	printf '%s\n' "router bgp 65001" " bgp router-id 10.90.224.98" " no bgp ebgp-requires-policy" \
		" no bgp network import-check" " bgp graceful-restart" " neighbor 10.90.224.105 remote-as 65000" \
		" address-family ipv4 unicast" "  network 172.16.0.0/16" | lab_frr tor1
	start() { lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24; }
	lab_record node1 web 10.233.0.7
	start
	lab_until 20 tor_has tor1 10.233.0.0/24
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_kill node1-agent KILL
	mv "$LAB/node1/run/pods/pods@web@eth0.json" "$LAB/web.json"
	start
	lab_until 20 lab_established node1 1
	sleep 3
	tor_has tor1 10.233.0.0/24
	# what was missing comes, and goes as ever
	mv "$LAB/web.json" "$LAB/node1/run/pods/pods@web@eth0.json"
	fresh() { lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json | jq -e '.paths[0].stale != true'; }
	lab_until 10 fresh
	sleep 2
	tor_has tor1 10.233.0.0/24
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
}

# ---- the ToRs' kernels ------------------------------------------------------------------------------

# tor1 is FRR, tor2 BIRD, both with graceful restart and BFD of which a restart is no failure (RFC 5882
# section 4.3), and both with a kernel.
frr_and_bird() {
	lab_dual
	printf '%s\n' "router bgp 65001" " bgp router-id 10.90.224.98" " no bgp ebgp-requires-policy" " timers bgp 3 9" \
		" bgp graceful-restart" " neighbor 10.90.224.105 remote-as 65000" " neighbor 10.90.224.105 bfd" \
		" neighbor 10.90.224.105 bfd check-control-plane-failure" " neighbor 10.90.224.105 bfd profile fast" \
		" no bgp network import-check" " address-family ipv4 unicast" "  network 172.16.0.0/16" | lab_frr tor1
	printf '%s\n' bfd " profile fast" "  transmit-interval 100" "  receive-interval 100" | lab_frr_bfd tor1
	cat >"$LAB/tor2.bird.conf" <<-CONF
		router id 10.90.225.99;
		protocol device {}
		protocol bfd { interface "*" { interval 100 ms; multiplier 3; }; }
		protocol static { ipv4; route 172.16.0.0/16 blackhole; }
		protocol kernel { ipv4 { export all; }; }
		protocol bgp node1 {
		  local 10.90.225.99 as 65001; neighbor 10.90.225.105 as 65000; hold time 9;
		  graceful restart on; bfd graceful;
		  ipv4 { import all; export all; };
		}
	CONF
	lab_spawn tor2-bird tor2 bird -f -c "$LAB/tor2.bird.conf" -s "$LAB/tor2.ctl" -P "$LAB/tor2.pid"
	lab_until 5 test -S "$LAB/tor2.ctl"
	printf '%s\n' "router bfd" "   interval 100 min-rx 100 multiplier 3 default" "router bgp 65000" "   timers bgp 3 9" \
		"   neighbor 10.90.224.98 bfd" "   neighbor 10.90.225.99 bfd" >"$LAB/node1.conf"
}

node1_agent() { # [FLAG]
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always "$@"
}

tor_kernel_has() { # TOR GATEWAY
	[ "$(lab_ip "$1" -j route show 10.233.0.0/24 | jq -r '.[0].gateway')" = "$2" ]
}

bfd_ups() { # both sessions
	[ "$(lab_ctl node1 'show bfd peers | json' |
		jq '[.vrfs.default.ipv4Neighbors[].peerStats[] | select(.status == "up")] | length')" = 2 ]
}

is_over() { # NUMBER: restarts
	[ "$(grep -c 'restart over' "$LAB/log/node1-agent")" -ge "$1" ]
}

# However the agent goes and comes back: in both ToRs' kernels nothing happens to the route to the node.
@test "kill -9, SIGTERM, take-over, an upgrade: the ToRs' kernels see nothing of it, with FRR and with BIRD" {
	local how n=0 old
	frr_and_bird
	node1_agent
	lab_until 20 lab_established node1 2
	lab_until 10 tor_kernel_has tor1 10.90.224.105
	lab_until 10 tor_kernel_has tor2 10.90.225.105
	lab_until 10 bfd_ups
	sleep 2
	lab_spawn tor1-kernel tor1 ip -o monitor route nexthop
	lab_spawn tor2-kernel tor2 ip -o monitor route nexthop
	for how in kill term take-over surge late; do
		old=$(lab_pid node1-agent)
		case $how in
		kill)
			lab_kill node1-agent KILL
			sleep 1
			node1_agent
			;;
		term)
			lab_kill node1-agent
			sleep 1
			node1_agent
			;;
		take-over) node1_agent --take-over ;;
		surge) # a DaemonSet's with maxSurge: the new one first, then the old one is told to stop
			node1_agent --take-over
			kill -TERM "$old" 2>/dev/null || true
			;;
		late) # the new one asks one that is on its way out
			kill -TERM "$old"
			node1_agent --take-over
			;;
		esac
		n=$((n + 1))
		lab_until 20 lab_established node1 2
		lab_until 20 is_over $n
		lab_until 15 bfd_ups
		sleep 2
		echo "after $how: $(cat "$LAB/log/tor1-kernel" "$LAB/log/tor2-kernel")"
		lacks grep -F 10.233.0.0/24 "$LAB/log/tor1-kernel" "$LAB/log/tor2-kernel"
		tor_kernel_has tor1 10.90.224.105
		tor_kernel_has tor2 10.90.225.105
	done
	# that would have been seen
	lab_ctl node1 drain 0
	lab_until 5 grep -F 'Deleted 10.233.0.0/24' "$LAB/log/tor1-kernel"
	lab_until 5 grep -F 'Deleted 10.233.0.0/24' "$LAB/log/tor2-kernel"
}

# RFC 8538, which BIRD 2.0.12 does not have: it loses what is reconfigured, and gets it again.
@test "another hold time ends the sessions, and FRR's kernel sees nothing of it" {
	frr_and_bird
	node1_agent
	lab_until 20 lab_established node1 2
	lab_until 10 tor_kernel_has tor1 10.90.224.105
	lab_until 10 tor_kernel_has tor2 10.90.225.105
	lab_until 10 bfd_ups
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 "10.90.224.98 10.90.225.99"
	sleep 2
	lab_spawn tor1-kernel tor1 ip -o monitor route nexthop
	sed -i 's/timers bgp 3 9/timers bgp 4 12/' "$LAB/node1.conf"
	lab_until 10 has_ended 10.90.224.98 kept
	lab_until 20 lab_established node1 2
	has_ended 10.90.225.99 removed
	sleep 3
	lacks grep -F 10.233.0.0/24 "$LAB/log/tor1-kernel"
	tor_kernel_has tor1 10.90.224.105
	lab_vtysh tor1 show bgp neighbors 10.90.224.105 json | jq -e '.[].bgpTimerHoldTimeMsecs == 9000'
	kernel_hops_are node1 172.16.0.0/16 "10.90.224.98 10.90.225.99"
	# another identifier is another speaker
	sed -i 's/^router bgp 65000/&\n   router-id 10.90.224.111/' "$LAB/node1.conf"
	lab_until 10 has_ended 10.90.224.98 removed
	lab_until 20 lab_established node1 2
	log_has node1 'peer=10.90.224.98 .*notification="Cease/Hard Reset: Cease/Other Configuration Change"'
}

has_ended() { # NEIGHBOUR kept|removed
	log_has node1 "session down peer=$1 .*routes=$2"
}
