# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the swap device share. Sourced after lib.sh.
# shellcheck disable=SC2034 # the variables are for those who source this

devices=/sys/kernel/config/zcache
params=/sys/module/zcache/parameters
marks=0

# mark: what the kernel says from here on is what said looks at.
mark()
{
	marks=$((marks + 1))
	echo "<6>ramster-test: mark $$-$marks" >/dev/kmsg
}

# said ERE: whether the kernel has said that since the mark; shows it.
said()
{
	dmesg | ere=$1 awk -v mark="ramster-test: mark $$-$marks" '
		index($0, mark) { marked = 1; next }
		marked && $0 ~ ENVIRON["ere"] { print; found = 1 }
		END { exit !found }'
}

# gives WANTED FILE VALUE DESCRIPTION: writing VALUE ends with WANTED, "ok" or an errno.
gives()
{
	is "$(poke "$2" "$3")" "$1" "$4"
}

# reads FILE WANTED DESCRIPTION
reads()
{
	is "$(cat "$1")" "$2" "$3"
}

gauge_is()
{
	[ "$(gauge "$1")" = "$2" ]
}

gauge_at_most()
{
	[ "$(gauge "$1")" -le "$2" ]
}

gauge_at_least()
{
	[ "$(gauge "$1")" -ge "$2" ]
}

# make_device NAME SIZE: leaves its path in $device.
make_device()
{
	mkdir "$devices/$1" && echo "$2" >"$devices/$1/size" && echo 1 >"$devices/$1/live" &&
		device=/dev/$(cat "$devices/$1/device")
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
