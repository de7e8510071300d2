#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stress-ng finds all its patterns in memory that is swapped.
#
# vm: mem=256 group=swap timeout=120 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

seconds=$((12 * ${SLOW:-1}))
[ -z "${LONG-}" ] || seconds=60

load_modules swap_size=400M
mkswap -q /dev/zcache0 && swapon /dev/zcache0
# zero-one and the like would be all same-filled: patterns that compress differently.
# The size is that of both together: half more than there is.
size=$(awk '$1 == "MemAvailable:" { print int($2 * 3 / 2048) }' /proc/meminfo)
stress()
{
	report=$(stress-ng --vm 2 --vm-bytes "${size}m" --vm-keep --vm-method rand-set --verify \
		--timeout $seconds 2>&1)
	verdict $? "stress-ng verifies random sets"
	diag "$report" "$size MiB"
}

stress
# How far it gets depends on the machine.
for more in 2 3; do
	gauge_at_least pers_gets 50 || stress
	diag "round $more, if any: $(gauge pers_gets) pages came back"
done
check "it was swapped" gauge_at_least pers_puts 500
check "and came back" gauge_at_least pers_gets 50
is "$(gauge failed_pers_puts)" 0 "no write was refused"
check "swapoff" swapoff /dev/zcache0
is "$(gauge pers_zpages)" 1 "only the header is left"
unload_clean
done_testing
