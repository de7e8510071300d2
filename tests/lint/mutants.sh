#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The patches of `make check-mutants`, which runs for an hour and so is run rarely, still apply.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

command -v patch >/dev/null || skip "patch is not installed"

files '^tests/mutants/.*\.patch$' | while read -r file; do
	patch --dry-run -s -f -F 0 -p1 <"$file" >/dev/null ||
		echo "$file:1: does not apply"
done
