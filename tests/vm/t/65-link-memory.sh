#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Nodes that have no memory for each other: handlers refuse, credit is as small as can be, both
# sides send as much as they can while the other one does the same.  Nobody waits for ever,
# every request ends once, and the link stays.
#
# vm: nodes=2 mem=320 timeout=150 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

peer=$((1 - NODE))

begin()
{
	load_cluster "$@" && define_cluster && set_times 8000 500 200 4000 16000 && start_node
	verdict $? "a node, $*"
	check "a link" is_up
	session=$(link_has "$peer" session)
	meet
}

same_link()
{
	is "$(link_has "$peer" session)" "$session" "the link stays"
}

# Both sides fill each other's windows with the largest requests there are.
flood()
{
	check "as many of the largest requests as fit" load "to=$peer requests=300 threads=2" \
		"window=64 min=60000 max=65536 timeout_ms=300000 $*"
	check "as many of the smallest" load "to=$peer requests=4000 threads=4 window=1000" \
		"keys=16 max=16 body=0 timeout_ms=300000 $*"
	check "all at once, in bulk and not" load "to=$peer requests=600 threads=4 window=200" \
		"max=65536 bulk_percent=50 timeout_ms=300000 $*"
	same_link
}

test_flood()
{
	begin lanes=4
	flood irqoff=1
	sums_up
	clean_cluster
}

test_little_credit()
{
	begin lanes=2 credit_requests=16 credit_pages=16
	flood
	check "requests that wait for credit can time out" load "to=$peer requests=400 window=400" \
		"type=5 sleep_ms=20 timeout_ms=$((1000 * ${SLOW:-1})) lossy=1"
	check "some have, before they were sent" \
		[ "$(result timed_out)" -gt "$(result sent_unsure)" ]
	check "some have not" [ "$(result ok)" -ge 1 ]
	meet
	check "it works on" load "to=$peer requests=50"
	same_link
	sums_up
	clean_cluster
}

# refusing PERCENT: handlers of both nodes have no memory for so many requests.
refusing()
{
	echo "$1" >$user/refuse
	meet
	check "$1 % are refused: the others are done" load "to=$peer requests=400 threads=2" \
		"window=32 max=20000 lossy=1 bulk_percent=20 timeout_ms=60000"
	is "$(result ok) $(result no_memory)" \
		"$((400 - $(result no_memory))) $((400 - $(result ok)))" "every one is one or the other"
	meet
	echo 0 >$user/refuse
	meet
}

test_refusal()
{
	begin lanes=2
	refusing 30
	check "some were refused, some not" [ "$(result no_memory)" -gt 0 ] && [ "$(result ok)" -gt 0 ]
	refusing 100
	is "$(result no_memory)" 400 "all were refused"
	check "when there is memory again all are done" load "to=$peer requests=100"
	same_link
	sums_up
	clean_cluster
}

# A node whose handlers take their time holds the other one up, and does not lose it.
test_stall()
{
	begin lanes=1
	echo $((NODE * 150)) >$user/stall_ms
	meet
	on 0 check "what takes too long ends" load "to=1 requests=60 window=60 max=60000 lossy=1" \
		"timeout_ms=$((2000 * ${SLOW:-1}))"
	on 0 check "some in time, some not" [ "$(result timed_out)" -gt 0 ]
	on 1 check "the other way it makes no difference" load "to=0 requests=100 window=4"
	meet
	echo 0 >$user/stall_ms
	check "and is over when it is over" load "to=$peer requests=50"
	same_link
	sums_up
	clean_cluster
}

test_flood
test_little_credit
test_refusal
test_stall
done_testing
