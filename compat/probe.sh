#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Asks a kernel what it offers: probe.sh KDIR OUT
#
# Compiles every probe/*.c with the flags KDIR uses for modules, all in one
# `make -k` pass, and writes the answers to OUT/probed.h as HAVE_<NAME> 0 or 1.
# Does nothing when OUT/probed.h already holds the answers of this kernel.
# Prints "answered" when OUT/probed.h is good, and only then.
#
# A probe asks for one API, so the only thing that may fail in it is that API.
# Two of them know their answer: when self_accepts.c does not compile, or
# self_rejects.c does, the compiler is to blame and no answer can be believed.
#
# CC, ARCH, LLVM and CROSS_COMPILE are handed on to the kernel's build; nothing
# else is, so that W=1, C=2 or -Werror of the caller cannot change an answer.
set -eu

die()
{
	echo "compat/probe.sh: $*" >&2
	exit 1
}

[ $# -eq 2 ] || die "usage: probe.sh KDIR OUT"
here=$(cd "$(dirname "$0")" && pwd)
kdir=$(cd "$1" && pwd -P) || die "no such folder: $1"
out=$2
[ -f "$kdir/.config" ] || die "$kdir is not a configured kernel build folder"

# The key is everything the answers depend on.
release=$(cat "$kdir/include/config/kernel.release" 2>/dev/null) || release=unknown
asked=$(cat "$here/probe.sh" "$here"/probe/*.c | cksum)
key="$release $kdir $(stat -c %Y "$kdir/.config")"
key="$key | ${CC:-} ${ARCH:-} ${LLVM:-} ${CROSS_COMPILE:-} | $asked"

if [ -f "$out/probed.h" ] && [ "$(sed -n '2s,^ \* key: ,,p' "$out/probed.h")" = "$key" ]; then
	echo answered
	exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/ramster-probe.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The answer is the compiler's alone: no objtool, no modpost, no object files.
cp "$here"/probe/*.c "$work"
cat >"$work/Kbuild" <<'KBUILD'
probes := $(notdir $(basename $(wildcard $(abspath $(src))/*.c)))
always-y := $(addsuffix .yes,$(probes))
ccflags-y := -std=gnu11 -Wno-declaration-after-statement -DMODULE
ccflags-y += -Werror=incompatible-pointer-types -Werror=int-conversion
ccflags-y += -Werror=implicit-function-declaration -Werror=return-type
$(addprefix $(obj)/,$(always-y)): $(obj)/%.yes: $(abspath $(src))/%.c
	@echo '== $*'; $(CC) $(c_flags) -fsyntax-only $< && echo yes >$@
KBUILD

set -- -k -j"$(nproc)" -C "$kdir" "M=$work"
[ -z "${CC:-}" ] || set -- "$@" "CC=$CC"
[ -z "${ARCH:-}" ] || set -- "$@" "ARCH=$ARCH"
[ -z "${LLVM:-}" ] || set -- "$@" "LLVM=$LLVM"
[ -z "${CROSS_COMPILE:-}" ] || set -- "$@" "CROSS_COMPILE=$CROSS_COMPILE"

# Its exit code says only that some answer was no, which is not an error.
env -i PATH="$PATH" HOME="${HOME:-/}" LC_ALL=C \
	make "$@" modules >"$work/log" 2>&1 || :

mkdir -p "$out"
cp "$work/log" "$out/probed.log"
if [ ! -f "$work/self_accepts.yes" ] || [ -f "$work/self_rejects.yes" ]; then
	grep -v self_rejects "$work/log" | grep -E 'error|not found|No such' | head -n 5 >&2 || :
	die "the build of $kdir is broken: it accepts or rejects everything, see $out/probed.log"
fi

{
	echo "/* Made by compat/probe.sh from compat/probe/: what this kernel offers."
	echo " * key: $key"
	echo " */"
	for probe in "$here"/probe/*.c; do
		name=$(basename "$probe" .c)
		case $name in self_*) continue ;; esac
		answer=0
		[ ! -f "$work/$name.yes" ] || answer=1
		echo "#define HAVE_$(echo "$name" | tr '[:lower:]' '[:upper:]') $answer"
	done
} >"$work/probed.h"

# Another build may do the same at this moment: replace the file as a whole.
cp "$work/probed.h" "$out/probed.h.$$"
mv -f "$out/probed.h.$$" "$out/probed.h"
echo answered
