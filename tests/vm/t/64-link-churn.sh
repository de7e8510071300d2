#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Three nodes, each with requests to the others under way, come and go: links are closed and
# made again, nodes are removed and added, the user of the cluster leaves, the modules are
# removed.  Whoever stays is told in order, and every request ends once.
#
# vm: nodes=3 mem=256 timeout=240 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

some_ok()
{
	[ "$(result ok)" -ge "$1" ]
}

goes_on()
{
	wait_until 20 some_ok $(($(result ok) + 50))
}

# background ARGUMENTS: requests to all other nodes, until end_load.
background()
{
	start_load "ms=300000 threads=$((NODES - 1)) window=4 max=6000 timeout_ms=30000" \
		"lossy=1 bulk_percent=30 pause_ms=10 $*"
}

begin()
{
	load_cluster lanes=2 && define_cluster && set_times 4000 500 100 2000 9000 && start_node
	verdict $? "a node"
	check "links to all others" is_up
	meet
	check "a load on all of them" background
	check "has replies" goes_on
	meet
}

# done_with WHAT: all nodes end their loads.
done_with()
{
	check "$1: links to all others" is_up
	check "$1: the load goes on" goes_on
	meet
	check "$1: all requests have ended once" end_load now
	check "$1: most were replied to" [ $(($(result ok) * 2)) -gt "$(result submitted)" ]
}

# joins COUNT: leaves and joins again, as fast as there are links to all others.
joins()
{
	joins_left=$1
	while [ "$joins_left" -gt 0 ]; do
		joins_left=$((joins_left - 1))
		stop_node && start_node && wait_until 20 all_are up || return
	done
}

# One node leaves and comes many times, then another; the third stays.
test_joins()
{
	joins=10
	[ -z "${LONG-}" ] || joins=500
	begin
	for joiner in 0 2; do
		on "$joiner" check "node $joiner leaves and joins, again and again" joins "$joins"
		meet
		check "the load goes on" goes_on
		meet
	done
	on 1 check "the node that stays was told each time" \
		[ "$(grep -c "^up [02] " "$user/events")" -ge $((2 * joins + 2)) ]
	on 1 is "$(grep -c "^up 0 " $user/events)" $(($(grep -c "^down 0 " $user/events) + 1)) \
		"as often up as down, and up"
	done_with "joins"
	sums_up
	clean_cluster
}

# renews NODE COUNT: removes it from this node's cluster, and adds it again.
renews()
{
	renews_left=$2
	while [ "$renews_left" -gt 0 ]; do
		renews_left=$((renews_left - 1))
		rmdir "$c/node/n$1" && guest_node "$1" || return
	done
}

test_removal()
{
	begin
	on 1 end_load now
	on 1 check "a load that keeps the nodes it has found" background stale=1
	on 1 check "nodes are removed and added under load" renews 0 5
	on 1 check "what is submitted to those that are gone ends" end_load now
	on 1 check "a load that looks them up" background
	on 1 check "nodes are removed and added under load" renews 2 5
	meet
	done_with "removal"
	sums_up
	check "no node is held that is gone" wait_until 5 gauge_is node_held 0
	clean_cluster
}

# leaves COUNT: the user unregisters and registers under load.
leaves()
{
	leaves_left=$1
	while [ "$leaves_left" -gt 0 ]; do
		leaves_left=$((leaves_left - 1))
		echo 0 >"$user/registered" || return
		echo 1 >"$user/registered" || return
	done
}

# The modules of one node go while all have requests to it under way.
test_unload()
{
	begin
	on 1 check "the user comes and goes under load" leaves 20
	check "it does not matter to the load" goes_on
	meet
	on 2 clean_loaded
	meet
	on 2 begin_again
	done_with "unloading"
	clean_cluster
}

clean_loaded()
{
	echo 0 >"$user/registered"
	check "one leaves with all its modules: its user" rmmod cluster_test
	stop_node
	check "its nodes" drop_cluster
	check "the cluster" rmmod ramster_cluster
}

begin_again()
{
	load_cluster && define_cluster && set_times 4000 500 100 2000 9000 && start_node
	verdict $? "and is back"
	check "links to all others" is_up
	check "and its load" background
}

test_joins
test_removal
test_unload
done_testing
