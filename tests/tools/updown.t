#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# up and down in a tree: what they write and run, that up can be called again, what down refuses.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
clusters=$tree/sys/kernel/config/ramster
key=$(printf '%064d' 7)

# member_conf: two nodes, this one is `one`.
member_conf()
{
	put proc/sys/kernel/hostname one
	put etc/ramster/cluster.key "$key"
	chmod 600 "$tree/etc/ramster/cluster.key"
	configure <<-END
		[cluster]
		name = mycluster
		key_file = /etc/ramster/cluster.key
		dead_ms = 30000
		idle_timeout_ms = 10000
		[node one]
		num = 0
		address = 10.0.0.1
		port = 7777
		[node two]
		num = 1
		address = fd00::2
		port = 7778
		[swap main]
		size = 1G
		priority = 100
		[cache data]
		device = /dev/sdb1
		options = a=1 b=2
		[module zcache]
		pers_max_percent = 60
		[module ramster]
		single_copy = yes
		$*
	END
	sed -i 's/10.0.0.1/fd00::1/' "$tree/etc/ramster/ramster.conf"
	put dev/sdb1 ''
	put sys/class/block/sdb1/size 4096
}

# ---- up ------------------------------------------------------------------------------------

plant
member_conf
matches dry-run "a dry run of up says all" --dry-run up
is "$(called)" "" "and runs nothing"
check "and writes nothing" test ! -e "$clusters"

gives 0 "swap main: /dev/zcache0
cache data: /dev/mapper/data
up: mycluster" "up" up
is "$(called)" "modprobe zcache pers_max_percent=60
mkswap -q /dev/zcache0
swapon -p 100 /dev/zcache0
dmsetup create data --table 0 4096 zcache /dev/sdb1 a=1 b=2
modprobe ramster_cluster
modprobe ramster single_copy=Y" "what it runs"
is "$(cd "$clusters/mycluster" && grep -r . . | sort)" "./dead_ms:30000
./idle_timeout_ms:10000
./key:$key
./node/one/ipv4_port:7777
./node/one/ipv6_address:fd00::1
./node/one/local:1
./node/one/num:0
./node/two/ipv4_port:7778
./node/two/ipv6_address:fd00::2
./node/two/num:1" "the cluster"
is "$(cd "$tree/sys/kernel/config/zcache/main" && grep -r . . | sort)" "./device:zcache0
./live:1
./size:1073741824" "the swap device"

put dev/mapper/data ''
put sys/module/zcache/parameters/pers_max_percent 60
put sys/module/ramster/parameters/single_copy Y
gives 0 "swap main is there already
cache data is there already
up: mycluster" "up again" up
is "$(called)" "" "runs nothing"
put sys/kernel/ramster/enabled 0
ramster -q up
is "$(cat "$tree/sys/kernel/ramster/enabled")" 1 "who had left joins again"

member_conf "move_high_percent = 90"
ramster -q up
is "$(cat "$tree/sys/module/ramster/parameters/move_high_percent")" 90 "a parameter of a loaded module"
member_conf
sed -i 's/^pers_max_percent.*/frame_pages = 2/' "$tree/etc/ramster/ramster.conf"
put sys/module/zcache/parameters/frame_pages 4
gives 1 "swap main is there already
cache data is there already
ramster: frame_pages of module zcache can be set only when it is loaded; 'ramster down --swapoff', then 'ramster up'
ramster: not all is up; what is stays. 'ramster down --swapoff' removes it" "one that is too late" up

# refused_up MESSAGE DESCRIPTION: up says that, and that not all is up.
refused_up()
{
	gives "${3:-1}" "$(printf '%s\n' "swap main is there already" "cache data is there already")
ramster: $1
ramster: not all is up; what is stays. 'ramster down --swapoff' removes it" "$2" up
}
member_conf
sed -i 's/port = 7778/port = 7779/' "$tree/etc/ramster/ramster.conf"
refused_up "node two is there with another number, address or port; 'ramster node remove two', then 'ramster up'" \
	"a node that has changed"
member_conf
sed -i 's/name = mycluster/name = other/' "$tree/etc/ramster/ramster.conf"
refused_up "this machine is in cluster mycluster; 'ramster down' first" "another cluster"
member_conf
put proc/sys/kernel/hostname two
refused_up "this machine is node one now; 'ramster down' first" "another node"
put proc/sys/kernel/hostname three
refused_up "no node has the name of this host; rename one in /etc/ramster/ramster.conf, or write this_node = NAME in [cluster]" \
	"no node" 3
member_conf
gives 5 "swap main is there already
cache data is there already
ramster: after 1 s 0 of 1 other nodes lend; 'ramster status' shows which, 'ramster doctor' why" \
	"--wait, and nobody comes" up --wait 1
put sys/kernel/ramster/lenders '1 ready 0 100'
gives 0 "swap main is there already
cache data is there already
up: mycluster" "--wait, and all are there" up --wait 1

plant
member_conf
chmod 644 "$tree/etc/ramster/cluster.key"
gives 3 "swap main: /dev/zcache0
cache data: /dev/mapper/data
ramster: /etc/ramster/cluster.key can be read by others than root (mode 0644); chmod 600 /etc/ramster/cluster.key, and make a new key if anybody may have read it
ramster: not all is up; what is stays. 'ramster down --swapoff' removes it" "a key that others can read" up
check "there is no half of a cluster" test ! -e "$clusters/mycluster"
plant
member_conf
mkdir "$tree/fail"
touch "$tree/fail/modprobe"
gives 1 "ramster: module zcache cannot be loaded; 'ramster doctor' looks for the reason
ramster: not all is up; what is stays. 'ramster down --swapoff' removes it" "a module that is not there" up
plant
member_conf
mkdir "$tree/fail"
touch "$tree/fail/mkswap"
gives 1 "cache data: /dev/mapper/data
ramster: mkswap /dev/zcache0 failed
ramster: not all is up; what is stays. 'ramster down --swapoff' removes it" "mkswap fails" up
check "the device is not left half made" test ! -e "$tree/sys/kernel/config/zcache/main"
check "the cluster is up all the same" test -e "$clusters/mycluster/node/one/local"

# ---- down ----------------------------------------------------------------------------------

plant member
matches down-dry-run "a dry run of down" --dry-run down
put sys/module/ramster/parameters/single_copy Y
put sys/kernel/ramster/lenders '1 ready 12000 327680\n2 down 7 0'
gives 4 "ramster: node 2 (three) is down and has 7 pages of this machine; start it, or give them up with --force" \
	"a lender that is away" down
is "$(cat "$tree/sys/kernel/ramster/enabled")" 1 "nothing was done"
plant member
put proc/meminfo 'MemTotal: 524288 kB\nMemAvailable: 14000 kB'
gives 4 "ramster: 14 MiB of pages have to come home, and 14 MiB of memory are free; end programs, add swap, or use --force" \
	"no room at home" down
plant member
put sys/kernel/ramster/pages_lost 3
gives 4 "ramster: 3 pages are lost: swapoff of /dev/zcache0 would have programs that need them killed. End these programs first, or use --force" \
	"pages are lost" down --swapoff
plant member
put proc/meminfo 'MemTotal: 524288 kB\nMemAvailable: 140000 kB'
put proc/swaps 'Filename Type Size Used Priority\n/dev/zcache0 partition 1048572 252936 100\n/dev/sda2 partition 524284 500000 -2'
gives 4 "ramster: /dev/zcache0 holds 247 MiB, and there is room for 160 MiB; end programs, add swap, or use --force" \
	"no room for swapoff" down --swapoff
is "$(called)" "" "nothing was run"

plant member
put sys/kernel/ramster/lenders '1 down 12000 327680\n2 down 7 0'
gives 4 "ramster: node 2 (three) is down and has 7 pages of this machine; start it, or give them up with --force" \
	"two lenders are away: both copies may be" down
plant member
put sys/kernel/ramster/lenders '1 ready 12000 327680\n2 down 7 0'
gives 0 "down" "one of two copies is away" down
plant member
put sys/module/ramster/parameters/single_copy Y
put sys/kernel/ramster/lenders '2 down 7 0'
put sys/kernel/ramster/remote_pers_pages 0
gives 0 "down" "what is away are only clean pages" down
called >"$work/nothing"

plant member
gives 0 "down" "down" down
is "$(called)" "modprobe -r ramster
modprobe -r ramster_cluster" "the modules of the cluster are removed, swap stays"
is "$(find "$clusters" -mindepth 1 | wc -l)" 0 "nothing of the cluster is left"
plant member
put says/dmsetup-ls 'data\t(253:0)'
gives 0 "down, and nothing is left" "down --swapoff" down --swapoff
is "$(called)" "modprobe -r ramster
modprobe -r ramster_cluster
dmsetup remove data
swapoff /dev/zcache0
modprobe -r zcache" "all is removed, the cluster first"
is "$(find "$clusters" "$tree/sys/kernel/config/zcache" -mindepth 1 2>/dev/null | wc -l)" 0 "nothing is left"
plant
gives 0 "down" "down of nothing" down
plant member
configure <"$top/tools/ramster.conf"
sed -i 's/^swapoff = no/swapoff = yes/' "$tree/etc/ramster/ramster.conf"
gives 0 "down, and nothing is left" "down as configured" down
plant member
cp "$top/tools/ramster.conf" "$tree/etc/ramster"
sed -i 's/^swapoff = no/swapoff = yes/' "$tree/etc/ramster/ramster.conf"
gives 0 "down" "--keep-swap" down --keep-swap

# ---- force, shutdown -----------------------------------------------------------------------

plant member
put sys/module/ramster/parameters/single_copy Y
put sys/kernel/ramster/lenders '2 dead 7 0'
gives 0 "down
ramster: giving up 7 pages on node 2 (three): programs that need them will be killed" "--force" down --force
is "$(called | head -n 1)" "swapoff /dev/zcache0" "swap is emptied before anything else"
plant member
put sys/module/ramster/parameters/single_copy Y
put sys/kernel/ramster/lenders '2 dead 7 0'
gives 0 "down
ramster: node 2 (three) is dead: its 7 pages of this machine are given up" "--shutdown, a lender is gone" \
	down --shutdown --timeout 5
is "$(cat "$tree/sys/module/ramster/parameters/get_limit_ms")" 1000 "nobody will wait for its pages"
is "$(cat "$tree/sys/kernel/ramster/enabled")" 1 "nor for leaving"
check "without it they are known to be lost" test ! -e "$clusters/mycluster/node/three"
check "other nodes stay" test -e "$clusters/mycluster/node/two"
plant member
gives 0 "down" "--shutdown, all are there" down --shutdown --timeout 5
is "$(cat "$tree/sys/kernel/ramster/enabled")" 0 "pages come home"
is "$(cat "$tree/sys/module/ramster/parameters/leave_timeout")" 5 "the kernel is told the time-out"

# A kernel that never answers: a pipe that can be read twice, and then has nobody at its end.
plant member
rm "$tree/sys/kernel/ramster/enabled"
mkfifo "$tree/sys/kernel/ramster/enabled"
(
	echo 1 >"$tree/sys/kernel/ramster/enabled"
	sleep 0.3
	echo 1 >"$tree/sys/kernel/ramster/enabled"
) &
start=$(date +%s)
gives 5 "ramster: not all came home in 2 s: 12000 pages are still elsewhere; this machine is still in the cluster" \
	"leaving takes too long" down --timeout 2
check "it ends in time" test $(($(date +%s) - start)) -lt 10
wait
is "$(cat "$tree/sys/module/ramster/parameters/leave_timeout")" 60 "the kernel has its own time-out again"
check "the cluster is still there" test -e "$clusters/mycluster/node/two/num"
done_testing
