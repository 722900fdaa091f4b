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
	get /metrics >"$LAB/metrics"
	grep -qx 'leafpeer_bgp_peer_up{peer="10.90.224.98"} 1' "$LAB/metrics"
	grep -qx 'leafpeer_bgp_prefixes{peer="10.90.224.98",family="ipv4",state="sent"} 1' "$LAB/metrics"
	# every metric has its help and its type, and stands once
	awk '/^# TYPE/ { if (seen[$3]++) exit 1 } /^[a-z]/ { sub(/[{ ].*/, ""); if (!seen[$0]) exit 1 }' "$LAB/metrics"
	lab_kill tor1-bgpd KILL
	lab_until 5 lab_established node1 0
	[[ $(get /readyz) == 503* ]]
	[[ $(get /healthz) == 200* ]]
	# a port that is taken costs the metrics, not the routing
	lab_agent node2 BGP_AS=65000 LEAFPEER_HTTP=10.9.9.9:1
	lab_until 5 log_has node2 'no metrics'
	lab_ctl node2 show version
}
