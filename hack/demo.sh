#!/usr/bin/env bash
# The demo: two ToRs, two nodes, pods, and a ToR that goes away. Everything printed is measured here and now.
set -u
cd "$(dirname "$0")/.." || exit 1
. hack/lab.sh

scene=${1:-dual}
started=$SECONDS
bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
[ -t 1 ] || bold='' dim='' plain=''

say() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

run() { # TEXT COMMAND...: shows the text as the command line, and the command's output
	local text=$1
	shift
	printf '%s%s%s\n' "$dim" "$text" "$plain"
	"$@" || fail "$text"
}

fail() {
	printf '\nthe demo failed: %s\n' "$*" >&2
	for f in "$LAB"/log/*-agent; do
		printf -- '---- the last lines of %s\n' "${f##*/}" >&2
		tail -n 15 "$f" >&2
	done
	exit 1
}

require() { # TEXT COMMAND...: goes on when the command succeeds, ends the demo if it never does
	local text=$1
	shift
	lab_until 20 "$@" || fail "$text"
}

[ "$(id -u)" = 0 ] || {
	echo "leafpeer: the demo makes network namespaces, which needs root: sudo ./hack/demo" >&2
	exit 1
}
lab_init
trap lab_cleanup EXIT
trap 'exit 130' INT TERM

ms() {
	echo $(($(date +%s%N) / 1000000))
}

tor_has_both() { # TOR
	[ "$(lab_vtysh "$1" show ip route bgp | grep -c '^B>\* 10\.233\.[01]\.0/24')" = 2 ]
}

node_has() { # NODE PREFIX NEXT-HOPS
	[ "$(lab_ctl "$1" 'show ip route bgp | json' |
		jq --arg p "$2" '.vrfs.default.routes[$p].vias | length')" = "$3" ]
}

bfd_up() { # NODE NUMBER
	[ "$(lab_ctl "$1" 'show bfd peers | json' |
		jq '[.vrfs.default.ipv4Neighbors[].peerStats[] | select(.status == "up")] | length')" = "$2" ]
}

start_nodes() { # AGENT-VARIABLES...
	local n
	for n in 1 2; do
		lab_conflist "node$n" "10.233.$((n - 1)).0/24"
		lab_agent "node$n" POD_CIDR="10.233.$((n - 1)).0/24" "$@"
	done
}

start_pods() {
	lab_containerd || fail "containerd does not start: $(tail -n 1 "$LAB/log/containerd")"
	for pod; do
		case $pod in
		a*) lab_pod node1 "$pod" || fail "pod $pod does not start: $(tail -n 1 "$LAB/log/pod-$pod")" ;;
		b*) lab_pod node2 "$pod" || fail "pod $pod does not start: $(tail -n 1 "$LAB/log/pod-$pod")" ;;
		esac
	done
}

from_pod_to_pod() {
	local to
	to=$(lab_pod_addr b1)
	run "pod a1 (node1)\$ ping -c 3 $to    # pod b1, on node2" lab_pod_in a1 ping -c 3 -i 0.2 "$to"
}

dual() {
	local n
	say "1. Two ToRs of AS 65001, two nodes of AS 65000 with a link to each"
	lab_dual
	LAB_BFD=100 lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	LAB_BFD=100 lab_frr_dual tor2 10.90.225.99 10.90.225.105 10.90.225.106
	sed -n '2,$p' "$LAB/tor1/bgpd.conf" | sed 's/^/  tor1  /'
	for n in 1 2; do
		printf '%s\n' 'router bfd' '   interval 100 min-rx 100 multiplier 3 default' 'router bgp 65000' '   timers bgp 3 9' \
			'   neighbor 10.90.224.98 bfd' '   neighbor 10.90.225.99 bfd' >"$LAB/node$n.conf"
	done
	sed 's/^/  node1 /' "$LAB/node1.conf"
	start_nodes BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001

	say "2. Pods: containerd runs the chain ptp -> leafpeer, as it would cilium-cni -> leafpeer"
	start_pods a1 a2 a3 b1 b2
	require "the sessions of node1 to both ToRs" lab_established node1 2
	require "the sessions of node2 to both ToRs" lab_established node2 2
	run "node1# leafpeerctl show pods" lab_ctl node1 show pods

	say "3. The ToR has one /24 a node, however many pods there are"
	require "both prefixes in tor1" tor_has_both tor1
	require "both prefixes in tor2" tor_has_both tor2
	run "tor1# show ip route bgp" lab_vtysh tor1 show ip route bgp

	say "4. The node peers with both, and has the way to the other node over both"
	require "two next hops to the other node" node_has node1 10.233.1.0/24 2
	run "node1# leafpeerctl show ip bgp summary" lab_ctl node1 show ip bgp summary
	require "BFD with both ToRs" bfd_up node1 2
	run "node1# leafpeerctl show bfd peers" lab_ctl node1 show bfd peers
	run "node1# leafpeerctl show ip route bgp" lab_ctl node1 show ip route bgp
	run "node1# ip route show proto bgp" lab_ip node1 route show proto bgp

	say "5. From pod to pod, across the fabric, with no overlay"
	require "a first answer from pod b1" lab_pod_in a1 ping -c 1 -W 1 "$(lab_pod_addr b1)"
	from_pod_to_pod

	say "6. tor1 loses its power while a pod sends 200 packets a second"
	take_tor_away
}

take_tor_away() {
	local to sent received before rest
	to=$(lab_pod_addr b1)
	lab_pod_in a1 ping -q -i 0.005 -c 1000 "$to" >"$LAB/ping" 2>&1 &
	rest=$!
	sleep 2
	before=$(ms)
	lab_tor_down tor1
	until lab_established node1 1; do :; done
	printf 'node1 noticed after %s ms (measured by asking leafpeerctl again and again)\n' $(($(ms) - before))
	wait "$rest"
	read -r sent received < <(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$LAB/ping")
	[ -n "$sent" ] || fail "ping said nothing: $(cat "$LAB/ping")"
	run "node1# leafpeerctl show ip route bgp" lab_ctl node1 show ip route bgp
	printf '%spackets sent %s, received %s, lost %s%s\n' "$bold" "$sent" "$received" $((sent - received)) "$plain"
	[ "$received" -gt 0 ] || fail "no packet came back"

	say "7. tor1 is back"
	before=$(ms)
	lab_tor_up tor1
	require "two sessions again" lab_established node1 2
	require "two next hops again" node_has node1 10.233.1.0/24 2
	printf 'both paths in use again after %s ms\n' $(($(ms) - before))
}

single() {
	say "1. One ToR, route reflector of AS 65000, and two nodes in its AS"
	lab_single
	lab_frr_reflector tor1 10.90.224.98 10.90.224.105 10.90.224.106
	sed -n '2,$p' "$LAB/tor1/bgpd.conf" | sed 's/^/  tor1  /'
	start_nodes BGP_AS=65000 BGP_PEER=10.90.224.98

	say "2. Pods: containerd runs the chain ptp -> leafpeer, as it would cilium-cni -> leafpeer"
	start_pods a1 a2 b1
	require "the session of node1" lab_established node1 1
	require "the session of node2" lab_established node2 1
	run "node1# leafpeerctl show pods" lab_ctl node1 show pods

	say "3. The ToR has one /24 a node"
	require "both prefixes in tor1" tor_has_both tor1
	run "tor1# show ip route bgp" lab_vtysh tor1 show ip route bgp

	say "4. The node has the other node's prefix, by that node's own address"
	require "the route to the other node" node_has node1 10.233.1.0/24 1
	run "node1# leafpeerctl show ip bgp summary" lab_ctl node1 show ip bgp summary
	run "node1# leafpeerctl show ip route bgp" lab_ctl node1 show ip route bgp

	say "5. From pod to pod, with no overlay"
	require "a first answer from pod b1" lab_pod_in a1 ping -c 1 -W 1 "$(lab_pod_addr b1)"
	from_pod_to_pod
}

case $scene in
dual) dual ;;
single) single ;;
*) fail "unknown scene $scene: dual or single" ;;
esac
say "Done in $((SECONDS - started)) s; everything that was made is taken away again"
