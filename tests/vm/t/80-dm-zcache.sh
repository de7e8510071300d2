#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dm-zcache: files that leave the page cache and are read again come from memory in part,
# and are what was written; every page that is stored is compared with the disk.
#
# vm: mem=256 smp=2 disk=768M append=slab_nomerge timeout=300 brief=6.12
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh

# Nobody but dmsetup makes nodes in /dev/mapper here.
export DM_DISABLE_UDEV=1

files=3	# of 16 MiB
[ -z "${LONG-}" ] || files=12
disk=$DISKS

# of NAME: one number of the target's status.
of()
{
	dmsetup status victim | tr ' ' '\n' | sed -n "s/^$1=//p"
}

tell()
{
	dmsetup message victim 0 "$@"
}

# Text that is nowhere the same: number NR of them, in version VERSION.
text()
{
	seq -f "file $1 version $2 line %.0f of some text that compresses" 10000000 10400000 |
		head -c 16M
}

write_file()
{
	text "$1" "$2" >"/mnt/$1" && text "$1" "$2" | md5sum | sed "s,-,/mnt/$1," >"/run/sum.$1"
}

# shellcheck disable=SC2317 # through check
contents_right()
{
	cat /run/sum.* | md5sum --quiet -c -
}

# What is clean leaves the page cache, and gets to the store.
evict()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	tell flush
}

mark
# shellcheck disable=SC2119 # no parameters
load_modules
check "dm-zcache loads" modprobe dm-zcache
table="0 $(blockdev --getsz "$disk") zcache $disk"
check "a target is made" dmsetup create victim --table "$table verify=1"
is "$(dmsetup table victim | cut -d' ' -f5-)" "verify=1" "its table shows what is not default"
for bad in nonsense=1 verify=2 records=5 verify=1\ verify=1 policy=lru max_pages=-1; do
	check_fails "a table with $bad is refused" dmsetup create bad --table "$table $bad"
done
check_fails "a second target over the same disk is refused" dmsetup create second --table "$table"
check "and the log says why" said 'Another zcache target is over the same disk'

check "a file system on it" sh -c \
	"mkfs.ext4 -q -b 4096 /dev/mapper/victim && mount /dev/mapper/victim /mnt"
mountpoint -q /mnt || done_testing
for nr in $(seq $files); do
	write_file "$nr" 1
done
evict
for pass in 1 2 3; do
	check "pass $pass: contents are right" contents_right
	evict
done
diag "$(dmsetup status victim)"
check "pages were stored" test "$(of put)" -gt 2500
check "pages were served" test "$(of hits)" -gt 2500
check "bios were completed without the disk" test "$(of read_ios_saved)" -gt 100
check "pages were compared with the disk" test "$(of verify_ok)" -gt 2500
is "$(of verify_bad)" 0 "and none differed"

# Old pages are in the store when the files are written over.
check "there is something to go stale" test "$(of pages)" -gt 1000
for nr in $(seq 1 2 $files); do
	write_file "$nr" 2
done
evict
check "written over: contents are right" contents_right
umount /mnt && mount /dev/mapper/victim /mnt
check "mounted again: contents are right" contents_right
is "$(of verify_bad)" 0 "still no page differed from the disk"

evict
check "there is something to drop" test "$(of pages)" -gt 1000
tell drop
is "$(of pages),$(of records)" 0,0 "after drop nothing is held or known"
check "contents are right" contents_right
tell enable 0
tell reset
evict
check "disabled: contents are right" contents_right
is "$(of hits),$(of put),$(of recorded)" 0,0,0 "and nothing is served, stored or recorded"
tell enable 1
check_fails "an unknown message is refused" tell nonsense

umount /mnt
evict
check "a new table is loaded" sh -c "dmsetup load victim --table '$table policy=fifo' &&
	dmsetup suspend victim && dmsetup resume victim"
is "$(of pages)" 0 "it begins with nothing"
mount /dev/mapper/victim /mnt
check "contents are right" contents_right
umount /mnt
check "fsck finds nothing" e2fsck -fn /dev/mapper/victim
check "the target can be removed" dmsetup remove victim
mark
check "dm-zcache can be removed" modprobe -r dm-zcache
check "all modules can be removed" unload_modules
check_fails "and no gauge was left above zero" said 'bad accounting'
done_testing
