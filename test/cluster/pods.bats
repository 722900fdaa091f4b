#!/usr/bin/env bats
# Pods: many of them, one prefix a node, and each reaches the others through the ToRs.

setup_file() {
	load suite.bash
	suite_peering 1
}

setup() {
	load suite.bash
	cluster_load
}

@test "30 pods on each node start, and a ToR has one prefix a node throughout, and hears nothing new" {
	before=$(for node in "${CLUSTER_NODES[@]}"; do updates_from 1 "$node"; done | xargs)
	watch_begin
	began=$SECONDS
	suite_boxes 30
	note "90 pods ran after $((SECONDS - began)) s"
	watch_end
	[ "$(for node in "${CLUSTER_NODES[@]}"; do updates_from 1 "$node"; done | xargs)" = "$before" ]
}

@test "each pod has a record on its node, with its name" {
	for node in "${CLUSTER_NODES[@]}"; do
		k get pod -l "app=box-$node" -o 'jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{"\n"}{end}' |
			sort >"$BATS_TEST_TMPDIR/want"
		cluster_in "$node" sh -c 'cat /run/leafpeer/pods/*.json' |
			jq -r 'select(.podNamespace == "default") | .podName + " " + (.addresses[0] | sub("/.*"; ""))' |
			sort >"$BATS_TEST_TMPDIR/have"
		diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/have")" -ge 30 ]
	done
}

count_begin() { # ICMP echo requests between pods, as the ToRs' bridges forward them
	local n
	for n in 1 2; do
		lab_in "tor$n" nft -f - <<-NFT
			table bridge leafpeer_test
			delete table bridge leafpeer_test
			table bridge leafpeer_test {
				counter pods { }
				chain forward {
					type filter hook forward priority 0;
					ip saddr 10.233.0.0/16 ip daddr 10.233.0.0/16 icmp type echo-request counter name pods
				}
			}
		NFT
	done
}

counted() {
	local n sum=0
	for n in 1 2; do
		sum=$((sum + $(lab_in "tor$n" nft -j list counter bridge leafpeer_test pods |
			jq '.nftables[] | select(.counter).counter.packets')))
	done
	echo $sum
}

@test "every pod pings every other node's pods, and each ping went through a ToR" {
	count_begin
	for node in "${CLUSTER_NODES[@]}"; do
		for other in "${CLUSTER_NODES[@]}"; do
			[ "$other" = "$node" ] || box_addrs "$other"
		done >"$BATS_TEST_TMPDIR/to-$node"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/to-$node")" -ge 60 ]
	done
	for node in "${CLUSTER_NODES[@]}"; do
		# one node's pods after the other, three nodes at once
		(
			mapfile -t to <"$BATS_TEST_TMPDIR/to-$node"
			for pod in $(k get pod -l "app=box-$node" -o name); do
				# shellcheck disable=SC2016 # the pod's shell's
				k exec "$pod" -- sh -c 'for a; do
					ping -c 1 -W 2 "$a" >/dev/null || ping -c 2 -W 5 "$a" >/dev/null || echo "lost $a"
					echo done
				done' sh "${to[@]}" || echo "lost: exec $pod"
			done
		) >"$BATS_TEST_TMPDIR/out-$node" 2>&1 3>&- &
	done
	wait
	run ! grep -h -E 'lost|rror' "$BATS_TEST_TMPDIR"/out-*
	pings=$(cat "$BATS_TEST_TMPDIR"/out-* | grep -c '^done$')
	note "$pings pings between pods of different nodes, $(counted) echo requests seen on the ToRs"
	[ "$pings" -ge $((3 * 30 * 60)) ]
	[ "$(counted)" -ge "$pings" ]
}

@test "a node's routes to the others are BGP's" {
	for node in "${CLUSTER_NODES[@]}"; do
		for other in "${CLUSTER_NODES[@]}"; do
			[ "$other" != "$node" ] || continue
			run lab_route "$node" "$(node_cidr "$other")"
			[[ $output == *"proto bgp"* ]]
			# over both links
			[[ $output == *"$(node_addr "$other" 1)"* || $output == *"$TOR1"* ]]
			[[ $output == *"$(node_addr "$other" 2)"* || $output == *"$TOR2"* ]]
		done
	done
}

lab_route() { # NODE PREFIX: with its next hops
	local out id
	out=$(cluster_in "$1" ip route show "$2")
	echo "$out"
	id=$(sed -n 's/.*nhid \([0-9]*\).*/\1/p' <<<"$out" | head -n 1)
	[ -z "$id" ] || cluster_in "$1" ip nexthop get id "$id"
}

no_record() { # NODE POD
	! cluster_in "$1" grep -qs "\"podName\":\"$2\"" -r /run/leafpeer/pods
}

@test "a pod is deleted by force: its record goes, and no other" {
	pod=$(box_of node2)
	run ! no_record node2 "$pod"
	k delete pod "$pod" --force --grace-period=0 >/dev/null 2>&1
	soon no_record node2 "$pod"
	boxes_running node2
	same() {
		[ "$(cluster_in node2 sh -c 'ls /run/leafpeer/pods | grep -c json')" = \
			"$(k get pod -l app=box-node2 -o name | wc -l)" ]
	}
	soon same
}
