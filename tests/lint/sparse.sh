#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# gcc W=1 with -Werror and sparse are silent about our files, on each installed
# kernel.  Built where tests/build.sh builds for the guests; symbols.sh looks at the objects.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/shadow.sh
. "$lint/../shadow.sh"

command -v sparse >/dev/null || skip "sparse is not installed"
[ -n "$(kernels)" ] || skip "no kernel headers installed"

command -v rsync >/dev/null || skip "rsync is not installed"
mkdir -p "$scratch"

for kdir in $(kernels); do
	series=$(series "$kdir")
	[ -n "${LINT_KERNELS-}" ] || grep -q "^probe.*	$series\b" tests/lint/probes.expected || {
		echo "# $kdir: no column for $series in probes.expected"
		continue
	}
	# Up to 6.1 the guards of the kernel's own headers look unbalanced to sparse.
	context=
	case $series in 5.* | 6.1) context=-Wno-context ;; esac

	work=$(shadow "$kdir")
	log=$scratch/build-$series.log
	mkdir -p "$work"
	exec 9>"$work/.lock"
	flock 9
	copy_sources "$root" "$work"
	status=0
	# shellcheck disable=SC2086 # a list of words
	make -k -j"$(nproc)" -C "$kdir" M="$work" $shadow_flags C=2 \
		CF="-D__CHECK_ENDIAN__ $context" modules >"$log" 2>&1 || status=$?
	exec 9>&-

	found=$(sed -n "s,^$work/\([^:]*:[0-9]*\):[0-9]*: \(fatal \)\{0\,1\}\(error\|warning\): ,\1: on $series: ,p" \
		"$log" | sort -u)
	modpost=$(grep -E '^(ERROR|WARNING): modpost' "$log" | sed "s,^,Kbuild:1: on $series: ," || :)
	printf '%s\n%s\n' "$found" "$modpost" | grep . || [ "$status" -eq 0 ] ||
		echo "Kbuild:1: does not build on $series, see build/lint/build-$series.log"
done
