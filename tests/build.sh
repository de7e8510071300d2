#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds our modules, and the test-only ones of tests/vm/module, for installed kernel headers;
# and the programs of tests/vm/tools and tools.
# Each kernel has a shadow copy of the sources in build/<release>/, so that several kernels
# live side by side and the tree stays clean. Only what changed is copied and made.
# "debug", "uml" and "5.10-cleancache" are the kernels of tests/vm/debug, which are built first,
# once.  Modules for the kernel of another Debian release are built there, by its own compiler:
# tests/vm/debian.
#
# usage: tests/build.sh 6.1|6.12|5.10|6.12-trixie|7.2|debug|uml|5.10-cleancache|RELEASE...

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/shadow.sh
. "$top/tests/shadow.sh"

# Leaves in $headers where the kernel is built against, in $arch what kbuild calls it, in $flags
# what make is told, and in $there, if it is not here, what runs make where it can be.
prepare_kernel()
{
	arch=x86
	there=()
	flags=$shadow_flags
	case $1 in
	debug) debug_kernel x86 ;;
	uml) arch=um && debug_kernel uml ;;
	5.10-cleancache)
		debug_kernel cleancache
		# Without NUMA, its own headers warn.
		flags=${shadow_flags#W=1 }
		;;
	5.10 | 6.12-trixie | 7.2)
		"$top/tests/vm/debian" root "$1" >/dev/null
		there=("$top/tests/vm/debian" run "$1" "$top/build")
		headers=/usr/src/linux-headers-$("$top/tests/vm/release" "$1")
		;;
	*) headers=/usr/src/linux-headers-$("$top/tests/vm/release" "$1") ;;
	esac
}

debug_kernel()
{
	"$top/tests/vm/debug/kernel" build "$1"
	headers=$("$top/tests/vm/debug/kernel" folder "$1")/build
}

kbuild()
{
	local folder=$1
	shift

	# shellcheck disable=SC2086 # a list of words
	"${there[@]}" make -s -C "$headers" M="$folder" ARCH="$arch" -j"$(nproc)" $flags \
		"$@" modules
}

build()
{
	local release shadow headers arch there flags

	prepare_kernel "$1"
	release=$("$top/tests/vm/release" "$1")
	shadow=$top/build/$release

	mkdir -p "$shadow"
	exec 9>"$shadow/.lock"
	flock 9
	copy_sources "$top" "$shadow"
	kbuild "$shadow"
	if [ -e "$shadow/tests/vm/module/Kbuild" ]; then
		kbuild "$shadow/tests/vm/module" \
			KBUILD_EXTRA_SYMBOLS="$shadow/Module.symvers"
	fi
	exec 9>&-
	echo "built for $release: build/$release"
}

if [ $# -eq 0 ]; then
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
fi
if ! command -v rsync >/dev/null; then
	echo "rsync is missing: run tests/setup.sh as root" >&2
	exit 1
fi
mkdir -p "$top/build"
flock "$top/build/.vmtools.lock" make -s -C "$top/tests/vm/tools"
# Static, as a guest has other libraries, or none.
flock "$top/build/.vmtools.lock" make -s -C "$top/tools" STATIC=1 out="$top/build/tools-static"
cp -u "$top/build/tools-static/ramster" "$top/build/vmtools"
for kernel in "$@"; do
	build "$kernel"
done
