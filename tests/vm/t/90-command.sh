#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The ramster command on two nodes, from a configuration and a key that it made to a machine on
# which nothing is left: up, status, swap devices, pages that go and come home while programs
# know every bit of them, what is refused while the other node cannot be reached, down.
#
# vm: nodes=2 mem=320 timeout=300 brief=6.12 brief_smp=1
# shellcheck disable=SC2317,SC2016 # functions are called by check; scripts are in quotes
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

peer=$((1 - NODE))
key=/etc/ramster/cluster.key

# number FILTER: of the statistics, by the program that reads them for scripts.
number()
{
	ramster stats --json | jq "$1"
}

above()
{
	[ "$(number "$1")" -gt "$2" ]
}

# ends STATUS ARGUMENT...: how the command ends; what it says is in $said.
ends()
{
	ends_wanted=$1 ends_status=0
	shift
	said=$(ramster "$@" 2>&1) || ends_status=$?
	is "$ends_status" "$ends_wanted" "ramster $*: status $ends_wanted"
	[ "$ends_status" = "$ends_wanted" ] || diag "$said"
}

ours_loaded()
{
	lsmod | grep -E '^(tmem|tmem_zbud|zcache|ramster|ramster_cluster) '
}

ends 1 status
ends 3 up
mkdir -p /etc/ramster
if [ "$NODE" = 0 ]; then
	ends 0 key generate
	tell key "$(cat $key)"
else
	heard 0 key >$key
	chmod 600 $key
fi
ends 0 key check
cat >/etc/ramster/ramster.conf <<END
[cluster]
name = c
key_file = $key
this_node = n$NODE
idle_timeout_ms = $((4000 * ${SLOW:-1}))
keepalive_delay_ms = $((500 * ${SLOW:-1}))
reconnect_delay_ms = 200
suspect_ms = $((2000 * ${SLOW:-1}))
dead_ms = 60000
[node n0]
num = 0
address = 10.77.0.1
port = 7777
[node n1]
num = 1
address = 10.77.0.2
port = 7777
[swap main]
size = 128M
priority = 10
[module ramster]
single_copy = yes
move_high_percent = 0
move_low_percent = 0
home_percent = 0
lend_floor_mib = 8
END
ends 0 check
ends 0 --dry-run up
is "$(ours_loaded)" "" "a dry run does nothing"
ends 0 up --wait $((60 * ${SLOW:-1}))
ends 0 up
ends 0 status
check "status: the other node lends" sh -c 'echo "$1" | grep -q "n$2 .* ready"' - "$said" $peer
ends 0 doctor
diag "$said"
meet

ends 0 swap add more 64M --priority 5
is "$(ramster swap list | awk 'NR > 1 { print $1, $2 }' | sort | tr '\n' ' ')" \
	"main /dev/zcache0 more /dev/zcache1 " "two swap devices"
ends 0 swap remove more
is "$(awk 'NR > 1 { print $1 }' /proc/swaps)" /dev/zcache0 "one is swapped to"

samples=/share/$(basename "$0").node$NODE.samples
ramster --quiet plot --record 30 --samples "$samples" -o /run/plot.svg &
plot=$!
mkfifo /run/hog
hog -m 24 -p 2 -P -w -s $((NODE + 1)) </run/hog >/run/hog.out 2>&1 &
hog=$!
exec 9>/run/hog
check "programs fill their memory" wait_until 100 grep -q filled /run/hog.out
check "pages go to the other node" wait_until 60 above .ramster.remote_pers_pages 500
check "and are got from there" wait_until 60 above .ramster.remote_pers_pages_succ_get 100
is "$(number '.peers[0].state')" '"ready"' "stats name its state"
check "top shows it" sh -c "ramster top --once | grep -q '^$peer .* n$peer .* ready'"
check "with the time that a get takes" sh -c "ramster top --once | grep -q '^$peer .* [0-9.]* ms$'"
wait $plot
verdict $? "plot has recorded half a minute"
check "it shows pages that went" test "$(jq -s 'map(.elsewhere) | max' "$samples")" -gt 500
check "and what getting one takes" test "$(jq -s 'map(.latency_ms) | max > 0.01' "$samples")" = true
ends 4 node remove n$peer
ends 0 stats --prometheus
diag "$(ramster top --once)"
meet

cut_off
check "the link is cut" wait_until 60 lender_is $peer down
ends 4 down
check "down says who is away" sh -c 'echo "$1" | grep -q "is down and has [0-9]* pages"' - "$said"
ends 4 swap remove main
ends 4 drain
ends 1 status
meet
mend
check "it is back" wait_until 60 lender_is $peer ready
meet

# Both at once: each brings its own home, and gives those of the other back.
ends 0 down --timeout $((100 * ${SLOW:-1}))
is "$(lsmod | grep -cE '^ramster')" 0 "the cluster's modules are removed"
check "swap goes on" grep -q '^/dev/zcache0 ' /proc/swaps
exec 9>&-
wait $hog
verdict $? "every bit is what was stored"
diag "$(cat /run/hog.out)"
ends 0 drain
mark
ends 0 down --swapoff
is "$(ours_loaded)" "" "all modules are removed"
check_fails "all gauges were at zero" said 'bad accounting'
is "$(wc -l </proc/swaps)" 1 "nothing is swapped to"
ends 1 status
done_testing
