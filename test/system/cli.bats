#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# leafpeerctl as people use it: at the prompt, from scripts, and where there is no agent.

load helper

eval "lab_$(declare -f teardown)"

# An agent with two neighbours that never answer.
lonely_agent() {
	lab_ns node1
	lab_ip node1 addr add 10.90.224.105/24 dev lo
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.225.98,10.90.225.99 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
}

# ---- a terminal ----------------------------------------------------------------------------------------

term() { # ARGUMENTS...: of tmux, on a server of this test's own
	tmux -L "$LAB_NS" -f /dev/null "$@"
}

term_start() { # COMMAND [COLUMNS ROWS]: on a screen of 90 by 24
	# libedit keeps the names that EL_ADDFN gave it
	printf 'leak:libedit\n' >"$LAB/lsan"
	term new-session -d -x "${2:-90}" -y "${3:-24}" -e ASAN_OPTIONS=fast_unwind_on_malloc=0 \
		-e LSAN_OPTIONS="suppressions=$LAB/lsan:print_suppressions=0" "$1; echo it said \$?; sleep 60"
	TERM_STARTED=1
}

screen() {
	term capture-pane -p
}

screen_has() { # TEXT
	screen | grep -qF -- "$1"
}

sees() { # TEXT: appears within some seconds
	lab_until 10 screen_has "$1" || {
		echo "not on the screen: $1"
		screen
		return 1
	}
}

keys() {
	term send-keys "$@"
}

complained() { # TIMES: that enable is to be said
	[ "$(screen | grep -c 'privileged mode required')" = "$1" ]
}

teardown() {
	local status=0
	[ -z "${TERM_STARTED:-}" ] || term kill-server
	lab_teardown || status=1
	return $status
}

@test "configure check needs no agent, and says all that is wrong with a file" {
	printf 'router bgp 65000\n   neighbor x\nfoo\n' >"$LAB/bad"
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/none" configure check "$LAB/bad"
	[ "$status" = 1 ]
	[[ $output == *"$LAB/bad:2:"* ]]
	[[ $output == *"$LAB/bad:3:1: foo: expected"* ]]
	run "$LAB_BUILD/leafpeerctl" configure check "$BATS_TEST_DIRNAME/../../conf/startup-config"
	[ "$status" = 0 ]
}

@test "the brief's own session at the prompt: en, show ip bgp summary" {
	lonely_agent
	ln -s "$LAB_BUILD/leafpeerctl" "$LAB/Cli"
	term_start "LEAFPEER_STATE_DIR=$LAB/node1/run $LAB/Cli"
	sees 'node1>'
	keys en Enter
	sees 'node1#'
	keys 'show ip bgp summary' Enter
	sees 'Neighbor Status Codes: m - Under maintenance'
	sees '  Neighbor     V AS           MsgRcvd   MsgSent  InQ OutQ  Up/Down State   PfxRcd PfxAcc'
	sees '  10.90.225.98 4 65001'
	keys exit Enter
	sees 'it said 0'
}

@test "the prompt: help at any point, completion, abbreviations, complaints, history, leaving" {
	lonely_agent
	term_start "LEAFPEER_STATE_DIR=$LAB/node1/run $LAB_BUILD/leafpeerctl"
	sees 'node1>'
	# privileges are a guard against accidents, as in EOS
	keys 'clear ip bgp *' Enter
	sees '% Invalid input (privileged mode required)'
	keys 'show run section bgp' Enter
	lab_until 10 complained 2
	keys en Tab Enter
	sees 'node1>enable'
	sees 'node1#'
	keys 'show ip bgp ?'
	sees '  A.B.C.D/E          A prefix, or an address'
	sees '  neighbors          BGP sessions in full'
	sees '  <cr>'
	# completion as far as it is unambiguous, then a list; the agent knows its neighbours
	keys n Tab 1 Tab
	sees 'node1#show ip bgp neighbors 10.90.225.9'
	keys Tab
	sees '10.90.225.98  10.90.225.99'
	keys 8 ' ' r Tab
	sees 'received-routes  routes'
	keys '?'
	sees '  routes             What it told and was accepted'
	keys C-u
	keys 'sh ip b su' Enter
	sees '  10.90.225.98 4 65001'
	keys 'show colour' Enter
	sees "% Invalid input (at token 1: 'colour')"
	keys 'show i bgp' Enter
	sees '% Ambiguous command'
	keys 'show ip' Enter
	sees '% Incomplete command'
	keys C-l
	keys Up Up Enter
	sees '% Ambiguous command'
	keys C-l
	keys 'show history' Enter
	sees '  show colour'
	keys C-d
	sees 'it said 0'
}

@test "the prompt: filters, pages, watch and its end" {
	lonely_agent
	term_start "LEAFPEER_STATE_DIR=$LAB/node1/run $LAB_BUILD/leafpeerctl"
	sees 'node1>'
	keys 'show ip bgp | include ' '?'
	sees '  REGEX              A regular expression'
	keys C-u
	# "?" within an expression is the expression's
	keys 'show ip bgp neighbors | inc' Tab 'neighbor? is' Enter
	sees 'BGP neighbor is 10.90.225.99'
	[ "$(screen | grep -c 'BGP state')" = 0 ]
	keys C-l
	keys 'show ip bgp neighbors' Enter
	sees ' --More--'
	keys Space Space
	sees 'BGP neighbor is 10.90.225.99'
	keys q
	sees 'node1>'
	keys C-l
	keys 'show ip bgp neighbors | no-more' Enter
	sees 'Remote TCP address is 10.90.225.99'
	keys 'terminal length 0' Enter
	keys 'show ip bgp neighbors' Enter
	sees 'Remote TCP address is 10.90.225.99'
	keys C-l
	keys 'watch 1 show ip bgp summary | include 10.90.225.98' Enter
	sees 'Every 1 s: show ip bgp summary'
	keys C-c
	sees 'node1>'
	keys 'show version' Enter
	sees 'leafpeer '
}

@test "the prompt: a page is what fits the screen, lines that a narrow one folds included" {
	lonely_agent
	term_start "LEAFPEER_STATE_DIR=$LAB/node1/run $LAB_BUILD/leafpeerctl" 40 12
	sees 'node1>'
	keys C-l
	keys 'show ip bgp neighbors' Enter
	sees ' --More--'
	screen_has 'BGP neighbor is 10.90.225.98'
	lacks screen_has 'Last reset'
	# Return shows one line more, however many rows it has; nothing is left out
	keys Enter
	lab_until 10 lacks screen_has 'BGP neighbor is 10.90.225.98'
	sees ' --More--'
	local i
	for ((i = 0; i < 60; i++)); do
		screen_has 'Last reset' && break
		keys Enter
		sleep 0.1
	done
	screen_has 'Last reset'
	keys q
	sees 'node1>'
	# a screen of one line cannot have pages
	keys 'terminal length 1' Enter
	keys 'show ip bgp neighbors' Enter
	sees 'Remote TCP address is 10.90.225.99'
}

@test "from scripts: several arguments or one, filters, JSON, lines from standard input, -c" {
	lonely_agent
	run lab_ctl node1 'show ip bgp summary | json'
	[ "$(jq -r '.vrfs.default.peers["10.90.225.98"].peerState' <<<"$output")" != null ]
	[ "$(lab_ctl node1 'show ip bgp summary | include 10.90.225 | count')" = "2 lines" ]
	[ "$(lab_ctl node1 show running-config '|' section bgp '|' include router)" = "router bgp 65000" ]
	[ "$(lab_ctl node1 show run sec 'router bgp' '|' include router)" = "router bgp 65000" ]
	[ -z "$(lab_ctl node1 'show running-config section colour')" ]
	run lab_ctl node1 <<<$'show hostname\n! a comment\n\nshow colour\nexit\nshow version'
	[ "$status" = 1 ]
	[[ $output == *"Hostname: node1"*"% Invalid input (at token 1: 'colour')" ]]
	run lab_ctl node1 -p 15 -c $'show hostname\nshow version'
	[ "$status" = 0 ]
	[[ $output == *"Hostname: node1"*"Uptime:"* ]]
	# a neighbour that there is not, whatever is asked of it
	for command in 'show ip bgp neighbors 10.0.0.9' 'show ip bgp neighbors 10.0.0.9 routes | json' \
		'clear ip bgp 10.0.0.9'; do
		run lab_ctl node1 "$command"
		[ "$status" = 1 ]
		[ "$output" = "% No such neighbor" ]
	done
	run lab_ctl node1 'show pods | include ('
	[ "$status" = 1 ]
	[[ $output == *"% Invalid regular expression: "* ]]
	run lab_ctl node1 'configure | include x'
	[ "$status" = 1 ]
	[ "$output" = "% Invalid input (nothing to filter)" ]
	run lab_ctl node1 drain 86401
	[ "$status" = 1 ]
	[ "$output" = "% Invalid input: at most 86400 seconds" ]
	lab_ctl node1 drain 86400
	lab_ctl node1 show ip bgp summary | grep -q '^m '
	run lab_ctl node1 'undrain | json'
	[ "$status" = 1 ]
	[ "$output" = "% only what is shown can be JSON" ]
	lab_ctl node1 show ip bgp summary | grep -q '^m '
	lab_ctl node1 undrain
	lacks grep -q '^m ' <(lab_ctl node1 show ip bgp summary)
	# what makes no sense makes none the second time
	run timeout 20 "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/node1/run" watch 1 show colour
	[ "$status" = 1 ]
	# every command there is
	[ "$(lab_ctl node1 'help | include ^drain' | xargs)" = "drain drain SECONDS" ]
	[ "$(lab_ctl node1 help | wc -L)" -le 80 ]
	[ "$(lab_ctl node1 'help | json' | jq -r '.commands[] | select(.words == "undrain").help')" = "Take traffic again" ]
	lacks grep -qE 'take-over|complete LINE' <(lab_ctl node1 help)
	# for shells
	[ "$(lab_ctl node1 --complete 'show ip bgp neighbors 10.90.225.98 ' | cut -f 1 | xargs)" = \
		"advertised-routes received-routes routes vrf" ]
}

@test "clear soft: routes are asked for anew, or sent anew, and no session ends" {
	lab_dual
	lab_frr_dual tor1 10.90.224.98 10.90.224.105
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 POD_CIDR=10.233.0.0/24 \
		LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 10 tor_has tor1 10.233.0.0/24
	count() { # Sent|Received KIND
		lab_ctl node1 'show ip bgp neighbors 10.90.224.98 | json' |
			jq ".vrfs.default.peerList[0].messages$1.$2"
	}
	more() { [ "$(count "$1" "$2")" -gt "$3" ]; }
	local sent asked way
	for way in in out ''; do
		sent=$(count Sent updates)
		# FRR begins and ends what it was asked for with a message (RFC 7313); it has UPDATEs for what it is told, too
		asked=$(count Received routeRefresh)
		# shellcheck disable=SC2086 # or nothing
		lab_ctl node1 clear ip bgp 10.90.224.98 soft $way
		[ "$way" = in ] || lab_until 10 more Sent updates "$sent"
		[ "$way" = out ] || lab_until 10 more Received routeRefresh $((asked + 1))
		sleep 1
		[ "$way" != in ] || [ "$(count Sent updates)" = "$sent" ]
		[ "$way" != out ] || [ "$(count Received routeRefresh)" = "$asked" ]
	done
	lab_ctl node1 show ip bgp neighbors | grep -q 'Number of transitions to established: 1'
}

@test "wait-route: 16 may wait, and who leaves makes room" {
	lonely_agent
	local i
	for i in {1..16}; do
		lab_spawn "waiter$i" node1 "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/node1/run" wait-route 10.233.0.5 60000
	done
	full() { [ "$(lab_ctl node1 wait-route 10.233.0.5 1 2>&1)" = 'too many are waiting already' ]; }
	room() { [ "$(lab_ctl node1 wait-route 10.233.0.5 100 2>&1)" = 'timed out' ]; }
	lab_until 10 full
	lab_kill waiter7 KILL
	lab_until 10 room
	lab_spawn waiter7 node1 "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/node1/run" wait-route 10.233.0.5 60000
	lab_until 10 full
	for i in {1..16}; do
		lab_kill "waiter$i" KILL
	done
	lab_until 10 room
	for i in 10.233.0.5 '10.233.0.5 soon' '10.233.0.5 3600001'; do
		run lab_ctl node1 "wait-route $i"
		[ "$status" = 1 ]
		[ "$output" = 'wait-route ADDRESS[,ADDRESS...] MILLISECONDS' ]
	done
	run lab_ctl node1 wait-route 10.233.0.5,colour 5
	[ "$output" = 'not an address, or too many' ]
}

@test "no agent: what needs none works, the rest says so" {
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/none" show version
	[ "$status" = 3 ]
	[[ $output == *"no leafpeerd answers here: is it running?"* ]]
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/none" show colour
	[ "$status" = 1 ]
	[[ $output == "% Invalid input (at token 1: 'colour')" ]]
	[ "$("$LAB_BUILD/leafpeerctl" --state-dir "$LAB/none" --complete 'show ip r' | cut -f 1)" = route ]
	term_start "$LAB_BUILD/leafpeerctl --state-dir $LAB/none"
	sees 'no leafpeerd answers here: is it running?'
	keys 'en' Enter
	sees '#'
	keys 'configure check /etc/hostname' Enter
	sees '/etc/hostname:1:1: '
	keys exit Enter
	sees 'it said 0'
}

@test "what could not be printed, or came only in part, is no success" {
	lonely_agent
	run lab_ctl node1 show ip bgp
	[ "$status" = 0 ]
	run bash -c '"$1" --state-dir "$2" show ip bgp >/dev/full' - "$LAB_BUILD/leafpeerctl" "$LAB/node1/run"
	[ "$status" = 1 ]
	[[ $output == "leafpeerctl: standard output: No space left on device" ]]
	# one that ends in the middle of its answer, whatever it had sent
	mkdir "$LAB/mock"
	python3 - "$LAB/mock/leafpeerd.sock" >"$LAB/log/mock_agent" 2>&1 3>&- 4>&- <<-'PY' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		for answer in b"ok end\nhalf", b"ok end\nall\n\0", b"ok\nof an older agent\n", b"ok e":
		    c = s.accept()[0]
		    assert c.recv(4096) == b"show pods\nend\n"
		    c.sendall(answer)
		    c.close()
	PY
	lab_remember mock_agent $!
	lab_until 5 test -S "$LAB/mock/leafpeerd.sock"
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/mock" show pods
	[ "$status" = 3 ]
	[[ $output == "half"*"leafpeerctl: the answer is cut short: the agent has closed the connection" ]]
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/mock" show pods
	[ "$status" = 0 ]
	[ "$output" = all ]
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/mock" show pods
	[ "$status" = 0 ]
	[ "$output" = "of an older agent" ]
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/mock" show pods
	[ "$status" = 1 ] || [ "$status" = 3 ]
	[ ! -s "$LAB/log/mock_agent" ]
}

@test "--help fits a screen, and who misspells an option is told of it" {
	run "$LAB_BUILD/leafpeerctl" --statedir /run/leafpeer show version
	[ "$status" = 2 ]
	[[ ${lines[-1]} == "leafpeerctl: --help says what there is" ]]
	run "$LAB_BUILD/leafpeerctl" --help
	[ "$status" = 0 ]
	[ "${#lines[@]}" -le 24 ]
	[ "$(wc -L <<<"$output")" -le 80 ]
	[ "$(wc -l <<<"$output")" -le 24 ]
}
