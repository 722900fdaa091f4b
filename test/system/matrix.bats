#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120,SC2034 # names are ours; bats calls functions; matrix.bash reads MX_
# One cell a test: FRR 8.4, BIRD 2.0.12, GoBGP 3.10 and OpenBGPD 7.7 at once as the ToRs of a node. Where one of them
# cannot do something, the test says so. What only one of them can do is in interop.bats, restart.bats and
# unnumbered.bats.

load helper
load matrix

all_up() { # SPEAKERS
	local s
	for s in $1; do
		lab_until 25 mx_established "$s" || {
			echo "$s is not up" >&2
			lab_ctl node1 show ip bgp neighbors "$(mx_addr "$s" 98)" >&2
			return 1
		}
	done
}

# Both ways: theirs is here, ours is there.
routes_both_ways() { # SPEAKERS
	local s
	for s in $1; do
		lab_until 15 mx_learned_has "$s" 172.16.0.0/16 valid || {
			echo "nothing from $s" >&2
			return 1
		}
		lab_until 15 mx_has "$s" 10.233.0.0/24 "$(mx_addr "$s" 105)" || {
			echo "$s has nothing" >&2
			return 1
		}
	done
}

@test "attributes: what each announces arrives as it was sent, and ours there" {
	mx_fabric "$MX_ALL" "route-map OURS out"
	cat >>"$LAB/node1.conf" <<-CONF
		route-map OURS permit 10
		   set community 65000:7 65000:8
		   set metric 9
	CONF
	lab_ctl node1 reload
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
	for s in $MX_ALL; do
		# OpenBGPD prepends nobody else's AS
		path='65001 65009'
		[ "$s" = openbgpd ] && path='65001 65001 65001'
		mx_learned_has "$s" 172.16.0.0/16 "^  $path\$" 'Origin EGP, metric 77,' 'Community: 65001:1 65001:2$' \
			'Large Community: 65001:1:2$' 'Extended Community: .*0002fde900000003' || {
			mx_learned "$s" 172.16.0.0/16 >&2
			return 1
		}
	done
	lab_until 10 mx_has frr 10.233.0.0/24 '^  65000$' 'Origin IGP, metric 9,' 'Community: 65000:7 65000:8'
	lab_until 10 mx_has bird 10.233.0.0/24 'BGP.as_path: 65000$' 'BGP.origin: IGP' 'BGP.med: 9$' \
		'BGP.community: (65000,7) (65000,8)'
	lab_until 10 mx_has gobgp 10.233.0.0/24 '10.90.3.105 *65000 ' 'Origin: i' 'Med: 9' 'Communities: 65000:7, 65000:8'
	lab_until 10 mx_has openbgpd 10.233.0.0/24 '^    65000$' 'Origin IGP, metric 9,' 'Communities: 65000:7 65000:8'
	# and not where they are not wanted
	sed -i '/^leafpeer/i \   no neighbor 10.90.2.98 send-community' "$LAB/node1.conf"
	lab_ctl node1 reload
	bare() { mx_has bird 10.233.0.0/24 'BGP.med: 9$' && ! mx_has bird 10.233.0.0/24 BGP.community; }
	lab_until 10 bare
	mx_has gobgp 10.233.0.0/24 'Communities: 65000:7, 65000:8'
	# a draining node says so to each, whatever the route map and send-community make of communities (RFC 8326)
	lab_ctl node1 drain 600
	lab_until 10 mx_has bird 10.233.0.0/24 'BGP.community: (65535,0)$'
	lab_until 10 mx_has gobgp 10.233.0.0/24 'Communities: 65000:7, 65000:8, planned-shut'
	lab_until 10 mx_has frr 10.233.0.0/24 'Community: 65000:7 65000:8 graceful-shutdown'
	lab_until 10 mx_has openbgpd 10.233.0.0/24 'Communities: 65000:7 65000:8 GRACEFUL_SHUTDOWN'
	lab_ctl node1 undrain
	lab_until 10 bare
}

has_capabilities() { # SPEAKER NAME...: negotiated
	local text name
	text=$(lab_ctl node1 show ip bgp neighbors "$(mx_addr "$1" 98)")
	shift
	for name; do
		grep -qE "^ +$name: .*negotiated" <<<"$text" || {
			echo "$name: $text" >&2
			return 1
		}
	done
}

# Not in this: enhanced route refresh of GoBGP and OpenBGPD and extended messages of all but FRR, which they do not
# offer; extended next hop is in the test of IPv6.
@test "capabilities: what each has is what is agreed on, seen from both ends" {
	MX_GR=1
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	for s in $MX_ALL; do
		has_capabilities "$s" 'Multiprotocol IPv4 Unicast' 'Multiprotocol IPv6 Unicast' 'Four Octet ASN' \
			'Route Refresh' 'Graceful Restart'
	done
	for s in frr bird; do has_capabilities "$s" 'Enhanced route refresh'; done
	has_capabilities frr 'Extended Message'
	lab_vtysh frr show bgp neighbors 10.90.1.105 json | jq -e '.[].neighborCapabilities |
		."4byteAs" == "advertisedAndReceived" and .enhancedRouteRefresh == "advertisedAndReceived" and
		.extendedMessage == "advertisedAndReceived" and .gracefulRestart == "advertisedAndReceived" and
		.multiprotocolExtensions.ipv6Unicast.advertisedAndReceived'
	run birdc -s "$LAB/bird.ctl" show protocols all node1
	[[ $output == *"AF announced: ipv4 ipv6"*"Enhanced refresh"*"Graceful restart"*"4-octet AS numbers"* ]]
	run lab_in gobgp gobgp neighbor 10.90.3.105
	for c in ipv4-unicast ipv6-unicast route-refresh graceful-restart 4-octet-as; do
		grep -qE "^ +$c:.*advertised and received" <<<"$output"
	done
	run mx_bgpctl show neighbor 10.90.4.105
	[[ $output == *"Negotiated capabilities:"*"IPv4 unicast, IPv6 unicast"*"4-byte AS numbers"*"Route Refresh"* ]]
}

@test "IPv6: a session over it with both families, IPv4 by IPv6 next hops where both can" {
	MX_V6=1
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	for s in $MX_ALL; do
		lab_until 15 mx_learned_has "$s" 2001:db8:16::/48 valid "fd90:$(mx_index "$s")::98"
		lab_until 15 mx_has "$s" fd00:233::/64 "fd90:$(mx_index "$s")::105"
	done
	# RFC 8950. OpenBGPD 7.7 has not got it, so its IPv4 routes keep IPv4 next hops
	for s in frr bird gobgp; do has_capabilities "$s" 'Extended Next-Hop'; done
	for s in frr bird gobgp; do lab_until 15 mx_has "$s" 10.233.0.0/24 "fd90:$(mx_index "$s")::105"; done
	lab_until 15 mx_has openbgpd 10.233.0.0/24 10.90.4.105
	for s in frr bird; do lab_until 15 mx_learned_has "$s" 172.16.0.0/16 valid "fd90:$(mx_index "$s")::98"; done
	lab_ip node1 route show 172.16.0.0/16 proto bgp | grep -q 'via inet6 fd90:'
}

@test "AS numbers of four octets" {
	MX_AS=4200000001
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
	for s in $MX_ALL; do mx_learned_has "$s" 172.16.0.0/16 '^  4200000001 '; done
}

# GoBGP 3.10 always says 4-octet ASNs: there is no old GoBGP to be had from it.
@test "old speakers: no capabilities, 2-octet ASNs" {
	MX_OLD=1
	mx_fabric "frr bird openbgpd"
	all_up "frr bird openbgpd"
	routes_both_ways "frr bird openbgpd"
	for s in frr bird openbgpd; do
		lacks has_capabilities "$s" 'Four Octet ASN'
		mx_learned_has "$s" 172.16.0.0/16 '^  65001 '
	done
}

@test "MD5: the same password comes up, another does not" {
	MX_PASSWORD=tops3cret
	(umask 077 && echo wrong >"$LAB/password")
	mx_fabric "$MX_ALL" "password-file $LAB/password"
	sleep 4
	for s in $MX_ALL; do lacks mx_established "$s"; done
	echo tops3cret >"$LAB/password"
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
	lacks grep -q tops3cret "$LAB/log/node1-agent"
}

@test "GTSM: at both ends it comes up, at ours alone nobody is heard" {
	mx_fabric "$MX_ALL" "ttl maximum-hops 1"
	sleep 4
	for s in $MX_ALL; do lacks mx_established "$s"; done
	MX_GTSM=1
	for s in $MX_ALL; do
		mx_stop "$s" KILL
		mx_start "$s"
	done
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
}

# What it said before it was killed, and that it was killed, was not let through: neither connection to it is waited
# for any longer, since FRR dials once in two minutes.
@test "GTSM: back and forth, with FRR killed each time" {
	mx_fabric frr "ttl maximum-hops 1"
	for i in 1 2 3 4; do
		sleep $((2 + i))
		MX_GTSM=1
		mx_stop frr KILL
		mx_start frr
		all_up frr
		MX_GTSM=
		mx_stop frr KILL
		mx_start frr
	done
}

# Their listeners must answer the handshake with 255 before they know who calls, as ours does.
@test "GTSM: a ToR that never dials is dialled again when it has it" {
	MX_PASSIVE=1
	mx_fabric frr "ttl maximum-hops 1"
	sleep 4
	lacks mx_established frr
	MX_GTSM=1
	mx_stop frr KILL
	mx_start frr
	all_up frr
}

@test "GTSM: with ToRs that never dial" {
	MX_GTSM=1
	MX_PASSIVE=1
	mx_fabric "$MX_ALL" "ttl maximum-hops 1"
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
}

@test "route refresh: asked for by us, and by each of them" {
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
	counted() { # SPEAKER NAME FIELD: of "Name: sent received"
		lab_ctl node1 show ip bgp neighbors "$(mx_addr "$1" 98)" | awk -v name="$2:" -v f="$3" '$0 ~ "^ +" name " +[0-9]+ +[0-9]+$" {print $(NF - 2 + f)}'
	}
	declare -A before
	# ours: each sends its routes again
	for s in $MX_ALL; do before[$s]=$(counted "$s" Updates 2); done
	for s in $MX_ALL; do lab_ctl node1 clear ip bgp "$(mx_addr "$s" 98)" soft; done
	again() { [ "$(counted "$1" Updates 2)" -gt "${before[$1]}" ]; }
	for s in $MX_ALL; do
		[ "$(counted "$s" "Route Refresh" 1)" -ge 2 ] # one a family
		[ "$s" = openbgpd ] || lab_until 10 again "$s"
	done
	# OpenBGPD 7.7 counts it, and then takes both families, which it negotiated, for not negotiated
	mx_bgpctl show neighbor 10.90.4.105 | grep -qE '^  Route Refresh +0 +2$'
	# theirs: we send ours again. GoBGP never asks: it keeps what it heard
	for s in $MX_ALL; do before[$s]=$(counted "$s" Updates 1); done
	lab_vtysh frr clear bgp ipv4 unicast 10.90.1.105 soft in
	birdc -s "$LAB/bird.ctl" reload in node1
	mx_bgpctl neighbor 10.90.4.105 refresh
	sent() { [ "$(counted "$1" Updates 1)" -gt "${before[$1]}" ]; }
	for s in frr bird openbgpd; do
		lab_until 10 sent "$s"
		[ "$(counted "$s" "Route Refresh" 2)" -ge 1 ]
		mx_established "$s"
	done
	routes_both_ways "$MX_ALL"
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 4 ]
}

is_stale() { mx_learned_has "$1" 172.16.0.0/16 ', stale'; }

is_fresh() { mx_established "$1" && mx_learned_has "$1" 172.16.0.0/16 valid && ! is_stale "$1"; }

# OpenBGPD 7.7 offers graceful restart as a helper alone: its own routes go with it.
@test "restart, theirs: their routes stay here until they are back" {
	MX_GR=1
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	for s in $MX_ALL; do lab_until 15 is_fresh "$s"; done
	for s in $MX_ALL; do mx_stop "$s" KILL; done
	for s in frr bird gobgp; do lab_until 15 is_stale "$s"; done
	lab_until 15 lacks mx_learned_has openbgpd 172.16.0.0/16 valid
	# they still carry traffic
	[ "$(lab_ip node1 -j route show 172.16.0.0/16 proto bgp | jq '.[0].nexthops | length')" = 3 ]
	MX_RESTARTED=1
	for s in $MX_ALL; do mx_start "$s"; done
	for s in $MX_ALL; do lab_until 30 is_fresh "$s"; done
}

@test "restart, ours: killed, and what each has of us stays until we are back" {
	MX_GR=1
	mx_fabric "$MX_ALL"
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
	lab_kill node1-agent KILL
	sleep 3
	for s in $MX_ALL; do mx_has "$s" 10.233.0.0/24 "$(mx_addr "$s" 105)"; done
	# from here on it would be seen if one of them dropped it
	lab_agent node1
	for _ in 1 2 3 4 5 6 7 8; do
		for s in $MX_ALL; do
			mx_has "$s" 10.233.0.0/24 "$(mx_addr "$s" 105)" || {
				echo "$s has dropped it" >&2
				return 1
			}
		done
		sleep 0.25
	done
	all_up "$MX_ALL"
	routes_both_ways "$MX_ALL"
}


# FRR's is in interop.bats. OpenBGPD 7.7 can send several paths too, but has no way to come by two without two peers.
@test "ADD-PATH: both paths that one session brings are used" {
	MX_ADDPATH=1
	mx_fabric "bird gobgp"
	all_up "bird gobgp"
	for s in bird gobgp; do has_capabilities "$s" 'Additional-paths recv'; done
	lab_until 15 kernel_hops_are node1 172.30.0.0/16 "10.90.2.71 10.90.2.72 10.90.3.71 10.90.3.72"
	# one goes, the other stays
	lab_in gobgp gobgp global rib del 172.30.0.0/16 identifier 1
	birdc -s "$LAB/bird.ctl" disable path2
	lab_until 10 kernel_hops_are node1 172.30.0.0/16 "10.90.2.71 10.90.3.72"
}

# OpenBGPD 7.7 and GoBGP 3.10 have no roles.
@test "roles (RFC 9234): those that fit come up, OTC is there; those that do not are refused" {
	MX_ROLE=provider
	mx_fabric "frr bird" "role customer strict"
	all_up "frr bird"
	for s in frr bird; do
		has_capabilities "$s" Role
		lab_until 10 mx_learned_has "$s" 172.16.0.0/16 valid 'Only to customer: 65001$'
	done
	sed -i 's/role customer strict/role provider/' "$LAB/node1.conf"
	lab_ctl node1 reload
	sleep 4
	for s in frr bird; do
		lacks mx_established "$s"
		lab_ctl node1 show ip bgp neighbors "$(mx_addr "$s" 98)" | grep -q 'Role Mismatch'
	done
	# the other way round it is ours to mark: only to customer (section 5)
	MX_ROLE=customer
	for s in frr bird; do
		mx_stop "$s" KILL
		mx_start "$s"
	done
	all_up "frr bird"
	lab_until 10 mx_has frr 10.233.0.0/24 'otc 65000'
	lab_until 10 mx_has bird 10.233.0.0/24 'BGP.otc: 65000'
	for s in frr bird; do lab_until 10 mx_learned_has "$s" 172.16.0.0/16 valid; done
}
