# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What tests in a guest share: TAP output, announcing kernel messages, our modules. Sourced:
#
#	#!/bin/sh
#	# vm: mem=512 disk=1G
#	. /tests/vm/lib.sh
#	load_modules swap_size=256M
#	check "the device is there" test -b /dev/zcache0
#	is "$(gauge pers_zpages)" 0 "nothing is stored yet"
#	unload_modules
#	done_testing

set -u

tap_run=${SECOND:-0}
tap_bad=0
tap_marks=0

# -- TAP --------------------------------------------------------------------------------

# plan COUNT: optional, done_testing prints the plan otherwise.
plan()
{
	tap_planned=$1
	echo "1..$1"
}

ok()
{
	tap_run=$((tap_run + 1))
	echo "ok $tap_run - $*"
}

not_ok()
{
	tap_run=$((tap_run + 1))
	tap_bad=$((tap_bad + 1))
	echo "not ok $tap_run - $*"
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# verdict STATUS DESCRIPTION
verdict()
{
	if [ "$1" -eq 0 ]; then
		ok "$2"
	else
		not_ok "$2"
	fi
}

# check DESCRIPTION COMMAND...: passes when COMMAND succeeds; shows what it said otherwise.
check()
{
	tap_what=$1
	shift
	if tap_said=$("$@" 2>&1); then
		ok "$tap_what"
	else
		not_ok "$tap_what"
		diag "'$*' failed: $tap_said"
	fi
}

# check_fails DESCRIPTION COMMAND...: passes when COMMAND fails.
check_fails()
{
	tap_what=$1
	shift
	if tap_said=$("$@" 2>&1); then
		not_ok "$tap_what"
		diag "'$*' did not fail: $tap_said"
	else
		ok "$tap_what"
	fi
}

# is GOT WANTED DESCRIPTION
is()
{
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3"
		diag "got '$1', wanted '$2'"
	fi
}

# skip DESCRIPTION REASON: one test point that cannot be tried here.
skip()
{
	tap_run=$((tap_run + 1))
	echo "ok $tap_run - $1 # SKIP $2"
}

# skip_all REASON: the whole script cannot be tried here.
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

# second_kernel: boots the kernel again from this one, which runs the test again, with SECOND
# set; the points go on from here.
second_kernel()
{
	check "another kernel is loaded" kexec -l /run/harness/vmlinuz --initrd=/run/harness/initrd \
		--command-line="$(sed 's/ ramster\.second=[0-9]*//' /proc/cmdline) ramster.second=$((tap_run + 1))"
	kexec -e --no-ifdown
	not_ok "it boots"
	done_testing
}

# done_testing: the last line of every test; the status tells what the points told.
done_testing()
{
	[ -n "${tap_planned:-}" ] || echo "1..$tap_run"
	[ "$tap_bad" -eq 0 ]
	exit
}

# stand_still SECONDS: stops this machine, as if something had taken its processors away. It
# notices when it is over, by its clocks.
stand_still()
{
	tap_now=$(cut -d. -f1 /proc/uptime)
	echo "<6>ramster-test: pause $1" >/dev/kmsg
	wait_until "$(($1 + 20))" stood_still $((tap_now + $1))
}

stood_still()
{
	[ "$(cut -d. -f1 /proc/uptime)" -ge "$1" ]
}

# -- the kernel's log -------------------------------------------------------------------

# expect_dmesg ERE: kernel reports that match are this test's intention. Call it before they
# come; what nobody announced fails the run.
expect_dmesg()
{
	echo "<6>ramster-test: expect $1" >/dev/kmsg
}

# starves_kmemleak: the checker for leaks may run out of memory itself, and then gives up.
starves_kmemleak()
{
	: >/run/kmemleak-starved
}

# expect_leak FUNCTION: memory that this function of the kernel allocated may be lost.
expect_leak()
{
	echo "$1" >>/run/expected-leaks
}

# mark: what the kernel says from here on is what said looks at.
mark()
{
	tap_marks=$((tap_marks + 1))
	echo "<6>ramster-test: mark $$-$tap_marks" >/dev/kmsg
}

# said ERE: whether the kernel has said that since the mark; shows it.
said()
{
	dmesg | ere=$1 awk -v mark="ramster-test: mark $$-$tap_marks" '
		index($0, mark) { marked = 1; next }
		marked && $0 ~ ENVIRON["ere"] { print; found = 1 }
		END { exit !found }'
}

# -- our modules ------------------------------------------------------------------------

# load_modules [PARAMETER=VALUE...]: zcache and all it needs; the parameters are zcache's.
load_modules()
{
	modprobe zcache "$@"
}

# unload_modules: stops swapping to our devices and removes what we loaded, top first.
unload_modules()
{
	for tap_dev in /dev/zcache[0-9]*; do
		if grep -q "^$tap_dev " /proc/swaps; then
			swapoff "$tap_dev" || return
		fi
	done
	modprobe -r zcache tmem_zbud tmem
}

# gauge NAME: one statistic, wherever it lives.
gauge()
{
	for tap_dir in /sys/kernel/zcache /sys/kernel/debug/zcache /sys/kernel/debug/tmem_zbud \
		/sys/kernel/debug/tmem /sys/kernel/debug/ramster_cluster; do
		if [ -r "$tap_dir/$1" ]; then
			# A process is dear in an emulated guest, and this is asked for again and again.
			while IFS= read -r tap_line; do
				echo "$tap_line"
			done <"$tap_dir/$1"
			return
		fi
	done
	diag "no statistic '$1'" >&2
	return 1
}

gauge_is()
{
	[ "$(gauge "$1")" = "$2" ]
}

gauge_at_most()
{
	[ "$(gauge "$1")" -le "$2" ]
}

gauge_at_least()
{
	[ "$(gauge "$1")" -ge "$2" ]
}

# vmstat_of NAME: one counter of /proc/vmstat, pswpin for instance.
vmstat_of()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# gives WANTED FILE VALUE DESCRIPTION: writing VALUE ends with WANTED, "ok" or an errno.
gives()
{
	is "$(poke "$2" "$3")" "$1" "$4"
}

# reads FILE WANTED DESCRIPTION
reads()
{
	is "$(cat "$1")" "$2" "$3"
}

# wait_until SECONDS COMMAND...: tries COMMAND until it succeeds, less often after a while, because
# each try takes processors from other guests. A debug kernel gets more time.
wait_until()
{
	tap_limit=$(($1 * 10 * ${SLOW:-1}))
	tap_waited=0
	shift
	while ! "$@"; do
		[ "$tap_waited" -lt "$tap_limit" ] || return 1
		tap_step=$((tap_waited < 30 ? 2 : 5))
		sleep 0.$tap_step
		tap_waited=$((tap_waited + tap_step))
	done
}
