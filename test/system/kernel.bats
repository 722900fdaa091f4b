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
slow_fabric() { # [reflectors]
	local tor name id base n
	lab_dual
	for tor in "tor1 10.90.224.98 10.90.224.10" "tor2 10.90.225.99 10.90.225.10"; do
		read -r name id base <<<"$tor"
		if [ "${1:-}" = reflectors ]; then
			printf '%s\n' "router bgp 65000" " bgp router-id $id" " timers bgp 60 180" \
				" neighbor ${base}5 remote-as 65000" " neighbor ${base}6 remote-as 65000" \
				" address-family ipv4 unicast" "  neighbor ${base}5 route-reflector-client" \
				"  neighbor ${base}6 route-reflector-client" | lab_frr "$name"
			continue
		fi
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
	[ "${1:-}" = reflectors ] && set -- "${@:2}" BGP_REMOTE_AS=65000
	dual_nodes "$@"
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

@test "a reflected route's next hop that answers nothing on its link: led elsewhere until it does, no session ends" {
	slow_fabric reflectors
	mac=$(lab_ip node2 -j link show eth2 | jq -r '.[0].address')
	lab_in node1 nft "add table netdev cut
		add chain netdev cut in { type filter hook ingress device eth2 priority 0; }
		add rule netdev cut in ether saddr $mac drop"
	lab_spawn traffic node1 "$BATS_TEST_DIRNAME/../../build/helper/flow" send 10.90.225.105 10.90.225.106 7000 50
	lab_until 15 ours_is 10.90.224.106
	log_has node1 'a next hop does not answer on its link.*next_hop=10.90.225.106 interface=eth2'
	lab_ctl node1 show ip bgp 10.233.1.0/24
	lab_kill traffic
	# nothing but the agent asks for it now
	sleep 3
	ours_is 10.90.224.106
	lab_established node1 2
	lab_in node1 nft delete table netdev cut
	lab_until 5 ours_is "$both"
	log_has node1 'a next hop answers again next_hop=10.90.225.106 interface=eth2'
	[ "$(grep -c 'does not answer on its link' "$LAB/log/node1-agent")" = 1 ]
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
}

# What the kernel thinks of a next hop is asked of its rules, of which no notification tells: here a packet
# of no protocol is not let through, and all others are.
refuse_next_hop() { # ADDRESS
	lab_ip node1 rule add pref 10 ipproto tcp lookup main
	lab_ip node1 rule add pref 11 to "$1" lookup 77
	lab_ip node1 route add blackhole "$1" table 77 scope link
}

take_next_hop() { # ADDRESS
	lab_ip node1 rule del pref 11
}

kernel_row() { # the doctor's
	lab_ctl node1 doctor '| json' |
		jq -r '.checks[] | select(.check == "kernel routes") | "\(.state) \(.found)"'
}

@test "a next hop that the kernel refuses: said in its words, tried less and less often, there when it may be" {
	local id retried errors
	slow_fabric reflectors LEAFPEER_HTTP=127.0.0.1:9179
	refuse_next_hop 10.90.225.106
	id=$(lab_ip node1 -j nexthop show proto 186 | jq -r '.[] | select(.gateway == "10.90.225.106") | .id' | head -n 1)
	lab_ip node1 nexthop del id "$id"
	lab_until 10 log_has node1 \
		'the kernel refuses routes.*routes=1 one=10.233.1.0/24 reason="Invalid argument" kernel="Nexthop has invalid gateway'
	# the way that is left stays
	ours_is 10.90.224.106
	counted_is leafpeer_fib_failed_routes 1
	[[ $(kernel_row) == "failed 1 routes are refused by the kernel, the last one 10.233.1.0/24: Invalid argument" ]]
	retried=$(counted leafpeer_fib_retried_total)
	errors=$(counted leafpeer_fib_errors_total)
	sleep 10
	[ $(($(counted leafpeer_fib_retried_total) - retried)) -ge 1 ]
	[ $(($(counted leafpeer_fib_retried_total) - retried)) -le 4 ]
	[ $(($(counted leafpeer_fib_errors_total) - errors)) -le 20 ]
	[ "$(grep -c 'the kernel refuses routes' "$LAB/log/node1-agent")" = 1 ]
	lab_established node1 2
	# of a rule nobody hears; any change of addresses is taken for a reason to try
	take_next_hop 10.90.225.106
	lab_ip node1 addr add 10.99.0.1/32 dev lo
	lab_until 4 ours_is "$both"
	lab_until 4 log_has node1 'the kernel refuses no routes any more'
	counted_is leafpeer_fib_failed_routes 0
	[[ $(kernel_row) == "ok "*" installed" ]]
}

@test "an address that moves to another interface, and back" {
	local traffic=(lab_spawn traffic node1 "$BATS_TEST_DIRNAME/../../build/helper/flow" send 10.90.225.105 10.90.225.99 7000 50)
	slow_fabric
	# in two steps
	lab_ip node1 addr del 10.90.225.105/24 dev eth2
	sleep 0.5
	lab_ip node1 addr add 10.90.225.105/24 dev eth1
	lab_until 5 ours_is 10.90.224.106
	log_has node1 'the way to a neighbour is gone peer=10.90.225.99'
	sleep 2
	ours_is 10.90.224.106
	lab_ip node1 addr del 10.90.225.105/24 dev eth1
	lab_ip node1 addr add 10.90.225.105/24 dev eth2
	lab_until 30 lab_established node1 2
	lab_until 10 ours_is "$both"
	# in one, so that it never seems to be gone
	printf '%s\n' 'addr del 10.90.225.105/24 dev eth2' 'addr add 10.90.225.105/24 dev eth1' | lab_ip node1 -batch -
	"${traffic[@]}"
	lab_until 20 ours_is 10.90.224.106
	lab_kill traffic
	printf '%s\n' 'addr del 10.90.225.105/24 dev eth1' 'addr add 10.90.225.105/24 dev eth2' | lab_ip node1 -batch -
	lab_until 30 lab_established node1 2
	lab_until 10 ours_is "$both"
	# nothing of that way is left behind
	[ -z "$(lab_ip node1 -j nexthop show dev eth1 | jq -r '.[] | select((.gateway // "") | startswith("10.90.225."))')" ]
}

@test "others' metrics and MTUs on the way to the next hops change nothing" {
	slow_fabric LEAFPEER_HTTP=127.0.0.1:9179
	lab_ip node1 route add 10.90.225.0/24 dev eth2 src 10.90.225.105 metric 5 mtu 1400
	lab_ip node1 route change 10.90.225.0/24 dev eth2 src 10.90.225.105 metric 5 mtu 1300
	lab_ip node1 route replace 10.90.224.0/24 dev eth1 proto kernel scope link src 10.90.224.105 mtu 1400
	lab_ip node1 route add 10.233.1.0/24 via 10.90.224.98 metric 10 mtu 1400
	lab_ip node1 route add 10.233.1.0/24 via 10.90.225.99 metric 30
	lab_ip node1 link set eth2 mtu 1450
	sleep 2
	ours_is "$both"
	counted_is leafpeer_fib_blocked_routes 0
	counted_is leafpeer_fib_repaired_total 0
	lab_ip node1 route del 10.90.225.0/24 metric 5
	lab_ip node1 route del 10.233.1.0/24 metric 10
	sleep 2
	ours_is "$both"
	lab_established node1 2
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
	[ "$(lab_ip node1 -j route show 10.233.1.0/24 | jq 'length')" = 2 ]
}

foreign_objects() {
	lab_ip node1 -o nexthop show proto 99 | wc -l
}

@test "others' nexthop objects among our numbers stay, and ours get numbers of their own" {
	local last i
	slow_fabric
	last=$(lab_ip node1 -j nexthop show proto 186 | jq '[.[].id] | max')
	for ((i = 1; i <= 400; i++)); do
		echo "nexthop add id $((last + i)) blackhole proto 99"
	done | lab_ip node1 -batch -
	for i in 1 2 3; do
		lab_tor_down tor2
		lab_until 5 ours_is 10.90.224.106
		lab_tor_up tor2
		lab_until 30 lab_established node1 2
		lab_until 10 ours_is "$both"
		[ "$(foreign_objects)" = 400 ]
	done
	# and those that were there before
	lab_kill node1-agent KILL
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 30 lab_established node1 2
	lab_ip node1 nexthop flush proto 186
	lab_until 10 ours_is "$both"
	[ "$(foreign_objects)" = 400 ]
}

# ---- a minute of malice -----------------------------------------------------------------------------

ROUTES=1000 # of each family

many_tor() { # TOR ROUTER-ID NODE-ADDRESS: FRR that announces ROUTES /24s and as many /64s, with a metric to be changed
	local i
	{
		printf '%s\n' "router bgp 65001" " bgp router-id $2" " no bgp ebgp-requires-policy" \
			" no bgp network import-check" " timers bgp 3 9" " neighbor $3 remote-as 65000" \
			" neighbor $3 capability extended-nexthop" \
			" address-family ipv4 unicast" "  neighbor $3 route-map METRIC out"
		for ((i = 0; i < ROUTES; i++)); do
			echo "  network 20.$((i / 256)).$((i % 256)).0/24"
		done
		printf '%s\n' " exit-address-family" " address-family ipv6 unicast" "  neighbor $3 activate" \
			"  neighbor $3 route-map METRIC out"
		for ((i = 0; i < ROUTES; i++)); do
			printf '  network 2001:db8:20:%x::/64\n' "$i"
		done
		printf '%s\n' " exit-address-family" "route-map METRIC permit 10" " set metric 5"
	} | lab_frr "$1"
}

# A ToR whose routes are better or worse than the other's, or as good (5), from now on.
tor_metric() { # TOR METRIC
	lab_vtysh "$1" "conf t
route-map METRIC permit 10
set metric $2
end
clear bgp ipv4 unicast * soft out
clear bgp ipv6 unicast * soft out"
}

# Prefix and next hops of each of our routes in the kernel, a line each, sorted; one that is there twice in two.
kernel_routes() {
	{
		lab_ip node1 -j route show proto bgp
		lab_ip node1 -6 -j route show proto bgp
	} | jq -r '.[] | select(.type != "blackhole") |
		"\(.dst) \(if .nexthops then ([.nexthops[].gateway] | sort | join(" ")) else .gateway end)"' | sort
}

# The same, of the RIB: what show ip bgp has as active and ECMP, but for what the node itself announces.
rib_routes() {
	{
		lab_ctl node1 'show ip bgp | json'
		lab_ctl node1 'show ipv6 bgp | json'
	} | jq -r '.vrfs.default.bgpRouteEntries | to_entries[] |
		select(any(.value.bgpRoutePaths[]; .routeType.active and (.nextHop // "") != "")) |
		"\(.key) \([.value.bgpRoutePaths[] | select(.routeType.active or .routeType.ecmp) | .nextHop] | unique | join(" "))"' | sort
}

kernel_is_rib() {
	[ "$(kernel_routes | wc -l)" = $((2 * ROUTES)) ] || return 1
	[ "$(kernel_routes | cut -d' ' -f2- | sort -u)" = "10.90.224.98 10.90.225.99
2001:db8:224::98 2001:db8:225::99" ] || return 1
	[ "$(kernel_routes)" = "$(rib_routes)" ]
}

counted() { # METRIC
	lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics | sed -n "s/^$1 //p"
}

many_fabric() { # AGENT-VARIABLES...
	lab_dual
	lab_ip tor1 addr add 2001:db8:224::98/64 dev br0 nodad
	lab_ip tor2 addr add 2001:db8:225::99/64 dev br0 nodad
	lab_ip node1 addr add 2001:db8:224::105/64 dev eth1 nodad
	lab_ip node1 addr add 2001:db8:225::105/64 dev eth2 nodad
	# what a link that was down for a moment is to find again
	lab_in node1 sh -c 'echo 1 | tee /proc/sys/net/ipv6/conf/eth1/keep_addr_on_down \
		/proc/sys/net/ipv6/conf/eth2/keep_addr_on_down' >/dev/null
	many_tor tor1 10.90.224.98 10.90.224.105
	many_tor tor2 10.90.225.99 10.90.225.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179 "$@"
	lab_until 40 lab_established node1 2
	lab_until 40 kernel_is_rib
}

# systemd-networkd's of all foreign routes; ip's own flush cannot, since it repeats next hops beside the
# nexthop's number, which the kernel refuses.
flush_routes() {
	local f
	for f in -4 -6; do
		lab_ip node1 $f -j route show proto bgp | jq -r '.[].dst | "route del \(.) proto bgp"' |
			lab_ip node1 $f -force -batch -
	done
}

a_nexthop() { # any of ours
	lab_ip node1 -j nexthop show proto 186 | jq -r '.[].id' | shuf -n 1
}

# One thing that others do: Cilium's deletion by prefix and gateway, systemd-networkd's of all that is
# foreign, a person's mistakes, another daemon's routes, cables.
malice() {
	local i=$((RANDOM % ROUTES)) id p p6
	p=20.$((i / 256)).$((i % 256)).0/24
	printf -v p6 '2001:db8:20:%x::/64' "$i"
	case $((RANDOM % 14)) in
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
	9)
		lab_ip node1 addr del 10.90.225.105/24 dev eth2
		lab_ip node1 addr del 2001:db8:225::105/64 dev eth2
		sleep 0.0$((RANDOM % 10))
		lab_ip node1 addr add 10.90.225.105/24 dev eth2
		lab_ip node1 addr add 2001:db8:225::105/64 dev eth2 nodad
		;;
	10) id=$(a_nexthop) && lab_ip node1 route replace "$p" nhid "$id" proto bgp metric 20 ;;
	11)
		lab_ip node1 route replace "$p" via 10.90.224.98 proto 99 metric 20
		lab_ip node1 -6 route replace "$p6" via 2001:db8:224::98 proto 99 metric 20
		;;
	12)
		lab_ip node1 route flush proto 99
		lab_ip node1 -6 route flush proto 99
		;;
	13) tor_metric tor$((RANDOM % 2 + 1)) $((RANDOM % 3 + 4)) ;;
	esac
} >/dev/null 2>&1

# Addresses that come and go all the time: what is being read of the kernel has changed before the end.
churn() {
	seq 0 1499 | awk '{printf "addr add 10.77.%d.%d/32 dev lo\n", $1 / 256, $1 % 256}' >"$LAB/come"
	sed 's/ add / del /' "$LAB/come" >"$LAB/go"
	# shellcheck disable=SC2016 # the words are sh's
	lab_spawn churn node1 sh -c 'while :; do ip -batch "$1/come"; ip -batch "$1/go"; done' sh "$LAB"
}

@test "a minute of deleted routes, nexthops, addresses and links under load: the kernel is what the RIB says" {
	local end
	many_fabric LEAFPEER_LOG_LEVEL=debug
	lab_ip node1 addr add 10.233.0.1/32 dev lo
	# notifications are lost with every burst, and what is read then changes meanwhile
	python3 "$BATS_TEST_DIRNAME/shrink_monitor.py" "$(lab_pid node1-agent)" 8192
	churn
	end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ]; do
		malice || true
		sleep 0.0$((RANDOM % 10))
	done
	lab_kill churn
	lab_ip node1 -force -batch "$LAB/go" >/dev/null 2>&1 || true
	lab_tor_up tor1
	lab_tor_up tor2
	tor_metric tor1 5
	tor_metric tor2 5
	lab_ip node1 route flush proto 99
	lab_ip node1 -6 route flush proto 99
	lab_until 30 lab_established node1 2
	lab_until 20 kernel_is_rib || {
		diff <(kernel_routes) <(rib_routes) | head -n 20
		lab_ip node1 nexthop show
		false
	}
	# nothing is left over: groups, their members, and no more than the agent knows of
	[ "$(lab_ip node1 -o nexthop show proto 186 | wc -l)" = "$(counted leafpeer_fib_objects)" ]
	[ "$(lab_ip node1 -o nexthop show proto 186 | wc -l)" -le 10 ]
	[ "$(counted leafpeer_fib_foreign_deletions_total)" -gt 0 ]
	lab_until 5 counted_is leafpeer_fib_failed_routes 0
	lab_until 5 counted_is leafpeer_fib_blocked_routes 0
	# all of it did happen
	log_has node1 'reading the kernel.s tables again reason=.notifications were lost'
	log_has node1 'the kernel.s tables changed while they were read'
	log_has node1 'somebody else.s routes have our table and metric'
}

# Others' routes come in the place of ours or beside them, and go, while all of ours move from one set of
# next hops to another and back. `ip route del` of theirs fails if it is not there any more.
theirs_come_and_go() { # -4|-6 GATEWAY PREFIX-FORMAT-OF-AWK: until $LAB/enough is there
	local how
	while [ ! -e "$LAB/enough" ]; do
		for how in replace append prepend; do
			seq 0 $((ROUTES - 1)) | shuf -n 150 |
				awk -v fmt="route $how $3 via $2 proto 99 metric 20\n" '{printf fmt, $1 / 256, $1 % 256}' >"$LAB/come$1"
			sed "s/^route $how/route del/" "$LAB/come$1" >"$LAB/go$1"
			lab_ip node1 "$1" -batch "$LAB/come$1"
			sleep 0.0$((RANDOM % 10))
			lab_ip node1 "$1" -force -batch "$LAB/go$1"
		done
		# those of ours that were in the way come back, to be met again
		sleep 0.5
	done
}

@test "others' routes that come while ours move: not one is taken away, and ours return when they go" {
	local end metric moves theirs=()
	many_fabric
	moves=$(counted 'leafpeer_fib_operations_total{operation="route-replace"}')
	for family in "-4 10.90.224.98 20.%d.%d.0/24" "-6 2001:db8:224::98 2001:db8:20:%x%02x::/64"; do
		# shellcheck disable=SC2086 # words
		theirs_come_and_go $family >"$LAB/log/theirs${family:0:2}" 2>&1 3>&- &
		theirs+=($!)
	done
	end=$((SECONDS + 20))
	while [ $SECONDS -lt $end ]; do
		for metric in 4 5 6 5; do
			tor_metric tor2 "$metric"
			sleep 0.4
		done
	done
	touch "$LAB/enough"
	wait "${theirs[@]}"
	# they had the time to meet
	moves=$(($(counted 'leafpeer_fib_operations_total{operation="route-replace"}') - moves))
	[ "$moves" -gt $((10 * ROUTES)) ]
	cat "$LAB/log/theirs-4" "$LAB/log/theirs-6"
	[ ! -s "$LAB/log/theirs-4" ]
	[ ! -s "$LAB/log/theirs-6" ]
	log_has node1 'somebody else.s routes have our table and metric'
	lab_until 20 kernel_is_rib || {
		diff <(kernel_routes) <(rib_routes) | head -n 20
		false
	}
	[ "$(counted leafpeer_fib_blocked_routes)" = 0 ]
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
	[ "$(kernel_routes | cut -d' ' -f2- | sort -u)" = "10.90.224.98
2001:db8:224::98" ]
}

there() { # PREFIX
	[ -n "$(lab_ip node1 route show "$1" proto bgp)" ]
}

reads_again() { # NUMBER: of times because of that
	[ "$(grep -c 'reading the kernel.s tables again reason=.notifications were lost' "$LAB/log/node1-agent")" -ge "$1" ]
}

@test "notifications are lost: the tables are read again, and what differs is mended" {
	many_fabric
	# more than the monitor's buffer takes
	seq 0 59999 | awk '{printf "route add 30.0.%d.%d/32 via 10.90.224.98\n", $1 / 256, $1 % 256}' >"$LAB/flood"
	for n in 1 2; do
		kill -STOP "$(lab_pid node1-agent)"
		lab_ip node1 -batch "$LAB/flood"
		# and this nobody is told
		flush_routes
		kill -CONT "$(lab_pid node1-agent)"
		lab_until 10 reads_again $n
		lab_until 20 kernel_is_rib
		sed -i 's/ add / del /' "$LAB/flood"
	done
	# and it still hears
	lab_ip node1 route del 20.0.7.0/24
	lab_until 2 there 20.0.7.0/24
	lab_established node1 2
}

@test "the kernel's answers are lost: the tables are read again, and what was refused is mended" {
	many_fabric
	python3 "$BATS_TEST_DIRNAME/shrink_monitor.py" "$(lab_pid node1-agent)" 4096 requests
	refuse_next_hop 10.90.224.98
	lab_ip node1 nexthop flush proto 186
	lab_until 10 reads_again 1
	sleep 2
	lab_established node1 2
	take_next_hop 10.90.224.98
	lab_until 20 kernel_is_rib || {
		diff <(kernel_routes) <(rib_routes) | head -n 20
		false
	}
	[ "$(lab_ip node1 -o nexthop show proto 186 | wc -l)" = "$(counted leafpeer_fib_objects)" ]
	lab_until 5 counted_is leafpeer_fib_failed_routes 0
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
