# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the `ramster` command share: TAP, and trees that look like /sys, /proc and
# /etc of some machine.  Sourced:
#
#	. "$(dirname "$0")/lib.sh"
#	gives 2 "ramster: there is no command 'x'" "an unknown command" x
#	done_testing
#
# RAMSTER names the program; it is run with $tree as its root.
# shellcheck disable=SC2034 # the variables are for those who source this
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
: "${RAMSTER:=$top/build/tools/ramster}"
work=$(mktemp -d "${TMPDIR:-/tmp}/ramster-tools.XXXXXX")
tree=$work/tree
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
echo 0 >"$work/run"

# Points are counted in files: some come from the end of a pipe, which is a shell of its own.
verdict()
{
	read -r tap_run <"$work/run"
	tap_run=$((tap_run + 1))
	echo $tap_run >"$work/run"
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_run - $2"
	else
		echo "not ok $tap_run - $2"
		: >"$work/bad"
	fi
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# is GOT WANTED DESCRIPTION
is()
{
	if [ "$1" = "$2" ]; then
		verdict 0 "$3"
	else
		verdict 1 "$3"
		diag "got:" "$1" "wanted:" "$2"
	fi
}

check()
{
	check_what=$1
	shift
	if check_said=$("$@" 2>&1); then
		verdict 0 "$check_what"
	else
		verdict 1 "$check_what"
		diag "'$*' failed: $check_said"
	fi
}

done_testing()
{
	echo "1..$(cat "$work/run")"
	[ ! -e "$work/bad" ]
	exit
}

# ramster ARGUMENT...: the program, in the tree.
ramster()
{
	RAMSTER_ROOT=$tree LC_ALL=C TZ=UTC timeout 60 "$RAMSTER" "$@"
}

# unversioned FILE: so that expected output outlives a version.
unversioned()
{
	sed -i "s/\(ramster \|\"version\": \"\)$(cat "$top/VERSION")/\1VERSION/" "$1"
}

# gives STATUS OUTPUT DESCRIPTION ARGUMENT...: exactly that, stderr behind stdout.
gives()
{
	gives_status=$1 gives_output=$2 gives_what=$3
	shift 3
	status=0
	ramster "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	unversioned "$work/out"
	got=$(cat "$work/out" "$work/err")
	is "$status: $got" "$gives_status: $gives_output" "$gives_what"
}

# matches FILE DESCRIPTION ARGUMENT...: what it prints is in expected/FILE.  UPDATE=1 writes it.
matches()
{
	matches_file=$here/expected/$1 matches_what=$2
	shift 2
	ramster "$@" >"$work/out" 2>&1 </dev/null || echo "exit status $?" >>"$work/out"
	unversioned "$work/out"
	[ -z "${UPDATE:-}" ] || cp "$work/out" "$matches_file"
	if diff -u "$matches_file" "$work/out" >"$work/diff"; then
		verdict 0 "$matches_what"
	else
		verdict 1 "$matches_what"
		diag "$(cat "$work/diff")"
	fi
}

# plant NAME...: a new tree from trees/NAME, lines of "path value" (\n in it is a newline), and
# with programs that only note how they were called.
plant()
{
	rm -rf "$tree"
	mkdir -p "$tree/sys/kernel/config" "$tree/proc/sys/kernel" "$tree/etc/ramster" "$tree/sbin"
	for plant_name in modprobe mkswap swapon swapoff dmsetup mount nft ip dmesg ping modinfo \
		timedatectl mokutil kernel; do
		cp "$here/sbin/note" "$tree/sbin/$plant_name"
	done
	put proc/mounts 'configfs /sys/kernel/config configfs rw 0 0'
	for plant_name; do
		grep -v '^#' "$here/trees/$plant_name" | while read -r plant_path plant_value; do
			put "$plant_path" "$plant_value"
		done
	done
}

# put PATH VALUE: a file of the tree.
put()
{
	mkdir -p "$tree/$(dirname "$1")" && printf '%b\n' "$2" >"$tree/$1"
}

# configure: the tree's configuration, from standard input.
configure()
{
	cat >"$tree/etc/ramster/ramster.conf"
}

# called: the programs that were run since the last time, a line each.
called()
{
	cat "$tree/calls" 2>/dev/null
	rm -f "$tree/calls"
}
