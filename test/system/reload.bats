#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# The configuration in force: read again, applied as a difference, or refused whole.

load helper

startup() { # LINES: a ConfigMap's volume as the kubelet makes and changes it
	local dir=$LAB/config new
	mkdir -p "$dir"
	new=$(mktemp -d "$dir/..data_XXXXXX")
	chmod 755 "$new"
	printf '%b' "$1" >"$new/startup-config"
	ln -s "${new##*/}" "$dir/..data_tmp"
	mv -T "$dir/..data_tmp" "$dir/..data"
	[ -e "$dir/startup-config" ] || ln -s ..data/startup-config "$dir/startup-config"
}

BASE='router bgp 65000\n   timers bgp 3 9\n   neighbor 10.90.224.98 remote-as 65001\n'

node() {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_frr_dual tor2 10.90.225.99 10.90.225.105
	startup "$BASE"
	lab_agent node1 LEAFPEER_CONFIG="$LAB/config/startup-config" POD_CIDR=10.233.0.0/24 \
		LEAFPEER_ADVERTISE=always "$@"
	lab_until 20 lab_established node1 1
}

# How often the session to the first ToR went up; a time of day would differ in its last digits.
ups() {
	grep -c 'session established peer=10.90.224.98 ' "$LAB/log/node1-agent"
}

running() { # TEXT: a line of the configuration in force
	lab_ctl node1 show running-config | grep -qF -- "$1"
}

@test "a ConfigMap that changes is applied as a difference, without a signal" {
	node
	startup "$BASE   neighbor 10.90.225.99 remote-as 65001\n   neighbor 10.90.224.98 description first\n   network 172.20.0.3/32\n"
	lab_until 10 lab_established node1 2
	lab_until 5 tor_has tor1 172.20.0.3/32
	log_has node1 'configuration changed what="neighbor 10.90.225.99: added"'
	# the session that needed no reset has had none
	[ "$(ups)" = 1 ]
	# and away again: both neighbours at once is none too many
	startup "router bgp 65000\n"
	lab_until 10 lab_established node1 0
	[ "$(lab_ctl node1 'show ip bgp summary | json' | jq '.vrfs.default.peers | length')" = 0 ]
	startup "$BASE"
	lab_until 20 lab_established node1 1
}

@test "links that are renamed over the same text are no change" {
	node
	startup "$BASE"
	sleep 1
	lacks log_has node1 'the startup-config has changed'
	lacks log_has node1 'configuration read'
}

@test "what is wrong is refused whole, with line, column and reason; the last good one stays" {
	node
	startup "$BASE   neighbor 10.90.225.99 remote-as 65001\n   neighbor 10.90.224.98 remote-as none\nip prefix-list X seq 10 permit 10.0.0.1/8\n"
	# the last line of it
	lab_until 5 log_has node1 'the configuration in force stays'
	grep 'configuration refused' "$LAB/log/node1-agent" | grep 'line=5 column=36' | grep -q 'expected an AS number'
	grep 'configuration refused' "$LAB/log/node1-agent" | grep 'line=6 column=32' | grep -q 'did you mean 10.0.0.0/8'
	running 'neighbor 10.90.224.98 remote-as 65001'
	lacks running 10.90.225.99
	[ "$(ups)" = 1 ]
	run lab_ctl node1 reload
	[ "$status" -ne 0 ]
	[[ $output == *'refused, what is in force stays: startup-config line 5, column 36: none: expected an AS number'* ]]
	[[ $output == *'and more: show running-config diffs'* ]]
	lab_ctl node1 show running-config diffs >"$LAB/diffs"
	[ "$(grep -c '^% refused: startup-config line 5, column 36: none: expected an AS number' "$LAB/diffs")" = 1 ]
	[ "$(grep -c '^% refused: startup-config line 6, column 32: .*did you mean 10.0.0.0/8' "$LAB/diffs")" = 1 ]
	# a file that has gone is an empty one: environment alone
	startup "$BASE"
	lab_until 5 log_has node1 'configuration read'
	lab_ctl node1 reload
	lacks grep refused <(lab_ctl node1 show running-config diffs)
}

@test "what only the whole is wrong about is told with what it differs in" {
	node
	startup "$BASE   neighbor 10.90.225.99 peer group NONE\n"
	lab_until 5 log_has node1 'configuration refused'
	run lab_ctl node1 reload
	[ "$status" -ne 0 ]
	[[ $output == *'refused, what is in force stays: '*NONE* ]]
	lab_ctl node1 show running-config diffs >"$LAB/diffs"
	grep -q '^% refused: .*NONE' "$LAB/diffs"
	grep -qx -- '-   neighbor 10.90.225.99 peer group NONE' "$LAB/diffs"
}

@test "SIGHUP and leafpeerctl reload read a file that no watch sees" {
	node
	# the file is where a link leads, in another directory
	printf '%b' "$BASE" >"$LAB/elsewhere"
	ln -sf "$LAB/elsewhere" "$LAB/config/startup-config"
	printf '%b' "$BASE   neighbor 10.90.224.98 description one\n" >"$LAB/elsewhere"
	lab_ctl node1 reload
	running 'description one'
	printf '%b' "$BASE   neighbor 10.90.224.98 description two\n" >"$LAB/elsewhere"
	kill -HUP "$(lab_pid node1-agent)"
	lab_until 5 running 'description two'
	lab_established node1 1
}

@test "show running-config diffs: what the environment adds, and nothing where all is the same" {
	node
	[ "$(lab_ctl node1 show running-config diffs | grep -c '^[+-] ')" -gt 0 ]
	lab_ctl node1 show running-config diffs | grep -qx '+   pod-cidr 10.233.0.0/24'
	lab_ctl node1 show running-config diffs | grep -q '^--- .*/config/startup-config$'
	# what is printed, read again, is what is in force
	startup "$(lab_ctl node1 show running-config | sed 's/$/\\n/' | tr -d '\n')"
	lab_until 5 log_has node1 'configuration read'
	[ -z "$(lab_ctl node1 show running-config diffs)" ]
	lab_established node1 1
}

@test "neighbours are shown in the configuration's order, whichever was there first" {
	neighbors() { # ADDRESS...
		local a
		{
			printf 'router bgp 65000\n   router-id 10.0.0.9\n'
			for a; do
				printf '   neighbor %s remote-as 65001\n   neighbor %s shutdown\n' "$a" "$a"
			done
		} >"$LAB/node1.conf"
	}
	shown() {
		lab_ctl node1 'show ip bgp summary' | sed -n 's/^  \([0-9][0-9.]*\) .*/\1/p' | xargs
	}
	lab_ns node1
	neighbors 10.0.0.1 10.0.0.2
	lab_agent node1
	[ "$(shown)" = "10.0.0.1 10.0.0.2" ]
	lab_ctl node1 reload
	[ "$(shown)" = "10.0.0.1 10.0.0.2" ]
	neighbors 10.0.0.3 10.0.0.1 10.0.0.4 10.0.0.2
	lab_ctl node1 reload
	[ "$(shown)" = "10.0.0.3 10.0.0.1 10.0.0.4 10.0.0.2" ]
	neighbors 10.0.0.2 10.0.0.4
	lab_ctl node1 reload
	[ "$(shown)" = "10.0.0.2 10.0.0.4" ]
	# one that was never started is down since it is there, not since the machine is
	lab_ctl node1 'show ip bgp summary' | grep -q '10.0.0.2 .* 00:00:.* Idle(Admin)'
}

@test "a router ID that is another ends the sessions, and is the one of the next" {
	node
	startup "$BASE   router-id 10.90.224.200\n"
	seen() { lab_vtysh tor1 show bgp neighbors 10.90.224.105 json |
		jq -e '.["10.90.224.105"] | .remoteRouterId == "10.90.224.200" and .bgpState == "Established"' >/dev/null; }
	lab_until 20 seen
}

@test "interface-mtu is left for the plugin, changed and taken away with the configuration" {
	node INTERFACE_MTU=9000
	[ "$(cat "$LAB/node1/run/interface-mtu")" = 9000 ]
	log_has node1 'pods to come get this MTU.*mtu=9000'
	lacks log_has node1 'not in effect'
	lab_kill node1-agent TERM
	# the plugin works with the agent down
	[ "$(cat "$LAB/node1/run/interface-mtu")" = 9000 ]
	startup "$BASE\nleafpeer\n   interface-mtu 1400\n"
	lab_agent node1 LEAFPEER_CONFIG="$LAB/config/startup-config" POD_CIDR=10.233.0.0/24
	is() { [ "$(cat "$LAB/node1/run/interface-mtu")" = 1400 ]; }
	lab_until 5 is
	startup "$BASE"
	lab_until 5 test ! -e "$LAB/node1/run/interface-mtu"
}
