module leafpeer/test/cluster/crds

go 1.26.0

// Nothing is built of these: they have the CustomResourceDefinitions that others ship.
//
// file github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnodes.yaml
// file github.com/prometheus-operator/prometheus-operator/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml
// file github.com/prometheus-operator/prometheus-operator/example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml

require (
	github.com/cilium/cilium v1.20.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
