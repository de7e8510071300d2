#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# File systems live on the device: what was copied there is intact when the caches have been
# dropped, trimming gives memory back, and the checkers find nothing.
#
# vm: mem=512 group=device append=slab_nomerge timeout=180 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

files=/usr/share/perl
[ -z "${LONG-}" ] || files="$files /usr/bin /usr/lib/python3.11"
# file_system TYPE MKFS FSCK: both are words, the device comes behind them.
file_system()
{
	type=$1
	mkfs=$2
	fsck=$3

	# Stock kernels have them all; our own debug kernels have what they need.
	if [ "${SLOW:-1}" -gt 1 ] && ! modprobe -q "$type" && ! grep -qw "$type" /proc/filesystems; then
		skip "$type" "this kernel does not have it"
		return
	fi
	# shellcheck disable=SC2086 # words
	check "$type: made" $mkfs /dev/zcache0
	if ! mount -t "$type" /dev/zcache0 /mnt; then
		not_ok "$type: mounted"
		return
	fi
	# shellcheck disable=SC2086
	check "$type: files copied" cp -a $files /mnt
	mkdir /mnt/more && cp /usr/bin/perl /usr/bin/python3.11 /mnt/more
	sync -f /mnt
	echo 3 >/proc/sys/vm/drop_caches
	(cd /mnt && md5sum --quiet -c /run/sums)
	verdict $? "$type: files are what they were"
	full=$(gauge pers_zpages)
	rm -r /mnt/[!m]*
	sync -f /mnt
	check "$type: trimmed" fstrim /mnt
	check "$type: that gave memory back" gauge_at_most pers_zpages $((full - kib * 3 / 16))
	echo 3 >/proc/sys/vm/drop_caches
	check "$type: what was not removed is intact" cmp /usr/bin/perl /mnt/more/perl
	check "$type: unmounted" umount /mnt
	# shellcheck disable=SC2086
	check "$type: nothing to repair" $fsck /dev/zcache0
	wipefs -qa /dev/zcache0
	blkdiscard /dev/zcache0
	is "$(gauge pers_zpages)" 0 "$type: all gone"
}

# shellcheck disable=SC2086
kib=$(du -cks $files | tail -n 1 | cut -f 1)
for dir in $files; do
	(cd "${dir%/*}" && find "${dir##*/}" -type f -exec md5sum {} +)
done >/run/sums

load_modules swap_size=400M
file_system ext4 "mkfs.ext4 -q" "e2fsck -fn"
file_system xfs "mkfs.xfs -q" "xfs_repair -n"
file_system btrfs "mkfs.btrfs -q" "btrfs check"
unload_clean
done_testing
