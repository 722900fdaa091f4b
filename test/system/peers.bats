#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# BIRD, GoBGP and OpenBGPD as the ToRs.

load helper

bird_tor() { # TOR ADDRESS NODE-ADDRESS...
	local tor=$1 addr=$2 node i=0
	shift 2
	{
		echo "router id $addr;"
		echo "protocol device {}"
		echo "protocol direct { ipv4; }"
		echo "protocol kernel { ipv4 { export all; }; }"
		for node; do
			i=$((i + 1))
			echo "protocol bgp node$i {"
			echo "  local $addr as 65001; neighbor $node as 65000; hold time 9;"
			echo "  ipv4 { import all; export filter { if source = RTS_BGP then accept; reject; }; };"
			echo "}"
		done
	} >"$LAB/$tor.bird.conf"
	lab_spawn "$tor-bird" "$tor" bird -f -c "$LAB/$tor.bird.conf" -s "$LAB/$tor.ctl" -P "$LAB/$tor.pid"
	lab_until 5 test -S "$LAB/$tor.ctl"
}

@test "BIRD as both ToRs: up, announced with its attributes, learned over both, withdrawn" {
	lab_dual
	bird_tor tor1 10.90.224.98 10.90.224.105 10.90.224.106
	bird_tor tor2 10.90.225.99 10.90.225.105 10.90.225.106
	dual_nodes
	lab_until 10 kernel_hops_are node1 10.233.1.0/24 "10.90.224.106 10.90.225.106"
	run birdc -s "$LAB/tor1.ctl" show route 10.233.0.0/24 all
	[[ $output == *"BGP.as_path: 65000"* ]]
	[[ $output == *"BGP.next_hop: 10.90.224.105"* ]]
	[[ $output == *"BGP.origin: IGP"* ]]
	lab_kill tor1-bird KILL
	lab_until 5 kernel_hops_are node1 10.233.1.0/24 10.90.225.106
}

@test "GoBGP as the ToR: up, announced, learned, withdrawn" {
	lab_dual
	cat >"$LAB/gobgp.toml" <<-TOML
		[global.config]
		  as = 65001
		  router-id = "10.90.224.98"
		  local-address-list = ["10.90.224.98"]
		[[neighbors]]
		  [neighbors.config]
		    neighbor-address = "10.90.224.105"
		    peer-as = 65000
		  [neighbors.timers.config]
		    hold-time = 9
		    keepalive-interval = 3
	TOML
	lab_spawn tor1-gobgp tor1 gobgpd -t toml -f "$LAB/gobgp.toml" --api-hosts 127.0.0.1:50051 --pprof-disable
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	gobgp() { lab_in tor1 gobgp "$@"; }
	seen() { gobgp global rib -j | jq -e '."10.233.0.0/24"[0].attrs[] | select(.type == 3) | .nexthop == "10.90.224.105"'; }
	lab_until 10 seen
	gobgp global rib add 172.16.0.0/16 nexthop 10.90.224.98
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	gobgp global rib del 172.16.0.0/16 nexthop 10.90.224.98
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 ""
	# GoBGP sends no End-of-RIB without graceful restart; the agent does not wait for one
	gobgp neighbor 10.90.224.105 softresetout
	lab_established node1 1
}

@test "OpenBGPD as the ToR: up, announced, learned, refreshed, withdrawn" {
	lab_dual
	cat >"$LAB/bgpd.conf" <<-CONF
		AS 65001
		router-id 10.90.224.98
		socket "$LAB/bgpd.sock"
		fib-update no
		listen on 10.90.224.98
		network 172.16.0.0/16 set nexthop 10.90.224.98
		neighbor 10.90.224.105 {
		    remote-as 65000
		    holdtime 9
		}
		allow from any
		allow to any
	CONF
	chmod 600 "$LAB/bgpd.conf"
	# its processes change their root to the home of its user, which its service would make
	home=$(getent passwd _openbgpd | cut -d: -f6)
	if [ ! -d "$home" ]; then
		mkdir "$home" && LAB_MADE_DIRS+=("$home")
	fi
	lab_spawn tor1-openbgpd tor1 "$(command -v bgpd)" -d -f "$LAB/bgpd.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 30 lab_established node1 1
	ctl() { lab_in tor1 bgpctl -s "$LAB/bgpd.sock" "$@"; }
	lab_until 10 sh -c "nsenter --net=/run/netns/${LAB_NS}tor1 bgpctl -s $LAB/bgpd.sock show rib 10.233.0.0/24 | grep -q '10.90.224.105.*65000 i'"
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_ctl node1 clear ip bgp '*' soft
	ctl neighbor 10.90.224.105 refresh
	sleep 0.5
	lab_established node1 1
	kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	ctl neighbor 10.90.224.105 down "maintenance tonight"
	lab_until 5 kernel_hops_are node1 172.16.0.0/16 ""
	lab_until 5 log_has node1 'maintenance tonight'
}
