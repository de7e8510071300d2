#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# gcc W=1 with -Werror and sparse are silent about our files, on each installed
# kernel.  Built in a copy, so that it never disturbs a build that is going on;
# symbols.sh looks at the objects.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

command -v sparse >/dev/null || skip "sparse is not installed"
[ -n "$(kernels)" ] || skip "no kernel headers installed"

# The parts of the tree that kbuild reads; a folder may be missing in a selftest.
parts=
for part in Kbuild VERSION $kernel_code; do
	[ ! -e "$part" ] || parts="$parts $part"
done

for kdir in $(kernels); do
	series=$(series "$kdir")
	[ -n "${LINT_KERNELS-}" ] || grep -q "^probe.*	$series\b" tests/lint/probes.expected || {
		echo "# $kdir: no column for $series in probes.expected"
		continue
	}
	# Up to 6.1 the guards of the kernel's own headers look unbalanced to sparse.
	context=
	case $series in 5.* | 6.1) context=-Wno-context ;; esac

	work=$scratch/build-$series
	rm -rf "$work"
	mkdir -p "$work"
	# shellcheck disable=SC2086 # a list of words without blanks
	cp -r $parts "$work"
	find "$work" \( -name '*.o' -o -name '*.ko' -o -name '*.mod*' -o -name '.*.cmd' \
		-o -name 'probed.*' \) -delete
	status=0
	make -k -j"$(nproc)" -C "$kdir" M="$work" W=1 C=2 CF="-D__CHECK_ENDIAN__ $context" \
		KCFLAGS=-Werror modules >"$work.log" 2>&1 || status=$?

	found=$(sed -n "s,^$work/\([^:]*:[0-9]*\):[0-9]*: \(fatal \)\{0\,1\}\(error\|warning\): ,\1: on $series: ,p" \
		"$work.log" | sort -u)
	modpost=$(grep -E '^(ERROR|WARNING): modpost' "$work.log" | sed "s,^,Kbuild:1: on $series: ," || :)
	printf '%s\n%s\n' "$found" "$modpost" | grep . || [ "$status" -eq 0 ] ||
		echo "Kbuild:1: does not build on $series, see build/lint/build-$series.log"
done
