# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the scripts for two guests share: their network and their cluster.  NODE is 0 or 1.
# shellcheck disable=SC2034 # the variables are for those who source this

clusters=/sys/kernel/config/ramster
port=7777

address()
{
	echo "10.78.0.$(($1 + 1))"
}

# start_network: sets server, which netbench on node 0 needs to find node 1
start_network()
{
	mount -t configfs configfs /sys/kernel/config
	ip link set lo up
	ip addr add "$(address "$NODE")/24" dev vec0
	ip link set vec0 up
	server=
	[ "$NODE" = 1 ] || server=server=$(address 1)
}

# slow_down: what this guest sends
slow_down()
{
	tc qdisc add dev vec0 root tbf rate "$SPEED" burst 64k latency 100ms
}

# start_cluster sealed|insecure LANES
start_cluster()
{
	insmod "$MODULES/cluster/ramster_cluster.ko" lanes="$2"
	mkdir $clusters/bench
	cd $clusters/bench || die "there is no cluster"
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
	cd / || die "there is no root"
}

join_cluster()
{
	echo 1 >"$clusters/bench/node/n$NODE/local"
}

stop_cluster()
{
	echo 0 >"$clusters/bench/node/n$NODE/local"
	rmdir $clusters/bench/node/* $clusters/bench
	rmmod ramster_cluster
}
