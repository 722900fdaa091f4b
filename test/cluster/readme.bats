#!/usr/bin/env bats
# A new administrator, who has the README and a cluster.

setup() {
	load suite.bash
	cluster_load
}

# The commands of its section on a real cluster; `make image` and its import are suite_image's.
commands() {
	sed -n '/^## On a real cluster/,/^## /p' "$ROOT/README.md" | sed -n 's/ *#.*//; /^kubectl /p' | sed 's/\<kube1\>/node1/'
}

@test "what the README says, word for word: sessions with both ToRs" {
	suite_image dev
	[ "$(commands | wc -l)" -ge 4 ]
	cd "$ROOT"
	while read -r _ line; do
		# shellcheck disable=SC2086 # as a shell would take it
		soon k $line || { echo "kubectl $line"; false; }
		[[ $line != apply* ]] || suite_rolled_out
	done < <(commands)
	soon both_established node1
	# the last of them, on the node whose agent it is
	run cli node1 show ip bgp summary
	[ "$(grep -c Estab <<<"$output")" = 2 ]
}
