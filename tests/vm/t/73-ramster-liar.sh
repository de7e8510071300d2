#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Node 1 lies about the pages that it keeps: it changes them, gives those of another page or
# of an older version, cuts them off, denies them.  Never is anything taken for the page that
# is not: it is an I/O error, or the second copy.
#
# vm: nodes=3 mem=320 timeout=300 brief=6.1 brief_smp=1
# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=tests/vm/lib.sh
. /tests/vm/lib.sh
# shellcheck source=tests/vm/module/zcache_test.sh
. /tests/vm/module/zcache_test.sh
# shellcheck source=tests/vm/tools/cluster.sh
. /tests/vm/tools/cluster.sh
# shellcheck source=tests/vm/tools/ramster.sh
. /tests/vm/tools/ramster.sh

pages=300
mix="noise=20"
liar=/sys/module/liar_test/parameters

liar_up()
{
	modprobe ramster_cluster && modprobe liar_test && echo 1 >$liar/registered &&
		define_cluster && set_times 4000 500 200 2000 10000 && start_node
	verdict $? "a node that lies"
}

liar_down()
{
	stop_node
	check "the cluster is removed" drop_cluster
	echo 0 >$liar/registered
	check "the modules are removed" rmmod liar_test ramster_cluster
}

# put [ARGUMENTS]: pages of the next version, which go to all who shall have a copy.
version=0
put()
{
	version=$((version + 1))
	run "put version $version" fill pool=1 count=$pages version=$version "$mix"
	check "all pages go" wait_until 60 all_out
}

# get [COUNT]
get()
{
	run "get: no page is wrong" check pool=1 count="${1:-$pages}" version=$version "$mix"
}

# The liar's part of a lie: it lies from the first meeting to the second.
lie_now()
{
	echo 0 >$liar/told
	echo "$1" >$liar/lie
	meet
	meet
	check "$1: it was asked" [ "$(cat $liar/told)" -gt 0 ]
	echo nothing >$liar/lie
	meet
}

# The owner's: owner_sees LIE BAD [COUNT]
owner_sees()
{
	before=$(rstat bad_seals)
	meet
	get "${3:-$pages}"
	results "hits 0 misses 0 lost ${3:-$pages}" "$1: each page is an I/O error"
	is $(($(rstat bad_seals) - before)) "$2" "$1: $2 of them came as other bytes"
	meet
	meet
}

others_wait()
{
	meet
	meet
	meet
}

# lie WHAT BAD [COUNT]: what it is, how many are known by their seals, how many are got.
lie()
{
	case $NODE in
	0) owner_sees "$@" ;;
	1) lie_now "$1" ;;
	*) others_wait ;;
	esac
}

# put_each VERSION: some pages, one after the other, so that their names are, too.
put_each()
{
	for key in $(seq 0 9); do
		zt fill pool=1 first="$key" count=1 version="$1" "$mix" && wait_until 20 all_out ||
			return
	done
}

# Of the ten names of this version, the ones ten before are the same pages' last version.
put_twice()
{
	check "put ten pages" put_each $((version + 1))
	check "and again" put_each $((version + 2))
	version=$((version + 2))
}

sees_truth()
{
	meet
	get "$1"
	results "hits $1 misses 0 lost 0" "$2"
	meet
	meet
}

both_have_all()
{
	[ "$(lender_has 1 3) $(lender_has 2 3)" = "$pages $pages" ]
}

has_room()
{
	[ "$(lender_has "$1" 4)" -gt 0 ]
}

two_copies()
{
	rset single_copy 0
	check "node 2 has room" wait_until 20 has_room 2
	put
	is "$(lender_has 1 3) $(lender_has 2 3)" "$pages $pages" "each page is on both"
	before=$(rstat bad_seals)
	sees_truth $pages "with a second copy every page can be had"
	truth "$(rstat bad_seals) > $before" "though some came as other bytes"
	check "each page has two copies again" wait_until 60 both_have_all
	check "nothing is left to repair" wait_until 20 grep -q 0 $r/repairing
	truth "$(rstat pages_repaired) > 0" "they were made again"
	get
	results "hits $pages misses 0 lost 0" "all are as they were"
}

case $NODE in
0)
	zt_load
	zt create pool=1 persistent=1
	ramster_up single_copy=1 move_high_percent=0 home_percent=0
	;;
1) liar_up ;;
2) zt_load && ramster_up pers_lend_enable=0 eph_lend_enable=0 ;;
esac
mark
meet
for what in flip exchange short long empty; do
	on 0 put
	lie $what $pages
done
on 0 put
lie absent 0
on 0 check "the log says who it was" said "node 1 gave other bytes than it got"

on 0 put_twice
on 1 sh -c "echo 0 >$liar/back"
case $NODE in
0) sees_truth 10 "as they are when it goes back by nothing" ;;
1) lie_now old ;;
*) others_wait ;;
esac
on 1 sh -c "echo 10 >$liar/back"
lie old 10 10

# What makes no sense is asked for again, for a time.
on 0 rset get_limit_ms 1000
on 0 put
lie senseless 0 3
on 0 get
on 0 results "hits $pages misses 0 lost 0" "all are there when it makes sense again"
meet

on 2 rset pers_lend_enable 1
case $NODE in
0) two_copies ;;
1) lie_now flip ;;
*) others_wait ;;
esac

if [ "$NODE" = 1 ]; then
	meet
	meet
	liar_down
else
	bad_seals=$(rstat bad_seals)
	ramster_down
	zt_unload
fi
done_testing
