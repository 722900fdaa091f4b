#!/usr/bin/env bats
# What the component write-back lets the agent write, asked of real API servers with etcd, in a network namespace
# of their own: as the agent's ServiceAccount, with the node's name that the API server puts into its token.

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	TOOLS=${LEAFPEER_TOOLS:-/var/cache/leafpeer-tools}
	T=$(mktemp -d)
}

teardown() {
	rm -rf "$T"
}

missing() { # WHAT HOW
	echo "# SKIPPED: there is no $1; $2" >&3
	skip "no $1"
}

# Runs in the namespace, where everything ends with the first process.
script() {
	cat <<'SH'
set -u
api=$1 kubectl="$2 --server https://127.0.0.1:6443 --insecure-skip-tls-verify --token tok --cache-dir $3/cache" T=$3 manifests=$4
ip link set lo up
openssl genrsa -out "$T/sa.key" 2048 2>"$T/openssl.log"
echo 'tok,admin,admin,"system:masters"' >"$T/tokens"
etcd --data-dir "$T/etcd" --unsafe-no-fsync >"$T/etcd.log" 2>&1 &
"$api" --etcd-servers http://127.0.0.1:2379 --secure-port 6443 --bind-address 127.0.0.1 --advertise-address 127.0.0.1 \
	--cert-dir "$T/certs" --token-auth-file "$T/tokens" --authorization-mode RBAC --endpoint-reconciler-type none \
	--service-account-key-file "$T/sa.key" --service-account-signing-key-file "$T/sa.key" \
	--service-account-issuer https://kubernetes.default --service-cluster-ip-range 10.96.0.0/16 >"$T/api.log" 2>&1 &
for _ in $(seq 120); do
	[ "$($kubectl get --raw /readyz 2>/dev/null)" = ok ] && break
	sleep 0.5
done
set -e
for f in rbac policy; do $kubectl apply -f "$manifests/components/write-back/$f.yaml" >&2; done
for n in n1 n2; do
	$kubectl apply -f - >&2 <<Y
{apiVersion: v1, kind: Node, metadata: {name: $n, labels: {a: b}, annotations: {other: x}}, spec: {taints: [
  {key: leafpeer/bgp-not-ready, effect: NoSchedule}, {key: k, value: v, effect: NoSchedule}]}}
Y
done
$kubectl patch node n1 --subresource=status --type=strategic -p '{"status":{"conditions":[{"type":"Ready","status":"True"}],"capacity":{"cpu":"4"}}}' >&2
$kubectl create namespace elsewhere >&2
asks() { # NODE METHOD PATH TYPE BODY: what the API server answers to the agent of that node
	curl -sk -o "$T/answer" -w '%{http_code}' -X "$2" "https://127.0.0.1:6443/api/v1/$3" -d "$5" -H "Content-Type: application/$4" \
		-H 'Authorization: Bearer tok' -H 'Impersonate-User: system:serviceaccount:kube-system:leafpeer' \
		-H 'Impersonate-Group: system:serviceaccounts' -H 'Impersonate-Group: system:authenticated' \
		${1:+-H "Impersonate-Extra-authentication.kubernetes.io%2fnode-name: $1"}
}
# a policy is in force some time after it was made
for _ in $(seq 100); do
	[ "$(asks n2 PATCH 'nodes/n1?dryRun=All' merge-patch+json '{"metadata":{"annotations":{"leafpeer/status":"y"}}}')" = 422 ] &&
		[ "$(asks n2 POST 'namespaces/default/events?dryRun=All' json "{\"metadata\":{\"generateName\":\"e\"},\"involvedObject\":{\"kind\":\"Node\",\"name\":\"n1\"}}")" = 422 ] && break
	sleep 0.2
done
while IFS='|' read -r want node method path type body; do
	got=$(asks "$node" "$method" "$path" "$type" "$body")
	echo "$got $want $node $method $path $body: $(jq -r '.message // "-"' "$T/answer")"
done <"$T/table"
SH
}

table() {
	local status=strategic-merge-patch+json merge=merge-patch+json
	event() { # KIND NAME
		printf '{"metadata":{"generateName":"e"},"involvedObject":{"kind":"%s","name":"%s"},"reason":"R","message":"m"}' "$1" "$2"
	}
	cat <<-TABLE
		200|n1|PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"leafpeer/status":"x"}}}
		422|n2|PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"leafpeer/status":"y"}}}
		422||PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"leafpeer/status":"y"}}}
		422|n1|PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"other":"y"}}}
		422|n1|PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"other":null}}}
		422|n1|PATCH|nodes/n1|$merge|{"metadata":{"annotations":{"arista/bgp-local-as":"1"}}}
		422|n1|PATCH|nodes/n1|$merge|{"metadata":{"labels":{"a":"c"}}}
		422|n1|PATCH|nodes/n1|$merge|{"metadata":{"finalizers":["x.y/z"]}}
		422|n1|PATCH|nodes/n1/status|$merge|{"metadata":{"annotations":{"other":"y"}}}
		422|n1|PATCH|nodes/n1|$merge|{"spec":{"unschedulable":true}}
		422|n1|PATCH|nodes/n1|$merge|{"spec":{"podCIDR":"10.9.0.0/24","podCIDRs":["10.9.0.0/24"]}}
		422|n1|PATCH|nodes/n1|json-patch+json|[{"op":"remove","path":"/spec/taints/1"}]
		200|n1|PATCH|nodes/n1|json-patch+json|[{"op":"test","path":"/spec/taints/0/key","value":"leafpeer/bgp-not-ready"},{"op":"remove","path":"/spec/taints/0"}]
		422|n1|PATCH|nodes/n1|$merge|{"spec":{"taints":[{"key":"leafpeer/bgp-not-ready","effect":"NoSchedule"},{"key":"k","value":"v","effect":"NoSchedule"}]}}
		200|n1|PATCH|nodes/n1/status|$status|{"status":{"conditions":[{"type":"LeafpeerBGPReady","status":"True","reason":"R","message":"m"}]}}
		422|n1|PATCH|nodes/n1/status|$status|{"status":{"conditions":[{"type":"Ready","status":"False"}]}}
		422|n1|PATCH|nodes/n1/status|$status|{"status":{"capacity":{"cpu":"64"}}}
		422|n2|PATCH|nodes/n1/status|$status|{"status":{"conditions":[{"type":"LeafpeerBGPReady","status":"False"}]}}
		201|n1|POST|namespaces/default/events|json|$(event Node n1)
		422|n1|POST|namespaces/default/events|json|$(event Node n2)
		422|n1|POST|namespaces/default/events|json|$(event Pod n1)
		422||POST|namespaces/default/events|json|$(event Node "")
		403|n1|POST|namespaces/elsewhere/events|json|$(event Node n1)
		403|n1|DELETE|nodes/n1|json|{}
		403|n1|PUT|nodes/n1|json|{}
		403|n1|GET|secrets|json|{}
	TABLE
}

@test "write-back: an agent writes to its own node, and there only what is its own" {
	local kubectl api n=0
	for kubectl in "$TOOLS"/kubectl-v*; do :; done
	[ -x "$kubectl" ] || missing kubectl "test/cluster/build kubectl builds it"
	for n in etcd curl openssl jq; do
		command -v $n >/dev/null || missing $n "hack/setup cluster installs it"
	done
	n=0
	script >"$T/script"
	for api in "$TOOLS"/kube-apiserver-v*; do
		[ -x "$api" ] || missing kube-apiserver "test/cluster/build kube-apiserver builds it"
		mkdir "$T/$n"
		table >"$T/$n/table"
		timeout 120 unshare --net --pid --fork --kill-child bash "$T/script" "$api" "$kubectl" "$T/$n" "$ROOT/manifests" \
			>"$T/$n/out" 2>"$T/$n/err" 3>&- || { cat "$T/$n/err" "$T/$n/out"; tail -n 5 "$T/$n/api.log"; return 1; }
		cat "$T/$n/out"
		[ "$(wc -l <"$T/$n/out")" -eq "$(wc -l <"$T/$n/table")" ]
		awk '$1 != $2 {bad = 1; print "not as wanted: " $0} END {exit bad}' "$T/$n/out"
		n=$((n + 1))
	done
}
