/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of ramster, debugfs directory ramster/; the ones that scripts need are in
 * /sys/kernel/ramster/ as well.  The file name is the counter name.  Names that the
 * original had mean what they meant there.
 */
#ifndef RAMSTER_STATS_H
#define RAMSTER_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#define RAMSTER_COUNTS(x)							\
	x(eph_pages_remoted,	"ephemeral pages of ours that moved to another node")	\
	x(pers_pages_remoted,	"persistent pages of ours that moved")		\
	x(eph_pages_remote_failed, "ephemeral pages that were to move and stayed") \
	x(pers_pages_remote_failed, "persistent pages that were to move and stayed") \
	x(pages_remote_stale,	"pages put again or flushed while they moved")	\
	x(remote_eph_pages_succ_get, "gets of ephemeral pages answered by another node") \
	x(remote_pers_pages_succ_get, "gets of persistent pages answered by another node") \
	x(remote_eph_pages_unsucc_get, "... of ephemeral pages that were not there") \
	x(remote_pers_pages_unsucc_get, "... of persistent pages that could not be had") \
	x(gets_joined,		"gets of a page that was being fetched")	\
	x(gets_waited,		"gets that waited because too many were under way") \
	x(gets_parked,		"fetches that waited for a node to come back")	\
	x(gets_retried,		"fetches asked again")				\
	x(gets_other_copy,	"fetches answered by the second copy")		\
	x(bad_seals,		"pages that came back as somebody else's bytes")	\
	x(bad_replies,		"replies of other nodes that made no sense")	\
	x(bad_requests,		"requests of other nodes that made no sense")	\
	x(bad_transitions,	"changes of state that are not in the table")	\
	x(remote_pages_flushed,	"copies that other nodes dropped on request")	\
	x(remote_page_flushes_failed, "copies that are to be dropped again: no answer") \
	x(copies_gone,		"copies that another node does not have any more") \
	x(pages_lost,		"pages of which no copy is left")		\
	x(pages_home,		"pages brought home")				\
	x(pages_repaired,	"... that were to come home as they had lost a copy")		\
	x(pages_home_failed,	"pages that were to come home and stayed")	\
	x(pers_pages_remote_nomem, "... for want of memory")			\
	x(leases_ended,		"leases of ours that a lender has ended")	\
	x(recalls,		"times that a lender asked us to take pages back") \
	x(foreign_eph_puts,	"ephemeral pages of others taken in")		\
	x(foreign_pers_puts,	"persistent pages of others taken in")		\
	x(foreign_puts_failed,	"pages of others refused")			\
	x(foreign_gets,		"pages of others given back")			\
	x(foreign_gets_absent,	"pages of others asked for that are not here")	\
	x(foreign_flushes,	"pages of others dropped on request")		\
	x(foreign_leases_ended,	"owners whose pages were all dropped")		\
	x(failed_alloc,		"pages not moved because there was no descriptor")

/* Per-CPU sums too: a CPU's share may be negative, the sum is not. */
#define RAMSTER_GAUGES(x)							\
	x(remote_eph_pages,	"ephemeral pages of ours that are elsewhere")	\
	x(remote_pers_pages,	"persistent pages of ours that are elsewhere")	\
	x(flushing_pages,	"pages of ours that others are to drop")	\
	x(fetches,		"fetches under way")				\
	x(foreign_leases,	"owners that have a lease here")

enum ramster_stat {
#define RAMSTER_ENUM(name, help) RAMSTER_ST_##name,
	RAMSTER_COUNTS(RAMSTER_ENUM)
	RAMSTER_ST_NR_EVENTS,
	RAMSTER_ST_BEFORE_GAUGES = RAMSTER_ST_NR_EVENTS - 1,
	RAMSTER_GAUGES(RAMSTER_ENUM)
#undef RAMSTER_ENUM
	RAMSTER_ST_NR
};

extern u64 __percpu *ramster_stats;

#define ramster_count(name)		this_cpu_inc(ramster_stats[RAMSTER_ST_##name])
#define ramster_count_add(name, n)	this_cpu_add(ramster_stats[RAMSTER_ST_##name], n)
#define ramster_count_nr(nr, n)		this_cpu_add(ramster_stats[nr], n)

u64 ramster_stat_read(unsigned int nr);

int ramster_stats_init(void);
void ramster_stats_exit(void);

#endif /* RAMSTER_STATS_H */
