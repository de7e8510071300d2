#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Whoever reaches the port of a node, and does not have its key: nothing but a right handshake
# makes a link, whatever else comes is refused, costs little and leaves nothing.
#
# vm: nodes=2 mem=256 timeout=300 brief=6.1 brief_smp=1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/remote.sh
. /tests/vm/tools/remote.sh
# shellcheck source=tests/vm/tools/hostile.sh
. /tests/vm/tools/hostile.sh

test_right()
{
	attack join 2 4000 >/run/join 2>&1 &
	join=$!
	check "a right handshake brings a node up" wait_until 5 there 'link_is 0 up'
	is "$(there 'link_has 0 ups')" 1 "once"
	wait "$join"
	is $? 0 "it hears heartbeats, and a ping is answered"
	diag "$(cat /run/join)"
	check "it leaves in order" wait_until 5 there is_calm
}

# Each of these fails on a connection of its own, and each of those is counted.
test_hellos()
{
	before=$(there 'counts conns_in conns_strange')
	failed=$(there 'counts hellos_failed')
	check "from the address of no node nothing is answered" attack -s "$nobody" stranger
	is "$(there 'counts conns_strange')" 1 "it is counted"
	series refuse
	check "a hello that ends early is refused, wherever it ends" attack truncate close
	if [ -n "${LONG:-}" ]; then
		check "each bit of it matters" attack flip all
	else
		check "each byte of it matters" attack flip some
	fi
	check "nothing is half open" wait_until 10 there is_calm
	came=$(($(there 'counts conns_in conns_strange') - before))
	diag "$came connections"
	check "there were many" test "$came" -ge 350
	is $(($(there 'counts hellos_failed') - failed)) $((came - 1)) "each failed, and was counted"
}

# Most of what is half open gives way; what does not must not stay.
test_half_open()
{
	displaced=$(there 'counts conns_displaced')
	check "hellos that stop early do not stay" attack truncate open
	attack halfopen 40 "$1" >/run/halfopen 2>&1 &
	halfopen=$!
	sleep 3
	most=$(there 'gauge half_open')
	diag "$most half open"
	check "some are half open, but few" test "$most" -ge 1 -a "$most" -le 8
	wait "$halfopen"
	is $? 0 "connections that say nothing are few, and end"
	diag "$(cat /run/halfopen)"
	check "so are those that say it slowly" attack halfopen 40 "$1" trickle
	check "they had to give way" test "$(there 'counts conns_displaced')" -gt "$displaced"
}

# flood NAME MS SOURCE COUNTER: while it lasts, and after it.
flood()
{
	before=$(there "counts $4")
	attack -s "$3" flood 10000 "$2" >/run/flood 2>&1 &
	flood=$!
	sleep 3
	most=$(there 'counts half_open')
	check "a flood of $1: few are half open" test "$most" -le 8
	wait "$flood"
	is $? 0 "it was one"
	more=$(($(there "counts $4") - before))
	diag "$(cat /run/flood), $more refused by the victim, $most half open"
	check "many were refused" test "$more" -ge 100
}

test_floods()
{
	flood "a node" "$1" "$zero" conns_too_often
	flood "a stranger" "$1" "$nobody" conns_strange
}

[ "$NODE" -eq 0 ] || be two
be_attacker
timed test_right
lines=$(there log_lines)
memory=$(there 'kib MemAvailable')
timed test_hellos
timed test_half_open $((${LONG:+30000} + 4000))
timed test_floods $((${LONG:+15000} + 8000))
check "nothing is half open any more" wait_until 10 there is_calm
is "$(there 'link_has 0 ups')" 1 "no link came of it"
lines=$(($(there log_lines) - lines))
memory=$((memory - $(there 'kib MemAvailable')))
diag "$lines lines in the log, $memory KiB less memory"
check "few lines in the log" test "$lines" -le 60
check "the memory is back" test "$memory" -le 8192
check "a right handshake is welcome as ever" attack join 1 500
release node1
done_testing
