# shellcheck shell=bash
# Programs that Debian 12 does not have: test/cluster/build builds them and keeps them outside the tree.

# Sets the variable of that name to the program's path; where there is none the test is skipped, and says so.
tool() { # NAME
	local path var=${1//-/_}
	for path in "${LEAFPEER_TOOLS:-/var/cache/leafpeer-tools}/$1"-v*; do :; done
	[ -x "$path" ] && printf -v "$var" %s "$path" && return
	echo "# SKIPPED: there is no $1; test/cluster/build $1 builds it" >&3
	skip "no $1"
}
