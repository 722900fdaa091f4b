#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# IPv6: sessions over it, prefixes of it, and each family over the other's sessions.

load helper
load kubernetes

# tor1 and both nodes with addresses of both families on one link.
dual_stack() {
	lab_tor tor1 10.90.224.98/24 2001:db8:90::98/64
	lab_ns node1 node2
	lab_link tor1 node1 eth1 10.90.224.105/24 2001:db8:90::105/64
	lab_link tor1 node2 eth1 10.90.224.106/24 2001:db8:90::106/64
	# no duplicate address detection to wait for
	for ns in tor1 node1 node2; do
		lab_until 5 sh -c "! ip -n $LAB_NS$ns -6 addr show tentative | grep -q inet6"
	done
}

frr_dual_stack() { # NEIGHBOR...
	local n
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " timers bgp 3 9"
		for n; do echo " neighbor $n remote-as 65000"; done
		for n; do echo " neighbor $n capability extended-nexthop"; done
		for f in ipv4 ipv6; do
			echo " address-family $f unicast"
			for n; do echo "  neighbor $n activate"; done
			echo " exit-address-family"
		done
	} | lab_frr tor1
}

kernel6_hops_are() { # NODE PREFIX "GATEWAY..."
	[ "$(lab_ip "$1" -6 -j route show "$2" proto bgp | jq -r '.[0].gateway // "none"')" = "$3" ]
}

nodes() { # PEER
	local n
	for n in 1 2; do
		lab_agent "node$n" BGP_AS=65000 BGP_PEER="$1" BGP_REMOTE_AS=65001 LEAFPEER_ADVERTISE=always \
			POD_CIDR="10.233.$((n - 1)).0/24,2001:db8:233:$n::/64"
	done
	lab_until 20 lab_established node1 1
	lab_until 20 lab_established node2 1
}

@test "a session over IPv4 carries both families" {
	dual_stack
	frr_dual_stack 10.90.224.105 10.90.224.106
	nodes 10.90.224.98
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 10.90.224.106
	lab_until 10 kernel6_hops_are node1 2001:db8:233:2::/64 2001:db8:90::98
	lab_ctl node1 show ipv6 route bgp | grep -q '2001:db8:233:2::/64'
}

@test "a session over IPv6 carries IPv6, and IPv4 with an IPv6 next hop" {
	dual_stack
	frr_dual_stack 2001:db8:90::105 2001:db8:90::106
	nodes 2001:db8:90::98
	lab_until 10 kernel6_hops_are node1 2001:db8:233:2::/64 2001:db8:90::106
	# RFC 8950: the route is of IPv4, its gateway of IPv6
	lab_until 10 sh -c "ip -n ${LAB_NS}node1 -j route show 10.233.1.0/24 | jq -e '.[0].via.host // .[0].gateway | startswith(\"2001:db8:90::\")'"
}

doctor_says() { # TEXT
	{ lab_ctl node1 doctor || true; } | grep -F -- "$1"
}

@test "a node without IPv4: the API, the session and the prefix are IPv6, the probes are answered" {
	lab_tor tor1 2001:db8:90::98/64
	lab_ns node1
	lab_link tor1 node1 eth1 2001:db8:90::105/64
	for ns in tor1 node1; do
		lab_until 5 sh -c "! ip -n $LAB_NS$ns -6 addr show tentative | grep -q inet6"
	done
	frr_dual_stack 2001:db8:90::105
	kube_certificates
	mock_start node1 ca ::1
	mock_node node1 2001:db8:233:1::/64 arista/bgp-peer-ip-1=2001:db8:90::98 arista/bgp-remote-as-1=65001 arista/bgp-local-as=65000
	kube_agent node1 LEAFPEER_KUBE_API='https://[::1]:6443' LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179
	# a router ID is like an IPv4 address, and here is none to take it from
	lab_until 20 doctor_says "there is none, since this host has no IPv4 address"
	lab_in node1 curl -sf -m 5 http://127.0.0.1:9179/healthz
	mock_node node1 2001:db8:233:1::/64 arista/bgp-peer-ip-1=2001:db8:90::98 arista/bgp-remote-as-1=65001 arista/bgp-local-as=65000 \
		leafpeer/router-id=10.0.0.1
	lab_until 20 lab_established node1 1
	tor1_has6() { lab_vtysh tor1 show bgp ipv6 unicast 2001:db8:233:1::/64 json | jq -e '.paths | length > 0'; }
	lab_until 10 tor1_has6
	lab_in node1 curl -sf -m 5 http://127.0.0.1:9179/readyz
	lab_in node1 curl -sf -m 5 http://127.0.0.1:9179/metrics | grep -q '^leafpeer_bgp_peer_up.* 1$'
}
