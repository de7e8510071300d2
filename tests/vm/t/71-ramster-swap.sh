#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that need more memory than there is, on both of two nodes that lend to each other:
# each knows every bit of what it has stored.  Meanwhile the network is cut for a moment, and
# for so long that the link goes down.
#
# vm: nodes=2 mem=256 timeout=300 brief=6.1
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

got_some()
{
	[ "$(rstat remote_pers_pages_succ_get)" -gt "$1" ]
}

# more: pages are got from the other node, more than there have been.
more()
{
	wait_until 60 got_some $(($(rstat remote_pers_pages_succ_get) + 20))
}

load_modules swap_size=128M
dead_ms=60000
ramster_up single_copy=1 move_high_percent=0 home_percent=0 lend_floor_mib=8
mkswap -q /dev/zcache0
check "swap to it" swapon /dev/zcache0

# -P sends all out to swap now and then, so that memory need not be short.
mkfifo /run/hog
hog -m 24 -p 2 -P -w -s $((NODE + 1)) </run/hog >/run/hog.out 2>&1 &
hog=$!
exec 9>/run/hog
check "programs fill their memory" wait_until 100 grep -q filled /run/hog.out
check "pages go to the other node" wait_until 60 rstat_above pers_pages_remoted 1000
check "and come from there" more
meet
check "it keeps pages of this node" [ "$(lender_has $peer 3)" -gt 500 ]
check "as this one does for it" [ "$(owner_has $peer)" -gt 500 ]
meet

# Each at both ends: what a bad network does.
for fault in "delay 30ms 10ms reorder 25%" "loss 3%" "duplicate 10%" "corrupt 1%" "rate 20mbit"; do
	# shellcheck disable=SC2086 # words
	tc qdisc add dev eth0 root netem $fault
	check "$fault: it goes on" more
	meet
	mend
done
on 1 cut_off
sleep 1
on 1 mend
check "a cut of a second: it goes on" more
meet
cut_off
check "a long cut: the link goes down" wait_until 60 link_is $peer down
check "gets wait for it" wait_until 30 rstat_above gets_parked 0
meet
mend
check "it comes back, with all that is there" wait_until 60 lenders_ready 1
check "it goes on" more
is "$(rstat leases_ended) $(rstat pages_lost)" "0 0" "nothing was lost"
is "$(rstat remote_pers_pages_unsucc_get)" 0 "each page could be had"
meet

exec 9>&-
wait $hog
verdict $? "every bit is what was stored"
diag "$(cat /run/hog.out)"
check "the programs have ended: their pages are dropped there" wait_until 60 rstat_is flushing_pages 0
check "swapoff brings back what is left" swapoff /dev/zcache0
ramster_down
check "the modules are removed" unload_modules
done_testing
