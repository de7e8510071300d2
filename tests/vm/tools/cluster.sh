# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the cluster share. Sourced after lib.sh.
# shellcheck disable=SC2034 # the variables are for those who source this

clusters=/sys/kernel/config/ramster
c=$clusters/c

make_cluster()
{
	mkdir "$c"
}

# drop_cluster: with its nodes.
drop_cluster()
{
	for cluster_dir in "$c"/node/*; do
		! [ -d "$cluster_dir" ] || rmdir "$cluster_dir"
	done
	rmdir "$c"
}

# add_node NAME NUMBER: with an address that follows from the number.
add_node()
{
	mkdir "$c/node/$1" && echo "10.1.$(($2 / 100)).$(($2 % 100 + 1))" >"$c/node/$1/ipv4_address" &&
		echo 7777 >"$c/node/$1/ipv4_port" && echo "$2" >"$c/node/$1/num"
}
