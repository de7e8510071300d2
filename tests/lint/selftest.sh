#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every check can fail: each is shown a tree in which nothing is wrong, then the
# same tree with one mistake, and has to find exactly the place of that.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$(mktemp -d "${TMPDIR:-/tmp}/ramster-lint.XXXXXX")
trap 'rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM
newest=$(kernels | tail -n 1)
tried=0

# fresh: the tree in which nothing is wrong.
fresh()
{
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/tmem" "$tree/zcache" "$tree/tests/lint"
	cp -r "$root/compat" "$root/VERSION" "$root/.checkpatch.conf" "$tree"
	rm -f "$tree"/compat/probed.*
	cp "$root/tests/lint/probes.expected" "$tree/tests/lint"
	sed 's/^obj-m += .*/obj-m += tmem\//' "$root/Kbuild" >"$tree/Kbuild"
	put tmem/Kbuild <<'EOF'
# SPDX-License-Identifier: GPL-2.0-only
obj-m += tmem.o
tmem-y := main.o
EOF
	put tmem/tmem.h <<'EOF'
/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/types.h>

/**
 * tmem_put() - keep a number
 * @number: what to keep
 *
 * Return: the number kept before.
 */
u32 tmem_put(__le32 number);
EOF
	put tmem/main.c <<'EOF'
// SPDX-License-Identifier: GPL-2.0-only
#include "tmem/tmem.h"
#include <linux/module.h>

static u32 kept;

u32 tmem_put(__le32 number)
{
	u32 before = kept;

	kept = le32_to_cpu(number);
	return before;
}
EXPORT_SYMBOL_GPL(tmem_put);

MODULE_DESCRIPTION("sample");
MODULE_LICENSE("GPL");
EOF
}

put()
{
	cat >"$tree/$1"
}

# change FILE SED: puts the mistake into a file of the good tree.
change()
{
	sed -i "$2" "$tree/$1"
}

look()
{
	LINT_ROOT=$tree "$lint/$1.sh" 2>&1
}

# clean CHECK: finds nothing in the good tree; fails if it cannot look at all.
clean()
{
	fresh
	status=0
	out=$(look "$1") || status=$?
	if [ "$status" -eq 4 ]; then
		echo "# $1 not tried: $out"
		return 1
	fi
	out=$(printf '%s\n' "$out" | grep -v '^#' | grep . || :)
	[ "$status$out" = 0 ] || echo "tests/lint/$1.sh:1: complains about a good tree: $out"
}

# caught CHECK WHERE WHY: the mistake made just before is found there.
caught()
{
	tried=$((tried + 1))
	look "$1" | grep -q "^$2: .*$3" ||
		echo "tests/lint/$1.sh:1: does not find at $2: $3"
	fresh
}

if clean layers; then
	change tmem/main.c '2a #include "zcache/zcache.h"'
	caught layers tmem/main.c:3 'tmem may not use zcache'
	sed 's,tmem/tmem,tmem/internal,' "$tree/tmem/main.c" >"$tree/zcache/main.c"
	sed -i 's/tmem\//&\nobj-m += zcache\//' "$tree/Kbuild"
	caught layers zcache/main.c:2 'private to tmem'
	change tmem/main.c 's,tmem/tmem,../compat/compat,'
	caught layers tmem/main.c:2 'not by hand'
	change tmem/main.c 's,tmem/tmem.h,extra.c,'
	caught layers tmem/main.c:2 'a source file'
fi

if clean versions; then
	change tmem/main.c '3a #if LINUX_VERSION_CODE > 1'
	caught versions tmem/main.c:4 'kernel version'
	change tmem/main.c '3a #if HAVE_SHRINKER_ALLOC'
	caught versions tmem/main.c:4 'feature'
fi

if clean words; then
	change tmem/main.c 's/kept = .*/BUG_ON(number);/'
	caught words tmem/main.c:11 'stops the machine'
	change tmem/main.c '4i /* TODO: more of this */'
	caught words tmem/main.c:4 'issue'
	change tmem/main.c '4i #if 0'
	caught words tmem/main.c:4 'switched off'
	change tmem/main.c '4i /* kept = 1; */'
	caught words tmem/main.c:4 'code in a comment'
fi

if clean mutants; then
	mkdir "$tree/tests/mutants"
	printf -- '--- a/tmem/main.c\n+++ b/tmem/main.c\n@@ -10,1 +10,1 @@\n-\tkept = 0;\n+\tkept = 1;\n' |
		put tests/mutants/some.patch
	caught mutants tests/mutants/some.patch:1 'does not apply'
fi

if clean sizes; then
	yes | head -n 800 >>"$tree/tmem/main.c"
	caught sizes tmem/main.c:800 'the file has 817 lines'
	change tmem/main.c "/before;/s/.*/$(yes '\n' | head -n 58 | tr -d '\n')&/"
	caught sizes tmem/main.c:7 'tmem_put() has 62 lines'
fi

if clean headers; then
	change tmem/main.c 1d
	caught headers tmem/main.c:1 SPDX
	change tmem/main.c '2{h;d};3G'
	caught headers tmem/main.c:2 'comes first'
	if [ -n "$newest" ]; then
		change tmem/tmem.h '/include/d'
		caught headers tmem/tmem.h:9 'alone it does not compile'
	fi
fi

if clean symbols; then
	change tmem/main.c 's/_GPL(tmem_put/(tmem_put/'
	caught symbols tmem/main.c:14 'use EXPORT_SYMBOL_GPL'
	change tmem/main.c 's/_GPL(tmem_put/_GPL(put/'
	caught symbols tmem/main.c:14 'begins with tmem_'
	mkdir "$tree/kernel"
	printf '0x1\ttmem_put\tvmlinux\tEXPORT_SYMBOL\t\n' >"$tree/kernel/Module.symvers"
	LINT_KERNELS=$tree/kernel
	export LINT_KERNELS
	caught symbols tmem/main.c:14 'exported by kernel'
	unset LINT_KERNELS
	if [ -n "$newest" ]; then
		made=$(shadow "$newest")
		mkdir -p "$tree/${made#"$root"/}/tmem"
		echo 'int put;' | "${CC:-cc}" -x c -c -o "$tree/${made#"$root"/}/tmem/main.o" -
		caught symbols tmem/main.c:1 'put is global'
	fi
fi

if clean kerneldoc; then
	change tmem/tmem.h '/@number/d'
	caught kerneldoc 'tmem/tmem.h:[0-9]*' number
	change tmem/tmem.h 's,/\*\*,/*,; s/tmem_put() -/keeps/'
	caught kerneldoc tmem/main.c:14 'no kernel-doc'
fi

if clean checkpatch; then
	change tmem/main.c 's/before = kept/before=kept/'
	caught checkpatch tmem/main.c:9 'spaces required'
	mkdir "$tree/tools"
	printf '// SPDX-License-Identifier: GPL-2.0-only\nint x;\n\n/* %0100d */\n' 0 | put tools/x.c
	caught checkpatch tools/x.c:4 'exceeds 100'
	mkdir "$tree/tools"
	printf '// SPDX-License-Identifier: GPL-2.0-only\nint x=1;\n' | put tools/x.c
	caught checkpatch tools/x.c:2 'spaces required'
fi

if clean shellcheck; then
	put tmem/tool <<-'EOF'
		#!/bin/sh
		rm $1
	EOF
	caught shellcheck tmem/tool:2 'quote'
fi

if clean codespell; then
	change tmem/main.c '4i /* re\x63ieve */'
	caught codespell tmem/main.c:4 receive
fi

if clean python; then
	echo 'def ():' | put tmem/tool.py
	caught python tmem/tool.py:1 syntax
fi

# page LINE: the good tree with a statistic, and a page that names it and has LINE.
# shellcheck disable=SC2016 # backquotes of the text
page()
{
	mkdir -p "$tree/Documentation"
	printf '/* SPDX-License-Identifier: GPL-2.0-only */\n\tx(hits, "gets")\n' | put tmem/stats.h
	printf '%s\n' '====' 'tmem' '====' '' '``hits`` counts.' '' "$1" | put Documentation/tmem.rst
}

# shellcheck disable=SC2016 # backquotes of the text
if clean docs; then
	page 'Good.'
	change tmem/stats.h 's/hits/misses/'
	caught docs tmem/stats.h:2 'statistic misses is not in'
	page 'Good.'
	change tmem/main.c '5a module_param(knob, uint, 0644);'
	caught docs tmem/main.c:6 'module parameter knob'
	page '``misses`` count.'
	caught docs Documentation/tmem.rst:7 'misses is not in tmem/'
	page '`this <nowhere.rst>`_'
	caught docs Documentation/tmem.rst:7 'leads nowhere'
	page 'See tmem/gone.c.'
	caught docs Documentation/tmem.rst:7 'there is no tmem/gone.c'
	page 'Calls ``tmem_gone()``.'
	caught docs Documentation/tmem.rst:7 'no source knows'
	page 'Run ``make nonsense``.'
	echo 'all:' | put Makefile
	caught docs Documentation/tmem.rst:7 'no nonsense'
	if command -v rst2html >/dev/null; then
		page '``unclosed'
		caught docs Documentation/tmem.rst:7 'start-string without end-string'
	fi
fi

# These two build; one kernel is enough to see that they can fail.
LINT_KERNELS=$newest
export LINT_KERNELS

if clean probes; then
	change tests/lint/probes.expected 's/^\(guard\)	.*/\1	0	0	0	0/'
	caught probes 'tests/lint/probes.expected:[0-9]*' 'guard on .* expected 0'
fi

# The good tree has been through gcc and sparse as part of the sparse check itself.
fresh
change tmem/main.c 's/le32_to_cpu(number)/number/'
command -v sparse >/dev/null && [ -n "$newest" ] &&
	caught sparse tmem/main.c:11 'incorrect type'

out=$(LINT_ROOT=$tree "$lint/run" words 2>&1) ||
	echo "tests/lint/run:1: fails although its check does not"
change tmem/main.c '4i #if 0'
! out=$(LINT_ROOT=$tree "$lint/run" words 2>&1) ||
	echo "tests/lint/run:1: succeeds although its check fails"
printf '%s\n' "$out" | grep -q '^not ok 1 - lint words' ||
	echo "tests/lint/run:1: does not say not ok"

echo "# $tried mistakes tried"
