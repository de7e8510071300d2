#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Devices made and removed through configfs: attributes, refusals and their errno, and what
# becomes of a device whose directory is removed while it is in use.
#
# vm: mem=512 group=device append=slab_nomerge timeout=90 brief=6.12
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

newline='
'
# sectors DEVICE
sectors()
{
	cat "/sys/block/${1##*/}/size"
}

gone()
{
	! [ -e "$1" ] && ! [ -e "/sys/block/${1##*/}" ]
}

test_attributes()
{
	mkdir "$devices/a"
	a=$devices/a
	is "$(cat "$a/size" "$a/sync" "$a/live" "$a/device" | tr '\n' ,)" "0,0,0,," \
		"a new directory describes no device"
	mark
	gives EINVAL "$a/live" 1 "without a size it does not go live"
	check "and the log says so" said 'zcache: a: write its size first'
	for size in foo -1 64MB '1 2' 0x; do
		gives EINVAL "$a/size" "$size" "'$size' is no size"
	done
	gives EINVAL "$a/size" "$newline" "nor is an empty line"
	gives ERANGE "$a/size" 16777217T "nor is what does not fit in 64 bits"
	for bool in 2 maybe; do
		gives EINVAL "$a/live" "$bool" "live is not '$bool'"
		gives EINVAL "$a/sync" "$bool" "sync is not '$bool'"
	done
	reads "$a/size" 0 "the size is what it was"
	for size in 1K 17T; do
		gives ok "$a/size" "$size" "$size is a size"
		gives EINVAL "$a/live" 1 "though not one of a device"
	done
	reads "$a/live" 0 "it is not live"
	no_devices
	verdict $? "and no device has been made"

	gives ok "$a/size" 33558527 "a size need not be whole pages"
	reads "$a/size" 33558527 "it is shown as written"
	gives ok "$a/sync" 1 "it may be synchronous"
	gives ok "$a/live" 1 "it goes live"
	device=/dev/$(cat "$a/device")
	check "the device named is there" test -b "$device"
	is "$(sectors "$device")" 65536 "its size is rounded down to pages"
	gives EBUSY "$a/size" 64M "its size is fixed while it is live"
	gives EBUSY "$a/sync" 0 "so is sync"
	gives ok "$a/live" 1 "live again is nothing new"
	gives EACCES "$a/device" x "its name cannot be written"
	check_fails "the modules cannot be removed while there is a directory" rmmod zcache
}

test_busy()
{
	exec 4<"$device"
	gives EBUSY "$a/live" 0 "it stays while it is open"
	exec 4<&-
	mkswap -q "$device" && swapon "$device"
	verdict $? "it can be swapped to"
	gives EBUSY "$a/live" 0 "it stays while it is swap"
	swapoff "$device"
	mke2fs -q "$device" && mount "$device" /mnt
	verdict $? "it can be mounted"
	gives EBUSY "$a/live" 0 "it stays while it is mounted"
	umount /mnt
	gives ok "$a/live" 0 "it goes when nobody uses it"
	check "the device is gone" gone "$device"
	reads "$a/device" "" "it has no name then"
	is "$(gauge pers_zpages)" 0 "and holds nothing"
	gives ok "$a/size" 16M "its size can be changed"
	gives ok "$a/live" 1 "it goes live again"
	is "$(sectors "$device")" 32768 "with the new size"
	cmp -n 16777216 "$device" /dev/zero
	verdict $? "nothing of what it held before can be read"
	rmdir "$a"
	check "rmdir removes a device that nobody uses" gone "$device"
}

# In use while its directory goes: swap as root, with pages out there.
test_abandoned()
{
	make_device b 64M
	b=$device
	mkswap -q "$b" && swapon "$b"
	mkfifo /run/hog
	hog -w -P -m 32 </run/hog >/run/hog.out &
	hog=$!
	exec 5>/run/hog
	check "pages are swapped" wait_until 20 grep -q filled /run/hog.out
	check "a good many" gauge_at_least pers_zpages 2000
	mark
	check "its directory can be removed" rmdir "$devices/b"
	check "the log says that it stays" said "zcache: ${b##*/}: in use, will be removed when it is closed"
	check "the device is there" test -b "$b"
	make_device b 1M
	verdict $? "a new device may have the name"
	check_fails "and is another one" test "$b" = "$device"
	drop_device b
	exec 5>&-
	wait "$hog"
	verdict $? "what was swapped there is intact: $(cat /run/hog.out)"
	check "swapoff works" swapoff "$b"
	check "and then it goes" wait_until 5 gone "$b"
	check "with all it held" wait_until 5 gauge_is pers_zpages 0
	rm /run/hog

	make_device c 1M
	c=$device
	exec 4<"$c"
	rmdir "$devices/c"
	check "it can still be opened, as swapoff does" sh -c ": <$c"
	check "it stays while it is open" test -b "$c"
	exec 4<&-
	check "closed, it goes" wait_until 5 gone "$c"
}

test_several()
{
	for name in one two three; do
		make_device "$name" 4M
		echo "I am $name" | dd of="$device" bs=4k conv=sync oflag=direct status=none
		eval "$name=\$device"
	done
	# shellcheck disable=SC2154 # set by the eval above
	is "$(head -q -n 1 "$one" "$two" "$three" | tr '\n' ,)" "I am one,I am two,I am three," \
		"devices do not see each other's pages"
	drop_device two
	is "$(head -q -n 1 "$one" "$three" | tr '\n' ,)" "I am one,I am three," \
		"one of them goes, the others stay"
	make_device two 4M
	is "$device" "$two" "its number is used again"
	cmp -n 4194304 "$device" /dev/zero
	verdict $? "its pages are not"
	for name in one two three; do
		drop_device "$name"
	done
}

test_names()
{
	long=$(printf '%0200d' 0)
	# shellcheck disable=SC2016 # names, nothing to expand
	for name in "a b" "ä§" "x'y\"z" '$HOME' '*' '%s%n' '-n' "$long"; do
		make_device "$name" 64K && [ -b "$device" ] && drop_device "$name"
		verdict $? "a directory may be called $name"
	done
}

test_many()
{
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		make_device "d$n" 64K || break
	done
	set -- /dev/zcache*
	is $# 20 "twenty devices"
	rmdir "$devices"/d*
	no_devices
	verdict $? "all gone"
}

modprobe zcache
test_attributes
test_busy
test_abandoned
test_several
test_names
test_many
is "$(gauge reserve_target)" 0 "without a device there is no reserve"
is "$(gauge reserve_pages)" 0 "its pages are given back"
unload_clean
done_testing
