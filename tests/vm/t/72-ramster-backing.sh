#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A single peer and a backing device: two places for a page.  With two copies wanted, pages go
# to the disk, and a clean copy of each to the peer: reads come from there, and the disk is not
# asked.  The peer may fall silent, or boot another kernel without a word: then the disk is
# read, nobody waits, and nothing is lost.
#
# vm: nodes=2 mem=320 disk=96M timeout=300 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

[ -e /run/harness/vmlinuz ] || skip_all "there is no image of this kernel to boot"
a=$devices/a
pages=3072
one=/dev/shm/one
two=/dev/shm/two

disk_reads()
{
	awk '{ print $1 }' "/sys/block/${DISKS##*/}/stat"
}

# written FILE: to the device, from its beginning.
written()
{
	dd if="$1" of="$device" bs=64k oflag=direct conv=notrunc status=none
}

# holds FILE [BLOCKSIZE]: what the device has in its beginning.
holds()
{
	dd if="$device" bs="${2:-64k}" count=$((pages * 4096)) iflag=direct,count_bytes status=none |
		cmp - "$1"
}

# All that are backed have a copy, and all copies are with the peer.
copies_out()
{
	was=$(gauge backing_pages)
	sleep 1
	[ "$(gauge backing_pages)" = "$was" ] && [ "$(gauge clean_copies)" = 0 ] &&
		[ "$(gauge clean_copies_remote)" = "$was" ]
}

# read_from_peer FILE [BLOCKSIZE]
read_from_peer()
{
	reads_before=$(disk_reads)
	hits_before=$(gauge clean_copy_remote_hits)
	check "all pages are right${2:+, $2 each}" holds "$@"
	is "$(($(gauge clean_copy_remote_hits) - hits_before))" "$(gauge backing_pages)" \
		"those on the disk come from the peer"
	is "$(disk_reads)" "$reads_before" "the disk is not asked"
}

# read_from_disk FILE: the peer is of no use.
read_from_disk()
{
	reads_before=$(gauge backing_reads)
	began=$(cut -d. -f1 /proc/uptime)
	check "all pages are right" holds "$1"
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	diag "$took s"
	is "$(($(gauge backing_reads) - reads_before))" "$(gauge backing_pages)" \
		"those on the disk come from there"
	check "and nobody has waited long" [ $took -le $((8 * ${SLOW:-1})) ]
}

begin()
{
	mkdir "$a"
	echo 64M >"$a/size"
	echo "$DISKS" >"$a/backing"
	echo 1 >"$a/live"
	device=/dev/$(cat "$a/device")
	seq 1000000 3000000 | head -c $((pages * 4096)) >"$one"
	seq 5000000 7000000 | head -c $((pages * 4096)) >"$two"
	check "pages are written" written "$one"
	check "they are on the disk, and copies of all at the peer" wait_until 60 copies_out
	truth_backed=$(gauge backing_pages)
	check "they are most of them ($truth_backed)" [ "$truth_backed" -gt $((pages / 2)) ]
	is "$(rstat remote_pers_pages)" 0 "no page is at the peer alone"
	is "$(lender_has 1 3)" "$truth_backed" "the peer has as many copies"
	read_from_peer "$one"
	read_from_peer "$one" 4k
	check "others are written in their place" written "$two"
	check "copies of these go to the peer" wait_until 60 copies_out
	read_from_peer "$two"
	check "what was replaced is dropped there" wait_until 30 rstat_is flushing_pages 0
	is "$(lender_has 1 3)" "$(gauge clean_copies_remote)" "it has what it should have"
}

silence()
{
	read_from_disk "$two"
	check "the peer is dead" wait_until 40 lender_is 1 dead
	read_from_disk "$two"
}

back_again()
{
	check "the peer is back" wait_until 60 lenders_ready 1
	read_from_peer "$two"
}

not_ready()
{
	! lender_is 1 ready
}

killed()
{
	read_from_disk "$two"
	check "the peer is back" wait_until 120 rstat_above leases_ended 0
	check "it is known to have nothing" wait_until 30 gauge_is clean_copies_remote 0
	read_from_disk "$two"
	check "the peer lends again" wait_until 60 lenders_ready 1
	check "pages are written again" written "$one"
	check "copies go to the peer" wait_until 60 copies_out
	read_from_peer "$one"
	is "$(rstat pages_lost) $(rstat remote_pers_pages_unsucc_get)" "0 0" "nothing was ever lost"
	is "$(gauge backing_read_errors) $(gauge backing_write_errors)" "0 0" "nor failed"
	drop_device a
	is "$(gauge clean_copies) $(gauge clean_copies_remote) $(gauge backing_pages)" "0 0 0" \
		"nothing is left of the device"
	check "nor at the peer" wait_until 30 rstat_is flushing_pages 0
	is "$(lender_has 1 3)" 0 "which has no copy any more"
}

finish()
{
	on 1 is "$(gauge eph_zpages)" 0 "the peer has none"
	ramster_down
	unload_clean
	done_testing
}

PATIENCE=150
# Memory counts as short whatever there is, so copies go at once.
# shellcheck disable=SC2119
load_modules pers_max_mib=4 pers_writeback_percent=50
dead_ms=6000
ramster_up home_percent=0 home_free_percent=100
# The harness lets the second kernel of node 1 go on in this script.
if [ -n "${SECOND-}" ]; then
	meetings=$(heard 1 meetings)
	meet
	finish
fi
on 0 begin
meet
on 1 cut_off
meet
on 0 silence
meet
on 1 mend
on 0 back_again
meet
on 1 tell meetings "$meetings"
[ "$NODE" = 0 ] || second_kernel
check "the peer boots another kernel" wait_until 60 not_ready
killed
meet
finish
