#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory is short long before the store's limit: the oldest pages are written back, before the
# reserve is used up, and what is written next finds room in their place instead of going to the
# disk itself.
#
# vm: mem=512 smp=2 disk=192M append=slab_nomerge timeout=120 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

a=$devices/a
file=/dev/shm/file
pieces=64
piece=$((64 * 4096))

disk_reads()
{
	awk '{ print $1 }' "/sys/block/${DISKS##*/}/stat"
}

# piece_is_right NUMBER
piece_is_right()
{
	dd if="$device" bs=64k skip="$1" iflag=direct,count_bytes count=$piece status=none |
		cmp - "$file.piece"
}

make_piece()
{
	dd if="$file" bs=$piece skip="$1" count=1 of="$file.piece" status=none
}

# One after the other, with time to write back meanwhile: half of the reserve is more than two.
write_pieces()
{
	for nr in $(seq 0 $((pieces - 1))); do
		dd if="$file" of="$device" bs=$piece skip="$nr" seek="$nr" count=1 oflag=direct \
			conv=notrunc status=none || return
		sleep 0.1
	done
}

all_right()
{
	dd if="$device" bs=64k iflag=direct,count_bytes count=$((pieces * piece)) status=none |
		cmp - "$file"
}

reserve_is_full()
{
	[ "$(gauge reserve_pages)" = "$(gauge reserve_target)" ]
}

load_modules
python3 - "$file" $((pieces * piece / 4096)) <<'END'
import random, sys
pages = random.Random(3)
with open(sys.argv[1], "wb") as out:
    for nr in range(int(sys.argv[2])):
        out.write((b"%8d" % nr + pages.randbytes(1500)).ljust(4096, b"."))
END
mkdir "$a" && echo 96M >"$a/size" && echo "$DISKS" >"$a/backing" && echo 1 >"$a/live" &&
	device=/dev/$(cat "$a/device")
verdict $? "a device with a backing device"
target=$(gauge reserve_target)
diag "$target pages are in reserve, the store may have more"

echo 100000000 >/sys/kernel/debug/zcache/fail_frames
check "pages are written, and there is no memory" write_pieces
diag "$(gauge written_back) written back in $(gauge writeback_passes) passes," \
	"$(gauge backing_writes) overflowed, $(gauge reserve_low) pages of the reserve left"
truth "$(gauge written_back) > $pieces * 64 / 4" "many were written back"
is "$(gauge backing_writes)" 0 "no page went to the disk because there was no room for it"
truth "$(gauge reserve_low) > 0" "the reserve was not used up"
truth "$(gauge pers_pages) <= $target" "the store has no more than there was in reserve"
make_piece 0
reads_before=$(disk_reads)
check "the first pages are right" piece_is_right 0
truth "$(disk_reads) > $reads_before" "they come from the disk"
make_piece $((pieces - 1))
reads_before=$(disk_reads)
check "the last ones are" piece_is_right $(((pieces - 1) * piece / 65536))
is "$(disk_reads)" "$reads_before" "they do not"

echo 0 >/sys/kernel/debug/zcache/fail_frames
check "with memory the reserve is filled" wait_until 10 reserve_is_full
passes=$(gauge writeback_passes)
check "pages are written again" write_pieces
is "$(gauge writeback_passes)" "$passes" "and none is written back"
check "all is right" all_right
emptied
check "the device goes" drop_device a
unload_clean
done_testing
