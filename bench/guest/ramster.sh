#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages in the memory of another guest.  Both guests run this: node 0 owns pages, node 1 lends.
# MODE is
#
#   pages   ramster beside a bare socket, by netbench: OPS; VARIANTS are fast, and slow, on a
#           network of SPEED.  With SYMBOLS set they say where their functions are
#   memory  what a remote page takes here and there, of PAGES
#   thrash  a job of JOB_PAGES, THREADS and VISITS beside swap to NBD, on a network of SPEED

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bench/guest/cluster.sh
. "$(dirname "$0")/cluster.sh"

parameters=/sys/module/ramster/parameters
zstats=/sys/kernel/debug/zcache
meetings=0

# meet: goes on when the other guest is there too.
meet()
{
	meetings=$((meetings + 1))
	: >"/mnt/meeting.$meetings.$NODE"
	while [ ! -e "/mnt/meeting.$meetings.$((1 - NODE))" ]; do
		sleep 0.1
	done
}

owner()
{
	[ "$NODE" = 0 ]
}

# wait_until SECONDS COMMAND...
wait_until()
{
	left=$(($1 * 10))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || die "in vain: $*"
		sleep 0.1
	done
}

other_lends()
{
	grep -q "^$((1 - NODE)) ready" /sys/kernel/ramster/lenders
}

# start_ramster BYTES: with a device of that size
start_ramster()
{
	load_zcache "$1"
	start_cluster sealed 1
	insmod "$MODULES/ramster/ramster.ko" single_copy=1 pers_remotify_enable=0 home_percent=0 \
		lend_floor_mib=8
	join_cluster
	wait_until 30 other_lends
	meet
}

# count_pages: of this store: sets movable and page_bytes
count_pages()
{
	movable=$(($(cat $zstats/pers_zpages) - $(cat $zstats/same_filled_pages)))
	page_bytes=$(($(cat $zstats/pers_zbytes) / movable + 16))
}

bench_pages()
{
	start_ramster $((PAGES * 4096))
	if owner; then
		kbench devs=/dev/zcache0 rounds=1 ops=seqwrite >/dev/null
		count_pages
		echo "pages $movable of $page_bytes bytes"
		set -- pages="$PAGES" movable="$movable" page_bytes="$page_bytes"
	fi
	for variant in $(echo "$VARIANTS" | tr , " "); do
		echo "variant $variant"
		[ "$variant" = fast ] || slow_down
		# shellcheck disable=SC2086 # nothing, or one word
		bench_module netbench ramster=1 rounds="$ROUNDS" ops="$OPS" "$@" $server
		meet
	done
	[ -z "${SYMBOLS-}" ] || cat /proc/kallsyms
}

# meminfo NAME: in bytes
meminfo()
{
	awk -v name="$1:" '$1 == name { print $2 * 1024 }' /proc/meminfo
}

# frame_bytes: of all page frames that are in use, or kept for hard times
frame_bytes()
{
	echo $((($(cat /sys/kernel/zcache/pool_pages) + $(cat /sys/kernel/zcache/reserve_pages)) * 4096))
}

# note_memory WHEN
note_memory()
{
	sleep 1	# what is freed later, RCU's
	echo "memory $NODE $1 free=$(meminfo MemFree) slab=$(meminfo Slab) frames=$(frame_bytes)" \
		"stored=$(cat $zstats/lent_zbytes)"
}

all_out()
{
	[ "$(cat $zstats/pers_zpages)" = "$(cat $zstats/same_filled_pages)" ]
}

# fill_remote NAME PAGES: makes a device of so many pages, which all go to node 1
fill_remote()
{
	if owner; then
		mkdir "/sys/kernel/config/zcache/$1"
		echo $(($2 * 4096)) >"/sys/kernel/config/zcache/$1/size"
		echo 1 >"/sys/kernel/config/zcache/$1/live"
		note_memory "$1-index"
		kbench devs="/dev/$(cat "/sys/kernel/config/zcache/$1/device")" pages="$2" rounds=1 \
			ops=seqwrite >/dev/null
		wait_until 60 all_out
		echo "memory $1 $(cat /sys/kernel/ramster/remote_pers_pages)"
	fi
	meet
	note_memory "$1-remote"
	meet
}

# What is there once is there after the first device, which need not be large.
bench_memory()
{
	# Free pages that a CPU keeps at hand, up to an eighth of all, do not count as free.
	echo 100000 >/proc/sys/vm/percpu_pagelist_high_fraction
	# What is loaded later must not look like memory of ours.
	cat "$CORPUS" "$MODULES"/*/*.ko "$MODULES"/bench/kbench/kbench.ko >/dev/null
	insmod "$MODULES/bench/kbench/kbench.ko" 2>/dev/null || :
	start_ramster 1M
	echo 0 >$parameters/move_high_percent
	! owner || echo 1 >$parameters/pers_remotify_enable
	fill_remote small $((PAGES / 5))
	fill_remote large "$PAGES"
}

memory=/media	# any folder to mount a tmpfs on

written()
{
	[ "$(awk '$1 == "nr_writeback" { print $2 }' /proc/vmstat)" -le 64 ]
}

# thrash_on NAME DEVICE ROUND
thrash_on()
{
	swapon "/dev/$2"
	mount -t tmpfs -o size=$((JOB_PAGES * 4))k memory $memory
	set -- name="$1" round="$3" path=$memory/file corpus="$SWAP_CORPUS" pages="$JOB_PAGES"
	bench_module thrash op=fill "$@"
	# What was filled goes on being written: a device with a long queue would be late with reads.
	wait_until 60 written
	bench_module thrash threads="$THREADS" visits="$VISITS" "$@"
}

# note_places: where the pages are that are not in memory
note_places()
{
	echo "places here=$(cat $zstats/pers_zpages) bytes=$(cat $zstats/pers_zbytes)" \
		"frames=$(cat /sys/kernel/zcache/pool_pages)" \
		"there=$(cat /sys/kernel/ramster/remote_pers_pages)"
}

bench_thrash()
{
	start_ramster $((PAGES * 4096))
	# Each fault is of one page: what is visited at random has no neighbours.
	echo 0 >/proc/sys/vm/page-cluster
	# Else NBD stops for want of memory to receive with.
	echo 16384 >/proc/sys/vm/min_free_kbytes
	# Which is much for so small a guest: where page frames of a store take blocks of movable memory,
	# Linux would keep up to 36 MiB more free, and kill who asks.
	echo 0 >/proc/sys/vm/watermark_boost_factor
	slow_down
	if owner; then
		echo "$LIMIT_MIB" >/sys/module/zcache/parameters/pers_max_mib
		echo 1 >$parameters/pers_remotify_enable
		"$PROGRAMS/attach" "$(address 1)" 7100 $((PAGES / 256))
		for device in nbd0 zcache0; do
			mkswap /dev/$device >/dev/null
		done
		devices="nbd0 zcache0"
		for round in $(seq "$ROUNDS"); do
			for device in $devices; do
				name=ramster
				[ "$device" = zcache0 ] || name=nbd
				thrash_on $name "$device" "$round"
				note_places
				umount $memory
				swapoff "/dev/$device"
			done
			devices="${devices#* } ${devices%% *}"
		done
		# To see why it is slow when it is.
		for name in failed_alloc pers_pages_remoted remote_pers_pages_succ_get gets_waited; do
			echo "$name $(cat /sys/kernel/debug/ramster/$name)"
		done
		grep -E '^(pswp|allocstall)' /proc/vmstat
		"$PROGRAMS/attach"
	else
		bench_module nbdserve mib=$((PAGES / 256))
	fi
	meet
}

start_network
"bench_$MODE"
