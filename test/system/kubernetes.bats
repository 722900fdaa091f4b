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
	mock '{"status": 429, "times": 1, "retryAfter": 12}'
	mock '{"cut": true}'
	lab_until 10 watch '.throttled == 1'
	before=$(mock '{"requests": true}' | grep -c /api/v1/nodes)
	sleep 1.5
	[ "$(mock '{"requests": true}' | grep -c /api/v1/nodes)" = "$before" ]
	lab_until 30 watch '.up and .state == "watching"'
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

@test "a value that is no good is refused with the whole: the reason in show, a metric, an Event; then it is mended" {
	start LEAFPEER_HTTP=127.0.0.1:9179
	mock_node node1 10.233.0.0/24 "${peers[@]/*remote-as1*/arista/bgp-remote-as1=many}" LOOPBACK_IP=172.20.0.3/32
	lab_until 5 refused
	lab_ctl node1 'show kubernetes | json' | jq -e '.configuration.refused | test("arista/bgp-remote-as1")'
	lab_in node1 python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:9179/metrics").read().decode())' |
		grep -qx 'leafpeer_config_valid 0'
	lab_until 5 posted ConfigurationRefused
	lab_established node1 1
	tor_has_not tor1 172.20.0.3/32
	mock_node node1 10.233.0.0/24 "${peers[@]}" LOOPBACK_IP=172.20.0.3/32
	lab_until 5 tor_has tor1 172.20.0.3/32
	lacks refused
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 1 ]
}

refused() {
	lab_ctl node1 'show kubernetes | json' | jq -e '.configuration.refused | length > 0'
}

posted() { # REASON
	mock '{"requests": true}' | grep '^POST .*/events ' | grep -q "\"reason\":\"$1\""
}

@test "without the API an agent begins with what it last knew; a corrupt cache is set aside, not fatal" {
	start
	lab_kill mock
	lab_kill node1-agent
	kube_agent node1
	lab_until 10 lab_established node1 1
	lab_until 5 tor_has tor1 10.233.0.0/24
	# a startup-config that is broken, too
	lab_kill node1-agent
	echo 'router bgp none' >"$LAB/node1.conf"
	kube_agent node1
	lab_until 10 lab_established node1 1
	log_has node1 'the last good configuration is in force'
	lab_kill node1-agent
	rm "$LAB/node1.conf"
	printf 'x' | dd of="$LAB/node1/cache/last-good" bs=1 seek=60 conv=notrunc status=none
	kube_agent node1
	log_has node1 'set aside'
	[ -e "$LAB/node1/cache/last-good.bad" ]
	mock_start node1
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	lab_until 60 lab_established node1 1
	lab_until 5 test -e "$LAB/node1/cache/last-good"
}

@test "leafpeer/drain, and cordoning where it is configured to drain" {
	start
	mock_node node1 10.233.0.0/24 "${peers[@]}" leafpeer/drain=true leafpeer/drain-time=1
	lab_until 5 tor_has_not tor1 10.233.0.0/24
	lab_established node1 1
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	lab_until 5 tor_has tor1 10.233.0.0/24
	printf 'router bgp 65000\n   timers bgp 3 9\nleafpeer\n   drain time 0\n   drain on cordon\n' >"$LAB/node1.conf"
	lab_ctl node1 'show running-config' >/dev/null
	kill -HUP "$(lab_pid node1-agent)"
	lab_until 5 running 'drain on cordon'
	tor_has tor1 10.233.0.0/24
	mock "$(mock_node_json node1 10.233.0.0/24 "${peers[@]}" | jq -c '.object.spec.unschedulable = true')"
	lab_until 5 tor_has_not tor1 10.233.0.0/24
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	lab_until 5 tor_has tor1 10.233.0.0/24
	lab_established node1 1
}

running() { # LINE of the running configuration
	lab_ctl node1 'show running-config' | grep -q "$1"
}

@test "a CiliumNode that appears: its prefix in place of the Node's, and then multi-pool's" {
	start
	mock "$(cilium_node '{podCIDRs: ["10.233.8.0/24"]}')"
	lab_until 90 tor_has tor1 10.233.8.0/24
	lab_until 5 tor_has_not tor1 10.233.0.0/24
	mock "$(cilium_node '{pools: {allocated: [{pool: "default", cidrs: ["10.233.9.0/26"]}, {pool: "b", cidrs: ["10.234.0.0/27"]}]}}')"
	lab_until 5 tor_has tor1 10.233.9.0/26
	lab_until 5 tor_has tor1 10.234.0.0/27
	lab_until 5 tor_has_not tor1 10.233.8.0/24
	[ "$(grep -c 'session established' "$LAB/log/node1-agent")" = 1 ]
}

cilium_node() { # IPAM of node1
	jq -cn "{set: \"/apis/cilium.io/v2/ciliumnodes\", object: {metadata: {name: \"node1\", uid: \"u-2\"}, spec: {ipam: $1}}}"
}

@test "written back where it is configured: condition, annotation, and the start-up taint once a session is up" {
	printf 'router bgp 65000\n   timers bgp 3 9\nleafpeer\n   write-back condition annotation taint\n' >"$LAB/node1.conf"
	start
	mock "$(mock_node_json node1 10.233.0.0/24 "${peers[@]}" |
		jq -c '.object.spec.taints = [{key: "a", effect: "NoSchedule"}, {key: "leafpeer/bgp-not-ready", effect: "NoSchedule"}]')"
	lab_until 10 patched '"path":"/spec/taints/1/key","value":"leafpeer/bgp-not-ready"'
	lab_until 10 patched '/status .*"type":"LeafpeerBGPReady","status":"True"'
	lab_until 10 patched '"leafpeer/status":'
	lab_until 5 posted BGPSessionUp
}

@test "without write-back nothing of the Node is changed" {
	start
	lab_until 5 posted BGPSessionUp
	lacks patched .
}

patched() { # PATTERN
	mock '{"requests": true}' | grep '^PATCH ' | grep -q "$1"
}

patches() { # to the Node: how many
	mock '{"requests": true}' | grep -c '^PATCH '
}

@test "a write that is told to come again later does so" {
	local n
	printf 'router bgp 65000\n   timers bgp 3 9\nleafpeer\n   write-back annotation\n' >"$LAB/node1.conf"
	start
	lab_until 20 patched '"leafpeer/status":.*Established.*10.233.0.0/24'
	n=$(patches)
	mock '{"writeStatus": 429, "writeTimes": 1, "retryAfter": 10}'
	mock_node node1 10.233.0.0/24 "${peers[@]}" leafpeer/drain=true
	lab_until 15 patched 'draining..:true'
	# by itself it would try again after 2.5 to 7.5 seconds
	sleep 9
	[ "$(patches)" = $((n + 1)) ]
	lab_until 30 patches_are $((n + 2))
	lab_ctl node1 'show kubernetes | json' | jq -e '.written.failures == 1'
}

patches_are() {
	[ "$(patches)" = "$1" ]
}
