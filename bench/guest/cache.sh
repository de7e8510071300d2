#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A file on a slow disk is read, again and again, with VARIANT above the disk: none, dm-cache, bcache
# or zcache.  What the caches keep takes CACHE_MIB of memory.  PATTERN, PAGES, WARM and READS are
# those of reread; SEEK_US and MIB_PER_SECOND of the disk, which is fast while WARM pages are read, and
# not any more for the SETTLE after them.

set -e
# There is no udev.
export DM_DISABLE_UDEV=1

die()
{
	echo "$*"
	dmesg | tail -n 30
	exit 1
}

# What zram has written for each byte that was stored, in percent.
zram_percent()
{
	echo 64M >/sys/block/zram0/disksize
	dd if=/dev/ubda of=/dev/zram0 bs=1M skip=64 count=16 status=none
	awk '{ print int($3 * 100 / $1) }' /sys/block/zram0/mm_stat
	echo 1 >/sys/block/zram0/reset
}

# zram_of NR MIB: of that size.
zram_of()
{
	echo "$2M" >"/sys/block/zram$1/disksize"
}

sectors_of()
{
	blockdev --getsz "$1"
}

above_none()
{
	device=/dev/mapper/slow
}

above_dm_cache()
{
	zram_of 0 "$((CACHE_MIB * 100 / $(zram_percent)))"
	zram_of 1 8
	dmsetup create cached --table "0 $sectors cache /dev/zram1 /dev/zram0 /dev/mapper/slow 64 \
1 writethrough smq 2 migration_threshold 20480"
	device=/dev/mapper/cached
}

# Its superblock lies before the data.
above_bcache()
{
	zram_of 0 "$((CACHE_MIB * 100 / $(zram_percent)))"
	zram_of 1 1
	dmsetup create backing --table "0 16 linear /dev/zram1 0
16 $sectors linear /dev/mapper/slow 0"
	make-bcache --block 4k --bucket 64k -C /dev/zram0 -B /dev/mapper/backing >/run/make-bcache
	for one in /dev/zram0 /dev/mapper/backing; do
		echo "$one" >/sys/fs/bcache/register
	done
	sleep 1
	device=/dev/bcache0
	echo 0 >/sys/block/bcache0/bcache/sequential_cutoff
	echo 0 >/sys/block/bcache0/bcache/cache/congested_read_threshold_us
}

above_zcache()
{
	insmod "$MODULES/tmem/tmem.ko"
	insmod "$MODULES/zbud/tmem_zbud.ko"
	insmod "$MODULES/zcache/zcache.ko" eph_max_mib="$CACHE_MIB"
	insmod "$MODULES/zcache/dm/dm-zcache.ko"
	dmsetup create victim --table "0 $sectors zcache /dev/mapper/slow"
	device=/dev/mapper/victim
}

# disk_is SEEK_US MIB_PER_SECOND: from now on; its figures begin anew.
disk_is()
{
	dmsetup reload slow --table "0 $sectors slowdisk /dev/ubda $1 $2"
	dmsetup suspend slow
	dmsetup resume slow
}

# slow NAME: a figure of the disk.
slow()
{
	dmsetup status slow | tr ' ' '\n' | sed -n "s/^$1=//p"
}

memory_kib()
{
	case $VARIANT in
	none) echo 0 ;;
	zcache) echo $(($(cat /sys/kernel/zcache/eph_pages) * 4)) ;;
	*) awk '{ print int($3 / 1024) }' /sys/block/zram0/mm_stat ;;
	esac
}

mount -t tmpfs run /run
insmod "$MODULES/bench/slowdisk/slowdisk.ko"
sectors=$(sectors_of /dev/ubda)
dmsetup create slow --table "0 $sectors slowdisk /dev/ubda $SEEK_US $MIB_PER_SECOND"
case $VARIANT in
dm-cache) above_dm_cache ;;
*) "above_$VARIANT" ;;
esac
mkdir -p /run/data
mount -o ro,noload "$device" /run/data || die "no file system"
if [ "$WARM" != 0 ]; then
	disk_is 0 8000
	"$PROGRAMS/reread" "$PATTERN" /run/data/data "$PAGES" "$WARM" 1
	disk_is "$SEEK_US" "$MIB_PER_SECOND"
	# What a cache takes from a disk that is faster than itself is not what it takes from this one.
	[ "$SETTLE" = 0 ] || "$PROGRAMS/reread" "$PATTERN" /run/data/data "$PAGES" "$SETTLE" 3
	[ "$VARIANT" != zcache ] || dmsetup message victim 0 reset
fi
reads=$(slow reads)
read_sectors=$(slow read_sectors)
seeks=$(slow seeks)
# shellcheck disable=SC2153 # it comes from outside
said=$("$PROGRAMS/reread" "$PATTERN" /run/data/data "$PAGES" "$READS" 2)
echo "$said"
echo "cache ms=${said##*ms=} reads=$READS disk_ios=$(($(slow reads) - reads)) \
disk_pages=$((($(slow read_sectors) - read_sectors) / 8)) seeks=$(($(slow seeks) - seeks)) \
memory_kib=$(memory_kib)"
case $VARIANT in
none) ;;
*) dmsetup status | grep -E 'victim|cached' || : ;;
esac
