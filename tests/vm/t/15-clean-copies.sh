#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Of what goes to the backing device a copy stays in memory while there is room: reads come
# from there, again and again; who does not find one reads the disk.  A block that is written
# again, freed, or used for another page never gives an old copy, and nothing is left behind.
#
# vm: mem=512 smp=2 disk=96M append=slab_nomerge timeout=200 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

a=$devices/a
sectors=$((96 * 2048))
pages=768
one=/dev/shm/one
two=/dev/shm/two

disk_reads()
{
	awk '{ print $1 }' "/sys/block/${DISKS##*/}/stat"
}

# written FILE: to the device, from its beginning.
written()
{
	dd if="$1" of="$device" bs=64k oflag=direct conv=notrunc status=none
}

# holds FILE [BLOCKSIZE]: what the device has in its beginning, in direct reads.
holds()
{
	dd if="$device" bs="${2:-64k}" count=$((pages * 4096)) iflag=direct,count_bytes status=none |
		cmp - "$1"
}

# all_back: every page goes to the disk.
all_back()
{
	echo all >"$a/idle" && echo idle >"$a/writeback"
}

evict()
{
	echo "$1" >/sys/kernel/debug/zcache/evict_eph
}

live()
{
	echo 1 >"$a/live" && device=/dev/$(cat "$a/device")
}

test_kept()
{
	check "pages are written" written $one
	check "and written back" all_back
	is "$(gauge backing_pages) $(gauge pers_zpages)" "$pages 0" "all are on the disk"
	is "$(gauge clean_copies) $(gauge eph_zpages)" "$pages $pages" "and each has a copy here"
	reads_before=$(disk_reads)
	hits_before=$(gauge clean_copy_hits)
	check "they are right" holds $one
	check "page by page as well" holds $one 4k
	is "$(($(gauge clean_copy_hits) - hits_before))" $((2 * pages)) "all from the copies, twice"
	is "$(disk_reads)" "$reads_before" "the disk was not asked"
	is "$(gauge clean_copies)" "$pages" "a read leaves the copy where it is"
}

test_evicted()
{
	evict 100
	left=$(gauge clean_copies)
	check "some copies are evicted" [ "$left" -lt "$pages" ]
	check "and $left are left" [ "$left" -gt 0 ]
	misses_before=$(gauge clean_copy_misses)
	reads_before=$(gauge backing_reads)
	check "all pages are right" holds $one
	is "$(($(gauge backing_reads) - reads_before))" $((pages - left)) \
		"those without a copy come from the disk"
	is "$(($(gauge clean_copy_misses) - misses_before))" $((pages - left)) "which are the misses"
	evict 100000
	is "$(gauge clean_copies) $(gauge eph_zpages)" "0 0" "all copies are evicted"
	check "all pages are right" holds $one
}

# The copies of one version are there when the next one is written, and takes their blocks.
test_again()
{
	check "pages are written back with copies" written $one
	check "..." all_back
	is "$(gauge clean_copies)" "$pages" "all have one"
	check "they are written again" written $two
	is "$(gauge backing_pages) $(gauge clean_copies)" "0 0" "blocks are free, no copy is left"
	check "they are the new ones" holds $two
	check "written back" all_back
	check "they are the new ones" holds $two
	evict 100000
	check "on the disk too" holds $two
	check "the old ones are written again" written $one
	check "written back" all_back
	blkdiscard -f "$device" 2>/dev/null
	is "$(gauge backing_pages) $(gauge clean_copies) $(gauge eph_zpages)" "0 0 0" \
		"discarded: nothing is left"
	check "it reads as zeroes" sh -c \
		"dd if=$device bs=64k count=48 iflag=direct status=none | cmp -n $((pages * 4096)) - /dev/zero"
}

# Blocks are written, read and freed at random; copies come, go and are evicted meanwhile.
test_load()
{
	echo 4 >"$params/pers_max_mib"
	echo 50 >"$params/pers_writeback_percent"
	while :; do
		evict 40
		sleep 0.1
	done &
	evictor=$!
	for option in "" -u -b; do
		hits_before=$(gauge clean_copy_hits)
		kept_before=$(gauge clean_copies_kept)
		misses_before=$(gauge clean_copy_misses)
		# shellcheck disable=SC2086 # words, or none
		report=$(blkcheck -n 700 -t 3 -x 60,20,10 -o 40,45,10,5 $option "$device" 2>&1)
		verdict $? "load${option:+ $option}: no block is ever an old one"
		diag "$report"
		diag "$(($(gauge clean_copies_kept) - kept_before)) copies kept," \
			"$(($(gauge clean_copy_hits) - hits_before)) read," \
			"$(($(gauge clean_copy_misses) - misses_before)) gone," \
			"$(gauge writeback_stale) stale in all"
		check "copies were read${option:+ $option}" gauge_at_least clean_copy_hits $((hits_before + 20))
		check "and others were gone${option:+ $option}" \
			gauge_at_least clean_copy_misses $((misses_before + 20))
		emptied
		is "$(gauge clean_copies)" 0 "nor is a copy left"
	done
	kill $evictor
	wait $evictor 2>/dev/null
	echo 0 >"$params/pers_max_mib"
	echo 90 >"$params/pers_writeback_percent"
}

test_off()
{
	echo N >"$params/clean_copies"
	kept_before=$(gauge clean_copies_kept)
	misses_before=$(gauge clean_copy_misses)
	check "off: pages are written back" written $one
	check "..." all_back
	is "$(gauge backing_pages) $(gauge clean_copies)" "$pages 0" "without copies"
	check "they are right" holds $one
	is "$(gauge clean_copies_kept) $(gauge clean_copy_misses)" "$kept_before $misses_before" \
		"nobody has looked for any"
	echo Y >"$params/clean_copies"
	emptied
	echo 0 >"$params/eph_max_percent"
	check "no memory for ephemeral pages: they are written back" written $one
	check "..." all_back
	is "$(gauge backing_pages) $(gauge clean_copies)" "$pages 0" "without copies"
	check "they are right" holds $one
	echo 50 >"$params/eph_max_percent"
	emptied
}

table()
{
	echo "0 $sectors $*" >/run/table
	dmsetup suspend --noflush backing && dmsetup load backing /run/table &&
		dmsetup resume backing
}

test_errors()
{
	check "pages are written" written $one
	table error
	echo all >"$a/idle"
	gives EIO "$a/writeback" idle "the disk fails all writes"
	is "$(gauge backing_pages) $(gauge clean_copies)" "0 0" "so there is no copy either"
	check "they are right" holds $one
	table "linear $DISKS 0"
	check "they are written back" all_back
	table error
	reads_before=$(gauge backing_reads)
	check "the disk fails all reads: the copies are right" holds $one
	evict 100000
	check_fails "without them it is an error" holds $one
	table "linear $DISKS 0"
	check "which has lost nothing" holds $one
	is "$(gauge backing_reads)" $((reads_before + pages)) "read from the disk now"
}

# shellcheck disable=SC2119 # no parameters
load_modules
# Patches the kernel's code, so now, when all is quiet.
modprobe dm-mod
expect_dmesg 'I/O error, dev (zcache|dm-)'
seq 1000000 2000000 | head -c $((pages * 4096)) >$one
seq 5000000 6000000 | head -c $((pages * 4096)) >$two
dmsetup create backing --table "0 $sectors linear $DISKS 0"
backing=/dev/$(dmsetup info -c --noheadings -o blkdevname backing)
mkdir "$a"
echo 64M >"$a/size"
echo "$backing" >"$a/backing"
live
verdict $? "a device goes live"
test_kept
test_evicted
test_again
test_load
test_off
test_errors

check "with copies of all pages" all_back
check "again" written $two
check "..." all_back
is "$(gauge clean_copies)" "$pages" "there are copies"
drop_device a
is "$(gauge clean_copies) $(gauge eph_zpages) $(gauge backing_pages)" "0 0 0" \
	"without the device there are none"
check "nobody holds what is beneath" wait_until 5 dmsetup remove backing
rm $one $two
is "$(gauge decompress_failed)" 0 "no copy was damaged"
unload_clean
done_testing
