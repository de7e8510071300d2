#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages of one node in the memory of another: they go there, are got from there, put again,
# flushed, and come home; nothing is left behind.  Both nodes do it to each other.
#
# vm: nodes=2 mem=384 timeout=200 brief=6.12 brief_smp=1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

peer=$((1 - NODE))
pages=2000
[ -z "${LONG-}" ] || pages=3000
mix="noise=10 filled=10"

# held_is_had: each of our copies is there, and no other.
held_is_had()
{
	tell "held$meetings" "$(lender_has "$peer" 3)"
	[ "$(heard "$peer" "held$meetings")" = "$(owner_has "$peer")" ]
}

zt_load
zt create pool=1 persistent=1
ramster_up single_copy=1 move_high_percent=0 home_percent=0
is "$(cat $r/enabled)" 1 "it takes part"
check "the other node has room" [ "$(lender_has $peer 4)" -gt 1000 ]

run "put" fill pool=1 count=$pages "$mix"
results "stored $pages refused 0" "all were stored"
check "all pages go to the other node" wait_until 60 all_out
remote=$(rstat remote_pers_pages)
truth "$remote > $pages * 8 / 10" "most are remote ($remote)"
is "$(rstat pers_pages_remoted)" "$remote" "each moved once"
stat_settles pers_pageframes 0 "the memory is free"
is "$(lender_has $peer 3)" "$remote" "the other node is known to have them"
meet
check "it has them" held_is_had
meet

run "get" check pool=1 count=$pages "$mix"
results "hits $pages misses 0" "all are as they were"
is "$(rstat remote_pers_pages_succ_get)" "$remote" "those that are remote came from there"
is "$(awk -v node=$peer '$1 == node { print $2, ($3 > $2 * 10) }' $r/gets)" "$remote 1" \
	"these are counted, and the time that they took"
run "get again" check pool=1 count=$pages "$mix"
results "hits $pages misses 0" "they are still there"

run "put some again" fill pool=1 count=1000 version=2 "$mix"
run "get these" check pool=1 count=1000 version=2 "$mix"
results "hits 1000 misses 0" "the new ones"
check "they go there too" wait_until 60 all_out
run "get them" check pool=1 count=1000 version=2 "$mix"
results "hits 1000 misses 0" "from there"
run "get the others" check pool=1 first=1000 count=$((pages - 1000)) "$mix"
results "hits $((pages - 1000)) misses 0" "unchanged"
check "what was replaced is dropped there" wait_until 30 rstat_is flushing_pages 0
meet
check "it has what it should have" held_is_had
meet

# Flushes go out whatever is switched off: the original kept them back then.
rset pers_remotify_enable 0
rset eph_remotify_enable 0
run "flush some" flush pool=1 first=500 count=1000
run "get these" check pool=1 first=500 count=1000 version=2 "$mix"
results "hits 0 misses 1000" "none is there"
check "they are dropped there" wait_until 30 rstat_is flushing_pages 0
is "$(lender_has $peer 3)" "$(rstat remote_pers_pages)" "as many copies as pages"
meet

rset pers_remotify_enable 1
[ "$NODE" = 1 ] || rset eph_remotify_enable 1

# Ephemeral pages: a get takes them out, wherever they are.  One direction: a node whose own
# are to go drops those that it was given.
eph_out()
{
	[ "$(gauge eph_zpages)" = 0 ]
}

ephemeral()
{
	zt create pool=3 persistent=0
	run "put ephemeral pages" fill pool=3 count=1000 noise=10
	check "they go to the other node" wait_until 60 eph_out
	truth "$(rstat remote_eph_pages) > 900" "nearly all are there ($(rstat remote_eph_pages))"
	run "flush some" flush pool=3 count=300
	run "get them" check pool=3 count=300 noise=10
	results "hits 0 misses 300" "none is there any more"
	run "get the others" check pool=3 first=300 count=700 noise=10
	truth "$r_hits > 600" "they come back ($r_hits), and none is wrong"
	run "get them again" check pool=3 first=300 count=700 noise=10
	results "hits 0 misses 700" "they were taken out"
	check "nobody keeps any" wait_until 30 rstat_is flushing_pages 0
	is "$(rstat remote_eph_pages)" 0 "here neither"
}

on 0 ephemeral
meet

# All at once: clients that put, get and flush while pages go and come.
rset move_high_percent 1
rset home_percent 20
rset home_interval_ms 200
rset home_free_percent 1
zt create pool=2 persistent=1
run "clients begin" start pool=2 threads=2 keys=2000 "$mix"
zt wait ms=10000
run "clients end, and every key is as it should be" stop pool=2
show_results
truth "$r_puts > 500 && $r_hits > 100" "they did work"
check "pages have gone" rstat_above pers_pages_remoted "$((remote + 1000 / ${SLOW:-1}))"
is "$(rstat remote_pers_pages_unsucc_get)" 0 "each get was answered"
rset move_high_percent 0
rset home_percent 0
check "all go there" wait_until 60 all_out

ramster_down
run "get what has come home" check pool=1 count=500 version=2 "$mix"
results "hits 500 misses 0" "as it was"
run "and the rest" check pool=1 first=1500 count=$((pages - 1500)) "$mix"
results "hits $((pages - 1500)) misses 0" "as it was"
zt_unload
done_testing
