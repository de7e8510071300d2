#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# File systems above dm-zcache: whatever is done to files, by whatever way, they are what they
# should be, when pages leave memory all the while, after remounting, and for the checkers. What
# the target holds is what the disk holds.
#
# vm: mem=512 disk=640M,64M group=dm timeout=600 brief=6.12
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/dmzcache.sh
. /tests/vm/tools/dmzcache.sh
# shellcheck source=tests/vm/tools/dmfiles.sh
. /tests/vm/tools/dmfiles.sh

begin
file_system ext4 "mkfs.ext4 -q -b 4096" "e2fsck -fn"
file_system xfs "mkfs.xfs -q -f -m reflink=1" "xfs_repair -n"
end
