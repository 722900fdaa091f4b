#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# Peering over link-local addresses: neighbours that are known by their interface, IPv4 over IPv6 next hops.

load helper

# A ToR port straight to the node, as an unnumbered fabric has it: no address but the link's own.
point_to_point() { # TOR NODE INTERFACE
	ip link add "port-$2" netns "$LAB_NS$1" type veth peer name "$3" netns "$LAB_NS$2"
	lab_ip "$1" link set "port-$2" up
	lab_ip "$2" link set "$3" up
}

frr_unnumbered() { # TOR ROUTER-ID PORT
	printf '%s\n' "router bgp 65001" " bgp router-id $2" " no bgp ebgp-requires-policy" \
		" no bgp network import-check" " neighbor $3 interface remote-as external" \
		" address-family ipv4 unicast" "  network 172.16.0.0/16" " exit-address-family" \
		" address-family ipv6 unicast" "  neighbor $3 activate" "  network 2001:db8:16::/48" \
		" exit-address-family" | lab_frr "$1"
}

node_unnumbered() { # NODE INTERFACE...
	local node=$1 i
	shift
	{
		printf '%s\n' 'router bgp 65000' '   router-id 10.90.224.105' '   timers bgp 3 9'
		for i; do echo "   neighbor interface $i remote-as external"; done
		echo '   address-family ipv6'
		for i; do echo "      neighbor interface $i activate"; done
		printf '%s\n' leafpeer '   pod-cidr 10.233.0.0/24' '   pod-cidr fd00:233::/64' '   advertise always'
	} >"$LAB/$node.conf"
	lab_agent "$node"
}

link_local() { # NAMESPACE INTERFACE
	lab_ip "$1" -j -6 addr show dev "$2" scope link | jq -r '.[0].addr_info[0].local'
}

via_is() { # NODE PREFIX INTERFACE ADDRESS: an IPv4 route with an IPv6 next hop
	lab_ip "$1" -j route show "$2" |
		jq -e --arg dev "$3" --arg via "$4" '.[0] | .dev == $dev and .via.host == $via'
}

@test "FRR over an interface: found by its advertisements, IPv4 routes by IPv6 next hops both ways" {
	lab_ns tor1 node1
	point_to_point tor1 node1 eth1
	frr_unnumbered tor1 10.255.0.1 port-node1
	node_unnumbered node1 eth1
	lab_until 30 lab_established node1 1
	tor=$(link_local tor1 port-node1)
	node=$(link_local node1 eth1)
	lab_until 10 via_is node1 172.16.0.0/16 eth1 "$tor"
	lab_ip node1 -6 route show 2001:db8:16::/48 proto bgp | grep "via $tor dev eth1"
	# and what FRR made of ours, in its table and in its kernel
	lab_until 10 tor_has tor1 10.233.0.0/24
	lab_vtysh tor1 show bgp ipv4 unicast 10.233.0.0/24 json |
		jq -e --arg nh "$node" '.paths[0] | .aspath.string == "65000" and any(.nexthops[]; .ip == $nh)'
	lab_until 10 via_is tor1 10.233.0.0/24 port-node1 "$node"
	lab_ip tor1 -6 route show fd00:233::/64 | grep "via $node"
	lab_ctl node1 show ip bgp summary | grep -q "$tor%eth1 .* 65001 .*Estab"
	lab_vtysh tor1 show bgp neighbors port-node1 json |
		jq -e '.[].neighborCapabilities | .extendedNexthop == "advertisedAndReceived"'
	lab_ctl node1 show ip bgp neighbors eth1 | grep -q "BGP neighbor is $tor%eth1, remote AS 65001, external link"
	lab_ctl node1 clear ip bgp eth1
	lab_until 20 lab_established node1 1
}

@test "FRR and the node find each other again: its restart, another address, a new link" {
	lab_ns tor1 node1
	point_to_point tor1 node1 eth1
	node_unnumbered node1 eth1
	sleep 1
	lab_ctl node1 show ip bgp neighbors | grep -q 'no router has been heard'
	# whoever may come has no AS yet
	log_has node1 'neighbour added.* remote_as=external'
	lab_ctl node1 show ip bgp summary | grep -q ' eth1 .* 4 external '
	[ "$(lab_ctl node1 'show ip bgp summary | json' | jq -r '.vrfs.default.peers[].asn')" = external ]
	frr_unnumbered tor1 10.255.0.1 port-node1
	lab_until 30 lab_established node1 1
	lab_until 10 via_is node1 172.16.0.0/16 eth1 "$(link_local tor1 port-node1)"
	# another machine in its place: another MAC and so another address
	lab_ip tor1 link set port-node1 down
	lab_ip tor1 link set port-node1 address 02:00:00:00:07:07
	lab_ip tor1 link set port-node1 up
	lab_until 30 via_is node1 172.16.0.0/16 eth1 "$(link_local tor1 port-node1)"
	# the interface goes and comes back with another index
	lab_ip node1 link del eth1
	lab_until 10 lab_established node1 0
	lab_ctl node1 show ip bgp neighbors | grep -q 'no interface of that name'
	point_to_point tor1 node1 eth1
	lab_until 40 via_is node1 172.16.0.0/16 eth1 "$(link_local tor1 port-node1)"
}

@test "two unnumbered ToRs: one route over both" {
	lab_ns tor1 tor2 node1
	point_to_point tor1 node1 eth1
	point_to_point tor2 node1 eth2
	frr_unnumbered tor1 10.255.0.1 port-node1
	frr_unnumbered tor2 10.255.0.2 port-node1
	node_unnumbered node1 eth1 eth2
	lab_until 30 lab_established node1 2
	both() { [ "$(lab_ip node1 -j route show 172.16.0.0/16 proto bgp | jq '.[0].nexthops | length')" = 2 ]; }
	lab_until 10 both
	lab_ip tor2 link set port-node1 down
	lab_until 5 via_is node1 172.16.0.0/16 eth1 "$(link_local tor1 port-node1)"
}

@test "a link-local neighbour by its address and interface, and BIRD at the other end" {
	lab_ns tor1 node1
	point_to_point tor1 node1 eth1
	lab_until 5 link_local tor1 port-node1
	tor=$(link_local tor1 port-node1)
	node=$(link_local node1 eth1)
	cat >"$LAB/bird.conf" <<-CONF
		router id 10.255.0.1;
		protocol device {}
		protocol kernel { ipv4 { export all; }; }
		protocol static { ipv4; route 172.16.0.0/16 blackhole; }
		protocol bgp node1 {
		  local $tor as 65001; neighbor $node%'port-node1' as 65000; hold time 9;
		  ipv4 { import all; export where source = RTS_STATIC; extended next hop; };
		  ipv6 { import all; export none; };
		}
	CONF
	lab_spawn bird tor1 bird -f -c "$LAB/bird.conf" -s "$LAB/bird.ctl" -P "$LAB/bird.pid"
	printf '%s\n' 'router bgp 65000' '   router-id 10.90.224.105' '   timers bgp 3 9' \
		"   neighbor $tor%eth1 remote-as 65001" leafpeer '   pod-cidr 10.233.0.0/24' '   advertise always' >"$LAB/node1.conf"
	lab_agent node1
	lab_until 30 lab_established node1 1
	lab_until 10 via_is node1 172.16.0.0/16 eth1 "$tor"
	lab_until 10 via_is tor1 10.233.0.0/24 port-node1 "$node"
	# an address that every link may have names nobody, nor does a link the one who was not found on it
	local command
	for command in "clear ip bgp $tor" "clear ip bgp eth1" "show ip bgp neighbors $tor" "show ip bgp neighbors eth1"; do
		run lab_ctl node1 "$command"
		[ "$status" = 1 ]
		[ "$output" = "% No such neighbor" ]
	done
	lab_established node1 1
	lab_ctl node1 show ip bgp neighbors "$tor%eth1" | grep -q 'Number of transitions to established: 1'
	lab_ctl node1 clear ip bgp "${tor^^}%eth1"
	again() { lab_ctl node1 show ip bgp neighbors "$tor%eth1" | grep -q 'Number of transitions to established: 2'; }
	lab_until 30 again
}
