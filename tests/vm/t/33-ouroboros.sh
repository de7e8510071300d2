#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# When the kernel gives no pages: ephemeral puts reuse the oldest ephemeral frame, persistent
# puts eat it, persistent pages are never eaten.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
zt create pool=0 persistent=0
zt create pool=1 persistent=1
zt fill pool=0 count=800 bytes=1024
zt fill pool=1 count=150 bytes=1024
stat eph_pageframes
eph=$stat

inject fail_frames 1000000
run "ephemeral puts without free memory" fill pool=0 first=800 count=400 bytes=1024
results "stored 400 refused 0" "all were stored"
stat_above eph_ate_tail 20 "they reused the oldest frames"
stat_is failed_getfreepages "$stat" "each time the kernel had been asked first"
stat_is eph_pageframes "$eph" "with the frames there were"
run "get them" check pool=0 count=1200 bytes=1024
truth "$r_gaps == 0 && $r_first_hit >= 400 - 16 && $r_first_hit <= 400 + 16" \
	"exactly the oldest made room, in order ($r_first_hit)"

# Persistent pages outrank ephemeral ones.
inject fail_frames 0
zt fill pool=0 count=800 bytes=1024
stat eph_pageframes
eph=$stat
stat pers_pageframes
pers=$stat
inject fail_frames 1000000
run "persistent puts without free memory" fill pool=1 first=150 count=450 bytes=1024
results "stored 450 refused 0" "all were stored"
stat_above pers_ate_eph 20 "they ate the oldest ephemeral frames"
ate=$stat
stat_is eph_pageframes $((eph - 4 * ate)) "of which there are fewer"
stat_is pers_pageframes $((pers + 4 * ate)) "and more of the others"

run "persistent puts until no ephemeral frame is left" \
	fill pool=1 first=600 count=1000 bytes=1024
truth "$r_stored > 0 && $r_refused > 0 && $r_refused == $r_no_memory" \
	"some were stored, then none ($r_stored)"
refused=$r_refused
first=$r_first_refused
stat_is eph_zpages 0 "every ephemeral page was eaten"
stat_is failed_pers_puts "$refused" "refused puts are counted"
stat_is pers_ate_eph_failed "$refused" "and why"
run "get persistent pages" check pool=1 count="$first" bytes=1024
results "hits $first misses 0 gaps 0" "none was eaten"
run "ephemeral puts without anything to eat" fill pool=0 count=20 bytes=1024
results "stored 0 refused 20 no_memory 20" "are refused"
stat_is eph_ate_tail_failed 20 "and it is counted why"
zt check pool=1 count="$first" bytes=1024
results "hits $first misses 0 gaps 0" "all persistent pages are still there"

inject fail_frames 0
run "with free memory again" fill pool=1 first=600 count=1000 version=2 bytes=1024
results "stored 1000 refused 0" "everything is stored"
zt_unload
done_testing
