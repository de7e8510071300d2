#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Page frames that the same pages take: fresh; when half of them were freed at random; and
# when the store has packed anew what is left, on its own or because it was told to.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

free_kib()
{
	sleep 0.3	# what is freed later, RCU's
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

frames_zram0()
{
	awk '{ print int(($3 + 4095) / 4096) }' /sys/block/zram0/mm_stat
}

frames_zcache0()
{
	cat /sys/kernel/zcache/pool_pages
}

settle_zram0()
{
	echo 1 >/sys/block/zram0/compact
}

settle_zcache0()
{
	was=0
	now=$(frames_zcache0)
	while [ "$now" -ne "$was" ]; do
		sleep 0.5
		was=$now
		now=$(frames_zcache0)
	done
}

# measure DEV MAKE...: MAKE brings the device into being
measure()
{
	dev=$1
	shift
	before=$(free_kib)
	"$@"
	kbench devs=/dev/"$dev" rounds=1 ops=seqwrite,rndread >/dev/null
	echo "density $dev fresh $PAGES $("frames_$dev")"
	echo "density $dev memory $PAGES $(((before - $(free_kib)) / 4))"
	kbench devs=/dev/"$dev" rounds=1 ops=seqwrite,halve >/dev/null
	echo "density $dev halved $((PAGES - PAGES / 2)) $("frames_$dev")"
	"settle_$dev"
	echo "density $dev settled $((PAGES - PAGES / 2)) $("frames_$dev")"
}

bytes=$((PAGES * 4096))
# Free pages that a CPU keeps at hand, up to an eighth of all, do not count as free.
echo 100000 >/proc/sys/vm/percpu_pagelist_high_fraction
# What is loaded later must not look like memory of the store's.
cat "$CORPUS" "$MODULES"/*/*.ko "$MODULES"/bench/kbench/kbench.ko >/dev/null
insmod "$MODULES/bench/kbench/kbench.ko" 2>/dev/null || :
measure zram0 make_zram 0 $bytes
measure zcache0 load_zcache $bytes
cat /sys/block/zram0/mm_stat
echo "density zcache0 reserve 0 $(cat /sys/kernel/zcache/reserve_pages)"
