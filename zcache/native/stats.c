// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of zcache-native: per-CPU sums, debugfs directory zcache_native/. */
#include "native.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *native_stats;

static struct dentry *native_dir;

static u64 stat_read(unsigned int nr)
{
	return stats_sum(native_stats, nr);
}

static const struct stat_desc native_descs[] = {
#define NATIVE_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = stat_read, .nr = NATIVE_ST_##_name },
	NATIVE_COUNTS(NATIVE_DESC)
#undef NATIVE_DESC
};

static const struct file_operations native_stat_fops = STATS_FOPS;

int native_stats_init(void)
{
	native_stats = __alloc_percpu(NATIVE_ST_NR * sizeof(u64), __alignof__(u64));
	if (!native_stats)
		return -ENOMEM;
	native_dir = debugfs_create_dir("zcache_native", NULL);
	stats_publish(native_dir, native_descs, ARRAY_SIZE(native_descs), &native_stat_fops);
	return 0;
}

void native_stats_exit(void)
{
	debugfs_remove_recursive(native_dir);
	free_percpu(native_stats);
}
