#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every statistic can be read, and the numbers agree with each other and with what was done.
#
# vm: mem=512 group=device append=slab_nomerge timeout=60 brief=6.1
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

debug=/sys/kernel/debug

# Each file has a number that is not negative, or is not to be read at all.
test_readable()
{
	count=0
	for file in /sys/kernel/zcache/* "$debug"/zcache/* "$debug"/tmem/* \
		"$debug"/tmem_zbud/*; do
		[ "$file" != /sys/kernel/zcache/compressors ] || continue
		[ "$file" != $debug/zcache/evict_eph ] || continue
		value=
		read -r value <"$file"
		case $value in
		'' | *[!0-9]*) not_ok "$file is a number" && diag "'$value'" ;;
		*) count=$((count + 1)) ;;
		esac
	done
	diag "$count statistics"
	check "there are many" test $count -gt 80
	check "compressors are named" grep -qx 'lzo lzo-rle lz4 zstd' /sys/kernel/zcache/compressors
}

# same WHAT A B: two statistics are alike.
equal()
{
	is "$1" "$2" "$3 ($2)"
}

d()
{
	cat "$debug/$1"
}

# Blocks of 4 KiB that the kernel has asked the device to read ($1 = 3) or write ($1 = 7).
asked()
{
	echo $(($(awk -v field="$1" '{ print $field }' /sys/block/zcache0/stat) / 8))
}

test_sums()
{
	equal "$(gauge pers_puts)" "$(($(asked 7) - $(gauge failed_pers_puts)))" \
		"puts, stored and refused, are the blocks written"
	equal "$(($(gauge pers_gets) + $(d zcache/pers_misses)))" "$(asked 3)" \
		"gets, answered and missed, are the blocks read"
	equal "$(gauge pers_zpages)" "$(d tmem/page_count)" "tmem has as many pages as zcache"
	equal "$(d tmem_zbud/pers_zpages)" \
		"$(($(gauge pers_zpages) - $(gauge same_filled_pages)))" \
		"zbud has those that are not same-filled"
	equal "$(d tmem_zbud/pers_zbytes)" "$(gauge pers_zbytes)" "and as many bytes"
	equal "$(d tmem_zbud/pers_pageframes)" "$(gauge pers_pages)" "and as many page frames"
	equal "$(($(d tmem_zbud/pers_buddied_count) + $(d tmem_zbud/pers_unbuddied_count)))" \
		"$(d tmem_zbud/pers_frames)" "frames have one item or more"
	equal "$(($(d zcache/frames_allocated) - $(d zcache/frames_freed)))" \
		"$(($(gauge pers_pages) + $(gauge eph_pages) + $(gauge reserve_pages)))" \
		"page frames taken are in use or in reserve"
	equal "$(d zcache/pers_pageframes)" "$(gauge pers_pages)" "sysfs and debugfs agree"
	equal "$(gauge pool_pages)" "$(($(gauge pers_pages) + $(gauge eph_pages)))" \
		"the pool is both kinds"
	equal "$(($(d tmem/put_new) + $(d tmem/put_replaced)))" "$(gauge pers_puts)" \
		"each put is new or replaces one"
	check "page frames hold the bytes" test "$(gauge pers_zbytes)" -le \
		$(($(gauge pers_pages) * 4096))
	check "some are same-filled" gauge_at_least same_filled_pages 100
	check "some are zero" gauge_at_least zero_filled_pages 50
	check "some are raw" gauge_at_least raw_pages 100
	check "those are not same-filled" test \
		$(($(gauge raw_pages) + $(gauge same_filled_pages))) -lt "$(gauge pers_zpages)"
}

load_modules swap_size=32M pers_max_mib=8
test_readable
blkcheck -n 300 -t 2 -k 16 -o 80,15,5,0 /dev/zcache0 >/run/report
verdict $? "reads, writes and discards: $(cat /run/report)"
test_sums
# Refused ones.
expected=$(gauge failed_pers_puts)
for _ in 1 2 3; do
	head -c 9M /dev/urandom | dd of=/dev/zcache0 bs=4k iflag=fullblock oflag=direct \
		conv=notrunc 2>/dev/null || expected=$((expected + 1))
done
is "$expected,$(gauge failed_pers_puts)" "3,3" "three writes are refused"
test_sums

poke /sys/kernel/zcache/freeze 1 >/run/report
dd if=/dev/urandom of=/dev/zcache0 bs=4k count=1 oflag=direct conv=notrunc 2>/dev/null
verdict $((1 - $?)) "while the store is frozen, a write fails"
is "$(gauge put_to_flush)" 1 "and is a flush"
poke /sys/kernel/zcache/freeze 0 >/run/report
blkdiscard /dev/zcache0
for name in pers_zpages pers_zbytes pers_pages same_filled_pages raw_pages pool_pages; do
	is "$(gauge $name)" 0 "all discarded: no $name"
done
is "$(d tmem/page_count)" 0 "no page in tmem"
is "$(d tmem_zbud/pers_frames)" 0 "no frame in zbud"
unload_clean
done_testing
