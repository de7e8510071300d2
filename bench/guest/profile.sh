#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages are written, then the operation is done TIMES times, over and over, for a profiler
# outside; and where the functions are that it sees.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

bytes=$((PAGES * 4096))
case $DEVICE in
zram) make_zram 0 $bytes ;;
zcache) load_zcache $bytes ;;
esac
ops=seqwrite
for _ in $(seq "$TIMES"); do
	ops=$ops,$OPERATION
done
kbench devs="/dev/${DEVICE}0" rounds="$ROUNDS" ops="$ops"
cat /proc/kallsyms
