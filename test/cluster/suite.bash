# shellcheck shell=bash
# What the tests in this folder share: leafpeer on the cluster, its annotations, pods, and what is measured.
#
# Every file can be run alone on a cluster that is up (`bats test/cluster/api.bats`); whatever state it
# needs, suite_begin makes, and leaves alone where it is there already.
bats_require_minimum_version 1.5.0
# shellcheck source=test/cluster/lib.sh
. "$BATS_TEST_DIRNAME/lib.sh"

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BEFORE=${LEAFPEER_BEFORE:-300} # seconds: nothing here takes that long, unless the machine is very busy
# shellcheck disable=SC2034 # the tests'
SA=system:serviceaccount:kube-system:leafpeer
CURL=(curl -sf -m 10)
DS='app.kubernetes.io/name=leafpeer'

suite_begin() {
	cluster_load || return 1
	suite_image dev || return 1
	k apply -k "$ROOT/manifests/overlays/dual-homed-ebgp" >/dev/null || return 1
	suite_rolled_out
}

# A test that fails says what there is to see, since the cluster is gone when somebody reads of it.
teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || suite_tell
	if declare -F suite_after >/dev/null; then
		suite_after
	fi
}

suite_tell() {
	local node
	{
		k get node,pod -A -o wide | grep -v ' Running ' || echo "the API does not answer"
		k get event -A --sort-by=.lastTimestamp 2>&1 | grep -v ' Normal ' | tail -n 10
		tor 1 "show bgp summary"
		tor 2 "show bgp summary"
		tor 1 "show bgp ipv4 unicast"
		for node in "${CLUSTER_NODES[@]}"; do
			echo "---- $node: its agent, its routes"
			agent_log "$node" 2>&1 | tail -n 20
			cluster_in "$node" ip route
		done
	} 2>&1 | cut -c1-200
}

soon() { # COMMAND...: until it succeeds
	lab_until "$BEFORE" "$@"
}

note() { # what was measured, in the TAP output
	echo "# $*" >&3
}

suite_image() { # TAG: leafpeer's image on every node, once a cluster
	local file=$LAB/images/leafpeer-$1.tar
	[ ! -f "$file" ] || return 0
	(cd "$ROOT" && hack/image archive "$file" "$1" >/dev/null) && cluster_image "$file"
}

suite_rolled_out() {
	k -n kube-system rollout status daemonset/leafpeer --timeout "${BEFORE}s" >/dev/null
}

# ---- what is configured -------------------------------------------------------------------------------

kustomization() { # DIR RESOURCE COMPONENT: in DIR, a kustomization of the two, named from manifests/ on
	mkdir -p "$1"
	cat >"$1/kustomization.yaml" <<-YAML
		apiVersion: kustomize.config.k8s.io/v1beta1
		kind: Kustomization
		resources: [$(realpath --relative-to="$1" "$ROOT/manifests/$2")]
		components: [$(realpath --relative-to="$1" "$ROOT/manifests/$3")]
	YAML
}

suite_config() { # TEXT: the startup-config of all nodes
	k -n kube-system create configmap leafpeer-config --from-literal=startupconfig-data="$1" \
		--dry-run=client -o yaml | k apply -f - >/dev/null
}

suite_no_config() {
	k -n kube-system delete configmap leafpeer-config >/dev/null
}

config_is() { # LINE: of all agents' configuration; a kubelet looks at its pods' volumes every minute or so
	local node
	for node in "${CLUSTER_NODES[@]}"; do
		cli "$node" show running-config | grep -qF "$1" || return 1
	done
}

annotate() { # NODE KEY=VALUE... or KEY-
	local node=$1
	shift
	k annotate --overwrite node "$node" "$@" >/dev/null
}

peer_annotations() { # NODE: as the dual-homed overlay says
	annotate "$1" "arista/bgp-peer-ip-1=$TOR1" arista/bgp-remote-as-1=65001 \
		"arista/bgp-peer-ip-2=$TOR2" arista/bgp-remote-as-2=65001
}

no_annotations() { # NODE
	annotate "$1" arista/bgp-peer-ip-1- arista/bgp-remote-as-1- arista/bgp-remote-as1- \
		arista/bgp-peer-ip-2- arista/bgp-remote-as-2- arista/bgp-remote-as2- arista/bgp-local-as-
}

both_established() { # NODE
	tor_established 1 "$1" && tor_established 2 "$1"
}

suite_peers() { # every node peers with both ToRs
	local node
	for node in "${CLUSTER_NODES[@]}"; do
		peer_annotations "$node"
	done
	for node in "${CLUSTER_NODES[@]}"; do
		soon both_established "$node" || return 1
	done
}

agent_pod() { # NODE
	k -n kube-system get pod -l "$DS" --field-selector "spec.nodeName=$1,status.phase=Running" \
		--sort-by=.metadata.creationTimestamp -o name | tail -n 1
}

cli() { # NODE COMMAND...: as a person would
	local pod
	pod=$(agent_pod "$1")
	shift
	k -n kube-system exec "$pod" -c leafpeerd -- Cli "$@"
}

agent_log() { # NODE
	k -n kube-system logs "$(agent_pod "$1")" -c leafpeerd
}

metric() { # NODE NAME: the value of the one series that begins so
	cluster_in "$1" "${CURL[@]}" http://127.0.0.1:9179/metrics | awk -v n="$2" 'index($0, n) == 1 {print $NF; exit}'
}

uptime_count() { # TOR NODE: how often the session has come up
	tor "$1" "show bgp neighbors $(node_addr "$2" "$1") json" | jq '.[].connectionsEstablished'
}

updates_from() { # TOR NODE: UPDATEs that the node has sent
	tor "$1" "show bgp neighbors $(node_addr "$2" "$1") json" | jq '.[].messageStats.updatesRecv'
}

tor_has() { # TOR NODE PREFIX
	tor_prefixes "$1" "$2" | grep -qxF "$3"
}

tor_has_not() {
	! tor_has "$@"
}

tors_have() { # NODE PREFIX
	tor_has 1 "$1" "$2" && tor_has 2 "$1" "$2"
}

tors_have6() { # NODE PREFIX
	tor_prefixes 1 "$1" ipv6 | grep -qxF "$2" && tor_prefixes 2 "$1" ipv6 | grep -qxF "$2"
}

tors_have_not() { # NODE PREFIX
	tor_has_not 1 "$1" "$2" && tor_has_not 2 "$1" "$2"
}

# ---- pods ---------------------------------------------------------------------------------------------

boxes() { # NODE NUMBER: a Deployment whose pods run on that node
	k apply -f - >/dev/null <<-YAML
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: box-$1}
		spec:
		  replicas: $2
		  selector: {matchLabels: {app: box-$1}}
		  template:
		    metadata: {labels: {app: box-$1, box: "yes"}}
		    spec:
		      nodeSelector: {kubernetes.io/hostname: $1}
		      terminationGracePeriodSeconds: 0
		      automountServiceAccountToken: false
		      containers:
		      - {name: box, image: "leafpeer-test/box:1", command: [sleep, "1000000"]}
	YAML
}

boxes_running() { # NODE
	k rollout status "deployment/box-$1" --timeout "${BEFORE}s" >/dev/null
}

box_of() { # NODE: one of its pods
	k get pod -l "app=box-$1" --field-selector status.phase=Running -o 'jsonpath={.items[0].metadata.name}'
}

box_addrs() { # NODE
	k get pod -l "app=box-$1" --field-selector status.phase=Running \
		-o 'jsonpath={range .items[*]}{.status.podIP}{"\n"}{end}'
}

suite_boxes() { # NUMBER: that many on every node, at least
	local node have
	for node in "${CLUSTER_NODES[@]}"; do
		have=$(k get "deployment/box-$node" -o 'jsonpath={.spec.replicas}' 2>/dev/null) || true
		[ "${have:-0}" -ge "$1" ] || boxes "$node" "$1"
	done
	for node in "${CLUSTER_NODES[@]}"; do
		boxes_running "$node" || return 1
	done
}

suite_peering() { # BOXES: the suite's beginning where all is as it should be, and both ToRs know each node
	local node
	suite_begin || return 1
	suite_peers || return 1
	suite_boxes "$1" || return 1
	for node in "${CLUSTER_NODES[@]}"; do
		soon tors_have "$node" "$(node_cidr "$node")" || return 1
	done
}

# A ping every 0.2 s from a pod of one node to a pod of another, while something happens.
ping_begin() { # FROM-NODE TO-NODE SECONDS
	PING_OUT=$BATS_TEST_TMPDIR/ping
	k exec "$(box_of "$1")" -- ping -i 0.2 -W 1 -w "$3" "$(box_addrs "$2" | head -n 1)" >"$PING_OUT" 2>&1 3>&- &
	PING_PID=$!
}

ping_end() { # every echo was answered; but the last may have been under way when the time was over
	local sent received
	wait "$PING_PID"
	read -r sent received <<<"$(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) packets received.*/\1 \2/p' "$PING_OUT")"
	note "$sent pings, $received answers"
	[ "$sent" -ge 20 ] && [ $((sent - received)) -le 1 ]
}

# Looks every 0.2 s whether a ToR has exactly one prefix of each node, while something happens.
watch_begin() {
	WATCH_OUT=$BATS_TEST_TMPDIR/watch
	WATCH_STOP=$BATS_TEST_TMPDIR/stop
	WATCH_WANT=$(for n in "${CLUSTER_NODES[@]}"; do node_cidr "$n"; echo; done | sort -V | xargs)
	rm -f "$WATCH_STOP"
	(
		while [ ! -e "$WATCH_STOP" ]; do
			tor 1 "show bgp ipv4 unicast json" | jq -r '.routes | keys[]' | sort -V | xargs
			sleep 0.2
		done
	) >"$WATCH_OUT" 2>&1 3>&- &
	WATCH_PID=$!
}

watch_end() {
	touch "$WATCH_STOP"
	wait "$WATCH_PID"
	note "$(wc -l <"$WATCH_OUT") looks at the ToR, every one: $WATCH_WANT"
	[ "$(wc -l <"$WATCH_OUT")" -ge 3 ] && [ "$(sort -u "$WATCH_OUT")" = "$WATCH_WANT" ]
}
