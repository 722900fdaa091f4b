# shellcheck shell=bash
# A real Kubernetes between two ToRs, for the tests in this folder; to be sourced.
#
# LEAFPEER_CLUSTER says what it is made of: `netns` (the default) runs every part of it on this machine, in
# network namespaces (netns.sh); `kind` uses kind and Cilium, where Docker runs privileged containers
# (kind.sh). Both give the functions below, and the tests use nothing else; the ToRs are FRR in network
# namespaces of this machine, and the fabric is hack/lab.sh's:
#
#	tor1 10.90.224.98            tor2 10.90.225.99          AS 65001
#	   |  \________ ____________/  |
#	   |   ________X____________   |
#	   |  /                     \  |
#	node1 .105    node2 .106    node3 .107                  AS 65000
#	10.233.x.0/24 and fd00:10:233:x::/64, as Kubernetes hands them out; links have fd00:10:90:224::/64 and
#	225::/64 as well, with the same last numbers, and IPv6 prefixes go over the sessions of IPv4
#
# cluster_up, cluster_down            all of it; down works after a failure, too
# cluster_load                        in a test: finds the cluster that is up
# k ...                               kubectl, as the cluster's administrator
# cluster_in NODE COMMAND...          on the node: its files, its processes, its network
# cluster_api_stop, cluster_api_start, cluster_etcd_compact
# cluster_kubelet_restart NODE
# cluster_image FILE                  an archive with an image, onto every node
# tor N COMMAND...                    vtysh on a ToR
#
# Where a cluster is, stands in $CLUSTER_STATE; there is one on a machine at a time.

CLUSTER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lab.sh
. "$CLUSTER_DIR/../../hack/lab.sh"

CLUSTER_BACKEND=${LEAFPEER_CLUSTER:-netns}
CLUSTER_STATE=${LEAFPEER_CLUSTER_STATE:-/run/leafpeer-cluster}
# shellcheck disable=SC2034 # the tests' words
CLUSTER_NODES=(node1 node2 node3)
# shellcheck disable=SC2034
{
	TOR1=10.90.224.98
	TOR2=10.90.225.99
}

cluster_fail() {
	echo "cluster: $*" >&2
	return 1
}

cluster_say() {
	echo "cluster: $*" >&2
}

node_addr() { # NODE TOR-NUMBER: the node's address on the subnet of that ToR
	echo "10.90.$((223 + $2)).$((104 + ${1#node}))"
}

node_addr6() { # NODE TOR-NUMBER
	echo "fd00:10:90:$((223 + $2))::$((104 + ${1#node}))"
}

case $CLUSTER_BACKEND in
netns | kind)
	# shellcheck source=test/cluster/netns.sh
	. "$CLUSTER_DIR/$CLUSTER_BACKEND.sh"
	;;
*)
	echo "cluster: LEAFPEER_CLUSTER is $CLUSTER_BACKEND; it can be netns or kind" >&2
	exit 1
	;;
esac

# ---- what both are alike in ---------------------------------------------------------------------

cluster_state_write() {
	mkdir -p "$CLUSTER_STATE"
	chmod 700 "$CLUSTER_STATE"
	{
		declare -p CLUSTER_BACKEND LAB LAB_NS LAB_MADE_DIRS
	} | sed 's/^declare -[a-z-]* //' >"$CLUSTER_STATE/env.new"
	mv "$CLUSTER_STATE/env.new" "$CLUSTER_STATE/env"
}

cluster_find() {
	local wanted=$CLUSTER_BACKEND
	[ -f "$CLUSTER_STATE/env" ] || cluster_fail "there is none: run test/cluster/up" || return 1
	# shellcheck disable=SC1091
	. "$CLUSTER_STATE/env"
	[ "$CLUSTER_BACKEND" = "$wanted" ] ||
		cluster_fail "what is up is a $CLUSTER_BACKEND cluster, LEAFPEER_CLUSTER is $wanted" || return 1
}

cluster_load() {
	cluster_find || return 1
	[ -d "$LAB" ] || cluster_fail "$LAB is gone: run test/cluster/down" || return 1
}

cluster_tors() {
	local n
	for n in 1 2; do
		# a cluster in a test has 90 pods and 2 processors: the hold time is generous
		LAB_V6=1 lab_frr_dual "tor$n" "10.90.0.$n" "$(node_addr node1 $n)" "$(node_addr node2 $n)" "$(node_addr node3 $n)"
	done
}

tor() { # NUMBER COMMAND...
	local n=$1
	shift
	lab_vtysh "tor$n" "$@"
}

tor_established() { # NUMBER NODE
	[ "$(tor "$1" "show bgp summary json" |
		jq -r --arg a "$(node_addr "$2" "$1")" '.ipv4Unicast.peers[$a].state')" = Established ]
}

tor_prefixes() { # NUMBER NODE [ipv6]: that it has from the node
	tor "$1" "show bgp ${3:-ipv4} unicast json" | jq -r --arg a "$(node_addr "$2" "$1")" \
		'.routes | to_entries[] | select(any(.value[]; .peerId == $a)) | .key'
}

node_cidr() { # NODE: its pod prefix
	k get node "$1" -o 'jsonpath={.spec.podCIDR}'
}

node_cidr6() { # NODE
	k get node "$1" -o 'jsonpath={.spec.podCIDRs[1]}'
}
