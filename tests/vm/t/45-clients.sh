#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Clients and pools are apart: the same object and index in another pool is another page.
# More than 256 clients at once.
# vm: mem=512 smp=2 brief=6.12

# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh

zt_load
# Each pool's contents differ, see sequence.c.
run "300 clients with a persistent pool each" create pool=0 pools=300 client=1 persistent=1
stat_is client_count 300 "are there"
run "100 more pools of these clients" create pool=300 pools=100 client=1
stat_is client_count 300 "are of the same clients"
stat_is pool_count 400 "with their own pools"
run "put the same handles in all" lent_fill pools=400 count=10 size=300
results "stored 4000 refused 0" "all were stored"
stat_is page_count 4000 "as pages of their own"
run "get those of the persistent pools" lent_check pools=300 count=10 size=300
results "hits 3000 misses 0" "each is its own"
run "flush every third handle in one client" flush pool=7 count=10 step=3
is "$r_found" 4 "finds its own"
zt lent_check pools=7 count=10 size=300
results "hits 70 misses 0" "and touches no other client before"
zt lent_check pool=8 pools=292 count=10 size=300
results "hits 2920 misses 0" "or behind"
zt lent_check pool=7 count=10 size=300
results "hits 6 misses 4" "nor its other pages"
run "destroy 200 pools" destroy pool=0 pools=200
stat_is client_count 200 "of 100 clients nothing is left, 100 have another pool"
zt lent_check pool=200 pools=100 count=10 size=300
results "hits 1000 misses 0" "the others are right"
run "get ephemeral pages of clients that have lost a pool" \
	lent_check pool=300 pools=100 count=10 size=300
results "hits 1000 misses 0" "they are right"
run "a pool of a client that was forgotten" create pool=0 client=150 persistent=1
zt lent_check pool=0 count=10 size=300
results "hits 0 misses 10" "knows nothing of the old one"
run "the last client number there is" create pool=1 client=65534
run_fails "a number that is none" create pool=2 client=65536
zt_unload
done_testing
