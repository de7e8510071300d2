#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed kernels answer the probes as probes.expected says.  An answer that
# changes means that a distribution backported something, or that a probe fails
# for a reason that has nothing to do with its question.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

table=tests/lint/probes.expected

files '^compat/probe/.*\.c$' | while read -r file; do
	name=$(basename "$file" .c)
	grep -q '^/\* asks: .*   expect: .*\*/$' "$file" ||
		echo "$file:2: needs a line '/* asks: ...?   expect: vX.Y */'"
	case $name in self_*) continue ;; esac
	grep -q "^$name	" "$table" || echo "$table:1: no line for $name"
done
grep -nv '^#' "$table" | while IFS=:"	" read -r nr name _; do
	[ "$name" = probe ] || [ -f "compat/probe/$name.c" ] ||
		echo "$table:$nr: compat/probe/$name.c does not exist"
done

# column SERIES: the number of its column in the table, or nothing.
column()
{
	awk -v series="$1" '$1 == "probe" { for (i = 2; i <= NF; i++) if ($i == series) print i }' "$table"
}

mkdir -p "$scratch/probes"
seen=
for kdir in $(kernels); do
	series=$(series "$kdir")
	col=$(column "$series")
	if [ -z "$col" ]; then
		echo "# $kdir: no column for $series"
		continue
	fi
	seen="$seen $series"
	out=$scratch/probes/$series
	if ! compat/probe.sh "$kdir" "$out" >"$out.log" 2>&1; then
		echo "compat/probe.sh:1: fails for $kdir: $(tail -n 1 "$out.log")"
		continue
	fi
	awk -v col="$col" '!/^#/ && $1 != "probe" { print FNR, $1, $col }' "$table" |
		while read -r nr name expected; do
			answer=$(sed -n "s/^#define HAVE_$(echo "$name" | tr '[:lower:]' '[:upper:]') //p" "$out/probed.h")
			[ "$answer" = "$expected" ] ||
				echo "$table:$nr: $name on $series is ${answer:-not asked}, expected $expected (why: ${out#"$root"/}/probed.log)"
		done
done
[ -n "$seen" ] || skip "no headers of a kernel in $table"
echo "# asked:$seen"
