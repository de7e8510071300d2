#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# swap, drain, cache and node: what they run and write, what they list, what they refuse.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- swap ----------------------------------------------------------------------------------

plant
gives 0 "swap a: /dev/zcache0" "swap add" swap add a 64M
is "$(called)" "modprobe zcache
mkswap -q /dev/zcache0
swapon /dev/zcache0" "what it runs"
gives 0 "swap b: /dev/zcache1" "with all that can be said" swap add b 1G --priority 7 --backing /dev/sdb
is "$(called)" "mkswap -q /dev/zcache1
swapon -p 7 /dev/zcache1" "what it runs"
is "$(cd "$tree/sys/kernel/config/zcache/b" && grep -r . . | sort)" "./backing:/dev/sdb
./device:zcache1
./live:1
./size:1073741824" "what it writes"
gives 1 "ramster: swap b is there already; see 'ramster swap list'" "a name twice" swap add b 1G
mkdir "$tree/fail"
touch "$tree/fail/swapon"
gives 1 "ramster: swapon /dev/zcache2 failed" "swapon fails" swap add c 1G

plant
gives 0 "no swap device; 'ramster swap add NAME SIZE' makes one" "a list of nothing" swap list
gives 0 "no swap device of ours, so nothing to drain" "drain of nothing" drain
gives 1 "ramster: there is no swap device x; see 'ramster swap list'" "remove of nothing" swap remove x
plant member
gives 0 "NAME         DEVICE                 SIZE       USED PRIORITY
main         /dev/zcache0        1.0 GiB    247 MiB      100" "a list" swap list
put sys/block/zcache1/size 2048
gives 0 "NAME         DEVICE                 SIZE       USED PRIORITY
main         /dev/zcache0        1.0 GiB    247 MiB      100
-            /dev/zcache1        1.0 MiB        off        -" "of one that is not used, too" swap list
gives 0 "would run: swapoff /dev/zcache0
would write '0' to /sys/kernel/config/zcache/main/live
would remove /sys/kernel/config/zcache/main" "a dry run of remove" --dry-run swap remove main
gives 0 "" "swap remove, by its device" swap remove /dev/zcache0
is "$(called)" "swapoff /dev/zcache0" "what it runs"
check "its folder is gone" test ! -e "$tree/sys/kernel/config/zcache/main"

# refuses COMMAND...: by each of the reasons; and with --force it does not.
refuses()
{
	plant member
	put sys/kernel/ramster/pages_lost 2
	gives 4 "ramster: 2 pages are lost: swapoff of /dev/zcache0 would have programs that need them killed. End these programs first, or use --force" \
		"$*: pages are lost" "$@"
	put sys/kernel/ramster/pages_lost 0
	put sys/module/ramster/parameters/single_copy Y
	put sys/kernel/ramster/lenders '1 down 5 0'
	gives 4 "ramster: node 1 (two) is down and has 5 pages of this machine; start it, or give them up with --force" \
		"$*: a node is away" "$@"
	put sys/kernel/ramster/lenders '1 ready 5 0'
	put proc/meminfo 'MemAvailable: 1000 kB'
	sed -i /sda2/d "$tree/proc/swaps"
	gives 4 "ramster: /dev/zcache0 holds 247 MiB, and there is room for 1000 KiB; end programs, add swap, or use --force" \
		"$*: no room" "$@"
	is "$(called)" "" "nothing was run"
	ramster -q "$@" --force
	is "$? $(called | head -n 1)" "0 swapoff /dev/zcache0" "$* --force"
}
refuses swap remove main
refuses drain

plant member
mkdir "$tree/fail"
touch "$tree/fail/swapoff"
gives 1 "ramster: swapoff /dev/zcache0 failed; it is still swapped to" "swapoff fails" swap remove main
check "its folder stays" test -e "$tree/sys/kernel/config/zcache/main"
plant member
printf '#!/bin/sh\nsleep 30\n' >"$tree/sbin/swapoff"
start=$(date +%s)
gives 5 "ramster: /dev/zcache0 could not be emptied in time; it is still swapped to" "swapoff takes too long" \
	swap remove main --timeout 1
check "it ends in time" test $(($(date +%s) - start)) -lt 10
plant member
gives 0 "/dev/zcache0: 247 MiB back in memory" "drain" drain
is "$(called)" "swapoff /dev/zcache0
swapon -p 100 /dev/zcache0" "as it was swapped to"

# ---- cache ---------------------------------------------------------------------------------

plant
put dev/sdb1 ''
put sys/class/block/sdb1/size 8000
gives 0 "cache data: /dev/mapper/data" "cache add" cache add data /dev/sdb1 admit=all size=5
is "$(called)" "modprobe zcache
dmsetup create data --table 0 8000 zcache /dev/sdb1 admit=all size=5" "what it runs"
gives 1 "ramster: cache x: /dev/nothing: No such file or directory" "no such device" cache add x /dev/nothing
put dev/file ''
gives 1 "ramster: cache x: /dev/file: Block device required" "no block device" cache add x /dev/file
put dev/mapper/data ''
gives 0 "cache data is there already" "again" cache add data /dev/sdb1
put says/dmsetup-ls 'No devices found'
gives 0 "no cache; 'ramster cache add NAME DEVICE' makes one" "a list of nothing" cache list
put says/dmsetup-ls 'data\t(253:0)'
put says/dmsetup-status '0 8000 zcache hits=3 misses=4'
gives 0 "data: hits=3 misses=4" "a list" cache list
called >"$work/nothing"
gives 0 "" "a message" cache message data drop
gives 0 "" "a switch" cache message data verify yes
gives 0 "" "remove" cache remove data
is "$(called)" "dmsetup message data 0 drop
dmsetup message data 0 verify 1
dmsetup remove data" "what they run"
mkdir "$tree/fail"
touch "$tree/fail/dmsetup"
gives 1 "ramster: cache data cannot be removed; is it mounted?" "in use" cache remove data
gives 1 "ramster: cache data does not take 'verify'" "a message that is refused" cache message data verify no

# ---- node ----------------------------------------------------------------------------------

plant
gives 0 "no cluster is up; 'ramster up' starts one" "no nodes" node list
gives 1 "ramster: no cluster is up; 'ramster up' first" "no cluster" node add x --num 3 --address 10.0.0.4
plant member
gives 0 "NUM  NAME             ADDRESS                  PORT   STATE
0    one              10.0.0.1                 7777   this machine
1    two              10.0.0.2                 7777   ready
2    three            10.0.0.3                 7777   down" "a list" node list
gives 0 "node four is there until the next boot. For longer, write into /etc/ramster/ramster.conf on all nodes:

[node four]
num = 3
address = fd00::4
port = 7777" "node add" node add four --num=3 --address=fd00::4
is "$(cd "$tree/sys/kernel/config/ramster/mycluster/node/four" && grep -r . . | sort)" "./ipv4_port:7777
./ipv6_address:fd00::4
./num:3" "what it writes"
gives 1 "ramster: node four is there already" "a name twice" node add four --num 3 --address 10.0.0.4
gives 0 "" "remove" node remove four
check "it is gone" test ! -e "$tree/sys/kernel/config/ramster/mycluster/node/four"
gives 1 "ramster: there is no node four; see 'ramster node list'" "no such node" node remove four
gives 1 "ramster: node one is this machine; 'ramster down' takes it out" "this machine" node remove one
gives 4 "ramster: node two has 12000 pages of this machine; 'ramster down' on it gives them back, --force gives them up" \
	"one that has pages" node remove two
gives 0 "" "by force" node remove two --force
done_testing
