#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every source names its licence; a .c includes a header of its own module first;
# every public header compiles alone, so that it needs no luck to be included.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

files '(\.(c|h|sh|py|awk)|/run|Makefile|Kbuild|dkms\.conf)$' | while read -r file; do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
		echo "$file:1: no SPDX-License-Identifier: GPL-2.0 in the first two lines"
done

kernel_files '\.c$' | while read -r file; do
	first=$(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" | head -n 1)
	case $first in
	*\"*) ;;
	*)
		! grep -qE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" ||
			echo "$file:${first%%:*}: a header of ours comes first, that proves it is complete"
		;;
	esac
done

kdir=$(kernels | tail -n 1)
if [ -z "$kdir" ]; then
	echo "# no kernel headers installed: public headers not compiled"
	exit 0
fi

work=$scratch/headers
rm -rf "$work"
mkdir -p "$work"
# Nothing is above ramster, so it has none.
for header in $(for m in $modules; do [ "$m" = ramster ] || echo "$m/$m.h"; done;
	kernel_files '^common/.*\.h$'); do
	if [ ! -f "$header" ]; then
		echo "$header:1: this public header is missing"
		continue
	fi
	echo "#include \"$header\"" >"$work/$(echo "$header" | tr / _ | sed 's/h$/c/')"
done

# Without compat.h: what that includes would hide what the header forgot.
cat >"$work/Kbuild" <<EOF
always-y := \$(patsubst %.c,%.ok,\$(notdir \$(wildcard $work/*.c)))
ccflags-y := -I$root '-D__guarded_by(...)=' '-D__pt_guarded_by(...)=' -DMODULE -Wall -Werror
\$(addprefix \$(obj)/,\$(always-y)): \$(obj)/%.ok: $work/%.c
	@\$(CC) \$(c_flags) -fsyntax-only \$< && touch \$@
EOF
make -k -C "$kdir" M="$work" modules >"$work/log" 2>&1 || :
sed -n "s,^.*In file included from $work/.*,,; s,^$root/\(.*:[0-9]*\):[0-9]*: \(fatal \)\{0\,1\}\(error\|warning\): ,\1: alone it does not compile: ,p" \
	"$work/log" | sort -u
for probe in "$work"/*.c; do
	[ -f "${probe%.c}.ok" ] || grep -q "^$root/" "$work/log" ||
		echo "build/lint/headers/$(basename "$probe"):1: does not compile, see build/lint/headers/log"
done
