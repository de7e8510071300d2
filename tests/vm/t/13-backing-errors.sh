#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A backing device that is slow, that fails writes at times, and that fails everything: no
# byte is ever wrong, an error is returned only for what is there, what cannot be written back
# stays in memory, and a device goes when all that is under way has ended.
#
# vm: mem=512 smp=2 disk=96M group=backing-errors append=slab_nomerge timeout=150 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

a=$devices/a
sectors=$((96 * 2048))

# table TARGET ARGUMENT...: what is beneath from now on.
table()
{
	echo "0 $sectors $*" >/run/table
	dmsetup suspend --noflush backing && dmsetup load backing /run/table &&
		dmsetup resume backing
}

healthy()
{
	table "linear $DISKS 0"
}

live()
{
	echo 1 >"$a/live" && device=/dev/$(cat "$a/device")
}

down()
{
	echo 0 >"$a/live"
}

blocks()
{
	python3 /tests/vm/tools/blocks.py "$device" "$@"
}

test_error()
{
	live
	is "$(blocks write 2000 1)" "written 2000 eio 0 odd 0" "2000 blocks can be written"
	wait_until 5 settled
	backed=$(gauge backing_pages)
	here=$((2000 - backed))
	check "many to the backing device ($backed)" test "$backed" -ge 600
	table error
	is "$(blocks check 2000)" "right $here eio $backed wrong 0 odd 0" \
		"it breaks: exactly the blocks there cannot be read"
	is "$(gauge backing_read_errors)" "$backed" "each is counted"
	gives EIO "$a/writeback" incompressible "a request to write back fails"
	is "$(gauge backing_pages)" "$backed" "and moves nothing"
	is "$(blocks check 2000)" "right $here eio $backed wrong 0 odd 0" \
		"pages that could not be written back are still right"
	# Writes that find no room in the store fail now.
	report=$(blocks write 2000 2)
	diag "$report; $(gauge pers_zpages) pages here"
	case $report in
	"written 2000 "* | "written 0 "*) not_ok "some writes fail, with EIO" ;;
	*" odd 0") ok "some writes fail, with EIO" ;;
	*) not_ok "some writes fail, with EIO" ;;
	esac
	is "$(blocks check 2000)" "right 2000 eio 0 wrong 0 odd 0" \
		"written ones are right, failed ones are gone"
	healthy
	is "$(blocks write 2000 3)" "written 2000 eio 0 odd 0" "mended: all can be written"
	is "$(blocks check 2000)" "right 2000 eio 0 wrong 0 odd 0" "and is right"
	gives ok "$a/writeback" incompressible "a request to write back works"
	emptied
	blocks write 1000 4 >/dev/null
	table error
	check "a device can be removed over a broken one" down
	healthy
	rm /run/blocks.json
}

settled()
{
	was=$(gauge written_back)
	sleep 0.5
	gauge_is written_back "$was"
}

# For a second each: all is well, and writes fail.
test_flakey()
{
	live
	table "flakey $DISKS 0 1 1 1 error_writes"
	report=$(blocks write 1200 1 8)
	diag "$report; $(gauge backing_writes) overflowed, $(gauge written_back) written back," \
		"$(gauge backing_write_errors) failed"
	check "some writes failed" gauge_at_least backing_write_errors $((errors_before + 10))
	report=$(blocks check 1200)
	is "$report" "right 1200 eio 0 wrong 0 odd 0" "what was written is right, all can be read"
	healthy
	is "$(blocks check 1200)" "right 1200 eio 0 wrong 0 odd 0" "also when it is well again"
	emptied
	down
	rm -f /run/blocks.json
}

reads_waited()
{
	dd if=/run/one of="$device" bs=4k oflag=direct conv=notrunc seek=8000 status=none &
	sleep 0.1
	dd if="$device" of=/run/got bs=4k iflag=direct skip=8000 count=1 status=none
	wait
	cmp /run/one /run/got && [ "$(gauge backing_read_waits)" -gt "$1" ]
}

discard_wins()
{
	dd if=/run/one of="$device" bs=4k oflag=direct conv=notrunc seek=8001 status=none &
	sleep 0.1
	blkdiscard -f -o $((8001 * 4096)) -l 4096 "$device" 2>/dev/null
	wait
	cmp -i $((8001 * 4096)):0 -n 4096 "$device" /dev/zero
}

# 400 ms for each write and read.
test_delay()
{
	live
	table "delay $DISKS 0 15 $DISKS 0 15"
	report=$(blkcheck -n 60 -t 2 -k 200 -x 40,20,30 "$device")
	verdict $? "a slow device: contents are right"
	diag "$report; $(gauge writeback_stale) stale, $(gauge backing_read_waits) reads waited"
	emptied
	is "$(blocks write 600 1)" "written 600 eio 0 odd 0" "the store is filled"
	wait_until 5 settled
	table "delay $DISKS 0 400 $DISKS 0 1000"
	head -c 4096 /dev/urandom >/run/one
	# So that it does not find room in the store.
	echo N >"$params/store_poor"
	check "a read of a block that is being written waits for it" reads_waited \
		"$(gauge backing_read_waits)"
	check "a discard during the write wins" discard_wins
	echo Y >"$params/store_poor"
	# Blocks written again while they are written back.
	stale=$(gauge writeback_stale)
	echo incompressible >"$a/writeback" &
	sleep 0.2
	report=$(blocks write 400 2)
	wait
	healthy
	diag "$report, $(($(gauge writeback_stale) - stale)) stale"
	check "rewritten during write-back" gauge_at_least writeback_stale $((stale + 1))
	is "$(blocks check 600)" "right 600 eio 0 wrong 0 odd 0" "the new contents are there"

	# Write-back under way when the device goes.
	blkdiscard -f "$device" 2>/dev/null
	table "delay $DISKS 0 400 $DISKS 0 1000"
	echo 5 >"$params/pers_writeback_percent"
	dd if=/dev/urandom of="$device" bs=64k count=8 oflag=direct conv=notrunc status=none
	check "it can be removed while pages are written back" wait_until 5 down
	is "$(gauge backing_pages),$(gauge pers_zpages)" 0,0 "nothing is left of it"
	healthy
	echo 90 >"$params/pers_writeback_percent"
	rm -f /run/blocks.json
}

expect_dmesg 'I/O error, dev (zcache|dm-)|lost async page write'
# Without copies: what is read is what the disk says.
load_modules pers_max_mib=2 clean_copies=0
# These patch the kernel's code, so now, when all is quiet.
modprobe -a dm-mod dm-delay dm-flakey
dmsetup create backing --table "0 $sectors linear $DISKS 0"
backing=/dev/$(dmsetup info -c --noheadings -o blkdevname backing)
mkdir "$a"
echo 64M >"$a/size"
echo "$backing" >"$a/backing"

errors_before=0
test_error
errors_before=$(gauge backing_write_errors)
test_flakey
test_delay
rmdir "$a"
check "nobody holds what is beneath" wait_until 5 dmsetup remove backing
unload_clean
done_testing
