#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A node boots another kernel without a word to the others, while both have requests under
# way: the other one finds out, every request ends once, and there is a link again when the
# node is back, which is known to be another incarnation.
#
# vm: nodes=2 mem=320 timeout=200 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

[ -e /run/harness/vmlinuz ] || skip_all "there is no image of this kernel to boot"
peer=$((1 - NODE))

some_ok()
{
	[ "$(result ok)" -ge "$1" ]
}

begin()
{
	load_cluster lanes=2 && define_cluster && set_times 4000 500 200 2000 9000 && start_node
	verdict $? "a node"
	check "a link" is_up
	start_load "to=$peer ms=300000 window=8 max=8192 timeout_ms=60000 lossy=1"
	check "requests are replied to" wait_until 20 some_ok 50
}

# finish: when the link has worked for a while.
finish()
{
	check "there is a link" wait_until 60 link_is $peer up
	check "requests are replied to" wait_until 20 some_ok $(($(result ok) + 50))
	meet
	check "all have ended once" end_load now
	meet
	clean_cluster
	done_testing
}

# The harness lets a second kernel go on in this script.
if [ -n "${SECOND-}" ]; then
	meetings=1
	begin
	finish
fi
begin
before=$(link_has "$peer" incarnation)
meet
[ "$NODE" != 0 ] || second_kernel
check "the other node is gone: this one finds out" wait_until 40 told_last 0 "down"
check "it comes back" wait_until 120 told_last 0 up
is "$(grep -c "^down 0" $user/events)" 1 "after it was down once"
check "it is not the one it was" [ "$(link_has 0 incarnation)" != "$before" ]
finish
