/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of a target: per CPU, read with `dmsetup status`.  The order is that of the
 * status line, between the numbers that are computed; see target.c.
 */
#ifndef RAMSTER_DM_ZCACHE_STATS_H
#define RAMSTER_DM_ZCACHE_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#define VICTIM_COUNTERS(x)							\
	x(hits,			"pages served from memory")			\
	x(partial,		"bios split because only a part was held")	\
	x(misses,		"pages asked for and not held")			\
	x(recorded,		"times the block of a page was remembered")	\
	x(staged,		"pages copied at eviction")			\
	x(stage_full,		"pages not copied: the ring was full")		\
	x(put,			"pages stored")					\
	x(put_failed,		"pages refused by the store")			\
	x(drop_hash,		"pages that were not what the disk holds")	\
	x(drop_gen,		"pages whose block was written meanwhile")	\
	x(drop_write,		"pages taken out by writes and discards")	\
	x(skip_large,		"pages of large folios beyond evict_copy_max")	\
	x(admitted,		"pages that passed the policy")			\
	x(ghost_hits,		"misses of blocks evicted not long ago")	\
	x(rejected,		"pages that the policy did not admit")		\
	x(verify_ok,		"pages compared with the disk, equal")		\
	x(verify_bad,		"pages compared with the disk, different")	\
	x(verify_skipped,	"pages that could not be compared")		\
	x(read_ios_saved,	"bios completed without I/O")			\
	x(remote_hits,		"of the hits, fetched from another machine")	\
	x(remote_lost,		"pages of the remote tier that did not come")	\
	x(drops,		"times that all was dropped")

enum victim_stat {
#define VICTIM_ENUM(name, help) VICTIM_ST_##name,
	VICTIM_COUNTERS(VICTIM_ENUM)
#undef VICTIM_ENUM
	VICTIM_ST_NR
};

#define victim_count(v, name)		this_cpu_inc((v)->stats[VICTIM_ST_##name])
#define victim_count_add(v, name, n)	this_cpu_add((v)->stats[VICTIM_ST_##name], n)

#endif /* RAMSTER_DM_ZCACHE_STATS_H */
