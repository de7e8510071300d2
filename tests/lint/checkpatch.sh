#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch --strict on every C file; its options are in .checkpatch.conf.
# Header packages have no checkpatch.pl, so tests/setup.sh unpacks it.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

script=
for candidate in "$cache"/checkpatch/checkpatch.pl "$cache"/checkpatch/scripts/checkpatch.pl \
	/usr/src/linux-source-*/scripts/checkpatch.pl /usr/src/linux-headers-*/scripts/checkpatch.pl; do
	[ ! -f "$candidate" ] || script=$candidate
done
[ -n "$script" ] || skip "no checkpatch.pl in $cache/checkpatch, run tests/setup.sh"

c=$(files '\.[ch]$')

# It is run in a folder of links to ours, because it leaves a file where it stands.
work=$scratch/checkpatch
mkdir -p "$work/kernel/include"
ln -sfn "$root/.checkpatch.conf" "$work/.checkpatch.conf"
for folder in $(echo "$c" | sed 's,/.*,,' | sort -u); do
	ln -sfn "$root/$folder" "$work/$folder"
done
cd "$work"

# CamelCase that is the kernel's: members of zstd_parameters, zstd before 5.16.
camels='<(cParams|fParams|ZSTD_[A-Za-z]*|LLVMFuzzer[A-Za-z]*)>'

# check [OPTION]...: the files named on standard input.
check()
{
	xargs -r -n 40 -P "$(nproc)" \
		perl "$script" --root="$work/kernel" --terse --no-summary --quiet "$@" -f |
		sed -n 's/^\([^:]*:[0-9]*\): \(ERROR\|WARNING\|CHECK\): /\1: /p' | grep -vE "$camels" || :
}

# An X-macro list is no statement, and what expands it uses the columns it needs.
lists='(^|/)stats\.[ch]$'
# A trace event is written as a call over many lines, everywhere in the kernel.
trace='(^|/)trace\.h$'
# What must look like the kernel, or tests it in user space, has its own ways.
imitations='^(compat/compat\.h$|tests/(host|fuzz|model)/)'
# A program for people: its messages are long, and made of words that are names elsewhere.
command='^tools/'
# A probe says in one line what it asks.
probes='^compat/probe/'

echo "$c" | grep -vE "$lists|$trace|$imitations|$probes|$command" | check
echo "$c" | grep -E "$lists" | grep -vE "$command" |
	check --ignore COMPLEX_MACRO,MACRO_ARG_UNUSED,TRAILING_SEMICOLON,SPACING
echo "$c" | grep -E "$trace" | check --ignore PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE,SPACING
echo "$c" | grep -E "$imitations" | check --ignore NEW_TYPEDEFS,MACRO_ARG_UNUSED \
	--ignore MACRO_ARG_PRECEDENCE,COMPLEX_MACRO,EXPORT_SYMBOL,MEMORY_BARRIER \
	--ignore PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES,BIT_MACRO \
	--ignore UNCOMMENTED_DEFINITION,MULTIPLE_ASSIGNMENTS,EMBEDDED_FUNCTION_NAME
echo "$c" | grep -E "$probes" | check --ignore LONG_LINE_COMMENT
echo "$c" | grep -E "$command" | check --ignore LONG_LINE,EMBEDDED_FUNCTION_NAME \
	--ignore PREFER_KERNEL_TYPES,COMPLEX_MACRO,MACRO_ARG_UNUSED,PREFER_DEFINED_ATTRIBUTE_MACRO
echo "$c" | grep -E "$command" | while read -r file; do
	expand "$file" | grep -nE '^.{101,}' | grep -vE '"[^"]{20,}' |
		report "$file" 'line length exceeds 100 columns' || :
done
