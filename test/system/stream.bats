#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# shellcheck disable=SC2016 # for the shells that are started
# Answers of any length: they are made as the client takes them.

load helper

# LEAFPEER_STREAM_ROUTES=1000000 takes two minutes, and is the bench's, too: make bench CASE=show N=1000000
ROUTES=${LEAFPEER_STREAM_ROUTES:-60000}

# The bench's ToR, which announces many routes; the agent as people run it, whose memory is its own.
many_routes() {
	local root=$BATS_TEST_DIRNAME/../..
	make -s -C "$root" all build/bench/feeder
	LAB_BUILD=$(cd "$root/build" && pwd)
	lab_single
	mkfifo "$LAB/orders"
	# the feeder ends when nobody can give it orders any more
	lab_spawn keeper tor1 bash -c 'exec sleep 300 >"$0"' "$LAB/orders"
	lab_spawn feeder tor1 bash -c 'exec "$@" <"$0"' "$LAB/orders" \
		"$LAB_BUILD/bench/feeder" "$ROUTES/24" 65001 10.90.224.98
	lab_until 20 grep -q listening "$LAB/log/feeder"
	printf 'router bgp 65000\n   neighbor 10.90.224.98 remote-as 65001\n   neighbor 10.90.224.98 maximum-routes 0\n' \
		>"$LAB/node1.conf"
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179
	lab_until $((20 + ROUTES / 10000)) lab_established node1 1
	echo announce >"$LAB/orders"
	lab_until $((60 + ROUTES / 10000)) all_in_kernel
}

all_in_kernel() {
	[ "$(lab_ctl node1 'show ip route bgp | include ^ B E | count')" = "$ROUTES lines" ]
}

turns() { # the event loop's, by how long they took: "BOUND NUMBER" a line, NUMBER up to that many seconds
	lab_in node1 python3 - <<-'PY' |
		import http.client
		c = http.client.HTTPConnection("127.0.0.1", 9179, timeout=20)
		c.request("GET", "/metrics")
		print(c.getresponse().read().decode(), end="")
	PY
		sed -n 's/^leafpeer_loop_turn_duration_seconds_bucket{le="\(.*\)"} /\1 /p'
}

rss() { # in KiB
	awk '/^VmRSS/ {print $2}' "/proc/$(lab_pid node1-agent)/status"
}

@test "a table of many routes comes whole and in order, as text and as JSON, and is never held in memory" {
	many_routes
	before=$(rss)
	lab_ctl node1 'show ip bgp' >"$LAB/text"
	[ "$(grep -c '^ \* >' "$LAB/text")" = $((ROUTES + 1)) ]
	awk '/^ \* >/ {print $3}' "$LAB/text" | sort -C -V -u
	lab_ctl node1 'show ip bgp | json' >"$LAB/json"
	[ "$(jq '.vrfs.default.bgpRouteEntries | length' "$LAB/json")" = $((ROUTES + 1)) ]
	lab_ctl node1 'show ip bgp neighbors 10.90.224.98 received-routes | count' | grep -E "^${ROUTES%??}[0-9]+ lines"
	# a reader that stops reading is waited for, and others are answered meanwhile
	python3 - "$LAB/node1/run/leafpeerd.sock" <<-'PY'
		import socket, sys, time

		def ask(line):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(line + b"\n")
		    return s

		slow = [ask(b"show ip bgp | json") for i in range(20)]
		heads = [s.recv(4, socket.MSG_WAITALL) for s in slow]
		assert all(h == b"ok\n{" for h in heads), heads
		for i in range(20):
		    s = ask(b"show hostname")
		    s.settimeout(20)
		    answer = b""
		    while piece := s.recv(4096):
		        answer += piece
		    assert answer.startswith(b"ok\nHostname"), answer
		time.sleep(0.5)
		# and when they go, their answers go
		for s in slow:
		    s.close()
		s = ask(b"show ip bgp 10.0.0.0/8 longer-prefixes")
		while s.recv(65536):
		    pass
	PY
	after=$(rss)
	echo "resident: $before KiB before, $after KiB after $(wc -c <"$LAB/json") octets of JSON and 20 slow readers"
	# 20 pieces of 64 KiB and what was found ahead, some 400 KiB each; twenty whole answers would be
	# fifty times that
	[ $((after - before)) -lt 16384 ]
	[ "$(wc -c <"$LAB/json")" -gt $((2 * 16384 * 1024)) ]
}

@test "whatever is shown of a large table, the agent turns to others in between, and holds none of it" {
	many_routes
	before=$(rss)
	turns >"$LAB/turns0"
	for command in 'show ip bgp' 'show ip bgp | json' 'show ip bgp 0.0.0.0/0 longer-prefixes' \
		'show bgp ipv4 unicast' 'show ip bgp neighbors 10.90.224.98 received-routes' \
		'show ip bgp neighbors 10.90.224.98 received-routes | json' \
		'show ip bgp neighbors 10.90.224.98 routes' 'show ip route' 'show ip route | json' \
		'show ip route bgp' 'show tech-support'; do
		a=$(turns | awk '$1 == "+Inf" {print $2}')
		octets=$(lab_ctl node1 "$command" | wc -c)
		b=$(turns | awk '$1 == "+Inf" {print $2}')
		echo "$command: $octets octets in $((b - a)) turns"
		((octets > ROUTES * 20))
		# a piece a turn, of 64 KiB and the step that went beyond, which JSON makes 150 KiB long
		(((b - a) * 4 * 65536 > octets))
	done
	# where there is nothing to be found there is nothing to wait for either
	for command in 'show ipv6 bgp' 'show ip bgp 192.0.2.0/24 longer-prefixes' 'show ipv6 route' \
		'show ip bgp neighbors 10.90.224.98 advertised-routes' 'show ip bgp 192.0.2.1' 'show ip bgp summary'; do
		(($(lab_ctl node1 "$command" | wc -c) < 10000))
	done
	# all of them are walked for a few lines
	[ "$(lab_ctl node1 'show ip route summary | json' | jq .vrfs.default.bgpCounts.bgpExternal)" = "$ROUTES" ]
	turns >"$LAB/turns1"
	# how long they took is for people: what else the machine does is in it
	echo "turns by how long they took, in seconds:"
	paste "$LAB/turns0" "$LAB/turns1" | awk '{n = $4 - $2; if (n > last) print "  up to " $1 ": " n - last; last = n}'
	after=$(rss)
	echo "resident: $before KiB before, $after KiB after"
	((after - before < 8192))
}
