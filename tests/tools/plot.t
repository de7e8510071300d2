#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# plot: records, keeps samples, and draws the same picture from them again.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
plant member
cd "$work" || exit

gives 0 "a.svg: 3 samples" "three samples in two seconds" plot --record 2 --samples samples -o a.svg
is "$(wc -l <samples)" 3 "all are kept"
is "$(python3 -c 'import json, sys
for line in open("samples"):
    s = json.loads(line)
    print(s["here"], s["elsewhere"], s["for_others"], s["out"], s["got"])' | sort -u)" \
	"51234.0 12000.0 800.0 120.0 300.0" "they are what there was"
gives 0 "b.svg: 3 samples" "drawn again" plot --replay samples -o b.svg
check "the same picture" cmp a.svg b.svg
gives 0 "b.html: 3 samples" "as a page" plot --replay samples -o b.html
for file in a.svg b.html; do
	sed 's/<!DOCTYPE html>//; s/<meta charset="utf-8">//' "$file" | grep . >xml
	check "$file is XML" python3 -c 'import xml.dom.minidom as m; m.parse("xml")'
	is "$(grep -c '<polyline' "$file")" 13 "$file: all lines are there"
	is "$(grep -oE '(src|href)=|<script|@import|url\(' "$file" | wc -l)" 0 "$file needs nothing but itself"
	is "$(grep -c nan "$file")" 0 "$file has numbers only"
done

head -n 1 samples >one
gives 1 "ramster: one: a picture needs two samples at least" "one sample" plot --replay one -o c.svg
{ cat samples; echo '{"t":1}'; } >short
gives 1 "ramster: short:4: this is no sample of 'ramster plot --samples'" "half a sample" plot --replay short -o c.svg
sed 's/51234.0/"x"/' samples >text
gives 1 "ramster: text:1: this is no sample of 'ramster plot --samples'" "text for a number" plot --replay text -o c.svg
sed 's/51234.0/-1.0/' samples >negative
gives 1 "ramster: negative:1: this is no sample of 'ramster plot --samples'" "a negative number" plot --replay negative -o c.svg
echo hello >garbage
gives 1 "ramster: garbage:1: this is no sample of 'ramster plot --samples'" "no JSON" plot --replay garbage -o c.svg
gives 1 "ramster: nothing: No such file or directory" "no file" plot --replay nothing -o c.svg
check "no picture of any" test ! -e c.svg
gives 1 "ramster: /nowhere/x.svg: No such file or directory" "no place for it" plot --replay samples -o /nowhere/x.svg

# The guide shows what the command draws now.
mkdir guide
check "the pictures of the guide" "$here/pictures" "$RAMSTER" guide
for file in top.svg plot.svg; do
	check "$file is as 'make pictures' makes it" cmp "guide/$file" "$top/Documentation/guide/$file"
done
done_testing
