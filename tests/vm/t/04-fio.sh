#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fio writes, reads, trims and verifies, several jobs and many requests at once.
#
# vm: mem=512 group=device append=slab_nomerge timeout=180 brief=6.1
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

share=8M
[ -z "${LONG-}" ] || share=32M

# run DESCRIPTION OPTION...: two jobs, each with its own part of the device.
run()
{
	what=$1
	shift
	fio --minimal --output=/run/fio.out --name=job --filename=/dev/zcache0 --numjobs=2 \
		--thread --size=$share --offset_increment=$share --verify=crc32c \
		--verify_fatal=1 --do_verify=1 --randseed=1 --refill_buffers "$@" 2>/run/fio.err
	verdict $? "fio: $what"
	diag "$(cat /run/fio.err)"
	# A run that wrote nothing would have verified nothing.
	check "it has written" gauge_at_least pers_puts $(($(cat /run/puts) + 2000))
	gauge pers_puts >/run/puts
}

load_modules swap_size=64M
gauge pers_puts >/run/puts
aio="--ioengine=libaio --direct=1 --iodepth=16"
# shellcheck disable=SC2086 # words
{
	run "single pages, random" $aio --rw=randwrite --bs=4k
	run "mixed sizes, half compressible" $aio --rw=randrw --bsrange=4k-256k \
		--buffer_compress_percentage=50
	run "trimmed, then written" $aio --rw=randtrimwrite --bs=16k
}
run "buffered" --ioengine=psync --rw=randwrite --bsrange=4k-64k \
	--fsync_on_close=1 --invalidate=1
is "$(gauge failed_pers_puts)" 0 "no write was refused"
blkdiscard /dev/zcache0
is "$(gauge pers_zpages)" 0 "all gone"
unload_clean
done_testing
