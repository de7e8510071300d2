#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what building, host tests, lint, guests and the demo need on Debian 12. Does nothing
# when all is there. Kernels and user land of the guests are not installed but fetched into the
# cache when the first guest is started, see tests/vm/harness/cache.py.
#
# usage: tests/setup.sh [bench|packages]: with what the benchmarks, or the packages, need

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${RAMSTER_CACHE:-/var/cache/ramster-test}
kernels="6.1 6.12"

packages=(
	# building modules, for the newest 6.1 and 6.12 of the archive
	linux-headers-amd64 linux-headers-6.12-amd64 gcc make libc6-dev libelf-dev bc flex bison
	kmod rsync
	# host tests and fuzzing
	clang libclang-rt-14-dev llvm liblzo2-dev libssl-dev
	# the ramster command and its tests
	libjson-c-dev libncurses-dev mandoc
	# the model of a page
	spin
	# lint
	codespell git patch perl python3-docutils shellcheck sparse
	# guests, and what the demo runs
	e2fsprogs mmdebstrap procps python3 qemu-system-x86 sqlite3 util-linux xz-utils zstd
)

if [ "${1-}" = bench ]; then
	packages+=(linux-source-6.12 linux-perf iproute2 dmsetup bcache-tools)
fi

if [ "${1-}" = packages ]; then
	packages+=(dpkg-dev debhelper libjson-c-dev libncurses-dev)
fi

die()
{
	echo "setup: $*" >&2
	exit 1
}

# Names the packages that are not there.
missing()
{
	local package

	for package in "${packages[@]}"; do
		# shellcheck disable=SC2016 # dpkg-query's own variables
		if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed; then
			echo "$package"
		fi
	done
}

install_packages()
{
	[ "$(id -u)" -eq 0 ] || die "must be root to install: $*"
	echo "setup: installing $*"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update ||
		die "apt-get update failed, so these stay missing: $*"
	# The lock may be held by an unattended upgrade of a fresh machine.
	apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install \
		--no-install-recommends "$@" >/dev/null </dev/null ||
		die "apt-get could not install: $*"
}

# Headers that are older than the archive are of no use: there is no kernel for them any more.
has_kernel()
{
	local release=$1

	compgen -G "$cache/kernel/$release-*" >/dev/null ||
		apt-cache show "linux-image-$release" >/dev/null 2>&1
}

refresh_headers()
{
	local kernel release

	for kernel in $kernels; do
		release=$("$top/tests/vm/release" "$kernel")
		if ! has_kernel "$release"; then
			install_packages linux-headers-amd64 linux-headers-6.12-amd64
			return
		fi
	done
}

# checkpatch.pl is in no package but the kernel's source, of which we keep three files.
fetch_checkpatch()
{
	local work tarball

	if [ -e "$cache/checkpatch/checkpatch.pl" ]; then
		return
	fi
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/.checkpatch.XXXXXX")
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$work'" EXIT
	tarball=/usr/src/linux-source-6.12.tar.xz
	if [ ! -e "$tarball" ]; then
		echo "setup: fetching linux-source-6.12 for checkpatch.pl"
		(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download linux-source-6.12) ||
			die "apt-get could not download linux-source-6.12"
		dpkg-deb --fsys-tarfile "$work"/linux-source-6.12_*.deb |
			tar -xf - -C "$work" ./usr/src/linux-source-6.12.tar.xz
		tarball=$work/usr/src/linux-source-6.12.tar.xz
	fi
	mkdir "$work/checkpatch"
	# All are near each other in the archive: tar may stop when it has seen each once.
	tar -xf "$tarball" -C "$work/checkpatch" --strip-components=2 --occurrence=1 \
		linux-source-6.12/scripts/checkpatch.pl \
		linux-source-6.12/scripts/const_structs.checkpatch \
		linux-source-6.12/scripts/spelling.txt
	mv -T "$work/checkpatch" "$cache/checkpatch" 2>/dev/null ||
		[ -e "$cache/checkpatch/checkpatch.pl" ]
}

wanted=$(missing)
if [ -n "$wanted" ]; then
	# shellcheck disable=SC2086 # a list of names
	install_packages $wanted
fi
refresh_headers
fetch_checkpatch
for kernel in $kernels; do
	echo "setup: $kernel is $("$top/tests/vm/release" "$kernel")"
done
