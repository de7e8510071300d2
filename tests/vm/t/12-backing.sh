#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A backing device takes what the store refuses and what is written back, and gives it back
# bit for bit; idle and incompressible pages go there on request; when it is full everything
# is as without one. It is set while the device is not live, and refused for good reasons.
#
# vm: mem=512 smp=2 disk=192M,16M group=backing append=slab_nomerge timeout=120 brief=6.1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

disk=${DISKS%% *}
small=${DISKS##* }
a=$devices/a
newline='
'

# live SIZE BACKING: a device named a; its path is in $device.
live()
{
	echo "$1" >"$a/size" && echo "$2" >"$a/backing" && echo 1 >"$a/live" &&
		device=/dev/$(cat "$a/device")
}

# set_limit MIB
set_limit()
{
	echo "$1" >"$params/pers_max_mib"
}

# bios WHAT OPTION...: operations of that kind do what they should.
bios()
{
	what=$1
	shift
	report=$(blkcheck "$@" "$device" 2>&1)
	verdict $? "$what"
	diag "$report"
	diag "$(gauge backing_writes) overflowed, $(gauge written_back) written back," \
		"$(gauge writeback_stale) stale, $(gauge backing_reads) read," \
		"$(gauge backing_read_waits) waited"
}

within()
{
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

test_refusals()
{
	mkdir "$a"
	is "$(cat "$a/backing")" "" "no backing device by default"
	echo 64M >"$a/size"
	mark
	gives EINVAL "$a/backing" loop0 "a relative path is refused"
	check "and the log says so" said 'given by its path'
	gives ENODEV "$a/writeback" idle "nothing is written back while it is not live"
	gives ENODEV "$a/idle" all "nor marked"
	for bad in /nowhere:ENOENT /tmp:ENOTBLK "/proc/meminfo:ENOTBLK"; do
		gives ok "$a/backing" "${bad%:*}" "a path is only kept: ${bad%:*}"
		gives "${bad#*:}" "$a/live" 1 "and refused when it goes live"
	done
	check "the log says why" said 'backing device /tmp: not a block device'
	gives ok "$a/backing" "$disk" "a disk is set"
	reads "$a/backing" "$disk" "and shown"
	echo 1 >"$a/sync"
	mark
	gives EINVAL "$a/live" 1 "a synchronous device has none"
	check "the log says why" said 'cannot be synchronous'
	echo 0 >"$a/sync"

	mkfs.ext4 -q "$disk" && mount "$disk" /mnt
	mark
	gives EBUSY "$a/live" 1 "a mounted disk is refused"
	check "the log says why" said 'in use'
	umount /mnt
	dmsetup create tiny --table "0 4 linear $disk 0"
	echo "/dev/$(dmsetup info -c --noheadings -o blkdevname tiny)" >"$a/backing"
	mark
	gives EINVAL "$a/live" 1 "a device smaller than a page is refused"
	check "the log says why" said 'smaller than a page'
	dmsetup remove --retry tiny

	echo "$disk" >"$a/backing"
	gives ok "$a/live" 1 "it goes live"
	device=/dev/$(cat "$a/device")
	gives EBUSY "$a/backing" "$newline" "live, it cannot be changed"
	gives EINVAL "$a/writeback" all "writeback is not 'all'"
	gives EINVAL "$a/idle" 1 "idle is not '1'"
	check_fails "the disk is ours alone" mount "$disk" /mnt
	mkdir "$devices/b"
	echo 1M >"$devices/b/size"
	echo "$device" >"$devices/b/backing"
	mark
	gives EINVAL "$devices/b/live" 1 "a device of ours is refused"
	check "the log says why" said 'the same store'
	gives ok "$devices/b/backing" "$newline" "an empty line unsets it"
	gives ok "$devices/b/live" 1 "and it goes live"
	gives ENODEV "$devices/b/writeback" idle "with nowhere to write back to"
	drop_device b
	gives ok "$a/live" 0 "it goes down"
	check "the disk is free again" mount -o ro "$disk" /mnt
	umount /mnt
}

test_overflow()
{
	set_limit 1
	live 64M "$disk"
	bios "1 MiB of store, the rest overflows" -n 400 -t 2 -x 30,20,40
	check "pages were refused and written" gauge_at_least backing_writes 100
	check "the store is within its limit" gauge_at_most pers_pages 256
	emptied
	bios "blocks that lie in two pages" -n 80 -t 2 -k 200 -u -x 30,20,40
	emptied
	bios "huge pages" -n 30 -k 1024 -H -x 30,20,40
	emptied
	bios "the page cache" -n 120 -t 2 -b -x 30,20,40
	emptied
}

test_poor()
{
	set_limit 0
	echo N >"$params/store_poor"
	head -c 4M /dev/urandom >/dev/shm/random
	check "store_poor=N: poor pages can be written" \
		dd if=/dev/shm/random of="$device" bs=1M oflag=direct conv=notrunc status=none
	is "$(gauge backing_pages),$(gauge pers_zpages)" 1024,0 "all to the backing device"
	check "and are right" cmp -n 4194304 /dev/shm/random "$device"
	echo Y >"$params/store_poor"
	emptied
}

test_writeback()
{
	set_limit 8
	echo 50 >"$params/pers_writeback_percent"
	was=$(gauge written_back)
	bios "8 MiB of store: write-back, rewrites, discards" -n 900 -t 2 -x 60,20,10
	check "pages were written back" gauge_at_least written_back $((was + 500))
	sleep 1
	check "down to below the mark" gauge_at_most pers_pages 1024
	echo 90 >"$params/pers_writeback_percent"
	emptied
}

# Oldest first: what was written first is on the disk, what was last is not.
test_order()
{
	set_limit 8
	content=/dev/shm/random
	head -c 12M /dev/urandom >$content
	dd if=$content of="$device" bs=64k oflag=direct conv=notrunc status=none
	sleep 1
	diag "$(gauge backing_pages) backed, $(gauge pers_zpages) in memory"
	reads_before=$(gauge backing_reads)
	cmp -n 1048576 "$device" $content
	got=$(($(gauge backing_reads) - reads_before))
	check "the oldest megabyte comes from the disk ($got)" within $got 200 512
	check "all is right" cmp -n 12582912 $content "$device"
	emptied
}

test_requests()
{
	set_limit 0
	content=/dev/shm/random
	# 256 random blocks, 256 of text, 256 of a word.
	{
		head -c 1M /dev/urandom
		yes "some text that repeats itself, and a number $$ or so" | head -c 1M
		head -c 1M /dev/zero | tr '\0' a
	} >$content
	dd if=$content of="$device" bs=1M oflag=direct conv=notrunc status=none
	is "$(gauge pers_zpages)" 768 "768 pages are stored"
	gives ok "$a/writeback" idle "nothing is idle before a mark"
	is "$(gauge backing_pages)" 0 "so nothing is written back"
	gives ok "$a/writeback" incompressible "incompressible pages are written back"
	is "$(gauge backing_pages),$(gauge raw_pages)" 256,0 "all of them, and only these"
	gives ok "$a/idle" all "all pages are marked idle"
	# One is read, one is written since.
	dd if="$device" of=/dev/null bs=4k skip=300 count=1 iflag=direct status=none
	dd if=$content of="$device" bs=4k skip=301 seek=301 count=1 oflag=direct \
		conv=notrunc status=none
	gives ok "$a/writeback" idle "idle pages are written back"
	is "$(gauge backing_pages),$(gauge pers_zpages)" 510,258 \
		"all but the two; pages of one word take no frame and stay"
	check "all is right" cmp -n 3145728 $content "$device"
	gives ok "$a/idle" all "marked again"
	gives ok "$a/writeback" idle "and written back"
	is "$(gauge backing_pages),$(gauge pers_zpages)" 512,256 "the two as well"
	check "all is right" cmp -n 3145728 $content "$device"
	emptied
	drop_device a
}

# Where there is no block left it is as without a backing device.
test_full()
{
	mkdir "$a"
	set_limit 4
	mark
	live 64M "$small"
	check "store and disk smaller than the device: the log says so" \
		said 'larger than the store may grow \(4 MiB\) and its backing device'
	head -c 32M /dev/urandom >/dev/shm/random
	report=$(dd if=/dev/shm/random of="$device" bs=4k oflag=direct conv=notrunc 2>&1)
	verdict $((1 - $?)) "a write beyond both fails"
	case $report in
	*"No space left on device"*) ok "because there is no space" ;;
	*) not_ok "because there is no space" && diag "$report" ;;
	esac
	is "$(gauge backing_pages)" 4096 "the disk is full"
	pages=$(($(gauge pers_zpages) + 4096))
	check "about 20 MiB were taken ($pages)" within $pages 5000 5120
	check "and are right" cmp -n $((pages * 4096)) /dev/shm/random "$device"
	gives ENOSPC "$a/writeback" incompressible "a request says that it is full"
	emptied
	drop_device a
	rm /dev/shm/random
}

# shellcheck disable=SC2119 # no parameters
load_modules
# Patches the kernel's code, so now, when all is quiet.
modprobe dm-mod
test_refusals
test_overflow
test_poor
test_writeback
test_order
test_requests
test_full
is "$(gauge decompress_failed),$(gauge backing_read_errors)" 0,0 "no error at all"
unload_clean
done_testing
