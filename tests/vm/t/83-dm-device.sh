#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dm-zcache as any device: direct and buffered I/O, discard, zero-out, flush and FUA, read-only
# disks, suspend and resume, new tables, other targets above and below, disks that fail; what a
# table and a message may say.
#
# PARTS="suspended errors": only these.
#
# vm: mem=512 disk=640M,64M group=dm timeout=400 brief=none
# shellcheck disable=SC2016,SC2086,SC2317 # conditions; numbers; functions are called by others
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh

disk=${DISKS%% *}
ops=1
[ -z "${LONG-}" ] || ops=20

# cached NAME PAGES [MIX]: the first pages of the device are in the store.  They must leave the page
# cache before the last who has the device open closes it, and they are truncated.
cached()
{
	exec 7<"/dev/mapper/$1"
	pagefile ${3:+-x $3} check "/dev/mapper/$1" "$2" >/dev/null
	forget
	dm_settle "$1"
	exec 7<&-
}

# bios WHAT OPTION...: operations of that kind do what they should, on a disk of zeroes.
bios()
{
	what=$1
	shift
	run_tool "$what" blkcheck "$@" /dev/mapper/zc
	dm_right zc "$lower"
	blkdiscard /dev/mapper/zc
	check "$what: all discarded reads as zeroes" cmp -n 33554432 /dev/mapper/zc /dev/zero
}

shapes()
{
	lower_disk 32
	check "a disk of 32 MiB" dm_make zc "$lower" stage_pages=4096
	bios "direct I/O" -n $((400 * ops)) -t 2
	bios "direct I/O of blocks that lie in two pages" -n $((200 * ops)) -t 2 -u
	bios "through the page cache" -n $((400 * ops)) -t 2 -b -k 16
	bios "by both ways" -n $((600 * ops)) -t 2 -m -k 16
	dm_counts zc '$hits > 50' "pages were served from memory"
	dm_counts zc '$drop_write > 0' "and taken out when they were written"
}

# What was kept is gone when its blocks are discarded or zeroed.
taken_out()
{
	blkdiscard /dev/mapper/zc
	pagefile write /dev/mapper/zc 2000 >/dev/null
	cached zc 2000
	dm_counts zc '$pages >= 1700' "2000 pages are kept, but for those that do not compress"
	check "discarded" blkdiscard -o 409600 -l 409600 /dev/mapper/zc
	check "reads as zeroes" cmp -n 409600 -i 409600:0 /dev/mapper/zc /dev/zero
	check "zeroed" blkdiscard -z -o 1228800 -l 409600 /dev/mapper/zc
	check "reads as zeroes then" cmp -n 409600 -i 1228800:0 /dev/mapper/zc /dev/zero
	dd if=/dev/urandom of=/run/half bs=2048 count=1 status=none
	check "half a page is written" dd if=/run/half of=/dev/mapper/zc bs=2048 seek=1001 \
		oflag=direct conv=notrunc status=none
	forget
	check "it is read" cmp -n 2048 -i 0:2050048 /run/half /dev/mapper/zc
	run_tool "the rest is as it was" pagefile check /dev/mapper/zc 100
	run_tool "the rest behind, too" pagefile -o 600 check /dev/mapper/zc 1400
	dm_right zc "$lower"
}

# A page that does not compress is kept where it would be a gap, and a lot of them is not.
gaps()
{
	blkdiscard /dev/mapper/zc
	pagefile -x 90,8,2 write /dev/mapper/zc 2000 >/dev/null
	cached zc 2000 90,8,2
	dm_counts zc '$pages >= 1990' "2000 pages are kept, the few that do not compress among them"
	run_tool "they are right" pagefile -x 90,8,2 check /dev/mapper/zc 2000
	# Nothing is before them, and then little: 64 that were saved up, and one for 16 that compress.
	# What was read ahead, 48 pages of zeroes, is there as well.
	for mix in 0,0,100 2,0,98; do
		blkdiscard /dev/mapper/zc
		pagefile -x $mix write /dev/mapper/zc 2000 >/dev/null
		cached zc 2000 $mix
		case $mix in
		0,*) dm_counts zc '$pages <= 60' "2000 pages that do not compress are not kept" ;;
		*) dm_counts zc '$pages > 60 && $pages <= 200' "few beside those that do" ;;
		esac
		run_tool "they are right" pagefile -x $mix check /dev/mapper/zc 2000
	done
	dm_right zc "$lower"
	pagefile write /dev/mapper/zc 2000 >/dev/null
}

# The disk below counts its flushes.
flushes()
{
	awk '{ print $16 }' "/sys/block/$(basename "$disk")/stat"
}

flushed()
{
	wipefs -qa "$disk"
	dm_make flushing "$disk"
	before=$(flushes)
	dd if=/dev/zero of=/dev/mapper/flushing bs=4096 count=10 oflag=direct conv=fsync status=none
	truth "$(flushes) > $before" "fsync flushes the disk"
	before=$(flushes)
	dd if=/dev/zero of=/dev/mapper/flushing bs=4096 count=10 oflag=direct,dsync status=none
	truth "$(flushes) >= $before + 10" "each write with FUA does"
	check "the target is removed" dm_remove flushing
}

# truth CONDITION DESCRIPTION
truth()
{
	if [ "$(($1))" -ne 0 ]; then
		ok "$2"
	else
		not_ok "$2"
		diag "$1"
	fi
}

messages()
{
	cached zc 2000
	dm_counts zc '$pages > 100' "pages are kept"
	check "drop" dm_tell zc drop
	dm_counts zc '$pages == 0' "none is kept any more"
	check "reset" dm_tell zc reset
	dm_counts zc '$hits == 0 && $misses == 0 && $put == 0' "all is zero"
	check "enable 0" dm_tell zc enable 0
	cached zc 2000
	dm_counts zc '$pages == 0 && $enabled == 0' "nothing is kept when it is off"
	check "enable 1" dm_tell zc enable 1
	cached zc 2000
	dm_counts zc '$pages > 100 && $enabled == 1' "pages are kept again"
	# What is kept while it is off is not served, and no older than the disk afterwards.
	dm_tell zc enable 0
	pagefile -v 2 -o 100 write /dev/mapper/zc 100 >/dev/null
	forget
	dm_tell zc enable 1
	run_tool "what was written while it was off is read" \
		pagefile -v 2 -o 100 check /dev/mapper/zc 100
	pagefile -o 100 write /dev/mapper/zc 100 >/dev/null
	for value in 0 1; do
		check "verify $value" dm_tell zc verify $value
	done
	for message in "" drops "drop 1" verify "verify 2" "verify 1 1" "enable yes" flush\ now; do
		# shellcheck disable=SC2086 # words
		[ -n "$PLAIN" ] || check_fails "no message: '$message'" dmsetup message zc 0 $message
	done
	dm_right zc "$lower"
}

# refused WHY LINE...: no target is made of that line, and the log says why.
refused()
{
	why=$1
	shift
	if [ -n "$PLAIN" ]; then
		skip "refused: $*" "a linear target has other lines"
		return
	fi
	mark
	check_fails "refused: $*" dmsetup create bad --table "$*"
	check "because: $why" said "(device-mapper|dm_zcache|dm-zcache): .*$why"
	dmsetup remove bad 2>/dev/null
}

lines()
{
	spare=${DISKS##* }
	size=$(blockdev --getsz "$spare")
	refused . 0 "$size" zcache
	refused . 0 "$size" zcache /dev/nothing
	refused . 0 $((size + 8)) zcache "$spare"
	refused . 8 $((size - 8)) zcache "$spare"
	for option in nonsense=1 verify verif=1 =1 =; do
		refused "Unknown option" 0 "$size" zcache "$spare" $option
	done
	refused "Option given twice" 0 "$size" zcache "$spare" verify=0 policy=2q verify=1
	refused "Option given twice" 0 "$size" zcache "$spare" max_pages=100 max_pages=100
	for option in verify= verify=2 verify=yes max_pages=x max_pages= max_pages=-1 \
		max_pages=99999999999 policy=lru policy=; do
		refused "Invalid value|out of range" 0 "$size" zcache "$spare" $option
	done
	for option in max_pages=15 max_pages=67108865 records=1023 records=33554433 stage_pages=15 \
		stage_pages=65537 evict_copy_max=0 evict_copy_max=513; do
		refused "out of range" 0 "$size" zcache "$spare" $option
	done
	[ -n "$PLAIN" ] || check "a line that has all of them" dmsetup create good --table "0 $size \
zcache $spare max_pages=16 records=1024 stage_pages=16 evict_copy_max=512 policy=fifo verify=1"
	[ -n "$PLAIN" ] || is "$(dmsetup table good | cut -d' ' -f 5-)" \
		"max_pages=16 records=1024 stage_pages=16 evict_copy_max=512 verify=1 policy=fifo" \
		"is shown as it is"
	[ -n "$PLAIN" ] || dm_remove good
}

overlaps()
{
	if [ -n "$PLAIN" ]; then
		skip "overlaps" "a linear target does not mind"
		return
	fi
	lower_disk 32
	whole=$lower
	printf 'size=16M\nsize=8M\n' | sfdisk -q "$whole"
	partx -a "$whole" 2>/dev/null || partx -u "$whole"
	mark
	check "a target over one partition" dm_make one "${whole}p1"
	check "one over the other" dm_make two "${whole}p2"
	check_fails "none over the first again" dm_make bad "${whole}p1"
	check_fails "none over the whole disk" dm_make bad "$whole"
	check "the log says so" said "over the same disk"
	dm_remove one
	check_fails "nor as long as there is the other" dm_make bad "$whole"
	dm_remove two
	check "when both are gone it can be made" dm_make one "$whole"
	check_fails "and then none over a partition" dm_make bad "${whole}p2"
	check_fails "two in one table are refused, too" dmsetup create bad --table "0 8 zcache ${whole}p1
8 8 zcache ${whole}p1"
	dm_remove one
	partx -d "$whole"
}

suspended()
{
	lower_disk 32
	dm_make zs "$lower" stage_pages=4096
	blkcheck -b -t 2 -n $((500 * ops)) -k 16 /dev/mapper/zs >/run/suspended 2>&1 &
	checker=$!
	n=0
	while kill -0 $checker 2>/dev/null; do
		dmsetup suspend zs && dmsetup resume zs && n=$((n + 1))
	done
	wait $checker
	verdict $? "I/O while the device is suspended and resumed"
	diag "$(cat /run/suspended)"
	truth "$n > 2" "which was $n times"
	dm_right zs "$lower"

	blkdiscard /dev/mapper/zs
	pagefile write /dev/mapper/zs 1000 >/dev/null
	cached zs 1000
	dm_counts zs '$pages > 800' "pages are kept"
	dmsetup suspend zs
	# Somebody else may write below meanwhile.
	pagefile -v 2 -p direct write "$lower" 500 >/dev/null
	blockdev --flushbufs "$lower"
	dmsetup resume zs
	dm_counts zs '$pages == 0' "none after it was resumed"
	blockdev --flushbufs /dev/mapper/zs
	run_tool "what was written below meanwhile is read" pagefile -v 2 check /dev/mapper/zs 500

	cached zs 1000
	check "another table is loaded" dmsetup reload zs --table "$(dm_line "$lower" policy=fifo)"
	dm_right zs "$lower"
	check "and taken" sh -c "dmsetup suspend zs && dmsetup resume zs"
	dm_counts zs '$pages == 0' "nothing is kept then"
	[ -n "$PLAIN" ] || is "$(dmsetup table zs | grep -c policy=fifo)" 1 "it is the other table"
	run_tool "contents are the same" pagefile -v 2 check /dev/mapper/zs 500
	check "a shorter one" sh -c "dmsetup reload zs --table '$(dm_line "$lower" |
		sed 's/^0 [0-9]*/0 32768/')' && dmsetup suspend zs && dmsetup resume zs"
	is "$(blockdev --getsz /dev/mapper/zs)" 32768 "it is shorter"
	check "a longer one" sh -c "dmsetup reload zs --table '$(dm_line "$lower")' &&
		dmsetup suspend zs && dmsetup resume zs"
	check "a table that is never taken" dmsetup reload zs --table "$(dm_line "$lower")"
	check "is dropped" dmsetup clear zs
	dm_right zs "$lower"
	dm_remove zs
}

read_only()
{
	lower_disk 32
	mkfs.ext4 -q -b 4096 "$lower"
	mount "$lower" /mnt
	pagefile write /mnt/file 1000 >/dev/null
	umount /mnt
	blockdev --setro "$lower"
	check "a target on a disk that is read only" \
		dmsetup create -r zr --table "$(dm_line "$lower")"
	check "can be mounted" mount -o ro /dev/mapper/zr /mnt
	for round in 1 2 3; do
		run_tool "read, round $round" pagefile check /mnt/file 1000
		forget
		dm_settle zr
	done
	dm_counts zr '$hits > 1000' "pages are served from memory"
	umount /mnt
	dm_right zr "$lower"
	dm_remove zr
	blockdev --setrw "$lower"
}

# files_on DEVICE DESCRIPTION: written, read again, rewritten, and read.
files_on()
{
	mkfs.ext4 -q -b 4096 "$1" && mount "$1" /mnt
	for round in 1 2; do
		pagefile -v $round write /mnt/file 1000 >/dev/null
		forget
		[ "${3-}" = "" ] || dm_settle "$3"
		run_tool "$2: right, round $round" pagefile -v $round check /mnt/file 1000
		forget
		run_tool "$2: and again" pagefile -v $round check /mnt/file 1000
	done
	run_tool "$2: files" fileops -n $((150 * ops)) -r 1 -t 2 -d 100 -b "$1" /mnt
	umount /mnt
	check "$2: nothing to repair" e2fsck -fn "$1"
}

snapshots()
{
	modprobe -q dm-snapshot || { skip "snapshots" "this kernel has none"; return; }
	lower_disk 64
	origin=$lower
	lower_disk 32
	cow=$lower
	dm_make zo "$origin"
	pagefile write /dev/mapper/zo 2000 >/dev/null
	cached zo 2000
	size=$(blockdev --getsz /dev/mapper/zo)
	dmsetup create snap --table "0 $size snapshot /dev/mapper/zo $cow N 8" &&
		dmsetup create origin --table "0 $size snapshot-origin /dev/mapper/zo"
	verdict $? "a snapshot of the target"
	run_tool "the origin is rewritten" pagefile -v 2 write /dev/mapper/origin 1000
	forget
	dm_settle zo
	run_tool "the snapshot has the old contents" pagefile check /dev/mapper/snap 2000
	forget
	run_tool "the origin the new" pagefile -v 2 check /dev/mapper/origin 1000
	dm_make zn /dev/mapper/snap
	verdict $? "a target above the snapshot"
	run_tool "has the old contents" pagefile check /dev/mapper/zn 2000
	forget
	run_tool "is written" pagefile -v 3 -o 500 write /dev/mapper/zn 500
	forget
	dm_settle zn
	run_tool "is right" pagefile -v 3 -o 500 check /dev/mapper/zn 500
	dm_right zn /dev/mapper/snap
	dm_remove zn
	dmsetup remove snap && dmsetup remove origin
	dm_right zo "$origin"
	dm_remove zo
}

raids()
{
	modprobe -q -a raid1 dm-raid || { skip "RAID" "this kernel has none"; return; }
	lower_disk 64
	first=$lower
	lower_disk 64
	second=$lower
	size=$(blockdev --getsz "$first")
	dm_make za "$first" && dm_make zb "$second" && dmsetup create raid --table \
		"0 $size raid raid1 2 0 nosync 2 - /dev/mapper/za - /dev/mapper/zb"
	verdict $? "a RAID 1 of two targets"
	files_on /dev/mapper/raid "RAID above" za
	dm_counts za '$hits > 0' "RAID above: pages were served from memory"
	dmsetup remove raid
	dm_right za "$first"
	dm_right zb "$second"
	check "RAID above: both halves are the same" samedisk /dev/mapper/za /dev/mapper/zb
	dm_remove za
	dm_remove zb
	dmsetup create raid --table "0 $size raid raid1 2 0 nosync 2 - $first - $second"
	verdict $? "a RAID 1 of two disks"
	dm_make zc1 /dev/mapper/raid
	files_on /dev/mapper/zc1 "RAID below" zc1
	dm_counts zc1 '$hits > 1000' "RAID below: pages were served from memory"
	dm_right zc1 /dev/mapper/raid
	dm_remove zc1
	dmsetup remove raid
}

# holds NAME PAGES
holds()
{
	[ -n "$PLAIN" ] || [ "$(dm_stat "$1" pages)" = "$2" ]
}

# low_is TARGET: what is below now.
low_is()
{
	dmsetup suspend --noflush low && dmsetup reload low --table "$1" && dmsetup resume low
}

errors()
{
	lower_disk 32
	good="0 65536 linear $lower 0"
	dmsetup create low --table "$good" && dm_make ze /dev/mapper/low
	verdict $? "a disk that may fail"
	pagefile write /dev/mapper/ze 2000 >/dev/null
	cached ze 1000
	low_is "0 65536 error"
	check_fails "the disk fails: what was not kept cannot be read" \
		pagefile -o 1500 check /dev/mapper/ze 100
	check "then nothing is kept any more" wait_until 5 holds ze 0
	check_fails "nor read" pagefile -p direct check /dev/mapper/ze 100
	low_is "$good"
	blockdev --flushbufs /dev/mapper/ze
	run_tool "it is repaired: all is read" pagefile check /dev/mapper/ze 2000
	cached ze 1000
	low_is "0 65536 error"
	check_fails "a write fails" pagefile -v 2 -p direct write /dev/mapper/ze 100
	check_fails "a buffered one" pagefile -v 2 -o 100 write /dev/mapper/ze 100
	low_is "$good"
	blockdev --flushbufs /dev/mapper/ze
	dm_right ze /dev/mapper/low
	run_tool "what failed was not written" pagefile check /dev/mapper/ze 100
	# Half of the disk fails, so that only a part of a bio does.
	low_is "0 8000 linear $lower 0
8000 400 error
8400 57136 linear $lower 8400"
	check_fails "a part of the disk fails" pagefile check /dev/mapper/ze 2000
	run_tool "the rest is right" pagefile -o 1050 check /dev/mapper/ze 900
	low_is "$good"
	blockdev --flushbufs /dev/mapper/ze
	run_tool "all of it is, then" pagefile check /dev/mapper/ze 2000
	dm_right ze /dev/mapper/low
	dm_remove ze
	dmsetup remove low
}

# Pages that the store drops, when it is told to keep few.
few()
{
	lower_disk 64
	for policy in 2q fifo; do
		dm_make zf "$lower" max_pages=500 policy=$policy
		pagefile write /dev/mapper/zf 4000 >/dev/null
		for round in 1 2 3; do
			exec 7</dev/mapper/zf
			run_tool "$policy, few pages: right, round $round" \
				pagefile check /dev/mapper/zf 4000
			forget
			dm_settle zf
			exec 7<&-
			dm_counts zf '$pages <= 500' "$policy, no more than that are kept"
		done
		[ $policy = fifo ] || dm_counts zf '$hits > 300' "$policy: a loop is served in part"
		dm_right zf "$lower"
		dm_remove zf
	done
}

# Of PARTS, if it is set, only these.
parts()
{
	for part; do
		case " ${PARTS:-$part} " in
		*" $part "*) "$part" ;;
		esac
	done
}

# All of these are on one target.
one_target()
{
	shapes
	taken_out
	gaps
	messages
	lines
	dm_remove zc
}

dm_load
parts one_target flushed overlaps suspended read_only errors few snapshots raids
drop_lower_disks
dm_unload
done_testing
