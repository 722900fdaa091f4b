#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# What is negotiated, with FRR at the other end: each capability, old speakers, large AS numbers, GTSM, policy.

load helper

# One ToR and one node; FRR's lines for the neighbour, and for its IPv4 family, from the arguments.
one_tor() { # AS LINE... -- FAMILY-LINE...
	local as=$1 line
	shift
	lab_tor tor1 10.90.224.98/24
	lab_ns node1
	lab_link tor1 node1 eth1 10.90.224.105/24
	{
		echo "router bgp $as"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " no bgp network import-check"
		echo " neighbor 10.90.224.105 remote-as ${NODE_AS:-65000}"
		while [ $# -gt 0 ] && [ "$1" != -- ]; do
			echo " $1"
			shift
		done
		echo " address-family ipv4 unicast"
		echo "  network 172.16.0.0/16"
		shift
		for line; do echo "  $line"; done
		echo " exit-address-family"
	} | lab_frr tor1
}

agent() { # REMOTE-AS VARIABLES...
	local as=$1
	shift
	lab_agent node1 BGP_AS="${NODE_AS:-65000}" BGP_PEER=10.90.224.98 BGP_REMOTE_AS="$as" POD_CIDR=10.233.0.0/24 \
		LEAFPEER_ADVERTISE=always "$@"
	lab_until 20 lab_established node1 1
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_until 10 tor_has tor1 10.233.0.0/24
}

neighbor() {
	lab_ctl node1 show ip bgp neighbors 10.90.224.98
}

@test "capabilities as negotiated, seen from both ends" {
	one_tor 65001 "bgp graceful-restart" --
	agent 65001
	run neighbor
	for c in 'Multiprotocol IPv4 Unicast' 'Four Octet ASN' 'Route Refresh' 'Enhanced route refresh' 'Extended Message'; do
		grep -q "$c: advertised and received and negotiated" <<<"$output"
	done
	run lab_vtysh tor1 show bgp neighbors 10.90.224.105 json
	caps=$(jq '.["10.90.224.105"].neighborCapabilities' <<<"$output")
	[ "$(jq -r '."4byteAs"' <<<"$caps")" = advertisedAndReceived ]
	[ "$(jq -r '.extendedMessage' <<<"$caps")" = advertisedAndReceived ]
	[ "$(jq -r '.enhancedRouteRefresh' <<<"$caps")" = advertisedAndReceived ]
	[ "$(jq -r '.multiprotocolExtensions.ipv4Unicast.advertisedAndReceived' <<<"$caps")" = true ]
	[ "$(jq -r '.gracefulRestart' <<<"$caps")" = advertisedAndReceived ]
	[ "$(jq -r '.hostName.rcvHostName' <<<"$caps")" = node1 ]
}

@test "an old speaker, without any capability" {
	one_tor 65001 "neighbor 10.90.224.105 dont-capability-negotiate" --
	agent 65001
	run lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json
	[ "$(jq -r '.paths[0].aspath.string' <<<"$output")" = 65000 ]
}

@test "AS numbers of four octets" {
	NODE_AS=4200000001
	one_tor 4200000000 --
	agent 4200000000
	run lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json
	[ "$(jq -r '.paths[0].aspath.string' <<<"$output")" = 4200000001 ]
	lab_ctl node1 show ip bgp | grep -q '172.16.0.0/16 .* 4200000000 i'
}

@test "asdot in the configuration" {
	NODE_AS=4200000001
	one_tor 4200000000 --
	NODE_AS=64086.59905
	agent 64086.59904
}

@test "GTSM at both ends" {
	printf 'router bgp 65000\n   neighbor 10.90.224.98 ttl maximum-hops 1\n' >"$LAB/node1.conf"
	one_tor 65001 "neighbor 10.90.224.105 ttl-security hops 1" --
	agent 65001
}

@test "GTSM here alone: a peer that does not send with 255 is not heard" {
	printf 'router bgp 65000\n   neighbor 10.90.224.98 ttl maximum-hops 1\n' >"$LAB/node1.conf"
	one_tor 65001 --
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	sleep 3
	lab_established node1 0
}

@test "multihop, to the ToR's loopback and from ours" {
	printf '%s\n' 'router bgp 65000' '   neighbor 10.255.0.1 ebgp-multihop 4' \
		'   neighbor 10.255.0.1 update-source 10.255.0.105' >"$LAB/node1.conf"
	lab_tor tor1 10.90.224.98/24
	lab_ns node1
	lab_link tor1 node1 eth1 10.90.224.105/24
	lab_ip tor1 addr add 10.255.0.1/32 dev lo
	lab_ip node1 addr add 10.255.0.105/32 dev lo
	lab_ip node1 route add 10.255.0.1 via 10.90.224.98
	lab_ip tor1 route add 10.255.0.105 via 10.90.224.105
	printf '%s\n' "router bgp 65001" " bgp router-id 10.255.0.1" " no bgp ebgp-requires-policy" \
		" no bgp network import-check" " neighbor 10.255.0.105 remote-as 65000" \
		" neighbor 10.255.0.105 ebgp-multihop 4" " neighbor 10.255.0.105 update-source 10.255.0.1" \
		" address-family ipv4 unicast" "  network 172.16.0.0/16" | lab_frr tor1
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.255.0.1 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	lab_until 20 lab_established node1 1
	# its next hop is the loopback, which the kernel's own route resolves to the link
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
}

@test "policy here: prefix lists and route maps, changed without a reset" {
	one_tor 65001 -- "network 172.17.0.0/24"
	agent 65001
	lab_until 5 kernel_hops_are node1 172.17.0.0/24 10.90.224.98
	printf '%s\n' 'ip prefix-list NOT17 seq 10 deny 172.17.0.0/16 le 32' \
		'ip prefix-list NOT17 seq 20 permit 0.0.0.0/0 le 32' \
		'route-map MARK permit 10' '   set community 65000:77 additive' '   set metric 50' \
		'   set as-path prepend 65000 65000' \
		'router bgp 65000' '   timers bgp 3 9' '   neighbor 10.90.224.98 prefix-list NOT17 in' \
		'   neighbor 10.90.224.98 route-map MARK out' >"$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 kernel_hops_are node1 172.17.0.0/24 ""
	kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	marked() {
		lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json |
			jq -e '.paths[0] | .aspath.string == "65000 65000 65000" and .metric == 50 and .community.string == "65000:77"'
	}
	lab_until 5 marked
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 received-routes | grep -q '172.17.0.0/24.*rejected: prefix list'
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 1 ]
}

@test "route refresh, asked for by either side" {
	one_tor 65001 --
	agent 65001
	before=$(neighbor | awk '/^ +Updates: / {print $2}')
	lab_vtysh tor1 clear bgp ipv4 unicast 10.90.224.105 soft in
	again() { [ "$(neighbor | awk '/^ +Updates: / {print $2}')" -gt "$before" ]; }
	lab_until 5 again
	lab_ctl node1 clear ip bgp 10.90.224.98 soft
	sleep 0.5
	kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_established node1 1
	# and a hard one
	lab_ctl node1 clear ip bgp 10.90.224.98
	lab_until 20 lab_established node1 1
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
}

@test "ADD-PATH: all paths that the ToR has, each used" {
	lab_tor tor1 10.90.224.98/24
	lab_ns node1 node2 node3
	for n in 1 2 3; do lab_link tor1 "node$n" eth1 "10.90.224.10$((4 + n))/24"; done
	printf '%s\n' "router bgp 65000" " bgp router-id 10.90.224.98" \
		" neighbor 10.90.224.105 remote-as 65000" " neighbor 10.90.224.106 remote-as 65000" \
		" neighbor 10.90.224.107 remote-as 65000" " address-family ipv4 unicast" \
		"  neighbor 10.90.224.105 route-reflector-client" "  neighbor 10.90.224.106 route-reflector-client" \
		"  neighbor 10.90.224.107 route-reflector-client" \
		"  neighbor 10.90.224.105 addpath-tx-all-paths" | lab_frr tor1
	# two nodes announce the same network
	for n in 1 2 3; do
		if [ "$n" = 1 ]; then
			printf 'router bgp 65000\n' >"$LAB/node$n.conf"
		else
			printf 'router bgp 65000\n   network 172.30.0.0/16\nleafpeer\n   on-stop withdraw\n' >"$LAB/node$n.conf"
		fi
		lab_agent "node$n" BGP_AS=65000 BGP_PEER=10.90.224.98 POD_CIDR="10.233.$n.0/24"
	done
	lab_until 20 kernel_hops_are node1 172.30.0.0/16 "10.90.224.106 10.90.224.107"
	lab_kill node3-agent
	lab_until 20 kernel_hops_are node1 172.30.0.0/16 10.90.224.106
}

@test "GRACEFUL_SHUTDOWN is honoured: the other path is taken" {
	lab_dual
	for t in "1 10.90.224.98 10.90.224.105" "2 10.90.225.99 10.90.225.105"; do
		read -r n id node <<<"$t"
		printf '%s\n' "route-map GSHUT permit 10" " set community graceful-shutdown" \
			"router bgp 65001" " bgp router-id $id" " no bgp ebgp-requires-policy" \
			" no bgp network import-check" " neighbor $node remote-as 65000" \
			" address-family ipv4 unicast" "  network 172.16.0.0/16" | lab_frr "tor$n"
	done
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	lab_until 20 kernel_hops_are node1 172.16.0.0/16 "10.90.224.98 10.90.225.99"
	lab_vtysh tor1 "conf t
router bgp 65001
address-family ipv4 unicast
neighbor 10.90.224.105 route-map GSHUT out"
	lab_vtysh tor1 clear bgp ipv4 unicast 10.90.224.105 soft out
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.225.99
}

@test "a shutdown with its message, from either side" {
	one_tor 65001 --
	agent 65001
	lab_vtysh tor1 "conf t
router bgp 65001
neighbor 10.90.224.105 shutdown message rack 7 is being moved"
	lab_until 5 log_has node1 'rack 7 is being moved'
	lab_vtysh tor1 "conf t
router bgp 65001
no neighbor 10.90.224.105 shutdown"
	lab_until 30 lab_established node1 1
	printf 'router bgp 65000\n   timers bgp 3 9\n   neighbor 10.90.224.98 shutdown reason kernel upgrade\n' >"$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 lab_established node1 0
	# FRR 8.4 does not look into a Hard Reset (RFC 8538), so the words are in our log alone
	log_has node1 'kernel upgrade'
	lab_vtysh tor1 show bgp neighbors 10.90.224.105 | grep -qi 'hard reset\|cease'
}

# No speaker of Debian 12 has it, so two agents are each other's ToR.
@test "TCP-AO: up where the kernel has it; where not, both stay down and say why" {
	lab_tor tor1 10.90.224.98/24
	lab_ns node1 node2
	lab_link tor1 node1 eth1 10.90.224.105/24
	lab_link tor1 node2 eth1 10.90.224.106/24
	(umask 077 && echo tops3cret >"$LAB/password")
	for n in "1 10.90.224.106 65001" "2 10.90.224.105 65000"; do
		read -r i peer as <<<"$n"
		printf '%s\n' "router bgp $((as == 65001 ? 65000 : 65001))" '   timers bgp 3 9' \
			"   neighbor $peer remote-as $as" \
			"   neighbor $peer password-file $LAB/password tcp-ao 5 aes-128-cmac-96" >"$LAB/node$i.conf"
		lab_agent "node$i"
	done
	# whether the kernel knows the option, asked with a value that it cannot take
	if python3 -c 'import errno, socket
try: socket.socket().setsockopt(socket.IPPROTO_TCP, 38, bytes(8))
except OSError as e: raise SystemExit(e.errno == errno.ENOPROTOOPT)'; then
		lab_until 20 lab_established node1 1
	else
		lab_until 5 log_has node1 'the kernel has no TCP-AO'
		lab_until 5 log_has node2 'the kernel has no TCP-AO'
		sleep 3
		lab_established node1 0
		lab_ctl node1 show ip bgp neighbors | grep -q 'Not connecting: the kernel has no TCP-AO (RFC 5925)'
	fi
	lacks grep -q tops3cret "$LAB/log/node1-agent"
}
