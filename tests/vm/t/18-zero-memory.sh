#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# No memory at all: the machine is held at its min watermark while four programs that may
# keep half of what they use swap out huge pages that do not compress.  Each page out needs
# a whole page frame before it frees one.  Side by side with zram.  Then below the watermark,
# every other moment: nobody promises anything there, but nothing may be wrong, nor hang.
#
# vm: mem=448 timeout=240 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

cgroup=/sys/fs/cgroup/zero
mib=96
touches=1500
[ -z "${LONG-}" ] || touches=20000
# A second is what users are promised, but an emulated guest stops with its host, and zram's
# own figure goes from one second to nine.  So this finds a hang; the figure, beside that of
# zram, is in the remarks.
pause_ms=15000
pause_below_ms=20000

# Pages that programs could have.
spare()
{
	awk '$1 == "MemAvailable:" { print int($2 / 4) }' /proc/meminfo
}

# The holder has taken what it may; the rest is for the programs.
held()
{
	zt hold
	[ "$r_held" -ge $((most_held - 256)) ]
}

# hogs_in_zero: four programs of huge pages that do not compress.
hogs_in_zero()
{
	sh -c "echo \$\$ >$cgroup/cgroup.procs || exit 1
		exec hog -l -H -m $mib -p 4 -n $touches -x 0,0,100" >/run/hog.out
}

# zero NAME DEVICE PERCENT: swap to DEVICE with free memory a little above the min watermark,
# so that programs get any, and every other moment at PERCENT of it; sets $ooms and $longest.
zero()
{
	before=$(vmstat_of oom_kill)
	huge=$(vmstat_of thp_swpout)
	out=$(vmstat_of pswpout)
	swapon "$2"
	verdict $? "$1: swapon"
	mkdir $cgroup
	echo "$((mib / 2))M" >$cgroup/memory.max
	run "$1: hold memory at the min watermark, and at $3 % of that" \
		hold_start free=125 low="$3" max=$most_held
	check "$1: it is held" wait_until 20 held
	hogs_in_zero
	zt hold
	ooms=$(($(vmstat_of oom_kill) - before))
	longest=$(awk '/longest/ { print $5 }' /run/hog.out)
	diag "$1: $(cat /run/hog.out)"
	diag "$1: $r_held pages held, at least $r_least_free free," \
		"$(($(vmstat_of pswpout) - out)) pages out," \
		"$(($(vmstat_of thp_swpout) - huge)) huge pages, $ooms killed"
	zt hold_stop
	diag "$1: $(cat $cgroup/memory.peak) bytes at most; $(xargs <$cgroup/memory.events)"
	rmdir $cgroup
	check "$1: swapoff" swapoff "$2"
}

starves_kmemleak
echo always >/sys/kernel/mm/transparent_hugepage/enabled
# Huge pages have made it large; here it is less than one of them.
echo 1536 >/proc/sys/vm/min_free_kbytes
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
zt_load_with swap_size=128M
mkswap -q /dev/zcache0
modprobe zram num_devices=1
echo 128M >/sys/block/zram0/disksize
mkswap -q /dev/zram0
# What zram comes to is for comparison: not our test.
expect_dmesg 'out of memory|oom-kill|invoked oom-killer|page allocation failure|Write-error'
# The same for both: each pass leaves other things in memory.
most_held=$(($(spare) - 256 * mib))
for percent in 100 30; do
	mark
	zero zram /dev/zram0 $percent
	zram_ooms=$ooms
	most=$((pause_ms > 2 * longest ? pause_ms : 2 * longest))
	[ $percent -eq 100 ] || most=$pause_below_ms
	puts=$(gauge pers_puts)

	mark
	zero zcache /dev/zcache0 $percent
	check "zcache: contents are right" grep -q ' 0 bad' /run/hog.out
	if [ $percent -eq 100 ]; then
		truth "$ooms <= $zram_ooms" "no program was killed that zram would have spared"
		check_fails "no allocation failed" said 'page allocation failure'
	fi
	truth "$longest <= $most" "always somebody gets on: $longest ms without at most"
	truth "$(($(gauge pers_puts) - puts)) > 256 * $mib / 4" "a quarter of it at least was out"
	check_fails "zcache: no write failed" said 'zcache0: write refused'
	diag "$(gauge pers_ate_reserve) frames from the reserve so far," \
		"$(gauge again_pers_puts) pages had to wait, $(gauge reserve_low) pages left"
	[ $percent -ne 100 ] || low=$(gauge reserve_low)
done
truth "$low > 0" "the reserve did not run dry at the watermark: $low pages left"
blkdiscard -f /dev/zcache0
modprobe -r zram
zt_unload
done_testing
