#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every compressor stores and returns pages; they are chosen at run time and per kind, and
# pages of the former ones stay readable.
# vm: mem=512 smp=2

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
read -r compressors </sys/kernel/zcache/compressors
diag "compressors: $compressors"
case " $compressors " in
*" lzo lzo-rle "*) ok "LZO is always there" ;;
*) not_ok "LZO is always there" ;;
esac
read -r now </sys/module/zcache/parameters/pers_compressor
is "$now" lzo "LZO is the default"

mix="filled=5 noise=5 text=30"
zt create pool=0 persistent=0
zt create pool=1 persistent=1
first=0
for name in $compressors; do
	set_param pers_compressor "$name"
	read -r now </sys/module/zcache/parameters/pers_compressor
	is "$now" "$name" "$name: chosen"
	run "$name: put" fill pool=1 first=$first count=300 "$mix"
	is "$r_stored" 300 "$name: all were stored"
	run "$name: get" check pool=1 first=$first count=300 "$mix"
	is "$r_hits" 300 "$name: all are right"
	first=$((first + 300))
done
run "get what all of them have stored" check pool=1 count=$first "$mix"
results "hits $first misses 0" "every page is right"
stat_is decompress_failed 0 "nothing failed to decompress"

# Digits: zstd has entropy coding, which halves them, the others have not.
case " $compressors " in
*" zstd "*)
	zt destroy pool=1
	zt create pool=1 persistent=1
	set_param pers_compressor zstd
	set_param eph_compressor lzo
	zt fill pool=0 count=200 text=100
	zt fill pool=1 count=200 text=100
	stat eph_zbytes
	lzo=$stat
	stat pers_zbytes
	truth "2 * $stat < 200 * 4096 && $lzo > $stat * 3 / 2 || $lzo == 0" \
		"each kind has its own (LZO $lzo bytes, zstd $stat)"
	zt check pool=1 count=200 text=100
	results "hits 200 misses 0" "zstd pages are right"
	;;
*) skip "each kind has its own" "no zstd in this kernel" ;;
esac

refuses "pers_compressor deflate" "eph_compressor 842" "pers_compressor zstdx"
read -r now </sys/module/zcache/parameters/eph_compressor
is "$now" lzo "a refused name changes nothing"

# Changed under load.
zt destroy pools=2
zt create pool=1 persistent=1
zt start pool=1 threads=3 keys=400 "$mix"
for name in $compressors $compressors; do
	set_param pers_compressor "$name"
	zt wait ms=80
done
run "changed while threads are at it" stop pool=1
show_results

# Bytes that come from elsewhere need not be what they are said to be.
zt create pool=0 persistent=1
run "formats and sizes" stored_sizes pool=0
run "noise instead of compressed pages" stored_noise pool=0 count=500
show_results
truth "$r_garbage > 300" "is told from pages"
stat_is decompress_failed "$r_garbage" "and counted"
zt_unload

run_load_fails()
{
	if modprobe zcache pers_compressor=nonsense 2>/dev/null; then
		not_ok "a bad name keeps the module from loading"
	else
		ok "a bad name keeps the module from loading"
	fi
	modprobe -r tmem_zbud tmem
}
run_load_fails
done_testing
