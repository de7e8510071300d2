// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of zcache: per-CPU sums, debugfs directory zcache/, and fault injection. */
#include "internal.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *zcache_stats;

static struct dentry *zcache_dir;

/**
 * zcache_stat_read() - sum of a counter or gauge
 * @nr: enum zcache_stat
 *
 * Context: any.
 */
u64 zcache_stat_read(unsigned int nr)
{
	return stats_sum(zcache_stats, nr);
}

/* Numbers of the kinds stand side by side: one is reached from the other. */
#define SIDE_BY_SIDE(before, after)						\
	static_assert(ZCACHE_ST_##before##pers_##after ==			\
		      ZCACHE_ST_##before##eph_##after + ZBUD_PERSISTENT &&	\
		      ZCACHE_ST_##before##lent_##after ==			\
		      ZCACHE_ST_##before##eph_##after + ZBUD_LENT)
SIDE_BY_SIDE(, puts);
SIDE_BY_SIDE(failed_, puts);
SIDE_BY_SIDE(, gets);
SIDE_BY_SIDE(, misses);
SIDE_BY_SIDE(, zpages);
SIDE_BY_SIDE(, zbytes);

/* Numbers that are kept elsewhere; here the kinds stand side by side as well. */
enum {
	ZCACHE_EX_eph_pageframes,
	ZCACHE_EX_pers_pageframes,
	ZCACHE_EX_lent_pageframes,
	ZCACHE_EX_eph_pageframes_max,
	ZCACHE_EX_pers_pageframes_max,
	ZCACHE_EX_lent_pageframes_max,
	ZCACHE_EX_eph_limit_pages,
	ZCACHE_EX_pers_limit_pages,
	ZCACHE_EX_lent_limit_pages,
	ZCACHE_EX_reserve_pages,
	ZCACHE_EX_reserve_target,
	ZCACHE_EX_reserve_low,
	ZCACHE_EX_spare_pages,
};

static u64 read_extra(unsigned int nr)
{
	struct zcache_reserve_info info;

	zcache_reserve_info(&info);
	switch (nr) {
	case ZCACHE_EX_eph_pageframes ... ZCACHE_EX_lent_pageframes:
		return atomic_long_read(&zcache_frame_pages[nr - ZCACHE_EX_eph_pageframes]);
	case ZCACHE_EX_eph_pageframes_max ... ZCACHE_EX_lent_pageframes_max:
		nr -= ZCACHE_EX_eph_pageframes_max;
		return atomic_long_read(&zcache_frame_pages_max[nr]);
	case ZCACHE_EX_eph_limit_pages ... ZCACHE_EX_lent_limit_pages:
		return zcache_limit_pages(nr - ZCACHE_EX_eph_limit_pages);
	case ZCACHE_EX_reserve_pages:
		return info.pages;
	case ZCACHE_EX_reserve_target:
		return info.target;
	case ZCACHE_EX_spare_pages:
		return zcache_spare_pages();
	default:
		return info.low;
	}
}

#define ZCACHE_EXTRA(_name, _help) \
	{ .name = #_name, .help = _help, .read = read_extra, .nr = ZCACHE_EX_##_name }

static const struct stat_desc zcache_descs[] = {
#define ZCACHE_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = zcache_stat_read, .nr = ZCACHE_ST_##_name },
	ZCACHE_EVENTS(ZCACHE_DESC)
	ZCACHE_GAUGES(ZCACHE_DESC)
#undef ZCACHE_DESC
	ZCACHE_EXTRA(eph_pageframes, "page frames that hold ephemeral pages"),
	ZCACHE_EXTRA(pers_pageframes, "page frames that hold persistent pages"),
	ZCACHE_EXTRA(lent_pageframes, "page frames that hold persistent pages of other machines"),
	ZCACHE_EXTRA(eph_pageframes_max, "most page frames that held ephemeral pages"),
	ZCACHE_EXTRA(pers_pageframes_max, "most page frames that held persistent pages"),
	ZCACHE_EXTRA(lent_pageframes_max, "most page frames that held pages of other machines"),
	ZCACHE_EXTRA(eph_limit_pages, "most page frames for ephemeral pages"),
	ZCACHE_EXTRA(pers_limit_pages, "most page frames for persistent pages"),
	ZCACHE_EXTRA(lent_limit_pages, "most page frames for persistent pages of other machines"),
	ZCACHE_EXTRA(reserve_pages, "page frames in the reserve"),
	ZCACHE_EXTRA(reserve_target, "page frames the reserve should have"),
	ZCACHE_EXTRA(reserve_low, "fewest page frames the reserve has had"),
	ZCACHE_EXTRA(spare_pages, "page frames emptied by gets, for ephemeral pages to come"),
};

static const struct file_operations zcache_stat_fops = STATS_FOPS;

static int evict_pages(void *unused, u64 pages)
{
	zcache_evict_pages(pages);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(evict_fops, NULL, evict_pages, "%llu\n");

int zcache_stats_init(void)
{
	zcache_stats = __alloc_percpu(ZCACHE_ST_NR * sizeof(u64), __alignof__(u64));
	if (!zcache_stats)
		return -ENOMEM;
	zcache_dir = debugfs_create_dir("zcache", NULL);
	stats_publish(zcache_dir, zcache_descs, ARRAY_SIZE(zcache_descs), &zcache_stat_fops);
	debugfs_create_atomic_t("fail_frames", 0600, zcache_dir, &zcache_fail_frames);
	debugfs_create_file_unsafe("evict_eph", 0200, zcache_dir, NULL, &evict_fops);
	return 0;
}

/* A gauge that is not back at zero is a leak: say so, tests look for it. */
void zcache_stats_exit(void)
{
	u64 frames = zcache_stat_read(ZCACHE_ST_frames_allocated) -
		     zcache_stat_read(ZCACHE_ST_frames_freed);
	unsigned int i;

	debugfs_remove_recursive(zcache_dir);
	for (i = ZCACHE_ST_NR_EVENTS; i < ZCACHE_ST_NR; i++) {
		u64 left = zcache_stat_read(i);

		if (left)
			pr_err("bad accounting: %s is %lld at unload\n",
			       zcache_descs[i].name, (long long)left);
	}
	if (frames)
		pr_err("bad accounting: %lld page frames not freed at unload\n",
		       (long long)frames);
	free_percpu(zcache_stats);
}
