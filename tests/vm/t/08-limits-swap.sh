#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The store may not grow: writes beyond the limit fail, cleanly and not for ever; what was
# accepted stays. Swap does without the room it does not get.
#
# vm: mem=512 group=device append=slab_nomerge timeout=60 brief=6.12
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

# In blocks, so that it is seen how far it got. The error is the last but one word or so.
write_random()
{
	dd if=/dev/shm/random of=/dev/zcache0 bs=4k oflag=direct conv=notrunc 2>&1
}

mark
load_modules swap_size=64M pers_max_mib=4
check "a device larger than the store may grow: the log says so" \
	said 'zcache0: no backing device and larger than the store may grow \(4 MiB\)'
is "$(gauge pers_limit_pages)" 1024 "the limit is shown"
head -c 8M /dev/urandom >/dev/shm/random

report=$(write_random)
verdict $((1 - $?)) "a write beyond it fails"
case $report in
*"No space left on device"*) ok "because there is no space" ;;
*) not_ok "because there is no space" && diag "$report" ;;
esac
pages=$(gauge pers_zpages)
is "$(gauge pers_pages)" 1024 "the store is as large as it may be"
is "$pages" 1024 "what it has accepted is there"
cmp -n $((pages * 4096)) /dev/shm/random /dev/zcache0
verdict $? "and is right"
check "the limit is counted" gauge_at_least policy_percent_exceeded 1
is "$(gauge failed_pers_puts)" 1 "the refused write as well"
check "the log says it" said 'zcache0: write refused \(-28\): 1024 page frames used, 1024 allowed'

mark
# Through the page cache, where dd does not stop at the first.
dd if=/dev/shm/random of=/dev/zcache0 bs=1M seek=16 conv=notrunc,fsync status=none
verdict $((1 - $?)) "buffered writes beyond it fail as well"
is "$(gauge failed_pers_puts)" 2049 "each refusal is counted"
said 'write refused' >/run/said
check "but not each is logged" test "$(wc -l </run/said)" -le 50
is "$(gauge pers_zpages)" "$pages" "nothing was lost"

# A block that cannot be written again has neither its old contents nor the new ones.
tail -c 4096 /dev/shm/random >/dev/shm/other
dd if=/dev/shm/other of=/dev/zcache0 bs=4k oflag=direct conv=notrunc status=none
head -c 4096 /dev/zcache0 | cmp - /dev/shm/other
verdict $? "at the limit a block can be written again"
is "$(gauge pers_zpages)" "$pages" "in the place of the old one"
head -c 4096 /dev/zero | dd of=/dev/zcache0 seek=6000 bs=4k oflag=direct conv=notrunc status=none
verdict $? "what takes no page frame can be written"

gives ok "$params/pers_max_mib" 16 "the limit is raised"
report=$(write_random)
verdict $? "all can be written"
check "and is right" cmp -n 8388608 /dev/shm/random /dev/zcache0
gives ok "$params/pers_max_mib" 4 "lowered below what is stored"
check "nothing is lost by that" cmp -n 8388608 /dev/shm/random /dev/zcache0
blkdiscard /dev/zcache0
rm /dev/shm/random /dev/shm/other

expect_dmesg 'Write-error on swap-device'
mkswap -q /dev/zcache0 && swapon /dev/zcache0
refused=$(gauge failed_pers_puts)
report=$(hog -P -m 40 -x 50,20,20)
verdict $? "swapping beyond the limit: contents are right"
diag "$report; $(gauge failed_pers_puts) of $(gauge pers_puts) refused"
check "writes were refused" gauge_at_least failed_pers_puts $((refused + 10))
check "the store is within its limit" gauge_at_most pers_pages 1024
check "swapoff" swapoff /dev/zcache0
unload_clean
done_testing
