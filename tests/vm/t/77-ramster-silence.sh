#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Nothing is lost by silence or want: an owner, and then a lender, stands still for longer
# than a node may be silent, and all is as before when it goes on.  A lender that is short of
# memory has its pages taken back.  A program that ends with all of its memory elsewhere ends
# at once.
#
# vm: nodes=2 mem=320 timeout=300 brief=6.1 brief_smp=1
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

node_0_has()
{
	[ "$(owner_has 0)" = "$1" ]
}

node_0_has_more()
{
	[ "$(owner_has 0)" -gt "$1" ]
}

get_all()
{
	run "get" check pool=1 count="$pages" "$mix"
	results "hits $pages misses 0 lost 0" "$1"
}

zt_load_with swap_size=128M
zt create pool=1 persistent=1
dead_ms=5000
ramster_up single_copy=1 move_high_percent=$((NODE ? 100 : 0)) home_percent=0
on 0 run "put" fill pool=1 count=$pages "$mix"
on 0 check "all pages go" wait_until 60 all_out
meet
on 1 is "$(owner_has 0)" $pages "node 1 has them"

# The owner stands still.
meet
on 0 check "the owner stands still" stand_still $((12 * ${SLOW:-1}))
on 1 check "node 1 calls it dead" wait_until 60 lender_is 0 dead
on 1 is "$(owner_has 0)" $pages "and keeps what it has of it"
check "it is back" wait_until 60 lenders_ready 1
on 0 get_all "nothing was lost while the owner stood still"
on 0 is "$(rstat leases_ended)" 0 "the lease is the same"
meet

# The lender stands still.
on 1 check "the lender stands still" stand_still $((12 * ${SLOW:-1}))
on 0 check "node 0 calls it dead" wait_until 60 lender_is 1 dead
check "it is back" wait_until 60 lenders_ready 1
on 0 get_all "nothing was lost while the lender stood still"
on 0 is "$(rstat leases_ended) $(rstat pages_lost)" "0 0" "the lease is the same"
meet

# The lender needs its memory: as if, because there is less than it wants to keep.
floor=$(cat $rparams/lend_floor_mib)
on 1 rset lend_floor_mib 100000
on 1 check "a lender in need has its pages taken back" wait_until 60 node_0_has 0
meet
on 0 truth "$(rstat recalls) > 0" "it has asked for that ($(rstat recalls) times)"
on 0 is "$(rstat remote_pers_pages)" 0 "they are at home"
on 0 get_all "as they were"
on 0 is "$(lender_has 1 4)" 0 "and none goes there now"
meet
on 1 rset lend_floor_mib "$floor"
on 0 check "when there is room again they go" wait_until 60 all_out
on 0 run "flush all" flush pool=1 count=$pages
on 0 check "they are dropped" wait_until 30 rstat_is flushing_pages 0
meet
on 1 is "$(owner_has 0)" 0 "everywhere"

# A program whose memory is elsewhere ends.
exit_of_a_program()
{
	mkswap -q /dev/zcache0
	check "swapon" swapon /dev/zcache0
	mkfifo /run/hog
	hog -m 40 -P -w -n 0 </run/hog >/run/hog.out 2>&1 &
	hog=$!
	exec 9>/run/hog
	check "a program fills its memory" wait_until 60 grep -q filled /run/hog.out
	check "which goes to the other node" wait_until 60 rstat_above remote_pers_pages 5000
	check "all of it" wait_until 60 all_out
	remote=$(rstat remote_pers_pages)
	tell remote "$remote"
	began=$(cut -d. -f1 /proc/uptime)
	kill -9 "$hog"
	wait "$hog" 2>/dev/null
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	exec 9>&-
	truth "$took <= 5" "it ends at once with $remote pages elsewhere ($took s)"
	check "which are dropped there" wait_until 60 rstat_is flushing_pages 0
	check "swapoff" swapoff /dev/zcache0
	blkdiscard -f /dev/zcache0
}
on 0 exit_of_a_program
on 1 check "node 1 had them" wait_until 100 node_0_has_more 4000
meet
on 1 truth "$(owner_has 0) < 200" "and has dropped them"
meet
ramster_down
zt_unload
done_testing
