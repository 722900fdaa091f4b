# shellcheck shell=bash
# What every system test loads: the lab of the demo, made anew for each test and taken away after it.

# shellcheck source-path=SCRIPTDIR
. "$BATS_TEST_DIRNAME/../../hack/lab.sh"

setup() {
	[ "$(id -u)" = 0 ] || {
		echo "system tests make network namespaces, which needs root" >&2
		return 1
	}
	lab_init
}

teardown() {
	if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		for f in "$LAB"/log/*; do
			[ -s "$f" ] || continue
			echo "---- ${f##*/}"
			tail -n 25 "$f"
		done
	fi
	# a sanitizer's complaint is a failure, wherever it happened
	local bad=0
	if grep -lE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$LAB"/log/* 2>/dev/null; then
		grep -hE -A 12 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$LAB"/log/* | head -n 40
		bad=1
	fi
	lab_cleanup
	return $bad
}

# Two FRR ToRs of AS 65001 and two nodes of AS 65000, sessions up.
dual_fabric() { # AGENT-VARIABLES...
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105 10.90.224.106
	lab_frr_dual tor2 10.90.225.99 10.90.225.105 10.90.225.106
	dual_nodes "$@"
}

dual_nodes() {
	local n
	for n in 1 2; do
		lab_agent "node$n" BGP_AS=65000 BGP_PEER=10.90.224.98,10.90.225.99 BGP_REMOTE_AS=65001 \
			POD_CIDR="10.233.$((n - 1)).0/24" LEAFPEER_ADVERTISE=always "$@"
	done
	lab_until 20 lab_established node1 2
	lab_until 20 lab_established node2 2
}

# The next hops of a route as the kernel has them, sorted, in a line.
kernel_hops() { # NODE PREFIX
	lab_ip "$1" -j route show "$2" proto bgp |
		jq -r '.[0] | if .nexthops then [.nexthops[].gateway] elif .gateway then [.gateway] else [] end | sort | join(" ")'
}

kernel_hops_are() { # NODE PREFIX "GATEWAY GATEWAY"
	[ "$(kernel_hops "$1" "$2")" = "$3" ]
}

tor_has() { # TOR PREFIX
	lab_vtysh "$1" show bgp ipv4 unicast "$2" json | jq -e '.paths | length > 0' >/dev/null
}

lacks() { # COMMAND...: a bare ! would not fail a test
	! "$@"
}

tor_has_not() { # TOR PREFIX
	! tor_has "$1" "$2"
}

log_has() { # NODE TEXT
	grep -q -- "$2" "$LAB/log/$1-agent"
}
