#!/usr/bin/env bats
# Where the cluster's tests are part of a larger run (hack/tap-all cluster): what comes before them.

@test "what the cluster is made of is there" {
	# hack/tap-all has tried, and knows
	[ -z "${LEAFPEER_CLUSTER_BROKEN:-}" ] || { echo "$LEAFPEER_CLUSTER_BROKEN"; false; }
}

@test "three nodes between two ToRs become Ready" {
	[ -z "${LEAFPEER_CLUSTER_BROKEN:-}" ] || skip "it cannot"
	"$BATS_TEST_DIRNAME/up"
}

@test "no test of this folder is left out" {
	run diff <("$BATS_TEST_DIRNAME/files" | sort) <(cd "$BATS_TEST_DIRNAME/../.." && printf '%s\n' test/cluster/*.bats | grep -vx test/cluster/begin.bats)
	[ "$status" = 0 ] || { echo "$output"; false; }
}
