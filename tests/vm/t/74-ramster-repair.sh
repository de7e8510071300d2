#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Of three nodes that keep two copies of each page one dies without a word: the copies that it
# had are made again on the others.  So the next one may die as well, and nothing is lost.
# And when one copy was enough and is not any more, second ones are made.
#
# vm: nodes=4 mem=256 smp=1 timeout=400 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

pages=1000
mix="noise=10"

# total_at NODE...: all copies, each node has one of each page or its share.
total_at()
{
	copies=0
	for copies_node; do
		copies=$((copies + $(lender_has "$copies_node" 3)))
	done
	echo $copies
}

copies_at()
{
	[ "$(total_at "$@")" = $((2 * pages)) ]
}

zt_load
zt create pool=1 persistent=1
dead_ms=6000
ramster_up move_high_percent=$((NODE ? 100 : 0)) home_percent=0
on 0 run "put" fill pool=1 count=$pages "$mix"
on 0 check "all pages go" wait_until 90 all_out
on 0 check "two copies of each" copies_at 1 2 3
on 0 truth "$(lender_has 1 3) * $(lender_has 2 3) * $(lender_has 3 3)" "spread over all nodes"
on 0 is "$(cat $r/repairing)" 0 "nothing is to be repaired"
meet

on 1 cut_off
on 0 check "node 1 is dead" wait_until 60 lender_is 1 dead
on 0 check "there are two copies of each page again" wait_until 90 copies_at 2 3
on 0 truth "$(rstat pages_repaired) > 0" "they were made again"
on 0 check "all pages are out" wait_until 60 all_out
on 0 check "and it is known that nothing is left to do" wait_until 30 grep -q 0 $r/repairing
meet

# One lender alone: there is no place for two copies, and each page has one that can be had.
on 2 cut_off
on 0 check "node 2 is dead" wait_until 60 lender_is 2 dead
on 0 run "get" check pool=1 count=$pages "$mix"
on 0 results "hits $pages misses 0" "every page can be had"
on 0 is "$(rstat pages_lost) $(rstat remote_pers_pages_unsucc_get)" "0 0" "nothing is lost"
meet

on 1 mend
on 2 mend
check "all are back" wait_until 60 lenders_ready 3
on 0 check "there are two copies of each page" wait_until 90 copies_at 1 2 3

on 0 rset single_copy 1
on 0 run "put again" fill pool=1 count=$pages version=2 "$mix"
on 0 check "all pages go" wait_until 90 all_out
on 0 check "what was replaced is dropped" wait_until 30 rstat_is flushing_pages 0
on 0 is "$(total_at 1 2 3)" $pages "one copy of each is enough"
on 0 rset single_copy 0
on 0 is "$(cat $r/repairing)" 1 "it is not any more"
on 0 check "there are two copies of each page" wait_until 90 copies_at 1 2 3
on 0 check "all pages are out" wait_until 60 all_out
on 0 check "what came home is dropped" wait_until 30 rstat_is flushing_pages 0
on 0 check "and nothing is left to do" wait_until 30 grep -q 0 $r/repairing
meet

# Both nodes that have a page die, and one comes back: nothing could be repaired before.
on 1 cut_off
on 2 cut_off
on 0 check "node 1 is dead once more" wait_until 60 lender_is 1 dead
on 0 check "and node 2" wait_until 60 lender_is 2 dead
meet
on 1 mend
on 0 check "node 1 is back" wait_until 60 lender_is 1 ready
on 0 check "pages that nobody had have two copies" wait_until 90 copies_at 1 3
meet
on 2 mend
on 0 check "node 2 is back, too" wait_until 60 lender_is 2 ready
meet

# Who is removed while his link is down is never said to be dead.
on 3 cut_off
on 0 check "node 3 is down" wait_until 60 lender_is 3 down
on 0 check "it is removed" rmdir "$c/node/n3"
on 0 check "what it had has another copy" wait_until 90 copies_at 1 2
on 0 check "and is out again" wait_until 60 all_out
meet
on 3 mend
on 0 check "it is defined again" guest_node 3
check "all are back again" wait_until 60 lenders_ready 3
on 0 check "it has dropped what it had" wait_until 60 rstat_is flushing_pages 0
on 0 check "all is repaired" wait_until 30 grep -q 0 $r/repairing
meet

owners_sum()
{
	on 0 is "$(lender_has "$1" 3)" "$(heard "$1" has)" "node $1 has what it should have"
}
on 1 tell has "$(owner_has 0)"
on 2 tell has "$(owner_has 0)"
on 3 tell has "$(owner_has 0)"
owners_sum 1
owners_sum 2
owners_sum 3
on 0 run "get" check pool=1 count=$pages version=2 "$mix"
on 0 results "hits $pages misses 0" "all are as they were"
ramster_down
zt_unload
done_testing
