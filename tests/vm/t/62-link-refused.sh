#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two nodes that do not belong together get no link, and both say why: another key, another
# cluster, only one of them insecure, other time-outs, numbers that do not agree.  When that
# is mended they get one, without a restart of the node that was right all the time.
#
# vm: nodes=2 mem=256 timeout=120 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

other_key=ff112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100
idle=4000

define()
{
	define_cluster && set_times "$idle" 500 200 2000 10000
}

# refused_for ERE: the log of this node has said why there is no link.
refused_for()
{
	said "ramster_cluster: node $((1 - NODE)) \\(n.\\): no link: $1"
}

# case_of DESCRIPTION ERE: node 1 is set up as it is; node 0 only looks.
case_of()
{
	mark
	failed=$(gauge hellos_failed)
	meet
	on 1 check "$1: node 1 starts" start_node
	check "$1: the log says so" wait_until 15 refused_for "$2"
	check "$1: it is counted" [ "$(gauge hellos_failed)" -gt "$failed" ]
	on 0 check "$1: there is no link" link_is 1 down
	on 1 check "$1: there is no link" link_is 0 down
	is "$(cut -d' ' -f1,2 $user/events | grep -v "$NODE\$")" "" "$1: the user was told of none"
	meet
	on 1 stop_node
	on 1 drop_cluster
}

load_cluster lanes=1
right_key=$hex
on 0 define
on 0 check "node 0 starts, and stays as it is" start_node

hex=$other_key
on 1 define
case_of "another key" ".*the keys differ"
hex=$right_key

c=$clusters/other
on 1 define
case_of "another cluster" "another cluster"
c=$clusters/c

insecure=1
on 1 define
case_of "one is insecure" "only one of the nodes is insecure"
insecure=0

idle=5000
on 1 define
case_of "other time-outs" "time-outs differ"
idle=4000

on 1 define
meet
on 1 check "all is as it must be: node 1 starts" start_node
check "there is a link" is_up
check "that works" load "to=$((1 - NODE)) requests=20"
meet
clean_cluster
done_testing
