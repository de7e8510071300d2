#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine has less memory than its programs use, and every bit is right: several programs
# and threads, with huge pages, what does not compress, while swap is switched off.
#
# vm: mem=256 group=swap timeout=240
. /tests/vm/lib.sh
. /tests/vm/tools/swapdev.sh

mib=220
touches=5000
if [ -n "${LONG-}" ]; then
	touches=60000
fi
thp=/sys/kernel/mm/transparent_hugepage/enabled

# What swap leaves behind is freed by and by: slots stand in caches of each CPU.
slots_freed()
{
	wait_until 5 gauge_at_most pers_zpages 256
}

# swapped DESCRIPTION MIN_PAGES HOG_OPTION...: it uses memory, and swap, and gets it right.
swapped()
{
	what=$1
	least=$2
	shift 2
	before=$(gauge pers_puts)
	report=$(hog -n $touches "$@" 2>&1)
	verdict $? "$what"
	diag "$report"
	check "it was swapped" gauge_at_least pers_puts $((before + least))
	check "its slots are free when it is gone" slots_freed
}

swap_on()
{
	mkswap -q /dev/zcache0 && swapon "$@" /dev/zcache0
}

# Everything comes back into memory while programs use it. As much as there is room for.
test_swapoff_under_load()
{
	mkfifo /run/go
	hog -w -P -t 2 -m 100 </run/go >/run/hog.out &
	hog=$!
	exec 5>/run/go
	check "more than half of it is out" wait_until 20 grep -q filled /run/hog.out
	check "swapoff while programs run" swapoff /dev/zcache0
	is "$(gauge pers_zpages)" 0 "nothing is left there"
	check "swapon while programs run" swapon -p 5 /dev/zcache0
	sleep 2
	check "it is used" gauge_at_least pers_zpages 1000
	exec 5>&-
	wait "$hog"
	verdict $? "contents are right"
	diag "$(cat /run/hog.out)"
	check "slots are free" slots_freed
	rm /run/go
}

# The one of higher priority is used first, both when it is full.
test_two_devices()
{
	make_device second 32M
	mkswap -q "$device" && swapon -p 100 "$device"
	verdict $? "a second device, of higher priority"
	hog -P -m 60 >/run/hog.out
	verdict $? "contents are right"
	check "both have been used" awk '
		$1 ~ /^.dev.zcache/ { n++ } $4 > 1000 { used++ } END { exit n != 2 }' /proc/swaps
	swapoff "$device"
	drop_device second
}

load_modules swap_size=400M
done_testing
