#!/usr/bin/env bats
# What is shipped for Kubernetes: every kustomization renders, the Helm chart renders to the same, and what
# looks at metrics asks for those that there are. test/cluster applies them.

load tools

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	M=$ROOT/manifests
	T=$(mktemp -d)
}

teardown() {
	rm -rf "$T"
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

@test "what the agent may write is a component of its own, and nothing is written without" {
	tool kubectl
	render "$M/overlays/dual-homed-ebgp" >"$T/out"
	jq -e -s '[.[] | select(.kind | test("Role$")) | .rules[].verbs[]] | unique - ["get", "list", "watch"] == []' "$T/out" >/dev/null
	with overlays/dual-homed-ebgp write-back >"$T/out"
	# as many policies as bindings to put them in force
	jq -e -s '(map(select(.kind == "ValidatingAdmissionPolicy").metadata.name) | length == 2) and
		([.[] | select(.kind == "ValidatingAdmissionPolicyBinding") | .spec | select(.validationActions == ["Deny"]).policyName] | sort) ==
		(map(select(.kind == "ValidatingAdmissionPolicy").metadata.name) | sort)' "$T/out" >/dev/null
}

chart() { # ARGUMENTS...
	# shellcheck disable=SC2154 # tool sets it
	# it says of each file that it shares with kustomize that it is a link
	"$helm" template leafpeer "$M/helm/leafpeer" -n kube-system --kube-version 1.34.0 "$@" 2> >(grep -v 'found symbolic link' >&2)
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
	for mode in write-back=writeBack.enabled seccomp=seccomp.own unnumbered=unnumbered; do
		with overlays/dual-homed-ebgp ${mode%=*} >"$T/kustomize"
		chart --set bgp.as=65000,cniProvider=cilium,interfaceMtu=9000 --set ${mode#*=}=true | objects >"$T/helm"
		same ${mode%=*}
	done
	with overlays/dual-homed-ebgp ../monitoring >"$T/kustomize"
	chart --set bgp.as=65000,cniProvider=cilium,interfaceMtu=9000,monitoring.enabled=true | objects >"$T/helm"
	same monitoring
	# in another namespace nothing of kube-system's is left but the priority class
	chart --set writeBack.enabled=true,monitoring.enabled=true,seccomp.own=true -n elsewhere >"$T/helm"
	[ "$(grep -c elsewhere "$T/helm")" -gt 5 ]
	run grep -n 'kube-system' "$T/helm"
	[ "$status" = 1 ]
	chart --set bgp.remoteAs='{65001,4200000000}',bgp.peers='{10.0.0.1,fd00::1}' --set image.repository=r.example/l,image.tag=v1 |
		objects | daemonset '.containers[0] | .image == "r.example/l:v1" and
			(.env | map({(.name): .value}) | add | .BGP_REMOTE_AS == "65001,4200000000" and .BGP_PEER == "10.0.0.1,fd00::1")'
}

@test "the chart refuses values that make no sense" {
	local v
	tool helm
	for v in bgp.as=0 bgp.as=4294967295 bgp.as=x bgp.peers='{tor1 tor2}' cniProvider=flannel interfaceMtu=67 \
		install.mode=none install.mod=patch seccomp.own=1 unnumbered=yes seccomp.directory=relative writeBack.enabled=perhaps monitoring.on=true image.tag=a/b nonsense=1; do
		run chart --set "$v"
		[ "$status" -ne 0 ] || { echo "$v is taken" && return 1; }
		[[ $output == *"values don't meet the specifications"* ]]
	done
}

@test "monitoring: what Prometheus and Grafana ask for is what the agent has" {
	local name names
	# of a histogram there are three
	names=$(awk '$1 == "#" && $2 == "TYPE" {print $3; if ($4 == "histogram") {
		print $3 "_bucket"; print $3 "_sum"; print $3 "_count"}}' "$ROOT/test/golden/show/metrics.txt")
	[ "$(wc -l <<<"$names")" -gt 20 ]
	while read -r name; do
		grep -qx "$name" <<<"$names" || { echo "there is no metric $name" && return 1; }
	done < <(grep -ohE '\bleafpeer_[a-z0-9_]+' "$M"/monitoring/{alerts.yaml,dashboard.json} | sort -u)
	# its labels as well
	jq -r '.panels[].targets[] | .legendFormat' "$M/monitoring/dashboard.json" | grep -oE '\{\{[a-z]+' | sort -u |
		while read -r name; do
			[ "$name" = '{{node' ] || grep -q "[{,]${name#\{\{}=" "$ROOT/test/golden/show/metrics.txt" ||
				{ echo "there is no label $name" && return 1; }
		done
}

@test "monitoring: rendered, the metrics are on the node's address, where the probes look for them" {
	tool kubectl
	mkdir "$T/k"
	jq -n --arg r "$(realpath --relative-to="$T/k" "$M/overlays/dual-homed-ebgp")" --arg c "$(realpath --relative-to="$T/k" "$M/monitoring")" \
		'{apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: [$r], components: [$c]}' \
		>"$T/k/kustomization.yaml"
	render "$T/k" >"$T/out"
	# shellcheck disable=SC2016 # the words are Kubernetes'
	daemonset '.containers[0] | (.env | map(select(.name == "LEAFPEER_HTTP"))[0].value) == "$(HOST_IP):9179" and
		.ports[0].hostIP == null and .livenessProbe.httpGet.host == null and .readinessProbe.httpGet.host == null' <"$T/out"
	jq -e -s 'map(.kind) | contains(["PodMonitor", "PrometheusRule", "ConfigMap"])' "$T/out" >/dev/null
	jq -e 'select(.kind == "ConfigMap") | .data["leafpeer.json"] | fromjson | .panels | length > 5' "$T/out" >/dev/null
	jq -e -s 'map(select(.kind == "PrometheusRule"))[0].spec' "$T/out" >"$T/rules.json"
	promtool=$("$ROOT/hack/promtool" 2>"$T/err") || {
		echo "# SKIPPED: promtool cannot be had: $(tail -n 1 "$T/err")" >&3
		skip "no promtool"
	}
	"$promtool" check rules "$T/rules.json"
	# a node that loses one ToR of two, then the other
	cat >"$T/test.yaml" <<-YAML
		rule_files: [rules.json]
		evaluation_interval: 30s
		tests:
		  - interval: 30s
		    input_series:
		      - {series: 'leafpeer_bgp_peer_up{node="n1",peer="10.0.0.1"}', values: '1x4 0x40'}
		      - {series: 'leafpeer_bgp_peer_up{node="n1",peer="10.0.0.2"}', values: '1x24 0x20'}
		      - {series: 'leafpeer_aggregate_addresses{node="n1",prefix="10.1.0.0/24"}', values: '5x44'}
		      - {series: 'leafpeer_aggregate_advertised{node="n1",prefix="10.1.0.0/24"}', values: '0x44'}
		      - {series: 'leafpeer_draining{node="n1"}', values: '0x10 1x34'}
		      - {series: 'leafpeer_config_valid{node="n1"}', values: '1x9 0x35'}
		      - {series: 'leafpeer_kube_watch_up{node="n1",resource="nodes"}', values: '0x2 1x4 0x40'}
		      - {series: 'leafpeer_kube_watch_up{node="n1",resource="pods"}', values: '1x46'}
		    alert_rule_test:
		      - {eval_time: 10m, alertname: LeafpeerNoSession}
		      - eval_time: 10m
		        alertname: LeafpeerSessionDown
		        exp_alerts: [{exp_labels: {severity: warning, node: n1, peer: 10.0.0.1}, exp_annotations: {
		          summary: "n1 has lost 10.0.0.1",
		          description: "leafpeerctl show ip bgp neighbors 10.0.0.1 says why."}}]
		      - eval_time: 15m
		        alertname: LeafpeerNoSession
		        exp_alerts: [{exp_labels: {severity: critical, node: n1}, exp_annotations: {
		          summary: "n1 has no BGP session: the fabric does not know its pods",
		          description: "leafpeerctl show ip bgp neighbors on the node says why; the kernel keeps the routes it has."}}]
		      - eval_time: 4m
		        alertname: LeafpeerPrefixNotAdvertised
		        exp_alerts: [{exp_labels: {severity: critical, node: n1, prefix: 10.1.0.0/24}, exp_annotations: {
		          summary: "n1 has pods in 10.1.0.0/24, and does not announce it",
		          description: "leafpeerctl show aggregates."}}]
		      - {eval_time: 10m, alertname: LeafpeerPrefixNotAdvertised}
		      - {eval_time: 4m, alertname: LeafpeerConfigRefused}
		      - eval_time: 10m
		        alertname: LeafpeerConfigRefused
		        exp_alerts: [{exp_labels: {severity: warning, node: n1}, exp_annotations: {
		          summary: "n1: the configuration was refused, the last good one is in force",
		          description: "leafpeerctl show running-config diffs says which line and why."}}]
		      - {eval_time: 13m, alertname: LeafpeerKubernetesUnseen}
		      - eval_time: 15m
		        alertname: LeafpeerKubernetesUnseen
		        exp_alerts: [{exp_labels: {severity: warning, node: n1, resource: nodes}, exp_annotations: {
		          summary: "n1 does not hear of its nodes from the Kubernetes API",
		          description: "What is in force stays, what is changed is not seen; leafpeerctl show kubernetes says why."}}]
	YAML
	"$promtool" test rules "$T/test.yaml"
}
