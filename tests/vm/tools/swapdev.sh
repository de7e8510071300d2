# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the swap device share. Sourced after lib.sh.
# shellcheck disable=SC2034 # the variables are for those who source this

devices=/sys/kernel/config/zcache
params=/sys/module/zcache/parameters

# make_device NAME SIZE: leaves its path in $device.
make_device()
{
	mkdir "$devices/$1" && echo "$2" >"$devices/$1/size" && echo 1 >"$devices/$1/live" &&
		device=/dev/$(cat "$devices/$1/device")
}

all_free()
{
	gauge_is backing_pages 0 && gauge_is pers_zpages 0 && gauge_is pers_pages 0
}

# emptied: with $device discarded nothing is left anywhere.
emptied()
{
	blkdiscard -f "$device" 2>/dev/null
	check "discarded: all blocks are free" wait_until 5 all_free
}

# drop_device NAME
drop_device()
{
	echo 0 >"$devices/$1/live" && rmdir "$devices/$1"
}

no_devices()
{
	for dev in /dev/zcache[0-9]*; do
		! [ -e "$dev" ] || return 1
	done
}

# unload_clean: the last point of most tests. A gauge that is not back at zero is said by the
# modules themselves, as "bad accounting", and the harness takes that for a failure.
unload_clean()
{
	mark
	check "all modules can be removed" unload_modules
	check_fails "and no gauge was left above zero" said 'bad accounting'
}
