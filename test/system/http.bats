#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# Metrics and health.

load helper

get() { # PATH: status, then the body
	lab_in node1 python3 - "$1" <<-'PY'
		import http.client, sys
		c = http.client.HTTPConnection("127.0.0.1", 9179, timeout=5)
		c.request("GET", sys.argv[1])
		r = c.getresponse()
		print(r.status)
		print(r.read().decode(), end="")
	PY
}

@test "health, readiness and metrics" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 \
		LEAFPEER_ADVERTISE=always LEAFPEER_HTTP=127.0.0.1:9179
	[[ $(get /healthz) == 200* ]]
	lab_until 20 lab_established node1 1
	[[ $(get /readyz) == 200* ]]
	[[ $(get /nothing) == 404* ]]
	lab_until 20 tor_has tor1 10.233.0.0/24
	get /metrics >"$LAB/metrics"
	grep -qx 'leafpeer_bgp_peer_up{peer="10.90.224.98"} 1' "$LAB/metrics"
	grep -qx 'leafpeer_bgp_prefixes{peer="10.90.224.98",family="ipv4",state="sent"} 1' "$LAB/metrics"
	grep -qx 'leafpeer_config_valid 1' "$LAB/metrics"
	grep -q '^leafpeer_build_info{version="..*"} 1$' "$LAB/metrics"
	value() { awk -v m="$1" '$1 == m { print $2 }' "$LAB/metrics"; }
	# what the kernel says of the process, and what it has done for it
	awk -v t="$(value process_start_time_seconds)" -v now="$(date +%s)" 'BEGIN { exit !(t > now - 60 && t <= now + 1) }'
	(($(value process_open_fds) == $(ls "/proc/$(lab_pid node1-agent)/fd" | wc -l) ||
		$(value process_open_fds) > 10))
	(($(value process_resident_memory_bytes) > 1000000))
	(($(value 'leafpeer_fib_operations_total{operation="route-replace"}') > 0))
	(($(value leafpeer_fib_operation_duration_seconds_count) > 0))
	(($(value leafpeer_loop_turn_duration_seconds_count) > 0))
	lab_kill tor1-bgpd KILL
	lab_until 5 lab_established node1 0
	[[ $(get /readyz) == 503* ]]
	[[ $(get /healthz) == 200* ]]
	# a port that is taken costs the metrics, not the routing
	lab_agent node2 BGP_AS=65000 LEAFPEER_HTTP=10.9.9.9:1
	lab_until 5 log_has node2 'no metrics'
	lab_ctl node2 show version
	# nor does one that is no address
	local where
	for where in 127.0.0.1:0 127.0.0.1:65536 localhost:9179 9179; do
		lab_kill node2-agent
		: >"$LAB/log/node2-agent"
		lab_agent node2 BGP_AS=65000 "LEAFPEER_HTTP=$where"
		lab_until 5 log_has node2 "no metrics.*address=$where reason=.*not ADDRESS:PORT"
	done
}

answers() { # ADDRESS
	lab_in node1 busybox wget -qO- "http://$1:9179/healthz" | grep -q ok
}

@test "a port that is taken, and an address that is not there yet: tried again" {
	lab_ns node1
	lab_spawn squatter node1 python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 9179))
time.sleep(600)'
	lab_until 5 lab_in node1 sh -c "ss -Hltn 'sport = 9179' | grep -q ."
	lab_agent node1 BGP_AS=65000 LEAFPEER_HTTP=127.0.0.1:9179
	log_has node1 'no metrics, cannot listen for HTTP address=127.0.0.1:9179 reason="Address already in use"'
	lab_kill squatter
	lab_until 10 answers 127.0.0.1
	lab_kill node1-agent
	lab_agent node1 BGP_AS=65000 LEAFPEER_HTTP=10.9.9.9:9179
	log_has node1 'no metrics, cannot listen for HTTP address=10.9.9.9:9179 reason="Cannot assign requested address"'
	lab_ip node1 addr add 10.9.9.9/32 dev lo
	lab_until 10 answers 10.9.9.9
	log_has node1 'listening for HTTP'
}

@test "requests that are none, and more connections than there may be: the next one is answered at once" {
	lab_ns node1
	lab_agent node1 BGP_AS=65000 LEAFPEER_HTTP=127.0.0.1:9179
	lab_in node1 python3 - <<-'PY'
		import socket

		def ask(request):
		    s = socket.create_connection(("127.0.0.1", 9179), 4)
		    try:
		        s.sendall(request)
		    except ConnectionError:
		        pass
		    return s.recv(12).decode()

		health = b"GET /healthz HTTP/1.0\r\n\r\n"
		for request, answer in [
		    (b"GET " + b"/a" * 300000 + b" HTTP/1.1\r\n\r\n", "HTTP/1.1 414"),
		    (b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 600000 + b"\r\n\r\n", "HTTP/1.1 431"),
		    (b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000, "HTTP/1.1 405"),
		    (b"GET /metrics HTTP/9.9\r\n\r\n", "HTTP/1.1 505"),
		    (b"HEAD /metrics?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.1 200"),
		    (b"GET /../../etc/passwd HTTP/1.0\r\n\r\n", "HTTP/1.1 404"),
		    (health, "HTTP/1.1 200"),
		]:
		    got = ask(request)
		    assert got == answer, (request[:40], got)
		# it listens again at the turn after the one in which connections went, which nothing tells it
		for n in 31, 32, 40, 60, 200:
		    idle = [socket.create_connection(("127.0.0.1", 9179), 4) for i in range(n)]
		    for s in idle:
		        s.close()
		    assert ask(health) == "HTTP/1.1 200", n
	PY
}

# Keeps 64 connections with half a request on each open, and makes new ones for those that are closed.
half_requests() { # NAMESPACE ADDRESS
	cat >"$LAB/half_requests.py" <<-'PY'
		import select, socket, sys, time

		poll = select.poll()
		held = {}

		def hold():
		    s = socket.create_connection((sys.argv[1], 9179), 5)
		    s.sendall(b"GET /heal")
		    poll.register(s, select.POLLIN)
		    held[s.fileno()] = s

		for i in range(64):
		    hold()
		print("all are open", flush=True)
		# fifty a second: who asks at the same address has the time of 32 to do so
		while True:
		    for fd, events in poll.poll(0):
		        poll.unregister(fd)
		        held.pop(fd).close()
		    if len(held) < 64:
		        hold()
		    time.sleep(0.02)
	PY
	lab_spawn "holder-$1" "$1" python3 "$LAB/half_requests.py" "$2"
	lab_until 10 grep -q 'all are open' "$LAB/log/holder-$1"
}

# Ten of each, each within the second that a kubelet waits.
answers_at_once() { # NAMESPACE ADDRESS
	lab_in "$1" python3 - "$2" <<-'PY'
		import http.client, sys, time

		for path in ["/healthz", "/metrics"] * 10:
		    start = time.monotonic()
		    c = http.client.HTTPConnection(sys.argv[1], 9179, timeout=1)
		    c.request("GET", path)
		    r = c.getresponse()
		    body = r.read()
		    assert r.status == 200 and body, (path, r.status)
		    assert time.monotonic() - start < 1, path
		    c.close()
	PY
}

@test "64 connections that hold half a request each, of another address and of the prober's own: probes are answered" {
	lab_dual
	lab_agent node1 BGP_AS=65000 LEAFPEER_HTTP=0.0.0.0:9179
	# without neighbours nothing is to be waited for
	[[ $(get /readyz) == 200* ]]
	half_requests tor1 10.90.224.105
	answers_at_once node1 127.0.0.1
	answers_at_once node1 10.90.224.105
	answers_at_once tor1 10.90.224.105
	half_requests node1 127.0.0.1
	answers_at_once node1 127.0.0.1
	# and that is said, once
	log_has node1 'too many HTTP connections.* limit=32'
	[ "$(grep -c 'too many HTTP connections' "$LAB/log/node1-agent")" = 1 ]
	# a connection that is kept and asks now and then is none of those that go
	lab_in node1 python3 - <<-'PY'
		import http.client, time

		c = http.client.HTTPConnection("127.0.0.1", 9179, timeout=1)
		c.request("GET", "/healthz")
		c.getresponse().read()
		for path in ["/healthz"] * 3:
		    c.request("GET", path)
		    assert c.getresponse().read() == b"ok\n"
	PY
	lab_kill holder-tor1 KILL
	lab_kill holder-node1 KILL
	answers_at_once node1 127.0.0.1
}

@test "metrics: promtool, Prometheus's own opinion, has nothing to say" {
	tool=$(hack/promtool 2>"$LAB/promtool.err") ||
		skip "SKIPPED, promtool cannot be had: $(tail -n 1 "$LAB/promtool.err")"
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	printf '%s\n' 'router bgp 65000' 'neighbor 10.90.224.98 remote-as 65001' 'neighbor 10.90.224.98 bfd' \
		'neighbor 10.90.224.98 description the "first" ToR' 'monitor station X 10.90.224.98 port 1790' \
		>"$LAB/startup"
	lab_agent node1 LEAFPEER_CONFIG="$LAB/startup" POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always \
		LEAFPEER_HTTP=127.0.0.1:9179
	lab_until 20 lab_established node1 1
	get /metrics | tail -n +2 >"$LAB/metrics"
	grep -q '^leafpeer_bfd_detection_time_seconds{' "$LAB/metrics"
	run "$tool" check metrics <"$LAB/metrics"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	# and it would have something to say
	printf '%s\n' '# TYPE leafpeer_x counter' 'leafpeer_x 1' >>"$LAB/metrics"
	run "$tool" check metrics <"$LAB/metrics"
	[ "$status" -ne 0 ]
}

@test "a configuration that is refused shows in the metrics, and one that is taken again" {
	lab_dual
	printf 'router bgp 65000\n' >"$LAB/startup"
	lab_agent node1 LEAFPEER_CONFIG="$LAB/startup" LEAFPEER_HTTP=127.0.0.1:9179
	echo 'neighbor 10.90.224.98 remote-as none' >>"$LAB/startup"
	refused() { get /metrics >"$LAB/metrics" && grep -qx 'leafpeer_config_valid 0' "$LAB/metrics"; }
	taken() { get /metrics >"$LAB/metrics" && grep -qx 'leafpeer_config_valid 1' "$LAB/metrics"; }
	lab_until 5 refused
	grep -qx 'leafpeer_config_refused_total 1' "$LAB/metrics"
	grep -q '^leafpeer_config_refusal_info{reason="startup-config line 2, column 33: .*"} 1$' "$LAB/metrics"
	printf 'router bgp 65000\n' >"$LAB/startup"
	lab_until 5 taken
	lacks grep -q '^leafpeer_config_refusal_info{' "$LAB/metrics"
	grep -qx 'leafpeer_config_refused_total 1' "$LAB/metrics"
}
