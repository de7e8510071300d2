#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# An exported symbol begins with the name of its folder, is for GPL modules only, and
# is exported by no kernel installed here.  (A namesake in the kernel that is not
# exported is no clash: 5.10 and its zbud have some.)  A symbol that leaves its file
# but not its module begins with the name of the folder or of a file of the module.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

kernel_files '\.[ch]$' | grep -v '^compat/' | while read -r file; do
	grep -nE '^[[:space:]]*EXPORT_SYMBOL[A-Z_]*\(' "$file" |
		sed 's/^\([0-9]*\):[[:space:]]*\([A-Z_]*\)(\([a-zA-Z0-9_]*\).*/\1 \2 \3/' |
		while read -r nr macro name; do
			folder=${file%%/*}
			case $name in
			"$folder"_*) ;;
			*) echo "$file:$nr: $name is exported, so its name begins with ${folder}_" ;;
			esac
			[ "$macro" = EXPORT_SYMBOL_GPL ] || echo "$file:$nr: $name: use EXPORT_SYMBOL_GPL()"
			for kdir in $(kernels); do
				! grep -q "	$name	" "$kdir/Module.symvers" ||
					echo "$file:$nr: $name is exported by ${kdir##*/} as well"
			done
		done || :
done

# What is global in the objects but not exported.  The names that kbuild and the
# tracepoint macros make are theirs.
for kdir in $(kernels); do
	dir=$(shadow "$kdir")
	[ -d "$dir" ] || continue
	for module in $modules; do
		nouns=$(files "^$module/.*\.c$" | sed 's,.*/,,; s,\.c$,,' | tr '\n' '|')
		find "$dir/$module" -name '*.o' ! -name '*.mod.o' 2>/dev/null | while read -r object; do
			file=${object#"$dir"/}
			file=${file%.o}.c
			[ -f "$file" ] || continue
			nm -g --defined-only "$object" | awk '{ print $3 }' |
				grep -vE '^(init_module|cleanup_module|__.*)$' |
				grep -vE "^($nouns$module)_" | while read -r name; do
					echo "$file:1: $name is global, so its name begins with ${module}_ or a file of it"
				done || :
		done
	done
done | sort -u
