#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine stops at any moment, files above dm-zcache being written: after that the file
# system is repaired by its journal alone, and what was synchronised is there.
#
# vm: mem=512 disk=640M group=dmkill timeout=300 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh

[ -e /run/harness/vmlinuz ] || skip_all "there is no image of this kernel to boot"
disk=${DISKS%% *}
pages=400
kills=2
[ -z "${LONG-}" ] || kills=50
# What the next kernel has to know.
state=/share/84-dm-kill.state

make_file_system()
{
	case $(($1 % 3)) in
	0) mkfs.ext4 -q -b 4096 "$disk" ;;
	1) mkfs.xfs -q -f "$disk" ;;
	2) mkfs.btrfs -q -f "$disk" ;;
	esac
}

look_for_errors()
{
	case $(($1 % 3)) in
	0) e2fsck -fn "$disk" ;;
	1) xfs_repair -n "$disk" ;;
	2) btrfs check "$disk" ;;
	esac
}

# Files in turn, each new version synchronised before the number of the version is told.
write_versions()
{
	set -- buffered direct mapped
	version=1
	while pagefile -v $version -p "$1" write "/mnt/synced.$((version % 2))" $pages >/dev/null; do
		echo $version >$state.version
		version=$((version + 1))
		set -- "$2" "$3" "$1"
	done
}

# survived KILL: as it was found after that kill.
survived()
{
	version=$(cat $state.version)
	check "kill $1: mounted" mount /dev/mapper/zc /mnt
	run_tool "kill $1: version $version is there" \
		pagefile -v "$version" check "/mnt/synced.$((version % 2))" $pages
	umount /mnt
	dm_right zc "$disk"
	dm_remove zc
	check "kill $1: nothing to repair" look_for_errors "$1"
}

dm_load
killed=0
if [ -n "${SECOND-}" ]; then
	killed=$(cat $state)
	dm_make zc "$disk"
	survived "$killed"
fi
if [ "$killed" -lt $kills ] && [ "$tap_bad" -eq 0 ]; then
	killed=$((killed + 1))
	echo $killed >$state
	echo 0 >$state.version
	wipefs -qa "$disk"
	check "a file system" make_file_system $killed
	dm_make zc "$disk"
	mount /dev/mapper/zc /mnt
	mkdir /mnt/files
	fileops -s $killed -n 1000000 -t 2 -d 50 -b /dev/mapper/zc /mnt/files >/dev/null 2>&1 &
	write_versions &
	check "versions are written" wait_until 60 sh -c "[ \$(cat $state.version) -gt 2 ]"
	sleep "$(shuf -i 0-6 -n 1).$(shuf -i 0-9 -n 1)"
	# The disk goes away under what still writes.
	expect_dmesg 'I/O error, dev vd'
	second_kernel
fi
rm $state $state.version
dm_unload
done_testing
