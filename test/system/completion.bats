#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# What make install installs, and the completion of leafpeerctl in shells.

load helper

eval "lab_$(declare -f teardown)"

teardown() {
	local status=0
	[ -z "${TERM_STARTED:-}" ] || tmux -L "$LAB_NS" kill-server
	lab_teardown || status=1
	return $status
}

# What bash would offer behind the line.
offers() { # LINE
	# shellcheck disable=SC2016 # the words are the other shell's
	PATH=$LAB_BUILD:$PATH bash -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _leafpeerctl; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$BATS_TEST_DIRNAME/../../completion/leafpeerctl.bash" "$1"
}

agent() {
	lab_ns node1
	lab_ip node1 addr add 10.90.224.105/24 dev lo
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.225.98,2001:db8::98 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
}

@test "bash completes words, abbreviations, flags and the agent's neighbours" {
	agent
	[ "$(offers 'leafpeerctl sh')" = show ]
	[ "$(offers 'leafpeerctl show ip bgp s')" = summary ]
	[ "$(offers 'leafpeerctl sh ip b su')" = summary ]
	[ "$(offers 'leafpeerctl clear ip bgp ' | head -n 1)" = '*' ]
	[ "$(offers 'leafpeerctl d' | sort | paste -sd' ')" = 'disable doctor drain' ]
	[ "$(offers 'leafpeerctl un' | sort | paste -sd' ')" = 'undrain uninstall-cni' ]
	[ "$(offers 'leafpeerctl --st')" = --state-dir ]
	[ "$(offers "leafpeerctl --state-dir $LAB/node1/run show ip bgp neighbors 10")" = 10.90.225.98 ]
	[ "$(offers "leafpeerctl --state-dir $LAB/node1/run show ip bgp neighbors 10.90.225.98 a")" = advertised-routes ]
	# behind a colon bash wants the rest alone
	[ "$(offers "leafpeerctl --state-dir $LAB/node1/run show ip bgp neighbors 2001:db")" = db8::98 ]
	[ -z "$(offers 'leafpeerctl show colour ')" ]
}

@test "zsh completes, with the help beside it" {
	export LAB_BUILD
	agent
	cat >"$LAB/.zshrc" <<-ZSH
		PATH=$LAB_BUILD:\$PATH
		export LEAFPEER_STATE_DIR=$LAB/node1/run
		fpath=($(cd "$BATS_TEST_DIRNAME/../../completion" && pwd) \$fpath)
		autoload -U compinit
		compinit -u -D
		PS1='ready> '
		unsetopt zle_bracketed_paste
	ZSH
	tmux -L "$LAB_NS" -f /dev/null new-session -d -x 100 -y 24 "ZDOTDIR=$LAB zsh -i; sleep 60"
	TERM_STARTED=1
	screen_has() { tmux -L "$LAB_NS" capture-pane -p | grep -qF -- "$1"; }
	keys() { tmux -L "$LAB_NS" send-keys "$@"; }
	sees() {
		lab_until 20 screen_has "$1" || {
			echo "not on the screen: $1"
			tmux -L "$LAB_NS" capture-pane -p
			return 1
		}
	}
	sees 'ready>'
	keys 'leafpeerctl sh' Tab
	sees 'ready> leafpeerctl show'
	keys 'ip bgp neig' Tab
	sees 'ready> leafpeerctl show ip bgp neighbors'
	keys '10' Tab
	sees 'neighbors 10.90.225.98'
	keys Tab
	sees 'received-routes'
	sees 'What it was told'
}

@test "make install: programs, pages, completions, below DESTDIR and PREFIX" {
	local root=$BATS_TEST_DIRNAME/../.. f
	make -s -C "$root" install DESTDIR="$LAB/dest" PREFIX=/usr >"$LAB/log/install" 2>&1
	for f in bin/leafpeerctl sbin/leafpeerd libexec/leafpeer/leafpeer; do
		[ -x "$LAB/dest/usr/$f" ]
	done
	for f in man1/leafpeerctl.1 man5/leafpeer.conf.5 man8/leafpeerd.8 man8/leafpeer.8; do
		[ -f "$LAB/dest/usr/share/man/$f" ]
	done
	[ -f "$LAB/dest/usr/share/bash-completion/completions/leafpeerctl" ]
	[ -f "$LAB/dest/usr/share/zsh/site-functions/_leafpeerctl" ]
	"$LAB/dest/usr/bin/leafpeerctl" configure check "$LAB/dest/usr/share/doc/leafpeer/examples/startup-config"
}
