#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Put, get and flush of single pages.  There is a second zram: how much it differs from the
# first is what a difference means nothing below.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

bytes=$((PAGES * 4096))
make_zram 0 $bytes
make_zram 1 $bytes
load_zcache $bytes
kbench devs=/dev/zram0,/dev/zcache0,/dev/zram1 rounds="$ROUNDS" \
	ops=seqwrite,seqread,rndwrite,rndread,free
