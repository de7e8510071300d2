#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# CPUs come and go while threads compress and decompress, with a compressor whose
# decompression needs the scratch memory of its CPU.
# vm: mem=512 smp=2 brief=6.1

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

online=/sys/devices/system/cpu/cpu1/online
[ -w $online ] || skip_all "CPU 1 cannot be taken offline"

zt_load_with pers_compressor=zstd
zt create pool=0 persistent=0
zt create pool=1 persistent=1
zt start pool=0 threads=2 keys=500
zt start pool=1 threads=3 keys=500 noise=10
bad=0
for round in 1 2 3 4; do
	echo 0 >$online || bad=1
	# Chosen while a CPU is away: it gets its memory when it comes.
	[ $round != 2 ] || set_param eph_compressor zstd || bad=1
	zt wait ms=100
	echo 1 >$online || bad=1
	zt wait ms=100
done
is $bad 0 "CPU 1 went and came"
zt halt pools=2
for pool in 0 1; do
	run "pool $pool: threads saw nothing wrong" stop pool=$pool
	show_results
	truth "$r_puts > 20 && $r_hits > 5" "pool $pool: they did work"
done

# Unloaded with a CPU away, and loaded too.
zt fill pool=1 count=100
echo 0 >$online
run "a page stored with the CPU there" check pool=1 count=100
zt_unload
zt_load_with pers_compressor=zstd
zt create pool=1 persistent=1
echo 1 >$online
zt start pool=1 threads=3 keys=200
zt wait ms=300
run "loaded with the CPU away" stop pool=1
zt_unload
done_testing
