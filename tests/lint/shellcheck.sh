#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# No script gets a remark from shellcheck -x, whatever its name.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

command -v shellcheck >/dev/null || skip "shellcheck is not installed"

files . | while read -r file; do
	case $file in
	*.sh | dkms.conf) echo "$file" ;;
	*) ! head -n 1 "$file" | grep -qE '^#!.*\b(ba|da)?sh\b' || echo "$file" ;;
	esac
done | xargs -r shellcheck -x -f gcc |
	sed 's/^\([^:]*:[0-9]*\):[0-9]*: [a-z]*: /\1: /' || :
