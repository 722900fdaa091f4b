#!/usr/bin/env bats
# The Kubernetes API goes away and comes back, forgets the past, and gives out other tokens.

setup_file() {
	load suite.bash
	suite_peering 1
}

setup() {
	load suite.bash
	cluster_load
}

suite_after() {
	lab_until 5 cluster_api_ready || cluster_api_start
}

# The proof that a node's agent listens: what is annotated takes effect.
listens() { # NODE
	annotate "$1" arista/bgp-peer-ip-2- arista/bgp-remote-as-2- || return 1
	soon is_down 2 "$1" || return 1
	peer_annotations "$1" || return 1
	soon both_established "$1"
}

is_down() { # TOR NODE
	! tor_established "$1" "$2"
}

@test "the API server is killed: sessions, prefixes and traffic stay; a restarted agent peers from its cache" {
	watch_want=$(for node in "${CLUSTER_NODES[@]}"; do node_cidr "$node"; echo; done | sort -V | xargs)
	up2=$(uptime_count 1 node2)
	up1=$(uptime_count 1 node1)
	cluster_api_stop
	run ! cluster_api_ready
	# no API, so the kubelet alone starts it again
	# shellcheck disable=SC2016 # the node's shell's
	cluster_in node1 sh -c 'kill -KILL $(pgrep -x leafpeerd)'
	back() { both_established node1 && [ "$(uptime_count 1 node1)" -gt "$up1" ]; }
	soon back
	have() { [ "$(tor 1 "show bgp ipv4 unicast json" | jq -r '.routes | keys[]' | sort -V | xargs)" = "$watch_want" ]; }
	soon have
	# longer than hold times and keepalives
	sleep 12
	have
	both_established node1
	[ "$(uptime_count 1 node2)" = "$up2" ]
	cluster_api_start
	for node in "${CLUSTER_NODES[@]}"; do
		listens "$node"
	done
}

expired() { # NODE: how often its agent was told 410
	cli "$1" 'show kubernetes | json' | jq '[.. | .expired? // empty] | add'
}

@test "etcd is compacted while the API server is away: 410, and the agent lists anew" {
	declare -A before
	for node in "${CLUSTER_NODES[@]}"; do
		before[$node]=$(expired "$node")
	done
	# revisions that the agents have never seen
	for i in 1 2 3; do
		k annotate --overwrite namespace default leafpeer-test/n=$i >/dev/null
	done
	cluster_api_stop
	cluster_etcd_compact
	cluster_api_start
	for node in "${CLUSTER_NODES[@]}"; do
		listens "$node"
		both_established "$node"
		[ "$(expired "$node")" -gt "${before[$node]}" ]
	done
	k annotate namespace default leafpeer-test/n- >/dev/null
}

token_of() { # NODE: the identity of the token that its agent last asked with
	jq -r --arg n "$1" 'select(.user.extra["authentication.kubernetes.io/node-name"][0] == $n) |
		.user.extra["authentication.kubernetes.io/credential-id"][0]' "$LAB/log/audit" | tail -n 1
}

@test "tokens are rotated, and the old ones are good for nothing: the agent reads its file again" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "the key of a kind cluster's tokens is kubeadm's"
	pod=$(agent_pod node1)
	old=$(token_of node1)
	[ -n "$old" ]
	cluster_rotate_tokens
	for node in "${CLUSTER_NODES[@]}"; do
		# a kubelet that is started asks for new tokens for its pods
		cluster_kubelet_restart "$node"
	done
	for node in "${CLUSTER_NODES[@]}"; do
		soon cluster_node_ready "$node"
		listens "$node"
	done
	new=$(token_of node1)
	[ -n "$new" ]
	[ "$new" != "$old" ]
	# by the same process
	[ "$(agent_pod node1)" = "$pod" ]
}

@test "what one agent asks of the API in peace: three watches, of its own objects only" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "a kind cluster has no audit log"
	heard=$(wc -l <"$LAB/log/audit")
	sleep 20
	quiet=$(tail -n "+$((heard + 1))" "$LAB/log/audit" | wc -l)
	note "$quiet requests of ${#CLUSTER_NODES[@]} agents in 20 s"
	# a watch ends after some minutes and is asked for again; and Cilium's CRD is looked for
	[ "$quiet" -le $((6 * ${#CLUSTER_NODES[@]})) ]
	# what a test asks with the agent's token is not the agent's doing
	run jq -r 'select(.userAgent == "leafpeerd" and (.verb == "watch" or .verb == "list")) | .requestURI' "$LAB/log/audit"
	while read -r uri; do
		[[ $uri == *fieldSelector=metadata.name* || $uri == *fieldSelector=spec.nodeName* ]]
	done <<<"$output"
}

networks() { # network|no network: 500 prefixes of each ToR's own
	local n i
	for n in 1 2; do
		{
			printf 'router bgp 65001\n no bgp network import-check\n address-family ipv4 unicast\n'
			for ((i = 0; i < 500; i++)); do
				echo "  $1 10.$((100 + i / 250)).$((i % 250)).0/24"
			done
		} >"$BATS_TEST_TMPDIR/networks"
		lab_in "tor$n" vtysh --vty_socket "$LAB/tor$n" -f "$BATS_TEST_TMPDIR/networks" >/dev/null
	done
}

routes_are() { # NODE NUMBER: of those
	[ "$(cluster_in "$1" ip route show proto bgp | grep -cE '^10\.10[01]\.')" = "$2" ]
}

@test "500 routes and the API over TLS: an agent's memory is well below what its pod requests" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "the processes of a kind cluster's nodes are seen otherwise"
	networks network
	for node in "${CLUSTER_NODES[@]}"; do
		soon routes_are "$node" 500
		pid=$(cluster_in "$node" pgrep -x leafpeerd)
		# shellcheck disable=SC2016 # the words are awk's
		read -r rss pss private <<<"$(cluster_in "$node" awk '$1 == "Rss:" {r = $2} $1 == "Pss:" {p = $2}
			$1 ~ /^Private_/ {own += $2} END {print r, p, own}' "/proc/$pid/smaps_rollup")"
		note "$node: $rss KiB resident, $pss KiB its share, $private KiB its own"
		[ "$rss" -lt $((16 * 1024)) ]
	done
	networks "no network"
	for node in "${CLUSTER_NODES[@]}"; do
		soon routes_are "$node" 0
	done
}
