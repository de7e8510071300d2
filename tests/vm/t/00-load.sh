#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading and unloading as a user sees it: the device of the one-line case, what is refused
# and why, and that nothing is left of what was refused.
#
# vm: mem=512 group=device append=slab_nomerge timeout=90
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

nothing_left()
{
	for path in /sys/module/zcache /sys/kernel/zcache "$devices" /sys/kernel/debug/zcache \
		/sys/kernel/slab/zcache_page; do
		if [ -e "$path" ]; then
			echo "$path is there"
			return 1
		fi
	done
	no_devices && ! grep -qw zcache /proc/devices
}

# refused ERE PARAMETER...: zcache does not load, says why, and leaves nothing.
refused()
{
	why=$1
	shift
	mark
	# What it needs is there, so this is modprobe without the search.
	check_fails "not loaded with $*" insmod "$module" "$@"
	check "a line of the log says: $why" said "zcache: $why"
	check "nothing is left of it" nothing_left
}

# kept PARAMETER VALUE ERE: cannot be set when loaded, and keeps its value.
kept()
{
	was=$(cat "$params/$1")
	mark
	gives EINVAL "$params/$1" "$2" "$1=$2 is refused"
	check "a line of the log says: $3" said "zcache: $3"
	reads "$params/$1" "$was" "$1 is what it was"
}

queue()
{
	cat "/sys/block/zcache0/queue/$1"
}

check "loads" modprobe zcache
check "can be removed" rmmod zcache
check "leaves nothing" nothing_left

module=$(modinfo -n zcache)
not_a_size='swap_size=.* is not a size'
bad_size='size of a device must be 64 KiB to 16 TiB'
refused "$not_a_size" swap_size=foo
refused "$not_a_size" swap_size=-1
refused "$not_a_size" swap_size=64Mx
refused "$not_a_size" swap_size=
refused "$not_a_size" 'swap_size="64M 1"'
refused "$bad_size" swap_size=0
refused "$bad_size" swap_size=1K
refused "$bad_size" swap_size=17T
refused "$not_a_size" swap_size=999999999T
refused "$not_a_size" swap_size=18446744073709617152
refused 'the index of a device of 1048576 MiB would take 2304 MiB' swap_size=1T
check_fails "and nobody was killed for its memory" said 'Out of memory|oom-kill'
refused 'frame_pages must be a number from 1 to 8' frame_pages=0
refused 'frame_pages must be' frame_pages=9
refused 'frame_pages must be' frame_pages=4x
refused 'max_buddies must be a number from 1 to 252' max_buddies=0
refused 'max_buddies must be' max_buddies=300
refused 'pers_max_percent must be a number from 1 to 150' pers_max_percent=0
refused 'pers_max_percent must be' pers_max_percent=151
refused 'eph_max_percent must be a number from 0 to 100' eph_max_percent=101
refused 'eph_max_percent must be' eph_max_percent=-1
refused 'pers_max_zsize must be a number from 64 to 4032' pers_max_zsize=63
refused "unknown compressor 'gzip'" pers_compressor=gzip
refused "unknown compressor ''" eph_compressor=

mark
check "loads with a size" modprobe zcache swap_size=64M
check "and says what it made" said 'zcache: zcache0: 64 MiB'
check "there is the block device" test -b /dev/zcache0
reads /sys/block/zcache0/size 131072 "of the right size"
reads /sys/block/zcache0/range 1 "without partitions"
is "$(queue logical_block_size)" 4096 "its blocks are pages"
is "$(queue physical_block_size)" 4096 "physically too"
is "$(queue minimum_io_size)" 4096 "that is the least it takes"
is "$(queue rotational)" 0 "it does not rotate"
is "$(queue stable_writes)" 1 "pages must not change while they are written"
is "$(queue discard_granularity)" 4096 "single pages can be discarded"
is "$(queue discard_max_bytes)" 2147483648 "up to 2 GiB at once"
is "$(queue write_zeroes_max_bytes)" 2147483648 "zeroed likewise"
is "$(gauge reserve_pages)" "$(gauge reserve_target)" "the reserve is full"
check "there is a reserve" gauge_at_least reserve_target 512
check "it keeps tmem loaded" grep -q '^tmem .*zcache' /proc/modules
check_fails "tmem cannot be removed under it" rmmod tmem
check_fails "tmem_zbud cannot be removed under it" rmmod tmem_zbud
check_fails "it cannot be loaded twice" insmod "$module"

kept pers_max_percent 0 'pers_max_percent must be'
kept eph_max_percent 101 'eph_max_percent must be'
kept pers_max_mib 1.5 'pers_max_mib must be'
kept pers_max_zsize 4097 'pers_max_zsize must be'
kept room_timeout_ms 600001 'room_timeout_ms must be'
kept pers_compressor lzx "unknown compressor 'lzx"
gives EACCES "$params/frame_pages" 2 "frame_pages cannot be changed any more"
for name in lzo-rle lz4 zstd lzo; do
	gives ok "$params/pers_compressor" "$name" "$name can be chosen"
done
reads "$params/eph_compressor" lzo "the other kind keeps its compressor"

exec 4</dev/zcache0
check_fails "cannot be removed while the device is open" rmmod zcache
exec 4<&-
check "can be removed when it is closed" rmmod zcache
check "and is gone" nothing_left
check_fails "does not load without tmem" sh -c "rmmod tmem; insmod $module"
check "and leaves nothing then" nothing_left

check "loads again, with other parameters" modprobe zcache swap_size=1M swap_sync=1 \
	frame_pages=8 max_buddies=1 pers_compressor=lz4 eph_max_percent=0
reads /sys/block/zcache0/size 2048 "the device has the new size"
reads "$params/pers_compressor" lz4 "the compressor is the new one"
is "$(gauge reserve_target)" 256 "the reserve of a small device is all of it"
unload_clean
check "nothing is left in the end" nothing_left
done_testing
