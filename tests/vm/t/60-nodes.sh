#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The nodes of the cluster in configfs: every attribute and every refusal with its errno, 255
# nodes, starting and stopping, and what becomes of a node whose directory is removed.
#
# vm: mem=512 smp=4 timeout=300
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

newline='
'
hex=00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100
base64=ABEiM0RVZneImaq7zN3u//7u3cy7qpmId2ZVRDMiEQA=

# refuses_dir WHY PATH DESCRIPTION: mkdir fails, and says WHY.
refuses_dir()
{
	why=$(LC_ALL=C mkdir "$2" 2>&1)
	is "${why##*: }" "$1" "$3"
}

# refused ERRNO FILE VALUE ERE DESCRIPTION: cannot be written, the log says why.
refused()
{
	mark
	gives "$1" "$2" "$3" "$5"
	check "and the log says so" said "ramster_cluster: $4"
}

nothing_left()
{
	for path in /sys/module/ramster_cluster "$clusters" /sys/kernel/debug/ramster_cluster; do
		! [ -e "$path" ] || return 1
	done
}

test_names()
{
	long=$(printf '%065d' 0)
	for dir in "$clusters" "$clusters/c/node"; do
		[ "$dir" = "$clusters" ] || mkdir "$clusters/c"
		refuses_dir 'File name too long' "$dir/$long" "65 characters are too many"
		for name in 'a b' 'a%s' "a${newline}b" 'ä' "a'" 'a,b'; do
			refuses_dir 'Invalid argument' "$dir/$name" "'$name' is no name"
		done
		for name in "${long#0}" a.b-c_D9 -n 0; do
			mkdir "$dir/$name" && rmdir "$dir/$name"
			verdict $? "'$name' is one"
		done
	done
	refuses_dir 'No space left on device' "$clusters/d" "a second cluster is refused"
	rmdir "$clusters/c"
	check "when the first is gone it is not" mkdir "$clusters/d"
	check_fails "the module cannot be removed now" rmmod ramster_cluster
	check_fails "its directory of nodes cannot be removed" rmdir "$clusters/d/node"
	rmdir "$clusters/d"
}

# time_is NAME DEFAULT LEAST: bounds and bad values of one time.
time_is()
{
	reads "$c/$1" "$2" "$1 is $2 at first"
	for value in '' foo 1.5 -1 0x1000 '1 2'; do
		gives EINVAL "$c/$1" "$value$newline" "'$value' is no time"
	done
	refused ERANGE "$c/$1" $(($3 - 1)) "c: $1 must be $3 to 3600000" "$(($3 - 1)) is too little"
	gives ERANGE "$c/$1" 3600001 "3600001 is too much"
	gives ERANGE "$c/$1" 4294967296 "so is what does not fit"
	reads "$c/$1" "$2" "it is what it was"
	gives ok "$c/$1" $(($2 + 1)) "it can be changed"
	reads "$c/$1" $(($2 + 1)) "and is"
	gives ok "$c/$1" "$2$newline" "and changed back"
}

test_times()
{
	time_is idle_timeout_ms 30000 1000
	time_is keepalive_delay_ms 2000 100
	time_is reconnect_delay_ms 2000 100
	time_is suspect_ms 10000 100
	time_is dead_ms 60000 1000
	why='c: keepalive_delay_ms must be less than idle_timeout_ms'
	refused EINVAL "$c/keepalive_delay_ms" 30000 "$why" "keepalive not below idle is refused"
	refused EINVAL "$c/idle_timeout_ms" 2000 "$why" "and the other way round"
	why='c: suspect_ms must be less than dead_ms'
	refused EINVAL "$c/suspect_ms" 60000 "$why" "suspect not below dead is refused"
	refused EINVAL "$c/dead_ms" 10000 "$why" "and the other way round"
	for name in idle_timeout_ms dead_ms; do
		gives ok "$c/$name" 3600000 "$name may be an hour"
	done
	gives ok "$c/keepalive_delay_ms" 3599999 "then keepalive may be more"
	gives ok "$c/suspect_ms" 3599999 "and suspect"
}

test_key()
{
	is "$(stat -c %a "$c/key")" 200 "the key's mode is 0200"
	check_fails "root cannot read it" cat "$c/key"
	bad='c: the key is 32 random bytes, as 64 hexadecimal digits or as base64'
	refused EINVAL "$c/key" 'correct horse battery staple' "$bad" "a pass phrase is refused"
	gives EINVAL "$c/key" "$newline" "so is nothing"
	gives EINVAL "$c/key" "${hex#0}" "and 63 digits"
	gives EINVAL "$c/key" "${hex}0" "and 65"
	gives EINVAL "$c/key" "$hex$newline$newline" "and what follows the key"
	gives EINVAL "$c/key" " ${hex#0}" "and a space in it"
	gives EINVAL "$c/key" "g${hex#0}" "and what is no digit"
	gives EINVAL "$c/key" "$(printf '%064d' 0)" "and 32 zero bytes"
	gives EINVAL "$c/key" "$(printf '%043d' 0 | tr 0 A)=" "in base64 too"
	gives EINVAL "$c/key" "${base64%=}" "and base64 without its padding"
	gives EINVAL "$c/key" "${base64%A=}B=" "with bits left over"
	gives EINVAL "$c/key" "_${base64#A}" "of another alphabet"
	gives EINVAL "$c/key" "${base64%A=}==" "of 31 bytes"
	# A key in passing: all of them are refused, so there is none yet.
	gives ENOKEY "$c/node/a/local" 1 "none of these has become the key"
	for key in "$hex" "$hex$newline" "$base64" "$base64$newline"; do
		gives ok "$c/key" "$key" "a key: $(printf %s "$key" | tr '\n' .)"
	done
	gives EINVAL "$c/key" x "a bad one leaves it"
	check_fails "it is not in the log" sh -c "dmesg | grep -qi -e '$hex' -e '$base64'"
	check_fails "nor in any file" grep -rqsi -e "$hex" -e "$base64" "$clusters" \
		/sys/kernel/debug/ramster_cluster
}

test_addresses()
{
	mkdir "$c/node/a" "$c/node/b"
	a=$c/node/a
	is "$(cat "$a/num" "$a/ipv4_address" "$a/ipv4_port" "$a/ipv6_address" "$a/local" |
		tr '\n' ,)" ",,,,0," "a new directory describes no node"
	for address in 1.2.3 1.2.3.4.5 256.0.0.1 10.0.0.1/8 10.0.0.x '10.0.0.1 ' fd00::1 host; do
		gives EINVAL "$a/ipv4_address" "$address" "'$address' is no IPv4 address"
	done
	gives EINVAL "$a/ipv4_address" "$newline" "nor is an empty line"
	gives EINVAL "$a/ipv4_address" "10.0.0.1$newline$newline" "nor are two lines"
	for address in 0.0.0.0 224.0.0.1 239.255.255.255 255.255.255.255; do
		gives EADDRNOTAVAIL "$a/ipv4_address" "$address" "$address is no node's"
	done
	for address in 10.0.0.1 fd00 fd00:::1 fd00::1%eth0 fd00::1/64 g::1 1:2:3:4:5:6:7:8:9; do
		gives EINVAL "$a/ipv6_address" "$address" "'$address' is no IPv6 address"
	done
	for address in :: ff02::1 fe80::1 ::ffff:10.0.0.1; do
		gives EADDRNOTAVAIL "$a/ipv6_address" "$address" "$address is no node's"
	done
	refused EADDRNOTAVAIL "$a/ipv6_address" fe80::1 \
		"a: an address of this kind cannot be a node's" "nothing without an interface"
	for port in '' 0 -1 http 80x; do
		gives EINVAL "$a/ipv4_port" "$port$newline" "'$port' is no port"
	done
	refused ERANGE "$a/ipv4_port" 65536 'a: a port is a number from 1 to 65535' "nor is 65536"

	refused EINVAL "$a/num" 1 'a: write its address and port before its number' \
		"no number without address and port"
	gives ok "$a/ipv4_port" 65535 "a port"
	gives EINVAL "$a/num" 1 "no number without address"
	gives ok "$a/ipv4_address" "10.0.0.1$newline" "an address"
	reads "$a/ipv4_address" 10.0.0.1 "is shown"
	gives ok "$a/ipv4_address" 10.0.0.2 "can be corrected"
	refused EINVAL "$a/ipv6_address" fd00::1 'a: has an address of the other family' \
		"one of both families cannot"
	reads "$a/ipv6_address" "" "there is none of the other"
	b=$c/node/b
	refused EEXIST "$b/ipv4_address" 10.0.0.2 'b: the address is that of a' \
		"the address of another is refused"
	gives ok "$b/ipv4_address" 10.0.0.1 "the one it no longer has is not"
	gives EINVAL "$b/num" 1 "no number without port"
	gives ok "$b/ipv4_port" 7777 "a port"
	gives ok "$b/ipv4_port" 7778 "can be corrected"
	reads "$b/ipv4_port" 7778 "and is"

	mkdir "$c/node/six" "$c/node/seven"
	six=$c/node/six
	gives ok "$six/ipv6_address" FD00:0:0::0:1 "an IPv6 address"
	reads "$six/ipv6_address" fd00::1 "is shown as is usual"
	gives EINVAL "$six/ipv4_address" 10.0.0.6 "a second one, of IPv4, is refused"
	gives EEXIST "$c/node/seven/ipv6_address" fd00::1 "that of another is refused"
	gives ok "$c/node/seven/ipv6_address" ::1 "its own machine's is not"
	gives ok "$six/ipv4_port" 7777 "its port"
	gives ok "$six/num" 6 "and number"
	rmdir "$c/node/seven"
}

test_numbers()
{
	for number in '' -1 x 1x 0x1; do
		gives EINVAL "$a/num" "$number$newline" "'$number' is no number"
	done
	refused ERANGE "$a/num" 255 'a: the number of a node is 0 to 254' "255 is too much"
	gives ERANGE "$a/num" 4294967296 "so is what does not fit"
	refused EINVAL "$a/local" 1 'a: write its number before local' "local needs the number"
	refused EEXIST "$a/num" 6 'a: number 6 is that of six' "that of another is refused"
	gives ok "$a/num" 254 "254 is a number"
	gives ok "$b/num" 0 "so is 0"
	reads "$b/num" 0 "as can be read"
	refused EBUSY "$a/num" 1 'a: has its number, so its number cannot be changed' \
		"it cannot be changed"
	gives EBUSY "$a/ipv4_address" 10.0.0.9 "nor can the address"
	gives EBUSY "$a/ipv4_port" 1 "nor the port"
	gives EBUSY "$six/ipv6_address" fd00::9 "nor an IPv6 address"
	reads "$a/ipv4_address" 10.0.0.2 "they are what they were"
	is "$(sort /sys/kernel/debug/ramster_cluster/nodes | tr '\n' ,)" \
		"0 b 10.0.0.1 7778 down,254 a 10.0.0.2 65535 down,6 six fd00::1 7777 down," \
		"debugfs lists them"
	rmdir "$b"
	mkdir "$b"
	gives ok "$b/ipv4_address" 10.0.0.1 "made again, it can have its address"
	gives ok "$b/ipv4_port" 1 "another port"
	gives ok "$b/num" 0 "and its number"
}

test_start()
{
	for value in '' 2 maybe; do
		gives EINVAL "$a/local" "$value$newline" "local is not '$value'"
		gives EINVAL "$c/insecure" "$value$newline" "insecure is not '$value'"
	done
	reads "$c/insecure" 0 "a cluster is not insecure"
	gives ok "$a/local" 0 "nothing is local, so nothing stops"
	refused ENOKEY "$a/local" 1 'c: not started: write its key first' "it needs a key"
	test_key
	gives ok "$c/insecure" 1 "insecure can be set"
	refused EINVAL "$a/local" 1 'c: not started: it has a key, and insecure is 1' \
		"but not with a key"
	reads "$a/local" 0 "it has not started"
	gives ok "$c/insecure" 0 "unset again"
	mark
	gives ok "$a/local" 1 "now it starts"
	check "and the log says so" said 'ramster_cluster: c: started as node 254 \(a\)'
	reads "$a/local" 1 "local is 1"
	gives ok "$a/local" 1 "starting again is nothing new"
	refused EBUSY "$b/local" 1 'b: cannot be the local node, a is' "a second one is refused"
	reads "$b/local" 0 "it is not local"
	gives ok "$b/local" 0 "nor can it stop the first"
	reads "$a/local" 1 "which still is"
	check "debugfs says which" grep -qx '254 a 10.0.0.2 65535 local' \
		/sys/kernel/debug/ramster_cluster/nodes

	for name in idle_timeout_ms keepalive_delay_ms suspect_ms dead_ms; do
		refused EBUSY "$c/$name" 5000 \
			"c: $name cannot be changed while the cluster is started" "$name is fixed"
	done
	gives EBUSY "$c/insecure" 1 "so is insecure"
	gives EBUSY "$c/key" "$hex" "and the key"
	gives ok "$c/reconnect_delay_ms" 500 "reconnect_delay_ms is not"
	add_node later 17
	verdict $? "a node can join later"
	check "one can be removed" rmdir "$c/node/later"
	check_fails "the cluster cannot, with nodes in it" rmdir "$c"
	check_fails "nor can the module" rmmod ramster_cluster

	mark
	gives ok "$a/local" 0 "it stops"
	check "and the log says so" said 'ramster_cluster: stopped'
	gives ok "$c/keepalive_delay_ms" 2001 "times can be changed"
	gives ok "$c/key" "$base64" "so can the key"
	gives ok "$b/local" 1 "another node can be local"
	mark
	check "its directory can be removed" rmdir "$b"
	check "the log says that the node goes" said 'ramster_cluster: node 0 \(b\) was removed'
	check "and that the cluster stops" said 'ramster_cluster: stopped'
	gives ok "$a/local" 1 "a third time, with the first node"
	gives ok "$a/local" 0 "and stopped"
	is "$(gauge starts) $(gauge stops) $(gauge starts_refused)" "3 3 5" "all of it was counted"
	is "$(gauge duplicates)" 3 "and what was taken already"
	drop_cluster

	make_cluster
	add_node a 1
	gives ok "$c/insecure" 1 "a cluster without a key can be insecure"
	mark
	gives ok "$c/node/a/local" 1 "it starts"
	check "with a warning" said 'ramster_cluster: c: insecure: whoever reaches the port'
	drop_cluster
}

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
	echo 2 >$user/api
	gives EINVAL $user/registered 1 "a user of another interface is refused"
	check "and the log says so" said \
		'ramster_cluster: the user was built for interface 2, this is 1'
	echo 1 >$user/api
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

# one_wins VALUE FILE1 FILE2 ERRNO: two write at the same time, one of them succeeds.
one_wins()
{
	poke "$2" "$1" >/run/first &
	poke "$3" "$1" >/run/second
	wait $!
	case $(cat /run/first /run/second | tr '\n' ,) in
	"ok,$4," | "$4,ok,") ;;
	*) cat /run/first /run/second && return 1 ;;
	esac
}

races()
{
	round=0
	while [ "$round" -lt 40 ]; do
		round=$((round + 1))
		for name in a b; do
			mkdir "$c/node/$name"
			echo 7777 >"$c/node/$name/ipv4_port"
		done
		one_wins 10.0.0.1 "$c/node/a/ipv4_address" "$c/node/b/ipv4_address" EEXIST || return
		rmdir "$c/node/a" "$c/node/b"
		for name in a b; do
			mkdir "$c/node/$name"
			echo 7777 >"$c/node/$name/ipv4_port"
		done
		echo 10.0.0.1 >"$c/node/a/ipv4_address"
		echo 10.0.0.2 >"$c/node/b/ipv4_address"
		one_wins 5 "$c/node/a/num" "$c/node/b/num" EEXIST || return
		rmdir "$c/node/a" "$c/node/b"
		add_node a 1
		add_node b 2
		one_wins 1 "$c/node/a/local" "$c/node/b/local" EBUSY || return
		rmdir "$c/node/a" "$c/node/b"
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
	look >/run/look.out &
	looker=$!
	nodechurn "$c/node" 6 4000 "${SEED:-1}" >/run/churn.out &
	churner=$!
	gives ok $user/churn 5000 "look-ups find what they look for while nodes come and go"
	wait "$churner"
	verdict $? "what fails while all is set at once fails for a reason"
	: >/run/enough
	wait "$looker"
	verdict $? "no number and no address is used twice"
	cat /run/look.out
	diag "$(cat /run/churn.out)"
	check "many directories were made" counted made 200
	check "many nodes have got their number" counted numbers 100
	check "the cluster was started often" gauge_at_least starts 50
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
	while [ "$round" -lt 20 ]; do
		round=$((round + 1))
		modprobe ramster_cluster && make_cluster && add_node a 0 && drop_cluster &&
			rmmod ramster_cluster || return
	done
}

modprobe ramster_cluster
test_names
make_cluster
test_times
test_addresses
test_numbers
test_start
test_user
test_many
test_concurrent
mark
check "the module can be removed" rmmod ramster_cluster
check "nothing is left of it" nothing_left
check "twenty times" cycles
check_fails "no gauge was left above zero" said 'bad accounting'
done_testing
