#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# leafpeerctl doctor, on nodes with faults that were made on purpose.

load helper
load kubernetes

# A node as it should be: a chain with leafpeer in it, our plugin, Cilium's configuration, sysctls.
good_node() { # NODE
	local node=$1
	mkdir -p "$LAB/$node/cni/net.d" "$LAB/$node/cni/bin" "$LAB/$node/root/run/systemd/system" \
		"$LAB/$node/root/run/cilium-config"
	cat >"$LAB/$node/cni/net.d/05-cilium.conflist" <<-JSON
		{"cniVersion": "0.3.1", "name": "cilium", "plugins": [{"type": "cilium-cni"}, {"type": "leafpeer"}]}
	JSON
	cp "$LAB_BUILD/leafpeer" "$LAB/$node/cni/bin/leafpeer"
	printf native >"$LAB/$node/root/run/cilium-config/routing-mode"
	printf cluster-pool >"$LAB/$node/root/run/cilium-config/ipam"
	printf false >"$LAB/$node/root/run/cilium-config/cni-exclusive"
	printf 10.233.0.0/16 >"$LAB/$node/root/run/cilium-config/ipv4-native-routing-cidr"
	lab_in "$node" sh -c 'echo 1 >/proc/sys/net/ipv4/fib_multipath_hash_policy
		echo 1 >/proc/sys/net/ipv6/fib_multipath_hash_policy'
}

# In the node's network, with its files.
doctor() { # NODE [| FILTER]
	local node=$1
	shift
	lab_in "$node" env LEAFPEER_HOST_ROOT="$LAB/$node/root" LEAFPEER_CNI_CONF_DIR="$LAB/$node/cni/net.d" \
		LEAFPEER_CNI_BIN_DIR="$LAB/$node/cni/bin" \
		"$LAB_BUILD/leafpeerctl" --state-dir "$LAB/$node/run" doctor "$@"
}

# The row of a check in JSON: "STATE FOUND => CURE", in one line.
row() { # NODE CHECK
	doctor "$1" '| json' |
		jq -r --arg check "$2" '.checks[] | select(.check == $check) | "\(.state) \(.found) => \(.cure)"'
}

says() { # NODE CHECK TEXT...: its row has them all, one after another
	local node=$1 check=$2 all text
	all=$(row "$node" "$check")
	shift 2
	for text; do
		if [[ $all != *"$text"* ]]; then
			echo "$check: $all"
			return 1
		fi
	done
}

@test "a node as it should be has nothing to mend, and exit status 0" {
	dual_fabric
	good_node node1
	lab_until 20 kernel_hops_are node1 10.233.1.0/24 "10.90.224.106 10.90.225.106"
	run doctor node1
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"0 failed, "* ]]
	says node1 agent "ok leafpeerd"
	says node1 "CNI conflist" "ok " "05-cilium.conflist, leafpeer behind cilium-cni"
	says node1 "CNI plugin" "ok " "version $("$LAB_BUILD/leafpeerctl" --version | cut -d' ' -f2)"
	says node1 "CNI exclusive" "ok cni-exclusive is false"
	says node1 "Cilium routing-mode" "ok native"
	says node1 "Cilium ipv4-native-routing-cidr" "ok 10.233.0.0/16 covers 10.233.0.0/24"
	says node1 "hash policy ipv4" "ok 1"
	says node1 "forwarding ipv4" "ok on"
	says node1 "rp_filter eth1" "ok off"
	says node1 "MTU eth2" "ok 1500"
	says node1 "systemd-networkd" "ok does not run"
	says node1 "other routes" "ok "
	says node1 "neighbor 10.90.224.98" "ok Established for " "1 of "
	says node1 "prefix 10.233.0.0/24" "ok announced"
	# filters and JSON as with every other command
	[ "$(doctor node1 '| include neighbor 10.90 | count')" = "2 lines" ]
	[ "$(doctor node1 '| json' | jq '.failed')" = 0 ]
}

@test "faults of the node: rp_filter, hash policy, forwarding, MTU, conflist order, plugin, Cilium, others' routes" {
	local net=$LAB/node1/cni/net.d
	dual_fabric INTERFACE_MTU=9000
	good_node node1
	lab_in node1 sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth1/rp_filter
		echo 0 >/proc/sys/net/ipv4/fib_multipath_hash_policy
		echo 0 >/proc/sys/net/ipv4/ip_forward'
	printf '{"cniVersion": "0.3.1", "name": "other", "plugins": [{"type": "ptp"}]}' >"$net/00-other.conflist"
	printf tunnel >"$LAB/node1/root/run/cilium-config/routing-mode"
	printf true >"$LAB/node1/root/run/cilium-config/cni-exclusive"
	printf 10.0.0.0/16 >"$LAB/node1/root/run/cilium-config/ipv4-native-routing-cidr"
	mkdir -p "$LAB/node1/root/run/systemd/netif"
	touch "$LAB/node1/root/run/systemd/netif/state"
	printf '#!/bin/sh\n' >"$LAB/node1/cni/bin/leafpeer"
	lab_ip node1 route add 10.99.0.0/24 via 10.90.224.98 proto bird metric 32
	lab_ip node1 route add 10.99.1.0/24 via 10.90.224.98 proto bgp metric 32
	run doctor node1
	echo "$output"
	[ "$status" = 1 ]
	says node1 "rp_filter eth1" "warning strict" "sysctl -w net.ipv4.conf.eth1.rp_filter=2"
	says node1 "rp_filter eth2" "ok off"
	says node1 "hash policy ipv4" "warning 0" "sysctl -w net.ipv4.fib_multipath_hash_policy=1"
	says node1 "forwarding ipv4" "failed off" "sysctl -w net.ipv4.ip_forward=1"
	says node1 "MTU eth1" "failed 1500, but pods have 9000" "ip link set eth1 mtu 9000"
	says node1 "CNI conflist" "failed " "00-other.conflist comes first" "leafpeer is in 05-cilium.conflist" "Take 00-other.conflist away"
	says node1 "CNI plugin" "warning " "says no version"
	says node1 "CNI exclusive" "warning cni-exclusive is true"
	says node1 "Cilium routing-mode" "failed tunnel" "routingMode=native"
	says node1 "Cilium ipv4-native-routing-cidr" "warning 10.0.0.0/16 does not cover this node's 10.233.0.0/24"
	says node1 "systemd-networkd" "warning takes routes of others away" "ManageForeignRoutes=no"
	says node1 "other routes" "warning 1 of protocol bird with metric 32" "1 of protocol 186, which is ours, with metric 32"
	# and mended one by one
	mkdir -p "$LAB/node1/root/etc/systemd/networkd.conf.d"
	printf '[Network]\nManageForeignRoutes=no\n' >"$LAB/node1/root/etc/systemd/networkd.conf.d/x.conf"
	says node1 "systemd-networkd" "ok leaves others' routes alone"
	mv "$net/00-other.conflist" "$net/90-other.conflist"
	says node1 "CNI conflist" "ok "
	printf '{"cniVersion": "0.3.1", "name": "cilium", "plugins": [{"type": "leafpeer"}, {"type": "cilium-cni"}]}' \
		>"$net/05-cilium.conflist"
	says node1 "CNI conflist" "failed " "leafpeer stands first"
	printf '{"cniVersion": "0.3.1", "name": "cilium", "plugins": [{"type": "cilium-cni"}]}' >"$net/05-cilium.conflist"
	says node1 "CNI conflist" "failed no list in " "names leafpeer" "cni.configMap"
	printf '{' >"$net/05-cilium.conflist"
	says node1 "CNI conflist" "failed " "it is no JSON object"
	rm "$net"/*
	says node1 "CNI conflist" "failed " "has no list of plugins"
	rm "$LAB/node1/cni/bin/leafpeer"
	says node1 "CNI plugin" "warning " "No such file"
}

@test "faults of sessions: wrong AS, refused port, MD5 mismatch, no route, a shutdown over there, a refused configuration" {
	lab_dual
	printf 'hostname tor1\nrouter bgp 65009\n bgp router-id 10.90.224.98\n no bgp ebgp-requires-policy\n neighbor 10.90.224.105 remote-as 65000\n' |
		lab_frr tor1
	# what nothing listens on refuses; the other address of the second ToR has a password of its own
	lab_ip tor2 addr add 10.90.225.98/24 dev br0
	printf 'hostname tor2\nrouter bgp 65001\n bgp router-id 10.90.225.99\n no bgp ebgp-requires-policy\n neighbor 10.90.225.105 remote-as 65000\n neighbor 10.90.225.105 password right\n neighbor 10.90.225.105 update-source 10.90.225.99\n neighbor 10.90.225.105 timers connect 2\n' |
		lab_frr tor2
	printf wrong >"$LAB/password"
	cat >"$LAB/node1.conf" <<-CONF
		router bgp 65000
		   neighbor 10.90.224.98 remote-as 65001
		   neighbor 10.90.224.106 remote-as 65001
		   neighbor 10.90.225.99 remote-as 65001
		   neighbor 10.90.225.99 password-file $LAB/password
		   neighbor 192.0.2.1 remote-as 65001
		   neighbor 192.0.2.1 ebgp-multihop 3
		   neighbor 10.90.225.106 remote-as 65001
		   neighbor 10.90.225.106 shutdown
	CONF
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	good_node node1
	lab_until 20 says node1 "neighbor 10.90.224.98" "failed wrong AS: the neighbour says AS 65009, configured is 65001"
	says node1 "neighbor 10.90.224.98" "BGP_REMOTE_AS"
	lab_until 20 says node1 "neighbor 10.90.224.106" "failed 10.90.224.106 refuses connections to TCP port 179"
	says node1 "neighbor 192.0.2.1" "failed this host has no route to 192.0.2.1"
	says node1 "neighbor 10.90.225.106" "warning shut down here"
	# a dial that nobody answers is given up after ten seconds
	lab_until 40 says node1 "neighbor 10.90.225.99" "MD5 mismatch suspected" "signed with another password"
	says node1 "neighbor 10.90.225.99" "compare them"
	run doctor node1
	echo "$output"
	[ "$status" = 1 ]
	# a password over there and none here
	sed -i '/password-file/d' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 40 says node1 "neighbor 10.90.225.99" "signed segments came where no password is configured"
	# a configuration that is refused
	echo '   neighbor x' >>"$LAB/node1.conf"
	run lab_ctl node1 reload
	[ "$status" = 1 ]
	lab_until 5 says node1 configuration "failed the newest one was refused" "startup-config line 9"
	lacks grep -rq wrong <(doctor node1 | grep -v 'wrong AS')
}

# Where nothing works it is one row for all; a resource that is absent is asked for rarely, and may not know yet.
api_says() { # TEXT...
	says node1 "Kubernetes API" "$@" || says node1 "Kubernetes nodes" "$@"
}

@test "Kubernetes: what RBAC lacks by its verb, a token that is refused, no API at all, the cache's age, a refused annotation" {
	local peers=(arista/bgp-peer-ip-1=10.90.224.98 arista/bgp-remote-as-1=65001 arista/bgp-local-as=65000)
	local nodes=/api/v1/nodes cilium=/apis/cilium.io/v2/ciliumnodes
	lab_dual
	good_node node1
	kube_certificates
	mock_start node1
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	mock "{\"forbid\": \"$cilium\", \"verbs\": [\"list\"]}"
	mock "{\"forbid\": \"$nodes\", \"verbs\": [\"patch\"]}"
	mock '{"forbid": "/api/v1/namespaces", "verbs": ["create"]}'
	printf 'leafpeer\n   write-back condition\n' >"$LAB/node1.conf"
	kube_agent node1
	lab_until 20 says node1 "Kubernetes ciliumnodes" "failed list: HTTP 403" "never worked" \
		"ClusterRole leafpeer is missing verb list for ciliumnodes.cilium.io"
	lab_until 20 says node1 "Kubernetes nodes" "ok list and watch work, the last answer is 00:00:"
	lab_until 20 says node1 "Kubernetes patch nodes/status" "warning the condition" "HTTP 403" "missing verb patch for nodes/status"
	lab_until 20 says node1 "configuration cache" "ok last changed 00:00:"
	mock "{\"forbid\": \"$cilium\", \"verbs\": []}"
	lab_until 60 says node1 "Kubernetes ciliumnodes" "ok this cluster has no such resource"
	# what failed several times is tried again after up to 45 s
	# the watch alone; what the list said stays in force
	mock "{\"forbid\": \"$nodes\", \"verbs\": [\"watch\"]}"
	mock '{"cut": true}'
	lab_until 60 says node1 "Kubernetes nodes" "warning watch: HTTP 403" "missing verb watch for nodes,"
	mock "{\"forbid\": \"$nodes\", \"verbs\": []}"
	lab_until 60 says node1 "Kubernetes nodes" "ok "
	mock '{"status": 401, "times": 100000}'
	mock '{"cut": true}'
	lab_until 60 api_says "warning " "HTTP 401" "does not take the token"
	mock '{"status": 0, "times": 0}'
	lab_until 60 says node1 "Kubernetes nodes" "ok "
	mock_node node1 10.233.0.0/24 "${peers[@]}" arista/bgp-remote-as-1=many
	lab_until 20 says node1 configuration "failed the newest one was refused" "arista/bgp-remote-as-1=many" \
		"kubectl annotate node node1 --overwrite arista/bgp-remote-as-1=..., or arista/bgp-remote-as-1-"
	# the Event of that: the base's RBAC only reads, which is no fault
	lab_until 20 says node1 "Kubernetes events" "ok not written"
	mock_node node1 10.233.0.0/24 "${peers[@]}"
	lab_until 20 says node1 configuration "ok "
	lab_kill mock
	lab_until 60 api_says "warning " "the last answer is" "Can this node reach https://127.0.0.1:6443?"
	lab_kill node1-agent
	kube_agent node1
	lab_until 60 api_says "failed " "never worked since leafpeerd was started"
	says node1 "configuration cache" "warning the Node's annotations are those of the cache, 00:0"
	run doctor node1
	echo "$output"
	[ "$status" = 1 ]
	lacks grep -q a-secret-token <<<"$output"
}

@test "without an agent it says so first, checks the rest, and has exit status 1" {
	lab_ns node1
	good_node node1
	run doctor node1
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[1]} == "failed   agent "*"no leafpeerd"* ]]
	[[ $output == *"1 failed, "* ]]
	says node1 "CNI conflist" "ok "
	says node1 "CNI plugin" "ok "
	says node1 "hash policy ipv4" "ok 1"
}

@test "show tech-support has all of it, as text and as JSON, and no secret" {
	lab_ns node1
	lab_ip node1 addr add 10.90.224.105/24 dev lo
	printf 'do-not-tell-anybody' >"$LAB/password"
	printf 'router bgp 65000\n   neighbor 10.90.224.98 remote-as 65001\n   neighbor 10.90.224.98 password-file %s\n' \
		"$LAB/password" >"$LAB/node1.conf"
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	good_node node1
	lab_ctl node1 'show tech-support' >"$LAB/text"
	for part in 'show version' 'show clock' doctor 'show running-config' 'show ip bgp summary' 'show ip bgp neighbors' \
		'show bfd peers detail' 'show pods' 'show bmp' 'show kubernetes' 'show ip bgp' 'show ipv6 route'; do
		grep -qxF -- "------------- $part -------------" "$LAB/text"
	done
	grep -q '^Timezone: UTC$' "$LAB/text"
	grep -q 'password-file' "$LAB/text"
	lacks grep -q do-not-tell "$LAB/text"
	lab_ctl node1 'show tech-support | json' >"$LAB/json"
	[ "$(jq -r '.["show running-config"].text' "$LAB/json" | grep -c password-file)" = 1 ]
	[ "$(jq '.doctor.checks | length > 10' "$LAB/json")" = true ]
	[ "$(jq -r 'keys_unsorted[]' "$LAB/json")" = "$(sed -n 's/^------------- \(.*\) -------------$/\1/p' "$LAB/text")" ]
	lacks grep -q do-not-tell "$LAB/json"
	# without an agent there is still what the node says
	lab_kill node1-agent
	run lab_ctl node1 'show tech-support'
	[ "$status" = 3 ]
	[[ $output == *"failed   agent "* ]]
}
