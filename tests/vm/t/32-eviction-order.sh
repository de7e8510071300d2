#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Frames are evicted oldest first, and whole.
# vm: mem=512 smp=2 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
zt create pool=0
# Pages of a little over 1 KiB: fifteen in a frame of four pages.
run "put" fill count=1600 bytes=1024
results "stored 1600 refused 0" "all were stored"
stat eph_pageframes
frames=$stat

inject evict_eph 100
stat_is eph_pageframes $((frames - 100)) "as many page frames went as were asked for"
stat_is evicted_eph_pageframes 100 "and were counted"
stat evicted_eph_zpages
gone=$stat
truth "$gone >= 25 * 13 && $gone <= 25 * 16" "with about fifteen pages each ($gone)"
stat_is eph_zpages $((1600 - gone)) "the rest is there"

run "get" check count=1600 bytes=1024
results "hits $((1600 - gone)) misses $gone gaps 0 first_hit $gone" \
	"exactly the oldest are gone, in order"
stat_settles eph_pageframes 0 "frames that gets have emptied went back"
stat_is spare_pages 0 "as long as nothing is stored"

# Some of them stay while there are others: who comes back needs none from the kernel.
zt fill count=1600 bytes=1024
zt check count=800 bytes=1024
stat eph_pageframes
used=$stat
stat_above spare_pages $((used / 8 - 4)) "page frames that gets have emptied are spare"
truth "$stat <= $used / 8" "up to an eighth of those in use ($stat of $used)"
spare=$stat
stat frames_allocated
zt fill count=60 version=2 bytes=1024
stat_is frames_allocated "$stat" "new pages took none from the kernel"
stat spare_pages
truth "$stat <= $spare - 8" "but spare ones ($stat of $spare are left)"
spare=$stat
stat frames_freed
inject evict_eph "$spare"
stat_is frames_freed $((stat + spare)) "spare ones go to the kernel before any page does"
zt check count=60 version=2 bytes=1024
zt check first=800 count=800 bytes=1024
stat_settles eph_pageframes 0 "all pages were there"
stat_is spare_pages 0 "and nothing is spare any more"

# A page that is put again is young, and so is the frame it is in, with all that is there.
zt fill count=1600 bytes=1024
zt fill count=60 version=2 bytes=1024
inject evict_eph 60
run "get pages that were put again" check count=60 version=2 bytes=1024
results "hits 60 misses 0" "they survive"
# Old pages stay that share a frame with a page put again, or that repacking moved to one:
# fifteen in each of a few frames.
stat eph_zpages
gone=$((1540 - stat))
truth "$gone >= 13 * 13 && $gone <= 16 * 16" "fifteen frames full of others went ($gone)"
zt check first=60 count=320 bytes=1024
truth "$r_misses == $gone" "they were the oldest: $r_misses of the next 320"
run "get the rest" check first=380 count=1220 bytes=1024
results "hits 1220 misses 0" "and nothing younger"

zt fill count=100 bytes=1024
inject evict_eph 1000000
stat_is eph_zpages 0 "evicting more than there is evicts all"
stat_settles eph_pageframes 0 "and frees all frames"
zt_unload
done_testing
