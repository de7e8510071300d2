#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Swap-out and swap-in of chunks, and exit of a process that is swapped out: MODE is chunks or
# exit.  zswap needs a real device behind it, which gets nothing.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

bytes=$(((PAGES + PAGES / 8 + 1024) * 4096))
make_zram 0 $bytes
load_zcache $bytes
echo "$COMPRESSOR" >/sys/module/zswap/parameters/compressor
grep -qxF "$COMPRESSOR" /sys/module/zswap/parameters/compressor || die "zswap has no $COMPRESSOR"
echo 60 >/sys/module/zswap/parameters/max_pool_percent
for dev in zram0 zcache0 ubda; do
	mkswap /dev/$dev >/dev/null
done
echo 0 >/proc/sys/vm/page-cluster
for chunk in $(echo "$CHUNKS" | tr , " "); do
	echo "chunk $chunk"
	"$PROGRAMS/swapq" "$MODE" "$CORPUS" "$PAGES" "$chunk" "$ROUNDS" \
		zram=/dev/zram0 zcache=/dev/zcache0 zswap=/dev/ubda
done
echo "zswap wrote $(awk '$1 == "zswpwb" { print $2 }' /proc/vmstat) pages back"
