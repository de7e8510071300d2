#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Devices come and go while programs open, write, read and close them all the time: what is
# open stays and holds what was written, what is closed can go at any moment.
#
# vm: mem=512 smp=2 group=device append=slab_nomerge timeout=120 brief=6.1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/tools/swapdev.sh
. /tests/vm/tools/swapdev.sh

rounds=40
[ -z "${LONG-}" ] || rounds=1000
a=$devices/a

# Each round of a user has a content of its own, so what an earlier device held is wrong.
cat >/run/user.py <<'PYTHON'
"""user.py SEED direct|buffered: until /run/stop is there"""
import glob, mmap, os, random, sys, time

rng = random.Random(int(sys.argv[1]))
direct = os.O_DIRECT if sys.argv[2] == "direct" else 0
buf, got = mmap.mmap(-1, 65536), mmap.mmap(-1, 65536)
rounds = wrong = 0
while not os.path.exists("/run/stop"):
    try:
        fd = os.open(rng.choice(glob.glob("/dev/zcache[0-9]*") or [""]), os.O_RDWR | direct)
    except OSError:
        time.sleep(0.01)	# just gone, or not yet there
        continue
    place = int(sys.argv[1]) * 65536
    for page in range(16):
        buf[page * 4096:(page + 1) * 4096] = rng.randbytes(1024 + page * 128).ljust(4096, b"x")
    os.pwritev(fd, [buf], place)
    os.preadv(fd, [got], place)
    wrong += got[:] != buf[:]
    os.close(fd)
    rounds += 1
    time.sleep(rng.random() * 0.02)
print(rounds, wrong)
PYTHON

# Until it is closed for a moment.
go_down()
{
	tries=0
	until echo 0 >"$a/live"; do
		tries=$((tries + 1))
		[ $tries -lt 100000 ] || return 1
	done 2>/dev/null
}

come_and_go()
{
	busy=0
	for round in $(seq "$rounds"); do
		if [ $((round % 2)) -eq 0 ]; then
			go_down || return 1
			busy=$((busy + tries))
		else
			# Cannot be refused: the device goes with its last user.
			rmdir "$a" && mkdir "$a" && echo 4M >"$a/size" || return 1
		fi
		echo 1 >"$a/live" || return 1
		sleep 0.05
	done
}

# shellcheck disable=SC2119 # no parameters
load_modules
make_device a 4M
for seed in 1 2 3 4; do
	kind=direct
	[ $((seed % 2)) -eq 0 ] || kind=buffered
	python3 /run/user.py $seed $kind >/run/user$seed 2>&1 &
done
come_and_go
verdict $? "$rounds times a device goes and another comes"
diag "$busy times it was in use"
touch /run/stop
wait
for seed in 1 2 3 4; do
	read -r used wrong </run/user$seed
	check "user $seed: used a device, and found what it wrote" \
		test "$used" -ge $((rounds / 4)) -a "$wrong" = 0
	diag "$(cat /run/user$seed)"
done
check "it was in use at times" test "$busy" -gt 0
drop_device a
check "devices without a directory are gone too" wait_until 5 no_devices
is "$(gauge pers_zpages)" 0 "and their pages"
unload_clean
done_testing
