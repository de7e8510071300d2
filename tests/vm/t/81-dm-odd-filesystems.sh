#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# As 81-dm-filesystems, with those that write elsewhere what is changed, with data in the journal, and
# with blocks smaller than pages, of which dm-zcache keeps little or nothing.
#
# vm: mem=512 disk=640M,64M group=dm timeout=600 brief=none
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh
# shellcheck source=tests/vm/tools/dmfiles.sh
. /tests/vm/tools/dmfiles.sh

begin
file_system btrfs "mkfs.btrfs -q -f" "btrfs check"
file_system f2fs "mkfs.f2fs -q -f" "fsck.f2fs --dry-run"
[ -n "${LONG-}" ] || ops=$((ops / 3))
file_system ext4 "mkfs.ext4 -q -b 4096" "e2fsck -fn" -o data=journal
small=1
puts=0
file_system ext4 "mkfs.ext4 -q -b 1024" "e2fsck -fn"
[ -z "${LONG-}" ] || file_system xfs "mkfs.xfs -q -f -b size=1024" "xfs_repair -n"
end
