#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A hundred times: load, swap, unload. Nothing is left: no slab cache, no memory, no gauge
# above zero (the modules say that themselves).
#
# vm: mem=512 group=device append=slab_nomerge timeout=240 brief=none
# shellcheck disable=SC2086,SC2317 # modules are a list; functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

rounds=100
[ -z "${LONG-}" ] || rounds=1000

# In the order in which they are loaded.
modules=$(modinfo -n tmem tmem_zbud zcache)

# kib NAME...: their sum in /proc/meminfo.
kib()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for name; do
		sed -n "s/^$name: *\([0-9]*\).*/\1/p" /proc/meminfo
	done | paste -sd + | bc
}

# available: KiB. The kernel does not count the free pages in its lists of each CPU, which
# come and go by megabytes.
available()
{
	echo $(($(kib MemAvailable) + $(awk '/^ *count:/ { n += $2 } END { print n * 4 }' /proc/zoneinfo)))
}

# rounds_of COUNT: sets $lost, in KiB.
rounds_of()
{
	before=$(available)
	check "$1 rounds of load, swap, unload" cycle "$1" /dev/zcache0 swap_size=16M $modules
	lost=$((before - $(available)))
}

caches_gone()
{
	# One that the kernel has merged with another is a link, and the link stays.
	for cache in zcache_page zbud_frame; do
		if [ -e "/sys/kernel/slab/$cache" ] && ! [ -L "/sys/kernel/slab/$cache" ]; then
			echo "$cache is there"
			return 1
		fi
	done
}

# The compressors and configfs are the kernel's and stay.
modprobe zcache
rmmod zcache tmem_zbud tmem
mark
# The kernel makes caches of its own in the first rounds.
check "some rounds, as a beginning" cycle 10 /dev/zcache0 swap_size=16M $modules
slab=$(kib SUnreclaim)
percpu=$(kib Percpu)
# Two thirds of a round is waiting for RCU.
echo 1 >/sys/kernel/rcu_expedited
rounds_of $rounds
# Only a leak comes twice. The modules count their page frames themselves; this would be a
# page table, a stack, a module's memory.
[ $lost -lt $((rounds * 20)) ] || rounds_of $rounds
echo 0 >/sys/kernel/rcu_expedited
grown=$(($(kib SUnreclaim) - slab))
more=$(($(kib Percpu) - percpu))
diag "memory available: $lost KiB less; slab: $grown KiB more; per CPU: $more KiB more"
check "less than 20 KiB of memory lost in a round" test $lost -lt $((rounds * 20))
check "less than 1 KiB of slab lost in a round" test $grown -lt $rounds
check "no memory per CPU lost" test $more -le 64
check "no slab cache is left" caches_gone
check_fails "no gauge was above zero" said 'bad accounting'
done_testing
