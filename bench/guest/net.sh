#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests to another guest, over the cluster and over a socket.  Both guests run this.  NODE
# is 0 or 1, OPS are the operations of netbench, VARIANTS says how to set the cluster up, in
# turn: sealed-1,insecure-4 is sealed with one lane, then insecure with four.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"

clusters=/sys/kernel/config/ramster
port=7777

address()
{
	echo "10.78.0.$(($1 + 1))"
}

# start_cluster sealed|insecure LANES
start_cluster()
{
	insmod "$MODULES/cluster/ramster_cluster.ko" lanes="$2"
	mkdir $clusters/bench
	cd $clusters/bench
	case $1 in
	sealed) printf '%064d' 1 >key ;;
	insecure) echo 1 >insecure ;;
	*) die "$1: neither sealed nor insecure" ;;
	esac
	# The other guest may still be busy with its part of the last variant.
	echo 100 >reconnect_delay_ms
	for number in 0 1; do
		mkdir node/n$number
		address $number >node/n$number/ipv4_address
		echo $port >node/n$number/ipv4_port
		echo $number >node/n$number/num
	done
	echo 1 >"node/n$NODE/local"
	cd /
}

stop_cluster()
{
	echo 0 >"$clusters/bench/node/n$NODE/local"
	rmdir $clusters/bench/node/* $clusters/bench
	rmmod ramster_cluster
}

mount -t configfs configfs /sys/kernel/config
ip link set lo up
ip addr add "$(address "$NODE")/24" dev vec0
ip link set vec0 up
server=
[ "$NODE" = 1 ] || server=server=$(address 1)

for variant in $(echo "$VARIANTS" | tr , " "); do
	echo "variant $variant"
	start_cluster "${variant%-*}" "${variant#*-}"
	# shellcheck disable=SC2086 # nothing, or one word
	bench_module netbench rounds="$ROUNDS" ops="$OPS" $server
	stop_cluster
done
