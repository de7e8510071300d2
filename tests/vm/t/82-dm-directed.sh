#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages of the page cache that are not what the disk below them holds are never served by
# dm-zcache: each of these cases gave wrong data, silently, in a cache that trusts the page.  Where
# one rule makes up for another, counters tell whether each of them holds: see tests/mutants.
#
# PARTS="aliases tails": only these.
#
# vm: mem=512 disk=640M,64M group=dm timeout=400 brief=6.1 brief_smp=1
# shellcheck disable=SC2016,SC2086,SC2317 # conditions; numbers; functions are called by others
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh

disk=${DISKS%% *}
pages=256
tails=6
rounds="1 2"
if [ -n "${LONG-}" ]; then
	tails=60
	rounds="1 2 3 4"
fi
features=/sys/fs/ext4/features

# Another disk, that is slow, so that pages are on their way to it for a while.
other_disk()
{
	modprobe dm-delay && dmsetup create slow --table \
		"0 $(blockdev --getsz "${DISKS##* }") delay ${DISKS##* } 0 0 ${DISKS##* } 0 300" &&
		mkfs.ext4 -q -b 4096 /dev/mapper/slow && mkdir -p /run/other &&
		mount /dev/mapper/slow /run/other
}

# begin TYPE MKFS [MOUNT_OPTION...]: a file system on the target.
begin()
{
	type=$1
	mkfs=$2
	shift 2
	wipefs -qa "$disk"
	dm_make zc "$disk" && $mkfs /dev/mapper/zc && mount "$@" /dev/mapper/zc /mnt
	verdict $? "$mkfs"
	mountpoint -q /mnt || done_testing
}

end()
{
	umount /mnt
	dm_right zc "$disk"
	check "the target is removed" dm_remove zc
}

# gone: everything left the page cache, and what was to be stored is.
gone()
{
	# The other disk is slow, and has been synchronised.
	sync -f /mnt
	echo 3 >/proc/sys/vm/drop_caches
	dm_settle zc
}

# wanted PART
wanted()
{
	case " ${PARTS:-$1} " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# parts PART...: of these, those that are wanted.
parts()
{
	for part; do
		! wanted "$part" || "$part"
	done
}

# hash_idle DESCRIPTION: all that would not have got past the hash was kept away from it.
hash_idle()
{
	dm_counts zc "\$drop_hash == $hash_drops" "$1"
}

# alias DESCRIPTION OPTION...: a page of another disk is written here, then changed there.
alias()
{
	what=$1
	shift
	recorded=$(dm_stat zc recorded)
	hash_drops=$(dm_stat zc drop_hash)
	check "$what: done" stale "$@" alias /mnt/file /run/other/file $pages
	# Where btrfs keeps checksums it writes past the page cache no more, from 6.12.y on: what is
	# recorded are pages of the file itself.
	[ $# -ne 0 ] || [ "$type" = btrfs ] || dm_counts zc "\$recorded < $recorded + $pages / 2" \
		"$what: a page of another file is not recorded"
	gone
	[ "$type" != ext4 ] || hash_idle "$what: who is dirtied is forgotten"
	run_tool "$what: the file is right" stale check /mnt/file $pages
	gone
	run_tool "$what: and again" stale check /mnt/file $pages
	gone
	dm_counts zc '$hits > 0' "$what: the file can be served from memory"
	rm /mnt/file
}

aliases()
{
	alias "an alias"
	alias "an alias that is being written" -w
	[ -z "${LONG-}" ] || alias "an alias that collides under xxh64" -c
	alias "that, being written" -c -w
}

# The device is read through the page cache, then a file is overwritten: the device's pages are old.
stale_device()
{
	run_tool "stale: a file" pagefile write /mnt/file 1000
	gone
	cat /dev/mapper/zc >/dev/null
	run_tool "stale: the file is overwritten" pagefile -v 2 write /mnt/file 1000
	gone
	run_tool "stale: the file is right" pagefile -v 2 check /mnt/file 1000
	gone
	cat /dev/mapper/zc >/dev/null
	run_tool "stale: overwritten past the page cache" pagefile -v 3 -p direct write /mnt/file 1000
	gone
	run_tool "stale: the file is right then" pagefile -v 3 check /mnt/file 1000
	gone
	run_tool "stale: and read past it" pagefile -v 3 -p direct check /mnt/file 1000
	# The page in the page cache is older than its block, for as long as that takes.
	pagefile -v 3 check /mnt/file 1000 >/dev/null
	run_tool "stale: overwritten beside the page cache" pagefile -v 4 -p direct write /mnt/file 1000
	gone
	run_tool "stale: the file is right once more" pagefile -v 4 check /mnt/file 1000
	rm /mnt/file
}

# Bytes behind the end of a file, in its last page: those in memory are not those on the disk.
tails()
{
	n=0
	while [ $n -lt $tails ]; do
		stale tail /mnt/tail.$n $((n % 5))
		stale short /mnt/short.$n $((n % 5))
		n=$((n + 1))
	done
	for round in $rounds; do
		gone
		bad=0
		n=0
		while [ $n -lt $tails ]; do
			stale tailcheck /mnt/tail.$n $((n % 5)) || bad=$((bad + 1))
			stale shortcheck /mnt/short.$n $((n % 5)) || bad=$((bad + 1))
			n=$((n + 1))
		done
		is $bad 0 "tails: all files are right, round $round"
	done
	rm /mnt/tail.* /mnt/short.*
}

# What is on the disk is not what is in the page cache.
encrypted()
{
	if [ ! -e $features/encryption ]; then
		skip "fscrypt" "this kernel does not have it"
		return
	fi
	hash_drops=$(dm_stat zc drop_hash)
	for version in 1 2; do
		mkdir /mnt/e$version
		check "fscrypt $version: a folder" fscrypt $version /mnt /mnt/e$version
		run_tool "fscrypt $version: a file" pagefile write /mnt/e$version/file 1000
		for round in $rounds; do
			gone
			run_tool "fscrypt $version: the file is right, round $round" \
				pagefile check /mnt/e$version/file 1000
		done
	done
	gone
	hash_idle "fscrypt: its pages are not recorded"
}

# What is truncated leaves no copy behind, and holes that come in its place are not taken for it.
truncated()
{
	run_tool "truncated: a file" pagefile write /mnt/file 1000
	gone
	run_tool "truncated: it is read" pagefile check /mnt/file 1000
	staged=$(dm_stat zc staged)
	hash_drops=$(dm_stat zc drop_hash)
	truncate -s 0 /mnt/file
	dm_counts zc "\$staged < $staged + 100" "truncated: no page is copied"
	truncate -s 4096000 /mnt/file
	check "truncated: there are zeroes" cmp -n 4096000 /mnt/file /dev/zero
	gone
	hash_idle "truncated: holes were not taken for what was there"
	check "truncated: there are zeroes still" cmp -n 4096000 /mnt/file /dev/zero
	rm /mnt/file
}

# What has left the page cache is written before it is stored.
rushed()
{
	run_tool "rushed: a file" pagefile write /mnt/file 64
	gone
	run_tool "rushed: it is read" pagefile check /mnt/file 64
	echo 1 >/proc/sys/vm/drop_caches
	run_tool "rushed: it is written" pagefile -v 2 -p direct write /mnt/file 64
	dm_settle zc
	run_tool "rushed: it is right" pagefile -v 2 check /mnt/file 64
	rm /mnt/file
}

# overtaken_is VERSION DESCRIPTION
overtaken_is()
{
	wait
	forget
	dm_settle zc
	run_tool "overtaken: $2" pagefile -v "$1" -p direct check /dev/mapper/zc 32
}

# what_follows_reads MS: takes so long, in a module of `make check-mutants` that knows it.
what_follows_reads()
{
	[ ! -e /sys/module/dm_zcache/parameters/read_ms ] ||
		echo "$1" >/sys/module/dm_zcache/parameters/read_ms
}

# Reads of the device while its blocks are written past its page cache, to a disk that takes
# a while for each write.
overtaken()
{
	dmsetup create late --table "0 65536 delay $disk 0 0 $disk 0 2000" &&
		dm_make zc /dev/mapper/late &&
		dmsetup create over --table "0 65536 linear /dev/mapper/zc 0"
	verdict $? "overtaken: a disk that is late"
	# Otherwise its pages go when the last who has it open closes it.
	exec 7</dev/mapper/zc
	run_tool "overtaken: written" pagefile -p direct write /dev/mapper/over 32
	what_follows_reads 6000
	pagefile check /dev/mapper/zc 32 >/dev/null &
	sleep 1
	run_tool "overtaken: written while it is read" \
		pagefile -v 2 -p direct write /dev/mapper/over 32
	overtaken_is 2 "what was read is not older than the disk"
	pagefile -v 3 -p direct write /dev/mapper/over 32 >/dev/null &
	sleep 1
	pagefile check /dev/mapper/zc 32 >/dev/null
	overtaken_is 3 "nor what was read while it was written"
	what_follows_reads 0
	exec 7<&-
	dmsetup remove over
	dm_right zc /dev/mapper/late
	dm_remove zc
	dm_remove late
}

# dm-crypt above decrypts where the target below has seen something else.
crypt_above()
{
	if ! modprobe -q dm-crypt; then
		skip "dm-crypt above" "this kernel does not have it"
		return
	fi
	dm_make zc "$disk" && dmsetup create plain --table \
		"0 131072 crypt aes-xts-plain64 $(printf '%064d' 7) 0 /dev/mapper/zc 0" &&
		mkfs.ext4 -q -b 4096 /dev/mapper/plain && mount /dev/mapper/plain /mnt
	verdict $? "dm-crypt above"
	run_tool "dm-crypt above: a file" pagefile write /mnt/file 2000
	for round in $rounds; do
		gone
		run_tool "dm-crypt above: the file is right, round $round" pagefile check /mnt/file 2000
	done
	umount /mnt
	dm_remove plain
	dm_right zc "$disk"
	dm_remove zc
}

# A file system in a file of another, whose loop device does direct I/O: one page, two files.
loop_in_file()
{
	truncate -s 64M /mnt/image
	loop=$(losetup -f --show --direct-io=on /mnt/image)
	mkdir -p /run/inner
	# Nothing is to be made ready later: that would change the image while it is compared.
	mkfs.ext4 -q -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 "$loop" &&
		mount "$loop" /run/inner
	verdict $? "a file system in a file"
	for round in $rounds; do
		run_tool "in a file: written, round $round" pagefile -v "$round" write /run/inner/file 1000
		gone
		run_tool "in a file: right, round $round" pagefile -v "$round" check /run/inner/file 1000
		gone
		fsfreeze -f /run/inner
		sum=$(md5sum </mnt/image)
		is "$(dd if=/mnt/image bs=1M iflag=direct status=none | md5sum)" "$sum" \
			"in a file: the outer file is the same past the page cache"
		fsfreeze -u /run/inner
	done
	umount /run/inner
	losetup -d "$loop"
	check "in a file: nothing to repair" e2fsck -fn /mnt/image
	rm /mnt/image
}

dm_load
if [ -z "${LONG-}" ]; then
	dm_part 192
	verdict $? "a part of the disk"
fi
check "another disk, a slow one" other_disk

options=
[ ! -e $features/encryption ] || options="-O encrypt"
begin ext4 "mkfs.ext4 -q -b 4096 $options"
parts aliases stale_device tails truncated rushed encrypted loop_in_file
end

if wanted journal; then
	begin ext4 "mkfs.ext4 -q -b 4096" -o data=journal
	stale_device
	end
fi

if wanted btrfs && modprobe -q btrfs; then
	begin btrfs "mkfs.btrfs -qf"
	aliases
	tails
	end
elif wanted btrfs; then
	skip "btrfs" "this kernel does not have it"
fi

parts crypt_above overtaken
umount /run/other
dm_remove slow
[ -n "${LONG-}" ] || check "the part is removed" dm_remove part
dm_unload
done_testing
