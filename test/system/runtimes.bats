#!/usr/bin/env bats
# The plugin under runtimes other than containerd (pods.bats has that): libcni's own cnitool, in versions that
# have STATUS and GC, and podman with CNI. Where a runtime is not on the machine its test is skipped, and says so.

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PLUGIN=${LEAFPEER_BUILD:-$ROOT/build}/leafpeer
	PLUGINS=${LAB_CNI_PLUGINS:-/usr/lib/cni}
	TOOLS=${LEAFPEER_TOOLS:-/var/cache/leafpeer-tools}
	T=$(mktemp -d /tmp/lpr.XXXXXX)
	N=lpr${T##*.}
	mkdir "$T/net.d" "$T/bin"
	cp "$PLUGINS"/* "$T/bin/"
	cp "$PLUGIN" "$T/bin/leafpeer"
	PODMAN=
}

teardown() {
	local ns
	[ -z "$PODMAN" ] || podman_in rm -f -a >/dev/null 2>&1 || true
	for ns in $(ip netns list | awk -v p="$N" 'index($1, p) == 1 {print $1}'); do
		ip netns del "$ns"
	done
	! mountpoint -q "$T/storage" || umount "$T/storage"
	rm -rf "$T"
}

tool() { # NAME: the path of what test/cluster/build has built; skips where it has not
	local path
	for path in "$TOOLS/$1"-v*; do
		[ -x "$path" ] && echo "$path" && return
	done
	return 1
}

missing() { # WHAT HOW
	echo "# SKIPPED: there is no $1; $2" >&3
	skip "no $1"
}

conflist() { # VERSION: a bridge's pods, behind it the plugin
	jq -n --arg v "$1" --arg s "$T/run" --arg i "$T/ipam" '{cniVersion: $v, name: "pods", plugins: [
		{type: "bridge", bridge: "lpbr0", isGateway: true, ipam: {type: "host-local", dataDir: $i,
			ranges: [[{subnet: "10.233.9.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}},
		{type: "leafpeer", stateDir: $s, mtu: 1400}]}' >"$T/net.d/10-pods.conflist"
}

host() { # COMMAND...: on the node, which is a namespace
	nsenter --net="/run/netns/$N" env CNI_PATH="$T/bin" NETCONFPATH="$T/net.d" "$@"
}

records() {
	find "$T/run/pods" -name '*.json' 2>/dev/null | wc -l
}

@test "cnitool: add, check, status, gc and del through libcni" {
	local cnitool v
	cnitool=$(tool cnitool) || missing cnitool "test/cluster/build cnitool builds it"
	for v in bridge host-local; do
		cp "$(tool $v)" "$T/bin/$v" || missing $v "test/cluster/build $v builds it"
	done
	ip netns add "$N"
	ip -n "$N" link set lo up
	for v in 0.4.0 1.0.0 1.1.0; do
		conflist $v
		ip netns add "$N-$v"
		host "$cnitool" add pods "/run/netns/$N-$v" >"$T/out"
		jq -e --arg v $v '.cniVersion == $v and (.ips[0].address | startswith("10.233.9."))' "$T/out"
		[ "$(records)" -eq 1 ]
		jq -e --slurpfile r "$T/out" '.addresses == [$r[0].ips[0].address | sub("/.*"; "")] and
			(.hostInterface | startswith("veth")) and .mtu == 1400' "$T"/run/pods/*.json
		[ "$(ip -n "$N-$v" -j link show eth0 | jq '.[0].mtu')" = 1400 ]
		# nobody looks after the pod
		run host "$cnitool" check pods "/run/netns/$N-$v"
		[ "$status" -ne 0 ]
		[[ $output == *leafpeerd* ]]
		if [ $v = 1.1.0 ]; then
			run host "$cnitool" status pods "/run/netns/$N-$v"
			[ "$status" -ne 0 ]
			[[ $output == *leafpeerd* ]]
		fi
		host "$cnitool" del pods "/run/netns/$N-$v"
		[ "$(records)" -eq 0 ]
		host "$cnitool" del pods "/run/netns/$N-$v"
	done
	# its gc names no attachment at all: libcni takes back what it knows of with DEL, and a GC that says
	# nothing of who is alive removes nothing
	host "$cnitool" add pods "/run/netns/$N-1.1.0" >/dev/null
	jq '.containerId = "gone"' "$T"/run/pods/*.json >"$T/gone"
	mv "$T/gone" "$T/run/pods/pods@gone@eth0.json"
	[ "$(records)" -eq 2 ]
	run host "$cnitool" gc pods "/run/netns/$N-1.1.0"
	[[ $output == *"nothing was removed"* ]]
	[ "$(ls "$T/run/pods")" = pods@gone@eth0.json ]
}

podman_in() {
	host env CONTAINERS_CONF="$T/containers.conf" CONTAINERS_STORAGE_CONF="$T/storage.conf" podman "$@"
}

@test "podman with CNI: a container's life is a record's" {
	command -v podman >/dev/null || missing podman "apt-get install podman runc"
	ip netns add "$N"
	ip -n "$N" link set lo up
	nsenter --net="/run/netns/$N" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	conflist 0.4.0
	cat >"$T/containers.conf" <<-CONF
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime = "runc"
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		[network]
		network_backend = "cni"
		cni_plugin_dirs = ["$T/bin"]
		network_config_dir = "$T/net.d"
	CONF
	cat >"$T/storage.conf" <<-CONF
		[storage]
		driver = "vfs"
		graphroot = "$T/storage"
		runroot = "$T/runroot"
	CONF
	mkdir "$T/storage" "$T/root" "$T/root/bin"
	cp "$(command -v busybox)" "$T/root/bin/"
	PODMAN=1
	tar -C "$T/root" -c . | podman_in import - box >/dev/null
	podman_in network ls | grep -w pods
	podman_in run -d --name web --network pods --security-opt seccomp=unconfined box /bin/busybox sleep 1000 >/dev/null
	[ "$(records)" -eq 1 ]
	jq -e --arg a "$(podman_in inspect web | jq -r '.[0].NetworkSettings.Networks.pods.IPAddress')" \
		'.addresses == [$a] and .podName == "web"' "$T"/run/pods/*.json
	podman_in exec web /bin/busybox ip link show eth0 | grep -w 'mtu 1400'
	podman_in restart -t 0 web >/dev/null
	[ "$(records)" -eq 1 ]
	podman_in rm -f -t 0 web >/dev/null
	[ "$(records)" -eq 0 ]
}
