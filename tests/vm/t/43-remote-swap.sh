#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The swap device with a remote tier behind it: fio verifies what it has written, then a
# cgroup swaps, while pages move out and back, moves fail, and answers come late.
# vm: mem=256 smp=4 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

cgroup=/sys/fs/cgroup/zcache-test

zt_load_with swap_size=96M
# The first cgroup with a memory limit patches the kernel's code, which QEMU's emulation does
# not always survive while other CPUs run it. So now, when all is quiet.
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $cgroup
run "a tier registers" tier_register
# What it keeps is memory of this guest too.
zt tier delay_ms=3 localize=10 fail=10 pull=20 max_pages=2000 kinds=2

# As a block device: blocks of all sizes, half of what they contain compressible.
# shellcheck disable=SC2317 # called by check
fio_run()
{
	fio --name=v --filename=/dev/zcache0 --size=8M --rw=randwrite --bsrange=4k-64k \
		--ioengine=libaio --iodepth=16 --direct=1 --verify=crc32c --verify_fatal=1 \
		--buffer_compress_percentage=50 --randseed=7 --minimal "$@"
}
run "pages begin to move" mover_start
check "fio writes" fio_run --do_verify=0
run "everything moves out" push frames=1000
check "fio verifies what it has written" fio_run --verify_only
zt tier
show_results
truth "$r_moved > 300 && $r_gets > 50 && $r_answered == $r_gets - $r_in_flight" \
	"from the tier too ($r_moved moved, $r_gets got)"
check "discard everything" blkdiscard /dev/zcache0
zt tier
is "$r_pages" 0 "nothing is left with the tier"

# As swap: files in a tmpfs that may not stay in memory.
mkswap /dev/zcache0 >/dev/null
check "swap to it" swapon /dev/zcache0
mkdir /run/zt
mount -t tmpfs -o size=64M tmpfs /run/zt
echo 4M >$cgroup/memory.max
# shellcheck disable=SC2317 # called by check
in_cgroup()
{
	sh -c "echo \$\$ >$cgroup/cgroup.procs && $1"
}
# Three quarters of it do not compress.
check "write 8 MiB with 4 MiB of memory" in_cgroup \
	'for n in 1 2; do head -c 3M /dev/urandom; head -c 1M /dev/zero; done >/run/zt/a'
wanted=$(in_cgroup 'sha256sum </run/zt/a')
zt tier
before=$r_gets
run "everything that is swapped moves out" push frames=1000
is "$(in_cgroup 'sha256sum </run/zt/a')" "$wanted" "contents stay the same"
check "copied, and the same" in_cgroup 'cat /run/zt/a >/run/zt/b && cmp /run/zt/a /run/zt/b'
rm /run/zt/b
zt tier
show_results
truth "$r_gets > $before + 100" "swap-in went through the tier ($((r_gets - before)))"

# Everything is remote that can be, and comes back by swapoff.
zt tier max_pages=1000000 pull=0 fail=0 delay_ms=0
run "pages stop moving" mover_stop
run "everything is moved out" push frames=10000
echo max >$cgroup/memory.max
check "swapoff brings all of it back" swapoff /dev/zcache0
is "$(sha256sum </run/zt/a)" "$wanted" "contents are right"
umount /run/zt
rmdir $cgroup

# The device goes with its pages wherever they are.
check "write some blocks" dd if=/dev/urandom of=/dev/zcache0 bs=64k count=16 oflag=direct
run "move them out" push frames=10000
zt tier
truth "$r_pages >= 256" "all are remote ($r_pages)"
run_fails "the tier cannot leave" tier_unregister
run "bring them back" pull
is "$r_left" 0 "none is left"

# At the limit a write waits for room that is being made.
set_param pers_max_mib 1
zt tier delay_ms=0 localize=0 fail=0 pull=0
check "discard everything" blkdiscard -f /dev/zcache0
run "pages begin to move" mover_start
check "write 8 MiB with a limit of 1" \
	dd if=/dev/urandom of=/dev/zcache0 bs=64k count=128 oflag=direct
stat_above policy_percent_exceeded 0 "the limit was met"
zt tier
truth "$r_pressure > 0" "and the tier told of it ($r_pressure times)"
run "pages stop moving" mover_stop
check "discard everything" blkdiscard -f /dev/zcache0
run "the tier leaves" tier_unregister
zt tier
is "$r_released $r_in_flight" "$r_moved 0" "each page was released once"
zt_unload
done_testing
