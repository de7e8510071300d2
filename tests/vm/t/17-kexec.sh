#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Another kernel is booted while pages of a program that runs are in the swap device: the old
# one shuts down, the new one begins with nothing.
#
# vm: mem=512 smp=2 group=kexec timeout=120 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

[ -e /run/harness/vmlinuz ] || skip_all "there is no image of this kernel to boot"
load_modules swap_size=128M
check "mkswap" mkswap -q /dev/zcache0
check "swapon" swapon /dev/zcache0
if [ -n "${SECOND-}" ]; then
	check "nothing is left from the first kernel" gauge_at_most pers_zpages 1
	report=$(hog -P -m 32 -n 2000)
	verdict $? "swapping in the second kernel: contents are right"
	diag "$report"
	check "swapoff" swapoff /dev/zcache0
	unload_clean
	done_testing
fi

mkfifo /run/go
hog -w -P -m 64 -x 40,20,25 </run/go >/run/hog.out &
exec 5>/run/go
check "a program is filled" wait_until 30 grep -q filled /run/hog.out
check "and out" gauge_at_least pers_zpages 8000
second_kernel
