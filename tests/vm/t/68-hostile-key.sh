#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Whoever has the key of the cluster, or had it for a moment, and says what no node says: it
# ends the link and does nothing else.
#
# vm: nodes=2 mem=256 timeout=300 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/remote.sh
. /tests/vm/tools/remote.sh
# shellcheck source=tests/vm/tools/hostile.sh
. /tests/vm/tools/hostile.sh

[ -n "${LONG-}" ] || skip_all "takes minutes: make check-long"

test_old()
{
	check "what was said before opens nothing" attack replay
	check "nor does what the victim said itself" attack reflect
}

# All of them end links that were up, and after each there is one again.
test_messages()
{
	bad=$(there 'counts messages_bad')
	ups=$(there 'link_has 0 ups')
	series message
	bad=$(($(there 'counts messages_bad') - bad))
	ups=$(($(there 'link_has 0 ups') - ups))
	diag "$ups links, $bad wrong messages"
	# The attacks that the victim is not to complain of are 8.
	is "$bad" $(($(attack list message | wc -l) - 8)) "each wrong message was counted"
	is "$ups" $((2 * $(attack list message | wc -l))) "a link before each and after each"
}

# The victim's user checks that each request ends once, and each right reply.
test_replies()
{
	late=$(there 'counts replies_late')
	load="to=0 type=1 ms=60000 window=4 max=4096 room=5000 timeout_ms=1000 lossy=1"
	check "the victim sends requests" there "start_load $load"
	series reply
	check "each request has ended once" there 'end_load now'
	# shellcheck disable=SC2016 # there
	results=$(there 'echo $(result ok) $(result timed_out) $(result no_memory) $(result lost) \
		$(result too_big) $(result wrong)')
	diag "ok, timed out, no memory, lost, too big, wrong: $results"
	echo "$results" | awk '{ exit !($1 >= 20 && $2 >= 4 && $3 == 4 && $4 >= 1 && $5 == 1 && $6 == 0) }'
	verdict $? "as it was replied to"
	check "late replies were counted" test $(($(there 'counts replies_late') - late)) -ge 5
}

test_answers()
{
	check "the victim has another node" there "put_node nine 9 $nine"
	series answer -m 9 -s "$nine"
	check "after all of that it is a node like any other" attack -m 9 -s "$nine" answer right
	check "it goes" there "rmdir $c/node/nine"
}

# Without a key there is still a checksum, and all else that is looked at.
test_insecure()
{
	check "the victim is insecure now" there "take_down && insecure=1 set_up two"
	check "a right handshake is welcome" attack -i join 1 0
	wrong="version name to from mode mode-3 lane-over"
	wrong_messages="flip-data flip-body flip-seal-end swapped twice gap kind-9 beat-other
		join-again data-far-over request overdraft"
	if [ -n "${LONG:-}" ]; then
		wrong_messages=$(attack list message)
	fi
	# shellcheck disable=SC2086 # names
	attack -i refuse $wrong >/run/points 2>&1
	is $? 0 "wrong handshakes are not"
	diag "$(cat /run/points)"
	# shellcheck disable=SC2086 # names
	attack -i message $wrong_messages >/run/points 2>&1
	is $? 0 "wrong messages end the link"
	diag "$(cat /run/points)"
}

[ "$NODE" -eq 0 ] || be two
be_attacker
check "a right handshake is welcome" attack join 1 0
memory=$(there 'kib MemAvailable')
timed test_old
check "lanes belong to one link" timed attack lanes
timed series first
timed test_messages
timed test_replies
timed test_answers
timed test_insecure
check "there is no link now" wait_until 10 there is_calm
memory=$((memory - $(there 'kib MemAvailable')))
diag "$memory KiB less memory"
check "the memory is back" test "$memory" -le 8192
release node1
done_testing
