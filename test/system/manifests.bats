#!/usr/bin/env bats
# What is shipped for Kubernetes: every kustomization renders, the Helm chart renders to the same, and what
# looks at metrics asks for those that there are. test/cluster applies them.

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	M=$ROOT/manifests
	T=$(mktemp -d)
}

teardown() {
	rm -rf "$T"
}

tool() { # NAME: sets the variable of that name; skips where test/cluster/build has not built it
	local path
	for path in "${LEAFPEER_TOOLS:-/var/cache/leafpeer-tools}/$1"-v*; do
		[ -x "$path" ] && printf -v "$1" %s "$path" && return
	done
	echo "# SKIPPED: there is no $1; test/cluster/build $1 builds it" >&3
	skip "no $1"
}

# The objects of the YAML on standard input, as JSON, one a line.
objects() {
	# shellcheck disable=SC2154 # tool sets it
	"$kubectl" annotate --local -f - -o json t- | jq -cS 'if .kind == "List" then .items[] else . end' | sort
}

render() { # DIRECTORY
	"$kubectl" kustomize "$1" | objects
}

# A kustomization of an overlay with a component, as an administrator writes one.
with() { # OVERLAY COMPONENT
	mkdir -p "$T/k"
	jq -n --arg r "$(realpath --relative-to="$T/k" "$M/$1")" --arg c "$(realpath --relative-to="$T/k" "$M/components/$2")" \
		'{apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: [$r], components: [$c]}' \
		>"$T/k/kustomization.yaml"
	render "$T/k"
}

daemonset() { # JQ-FILTER: of the DaemonSet on standard input
	jq -e -s '.[] | select(.kind == "DaemonSet") | .spec.template.spec | '"$1" >/dev/null
}

@test "every kustomization renders, each with the DaemonSet in its security context" {
	local d n=0
	tool kubectl
	for d in "$M"/base "$M"/overlays/*; do
		echo "$d"
		render "$d" >"$T/out"
		jq -e -s 'map(.kind) | contains(["DaemonSet", "ServiceAccount", "ClusterRole"])' "$T/out" >/dev/null
		daemonset '.hostNetwork and .priorityClassName == "system-node-critical" and
			all(.containers[], .initContainers[]; .securityContext | .readOnlyRootFilesystem and
				.allowPrivilegeEscalation == false and .capabilities.drop == ["ALL"]) and
			[.containers[], .initContainers[] | .securityContext.capabilities.add // [] | .[]] ==
				["NET_ADMIN", "NET_BIND_SERVICE"] and
			all(.containers[], .initContainers[]; .resources.limits.memory)' <"$T/out"
		n=$((n + 1))
	done
	[ $n -ge 3 ]
}

@test "each way of installing the plugin keeps the MTU that the scene gives it" {
	tool kubectl
	with overlays/dual-homed-ebgp install-dropin | daemonset '.initContainers[0] | .args == ["--mode=dropin"] and
		.env == [{name: "INTERFACE_MTU", value: "9000"}]'
	with overlays/dual-homed-ebgp install-patch | daemonset '(.containers | length) == 1 and (.initContainers[0] |
		.args == ["--mode=patch", "--watch"] and .restartPolicy == "Always" and
		.env == [{name: "INTERFACE_MTU", value: "9000"}])'
	with overlays/dual-homed-ebgp uninstall | daemonset '.initContainers[0].command == ["leafpeerctl", "uninstall-cni"]'
}

chart() { # ARGUMENTS...
	# shellcheck disable=SC2154 # tool sets it
	"$helm" template leafpeer "$M/helm/leafpeer" -n kube-system --kube-version 1.34.0 "$@"
}

same() { # NAME: what kustomize made, in $T/kustomize, and the chart, in $T/helm
	[ -s "$T/helm" ]
	diff "$T/kustomize" "$T/helm" || { echo "$1 differs" && return 1; }
}

@test "the Helm chart renders to what kustomize does" {
	local mode
	tool kubectl
	tool helm
	render "$M/base" >"$T/kustomize"
	chart | objects >"$T/helm"
	same base
	render "$M/overlays/single-homed-ibgp" >"$T/kustomize"
	chart --set bgp.as=65000,bgp.peers='{10.90.224.98}',cniProvider=cilium,interfaceMtu=9000 | objects >"$T/helm"
	same single-homed-ibgp
	render "$M/overlays/dual-homed-ebgp" >"$T/kustomize"
	chart --set bgp.as=65000,cniProvider=cilium,interfaceMtu=9000 | objects >"$T/helm"
	same dual-homed-ebgp
	for mode in install-dropin install-patch uninstall; do
		with base $mode >"$T/kustomize"
		chart --set install.mode=${mode#install-} | objects >"$T/helm"
		same $mode
	done
	chart --set bgp.remoteAs='{65001,4200000000}',bgp.peers='{10.0.0.1,fd00::1}' --set image.repository=r.example/l,image.tag=v1 |
		objects | daemonset '.containers[0] | .image == "r.example/l:v1" and
			(.env | map({(.name): .value}) | add | .BGP_REMOTE_AS == "65001,4200000000" and .BGP_PEER == "10.0.0.1,fd00::1")'
}

@test "the chart refuses values that make no sense" {
	local v
	tool helm
	for v in bgp.as=0 bgp.as=4294967295 bgp.as=x bgp.peers='{tor1 tor2}' cniProvider=flannel interfaceMtu=67 \
		install.mode=none install.mod=patch image.tag=a/b nonsense=1; do
		run chart --set "$v"
		[ "$status" -ne 0 ] || { echo "$v is taken" && return 1; }
		[[ $output == *"values don't meet the specifications"* ]]
	done
}
