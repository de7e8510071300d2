#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Hibernation is refused while there is a device: its pages would not be in the image.
#
# vm: mem=512 group=device append=slab_nomerge timeout=60 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

grep -qw disk /sys/power/state || skip_all "this kernel cannot hibernate"

# A program that makes the image itself begins with that.
snapshot()
{
	cat </dev/null 3</dev/snapshot
}

load_modules swap_size=16M
mark
gives EPERM /sys/power/state disk "hibernation is refused with a device"
check "the log says why" said 'zcache: hibernation refused'
if [ -e /dev/snapshot ]; then
	mark
	check_fails "by a program too" snapshot
	check "the log says why" said 'zcache: hibernation refused'
	rmmod zcache
	modprobe zcache
	mark
	check "without a device it is not" snapshot
	check_fails "and the log says nothing" said 'hibernation refused'
else
	skip "by a program" "this kernel has no /dev/snapshot"
	rmmod zcache
	modprobe zcache
fi
make_device late 16M
mark
gives EPERM /sys/power/state disk "a device of configfs counts"
check "the log says why" said 'zcache: hibernation refused'
drop_device late
unload_clean
done_testing
