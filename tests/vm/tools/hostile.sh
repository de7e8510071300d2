# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests with an attacker share. Sourced after lib.sh, cluster.sh and remote.sh.
#
# The attacker is guest 0, the victim guest 1 and node 2. The attacker has the addresses of
# node 0, which connects to the victim, and of node 9, which the victim connects to, and one of
# no node. Node 1, if it is there, is guest 2.
# shellcheck disable=SC2154 # c, hex, stats and user are of cluster.sh

victim=10.77.0.2
zero=10.77.0.1
one=10.77.0.3
nine=10.77.0.109
nobody=10.77.0.150
port=7777
idle_ms=$((4000 * ${SLOW:-1}))
keepalive_ms=$((500 * ${SLOW:-1}))

# put_node NAME NUMBER ADDRESS
put_node()
{
	mkdir "$c/node/$1" && echo "$3" >"$c/node/$1/ipv4_address" &&
		echo "$port" >"$c/node/$1/ipv4_port" && echo "$2" >"$c/node/$1/num"
}

# set_up NAME: the cluster of which this guest is the node of that name.
set_up()
{
	load_cluster && make_cluster && secure_cluster &&
		set_times 4000 500 200 2000 20000 && put_node zero 0 "$zero" &&
		put_node one 1 "$one" && put_node two 2 "$victim" && echo 1 >"$c/node/$1/local"
}

take_down()
{
	drop_cluster && echo 0 >"$user/registered" && rmmod cluster_test ramster_cluster
}

# be NAME: what the other guests do in all such tests.
be()
{
	check "this is node $1" set_up "$1"
	mark
	obey
	is "$(served wrong) $(cat "$user/errors")" "0 0" "nothing has happened that must not"
	check "it can still be taken down" take_down
	check_fails "and nothing is left of it" said 'bad accounting'
	done_testing
}

# be_attacker: gets the other addresses, and waits for the victim.
be_attacker()
{
	attacker_dev=$(ip -o route get "$victim" | sed 's/.* dev \([^ ]*\) .*/\1/')
	ip addr add "$nobody/24" dev "$attacker_dev"
	ip addr add "$nine/24" dev "$attacker_dev"
	# Each start of a program from the shared folder is dear.
	cp "$(command -v hostile)" /dev/shm/hostile
	check "the victim is there" wait_until 60 there "grep -qx 1 $c/node/two/local"
}

# there SCRIPT: on the victim, with these functions.
there()
{
	ask node1 ". /tests/vm/lib.sh; . /tests/vm/tools/cluster.sh; . /tests/vm/tools/remote.sh
		. /tests/vm/tools/hostile.sh; $1"
}

attack()
{
	/dev/shm/hostile -a "$victim" -p "$port" -v 2 -m 0 -s "$zero" -k "$hex" -I "$idle_ms" \
		-K "$keepalive_ms" -w $((8000 * ${SLOW:-1})) "$@"
}

# series NAME [OPTION...]: all attacks of a kind, a point for each.
series()
{
	series_name=$1
	shift
	series_list=$(attack list "$series_name")
	series_left=$(echo "$series_list" | wc -l)
	# shellcheck disable=SC2086 # names
	attack "$@" "$series_name" $series_list >/run/points 2>/run/points.err
	series_status=$?
	while read -r series_line; do
		series_left=$((series_left - 1))
		case $series_line in
		good\ *) ok "$series_name: ${series_line#good }" ;;
		*'; good '*) ok "$series_name: ${series_line##*; good }: ${series_line%; good *}" ;;
		*) not_ok "$series_name: $series_line" ;;
		esac
	done </run/points
	is "$series_left/$series_status" 0/0 "$series_name: that was all of them"
	[ "$series_status" -eq 0 ] || diag "$(cat /run/points.err)"
}

# timed FUNCTION: says how long it took.
timed()
{
	timed_since=$(date +%s)
	"$@"
	timed_status=$?
	diag "$1: $(($(date +%s) - timed_since)) s"
	return "$timed_status"
}

# kib NAME: one figure of /proc/meminfo.
kib()
{
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

# log_lines: how much the cluster has said so far.
log_lines()
{
	dmesg | grep -c 'ramster_cluster: '
}

# is_calm: the attacker is not connected, nor about to be.
is_calm()
{
	link_is 0 down && gauge_is half_open 0 &&
		gauge_is lane_count "$(grep -o ' lanes=[0-9]*' "$stats/links" | cut -d= -f2 |
			awk '{ sum += $1 } END { print sum + 0 }')"
}

# counts NAME...: the sum of some counters.
counts()
{
	counts_sum=0
	for counts_name in "$@"; do
		counts_sum=$((counts_sum + $(cat "$stats/$counts_name")))
	done
	echo "$counts_sum"
}
