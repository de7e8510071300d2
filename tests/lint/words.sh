#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Words that do not belong in the tree: asserts that kill the machine, promises
# nobody tracks, code that is switched off.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

# forbid FILES REGEX WHY: one finding per line of FILES that matches REGEX.
forbid()
{
	while read -r file; do
		grep -nE "$2" "$file" | report "$file" "$3" || :
	done <<-EOF
		$1
	EOF
}

code=$(kernel_files '\.[ch]$')
c=$(files '\.[ch]$')
text=$(files '(\.(c|h|sh|py|rst|md|yml)|/run|Makefile|Kbuild|dkms\.conf)$' | grep -v '^tests/lint/')

forbid "$code" '\b(VM_)?BUG(_ON)?(_ONCE)?[[:space:]]*\(' \
	'stops the machine; use WARN_ON_ONCE for our own invariants'
forbid "$code" '\bpanic[[:space:]]*\(' 'stops the machine'
forbid "$text" '\b(TODO|FIXME|XXX|HACK)\b([^#]*|.*#[^0-9].*)$' \
	'a promise needs the number of its issue, as in #12'
forbid "$c" '^[[:space:]]*#[[:space:]]*if[[:space:]]+(0|1)\b' 'code that is switched off'
forbid "$c" '^[[:space:]]*(//|/\*).*[;{}][[:space:]]*(\*/)?[[:space:]]*$' \
	'looks like code in a comment'
