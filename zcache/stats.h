/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of zcache, debugfs directory zcache/; the ones that scripts need are in
 * /sys/kernel/zcache/ as well.  The file name is the counter name.  Names that the
 * original had mean what they meant there.
 */
#ifndef RAMSTER_ZCACHE_STATS_H
#define RAMSTER_ZCACHE_STATS_H

#include <linux/percpu.h>

/* Every exit of put and get counts exactly once. */
#define ZCACHE_EVENTS(x)							\
	x(eph_puts,		"ephemeral pages stored")			\
	x(pers_puts,		"persistent pages stored")			\
	x(lent_puts,		"persistent pages of other machines stored")	\
	x(failed_eph_puts,	"ephemeral puts refused, all reasons")		\
	x(failed_pers_puts,	"persistent puts refused, all reasons")		\
	x(failed_lent_puts,	"persistent puts of other machines refused")	\
	x(again_pers_puts,	"... of these, to be tried again: room was being made")	\
	x(put_to_flush,		"puts turned into flushes while frozen")	\
	x(eph_gets,		"ephemeral gets answered")			\
	x(pers_gets,		"persistent gets answered")			\
	x(lent_gets,		"persistent pages of other machines read")	\
	x(eph_misses,		"ephemeral gets of a page that is not there")	\
	x(pers_misses,		"persistent gets of a page that is not there")	\
	x(lent_misses,		"... by other machines")			\
	x(remote_gets,		"gets handed to the remote tier")		\
	x(lost_gets,		"gets of a page that is lost")			\
	x(decompress_failed,	"gets whose stored bytes made no sense")	\
	x(compress_poor,	"pages that compress worse than max_zsize")	\
	x(mean_compress_poor,	"pages worse than pers_max_mean_zsize while the mean is") \
	x(failed_getfreepages,	"new frames that the kernel had no pages for")	\
	x(failed_alloc,		"puts without memory for a descriptor")		\
	x(policy_percent_exceeded, "frames not taken because the kind's limit is reached") \
	x(eph_ate_tail,		"ephemeral puts that reused the oldest ephemeral frame") \
	x(eph_ate_tail_failed,	"... that found none to reuse")			\
	x(pers_ate_eph,		"persistent puts that reused the oldest ephemeral frame") \
	x(pers_ate_eph_failed,	"... that found none to reuse")			\
	x(pers_ate_reserve,	"persistent frames taken from the reserve")	\
	x(evicted_eph_zpages,	"ephemeral pages evicted")			\
	x(evicted_eph_pageframes, "page frames emptied by eviction")		\
	x(shrink_calls,		"calls of the shrinker")			\
	x(oom_pageframes,	"... given back before a program would have been killed")	\
	x(frames_allocated,	"page frames taken from the kernel")		\
	x(frames_freed,		"page frames given back to the kernel")		\
	x(reserve_short,	"takes from the reserve that found it empty")	\
	x(moved_out,		"pages replaced by a remote descriptor")	\
	x(moved_in,		"remote pages brought back")			\
	x(backing_writes,	"refused pages written to a backing device")	\
	x(written_back,		"stored pages moved to a backing device")	\
	x(writeback_stale,	"... that were gone or put again when they were written") \
	x(writeback_passes,	"rounds of write-back in the background")	\
	x(backing_reads,	"pages read from a backing device")		\
	x(backing_read_waits,	"reads that waited for the page to be written")	\
	x(backing_read_errors,	"reads that a backing device failed")		\
	x(backing_write_errors,	"writes that a backing device failed")		\
	x(clean_copies_kept,	"clean copies made of pages that went to a backing device") \
	x(clean_copy_hits,	"reads of backed pages answered by a copy here") \
	x(clean_copy_remote_hits, "... by a copy with the remote tier")		\
	x(clean_copy_misses,	"... of which the copy was gone: the device was read") \
	x(stream_waits,		"compressions that waited for another on that CPU")

/* Per-CPU sums too: a CPU's share may be negative, the sum is not. */
#define ZCACHE_GAUGES(x)							\
	x(eph_zpages,		"ephemeral pages stored here")			\
	x(pers_zpages,		"persistent pages stored here")			\
	x(lent_zpages,		"persistent pages of other machines stored here") \
	x(eph_zbytes,		"bytes they take")				\
	x(pers_zbytes,		"bytes they take")				\
	x(lent_zbytes,		"bytes they take")				\
	x(same_filled_pages,	"pages of one repeated word, of both kinds")	\
	x(zero_filled_pages,	"... of which the word is zero")		\
	x(raw_pages,		"pages stored uncompressed, of both kinds")	\
	x(remote_zpages,	"pages that are with the remote tier")		\
	x(backing_pages,	"pages that are on a backing device, or on the way") \
	x(clean_copies,		"clean copies of backed pages that are here")	\
	x(clean_copies_remote,	"... that are with the remote tier")

enum zcache_stat {
#define ZCACHE_ENUM(name, help) ZCACHE_ST_##name,
	ZCACHE_EVENTS(ZCACHE_ENUM)
	ZCACHE_ST_NR_EVENTS,
	ZCACHE_ST_BEFORE_GAUGES = ZCACHE_ST_NR_EVENTS - 1,
	ZCACHE_GAUGES(ZCACHE_ENUM)
#undef ZCACHE_ENUM
	ZCACHE_ST_NR
};

extern u64 __percpu *zcache_stats;

#define zcache_count(name)		this_cpu_inc(zcache_stats[ZCACHE_ST_##name])
#define zcache_count_add(name, n)	this_cpu_add(zcache_stats[ZCACHE_ST_##name], n)
#define zcache_count_nr(nr, n)		this_cpu_add(zcache_stats[nr], n)

u64 zcache_stat_read(unsigned int nr);

int zcache_stats_init(void);
void zcache_stats_exit(void);

#endif /* RAMSTER_ZCACHE_STATS_H */
