#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tracepoints are there, can be switched on and off, and show what happens.
#
# vm: mem=512 group=device append=slab_nomerge timeout=60 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

tracing=/sys/kernel/tracing
events=$tracing/events/zcache

traced()
{
	grep -Eq "$1" "$tracing/trace"
}

load_modules swap_size=64M
for event in zcache_put zcache_get zcache_evict_frame zcache_reserve zcache_moved_out \
	zcache_moved_in; do
	check "there is $event" test -r "$events/$event/enable"
done
echo 1 >$events/enable
echo >$tracing/trace
# The second slice of 4096 pages, its eleventh page.
echo hello | dd of=/dev/zcache0 bs=4k seek=4106 conv=sync oflag=direct status=none
dd if=/dev/zcache0 of=/run/page bs=4k skip=4106 count=1 iflag=direct status=none
dd if=/dev/zcache0 of=/run/page bs=4k skip=4107 count=1 iflag=direct status=none
check "a put" traced 'zcache_put: persistent object=1 index=10 err=0'
check "a get" traced 'zcache_get: persistent object=1 index=10 err=0'
check "a get of what is not there" traced 'zcache_get: persistent object=1 index=11 err=-2'
echo 0 >$events/enable
echo >$tracing/trace
echo hello | dd of=/dev/zcache0 bs=4k conv=sync oflag=direct status=none
check_fails "switched off, nothing is shown" traced zcache_
echo 1 >$events/enable
unload_clean
check_fails "they go with the module" test -e $events
done_testing
