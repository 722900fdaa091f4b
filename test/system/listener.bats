#!/usr/bin/env bats
# Where neighbours dial us: the port, its keys, and what is done when there is no room.

load helper

waits_for_tor() { # LINE...: node1, whose neighbour dials, and is not dialled
	printf '%s\n' 'router bgp 65000' '   neighbor 10.90.224.98 remote-as 65001' '   neighbor 10.90.224.98 passive' "$@"
}

tor_dials() { # LINE...
	{
		printf '%s\n' "router bgp 65001" " bgp router-id 10.90.224.98" " no bgp ebgp-requires-policy" \
			" neighbor 10.90.224.105 remote-as 65000" " neighbor 10.90.224.105 timers connect 2"
		printf ' %s\n' "$@"
	} | lab_frr tor1
}

port_taken() {
	lab_in node1 ss -Hltn 'sport = 179' | grep -q .
}

@test "a port that another program has is taken when it is free, and asks for the key" {
	lab_dual
	(umask 077 && echo tops3cret >"$LAB/password")
	waits_for_tor "   neighbor 10.90.224.98 password-file $LAB/password" >"$LAB/node1.conf"
	lab_spawn squatter node1 python3 -c 'import socket, time
s = socket.create_server(("0.0.0.0", 179))
time.sleep(600)'
	lab_until 5 port_taken
	lab_agent node1 BGP_AS=65000 POD_CIDR=10.233.0.0/24
	log_has node1 'cannot listen for BGP, only dialling family=ipv4 port=179 reason="Address already in use"'
	tor_dials 'neighbor 10.90.224.105 password tops3cret'
	lab_kill squatter
	lab_until 10 log_has node1 'listening for BGP family=ipv4 port=179'
	# nobody gets in without it, not even before it is set again
	lab_in tor1 "$BATS_TEST_DIRNAME/mock_callers.py" 10.90.224.105 65001 1 1 >"$LAB/log/caller" 2>&1 || true
	lacks grep -qE '^got [1-9]' "$LAB/log/caller"
	lab_until 150 lab_established node1 1
}

@test "who dialled before the key was set is sent away, however many wait" {
	lab_dual
	printf '%s\n' 'router bgp 65000' >"$LAB/node1.conf"
	(umask 077 && echo tops3cret >"$LAB/password")
	lab_agent node1 BGP_AS=65000 POD_CIDR=10.233.0.0/24
	kill -STOP "$(lab_pid node1-agent)"
	# more than are accepted in one turn, and they have said all that makes a session
	lab_spawn callers tor1 "$BATS_TEST_DIRNAME/mock_callers.py" 10.90.224.105 65001 40 4
	lab_until 5 grep -q dialled "$LAB/log/callers"
	waits_for_tor "   neighbor 10.90.224.98 password-file $LAB/password" >"$LAB/node1.conf"
	kill -HUP "$(lab_pid node1-agent)"
	kill -CONT "$(lab_pid node1-agent)"
	lab_until 10 grep -q '^got' "$LAB/log/callers"
	grep -qE '^got( 0){40}$' "$LAB/log/callers"
	lab_established node1 0
	log_has node1 'neighbour added peer=10.90.224.98'
	# with the key one is welcome
	tor_dials 'neighbor 10.90.224.105 password tops3cret'
	lab_until 20 lab_established node1 1
}

ticks() { # of the agent
	awk '{ print $14 + $15 }' "/proc/$(lab_pid node1-agent)/stat"
}

dials() { # tor1 has a connection to the agent's port
	lab_in tor1 ss -Htn 'dport = 179' | grep -q ESTAB
}

first_free() { # PID: the descriptor that it would get next
	local n=0
	while [ -e "/proc/$1/fd/$n" ]; do n=$((n + 1)); done
	echo $n
}

@test "without a descriptor for whoever dials the agent waits, and does not spin" {
	local pid before
	lab_dual
	waits_for_tor >"$LAB/node1.conf"
	lab_agent node1 BGP_AS=65000 POD_CIDR=10.233.0.0/24
	pid=$(lab_pid node1-agent)
	prlimit --pid "$pid" --nofile="$(first_free "$pid"):4096"
	tor_dials
	# and on the control socket
	lab_spawn asks node1 "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/node1/run" show version
	lab_until 10 log_has node1 'neighbours that dial must wait reason="Too many open files"'
	lab_until 10 dials
	before=$(ticks)
	sleep 3
	# of 300
	[ $(($(ticks) - before)) -lt 60 ]
	[ "$(grep -c 'must wait' "$LAB/log/node1-agent")" -lt 10 ]
	[ ! -s "$LAB/log/asks" ]
	prlimit --pid "$pid" --nofile=1024:4096
	lab_until 20 lab_established node1 1
	lab_until 5 grep -q "Host name: node1" "$LAB/log/asks"
}
