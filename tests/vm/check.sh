#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What `make check-vm` runs: builds the modules for every kernel, then all of tests/vm/t in
# guests of these kernels. Ends with "N passed, N failed, N skipped".
#
# usage: [KERNELS="6.1 6.12"] tests/vm/check.sh [TEST...]	(names or numbers, default: all)

set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
: "${KERNELS:=6.1 6.12}"

# shellcheck disable=SC2086 # a list of names
"$top/tests/build.sh" $KERNELS
# Tests that have not yet passed on an idle machine with both kernels run only when named.
if [ $# -eq 0 ]; then
	for test in "$top"/tests/vm/t/*.sh; do
		name=$(basename "$test")
		if grep -qx "$name" "$top/tests/vm/unsettled"; then
			echo "left out, run it by name: $name"
		else
			set -- "$@" "$name"
		fi
	done
fi
# shellcheck disable=SC2086
exec "$top/tests/vm/check.py" --kernels $KERNELS -- "$@"
