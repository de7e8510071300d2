#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# While frozen every put is a flush; gets and flushes go on.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

freeze()
{
	echo "$1" >/sys/kernel/zcache/freeze
}

zt_load
mix="filled=10 noise=10"
zt create pool=1 persistent=1
zt fill pool=1 count=300 "$mix"
freeze 1
run "put over a third of the pages" fill pool=1 count=100 version=2 "$mix"
results "stored 0 refused 100 busy 100" "refused"
stat_is put_to_flush 100 "and counted"
stat_is failed_pers_puts 0 "as nothing else"
run "get all" check pool=1 count=300 "$mix"
results "hits 200 misses 100 gaps 0 first_hit 100" "the old versions of these are gone, no others"
run "flush a third" flush pool=1 first=100 count=100
is "$r_found" 100 "flushes find their pages"
zt check pool=1 count=300 "$mix"
results "hits 100 misses 200 gaps 0 first_hit 200" "and the last third stays"
zt fill pool=1 first=1000 count=10
results "stored 0 refused 10 busy 10" "no new page comes in"
freeze 0
run "put after thawing" fill pool=1 count=200 version=3 "$mix"
results "stored 200 refused 0" "goes on"
zt check pool=1 count=200 version=3 "$mix"
results "hits 200 misses 0" "with what was put then"
zt check pool=1 first=200 count=100 "$mix"
results "hits 100 misses 0" "beside what was never touched"
zt flush pool=1 count=300

# On and off under load.
zt create pool=0
zt start pool=0 threads=2 keys=500 "$mix"
zt start pool=1 threads=2 keys=500 "$mix"
for _ in 1 2 3; do
	zt wait ms=200
	freeze 1
	zt wait ms=100
	freeze 0
done
zt halt pools=2
for pool in 0 1; do
	run "pool $pool: threads saw nothing wrong" stop pool=$pool
	show_results
	truth "$r_puts_failed > 0 && $r_puts > 0" "pool $pool: some puts failed"
done
if freeze maybe 2>/dev/null; then
	not_ok "a bad value is refused"
else
	ok "a bad value is refused"
fi
zt_unload
done_testing
