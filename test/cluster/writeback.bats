#!/usr/bin/env bats
# The component write-back: what a node is told of its sessions, and that the agent can write nothing else.

setup_file() {
	load suite.bash
	suite_begin
	# one that has not had a session yet, and waits for it with a taint
	no_annotations node3
	peer_annotations node1
	suite_config $'leafpeer\n   write-back condition annotation taint\n'
	kustomization "$BATS_FILE_TMPDIR/k" overlays/dual-homed-ebgp components/write-back
	k apply -k "$BATS_FILE_TMPDIR/k" >/dev/null
	soon config_is 'write-back condition annotation taint'
	k -n kube-system delete "$(agent_pod node3)" --wait >/dev/null
	k taint --overwrite node node3 leafpeer/bgp-not-ready=:NoSchedule >/dev/null
	suite_rolled_out
}

teardown_file() {
	load suite.bash
	cluster_load
	k delete -f "$ROOT/manifests/components/write-back/rbac.yaml" \
		-f "$ROOT/manifests/components/write-back/policy.yaml" >/dev/null
	k taint node node3 leafpeer/bgp-not-ready- >/dev/null 2>&1 || true
	suite_no_config
}

setup() {
	load suite.bash
	cluster_load
}

condition() { # NODE
	k get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="LeafpeerBGPReady")].status}'
}

condition_is() { # NODE STATUS
	[ "$(condition "$1")" = "$2" ]
}

tainted() { # NODE
	k get node "$1" -o 'jsonpath={.spec.taints[*].key}' | grep -q leafpeer/bgp-not-ready
}

not_tainted() {
	! tainted "$1"
}

event_of() { # NODE REASON
	k get event -n default --field-selector "involvedObject.kind=Node,involvedObject.name=$1,reason=$2" -o name | grep -q .
}

@test "no session yet: the taint stays, the condition says so" {
	soon condition_is node3 False
	tainted node3
}

@test "the first session: condition, annotation and Event say so, and the taint goes" {
	peer_annotations node3
	soon condition_is node3 True
	soon not_tainted node3
	status_is() { k get node node3 -o json | jq -re '.metadata.annotations["leafpeer/status"]'; }
	soon status_is
	note "leafpeer/status: $(status_is)"
	soon event_of node3 BGPSessionUp
	# nobody else's
	[ "$(k get event -n default -o json | jq '[.items[] | select(.source.component == "leafpeer" or .reportingComponent == "leafpeer") |
		select(.involvedObject.kind != "Node")] | length')" = 0 ]
}

@test "the last session goes: condition and Event say so, the taint is not put back" {
	no_annotations node3
	soon condition_is node3 False
	not_tainted node3
	peer_annotations node3
	soon condition_is node3 True
}

@test "a configuration that is refused is an Event of the Node" {
	annotate node3 arista/bgp-remote-as-1=banana
	refused() { k get event -n default -o json | jq -e 'any(.items[]; .involvedObject.name == "node3" and (.message | test("banana")))'; }
	soon refused
	peer_annotations node3
}

token() { # NODE: its agent's, as the kubelet has projected it
	cluster_in "$1" sh -c 'cat /var/lib/kubelet/pods/*/volumes/kubernetes.io~projected/token/token'
}

as_agent() { # NODE METHOD PATH [BODY]: with its agent's token, and nothing else; the status and the answer
	local node=$1
	printf 'Authorization: Bearer %s\n' "$(token "$node")" >"$BATS_TEST_TMPDIR/token"
	shift
	lab_in cp curl -s -m 10 --cacert "$LAB/pki/ca.crt" -H "@$BATS_TEST_TMPDIR/token" -w '\n%{http_code}\n' \
		-X "$1" "$API$2" ${3:+-H "Content-Type: application/merge-patch+json" -d "$3"}
}

@test "with the agent's own token: its Node's status and annotation, and nothing else of any Node" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "the path to a kind cluster's API is another"
	run as_agent node3 PATCH /api/v1/nodes/node3 '{"metadata":{"annotations":{"leafpeer/status":"test"}}}'
	[ "${lines[-1]}" = 200 ]
	while IFS='|' read -r node patch; do
		run as_agent node3 PATCH "/api/v1/nodes/$node" "$patch"
		[ "${lines[-1]}" = 422 ] || [ "${lines[-1]}" = 403 ] || { echo "$node $patch: $output"; false; }
		[[ $output == *"leafpeerd may"* ]] || { echo "$node $patch: $output"; false; }
	done <<-LIST
		node1|{"metadata":{"annotations":{"leafpeer/status":"test"}}}
		node3|{"metadata":{"annotations":{"arista/bgp-peer-ip-1":"192.0.2.1"}}}
		node3|{"metadata":{"labels":{"a":"b"}}}
		node3|{"spec":{"unschedulable":true}}
		node3|{"spec":{"taints":[{"key":"a","effect":"NoExecute"}]}}
	LIST
	for what in "GET /api/v1/secrets" "DELETE /api/v1/nodes/node1" "GET /api/v1/nodes/node3"; do
		read -r method path <<<"$what"
		run as_agent node3 "$method" "$path"
		[ "${lines[-1]}" = 403 ]
	done
}
