# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guests' scripts share.  MODULES, PROGRAMS, CORPUS, COMPRESSOR, PAGES and ROUNDS are set.
set -e

die()
{
	echo "$*"
	dmesg | tail -n 30
	exit 1
}

# load_zcache BYTES
load_zcache()
{
	insmod "$MODULES/tmem/tmem.ko"
	insmod "$MODULES/zbud/tmem_zbud.ko"
	insmod "$MODULES/zcache/zcache.ko" swap_size="$1" pers_compressor="$COMPRESSOR"
}

# make_zram NR BYTES
make_zram()
{
	echo "$COMPRESSOR" >"/sys/block/zram$1/comp_algorithm"
	grep -qF "[$COMPRESSOR]" "/sys/block/zram$1/comp_algorithm" ||
		die "zram has no $COMPRESSOR"
	echo "$2" >"/sys/block/zram$1/disksize"
}

# bench_module NAME PARAMETER...: one line for each pass
bench_module()
{
	name=$1
	shift
	dmesg -C
	# Ends with an error on purpose: there is nothing to unload.
	insmod "$MODULES/bench/$name/$name.ko" "$@" 2>/dev/null || :
	dmesg | grep -q "$name: verified" || die "$name failed"
	dmesg | sed -n "s/^.*\($name: [0-9]\)/\1/p"
}

# kbench PARAMETER...
kbench()
{
	bench_module kbench corpus="$CORPUS" pages="$PAGES" "$@"
}
