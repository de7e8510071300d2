#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests to another guest, over the cluster and over a socket.  Both guests run this.  NODE
# is 0 or 1, OPS are the operations of netbench, VARIANTS says how to set the cluster up, in
# turn: sealed-1,insecure-4 is sealed with one lane, then insecure with four.  SPEED is that of
# the network, or nothing.

# shellcheck source=bench/guest/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bench/guest/cluster.sh
. "$(dirname "$0")/cluster.sh"

start_network
[ -z "$SPEED" ] || slow_down
for variant in $(echo "$VARIANTS" | tr , " "); do
	echo "variant $variant"
	start_cluster "${variant%-*}" "${variant#*-}"
	join_cluster
	# shellcheck disable=SC2086 # nothing, or one word
	bench_module netbench rounds="$ROUNDS" ops="$OPS" $server
	stop_cluster
done
