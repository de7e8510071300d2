#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# One to four threads that write, read and free pages of one device.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

bytes=$((PAGES * 4096))
make_zram 0 $bytes
load_zcache $bytes
for threads in 1 2 3 4; do
	echo "threads $threads"
	kbench devs=/dev/zram0,/dev/zcache0 rounds="$ROUNDS" threads=$threads \
		ops=seqwrite,rndwrite,rndread,free
done
