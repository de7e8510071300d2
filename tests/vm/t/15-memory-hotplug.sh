#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory comes and goes: limits follow what there is, what is stored stays, and memory that
# holds page frames of ours cannot be taken away.
#
# vm: mem=768 smp=2 append=movablecore=400M timeout=90 brief=6.1
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

blocks=/sys/devices/system/memory
[ -e $blocks ] || skip_all "this kernel has no memory hotplug"

# movable_blocks: those that nothing of the kernel lies in.
movable_blocks()
{
	for block in "$blocks"/memory[0-9]*; do
		read -r zones <"$block/valid_zones"
		[ "$zones" != Movable ] || echo "$block"
	done
}

# set_state STATE BLOCK...: leaves the blocks that could be changed in $changed.
set_state()
{
	state=$1
	changed=
	shift
	for block; do
		{ echo "$state" >"$block/state"; } 2>/dev/null && changed="$changed $block"
	done
	[ -n "$changed" ]
}

# fill_up: until the limit; what was stored is in $r_first_refused.
fill_up()
{
	zt fill pool=1 count=9000 bytes=3000
	stat pers_pageframes
	echo "# $r_stored pages stored, $r_refused refused, $stat page frames"
	full=$stat
}

echo 3 >/proc/sys/vm/drop_caches
movable=$(movable_blocks)
[ -n "$movable" ] || skip_all "no memory can be taken away"
zt_load_with pers_max_percent=3
zt create pool=0 persistent=0
zt create pool=1 persistent=1
fill_up
before=$full
stored=$r_first_refused
truth "$r_refused > 0" "there is a limit"

# shellcheck disable=SC2086 # a list
set_state offline $movable
verdict $? "memory is taken away"
gone=$changed
echo "#$(echo "$gone" | wc -w) of $(echo "$movable" | wc -w) blocks"
run "what was stored is there" check pool=1 count="$stored" bytes=3000
results "hits $stored misses 0" "all of it"
run "the store is above its limit now" fill pool=1 first=100000 count=100 bytes=3000
results "stored 0 refused 100" "so it takes nothing more"
zt flush pool=1 count=9000
fill_up
truth "$full < $before * 95 / 100 && $full > $before / 4" "the limit has become lower"
stored=$r_first_refused

# shellcheck disable=SC2086 # a list
set_state online_movable $gone
is "$changed" "$gone" "memory is added"
run "what was stored is there" check pool=1 count="$stored" bytes=3000
zt flush pool=1 count=9000
fill_up
truth "$full > $before * 97 / 100 && $full < $before * 103 / 100" \
	"the limit is what it was ($before, $full)"
zt flush pool=1 count=9000

# What cannot be moved can only stay.
zt start pool=0 threads=2 keys=500
zt start pool=1 threads=2 keys=500
went=0
for _ in 1 2 3; do
	for block in "$blocks"/memory[0-9]*; do
		set_state offline "$block" && went=$((went + 1))
		set_state online "$block"
	done
done
echo "# $went times a block could be taken away, of $((3 * $(echo $blocks/memory[0-9]* | wc -w)))"
zt halt pools=2
for pool in 0 1; do
	run "pool $pool: threads saw nothing wrong" stop pool=$pool
	show_results
	truth "$r_puts > 20 && $r_hits > 5" "pool $pool: they did work"
done
truth "$went > 0" "memory went and came under them"
truth "$went < 3 * $(echo $blocks/memory[0-9]* | wc -w)" "but not all of it"
zt_unload
done_testing
