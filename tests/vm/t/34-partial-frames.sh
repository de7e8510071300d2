#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A page that fits a frame in use needs no new one; holes are used again, if need be after
# compaction, and what lies beside them stays whole.
#
# vm: mem=512 smp=2 brief=6.1
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
zt create pool=0 persistent=1

zt fill count=1 bytes=1000
stat_is pers_pageframes 4 "one page takes a frame of four"
inject fail_frames 1000000
run "puts without free memory" fill first=1 count=30 bytes=1000
truth "$r_stored >= 13 && $r_refused == 30 - $r_stored && $r_first_refused == $r_stored + 1" \
	"succeed until the frame is full ($r_stored)"
full=$((r_stored + 1))
is "$r_no_memory" "$r_refused" "then there is no memory"
stat_is pers_pageframes 4 "the frame is the only one"
stat_is alloc_fit "$r_stored" "that they went in it is counted"

# Every second page goes; twice the size fits only where holes are joined.
zt flush count=$full step=2
holes=$r_found
run "larger pages, still without free memory" fill first=100 count=10 bytes=2000
truth "$r_stored >= $holes / 2 - 1" "fit ($r_stored)"
stat_above alloc_compacted 0 "after compaction"
stat_above compact_moved 0 "which moved pages"
stored=$r_stored
zt check first=100 count="$stored" bytes=2000
results "hits $stored misses 0" "they are right"
zt check first=1 count=$((full - 1)) step=2 bytes=1000
results "hits $((full - holes)) misses 0" "those that were moved are right"

# All sizes; half of them go, and as many others come.  Fewer frees than start the worker that
# repacks (zcache/repack.c, 512 on a CPU), or it would give what is free back to the kernel.
inject fail_frames 0
zt destroy pool=0
zt create pool=0 persistent=1
zt fill count=800 seed=3
stat pers_pageframes
frames=$stat
zt flush count=800 step=2
inject fail_frames 1000000
run "fill the holes" fill first=2000 count=400 seed=4
stat_is repack_pageframes 0 "nobody has repacked"
truth "$r_stored >= 350" "nearly everything found room ($r_stored of 400)"
stored=$r_stored
stat_is pers_zpages $((400 + stored)) "and is counted"
stat pers_pageframes
truth "$stat <= $frames" "in no more frames"
run "get those" check first=2000 count=400 seed=4
results "hits $stored misses $((400 - stored))" "they are right"
run "get their neighbours" check first=1 count=799 step=2 seed=3
results "hits 400 misses 0" "they are right"
inject fail_frames 0
zt_unload
done_testing
