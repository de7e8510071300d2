#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each wrong command line gets exactly the message that says why, status 2, and nothing is done.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
plant member

# wrong MESSAGE ARGUMENT...
wrong()
{
	wrong_message=$1
	shift
	gives 2 "ramster: $wrong_message" "ramster $*" "$@"
}

wrong "there is no command 'x'; 'ramster help' lists them" x
wrong "there is no command 'dwon'; did you mean 'down'?" dwon
wrong "there is no command 'upp'; did you mean 'up'?" help upp
wrong "unknown option --fast; 'ramster help' lists them" --fast up
wrong "up: unknown option --wiat; did you mean --wait?" up --wiat 3
wrong "up: unknown option --speed; see 'ramster help up'" up --speed
wrong "up: --wait needs a value" up --wait
wrong "up: --wait is a number of seconds, not 'long'" up --wait long
wrong "up: 'now' is one word too many; see 'ramster help up'" up now
wrong "down: --force takes no value" down --force=yes
wrong "down: --swapoff and --keep-swap exclude each other" down --swapoff --keep-swap
wrong "down: --timeout is a number of seconds, not '-3'" down --timeout -3
wrong "down: --timeout is a number of seconds, not '1m'" down --timeout=1m
wrong "status: unknown option --json; see 'ramster help status'" status --json
wrong "status: unknown option --v; see 'ramster help status'" status -v
wrong "stats: --json and --prometheus exclude each other" stats --json --prometheus
wrong "stats: 'all' is one word too many; see 'ramster help stats'" stats all
wrong "top: --count is a number from 1 on, not '0'" top --batch --count 0
wrong "top: --delay is a number of seconds from 1 to 3600, not '0.5'" top --batch --delay 0.5
wrong "top: the output is no terminal; use --once or --batch" top
wrong "swap: say add NAME SIZE, remove NAME or list; see 'ramster help swap'" swap
wrong "swap: say add NAME SIZE, remove NAME or list; see 'ramster help swap'" swap mount
wrong "swap add: something is missing; see 'ramster help swap add'" swap add a
wrong "swap add: '4 GB' is no size from 64K to 16T; write 512M, 4G ..." swap add a "4 GB"
wrong "swap add: '1K' is no size from 64K to 16T; write 512M, 4G ..." swap add a 1K
wrong "swap add: the priority is a number from 0 to 32767, not 'high'" swap add a 1G --priority high
wrong "swap add: the backing device is a path from / on, not 'sdb'" swap add a 1G --backing sdb
wrong "swap add: a device with a backing device cannot answer at once; leave out --sync" \
	swap add a 1G --backing /dev/x --sync
wrong "'a/b' is no name of a swap; use letters, digits, '.', '_' and '-'" swap add a/b 1G
wrong "swap remove: something is missing; see 'ramster help swap remove'" swap remove
wrong "swap remove: --timeout is a number of seconds, not 'x'" swap remove a --timeout x
wrong "cache: say add NAME DEVICE [OPTION=VALUE ...], remove NAME, list or message NAME WHAT [yes|no]; see 'ramster help cache'" \
	cache drop
wrong "cache add: the device is a path from / on, not 'sdb'" cache add a sdb
wrong "cache add: options are name=value, not 'fast'" cache add a /dev/sdb fast
wrong "cache add: something is missing; see 'ramster help cache add'" cache add a
wrong "cache message: 'dorp'; did you mean drop?" cache message a dorp
wrong "cache message: 'x' is none of drop, reset, flush, verify yes|no, enable yes|no" cache message a x
wrong "cache message: drop stands alone, without 'yes'" cache message a drop yes
wrong "cache message: verify is followed by yes or no" cache message a verify
wrong "cache message: enable is followed by yes or no" cache message a enable 2
wrong "node: say add NAME, remove NAME or list; see 'ramster help node'" node show
wrong "node add: --num is a number from 0 to 254, another one for each node" node add four
wrong "node add: --num is a number from 0 to 254, another one for each node, not 300" node add four --num 300
wrong "node add: --address is missing" node add four --num 3
wrong "'four.example' is no IP address; names of hosts are not looked up, write 10.0.0.1 or fd00::1" \
	node add four --num 3 --address four.example
wrong "node add: --port is a number from 1 to 65535, not 0" node add four --num 3 --address 10.0.0.4 --port 0
wrong "key: something is missing; see 'ramster help key'" key
wrong "key: 'make' is neither generate nor check" key make
wrong "key generate: 'secret' is no path of a file with a '/'; a key cannot be made of a pass phrase" \
	key generate secret
wrong "key: a key is made of random bytes only; 'phrase' is one word too many" key generate /tmp/x phrase
wrong "drain: --timeout is a number of seconds, not 'soon'" drain --timeout soon
wrong "plot: say either --record SECONDS or --replay FILE" plot -o x.svg
wrong "plot: --record is a number of seconds from 1 to 604800, not '1h'" plot --record 1h -o x.svg
wrong "plot: --interval is a number of seconds from 1 to 3600, not '0'" plot --record 1 --interval 0 -o x.svg
wrong "plot: -o FILE says where the picture goes; it ends with .svg or .html" plot --record 1
wrong "plot: -o FILE says where the picture goes; it ends with .svg or .html" plot --record 1 -o x.png
wrong "plot: --output needs a value" plot --record 1 -o
wrong "check: 'b' is one word too many; see 'ramster help check'" check a b
wrong "doctor: 'me' is one word too many; see 'ramster help doctor'" doctor me

status=0
ramster >"$work/out" 2>&1 || status=$?
is "$status $(head -n 1 "$work/out")" "2 usage: ramster [--dry-run] [--quiet] COMMAND [ARGUMENT ...]" \
	"no command: the usage"
gives 0 "ramster VERSION" "--version" --version
ramster --help >"$work/out"
is "$?" 0 "--help"
sed -n 's/^  \([a-z]*\) .*/\1/p' "$work/out" >"$work/commands"
while read -r command; do
	is "$(ramster help "$command" | head -n 1 | cut -d' ' -f1,2)" "ramster $command" "help $command"
	is "$(grep -c "^\.SS $command\$" "$top/tools/man/ramster.8")" 1 "$command is in the manual"
	check "bash completes it" grep -qw "$command" "$top/tools/completion/ramster.bash"
	check "zsh completes it" grep -qw "$command" "$top/tools/completion/_ramster"
done <"$work/commands"
is "$(called)" "" "nothing was run"
done_testing
