# shellcheck shell=sh
# Sourced by hack/static-NAME, which is called as DIR COMPILER: what its function build() makes of Debian's
# source package comes into DIR. build() finds the variables cc, src (the unpacked package), work (an empty
# directory of its own) and kept, where it puts what is to be kept.
#
# Half a minute of building: what was built is kept for other trees of this machine, under a name that is a
# checksum of the recipe. Remove it to have Debian's newest patches in.

# static_library SCRIPT NAME PACKAGE DIR COMPILER
static_library() {
	name=$2
	package=$3
	dir=$4
	cc=$5
	here=$(cd "$(dirname "$1")" && pwd)
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	key=$(cat "$here/static-$name" "$here/static-library.sh" "$here/debian-source" | sha256sum | cut -c1-16)
	kept=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/leafpeer/$name-$cc-$key
	mkdir -p "$kept"
	exec 9>"$kept/lock" # make may come here from two trees at once
	flock 9
	if [ ! -f "$kept/complete" ]; then
		work=$(mktemp -d)
		trap 'rm -rf "$work"' EXIT
		mkdir "$work/src"
		"$here/debian-source" "$package" "$work/src" || fail "no source package"
		src=$(find "$work/src" -maxdepth 1 -type d -name "$package-*" | head -n 1)
		[ -n "$src" ] || fail "no directory in Debian's source package"
		rm -rf "$kept/files"
		mkdir "$work/build" "$kept/files"
		(cd "$work/build" && build)
		touch "$kept/complete"
	fi
	# the archive last, and at once: it is what make looks for
	find "$dir" -mindepth 1 -maxdepth 1 ! -name '*.a' -exec rm -rf {} +
	find "$kept/files" -mindepth 1 -maxdepth 1 ! -name '*.a' -exec cp -r {} "$dir/" \;
	for a in "$kept"/files/*.a; do
		cp "$a" "$dir/$(basename "$a").new"
		mv "$dir/$(basename "$a").new" "$dir/$(basename "$a")"
	done
}

fail() {
	echo "static-$name: $*" >&2
	exit 1
}

# what autoconf's packages are built with here: sections, so that what is not called is not linked
STATIC_CFLAGS="-O2 -g -fPIE -ffunction-sections -fdata-sections -D_FORTIFY_SOURCE=3 \
-fstack-protector-strong -fstack-clash-protection"

configure() { # OPTION...
	"$src/configure" -q CC="$cc" CFLAGS="$STATIC_CFLAGS" --disable-shared --enable-static --disable-dependency-tracking \
		"$@" >"$work/log" 2>&1 || fail "configure: $(grep -i error "$work/log" | head -n 1)"
}

run_make() { # another make's variables (BUILD, CFLAGS) are none of its
	env -u MAKEFLAGS -u MAKELEVEL make -s -j"$(nproc)" "$@" >"$work/log" 2>&1 || fail "make: $(tail -n 1 "$work/log")"
}
