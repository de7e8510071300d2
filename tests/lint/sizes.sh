#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A file has at most 800 lines, a function at most 60 between its braces.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

files '(\.(c|h|sh|py|awk)|/run|Makefile|Kbuild)$' | while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 800 ] || echo "$file:800: the file has $lines lines, 800 are allowed"
done

# In kernel style a function, and nothing else, opens with a brace of its own in
# the first column after a line that ends its parameters or an attribute of it.
files '\.[ch]$' | while read -r file; do
	awk -v file="$file" '
	!open && /^[A-Za-z_].*\(/ { head = FNR; name = $0 }
	/^\{/ && before ~ /\)[ \t]*$/ { open = FNR }
	/^\}/ && open {
		if (FNR - open - 1 > 60) {
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			printf "%s:%d: %s() has %d lines, 60 are allowed\n",
				file, head, name, FNR - open - 1
		}
		open = 0
	}
	!/^[ \t]*$/ { before = $0 }
	' "$file"
done
