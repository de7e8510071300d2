#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Pages of other machines: sealed bytes of any size up to a page and 16 come back as they were,
# apart from those of other clients and from ours. They have frames and a limit of their own,
# and nothing that makes room for us touches them. The scan for our remote pages finds all.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
zt create pool=0 persistent=1
zt create pool=1 persistent=0
zt create pool=10 client=1 persistent=1
zt create pool=11 client=2 persistent=1
zt create pool=12 client=2 persistent=0
zt fill pool=0 count=200
stat pers_pageframes
own_frames=$stat

# Every size that is an edge of something.
good=0
for size in 1 15 16 17 4047 4048 4049 4095 4096 4097 4111 4112; do
	zt lent_fill pool=10 pools=3 count=7 size=$size version=$size &&
		[ "$r_stored $r_refused" = "21 0" ] &&
		zt lent_check pool=10 pools=3 count=7 size=$size version=$size &&
		[ "$r_hits $r_misses" = "21 0" ] && good=$((good + 1)) ||
		echo "# size $size: stored $r_stored, found $r_hits"
done
is "$good" 12 "pages of twelve sizes come back as they were"
stat_is lent_zpages 14 "the persistent ones are lent"
stat_is lent_zbytes $((14 * 4112)) "and take what they are"
stat_is eph_zpages 7 "the ephemeral ones are not"
stat_is pers_pageframes "$own_frames" "our own frames have none of them"
zt flush pool=10 pools=3 count=7
is "$r_found" 21 "they can be flushed"
stat_settles lent_pageframes 0 "and leave no frame"
run "what does not belong in a pool is refused" lent_refuse pool=10 own=0
run "in an ephemeral pool as well" lent_refuse pool=12 own=1
# A refused put leaves nothing under its handle.
zt fill pool=0 count=1

# The same handles everywhere.
run "sealed pages of random sizes" lent_fill pool=10 pools=3 count=600
is "$r_stored $r_refused" "1800 0" "all were stored"
run "read them" lent_check pool=10 pools=3 count=600
is "$r_hits $r_misses" "1800 0" "each is its own"
truth "$r_straddled > 100" "many in two pieces ($r_straddled)"
zt check pool=0 count=200
results "hits 200 misses 0" "ours are ours"
run "flush every third page of one client" flush pool=10 count=600 step=3
is "$r_found" 200 "finds its own"
zt lent_check pool=10 count=600
is "$r_hits $r_misses" "400 200" "the others are there"
zt lent_check pool=11 pools=2 count=600
is "$r_hits $r_misses" "1200 0" "and those of the other client"
run "put over pages" lent_fill pool=10 count=600 version=2
run "read them" lent_check pool=10 count=600 version=2
is "$r_hits $r_misses" "600 0" "the new versions are there"
zt usage
stat lent_pageframes
is "$r_lent_used" "$stat" "the tier sees how much is lent"
stat pers_pageframes
is "$r_pers_used" "$stat" "how much is ours"
stat eph_pageframes
is "$r_eph_used" "$stat" "and what may go"
stat lent_limit_pages
is "$r_lent_limit" "$stat" "and how much may be lent"

# Nothing that makes room touches them.
run "a tier registers" tier_register
run "move all persistent pages out" push frames=10000
stat_is pers_zpages 0 "ours have moved"
zt lent_check pool=10 count=600 version=2
is "$r_hits" 600 "what is lent has not"
zt lent_check pool=11 count=600
is "$r_hits" 600 "of neither client"
zt fill pool=1 count=300
stat eph_zpages
eph=$stat
run "move all ephemeral pages out" push persistent=0 frames=10000
is "$r_moved $r_dropped" "300 $((eph - 300))" "ours move, those of others are dropped"
stat_is eph_zpages 0 "none is left"
zt lent_check pool=12 count=600
is "$r_hits" 0 "their machine will miss them"
zt lent_fill pool=12 count=600
zt pull
zt fill pool=1 first=1000 count=300
inject evict_eph 100000
stat_is eph_zpages 0 "all ephemeral pages are evicted"
zt lent_check pool=12 count=600
is "$r_hits" 0 "those of others too"
zt lent_check pool=11 count=600
is "$r_hits" 600 "nothing that is lent"
stat_is lent_zpages 1200 "not one page"

# Holes are packed.
zt lent_fill pool=11 first=2000 count=3000 size=1000
stat lent_pageframes
before=$stat
for first in 2001 2002 2003 2004 2005; do
	zt flush pool=11 first=$first count=$((5000 - first)) step=6
done
# shellcheck disable=SC2317 # called by wait_until
packed()
{
	stat lent_pageframes
	[ "$stat" -lt $((before / 2)) ]
}
wait_until 10 packed
truth "$stat < $before / 2" "sparse frames are packed ($before, $stat)"
zt lent_check pool=11 first=2000 count=3000 step=6 size=1000
is "$r_hits" 500 "what is left is right"
zt flush pool=10 pools=3 count=5000

# The limit.
refuses "lent_max_percent 91" "lent_max_percent -1" "lent_max_mib x"
set_param lent_max_mib 4
zt fill pool=1 count=200
stat_note evicted_eph_pageframes
stat_note failed_lent_puts
run "more than may be lent" lent_fill pool=10 count=1500 size=4096
is "$r_stored $r_no_space" "1024 476" "is refused"
stat_grew failed_lent_puts 476 "which is counted"
stat_is lent_pageframes 1024 "the limit is kept"
stat_is lent_zpages 1024 "nothing more is stored"
stat_grew evicted_eph_pageframes 0 "nothing of ours went for it"
run "ours are stored as ever" fill pool=0 first=5000 count=100
is "$r_refused" 0 "all of them"
set_param lent_max_mib 0
set_param lent_max_percent 0
run "with nothing to lend" lent_fill pool=11 count=10
is "$r_no_space" 10 "nothing is stored"
set_param lent_max_percent 50
run "with the limit back" lent_fill pool=11 count=10
is "$r_stored" 10 "all are"

# No memory.
zt flush pool=10 pools=2 count=5000
stat_settles lent_pageframes 0 "nothing is lent"
stat_note evicted_eph_pageframes
inject fail_frames 100000
run "lend without memory" lent_fill pool=10 count=50
is "$r_no_memory" 50 "nothing is stored"
inject fail_frames 0
stat_grew evicted_eph_pageframes 0 "nothing of ours went for it"
stat_is lent_zbytes 0 "nothing is left of it"

# The scan: in several pools, of one kind.
zt flush pool=0 count=10000
zt flush pool=1 count=10000
zt create pool=2 persistent=1
zt fill pool=0 count=700
zt fill pool=2 count=300
zt fill pool=1 count=100
zt push frames=10000
zt push persistent=0 frames=10000
zt fill pool=0 first=5000 count=100
for batch in 1 7 64; do
	run "scan, $batch at a time" scan batch=$batch pool=0 count=700
	is "$r_pages $r_found $r_twice" "1000 700 0" "all persistent pages, each once"
done
run "scan for ephemeral pages" scan persistent=0 pool=1 count=100
is "$r_pages $r_found" "100 100" "all of them"

# Beside clients of the same pools, and objects that come and go.
zt tier delay_ms=2 max_pages=2000 kinds=2
zt mover_start
zt create pool=3 persistent=1
run "a client whose pages are beside" start pool=3 keys=300 threads=2 put=300 get=300 flush=300
run "scan a while" scan rounds=200 batch=16 pool=0 count=700
is "$r_found $r_twice" "$((200 * 700)) 0" "each page that stayed was seen, each time"
truth "$r_pages > 200 * 1000" "and others ($r_pages)"
run "the client ends" halt pool=3
run "nothing went wrong" stop pool=3
zt mover_stop
run "bring all back" pull
is "$r_left" 0 "none is left"
run "scan nothing" scan pool=0 count=700
is "$r_pages" 0 "nothing is there"
run "the tier leaves" tier_unregister
zt_unload

# A frame of one page has no room for more than a page.
zt_load_with frame_pages=1
zt create pool=10 client=1 persistent=1
zt create pool=11 client=1 persistent=0
good=0
for size in 1 4048 4096; do
	zt lent_fill pool=10 pools=2 count=5 size=$size version=$size &&
		zt lent_check pool=10 pools=2 count=5 size=$size version=$size &&
		[ "$r_hits" = 10 ] && good=$((good + 1))
done
is "$good" 3 "frames of one page take up to a page"
for size in 4049 4095 4097 4112; do
	zt lent_fill pool=10 pools=2 count=5 size=$size
	is "$r_too_big" 10 "$size bytes are too many"
done
stat_is lent_zpages 0 "and leave nothing"
zt_unload
done_testing
