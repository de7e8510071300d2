#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Four nodes, each of which borrows and lends at once: all know all; a ring, where each knows
# two; a star, where all know one.  In each of these clients put, get and flush at random, and
# each key is as it should be; each node leaves with nothing left behind.
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

mix="noise=10 filled=10"
seconds=8
[ -z "${LONG-}" ] || seconds=120

# together WHAT PARAMETER...: what all do at the same time.
together()
{
	shape=$1
	shift
	zt_load
	zt create pool=1 persistent=1
	ramster_up move_high_percent=0 home_percent=20 home_interval_ms=200 home_free_percent=1 \
		lend_floor_mib=8 "$@"
	meet
	run "$shape: clients begin" start pool=1 threads=2 keys=800 "$mix"
	zt wait ms=$((seconds * 1000))
	run "$shape: clients end, and every key is as it should be" stop pool=1
	show_results
	truth "$r_puts > 200 && $r_hits > 50" "$shape: they did work"
	truth "$(rstat pers_pages_remoted) > 100" "$shape: pages went out ($(rstat pers_pages_remoted))"
	truth "$(rstat foreign_pers_puts) > 100" "$shape: and were taken in ($(rstat foreign_pers_puts))"
	is "$(rstat remote_pers_pages_unsucc_get) $(rstat pages_lost)" "0 0" "$shape: each get was answered"
	diag "$shape: $(cat $r/lenders)"
	meet
	check "$shape: what was flushed is dropped" wait_until 30 rstat_is flushing_pages 0
	meet
	ramster_down
	zt_unload
	meet
}

neighbours="0 1 2 3"
together mesh

# Both copies of a page are at the two neighbours.
neighbours="$(((NODE + 3) % 4)) $NODE $(((NODE + 1) % 4))"
together ring

# Those at the rays know the centre alone, so they have one copy.
neighbours="0 $NODE"
[ "$NODE" != 0 ] || neighbours="0 1 2 3"
together star single_copy=1
done_testing
