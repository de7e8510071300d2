#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Shows that tests/vm/run does what it promises, above all that it notices what is wrong.
# TAP on stdout. --fast leaves out what needs more than one guest or a boot of its own.
#
# usage: tests/vm/selftest.sh [--fast]

set -eu

vm=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$vm/../.." && pwd)
mkdir -p "$top/build/vm"
scratch=$(mktemp -d "$top/build/vm/selftest.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
count=0
failed=0

# point DESCRIPTION COMMAND...: a point that passes when COMMAND succeeds
point()
{
	local description=$1
	shift

	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $description"
	else
		failed=1
		echo "not ok $count - $description"
		sed 's/^/# /' "$scratch/stderr"
	fi
}

# Runs a guest; leaves its status in $status, its output in the files stdout and stderr.
guest()
{
	status=0
	"$vm/run" --out "$scratch/out" "$@" >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
}

# shellcheck disable=SC2317 # called by point
no_qemu_left()
{
	! pgrep -f "qemu-system-x86_64.*$scratch" >/dev/null
}

# Many promises, one boot: its inner script says on stdout what it saw.
test_one_guest()
{
	mkdir -p "$scratch/share"
	echo from-host >"$scratch/share/in"
	cat >"$scratch/share/script" <<-'E'
		. /tests/vm/lib.sh
		printf '<%s>' "$@"
		echo
		read -r word </share/in
		echo "$word" >/share/out
		# shellcheck disable=SC2086 # a list
		set -- $DISKS
		echo "disks $# $(blockdev --getsize64 "$1")"
		echo "node $NODE of $NODES"
		expect_dmesg 'WARNING: CPU: .* at announced'
		echo '<4>WARNING: CPU: 0 PID: 1 at announced.c:1' >/dev/kmsg
		echo oops >&2
		exit 3
	E
	# shellcheck disable=SC2016 # quoting is what is tested
	guest --disk 64M --disk 1G --share "$scratch/share" -- \
		sh /share/script 'a  b' "it's" '$HOME' '' '*'
	point "the status of COMMAND passes through, an announced WARNING does no harm" \
		[ "$status" -eq 3 ]
	point "arguments arrive as they are" grep -qxF "<a  b><it's><\$HOME><><*>" "$scratch/stdout"
	point "disks are there" grep -qx "disks 2 67108864" "$scratch/stdout"
	point "NODE and NODES are set" grep -qx "node 0 of 1" "$scratch/stdout"
	point "the share works both ways" grep -qx from-host "$scratch/share/out"
	point "stderr is kept apart" grep -qx oops "$scratch/stderr"
	point "no kernel message is mixed in" [ "$(wc -l <"$scratch/stdout")" -eq 3 ]
}

test_warning()
{
	guest -- sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at surprise.c:1" >/dev/kmsg
		echo "<4>RIP: of_the_surprise" >/dev/kmsg'
	point "a WARNING that nobody announced gives 99" [ "$status" -eq 99 ]
	point "what it said next is kept" grep -q of_the_surprise "$scratch/out/result.json"
	point "and is shown" grep -q surprise.c "$scratch/stderr"
}

test_timeout()
{
	guest --timeout 2 -- sleep 1000
	point "a time-out gives 124" [ "$status" -eq 124 ]
	point "and leaves no guest behind" no_qemu_left
}

test_panic()
{
	guest --timeout 60 --kernel 6.1 -- sh -c 'echo c >/proc/sysrq-trigger; sleep 1000'
	point "a panic gives 99" [ "$status" -eq 99 ]
	point "and leaves no guest behind" no_qemu_left
}

test_killed()
{
	"$vm/run" --out "$scratch/out" -- sh -c 'echo up; sleep 1000' >"$scratch/stdout" &
	local pid=$!
	for _ in {1..600}; do
		! grep -q up "$scratch/stdout" || break
		sleep 0.1
	done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	sleep 1
	point "a killed harness leaves no guest behind" no_qemu_left
}

# Every node pings the one after it, for as long as that takes to answer.
test_nodes()
{
	local nodes=$1

	# shellcheck disable=SC2016 # for the guest's shell
	guest --nodes "$nodes" --mem 256,320 --smp 1 --timeout 120 -- sh -c '
		sed -n "s/^MemTotal:/memory/p" /proc/meminfo
		next=node$(((NODE + 1) % NODES))
		ping -q -c 3 -i 0.2 -w 60 "$next" >/dev/null && echo "reached $next"'
	point "$nodes nodes: all end well" [ "$status" -eq 0 ]
	point "$nodes nodes: they have the memory that was asked for, in turn" \
		[ "$(awk '/^node[0-9]*: memory/ { sub(/:/, "", $1); kib[$1] = $3 }
			END { print (kib["node1"] - kib["node0"] > 32 * 1024) }' \
			"$scratch/stdout")" -eq 1 ]
	point "$nodes nodes: each reaches the next" \
		[ "$(grep -c '^node[0-9]*: reached' "$scratch/stdout")" -eq "$nodes" ]
}

test_one_guest
test_warning
if [ "${1:-}" != --fast ]; then
	test_timeout
	test_panic
	test_killed
	test_nodes 2
	test_nodes 3
fi
echo "1..$count"
exit "$failed"
