#!/usr/bin/env bats
# The agent takes away records of pods that are gone, and none else. The plugin makes the records;
# pods are namespaces and veth pairs, so that each may be taken away by itself.

load helper

NETNS=/run/netns

teardown_pods() {
	local ns
	for ns in $(ip netns list | awk -v p="${LAB_NS}p-" 'index($1, p) == 1 {print $1}'); do
		ip netns del "$ns"
	done
}

eval "lab_$(declare -f teardown)"
teardown() {
	teardown_pods
	lab_teardown
}

start() { # GRACE: the agent
	printf 'router bgp 65000\nleafpeer\n   record-grace %s\n' "$1" >"$LAB/node1.conf"
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_HTTP=127.0.0.1:9179
}

# A pod with its namespace and interface, and its record as the plugin makes it.
pod() { # NAME NUMBER [NETNS-PATH]
	local ns=${LAB_NS}p-$1
	ip netns add "$ns"
	ip link add "lxc$1" netns "${LAB_NS}node1" type veth peer name eth0 netns "$ns"
	record "$1" "$2" "${3:-$NETNS/$ns}"
}

record() { # NAME NUMBER NETNS-PATH
	printf '{"cniVersion":"1.0.0","name":"pods","type":"leafpeer","stateDir":"%s","prevResult":{"interfaces":[{"name":"lxc%s"},{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"10.233.0.%s/32"}]}}' \
		"$LAB/node1/run" "$1" "$2" | CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=eth0 CNI_NETNS=$3 \
		lab_in node1 "$LAB_BUILD/leafpeer" >/dev/null
}

gone() { # NAME: without a DEL
	ip netns del "${LAB_NS}p-$1"
	lab_until 5 lacks lab_ip node1 link show "lxc$1"
}

records() {
	find "$LAB/node1/run/pods" -name '*.json' -printf '%f\n' | sed 's/pods@\(.*\)@eth0.json/\1/' | sort | paste -sd ' '
}

records_are() {
	[ "$(records)" = "$1" ]
}

collected() { # from the metrics
	lab_in node1 python3 -c 'import urllib.request as u
print(u.urlopen("http://127.0.0.1:9179/metrics").read().decode())' |
		awk '$1 == "leafpeer_pod_records_collected_total" {print $2}'
}

setup_node() {
	lab_ns node1
	lab_ip node1 link set lo up
	mkdir -p "$LAB/node1"
}

@test "a pod that went without its DEL: its record goes after the grace time, the others stay" {
	setup_node
	start 2
	pod a 1
	# /var/run is /run
	pod b 2 "/var/run/netns/${LAB_NS}p-b"
	pod c 3
	lab_until 5 records_are "a b c"
	gone a
	gone b
	sleep 1
	records_are "a b c"
	lab_until 8 records_are c
	[ "$(collected)" = 2 ]
	log_has node1 'record removed.*container=a.*interface=lxca'
	lab_ctl node1 show pods | grep -q '10.233.0.3'
	lacks grep -q '10.233.0.1$' <(lab_ctl node1 show pods)
	sleep 3
	records_are c
}

@test "a restarted agent judges by another pod that is alive, and alone not at all" {
	setup_node
	pod a 1
	pod b 2
	gone a
	gone b
	start 1
	sleep 4
	records_are "a b"
	pod c 3
	lab_until 8 records_are c
	lab_kill node1-agent KILL
	gone c
	start 1
	sleep 4
	records_are c
}

@test "what is alive, in part alive, or cannot be judged is left" {
	setup_node
	start 1
	pod witness 1
	# the interface is there
	pod a 2
	ip link add lxcx netns "${LAB_NS}node1" type dummy 2>/dev/null || lab_ip node1 link add lxcx type bridge
	record x 3 "$NETNS/${LAB_NS}p-x"
	# the namespace is there
	ip netns add "${LAB_NS}p-y"
	record y 4 "$NETNS/${LAB_NS}p-y"
	# a number of maybe another PID namespace; a directory where nobody was seen; one that is not there
	record proc 5 /proc/99999999/ns/net
	mkdir "$LAB/netns"
	record far 6 "$LAB/netns/x"
	record away 7 /nowhere/netns/x
	# a mount that is not seen from here leaves an empty file
	: >"$NETNS/${LAB_NS}p-z"
	record z 8 "$NETNS/${LAB_NS}p-z"
	# a record of a plugin that names no interface
	lab_record node1 bare 10.233.0.9
	sleep 5
	rm "$NETNS/${LAB_NS}p-z"
	records_are "a away bare far proc witness x y z"
	# nothing that the log would have to speak of
	lacks log_has node1 'record removed'
}

@test "off, and on again without a restart" {
	setup_node
	start off
	pod a 1
	pod b 2
	gone a
	sleep 3
	records_are "a b"
	printf 'router bgp 65000\nleafpeer\n   record-grace 1\n' >"$LAB/node1.conf"
	lab_until 10 records_are b
}

@test "a pod that comes back under its name in the grace time stays" {
	setup_node
	start 3
	pod a 1
	pod b 2
	sleep 1
	gone a
	sleep 2
	pod a 1
	sleep 4
	records_are "a b"
}
