# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of ramster share. Sourced after lib.sh, zcache_test.sh and cluster.sh.
# shellcheck disable=SC2034 # the variables are for those who source this

r=/sys/kernel/ramster
rstats=/sys/kernel/debug/ramster
rparams=/sys/module/ramster/parameters

# rstat NAME: one statistic of ramster.
rstat()
{
	read -r rstat_value <"$rstats/$1"
	echo "$rstat_value"
}

# rset NAME VALUE: a parameter.
rset()
{
	echo "$2" >"$rparams/$1"
}

rstat_is()
{
	[ "$(rstat "$1")" = "$2" ]
}

rstat_above()
{
	[ "$(rstat "$1")" -gt "$2" ]
}

# lender_has NODE FIELD: of its line: 2 state, 3 copies of ours, 4 room.  These here are asked again
# and again, so they start no program.
lender_has()
{
	while read -r lender_node lender_state lender_copies lender_room _; do
		[ "$lender_node" = "$1" ] || continue
		case $2 in
		2) echo "$lender_state" ;;
		3) echo "$lender_copies" ;;
		4) echo "$lender_room" ;;
		esac
	done <$r/lenders
}

# owner_has NODE: how many persistent pages of it are here.
owner_has()
{
	owner_pages=0
	while read -r owner_node owner_count _; do
		[ "$owner_node" != "$1" ] || owner_pages=$owner_count
	done <$r/owners
	echo "$owner_pages"
}

# lenders_ready COUNT
lenders_ready()
{
	lenders_found=0
	while read -r _ lender_state _; do
		[ "$lender_state" != ready ] || lenders_found=$((lenders_found + 1))
	done <$r/lenders
	[ "$lenders_found" = "$1" ]
}

# ramster_up [PARAMETER=VALUE...]: the modules and the cluster; waits for all the others.  If
# neighbours is set it knows only those nodes, of which it is one.
ramster_up()
{
	# shellcheck disable=SC2086 # a list of numbers
	modprobe ramster "$@" && define_cluster ${neighbours-} &&
		set_times 4000 500 200 2000 "${dead_ms:-10000}" && start_node
	verdict $? "a cluster of $NODES nodes with ramster${*:+, }$*"
	# shellcheck disable=SC2086
	set -- ${neighbours-$(seq 0 $((NODES - 1)))}
	check "all others lend" wait_until 60 lenders_ready $(($# - 1))
}

lender_is()
{
	[ "$(lender_has "$1" 2)" = "$2" ]
}

# cut_off, mend: the network of this node.
cut_off()
{
	tc qdisc add dev eth0 root netem loss 100%
}

mend()
{
	tc qdisc del dev eth0 root
}

# all_out: what is in frames here is elsewhere.
all_out()
{
	[ "$(gauge pers_zpages)" = "$(gauge same_filled_pages)" ]
}

# ramster_down: all nodes leave, and nothing is left of anything.  If somebody was meant to give
# wrong bytes, bad_seals says how often.
ramster_down()
{
	meet
	check "ramster leaves" sh -c "echo 0 >$r/enabled"
	meet
	is "$(rstat remote_pers_pages) $(rstat remote_eph_pages) $(rstat fetches)" "0 0 0" \
		"nothing of this node is elsewhere"
	is "$(rstat bad_transitions) $(rstat bad_seals)" "0 ${bad_seals:-0}" "nothing was out of order"
	mark
	stop_node
	check "the cluster is removed" drop_cluster
	check "ramster is removed" rmmod ramster
	check "the cluster's module too" rmmod ramster_cluster
	check_fails "all gauges are at zero" said 'bad accounting'
}
