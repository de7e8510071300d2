#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys: made of random bytes, kept from others, and nothing else is taken for one.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
plant
key=/etc/ramster/cluster.key

gives 0 "$key: a new key. Copy it to all nodes, by a way that nobody else can read" "a key is made" key generate
is "$(stat -c %a "$tree$key")" 600 "only root can read it"
is "$(wc -c <"$tree$key")" 45 "it is base64 and a newline"
is "$(base64 -d "$tree$key" | wc -c)" 32 "of 32 bytes"
is "$(base64 -d "$tree$key" | base64)" "$(cat "$tree$key")" "in its only spelling"
gives 0 "$key is a key" "it is one" key check
first=$(cat "$tree$key")
gives 4 "ramster: $key is there already, and nodes that have it would be cut off; --force replaces it" \
	"it is not replaced" key generate
is "$(cat "$tree$key")" "$first" "it is as it was"
gives 0 "$key: a new key. Copy it to all nodes, by a way that nobody else can read" "it is, by force" \
	key generate --force
check "it is another one" test "$(cat "$tree$key")" != "$first"
is "$(find "$tree/etc/ramster" -type f | wc -l)" 1 "nothing else is left"
gives 1 "ramster: /nowhere/key: No such file or directory" "a folder that is not there" key generate /nowhere/key

# The last digit of 32 bytes: all that are one.
for i in $(seq 16); do
	ramster -q key generate "/etc/ramster/k$i"
	check "key $i" ramster -q key check "/etc/ramster/k$i"
done
is "$(cat "$tree"/etc/ramster/k* | sort -u | wc -l)" 16 "all differ"

# refused TEXT WHY
refused()
{
	printf '%s\n' "$1" >"$tree/etc/ramster/x"
	chmod 600 "$tree/etc/ramster/x"
	gives 3 "ramster: /etc/ramster/x $2" "refused: '$1'" key check /etc/ramster/x
}
none="is no key: 32 random bytes as 64 hexadecimal digits or 44 characters of base64; a pass phrase is none. Make one with 'ramster key generate'"
zero="is a key of zeroes, which keeps nobody out; make one with 'ramster key generate'"
refused "" "$none"
refused "correct horse battery staple" "$none"
refused "$(printf 'x%.0s' $(seq 44))" "$none"
refused "$(printf 'x%.0s' $(seq 64))" "$none"
refused "$(printf 'A%.0s' $(seq 42))B=" "$none"
refused "$(printf '0%.0s' $(seq 63))" "$none"
refused "$(printf '0%.0s' $(seq 64))" "$zero"
refused "$(printf 'A%.0s' $(seq 43))=" "$zero"
printf '%064d\n' 7 >"$tree/etc/ramster/x"
gives 0 "/etc/ramster/x is a key" "hexadecimal" key check /etc/ramster/x

chmod 640 "$tree/etc/ramster/x"
gives 3 "ramster: /etc/ramster/x can be read by others than root (mode 0640); chmod 600 /etc/ramster/x, and make a new key if anybody may have read it" \
	"a key that others can read" key check /etc/ramster/x
rm "$tree/etc/ramster/x"
gives 3 "ramster: /etc/ramster/x: No such file or directory; make a key with 'ramster key generate /etc/ramster/x', or copy that of another node" \
	"no key" key check /etc/ramster/x
mkdir "$tree/etc/ramster/x"
gives 3 "ramster: /etc/ramster/x is no file" "a folder" key check /etc/ramster/x
done_testing
