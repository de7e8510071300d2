// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of cluster: per-CPU sums, debugfs directory ramster_cluster/. */
#include "internal.h"
#include "common/stats.h"

#include <linux/module.h>

u64 __percpu *cluster_stats;

static struct dentry *cluster_dir;

static u64 read_stat(unsigned int nr)
{
	return stats_sum(cluster_stats, nr);
}

static const struct stat_desc cluster_descs[] = {
#define CLUSTER_DESC(_name, _help) \
	{ .name = #_name, .help = _help, .read = read_stat, .nr = CLUSTER_ST_##_name },
	CLUSTER_EVENTS(CLUSTER_DESC)
	CLUSTER_GAUGES(CLUSTER_DESC)
#undef CLUSTER_DESC
};

static_assert(ARRAY_SIZE(cluster_descs) == CLUSTER_ST_NR);

static const struct file_operations cluster_stat_fops = STATS_FOPS;

static int nodes_show(struct seq_file *m, void *unused)
{
	cluster_configfs_nodes_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nodes);

static int links_show(struct seq_file *m, void *unused)
{
	cluster_links_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(links);

static int inflight_show(struct seq_file *m, void *unused)
{
	cluster_inflight_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(inflight);

int cluster_stats_init(void)
{
	cluster_stats = __alloc_percpu(CLUSTER_ST_NR * sizeof(u64), __alignof__(u64));
	if (!cluster_stats)
		return -ENOMEM;
	cluster_dir = debugfs_create_dir("ramster_cluster", NULL);
	stats_publish(cluster_dir, cluster_descs, ARRAY_SIZE(cluster_descs), &cluster_stat_fops);
	debugfs_create_file("nodes", 0444, cluster_dir, NULL, &nodes_fops);
	debugfs_create_file("links", 0444, cluster_dir, NULL, &links_fops);
	debugfs_create_file("inflight", 0444, cluster_dir, NULL, &inflight_fops);
	return 0;
}

/* A gauge that is not back at zero is a leak: say so, tests look for it. */
void cluster_stats_exit(void)
{
	unsigned int i;

	debugfs_remove_recursive(cluster_dir);
	for (i = CLUSTER_ST_NR_EVENTS; i < CLUSTER_ST_NR; i++) {
		u64 left = read_stat(i);

		if (left)
			pr_err("bad accounting: %s is %lld at unload\n",
			       cluster_descs[i].name, (long long)left);
	}
	free_percpu(cluster_stats);
}
