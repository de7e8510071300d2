# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of dm-zcache share. Sourced after lib.sh.
#
# With PLAIN=1 in the environment a linear target takes its place, and no statistic is looked at:
# what fails then is not its fault.  With DM_ZCACHE=FILE that module takes its place.

PLAIN=${PLAIN:-}
DM_ZCACHE=${DM_ZCACHE:-}

# Nobody but dmsetup makes nodes in /dev/mapper here.
export DM_DISABLE_UDEV=1

# dm_load: the modules.
dm_load()
{
	modprobe -a dm-mod loop
	[ -z "$DM_ZCACHE" ] || { modprobe zcache && insmod "$DM_ZCACHE"; }
	[ -n "$PLAIN$DM_ZCACHE" ] || modprobe dm-zcache
}

dm_unload()
{
	[ -z "$PLAIN" ] || return 0
	mark
	check "all modules can be removed" dm_unload_modules
	check_fails "and no gauge was left above zero" said 'bad accounting'
}

dm_unload_modules()
{
	rmmod dm_zcache && unload_modules
}

# dm_line LOWER [OPTION...]: a line of a table.
dm_line()
{
	dm_lower=$1
	shift
	if [ -n "$PLAIN" ]; then
		echo "0 $(blockdev --getsz "$dm_lower") linear $dm_lower 0"
	else
		echo "0 $(blockdev --getsz "$dm_lower") zcache $dm_lower verify=1${*:+ $*}"
	fi
}

# dm_make NAME LOWER [OPTION...]
dm_make()
{
	dm_name=$1
	shift
	dmsetup create "$dm_name" --table "$(dm_line "$@")"
}

# dm_remove NAME: somebody may still look at it for a moment.
dm_remove()
{
	wait_until 10 dmsetup remove "$1"
}

# dm_part MIB: $disk is the first part of itself from here on.  All of it is compared again and
# again.
dm_part()
{
	# shellcheck disable=SC2154 # who calls has it
	dmsetup create part --table "0 $(($1 * 2048)) linear $disk 0" && disk=/dev/mapper/part
}

# dm_stat NAME STATISTIC
dm_stat()
{
	for dm_word in $(dmsetup status "$1"); do
		[ "${dm_word%%=*}" != "$2" ] || echo "${dm_word#*=}"
	done
}

# dm_tell NAME MESSAGE...
dm_tell()
{
	dm_name=$1
	shift
	[ -n "$PLAIN" ] || dmsetup message "$dm_name" 0 "$@"
}

# dm_settle NAME: what has left the page cache is stored, or will never be.
dm_settle()
{
	dm_tell "$1" flush
}

# dm_counts NAME CONDITION DESCRIPTION: of its statistics, as in '$hits > 0'.
dm_counts()
{
	dm_name=$1
	dm_what="$3: $2"
	if [ -n "$PLAIN" ]; then
		skip "$dm_what" "a linear target counts nothing"
		return
	fi
	dm_all=$(dmsetup status "$dm_name")
	# Runs in a shell of its own, with a variable for each statistic.
	if (
		for dm_pair in $dm_all; do
			case $dm_pair in
			*=*) eval "${dm_pair%%=*}=${dm_pair#*=}" ;;
			esac
		done
		eval "[ \$(( $2 )) -ne 0 ]"
	); then
		ok "$dm_what"
	else
		not_ok "$dm_what"
		diag "$dm_all"
	fi
}

# dm_right NAME LOWER: what is held is what the disk below holds; nobody may write meanwhile.
dm_right()
{
	dm_settle "$1"
	check "$1 serves what the disk holds" samedisk "/dev/mapper/$1" "$2"
	# shellcheck disable=SC2016 # a condition
	dm_counts "$1" '$verify_bad == 0' "$1: no page was ever wrong"
}

# forget: what is clean in the page cache, leaves it.  Not 3: shrinkers are asked for all they have
# then, and the store's gives away what has just come.
forget()
{
	sync
	echo 1 >/proc/sys/vm/drop_caches
}

# lower_disk MIB: a disk in memory that knows discard and zero-out; its path is in $lower.
# shellcheck disable=SC2034 # for the tests
lower_disk()
{
	lower_file=/dev/shm/lower.$((lower_disks = ${lower_disks:-0} + 1))
	truncate -s "$1M" "$lower_file"
	lower=$(losetup -f --show "$lower_file")
}

# drop_lower_disks: all that were made.
drop_lower_disks()
{
	for lower_file in /dev/shm/lower.*; do
		[ ! -e "$lower_file" ] ||
			losetup -n -O NAME -j "$lower_file" | xargs -r losetup -d
	done
	rm -f /dev/shm/lower.*
}

# run_tool DESCRIPTION COMMAND...: a point; what it said is shown in any case.
run_tool()
{
	tool_what=$1
	shift
	tool_said=$("$@" 2>&1)
	verdict $? "$tool_what"
	diag "$tool_said"
}
