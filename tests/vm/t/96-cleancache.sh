#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Clean pages that the kernel hands over by cleancache: files larger than memory read in loops
# come back right, and from here in part; a page is here or in the page cache; what changes is
# forgotten, however it changes; switches; file systems and our modules come and go.
#
# vm: mem=256 disk=512M,64M kernels=5.10-cleancache timeout=600
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh

native=/sys/module/zcache_native/parameters
stats=/sys/kernel/debug/zcache_native
large=${DISKS%% *}
small=${DISKS##* }
file=/mnt/file
pages=100	# fewer than the ring holds

counted()
{
	cat "$stats/$1"
}

counted_at_least()
{
	[ "$(counted "$1")" -ge "$2" ]
}

load()
{
	modprobe zcache-native cleancache_ignore_nonactive=N "$@"
}

unload()
{
	modprobe -r zcache-native && modprobe -r zcache tmem_zbud tmem
}

# All of it compresses: what does not is not stored.
put_file()
{
	pagefile -x 80,10,0 -v "$1" -p "$2" write "$file" "$pages"
}

# right VERSION DESCRIPTION: what the file holds.
right()
{
	check "$2" pagefile -x 80,10,0 -v "$1" check "$file" "$pages"
}

# The file leaves the page cache, and nothing else does.
evict()
{
	sync
	dd if="$file" iflag=nocache count=0 status=none
}

# All pages of the file are stored, and no others.  The kernel hands over a page only if it was read
# from the disk since it came into the page cache (PageMappedToDisk).
stored()
{
	evict
	wait_until 10 gauge_is eph_zpages "$pages"
}

# ... of a file that was written whole.
stored_once_read()
{
	evict
	cat "$file" >/dev/null
	stored
}

# forgotten AT_MOST DESCRIPTION
forgotten()
{
	check "$2" wait_until 5 gauge_at_most eph_zpages "$1"
}

[ -d /sys/kernel/debug/cleancache ] || skip_all "this kernel has no cleancache"
for disk in $large $small; do
	mkfs.ext4 -q -b 4096 "$disk" || exit
done
mount "$large" /mnt

mark
check "it loads, with file systems mounted" load
check "the hooks say what they have" said "hooked into frontswap and cleancache"

check "a file is written" put_file 1 buffered
evict
is "$(counted puts)" 0 "what was never read from the disk is not handed over"
cat "$file" >/dev/null
check "what was, and leaves the page cache, is stored" stored
gets=$(counted gets)
right 1 "it is read, and right"
check "from here" counted_at_least gets $((gets + pages))
is "$(gauge eph_zpages)" 0 "what is in the page cache is not here as well"
right 1 "it is right in the page cache"

check "it leaves again" stored
check "it is written in place, past the page cache" put_file 2 direct
forgotten 0 "and is forgotten"
right 2 "the new contents are read"
check "they are stored" stored
check "it is written over, in the page cache" put_file 3 buffered
right 3 "the new contents are there"
check "these are stored" stored_once_read
right 3 "and come back"
check "it leaves again" stored
check "it is written over, mapped" put_file 4 mapped
check "that is stored" stored
right 4 "and comes back"

check "it leaves again" stored
truncate -s 40K $file
forgotten 10 "what was cut off is forgotten"
check "the rest is right" pagefile -x 80,10,0 -v 4 check $file 10
rm $file
check "another file is written in its place" put_file 5 direct
right 5 "and is right"
check "it is stored" stored_once_read
rm $file
forgotten 0 "a file that is removed is forgotten"

check "a file is written" put_file 6 buffered
check "it is stored" stored_once_read
umount /mnt
forgotten 0 "what was of a file system that is unmounted is forgotten"
mount "$large" /mnt
right 6 "mounted again, the file is right"
check "it is stored again" stored
right 6 "and comes back"

echo N >$native/cleancache
puts=$(counted puts)
evict
is "$(counted puts)" "$puts" "switched off, nothing is put"
right 6 "and all is right"
echo Y >$native/cleancache
echo Y >$native/cleancache_ignore_nonactive
ignored=$(counted puts_nonactive)
evict
is "$(counted puts)" "$puts" "pages that were never active are not put"
check "but counted" counted_at_least puts_nonactive $((ignored + pages))
right 6 "and all is right"
echo N >$native/cleancache_ignore_nonactive
rm $file

# The store may take so much that the file fits, compressed, with the page cache.
spare=$(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) / 4))
gets=$(counted gets)
report=$(pagefile -n 3 run $file $((spare + 8192)))
verdict $? "a file larger than memory, read in turn and at random, written in three ways"
diag "$report"
check "was read from here in part" counted_at_least gets $((gets + 2000))
for stat in puts puts_dropped puts_failed puts_stale gets gets_staged gets_failed; do
	diag "$stat $(counted $stat)"
done
rm $file

# File systems come and go, one with the number of the other, while pages are put.
mkdir -p /run/small
mount "$small" /run/small
pagefile -v 7 write /run/small/file 4000 >/dev/null
pagefile -x 80,10,0 -v 8 write $file 4000 >/dev/null
umount /run/small
(while :; do
	echo 1 >/proc/sys/vm/drop_caches
done) &
dropper=$!
wrong=0
for round in $(seq 8); do
	umount /mnt
	mount "$small" /run/small && mount "$large" /mnt
	pagefile -v 7 check /run/small/file 4000 || wrong=$((wrong + 1))
	pagefile -x 80,10,0 -v 8 check $file 4000 || wrong=$((wrong + 1))
	umount /mnt /run/small
	mount "$large" /mnt && mount "$small" /run/small
	pagefile -x 80,10,0 -v 8 check $file 4000 || wrong=$((wrong + 1))
	umount /run/small
done >/run/rounds
kill "$dropper"
wait "$dropper" 2>/dev/null
is "$wrong" 0 "file systems that come and go have the files that they should ($round rounds)"
[ "$wrong" -eq 0 ] || diag "$(cat /run/rounds)"
pages=4000
right 8 "the last is right"

check "it unloads, with file systems mounted" unload
check "the hooks stay" grep -q '^zcache_hooks .*\[permanent\]' /proc/modules
right 8 "without anything behind them all is right"
check "it loads again" load
pages=100
check "a file is written" put_file 9 buffered
stored_now=$(counted puts)
evict
cat "$file" >/dev/null
evict
check "it is put" counted_at_least puts $((stored_now + pages))
right 9 "and comes back"
check "in truth" counted_at_least gets $pages
umount /mnt
forgotten 0 "nothing is left"
check "it unloads again" unload
done_testing
