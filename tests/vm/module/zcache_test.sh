# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# For tests that drive the store through zcache_test.ko; sourced after tests/vm/lib.sh.
# All of it is done by the shell itself, because forking is dear in an emulated guest.

zt_dir=/sys/kernel/debug/zcache_test

# What commands leave; each is in a variable r_<name> after the command.
zt_results="stored refused first_refused busy too_big no_space again no_memory
	hits misses lost gaps first_hit found garbage pages
	puts puts_failed flushes unsure verified
	moved stale failed frames gets answered localized localize_stale localize_failed
	released released_irqs_off pressure in_flight left held least_free
	straddled dropped twice eph_used eph_limit pers_used pers_limit lent_used lent_limit"
# shellcheck disable=SC2034 # for the tests
r_stored='' r_refused='' r_first_refused='' r_busy='' r_too_big='' r_no_space='' \
	r_again='' r_no_memory='' r_hits='' r_misses='' r_lost='' r_gaps='' r_first_hit='' \
	r_found='' r_garbage='' r_pages='' r_puts='' r_puts_failed='' r_flushes='' r_unsure='' \
	r_verified='' r_moved='' r_stale='' r_failed='' r_frames='' r_gets='' r_answered='' \
	r_localized='' r_localize_stale='' r_localize_failed='' r_released='' \
	r_released_irqs_off='' r_pressure='' r_in_flight='' r_left='' \
	r_held='' r_least_free='' r_straddled='' r_dropped='' r_twice='' r_eph_used='' \
	r_eph_limit='' r_pers_used='' r_pers_limit='' r_lent_used='' r_lent_limit=''

# zt_load: our modules and the test module.
zt_load()
{
	modprobe zcache_test
}

# zt_load_with PARAMETER=VALUE...: the same with parameters of zcache.
zt_load_with()
{
	load_modules "$@" && modprobe zcache_test
}

# zt VERB [NAME=NUMBER...]: one command, see tests/vm/module/main.c. Fails when it does, or
# when it saw what must never happen.
zt()
{
	for zt_name in $zt_results; do
		eval "r_$zt_name="
	done
	zt_status=0
	echo "$*" >"$zt_dir/command" || zt_status=1
	while read -r zt_name zt_value; do
		eval "r_$zt_name=\$zt_value"
	done <"$zt_dir/result"
	return "$zt_status"
}

# run DESCRIPTION VERB [NAME=NUMBER...]: a point that passes when the command succeeds.
run()
{
	zt_what=$1
	shift
	zt "$@"
	verdict $? "$zt_what"
}

# run_fails DESCRIPTION VERB [NAME=NUMBER...]: a point that passes when the command fails.
run_fails()
{
	zt_what=$1
	shift
	if zt "$@" 2>/dev/null; then
		not_ok "$zt_what"
	else
		ok "$zt_what"
	fi
}

# results "NAME VALUE..." DESCRIPTION: several numbers of the last command, in its order.
results()
{
	zt_got=
	while read -r zt_name zt_value; do
		case " $1 " in
		*" $zt_name "*) zt_got="$zt_got${zt_got:+ }$zt_name $zt_value" ;;
		esac
	done <"$zt_dir/result"
	is "$zt_got" "$1" "$2"
}

# show_results: all numbers of the last command, as a remark.
show_results()
{
	zt_got=
	while read -r zt_name zt_value; do
		zt_got="$zt_got $zt_name=$zt_value"
	done <"$zt_dir/result"
	echo "#$zt_got"
}

# truth CONDITION DESCRIPTION: an arithmetic condition that must hold.
truth()
{
	if [ "$(($1))" -ne 0 ]; then
		ok "$2"
	else
		not_ok "$2"
		echo "# wanted: $1"
	fi
}

# stat NAME: one statistic, left in $stat.
stat()
{
	for zt_folder in zcache tmem_zbud tmem; do
		if [ -r "/sys/kernel/debug/$zt_folder/$1" ]; then
			read -r stat <"/sys/kernel/debug/$zt_folder/$1"
			return
		fi
	done
	stat="no statistic $1"
}

# stat_is NAME WANTED DESCRIPTION
stat_is()
{
	stat "$1"
	is "$stat" "$2" "$3"
}

# stat_settles NAME WANTED DESCRIPTION: soon; a repacking worker may hold a frame for a moment.
stat_settles()
{
	# shellcheck disable=SC2317 # called by wait_until
	stat_settled()
	{
		stat "$1"
		[ "$stat" = "$2" ]
	}
	wait_until 5 stat_settled "$1" "$2"
	is "$stat" "$2" "$3"
}

# stat_above NAME LIMIT DESCRIPTION
stat_above()
{
	stat "$1"
	truth "$stat > $2" "$3 ($stat)"
}

# stat_note NAME: for a later stat_grew.
stat_note()
{
	stat "$1"
	eval "zt_noted_$1=\$stat"
}

# stat_grew NAME BY DESCRIPTION
stat_grew()
{
	stat "$1"
	eval "is \$((stat - zt_noted_$1)) \"\$2\" \"\$3\""
}

# set_param NAME VALUE: a parameter of zcache.
set_param()
{
	echo "$2" >"/sys/module/zcache/parameters/$1"
}

# refuses "NAME VALUE"...: parameters of zcache that must be refused.
refuses()
{
	for zt_param; do
		if set_param "${zt_param%% *}" "${zt_param#* }" 2>/dev/null; then
			not_ok "refused: $zt_param"
		else
			ok "refused: $zt_param"
		fi
	done
}

# inject NAME NUMBER: into zcache's own debugfs, fail_frames or evict_eph.
inject()
{
	echo "$2" >"/sys/kernel/debug/zcache/$1"
}

# zt_unload: every gauge is back where it began, nothing failed, all modules go.
zt_unload()
{
	run "pools are destroyed" destroy pools=512
	zt_got=
	for zt_name in eph_zpages pers_zpages lent_zpages eph_zbytes pers_zbytes lent_zbytes \
		same_filled_pages zero_filled_pages raw_pages remote_zpages; do
		stat "$zt_name"
		[ "$stat" = 0 ] || zt_got="$zt_got $zt_name=$stat"
	done
	is "$zt_got" "" "no pages are left"
	read -r zt_value <"$zt_dir/errors"
	is "$zt_value" 0 "the client and the tier saw nothing wrong"
	modprobe -r zcache_test tmem_zbud tmem
	zt_got=
	while read -r zt_name zt_value; do
		case $zt_name in
		zcache* | tmem*) zt_got="$zt_got $zt_name" ;;
		esac
	done </proc/modules
	is "$zt_got" "" "all modules can be unloaded"
}
