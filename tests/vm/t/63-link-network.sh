#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A bad network, which delays, loses, repeats, reorders and damages packets, or is slow: all
# that two nodes ask of each other is done all the same, once, in order, and the link stays.
#
# vm: nodes=2 mem=320 timeout=150 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

peer=$((1 - NODE))

# through WHAT: requests of both nodes through a network that does this.
through()
{
	# shellcheck disable=SC2086 # words
	check "the network: $1" tc qdisc add dev eth0 root netem $1
	meet
	check "all requests are replied to: $1" load \
		"to=$peer ms=2500 threads=2 window=8 bulk_percent=30 max=${2:-8192} timeout_ms=120000"
	check "they are some: $1" [ "$(result ok)" -ge 20 ]
	meet
	is "$(tc qdisc del dev eth0 root)" "" "and back: $1"
}

load_cluster lanes=3 && define_cluster && set_times 10000 500 200 3000 20000 && start_node
verdict $? "a node"
check "a link" is_up
session=$(link_has "$peer" session)
meet
through "delay 20ms 10ms"
through "loss 3%"
through "delay 10ms reorder 50% gap 3"
through "duplicate 10%"
through "corrupt 1%"
through "rate 4mbit" 4096
is "$(link_has "$peer" session)" "$session" "the link is the same all the time"
sums_up
clean_cluster
done_testing
