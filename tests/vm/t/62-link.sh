#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A link between two nodes: whoever comes first, with one lane or four, sealed or insecure,
# over IPv4 or IPv6.  What is sent arrives as it was, in order for its key, and each request
# ends once.  Nodes that do not belong together do not get a link, and say why.
#
# vm: nodes=2 mem=320 timeout=200 brief=6.12 brief_smp=1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

peer=$((1 - NODE))
each=3	# requests of each size
[ -z "${LONG-}" ] || each=10

# begin [PARAMETER=VALUE...]: the cluster, not yet started.
begin()
{
	load_cluster "$@" && define_cluster && set_times 4000 500 200 2000 10000
	verdict $? "a cluster of $NODES nodes${*:+, }$*"
}

# every_size TYPE
every_size()
{
	for size in 0 1 4095 4096 4097 65536; do
		load "to=$peer type=$1 size=$size requests=$each window=3" || return
	done
}

# contents TYPE...: in all sizes, and then all types at once.
contents()
{
	for type; do
		check "all sizes of requests of type $type" every_size "$type"
	done
	check "all of them at once, in bulk and not" load \
		"to=$peer requests=300 threads=4 window=16 max=9000 bulk_percent=30 seed=7"
}

# No byte is lost, and no request.
sums()
{
	sums_up
	tell "sent$1" "$(link_has "$peer" tx_bytes)"
	meet
	bytes=$(link_has "$peer" rx_bytes)
	least=$(heard $peer "sent$1")
	meet
	tell "then$1" "$(link_has "$peer" tx_bytes)"
	most=$(heard $peer "then$1")
	[ "$least" -le "$bytes" ] && [ "$bytes" -le "$most" ]
	verdict $? "bytes received, $bytes, are those that were sent, $least to $most"
	check "which is more than some" [ "$bytes" -gt 1000000 ]
}

# known_of NODE STATE: it is in this state, and all the rest is there.
known_of()
{
	grep -E "^$1 $2 [0-9]{1,4} [0-9a-f]{2,16} [0-9a-f]{2,16} [1-9][0-9]+ [1-9][0-9]+\$" "$user/info"
}

# finish NUMBER: both nodes leave, the one with that number first; the other is told.
finish()
{
	mark
	meet
	on "$1" check "node $1 leaves" stop_node
	if [ "$NODE" != "$1" ]; then
		check "the other one is told so, not left to find out" wait_until 3 \
			said "node $1 \(n$1\): link down: the node leaves"
		check "its user too" wait_until 3 told_last "$1" down
	fi
	meet
	clean_cluster
}

test_one_lane()
{
	begin
	mark
	on 0 check "the first node starts" start_node
	meet
	on 0 check "there is no link yet" link_is 1 down
	on 0 is "$(told_of 1)" "" "and the user was told of none"
	on 0 is "$(poke $user/load "to=1 requests=1")" EIO "nothing can be sent"
	on 0 is "$(result rejected)" 1 "it is refused at once"
	meet
	on 1 check "the second node starts" start_node
	check "the nodes have a link" is_up
	check "the user knows" wait_until 3 told_last $peer up
	check "what the other node says of itself is known" known_of $peer alive
	check "the log says so" said "node $peer \(n$peer\): link up, 1 lane"
	meet
	contents 1 2 3
	sums one
	finish 1
}

outcomes()
{
	meet
	ends no_memory 20 "type=4 requests=20 max=65536" "for what a handler has no memory"
	ends too_big 20 "type=6 requests=20 min=1 max=100" "what is too big for its handler"
	ends too_big 20 "type=3 requests=20 size=5000 room=4999" "a reply too big for its room"
	ends unknown 20 "type=99 requests=20" "what has no handler"
	ends ok 20 "type=6 requests=20 size=0" "what just fits its handler"
	ends timed_out 3 "type=5 sleep_ms=$((1500 * ${SLOW:-1})) timeout_ms=300 requests=3" \
		"what takes too long"
	check "late replies are known for it" wait_until 20 late_are 3
	check "they disturb nothing" load "to=$peer requests=50"
	meet
}

# late_are COUNT: replies to requests that had ended.
late_are()
{
	[ "$(link_has "$peer" late)" = "$1" ]
}

# ends OUTCOME COUNT LOAD WHAT
ends()
{
	check "$4: ends once" load "to=$peer" lossy=1 "$3"
	is "$(result "$1")" "$2" "with the right outcome"
}

ways_to_submit()
{
	check "with interrupts off" load "to=$peer requests=300 threads=3 irqoff=1 bulk_percent=20"
	check "from the end of another one" load "to=$peer requests=300 chain=1 keys=0 threads=2"
	check "both" load "to=$peer requests=300 chain=1 threads=2 irqoff=1"
	check "by who has it sent at once" load "to=$peer requests=300 now=1 window=1 threads=2"
	check "many, by who has it sent at once" load "to=$peer requests=300 now=1 window=32 threads=2"
	check "each in memory of its own" load "to=$peer requests=300 fresh=1 now=1 threads=2"
	check "to a node that was looked up before" load "to=$peer requests=100 stale=1"
}

test_four_lanes()
{
	check "an IPv6 address" ip addr add "fd77::$((NODE + 1))/64" dev eth0 nodad
	family=6
	begin lanes=4
	on 1 check "the second node starts" start_node
	meet
	on 0 check "the first node starts" start_node
	check "the nodes have a link" is_up
	check "of four lanes" [ "$(link_has "$peer" lanes)" = 4 ]
	meet
	contents 1
	ways_to_submit
	outcomes
	sums_up
	finish 0
	family=4
}

test_insecure()
{
	insecure=1
	begin
	mark
	meet
	check "both start at once" start_node
	check "they have a link" is_up
	check "the log says what it is" said "link up, 1 lane, insecure"
	meet
	contents 2 3
	sums insecure
	finish 0
	insecure=0
}

test_one_lane
test_four_lanes
test_insecure
done_testing
