#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each wrong configuration gets exactly the message that says where and what to do, and nothing is
# done; good ones have none.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
plant

# wrong DESCRIPTION MESSAGES: the configuration on standard input; messages are LINE: TEXT.
wrong()
{
	cat >"$work/x.conf"
	count=$(printf '%s\n' "$2" | grep -c .)
	mistakes=$([ "$count" = 1 ] && echo "1 mistake" || echo "$count mistakes")
	gives 3 "$(printf '%s\n' "$2" | sed "s,^\([0-9]\),$work/x.conf:\1,; s,^:,$work/x.conf:,")
ramster: $work/x.conf has $mistakes; nothing was done" "$1" check "$work/x.conf"
}

# good DESCRIPTION COUNTS
good()
{
	cat >"$work/x.conf"
	gives 0 "$work/x.conf: no mistakes: $2" "$1" check "$work/x.conf"
}

# cluster: a good one of two nodes, 9 lines, for what comes behind it.
cluster()
{
	cat <<-'END'
		[cluster]
		name = c
		key_file = /k
		[node one]
		num = 0
		address = 10.0.0.1
		port = 7777
		[node two]
		num = 1
		address = 10.0.0.2
		port = 7777
	END
	cat
}

good "the sample" "2 nodes, 1 swap devices, 0 caches" <"$top/tools/ramster.conf"
printf '[swap a]\r\nsize = 1G ; a comment\r\n\tpriority=0   # another\r\n' |
	good "line ends of DOS, comments, tabs" "0 nodes, 1 swap devices, 0 caches"
cluster <<-'END' | good "everything" "2 nodes, 2 swap devices, 1 caches"
	[swap a]
	size = 64K
	sync = on
	[swap b]
	size = 16T
	priority = 32767
	backing = /dev/x#1
	[cache d]
	device = /dev/y
	options = a=b  c=d
	[module ramster]
	single_copy = Y
	move_high_percent = 50
	move_low_percent = 50
	[module ramster_cluster]
	lanes = 16
	[module zcache]
	pers_compressor = lzo-rle
	[down]
	swapoff = yes
	timeout = 0
END

wrong "an empty file" \
	": there is nothing in it to set up; write a [cluster], a [swap NAME] or a [cache NAME]" </dev/null
printf '[swap a]\nsize = 1G\nx\001y\n' | wrong "no text" \
	"3: the line is not text; is this the right file?"
printf '[swap a]\nsize = 1G\n\0\nx\n' | wrong "a byte of zero" "3: the line is not text; is this the right file?
4: neither '[section]' nor 'name = value'; a comment begins with #"
printf '[swap a]\nsize = 1G\n#%01100d\n' 0 | wrong "an endless line" \
	"3: the line has more than 1024 characters; is this the right file?"
wrong "no section yet" \
	"1: 'size' stands before the first section; write [cluster], [node NAME], [swap NAME] ... above it" <<'END'
size = 1G
END
wrong "a section without its end" \
	"1: a section begins with '[' and has no ']'; write [kind name]" <<'END'
[swap a
size = 1G
END
wrong "something behind a section" \
	"1: there is something after ']'; put it on the next line" <<'END'
[swap a] size = 1G
END
wrong "no name and no value" \
	"3: neither '[section]' nor 'name = value'; a comment begins with #" <<'END'
[swap a]
size = 1G
priority 100
END
wrong "a value without a name" "2: there is no name before '='; write name = value
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
= 1G
END
wrong "an unknown section that is nearly one" "1: unknown section [clutser]; did you mean [cluster]?" <<'END'
[clutser]
name = x
END
wrong "an unknown section" \
	"1: unknown section [network]; there are cluster, node, module, swap, cache and down" <<'END'
[network]
END
wrong "an unknown name that is nearly one" "3: [swap] has no 'prioritiy'; did you mean 'priority'?" <<'END'
[swap a]
size = 1G
prioritiy = 3
END
wrong "an unknown name" "3: [swap] has no 'label'; see ramster.conf(5)" <<'END'
[swap a]
size = 1G
label = x
END
wrong "no value" "2: size has no value; leave the line out for the default
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
size =
END
wrong "a name twice" "3: size is set already, in line 2; leave one of them out" <<'END'
[swap a]
size = 1G
size = 2G
END
wrong "a size of another kind" "2: size is a size such as 512M, 4G or 1T, not '4 GB'
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
size = 4 GB
END
wrong "a size that is negative" "2: size is a size such as 512M, 4G or 1T, not '-4G'
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
size = -4G
END
wrong "a size that is too small" "2: size is 64K to 16T, not '4K'
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
size = 4K
END
wrong "a size beyond all numbers" "2: size is a size such as 512M, 4G or 1T, not '99999999999999T'
1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
size = 99999999999999T
END
wrong "no size" "1: swap a has no size; write 'size = 4G'" <<'END'
[swap a]
END
wrong "a priority out of range" "3: priority is a number from 0 to 32767, not '40000'" <<'END'
[swap a]
size = 1G
priority = 40000
END
wrong "a path that is none" "3: backing is a path from / on, not 'sdb1'" <<'END'
[swap a]
size = 1G
backing = sdb1
END
wrong "sync with a backing device" \
	"1: swap a has sync and a backing device; a device with one cannot answer at once" <<'END'
[swap a]
size = 1G
backing = /dev/sdb1
sync = yes
END
wrong "neither yes nor no" "3: sync is yes or no, not 'maybe'" <<'END'
[swap a]
size = 1G
sync = maybe
END
wrong "two of one name" "3: swap a is there already, in line 1; give each its own name" <<'END'
[swap a]
size = 1G
[swap a]
size = 1G
END
wrong "a backing device twice" \
	"4: swap b has the backing device of swap a in line 1; each needs its own" <<'END'
[swap a]
size = 1G
backing = /dev/x
[swap b]
size = 1G
backing = /dev/x
END
wrong "no name" "1: the swap has no name" <<'END'
[swap]
size = 1G
END
wrong "a name that could be a path" "1: '../x' is no name of a swap; use letters, digits, '.', '_' and '-'" <<'END'
[swap ../x]
END
wrong "a name that is too long" "1: the name of a cache has at most 64 characters" <<'END'
[cache aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
END
wrong "a cache of nothing" "1: cache d has no device; write 'device = /dev/...', what is to be cached" <<'END'
[cache d]
END
wrong "a device with two caches" "3: cache e has the device of cache d in line 1; a device has one cache" <<'END'
[cache d]
device = /dev/x
[cache e]
device = /dev/x
END
wrong "options that are none" "3: options are name=value, with blanks between, not 'fast'" <<'END'
[cache d]
device = /dev/x
options = a=b fast
END
wrong "no such module" "3: there is no module 'tmem' to set; write zcache, ramster or ramster_cluster" <<'END'
[swap a]
size = 1G
[module tmem]
x = 1
END
wrong "no such parameter" "4: module zcache has no parameter 'pers_max_percnt'; did you mean 'pers_max_percent'?" <<'END'
[swap a]
size = 1G
[module zcache]
pers_max_percnt = 3
END
wrong "a parameter of nobody" "4: module zcache has no parameter 'speed'; see ramster.conf(5)" <<'END'
[swap a]
size = 1G
[module zcache]
speed = 3
END
wrong "a parameter out of range" "4: pers_max_percent is a number from 1 to 150, not '151'" <<'END'
[swap a]
size = 1G
[module zcache]
pers_max_percent = 151
END
wrong "a compressor that is none" \
	"4: pers_compressor is the name of a compressor, such as lzo, lz4 or zstd, not 'lz4 -9'" <<'END'
[swap a]
size = 1G
[module zcache]
pers_compressor = lz4 -9
END
wrong "a parameter twice" "5: store_poor is set already, in line 4; leave one of them out" <<'END'
[swap a]
size = 1G
[module zcache]
store_poor = no
store_poor = yes
END
wrong "a parameter of a module that is not used" \
	"4: single_copy is of module ramster, which is used with a [cluster] only, and there is none" <<'END'
[swap a]
size = 1G
[module ramster]
single_copy = yes
END
cluster <<'END' | wrong "marks the wrong way round" \
	"14: move_low_percent (60) is above move_high_percent (50); pages begin to move at the high one"
[module ramster]
move_high_percent = 50
move_low_percent = 60
END
wrong "nodes without a cluster" "1: there are nodes and no [cluster]; write one, with a name" <<'END'
[node one]
num = 0
address = 10.0.0.1
port = 7777
END
wrong "a cluster of nothing" "1: [cluster] has no name; write 'name = ...', the same on all nodes
1: [cluster] has no key_file; make one with 'ramster key generate' and copy it to all nodes
1: a cluster has two nodes at least; write a [node NAME] for each machine, this one too" <<'END'
[cluster]
END
wrong "a cluster with its name in the wrong place" "1: [cluster] has no name here; write 'name = ...' below it" <<'END'
[cluster c]
END
cluster <<'END' | wrong "two clusters" "12: there is a [cluster] already, in line 1; a machine is in one only"
[cluster]
END
cluster <<'END' | wrong "no number, address and port" \
	"12: node three has no num; write 'num = 0' to 254, another one for each node
12: node three has no address; write 'address = 10.0.0.1'
12: node three has no port; write 'port = 7777'"
[node three]
END
cluster <<'END' | wrong "numbers and addresses of others" \
	"12: node three has the number of node one in line 4; give each its own
12: node three has the address of node two in line 8; each is another machine"
[node three]
num = 0
address = 10.0.0.2
port = 7777
END
cluster <<'END' | wrong "a mix of families" \
	"12: node three has an IPv6 address and node one an IPv4 one; links need the same family
12: node three has an IPv6 address and node two an IPv4 one; links need the same family"
[node three]
num = 2
address = fd00::3
port = 7777
END

# bad_node MESSAGE LINE: of a third node, the lines of which this is one.
bad_node()
{
	cluster <<-END | wrong "$2" "13: $1
12: node three has no ${2%% *}; write '$3"
		[node three]
		$2
		$4
		$5
	END
}
n="num = 2" a="address = 10.0.0.3" p="port = 7777"
num="num = 0' to 254, another one for each node" address="address = 10.0.0.1'" port="port = 7777'"
bad_node "num is a number from 0 to 254, not '255'" "num = 255" "$num" "$a" "$p"
bad_node "num is a number from 0 to 254, not 'two'" "num = two" "$num" "$a" "$p"
bad_node "port is a number from 1 to 65535, not '0'" "port = 0" "$port" "$n" "$a"
bad_node "port is a number from 1 to 65535, not '65536'" "port = 65536" "$port" "$n" "$a"
bad_node "'host.example' is no IP address; names of hosts are not looked up, write 10.0.0.1 or fd00::1" \
	"address = host.example" "$address" "$n" "$p"
bad_node "'10.0.0.256' is no IP address; names of hosts are not looked up, write 10.0.0.1 or fd00::1" \
	"address = 10.0.0.256" "$address" "$n" "$p"
bad_node "0.0.0.0 is not the address of one machine" "address = 0.0.0.0" "$address" "$n" "$p"
bad_node "224.0.0.1 is not the address of one machine" "address = 224.0.0.1" "$address" "$n" "$p"
bad_node "fe80::1 is link-local and says nothing without an interface; give the node another one" \
	"address = fe80::1" "$address" "$n" "$p"
bad_node "::ffff:10.0.0.3 is an IPv4 address; write it as one" "address = ::ffff:10.0.0.3" "$address" "$n" "$p"
bad_node "ff02::1 is not the address of one machine" "address = ff02::1" "$address" "$n" "$p"

cluster <<'END' | sed 's/^name = c/&\nthis_node = three\ninsecure = yes/' | wrong "a node that is not there, and two ways" \
	"1: [cluster] has a key_file and insecure = yes; one of them is a mistake
3: this_node is 'three', and there is no [node three]"
END
cluster <<'END' | sed 's/^name = c/&\nkeepalive_delay_ms = 30000\ndead_ms = 10000/' | wrong "times that do not fit" \
	"1: keepalive_delay_ms (30000) must be less than idle_timeout_ms (30000)
1: suspect_ms (10000) must be less than dead_ms (10000)"
END
cluster <<'END' | sed 's/^name = c/&\nidle_timeout_ms = 999/' | wrong "a time out of range" \
	"3: idle_timeout_ms is a number from 1000 to 3600000, not '999'"
END
cluster <<'END' | wrong "a limit out of range" "13: timeout is a number from 0 to 86400, not '-1'"
[down]
timeout = -1
END

rm "$work/x.conf"
gives 3 "ramster: cannot read $work/x.conf: No such file or directory; there is a sample in /usr/share/doc/ramster-tools" \
	"no file" check "$work/x.conf"
gives 3 "ramster: cannot read /etc/ramster/ramster.conf: No such file or directory; there is a sample in /usr/share/doc/ramster-tools" \
	"no file at the usual place" up
done_testing
