#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the two kinds of pools promise, key by key: contents, put-put-get, flush, and that an
# ephemeral get takes the page out.
# vm: mem=512 smp=2

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load

# 640 keys are ten objects, of five ways to spread them over the index.
mix="zero=5 filled=5 noise=10 text=10"
for kind in eph pers; do
	case $kind in
	eph) zt create pool=0 persistent=0 ;;
	pers) zt create pool=0 persistent=1 ;;
	esac
	run "$kind: get what was never put" check count=640
	results "hits 0 misses 640" "$kind: every get missed"
	stat_is ${kind}_misses 640 "$kind: misses are counted"

	# Ephemeral pools refuse noise, so it must have left nothing.
	run "$kind: put" fill count=640 "$mix"
	stat_is ${kind}_zpages "$r_stored" "$kind: stored pages are counted"
	stat_is failed_${kind}_puts "$r_refused" "$kind: refused pages are counted"
	run "$kind: put again, another version" fill count=640 version=2 "$mix"
	stored=$r_stored
	stat_is ${kind}_zpages "$stored" "$kind: the first version is gone"
	run "$kind: get" check count=640 version=2 "$mix"
	results "hits $stored misses $((640 - stored)) lost 0" "$kind: hits, with these contents"
	stat_is ${kind}_gets "$stored" "$kind: gets are counted"
	run "$kind: get again" check count=640 version=2 "$mix"
	if [ $kind = pers ]; then
		results "hits 640 misses 0" "$kind: a get leaves the page"
	else
		results "hits 0 misses 640" "$kind: a get takes the page out"
		zt fill count=640 version=2 "$mix"
	fi

	run "$kind: flush one by one" flush count=128
	found=$r_found
	run "$kind: flush with interrupts off" flush first=128 count=128 irqs_off=1
	found=$((found + r_found))
	run "$kind: flush ranges" flush first=256 count=256 objects=1
	found=$((found + r_found))
	run "$kind: flush what is flushed" flush count=512
	is "$r_found" 0 "$kind: nothing was found"
	run "$kind: get what is flushed" check count=512 version=2 "$mix"
	results "hits 0 misses 512" "$kind: after a flush gets miss"
	zt check first=512 count=128 version=2 "$mix"
	is "$((r_hits + found))" "$stored" "$kind: flushes found the rest, and left the others"
	zt destroy pool=0
	stat_settles ${kind}_pageframes 0 "$kind: no frame is left with the pool"
done

run_fails "an unknown command is refused" sing
run_fails "an unknown argument is refused" fill pages=1
zt_unload
done_testing
