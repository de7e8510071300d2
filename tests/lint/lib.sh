# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the checks share.  A check is a script that prints its findings, one
# `file:line: why` per line, and nothing when all is well.  Lines with # are
# remarks.  Exit status 4 means it could not look, and the output says why.
#
# LINT_ROOT is the tree to look at (default: ours); the selftest sets it.
# shellcheck disable=SC2034 # the variables are for the scripts that source this
lint=$(cd "$(dirname "$0")" && pwd)
root=$(cd "${LINT_ROOT:-$lint/../..}" && pwd)
cd "$root" || exit
scratch=$root/build/lint
cache=${RAMSTER_CACHE:-/var/cache/ramster-test}

# The folders that become modules, and with what they share.
modules=$(sed -n 's/^obj-m += //p' Kbuild | tr -d /)
kernel_code="$modules common compat"

# files REGEX: the files of the project whose path matches, also new ones.
files()
{
	if [ -e .git ]; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -print | sed 's,^\./,,'
	fi | grep -E "$1" | sort | while read -r file; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}

# kernel_files REGEX: the same, only what is compiled for the kernel.
kernel_files()
{
	folders=$(echo "$kernel_code" | tr ' \n' '||' | sed 's/|*$//')
	files "$1" | grep -E "^($folders)/" | grep -v '^compat/probe/' || :
}

# report FILE WHY: makes findings of what `grep -n` prints.
report()
{
	while IFS=: read -r nr _; do
		printf '%s:%s: %s\n' "$1" "$nr" "$2"
	done
}

skip()
{
	echo "$*"
	exit 4
}

# kernels: the build folders of the installed header packages, oldest first.
kernels()
{
	if [ -n "${LINT_KERNELS-}" ]; then
		printf '%s\n' "$LINT_KERNELS"
		return
	fi
	for dir in /usr/src/linux-headers-*; do
		[ ! -f "$dir/.config" ] || printf '%s\n' "$dir"
	done | sort -V
}

# series KDIR: 6.1 for 6.1.0-56-amd64.
series()
{
	make -s -C "$1" kernelversion 2>/dev/null | sed 's/^\([0-9]*\.[0-9]*\).*/\1/'
}

# shadow KDIR: where our modules for it are made, see tests/shadow.sh.
shadow()
{
	echo "$root/build/${1##*/linux-headers-}"
}
