#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Pages that hardly compress: refused if ephemeral, stored as they are if persistent, and
# what the tunables change.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

# eph BY DESCRIPTION, pers BY DESCRIPTION: how many puts are refused.
eph()
{
	zt_refused=$1
	zt_about=$2
	shift 2
	stat_note failed_eph_puts
	zt fill pool=0 "$@"
	is "$r_too_big" "$zt_refused" "ephemeral: $zt_about"
	stat_grew failed_eph_puts "$zt_refused" "ephemeral: and counted"
}

# pers REFUSED RAW DESCRIPTION ARGUMENT...: puts, of which so many are refused, so many raw.
pers()
{
	zt_refused=$1
	zt_raw=$2
	zt_about=$3
	shift 3
	stat_note failed_pers_puts
	stat_note raw_pages
	zt fill pool=1 "$@"
	is "$r_too_big" "$zt_refused" "persistent: $zt_about"
	stat_grew failed_pers_puts "$zt_refused" "persistent: refused are counted"
	stat_grew raw_pages "$zt_raw" "persistent: stored as they are are counted"
}

# right COUNT ARGUMENT...: that many persistent pages are there, and right.
right()
{
	zt_count=$1
	shift
	zt check pool=1 "$@"
	verdict $? "persistent: contents of $*"
	is "$r_hits $r_misses" "$zt_count 0" "persistent: all are there"
}

zt_load
zt create pool=0 persistent=0
zt create pool=1 persistent=1

eph 100 "noise is refused" count=100 noise=100
stat_is compress_poor 100 "ephemeral: as poor"
stat_is eph_pageframes 0 "ephemeral: no frame was taken for it"
pers 0 100 "noise is stored as it is" count=100 noise=100
stat_is pers_pageframes 100 "persistent: in a page frame each"
stat_is compress_poor 200 "persistent: that it is poor is counted"
right 100 count=100 noise=100

# Small pages bring the mean down: here only the one limit shall count, 7/8 of a page.
zt destroy pool=1
zt create pool=1 persistent=1
zt fill pool=1 first=10000 count=400 bytes=200
pers 0 0 "3500 bytes are below the limit" count=10 bytes=3500
pers 0 10 "3650 bytes are above" first=10 count=10 bytes=3650
set_param pers_max_zsize 3800
pers 0 0 "but below a higher limit" first=20 count=10 bytes=3650
set_param pers_max_zsize 1000
pers 0 10 "1200 bytes are above a lower limit" first=30 count=10 bytes=1200
set_param pers_max_zsize 3584
right 10 count=10 bytes=3500
right 20 first=10 count=20 bytes=3650
right 10 first=30 count=10 bytes=1200
set_param eph_max_zsize 2000
eph 10 "2100 bytes are above a lower limit" count=10 bytes=2100
set_param eph_max_zsize 4000
eph 0 "and below a higher one" count=10 bytes=2100

set_param store_poor N
pers 10 0 "store_poor=N refuses noise" first=40 count=10 noise=100
# What was there before must be gone.
pers 10 0 "and noise over older versions" first=0 count=10 noise=100 version=2
zt check pool=1 count=10 bytes=3500
results "hits 0 misses 10" "persistent: which are gone"

# The mean, 5/8 of a page: while it is above, pages above are poor.
zt destroy pool=1
zt create pool=1 persistent=1
zt fill pool=1 count=100 bytes=2350
pers 0 0 "3000 bytes pass while the mean is low" first=100 count=15 bytes=3000
zt fill pool=1 first=100 count=80 bytes=3000
truth "$r_too_big > 20 && $r_too_big < 80" "mean: until it is not ($r_too_big of 80)"
stat_is mean_compress_poor "$r_too_big" "mean: which is counted"
pers 0 0 "2300 bytes still pass" first=200 count=20 bytes=2300
set_param pers_max_mean_zsize 3500
pers 0 0 "3000 bytes pass a higher limit" first=300 count=50 bytes=3000
set_param pers_max_mean_zsize 2560
pers 20 0 "and not the old one" first=400 count=20 bytes=3000
set_param store_poor Y
pers 0 0 "store_poor=Y stores them, and compressed" first=400 count=100 bytes=3000
right 100 first=400 count=100 bytes=3000

refuses "pers_max_zsize 10" "pers_max_zsize 4096" "eph_max_zsize x" \
	"pers_max_mean_zsize 5000" "store_poor 7"
zt_unload
done_testing
