#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Says what to do when a module cannot be built: need-headers.sh KDIR
set -eu

kdir=$1

if [ -f "$kdir/.config" ] && [ -f "$kdir/Makefile" ]; then
	exit 0
fi

case $kdir in
"/lib/modules/$(uname -r)/build")
	echo "No headers for the running kernel $(uname -r)." ;;
*)
	echo "KDIR=$kdir is not a configured kernel build folder." ;;
esac >&2

{
	echo "On Debian:  apt install linux-headers-$(dpkg --print-architecture 2>/dev/null || echo amd64)"
	found=
	for dir in /lib/modules/*/build; do
		if [ -f "$dir/.config" ] && [ -f "$dir/Makefile" ]; then
			[ -n "$found" ] || echo "Or build for a kernel whose headers are here:"
			found=yes
			echo "            make KDIR=$dir"
		fi
	done
} >&2
exit 1
