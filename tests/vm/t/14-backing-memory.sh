#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory is gone long before the store reaches its limit: the oldest pages go to the backing
# device all the same, not just what finds no room.
#
# vm: mem=384 smp=2 disk=192M timeout=240 once=6.12
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

a=$devices/a

# shellcheck disable=SC2119 # no parameters
load_modules
mkdir "$a" /run/full
echo 160M >"$a/size"
echo "$DISKS" >"$a/backing"
check "a device goes live" sh -c "echo 1 >$a/live"
device=/dev/$(cat "$a/device")
mkswap -q "$device" && swapon "$device"
# What cannot be swapped leaves so much for the rest.
mount -t ramfs ramfs /run/full
available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
dd if=/dev/zero of=/run/full/file bs=1M count=$((available - 60)) status=none
report=$(hog -m 150 -p 2 -n 2000 -x 20,20,50)
verdict $? "more than twice the memory that is left: contents are right"
diag "$report"
diag "$(gauge backing_writes) overflowed, $(gauge written_back) written back," \
	"$(gauge backing_reads) read, reserve down to $(gauge reserve_low)," \
	"$(cat /sys/kernel/debug/zcache/pers_pageframes_max) of $(gauge pers_limit_pages) page frames" \
	"$(gauge clean_copies_kept) copies kept, $(gauge clean_copy_hits) read"
check "the store was far from its limit" \
	[ "$(cat /sys/kernel/debug/zcache/pers_pageframes_max)" -lt $(($(gauge pers_limit_pages) * 8 / 10)) ]
check "pages were written back" gauge_at_least written_back 500
rm /run/full/file
umount /run/full
check "swapoff" swapoff "$device"
drop_device a
is "$(gauge backing_pages) $(gauge clean_copies)" "0 0" "nothing is left"
unload_clean
done_testing
