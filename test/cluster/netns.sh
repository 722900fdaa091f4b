# shellcheck shell=bash
# The cluster of lib.sh on this machine, in namespaces; to be sourced by lib.sh.
#
# The control plane (etcd, kube-apiserver, kube-controller-manager, kube-scheduler) has a network namespace
# with a link to each ToR. A node is a little machine: network, mount, PID, UTS and IPC namespaces of its
# own, in which test/cluster/node is the first process and runs containerd and the kubelet; when that
# process is killed, the kernel ends everything that ran on the node, and its mounts go with the last of it.
#
# Stand-ins, and for what: ptp with host-local on the node's podCIDR is the CNI plugin before leafpeer, in
# Cilium's place, which needs a kernel that these machines do not have; a DNAT rule on each node is the
# API's service address, in kube-proxy's place. There is no DNS.

CP_ADDR=10.90.224.10
API=https://$CP_ADDR:6443
CLUSTER_CIDR=10.233.0.0/16
CLUSTER_CIDR6=fd00:10:233::/48
SERVICE_CIDR=10.96.0.0/16
SERVICE_CIDR6=fd00:10:96::/112
CONTROLLERS=(blkio cpu cpuacct cpuset devices freezer memory pids systemd unified)

k() {
	lab_in cp "$LAB/bin/kubectl" --kubeconfig "$LAB/pki/admin.conf" "$@"
}

cluster_in() { # NODE COMMAND...
	local node=$1
	shift
	nsenter -t "$(cat "$LAB/$node/init.pid")" -m -u -i -n -p "$@"
}

# ---- certificates ---------------------------------------------------------------------------------

pki_run() { # COMMAND...: openssl, which has much to say
	"$@" 2>>"$LAB/log/openssl" || cluster_fail "${*:1:2} failed: $(tail -n 3 "$LAB/log/openssl")"
}

pki_cert() { # NAME SUBJECT EXTENSIONS
	local f=$LAB/pki/$1
	pki_run openssl ecparam -name prime256v1 -genkey -noout -out "$f.key"
	pki_run openssl req -new -key "$f.key" -subj "$2" -out "$f.csr"
	printf 'basicConstraints=critical,CA:FALSE\n%s\n' "$3" >"$f.ext"
	pki_run openssl x509 -req -in "$f.csr" -CA "$LAB/pki/ca.crt" -CAkey "$LAB/pki/ca.key" \
		-CAcreateserial -days 30 -extfile "$f.ext" -out "$f.crt"
}

pki_kubeconfig() { # NAME
	local f=$LAB/pki/$1
	cat >"$f.conf" <<-YAML
		apiVersion: v1
		kind: Config
		clusters:
		- name: leafpeer
		  cluster: {server: "$API", certificate-authority: $LAB/pki/ca.crt}
		users:
		- name: me
		  user: {client-certificate: $f.crt, client-key: $f.key}
		contexts:
		- name: leafpeer
		  context: {cluster: leafpeer, user: me}
		current-context: leafpeer
	YAML
}

cluster_pki() {
	local client=extendedKeyUsage=clientAuth node
	mkdir -m 700 "$LAB/pki"
	pki_run openssl ecparam -name prime256v1 -genkey -noout -out "$LAB/pki/ca.key"
	pki_run openssl req -x509 -new -key "$LAB/pki/ca.key" -subj /CN=leafpeer-test-ca -days 30 \
		-addext keyUsage=critical,keyCertSign -out "$LAB/pki/ca.crt"
	pki_cert apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth
subjectAltName=IP:$CP_ADDR,IP:10.90.225.10,IP:127.0.0.1,IP:${SERVICE_CIDR%.0.0/16}.0.1,DNS:kubernetes.default.svc"
	pki_cert apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client $client
	pki_cert admin /O=system:masters/CN=admin $client
	pki_cert kcm /CN=system:kube-controller-manager $client
	pki_cert scheduler /CN=system:kube-scheduler $client
	for node in "${CLUSTER_NODES[@]}"; do
		pki_cert "$node" "/O=system:nodes/CN=system:node:$node" $client
	done
	for node in admin kcm scheduler "${CLUSTER_NODES[@]}"; do
		pki_kubeconfig "$node"
	done
	pki_sa_key
}

pki_sa_key() { # a new key for the tokens of service accounts
	pki_run openssl genrsa -out "$LAB/pki/sa.key" 2048
	pki_run openssl rsa -in "$LAB/pki/sa.key" -pubout -out "$LAB/pki/sa.pub"
}

# ---- the control plane ------------------------------------------------------------------------------

cp_etcd() {
	lab_spawn etcd cp etcd --name cp --data-dir "$LAB/etcd" --unsafe-no-fsync --logger zap --log-level warn \
		--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
		--initial-cluster cp=http://127.0.0.1:2380
}

# What each client asked is in the audit log: the tests read there what the agent costs, and its token.
cp_apiserver() {
	cat >"$LAB/audit.yaml" <<-YAML
		apiVersion: audit.k8s.io/v1
		kind: Policy
		omitStages: [RequestReceived]
		rules:
		- level: Metadata
		  users: ["system:serviceaccount:kube-system:leafpeer"]
		- level: None
	YAML
	lab_spawn apiserver cp "$LAB/bin/kube-apiserver" \
		--etcd-servers http://127.0.0.1:2379 --advertise-address $CP_ADDR --secure-port 6443 \
		--service-cluster-ip-range $SERVICE_CIDR,$SERVICE_CIDR6 --allow-privileged \
		--authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
		--kubelet-preferred-address-types InternalIP \
		--client-ca-file "$LAB/pki/ca.crt" \
		--tls-cert-file "$LAB/pki/apiserver.crt" --tls-private-key-file "$LAB/pki/apiserver.key" \
		--kubelet-client-certificate "$LAB/pki/apiserver-kubelet-client.crt" \
		--kubelet-client-key "$LAB/pki/apiserver-kubelet-client.key" \
		--service-account-issuer https://kubernetes.default.svc \
		--service-account-key-file "$LAB/pki/sa.pub" --service-account-signing-key-file "$LAB/pki/sa.key" \
		--audit-policy-file "$LAB/audit.yaml" --audit-log-path "$LAB/log/audit"
}

cp_kcm() {
	lab_spawn kcm cp "$LAB/bin/kube-controller-manager" --kubeconfig "$LAB/pki/kcm.conf" \
		--leader-elect=false --use-service-account-credentials \
		--allocate-node-cidrs --cluster-cidr $CLUSTER_CIDR,$CLUSTER_CIDR6 \
		--node-cidr-mask-size-ipv4 24 --node-cidr-mask-size-ipv6 64 \
		--service-cluster-ip-range $SERVICE_CIDR,$SERVICE_CIDR6 --root-ca-file "$LAB/pki/ca.crt" \
		--service-account-private-key-file "$LAB/pki/sa.key" --bind-address 127.0.0.1
}

cluster_api_ready() {
	[ "$(k get --raw /readyz 2>/dev/null)" = ok ]
}

cluster_api_stop() {
	lab_kill apiserver KILL
}

cluster_api_start() {
	cp_apiserver
	lab_until 240 cluster_api_ready || cluster_fail "kube-apiserver is not ready: $(tail -n 5 "$LAB/log/apiserver")"
}

# With the API server away, so that what it remembers of the past is gone, too: who resumes a watch from
# a revision of before gets 410.
cluster_etcd_compact() {
	local rev
	rev=$(lab_in cp env ETCDCTL_API=3 etcdctl --endpoints 127.0.0.1:2379 endpoint status -w json |
		jq -r '.[0].Status.header.revision')
	lab_in cp env ETCDCTL_API=3 etcdctl --endpoints 127.0.0.1:2379 compact "$rev"
}

# Tokens that were given out before are refused from now on.
cluster_rotate_tokens() {
	cluster_api_stop
	lab_kill kcm
	pki_sa_key
	cluster_api_start || return 1
	cp_kcm
}

# The API server that is three minor versions older, with a store of its own and nothing else around it:
# for dry runs.
cluster_old_api() {
	lab_spawn old-etcd cp etcd --name old --data-dir "$LAB/etcd-old" --unsafe-no-fsync --logger zap --log-level warn \
		--listen-client-urls http://127.0.0.1:2479 --advertise-client-urls http://127.0.0.1:2479 \
		--listen-peer-urls http://127.0.0.1:2480 --initial-advertise-peer-urls http://127.0.0.1:2480 \
		--initial-cluster old=http://127.0.0.1:2480
	lab_spawn old-apiserver cp "$LAB/bin/kube-apiserver-old" \
		--etcd-servers http://127.0.0.1:2479 --advertise-address $CP_ADDR --secure-port 6444 \
		--service-cluster-ip-range $SERVICE_CIDR --allow-privileged --authorization-mode RBAC \
		--client-ca-file "$LAB/pki/ca.crt" \
		--tls-cert-file "$LAB/pki/apiserver.crt" --tls-private-key-file "$LAB/pki/apiserver.key" \
		--service-account-issuer https://kubernetes.default.svc \
		--service-account-key-file "$LAB/pki/sa.pub" --service-account-signing-key-file "$LAB/pki/sa.key"
	# the namespace is made in the first moments
	lab_until 240 k_old get namespace kube-system ||
		cluster_fail "the old kube-apiserver is not ready: $(tail -n 5 "$LAB/log/old-apiserver")"
}

# CustomResourceDefinitions as they are shipped by Cilium and the Prometheus operator.
cluster_crds() { # KUBECTL NAME...
	local kubectl=$1 n files=()
	shift
	for n; do
		files+=(-f "$LAB/bin/$n.yaml")
	done
	"$kubectl" apply --server-side "${files[@]}" >/dev/null &&
		"$kubectl" wait --for=condition=established "${files[@]}" --timeout 60s >/dev/null
}

k_old() {
	k --server "${API%:*}:6444" "$@"
}

cluster_old_api_end() {
	lab_kill old-apiserver KILL
	lab_kill old-etcd KILL
}

cluster_control_plane() {
	lab_ns cp
	lab_link tor1 cp eth1 $CP_ADDR/24
	lab_link tor2 cp eth2 10.90.225.10/24
	cp_etcd
	cluster_api_start || return 1
	cp_kcm
	lab_spawn scheduler cp "$LAB/bin/kube-scheduler" --kubeconfig "$LAB/pki/scheduler.conf" \
		--leader-elect=false --bind-address 127.0.0.1
}

# ---- a node ---------------------------------------------------------------------------------------------

node_files() { # NODE
	local node=$1 dir=$LAB/$1 f
	mkdir -p "$dir"/{run,lib,etc/cni/net.d,opt/cni/bin,log}
	mkdir -p "$dir"/lib/{kubelet,containerd,leafpeer}
	for f in passwd group nsswitch.conf ld.so.cache os-release ssl alternatives; do
		[ ! -e "/etc/$f" ] || cp -a "/etc/$f" "$dir/etc/"
	done
	echo "$node" >"$dir/etc/hostname"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$dir/etc/hosts"
	: >"$dir/etc/resolv.conf"
	printf '%s' "$node" | md5sum | cut -c1-32 >"$dir/etc/machine-id"
	for f in ptp host-local loopback portmap; do
		cp "$LAB/bin/$f" "$dir/opt/cni/bin/"
	done
	# Two settings are for machines whose root has no CAP_SYS_RESOURCE: nobody may lower oom_score_adj.
	cat >"$dir/etc/containerd.toml" <<-TOML
		version = 2
		root = "/var/lib/containerd"
		state = "/run/containerd"
		[grpc]
		  address = "/run/containerd/containerd.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "docker.io/leafpeer-test/pause:1"
		  restrict_oom_score_adj = true
		  disable_apparmor = true
		  disable_tcp_service = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/opt/cni/bin"
		    conf_dir = "/etc/cni/net.d"
		  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		    runtime_type = "io.containerd.runc.v2"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		      SystemdCgroup = false
	TOML
	cat >"$dir/etc/kubelet.yaml" <<-YAML
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		authentication:
		  anonymous: {enabled: false}
		  webhook: {enabled: true}
		  x509: {clientCAFile: $LAB/pki/ca.crt}
		authorization: {mode: Webhook}
		containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
		cgroupDriver: cgroupfs
		cgroupRoot: $(cgroup_of "$node")
		failCgroupV1: false
		failSwapOn: false
		oomScoreAdj: 0
		featureGates: {KubeletInUserNamespace: true}
		maxPods: 60
		# nobody is there: a kubelet without one complains of every pod
		clusterDNS: [10.96.0.10]
		imageGCHighThresholdPercent: 100
		imageGCLowThresholdPercent: 99
		evictionHard: {memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
		enforceNodeAllocatable: [none]
		makeIPTablesUtilChains: false
		nodeStatusUpdateFrequency: 5s
		# 60 requests a second would be enough for one person, not for a suite that starts 30 pods at once
		kubeAPIQPS: 100
		kubeAPIBurst: 200
	YAML
}

cgroup_of() { # NODE
	echo "/$LAB_NS$1" | sed 's/-/_/g'
}

node_start() { # NODE
	local node=$1 dir=$LAB/$1 c init
	for c in "${CONTROLLERS[@]}"; do
		[ -d "/sys/fs/cgroup/$c" ] || continue
		mkdir -p "/sys/fs/cgroup/$c$(cgroup_of "$node")"
		# a cpuset without processors takes no process
		if [ "$c" = cpuset ]; then
			cat /sys/fs/cgroup/cpuset/cpuset.cpus >"/sys/fs/cgroup/cpuset$(cgroup_of "$node")/cpuset.cpus"
			cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset$(cgroup_of "$node")/cpuset.mems"
		fi
	done
	rm -f "$dir/ready"
	# shellcheck disable=SC2153 # lib.sh sets it
	lab_spawn "$node" "$node" unshare --mount --uts --ipc --pid --fork --kill-child=KILL \
		"$CLUSTER_DIR/node" "$node" "$dir" "$LAB/bin/kubelet" "$LAB/pki/$node.conf" "$(node_addr "$node" 1),$(node_addr6 "$node" 1)"
	lab_until 240 test -e "$dir/ready" || cluster_fail "$node does not start: $(tail -n 5 "$LAB/log/$node")" || return 1
	init=$(pgrep -P "$(lab_pid "$node")" | head -n 1)
	[ -n "$init" ] || cluster_fail "$node has no first process" || return 1
	echo "$init" >"$dir/init.pid"
}

# ptp and host-local hand out the node's podCIDR, as Cilium's agent writes down what its plugin does, too.
node_conflist() { # NODE
	local cidr
	cidr=$(node_cidr "$1") && [ -n "$cidr" ] && cluster_conflist "$1" leafpeer "$cidr"
}

# The list of plugins that Cilium's agent would write, and write anew: an address of each prefix a pod, and leafpeer
# in the chain or not.
cluster_conflist() { # NODE leafpeer|alone PREFIX...
	local node=$1 with=$2
	shift 2
	jq -n --arg with "$with" '{
		cniVersion: "1.0.0", name: "cilium", plugins: [
			{type: "ptp", ipMasq: false, ipam: {
				type: "host-local", ranges: [$ARGS.positional[] | [{subnet: .}]],
				routes: [$ARGS.positional[] | {dst: (if test(":") then "::/0" else "0.0.0.0/0" end)}],
				dataDir: "/run/cni-ipam"}},
			({type: "leafpeer"} | select($with == "leafpeer"))
		]}' --args "$@" >"$LAB/$node/etc/cni/net.d/.new"
	# from a name in the same folder: containerd 1.6 does not see a file that comes from another
	mv "$LAB/$node/etc/cni/net.d/.new" "$LAB/$node/etc/cni/net.d/05-cilium.conflist"
}

node_net() { # NODE
	lab_ns "$1"
	lab_link tor1 "$1" eth1 "$(node_addr "$1" 1)/24" "$(node_addr6 "$1" 1)/64"
	lab_link tor2 "$1" eth2 "$(node_addr "$1" 2)/24" "$(node_addr6 "$1" 2)/64"
	# No default route: what a pod reaches, it reaches by a route that leafpeer made.
	lab_ip "$1" route add $SERVICE_CIDR via "$TOR1"
	lab_in "$1" nft -f - <<-NFT
		table ip service {
			chain output {
				type nat hook output priority -100;
				ip daddr ${SERVICE_CIDR%.0.0/16}.0.1 tcp dport 443 dnat to $CP_ADDR:6443
			}
			chain prerouting {
				type nat hook prerouting priority -100;
				ip daddr ${SERVICE_CIDR%.0.0/16}.0.1 tcp dport 443 dnat to $CP_ADDR:6443
			}
		}
	NFT
}

node_registered() { # NODE
	k get node "$1"
}

cluster_node_ready() { # NODE
	[ "$(k get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

cluster_kubelet_restart() { # NODE: its first process starts another
	local old pid
	old=$(cluster_in "$1" pgrep -x kubelet)
	cluster_in "$1" kill "$old"
	lab_until 30 kubelet_is_another "$1" "$old"
}

kubelet_is_another() { # NODE OLD
	local pid
	pid=$(cluster_in "$1" pgrep -x kubelet) && [ "$pid" != "$2" ]
}

cluster_image() { # FILE
	local node
	for node in "${CLUSTER_NODES[@]}"; do
		cluster_in "$node" ctr -n k8s.io images import - <"$1" >>"$LAB/log/images" 2>&1 ||
			cluster_fail "$1 cannot be imported on $node: $(tail -n 2 "$LAB/log/images")" || return 1
	done
}

# ---- all of it ------------------------------------------------------------------------------------------

cluster_tools() {
	local tool path names=(kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl
		ptp host-local loopback portmap cnitool helm
		ciliumnodes.yaml monitoring.coreos.com_podmonitors.yaml monitoring.coreos.com_prometheusrules.yaml)
	mkdir "$LAB/bin"
	path=$("$CLUSTER_DIR/build" "${names[@]}" kubernetes-old/kube-apiserver) || return 1
	ln -s "$(tail -n 1 <<<"$path")" "$LAB/bin/kube-apiserver-old"
	for tool in "${names[@]}"; do
		ln -s "$(grep -m 1 "/$tool-v" <<<"$path")" "$LAB/bin/$tool"
	done
}

cluster_check() {
	local c
	[ "$(id -u)" = 0 ] || cluster_fail "namespaces need root" || return 1
	for c in etcd etcdctl openssl nft containerd runc ctr jq busybox curl; do
		command -v $c >/dev/null || cluster_fail "there is no $c: run hack/setup cluster" || return 1
	done
	[ ! -e "$CLUSTER_STATE/env" ] || cluster_fail "there is one already ($CLUSTER_STATE): run test/cluster/down" || return 1
	[ -d /sys/fs/cgroup/memory ] || [ -f /sys/fs/cgroup/cgroup.controllers ] ||
		cluster_fail "no cgroups are mounted on /sys/fs/cgroup" || return 1
}

cluster_up() {
	local node began=$SECONDS
	cluster_check || return 1
	lab_init
	cluster_state_write
	cluster_say "in $LAB (logs in $LAB/log)"
	cluster_tools || return 1
	"$CLUSTER_DIR/test-image" "$LAB/images" || return 1
	cluster_pki || return 1
	lab_tor tor1 "$TOR1/24" fd00:10:90:224::98/64
	lab_tor tor2 "$TOR2/24" fd00:10:90:225::99/64
	cluster_control_plane || return 1
	cluster_tors
	for node in "${CLUSTER_NODES[@]}"; do
		node_net "$node"
		node_files "$node"
		node_start "$node" || return 1
	done
	cluster_image "$LAB/images/pause.tar" && cluster_image "$LAB/images/box.tar" || return 1
	for node in "${CLUSTER_NODES[@]}"; do
		lab_until 240 node_registered "$node" ||
			cluster_fail "$node did not register: $(tail -n 5 "$LAB/$node/log/kubelet")" || return 1
		lab_until 240 node_conflist "$node" || cluster_fail "$node got no podCIDR" || return 1
	done
	for node in "${CLUSTER_NODES[@]}"; do
		lab_until 240 cluster_node_ready "$node" ||
			cluster_fail "$node is not Ready: $(tail -n 5 "$LAB/$node/log/kubelet")" || return 1
	done
	cluster_say "up after $((SECONDS - began)) s: $(k version 2>/dev/null | tail -n 1), ${#CLUSTER_NODES[@]} nodes Ready"
}

cgroups_remove() { # those of this cluster, the innermost first
	local c dir i
	for c in "${CONTROLLERS[@]}"; do
		for dir in /sys/fs/cgroup/"$c/${LAB_NS%-}"_*; do
			[ -d "$dir" ] || continue
			for ((i = 0; i < 50; i++)); do
				find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null && break
				sleep 0.1
			done
			[ ! -d "$dir" ] || cluster_say "$dir could not be removed"
		done
	done
}

cluster_down() {
	local node
	[ -f "$CLUSTER_STATE/env" ] || return 0
	cluster_find || return 1
	for node in "${CLUSTER_NODES[@]}"; do
		# unshare does not heed TERM; with it goes the first process, and with that all of the node
		lab_kill "$node" KILL
	done
	for node in "${CLUSTER_NODES[@]}"; do
		[ ! -f "$LAB/$node/init.pid" ] || lab_until 20 gone "$(cat "$LAB/$node/init.pid")"
	done
	lab_kill apiserver KILL
	strays_end
	cgroups_remove
	lab_cleanup
	rm -rf "$CLUSTER_STATE"
}

# What still runs in the namespaces of this cluster was started by it, whoever has forgotten it: a test that
# was interrupted, an API server for dry runs, all of it where $LAB has been deleted by somebody.
strays_end() {
	local ns pid
	[ -n "${LAB_NS:-}" ] || return 0
	for ns in $(ip netns list | awk -v p="$LAB_NS" 'index($1, p) == 1 {print $1}'); do
		for pid in $(ip netns pids "$ns"); do
			[ ! -f "$LAB/born/$pid" ] || continue
			cluster_say "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-80) is ended, too"
			kill -KILL "$pid"
		done
		[ -d "$LAB" ] || ip netns del "$ns"
	done
}

gone() { # PID
	! kill -0 "$1" 2>/dev/null
}
