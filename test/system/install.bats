#!/usr/bin/env bats
# leafpeerctl install-cni and uninstall-cni on directories of the test's own. Cilium, which is not to be
# had here, is a mock that does to its list of plugins what Cilium's documentation and source say.
# shellcheck disable=SC2030,SC2031 # that a test is a process of its own is what is wanted

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	BUILD=${LEAFPEER_BUILD:-$ROOT/build}
	CTL=$BUILD/leafpeerctl
	KILL_AT=$ROOT/build/helper/kill_at
	T=$(mktemp -d /tmp/lpi.XXXXXX)
	BIN=$T/bin
	CONF=$T/net.d
	LIST=$CONF/05-cilium.conflist
	mkdir "$BIN" "$CONF"
	export LEAFPEER_CNI_BIN_DIR=$BIN LEAFPEER_CNI_CONF_DIR=$CONF
	unset INTERFACE_MTU LEAFPEER_CNI_MODE LEAFPEER_STATE_DIR LEAFPEER_CNI_NETWORK
	PIDS=()
}

teardown() {
	local p
	for p in "${PIDS[@]}"; do
		kill "$p" 2>/dev/null
		wait "$p" 2>/dev/null || true
	done
	[ ! -f "$T/log" ] || cat "$T/log"
	rm -rf "$T"
}

list() { # as Cilium writes it, with members that are nobody's business but its own
	cat <<-'JSON'
		{
		  "cniVersion": "0.3.1",
		  "name": "cilium",
		  "plugins": [
		    {
		       "type": "cilium-cni",
		       "enable-debug": false,
		       "big": 12345678901234567890, "log-file": "/var/run/cilium/cilium-cni.log"
		    }
		  ]
		}
	JSON
}

mock_cilium_writes() { # by a temporary file and rename, as it does
	list >"$CONF/.05-cilium.conflist$BASHPID"
	mv "$CONF/.05-cilium.conflist$BASHPID" "$LIST"
}

chained() { # the types of the list, in order
	jq -r '[.plugins[].type] | join(" ")' "$LIST"
}

is_chained() {
	[ "$(chained)" = "cilium-cni leafpeer" ]
}

until_ok() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.05
	done
}

watch_start() { # FLAG...
	"$CTL" install-cni --watch "$@" 2>"$T/log" 3>&- &
	PIDS+=($!)
	WATCH=$!
}

left_behind() { # nothing is
	[ -z "$(find "$BIN" "$CONF" -name '.*' -type f)" ]
}

answers() { # the program that is installed
	CNI_COMMAND=VERSION "$BIN/leafpeer" </dev/null | jq -e '.supportedVersions | index("0.3.1")' >/dev/null
}

@test "configmap: the program, and what Cilium is to be told" {
	run "$CTL" install-cni --mtu 9000
	echo "$output"
	[ "$status" -eq 0 ]
	answers
	[ "$(stat -c %a "$BIN/leafpeer")" = 755 ]
	# what it prints is a manifest and a list, and the list is as it says
	[[ $output == *"configMap: cni-leafpeer"* ]]
	sed -n '/cni-config: |-/,/^---/p' <<<"$output" | sed '1d;$d' >"$LIST"
	[ "$(jq -c '[.name, .plugins[1]]' "$LIST")" = '["cilium",{"type":"leafpeer","mtu":9000}]' ]
	run "$CTL" install-cni
	[ "$status" -eq 0 ]
	[[ $output == *"was there already"*"in the chain of"* ]]
	left_behind
}

@test "patch: one entry behind the others, and not an octet else; uninstall gives the octets back" {
	mock_cilium_writes
	chmod 600 "$LIST"
	printf '{"cniVersion":"1.0.0","name":"other","plugins":[{"type":"ptp"}]}' >"$CONF/01-other.conflist"
	cp -a "$CONF/01-other.conflist" "$T/other"
	INTERFACE_MTU=9000 "$CTL" --state-dir /run/x install-cni --mode patch --wait-for-route 1m2s
	is_chained
	[ "$(jq -c '.plugins[1]' "$LIST")" = '{"type":"leafpeer","stateDir":"/run/x","mtu":9000,"waitForRoute":"1m2s"}' ]
	diff <(list) "$LIST" | grep '^<' | grep -vE '^< +}$' && false
	[ "$(stat -c %a "$LIST")" = 600 ]
	answers
	# twice is once, and another setting is put in its place
	cp "$LIST" "$T/once"
	INTERFACE_MTU=9000 "$CTL" --state-dir /run/x install-cni --mode patch --wait-for-route 1m2s
	cmp "$LIST" "$T/once"
	"$CTL" install-cni --mode patch --mtu 1400
	[ "$(jq -c '.plugins[1:]' "$LIST")" = '[{"type":"leafpeer","mtu":1400}]' ]
	"$CTL" uninstall-cni
	cmp "$LIST" <(list)
	cmp "$CONF/01-other.conflist" "$T/other"
	[ "$(stat -c %a "$LIST")" = 600 ]
	# the program stays, for pods that were started with it
	answers
	"$CTL" uninstall-cni
	left_behind
}

@test "dropin: a file beside the list; from one mode to the other and back" {
	mock_cilium_writes
	"$CTL" install-cni --mode patch
	"$CTL" install-cni --mode dropin
	cmp "$LIST" <(list)
	[ "$(cat "$CONF/cilium/50-leafpeer.conf")" = '{"type":"leafpeer"}' ]
	"$CTL" install-cni --mode dropin --mtu 9000
	jq -e '.mtu == 9000' "$CONF/cilium/50-leafpeer.conf"
	"$CTL" install-cni --mode patch
	is_chained
	[ ! -e "$CONF/cilium" ]
	"$CTL" install-cni --mode dropin
	: >"$CONF/cilium/99-somebody-elses.conf"
	"$CTL" uninstall-cni
	[ "$(ls "$CONF/cilium")" = 99-somebody-elses.conf ]
	cmp "$LIST" <(list)
	left_behind
}

refused() { # TEXT FLAG...: and nothing changed
	local text=$1 before
	shift
	before=$(find "$T" -type f -exec sha256sum {} +)
	run "$CTL" install-cni "$@"
	echo "$output"
	[ "$status" -eq "${STATUS:-1}" ]
	[[ $output == *"$text"* ]]
	[ "$(find "$T" -type f -exec sha256sum {} +)" = "$before" ]
}

@test "what would keep pods from starting is refused, with the reason" {
	"$CTL" install-cni
	refused "is Cilium running" --mode patch
	mock_cilium_writes
	for v in 0.2.0 1.2.0; do
		sed "s/0.3.1/$v/" <(list) >"$LIST"
		refused "cniVersion" --mode patch
	done
	echo '{"cniVersion":"0.3.1","name":"cilium","plugins":[' >"$LIST"
	refused "not a JSON object" --mode patch
	mv "$LIST" "$T/elsewhere"
	ln -s "$T/elsewhere" "$LIST"
	refused "symbolic link" --mode patch
	rm "$LIST"
	mkfifo "$LIST"
	refused "not a regular file" --mode patch
	rm "$LIST"
	# a program that does not run here
	printf '\177ELF of another machine' >"$T/foreign"
	refused "does not run" --program "$T/foreign"
	answers
	refused "No such file" --program "$T/none"
	refused "No such file" --bin-dir "$T/none"
	refused "No such file" --mode dropin --conf-dir "$T/none"
	STATUS=2 refused "expected configmap, dropin or patch" --mode x
	STATUS=2 refused "68 to 65535" --mtu 67
	STATUS=2 refused "duration" --wait-for-route 2
	STATUS=2 refused "name of a network" --network ../x
	STATUS=2 refused "usage" x
	# nobody would make the pods' interface
	echo '{"cniVersion":"0.3.1","name":"cilium","plugins":[{"type":"leafpeer"}]}' >"$LIST"
	run "$CTL" uninstall-cni
	[ "$status" -eq 1 ]
	[[ $output == *"only plugin"* ]]
	left_behind
}

@test "a full or read-only file system: said, and the list as it was" {
	mock_cilium_writes
	cat >"$T/script" <<-'SH'
		set -e
		ctl=$1 bin=$2 conf=$3
		mount -t tmpfs -o size=64k tmpfs "$bin"
		! "$ctl" install-cni --mode patch || exit 3
		[ -z "$(ls -A "$bin")" ]
		umount "$bin"
		"$ctl" install-cni
		cp "$conf/05-cilium.conflist" "$bin/list"
		mount -t tmpfs -o size=8k tmpfs "$conf"
		cp "$bin/list" "$conf/05-cilium.conflist"
		dd if=/dev/zero of="$conf/fill" bs=1k status=none 2>/dev/null || true
		! "$ctl" install-cni --mode patch || exit 4
		cmp "$bin/list" "$conf/05-cilium.conflist"
		[ "$(ls -A "$conf" | paste -sd ' ')" = "05-cilium.conflist fill" ]
		rm "$conf/fill"
		mount -o remount,ro "$conf"
		! "$ctl" install-cni --mode patch || exit 5
		cmp "$bin/list" "$conf/05-cilium.conflist"
		echo whole
	SH
	run unshare -m bash "$T/script" "$CTL" "$BIN" "$CONF"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"No space left"*"No space left"*"read-only: mount it for writing"* ]]
	[ "${lines[-1]}" = whole ]
}

@test "watch: waits for the list, and puts back entry and program, whoever takes them away" {
	watch_start --mode patch
	until_ok 10 grep -q 'waiting for it' "$T/log"
	answers
	mock_cilium_writes
	until_ok 10 is_chained
	# Cilium's agent restarts
	mock_cilium_writes
	until_ok 10 is_chained
	rm "$LIST"
	mock_cilium_writes
	until_ok 10 is_chained
	rm "$BIN/leafpeer"
	until_ok 10 answers
	echo x >"$BIN/leafpeer"
	until_ok 10 answers
	# the directories themselves: at once, and with a pause in which it is missed
	mv "$CONF" "$T/old"
	mkdir "$CONF"
	mock_cilium_writes
	kill -0 "$WATCH"
	until_ok 15 is_chained
	mv "$CONF" "$T/older"
	sleep 1
	mkdir "$CONF"
	mock_cilium_writes
	kill -0 "$WATCH"
	until_ok 15 is_chained
	# its end changes nothing
	kill "$WATCH"
	wait "$WATCH"
	is_chained
	answers
	"$CTL" uninstall-cni
	cmp "$LIST" <(list)
	left_behind
}

@test "watch, dropin: the file comes back" {
	mock_cilium_writes
	watch_start --mode dropin --mtu 9000
	until_ok 10 test -f "$CONF/cilium/50-leafpeer.conf"
	rm -r "$CONF/cilium"
	until_ok 15 test -f "$CONF/cilium/50-leafpeer.conf"
	cmp "$LIST" <(list)
}

# cni.exclusive: whatever happens to the list, it is written anew
mock_cilium_exclusive() {
	while sleep 0.02; do
		cmp -s "$LIST" <(list) || { mock_cilium_writes && echo >>"$T/rewrites"; }
	done
}

@test "watch: who undoes it each time is left alone after five times, and the reason is said" {
	local n
	mock_cilium_writes
	mock_cilium_exclusive 3>&- &
	PIDS+=($!)
	sleep 0.5
	watch_start --mode patch
	until_ok 20 grep -q 'cni.exclusive=false' "$T/log"
	n=$(wc -l <"$T/rewrites")
	[ "$n" -ge 5 ]
	[ "$n" -le 7 ]
	sleep 2
	[ "$(wc -l <"$T/rewrites")" -eq "$n" ]
	# whoever won, it is a list that pods start with
	[[ $(chained) == cilium-cni* ]]
	# the program is looked after all the same
	rm "$BIN/leafpeer"
	until_ok 10 answers
	[ "$(grep -c 'cni.exclusive=false' "$T/log")" -eq 1 ]
}

sound() { # pods can start: every plugin that the list names is there and runs
	case $(chained) in
	cilium-cni) ;;
	"cilium-cni leafpeer") answers ;;
	*) return 1 ;;
	esac
	[ ! -e "$CONF/cilium/50-leafpeer.conf" ] || answers
}

@test "killed at its system calls: pods can start and stop, and the next run ends it" {
	local n=0 killed=0 what
	CTL=$ROOT/build/leafpeerctl # a sanitizer makes a thousand calls of its own
	for what in "install-cni --mode patch" "install-cni --mode dropin" uninstall-cni; do
		# every third, and others the next time
		for ((n = 60 + RANDOM % 3; ; n += 3)); do
			rm -rf "$BIN" "$CONF"
			mkdir "$BIN" "$CONF"
			mock_cilium_writes
			# the other way round, so that there is most to do
			case $what in
			*patch) "$CTL" install-cni --mode dropin >/dev/null && rm "$BIN/leafpeer" && cp /bin/true "$BIN/leafpeer.old" ;;
			*dropin) "$CTL" install-cni --mode patch >/dev/null ;;
			*) "$CTL" install-cni --mode patch >/dev/null ;;
			esac
			[[ $what != *patch ]] || rm -r "$CONF/cilium"
			# shellcheck disable=SC2086 # words
			if ! "$KILL_AT" call "$n" "$CTL" $what >/dev/null 2>&1; then
				break
			fi
			killed=$((killed + 1))
			sound
			if ((killed % 4 == 0)); then
				# shellcheck disable=SC2086
				"$CTL" $what >/dev/null
				sound
				[ "$what" != uninstall-cni ] || cmp "$LIST" <(list)
				left_behind
			fi
		done
		echo "$what: ended after $n calls"
		sound
		[ "$n" -gt 80 ]
	done
	echo "killed $killed times"
}

@test "killed at any moment, 100 times, while Cilium writes too" {
	local i killed=0 span
	CTL=$ROOT/build/leafpeerctl
	mock_cilium_writes
	"$CTL" install-cni >/dev/null
	(while :; do
		mock_cilium_writes
		sleep 0.003
	done) 3>&- &
	PIDS+=($!)
	span=${EPOCHREALTIME/[.,]/}
	for i in {1..10}; do "$CTL" install-cni --mode patch >/dev/null; done
	span=$(((${EPOCHREALTIME/[.,]/} - span) / 10))
	# how long a run takes is another thing with every moment on a busy machine: what came too late comes sooner next
	for ((i = 0; i < 100; i++)); do
		if "$KILL_AT" usec $(((RANDOM * 32768 + RANDOM) % (span * 3 / 2) + 1)) "$CTL" install-cni --mode patch >/dev/null 2>&1; then
			killed=$((killed + 1))
			span=$((span * 17 / 16))
		else
			span=$((span * 7 / 8 + 100))
		fi
		sound
	done
	echo "killed $killed of 100"
	[ "$killed" -gt 15 ]
	kill "${PIDS[0]}"
	wait "${PIDS[0]}" 2>/dev/null || true
	mock_cilium_writes
	"$CTL" install-cni --mode patch
	is_chained
	find "$CONF" -name '.05-cilium*' -delete # the mock's own
	left_behind
}
