#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# When memory gets short, ephemeral frames go back to the kernel, oldest first; persistent
# ones stay.
# vm: mem=256 smp=4 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

# mem_free: MiB, left in $free.
mem_free()
{
	while read -r name value _; do
		[ "$name" != MemFree: ] || free=$((value / 1024))
	done </proc/meminfo
}

zt_load_with eph_max_percent=100
zt create pool=0 persistent=0
zt create pool=1 persistent=1
zt fill pool=1 count=1000 bytes=3000
# So that what is free is all there is.
echo 3 >/proc/sys/vm/drop_caches
mem_free
# Five of them in a frame of four pages: 320 in a MiB. Their index takes a quarter as much:
# keys lie far apart. On a debug kernel it and the descriptors take several times as much.
per_mib=250
[ "${SLOW:-1}" -eq 1 ] || per_mib=140
pages=$(((free - 40) * per_mib))
run "fill memory with ephemeral pages" fill pool=0 count=$pages bytes=3000
is "$r_stored" "$pages" "all of $pages were stored"
stat eph_pageframes
full=$stat
stat_is shrink_calls 0 "without any shortage"
mem_free
echo "# $((full / 256)) MiB in frames, $free MiB free"

check "a program takes 30 MiB more than that" \
	dd if=/dev/zero of=/dev/null bs=$((free + 30))M count=1
# The kernel's own reclaim ends a little later.
zt wait ms=300
stat_above shrink_calls 0 "the shrinker was called"
stat_is oom_pageframes 0 "and gave enough: nobody was about to be killed"
stat evicted_eph_pageframes
gone=$stat
truth "$gone >= 15 * 256" "many page frames went back ($gone)"
stat_is eph_pageframes $((full - gone)) "and are no longer in use"
stat evicted_eph_zpages
evicted=$stat
stat_is eph_zpages $((pages - evicted)) "nor are the pages in them there"
truth "$gone < $full" "but not all frames went (of $full)"

run "get the ephemeral pages" check pool=0 count=$pages bytes=3000
results "hits $((pages - evicted)) misses $evicted gaps 0" "exactly the oldest are gone, in order"
run "get the persistent pages" check pool=1 count=1000 bytes=3000
results "hits 1000 misses 0" "none is gone"

# The kernel is told to kill somebody for want of memory; it asks us before it does.
expect_dmesg 'out of memory|oom-kill|invoked oom-killer'
zt fill pool=0 count=4000 bytes=3000
stat eph_pageframes
full=$stat
stat oom_pageframes
before=$stat
(
	echo 1000 >/proc/self/oom_score_adj
	exec sleep 60
) &
victim=$!
echo 1 >/proc/sys/kernel/sysrq
# Else this shell might be the one.
sleep 0.1
echo f >/proc/sysrq-trigger
wait "$victim" || :
stat oom_pageframes
gone=$((stat - before))
truth "$gone >= $full / 4 && $gone <= $full / 4 + 4" \
	"a quarter of the frames went before somebody was killed ($gone of $full)"
stat_is eph_pageframes $((full - gone)) "and no more"
zt check pool=0 count=4000 bytes=3000

# Short of memory while threads are at it.
stat evicted_eph_pageframes
gone=$stat
mem_free
zt fill pool=0 count=$(((free - 40) * per_mib)) bytes=3000
zt create pool=2 persistent=0
zt create pool=3 persistent=1
zt start pool=2 threads=1 keys=1000
zt start pool=3 threads=1 keys=1000
mem_free
check "a program takes more than there is" \
	dd if=/dev/zero of=/dev/null bs=$((free + 15))M count=1
stat_above evicted_eph_pageframes $((gone + 1000)) "frames went back again"
zt halt pool=2 pools=2
for pool in 2 3; do
	run "pool $pool: threads saw nothing wrong" stop pool=$pool
	show_results
done
zt_unload
done_testing
