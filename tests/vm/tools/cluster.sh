# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the cluster share. Sourced after lib.sh.
# shellcheck disable=SC2034 # the variables are for those who source this

# A key of the cluster.
hex=00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100

clusters=/sys/kernel/config/ramster
c=$clusters/c

make_cluster()
{
	mkdir "$c"
}

# drop_cluster: with its nodes, of which there is one at least.
drop_cluster()
{
	rmdir "$c"/node/* && rmdir "$c"
}

# add_node NAME NUMBER: with an address that follows from the number.
add_node()
{
	mkdir "$c/node/$1" && echo "10.1.$(($2 / 100)).$(($2 % 100 + 1))" >"$c/node/$1/ipv4_address" &&
		echo 7777 >"$c/node/$1/ipv4_port" && echo "$2" >"$c/node/$1/num"
}
