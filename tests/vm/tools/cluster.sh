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

# -- nodes that keep in step -------------------------------------------------------------
#
# Every guest runs the same script.  They tell each other things by files in /share, which
# are there at once and must not be there before.

here=/share/$(basename "$0").node
meetings=0

# tell NAME VALUE: for the other nodes, once.
tell()
{
	echo "$2" >"$here$NODE.part.$1" && mv "$here$NODE.part.$1" "$here$NODE.told.$1"
}

# heard NODE NAME: what it has told; waits for it.
heard()
{
	if ! wait_until "${PATIENCE:-60}" test -e "$here$1.told.$2"; then
		echo nothing
		return 1
	fi
	cat "$here$1.told.$2"
}

# meet: goes on when all nodes are there.  Without the others nothing has a meaning: then
# the test ends.
meet()
{
	meetings=$((meetings + 1))
	read -r meet_time _ </proc/uptime
	tell "meeting$meetings" "$meet_time"
	for meet_node in $(others); do
		if ! heard "$meet_node" "meeting$meetings" >/run/meeting; then
			not_ok "node $meet_node comes to meeting $meetings"
			done_testing
		fi
	done
}

# others: numbers of the other nodes.
others()
{
	other=0
	while [ "$other" -lt "$NODES" ]; do
		[ "$other" = "$NODE" ] || echo "$other"
		other=$((other + 1))
	done
}

# on NODE COMMAND...: by this node only.
on()
{
	on_node=$1
	shift
	[ "$NODE" != "$on_node" ] || "$@"
}

# -- links between them ------------------------------------------------------------------

stats=/sys/kernel/debug/ramster_cluster
user=/sys/kernel/debug/cluster_test

# guest_node NUMBER: the guest of this number; with IPv6 if family is 6.
guest_node()
{
	mkdir "$c/node/n$1" || return
	if [ "${family:-4}" = 6 ]; then
		echo "fd77::$(($1 + 1))" >"$c/node/n$1/ipv6_address"
	else
		echo "10.77.0.$(($1 + 1))" >"$c/node/n$1/ipv4_address"
	fi && echo 7777 >"$c/node/n$1/ipv4_port" && echo "$1" >"$c/node/n$1/num"
}

# set_times IDLE KEEPALIVE RECONNECT SUSPECT DEAD: in ms.  A debug kernel has more of each.
set_times()
{
	echo $(($1 * ${SLOW:-1})) >"$c/idle_timeout_ms" &&
		echo $(($2 * ${SLOW:-1})) >"$c/keepalive_delay_ms" &&
		echo $(($3 * ${SLOW:-1})) >"$c/reconnect_delay_ms" &&
		echo $(($4 * ${SLOW:-1})) >"$c/suspect_ms" &&
		echo $(($5 * ${SLOW:-1})) >"$c/dead_ms"
}

# How many requests were replied to, and how many may have been done though they were not:
# a line for each load.
ended=/run/requests-ended

# load_cluster [PARAMETER=VALUE...]: the modules, of which the second is the user of the first.
load_cluster()
{
	: >$ended
	modprobe ramster_cluster "$@" && modprobe cluster_test && echo 1 >$user/registered
}

# secure_cluster: with a key, or insecure if insecure is 1.
secure_cluster()
{
	if [ "${insecure:-0}" = 1 ]; then
		echo 1 >"$c/insecure"
	else
		echo "$hex" >"$c/key"
	fi
}

# define_cluster [NUMBER...]: the guests as nodes, all or these; times may be set before it is
# started.
define_cluster()
{
	make_cluster && secure_cluster || return
	# shellcheck disable=SC2046 # a list of numbers
	[ $# -gt 0 ] || set -- $(seq 0 $((NODES - 1)))
	for define_node; do
		guest_node "$define_node" || return
	done
}

start_node()
{
	echo 1 >"$c/node/n$NODE/local"
}

stop_node()
{
	echo 0 >"$c/node/n$NODE/local"
}

# link_of NODE: the line of it, and its fields.
link_of()
{
	while read -r link_number link_rest; do
		[ "$link_number" != "$1" ] || echo "$link_number $link_rest"
	done <$stats/links
}

# link_has NODE NAME: one of the fields.
link_has()
{
	for link_word in $(link_of "$1"); do
		case $link_word in
		"$2="*) echo "${link_word#*=}" ;;
		esac
	done
}

link_state()
{
	link_of "$1" | {
		read -r _ _ link_is _
		echo "$link_is"
	}
}

link_is()
{
	[ "$(link_state "$1")" = "$2" ]
}

# all_are STATE: the links to all other nodes.
all_are()
{
	links_found=0
	while read -r _ _ link_is _; do
		[ "$link_is" != "$1" ] || links_found=$((links_found + 1))
	done <$stats/links
	[ "$links_found" = $((NODES - 1)) ]
}

# is_up: waits until there is a link to every other node.
is_up()
{
	wait_until 30 all_are up && return
	cat $stats/links
	return 1
}

# judge_load SAID: notes how a load has ended, and says why if it failed.  A test has hundreds,
# and a process is dear in an emulated guest.
judge_load()
{
	load_ok=0 load_unsure=0
	while read -r load_name load_count; do
		case $load_name in
		ok) load_ok=$load_count ;;
		sent_unsure | too_big) load_unsure=$((load_unsure + load_count)) ;;
		esac
	done <$user/results
	echo "$load_ok $load_unsure" >>$ended
	[ "$1" = ok ] && return
	echo "$1"
	sed '/ 0$/d' $user/results
	return 1
}

# load ARGUMENTS: runs one.
load()
{
	judge_load "$(poke $user/load "$*")"
}

start_load()
{
	[ "$(poke $user/start "$*")" = ok ]
}

# end_load: waits for what was started; end_load now: submits nothing more.
end_load()
{
	judge_load "$(poke $user/end "$([ "${1:-}" = now ] && echo 1 || echo 0)")"
}

# column NUMBER: the sum of it.
column()
{
	awk -v column="$1" '{ sum += $column } END { print sum + 0 }'
}

# sums_up: all that was replied to was done by the other nodes, once, and so was perhaps what
# was sent and not replied to; nothing else.
sums_up()
{
	meet
	sums=$(column 1 <$ended)
	sums="$sums $(column 2 <$ended)"
	sums="$sums $(grep -E '^(echo|sink|source|slow|small) ' $user/served | column 2)"
	tell "sums$meetings" "$sums"
	for sums_node in $(others); do
		heard "$sums_node" "sums$meetings"
	done >/run/sums
	echo "$sums" >>/run/sums
	meet
	sums_ok=$(column 1 </run/sums)
	sums_unsure=$(column 2 </run/sums)
	sums_served=$(column 3 </run/sums)
	[ "$sums_ok" -gt 0 ] && [ "$sums_ok" -le "$sums_served" ] &&
		[ "$sums_served" -le $((sums_ok + sums_unsure)) ]
	verdict $? "of all $sums_served requests served $sums_ok were replied to, $sums_unsure unsure"
}

# result NAME: of the load that runs, or ran last.
result()
{
	while read -r result_name result_count; do
		[ "$result_name" != "$1" ] || echo "$result_count"
	done <$user/results
}

served()
{
	while read -r served_name served_count _; do
		[ "$served_name" != "$1" ] || echo "$served_count"
	done <$user/served
}

# told_of NODE: what the user was told of it: "up,down,up,".
told_of()
{
	told_all=
	while read -r told_what told_node _; do
		[ "$told_node" != "$1" ] || told_all=$told_all$told_what,
	done <$user/events
	echo "$told_all"
}

# told_last NODE WHAT: the last that the user was told of it.
told_last()
{
	told_all=
	while read -r told_what told_node _; do
		[ "$told_node" != "$1" ] || told_all=$told_what
	done <$user/events
	[ "$told_all" = "$2" ]
}

# info_is NODE STATE: alive, suspect, dead or down.
info_is()
{
	while read -r info_node info_state _; do
		[ "$info_node" != "$1" ] || [ "$info_state" != "$2" ] || return 0
	done <$user/info
	return 1
}

# clean_cluster: with all of its nodes; the modules go.  Whatever is left is a failure.
clean_cluster()
{
	is "$(served wrong) $(served reordered)" "0 0" "what came was right and in order"
	is "$(cat $user/errors)" 0 "nothing has happened that must not"
	mark
	stop_node
	check "the cluster is removed" drop_cluster
	echo 0 >$user/registered
	check "the modules are removed" rmmod cluster_test ramster_cluster
	check_fails "all gauges are at zero" said 'bad accounting'
}
