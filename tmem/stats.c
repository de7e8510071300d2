// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of tmem: per-CPU sums, debugfs directory tmem/. */
#include "internal.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *tmem_stats;

static struct dentry *tmem_dir;

static u64 read_stat(unsigned int nr)
{
	return stats_sum(tmem_stats, nr);
}

static const struct stat_desc tmem_descs[] = {
#define TMEM_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = read_stat, .nr = TMEM_ST_##_name },
	TMEM_EVENTS(TMEM_DESC)
	TMEM_GAUGES(TMEM_DESC)
#undef TMEM_DESC
};

static_assert(ARRAY_SIZE(tmem_descs) == TMEM_ST_NR);

static const struct file_operations tmem_stat_fops = STATS_FOPS;

int tmem_stats_init(void)
{
	tmem_stats = __alloc_percpu(TMEM_ST_NR * sizeof(u64), __alignof__(u64));
	if (!tmem_stats)
		return -ENOMEM;
	tmem_dir = debugfs_create_dir("tmem", NULL);
	stats_publish(tmem_dir, tmem_descs, ARRAY_SIZE(tmem_descs), &tmem_stat_fops);
	return 0;
}

/* A gauge that is not back at zero is a leak: say so, tests look for it. */
void tmem_stats_exit(void)
{
	unsigned int i;

	debugfs_remove_recursive(tmem_dir);
	for (i = TMEM_ST_NR_EVENTS; i < TMEM_ST_NR; i++) {
		u64 left = read_stat(i);

		if (left)
			pr_err("bad accounting: %s is %lld at unload\n",
			       tmem_descs[i].name, (long long)left);
	}
	free_percpu(tmem_stats);
}
