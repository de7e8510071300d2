#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The parser of the configuration, on what the fuzzer has found worth keeping; and the sample is
# as the manual says.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

for input in "$top"/tests/fuzz/corpus/config/*; do
	check "replay $(basename "$input")" "$REPLAY" "$input"
done
: >"$work/empty"
check "nothing" "$REPLAY" "$work/empty"
is "$(sed -n 's/^#\{0,1\}\([a-z_]*\) = .*/\1/p' "$top/tools/ramster.conf" | sort -u |
	while read -r name; do grep -qw "$name" "$top/tools/man/ramster.conf.5" || echo "$name"; done)" "" \
	"the manual knows what the sample has"
for page in "$top"/tools/man/*; do
	if command -v mandoc >/dev/null; then
		is "$(mandoc -T lint -W warning "$page")" "" "$(basename "$page") is a manual"
	fi
done
done_testing
