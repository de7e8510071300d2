#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What an emulated machine can count, for it cannot time: locks taken and memory allocated per
# page written, read and discarded, side by side with zram. The way to the device is the same
# for both, so the difference is ours.
#
# vm: mem=512 smp=1 timeout=120 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

tracing=/sys/kernel/tracing
pages=4096
locks="_raw_spin_lock _raw_spin_lock_irq _raw_spin_lock_irqsave _raw_spin_lock_bh _raw_read_lock
	_raw_write_lock _raw_spin_trylock mutex_lock mutex_trylock"
objects="kmem_cache_alloc kmem_cache_alloc_noprof kmem_cache_alloc_lru kmem_cache_alloc_lru_noprof
	kmem_cache_alloc_node kmem_cache_alloc_node_noprof __kmalloc __kmalloc_noprof kmalloc_trace
	__kmalloc_cache_noprof"
frames="__alloc_pages __alloc_pages_noprof"

[ -e $tracing/kprobe_profile ] || skip_all "this kernel cannot count calls"

# sum NAME...: calls of these functions since it was counted, see count.
sum()
{
	awk -v names="$*" '
		BEGIN { split(names, list); for (i in list) wanted[list[i]] = 1 }
		$1 in wanted { calls += FILENAME == ARGV[1] ? -$2 : $2 }
		END { print calls + 0 }' /run/before /run/after
}

# count DEVICE WHAT COMMAND...: sets $nr_locks, $nr_objects, $nr_frames, per 100 pages.
count()
{
	where=$1
	what=$2
	shift 2
	cp $tracing/kprobe_profile /run/before
	"$@" 2>/run/said
	status=$?
	cp $tracing/kprobe_profile /run/after
	verdict $status "$where: $what"
	# shellcheck disable=SC2086 # lists
	nr_locks=$(($(sum $locks) * 100 / pages)) nr_objects=$(($(sum $objects) * 100 / pages)) \
		nr_frames=$(($(sum $frames) * 100 / pages))
	diag "$where, $what, per 100 pages: $nr_locks locks, $nr_objects objects, $nr_frames pages"
}

io()
{
	dd bs=64k oflag="$1" iflag="$2" conv=notrunc status=none if="$3" of="$4"
}

# side NAME DEVICE: all of it for one device; leaves name_what_locks and so on.
side()
{
	for what in write overwrite read discard; do
		case $what in
		read) count "$1" $what io sync direct "$2" /dev/null ;;
		discard) count "$1" $what blkdiscard -f "$2" ;;
		*) count "$1" $what io direct fullblock /dev/shm/content "$2" ;;
		esac
		eval "$1_${what}_locks=$nr_locks $1_${what}_objects=$nr_objects $1_${what}_frames=$nr_frames"
	done
}

# no_more WHAT KIND MORE: zcache's number is zram's at most, and a tenth; what else the machine
# does in between is counted too.
no_more()
{
	ours='' theirs=''
	eval "ours=\$zcache_$1_$2 theirs=\$zram_$1_$2"
	verdict $((ours > theirs * 11 / 10 + $3)) "$1: $2, $ours to zram's $theirs per 100 pages"
}

# What compresses to a third or so, each page different.
cat /usr/bin/* 2>/dev/null | head -c $((pages * 4096)) >/dev/shm/content
# shellcheck disable=SC2086 # lists
for name in $locks $objects $frames; do
	echo "p:counts/$name $name" >>$tracing/kprobe_events
done 2>/dev/null
load_modules swap_size=16M
modprobe zram num_devices=1
for name in lzo-rle lzo; do
	echo $name >/sys/block/zram0/comp_algorithm 2>/dev/null && break
done
check "the same compressor" poke "$params/pers_compressor" "$name"
echo 16M >/sys/block/zram0/disksize
# Once before, so that what is made at the first use is there.
io direct fullblock /dev/shm/content /dev/zcache0
io direct fullblock /dev/shm/content /dev/zram0
blkdiscard -f /dev/zcache0 2>/dev/null
blkdiscard -f /dev/zram0 2>/dev/null
echo 1 >$tracing/events/counts/enable
side zram /dev/zram0
side zcache /dev/zcache0
echo 0 >$tracing/events/counts/enable
echo >$tracing/kprobe_events
for what in write overwrite read discard; do
	# The locks of zram's slots and of zsmalloc's objects are bits, which are not counted.
	no_more $what locks 300
	no_more $what objects 10
	no_more $what frames 10
done
modprobe -r zram
unload_clean
done_testing
