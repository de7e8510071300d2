#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The device as any block device: what is read is what was written last, or zeroes, for bios
# of all shapes; what is discarded or zeroed takes no memory any more.
#
# vm: mem=512 group=device append=slab_nomerge timeout=120 brief="6.12 5.10"
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

size=67108864
pages=$((size / 4096))
ops=1
[ -z "${LONG-}" ] || ops=20

reads_zero()
{
	cmp -n "$size" /dev/zcache0 /dev/zero
}

empty()
{
	gauge_is pers_zpages 0 && gauge_is pers_pages 0 && gauge_is pers_zbytes 0
}

# bios WHAT OPTION...: operations of that kind do what they should.
bios()
{
	what=$1
	shift
	report=$(blkcheck "$@" /dev/zcache0 2>&1)
	verdict $? "$what"
	diag "$report"
	blkdiscard /dev/zcache0
	check "nothing stays when all is discarded" empty
}

# wrong DESCRIPTION ERE DD_OPERAND...: dd fails and says why.
wrong()
{
	what=$1
	why=$2
	shift 2
	report=$(dd if=/dev/zero of=/dev/zcache0 conv=notrunc count=1 "$@" 2>&1) &&
		report="it did not fail"
	case $report in
	*"$why"*) ok "$what: $why" ;;
	*) not_ok "$what: $why" && diag "$report" ;;
	esac
}

fill()
{
	head -c "$size" /dev/urandom >/dev/shm/data
	dd if=/dev/shm/data of=/dev/zcache0 bs=1M oflag=direct status=none
}

load_modules swap_size=$size
check "what was never written reads as zeroes" reads_zero
is "$(gauge pers_zpages)" 0 "reading stores nothing"

bios "direct I/O" -n $((1500 * ops)) -t 2
bios "single blocks, several threads" -n $((1500 * ops)) -t 4 -k 1
# Before 6.0 memory for direct I/O has to be aligned to the block.
pieces=
[ ! -e /sys/block/zcache0/queue/dma_alignment ] || pieces=-u
if [ -n "$pieces" ]; then
	bios "blocks that lie in two pages" -n $((300 * ops)) -t 2 -k 300 $pieces
else
	skip "blocks that lie in two pages" "direct I/O of this kernel refuses such memory"
fi
huge=/sys/kernel/mm/transparent_hugepage
if [ -e $huge ]; then
	echo always >$huge/enabled
	bios "huge pages" -n $((100 * ops)) -k 1024 -H
else
	skip "huge pages" "this kernel has none"
fi
bios "the page cache" -n $((500 * ops)) -t 2 -b
for name in lzo-rle lz4 zstd; do
	echo "$name" >"$params/pers_compressor"
	bios "compressed by $name" -n $((300 * ops)) -t 2 $pieces
done
is "$(gauge decompress_failed)" 0 "all that was stored could be decompressed"

check "all of it can be written" fill
is "$(gauge pers_zpages)" $pages "each block is a page"
is "$(gauge raw_pages)" $pages "random pages are stored as they are"
check "and read" cmp /dev/shm/data /dev/zcache0
blkdiscard -o 4096 -l 8192 /dev/zcache0
is "$(gauge pers_zpages)" $((pages - 2)) "two pages discarded"
blkdiscard -z -o 32768 -l 4096 /dev/zcache0
is "$(gauge pers_zpages)" $((pages - 3)) "one zeroed"
{
	head -c 4096 /dev/shm/data
	head -c 8192 /dev/zero
	tail -c +12289 /dev/shm/data | head -c 20480
	head -c 4096 /dev/zero
	tail -c +36865 /dev/shm/data
} >/dev/shm/holes
check "these and no others read as zeroes" cmp /dev/shm/holes /dev/zcache0
blkdiscard -z /dev/zcache0
check "all zeroed: nothing is stored" empty
check "and zeroes are read" reads_zero
dd if=/dev/zero of=/dev/zcache0 bs=1M oflag=direct 2>/dev/null
is "$?,$(gauge pers_zpages),$(gauge zero_filled_pages),$(gauge pers_pages)" "1,$pages,$pages,0" \
	"pages of zeroes take no page frame"
blkdiscard /dev/zcache0
rm /dev/shm/data /dev/shm/holes

wrong "half a block" "Invalid argument" bs=2048 oflag=direct
wrong "a block and a half" "Invalid argument" bs=6144 oflag=direct
wrong "a block between two" "Invalid argument" bs=4096 seek=512 oflag=direct,seek_bytes
wrong "behind the end" "No space left on device" bs=4096 seek=$pages oflag=direct
check_fails "half a block cannot be discarded" blkdiscard -o 2048 -l 4096 /dev/zcache0
is "$(dd if=/dev/zcache0 bs=4096 skip=$pages count=1 status=none | wc -c)" 0 \
	"nothing can be read behind the end"
echo short | dd of=/dev/zcache0 bs=6 conv=notrunc status=none
sync /dev/zcache0
is "$(head -c 5 /dev/zcache0)" short "buffered, a part of a block can be written"
is "$(gauge pers_zpages)" 1 "which stores a page"

unload_clean
done_testing
