#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# Pod records: from the plugin in a real runtime, and from hands that mean ill.

load helper

node() { # AGENT-VARIABLES...
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 "$@"
	lab_until 20 lab_established node1 1
}

pods_are() { # NUMBER SKIPPED
	[ "$(lab_ctl node1 'show pods | json' | jq -r '"\(.pods | length) \(.recordsSkipped)"')" = "$1 $2" ]
}

@test "a pod of containerd: recorded by the chain, announced as the node's /24, withdrawn after the hold-down" {
	printf 'router bgp 65000\n   timers bgp 3 9\nleafpeer\n   hold-down 2\n' >"$LAB/node1.conf"
	node
	lab_conflist node1 10.233.0.0/24
	lab_containerd
	tor_has_not tor1 10.233.0.0/24
	lab_pod node1 web
	addr=$(lab_pod_addr web)
	[[ $addr == 10.233.0.* ]]
	lab_until 2 pods_are 1 0
	lab_until 5 tor_has tor1 10.233.0.0/24
	tor_has_not tor1 "$addr/32"
	lab_ctl node1 show pods | grep -q "$addr"
	lab_pod_stop web
	lab_until 5 pods_are 0 0
	[ -z "$(ls "$LAB/node1/run/pods")" ]
	tor_has tor1 10.233.0.0/24
	lab_until 10 tor_has_not tor1 10.233.0.0/24
}

@test "fifty pods are one prefix; records made while the agent was away count" {
	node
	lab_kill node1-agent KILL
	for i in $(seq 50); do lab_record node1 "pod$i" "10.233.0.$i"; done
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	lab_until 20 tor_has tor1 10.233.0.0/24
	pods_are 50 0
	[ "$(lab_vtysh tor1 show bgp ipv4 unicast json | jq '.routes | length')" = 1 ]
}

@test "an address outside the node's prefix is a host route" {
	node
	lab_record node1 stray 192.0.2.7
	lab_until 5 tor_has tor1 192.0.2.7/32
	rm "$LAB/node1/run/pods/pods@stray@eth0.json"
	lab_until 5 tor_has_not tor1 192.0.2.7/32
}

@test "bad records are skipped, logged once, counted, and left where they are" {
	node
	dir=$LAB/node1/run/pods
	echo 'not JSON' >"$dir/bad@1@eth0.json"
	head -c 200000 /dev/zero | tr '\0' '[' >"$dir/huge@1@eth0.json"
	echo '{"version":2,"network":"n","containerId":"c","ifname":"e","addresses":[]}' >"$dir/other@1@eth0.json"
	mkfifo "$dir/.pipe" && mv "$dir/.pipe" "$dir/pipe@1@eth0.json"
	ln -s /etc/shadow "$dir/.link" && mv "$dir/.link" "$dir/link@1@eth0.json"
	lab_record node1 good 10.233.0.5
	lab_until 5 pods_are 1 5
	lab_until 5 tor_has tor1 10.233.0.0/24
	# a scan of the whole directory tells nothing again
	for i in $(seq 5); do lab_record node1 "more$i" "10.233.0.1$i"; done
	lab_until 5 pods_are 6 5
	[ "$(grep -c 'pod record skipped' "$LAB/log/node1-agent")" = 5 ]
	log_has node1 'file=huge@1@eth0.json reason="larger than a record may be"'
	log_has node1 'file=other@1@eth0.json reason="of another version"'
	[ "$(ls "$dir" | wc -l)" = 11 ]
	# mended, it counts
	lab_record node1 x 10.233.0.77
	mv "$dir/pods@x@eth0.json" "$dir/bad@1@eth0.json"
	lab_until 5 pods_are 7 4
}

@test "the directory of records is taken away under the agent, and made again" {
	node
	lab_record node1 a 10.233.0.5
	lab_until 5 pods_are 1 0
	rm -r "$LAB/node1/run/pods"
	lab_until 5 pods_are 0 0
	lab_until 5 test -d "$LAB/node1/run/pods"
	lab_record node1 b 10.233.0.6
	lab_until 5 pods_are 1 0
}

@test "waitForRoute: ADD returns when the ToR has been told, and fails when nobody can be" {
	node
	lab_ip node1 link add pod0 type dummy 2>/dev/null || lab_ip node1 link add pod0 type bridge
	add() { # CONTAINER ADDRESS WAIT
		printf '{"cniVersion":"1.0.0","name":"pods","type":"leafpeer","stateDir":"%s","waitForRoute":"%s","prevResult":{"cniVersion":"1.0.0","ips":[{"address":"%s/32"}]}}' \
			"$LAB/node1/run" "$3" "$2" |
			CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=eth0 CNI_NETNS=/proc/self/ns/net \
				lab_in node1 "$LAB_BUILD/leafpeer"
	}
	run add c1 10.233.0.9 5s
	[ "$status" = 0 ]
	[[ $output == *10.233.0.9* ]]
	lab_ctl node1 show ip bgp neighbors 10.90.224.98 advertised-routes | grep -q 10.233.0.0/24
	lab_kill tor1-bgpd KILL
	lab_until 10 lab_established node1 0
	run add c2 10.233.0.10 300ms
	[ "$status" = 1 ]
	[ "$(jq .code <<<"$output")" = 11 ]
}

status_is() { # CODE
	local out
	out=$(printf '{"cniVersion":"1.1.0","name":"pods","type":"leafpeer","stateDir":"%s"}' "$LAB/node1/run" |
		CNI_COMMAND=STATUS "$LAB_BUILD/leafpeer") || out=$(jq .code <<<"$out")
	[ "${out:-0}" = "$1" ] || { echo "STATUS says $out" && return 1; }
}

@test "STATUS: while a ToR that restarts is waited for, by an agent that restarts too, pods have their way" {
	start() { lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24; }
	lab_dual
	printf '%s\n' "router bgp 65001" " bgp router-id 10.90.224.98" " no bgp ebgp-requires-policy" \
		" no bgp network import-check" " timers bgp 3 9" " bgp graceful-restart" \
		" bgp graceful-restart preserve-fw-state" " neighbor 10.90.224.105 remote-as 65000" \
		" address-family ipv4 unicast" "  network 172.16.0.0/16" | lab_frr tor1
	start
	lab_until 20 lab_established node1 1
	lab_until 10 kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	lab_kill tor1-bgpd KILL
	lab_until 15 lab_established node1 0
	kernel_hops_are node1 172.16.0.0/16 10.90.224.98
	status_is 0
	# what the kernel has of an earlier run is kept until the ToR has spoken, or for 20 seconds
	lab_kill node1-agent KILL
	start
	lab_until 5 status_is 0
	lab_until 40 status_is 51
}

@test "STATUS: the agent says what the fabric knows" {
	local start
	status_is 50
	lab_dual
	lab_agent node1 POD_CIDR=10.233.0.0/24
	# a node without neighbours is not meant to have any
	status_is 0
	lab_kill node1-agent TERM
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_tor_down tor1
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24
	status_is 51
	lab_tor_up tor1
	lab_until 20 lab_established node1 1
	status_is 0
	lab_ctl node1 drain 0
	status_is 51
	lab_ctl node1 undrain
	status_is 0
	lab_kill tor1-bgpd KILL
	lab_until 15 lab_established node1 0
	status_is 51
	kill -STOP "$(lab_pid node1-agent)"
	start=$SECONDS
	status_is 50
	[ $((SECONDS - start)) -lt 5 ]
	kill -CONT "$(lab_pid node1-agent)"
}

@test "the address of cilium_host is an allocation" {
	node
	sleep 0.5
	tor_has_not tor1 10.233.0.0/24
	lab_ip node1 link add cilium_host type veth peer name cilium_net
	lab_ip node1 link set cilium_host up
	lab_ip node1 addr add 10.233.0.106/32 dev cilium_host
	lab_until 5 tor_has tor1 10.233.0.0/24
	# it is the node's own, and its router ID stays the address towards the ToR
	lab_ctl node1 show ip bgp summary | grep -q 'Router identifier 10.90.224.105'
}
