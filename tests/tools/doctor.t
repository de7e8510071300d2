#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# doctor: each thing that can be wrong is found, in a machine where nothing else is.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
port=$((20000 + $$ % 20000))

# healthy: a machine of which nothing can be said.
healthy()
{
	plant member
	put proc/sys/kernel/hostname one
	put proc/sys/kernel/osrelease 6.12.0
	put proc/sys/vm/page-cluster 0
	put proc/sys/vm/swappiness 100
	put lib/modules/6.12.0/modules.dep 'extra/ramster.ko.xz: extra/zcache.ko'
	put boot/config-6.12.0 'CONFIG_MODULES=y\nCONFIG_SWAP=y\nCONFIG_CONFIGFS_FS=m\nCONFIG_INET=y\nCONFIG_LZO_COMPRESS=y\nCONFIG_LZO_DECOMPRESS=y'
	put sys/module/tmem/x ''
	put sys/module/tmem_zbud/x ''
	put sys/module/zswap/parameters/enabled N
	put sys/kernel/ramster/lenders '1 ready 3 4\n2 ready 3 4'
	put sys/class/net/eth0/mtu 1500
	put says/ip 'lo UNKNOWN 127.0.0.1/8\neth0@if3 UP 10.0.0.1/24 fe80::1/64'
	put says/nft 'table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\ttcp dport 7777 accept\n\t}\n}'
	put says/dmesg 'ramster_cluster: node 1 (two): link up'
	put says/timedatectl yes
	put sys/devices/system/clocksource/clocksource0/current_clocksource tsc
	put etc/ramster/cluster.key "$(printf '%064d' 7)"
	chmod 600 "$tree/etc/ramster/cluster.key"
	configure <<-END
		[cluster]
		name = mycluster
		key_file = /etc/ramster/cluster.key
		[node one]
		num = 0
		address = 10.0.0.1
		port = 7777
		[node two]
		num = 1
		address = 10.0.0.2
		port = 7777
		[node three]
		num = 2
		address = 10.0.0.3
		port = 7777
		[swap main]
		size = 1G
	END
}

healthy
matches doctor-healthy "a healthy machine" doctor

# finds VERDICT LINE ADVICE DESCRIPTION: what there is to say, and nothing else.
finds()
{
	status=0
	ramster --quiet doctor >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$1" = warning ] && wanted=0 || wanted=1
	is "$status
$(head -n -2 "$work/out")" "$wanted
$(printf '%-8s%s\n        > %s' "$1" "$2" "$3")" "$4"
	healthy
}

rm "$tree/sys/module/tmem" -r
finds wrong "module tmem is not there for kernel 6.12.0" \
	"apt install ramster-dkms and the linux-headers of this kernel; 'dkms status' shows what was built" "a missing module"
rm -r "$tree/sys/module/ramster_cluster"
finds wrong "module ramster_cluster is not there for kernel 6.12.0" \
	"apt install ramster-dkms and the linux-headers of this kernel; 'dkms status' shows what was built" \
	"what another depends on is not yet there"
sed -i /CONFIGFS/d "$tree/boot/config-6.12.0"
finds wrong "kernel 6.12.0 lacks CONFIG_CONFIGFS_FS" "take a kernel of your distribution" "a kernel option"
# secure: Secure Boot is on, and nothing is loaded yet.
secure()
{
	mkdir -p "$tree/sys/firmware/efi/efivars"
	rm -r "$tree/sys/module/zcache"
	put lib/modules/6.12.0/modules.dep 'extra/zcache.ko:'
	printf '\6\0\0\0\1' \
		>"$tree/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
}
secure
finds wrong "Secure Boot is on and the modules are not signed: the kernel will not load them" \
	"let DKMS build and sign them: apt install ramster-dkms, or dkms install --force; then mokutil --import /var/lib/dkms/mok.pub" \
	"no signature"
secure
put says/modinfo 'DKMS module signing key'
put says/mokutil '/var/lib/dkms/mok.pub is not enrolled'
finds wrong "Secure Boot is on and the firmware does not know the key that signed the modules: the kernel will not load them" \
	"mokutil --import /var/lib/dkms/mok.pub, reboot, and confirm it on the blue screen" "a key that is not enrolled"
secure
put says/modinfo 'DKMS module signing key'
is "$(ramster doctor | grep Secure)" \
	"ok      Secure Boot is on, and the modules are signed by DKMS module signing key" "an enrolled key"
healthy
put sys/module/zswap/parameters/enabled Y
finds warning "zswap is on: it compresses pages before us and keeps the good ones" \
	"echo N >/sys/module/zswap/parameters/enabled, and zswap.enabled=0 on the kernel command line" "zswap"
chmod 644 "$tree/etc/ramster/cluster.key"
status=0
ramster -q doctor >"$work/out" || status=$?
is "$status $(sed -n 's/^wrong   //p' "$work/out")" \
	"1 /etc/ramster/cluster.key can be read by others than root (mode 0644); chmod 600 /etc/ramster/cluster.key, and make a new key if anybody may have read it" "the key"
healthy
sed -i 's/^key_file.*/insecure = yes/' "$tree/etc/ramster/ramster.conf"
finds wrong "insecure = yes: whoever reaches the port can read and change all pages" \
	"'ramster key generate', copy the key to all nodes, key_file = /etc/ramster/cluster.key" "no key"
put sys/module/ramster/parameters/single_copy Y
finds warning "pages have one copy: when the node that has a page dies, so does each program that needs it" \
	"single_copy = no keeps each page on two other nodes" "one copy"
sed -i '/\[node three\]/,/^port/d' "$tree/etc/ramster/ramster.conf"
finds warning "pages want two other nodes, and there is one: none will ever move" \
	"add a third node, or a backing device; or accept one copy: [module ramster] single_copy = yes" "two nodes, two copies"
sed -i '/\[node three\]/,/^port/d; s,^size.*,&\nbacking = /dev/sdb,' "$tree/etc/ramster/ramster.conf"
ramster doctor >"$work/out"
is "$(sed -n 's/^ok *pages are/pages are/p' "$work/out")" \
	"pages are on the backing device, and a clean copy on the other node: none is lost" "two nodes and a disk"
healthy
put sys/module/zcache/parameters/pers_max_percent 90
finds warning "90 % of memory for pages of ours and 50 % for those of others leave nothing to work with" \
	"lower pers_max_percent or lent_max_percent in [module zcache]" "limits"
put sys/module/ramster/parameters/lend_floor_mib 512
finds wrong "lend_floor_mib (512 MiB) is more than there is (512 MiB): nothing will be lent" \
	"lower lend_floor_mib in [module ramster]" "a floor above all"
printf '[swap big]\nsize = 2G\n' | configure
finds warning "swap big (2.0 GiB) will not fit into the 75 % of 512 MiB that pages may take" \
	"make it smaller, or give it a backing device: when the store is full, writes fail" "a device that is too large"
sed -i 's/ -2$/ 100/' "$tree/proc/swaps"
finds warning "/dev/zcache0 has priority 100, another swap device 100: it is used first" \
	"give ours a higher one: priority = 100 in its [swap NAME]" "priorities"
sed -i /zcache0/d "$tree/proc/swaps"
finds warning "/dev/zcache0 is not swapped to" "swapon it, or 'ramster swap remove' it" "not swapped to"
put proc/sys/vm/page-cluster 3
finds warning "vm.page-cluster is 3: each read brings 8 pages, which is made for disks" "sysctl vm.page-cluster=0" "read-ahead"
put proc/sys/vm/swappiness 10
finds warning "vm.swappiness is 10: made for slow swap, so files are dropped first" "sysctl vm.swappiness=100 or more" "swappiness"
put sys/kernel/ramster/pages_lost 4
finds wrong "4 pages are lost" "end the programs that needed them; 'ramster status' shows which node is away" "lost pages"
put says/ip 'eth0 UP 10.0.0.11/24'
finds wrong "no interface has the address 10.0.0.1 of node one" \
	"give this machine the address, or correct [node] in the configuration" "no address"
put sys/class/net/eth0/mtu 1400
finds warning "the MTU of eth0 is 1400" "1500 at least; with 9000 on all nodes and switches a page is one packet" "a small MTU"
put sys/class/net/eth0/tun_flags 0x1001
finds wrong "eth0 is served by a program (tun): when that program is swapped out, nothing comes back" \
	"take an interface that the kernel alone serves: Ethernet, or WireGuard" "a VPN in user space"
sed -i '/7777/d' "$tree/says/nft"
finds warning "a firewall drops packets and has no rule for port 7777" \
	"let it in from the other nodes: nft add rule inet filter input ip saddr { ADDRESSES } tcp dport PORT accept" "a firewall"
put sys/devices/system/clocksource/clocksource0/current_clocksource hpet
finds warning "the clock source is hpet, which is slow to read" "find out why the kernel does not trust the TSC (dmesg)" "a slow clock"
put says/timedatectl no
finds warning "the clock is not synchronised" \
	"apt install systemd-timesyncd; pages are safe all the same, logs are hard to compare" "a wrong clock"

# no_link REASON ADVICE: what the kernel's log says of a node.
no_link()
{
	put sys/kernel/ramster/lenders '2 ready 3 4'
	rm -r "$tree/sys/kernel/debug"
	put says/dmesg "ramster_cluster: node 1 (two): no link: busy (error 0)\nramster_cluster: node 1 (two): no link: $1 (error -71)"
	finds wrong "node two: no link: $1 " "$2" "$1"
}
no_link "the keys differ" "copy the same key to both nodes: 'ramster down', 'ramster up'"
no_link "another version of the protocol" "install releases of the same wire protocol on both; the CHANGELOG names it"
no_link "another cluster" "write the same name in [cluster] on both nodes"
no_link "the numbers of the nodes do not agree" "write the same [node] sections on both nodes"
no_link "only one of the nodes is insecure" "give both the same key"
no_link "time-outs differ" "write the same idle_timeout_ms and keepalive_delay_ms on both nodes"

# nobody: of node two at 127.0.0.1 nothing is known but what a connection tells.
nobody()
{
	put sys/kernel/ramster/lenders '2 ready 3 4'
	rm -r "$tree/sys/kernel/debug"
	put says/dmesg ''
	sed -i "s/^address = 10.0.0.2/address = 127.0.0.1/; /two/,/three/s/7777/$port/" "$tree/etc/ramster/ramster.conf"
}
nobody
finds wrong "node two: nobody listens at 127.0.0.1 port $port" \
	"'ramster up' there; or its firewall refuses the port" "nobody listens"
nobody
put says/ping 'it answers'
finds wrong "node two: nobody listens at 127.0.0.1 port $port
        > 'ramster up' there; or its firewall refuses the port
wrong   packets of 1500 bytes, the MTU of eth0, do not reach node two" \
	"the same MTU on all nodes, and at least that in all switches between" "large packets do not pass"
nobody
python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port))
open('$work/listens', 'w')
time.sleep(20)" &
listener=$!
while [ ! -e "$work/listens" ]; do sleep 0.1; done
finds warning "node two answers at 127.0.0.1 port $port, and there is no link yet" \
	"if it stays so: are keys, numbers and names the same there?" "somebody listens"
kill $listener
wait $listener 2>/dev/null

echo x | configure
ramster -q doctor >"$work/out" 2>&1
is "$(head -n 3 "$work/out")" "/etc/ramster/ramster.conf:1: neither '[section]' nor 'name = value'; a comment begins with #
ramster: /etc/ramster/ramster.conf has 1 mistake; nothing was done
wrong   the configuration is of no use" "a wrong configuration"
done_testing
