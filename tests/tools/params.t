#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The table of parameters is that of the modules: every one is in it, with its bounds, and no other.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top" || exit

# Module, name, mode, bounds of numbers; for each parameter that can be configured.
bounds()
{
	sed -n "/BOUNDED_PARAM(/{N;s/\\n//;s/.*BOUNDED_PARAM(\\([a-z_]*\\), \\(.*\\), \\(0[64]44\\),.*/$1 \\1 \\3 \\2/p}" "$2"
}
others()
{
	sed -n "s/^module_param\\(_cb\\)\\?(\\([a-z_]*\\), .*\\(0[64]44\\)).*/$1 \\2 \\3/p" "$2"
}
{
	bounds zcache zcache/limits.c
	bounds ramster ramster/param.c
} | sed 's/PAGE_SIZE - 64/4032/; s/PAGE_SIZE$/4096/; s/ZBUD_MAX_FRAME_PAGES/8/; s/ZBUD_MAX_BUDDIES/252/g
	s/UINT_MAX >> 8/UINT >> 8/; s/UINT_MAX$/UINT/; s,UINT_MAX / HZ,UINT / 1000,; s/CLUSTER_TIMEOUT_MAX_MS/3600000/' |
	awk '{ n = split($0, part, ", "); split($1 " " $2 " " $3, head, " ")
		print head[1], head[2], part[n - 1] ".." part[n], head[3] }' >"$work/numbers"
{
	others zcache zcache/limits.c
	others zcache zcache/compress.c
	others ramster ramster/param.c
	others ramster_cluster cluster/connect.c
	others ramster_cluster cluster/serve.c
} >"$work/others"

sed -n 's/^	{ "\([a-z_]*\)", "\([a-z_]*\)", PARAM_NUMBER, \([^,]*\), \([^,]*\), \(.*\) },/\1 \2 \3..\4 \5/p' \
	tools/param.c | sed 's/false$/0644/; s/true$/0444/' >"$work/table"
sed -n 's/^	{ "\([a-z_]*\)", "\([a-z_]*\)", .*/\1 \2/p' tools/param.c | sort >"$work/names"

check "parameters were found" test "$(wc -l <"$work/numbers")" -gt 20
while read -r module name range mode; do
	is "$(grep "^$module $name " "$work/table")" "$module $name $range $mode" "$module: $name"
done <"$work/numbers"
cut -d' ' -f1,2 "$work/numbers" "$work/others" | sort >"$work/modules"
is "$(diff "$work/modules" "$work/names")" "" "no other is in the table"

# Each is in the manual of the configuration.
while read -r module name; do
	check "the manual knows $name" grep -qw "$name" tools/man/ramster.conf.5
done <"$work/names"
done_testing
