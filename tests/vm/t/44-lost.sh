#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A page that cannot be had any more: gets say so until it is put again or flushed, and no
# other page is touched.
# vm: mem=512 smp=2 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load_with swap_size=16M
zt create pool=1 persistent=1
zt tier_register
zt fill pool=1 count=150
zt push frames=10000
stat_is remote_zpages 150 "150 pages are remote"
run "lose 60 of them" lose count=60
is "$r_lost" 60 "60 are lost"
stat_is pages_lost 60 "and counted"
stat_is remote_zpages 90 "the tier has forgotten them"
for _ in 1 2; do
	run "get all" check pool=1 count=150
	results "hits 90 misses 0 lost 60" "a lost page stays lost, the others are right"
done
stat_is lost_gets 120 "gets of lost pages are counted"
stat_is pers_misses 0 "and are no misses"
run "put some of them again" fill pool=1 count=20 version=2
zt check pool=1 count=20 version=2
results "hits 20 misses 0 lost 0" "they are there again"
run "flush some of them" flush pool=1 first=20 count=20
is "$r_found" 20 "they are found"
zt check pool=1 first=20 count=20
results "hits 0 misses 20 lost 0" "and are gone"
run "flush the rest" flush pool=1 count=150
is "$r_found" 130 "lost or not"
stat_is page_count 0 "nothing is left"

# Lost while threads are at it, and during gets.
zt tier lose=10 delay_ms=5 max_pages=100000 kinds=3
zt create pool=0 persistent=0
zt mover_start
zt start pool=0 keys=300 threads=2 put=300 get=650 lossy=1
zt start pool=1 keys=300 threads=2 put=300 get=650 lossy=1
zt wait ms=1500
zt halt pools=2
for pool in 0 1; do
	run "pool $pool: nothing went wrong" stop pool=$pool
	show_results
	truth "$r_lost > 5 && $r_hits > 50" "pool $pool: some were lost"
done
zt mover_stop
zt destroy pools=2

# On the swap device exactly the blocks that are lost cannot be read.
read_block()
{
	dd if=/dev/zcache0 of=/dev/null bs=4k count=1 iflag=direct skip="$1" 2>/dev/null
}
expect_dmesg 'I/O error, dev zcache0'
check "write 64 blocks" dd if=/dev/urandom of=/dev/zcache0 bs=4k count=64 oflag=direct
zt tier lose=0
zt push frames=10000
zt lose count=1
is "$r_lost" 1 "one is lost"
bad=
for block in 0 1 2 3 4 5 6 7; do
	read_block $block || bad="$bad $block"
done
is "$bad" " 0" "it cannot be read, its neighbours can"
check "write it again" dd if=/dev/zero of=/dev/zcache0 bs=4k count=1 oflag=direct
check "it can be read" read_block 0
zt lose count=1000
check_fails "all others are lost" read_block 63
# Without looking for a file system first: that would have to be read.
check "discard" blkdiscard -f /dev/zcache0
check "what is discarded can be read" read_block 63
run "the tier leaves" tier_unregister
zt_unload
done_testing
