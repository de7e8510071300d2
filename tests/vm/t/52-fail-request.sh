#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The block layer fails one request in ten of those to the backing device, reads and writes: a
# write that failed says so, a page that cannot be written back stays in memory, what can be
# read is right.
#
# vm: mem=512 smp=2 disk=64M group=fail append=slab_nomerge timeout=120 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

faults=/sys/kernel/debug/fail_make_request
[ -e $faults ] || skip_all "this kernel injects no faults into requests"

blocks()
{
	python3 /tests/vm/tools/blocks.py "$device" "$@"
}

expect_dmesg 'I/O error, dev (vd|zcache)'
load_modules pers_max_mib=2
mkdir "$devices/a"
echo 48M >"$devices/a/size"
echo "$DISKS" >"$devices/a/backing"
echo 1 >"$devices/a/live"
device=/dev/$(cat "$devices/a/device")

echo 1 >"/sys/block/${DISKS##*/}/make-it-fail"
echo 0 >$faults/verbose
echo -1 >$faults/times
echo 10 >$faults/probability
report=$(blocks write 1500 1)
diag "$report; $(gauge backing_writes) overflowed, $(gauge written_back) written back"
check "writes failed" gauge_at_least backing_write_errors 10
for _ in 1 2 3; do
	echo incompressible >"$devices/a/writeback"
done 2>/dev/null
diag "$(gauge backing_pages) pages are there, $(gauge pers_zpages) are not"
report=$(blocks check 1500)
diag "$report"
case $report in
*" wrong 0 odd 0") ok "what can be read is right" ;;
*) not_ok "what can be read is right" ;;
esac
check "reads failed" gauge_at_least backing_read_errors 10
echo 0 >$faults/probability
is "$(blocks check 1500)" "right 1500 eio 0 wrong 0 odd 0" "without faults all of it is"
echo 0 >"/sys/block/${DISKS##*/}/make-it-fail"
drop_device a
is "$(gauge backing_pages),$(gauge pers_zpages)" 0,0 "nothing is left"
unload_clean
done_testing
