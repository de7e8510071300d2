// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of zbud: per-CPU events, gauges from the pools, debugfs tmem_zbud/. */
#include "internal.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *zbud_events;

static struct dentry *zbud_dir;

static u64 read_event(unsigned int nr)
{
	return stats_sum(zbud_events, nr);
}

static u64 read_gauge(unsigned int nr)
{
	struct zbud_usage u;

	switch (nr) {
#define ZBUD_CASE(name, kind, expr, help)			\
	case ZBUD_GA_##name:					\
		zbud_sum_usage(ZBUD_##kind, &u);		\
		return u.expr;
	ZBUD_GAUGES(ZBUD_CASE)
#undef ZBUD_CASE
	default:
		return 0;
	}
}

static const struct stat_desc zbud_descs[] = {
#define ZBUD_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = read_event, .nr = ZBUD_EV_##_name },
	ZBUD_EVENTS(ZBUD_DESC)
#undef ZBUD_DESC
#define ZBUD_DESC(_name, _kind, _expr, _help) \
	{ .name = #_name, .help = _help, .read = read_gauge, .nr = ZBUD_GA_##_name },
	ZBUD_GAUGES(ZBUD_DESC)
#undef ZBUD_DESC
};

static_assert(ARRAY_SIZE(zbud_descs) == ZBUD_EV_NR + ZBUD_GA_NR);
/* Events of the kinds stand side by side: one is reached from the other. */
#define SIDE_BY_SIDE(what)							\
	static_assert(ZBUD_EV_pers_##what == ZBUD_EV_eph_##what + ZBUD_PERSISTENT && \
		      ZBUD_EV_lent_##what == ZBUD_EV_eph_##what + ZBUD_LENT)
SIDE_BY_SIDE(evicted_pageframes);
SIDE_BY_SIDE(cumul_zpages);
SIDE_BY_SIDE(cumul_zbytes);

static const struct file_operations zbud_stat_fops = STATS_FOPS;

int zbud_stats_init(void)
{
	zbud_events = __alloc_percpu(ZBUD_EV_NR * sizeof(u64), __alignof__(u64));
	if (!zbud_events)
		return -ENOMEM;
	/* The kernel's own zbud may own the directory name "zbud". */
	zbud_dir = debugfs_create_dir("tmem_zbud", NULL);
	stats_publish(zbud_dir, zbud_descs, ARRAY_SIZE(zbud_descs), &zbud_stat_fops);
	return 0;
}

void zbud_stats_exit(void)
{
	debugfs_remove_recursive(zbud_dir);
	free_percpu(zbud_events);
}
