#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Pages of one word repeated take a descriptor and no frame.
# vm: mem=512 smp=2

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
for kind in eph pers; do
	case $kind in
	eph) zt create pool=0 persistent=0 ;;
	pers) zt create pool=0 persistent=1 ;;
	esac
	run "$kind: 16 MiB of zeroes" fill count=4096 zero=100
	run "$kind: 16 MiB of other words" fill first=4096 count=4096 filled=100
	stat_is ${kind}_zpages 8192 "$kind: are stored"
	stat_is ${kind}_zbytes 0 "$kind: take no bytes"
	stat_is ${kind}_pageframes 0 "$kind: and no frame"
	stat_is same_filled_pages 8192 "$kind: and are counted"
	stat_is zero_filled_pages 4096 "$kind: half of them zero"
	run "$kind: get zeroes" check count=4096 zero=100
	results "hits 4096 misses 0" "$kind: all of them"
	run "$kind: get other words" check first=4096 count=4096 filled=100
	results "hits 4096 misses 0" "$kind: all of them"
	# Over a word something else, and the other way round.
	zt fill count=64 bytes=500 version=2
	stat_above ${kind}_pageframes 0 "$kind: other contents take a frame"
	zt fill count=32 filled=100 version=3
	zt check count=32 filled=100 version=3
	results "hits 32 misses 0" "$kind: a word again"
	zt check first=32 count=32 bytes=500 version=2
	results "hits 32 misses 0" "$kind: beside pages that are not"
	zt destroy pool=0
	stat_is same_filled_pages 0 "$kind: none is left"
done
zt_unload
done_testing
