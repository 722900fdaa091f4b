#!/usr/bin/env bats
# The plugin, driven as a runtime drives it: by environment and standard input. Everything is below a
# directory of the test's own; interfaces are in namespaces that the test made.
# shellcheck disable=SC2030,SC2031 # that a test is a process of its own is what is wanted

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PLUGIN=${LEAFPEER_BUILD:-$ROOT/build}/leafpeer
	PLUGINS=${LAB_CNI_PLUGINS:-/usr/lib/cni}
	T=$(mktemp -d /tmp/lpp.XXXXXX) # short: socket paths have 107 octets
	N=lpp${T##*.}
	STATE=$T/run
	PODS=$STATE/pods
	AGENT=
	unset CNI_COMMAND CNI_ARGS CNI_PATH
	export CNI_CONTAINERID=c0ffee CNI_NETNS=/nowhere CNI_IFNAME=eth0
	PREV='{"cniVersion":"0.3.1","interfaces":[{"name":"lxc1","mac":"0a:00:00:00:00:01"},'
	PREV+='{"name":"eth0","mac":"0a:00:00:00:00:02","sandbox":"/nowhere"}],'
	PREV+='"ips":[{"version":"6","address":"fd00:10:233::c5/128","interface":1},'
	PREV+='{"version":"4","address":"10.233.0.42/32","gateway":"10.233.0.1","interface":1}],'
	PREV+='"routes":[{"dst":"10.233.0.1/32"},{"dst":"0.0.0.0/0","gw":"10.233.0.1"}],"dns":{}}'
}

teardown() {
	local ns
	agent_kill
	for ns in $(ip netns list | awk -v p="$N" 'index($1, p) == 1 {print $1}'); do
		ip netns del "$ns"
	done
	rm -rf "$T"
}

conf() { # VERSION [MORE-MEMBERS [PREVRESULT]]: the configuration as the runtime hands it over
	printf '{"cniVersion":"%s","name":"cilium","type":"leafpeer","stateDir":"%s"%s%s}' "$1" "$STATE" \
		"${2:+,$2}" "${3:+,\"prevResult\":$3}"
}

cni() { # VERB: configuration on standard input
	CNI_COMMAND=$1 "$PLUGIN"
}

code() { # NUMBER: $output is an error of that code, and nothing else
	[ "$status" -eq 1 ] && jq -e -s --argjson code "$1" 'length == 1 and (.[0] | .code == $code and
		.cniVersion != null and (.msg | length) > 5)' <<<"$output" >/dev/null && return 0
	echo "not code $1: status $status, $output"
	return 1
}

fails() { # CODE VERB CONFIGURATION
	run cni "$2" <<<"$3"
	code "$1"
}

add() { # [CONTAINER-ID [INTERFACE]]
	CNI_CONTAINERID=${1:-c0ffee} CNI_IFNAME=${2:-eth0} cni ADD < <(conf 1.0.0 '' "$PREV")
}

records() { # names of everything in the directory
	find "$PODS" -type f 2>/dev/null | sed 's|.*/||' | LC_ALL=C sort
}

agent() { # ANSWER [SECONDS]: listens as the agent does, gives the answer to whoever asks
	mkdir -p "$STATE"
	python3 - "$STATE/leafpeerd.sock" "$1" "${2:-0}" >"$T/asked" 2>"$T/agent.log" 3>&- <<-'PY' &
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(32)
		while True:
		    c, _ = s.accept()
		    line = c.makefile("rb").readline()
		    if line:
		        print(line.decode(), end="", flush=True)
		        time.sleep(float(sys.argv[3]))
		        try:
		            c.sendall(sys.argv[2].encode() + b"\n")
		        except OSError:
		            pass
		    c.close()
	PY
	AGENT=$!
	for _ in {1..100}; do
		[ -S "$STATE/leafpeerd.sock" ] && return 0
		sleep 0.05
	done
	return 1
}

agent_kill() {
	[ -n "$AGENT" ] || return 0
	kill -KILL "$AGENT" 2>/dev/null || true
	wait "$AGENT" 2>/dev/null || true
	AGENT=
}

@test "verbs and versions: what the specification has in each" {
	local table versions=() want=() verb v i
	# the exit code, or the error's; ? is no version at all, which means 0.1.0
	table='verb    0.3.0 0.3.1 0.4.0 1.0.0 1.1.0 ? 0.1.0 0.2.0 1.1.1 2.0.0 x 1.1.0.0.0.0.0.0.0.0.0.0.0
	       ADD     0     0     0     0     0     1 1     1     1     1     1 1
	       DEL     0     0     0     0     0     1 1     1     1     1     1 1
	       CHECK   1     1     0     0     0     1 1     1     1     1     1 1
	       GC      1     1     1     1     0     1 1     1     1     1     1 1
	       STATUS  1     1     1     1     0     1 1     1     1     1     1 1
	       VERSION 0     0     0     0     0     0 0     0     0     0     0 0'
	agent ok
	for ((i = 1; i <= 12; i++)); do
		while read -r verb rest; do
			read -ra want <<<"$rest"
			[ "$verb" != verb ] || { versions=("${want[@]}") && continue; }
			v=${versions[i - 1]}
			# CHECK and DEL find what ADD left
			[ "$verb" != CHECK ] && [ "$verb" != DEL ] || add >/dev/null
			run cni "$verb" < <(conf "$v" '"cni.dev/valid-attachments":[]' "$PREV" |
				if [ "$v" = '?' ]; then jq -c 'del(.cniVersion)'; else cat; fi)
			echo "$verb $v: $status $output"
			if [ "${want[i - 1]}" != 0 ]; then
				code "${want[i - 1]}"
				# an error speaks the version of the question, where it is one
				jq -e --arg v "$v" 'if ["0.3.0", "0.3.1", "0.4.0", "1.0.0"] | index($v)
					then .cniVersion == $v else .cniVersion == "1.1.0" end' <<<"$output"
				continue
			fi
			[ "$status" -eq 0 ]
			case $verb in
			ADD) [ "$output" = "$PREV" ] ;;
			VERSION) jq -e '.supportedVersions == ["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]' <<<"$output" ;;
			*) [ -z "$output" ] ;;
			esac
		done <<<"$table"
	done
	for v in 0.3.0 1.1.0 7.0; do
		[ "$(cni VERSION <<<"{\"cniVersion\":\"$v\"}" | jq -r .cniVersion)" = $v ]
	done
	fails 6 ADD "{\"cniVersion\":1.0,\"name\":\"cilium\",\"prevResult\":$PREV}"
}

@test "VERSION answers whatever it is given" {
	local in
	for in in '' '{}' 'no JSON' '{"cniVersion":"\"},"}' '{"cniVersion":7}' '[1]'; do
		run cni VERSION <<<"$in"
		[ "$status" -eq 0 ]
		jq -e '.cniVersion == "1.1.0" and (.supportedVersions | length) == 5' <<<"$output"
	done
}

@test "by hand, without a command: an answer at once, although nobody ends the input" {
	mkfifo "$T/in"
	exec 9<>"$T/in"
	run timeout 5 "$PLUGIN" <"$T/in"
	exec 9>&-
	[ "$status" -eq 1 ]
	[[ $output == *"leafpeer(8)"* ]]
	jq -e '.code == 4' <<<"{${output#*\{}"
	fails 4 add '{}'
}

@test "ADD writes the record and prints prevResult, octet by octet" {
	local odd v
	odd='{ "x-first":1.0e+2,"big":12345678901234567890123,"esc":"\u0041\/\\\" }]","e":{},"l":[ ],
		"ips":[{"address":"10.233.0.42/24","unknown":[1,{"a":null}]}] ,"n":-0.0,"t":true,"e2":""}'
	export CNI_ARGS='K8S_POD_UID=11-22;IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0'
	for v in 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
		cni ADD < <(conf $v '' "$odd") >"$T/out"
		cmp "$T/out" <(printf '%s\n' "$odd")
		# in front of the others, with white space around it
		printf '{"prevResult" :\n %s\t ,"cniVersion":"%s","name":"cilium","stateDir":"%s"}' \
			"$odd" $v "$STATE" | cni ADD >"$T/out"
		cmp "$T/out" <(printf '%s\n' "$odd")
	done
	CNI_NETNS=/run/netns/x cni ADD < <(conf 0.3.1 '' "$PREV")
	[ "$(records)" = cilium@c0ffee@eth0.json ]
	jq -e '.version == 1 and .network == "cilium" and .containerId == "c0ffee" and .ifname == "eth0" and
		.addresses == ["fd00:10:233::c5", "10.233.0.42"] and .podNamespace == "shop" and
		.podName == "web-0" and .podUid == "11-22" and .netns == "/run/netns/x" and
		.hostInterface == "lxc1" and .mtu == null and (now - .created | fabs) < 10' "$PODS"/*.json
	# another pair's end and a bridge are not the host's end, which may also stand behind
	cni ADD < <(conf 1.0.0 '' '{"interfaces":[{"name":"br"},{"name":"v1"},{"name":"net1","sandbox":"/s"},
		{"name":"eth0","sandbox":"/s"},{"name":"v2"}]}')
	jq -e '.hostInterface == "v2" and .addresses == []' "$PODS"/*.json
}

@test "directories and records are root's alone" {
	umask 000
	add
	[ "$(stat -c %a "$STATE" "$PODS" "$PODS"/*.json | paste -sd ' ')" = "700 700 600" ]
}

@test "errors: which code for what" {
	local good a m in
	good=$(conf 1.0.0 '' "$PREV")
	fails 7 ADD "$(conf 1.0.0)"
	fails 7 ADD "$(conf 1.0.0 '' null)"
	fails 6 ADD "$(conf 1.0.0 '' '[]')"
	fails 6 ADD "$(conf 1.0.0 '' '{"ips":{}}')"
	fails 6 ADD "$(conf 1.0.0 '' '{"ips":[{"address":7}]}')"
	fails 6 ADD "$(conf 1.0.0 '' '{"ips":["10.0.0.1/32"]}')"
	for a in '' x 10.0.0.256/32 10.0.0.1/33 10.0.0.1/x 10.0.0.1/ fd00::1/129 'fd00::1%eth0/64'; do
		fails 6 ADD "$(conf 1.0.0 '' "{\"ips\":[{\"address\":\"$a\"}]}")"
	done
	a=$(for _ in {1..33}; do printf ',{"address":"10.0.0.1/32"}'; done)
	fails 6 ADD "$(conf 1.0.0 '' "{\"ips\":[${a#,}]}")"
	for m in '"mtu":"9000"' '"mtu":67' '"mtu":65536' '"mtu":1500.5' '"mtu":-1' '"waitForRoute":5' \
		'"waitForRoute":"5"' '"waitForRoute":"2h"' '"waitForRoute":"s"' '"stateDir":"run"' \
		'"stateDir":7' "\"stateDir\":\"/$(printf 'x%.0s' {1..4100})\""; do
		# of two members of a name the first counts
		fails 7 ADD "{$m,${good#\{}"
	done
	fails 2 ADD "$(conf 1.0.0 '"ipam":{"type":"host-local"}' "$PREV")"
	for in in '' x '[]' null '"x"' "$good}" "$good x" "${good%\}}" "$(printf '[%.0s' {1..100000})"; do
		fails 6 ADD "$in"
		fails 6 DEL "$in"
	done
	fails 6 ADD "{\"a\":$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40}),${good#\{}"
	CNI_CONTAINERID='' fails 4 ADD "$good"
	CNI_IFNAME='' fails 4 DEL "$good"
	CNI_NETNS='' fails 4 ADD "$good"
	CNI_NETNS='' fails 4 CHECK "$good"
	[ -z "$(records)" ]
}

@test "of 16 MiB of input no more than 1 MiB is read" {
	mkfifo "$T/in"
	(
		trap '' PIPE
		{
			printf '{"a":"'
			head -c $((16 * 1024 * 1024)) /dev/zero | tr '\0' x
			printf '"}'
		} 2>"$T/err" | dd bs=64k of="$T/in" status=none 2>>"$T/err" || true
	) &
	run cni ADD <"$T/in"
	code 6
	wait $!
	# its writer was not heard to the end
	grep -qi 'broken pipe' "$T/err"
}

@test "names that could leave the directory are refused, the odd ones stay in it" {
	local n id good long
	good=$(conf 1.0.0 '' "$PREV")
	long=$(printf 'x%.0s' {1..255})
	for n in ../x .. . /etc/x a/b $'a\nb' 'a b' a@b -x .x _x 'ä' "$long"; do
		CNI_CONTAINERID=$n fails 4 ADD "$good"
		CNI_CONTAINERID=$n fails 4 DEL "$good"
		fails 7 ADD "$(jq -n --arg n "$n" --arg s "$STATE" --argjson p "$PREV" \
			'{cniVersion: "1.0.0", name: $n, stateDir: $s, prevResult: $p}')"
	done
	for n in ../x .. . a/b $'a\nb' 'a b' a:b sixteen-octets-x "$long"; do
		CNI_IFNAME=$n fails 4 ADD "$good"
		CNI_IFNAME=$n fails 4 DEL "$good"
	done
	CNI_NETNS=/$long fails 4 ADD "$good"
	[ ! -e "$T/x" ]
	[ ! -e "$STATE" ]
	# at their longest, and where they differ in the last octet only
	long=${long:0:127}
	for n in "${long}1" "${long}2"; do
		for id in "${long}1" "${long}2" c0ffee; do
			CNI_CONTAINERID=$id CNI_IFNAME='%ä%@.json' cni ADD < <(jq -c --arg n "$n" '.name = $n' <<<"$good")
		done
	done
	[ "$(records | wc -l)" -eq 6 ]
	CNI_CONTAINERID=${long}2 CNI_IFNAME='%ä%@.json' cni DEL < <(jq -c --arg n "${long}1" '.name = $n' <<<"$good")
	[ "$(records | wc -l)" -eq 5 ]
}

@test "DEL succeeds without prevResult, namespace, record, directory; and twice" {
	CNI_NETNS='' cni DEL < <(conf 0.3.1)
	[ ! -e "$STATE" ]
	mkdir "$STATE"
	CNI_NETNS='' cni DEL < <(conf 0.3.1)
	add
	add c0ffee eth1
	add decaf
	CNI_NETNS='' cni DEL < <(conf 1.1.0)
	[ "$(records | paste -sd ' ')" = "cilium@c0ffee@eth1.json cilium@decaf@eth0.json" ]
	cni DEL < <(conf 1.1.0 '' '"garbage"')
	# a knob with a mistake in it keeps no pod from going
	CNI_CONTAINERID=decaf cni DEL < <(conf 1.1.0 '"mtu":"x","waitForRoute":7,"ipam":{}')
	[ "$(records)" = cilium@c0ffee@eth1.json ]
}

@test "CHECK compares the record; code 11 while the agent is down" {
	fails 101 CHECK "$(conf 1.0.0 '' "$PREV")"
	add
	fails 11 CHECK "$(conf 1.0.0 '' "$PREV")"
	agent ok
	cni CHECK < <(conf 1.0.0 '' "$PREV")
	# in another order they are the same
	cni CHECK < <(conf 1.0.0 '' "$(jq -c '.ips |= reverse' <<<"$PREV")")
	fails 101 CHECK "$(conf 1.0.0 '' '{"ips":[{"address":"10.233.0.43/32"}]}')"
	fails 101 CHECK "$(conf 1.0.0 '' '{"ips":[{"address":"10.233.0.42/32"}]}')"
	fails 101 CHECK "$(conf 1.0.0 '' '{"ips":[]}')"
	fails 7 CHECK "$(conf 1.0.0)"
	CNI_IFNAME=eth1 fails 101 CHECK "$(conf 1.0.0 '' "$PREV")"
	: >"$PODS/cilium@c0ffee@eth0.json"
	fails 101 CHECK "$(conf 1.0.0 '' "$PREV")"
}

@test "STATUS speaks for the agent: 50 when it is not there, 51 when it has no way for the pods" {
	fails 50 STATUS "$(conf 1.1.0)"
	agent ok
	env -u CNI_CONTAINERID -u CNI_IFNAME -u CNI_NETNS CNI_COMMAND=STATUS "$PLUGIN" < <(conf 1.1.0)
	[ "$(cat "$T/asked")" = cni-status ]
	agent_kill
	# its socket is still there
	[ -S "$STATE/leafpeerd.sock" ]
	fails 50 STATUS "$(conf 1.1.0)"
	rm "$STATE/leafpeerd.sock"
	agent 'error 51 no BGP session is Established'
	fails 51 STATUS "$(conf 1.1.0)"
	jq -e '.details == "no BGP session is Established"' <<<"$output"
	# which is nothing that is wrong with a pod
	add
	cni CHECK < <(conf 1.0.0 '' "$PREV")
	agent_kill
	rm "$STATE/leafpeerd.sock"
	# an agent of before the question is there, too
	agent 'error % Invalid input'
	cni STATUS < <(conf 1.1.0)
}

@test "an agent that hangs is not there: STATUS 50 and CHECK 11, in time" {
	local start=$SECONDS
	add
	agent ok 60
	fails 50 STATUS "$(conf 1.1.0)"
	jq -e '.details | contains("does not answer")' <<<"$output"
	kill -STOP "$AGENT"
	fails 50 STATUS "$(conf 1.1.0)"
	fails 11 CHECK "$(conf 1.0.0 '' "$PREV")"
	[ $((SECONDS - start)) -lt 15 ]
}

gc() { # MORE-MEMBERS
	env -u CNI_CONTAINERID -u CNI_IFNAME -u CNI_NETNS CNI_COMMAND=GC "$PLUGIN" < <(conf 1.1.0 "$1")
}

@test "GC keeps what is valid, and touches its own network only" {
	local c n keep
	for c in a b c; do
		add $c
		add $c net1
	done
	for n in cil cilium2; do
		cni ADD < <(conf 1.0.0 '' "$PREV" | sed "s/\"cilium\"/\"$n\"/")
	done
	: >"$PODS/cilium@broken@eth0.json"
	: >"$PODS/.cilium@young@eth0.json"
	: >"$PODS/.cilium@old@eth0.json"
	: >"$PODS/.cil@old@eth0.json"
	touch -d '1 hour ago' "$PODS"/.*@old@eth0.json
	# no list, or one that cannot be understood, says nothing
	for keep in '' '"cni.dev/valid-attachments":{}' '"cni.dev/valid-attachments":[{"containerID":"a"}]' \
		'"cni.dev/valid-attachments":["a"]'; do
		run gc "$keep"
		code 7
	done
	[ "$(records | wc -l)" -eq 12 ]
	# the broken one is told of, and left; everything else is done
	keep='"cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"},{"containerID":"b","ifname":"net1"}]'
	run gc "$keep"
	code 5
	[ "$(records | paste -sd ' ')" = ".cil@old@eth0.json .cilium@young@eth0.json cil@c0ffee@eth0.json\
 cilium2@c0ffee@eth0.json cilium@a@eth0.json cilium@b@net1.json cilium@broken@eth0.json" ]
	rm "$PODS/cilium@broken@eth0.json"
	gc '"cni.dev/attachments":[{"containerID":"a","ifname":"eth0"}]'
	[ "$(records | grep ^cilium@)" = cilium@a@eth0.json ]
	# an empty list, also as Go writes it, says that nothing is alive
	gc '"cni.dev/valid-attachments":[]'
	[ "$(records | grep -c ^cilium@)" -eq 0 ]
	add b
	gc '"cni.dev/valid-attachments":null'
	[ "$(records | grep -c ^cilium@)" -eq 0 ]
	[ "$(records | grep -c ^cil)" -eq 2 ]
	rm -r "$STATE"
	gc '"cni.dev/valid-attachments":[]'
}

@test "waitForRoute: the agent is asked, and its answer counts" {
	agent ok
	cni ADD < <(conf 1.0.0 '"waitForRoute":"1m2s30ms"' "$PREV")
	grep -xE 'wait-route fd00:10:233::c5,10\.233\.0\.42 620(30|[012][0-9])' "$T/asked"
	: >"$T/asked"
	# nothing to wait for
	cni ADD < <(conf 1.0.0 '"waitForRoute":"5s"' '{"ips":[]}')
	cni ADD < <(conf 1.0.0 '"waitForRoute":"0s"' "$PREV")
	[ ! -s "$T/asked" ]
	agent_kill
	rm "$STATE/leafpeerd.sock"
	agent 'error timed out'
	fails 11 ADD "$(conf 1.0.0 '"waitForRoute":"200ms"' "$PREV")"
	[[ $output == *"timed out"* ]]
	# the pod's record stays; the runtime's DEL takes it
	[ "$(records)" = cilium@c0ffee@eth0.json ]
}

@test "waitForRoute ends in time with an agent that is not there, silent or stopped" {
	local start=$SECONDS waiting
	fails 11 ADD "$(conf 1.0.0 '"waitForRoute":"300ms"' "$PREV")"
	[[ $output == *"not running"* ]]
	agent ok 60
	fails 11 ADD "$(conf 1.0.0 '"waitForRoute":"300ms"' "$PREV")"
	[[ $output == *"no answer"* ]]
	# once its queue is full nobody even gets through to it
	kill -STOP "$AGENT"
	python3 - "$STATE/leafpeerd.sock" 3>&- <<-'PY' &
		import socket, sys, time
		waiting = [socket.socket(socket.AF_UNIX) for _ in range(64)]
		for s in waiting:
		    s.setblocking(False)
		    try:
		        s.connect(sys.argv[1])
		    except BlockingIOError:
		        print("full", file=open(sys.argv[1] + ".full", "w"))
		time.sleep(20)
	PY
	waiting=$!
	while [ ! -e "$STATE/leafpeerd.sock.full" ]; do sleep 0.1; done
	fails 50 STATUS "$(conf 1.1.0)"
	fails 11 ADD "$(conf 1.0.0 '"waitForRoute":"300ms"' "$PREV")"
	kill "$waiting"
	[ $((SECONDS - start)) -lt 15 ]
}

@test "waitForRoute outlives a restart of the agent" {
	agent 'error going down'
	cni ADD < <(conf 1.0.0 '"waitForRoute":"20s"' "$PREV") >"$T/out" &
	local adding=$!
	sleep 0.3
	agent_kill
	rm "$STATE/leafpeerd.sock"
	sleep 0.3
	kill -0 $adding
	agent ok
	wait $adding
	[ "$(cat "$T/out")" = "$PREV" ]
}

pair() { # NAMESPACE: vh in $N and eth0 in $N-NAMESPACE
	ip netns add "$N"
	ip netns add "$N-$1"
	ip -n "$N" link add vh type veth peer name eth0 netns "$N-$1"
}

mtu_of() { # NAMESPACE INTERFACE
	ip -n "$1" -j link show "$2" | jq '.[0].mtu'
}

in_host() { # VERB [PROGRAM]
	nsenter --net="/run/netns/$N" env CNI_COMMAND="$1" "${2:-$PLUGIN}"
}

@test "mtu: both ends are set, told and checked" {
	local prev out
	pair pod
	agent ok
	prev='{"cniVersion":"1.1.0","interfaces":[{"name":"br0","mtu":1400},{"name":"vh"},{"mtu":1500,"name":"eth0",'
	prev+='"sandbox":"/x","socketPath":""},{"name":"eth0"},{"name":"vh","sandbox":"/x"}],"ips":[],"big":12345678901234567890}'
	export CNI_NETNS=/run/netns/$N-pod
	out=$(in_host ADD < <(conf 1.1.0 '"mtu":9000' "$prev"))
	[ "$(mtu_of "$N" vh) $(mtu_of "$N-pod" eth0)" = "9000 9000" ]
	prev=${prev/'"vh"}'/'"vh","mtu":9000}'}
	[ "$out" = "${prev/1500/9000}" ]
	jq -e '.mtu == 9000' "$PODS"/*.json
	in_host CHECK < <(conf 1.1.0 '"mtu":9000' "$out")
	# 1.0.0 has no place for it
	[ "$(in_host ADD < <(conf 1.0.0 '"mtu":8000' "$PREV"))" = "$PREV" ]
	[ "$(mtu_of "$N" vh) $(mtu_of "$N-pod" eth0)" = "8000 8000" ]
	ip -n "$N" link set vh mtu 1500
	run in_host CHECK < <(conf 1.0.0 '"mtu":8000' "$PREV")
	code 100
	ip -n "$N" link set vh mtu 8000
	in_host CHECK < <(conf 1.0.0 '"mtu":8000' "$PREV")
	ip -n "$N-pod" link set eth0 mtu 1500
	run in_host CHECK < <(conf 1.0.0 '"mtu":8000' "$PREV")
	code 100
	# left alone where none is given
	in_host ADD < <(conf 1.0.0 '"mtu":0' "$PREV")
	[ "$(mtu_of "$N" vh) $(mtu_of "$N-pod" eth0)" = "8000 1500" ]
	rm "$PODS"/*.json
	CNI_IFNAME=eth7 run in_host ADD < <(conf 1.0.0 '"mtu":8000' "$PREV")
	code 100
	CNI_NETNS=/run/netns/$N-none run in_host ADD < <(conf 1.0.0 '"mtu":8000' "$PREV")
	code 100
	CNI_NETNS=/etc/passwd run in_host ADD < <(conf 1.0.0 '"mtu":8000' "$PREV")
	code 100
	[ -z "$(records)" ]
}

@test "mtu: a netkit pair is a pair as well" {
	ip netns add "$N"
	ip netns add "$N-pod"
	ip -n "$N" link add nkh type netkit 2>"$T/err" || {
		echo "# SKIPPED: this kernel has no netkit: $(head -n 1 "$T/err")" >&3
		skip "no netkit"
	}
	# the kernel names its other half
	ip -n "$N" link set "$(ip -n "$N" -j link show | jq -r '.[] | select(.ifname | IN("lo", "nkh") | not) | .ifname')" \
		netns "$N-pod" name eth0
	export CNI_NETNS=/run/netns/$N-pod
	in_host ADD < <(conf 1.0.0 '"mtu":8000' "$PREV")
	[ "$(mtu_of "$N" nkh) $(mtu_of "$N-pod" eth0)" = "8000 8000" ]
}

@test "mtu: what the agent's interface-mtu says, where the chain has none" {
	pair pod
	export CNI_NETNS=/run/netns/$N-pod
	mkdir -p "${PODS%/pods}"
	echo 8900 >"${PODS%/pods}/interface-mtu"
	in_host ADD < <(conf 1.0.0 "" "$PREV")
	[ "$(mtu_of "$N" vh) $(mtu_of "$N-pod" eth0)" = "8900 8900" ]
	jq -e '.mtu == 8900' "$PODS"/*.json
	in_host ADD < <(conf 1.0.0 '"mtu":1400' "$PREV")
	[ "$(mtu_of "$N" vh)" = 1400 ]
	in_host ADD < <(conf 1.0.0 '"mtu":0' "$PREV")
	[ "$(mtu_of "$N" vh)" = 1400 ]
	# what makes no sense is nothing, and keeps no pod from starting
	for text in 67 65536 9000x -1 "" 99999999999999; do
		echo "$text" >"${PODS%/pods}/interface-mtu"
		in_host ADD < <(conf 1.0.0 "" "$PREV")
		[ "$(mtu_of "$N" vh)" = 1400 ]
	done
	rm "${PODS%/pods}/interface-mtu"
	mkfifo "${PODS%/pods}/interface-mtu"
	in_host ADD < <(conf 1.0.0 "" "$PREV")
	[ "$(mtu_of "$N" vh)" = 1400 ]
}

@test "mtu: the uplink behind a macvlan, and strangers with the index of the other end, are left alone" {
	local index
	pair pod
	ip netns add "$N-third"
	ip -n "$N" link set vh netns "$N-third"
	index=$(ip -n "$N-third" -j link show vh | jq '.[0].ifindex')
	ip -n "$N" link add stranger index "$index" type veth peer name up0
	export CNI_NETNS=/run/netns/$N-pod
	in_host ADD < <(conf 1.0.0 '"mtu":1400' "$PREV")
	[ "$(mtu_of "$N-pod" eth0)" = 1400 ]
	[ "$(mtu_of "$N" stranger) $(mtu_of "$N" up0) $(mtu_of "$N-third" vh)" = "1500 1500 1500" ]
	ip -n "$N" link add link up0 name mv0 type macvlan mode bridge
	ip -n "$N" link set mv0 netns "$N-pod"
	CNI_IFNAME=mv0 in_host ADD < <(conf 1.0.0 '"mtu":1300' "$PREV")
	[ "$(mtu_of "$N-pod" mv0) $(mtu_of "$N" up0)" = "1300 1500" ]
}

@test "200 ADDs at a time, then 200 DELs: the records are exactly the pods" {
	local i pids=()
	for ((i = 0; i < 200; i++)); do
		add "pod$i" >"$T/out$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	[ "$(records)" = "$(printf 'cilium@pod%d@eth0.json\n' {0..199} | LC_ALL=C sort)" ]
	cat "$PODS"/*.json | jq -e -s '[.[] | select(.version == 1 and .addresses[1] == "10.233.0.42")] | length == 200'
	cat "$T"/out* | jq -e -s --argjson p "$PREV" 'length == 200 and all(.[]; . == $p)'
	pids=()
	for ((i = 0; i < 200; i++)); do
		CNI_CONTAINERID=pod$i cni DEL < <(conf 1.0.0) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	[ -z "$(records)" ]
}

# Kills 1,000 runs of the program as it is shipped (the sanitizers' takes too long), each a random
# time after its start, then one at each of its system calls.
@test "killed at any instruction, a thousand times: a whole record or none, and nothing of others lost" {
	local i span start verb sum whole=0 none=0 early=0 calls=0 kill_at=$ROOT/build/helper/kill_at
	PLUGIN=$ROOT/build/leafpeer
	conf 1.0.0 '' "$PREV" >"$T/conf"
	for i in {1..20}; do
		CNI_CONTAINERID=other$i cni ADD <"$T/conf" >/dev/null
	done
	sum=$(cat "$PODS"/* | md5sum)
	start=${EPOCHREALTIME/[.,]/}
	for i in {1..20}; do
		CNI_COMMAND=ADD env "$PLUGIN" <"$T/conf" >/dev/null
	done
	span=$(((${EPOCHREALTIME/[.,]/} - start) / 20)) # what one takes here, at the most
	killed() { # HOW N
		local s=0
		CNI_COMMAND=$verb "$kill_at" "$1" "$2" "$PLUGIN" <"$T/conf" >"$T/printed" || s=$?
		[ $s -lt 2 ]
		[ "$verb" = ADD ] || [ ! -s "$T/printed" ]
		if [ -e "$PODS/cilium@c0ffee@eth0.json" ]; then
			cat "$PODS/cilium@c0ffee@eth0.json" >>"$T/seen"
			whole=$((whole + 1))
		else
			none=$((none + 1))
			# what the runtime was told is so
			[ ! -s "$T/printed" ]
		fi
		[ $s -eq 1 ] || early=$((early + 1))
		return $s
	}
	for ((i = 0; early < 1000 && i < 10000; i++)); do
		# an ADD where there is nothing, one over what the last left, a DEL of it
		case $((i % 3)) in
		0) verb=ADD && CNI_COMMAND=DEL "$PLUGIN" <"$T/conf" ;;
		1) verb=ADD ;;
		2) verb=DEL ;;
		esac
		# as long as most of them live
		if killed usec $((RANDOM % span + 1)); then
			span=$((span + span / 32 + 1))
		else
			span=$((span - span / 8))
		fi
	done
	echo "# random: $early of $i killed before their end; $whole whole, $none none" >&3
	[ $early -eq 1000 ]
	[ $whole -gt 50 ]
	[ $none -gt 50 ]
	for verb in ADD DEL; do
		for ((i = 1; i < 300; i++)); do
			CNI_COMMAND=$([ $verb = ADD ] && echo DEL || echo ADD) "$PLUGIN" <"$T/conf" >/dev/null
			killed call $i || break
			calls=$((calls + 1))
		done
		[ $i -gt 10 ]
		[ $i -lt 300 ]
	done
	echo "# at each of $calls system calls" >&3
	jq -e -s 'length > 100 and all(.[]; .version == 1 and .containerId == "c0ffee" and
		.addresses == ["fd00:10:233::c5", "10.233.0.42"] and .created > 0)' "$T/seen" >/dev/null
	cni DEL <"$T/conf"
	[ "$(records | grep -c .)" -eq 20 ]
	[ "$(cat "$PODS"/* | md5sum)" = "$sum" ]
}

@test "a directory that is full, read-only, missing or a file: code 5, and nothing half done" {
	mkdir "$STATE"
	conf 1.0.0 '' "$PREV" >"$T/conf"
	cat >"$T/script" <<-'SH'
		set -e
		plugin=$1 state=$2 conf=$3
		fails() {
			local s=0
			CNI_CONTAINERID=$2 CNI_COMMAND=$1 "$plugin" <"$conf" >"$conf.out" || s=$?
			cat "$conf.out"
			[ $s = 1 ]
			jq -e '.code == 5' "$conf.out" >/dev/null
		}
		mount -t tmpfs -o size=16k tmpfs "$state"
		mkdir "$state/pods"
		CNI_COMMAND=ADD "$plugin" <"$conf" >/dev/null
		dd if=/dev/zero of="$state/fill" bs=4k status=none 2>/dev/null || true
		fails ADD full
		[ "$(ls -A "$state/pods")" = cilium@c0ffee@eth0.json ]
		mount -o remount,ro "$state"
		fails ADD readonly
		fails DEL c0ffee
		CNI_CONTAINERID=readonly CNI_COMMAND=DEL "$plugin" <"$conf"
		[ "$(ls -A "$state/pods")" = cilium@c0ffee@eth0.json ]
		mount -o remount,rw "$state"
		CNI_COMMAND=DEL "$plugin" <"$conf"
		[ -z "$(ls -A "$state/pods")" ]
		echo whole
	SH
	# in a mount namespace of its own, so that nothing stays
	run unshare -m bash "$T/script" "$PLUGIN" "$STATE" "$T/conf"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = whole ]
	rmdir "$STATE"
	: >"$STATE"
	fails 5 ADD "$(cat "$T/conf")"
	cni DEL <"$T/conf"
	STATE=$T/a/b/c
	fails 5 ADD "$(conf 1.0.0 '' "$PREV")"
	cni DEL < <(conf 1.0.0 '' "$PREV")
	# a directory stands in the record's place
	STATE=$T/d
	mkdir -p "$T/d/pods/cilium@c0ffee@eth0.json"
	fails 5 ADD "$(conf 1.0.0 '' "$PREV")"
	fails 5 DEL "$(conf 1.0.0)"
	[ -z "$(find "$T/d/pods" -type f)" ]
}

@test "in a chain behind ptp and host-local, in list order and back" {
	local ptp ours out addr
	ip netns add "$N"
	ip netns add "$N-pod"
	agent ok
	export CNI_NETNS=/run/netns/$N-pod CNI_PATH=$PLUGINS
	# the example's chain, with a second family and an MTU, each plugin's part as a runtime takes it out
	ptp=$(jq -c --arg d "$T/ipam" '.plugins[0] + {cniVersion, name} | .ipam.dataDir = $d |
		.ipam.ranges += [[{subnet: "fd00:233:7::/64"}]]' "$ROOT/conf/10-leafpeer-demo.conflist")
	ours=$(jq -c --arg d "$STATE" '.plugins[1] + {cniVersion, name, mtu: 9000, stateDir: $d}' \
		"$ROOT/conf/10-leafpeer-demo.conflist")
	[ "$(jq -r .type <<<"$ptp") $(jq -r .type <<<"$ours")" = "ptp leafpeer" ]
	out=$(in_host ADD "$PLUGINS/ptp" <<<"$ptp")
	echo "$out"
	[ "$(in_host ADD < <(jq -c --argjson p "$out" '.prevResult = $p' <<<"$ours"))" = "$(jq -c . <<<"$out")" ]
	addr=$(jq -c '[.ips[].address | sub("/.*"; "")] | sort' <<<"$out")
	jq -e --argjson a "$addr" '($a | length) == 2 and (.addresses | sort) == $a' "$PODS"/*.json
	[ "$(mtu_of "$N-pod" eth0) $(mtu_of "$N" "$(jq -r .hostInterface "$PODS"/*.json)")" = "9000 9000" ]
	in_host CHECK "$PLUGINS/ptp" < <(jq -c --argjson p "$out" '.prevResult = $p' <<<"$ptp")
	in_host CHECK < <(jq -c --argjson p "$out" '.prevResult = $p' <<<"$ours")
	in_host DEL < <(jq -c --argjson p "$out" '.prevResult = $p' <<<"$ours")
	in_host DEL "$PLUGINS/ptp" <<<"$ptp"
	[ -z "$(records)" ]
	CNI_NETNS='' in_host DEL <<<"$ours"
	CNI_NETNS='' in_host DEL "$PLUGINS/ptp" <<<"$ptp"
}
