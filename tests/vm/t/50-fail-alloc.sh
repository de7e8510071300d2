#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every allocation that our code makes for a user's command fails once: the command then fails
# with a clear error or succeeds, and succeeds when it is tried again. Then some of all fail,
# those of our workers too, while pages are stored: what was stored is right.
#
# vm: mem=512 disk=32M group=fail append=slab_nomerge timeout=480 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

faults="/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc"
for dir in $faults; do
	[ -e "$dir/require-start" ] || skip_all "this kernel injects no faults where it is told"
done

# An allocation counts when a function of a module is on the stack. Modules of others are
# built in, or not loaded here. By themselves the kernel's faults spare those that may sleep.
for dir in $faults; do
	echo 0 >"$dir/verbose"
	echo N >"$dir/ignore-gfp-wait"
	echo 0xffffffffa0000000 >"$dir/require-start"
	echo 0xfffffffffeffffff >"$dir/require-end"
done
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order

# fails LEAST DESCRIPTION ARGUMENT...: failnth does this, and at least LEAST faults came.
fails()
{
	least=$1
	what=$2
	shift 2
	if ! report=$(failnth "$@" 2>&1); then
		not_ok "$what"
	elif [ "$(echo "$report" | sed -n 's/^faults \([0-9]*\).*/\1/p')" -lt "$least" ]; then
		not_ok "$what: fewer faults than there are allocations"
	else
		ok "$what"
	fi
	diag "$report"
}

# Linux 6.12 itself loses the name of a slab cache whose sysfs folder cannot be made.
expect_leak sysfs_slab_add

# sometimes PERCENT: from now on, in every process.
sometimes()
{
	for dir in $faults; do
		echo -1 >"$dir/times"
		echo "$1" >"$dir/probability"
	done
}

# From now on files of debugfs can be made: there are hundreds, and nobody minds when one is
# missing, which was shown with tmem. All of its functions lie together.
spare_debugfs()
{
	grep -E ' T debugfs_(attr|create|file|lookup|remove|rename)[a-z_]*$' /proc/kallsyms |
		sort >/run/debugfs
	for dir in $faults; do
		sed -n '1s/^\([^ ]*\) .*/0x\1/p' /run/debugfs >"$dir/reject-start"
		sed -n '$s/^\([^ ]*\) .*/0x\1/p' /run/debugfs >"$dir/reject-end"
	done
}

file()
{
	modinfo -n "$1"
}

fails 2 "tmem is loaded" load "$(file tmem)" -- unload tmem
modprobe tmem
fails 2 "tmem_zbud is loaded" load "$(file tmem_zbud)" -- unload tmem_zbud
modprobe tmem_zbud
spare_debugfs
# A load takes half a second where all is emulated, and most of its allocations are pages of
# the compressors' buffers.
stride=1
[ "$ACCEL" != tcg ] || stride=19
fails 20 "zcache is loaded with a device" -s $stride load "$(file zcache)" swap_size=64K -- unload zcache
fails 20 "zcache is loaded while somebody opens the device" -s $stride -o /dev/zcache0 \
	load "$(file zcache)" swap_size=64K -- unload zcache
modprobe zcache
fails 0 "zcache is removed" unload zcache -- load "$(file zcache)"
check_fails "no gauge was left above zero" said 'bad accounting'

fails 1 "a directory is made" mkdir $devices/a -- rmdir $devices/a
mkdir $devices/a
fails 0 "a directory is removed" rmdir $devices/a -- mkdir $devices/a
fails 0 "its size is set" write $devices/a/size 16M
fails 0 "its size is read" read $devices/a/size
# Each page of its reserve would be a fault of its own.
echo 64K >$devices/a/size
# The kernel's add_disk() says so when there is no memory for the name of the disk.
fails 10 "it goes live" -s $stride -e EINVAL write $devices/a/live 1 -- write $devices/a/live 0
fails 1 "a backing device is set" write $devices/a/backing "$DISKS"
fails 15 "it goes live with it" -s $stride -e EINVAL write $devices/a/live 1 -- write $devices/a/live 0
echo 1M >$devices/a/size
echo 1 >$devices/a/live
fails 0 "it is switched off" write $devices/a/live 0 -- write $devices/a/live 1
device=/dev/$(cat $devices/a/device)

fails 1 "a block is written" -e EIO,ENOSPC put "$device" 5
fails 0 "it is read" -e EIO get "$device" 5
fails 0 "a block is overwritten" -e EIO,ENOSPC put "$device" 5
fails 0 "it is read" -e EIO get "$device" 5
# What the store refuses.
max=$(cat "$params/pers_max_zsize")
poke "$params/pers_max_zsize" 64 >/dev/null
poke "$params/store_poor" N >/dev/null
fails 2 "a block is written to the backing device" -e EIO,ENOSPC put "$device" 6
fails 1 "it is read from there" -e EIO get "$device" 6
poke "$params/pers_max_zsize" "$max" >/dev/null
is "$(gauge backing_pages)" 1 "it was there"
poke "$params/store_poor" Y >/dev/null
mkswap -q "$device"
fails 0 "it becomes swap" -e EIO swapon "$device" -- swapoff "$device"
swapon "$device"
fails 0 "it is swap no more" swapoff "$device" -- swapon "$device"
swapoff "$device"

for file in "$params"/*_compressor; do
	for name in zstd lz4 lzo-rle lzo; do
		fails 0 "${file##*/} becomes $name" write "$file" $name
	done
done
for file in "$params"/* /sys/kernel/zcache/*; do
	# For root everything is writable; ask the mode.
	[ -z "$(find "$file" -maxdepth 0 -type f -perm -200)" ] ||
		fails 0 "$file is written" write "$file" "$(cat "$file")"
done
for file in /sys/kernel/debug/zcache/* /sys/kernel/debug/tmem_zbud/* /sys/kernel/debug/tmem/* \
	"$params"/* /sys/kernel/zcache/*; do
	[ -z "$(find "$file" -maxdepth 0 -type f -perm -400)" ] ||
		fails 0 "$file is read" read "$file"
done

# Now nobody knows which: what a program stored must be right in spite of it.
expect_dmesg 'Write-error on swap-device'
expect_dmesg 'I/O error, dev zcache'
mkswap -q "$device"
swapon "$device"
sometimes 20
report=$(hog -m 12 -P -n 2000 2>&1)
verdict $? "a program that is swapped finds what it wrote"
diag "$report"
for name in zstd lz4 lzo; do
	poke "$params/pers_compressor" $name >/dev/null
	report=$(hog -m 8 -P -n 500 2>&1)
	verdict $? "and with $name"
done
# One MiB in memory: the rest overflows or is written back, from 100 KiB on, because many of
# those that would fill it fail and overflow.
poke "$params/pers_max_mib" 1 >/dev/null
poke "$params/pers_writeback_percent" 10 >/dev/null
# Those that do not compress are refused.
poke "$params/store_poor" N >/dev/null
# Writing back takes its time: pages that are gone are not written.
report=$(sleep 30 | hog -m 10 -P -w -x 20,10,40 2>&1)
verdict $? "and what goes to the backing device"
diag "$report"
sometimes 0
poke "$params/pers_max_mib" 0 >/dev/null
poke "$params/store_poor" Y >/dev/null
poke "$params/pers_writeback_percent" 90 >/dev/null
check "pages were stored" gauge_at_least pers_puts 1000
check "and overflowed" gauge_at_least backing_writes 100
check "and were written back" gauge_at_least written_back 10
diag "failed puts: $(gauge failed_pers_puts), passes: $(gauge writeback_passes)"
check "swapoff" swapoff "$device"
drop_device a

sometimes 10
loaded=0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	modprobe zcache swap_size=1M 2>/dev/null && loaded=$((loaded + 1))
	rmmod zcache 2>/dev/null
done
sometimes 0
diag "loaded $loaded times of 15"
modprobe zcache
for dir in $faults; do
	echo 0 >"$dir/reject-start"
	echo 0 >"$dir/reject-end"
	echo 0 >"$dir/require-start"
	echo 0xffffffffffffffff >"$dir/require-end"
	echo Y >"$dir/ignore-gfp-wait"
done
unload_clean
done_testing
