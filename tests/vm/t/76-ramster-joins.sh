#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Three nodes, each of which borrows from and lends to the others; on each, clients put, get and
# flush all the time.  One after the other leaves and joins, again and again: what it has
# elsewhere comes home, what others have here goes back to them, and no key is ever wrong.
#
# vm: nodes=3 mem=256 smp=1 timeout=400 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

mix="noise=10 filled=10"
keys=1500
joins=4
[ -z "${LONG-}" ] || joins=100

# has_moved COUNT: so many more pages than when moved_before was noted.
has_moved()
{
	[ "$(rstat pers_pages_remoted)" -ge $((moved_before + $1)) ]
}

goes_on()
{
	moved_before=$(rstat pers_pages_remoted)
	wait_until 60 has_moved 50
}

# leave: this node, with its clients at work; nothing of it may be elsewhere then, nor anything
# of others here.
leave()
{
	echo 0 >"$r/enabled" || return
	left_there="$(rstat remote_pers_pages) $(rstat remote_eph_pages)"
	left_here=$(cat "$r/owners")
	[ "$left_there$left_here" = "0 0" ] || {
		diag "left there: $left_there, left here: $left_here"
		return 1
	}
}

come_back()
{
	echo 1 >"$r/enabled" && wait_until 60 lenders_ready 2
}

# leaves_and_joins COUNT: and each time pages move again before it leaves.
leaves_and_joins()
{
	joins_left=$1
	while [ "$joins_left" -gt 0 ]; do
		joins_left=$((joins_left - 1))
		if ! leave || ! come_back || ! goes_on; then
			diag "with $joins_left more to come: $(cat "$r/lenders")"
			return 1
		fi
	done
}

# gone_down: what is elsewhere has become less, while it leaves.
gone_down()
{
	[ "$(cat "$r/remote_pers_pages")" -lt "$1" ]
}

zt_load
zt create pool=1 persistent=1
ramster_up single_copy=1 move_high_percent=0 home_percent=20 home_interval_ms=500 \
	home_free_percent=1 lend_floor_mib=8
meet
run "clients begin" start pool=1 threads=2 keys="$keys" "$mix"
check "pages move" goes_on
meet
for joiner in 0 1 2; do
	on "$joiner" check "node $joiner leaves and joins $joins times" leaves_and_joins "$joins"
	meet
	check "pages still move" goes_on
	meet
done
run "clients end, and every key is as it should be" stop pool=1
show_results
truth "$r_puts > 200 && $r_hits > 50" "they did work"
is "$(rstat remote_pers_pages_unsucc_get) $(rstat pages_lost)" "0 0" "each get was answered"
meet

# What is left of the way can be seen while a node leaves.
progress()
{
	rset home_percent 0
	run "put" fill pool=1 count="$keys" version=9 noise=10
	check "all go elsewhere" wait_until 60 all_out
	elsewhere=$(cat "$r/remote_pers_pages")
	echo 0 >"$r/enabled" &
	leaving=$!
	check "its pages become fewer while it leaves" wait_until 60 gone_down "$elsewhere"
	wait "$leaving"
	verdict $? "it has left"
	run "get" check pool=1 count="$keys" version=9 noise=10
	results "hits $keys misses 0" "all are here, as they were"
	check "it is back" come_back
}

on 1 progress
ramster_down
zt_unload
done_testing
