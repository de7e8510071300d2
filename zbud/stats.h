/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of zbud, debugfs directory tmem_zbud/.  The file name is the counter name. */
#ifndef RAMSTER_ZBUD_STATS_H
#define RAMSTER_ZBUD_STATS_H

#include <linux/percpu.h>

#define ZBUD_EVENTS(x)								\
	x(alloc_fit,		"items put in a hole of a partial frame")	\
	x(alloc_compacted,	"items put in a frame after compacting it")	\
	x(alloc_fresh,		"items put in a frame that the host handed in")	\
	x(alloc_nospace,	"allocations that found no partial frame")	\
	x(compact_moved,	"items moved within their frame")		\
	x(compact_pinned,	"items not moved because they were in use")	\
	x(repack_moved,		"items moved to another frame to empty theirs")	\
	x(repack_pinned,	"items not moved to another frame, in use")	\
	x(repack_pageframes,	"page frames emptied by that")			\
	x(revived,		"isolated frames taken back with items in them") \
	x(evict_busy,		"evictions that left a pinned item in the frame") \
	x(eph_evicted_pageframes, "ephemeral frames emptied by eviction")	\
	x(pers_evicted_pageframes, "persistent frames emptied by eviction")	\
	x(lent_evicted_pageframes, "lent frames emptied by eviction")		\
	x(eph_cumul_zpages,	"ephemeral items ever stored")			\
	x(pers_cumul_zpages,	"persistent items ever stored")			\
	x(lent_cumul_zpages,	"lent items ever stored")			\
	x(eph_cumul_zbytes,	"bytes of ephemeral items ever stored")		\
	x(pers_cumul_zbytes,	"bytes of persistent items ever stored")	\
	x(lent_cumul_zbytes,	"bytes of lent items ever stored")

/* name, kind, expression on a struct zbud_usage, help */
#define ZBUD_GAUGES(x)								\
	x(eph_zpages, EPHEMERAL, items, "ephemeral items stored")		\
	x(eph_zbytes, EPHEMERAL, bytes, "bytes of ephemeral items stored")	\
	x(eph_pageframes, EPHEMERAL, pages, "page frames that hold ephemeral items") \
	x(eph_frames, EPHEMERAL, frames, "ephemeral frames, of one or more pages") \
	x(eph_buddied_count, EPHEMERAL, frames - u.single, "ephemeral frames of two or more") \
	x(eph_unbuddied_count, EPHEMERAL, single, "ephemeral frames with one item") \
	x(eph_zombie_count, EPHEMERAL, isolated, "ephemeral frames being moved or evicted") \
	x(pers_zpages, PERSISTENT, items, "persistent items stored")		\
	x(pers_zbytes, PERSISTENT, bytes, "bytes of persistent items stored")	\
	x(pers_pageframes, PERSISTENT, pages, "page frames that hold persistent items") \
	x(pers_frames, PERSISTENT, frames, "persistent frames, one or more pages") \
	x(pers_buddied_count, PERSISTENT, frames - u.single, "persistent frames of two or more") \
	x(pers_unbuddied_count, PERSISTENT, single, "persistent frames with one item") \
	x(pers_zombie_count, PERSISTENT, isolated, "persistent frames being moved or evicted") \
	x(lent_zpages, LENT, items, "lent items stored")			\
	x(lent_zbytes, LENT, bytes, "bytes of lent items stored")		\
	x(lent_pageframes, LENT, pages, "page frames that hold lent items")	\
	x(lent_frames, LENT, frames, "lent frames, one or more pages")		\
	x(lent_buddied_count, LENT, frames - u.single, "lent frames of two or more") \
	x(lent_unbuddied_count, LENT, single, "lent frames with one item")	\
	x(lent_zombie_count, LENT, isolated, "lent frames being moved or evicted")

enum zbud_event {
#define ZBUD_ENUM(name, help) ZBUD_EV_##name,
	ZBUD_EVENTS(ZBUD_ENUM)
#undef ZBUD_ENUM
	ZBUD_EV_NR
};

enum zbud_gauge {
#define ZBUD_ENUM(name, kind, expr, help) ZBUD_GA_##name,
	ZBUD_GAUGES(ZBUD_ENUM)
#undef ZBUD_ENUM
	ZBUD_GA_NR
};

extern u64 __percpu *zbud_events;

#define zbud_count(name)	this_cpu_inc(zbud_events[ZBUD_EV_##name])
#define zbud_count_n(nr, n)	this_cpu_add(zbud_events[nr], n)

int zbud_stats_init(void);
void zbud_stats_exit(void);

#endif /* RAMSTER_ZBUD_STATS_H */
