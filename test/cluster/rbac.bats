#!/usr/bin/env bats
# The agent's rights: what it needs, and not a verb more.

setup_file() {
	load suite.bash
	suite_begin
}

setup() {
	load suite.bash
	cluster_load
}

rights() { # SERVICEACCOUNT
	k auth can-i --list --no-headers --as="system:serviceaccount:kube-system:$1" \
		--as-group=system:serviceaccounts --as-group=system:authenticated 2>/dev/null | sed 's/  */ /g' | sort
}

@test "beyond what every account may, it lists and watches nodes, pods and CiliumNodes" {
	run diff <(rights nobody) <(rights leafpeer)
	[ "$(grep '^>' <<<"$output" | sed 's/\[\]//g; s/  */ /g')" = \
		"> ciliumnodes.cilium.io [list watch]
> nodes [list watch]
> pods [list watch]" ]
	run ! grep '^<' <<<"$output"
}

@test "each verb that it does not need is denied" {
	asked=0
	while read -r resource verbs; do
		for verb in $verbs; do
			case $resource/$verb in
			nodes/list | nodes/watch | pods/list | pods/watch) continue ;;
			esac
			sub=
			[[ $resource != */* ]] || sub=--subresource=${resource#*/}
			run k auth can-i "$verb" "${resource%%/*}" ${sub:+"$sub"} -A "--as=$SA"
			[ "$status" = 1 ] || { echo "$verb $resource: $output"; false; }
			[[ $output == *no* ]]
			asked=$((asked + 1))
		done
	done <<-LIST
		nodes create update patch delete deletecollection get
		nodes/status patch update
		nodes/proxy get create
		pods create update patch delete deletecollection get
		pods/exec create
		pods/log get
		pods/eviction create
		secrets get list watch create
		configmaps get list watch create update
		serviceaccounts/token create
		daemonsets.apps get list patch
		clusterroles.rbac.authorization.k8s.io get list bind escalate
		customresourcedefinitions.apiextensions.k8s.io list create
		events list create patch
		leases.coordination.k8s.io create update
	LIST
	run k auth can-i '*' '*' -A "--as=$SA"
	[ "$status" = 1 ]
	note "$asked verbs asked"
}

@test "every right that it has is one that it uses" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "a kind cluster has no audit log"
	for right in "list nodes" "watch nodes" "list pods" "watch pods" "list ciliumnodes"; do
		jq -r 'select(.responseStatus.code < 500 and .responseStatus.code != 403) | .verb + " " + .objectRef.resource' \
			"$LAB/log/audit" | grep -qxF "$right"
	done
}
