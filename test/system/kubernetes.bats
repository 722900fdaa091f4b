#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# What goes wrong with the Kubernetes API that a real server cannot be made to show; the rest is in test/cluster.

load helper
load kubernetes

peers=(arista/bgp-peer-ip-1=10.90.224.98 arista/bgp-remote-as1=65001 arista/bgp-local-as=65000 leafpeer/advertise=always)

start() {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	kube_certificates
	mock_start node1
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	kube_agent node1 "$@"
	lab_until 10 lab_established node1 1
	lab_until 5 tor_has tor1 10.233.0.0/24
}

watch() { # JQ-FILTER on the Node's watch
	lab_ctl node1 'show kubernetes | json' | jq -e ".watches.nodes | $1" >/dev/null
}

@test "annotations make a session, and a session goes with them; what did not change stays up" {
	start
	lab_ctl node1 show kubernetes
	lab_frr_dual tor2 10.90.225.99 10.90.225.105 10.90.225.106
	mock_node node1 10.233.0.0/24 "${peers[@]}" arista/bgp-peer-ip-2=10.90.225.99 arista/bgp-remote-as-2=65001
	lab_until 10 lab_established node1 2
	mock_node node1 10.233.0.0/24 arista/bgp-peer-ip-2=10.90.225.99 arista/bgp-remote-as-2=65001 \
		arista/bgp-local-as=65000 leafpeer/advertise=always
	lab_until 5 lab_established node1 1
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 2 ]
	# the token is nowhere to be seen
	lacks grep -r a-secret-token "$LAB/log" "$LAB/node1"
	lacks grep -a a-secret-token "/proc/$(lab_pid node1-agent)/cmdline" "/proc/$(lab_pid node1-agent)/environ"
}

@test "429 with Retry-After is heeded" {
	start
	mock '{"status": 429, "times": 1, "retryAfter": 6}'
	mock '{"cut": true}'
	lab_until 5 watch '.throttled == 1'
	before=$(mock '{"requests": true}' | grep -c /api/v1/nodes)
	sleep 1.5
	[ "$(mock '{"requests": true}' | grep -c /api/v1/nodes)" = "$before" ]
	lab_until 15 watch '.up and .state == "watching"'
	# no list because of it
	[ "$(mock '{"requests": true}' | grep /api/v1/nodes | grep -vc watch=)" = 1 ]
	lab_established node1 1
}

@test "a watch that is cut in the midst of an event goes on from the last one that was whole" {
	start
	mock '{"cut": true}'
	mock_node node1 10.233.0.0/24 "${peers[@]}" LOOPBACK_IP=172.20.0.3/32
	lab_until 5 tor_has tor1 172.20.0.3/32
	[ "$(mock '{"requests": true}' | grep /api/v1/nodes | grep -vc watch=)" = 1 ]
	watch '.skipped == null or .skipped == 0'
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 1 ]
}

@test "410 in the stream: listed anew, and not an older state" {
	start
	mock '{"push": "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n"}'
	lab_until 5 watch '.expired == 1 and .lists == 2 and .up'
	mock '{"requests": true}' | grep /api/v1/nodes | grep -v watch= | tail -n 1 >"$LAB/last"
	lacks grep -q resourceVersion "$LAB/last"
	lab_established node1 1
}

@test "garbage in the stream hurts nobody" {
	start
	for text in '<html>' '{\"type\":1}' '}' '{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"node1\",\"annotations\":7,\"resourceVersion\":\"9\"},\"spec\":[]}}'; do
		mock "{\"push\": \"$text\\n\"}"
		sleep 0.5
	done
	mock_node node1 10.233.0.0/24 "${peers[@]}" LOOPBACK_IP=172.20.0.3/32
	lab_until 20 tor_has tor1 172.20.0.3/32
}

@test "a server that falls silent: what is in force stays, and it is found out" {
	start
	# the connections break off, new ones are made, and get no answer
	mock '{"hang": true}'
	mock '{"cut": true}'
	lab_until 60 watch '.silent >= 1'
	lab_established node1 1
	tor_has tor1 10.233.0.0/24
	mock '{"hang": false}'
	lab_until 60 watch '.up'
}

@test "a certificate of another CA is refused, until its CA is there" {
	lab_dual
	kube_certificates
	kube_certificates other
	lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	mock_start node1 other
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	kube_agent node1
	lab_until 10 log_has node1 'cannot watch'
	log_has node1 'certificate'
	[ -z "$(mock '{"requests": true}')" ]
	cp "$LAB/kube/other.crt" "$LAB/kube/ca.crt"
	lab_until 30 lab_established node1 1
}
