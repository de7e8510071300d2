# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of file systems above dm-zcache share.  Sourced after lib.sh and dmzcache.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # conditions of dm_counts; for who sources this; of lib.sh

disk=${DISKS%% *}
# In the long run each file system sees a million puts.
puts=0
ops=60
pause=3
file_pages=900
if [ -n "${LONG-}" ]; then
	puts=1000000
	ops=4000
	pause=0.5
	# More than the memory there is.
	file_pages=115000
fi

# Who moves files may have one open.
make_remount()
{
	cat >/run/remount <<-'E'
		#!/bin/sh
		for try in $(seq 100); do
			umount /mnt 2>/dev/null && break
			sleep 0.2
		done
		mount "$@" /dev/mapper/zc /mnt
	E
	chmod +x /run/remount
}

# moves_files TYPE: defragmentation, as long as it is wanted.
moves_files()
{
	while [ -e /run/moving ]; do
		case $1 in
		ext4) e4defrag /mnt ;;
		xfs) find /mnt -type f -exec xfs_fsr {} \; ;;
		btrfs) btrfs filesystem defragment -r -f /mnt ;;
		f2fs) echo 1 >"/sys/fs/f2fs/$(basename "$(readlink -f /dev/mapper/zc)")/gc_urgent" ;;
		esac
		sleep $pause
	done >/dev/null 2>&1
}

frozen_is_right()
{
	fsfreeze -f /mnt
	dm_right zc "$disk"
	fsfreeze -u /mnt
}

# round SEED: files of all kinds, and one that does not fit.
round()
{
	mkdir "/mnt/$1"
	run_tool "$type: files, seed $1" fileops -s "$1" -n $ops -r 2 -d 60 -b /dev/mapper/zc \
		-c "/run/remount $options" "/mnt/$1"
	run_tool "$type: a large file" pagefile -s "$1" write /mnt/large $file_pages
	for how in loop random mapped direct; do
		forget
		run_tool "$type: the large file is read: $how" \
			pagefile -s "$1" -p $how check /mnt/large $file_pages
	done
	dm_settle zc
	run_tool "$type: it changes" pagefile -s "$1" -n 3 -w 5 run /mnt/large $file_pages
	frozen_is_right
	rm -r "/mnt/${1:?}" /mnt/large
}

# rounds: until there were enough puts.
rounds()
{
	seed=1
	round $seed
	[ -z "$PLAIN" ] || return 0
	while [ "$tap_bad" -eq 0 ] && [ "$(dm_stat zc put)" -lt $puts ]; do
		seed=$((seed + 1))
		round $seed
	done
	dm_counts zc "\$put >= $puts" "$type: puts enough"
}

# file_system TYPE MKFS FSCK [MOUNT_OPTION...]
file_system()
{
	type=$1
	mkfs=$2
	fsck=$3
	shift 3
	options=$*

	# Our own debug kernels have only what they need.
	if ! modprobe -q "$type" && ! grep -qw "$type" /proc/filesystems; then
		skip "$type" "this kernel does not have it"
		return
	fi
	wipefs -qa "$disk"
	# shellcheck disable=SC2086 # words
	dm_make zc "$disk" && $mkfs /dev/mapper/zc >/dev/null && mount "$@" /dev/mapper/zc /mnt
	verdict $? "$type: $mkfs${options:+, $options}"
	: >/run/moving
	moves_files "$type" &
	mover=$!
	rounds
	rm /run/moving
	wait $mover
	# What 1 KiB blocks are in may lie at odd places of the disk.
	if [ "${small:-0}" = 0 ]; then
		dm_counts zc '$put > 500 && $hits > 500' "$type: pages were kept and served"
		dm_counts zc '$verify_ok > 500' "$type: and compared"
	fi
	check "$type: unmounted" wait_until 10 umount /mnt
	dm_right zc "$disk"
	check "$type: the target is removed" dm_remove zc
	# shellcheck disable=SC2086 # words
	check "$type: nothing to repair" $fsck "$disk"
}

# begin: modules, and a disk that is small but in the long run.
begin()
{
	dm_load
	if [ -z "${LONG-}" ]; then
		dm_part 320
		verdict $? "a part of the disk"
	fi
	make_remount
}

end()
{
	[ -n "${LONG-}" ] || check "the part is removed" dm_remove part
	dm_unload
	done_testing
}
