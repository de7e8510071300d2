#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs use more memory than there is, and every bit is right: with huge pages, with what
# does not compress, several at once, while swap is switched off; slots are free afterwards.
#
# vm: mem=256 group=swap timeout=240 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

touches=2000
[ -z "${LONG-}" ] || touches=100000

# Programs that do not run, the shell's parents for instance, stay where they are.
slots_free()
{
	wait_until 20 gauge_at_most pers_zpages 600
}

swap_on()
{
	swapon "$@" /dev/zcache0
}

# hogs MIN_PAGES DESCRIPTION HOG_OPTION...: they swap that much and find what they wrote.
hogs()
{
	least=$(($(gauge pers_puts) + $1))
	what=$2
	shift 2
	report=$(hog -n $touches "$@" 2>&1)
	verdict $? "$what"
	diag "$report"
	check "that was swapped" gauge_at_least pers_puts "$least"
	check "slots are free" slots_free
}

# hog_start DESCRIPTION HOG_OPTION...: a hog that runs on, its pages out.
hog_start()
{
	what=$1
	shift
	mkfifo /run/go
	hog -w -P "$@" </run/go >/run/hog.out &
	hog=$!
	exec 5>/run/go
	wait_until 30 grep -q filled /run/hog.out
	verdict $? "$what"
}

# hog_end DESCRIPTION
hog_end()
{
	exec 5>&-
	wait "$hog"
	verdict $? "$1"
	diag "$(cat /run/hog.out)"
	rm /run/go
}

test_hogs()
{
	swap_on
	verdict $? "swapon"
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	huge=$(vmstat_of thp_swpout)
	hogs 3000 "huge pages" -m $((spare + 28)) -H
	check "some went out in one piece" test "$(vmstat_of thp_swpout)" -gt "$huge"
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	hogs 3000 "two programs of two threads" -m $((spare + 78)) -p 2 -t 2
	# To swap this frees next to nothing: when memory has run out, a write may be refused.
	raw=$(gauge pers_puts)
	refused=$(gauge failed_pers_puts)
	hogs 1000 "what hardly compresses" -m $((spare + 13)) -x 20,10,60 -s "$raw"
	refused=$(($(gauge failed_pers_puts) - refused))
	diag "of what hardly compresses $refused writes were refused"
	check "swapoff" swapoff /dev/zcache0
	is "$(gauge pers_zpages)" 1 "only the header is left"
}

# With discard, freed areas are also discarded: the same pages twice.
test_discard()
{
	swap_on --discard
	verdict $? "swapon with discard"
	hog -P -m 60 -n 0 >/run/hog.out
	verdict $? "contents are right with discard"
	check "slots are free" slots_free
	swapoff /dev/zcache0
}

# All comes back into memory while programs use it and send it out again.
test_swapoff_under_load()
{
	swap_on
	hog_start "programs run" -m 80 -t 2
	check "their pages are out" gauge_at_least pers_zpages 3000
	check "swapoff while they run" swapoff /dev/zcache0
	is "$(gauge pers_zpages)" 1 "only the header is left"
	swap_on
	verdict $? "swapon while they run"
	check "it is used again" wait_until 10 gauge_at_least pers_zpages 3000
	hog_end "contents are right"
	check "slots are free" slots_free
	hog_start "programs run" -m 80 -p 2
	kill -KILL "$hog"
	exec 5>&-
	wait "$hog" 2>/dev/null
	check "slots are free when they are killed" slots_free
	diag "stored: $(gauge pers_zpages), still there: $(pgrep -c -x hog)"
	rm /run/go
	swapoff /dev/zcache0
}

used_kib()
{
	awk -v dev="$1" '$1 == dev { print $4 }' /proc/swaps
}

# The one of higher priority first, the other when it is full.
test_priorities()
{
	make_device second 24M
	mkswap -q "$device" && swapon -p 100 "$device" && swap_on -p 5
	verdict $? "a second device, of higher priority"
	hog_start "programs run" -m 60
	check "the second is full" test "$(used_kib "$device")" -gt 20000
	check "the first has the rest" test "$(used_kib /dev/zcache0)" -gt 4000
	hog_end "contents are right"
	swapoff "$device" && swapoff /dev/zcache0 && drop_device second
	verdict $? "both are switched off"
}

load_modules swap_size=400M
mkswap -q /dev/zcache0
# MiB that programs can have without swap.
spare=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
test_hogs
test_discard
test_swapoff_under_load
test_priorities
is "$(gauge failed_pers_puts)" "$refused" "no write of what compresses was refused"
for why in again_pers_puts compress_poor mean_compress_poor failed_getfreepages failed_alloc \
	policy_percent_exceeded reserve_short pers_ate_reserve; do
	diag "$why $(gauge $why)"
done
is "$(gauge decompress_failed)" 0 "no page was damaged"
unload_clean
done_testing
