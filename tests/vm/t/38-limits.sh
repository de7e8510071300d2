#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Limits per kind, in percent and MiB: what is beyond is refused and counted, and they can be
# moved at run time.
# vm: mem=512 smp=2 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load_with pers_max_mib=2 eph_max_mib=1
zt create pool=0 persistent=0
zt create pool=1 persistent=1
stat_is pers_limit_pages 512 "2 MiB are 512 page frames"
stat_is eph_limit_pages 256 "1 MiB is 256"

run "persistent: put more than that" fill pool=1 count=600 noise=100
results "stored 512 refused 88 first_refused 512 no_space 88" "persistent: exactly that is stored"
stat_is pers_pageframes 512 "persistent: in as many page frames"
stat_is failed_pers_puts 88 "persistent: the rest is counted"
stat_is policy_percent_exceeded 88 "persistent: and why"
run "persistent: get the first ones" check pool=1 count=512 noise=100
results "hits 512 misses 0" "persistent: they are there"
run "persistent: a flush makes room" flush pool=1 count=10
zt fill pool=1 first=600 count=20 noise=100
results "stored 10 refused 10" "persistent: for as many"
set_param pers_max_mib 3
run "persistent: the limit raised" fill pool=1 first=512 count=100 noise=100
results "stored 100 refused 0" "persistent: they are accepted"
set_param pers_max_mib 1
run "persistent: the limit below what is there" fill pool=1 first=700 count=10 noise=100
results "stored 0 refused 10 no_space 10" "persistent: nothing more is accepted"
zt check pool=1 first=10 count=600 noise=100
results "hits 600 misses 0" "persistent: nothing is lost"

# The limits of the two kinds are apart.
stat policy_percent_exceeded
exceeded=$stat
run "ephemeral: put more than the limit" fill pool=0 count=800 bytes=2000
results "stored 800 refused 0" "ephemeral: everything is accepted"
stat eph_pageframes
truth "$stat <= 256 && $stat > 240" "ephemeral: in place of the oldest ($stat page frames)"
stat_above policy_percent_exceeded "$exceeded" "ephemeral: that the limit was reached is counted"
stat_above eph_ate_tail 0 "ephemeral: and that frames were reused"
zt check pool=0 count=800 bytes=2000
is "$r_gaps" 0 "ephemeral: the oldest are gone"
set_param eph_max_mib 8
zt fill pool=0 count=800 bytes=2000
zt check pool=0 count=800 bytes=2000
results "hits 800 misses 0" "ephemeral: with a higher limit none is"
set_param eph_max_percent 0
stat_note failed_eph_puts
run "ephemeral: none at all" fill pool=0 count=20 bytes=2000
results "stored 0 refused 20 no_space 20" "ephemeral: all are refused"
stat_grew failed_eph_puts 20 "ephemeral: and counted"

# Percent of RAM.
read -r _ kib _ </proc/meminfo
set_param pers_max_mib 0
set_param pers_max_percent 1
zt destroy pool=1
zt create pool=1 persistent=1
stat pers_limit_pages
limit=$stat
truth "$limit > $kib / 404 && $limit <= $kib / 400" "one percent of RAM ($limit page frames)"
more=$((limit + 90))
run "percent: put more than that" fill pool=1 count=$more noise=100
results "stored $limit refused 90 no_space 90" \
	"percent: exactly that is stored"
set_param pers_max_percent 75
run "percent: raised" fill pool=1 first="$limit" count=90 noise=100
is "$r_refused" 0 "percent: the rest is accepted"
set_param pers_max_mib 4
stat_is pers_limit_pages 1024 "of both limits the lower counts"

refuses "pers_max_percent 0" "pers_max_percent 151" "eph_max_percent 101" \
	"pers_max_mib -1" "eph_max_mib many"
zt_unload
done_testing
