#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# One allocation of ours in five fails while threads put, get and flush pages of both kinds and
# while pages move to a remote tier and back: what is there is right, and nothing is left.
# vm: mem=512 smp=2 timeout=120 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

faults="/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc"
for dir in $faults; do
	[ -e "$dir/require-start" ] || skip_all "this kernel injects no faults where it is told"
done

# every FILE VALUE: in both folders
every()
{
	for dir in $faults; do
		echo "$2" >"$dir/$1"
	done
}

# text MODULE: where its code begins
text()
{
	cat "/sys/module/$1/sections/.text"
}

zt_load
# Only what has our code on the stack; the test module was loaded last and lies above.
{ text zcache && text zcache_test; } | sort -c || skip_all "the test module lies below zcache"
every verbose 0
every ignore-gfp-wait N
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
every require-start "$(text tmem)"
every require-end "$(text zcache_test)"
every times -1

mix="filled=10 noise=10"
# Pools of their own in each round: the clients know nothing of pages they did not put.
for round in 0 2 4; do
	eph=$round
	pers=$((round + 1))
	every probability 0
	zt create pool=$eph persistent=0
	zt create pool=$pers persistent=1
	every probability 20
	zt start pool=$eph threads=2 keys=500 "$mix"
	zt start pool=$pers threads=2 keys=500 "$mix"
	zt wait ms=2000
	zt halt pools=$((pers + 1))
	for pool in $eph $pers; do
		run "pool $pool: threads saw nothing wrong" stop "pool=$pool"
		show_results
		# shellcheck disable=SC2154 # set by run
		truth "$r_puts > 20 && $r_hits > 5" "pool $pool: they did work"
	done
done
truth "$r_puts_failed > 0" "some puts failed"
every probability 0
zt_unload
every require-start 0
every require-end 0xffffffffffffffff
every ignore-gfp-wait Y
done_testing
