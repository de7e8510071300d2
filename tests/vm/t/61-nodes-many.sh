#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Many nodes, a user that is told of them, and many who set them at once: no number and no
# address is ever that of two.
#
# vm: mem=512 smp=4 timeout=450 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

# Whatever node is local, this machine can listen at its address.
echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind

test_many()
{
	make_cluster
	number=254
	while [ $number -ge 0 ]; do
		add_node "n$number" $number || break
		number=$((number - 1))
	done
	is $number -1 "255 nodes, the last one first"
	is "$(gauge node_count)" 255 "are counted"
	add_node more 255 2>/dev/null
	verdict $((! $?)) "one more gets no number"
	is "$(cat "$c"/node/*/num | sort -n | tr -d '\n')" "$(seq 0 254 | tr -d '\n')" \
		"each has its own"
	rmdir "$c/node/n100"
	gives ok "$c/node/more/num" 100 "but that of one that is gone"
	drop_cluster
	is "$(gauge node_count)" 0 "all gone"
}

load_user()
{
	modprobe cluster_test
	user=/sys/kernel/debug/cluster_test
}

# told WANTED DESCRIPTION: all that the user was told so far.
told()
{
	is "$(tr '\n' , <$user/events)" "$1" "$2"
}

test_user()
{
	load_user
	make_cluster
	for number in 1 2 3; do
		add_node "n$number" "$number"
	done
	echo "$hex" >"$c/key"
	mark
	echo 3 >$user/api
	gives EINVAL $user/registered 1 "a user of another interface is refused"
	check "and the log says so" said \
		'ramster_cluster: the user was built for interface 3, this is 2'
	echo 2 >$user/api
	gives EINVAL $user/registered 0 "who is not the user cannot end it"
	gives ok $user/registered 1 "it registers"
	gives EBUSY $user/registered 1 "there is one user only"
	check_fails "the user stays loaded" rmmod cluster_test
	reads $user/map 1-3 "it sees who has a number"
	reads $user/local -107 "and that the cluster is not started"
	gives ENOENT $user/hold 0 "a number without a node is not found"
	for number in 255 256 4294967295; do
		gives ENOENT $user/hold $number "nor is $number"
	done
	told "" "it was told nothing yet"
	gives ok "$c/node/n2/local" 1 "the cluster starts"
	reads $user/local 2 "it sees which is local"
	all="up 2 n2 there,"
	told "$all" "and is told that it is up"
	gives ok "$c/node/n2/local" 0 "the cluster stops"
	all="${all}down 2 n2 there,"
	told "$all" "it is told"
	gives ok "$c/node/n2/local" 1 "starts again"
	gives ok $user/hold 2 "the user keeps a node"
	rmdir "$c/node/n2"
	all="${all}up 2 n2 there,down 2 n2 gone,"
	told "$all" "of one that is removed it is told when nobody finds it any more"
	reads $user/map 1,3 "its bit is clear"
	reads $user/hold 2 "what is kept stays what it was"
	is "$(gauge node_held)" 1 "that is counted"
	add_node other 2
	check "its number can be used again" test -d "$c/node/other"
	reads $user/hold 2 "what is kept is another node"
	gives ENOENT $user/hold 255 "and goes back"
	is "$(gauge node_held)" 0 "nothing is kept now"

	gives ok $user/registered 0 "it unregisters"
	gives ok "$c/node/other/local" 1 "the cluster starts without it"
	told "$all" "it is told nothing"
	gives ok $user/registered 1 "it registers again"
	all="${all}up 2 other there,"
	told "$all" "and is told who is up"
	gives ok "$c/node/other/local" 0 "the cluster stops"
	all="${all}down 2 other there,"
	told "$all" "it is told"
	is "$(gauge told_up) $(gauge told_down)" "3 3" "calls are counted"
	gives ok $user/registered 0 "it unregisters"
	drop_cluster
	reads $user/errors 0 "it was told in order"
	rmmod cluster_test
}

# one_wins ERRNO VALUE FILE FILE: two write at the same time, one of them succeeds.
one_wins()
{
	result=$(race "$2" "$3" "$4")
	[ "$result" = "$1 ok" ] && return
	echo "$3 $4: $result"
	return 1
}

races()
{
	a=$c/node/a
	b=$c/node/b
	round=0
	while [ "$round" -lt 20 ]; do
		round=$((round + 1))
		mkdir "$a" "$b"
		one_wins EEXIST 10.0.0.1 "$a/ipv4_address" "$b/ipv4_address" || return
		rmdir "$a" "$b"
		mkdir "$a" "$b"
		for name in a b; do
			echo "fd00::$name" >"$c/node/$name/ipv6_address"
			echo 7777 >"$c/node/$name/ipv4_port"
		done
		one_wins EEXIST 5 "$a/num" "$b/num" || return
		rmdir "$a" "$b"
		add_node a 1
		add_node b 2
		one_wins EBUSY 1 "$a/local" "$b/local" || return
		rmdir "$a" "$b"
	done
}

# No number and no address twice, in any of many looks; each look is of one moment.
look()
{
	looks=0
	while ! [ -e /run/enough ]; do
		looks=$((looks + 1))
		awk '($1 != "-" && seen["n" $1]++) || ($3 != "-" && seen["a" $3]++) { exit 1 }' \
			/sys/kernel/debug/ramster_cluster/nodes || return
	done
	diag "$looks looks"
}

# counted NAME LEAST: what nodechurn did of this.
counted()
{
	[ "$(awk -v name="$1" '$1 == name { print $2 }' /run/churn.out)" -ge "$2" ]
}

test_concurrent()
{
	make_cluster
	echo "$hex" >"$c/key"
	check "of two that want the same one gets it" races
	load_user
	echo 1 >$user/registered
	rm -f /run/enough
	look >/run/look.out &
	looker=$!
	nodechurn "$c/node" 6 3000 "${SEED:-1}" >/run/churn.out &
	churner=$!
	gives ok $user/churn 5000 "look-ups find what they look for while nodes come and go"
	wait "$churner"
	verdict $? "what fails while all is set at once fails for a reason"
	: >/run/enough
	wait "$looker"
	verdict $? "no number and no address is used twice"
	cat /run/look.out
	diag "$(cat /run/churn.out)"
	check "many directories were made" counted made 100
	check "many nodes have got their number" counted numbers 50
	check "the cluster was started often" gauge_at_least starts 30
	mkdir "$c/node/last"
	drop_cluster
	is "$(gauge starts)" "$(gauge stops)" "and stopped as often"
	is "$(gauge nodes_added)" "$(gauge nodes_removed)" "all nodes are gone"
	is "$(gauge told_up)" "$(gauge told_down)" "the user was told of both ends"
	reads $user/errors 0 "in order"
	echo 0 >$user/registered
	rmmod cluster_test
}

cycles()
{
	round=0
	while [ "$round" -lt 10 ]; do
		round=$((round + 1))
		modprobe ramster_cluster && make_cluster && add_node a 0 && drop_cluster &&
			rmmod ramster_cluster || return
	done
}

modprobe ramster_cluster
test_many
test_user
test_concurrent
mark
rmmod ramster_cluster
check "loaded, used and unloaded ten times" cycles
check_fails "no gauge was left above zero" said 'bad accounting'
done_testing
