#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is shown of recorded machines: status, stats in three forms, top as text and as a picture.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

for machine in member alone; do
	plant "$machine"
	matches "status-$machine" "status of $machine" status
	matches "stats-$machine" "stats of $machine" stats
	matches "json-$machine" "stats --json of $machine" stats --json
	matches "prometheus-$machine" "stats --prometheus of $machine" stats --prometheus
	matches "top-$machine" "top --once of $machine" top --once
	ramster stats --json >"$work/json"
	check "$machine: the JSON is JSON" python3 -m json.tool "$work/json"
	ramster stats --prometheus >"$work/metrics"
	check "$machine: the metrics are what Prometheus reads" python3 "$here/metrics.py" "$work/metrics"
	check "$machine: a picture of top" ramster top --svg "$work/top.svg"
	check "$machine: it is XML" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$work/top.svg"
done

plant member
ramster top --batch --count 2 --delay 1 >"$work/out"
is "$(grep -c '^WHERE' "$work/out")" 2 "two frames"
is "$(grep -c ' three .* 0  *0 *-$' "$work/out")" 1 "the second one has gets per second"

# Latency is that between two frames.
ramster top --batch --count 2 --delay 2 >"$work/out" &
sleep 1
put sys/kernel/ramster/gets '1 23100 8250000'
wait
is "$(sed -n 's/^1 .* \([0-9.]*\) ms$/\1/p' "$work/out" | tr '\n' ' ')" "0.35 2.00 " \
	"latency: since the beginning, then of late"

# Numbers that make no sense are left out, and do no harm.
plant member
put sys/kernel/zcache/pers_zpages 'none'
put sys/kernel/ramster/lenders '1 ready x y\n999999 ready 1 1\n\n1\n2 a-word-that-is-much-too-long-for-a-state 3 4'
put sys/kernel/ramster/owners '-1 3\nx'
put sys/kernel/debug/ramster_cluster/links 'x\n1 two up =\n300 up up up up'
put proc/swaps 'x\n/dev/zcache0 a b c d'
matches status-nonsense "status of nonsense" status
ramster stats --json >"$work/json"
check "its JSON is JSON" python3 -m json.tool "$work/json"
is "$(grep -c pers_zpages "$work/json")" 0 "what is unknown is not there"

# On a terminal.
plant member
is "$(RAMSTER_ROOT=$tree python3 "$here/terminal.py" WHERE q "$RAMSTER" top)" "shown 0" \
	"top on a terminal, until q is pressed"
is "$(RAMSTER_ROOT=$tree python3 "$here/terminal.py" WHERE xq "$RAMSTER" top --delay 60)" \
	"shown 0" "other keys do nothing"

# It ends when nobody reads any more.
ramster top --batch --delay 1 | head -n 1 >"$work/out"
is "$(wc -l <"$work/out")" 1 "a closed pipe ends it"

rm -rf "$tree/sys"
gives 1 "nothing is up; 'ramster up' starts what is in /etc/ramster/ramster.conf" "status of nothing" status
gives 1 "ramster: module zcache is not loaded; 'ramster up' loads it" "stats of nothing" stats
gives 0 "ramster VERSION   no cluster

nothing is up; 'ramster up' starts it" "top of nothing" top --once
done_testing
