#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# The main job, with FRR as the ToRs: announced, learned, lost, found again.

load helper

both="10.90.224.106 10.90.225.106"

@test "two ToRs: sessions, one /24 a node with its attributes, both next hops in a nexthop group" {
	dual_fabric
	lab_until 10 tor_has tor1 10.233.0.0/24
	lab_until 10 tor_has tor2 10.233.0.0/24
	run lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json
	[ "$(jq -r '.paths | length' <<<"$output")" = 1 ]
	[ "$(jq -r '.paths[0].aspath.string' <<<"$output")" = 65000 ]
	[ "$(jq -r '.paths[0].origin' <<<"$output")" = IGP ]
	[ "$(jq -r '.paths[0].nexthops[0].ip' <<<"$output")" = 10.90.224.105 ]
	# paths 65001 65000 come back to a node of AS 65000, and are used
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_ip node1 route show 10.233.1.0/24 | grep -q nhid
	[ "$(lab_ip node1 nexthop show | grep -c group)" = 1 ]
	# nothing of our own, and never a default route
	[ -z "$(kernel_hops node1 10.233.0.0/24)" ]
	lab_ip node1 route show 10.233.0.0/24 | grep -q blackhole
}

@test "never transit: what one ToR says the other does not hear from a node" {
	dual_fabric
	lab_vtysh tor1 "conf t
router bgp 65001
no bgp network import-check
address-family ipv4
network 172.31.0.0/16"
	lab_until 10 kernel_hops_are node1 172.31.0.0/16 10.90.224.98
	tor_has_not tor2 172.31.0.0/16
	run lab_ctl node1 show ip bgp neighbors 10.90.225.99 advertised-routes
	[[ $output == *10.233.0.0/24* ]]
	[[ $output != *172.31* ]]
}

@test "a ToR that loses its power: its next hops are gone at once, and back when it is" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_tor_down tor1
	lab_until 2 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
	lab_until 2 lab_established node1 1
	lab_tor_up tor1
	lab_until 20 kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "a ToR that falls silent is found out by the hold timer" {
	for n in 1 2; do
		printf 'router bgp 65000\n   timers bgp 1 3\n' >"$LAB/node$n.conf"
	done
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_ip tor1 link set port-node1 nomaster
	lab_until 6 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
	lab_until 2 log_has node1 'hold timer expired'
}

@test "a ToR's daemon that is killed and comes back" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_kill tor1-bgpd KILL
	lab_until 5 lab_established node1 1
	# FRR did not say that it keeps forwarding (RFC 4724), so it is not believed to
	lab_until 5 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
	lab_spawn tor1-bgpd tor1 /usr/lib/frr/bgpd --vty_socket "$LAB/tor1" -z "$LAB/tor1/zserv" -P 0 \
		-i "$LAB/tor1/bgpd.pid" -f "$LAB/tor1/bgpd.conf"
	lab_until 20 lab_established node1 2
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "a ToR that keeps forwarding while its daemon restarts keeps its routes" {
	lab_dual
	for tor in "tor1 10.90.224.98 10.90.224.105 10.90.224.106" "tor2 10.90.225.99 10.90.225.105 10.90.225.106"; do
		read -r name id a b <<<"$tor"
		printf '%s\n' "router bgp 65001" " bgp router-id $id" " no bgp ebgp-requires-policy" " timers bgp 3 9" \
			" bgp graceful-restart" " bgp graceful-restart preserve-fw-state" \
			" neighbor $a remote-as 65000" " neighbor $b remote-as 65000" | lab_frr "$name"
	done
	dual_nodes
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_kill tor1-bgpd KILL
	lab_until 5 lab_established node1 1
	log_has node1 'routes=kept'
	kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_spawn tor1-bgpd tor1 /usr/lib/frr/bgpd --vty_socket "$LAB/tor1" -z "$LAB/tor1/zserv" -P 0 \
		-i "$LAB/tor1/bgpd.pid" -f "$LAB/tor1/bgpd.conf"
	lab_until 20 lab_established node1 2
	kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "withdrawn is withdrawn" {
	printf 'router bgp 65000\n   timers bgp 3 9\nleafpeer\n   on-stop withdraw\n' >"$LAB/node2.conf"
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_kill node2-agent
	lab_until 5 kernel_hops_are node1 10.233.1.0/24 ""
	lab_until 5 tor_has_not tor1 10.233.1.0/24
	# the ToR was told why
	lab_vtysh tor1 show bgp neighbors 10.90.224.106 json |
		jq -e '.[].lastNotificationReason // .[].lastErrorCodeSubcode // empty' >/dev/null
}

@test "kill -9 and a new start: no route is touched, the ToRs keep the prefix" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	# the first agent's own End-of-RIB must have come before it may be forgotten
	sleep 1.5
	lab_in node1 timeout 12 ip monitor route nexthop >"$LAB/monitor" 2>&1 3>&- &
	sleep 0.3
	lab_kill node1-agent KILL
	kernel_hops_are node1 10.233.1.0/24 "$both"
	tor_has tor1 10.233.0.0/24
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 2
	lab_until 10 log_has node1 'restart over'
	sleep 1
	kernel_hops_are node1 10.233.1.0/24 "$both"
	tor_has tor1 10.233.0.0/24
	# routes that the other node has for ours never moved either
	kernel_hops_are node2 10.233.0.0/24 "10.90.224.105 10.90.225.105"
	run grep -E 'proto bgp|nhid|Deleted' "$LAB/monitor"
	echo "$output"
	[ -z "$output" ]
}

@test "SIGTERM keeps routes and prefix, too" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_kill node1-agent TERM
	kernel_hops_are node1 10.233.1.0/24 "$both"
	sleep 0.5
	tor_has tor1 10.233.0.0/24
	log_has node1 'leafpeerd stops'
}

@test "routes that nobody announces again after a restart are swept" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_kill node1-agent KILL
	lab_ip node1 route add 10.99.0.0/16 via 10.90.224.98 proto bgp metric 20
	# another's, by its metric, and another's, by its protocol
	lab_ip node1 route add 10.98.0.0/16 via 10.90.224.98 proto bgp metric 21
	lab_ip node1 route add 10.97.0.0/16 via 10.90.224.98 proto static metric 20
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 log_has node1 'nobody announced again'
	lab_until 5 test -z "$(lab_ip node1 route show 10.99.0.0/16)"
	[ -n "$(lab_ip node1 route show 10.98.0.0/16)" ]
	[ -n "$(lab_ip node1 route show 10.97.0.0/16)" ]
	kernel_hops_are node1 10.233.1.0/24 "$both"
}

@test "a route or a nexthop that somebody deletes is back at once, and counted" {
	dual_fabric
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_ip node1 route del 10.233.1.0/24
	lab_until 2 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_ip node1 nexthop del id "$(lab_ip node1 -j nexthop show | jq '[.[] | select(.group)][0].id')"
	lab_until 2 kernel_hops_are node1 10.233.1.0/24 "$both"
	lab_ip node1 nexthop flush proto 186
	lab_until 3 kernel_hops_are node1 10.233.1.0/24 "$both"
	log_has node1 'changed by somebody else'
}

@test "single-homed iBGP: the ToR reflects, the next hop is the other node" {
	lab_single
	lab_frr_reflector tor1 10.90.224.98 10.90.224.105 10.90.224.106
	for n in 1 2; do
		lab_agent "node$n" BGP_AS=65000 BGP_PEER=10.90.224.98 \
			POD_CIDR="10.233.$((n - 1)).0/24" LEAFPEER_ADVERTISE=always
	done
	lab_until 20 kernel_hops_are node1 10.233.1.0/24 10.90.224.106
	run lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json
	[ "$(jq -r '.paths[0].aspath.string' <<<"$output")" = Local ]
	[ "$(jq -r '.paths[0].locPrf' <<<"$output")" = 100 ]
	run lab_ctl node1 show ip route bgp
	[[ $output == *" B I      10.233.1.0/24 [200/0] via 10.90.224.106, eth1"* ]]
}

@test "maximum-routes ends the session with Cease/1; warning-only does not" {
	lab_dual
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " no bgp network import-check"
		echo " neighbor 10.90.224.105 remote-as 65000"
		echo " neighbor 10.90.224.106 remote-as 65000"
		echo " address-family ipv4 unicast"
		for i in $(seq 20); do echo "  network 172.20.$i.0/24"; done
		echo " exit-address-family"
	} | lab_frr tor1
	printf 'router bgp 65000\n   neighbor 10.90.224.98 maximum-routes 10\n' >"$LAB/node1.conf"
	printf 'router bgp 65000\n   neighbor 10.90.224.98 maximum-routes 10 warning-only\n' >"$LAB/node2.conf"
	for n in 1 2; do
		lab_agent "node$n" BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 \
			POD_CIDR="10.233.$((n - 1)).0/24" LEAFPEER_ADVERTISE=always
	done
	lab_until 10 log_has node1 'Maximum Number of Prefixes Reached'
	lab_until 3 kernel_hops_are node1 172.20.1.0/24 ""
	lab_until 10 kernel_hops_are node2 172.20.20.0/24 10.90.224.98
	log_has node2 'warning-only'
	for n in 1 2; do
		lab_ctl "node$n" show ip bgp neighbors 10.90.224.98 | grep -q 'Limits reached: .*maximum-routes 1,'
	done
}

@test "TCP MD5: with the password it comes up, without the file it stays down and says why" {
	lab_dual
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " neighbor 10.90.224.105 remote-as 65000"
		echo " neighbor 10.90.224.105 password tops3cret"
	} | lab_frr tor1
	printf 'router bgp 65000\n   neighbor 10.90.224.98 password-file %s\n' "$LAB/password" >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	lab_until 5 log_has node1 'the password file is missing'
	lab_established node1 0
	(umask 077 && echo tops3cret >"$LAB/password")
	lab_until 20 lab_established node1 1
	lab_ctl node1 show running-config >"$LAB/running-config"
	grep -q password-file "$LAB/running-config"
	lacks grep -q tops3cret "$LAB/log/node1-agent"
	lacks grep -q tops3cret "$LAB/running-config"
	# and a connection that the ToR makes needs it as well
	lab_kill tor1-bgpd KILL
	lab_until 15 lab_established node1 0
	run lab_in tor1 timeout 3 bash -c 'exec 3<>/dev/tcp/10.90.224.105/179'
	[ "$status" != 0 ]
	lacks grep -q tops3cret "/proc/$(lab_pid node1-agent)/cmdline" "/proc/$(lab_pid node1-agent)/environ"
}

@test "TCP MD5 with a ToR that is never dialled: the file may come, change and go" {
	lab_dual
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " neighbor 10.90.224.105 remote-as 65000"
		echo " neighbor 10.90.224.105 timers connect 2"
		echo " neighbor 10.90.224.105 password tops3cret"
	} | lab_frr tor1
	printf '%s\n' 'router bgp 65000' '   neighbor 10.90.224.98 passive' \
		"   neighbor 10.90.224.98 password-file $LAB/password" >"$LAB/node1.conf"
	tor_configured() { lab_in tor1 vtysh --vty_socket "$LAB/tor1" -c 'configure terminal' -c 'router bgp 65001' -c "$1"; }
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	lab_until 5 log_has node1 'the password file is missing'
	(umask 077 && echo tops3cret >"$LAB/password")
	lab_until 20 lab_established node1 1
	# both change it: the one that the listener has is the new one before anybody calls with it
	(umask 077 && echo another >"$LAB/password")
	tor_configured 'neighbor 10.90.224.105 password another'
	lab_ctl node1 clear ip bgp 10.90.224.98
	lab_until 20 lab_established node1 1
	# and none is wanted any more
	sed -i /password-file/d "$LAB/node1.conf"
	lab_ctl node1 reload
	tor_configured 'no neighbor 10.90.224.105 password'
	lab_until 20 lab_established node1 1
}

@test "drain: the ToRs are told that it is about to go, then it goes; undrain brings it back" {
	dual_fabric
	lab_until 10 kernel_hops_are node2 10.233.0.0/24 "10.90.224.105 10.90.225.105"
	lab_ctl node1 drain 3
	marked() {
		lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json | jq -e '.paths[0].community.string == "graceful-shutdown"'
	}
	lab_until 2 marked
	lab_ctl node1 show ip bgp summary | grep -q '^m 10.90.224.98'
	lab_until 6 tor_has_not tor1 10.233.0.0/24
	lab_until 2 kernel_hops_are node2 10.233.0.0/24 ""
	lab_established node1 2
	lab_ctl node1 undrain
	lab_until 5 kernel_hops_are node2 10.233.0.0/24 "10.90.224.105 10.90.225.105"
	run marked
	[ "$status" != 0 ]
}

tor_sees_shutdown() { # TOR: RFC 8326's community
	lab_vtysh "$1" show bgp ipv4 unicast 10.233.0.0/24 json |
		jq -e '.paths[0].community.string == "graceful-shutdown"' >/dev/null
}

tor_sees_no_shutdown() { # TOR
	tor_has "$1" 10.233.0.0/24 && lacks tor_sees_shutdown "$1"
}

@test "drain for two reasons is over when there is none left, whichever goes first" {
	printf '%s\n' "router bgp 65000" leafpeer "   drain true" "   drain time 600" >"$LAB/node1.conf"
	dual_fabric
	lab_until 10 tor_sees_shutdown tor1
	lab_ctl node1 drain 600
	run lab_ctl node1 undrain
	[ "$status" != 0 ]
	[[ $output == *"Still draining: the configuration"* ]]
	sleep 1
	tor_sees_shutdown tor1
	lacks log_has node1 'no longer draining'
	lab_ctl node1 drain 600
	echo "router bgp 65000" >"$LAB/node1.conf"
	kill -HUP "$(lab_pid node1-agent)"
	sleep 2
	tor_sees_shutdown tor1
	lacks log_has node1 'no longer draining'
	lab_ctl node1 undrain
	lab_until 10 tor_sees_no_shutdown tor1
	log_has node1 'no longer draining'
	# the time at the prompt begins anew each time, and is the one that counts
	lab_ctl node1 drain 600
	lab_until 10 tor_sees_shutdown tor1
	lab_ctl node1 drain 1
	lab_until 5 tor_has_not tor1 10.233.0.0/24
}

@test "aggregate-address: what is all ours is announced for its parts, nothing else ever" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_frr_dual tor2 10.90.225.99 10.90.225.105
	printf '%s\n' 'router bgp 65000' 'aggregate-address 10.233.0.0/23 summary-only' 'aggregate-address 10.233.0.0/22' \
		'neighbor 10.90.224.98 remote-as 65001' 'neighbor 10.90.225.99 remote-as 65001' >"$LAB/startup"
	lab_agent node1 LEAFPEER_CONFIG="$LAB/startup" POD_CIDR=10.233.0.0/24,10.233.1.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 2
	lab_until 5 tor_has tor1 10.233.0.0/23
	lab_until 5 tor_has tor2 10.233.0.0/23
	tor_has_not tor1 10.233.0.0/24
	tor_has_not tor1 10.233.1.0/24
	tor_has_not tor1 10.233.0.0/22
	log_has node1 "aggregate-address is not announced.*prefix=10.233.0.0/22"
	lab_ctl node1 show aggregates | grep -q '^10.233.0.0/23 .* announced (aggregate-address summary-only)$'
	lab_ctl node1 show aggregates | grep -q "^10.233.0.0/22 .* not announced, not all of it is this node's"
	run lab_ctl node1 doctor
	[[ $output == *'10.233.0.0/22 is not announced'* ]]
	# packets to addresses that no pod has end here
	lab_ip node1 -j route show 10.233.0.0/23 | jq -e '.[0].type == "blackhole"' >/dev/null
	# and what a ToR says of it is refused, as of any prefix of the node's own
	lab_in tor1 vtysh --vty_socket "$LAB/tor1" -c 'configure terminal' -c 'router bgp 65001' \
		-c 'no bgp network import-check' -c 'address-family ipv4 unicast' -c 'network 10.233.0.0/23'
	refused() { lab_ctl node1 show ip bgp neighbors 10.90.224.98 received-routes | grep 10.233.0.0/23 | grep -q 'own prefix'; }
	lab_until 10 refused
	# no longer an aggregate: its parts again
	sed -i '/aggregate/d' "$LAB/startup"
	lab_ctl node1 reload
	lab_until 5 tor_has tor2 10.233.1.0/24
	lab_until 5 tor_has_not tor2 10.233.0.0/23
	# which it no longer refuses from the ToR that goes on saying it
	learned() { [ "$(kernel_hops node1 10.233.0.0/23)" = 10.90.224.98 ]; }
	lab_until 5 learned
}

@test "what a node announced and a ToR tells it again, with itself as the next hop, is refused" {
	lab_single
	printf 'router bgp 65001\n no bgp ebgp-requires-policy\n timers bgp 3 9\n neighbor 10.90.224.105 remote-as 65000\n address-family ipv4 unicast\n  neighbor 10.90.224.105 next-hop-self\n  network 10.1.0.0/16\n exit-address-family\n no bgp network import-check\n' |
		lab_frr tor1
	printf 'router bgp 65000\n   timers bgp 3 9\n   neighbor 10.90.224.98 remote-as 65001\n   network 172.20.0.3/32\n' >"$LAB/node1.conf"
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 20 tor_has tor1 172.20.0.3/32
	lab_until 20 kernel_hops_are node1 10.1.0.0/16 10.90.224.98
	lab_until 20 refused_own 172.20.0.3/32
	[ -z "$(lab_ip node1 route show 172.20.0.3/32)" ]
	# nor the host route of a pod outside every prefix of the node's, from its first moment to its last
	lab_record node1 stray 10.77.0.9
	lab_until 20 refused_own 10.77.0.9/32
	[ -z "$(lab_ip node1 route show 10.77.0.9/32)" ]
	rm "$LAB/node1/run/pods/pods@stray@eth0.json"
	lab_vtysh tor1 "conf t
router bgp 65001
address-family ipv4
network 10.77.0.9/32"
	lab_until 60 kernel_hops_are node1 10.77.0.9/32 10.90.224.98
	# where it is the node's no more it is anybody's
	sed -i '/network/d' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 20 tor_has_not tor1 172.20.0.3/32
}

refused_own() { # PREFIX
	lab_ctl node1 'show ip bgp neighbors 10.90.224.98 received-routes' | grep -q "$1 .*rejected: one of our own prefixes"
}
