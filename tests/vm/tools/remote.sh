# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A test of several guests that is written down in one place: one guest tells the others what
# to do and looks at them. Sourced after lib.sh.
#
#	if [ "$NODE" -ne 0 ]; then
#		obey
#		done_testing
#	fi
#	check "the other guest is there" wait_until 60 ask node1 true
#	is "$(ask node1 'cat /proc/loadavg | wc -l')" 1 "and does as it is told"
#	release node1

remote_port=9999

# obey: does what another guest says, until it is released.
obey()
{
	# Who asks is through with it long before the answer may be there.
	socat -t 600 "TCP-LISTEN:$remote_port,reuseaddr,fork" EXEC:/bin/sh,stderr &
	remote_pid=$!
	until [ -e /run/released ]; do
		sleep 0.3
	done
	kill "$remote_pid"
}

# ask NODE SCRIPT: its output is the other guest's, and its status.
ask()
{
	# Who is not answered at all has no status either.
	remote_said=$(printf '%s\necho " =$?"\n' "$2" | nc -N "$1" "$remote_port") || return 255
	remote_status=${remote_said##*=}
	remote_said=${remote_said% =*}
	[ -z "$remote_said" ] || printf '%s\n' "${remote_said%
}"
	return "${remote_status:-255}"
}

release()
{
	ask "$1" ': >/run/released'
}
