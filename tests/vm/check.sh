#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What `make check-vm` runs: builds the modules for every kernel, then all of tests/vm/t in
# guests of these kernels. Ends with "N passed, N failed, N skipped".
#
# usage: [KERNELS="6.1 6.12"] [BRIEF=1] tests/vm/check.sh [TEST...]	(names or numbers, default:
# all); BRIEF=1: each test runs only on the kernels that its "# vm:" line names after brief=, and
# those that name none on 5.10, too.

set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
: "${KERNELS:=6.1 6.12${BRIEF:+ 5.10}}"
kernels="" missing=""

# Debian's mirrors may not have an old release any more.
for kernel in $KERNELS; do
	status=0
	case " $("$top/tests/vm/debian" kernels) " in
	*" $kernel "*) "$top/tests/vm/debian" root "$kernel" >/dev/null || status=$? ;;
	esac
	case $status in
	0) kernels="$kernels $kernel" ;;
	3) missing="$missing --missing $kernel" ;;
	*) exit "$status" ;;
	esac
done

# shellcheck disable=SC2086 # a list of names
"$top/tests/build.sh" $kernels
# shellcheck disable=SC2086
exec "$top/tests/vm/check.py" ${BRIEF:+--brief} $missing --kernels $kernels -- "$@"
