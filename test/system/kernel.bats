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

# ---- what the kernel knows before BGP does -----------------------------------------------------------

# Sessions that would last three minutes by themselves, so what ends them is not their time.
slow_fabric() {
	local tor name id base n
	lab_dual
	for tor in "tor1 10.90.224.98 10.90.224.10" "tor2 10.90.225.99 10.90.225.10"; do
		read -r name id base <<<"$tor"
		printf '%s\n' "router bgp 65001" " bgp router-id $id" " no bgp ebgp-requires-policy" " timers bgp 60 180" \
			" neighbor ${base}5 remote-as 65000" " neighbor ${base}6 remote-as 65000" \
			" address-family ipv4 unicast" "  maximum-paths 32" | lab_frr "$name"
	done
	for n in 1 2; do
		printf '%s\n' "router bgp 65000" "   timers bgp 60 180" >"$LAB/node$n.conf"
	done
	# the kernel asks who is still there after half a second, not after half a minute
	lab_in node1 sh -c 'cd /proc/sys/net/ipv4/neigh/eth2 && echo 500 >base_reachable_time_ms &&
		echo 1 >delay_first_probe_time && echo 1 >ucast_solicit && echo 1 >mcast_solicit'
	dual_nodes
	lab_until 10 ours_is "$both"
}

@test "an address of ours that goes: its session ends and its next hops go, long before the hold time" {
	slow_fabric
	lab_ip node1 addr del 10.90.225.105/24 dev eth2
	lab_until 2 ours_is 10.90.224.106
	log_has node1 'the way to a neighbour is gone peer=10.90.225.99'
	lab_established node1 1
	lab_ip node1 addr add 10.90.225.105/24 dev eth2
	lab_until 20 lab_established node1 2
	lab_until 10 ours_is "$both"
	# also where a default route would lead there
	lab_ip node1 route add default via 10.90.224.98
	lab_ip node1 addr del 10.90.225.105/24 dev eth2
	lab_until 2 ours_is 10.90.224.106
	log_has node1 'the way to a neighbour is gone peer=10.90.225.99 reason="its address of ours is gone"'
	lab_established node1 1
}

@test "a ToR that answers nothing on its link any more, ARP neither: gone, long before the hold time" {
	slow_fabric
	lab_in node1 nft "add table netdev cut
		add chain netdev cut in { type filter hook ingress device eth2 priority 0; policy drop; }"
	lab_spawn traffic node1 "$BATS_TEST_DIRNAME/../../build/helper/flow" send 10.90.225.105 10.90.225.99 7000 50
	lab_until 15 ours_is 10.90.224.106
	log_has node1 'the way to a neighbour is gone peer=10.90.225.99 reason="it does not answer on its link"'
	lab_established node1 1
	lab_kill traffic
	lab_in node1 nft delete table netdev cut
	lab_until 30 lab_established node1 2
	lab_until 10 ours_is "$both"
}

# ---- a minute of malice -----------------------------------------------------------------------------

ROUTES=1000

many_tor() { # TOR ROUTER-ID NODE-ADDRESS: FRR that announces ROUTES /24s
	local i
	{
		printf '%s\n' "router bgp 65001" " bgp router-id $2" " no bgp ebgp-requires-policy" \
			" no bgp network import-check" " timers bgp 3 9" " neighbor $3 remote-as 65000" \
			" address-family ipv4 unicast"
		for ((i = 0; i < ROUTES; i++)); do
			echo "  network 20.$((i / 256)).$((i % 256)).0/24"
		done
	} | lab_frr "$1"
}

# Prefix and next hops of each of our routes in the kernel, a line each, sorted.
kernel_routes() {
	lab_ip node1 -j route show proto bgp | jq -r '.[] | select(.type != "blackhole") |
		"\(.dst) \(if .nexthops then ([.nexthops[].gateway] | sort | join(" ")) else .gateway end)"' | sort
}

# The same, of the RIB: what show ip bgp has as active and ECMP.
rib_routes() {
	lab_ctl node1 'show ip bgp | json' | jq -r '.vrfs.default.bgpRouteEntries | to_entries[] |
		select(any(.value.bgpRoutePaths[]; .routeType.active)) |
		"\(.key) \([.value.bgpRoutePaths[] | select(.routeType.active or .routeType.ecmp) | .nextHop] | unique | join(" "))"' | sort
}

kernel_is_rib() {
	[ "$(kernel_routes | wc -l)" = $ROUTES ] || return 1
	[ "$(kernel_routes | cut -d' ' -f2- | sort -u)" = "10.90.224.98 10.90.225.99" ] || return 1
	[ "$(kernel_routes)" = "$(rib_routes)" ]
}

counted() { # METRIC
	lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics | sed -n "s/^$1 //p"
}

many_fabric() { # AGENT-VARIABLES...
	lab_dual
	many_tor tor1 10.90.224.98 10.90.224.105
	many_tor tor2 10.90.225.99 10.90.225.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179 "$@"
	lab_until 20 lab_established node1 2
	lab_until 20 kernel_is_rib
}

# systemd-networkd's of all foreign routes; ip's own flush cannot, since it repeats next hops beside the
# nexthop's number, which the kernel refuses.
flush_routes() {
	lab_ip node1 -j route show proto bgp | jq -r '.[].dst | "route del \(.) proto bgp"' |
		lab_ip node1 -force -batch -
}

a_nexthop() { # any of ours
	lab_ip node1 -j nexthop show proto 186 | jq -r '.[].id' | shuf -n 1
}

# One thing that others do: Cilium's deletion by prefix and gateway, systemd-networkd's of all that is
# foreign, a person's mistakes, cables.
malice() {
	local p=20.$((RANDOM % 4)).$((RANDOM % 250)).0/24 id
	case $((RANDOM % 9)) in
	0) lab_ip node1 route del "$p" ;;
	1) lab_ip node1 -j route show proto bgp | jq -r '.[].dst | "route del \(.)"' | head -n 50 |
		lab_ip node1 -force -batch - ;;
	2) flush_routes ;;
	3) lab_ip node1 nexthop flush proto 186 ;;
	4) id=$(a_nexthop) && lab_ip node1 nexthop del id "$id" ;;
	5) lab_ip node1 route replace "$p" via 10.90.224.98 proto bgp metric 20 ;;
	6)
		lab_tor_down tor$((RANDOM % 2 + 1))
		sleep 0.0$((RANDOM % 10))
		lab_tor_up tor1
		lab_tor_up tor2
		;;
	7)
		lab_ip node1 link set eth1 down
		sleep 0.0$((RANDOM % 10))
		lab_ip node1 link set eth1 up
		;;
	8) lab_vtysh tor$((RANDOM % 2 + 1)) clear bgp ipv4 unicast '*' soft out ;;
	esac
} >/dev/null 2>&1

@test "a minute of deleted routes, nexthops and links under load: the kernel is what the RIB says" {
	local end
	many_fabric
	lab_ip node1 addr add 10.233.0.1/32 dev lo
	lab_ip node1 route show proto bgp >"$LAB/log/before"
	end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ]; do
		malice || true
		sleep 0.0$((RANDOM % 10))
	done
	lab_tor_up tor1
	lab_tor_up tor2
	lab_until 30 lab_established node1 2
	lab_until 15 kernel_is_rib || {
		diff <(kernel_routes) <(rib_routes) | head -n 20
		lab_ip node1 nexthop show
		false
	}
	# nothing is left over: a group, its members, and no more than the agent knows of
	[ "$(lab_ip node1 -o nexthop show proto 186 | wc -l)" = "$(counted leafpeer_fib_objects)" ]
	[ "$(lab_ip node1 -o nexthop show proto 186 | wc -l)" -le 5 ]
	[ "$(counted leafpeer_fib_foreign_deletions_total)" -gt 0 ]
	lab_until 5 counted_is leafpeer_fib_failed_routes 0
}

@test "what Cilium and systemd-networkd delete is back at once, and counted" {
	local before
	many_fabric
	# Cilium's hybrid routing deletes by prefix and gateway, whatever the protocol. The kernel does not match
	# that with a route that points at a nexthop object, and says that there is none.
	lab_tor_down tor2
	lab_until 15 lab_established node1 1
	lab_until 10 one_hop_left
	lacks lab_ip node1 route del 20.0.7.0/24 via 10.90.224.98
	there 20.0.7.0/24
	before=$(counted leafpeer_fib_foreign_deletions_total)
	lab_ip node1 route del 20.0.7.0/24 metric 20
	lab_until 2 there 20.0.7.0/24
	lab_until 2 counted_is leafpeer_fib_foreign_deletions_total $((before + 1))
	lab_tor_up tor2
	lab_until 20 lab_established node1 2
	lab_until 10 kernel_is_rib
	# systemd-networkd, ManageForeignRoutes=yes, and ManageForeignNextHops=yes
	flush_routes
	lab_until 5 kernel_is_rib
	lab_ip node1 nexthop flush proto 186
	lab_until 5 kernel_is_rib
	log_has node1 'changed by somebody else, put back'
}

counted_is() { # METRIC NUMBER
	[ "$(counted "$1")" = "$2" ]
}

one_hop_left() {
	[ "$(kernel_routes | cut -d' ' -f2- | sort -u)" = 10.90.224.98 ]
}

there() { # PREFIX
	[ -n "$(lab_ip node1 route show "$1" proto bgp)" ]
}

@test "notifications are lost: the tables are read again, and what differs is mended" {
	many_fabric
	# more than the monitor's buffer takes
	seq 0 59999 | awk '{printf "route add 30.0.%d.%d/32 via 10.90.224.98\n", $1 / 256, $1 % 256}' >"$LAB/flood"
	kill -STOP "$(lab_pid node1-agent)"
	lab_ip node1 -batch "$LAB/flood"
	# and this nobody is told
	flush_routes
	kill -CONT "$(lab_pid node1-agent)"
	lab_until 10 log_has node1 'reading the kernel.s tables again reason=.notifications were lost'
	lab_until 20 kernel_is_rib
	lab_established node1 2
}

@test "next hops are chosen by ports when that is asked for, else a warning says so once" {
	lab_ns node1
	hash=/proc/sys/net/ipv4/fib_multipath_hash_policy
	lab_in node1 sh -c "echo 0 >$hash"
	lab_agent node1 BGP_AS=65000
	[ "$(grep -c 'by addresses alone.*net.ipv4' "$LAB/log/node1-agent")" = 1 ]
	[ "$(lab_in node1 cat $hash)" = 0 ]
	printf '%s\n' "router bgp 65000" leafpeer "   multipath-hash l4" >"$LAB/node1.conf"
	kill -HUP "$(lab_pid node1-agent)"
	lab_until 5 log_has node1 'by ports.*net.ipv4'
	[ "$(lab_in node1 cat $hash)" = 1 ]
	[ "$(lab_in node1 cat /proc/sys/net/ipv6/fib_multipath_hash_policy)" = 1 ]
}

@test "without nexthop objects routes have next hops of their own, and all else is the same" {
	many_fabric LEAFPEER_NEXTHOP_OBJECTS=off
	log_has node1 'without nexthop objects'
	[ -z "$(lab_ip node1 nexthop show)" ]
	lacks grep -q nhid <(lab_ip node1 route show proto bgp)
	lab_tor_down tor2
	lab_until 10 one_hop_left
	# here Cilium's deletion by prefix and gateway finds what it looks for
	lab_ip node1 route del 20.0.7.0/24 via 10.90.224.98
	lab_until 2 there 20.0.7.0/24
	lab_tor_up tor2
	lab_until 20 lab_established node1 2
	lab_until 10 kernel_is_rib
	flush_routes
	lab_until 5 kernel_is_rib
}
