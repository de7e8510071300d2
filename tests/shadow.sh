# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The copy of the sources that the modules for one kernel are made in, build/<release>/.  Lint and
# the guests use the same, with the same flags, so that nothing is compiled twice.  Whoever uses
# it holds a lock on its .lock.

# copy_sources FROM TO: what kbuild reads, and of that only what changed.  What vanished from the
# tree vanishes from the copy; generated files are left alone, since patterns that are excluded
# are not deleted either.
copy_sources()
{
	rsync -a --delete --prune-empty-dirs \
		--exclude='*.mod.c' --exclude='probed.h' \
		--exclude='/.*' --exclude='/build/' --exclude='/demo/' --exclude='/tools/' --exclude='/bench/' \
		--include='/tests/' --include='/tests/vm/' --include='/tests/vm/module/***' \
		--exclude='/tests/**' \
		--include='*/' --include='*.[ch]' --include='*.sh' \
		--include='Kbuild' --include='VERSION' --exclude='*' \
		"$1/" "$2/"
}

# Without the kernel's vmlinux there is no type data to make, so do not complain about it.
# shellcheck disable=SC2034 # for who sources this
shadow_flags='W=1 KCFLAGS=-Werror CONFIG_DEBUG_INFO_BTF_MODULES='
