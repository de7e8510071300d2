#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Public headers document themselves in kernel-doc without a mistake, and every
# exported function is described there or above its definition.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

kernel_files '\.c$' | while read -r file; do
	grep -nE '^EXPORT_SYMBOL[A-Z_]*\(' "$file" | sed 's/^\([0-9]*\):[A-Z_]*(\([a-zA-Z0-9_]*\).*/\1 \2/' |
		while read -r nr name; do
			module=${file%%/*}
			cat "$file" "$module"/*.h | grep -qE "^ \* $name\(\)? - " ||
				echo "$file:$nr: $name is exported and has no kernel-doc"
		done || :
done

script=
for candidate in "$cache"/checkpatch/kernel-doc /usr/lib/linux-kbuild-*/scripts/kernel-doc \
	/usr/src/linux-headers-*-common/scripts/kernel-doc /usr/src/linux-source-*/scripts/kernel-doc; do
	[ ! -f "$candidate" ] || script=$candidate
done
if [ -z "$script" ]; then
	echo "# no kernel-doc script: form of the comments not checked"
	exit 0
fi

for header in $(for m in $modules; do echo "$m/$m.h"; done; kernel_files '^common/.*\.h$'); do
	[ ! -f "$header" ] || "$script" -none -Wall "$header" 2>&1 |
		sed -nE "s,^(.*/)?($header:[0-9]+): (warning|error): ,\2: ,p" || :
done
