#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What goes wrong between two nodes while both have requests under way: the network is cut, in
# one direction or both, for a moment or until the other node is dead; a node is started
# again, stands still, or has its clock set.  Every request ends once, and the link comes
# back by itself.
#
# vm: nodes=2 mem=320 timeout=200 brief=6.1 brief_smp=1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

peer=$((1 - NODE))

cut_off()
{
	tc qdisc add dev eth0 root netem loss 100%
}

mend()
{
	tc qdisc del dev eth0 root
}

# seconds COUNT: more of them where all is slower, as are the time-outs of the cluster.
seconds()
{
	sleep $(($1 * ${SLOW:-1}))
}

# background ARGUMENTS: requests until end_load.
background()
{
	start_load "to=$peer ms=300000 window=4 max=6000 pause_ms=5 $*" || return
	wait_until 10 some_ok 20
}

some_ok()
{
	[ "$(result ok)" -ge "$1" ]
}

# goes_on: what runs in the background gets replies again.
goes_on()
{
	wait_until 20 some_ok $(($(result ok) + 20))
}

nothing_was_lost()
{
	check "$1: all requests have had their replies" end_load now
	is "$(link_has "$peer" session)" "$session" "$1: it is the same link"
}

# lost_some WHAT: not all requests were replied to.
lost_some()
{
	check "$1: some were not replied to" [ "$(result ok)" -lt "$(result submitted)" ]
}

# came_back WHAT: the link, under a load.
came_back()
{
	check "$1: there is a link again" is_up
	check "$1: the load goes on" goes_on
	meet
	check "$1: all requests have ended once" end_load now
	new=$(link_has "$peer" session)
	check "$1: it is another link" [ "$new" != "$session" ]
	session=$new
	meet
}

short_cut()
{
	check "a load" background timeout_ms=60000
	meet
	on 1 cut_off
	sleep 1
	on 1 mend
	check "a cut of a second: the load goes on" goes_on
	nothing_was_lost "a cut of a second"
	meet
}

# Node 1 still hears node 0, until that gives up.
one_way_cut()
{
	check "a load" background timeout_ms=60000 lossy=1
	meet
	mark
	on 1 cut_off
	check "one direction is cut: the link goes down" wait_until 20 told_last $peer down
	on 0 check "the node that hears nothing gives up" said "link down: nothing was heard"
	meet
	on 1 mend
	came_back "one direction was cut"
	lost_some "one direction was cut"
	is "$(grep -c dead $user/events)" 0 "nobody is dead"
}

long_cut()
{
	check "a load" background timeout_ms=60000 lossy=1
	meet
	cut_off
	check "both are cut: the other node is suspect" wait_until 10 info_is $peer suspect
	check "then it is down" wait_until 20 told_last $peer down
	check "then it is dead" wait_until 30 told_last $peer dead
	check "as can be asked" info_is $peer dead
	meet
	mend
	came_back "both were cut"
	lost_some "both were cut"
	check "the other node is alive" info_is $peer alive
	is "$(grep -c dead $user/events)" 1 "it was dead once"
}

# died_and_started NODE: it leaves without a word, and is started again.
died_and_started()
{
	incarnation=$(link_has "$peer" incarnation)
	downs=$(times_told "$peer" "down")
	if [ "$NODE" != "$1" ]; then
		check "a load" background timeout_ms=60000 lossy=1
	fi
	meet
	if [ "$NODE" = "$1" ]; then
		cut_off
		stop_node
		mend
		check "node $1 is started again" start_node
		check "node $1 was started again: there is a link again" is_up
		meet
		session=$(link_has "$peer" session)
		meet
		return
	fi
	check "node $1 was started again: the user is told" wait_until 20 told_times "$1" "down" \
		$((downs + 1))
	came_back "node $1 was started again"
	lost_some "node $1 was started again"
	check "that is known" [ "$(link_has "$peer" incarnation)" != "$incarnation" ]
}

times_told()
{
	grep -c "^$2 $1 " $user/events
}

told_times()
{
	[ "$(times_told "$1" "$2")" -ge "$3" ]
}

short_pause()
{
	check "a load" background timeout_ms=60000
	meet
	on 1 check "node 1 stands still for a moment" stand_still 2
	check "it stood still: the load goes on" goes_on
	nothing_was_lost "it stood still"
	meet
}

# The link is given up while node 1 knows of nothing.
long_pause()
{
	downs=$(times_told "$peer" "down")
	check "a load" background timeout_ms=60000 lossy=1
	meet
	on 1 check "node 1 stands still" stand_still $((6 * ${SLOW:-1}))
	on 0 check "the other one is told" wait_until 20 told_times 1 "down" $((downs + 1))
	came_back "it stood still for long"
	on 0 lost_some "it stood still for long"
}

# set_clock DAYS
set_clock()
{
	date -s "@$(($(date +%s) + $1 * 86400))" >/dev/null
}

clocks()
{
	check "a load" background timeout_ms=60000
	meet
	on 0 check "the clock of node 0 is set two days ahead" set_clock 2
	on 1 check "that of node 1 two days back" set_clock -2
	seconds 2
	check "the load goes on" goes_on
	on 0 set_clock -4
	on 1 set_clock 4
	seconds 2
	nothing_was_lost "clocks were set"
	meet
}

load_cluster lanes=2 && define_cluster && set_times 4000 500 200 2000 9000 && start_node
verdict $? "a node"
check "a link" is_up
session=$(link_has "$peer" session)
short_cut
one_way_cut
long_cut
died_and_started 0
died_and_started 1
short_pause
long_pause
clocks
sums_up
clean_cluster
done_testing
