#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# What the agent logs, how much of it, and what it never says.

load helper

@test "log level: another one at once, and nothing restarts" {
	lab_dual
	lab_agent node1
	lab_record node1 one 10.233.0.5
	sleep 0.5
	lacks log_has node1 'pod recorded'
	lab_ctl node1 log level debug
	log_has node1 'debug log level changed from=info to=debug'
	lab_record node1 two 10.233.0.6
	lab_until 5 log_has node1 'debug pod recorded .*pod=two'
	lab_ctl node1 log lev err
	lab_ctl node1 drain 5
	lab_ctl node1 undrain
	lacks log_has node1 'draining'
	run lab_ctl node1 log level loud
	[ "$status" -ne 0 ]
	[[ $output == '% Invalid input'* ]]
	[ "$(lab_ctl node1 show version | grep -c Uptime)" = 1 ]
}

@test "the journal is told the level, and not the time, which it knows" {
	lab_dual
	: >"$LAB/log/node1-agent"
	lab_agent node1 BGP_AS=65000 DATASTORE_TYPE=etcd JOURNAL_STREAM="$(stat -c %d:%i "$LAB/log/node1-agent")"
	lab_until 5 log_has node1 '^<6>leafpeerd started version='
	log_has node1 '^<4>configuration note='
	lacks log_has node1 '^[^<]'
	# the variable alone is not the journal: a shell between has redirected
	lab_agent node2 JOURNAL_STREAM=1:1
	lab_until 5 log_has node2 '^20..-.*Z info leafpeerd started'
	lacks log_has node2 '^<'
}

@test "JSON lines to the journal are JSON behind the level" {
	lab_dual
	: >"$LAB/log/node1-agent"
	lab_agent node1 LEAFPEER_LOG_FORMAT=json JOURNAL_STREAM="$(stat -c %d:%i "$LAB/log/node1-agent")"
	lab_until 5 log_has node1 'leafpeerd started'
	sed -n 's/^<6>//p' "$LAB/log/node1-agent" | jq -es 'map(select(.message == "leafpeerd started" and .level == "info")) | length == 1'
}

flaps() { # what is logged of the neighbour
	grep -c 'peer=10.90.224.98' "$LAB/log/node1-agent"
}

@test "a neighbour that flaps has so many lines, and the others are counted" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 LEAFPEER_HTTP=127.0.0.1:9179
	local began=$SECONDS
	for _ in {1..60}; do
		lab_until 20 lab_established node1 1
		lab_ctl node1 clear bgp 10.90.224.98
	done
	lab_until 20 lab_established node1 1
	# sixty times down and up would be 120: 50, and since then one a second, with how many were left out
	(($(flaps) <= 55 + 2 * (SECONDS - began)))
	(($(flaps) >= 50))
	sleep 1.2
	lab_ctl node1 clear bgp 10.90.224.98
	lab_until 5 log_has node1 'warning log lines suppressed peer=10.90.224.98 lines=[1-9]'
	lab_in node1 python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:9179/metrics").read().decode())' |
		grep -q '^leafpeer_log_lines_suppressed_total [1-9]'
}

SECRET=0nly-th3-t0r-kn0ws
# All octets of the process that can be read, for the secret.
in_memory() { # PID
	python3 - "$1" "$SECRET" <<-'PY'
		import sys
		pid, secret = sys.argv[1], sys.argv[2].encode()
		found = []
		with open(f"/proc/{pid}/mem", "rb", 0) as mem:
		    for line in open(f"/proc/{pid}/maps"):
		        span, mode, *rest = line.split()
		        if not mode.startswith("rw") or rest[-1] in ("[vvar]", "[vsyscall]"):
		            continue
		        at, end = (int(x, 16) for x in span.split("-"))
		        while at < end and end - at < 1 << 32:
		            try:
		                mem.seek(at)
		                data = mem.read(min(1 << 20, end - at))
		            except OSError:
		                break
		            if secret in data:
		                found.append(line.strip())
		            at += 1 << 20
		print("\n".join(found))
		sys.exit(not found)
	PY
}

@test "a password is in no log, answer, metric, message of BMP or list of processes, nor stays in memory" {
	lab_dual
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " neighbor 10.90.224.105 remote-as 65000"
		echo " neighbor 10.90.224.105 password $SECRET"
	} | lab_frr tor1
	(umask 077 && echo "$SECRET" >"$LAB/password")
	printf '%s\n' 'router bgp 65000' 'neighbor 10.90.224.98 remote-as 65001' \
		"neighbor 10.90.224.98 password-file $LAB/password" 'monitor station X 10.90.224.98 port 11019' >"$LAB/startup"
	lab_spawn station tor1 python3 -c 'import socket
s = socket.create_server(("10.90.224.98", 11019)); c = s.accept()[0]
open("'"$LAB"'/bmp", "wb").write(b"".join(iter(lambda: c.recv(65536), b"")))'
	lab_agent node1 LEAFPEER_CONFIG="$LAB/startup" POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always \
		LEAFPEER_LOG_LEVEL=debug LEAFPEER_HTTP=127.0.0.1:9179
	lab_until 20 lab_established node1 1
	pid=$(lab_pid node1-agent)
	# the whole life of a password: read again, wrong, too long, pasted in clear, back
	lab_ctl node1 clear bgp '*'
	lab_until 20 lab_established node1 1
	for text in "$SECRET-$SECRET-$SECRET-$SECRET-$SECRET-$SECRET" "${SECRET}x" "$SECRET"; do
		echo "$text" >"$LAB/password"
		lab_ctl node1 reload
		lab_ctl node1 clear bgp '*'
		sleep 1
	done
	lab_until 30 lab_established node1 1
	lacks in_memory "$pid"
	# in clear in the configuration it is refused, and not repeated
	cp "$LAB/startup" "$LAB/startup.good"
	sed -i "2i neighbor 10.90.224.98 password $SECRET" "$LAB/startup"
	run lab_ctl node1 reload
	[ "$status" -ne 0 ]
	[[ $output == *'line 2, column 32: passwords are read from files'* ]]
	echo "$output" >"$LAB/answers"
	lab_ctl node1 show running-config diffs >>"$LAB/answers"
	cp "$LAB/startup.good" "$LAB/startup"
	lab_ctl node1 reload
	lab_until 30 lab_established node1 1
	# every show command there is, as text and as JSON
	shows=0
	while read -r words; do
		shows=$((shows + 1))
		lab_ctl node1 "$words" >>"$LAB/answers" 2>&1 || true
		lab_ctl node1 "$words | json" >>"$LAB/answers" 2>&1 || true
	done < <(grep -oE '^[[:space:]]*\{"show [^"]*"' "$BATS_TEST_DIRNAME/../../agent/show/command_table.c" |
		sed 's/.*{"//; s/"$//; s/ip|ipv6/ip/; s/ipv4|ipv6/ipv4/; s/NEIGHBOR/10.90.224.98/; s/PREFIX/10.233.0.0\/24/; s/|[a-z-]*//g')
	((shows > 20))
	lab_in node1 python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:9179/metrics").read().decode())' >>"$LAB/answers"
	grep -q '^leafpeer_bgp_peer_up{' "$LAB/answers"
	grep -q password-file "$LAB/answers"
	tr '\0' '\n' <"/proc/$pid/cmdline" >"$LAB/proc"
	tr '\0' '\n' <"/proc/$pid/environ" >>"$LAB/proc"
	lacks grep -aq -- "$SECRET" "$LAB/answers" "$LAB/proc" "$LAB/log/node1-agent"
	find "$LAB/node1" -type f -print0 | xargs -0 -r grep -al -- "$SECRET" >"$LAB/files" || true
	[ ! -s "$LAB/files" ]
	lab_kill node1-agent TERM
	lab_until 10 test -s "$LAB/bmp"
	lacks grep -aq -- "$SECRET" "$LAB/bmp" "$LAB/log/node1-agent"
}
