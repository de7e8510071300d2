#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Machines that stop: an owner that boots again has its pages dropped where they are, and what
# a lender has for others goes back to them before it boots.  A machine that goes to sleep
# leaves before, and joins again afterwards; one that cannot leave stays awake.
#
# vm: nodes=2 mem=320 timeout=300 brief=none
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
peer=$((1 - NODE))
pages=1000
mix="noise=10"

begin()
{
	zt_load
	zt create pool=1 persistent=1
	ramster_up single_copy=1 move_high_percent=0 home_percent=0 leave_timeout=5
}

put()
{
	run "put" fill pool=1 count=$pages version="${1:-1}" "$mix"
	check "all pages go" wait_until 60 all_out
}

finish()
{
	put 2
	run "get" check pool=1 count=$pages version=2 "$mix"
	results "hits $pages misses 0" "it is a node as before"
	meet
	ramster_down
	zt_unload
	done_testing
}

# By the goodbye, that is: when node 0 is back, as another incarnation, it would be anyway.
dropped_while_gone()
{
	case "$(lender_has 0 2)" in
	down | dead) rstat_above foreign_leases_ended "$before" ;;
	*) return 1 ;;
	esac
}

# The harness lets a second kernel go on in this script.
if [ -n "${SECOND-}" ]; then
	meetings=7
	begin
	meet
	finish
fi

begin
meet

# Sleep: the test of the kernel's own that freezes and thaws, without hardware.
put
meet
on 0 check "node 1 has all" [ "$(lender_has 1 3)" = $pages ]
if [ -e /sys/power/pm_test ]; then
	on 0 sh -c "echo freezer >/sys/power/pm_test"
	mark
	on 0 check "node 0 sleeps for a moment" sh -c "echo mem >/sys/power/state || echo freeze >/sys/power/state"
	on 0 truth "$(rstat pages_home) >= $pages" "all pages were at home meanwhile"
	on 0 is "$(cat $r/enabled)" 1 "it takes part again"
	on 0 run "get" check pool=1 count=$pages "$mix"
	on 0 results "hits $pages misses 0" "all are as they were"
	meet
	check "they lend to each other again" wait_until 60 lenders_ready 1
	on 0 check "pages go" wait_until 60 all_out
	meet
	# What cannot come home keeps it awake.
	on 1 cut_off
	on 0 check "no link" wait_until 60 lender_is 1 down
	mark
	on 0 check_fails "node 0 does not sleep now" sh -c "echo freeze >/sys/power/state"
	on 0 check "the log says why" said "this machine cannot sleep"
	meet
	on 1 mend
	on 0 check "the link is back" wait_until 60 lenders_ready 1
	on 0 run "get" check pool=1 count=$pages "$mix"
	on 0 results "hits $pages misses 0" "all are as they were"
else
	skip "sleep" "this kernel has no pm_test"
	meet
	meet
	meet
fi
meet

# Node 0 boots again, with pages of its own at node 1 and pages of node 1 here.
truth "$(owner_has $peer) > 500" "pages of the other node are here"
before=$(rstat foreign_leases_ended)
meet
[ "$NODE" != 0 ] || second_kernel
check "what node 0 has had of this one is back" wait_until 30 rstat_is remote_pers_pages 0
run "get" check pool=1 count=$pages "$mix"
results "hits $pages misses 0" "nothing is lost"
is "$(rstat pages_lost)" 0 "nothing at all"
check "and what it had here is dropped when it is gone" wait_until 60 dropped_while_gone
is "$(cat $rparams/orphan_timeout)" 3600 "long before its time would be up"
check "it comes back" wait_until 120 lenders_ready 1
meet
finish
