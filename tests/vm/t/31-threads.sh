#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Threads that put, get and flush at random, in two pools of each kind at once: one pool with
# operations on a key that never overlap, and exact expectations; one where they do, and
# every get must return a version that was current meanwhile. Frames are evicted and refused
# in between.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

mix="filled=5 text=5"

zt_load
for pool in 0 1 2 3; do
	zt create pool=$pool persistent=$((pool & 1))
done
# Small enough that objects come and go, and that keys are met again.
run "clients of an ephemeral pool" start pool=0 keys=600 threads=2 "$mix" noise=10 zero=5
run "clients of a persistent pool" start pool=1 keys=600 threads=2 "$mix" noise=10 zero=5
run "overlapping clients of an ephemeral pool" \
	start pool=2 keys=40 threads=3 "$mix" free=1 failing=1
run "overlapping clients of a persistent pool" \
	start pool=3 keys=40 threads=3 "$mix" noise=10 free=1 failing=1
for _ in 1 2 3 4 5 6 7 8; do
	zt wait ms=400
	inject evict_eph 8
	inject fail_frames 10
done
inject fail_frames 0
run "the threads end" halt pools=4
for pool in 0 1 2 3; do
	run "pool $pool: stop, and every key verified" stop pool=$pool
	show_results
	truth "$r_puts > 100 && $r_hits > 50 && $r_flushes > 50" "pool $pool: they did work"
done

stat_above eph_ate_tail 0 "frames were reused"
stat_above evicted_eph_zpages 0 "ephemeral pages were evicted"
stat_is decompress_failed 0 "everything decompressed"

# Every exit counts once, here as in tmem; but for what an eviction took from a get.
stat eph_puts
puts=$stat
stat pers_puts
puts=$((puts + stat))
stat put_new
new=$stat
stat put_replaced
is $((new + stat)) $puts "puts add up"
gets=0
for name in eph_gets eph_misses pers_gets pers_misses; do
	stat $name
	gets=$((gets + stat))
done
stat get_local
found=$stat
stat get_miss
truth "$found + $stat >= $gets" "gets add up"
zt_unload
done_testing
