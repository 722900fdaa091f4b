# shellcheck shell=bash
# A fabric in network namespaces, for the demo and the system tests; to be sourced.
#
# ToRs and nodes are namespaces; each ToR has a bridge with a subnet of its own, to which every node has
# a link (eth1 to the first ToR, eth2 to the second), as a switch has a VLAN for its servers:
#
#	tor1 10.90.224.98/24        tor2 10.90.225.99/24
#	   |            \         /           |
#	   |             \_______/            |
#	   |             /       \            |
#	node1 eth1 10.90.224.105   node2 eth1 10.90.224.106
#	      eth2 10.90.225.105         eth2 10.90.225.106
#
# Everything made is below $LAB or in namespaces whose names begin with $LAB_NS, every process is
# remembered by its ID, and lab_cleanup takes all of it away again.

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_BUILD=${LEAFPEER_BUILD:-$LAB_ROOT/build}
LAB_CNI_PLUGINS=${LAB_CNI_PLUGINS:-/usr/lib/cni}

lab_init() {
	# short: socket paths have 107 octets
	LAB=$(mktemp -d /tmp/lp.XXXXXX)
	LAB_NS=lp${LAB##*.}-
	LAB_MADE_DIRS=()
	chmod 755 "$LAB"
	mkdir "$LAB/pids" "$LAB/born" "$LAB/log"
}

# ---- namespaces and links ---------------------------------------------------------------------------

lab_in() { # NAME COMMAND...: runs it in the namespace; only the network is another
	local ns=$1
	shift
	nsenter --net="/run/netns/$LAB_NS$ns" "$@"
}

lab_ns() { # NAME...
	local name
	for name; do
		ip netns add "$LAB_NS$name"
		ip -n "$LAB_NS$name" link set lo up
		# shellcheck disable=SC2016 # the variable is sh's
		lab_in "$name" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
			echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
			for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"$f"; done'
	done
}

lab_ip() { # NAME ARGUMENTS...: ip in the namespace
	local ns=$1
	shift
	ip -n "$LAB_NS$ns" "$@"
}

lab_tor() { # NAME ADDRESS/LEN...: a ToR with its bridge
	local name=$1 addr
	shift
	lab_ns "$name"
	lab_ip "$name" link add br0 type bridge
	lab_ip "$name" link set br0 up
	for addr; do
		lab_ip "$name" addr add "$addr" dev br0
	done
}

lab_link() { # TOR NODE INTERFACE ADDRESS/LEN...: the node's interface, and port-NODE on the ToR's bridge
	local tor=$1 node=$2 ifname=$3 addr
	shift 3
	ip link add "port-$node" netns "$LAB_NS$tor" type veth peer name "$ifname" netns "$LAB_NS$node"
	lab_ip "$tor" link set "port-$node" master br0 up
	lab_ip "$node" link set "$ifname" up
	for addr; do
		lab_ip "$node" addr add "$addr" dev "$ifname"
	done
}

# The fabric of the picture above.
lab_dual() {
	lab_tor tor1 10.90.224.98/24
	lab_tor tor2 10.90.225.99/24
	lab_ns node1 node2
	lab_link tor1 node1 eth1 10.90.224.105/24
	lab_link tor2 node1 eth2 10.90.225.105/24
	lab_link tor1 node2 eth1 10.90.224.106/24
	lab_link tor2 node2 eth2 10.90.225.106/24
}

lab_single() {
	lab_tor tor1 10.90.224.98/24
	lab_ns node1 node2
	lab_link tor1 node1 eth1 10.90.224.105/24
	lab_link tor1 node2 eth1 10.90.224.106/24
}

lab_tor_ports() { # TOR up|down: all at once, by one program
	lab_ip "$1" -o link show | sed -n 's/^[0-9]*: \(port-[^@:]*\).*/\1/p' |
		sed "s/.*/link set & $2/" | lab_ip "$1" -batch -
}

lab_tor_down() { # TOR: the switch loses its power: every node sees its carrier go
	lab_tor_ports "$1" down
}

lab_tor_up() { # TOR
	lab_tor_ports "$1" up
}

# ---- processes ----------------------------------------------------------------------------------------

lab_spawn() { # ID NAMESPACE COMMAND...: in the background, output in $LAB/log/ID
	local id=$1 ns=$2
	shift 2
	# one of that ID that still runs is not forgotten
	[ ! -f "$LAB/pids/$id" ] || mv "$LAB/pids/$id" "$LAB/pids/$id.$(cat "$LAB/pids/$id")"
	# bats waits for whoever holds one of its descriptors, 3 and up
	nsenter --net="/run/netns/$LAB_NS$ns" "$@" >>"$LAB/log/$id" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	lab_remember "$id" $!
}

lab_remember() { # ID PID: what is to be ended with the lab
	echo "$2" >"$LAB/pids/$1"
	lab_born "$2" >"$LAB/born/$2"
}

lab_born() { # PID: when it began, in the kernel's ticks: an ID is given to others later, with its time it is not
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

lab_runs() { # PID: it does, and is the process that was remembered
	local born
	born=$(lab_born "$1")
	[ -n "$born" ] && [ "$born" = "$(cat "$LAB/born/$1" 2>/dev/null)" ]
}

lab_pid() { # ID
	cat "$LAB/pids/$1"
}

lab_kill() { # ID [SIGNAL]: and waits until it is gone
	local pid i
	[ -f "$LAB/pids/$1" ] || return 0
	pid=$(cat "$LAB/pids/$1")
	rm -f "$LAB/pids/$1"
	lab_runs "$pid" || return 0
	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 100; i++)); do
		lab_runs "$pid" || return 0
		# a child that has ended but was not waited for; its sockets go with the last of its threads
		[ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)" = Z ] &&
			[ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -le 1 ] && return 0
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null
}

lab_until() { # SECONDS COMMAND...: until it succeeds; fails when the time is over
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.1
	done
}

# ---- FRR ------------------------------------------------------------------------------------------------

lab_frr() { # TOR: zebra and bgpd with the configuration on standard input
	local tor=$1 dir=$LAB/$1
	mkdir -p "$dir"
	cat >"$dir/bgpd.conf"
	: >"$dir/zebra.conf"
	chown -R frr:frr "$dir"
	local common=(--vty_socket "$dir" -z "$dir/zserv" -P 0 --log "file:$dir/log")
	lab_spawn "$tor-zebra" "$tor" /usr/lib/frr/zebra "${common[@]}" -i "$dir/zebra.pid" -f "$dir/zebra.conf"
	lab_until 5 test -S "$dir/zserv"
	lab_spawn "$tor-bgpd" "$tor" /usr/lib/frr/bgpd "${common[@]}" -i "$dir/bgpd.pid" -f "$dir/bgpd.conf"
	lab_until 5 test -S "$dir/bgpd.vty"
}

lab_frr_bfd() { # TOR: bfdd beside it, with the configuration on standard input
	local tor=$1 dir=$LAB/$1
	cat >"$dir/bfdd.conf"
	lab_spawn "$tor-bfdd" "$tor" /usr/lib/frr/bfdd --vty_socket "$dir" -z "$dir/zserv" -P 0 \
		--log "file:$dir/log" -i "$dir/bfdd.pid" -f "$dir/bfdd.conf" --bfdctl "$dir/bfdd.sock"
	lab_until 5 test -S "$dir/bfdd.vty"
}

lab_vtysh() { # TOR COMMAND...
	local tor=$1
	shift
	lab_in "$tor" vtysh --vty_socket "$LAB/$tor" -c "$*"
}

# The brief's switch, in FRR's words: `maximum-routes` is `maximum-prefix`. With LAB_BFD, its milliseconds between packets;
# with LAB_V6, IPv6 prefixes over the same sessions.
lab_frr_dual() { # TOR ROUTER-ID NODE-ADDRESS...
	local tor=$1 id=$2 node
	shift 2
	{
		echo "hostname $tor"
		echo "router bgp 65001"
		echo " bgp router-id $id"
		echo " no bgp ebgp-requires-policy"
		echo " timers bgp 3 9"
		for node; do
			echo " neighbor $node remote-as 65000"
			[ -z "${LAB_BFD:-}" ] || printf ' neighbor %s bfd\n neighbor %s bfd profile fast\n' "$node" "$node"
		done
		echo " address-family ipv4 unicast"
		echo "  maximum-paths 32"
		for node; do
			echo "  neighbor $node maximum-prefix 12000"
		done
		echo " exit-address-family"
		[ -z "${LAB_V6:-}" ] || {
			printf ' address-family ipv6 unicast\n  maximum-paths 32\n'
			for node; do
				printf '  neighbor %s activate\n  neighbor %s maximum-prefix 12000\n' "$node" "$node"
			done
			echo " exit-address-family"
		}
	} | lab_frr "$tor"
	[ -z "${LAB_BFD:-}" ] ||
		printf 'bfd\n profile fast\n  transmit-interval %s\n  receive-interval %s\n' "$LAB_BFD" "$LAB_BFD" | lab_frr_bfd "$tor"
}

lab_frr_reflector() { # TOR ROUTER-ID NODE-ADDRESS...
	local tor=$1 id=$2 node
	shift 2
	{
		echo "hostname $tor"
		echo "router bgp 65000"
		echo " bgp router-id $id"
		echo " timers bgp 3 9"
		for node; do
			echo " neighbor $node remote-as 65000"
		done
		echo " address-family ipv4 unicast"
		echo "  maximum-paths ibgp 32"
		for node; do
			echo "  neighbor $node maximum-prefix 12000"
			echo "  neighbor $node route-reflector-client"
		done
		echo " exit-address-family"
	} | lab_frr "$tor"
}

# ---- leafpeer -------------------------------------------------------------------------------------------

lab_agent() { # NODE [VARIABLE=VALUE...] [FLAG...]: startup-config, if there is to be one, in $LAB/NODE.conf
	local node=$1 vars=()
	shift
	while [[ ${1:-} == *=* ]]; do
		vars+=("$1")
		shift
	done
	[ -f "$LAB/$node.conf" ] || printf 'router bgp 65000\n   timers bgp 3 9\n' >"$LAB/$node.conf"
	mkdir -p "$LAB/$node"
	lab_spawn "$node-agent" "$node" env NODE_NAME="$node" LEAFPEER_STATE_DIR="$LAB/$node/run" \
		LEAFPEER_CONFIG="$LAB/$node.conf" LEAFPEER_CACHE_DIR="$LAB/$node/cache" \
		LEAFPEER_HTTP=off ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 "${vars[@]}" "$LAB_BUILD/leafpeerd" "$@"
	lab_until 10 test -S "$LAB/$node/run/leafpeerd.sock"
}

lab_ctl() { # NODE COMMAND...
	local node=$1
	shift
	"$LAB_BUILD/leafpeerctl" --state-dir "$LAB/$node/run" "$@"
}

lab_established() { # NODE NUMBER: that many sessions
	[ "$(lab_ctl "$1" 'show ip bgp summary | json' |
		jq '[.vrfs.default.peers[] | select(.peerState == "Established")] | length')" = "$2" ]
}

# A pod's record, written as the plugin does; for tests that need no pod.
lab_record() { # NODE NAME ADDRESS
	mkdir -p "$LAB/$1/run/pods"
	printf '{"version":1,"network":"pods","containerId":"%s","ifname":"eth0","addresses":["%s"],"podName":"%s","podNamespace":"default"}' \
		"$2" "$3" "$2" >"$LAB/$1/run/pods/.tmp-$2"
	mv "$LAB/$1/run/pods/.tmp-$2" "$LAB/$1/run/pods/pods@$2@eth0.json"
}

# ---- pods, by containerd ----------------------------------------------------------------------------------

# ctr reads its CNI directories from fixed places, so it runs in a mount namespace where the node's are
# bound there. Where the places are missing, they are made for as long as the lab lives.
lab_containerd() {
	local dir=$LAB/containerd d
	mkdir -p "$dir/rootfs/bin" "$dir/rootfs/proc" "$dir/rootfs/sys" "$dir/rootfs/dev"
	cp "$(command -v busybox)" "$dir/rootfs/bin/sleep"
	cat >"$dir/config.toml" <<-TOML
		version = 2
		root = "$dir/root"
		state = "$dir/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
		[grpc]
		  address = "$dir/sock"
		[debug]
		  address = "$dir/debug"
	TOML
	for d in /opt/cni /opt/cni/bin /etc/cni /etc/cni/net.d; do
		if [ ! -d $d ]; then
			mkdir $d && LAB_MADE_DIRS=("$d" "${LAB_MADE_DIRS[@]}")
		fi
	done
	containerd -c "$dir/config.toml" >"$LAB/log/containerd" 2>&1 3>&- &
	lab_remember containerd $!
	lab_until 10 ctr -a "$dir/sock" version
}

# The chain: Debian's ptp with host-local on the node's prefix stands in for Cilium, leafpeer behind it.
lab_conflist() { # NODE PREFIX
	local node=$1 cidr=$2
	mkdir -p "$LAB/$node/cni/bin" "$LAB/$node/cni/net.d"
	cp "$LAB_CNI_PLUGINS/ptp" "$LAB_CNI_PLUGINS/host-local" "$LAB_BUILD/leafpeer" "$LAB/$node/cni/bin/"
	cat >"$LAB/$node/cni/net.d/10-pods.conflist" <<-JSON
		{
		  "cniVersion": "1.0.0",
		  "name": "pods",
		  "plugins": [
		    {
		      "type": "ptp",
		      "ipMasq": false,
		      "ipam": {
		        "type": "host-local",
		        "ranges": [[{"subnet": "$cidr"}]],
		        "routes": [{"dst": "0.0.0.0/0"}],
		        "dataDir": "$LAB/$node/ipam"
		      }
		    },
		    {"type": "leafpeer", "stateDir": "$LAB/$node/run"}
		  ]
		}
	JSON
}

lab_pod() { # NODE POD: runs until lab_pod_stop, or the end of the lab
	local node=$1 pod=$2 dir=$LAB/containerd
	# shellcheck disable=SC2016 # the words are sh's
	lab_spawn "pod-$pod" "$node" unshare -m sh -c 'mount --bind "$1/bin" /opt/cni/bin &&
		mount --bind "$1/net.d" /etc/cni/net.d &&
		exec ctr -a "$2/sock" run --rm --cni --rootfs "$2/rootfs" "$3" /bin/sleep 100000' \
		sh "$LAB/$node/cni" "$dir" "$pod"
	lab_until 15 lab_pod_running "$pod"
}

lab_pod_running() { # POD
	ctr -a "$LAB/containerd/sock" task ls 2>/dev/null | grep -q "^$1 .*RUNNING"
}

lab_pod_pid() { # POD
	ctr -a "$LAB/containerd/sock" task ls | awk -v pod="$1" '$1 == pod {print $2}'
}

lab_pod_addr() { # POD
	nsenter --net="/proc/$(lab_pod_pid "$1")/ns/net" ip -4 -o addr show dev eth0 |
		sed 's/.*inet \([0-9.]*\).*/\1/'
}

lab_pod_in() { # POD COMMAND...
	local pid
	pid=$(lab_pod_pid "$1")
	shift
	nsenter --net="/proc/$pid/ns/net" "$@"
}

lab_pod_stop() { # POD: its process ends, the runtime calls DEL
	local i pid
	pid=$(lab_pid "pod-$1")
	ctr -a "$LAB/containerd/sock" task kill -s KILL "$1" 2>/dev/null
	for ((i = 0; i < 200; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	rm -f "$LAB/pids/pod-$1"
}

# ---- the end ----------------------------------------------------------------------------------------------

lab_cleanup() {
	local f ns d
	[ -n "${LAB:-}" ] && [ -d "$LAB" ] || return 0
	for f in "$LAB"/pids/pod-*; do
		[ -f "$f" ] && lab_pod_stop "${f##*/pod-}"
	done
	for f in "$LAB"/pids/*; do
		[ -f "$f" ] && lab_kill "${f##*/}"
	done
	for ns in $(ip netns list | awk -v p="$LAB_NS" 'index($1, p) == 1 {print $1}'); do
		ip netns del "$ns"
	done
	for d in "${LAB_MADE_DIRS[@]}"; do
		rmdir "$d" 2>/dev/null
	done
	rm -rf "$LAB"
	LAB=
}
