#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# One copy of each page, on a node that goes away: what programs get then.  Who needs a page
# is killed, or gets an I/O error from a file in tmpfs; in bounded time, and never with other
# bytes.  What nobody has touched meanwhile is there again with the node; if that has dropped
# it, it is lost for good, and still swap can be switched off and everything unloaded.
#
# vm: nodes=2 mem=320 timeout=300 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

cgroup=/sys/fs/cgroup/loss
files=/run/files
dead_s=$((6 * ${SLOW:-1}))

uptime_s()
{
	cut -d. -f1 /proc/uptime
}

# in_cgroup COMMAND...
in_cgroup()
{
	sh -c "echo \$\$ >$cgroup/cgroup.procs && exec \"\$@\"" in_cgroup "$@"
}

# swapped_out: what the files have is in swap, all but a little.
swapped_out()
{
	echo 32M >"$cgroup/memory.reclaim" 2>/dev/null
	[ "$(awk '$1 == "shmem" { print $2 }' "$cgroup/memory.stat")" -lt 1000000 ]
}

make_files()
{
	mkdir "$cgroup" "$files"
	mount -t tmpfs -o size=64M tmpfs "$files"
	for name in a b c; do
		in_cgroup dd if=/dev/urandom of="$files/$name" bs=64k count=48 2>/dev/null || return
	done
	(cd "$files" && sha256sum a b c >/run/sums)
}

is_right()
{
	(cd "$files" && grep " $1\$" /run/sums | sha256sum -c --quiet)
}

# Reads all of it.  It is to fail, and not because of other bytes.
is_error()
{
	said=$(sha256sum "$files/$1" 2>&1 >/dev/null)
	echo "$said" | grep -q "Input/output error"
}

begin_programs()
{
	check "files in tmpfs" make_files
	check "which go to swap" wait_until 30 swapped_out
	mkfifo /run/hog
	hog -m 16 -P -w </run/hog >/run/hog.out 2>&1 &
	hog=$!
	exec 9>/run/hog
	check "a program fills its memory" wait_until 60 grep -q filled /run/hog.out
	check "most is at the other node" wait_until 60 rstat_above remote_pers_pages 3000
}

# Its parent looks after it only at the end.
hog_is_gone()
{
	! pgrep -r D,R,S -P "$hog" >/dev/null
}

# A node goes away, and comes back as it was.
away_and_back()
{
	began=$(uptime_s)
	check "the program that needs its pages is killed" wait_until $((dead_s + 60)) hog_is_gone
	took=$(($(uptime_s) - began))
	# Those 5 s of the issue are for reads; a guest is slow to kill a program, too.
	truth "$took <= $dead_s + 10 * ${SLOW:-1}" "in the time in which a node is called dead ($took s)"
	exec 9>&-
	wait "$hog"
	diag "$(cat /run/hog.out)"
	check_fails "no page of it was wrong" grep -q '[1-9][0-9]* bad' /run/hog.out
	check "it is dead" wait_until 40 lender_is 1 dead
	began=$(uptime_s)
	check "a file in tmpfs gives an I/O error" is_error a
	truth "$(uptime_s) - $began <= 5 * ${SLOW:-1}" "at once"
	is "$(rstat pages_lost)" 0 "nothing is lost"
}

check_after_return()
{
	check "what nobody has touched is right" is_right b
	rm "$files/a"
	check "the file can be written again" in_cgroup dd if=/dev/urandom of="$files/a" bs=64k count=48
	(cd "$files" && sha256sum a b c >/run/sums)
	check "all goes to swap" wait_until 30 swapped_out
	check "and to the other node" wait_until 60 all_out
	check "the new file is right" is_right a
	check "all goes to swap again" wait_until 30 swapped_out
	check "and to the other node again" wait_until 60 all_out
}

# What one node waits for may take the other one a while.
PATIENCE=150
zt_load_with swap_size=128M
mkswap -q /dev/zcache0
check "swapon" swapon /dev/zcache0
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
dead_ms=6000
ramster_up single_copy=1 move_high_percent=$((NODE ? 100 : 0)) home_percent=0
expect_dmesg 'Read-error on swap-device|I/O error, dev zcache0'
on 0 begin_programs
meet
on 1 cut_off
meet
on 0 away_and_back
meet
on 1 mend
check "it is back" wait_until 60 lenders_ready 1
on 0 check_after_return
meet

# It goes away, and has dropped what it had when it comes back.
on 1 cut_off
no_link()
{
	! lender_is 0 ready
}
on 1 check "the link is down" wait_until 40 no_link
on 1 check "what node 0 has here is dropped by order" sh -c "echo 0 >$r/drop_owner"
on 1 mend
on 0 check "it is known to have dropped all" wait_until 60 rstat_above leases_ended 0
check "it is back" wait_until 60 lenders_ready 1
meet

lost_for_good()
{
	check "pages are lost" wait_until 30 rstat_above pages_lost 500
	check "a file of which pages are lost gives an I/O error" is_error c
	rm "$files/a"
	check "it can be written anew" in_cgroup dd if=/dev/urandom of="$files/a" bs=64k count=48
	(cd "$files" && sha256sum a >/run/sums)
	check "which is right" is_right a
	check "swap can be switched off" swapoff /dev/zcache0
	check "without making anything right that is not" is_error c
	check "what was not lost is right" is_right a
	umount "$files"
	rmdir "$cgroup"
}
on 0 lost_for_good
on 1 swapoff /dev/zcache0
blkdiscard -f /dev/zcache0
ramster_down
zt_unload
done_testing
