#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The nodes of the cluster in configfs: every attribute and every refusal with its errno,
# starting and stopping, and what becomes of a node whose directory is removed.
#
# vm: mem=512 timeout=450 brief=none
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh

# Whatever node is local, this machine can listen at its address.
echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind

newline='
'
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
	for value in '' maybe; do
		gives EINVAL "$a/local" "$value$newline" "local is not '$value'"
		gives EINVAL "$c/insecure" "$value$newline" "insecure is not '$value'"
	done
	reads "$c/insecure" 0 "a cluster is not insecure"
	refused EINVAL "$a/local" 2 'a: local is 0 or 1' "nor 2"
	refused EINVAL "$c/insecure" x 'c: insecure is 0 or 1' "nor is insecure x"
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

modprobe ramster_cluster
test_names
make_cluster
test_times
test_addresses
test_numbers
test_start
mark
check "the module can be removed" rmmod ramster_cluster
check "nothing is left of it" nothing_left
check_fails "no gauge was left above zero" said 'bad accounting'
done_testing
