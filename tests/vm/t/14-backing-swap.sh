#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Swapping with 2 MiB of store: most goes to the backing device, a partition of a file behind
# a loop device, and comes back right.
#
# vm: mem=512 smp=2 disk=192M group=backing-swap append=slab_nomerge timeout=120 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

a=$devices/a

# shellcheck disable=SC2119 # no parameters
load_modules
# Patches the kernel's code, so now, when all is quiet.
modprobe loop
mkfs.ext4 -q "$DISKS" && mount "$DISKS" /mnt && truncate -s 160M /mnt/file
printf 'start=2048, size=150M\n' | sfdisk -q /mnt/file
loop=$(losetup -f -P --show /mnt/file)
check "there is a partition" wait_until 5 test -b "${loop}p1"

echo 2 >"$params/pers_max_mib"
mkdir "$a"
echo 128M >"$a/size"
echo "${loop}p1" >"$a/backing"
check "a device with it goes live" sh -c "echo 1 >$a/live"
device=/dev/$(cat "$a/device")
mkswap -q "$device" && swapon "$device"
report=$(hog -P -m 48 -p 2 -n 3000 -x 40,20,25)
verdict $? "swapping, 2 MiB in memory: contents are right"
diag "$report"
diag "$(gauge backing_writes) overflowed, $(gauge written_back) written back," \
	"$(gauge writeback_stale) stale, $(gauge backing_reads) read"
check "the store is within its limit" gauge_at_most pers_pages 520
check "most went to the backing device" gauge_at_least backing_writes 3000
is "$(gauge backing_write_errors),$(gauge backing_read_errors)" 0,0 "no error at all"
check "swapoff" swapoff "$device"
# Its header is a page as well; and not every slot is said to be free on swapoff.
diag "$(gauge backing_pages) of $(gauge page_count) pages that are left are backed"
drop_device a
is "$(gauge backing_pages)" 0 "without the device all blocks are free"
losetup -d "$loop"
check "nothing holds the file" wait_until 5 umount /mnt
unload_clean
done_testing
