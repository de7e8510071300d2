#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# No memory at all, while pages go to another node and come from there: first on the owner,
# then on both, each of which borrows and lends.  Free memory is held at the min watermark
# while programs that may keep half of what they use swap out pages that do not compress.
# Everything ends, and every bit is what was stored.
#
# vm: nodes=2 mem=384 timeout=300 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

cgroup=/sys/fs/cgroup/zero
mib=48
touches=800
[ -z "${LONG-}" ] || touches=10000

# Pages that programs could have.
spare()
{
	awk '$1 == "MemAvailable:" { print int($2 / 4) }' /proc/meminfo
}

held()
{
	zt hold
	[ "$r_held" -ge $((most_held - 512)) ]
}

# zero WHO: programs swap while there is no memory.  What is left are their half, room for what
# the other node has here, and a little for everything else.
zero()
{
	most_held=$(($(spare) - 256 * (mib + 32)))
	out=$(rstat pers_pages_remoted)
	got=$(rstat remote_pers_pages_succ_get)
	mkdir $cgroup
	echo "$((mib / 2))M" >$cgroup/memory.max
	run "$1: hold memory at the min watermark" hold_start free=125 low=100 max="$most_held"
	check "$1: it is held" wait_until 20 held
	sh -c "echo \$\$ >$cgroup/cgroup.procs || exit 1
		exec hog -l -m $mib -p 4 -n $touches -x 0,0,100" >/run/hog.out
	verdict $? "$1: every bit is what was stored"
	zt hold
	diag "$1: $(cat /run/hog.out)"
	diag "$1: $r_held pages held, at least $r_least_free free, $(rstat failed_alloc) without descriptor"
	zt hold_stop
	truth "$(rstat pers_pages_remoted) > $out + 1000" \
		"$1: pages went out ($(($(rstat pers_pages_remoted) - out)))"
	truth "$(rstat remote_pers_pages_succ_get) > $got + 200" \
		"$1: and came back ($(($(rstat remote_pers_pages_succ_get) - got)))"
	is "$(rstat remote_pers_pages_unsucc_get) $(rstat pages_lost)" "0 0" "$1: each get was answered"
	rmdir $cgroup
}

starves_kmemleak
echo 1536 >/proc/sys/vm/min_free_kbytes
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
zt_load_with swap_size=128M
mkswap -q /dev/zcache0
check "swapon" swapon /dev/zcache0
dead_ms=120000
ramster_up single_copy=1 move_high_percent=1 move_low_percent=0 home_percent=0 lend_floor_mib=4
mark
meet
on 0 zero "the owner"
meet
zero both
check_fails "no allocation failed" said 'page allocation failure'
meet
check "what the programs had is dropped" wait_until 60 rstat_is flushing_pages 0
check "swapoff" swapoff /dev/zcache0
blkdiscard -f /dev/zcache0
ramster_down
zt_unload
done_testing
