#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make check-matrix` runs: all modules build without a warning for each kernel, with the
# compiler of its own Debian release, and do their work there; old and new kernels share a
# cluster.  What Debian's mirrors do not have is skipped, and said.
#
# usage: [KERNELS="5.10 7.2"] [TESTS="00-load"] tests/matrix.sh
#
# The last line is "N passed, N failed, N skipped".

set -u
cd "$(dirname "$0")/.." || exit

: "${KERNELS:=5.10 5.10-cleancache 6.1 6.12 6.12-trixie 7.2}"
: "${TESTS:=00-load 02-block 05-swap 30-ephemeral 62-link 70-ramster 80-dm-zcache \
62-link-5.10 70-ramster-5.10 95-native 96-cleancache}"
logs=build/matrix
mkdir -p "$logs"
passed=0 failed=0 skipped=0
there=()

result()
{
	echo "$1 - $2"
	case $1 in
	ok) passed=$((passed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
}

# have KERNEL: whether there is something to build for; status 3: not any more.
have()
{
	case " $(tests/vm/debian kernels) " in
	*" $1 "*) tests/vm/debian root "$1" >/dev/null ;;
	*) tests/vm/release "$1" >/dev/null ;;
	esac
}

for kernel in $KERNELS; do
	log=$logs/$kernel.log
	have "$kernel" 2>"$log" &&
		name="builds for $kernel, $(tests/vm/release "$kernel")" &&
		tests/build.sh "$kernel" >"$log" 2>&1 </dev/null
	case $? in
	0)
		result ok "$name"
		there+=("$kernel")
		;;
	3) result skip "$kernel: $(tail -n 1 "$log")" ;;
	*)
		result "not ok" "modules for $kernel: see $log"
		tail -n 5 "$log" | sed 's/^/# /'
		;;
	esac
done

if [ ${#there[@]} -gt 0 ]; then
	# shellcheck disable=SC2086 # a list of names
	tests/vm/check.py --kernels "${there[@]}" -- $TESTS 2>&1 | tee "$logs/guests.log"
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$logs/guests.log" |
		tail -n 1 | tr -dc '0-9 ')
	if [ -n "$counts" ]; then
		read -r p f s <<<"$counts"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	else
		result "not ok" "the guests ran: see $logs/guests.log"
	fi
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
