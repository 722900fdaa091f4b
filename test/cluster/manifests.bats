#!/usr/bin/env bats
# Every manifest is accepted by the newest API server, and by the one three minor versions older.

setup_file() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	cluster_old_api
	cluster_crds k monitoring.coreos.com_podmonitors monitoring.coreos.com_prometheusrules
	cluster_crds k_old monitoring.coreos.com_podmonitors monitoring.coreos.com_prometheusrules
}

teardown_file() {
	load suite.bash
	cluster_load
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	cluster_old_api_end
	k delete crd podmonitors.monitoring.coreos.com prometheusrules.monitoring.coreos.com >/dev/null
}

setup() {
	load suite.bash
	cluster_load
}

# Each overlay as it is, and each component on the base.
kustomizations() {
	local d name
	for d in "$ROOT"/manifests/base "$ROOT"/manifests/overlays/*/; do
		[ -f "$d/kustomization.yaml" ] && echo "${d%/}"
	done
	for d in "$ROOT"/manifests/components/*/; do
		name=$(basename "$d")
		kustomization "$BATS_TEST_TMPDIR/$name" base "components/$name"
		echo "$BATS_TEST_TMPDIR/$name"
	done
	# of the Prometheus operator, whose resources a kind cluster has not
	[ "$CLUSTER_BACKEND" = netns ] || return 0
	kustomization "$BATS_TEST_TMPDIR/monitoring" base monitoring
	echo "$BATS_TEST_TMPDIR/monitoring"
}

accepted() { # KUBECTL: by that one
	local d n=0
	# shellcheck disable=SC2044 # no name of the tree has white space
	for d in $(kustomizations); do
		run "$1" apply -k "$d" --dry-run=server
		[ "$status" = 0 ] || { echo "$d: $output"; return 1; }
		[[ $output == *"daemonset.apps/leafpeer"*"(server dry run)"* ]]
		[[ $output != *arning* ]] || { echo "$d: $output"; return 1; }
		[[ $d != */monitoring ]] || [[ $output == *podmonitor*"(server dry run)"*prometheusrule*"(server dry run)"* ]]
		n=$((n + 1))
	done
	note "$n kustomizations, $("$1" version 2>/dev/null | grep Server)"
	[ $n -ge 3 ]
}

@test "kubectl apply --dry-run=server, newest" {
	accepted k
}

@test "kubectl apply --dry-run=server, three minor versions older" {
	[ "$CLUSTER_BACKEND" = netns ] || skip "the older API server is a process of the netns cluster"
	accepted k_old
}
