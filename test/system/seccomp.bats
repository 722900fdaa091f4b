#!/usr/bin/env bats
# The agent's seccomp profile (manifests/components/seccomp): what the agent does is permitted, and not much more. The programs
# are those that are shipped, since the sanitizers make calls of their own.

load helper

ROOT=$BATS_TEST_DIRNAME/../..
PROFILE=$ROOT/manifests/components/seccomp/leafpeerd.json
UNDER=$BATS_TEST_DIRNAME/under_seccomp.py

# Programs that run under the profile, without a call of it: a directory to be LEAFPEER_BUILD.
under() { # [--without CALL]
	local p
	mkdir -p "$LAB/under"
	for p in leafpeerd leafpeerctl; do
		printf '#!/bin/sh\nexec "%s" %s "%s" "%s" "$@"\n' "$UNDER" "$*" "$PROFILE" "$ROOT/build/$p" >"$LAB/under/$p"
		chmod 755 "$LAB/under/$p"
	done
	cp "$ROOT/build/leafpeer" "$LAB/under/"
	LAB_BUILD=$LAB/under
}

# A test of another file, under it.
scenario() { # FILE TEST...: what the names of the tests begin with
	local file=$1 names name
	shift
	for name; do
		[ "$(grep -c "^@test \"$name" "$BATS_TEST_DIRNAME/$file.bats")" = 1 ] || {
			echo "'$name' does not name one test of $file.bats"
			return 1
		}
	done
	names=$(printf '|^%s' "$@")
	env LEAFPEER_BUILD="$LAB_BUILD" bats --tap -f "${names#|}" "$BATS_TEST_DIRNAME/$file.bats" >"$LAB/log/$file" 2>&1 || return 1
	# that many, and none skipped
	[ "$(grep -c '^ok' "$LAB/log/$file")" = $# ]
	lacks grep -q '# skip' "$LAB/log/$file"
}

@test "sessions, routes, a kill and a restart, MD5, drain" {
	under
	scenario fabric 'two ToRs' 'kill -9' 'TCP MD5: ' 'TCP MD5 with' 'drain: ' 'drain for' 'aggregate-address'
}

@test "BFD, whose thread wants to be first in the queue" {
	under
	scenario bfd 'FRR: a ToR that falls silent' 'BIRD: over IPv6'
}

@test "Kubernetes: TLS, HTTP/2, write-back, the cache" {
	under
	scenario kubernetes 'annotations make' 'without the API' 'written back'
}

@test "one agent takes over from another: sockets are handed on" {
	under
	scenario takeover 'draining goes on'
}

@test "neighbours by their interface, a startup-config that changes, a station" {
	under
	scenario unnumbered 'FRR over an interface'
	scenario reload 'a ConfigMap that changes'
	scenario bmp 'a station that was restarted'
}

# How the agent ends that runs for at most that long: 124 is the time, 159 a call that was not permitted.
ends_with() { # STATUS SECONDS
	local got=0
	timeout "$2" env NODE_NAME=n LEAFPEER_STATE_DIR="$LAB/run" LEAFPEER_CONFIG="$LAB/none" LEAFPEER_CACHE_DIR="$LAB/cache" \
		LEAFPEER_HTTP=127.0.0.1:9179 nsenter --net="/run/netns/${LAB_NS}node1" "$LAB_BUILD/leafpeerd" >>"$LAB/log/agent" 2>&1 || got=$?
	[ $got = "$1" ] || {
		echo "it ended with $got"
		return 1
	}
}

@test "without a call that is needed the agent does not run" {
	local call
	lab_ns node1
	under
	ends_with 124 2
	for call in openat execve mmap epoll_ctl fcntl bind listen setsockopt inotify_add_watch sendto recvmsg; do
		grep -q "\"$call\"" "$PROFILE"
		under --without $call
		ends_with 159 10 || {
			echo "without $call"
			return 1
		}
	done
}

@test "what the agent never does is not permitted: another process, a namespace, another kind of socket" {
	local family
	run "$UNDER" "$PROFILE" /bin/busybox sh -c 'echo alone'
	[ "$output" = alone ]
	run "$UNDER" "$PROFILE" /bin/busybox sh -c 'echo two | cat'
	[ "$status" = 159 ]
	run "$UNDER" "$PROFILE" /usr/bin/unshare -n /bin/true
	[ "$status" = 159 ]
	for family in 1 2 10 16; do
		"$UNDER" "$PROFILE" /usr/bin/python3 -c "import socket; socket.socket($family, socket.SOCK_DGRAM)"
	done
	# AF_KEY, AF_PACKET, AF_VSOCK
	for family in 15 17 40; do
		run "$UNDER" "$PROFILE" /usr/bin/python3 -c "import socket; socket.socket($family, socket.SOCK_DGRAM)"
		[ "$status" = 159 ]
	done
}

ctr_() {
	ctr -a "$LAB/containerd/sock" "$@"
}

@test "containerd and runc: the image's agent runs under it, put where the kubelet looks, and answers Cli" {
	lab_ns node1
	lab_containerd
	# what is shipped: a sanitizer looks into /proc, which is not there when the image is made
	LEAFPEER_BUILD=$ROOT/build "$ROOT/hack/image" rootfs "$LAB/root"
	mkdir "$LAB/state" "$LAB/seccomp"
	chroot "$LAB/root" /usr/bin/leafpeerctl install-seccomp --dir /nowhere && return 1
	"$ROOT/build/leafpeerctl" install-seccomp --dir "$LAB/seccomp" --profile "$LAB/root/usr/share/leafpeer/leafpeerd.json"
	cmp "$LAB/seccomp/leafpeerd.json" "$PROFILE"
	"$ROOT/build/leafpeerctl" install-seccomp --dir "$LAB/seccomp" --profile "$PROFILE" | grep -q 'already'
	lab_spawn node1-agent node1 ctr -a "$LAB/containerd/sock" run --rm --rootfs --read-only \
		--with-ns "network:/run/netns/${LAB_NS}node1" --cap-add CAP_NET_ADMIN \
		--seccomp --seccomp-profile "$LAB/seccomp/leafpeerd.json" --env NODE_NAME=node1 --env BGP_AS=65000 --env POD_CIDR=10.233.0.0/24 \
		--mount "type=bind,src=$LAB/state,dst=/run/leafpeer,options=rbind:rw" \
		--mount "type=bind,src=$LAB/state,dst=/var/lib/leafpeer,options=rbind:rw" "$LAB/root" agent /usr/sbin/leafpeerd
	lab_until 20 test -S "$LAB/state/leafpeerd.sock"
	grep -qx 'Seccomp:	2' "/proc/$(ctr_ task ls | awk '$1 == "agent" {print $2}')/status"
	ctr_ task exec --exec-id cli agent /usr/bin/Cli show aggregates | grep -q '^10.233.0.0/24'
	run ctr_ task exec --exec-id doctor agent /usr/bin/leafpeerctl doctor
	[[ $output == *BGP_PEER* ]]
	ctr_ task kill -s TERM agent
	lab_until 10 lacks agent_runs
}

agent_runs() {
	ctr_ task ls | grep -q '^agent '
}
