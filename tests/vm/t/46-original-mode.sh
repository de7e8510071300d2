#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Frame sizes: frame_pages=1 max_buddies=2 packs as the original did, two pages in a page
# frame at best; other sizes work too.
# vm: mem=512 smp=2 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load_with frame_pages=1 max_buddies=2
zt create pool=0 persistent=1
run "put pages that compress to half" fill count=1000 bytes=1950
stat pers_zbytes
truth "$stat > 1000 * 1950 && $stat <= 1000 * 2016" "about 2000 bytes each ($((stat / 1000)))"
stat_is pers_pageframes 500 "two in a page frame"
stat_is pers_buddied_count 500 "all have a buddy"
stat_is pers_unbuddied_count 0 "none has not"
zt check count=1000 bytes=1950
results "hits 1000 misses 0" "contents are right"
zt destroy pool=0
zt create pool=0 persistent=1
zt fill count=100 bytes=2100
stat_is pers_pageframes 100 "pages over half never pair"
stat_is pers_unbuddied_count 100 "each is alone"
zt fill first=100 count=300 bytes=200
stat_is pers_pageframes 200 "and at most one more comes to each"
zt check count=100 bytes=2100
results "hits 100 misses 0" "contents are right"
zt_unload

zt_load_with frame_pages=8
zt create pool=0 persistent=1
zt fill count=1000 bytes=1950
stat pers_pageframes
truth "$stat % 8 == 0 && $stat >= 490 && $stat <= 520" "frames of eight ($stat page frames)"
zt check count=1000 bytes=1950
results "hits 1000 misses 0" "contents are right"
zt fill first=2000 count=2000 bytes=64
zt check first=2000 count=2000 bytes=64
results "hits 2000 misses 0" "with the most items a frame can have as well"
zt_unload

for bad in frame_pages=0 frame_pages=9 max_buddies=0 max_buddies=253; do
	if modprobe zcache $bad 2>/dev/null; then
		not_ok "refused: $bad"
	else
		ok "refused: $bad"
	fi
done
modprobe -r tmem_zbud tmem
done_testing
