#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Clean pages of files in the memory of another node: they go there, come back as they were, are
# dropped there when their block is written, and the other node's death only makes them misses.
#
# vm: nodes=2 mem=384 disk=300M timeout=240 brief=none
# shellcheck disable=SC2016,SC2086,SC2317 # conditions; numbers; functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh

disk=${DISKS%% *}
pages=3000
dead_ms=4000
PATIENCE=200

eph_out()
{
	[ "$(gauge eph_zpages)" -lt 50 ]
}

# leave: what is clean leaves the page cache, and then this node.
leave()
{
	forget
	dm_settle zc
	check "pages go to the other node${1:+, $1}" wait_until 60 eph_out
}

right()
{
	run_tool "$1" pagefile -x 100,0,0 -v "$2" check /mnt/file $pages
}

owner_begins()
{
	dm_make zc "$disk" stage_pages=4096 && mkfs.ext4 -q -b 4096 /dev/mapper/zc && mount /dev/mapper/zc /mnt
	verdict $? "a file system"
	run_tool "a file" pagefile -x 100,0,0 write /mnt/file $pages
	leave
	dm_counts zc "\$put > $pages * 9 / 10" "they were kept"
	right "they come back" 1
	dm_counts zc "\$remote_hits > $pages * 8 / 10" "from there"
	dm_counts zc '$remote_lost == 0' "each of them"
	leave again
	run_tool "some are written" pagefile -x 100,0,0 -v 2 write /mnt/file 1000
	forget
	dm_settle zc
	run_tool "these are the new ones" pagefile -x 100,0,0 -v 2 check /mnt/file 1000
	run_tool "the others as they were" pagefile -x 100,0,0 -o 1000 check /mnt/file $((pages - 1000))
	fsfreeze -f /mnt
	dm_right zc "$disk"
	fsfreeze -u /mnt
	run_tool "all are the first ones again" pagefile -x 100,0,0 write /mnt/file $pages
	leave "once more"
}

# The other node vanishes while pages are read from it.
owner_loses()
{
	pagefile -x 100,0,0 -n 2 check /mnt/file $pages >/run/reader 2>&1 &
	reader=$!
	meet
	wait $reader
	verdict $? "what is read meanwhile is right"
	diag "$(cat /run/reader)"
	check "the other node is dead" wait_until 60 lender_is 1 dead
	dm_settle zc
	right "then all is read from the disk" 1
	forget
	dm_settle zc
	right "and kept here" 1
	meet
	check "it comes back" wait_until 60 lenders_ready 1
	leave "when it is back"
	right "as it was" 1
	umount /mnt
	dm_right zc "$disk"
	check "nothing to repair" e2fsck -fn "$disk"
	check "the target is removed" dm_remove zc
}

dm_load
ramster_up single_copy=1 move_high_percent=0 home_percent=0
# One direction: a node whose own are to go drops those that it was given.
[ "$NODE" = 0 ] || rset eph_remotify_enable 0
meet
on 0 owner_begins
meet
if [ "$NODE" = 0 ]; then
	owner_loses
else
	sleep 0.5
	cut_off
	meet
	# It stays away until it is taken for dead.
	meet
	mend
	check "it comes back" wait_until 60 lenders_ready 1
fi
ramster_down
dm_unload
done_testing
