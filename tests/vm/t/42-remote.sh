#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A remote tier: pages move out oldest frame first, are got from there, come back, and every
# one is released exactly once; a put or flush during a move wins; a move that fails leaves
# everything as it was.
# vm: mem=512 smp=2

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

# tier NAME WANTED DESCRIPTION: one number of the tier's.
tier()
{
	zt tier
	eval "is \"\$r_$1\" \"$2\" \"$3\""
}

zt_load
zt create pool=1 persistent=1
mix="noise=10 filled=10"

run_fails "a tier for another interface is refused" tier_register api=99
run "a tier registers" tier_register
run_fails "a second one is refused" tier_register
if modprobe -r zcache_test 2>/dev/null; then
	not_ok "a registered tier keeps its module loaded"
else
	ok "a registered tier keeps its module loaded"
fi

# Out, and got from there, again and again.
zt fill pool=1 count=600 "$mix"
stat same_filled_pages
filled=$stat
stat pers_pageframes
frames=$stat
run "move the oldest frames" push frames=10
is "$r_frames $r_stale" "10 0" "ten moved"
moved=$r_moved
stat_is remote_zpages "$moved" "their pages are remote ($moved)"
stat_is pers_zpages $((600 - moved)) "and no longer here"
stat_is moved_out "$moved" "which is counted"
stat pers_pageframes
truth "$stat < $frames" "their page frames are free ($frames, $stat)"
run "get all" check pool=1 count=600 "$mix"
results "hits 600 misses 0" "wherever they are"
stat_is remote_gets "$moved" "each remote one was asked for"
zt check pool=1 count=600 "$mix"
results "hits 600 misses 0" "a get leaves it there"
tier pages "$moved" "they are still remote"
run "move all others" push frames=10000
stat_is pers_zpages "$filled" "only same-filled pages are left here"
stat_settles pers_pageframes 0 "in no frame"
zt check pool=1 count=600 "$mix"
results "hits 600 misses 0" "all can be got"

# What is remote is flushed, replaced, brought back.
run_fails "a tier with pages cannot leave" tier_unregister
run "flush remote pages" flush pool=1 count=100 irqs_off=1
is "$r_found" 100 "all were found"
zt tier
truth "$r_released >= 80 && $r_released_irqs_off == $r_released" \
	"and released, with interrupts off ($r_released)"
zt check pool=1 count=100 "$mix"
results "hits 0 misses 100" "they are gone"
run "put over remote pages" fill pool=1 first=100 count=100 version=2 "$mix"
zt check pool=1 first=100 count=100 version=2 "$mix"
results "hits 100 misses 0" "the new versions are there"
run "bring pages back" pull count=150
is "$r_localized" 150 "150 came"
stat_is moved_in 150 "which is counted"
zt check pool=1 first=200 count=400 "$mix"
results "hits 400 misses 0" "all are right"
run "bring all back" pull
is "$r_left" 0 "none is left"
stat_is remote_zpages 0 "none is remote"
zt check pool=1 first=200 count=400 "$mix"
results "hits 400 misses 0" "all are right"
# When there is no room they stay remote.
zt fill pool=1 first=1000 count=300 noise=100
zt push frames=10000
set_param pers_max_mib 1
run_fails "bring back more than there is room for" pull
stat pers_pageframes
truth "$stat > 240 && $stat <= 256" "room is used up ($stat page frames)"
truth "$r_left > 0" "the rest stays remote ($r_left)"
zt check pool=1 first=200 count=400 "$mix"
results "hits 400 misses 0" "all are right"
zt check pool=1 first=1000 count=300 noise=100
results "hits 300 misses 0" "all are right"
set_param pers_max_mib 0
zt pull
is "$r_left" 0 "with room they come too"
run "a tier without pages leaves" tier_unregister
run "and comes again" tier_register

# Put or flushed while on its way. Fifteen pages of this size are in a frame, in order.
zt destroy pool=1
zt create pool=1 persistent=1
zt fill pool=1 count=300 bytes=1024
run "put each page while it is being moved" \
	push frames=5 race=1 pool=1 version=2 bytes=1024
truth "$r_moved == 0 && $r_stale >= 5 * 13" "none was moved ($r_stale stale)"
stale=$r_stale
stat_is replace_stale "$stale" "the index refused them"
zt check pool=1 first="$stale" count=$((300 - stale)) bytes=1024
results "hits $((300 - stale)) misses 0" "the others are as they were"
zt check pool=1 count="$stale" version=2 bytes=1024
results "hits $stale misses 0" "the versions put meanwhile survive"
run "flush each page while it is being moved" push frames=5 race=2 pool=1
truth "$r_moved == 0 && $r_stale >= 5 * 13" "none was moved ($r_stale stale)"
stat_is remote_zpages 0 "none is remote"
stat_is pers_zpages $((300 - r_stale)) "they are gone"

# Moves that fail.
zt destroy pool=1
zt create pool=1 persistent=1
zt fill pool=1 count=300 bytes=1024
stat pers_pageframes
frames=$stat
stat_note revived
zt tier fail=100
run "moves that fail" push frames=20
is "$r_moved" 0 "move nothing"
stat_is pers_zpages 300 "every page is still here"
stat_is pers_pageframes "$frames" "in the frames there were"
stat_grew revived 20 "which were revived"
zt check pool=1 count=300 bytes=1024
results "hits 300 misses 0" "and can be got"
zt tier fail=0
run "the next move" push frames=1
moved=$r_moved
truth "$moved > 0" "takes one of them ($moved)"
zt flush pool=1 count="$moved"
tier pages 0 "it was the oldest"

# Ephemeral pages: a get takes them away from the tier.
zt create pool=0 persistent=0
zt fill pool=0 count=300
zt push persistent=0 frames=10000
stat_is eph_zpages 0 "ephemeral pages move too"
run "get them" check pool=0 count=300
results "hits 300 misses 0" "from there"
tier pages 0 "which takes them out"
zt check pool=0 count=300
results "hits 0 misses 300" "for good"
zt fill pool=0 count=100
zt push persistent=0 frames=10000
run "destroy a pool with remote pages" destroy pool=0
tier pages 0 "releases them"

# All of it at once, with answers that come late and moves that fail.
zt destroy pool=1
for pool in 0 1 2 3; do
	zt create pool=$pool persistent=$((pool & 1))
done
zt tier delay_ms=10 localize=20 fail=10 pull=20 max_pages=1000 kinds=3
zt mover_start
run "ephemeral clients" start pool=0 keys=300 threads=2 noise=5 filled=5 put=300 get=600
run "persistent clients" start pool=1 keys=300 threads=3 noise=5 filled=5 put=300 get=600
run "overlapping ephemeral clients" start pool=2 keys=40 threads=2 free=1
run "overlapping persistent clients" start pool=3 keys=40 threads=3 free=1 noise=5
zt wait ms=5000
run "the threads end" halt pools=4
for pool in 0 1 2 3; do
	run "pool $pool: nothing went wrong" stop pool=$pool
	show_results
	truth "$r_puts > 100 && $r_hits > 100" "pool $pool: they did work"
done
zt mover_stop
zt tier
show_results
truth "$r_moved > 200 && $r_stale > 0 && $r_answered > 200 && $r_localized > 100" \
	"pages moved, were got, came back, and lost races"
is "$r_answered $r_in_flight" "$r_gets 0" "every get was answered"
run "bring all back" pull
for pool in 0 1 2 3; do
	zt destroy pool=$pool
done
zt tier
is "$r_released $r_pages" "$r_moved 0" "each moved page was released once"
run "the tier leaves" tier_unregister
stat_is decompress_failed 0 "everything decompressed"
zt_unload
done_testing
