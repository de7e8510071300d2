#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Only compat/ knows that there is more than one kernel.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

kernel_files '(\.[ch]|Kbuild)$' | grep -v '^compat/' | while read -r file; do
	grep -nE '\b(LINUX_VERSION_(CODE|MAJOR|PATCHLEVEL)|KERNEL_VERSION|UTS_RELEASE|RHEL_RELEASE_CODE)\b|<linux/version\.h>' "$file" |
		report "$file" "asks for a kernel version; that is the business of compat/" || :
	grep -nE '^[[:space:]]*#.*\b(HAVE_[A-Z]|VERSION|PATCHLEVEL)' "$file" |
		report "$file" "asks for a feature of the kernel; that is the business of compat/" || :
done
