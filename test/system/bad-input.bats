#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# What must not hurt: malformed BGP, configuration that makes no sense, a crowd at the control socket.

load helper

start() { # LINES...: whether leafpeerd starts with that environment; its output in $output
	lab_ns node1
	run timeout 5 nsenter --net="/run/netns/${LAB_NS}node1" env LEAFPEER_STATE_DIR="$LAB/n" LEAFPEER_CACHE_DIR="$LAB/cache" \
		LEAFPEER_CONFIG="$LAB/startup" "$@" "$LAB_BUILD/leafpeerd"
}

refused() { # TEXT
	[ "$status" = 1 ] || {
		echo "status $status: $output"
		return 1
	}
	[[ $output == *"$1"* ]] || {
		echo "$output"
		return 1
	}
}

@test "no AS" {
	start BGP_PEER=10.0.0.1
	refused "BGP_AS"
}

@test "a peer that is no address" {
	start BGP_AS=65000 BGP_PEER=tor1
	refused "BGP_PEER=tor1"
}

@test "an AS that is none" {
	start BGP_AS=0 BGP_PEER=10.0.0.1
	refused "BGP_AS=0"
}

@test "a prefix with host bits, and what was meant" {
	start BGP_AS=65000 BGP_PEER=10.0.0.1 POD_CIDR=10.233.0.7/24
	refused "did you mean 10.233.0.0/24"
}

@test "a port that is none" {
	start BGP_AS=65000 LEAFPEER_BGP_PORT=70000
	refused "LEAFPEER_BGP_PORT=70000"
}

@test "a route protocol that is the kernel's own" {
	start BGP_AS=65000 LEAFPEER_ROUTE_PROTOCOL=4
	refused "LEAFPEER_ROUTE_PROTOCOL=4: expected a number from 5 to 255"
}

@test "a startup-config with errors: all of them at once, with line and column" {
	printf 'router bgp 65000\n   neighbor 10.0.0.1 remote-as x\n   timers bgp 3 1\n' >"$LAB/startup"
	start BGP_AS=65000
	refused "line=2 column=32"
	refused "line=3 column=17"
}

@test "--check-config prints what would run, and that reads back" {
	LEAFPEER_CONFIG="$LAB_ROOT/conf/startup-config" "$LAB_BUILD/leafpeerd" --check-config >"$LAB/once" 2>"$LAB/notes"
	grep -q 'router bgp 65000' "$LAB/once"
	LEAFPEER_CONFIG="$LAB/once" "$LAB_BUILD/leafpeerd" --check-config >"$LAB/twice" 2>>"$LAB/notes"
	cmp "$LAB/once" "$LAB/twice"
}

@test "a reload that does not parse leaves all as it was; one that does is applied as a difference" {
	dual_fabric
	printf 'router bgp 65000\n   timers bgp 3 9\n   colour blue\n' >"$LAB/node1.conf"
	run lab_ctl node1 reload
	[ "$status" = 1 ]
	log_has node1 'line=3'
	lab_established node1 2
	printf 'router bgp 65000\n   timers bgp 3 9\n   network 172.20.0.3/32\n' >"$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 5 tor_has tor1 172.20.0.3/32
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
}

@test "malformed BGP: the NOTIFICATION that the RFC asks for, and the agent lives" {
	lab_dual
	printf 'router bgp 65000\n   neighbor 10.90.224.98 passive\n' >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	while read -r expected hex; do
		[ -n "$expected" ] || continue
		got=$(lab_in tor1 python3 "$BATS_TEST_DIRNAME/raw_peer.py" 10.90.224.98 10.90.224.105 "$hex")
		[ "$got" = "$expected" ] || {
			echo "$hex: $got, not $expected"
			return 1
		}
		kill -0 "$(lab_pid node1-agent)"
	done <<-CASES
		1/1 00000000000000000000000000000000001304
		1/2 ffffffffffffffffffffffffffffffff001204
		1/2 ffffffffffffffffffffffffffffffffffff02
		1/3 ffffffffffffffffffffffffffffffff001309
		3/1 ffffffffffffffffffffffffffffffff00170200050000
		3/10 ffffffffffffffffffffffffffffffff0019020002210a0000
		3/6 ffffffffffffffffffffffffffffffff001b020000000440010103
		5/3 ffffffffffffffffffffffffffffffff001d0104fde900090a000001ff00
		none ffffffffffffffffffffffffffffffff001304
		none ffffffffffffffffffffffffffffffff001f020000000440010107180ae901
	CASES
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -q 'Last malformed message'
}

hash_key() { # NODE: of its agent, out of its memory
	python3 - "$(lab_pid "$1-agent")" "$(nm "$LAB_BUILD/leafpeerd" | awk '$3 == "hash_secret" { print $1 }')" <<-'PY'
		import sys
		pid, symbol = sys.argv[1], int(sys.argv[2], 16)
		with open(f"/proc/{pid}/maps") as maps:
		    base = next(int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith("/leafpeerd"))
		with open(f"/proc/{pid}/mem", "rb") as memory:
		    memory.seek(base + symbol)
		    print(memory.read(32).hex())
	PY
}

@test "each process hashes with a key of its own, so nobody knows what falls together in its tables" {
	local n keys=()
	for n in 1 2; do
		lab_ns "node$n"
		lab_agent "node$n" BGP_AS=65000 POD_CIDR="10.233.$n.0/24"
		lab_until 5 lab_ctl "node$n" show version
		keys+=("$(hash_key "node$n")")
		[ "${#keys[n - 1]}" = 64 ]
		# what it is before one is chosen
		[[ ${keys[n - 1]} != d308a385886a3f24* ]]
	done
	[ "${keys[0]}" != "${keys[1]}" ]
}

@test "a flood: a neighbour gets its turn and no more, and others theirs" {
	lab_dual
	printf 'router bgp 65000\n   neighbor 10.90.224.98 passive\n' >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	# ten megabytes of KEEPALIVEs, and as many routes announced and withdrawn
	lab_spawn flood tor1 python3 "$BATS_TEST_DIRNAME/raw_peer.py" 10.90.224.98 10.90.224.105 \
		'ffffffffffffffffffffffffffffffff001304*500000' \
		"ffffffffffffffffffffffffffffffff002f02000000144001010040020602010000fde94003040a5ae062180ae901ffffffffffffffffffffffffffffffff001b020004180ae9010000*100000"
	limited() {
		lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -qE 'Limits reached: input of a turn [1-9]'
	}
	lab_until 20 limited
	kill -0 "$(lab_pid flood)"
	timeout 5 "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/node1/run" show version
	lab_until 60 grep -q . "$LAB/log/flood"
	[ "$(cat "$LAB/log/flood")" = none ]
}

raw_node() { # CONFIG-LINE...: a node whose neighbour is a mock
	lab_dual
	printf '%s\n' 'router bgp 65000' '   neighbor 10.90.224.98 passive' "$@" >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 \
		LEAFPEER_HTTP=127.0.0.1:9179
}

raw() { # ARGUMENTS...
	lab_in tor1 python3 "$BATS_TEST_DIRNAME/raw_peer.py" "${@:1:$#-1}" 10.90.224.98 10.90.224.105 "${@:$#}"
}

reached() { # LIMIT: which "show" and the metrics have counted
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -qE "Limits reached: .*$1 [1-9]" &&
		lab_in node1 busybox wget -qO- http://127.0.0.1:9179/metrics | grep -qE "^leafpeer_bgp_limits_total\{peer=\"10.90.224.98\",limit=\"$1\"\} [1-9]"
}

@test "a neighbour whose attributes take more memory than they may: its session ends, and it is told why" {
	raw_node
	# 64,000 octets that nobody else has, in each of 2,000 UPDATEs of 64 KiB (RFC 8654)
	[ "$(raw --capabilities 0600 'routes=2000*64000')" = 6/8 ]
	reached 'memory of routes'
	log_has node1 'its path attributes take more memory than they may'
	# and what it sent is gone with it
	gone() { [ "$(lab_ctl node1 'show ip bgp | json' | jq '.vrfs.default.bgpRouteEntries | length')" = 0 ]; }
	lab_until 10 gone
	# unless somebody asks for it, it is not let in again for a minute
	run raw ''
	[[ $output == *'no session'* ]]
	lab_ctl node1 clear ip bgp 10.90.224.98
	[ "$(raw 'ffffffffffffffffffffffffffffffff001304')" = none ]
}

@test "maximum-routes of IPv6: the NOTIFICATION says so, and nothing is accepted until the minute is over or the limit another" {
	local ipv6='01040001000101040002000102000600' nlri='' i update
	raw_node '   neighbor 10.90.224.98 maximum-routes 3' '   address-family ipv6' '      neighbor 10.90.224.98 activate'
	for i in 1 2 3 4; do nlri+=$(printf '4020010db800000%03x' "$i"); done
	update="ffffffffffffffffffffffffffffffff006002000000494001010040020602010000fde9800e39"
	update+="00020110fd00000000000000000000000000009800$nlri"
	[ "$(raw --data --capabilities "$ipv6" "$update")" = '6/1 00020100000003' ]
	reached maximum-routes
	run raw --capabilities "$ipv6" ''
	[[ $output == *'no session'* ]]
	sed -i 's/maximum-routes 3/maximum-routes 4/' "$LAB/node1.conf"
	lab_ctl node1 reload
	[ "$(raw --data --capabilities "$ipv6" "$update")" = none ]
}

@test "maximum-routes with graceful restart: what was too much does not stay (RFC 8538)" {
	raw_node '   neighbor 10.90.224.98 maximum-routes 3'
	[ "$(raw --data --capabilities 4006407800010180 'routes=5*4')" = '6/9 060100010100000003' ]
	[ "$(lab_ctl node1 'show ip bgp | json' | jq '.vrfs.default.bgpRouteEntries | length')" = 0 ]
}

@test "a prefix has 255 paths, and what comes beyond is counted" {
	local nlri='' i
	raw_node
	for i in {1..300}; do nlri+=$(printf '%08x180ae901' "$i"); done
	[ "$(raw --capabilities 450400010102 \
		"ffffffffffffffffffffffffffffffff098b02000000144001010040020602010000fde94003040a5ae062$nlri")" = none ]
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -q 'Limits reached: .*paths of a prefix 45,'
	reached 'paths of a prefix'
}

@test "more next hops than are remembered" {
	raw_node
	[ "$(raw hops=4096)" = none ]
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 | grep -q 'Limits reached: .*next hops 0'
	[ "$(raw hops=5000)" = none ]
	reached 'next hops'
}

@test "a neighbour that asks and does not read: its answers wait where they cost nothing" {
	local networks=() i
	for i in {1..250}; do networks+=("   network 172.20.$i.0/24"); done
	raw_node "${networks[@]}"
	lab_spawn deaf tor1 python3 "$BATS_TEST_DIRNAME/raw_peer.py" --capabilities 0200 --deaf 10.90.224.98 10.90.224.105 \
		'ffffffffffffffffffffffffffffffff00170500010001*3000/3'
	lab_until 30 reached 'output queue'
	# half of PEER_SENDQ_MAX, and a message
	waits=$(lab_ctl node1 show ip bgp neighbors 10.90.224.98 | sed -n 's/^ *Output waiting: \([0-9]*\) octets/\1/p')
	[ "$waits" -ge 524288 ] && [ "$waits" -lt 530000 ]
	sleep 2
	[ "$(lab_ctl node1 show ip bgp neighbors 10.90.224.98 | sed -n 's/^ *Output waiting: \([0-9]*\) octets/\1/p')" -lt 530000 ]
}

@test "the control socket: unknown commands, long lines, a crowd, and only root" {
	lab_ns node1
	lab_agent node1 BGP_AS=65000 POD_CIDR=10.233.0.0/24
	run lab_ctl node1 show colour
	[ "$status" = 1 ]
	[[ $output == *"Invalid input (at token 1: 'colour')"* ]]
	run lab_ctl node1 show ip
	[[ $output == *"Incomplete command"* ]]
	run lab_ctl node1 sh ip bgp sum
	[ "$status" = 0 ]
	run lab_ctl node1 show r
	[ "$status" = 0 ]
	# waiting for nothing is no success
	run lab_ctl node1 wait-route ,, 5
	[ "$status" = 1 ]
	python3 - "$LAB/node1/run/leafpeerd.sock" <<-'PY'
		import socket, sys
		idle = []
		for i in range(60):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    idle.append(s)
		s = idle[0]
		s.sendall(b"x" * 8192)
		assert s.recv(6) == b"error "
	PY
	lab_until 5 lab_ctl node1 show version
	[ "$(stat -c %a "$LAB/node1/run/leafpeerd.sock")" = 600 ]
	run lab_agent node1 BGP_AS=65000
	lab_until 5 log_has node1 'another leafpeerd runs'
}
