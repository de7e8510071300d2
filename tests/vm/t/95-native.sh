#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages that the kernel itself hands over, by frontswap: swapped-out pages are kept in front
# of a disk and come back right; what is refused goes to the disk; knobs, selfshrink; all
# modules can go and come again but the hooks.
#
# vm: mem=256 disk=1G kernels=5.10 timeout=400
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh

native=/sys/module/zcache_native/parameters
stats=/sys/kernel/debug/zcache_native

counted()
{
	cat "$stats/$1"
}

counted_at_least()
{
	[ "$(counted "$1")" -ge "$2" ]
}

# hogs DESCRIPTION HOG_OPTION...
hogs()
{
	what=$1
	shift
	report=$(hog -n 2000 "$@" 2>&1)
	verdict $? "$what"
	diag "$report"
}

# Programs that do not run, the shell's parents for instance, stay where they are.
slots_free()
{
	gauge_at_most pers_zpages 600
}

unload()
{
	modprobe -r zcache-native && modprobe -r zcache tmem_zbud tmem
}

load()
{
	modprobe zcache-native selfshrink=N "$@"
}

# sectors: what was written to the disk since boot.
sectors()
{
	awk '{ print $7 }' "/sys/block/${DISKS##*/}/stat"
}

[ -n "${DISKS-}" ] || skip_all "needs a disk"
modprobe -n zcache-native 2>/dev/null || skip_all "this kernel has no hooks"

mark
check "it loads" load
check "the hooks say what they have" said "hooked into frontswap"
mkswap "$DISKS" >/dev/null
check "swapon of a disk" swapon "$DISKS"

spare=$(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) / 1024))
before=$(sectors)
hogs "a program larger than memory finds what it wrote" -m $((spare + 40))
check "its pages were stored" counted_at_least stores 3000
check "and loaded" counted_at_least loads 1000
diag "stores $(counted stores), refused $(counted stores_failed), disk sectors $(($(sectors) - before))"
is "$(counted loads_failed)" 0 "no load failed"
check "slots that are free are forgotten" wait_until 10 slots_free

echo N >/sys/module/zcache/parameters/store_poor
refused=$(counted stores_failed)
before=$(sectors)
hogs "half of it hardly compresses, and it finds what it wrote" -P -m 40 -x 20,30,50
check "pages were refused" counted_at_least stores_failed $((refused + 500))
check "they went to the disk" test "$(sectors)" -gt $((before + 4000))
echo Y >/sys/module/zcache/parameters/store_poor

stores=$(counted stores)
echo N >$native/frontswap
hogs "switched off, all is right" -P -m 40
is "$(counted stores)" "$stores" "and nothing is stored"
echo Y >$native/frontswap

check_fails "exclusive gets are refused beside zswap" sh -c "echo Y >$native/exclusive_gets"
is "$(cat $native/exclusive_gets)" N "and stay off"

# A program is sent out to swap, and stopped.
mkfifo /run/go
hog -n 2000 -w -P -m 60 </run/go >/run/hog.out &
hog=$!
exec 5>/run/go
check "a program is filled" wait_until 60 grep -q filled /run/hog.out
check "its pages are out" wait_until 60 gauge_at_least pers_zpages 2000
pkill -STOP hog
diag "stored: $(gauge pers_zpages)"
check "they still are when it is stopped" gauge_at_least pers_zpages 1500
check_fails "with pages stored it does not unload" modprobe -r zcache-native
diag "$(grep ^MemAvailable /proc/meminfo)"
# Four times as much must be available.
echo 15 >$native/selfshrink_percent
echo 1 >$native/selfshrink_seconds
echo Y >$native/selfshrink
check "selfshrink asks for pages" wait_until 60 counted_at_least shrunk 10
check "they go back to memory" wait_until 120 gauge_at_most pers_zpages 200
echo N >$native/selfshrink
pkill -CONT hog
exec 5>&-
wait "$hog"
verdict $? "the program that slept finds what it wrote"
diag "$(cat /run/hog.out)"

check "swapoff" swapoff "$DISKS"
is "$(gauge pers_zpages)" 0 "nothing is stored"
check "it unloads, and all below" unload
check "the hooks stay" grep -q '^zcache_hooks .*\[permanent\]' /proc/modules

mkswap "$DISKS" >/dev/null
check "swapon without anything behind the hooks" swapon "$DISKS"
hogs "all is right" -P -m 40
check "it loads again, with swap on" load
hogs "and stores again" -P -m 40
check "in truth" counted_at_least stores 1000
check "swapoff again" swapoff "$DISKS"
check "it unloads again" unload
done_testing
