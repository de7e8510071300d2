// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of ramster: per-CPU sums, debugfs directory ramster/. */
#include "internal.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *ramster_stats;

static struct dentry *ramster_dir;

/**
 * ramster_stat_read() - sum of a counter or gauge
 * @nr: enum ramster_stat
 *
 * Context: any.
 */
u64 ramster_stat_read(unsigned int nr)
{
	return stats_sum(ramster_stats, nr);
}

static const struct stat_desc ramster_descs[] = {
#define RAMSTER_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = ramster_stat_read, .nr = RAMSTER_ST_##_name },
	RAMSTER_COUNTS(RAMSTER_DESC)
	RAMSTER_GAUGES(RAMSTER_DESC)
#undef RAMSTER_DESC
};

static const struct file_operations ramster_stat_fops = STATS_FOPS;

int ramster_stats_init(void)
{
	ramster_stats = __alloc_percpu(RAMSTER_ST_NR * sizeof(u64), __alignof__(u64));
	if (!ramster_stats)
		return -ENOMEM;
	ramster_dir = debugfs_create_dir("ramster", NULL);
	stats_publish(ramster_dir, ramster_descs, ARRAY_SIZE(ramster_descs),
		      &ramster_stat_fops);
	return 0;
}

/* A gauge that is not back at zero is a leak: say so, tests look for it. */
void ramster_stats_exit(void)
{
	unsigned int i;

	debugfs_remove_recursive(ramster_dir);
	for (i = RAMSTER_ST_NR_EVENTS; i < RAMSTER_ST_NR; i++) {
		u64 left = ramster_stat_read(i);

		if (left)
			pr_err("bad accounting: %s is %lld at unload\n",
			       ramster_descs[i].name, (long long)left);
	}
	free_percpu(ramster_stats);
}
