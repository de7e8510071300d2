#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A node that owns pages and lends memory dies without a word and is born again.  Who lends to it
# keeps its pages for as long as nobody is there to say that they are of no use, and drops them
# then; what others had there is lost, all of it known as lost, and nothing else.
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

[ -e /run/harness/vmlinuz ] || skip_all "there is no image of this kernel to boot"
pages=1000
mix="noise=10"
dead_ms=6000

begin()
{
	zt_load
	zt create pool=1 persistent=1
	# It says nothing to anybody when it goes, and gives nothing back.
	ramster_up single_copy=1 move_high_percent=0 home_percent=0 reboot_timeout=0
}

put()
{
	run "put" fill pool=1 count=$pages version="$1" "$mix"
	check "all pages go" wait_until 60 all_out
}

finish()
{
	put 3
	run "get" check pool=1 count=$pages version=3 "$mix"
	results "hits $pages misses 0" "it is a node as before"
	meet
	ramster_down
	zt_unload
	done_testing
}

# The harness lets a second kernel go on in this script.
if [ -n "${SECOND-}" ]; then
	meetings=3
	begin
	meet
	finish
fi

begin
meet
put 1
# More, of the node that stays, that are at home: those are not concerned.
on 1 rset pers_remotify_enable 0
on 1 run "put some that stay here" fill pool=1 first=$pages count=500 version=1 "$mix"
meet
theirs=$(owner_has 0)
on 1 truth "$theirs == $pages" "node 1 has all pages of node 0"
before=$(rstat foreign_leases_ended)
meet
if [ "$NODE" = 0 ]; then
	cut_off
	second_kernel
fi

mark
check "node 0 is dead" wait_until 60 lender_is 0 dead
is "$(owner_has 0)" "$theirs" "its pages stay here: silence frees nothing"
run "get what stayed here" check pool=1 first=$pages count=500 version=1 "$mix"
results "hits 500 misses 0" "it is not concerned"
is "$(rstat pages_lost)" 0 "nothing is lost yet: it might come back with all of it"
rset pers_remotify_enable 1
check "it comes back" wait_until 120 lenders_ready 1
is "$(owner_has 0)" 0 "as another: what the first one had here is dropped"
is "$(rstat foreign_leases_ended)" "$((before + 1))" "once"
check "what this node had there is lost" wait_until 30 rstat_is pages_lost "$pages"
check "the log says so" said "node 0 had the only copy of $pages pages"
zt check pool=1 count=$pages version=1 "$mix"
results "hits 0 misses 0 lost $pages" "an error for each, no data"
check "what stayed here goes there now" wait_until 60 all_out
run "get it" check pool=1 first=$pages count=500 version=1 "$mix"
results "hits 500 misses 0" "from there, as it was"
meet
finish
