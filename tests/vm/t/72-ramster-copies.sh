#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two copies of each page on two other nodes: one of these stops without a word, and nothing
# is lost.  Then one copy only: the pages of a node that is gone give an I/O error and nothing
# else, in time, and can be had again when it is back as it was; when it has forgotten them
# they are lost, and can be written again.
#
# vm: nodes=3 mem=320 timeout=400 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

pages=1500
mix="noise=10"

zt_load
zt create pool=1 persistent=1
dead_ms=6000
ramster_up move_high_percent=$((NODE ? 100 : 0)) home_percent=0

# Node 0 is the owner here, nodes 1 and 2 lend.
two_copies()
{
	run "put" fill pool=1 count="$pages" "$mix"
	check "all pages go" wait_until 60 all_out
	is "$(lender_has 1 3) $(lender_has 2 3)" "$pages $pages" "each to both others"
}

on 0 two_copies
meet
on 1 is "$(owner_has 0)" "$pages" "node 1 has them all"
on 2 is "$(owner_has 0)" "$pages" "node 2 has them all"
on 1 cut_off
meet
on 0 run "get while one of the two is gone" check pool=1 count="$pages" "$mix"
on 0 results "hits $pages misses 0" "all can be had"
on 0 check "it is dead" wait_until 40 lender_is 1 dead
on 0 run "get" check pool=1 count="$pages" "$mix"
on 0 results "hits $pages misses 0" "all can be had"
on 0 is "$(rstat pages_lost) $(rstat remote_pers_pages_unsucc_get)" "0 0" "nothing is lost"
on 0 run "flush some" flush pool=1 count=500
meet
node_0_has()
{
	[ "$(owner_has 0)" = "$1" ]
}
on 2 check "who is there drops them, and does not wait for who is dead" \
	wait_until 10 node_0_has $((pages - 500))
meet
on 1 mend
check "it is back" wait_until 60 lenders_ready 2
on 0 run "flush all" flush pool=1 count="$pages"
check "they are dropped" wait_until 30 rstat_is flushing_pages 0
meet
is "$(owner_has 0)" 0 "everywhere"
meet

# One copy, all on node 1.
on 2 rset pers_lend_enable 0
on 2 rset eph_lend_enable 0
meet
rset single_copy 1
no_room_at_2()
{
	[ "$(lender_has 2 4)" = 0 ]
}
on 0 check "node 2 does not lend" wait_until 10 no_room_at_2

one_copy()
{
	run "put" fill pool=1 count="$pages" "$mix"
	check "all pages go" wait_until 60 all_out
	is "$(lender_has 1 3) $(lender_has 2 3)" "$pages 0" "to node 1"
}

on 0 one_copy
meet
on 1 cut_off
mark
on 0 check "node 1 is dead" wait_until 40 lender_is 1 dead
on 0 check "the log says what it has" said "node 1 .* is dead: $pages copies"
get_in_vain()
{
	before=$(cut -d. -f1 /proc/uptime)
	zt check pool=1 count=20 "$mix"
	took=$(($(cut -d. -f1 /proc/uptime) - before))
}
on 0 get_in_vain
on 0 results "hits 0 misses 0 lost 20" "pages of it give an error"
on 0 check "at once" [ "${took:-99}" -le 5 ]
on 0 is "$(rstat pages_lost)" 0 "they are not lost"
meet
on 1 mend
check "it is back" wait_until 60 lenders_ready 2
on 0 run "get" check pool=1 count="$pages" "$mix"
on 0 results "hits $pages misses 0" "all are as they were"
meet

on 1 check_fails "no order drops pages of a node that is there" sh -c "echo 0 >$r/drop_owner"
meet

# Node 1 forgets, as if it had been started again.
mark
on 1 check "node 1 stops taking part, in haste" stop_node
meet
forget()
{
	check_fails "no order for what is no node" sh -c "echo 255 >$r/drop_owner"
	check_fails "nor for one that has nothing" sh -c "echo 200 >$r/drop_owner"
	check_fails "nor for a word" sh -c "echo all >$r/drop_owner"
	is "$(owner_has 0)" "$pages" "none of these has done anything"
	check "an order for a node that is away" sh -c "echo 2 >$r/drop_owner"
	check_fails "drops what it has here" grep -q "^2 " "$r/owners"
	rset orphan_timeout 10
	check "it drops what it has of node 0" wait_until 60 said "what it had here is dropped"
}
on 1 forget
mark	# before the other one comes back, which it may do at once
meet
on 1 check "it is back" start_node
on 0 check "it is known to have dropped them" wait_until 60 rstat_is leases_ended 1
on 0 check "all are lost" wait_until 30 rstat_is pages_lost "$pages"
on 0 check "the log says how many" wait_until 10 said "node 1 had the only copy of $pages pages"
check "all are back" wait_until 60 lenders_ready 2
on 0 run "put again" fill pool=1 count="$pages" version=2 "$mix"
on 0 run "get" check pool=1 count="$pages" version=2 "$mix"
on 0 results "hits $pages misses 0" "what was lost can be written again"
on 0 check "these go" wait_until 60 all_out


# Node 0 leaves while one of the two others is gone, and comes back as another incarnation.
on 2 rset pers_lend_enable 1
rset single_copy 0
room_at_2()
{
	[ "$(lender_has 2 4)" -gt 0 ]
}
on 0 check "node 2 lends again" wait_until 10 room_at_2
on 0 run "flush all" flush pool=1 count="$pages"
on 0 check "they are dropped" wait_until 30 rstat_is flushing_pages 0
on 0 two_copies
meet
on 1 cut_off
leave_without_1()
{
	run "flush some" flush pool=1 count=200
	check "it leaves" sh -c "echo 0 >$r/enabled"
	is "$(rstat remote_pers_pages) $(rstat flushing_pages)" "0 0" "all is home"
	run "get" check pool=1 count="$pages" "$mix"
	results "hits $((pages - 200)) misses 200" "as it was"
	run "flush all" flush pool=1 count="$pages"
	check "it takes part again" sh -c "echo 1 >$r/enabled"
}
on 0 leave_without_1
meet
# It hears, and drops what it is told to, but cannot answer.
on 1 check "node 1 still has some" [ "$(owner_has 0)" -gt 0 ]
on 1 mend
on 0 check "all others lend" wait_until 60 lenders_ready 2
on 1 check "what the old incarnation had is dropped" wait_until 10 node_0_has 0
on 2 check "here too" wait_until 10 node_0_has 0

ramster_down
zt_unload
done_testing
